//! The thread against PTYs and TCP peers, with a driver that speaks in lines of text.

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use senim_emulators::faults::FaultSpec;
use senim_emulators::pty::PtyDevice;
use senim_emulators::tcp::TcpDevice;

use super::*;
use crate::tty::tests::Pty;

const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, PartialEq, Eq)]
enum Told {
    Line(bool),
    Heard(String),
    TimedOut,
    Refused,
}

/// Sends a command's bytes and tells each line that comes back, or that none came within 100 ms.
#[derive(Default)]
struct Echo {
    tx: VecDeque<Vec<u8>>,
    heard: Vec<u8>,
    deadline: Option<Mono>,
    told: VecDeque<Told>,
}

impl LineDriver for Echo {
    fn handle_input(&mut self, bytes: &[u8], _now: Mono) {
        for byte in bytes {
            if *byte == b'\n' {
                self.deadline = None;
                self.told.push_back(Told::Heard(String::from_utf8(std::mem::take(&mut self.heard)).unwrap()));
            } else {
                self.heard.push(*byte);
            }
        }
    }
    fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.tx.pop_front()
    }
    fn poll_timeout(&self) -> Option<Mono> {
        self.deadline
    }
    fn handle_timeout(&mut self, _now: Mono) {
        self.deadline = None;
        self.told.push_back(Told::TimedOut);
    }
    fn handle_line(&mut self, open: bool, _now: Mono) {
        self.deadline = None;
        self.told.push_back(Told::Line(open));
    }
}

impl Bus for Echo {
    type Command = Vec<u8>;
    type Event = Told;
    fn line(&mut self) -> &mut dyn LineDriver {
        self
    }
    fn begin(&mut self, command: Vec<u8>, now: Mono) -> Result<(), Error> {
        if self.deadline.is_some() {
            return Err(Error::new(ErrorKind::DeviceBusy, "echo"));
        }
        self.tx.push_back(command);
        self.deadline = Some(now.plus_ms(100));
        Ok(())
    }
    fn poll_event(&mut self) -> Option<Told> {
        self.told.pop_front()
    }
    fn refused(_error: Error) -> Told {
        Told::Refused
    }
}

struct Bench {
    line: LineHandle<Vec<u8>>,
    told: Receiver<Told>,
    link: PathBuf,
    _directory: tempfile::TempDir,
}

/// A line on a link that leads to `pty`, if there is one yet.
fn bench(pty: Option<&Pty>) -> Bench {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("device");
    if let Some(pty) = pty {
        plug(&link, pty);
    }
    let config = LineConfig::new(&link);
    let (sender, told) = channel();
    let open = move || SerialLine::open_checked(&config, true);
    let line = spawn_with("echo", open, Echo::default(), move |event| sender.send(event).is_ok()).unwrap();
    Bench { line, told, link, _directory: directory }
}

fn plug(link: &PathBuf, pty: &Pty) {
    let _old = std::fs::remove_file(link);
    std::os::unix::fs::symlink(&pty.path, link).unwrap();
}

impl Bench {
    fn next(&self) -> Told {
        self.told.recv_timeout(PATIENCE).expect("an event")
    }
}

fn write(device: &OwnedFd, bytes: &[u8]) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let count = nix::unistd::write(device, rest).unwrap();
        rest = &rest[count..];
    }
}

fn read_exactly(device: &OwnedFd, count: usize) -> Vec<u8> {
    let mut all = Vec::new();
    while all.len() < count {
        let mut waits = [PollFd::new(device.as_fd(), PollFlags::POLLIN)];
        assert_eq!(poll(&mut waits, 10_000u16).unwrap(), 1, "{} of {count} bytes came", all.len());
        let mut buffer = [0u8; 4_096];
        let read = nix::unistd::read(device, &mut buffer).unwrap();
        all.extend_from_slice(&buffer[..read]);
    }
    all
}

#[test]
fn a_command_goes_out_and_its_answer_comes_back_in_any_cut() {
    let pty = Pty::open();
    let bench = bench(Some(&pty));
    assert_eq!(bench.next(), Told::Line(true));
    bench.line.send(b"\x00\x03\x04\x11\x13\xFF\r\n".to_vec()).unwrap();
    assert_eq!(read_exactly(&pty.device, 8), b"\x00\x03\x04\x11\x13\xFF\r\n");
    for byte in b"yes\n" {
        write(&pty.device, &[*byte]);
    }
    assert_eq!(bench.next(), Told::Heard("yes".into()));
    write(&pty.device, b"one\ntwo\n");
    assert_eq!(bench.next(), Told::Heard("one".into()));
    assert_eq!(bench.next(), Told::Heard("two".into()));
}

#[test]
fn a_silent_device_lets_the_drivers_time_out_come() {
    let pty = Pty::open();
    let bench = bench(Some(&pty));
    assert_eq!(bench.next(), Told::Line(true));
    bench.line.send(b"x".to_vec()).unwrap();
    assert_eq!(bench.next(), Told::TimedOut);
}

#[test]
fn a_command_under_way_refuses_another() {
    let pty = Pty::open();
    let bench = bench(Some(&pty));
    assert_eq!(bench.next(), Told::Line(true));
    bench.line.send(b"x".to_vec()).unwrap();
    bench.line.send(b"y".to_vec()).unwrap();
    assert_eq!(bench.next(), Told::Refused);
    assert_eq!(bench.next(), Told::TimedOut);
}

#[test]
fn a_pulled_plug_is_told_and_the_line_opens_where_the_link_then_leads() {
    let first = Pty::open();
    let bench = bench(Some(&first));
    assert_eq!(bench.next(), Told::Line(true));
    drop(first);
    assert_eq!(bench.next(), Told::Line(false));
    let second = Pty::open();
    plug(&bench.link, &second);
    assert_eq!(bench.next(), Told::Line(true));
    bench.line.send(b"again".to_vec()).unwrap();
    assert_eq!(read_exactly(&second.device, 5), b"again");
}

#[test]
fn a_port_that_comes_later_is_opened_when_it_is_there() {
    let bench = bench(None);
    let pty = Pty::open();
    plug(&bench.link, &pty);
    assert_eq!(bench.next(), Told::Line(true));
}

#[test]
fn more_bytes_than_the_port_takes_at_once_arrive_whole_and_in_order() {
    let pty = Pty::open();
    let bench = bench(Some(&pty));
    assert_eq!(bench.next(), Told::Line(true));
    let much: Vec<u8> = (0..100_000u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
    bench.line.send(much.clone()).unwrap();
    assert_eq!(read_exactly(&pty.device, much.len()), much);
}

#[test]
fn dropping_the_handle_closes_the_port_and_a_sink_that_left_ends_the_thread() {
    let pty = Pty::open();
    let held = bench(Some(&pty));
    assert_eq!(held.next(), Told::Line(true));
    let link = held.link.clone();
    assert!(matches!(SerialLine::open_checked(&LineConfig::new(&link), true), Err(TtyError::Held { .. })));
    drop(held.line);
    SerialLine::open_checked(&LineConfig::new(&link), true).unwrap();

    let left = bench(Some(&pty));
    assert_eq!(left.next(), Told::Line(true));
    drop(left.told);
    left.line.send(b"x".to_vec()).unwrap();
    let deadline = boottime().plus_ms(10_000);
    while SerialLine::open_checked(&LineConfig::new(&left.link), true).is_err() {
        assert!(boottime() < deadline, "the thread still holds the port");
        std::thread::yield_now();
    }
}

/// A line over TCP to this address.
fn tcp_bench(address: SocketAddr) -> (LineHandle<Vec<u8>>, Receiver<Told>) {
    let config = TcpConfig::new(address.ip().to_string(), address.port());
    let (sender, told) = channel();
    let line = spawn_tcp("echo", config, Echo::default(), move |event| sender.send(event).is_ok()).unwrap();
    (line, told)
}

#[test]
fn a_connection_carries_commands_and_answers_and_is_made_again_after_a_hang_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (line, told) = tcp_bench(listener.local_addr().unwrap());
    for _ in 0..2 {
        let (mut peer, _) = listener.accept().unwrap();
        assert_eq!(told.recv_timeout(PATIENCE).unwrap(), Told::Line(true));
        line.send(b"ask\n".to_vec()).unwrap();
        let mut heard = [0; 4];
        peer.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"ask\n");
        peer.write_all(b"yes\n").unwrap();
        assert_eq!(told.recv_timeout(PATIENCE).unwrap(), Told::Heard("yes".into()));
        drop(peer);
        assert_eq!(told.recv_timeout(PATIENCE).unwrap(), Told::Line(false));
    }
}

#[test]
fn a_service_that_starts_later_is_connected_when_it_is_there() {
    let place = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = place.local_addr().unwrap();
    drop(place);
    let (_line, told) = tcp_bench(address);
    assert!(told.try_recv().is_err(), "nobody listens yet");
    let _listener = TcpListener::bind(address).unwrap();
    assert_eq!(told.recv_timeout(PATIENCE).unwrap(), Told::Line(true));
}

#[test]
fn a_service_that_takes_connections_only_to_close_them_is_tried_ever_more_seldom() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (_line, _told) = tcp_bench(listener.local_addr().unwrap());
    let began = boottime();
    for _ in 0..4 {
        drop(listener.accept().unwrap());
    }
    // Pauses of 100, 200 and 400 ms lie between four attempts.
    assert!(boottime().since(began) >= 700, "{} ms", boottime().since(began));
}

#[test]
fn a_supply_behind_tcp_is_asked_again_after_a_hang_up() {
    use senim_emulators::nut::{Fault, Nut, Options, Source};

    let directory = tempfile::tempdir().unwrap();
    let device = TcpDevice::start(directory.path(), "supply", Nut::new(Options::default())).unwrap();
    device.with(|service, _| service.set_fault(Fault::Drop, FaultSpec::times(1)));
    let driver: Box<dyn supply::PowerSupply + Send> =
        Box::new(senim_drivers::Nut::new(senim_drivers::nut::Config::default()).unwrap());
    let place = TcpConfig::new("127.0.0.1", device.address().port());
    let (sender, told) = channel();
    let line = spawn_tcp("supply", place, driver, move |event| sender.send(event).is_ok()).unwrap();
    let next = || told.recv_timeout(PATIENCE).unwrap();
    assert_eq!(next(), supply::Event::Line { open: true });
    line.send(supply::Command::Status).unwrap();
    assert_eq!(next(), supply::Event::Line { open: false });
    assert!(matches!(next(), supply::Event::Failed(error) if error.kind == ErrorKind::Offline));
    assert_eq!(next(), supply::Event::Line { open: true });
    device.with(|service, _| service.supply.source = Source::Battery);
    line.send(supply::Command::Status).unwrap();
    let supply::Event::Status { supply: told, .. } = next() else { panic!("no status") };
    assert_eq!(told.source, supply::Source::Battery);
}

#[test]
fn a_receiver_on_a_serial_port_is_heard_without_being_asked() {
    use senim_emulators::nmea::{Nmea, Options};

    let directory = tempfile::tempdir().unwrap();
    let machine = Nmea::new(Options { interval_ms: 50, ..Options::default() }, 0);
    let device = PtyDevice::start(directory.path(), "location", directory.path(), machine).unwrap();
    let driver: Box<dyn location::Location + Send> =
        Box::new(senim_drivers::Nmea::new(senim_drivers::nmea::Config::default()).unwrap());
    let config = LineConfig::new(device.path());
    let open = move || SerialLine::open_checked(&config, true);
    let (sender, told) = channel();
    let _line = spawn_with("location", open, driver, move |event| sender.send(event).is_ok()).unwrap();
    let next = || told.recv_timeout(PATIENCE).unwrap();
    assert_eq!(next(), location::Event::Line { open: true });
    assert!(matches!(next(), location::Event::Fix(fix) if fix.latitude_udeg == 43_238_949));
    device.with(|receiver, _| receiver.sky.latitude_udeg = 51_169_392);
    assert!(matches!(next(), location::Event::Fix(fix) if fix.latitude_udeg == 51_169_392));
}
