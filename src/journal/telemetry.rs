//! The telemetry ring: small unsigned entries in a file of their own, of which the oldest give way.
//!
//! Decides nothing. Nothing here touches the chain's file, its log or its syncs; a ring that cannot be read is thrown
//! away and begun anew, because losing entries harms nobody and a terminal that stops for them would.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use senim_domain::Stamp;

use crate::error::JournalError;
use crate::journal::Journal;
use crate::{files, store};

/// An entry longer than this is not kept.
const ENTRY_BYTES_MAX: usize = 16 * 1024;
/// `SENT`: marks the file as a ring.
const APPLICATION_ID: i64 = 0x5345_4E54;

const SCHEMA: &str = "
CREATE TABLE entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    mono_ms INTEGER NOT NULL CHECK (mono_ms >= 0),
    entry TEXT NOT NULL CHECK (json_valid(entry))
) STRICT;
CREATE TABLE sent (only INTEGER PRIMARY KEY CHECK (only = 0), id INTEGER NOT NULL CHECK (id >= 0)) STRICT;
INSERT INTO sent VALUES (0, 0);
";

/// The ring's file; opened at first use and again after an error.
pub(crate) struct Ring {
    path: PathBuf,
    keep: u32,
    db: Option<Connection>,
}

/// An entry of the ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelemetryEntry {
    /// Grows by one with each entry; begins anew when a damaged ring was replaced.
    pub id: u64,
    /// UTC by the best source there was, as text.
    pub at: String,
    /// The entry itself: JSON.
    pub entry: String,
}

impl Ring {
    pub(crate) fn new(journal: &Path, keep: u32) -> Self {
        Self { path: files::telemetry(journal), keep, db: None }
    }

    fn with<T>(
        &mut self,
        act: impl Fn(&mut Connection) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let outcome = self.try_with(&act);
        let Err(JournalError::Damaged { detail } | JournalError::Foreign { detail }) = outcome else {
            return outcome;
        };
        tracing::warn!(detail, path = %self.path.display(), "the telemetry ring is damaged and begins anew");
        self.db = None;
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(files::beside(&self.path, suffix));
        }
        let note = serde_json::json!({ "telemetry": "replaced", "cause": detail }).to_string();
        self.try_with(&|db| {
            db.execute("INSERT INTO entries (at, mono_ms, entry) VALUES ('', 0, ?1)", [&note])?;
            Ok(())
        })?;
        self.try_with(&act)
    }

    fn try_with<T>(
        &mut self,
        act: &impl Fn(&mut Connection) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let mut db = match self.db.take() {
            Some(db) => db,
            None => open(&self.path)?,
        };
        let outcome = act(&mut db);
        if outcome.is_ok() {
            self.db = Some(db);
        }
        outcome
    }

    pub(crate) fn count(&self) -> u64 {
        match &self.db {
            Some(db) => count(db).unwrap_or(0),
            None => read_count(&self.path),
        }
    }
}

fn open(path: &Path) -> Result<Connection, JournalError> {
    let db = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    db.busy_timeout(std::time::Duration::from_millis(200))?;
    let _: String = db.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    db.pragma_update(None, "synchronous", "NORMAL")?;
    db.pragma_update(None, "trusted_schema", false)?;
    db.pragma_update(None, "journal_size_limit", 1 << 20)?;
    let mark: i64 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let objects: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (mark, objects) {
        (0, 0) => {
            let sql = format!("BEGIN IMMEDIATE; PRAGMA application_id = {APPLICATION_ID}; {SCHEMA} COMMIT;");
            db.execute_batch(&sql)?;
        }
        (APPLICATION_ID, _) => {}
        _ => return Err(JournalError::Foreign { detail: "it is no telemetry ring".into() }),
    }
    Ok(db)
}

fn count(db: &Connection) -> Result<u64, JournalError> {
    let sql = "SELECT coalesce((SELECT max(id) FROM entries) - (SELECT min(id) FROM entries) + 1, 0)";
    store::unsigned(db.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

fn read_count(ring: &Path) -> u64 {
    store::connect_read_only(ring).and_then(|db| count(&db)).unwrap_or(0)
}

/// Entries in the ring beside a journal that somebody else writes; 0 where it cannot be read.
pub(crate) fn count_at(journal: &Path) -> u64 {
    read_count(&files::telemetry(journal))
}

/// Brings the ring of the first schema, which lay in the journal, into its own file; repeating it changes nothing.
pub(crate) fn take_over(db: &Connection, journal: &Path) -> Result<(), JournalError> {
    let mut query = db.prepare("SELECT id, at, mono_ms, entry FROM telemetry ORDER BY id")?;
    let found = query.query_map([], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?, row.get::<_, String>(3)?))
    })?;
    let entries = found.collect::<Result<Vec<_>, _>>()?;
    Ring::new(journal, u32::MAX).with(|ring| {
        let tx = ring.transaction()?;
        for entry in &entries {
            tx.prepare_cached(
                "INSERT OR IGNORE INTO entries (id, at, mono_ms, entry) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((entry.0, &entry.1, entry.2, &entry.3))?;
        }
        tx.commit()?;
        // The migration drops the former table: from here on this is the only copy.
        ring.query_row("PRAGMA wal_checkpoint(FULL)", [], |_| Ok(()))?;
        Ok(())
    })
}

impl Journal {
    /// Adds entries (JSON texts) and drops the oldest beyond the ring's size.
    ///
    /// # Errors
    /// The ring's file cannot be written; the entries are lost, which harms nothing.
    pub fn record_telemetry(&mut self, stamp: &Stamp, entries: &[String]) -> Result<(), JournalError> {
        let keep = i64::from(self.telemetry.keep);
        let fitting: Vec<&String> = entries.iter().filter(|entry| entry.len() <= ENTRY_BYTES_MAX).collect();
        if fitting.len() < entries.len() {
            tracing::warn!(dropped = entries.len() - fitting.len(), "telemetry entries are too long");
        }
        if fitting.is_empty() {
            return Ok(());
        }
        self.telemetry.with(|db| {
            let tx = db.transaction()?;
            for entry in &fitting {
                tx.prepare_cached("INSERT INTO entries (at, mono_ms, entry) VALUES (?1, ?2, ?3)")?
                    .execute((stamp.utc.to_string(), store::signed(stamp.mono.0), entry))?;
            }
            tx.prepare_cached("DELETE FROM entries WHERE id <= (SELECT max(id) FROM entries) - ?1")?
                .execute([keep])?;
            tx.commit()?;
            Ok(())
        })
    }

    /// The newest entries, newest first.
    ///
    /// # Errors
    /// The ring's file does not answer.
    pub fn telemetry(&mut self, limit: u32) -> Result<Vec<String>, JournalError> {
        self.telemetry.with(|db| {
            let mut query = db.prepare_cached("SELECT entry FROM entries ORDER BY id DESC LIMIT ?1")?;
            let entries = query.query_map([limit], |row| row.get(0))?;
            Ok(entries.collect::<Result<_, _>>()?)
        })
    }

    /// Entries that [`Journal::telemetry_sent`] has not named yet, oldest first.
    ///
    /// # Errors
    /// The ring's file does not answer.
    pub fn telemetry_unsent(&mut self, limit: u32) -> Result<Vec<TelemetryEntry>, JournalError> {
        self.telemetry.with(|db| {
            let mut query = db.prepare_cached(
                "SELECT id, at, entry FROM entries WHERE id > (SELECT id FROM sent) ORDER BY id LIMIT ?1",
            )?;
            let entries = query.query_map([limit], |row| {
                Ok(TelemetryEntry {
                    id: row.get::<_, i64>(0)?.unsigned_abs(),
                    at: row.get(1)?,
                    entry: row.get(2)?,
                })
            })?;
            Ok(entries.collect::<Result<_, _>>()?)
        })
    }

    /// The MFO has every entry up to this one.
    ///
    /// # Errors
    /// The ring's file cannot be written; the entries are sent again.
    pub fn telemetry_sent(&mut self, id: u64) -> Result<(), JournalError> {
        self.telemetry.with(|db| {
            db.execute("UPDATE sent SET id = max(id, ?1)", [store::signed(id)])?;
            Ok(())
        })
    }
}
