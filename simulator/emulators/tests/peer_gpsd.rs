//! gpsd (Debian's `gpsd`), a stock program, reads the emulated receiver from its serial port.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use senim_emulators::nmea::{Nmea, Options};
use senim_emulators::peers;
use senim_emulators::pty::PtyDevice;
use serde_json::Value;

use crate::pty::awaited;

#[test]
fn a_stock_program_finds_the_place_and_its_loss() {
    let dir = tempfile::tempdir().unwrap();
    let machine = Nmea::new(Options { interval_ms: 200, ..Options::default() }, 0);
    let device = PtyDevice::start(dir.path(), "location", dir.path(), machine).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let Some(_gpsd) = Gpsd::start(port, &device) else { return };
    let mut client = awaited(|| TcpStream::connect(("127.0.0.1", port)).ok());
    client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    client.write_all(b"?WATCH={\"enable\":true,\"json\":true};\n").unwrap();
    let mut reports = BufReader::new(client);

    let found = report(&mut reports, |report| report["mode"] == 3);
    assert_eq!((&found["lat"], &found["lon"]), (&Value::from(43.238_949), &Value::from(76.889_709)));
    device.with(|receiver, _| receiver.sky.fix = false);
    report(&mut reports, |report| report["mode"].as_u64() < Some(2));
}

/// The next report of a position that is as wanted.
fn report(reports: &mut impl std::io::BufRead, wanted: impl Fn(&Value) -> bool) -> Value {
    for line in reports.lines().take(500) {
        let report: Value = serde_json::from_str(&line.unwrap()).unwrap();
        if report["class"] == "TPV" && wanted(&report) {
            return report;
        }
    }
    panic!("no such report");
}

struct Gpsd(Child);

impl Gpsd {
    /// `None` where it is not installed.
    fn start(port: u16, device: &PtyDevice<Nmea>) -> Option<Self> {
        // gpsd takes no links.
        let path = std::fs::canonicalize(device.path()).unwrap();
        let started = Command::new(peers::program("gpsd", "gpsd")?)
            .args(["-N", "-n", "-b", "-S", &port.to_string()])
            .arg(path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Some(Self(started.unwrap()))
    }
}

impl Drop for Gpsd {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}
