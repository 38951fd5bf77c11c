//! The journal's commit: sign, chain, seal, SQLite with a sync; one by one, in groups, and opening a full journal.
//!
//! The reference is SQLite alone (WAL, `synchronous=FULL`) with rows of the same bytes, taken in turn with the journal so
//! that both meet the same disk. For groups it is the slower of that and of signing and sealing alone.

use std::path::Path;
use std::time::Instant;

use rusqlite::Connection;
use senim_domain::{OperationId, TerminalId};
use senim_journal::{AUDIT_ROWS, Journal};
use senim_operation::signer::{RamKey, Sealer as _, Signer as _};
use senim_operation::{Draft, Row};

use super::writer::{Births, entries, stamp};
use super::{BenchError, Figure, Limit, Line, Scale};
use crate::pki::{Certified, Mfo};

/// Rows of a group.
const GROUP: usize = 100;
/// Rows of the journal that is opened.
const FULL_JOURNAL: usize = 100_000;

/// The lines of this bench.
///
/// # Errors
/// [`BenchError`].
pub fn run(scale: Scale) -> Result<Vec<Line>, BenchError> {
    let (rounds, rows) = match scale {
        Scale::Trial => (3, 2_000),
        Scale::Full => (40, FULL_JOURNAL),
    };
    let dir = tempfile::tempdir().map_err(BenchError::failed)?;
    let mut stand = Stand::new(dir.path())?;
    let mut lines = vec![stand.singly(rounds)?, stand.in_groups(rounds)?];
    lines.extend(stand.opening(rows)?);
    Ok(lines)
}

struct Stand {
    mfo: Mfo,
    identity: Certified,
    terminal: TerminalId,
    dir: std::path::PathBuf,
    journal: Option<Journal>,
    bare: Connection,
    births: Births,
}

impl Stand {
    fn new(dir: &Path) -> Result<Self, BenchError> {
        let mfo = Mfo::new()?;
        let terminal: TerminalId = "bench-1".parse().map_err(BenchError::failed)?;
        let identity = mfo.enrol(&terminal)?;
        let bare = Connection::open(dir.join("bare.db")).map_err(BenchError::failed)?;
        bare.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE bare (seq INTEGER PRIMARY KEY, row TEXT NOT NULL, sealed TEXT) STRICT",
        )
        .map_err(BenchError::failed)?;
        let mut stand = Self {
            mfo,
            identity,
            terminal,
            dir: dir.to_owned(),
            journal: None,
            bare,
            births: Births::default(),
        };
        stand.journal = Some(stand.open(true)?);
        Ok(stand)
    }

    fn open(&mut self, create: bool) -> Result<Journal, BenchError> {
        let epoch = self.op_id();
        super::writer::open(
            &self.mfo,
            &self.terminal,
            self.dir.join("journal.db"),
            &self.identity,
            epoch,
            create,
        )
    }

    fn op_id(&mut self) -> OperationId {
        self.births.op_id()
    }

    fn journal(&mut self) -> Result<&mut Journal, BenchError> {
        self.journal.as_mut().ok_or_else(|| BenchError::failed("the journal is closed"))
    }

    fn drafts(&mut self, at_least: usize) -> Vec<Draft> {
        self.births.drafts(at_least)
    }

    /// One commit for each row of a visit, in turn with bare ones.
    fn singly(&mut self, rounds: usize) -> Result<Line, BenchError> {
        let (mut ours, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let drafts = self.drafts(1);
            let ids: Vec<OperationId> = drafts.iter().map(|_| self.op_id()).collect();
            let count = drafts.len();
            let journal = self.journal()?;
            let begun = Instant::now();
            let mut rows = Vec::with_capacity(count);
            for (draft, op_id) in drafts.into_iter().zip(ids) {
                rows.push(journal.append(draft, op_id, &stamp(), &[]).map_err(BenchError::failed)?);
            }
            ours.push(each(begun, count)?);
            let texts = texts(&rows);
            let begun = Instant::now();
            for text in &texts {
                insert(&self.bare, std::slice::from_ref(text))?;
            }
            bare.push(each(begun, count)?);
        }
        Ok(Line {
            name: "journal commit: sign, chain, seal, sync".into(),
            figure: Figure::new(median(&mut ours), "us"),
            reference: Some(Figure::new(median(&mut bare), "us")),
            limit: Limit::RatioAtMost(1.3),
        })
    }

    /// Groups of a hundred rows, in turn with bare groups and with keys alone.
    fn in_groups(&mut self, rounds: usize) -> Result<Line, BenchError> {
        let (mut ours, mut bare, mut keys) = (Vec::new(), Vec::new(), Vec::new());
        let key = RamKey::generate().map_err(BenchError::failed)?.0;
        let sealer = self.mfo.sealer();
        for _ in 0..rounds {
            let mut drafts = self.drafts(GROUP);
            drafts.truncate(GROUP);
            let ids: Vec<OperationId> = drafts.iter().map(|_| self.op_id()).collect();
            let entries = entries(&drafts, &ids);
            let journal = self.journal()?;
            let begun = Instant::now();
            let rows = journal.append_many(&entries, &stamp()).map_err(BenchError::failed)?;
            ours.push(each(begun, GROUP)?);
            let texts = texts(&rows);
            let begun = Instant::now();
            insert(&self.bare, &texts)?;
            bare.push(each(begun, GROUP)?);
            let begun = Instant::now();
            for (draft, row) in drafts.iter().zip(&rows) {
                if let Some(plain) = &draft.attachment {
                    sealer.seal(plain.expose()).map_err(BenchError::failed)?;
                }
                key.sign(row.compact.as_bytes()).map_err(BenchError::failed)?;
            }
            keys.push(each(begun, GROUP)?);
        }
        let slower = median(&mut bare).max(median(&mut keys));
        Ok(Line {
            name: format!("the same in groups of {GROUP}"),
            figure: Figure::new(1e6 / median(&mut ours), "op/s"),
            reference: Some(Figure::new(1e6 / slower, "op/s")),
            limit: Limit::RatioAtLeast(0.8),
        })
    }

    /// Opening after the power was cut, with so many rows that nobody has acknowledged.
    fn opening(&mut self, rows: usize) -> Result<Vec<Line>, BenchError> {
        loop {
            let drafts = self.drafts(500);
            let ids: Vec<OperationId> = drafts.iter().map(|_| self.op_id()).collect();
            let entries = entries(&drafts, &ids);
            let journal = self.journal()?;
            journal.append_many(&entries, &stamp()).map_err(BenchError::failed)?;
            journal.checkpoint(&stamp()).map_err(BenchError::failed)?;
            let held = journal.status().map_err(BenchError::failed)?.unacked;
            if held >= u64::try_from(rows).map_err(BenchError::failed)? {
                break;
            }
        }
        self.journal = None;
        let begun = Instant::now();
        let mut journal = self.open(false)?;
        let ready = journal.accepts_new_business();
        let opened = begun.elapsed();
        if !ready {
            return Err(BenchError::failed("the opened journal refuses new business"));
        }
        let begun = Instant::now();
        let mut audit = journal.audit();
        let mut looked_at = 0_u32;
        while !audit.step(AUDIT_ROWS).map_err(BenchError::failed)?.finished {
            looked_at = looked_at.saturating_add(u32::try_from(AUDIT_ROWS).map_err(BenchError::failed)?);
        }
        let rate = f64::from(looked_at) / begun.elapsed().as_secs_f64();
        self.journal = Some(journal);
        Ok(vec![
            Line {
                name: format!("journal ready with {rows} unsent rows"),
                figure: Figure::new(opened.as_secs_f64() * 1e3, "ms"),
                reference: None,
                limit: Limit::FigureAtMost(1000.0),
            },
            Line {
                name: "complete verification beside it".into(),
                figure: Figure::new(rate, "op/s"),
                reference: None,
                limit: Limit::None,
            },
        ])
    }
}

/// Texts as long as the rows and their sealed attachments.
fn texts(rows: &[Row]) -> Vec<(String, Option<String>)> {
    let sealed = |row: &Row| row.envelope.sealed.as_ref().map(|sealed| sealed.bytes);
    rows.iter()
        .map(|row| {
            let bytes = sealed(row).and_then(|bytes| usize::try_from(bytes).ok());
            (row.compact.clone(), bytes.map(|bytes| "x".repeat(bytes)))
        })
        .collect()
}

fn insert(bare: &Connection, texts: &[(String, Option<String>)]) -> Result<(), BenchError> {
    let tx = bare.unchecked_transaction().map_err(BenchError::failed)?;
    for text in texts {
        tx.prepare_cached("INSERT INTO bare (row, sealed) VALUES (?1, ?2)")
            .and_then(|mut statement| statement.execute((&text.0, &text.1)))
            .map_err(BenchError::failed)?;
    }
    tx.commit().map_err(BenchError::failed)
}

/// Microseconds for each of so many.
fn each(begun: Instant, count: usize) -> Result<f64, BenchError> {
    let count = u32::try_from(count.max(1)).map_err(BenchError::failed)?;
    Ok(begun.elapsed().as_secs_f64() * 1e6 / f64::from(count))
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_run_gives_every_line() {
        let lines = run(Scale::Trial).unwrap();
        assert_eq!(lines.len(), 4);
        assert!(lines.iter().all(|line| line.figure.value > 0.0), "{lines:?}");
    }
}
