//! Looking at a journal beside the firmware that writes it: status, rows, complete verification, export.
//!
//! Opens the file read-only and changes nothing. Each answer is taken from one consistent state of the file.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, Transaction};
use senim_operation::Row;
use senim_operation::trust::Trust;

use crate::error::JournalError;
use crate::options::{StateKey, Status};
use crate::{checkpoint, export, files, queue, schema, store, telemetry, verify};

pub use crate::verify::Verified;

/// A journal that somebody else writes.
pub struct JournalReader {
    db: Connection,
    path: PathBuf,
}

impl JournalReader {
    /// Opens a journal to read it.
    ///
    /// # Errors
    /// [`JournalError::Missing`], [`JournalError::Lost`], [`JournalError::Foreign`], [`JournalError::Newer`],
    /// [`JournalError::Older`], or the file cannot be read.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        if std::fs::metadata(path).map_or(0, |meta| meta.len()) == 0 {
            files::no_trace(
                path,
                &[files::beside(path, "-wal"), files::cosigned_hint(path), files::head_hint(path)],
            )?;
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
        match found.cmp(&known) {
            std::cmp::Ordering::Greater => return Err(JournalError::Newer { found, known }),
            std::cmp::Ordering::Less => return Err(JournalError::Older { found, known }),
            std::cmp::Ordering::Equal => {}
        }
        Ok(Self { db, path: path.to_owned() })
    }

    /// Looks for the states in which the firmware would not start: a log taken away, a file cut short, an older image.
    ///
    /// # Errors
    /// The state.
    pub fn examine(&self) -> Result<(), JournalError> {
        let found = files::inspect(&self.path)?;
        let db = self.snapshot()?;
        let meta = store::meta(&db)?;
        if found == files::Found::WithoutWal && !meta.clean {
            return Err(JournalError::WalLost { path: self.path.clone() });
        }
        let terminal = meta
            .terminal
            .parse()
            .map_err(|_| JournalError::Damaged { detail: "the terminal's name".into() })?;
        verify::against_hints(&db, &self.path, &terminal)
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
        let telemetry = telemetry::count_at(&self.path);
        Ok(Status { telemetry, ..store::status(&*self.snapshot()?)? })
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
        let rows = export::write(&db, &part)?;
        std::fs::rename(&part, dir).map_err(io)?;
        if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            File::open(parent).and_then(|folder| folder.sync_all()).map_err(io)?;
        }
        Ok(rows)
    }
}
