//! libnfc's `nfc-list` (Debian's `libnfc-bin`), a stock program that speaks to a PN532, against the emulated chip on a PTY.

use std::path::Path;
use std::process::{Command, Stdio};

use senim_emulators::faults::FaultSpec;
use senim_emulators::peers;
use senim_emulators::pn532::{Fault, Options, Pn532, cards};
use senim_emulators::pty::{Pacing, PtyDevice};

use crate::pty::awaited;

#[test]
fn nfc_list_finds_the_card_in_the_field() {
    let dir = tempfile::tempdir().unwrap();
    let reader = reader(dir.path());
    reader.with(|chip, now_ms| chip.insert(cards("echo").unwrap(), now_ms));
    for pacing in [Pacing::Coalesced, Pacing::at_baud(115_200)] {
        reader.set_pacing(pacing);
        let Some(said) = nfc_list(reader.path()) else { return };
        assert!(said.contains("opened"), "{said}");
        assert!(said.contains("ISO/IEC 14443A (106 kbps) target:"), "{said}");
        assert!(said.contains("08  5e  71  3a"), "{said}");
        assert!(said.contains("78  80  80  02  53  45  4e  49  4d"), "{said}");
    }
}

#[test]
fn nfc_list_finds_nothing_in_an_empty_field() {
    let dir = tempfile::tempdir().unwrap();
    let reader = reader(dir.path());
    let Some(said) = nfc_list(reader.path()) else { return };
    assert!(said.contains("opened"), "{said}");
    assert!(!said.contains("target:"), "{said}");
}

#[test]
fn nfc_list_names_a_card_without_the_chip_protocol() {
    let dir = tempfile::tempdir().unwrap();
    let reader = reader(dir.path());
    reader.with(|chip, now_ms| {
        chip.set_fault(Fault::NoRats, FaultSpec::default());
        chip.insert(cards("echo").unwrap(), now_ms);
    });
    let Some(said) = nfc_list(reader.path()) else { return };
    assert!(said.contains("SAK (SEL_RES): 00"), "{said}");
    assert!(!said.contains("ATS:"), "{said}");
}

fn reader(dir: &Path) -> PtyDevice<Pn532> {
    PtyDevice::start(dir, "nfc", dir, Pn532::new(Options::default(), cards)).unwrap()
}

/// What `nfc-list` says about the reader behind the link; `None` where it is not installed.
fn nfc_list(link: &Path) -> Option<String> {
    // libnfc wants the port itself, not a link to it.
    let port = std::fs::canonicalize(link).unwrap();
    let mut child = Command::new(peers::program("nfc-list", "nfc-list")?)
        .env("LIBNFC_DEVICE", format!("pn532_uart:{}", port.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    awaited(|| child.try_wait().unwrap());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(String::from_utf8(output.stdout).unwrap())
}
