//! Ports: raw lines, reopening, plug and unplug, pacing.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use senim_emulators::escpos::{self, EscPos};
use senim_emulators::lcdm4000::{Cassette, Lcdm4000, Options};
use senim_emulators::pty::{Pacing, PtyDevice, PtyError, boottime_ms};

use crate::host::{STATUS, dispense};

/// Longest that anything here may take; waiting ends as soon as the bytes are there.
const PATIENCE_MS: u16 = 10_000;

#[test]
fn a_port_survives_closing_and_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let device = dispenser(dir.path());
    for _ in 0..3 {
        let mut port = open(device.path());
        port.write_all(STATUS).unwrap();
        let came = read_exactly(&mut port, 25);
        assert_eq!(came[..5], [0x06, 0x01, 0x30, 0x02, 0x50], "ACK and reply, not an echo");
        port.write_all(&[0x06]).unwrap();
        assert_eq!(read_exactly(&mut port, 1), [0x04]);
    }
}

#[test]
fn bytes_that_terminals_edit_pass_unchanged() {
    let dir = tempfile::tempdir().unwrap();
    let printer =
        PtyDevice::start(dir.path(), "printer", dir.path(), EscPos::new(escpos::Options::default())).unwrap();
    let mut port = open(printer.path());
    let marks = [0x0D, 0x0A, 0x03, 0x11];
    port.write_all(&[0x1D, 0x28, 0x48, 6, 0, 0x30, 0x30]).unwrap();
    port.write_all(&marks).unwrap();
    assert_eq!(read_exactly(&mut port, 7), [0x37, 0x22, 0x0D, 0x0A, 0x03, 0x11, 0x00]);
}

#[test]
fn mechanical_time_passes_by_itself_and_the_machine_can_be_changed_meanwhile() {
    let dir = tempfile::tempdir().unwrap();
    let device = dispenser(dir.path());
    let mut port = open(device.path());
    port.write_all(&dispense([2, 0, 0, 0])).unwrap();
    assert_eq!(read_exactly(&mut port, 30)[0], 0x06);
    assert_eq!(device.with(|machine, _| machine.dispensed_total()[&5_000]), 2);
}

#[test]
fn unplugging_hangs_up_and_removes_the_link_and_replugging_gives_a_new_port() {
    let dir = tempfile::tempdir().unwrap();
    let device = dispenser(dir.path());
    let mut port = open(device.path());
    device.unplug().unwrap();
    assert!(!device.plugged());
    assert!(File::open(device.path()).is_err());
    assert!(
        matches!(port.read(&mut [0; 1]), Ok(0) | Err(_)) && port.write(STATUS).is_err(),
        "the open port is dead"
    );
    device.replug().unwrap();
    device.replug().unwrap();
    let mut port = open(device.path());
    port.write_all(STATUS).unwrap();
    assert_eq!(read_exactly(&mut port, 25)[0], 0x06);
}

#[test]
fn a_stopped_device_leaves_no_link_and_a_foreign_link_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let first = dispenser(dir.path());
    let link = first.path().to_path_buf();
    let second = dispenser(dir.path());
    drop(first);
    open(&link);
    drop(second);
    assert!(!link.is_symlink());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_missing_directory_is_said() {
    let machine = Lcdm4000::new(Options::default(), [Cassette::new(5_000, 1); 4], boottime_ms());
    let missing = Path::new("/nonexistent-directory");
    let error = PtyDevice::start(missing, "dispenser", missing, machine).unwrap_err();
    assert!(matches!(error, PtyError::Publish { .. }));
    assert!(error.to_string().contains("/nonexistent-directory/dispenser"));
}

#[test]
fn a_paced_line_takes_the_time_of_its_bytes_in_both_directions() {
    let dir = tempfile::tempdir().unwrap();
    let device = dispenser(dir.path());
    device.set_pacing(Pacing::at_baud(9_600));
    assert_eq!(device.pacing(), Pacing::BytePaced { byte_us: 1_042 });
    let mut port = open(device.path());
    let started_ms = boottime_ms();
    port.write_all(STATUS).unwrap();
    assert_eq!(read_exactly(&mut port, 25)[0], 0x06);
    // 5 of 6 bytes in and 24 of 25 out have to wait for the one before.
    assert!(boottime_ms() - started_ms >= 29, "{} ms", boottime_ms() - started_ms);
}

#[test]
fn a_receipt_is_written_as_a_file_and_the_printer_knows_where() {
    let dir = tempfile::tempdir().unwrap();
    let options = escpos::Options { width_dots: 8, ..escpos::Options::default() };
    let printer = PtyDevice::start(dir.path(), "printer", dir.path(), EscPos::new(options)).unwrap();
    let mut port = open(printer.path());
    port.write_all(&[0x1B, 0x40, 0x1D, 0x76, 0x30, 0, 1, 0, 2, 0, 0x81, 0x18, 0x1D, 0x56, 0]).unwrap();
    let path = awaited(|| printer.with(|machine, _| machine.last_receipt().map(Path::to_path_buf)));
    assert_eq!(crate::escpos::dots(&std::fs::read(path).unwrap()), ["#......#", "...##..."]);
}

#[test]
fn a_long_receipt_is_printed_whole_through_the_small_buffer_of_the_port() {
    let dir = tempfile::tempdir().unwrap();
    let options = escpos::Options { row_us: 20, ..escpos::Options::default() };
    let printer = PtyDevice::start(dir.path(), "printer", dir.path(), EscPos::new(options)).unwrap();
    let mut port = open(printer.path());
    for _ in 0..60 {
        port.write_all(&[0x1D, 0x76, 0x30, 0, 72, 0, 100, 0]).unwrap();
        port.write_all(&[0xAA; 7_200]).unwrap();
    }
    port.write_all(&[0x1D, 0x56, 0]).unwrap();
    let path = awaited(|| printer.with(|machine, _| machine.last_receipt().map(Path::to_path_buf)));
    assert_eq!(crate::escpos::dots(&std::fs::read(path).unwrap()).len(), 6_000);
}

fn dispenser(dir: &Path) -> PtyDevice<Lcdm4000> {
    let options = Options { start_ms: 1, note_ms: 2, purge_ms: 1, ..Options::default() };
    let machine = Lcdm4000::new(options, [Cassette::new(5_000, 100); 4], boottime_ms());
    PtyDevice::start(dir, "dispenser", dir, machine).unwrap()
}

fn open(path: &Path) -> File {
    OpenOptions::new().read(true).write(true).open(path).unwrap()
}

fn read_exactly(port: &mut File, count: usize) -> Vec<u8> {
    let mut came = Vec::new();
    while came.len() < count {
        let ready = poll(&mut [PollFd::new(port.as_fd(), PollFlags::POLLIN)], PollTimeout::from(PATIENCE_MS))
            .unwrap();
        assert_eq!(ready, 1, "only {came:02x?} came");
        let mut buffer = vec![0; count - came.len()];
        let got = port.read(&mut buffer).unwrap();
        came.extend_from_slice(&buffer[..got]);
    }
    came
}

/// Looks again and again until there is something.
#[expect(clippy::disallowed_methods, reason = "the condition lies in another thread and gives no signal")]
pub fn awaited<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let give_up_ms = boottime_ms() + u64::from(PATIENCE_MS);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(boottime_ms() < give_up_ms, "waited in vain");
        std::thread::sleep(Duration::from_millis(2));
    }
}
