//! Looking at a journal beside the firmware that writes it: status, rows, complete verification, export.
//!
//! Opens the file read-only and changes nothing. Each answer is taken from one consistent state of the file.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Transaction};
use senim_operation::Row;
use senim_operation::export::{
    CHECKPOINT_FILE, ExportRange, JWKS_FILE, JwkEntry, JwkSet, OPERATIONS_FILE, RANGE_FILE,
};
use senim_operation::jws;
use senim_operation::trust::Trust;

use crate::error::JournalError;
use crate::options::{StateKey, Status};
use crate::{checkpoint, files, queue, schema, store, verify};

pub use crate::verify::Verified;

/// A journal that somebody else writes.
pub struct JournalReader {
    db: Connection,
}

impl JournalReader {
    /// Opens a journal to read it.
    ///
    /// # Errors
    /// [`JournalError::Missing`], [`JournalError::Foreign`], [`JournalError::Newer`], or the file cannot be read.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        if std::fs::metadata(path).map_or(0, |meta| meta.len()) == 0 {
            return Err(JournalError::Missing { path: path.to_owned() });
        }
        let db = store::connect_read_only(path)?;
        let application: i64 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
        if application != schema::APPLICATION_ID {
            return Err(JournalError::Foreign { detail: "it carries another program's mark".into() });
        }
        let (found, known): (i64, i64) = (
            db.pragma_query_value(None, "user_version", |row| row.get(0))?,
            schema::current(schema::MIGRATIONS),
        );
        if found != known {
            return Err(JournalError::Newer { found, known });
        }
        Ok(Self { db })
    }

    pub(crate) fn snapshot(&self) -> Result<Transaction<'_>, JournalError> {
        Ok(self.db.unchecked_transaction()?)
    }

    #[cfg(test)]
    pub(crate) fn db_for_tests(&self) -> &Connection {
        &self.db
    }

    /// What the journal holds.
    ///
    /// # Errors
    /// The database does not answer.
    pub fn status(&self) -> Result<Status, JournalError> {
        store::status(&*self.snapshot()?)
    }

    /// A business state as it was written with a row.
    ///
    /// # Errors
    /// The stored text was changed outside the journal, or the database does not answer.
    pub fn state(&self, key: StateKey) -> Result<Option<String>, JournalError> {
        queue::state_of(&self.db, key)
    }

    /// The durable message of a kind in force: compact JWS.
    ///
    /// # Errors
    /// The stored text was changed outside the journal, or the database does not answer.
    pub fn directive(&self, kind: &str) -> Result<Option<String>, JournalError> {
        queue::directive_of(&self.db, kind)
    }

    /// The last note that the gateway cosigned.
    ///
    /// # Errors
    /// The database does not answer.
    pub fn last_cosigned_note(&self) -> Result<Option<String>, JournalError> {
        checkpoint::cosigned_note_of(&self.db)
    }

    /// Rows `from..to` that are still there; signatures are not judged.
    ///
    /// # Errors
    /// A row cannot be read.
    pub fn rows(&self, from: u64, to: u64) -> Result<Vec<Row>, JournalError> {
        let db = self.snapshot()?;
        let first = from.max(store::meta(&db)?.pruned_size);
        let end = to.min(store::next_seq(&db)?);
        (first..end).map(|seq| store::row_at(&db, seq)?.ok_or_else(|| store::gone(seq))).collect()
    }

    /// Checks every signature, link, note and attachment; memory does not grow with the rows.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn verify(&self, trust: &Arc<Trust>) -> Result<Verified, JournalError> {
        verify::completely(&*self.snapshot()?, trust)
    }

    /// Writes an export directory, complete or not at all; gives the number of rows.
    ///
    /// # Errors
    /// [`JournalError::Export`] when the directory exists with content or cannot be written.
    pub fn export(&self, dir: &Path) -> Result<u64, JournalError> {
        let failed = |detail: String| JournalError::Export { path: dir.to_owned(), detail };
        if std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(failed("the directory is not empty".into()));
        }
        let db = self.snapshot()?;
        let part = files::beside(dir, ".part");
        // What an interrupted export left behind.
        let _ = std::fs::remove_dir_all(&part);
        let io = |error: std::io::Error| failed(error.to_string());
        std::fs::create_dir_all(&part).map_err(io)?;
        let rows = write_parts(&db, &part, dir)?;
        std::fs::rename(&part, dir).map_err(io)?;
        if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            File::open(parent).and_then(|folder| folder.sync_all()).map_err(io)?;
        }
        Ok(rows)
    }
}

fn write_parts(db: &Connection, part: &Path, dir: &Path) -> Result<u64, JournalError> {
    let failed = |detail: String| JournalError::Export { path: dir.to_owned(), detail };
    let io = |error: std::io::Error| failed(error.to_string());
    let put = |name: &str, text: &str| -> Result<(), JournalError> {
        let mut file = File::create(part.join(name)).map_err(io)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(io)
    };
    let meta = store::meta(db)?;
    let damaged = |detail: &str| JournalError::Damaged { detail: detail.to_owned() };
    let range = ExportRange {
        ver: 1,
        terminal: meta.terminal.parse().map_err(|_| damaged("the terminal's name"))?,
        profile: meta.profile.parse().map_err(|_| damaged("the profile"))?,
        first_seq: meta.pruned_size,
        next_seq: store::next_seq(db)?,
        prev: meta.pruned_hash.clone(),
        pruned: store::read_range(&meta.pruned_range)?,
    };

    let mut keys = JwkSet::default();
    let mut keep = |x5c: Vec<String>| -> Result<(), JournalError> {
        let entry = JwkEntry::new(store::certified_key(&x5c)?, x5c);
        if !keys.keys.contains(&entry) {
            keys.keys.push(entry);
        }
        Ok(())
    };
    let mut lines = BufWriter::new(File::create(part.join(OPERATIONS_FILE)).map_err(io)?);
    let mut query = db.prepare("SELECT seq, kind, compact FROM operations ORDER BY seq")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let (seq, kind, compact): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if kind == senim_operation::Body::KEY_EPOCH {
            let parts = jws::split(&compact).map_err(|error| JournalError::Chain {
                seq: seq.unsigned_abs(),
                detail: error.to_string(),
            })?;
            if let Some(x5c) = parts.header.x5c {
                keep(x5c)?;
            }
        }
        lines.write_all(compact.as_bytes()).and_then(|()| lines.write_all(b"\n")).map_err(io)?;
    }
    for x5c in store::gateway_keys(db)? {
        keep(x5c)?;
    }
    lines.into_inner().map_err(|error| failed(error.to_string()))?.sync_all().map_err(io)?;

    let note: Option<String> = db
        .query_row(
            "SELECT coalesce(cosigned_note, note) FROM checkpoints
             ORDER BY cosigned_note IS NOT NULL DESC, size DESC LIMIT 1",
            [],
            |row| row.get(0),
        )
        .optional()?;
    if let Some(note) = note {
        put(CHECKPOINT_FILE, &note)?;
    }
    put(JWKS_FILE, &serde_json::to_string_pretty(&keys).map_err(JournalError::operation)?)?;
    put(RANGE_FILE, &serde_json::to_string_pretty(&range).map_err(JournalError::operation)?)?;
    Ok(range.next_seq.saturating_sub(range.first_seq))
}
