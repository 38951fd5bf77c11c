//! Verification takes the same memory for few and for many rows. Alone in its process: it looks at the peak of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests may"
)]

use std::path::Path;

use senim_load::chain::{ExportWriter, Terminal};
use senim_load::pki::Mfo;
use senim_load::visits::quiet;
use senim_operation::export::{ExportResult, OPERATIONS_FILE, verify_export};

/// Peak of resident memory so far, kB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn export(mfo: &Mfo, dir: &Path, rows: u64) {
    let id = "almaty-01".parse().unwrap();
    let identity = mfo.enrol(&id).unwrap();
    let mut terminal = Terminal::with_identity(mfo, &id, &identity).unwrap();
    let mut writer = ExportWriter::create(dir, &terminal).unwrap();
    writer.row(&terminal.begin_epoch().unwrap().row).unwrap();
    for number in 1..rows {
        writer.row(&terminal.write(&quiet(number)).unwrap().row).unwrap();
    }
    let note = terminal.cosigned_note(mfo).unwrap();
    writer.finish(&mfo.jwks(&[identity]).unwrap(), Some(&note)).unwrap();
}

#[test]
fn memory_does_not_grow_with_the_rows_of_an_export() {
    let mfo = Mfo::new().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (few, many) = (dir.path().join("few"), dir.path().join("many"));
    export(&mfo, &few, 200);
    export(&mfo, &many, 15_000);
    let bytes = std::fs::metadata(many.join(OPERATIONS_FILE)).unwrap().len();
    assert!(bytes > 8 << 20, "{bytes} bytes are too few to show anything");
    assert_eq!(verify_export(&few, mfo.trust(), None).unwrap().result, ExportResult::Good);
    let before = peak();
    assert_eq!(verify_export(&many, mfo.trust(), None).unwrap().result, ExportResult::Good);
    let grown = peak() - before;
    assert!(grown < 2 << 10, "the peak grew by {grown} kB over an export of {bytes} bytes");
}
