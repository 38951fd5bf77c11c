//! A machine behind a TCP port of the real system.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use senim_emulators::faults::FaultSpec;
use senim_emulators::nut::{Fault, Nut, Options, Source};
use senim_emulators::peers;
use senim_emulators::tcp::TcpDevice;

use crate::pty::awaited;

#[test]
fn the_address_in_the_file_answers_and_goes_with_the_device() {
    let (device, dir) = device();
    let address = std::fs::read_to_string(dir.path().join("supply.addr")).unwrap();
    let mut client = connect(address.trim());
    assert_eq!(ask(&mut client, "GET VAR ups ups.status\n"), "VAR ups ups.status \"OL\"\n");
    device.with(|service, _| service.supply.source = Source::Battery);
    assert_eq!(ask(&mut client, "GET VAR ups ups.status\n"), "VAR ups ups.status \"OB DISCHRG\"\n");
    drop(device);
    assert!(!dir.path().join("supply.addr").exists());
    assert_eq!(client.read(&mut [0]).unwrap(), 0, "the connection ends with the device");
}

#[test]
fn a_run_that_was_killed_is_followed_by_one_at_the_same_port() {
    let dir = tempfile::tempdir().unwrap();
    let start = || TcpDevice::start(dir.path(), "supply", Nut::new(Options::default())).unwrap();
    let file = dir.path().join("supply.addr");
    let first = start();
    let (address, left) = (first.address(), std::fs::read_to_string(&file).unwrap());
    drop(first);
    std::fs::write(&file, left).unwrap();
    assert_eq!(start().address(), address);
    std::fs::write(&file, "8.8.8.8:53\n").unwrap();
    assert!(start().address().ip().is_loopback(), "nothing but this host is listened on");
}

#[test]
fn a_fault_hangs_up_and_the_next_client_is_served() {
    let (device, _dir) = device();
    let address = device.address().to_string();
    let mut first = connect(&address);
    let mut second = connect(&address);
    assert_eq!(ask(&mut first, "NETVER\n"), "1.3\n");
    device.with(|service, _| service.set_fault(Fault::Drop, FaultSpec::times(1)));
    assert_eq!(ask(&mut first, "NETVER\n"), "");
    assert_eq!(ask(&mut second, "NETVER\n"), "1.3\n");
}

#[test]
fn a_late_answer_comes_by_the_machines_own_deadline() {
    let (device, _dir) = device();
    let spec = FaultSpec { delay_ms: Some(30), ..FaultSpec::times(1) };
    device.with(|service, _| service.set_fault(Fault::Late, spec));
    assert_eq!(ask(&mut connect(&device.address().to_string()), "NETVER\n"), "1.3\n");
}

#[test]
fn an_unplugged_service_refuses_and_a_replugged_one_answers_at_the_same_port() {
    let (device, _dir) = device();
    let address = device.address();
    let mut client = connect(&address.to_string());
    assert_eq!(ask(&mut client, "NETVER\n"), "1.3\n");
    device.set_plugged(false);
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
    awaited(|| TcpStream::connect(address).is_err().then_some(()));
    device.set_plugged(true);
    let mut client = awaited(|| TcpStream::connect(address).ok());
    assert_eq!(ask(&mut client, "NETVER\n"), "1.3\n");
}

/// The stock client of the Network UPS Tools (Debian's `nut-client`), run against the emulated service.
#[test]
fn a_stock_client_lists_and_reads_the_emulated_supply() {
    let (device, _dir) = device();
    let ups = format!("ups@{}", device.address());
    let Some(upsc) = peers::program("nut-client", "upsc") else { return };
    let ask = |arguments: &[&str]| std::process::Command::new(&upsc).args(arguments).output();
    let list = ask(&[&ups]).unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    assert!(list.contains("battery.charge: 100\n") && list.contains("ups.status: OL\n"), "{list}");
    assert!(list.contains("device.model: Emulated \"line\\interactive\" 700\n"), "{list}");
    device.with(|service, _| service.supply.source = Source::Battery);
    assert_eq!(ask(&[&ups, "ups.status"]).unwrap().stdout, b"OB DISCHRG\n");
    device.with(|service, _| service.set_fault(Fault::Stale, FaultSpec::default()));
    let stale = ask(&[&ups]).unwrap();
    assert!(!stale.status.success() && stale.stderr.ends_with(b"Error: Data stale\n"), "{stale:?}");
}

fn device() -> (TcpDevice<Nut>, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (TcpDevice::start(dir.path(), "supply", Nut::new(Options::default())).unwrap(), dir)
}

fn connect(address: &str) -> TcpStream {
    let client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    client
}

/// One line; empty when the service hung up.
fn ask(client: &mut TcpStream, request: &str) -> String {
    client.write_all(request.as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(client).read_line(&mut line).unwrap();
    line
}
