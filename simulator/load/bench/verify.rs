//! Verification of an export as a share of a bare loop over the same signatures: `cargo bench -p senim-load --bench verify`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench measures, prints, and stops at what it did not expect"
)]

use std::time::Instant;

use senim_load::chain::{ExportWriter, Terminal};
use senim_load::pki::Mfo;
use senim_load::visits::Visit;
use senim_operation::export::{ExportResult, OPERATIONS_FILE, verify_export};
use senim_operation::jws;

/// Rows, about.
const ROWS: u64 = 20_000;
/// Best of so many.
const ROUNDS: u32 = 3;

fn main() {
    let mfo = Mfo::new().unwrap();
    let id = "almaty-01".parse().unwrap();
    let identity = mfo.enrol(&id).unwrap();
    let mut terminal = Terminal::with_identity(&mfo, &id, &identity).unwrap();
    let dir = std::env::temp_dir().join(format!("senim-verify-{}", std::process::id()));
    let mut export = ExportWriter::create(&dir, &terminal).unwrap();
    export.row(&terminal.begin_epoch().unwrap().row).unwrap();
    for number in 0.. {
        if terminal.next_seq() >= ROWS {
            break;
        }
        for draft in Visit::new(number).drafts() {
            export.row(&terminal.write(&draft).unwrap().row).unwrap();
        }
    }
    let note = terminal.cosigned_note(&mfo).unwrap();
    export.finish(&mfo.jwks(&[identity]).unwrap(), Some(&note)).unwrap();

    let text = std::fs::read_to_string(dir.join(OPERATIONS_FILE)).unwrap();
    let key = terminal.journal_key().public_jwk();
    let parts: Vec<_> = text.lines().skip(1).map(|line| jws::split(line).unwrap()).collect();
    let (mut bare, mut ours) = (f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        parts.iter().for_each(|parts| jws::verify(parts, &key).unwrap());
        bare = bare.min(begin.elapsed().as_secs_f64());
        let begin = Instant::now();
        assert_eq!(verify_export(&dir, mfo.trust(), None).unwrap().result, ExportResult::Good);
        ours = ours.min(begin.elapsed().as_secs_f64());
    }
    std::fs::remove_dir_all(&dir).unwrap();
    println!(
        "verify: {:.2} × bare verify loop (limit ≥ 0.80); {:.0} and {:.0} rows/s",
        bare / ours,
        parts.len() as f64 / ours,
        parts.len() as f64 / bare
    );
}
