//! A dossier out of a million rows: one visit's number in, everything about it out.
//!
//! Of one terminal the rows are genuine. The others are copies of them under other names, put into the database
//! directly: they are there to be searched past.

use std::path::Path;
use std::time::Instant;

use rusqlite::Connection;
use senim_domain::TerminalId;
use senim_gateway::store::SqliteStore;
use senim_gateway_core::{Actor, Which};

use super::{BenchError, Figure, Limit, Line, Scale};
use crate::chain::{BEGIN, Terminal};
use crate::pki::Mfo;
use crate::services;
use crate::visits::Visit;

/// Genuine rows.
const GENUINE: u64 = 20_000;
/// Rows of a batch.
const BATCH: usize = 1_000;
/// Dossiers asked for; the slowest counts.
const ASKED: u64 = 10;
/// The dossier's limit, ms.
const LIMIT: f64 = 1_000.0;

/// The lines of this bench.
///
/// # Errors
/// [`BenchError`].
pub fn run(scale: Scale) -> Result<Vec<Line>, BenchError> {
    let (genuine, copies) = match scale {
        Scale::Trial => (500, 3),
        Scale::Full => (GENUINE, 49),
    };
    let mfo = Mfo::new()?;
    let dir = tempfile::tempdir().map_err(BenchError::failed)?;
    let path = dir.path().join("gateway.db");
    let store = SqliteStore::open(&path).map_err(BenchError::failed)?;
    let gateway = services::gateway(&mfo, Box::new(store))?;
    let by = Actor::new("bench", "complaint").map_err(BenchError::failed)?;
    let id: TerminalId = "almaty-01".parse().map_err(BenchError::failed)?;
    gateway.enrol(&id, &by, BEGIN).map_err(BenchError::failed)?;
    let mut terminal = Terminal::new(&mfo, &id)?;
    let mut rows = vec![terminal.begin_epoch()?.row.compact];
    let mut visits = 0;
    while terminal.next_seq() < genuine {
        visits += 1;
        for draft in Visit::new(visits).drafts() {
            rows.push(terminal.write(&draft)?.row.compact);
        }
    }
    for batch in rows.chunks(BATCH) {
        let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
        let reply = gateway.intake(&id, &batch, BEGIN).map_err(BenchError::failed)?;
        if let Some(refusal) = reply.refusal {
            return Err(BenchError::failed(refusal));
        }
    }
    let held = copy(&path, copies)?;
    let mut slowest = 0.0_f64;
    for nth in 1..=ASKED {
        let visit = Visit::new(visits.saturating_mul(nth).div_ceil(ASKED));
        let begun = Instant::now();
        let dossier =
            gateway.dossier(&id, &Which::Id(visit.loan().0), &by, BEGIN).map_err(BenchError::failed)?;
        slowest = slowest.max(begun.elapsed().as_secs_f64() * 1e3);
        if dossier.rows < visit.drafts().len() {
            return Err(BenchError::Failed(format!("a dossier of {} rows", dossier.rows)));
        }
    }
    Ok(vec![Line {
        name: format!("dossier out of {held} rows in SQLite, slowest of {ASKED}"),
        figure: Figure::new(slowest, "ms"),
        reference: None,
        limit: Limit::FigureAtMost(LIMIT),
    }])
}

/// Puts every row and document there again under so many other names; gives the rows that are then there.
fn copy(path: &Path, copies: u32) -> Result<u32, BenchError> {
    let db = Connection::open(path).map_err(BenchError::failed)?;
    db.execute_batch(
        "BEGIN; CREATE TEMP TABLE original AS SELECT * FROM rows;
                      CREATE TEMP TABLE papers AS SELECT * FROM documents;",
    )
    .map_err(BenchError::failed)?;
    for number in 1..=copies {
        db.execute(
            "INSERT INTO rows SELECT 'copy-' || ?1, seq, hash, op_id, kind, quarantined, attachment, compact
             FROM temp.original",
            [number],
        )
        .map_err(BenchError::failed)?;
        db.execute(
            "INSERT INTO documents SELECT collection, 'copy-' || ?1 || '/' || key, revision, json FROM temp.papers",
            [number],
        )
        .map_err(BenchError::failed)?;
    }
    db.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)").map_err(BenchError::failed)?;
    db.query_row("SELECT count(*) FROM rows", [], |row| row.get(0)).map_err(BenchError::failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dossier_is_found_among_copies() {
        let lines = run(Scale::Trial).unwrap();
        assert!(lines.iter().all(|line| line.figure.value > 0.0), "{lines:?}");
    }
}
