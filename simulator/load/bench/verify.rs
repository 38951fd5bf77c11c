//! Verification of an export as a share of a bare loop over the same signatures, and what memory it takes.

use std::path::Path;
use std::time::Instant;

use senim_domain::TerminalId;
use senim_operation::export::{ExportResult, OPERATIONS_FILE, verify_export};
use senim_operation::jws::{self, PublicJwk};

use super::{BenchError, Figure, Limit, Line, Scale};
use crate::chain::{ExportWriter, Terminal};
use crate::pki::Mfo;
use crate::visits::Visit;

/// Best of so many.
const ROUNDS: u32 = 3;

/// The lines of this bench.
///
/// # Errors
/// [`BenchError`].
pub fn run(scale: Scale) -> Result<Vec<Line>, BenchError> {
    let (few, many) = match scale {
        Scale::Trial => (500, 1_000),
        Scale::Full => (10_000, 200_000),
    };
    let mfo = Mfo::new()?;
    let dir = tempfile::tempdir().map_err(BenchError::failed)?;
    let (small, large) = (dir.path().join("few"), dir.path().join("many"));
    let key = export(&mfo, &small, few)?;
    export(&mfo, &large, many)?;
    let small_kib = peak_of(&mfo, &small)?;
    let large_kib = peak_of(&mfo, &large)?;
    Ok(vec![
        beside_the_signatures(&mfo, &small, &key)?,
        Line {
            name: format!("peak of memory verifying {many} rows; reference: {few} rows"),
            figure: Figure::new(large_kib, "KiB"),
            reference: Some(Figure::new(small_kib, "KiB")),
            limit: Limit::RatioAtMost(1.1),
        },
    ])
}

fn export(mfo: &Mfo, dir: &Path, rows: u64) -> Result<PublicJwk, BenchError> {
    let id: TerminalId = "almaty-01".parse().map_err(BenchError::failed)?;
    let identity = mfo.enrol(&id)?;
    let mut terminal = Terminal::with_identity(mfo, &id, &identity)?;
    let mut export = ExportWriter::create(dir, &terminal)?;
    export.row(&terminal.begin_epoch()?.row)?;
    let mut number = 0;
    while terminal.next_seq() < rows {
        number += 1;
        for draft in Visit::new(number).drafts() {
            export.row(&terminal.write(&draft)?.row)?;
        }
    }
    let note = terminal.cosigned_note(mfo)?;
    export.finish(&mfo.jwks(&[identity])?, Some(&note))?;
    Ok(terminal.journal_key().public_jwk())
}

fn verify(mfo: &Mfo, dir: &Path) -> Result<(), BenchError> {
    match verify_export(dir, mfo.trust(), None).map_err(BenchError::failed)?.result {
        ExportResult::Good => Ok(()),
        other => Err(BenchError::Failed(format!("a good export is called {other:?}"))),
    }
}

fn beside_the_signatures(mfo: &Mfo, dir: &Path, key: &PublicJwk) -> Result<Line, BenchError> {
    let text = std::fs::read_to_string(dir.join(OPERATIONS_FILE)).map_err(BenchError::failed)?;
    // The first row is signed by the identity key.
    let parts: Vec<_> =
        text.lines().skip(1).map(jws::split).collect::<Result<_, _>>().map_err(BenchError::failed)?;
    let rows = f64::from(u32::try_from(parts.len()).map_err(BenchError::failed)?);
    let (mut bare, mut ours) = (f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        parts.iter().try_for_each(|parts| jws::verify(parts, key)).map_err(BenchError::failed)?;
        bare = bare.min(begun.elapsed().as_secs_f64());
        let begun = Instant::now();
        verify(mfo, dir)?;
        ours = ours.min(begun.elapsed().as_secs_f64());
    }
    Ok(Line {
        name: "verification of an export; reference: signatures alone".into(),
        figure: Figure::new(rows / ours, "op/s"),
        reference: Some(Figure::new(rows / bare, "op/s")),
        limit: Limit::RatioAtLeast(0.8),
    })
}

/// Most resident memory of this process while it verifies, KiB.
fn peak_of(mfo: &Mfo, dir: &Path) -> Result<f64, BenchError> {
    // Linux: 5 sets the highest mark back to what is resident now.
    std::fs::write("/proc/self/clear_refs", "5").map_err(BenchError::failed)?;
    verify(mfo, dir)?;
    let status = std::fs::read_to_string("/proc/self/status").map_err(BenchError::failed)?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u32>().ok());
    kib.map(f64::from).ok_or_else(|| BenchError::Failed("the system tells no peak of memory".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_run_gives_every_line() {
        let lines = run(Scale::Trial).unwrap();
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.ratio().is_some()), "{lines:?}");
    }
}
