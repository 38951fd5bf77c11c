//! Signed notes over the tree of rows, and leaving behind the rows that others keep by now.
//!
//! Decides when a checkpoint is due and where the chain may be cut. The note's form is that of `senim_operation`.

use rusqlite::OptionalExtension;
use senim_domain::time::ClockQuality;
use senim_domain::{Mono, Stamp, UtcMillis};
use senim_operation::checkpoint::Note;
use senim_operation::export::encode_root;

use crate::error::JournalError;
use crate::journal::Journal;
use crate::{files, store, verify};

/// A checkpoint is due after so many rows.
pub const CHECKPOINT_ROWS: u64 = 64;
/// A checkpoint is due so many milliseconds after the first row that none covers.
pub const CHECKPOINT_AFTER_MS: u64 = 60_000;

/// Pruning is tried so often, ms.
const PRUNE_EVERY_MS: u64 = 3_600_000;

/// The last `KeyEpoch` row above ?1 and not above ?2 behind which no attachment waits.
pub(crate) const LAST_EPOCH: &str = "SELECT max(seq) FROM operations WHERE kind = 'KeyEpoch' AND seq > ?1
     AND seq <= min(?2, coalesce((SELECT min(seq) FROM attachments), ?2))";

impl Journal {
    /// Whether a checkpoint is due at this moment. Opening the cabinet and stopping ask for one anyway.
    #[must_use]
    pub fn needs_checkpoint(&self, mono: Mono) -> bool {
        let news = self.head.next_seq().saturating_sub(self.last_checkpoint);
        news >= CHECKPOINT_ROWS
            || (news > 0 && self.news_since.is_some_and(|since| mono.since(since) >= CHECKPOINT_AFTER_MS))
    }

    /// Signs a note over all rows with the journal key and stores it; without news the stored one is given again.
    ///
    /// # Errors
    /// The key or the database does not answer; nothing changed.
    pub fn checkpoint(&mut self, stamp: &Stamp) -> Result<String, JournalError> {
        self.settle_fault()?;
        let size = self.head.next_seq();
        if size == self.last_checkpoint
            && let Some(note) = verify::last_note(&self.db)?
        {
            return Ok(note.text);
        }
        let Some(epoch) = &self.epoch else {
            return Err(JournalError::operation("no key epoch has begun"));
        };
        let root = self.head.tree.root();
        let mut note = Note::new(&self.options.terminal, size, root);
        note.sign(epoch.key.as_ref()).map_err(JournalError::note)?;
        let note = note.to_string();
        self.db.execute(
            "INSERT INTO checkpoints (size, root, tree, note) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (size) DO UPDATE SET note = excluded.note",
            (store::signed(size), encode_root(&root), store::write_range(&self.head.tree)?, &note),
        )?;
        self.last_checkpoint = size;
        self.news_since = None;
        files::write_hint(&files::head_hint(&self.options.path), &note);
        tracing::debug!(size, at = %stamp.utc, "checkpoint");
        Ok(note)
    }

    /// The last note signed here, for the gateway to cosign.
    ///
    /// # Errors
    /// The database does not answer.
    pub fn last_note(&self) -> Result<Option<String>, JournalError> {
        Ok(verify::last_note(&self.db)?.map(|note| note.text))
    }

    /// The last note that the gateway cosigned.
    ///
    /// # Errors
    /// The database does not answer.
    pub fn last_cosigned_note(&self) -> Result<Option<String>, JournalError> {
        cosigned_note_of(&self.db)
    }

    /// [`Journal::prune`] by the configured age, at most once an hour: for a moment when nobody waits.
    ///
    /// # Errors
    /// As [`Journal::prune`].
    pub fn prune_when_due(&mut self, stamp: &Stamp) -> Result<u64, JournalError> {
        if self.pruned_at.is_some_and(|at| stamp.mono.since(at) < PRUNE_EVERY_MS) {
            return Ok(0);
        }
        self.pruned_at = Some(stamp.mono);
        self.prune(self.options.retain_ms, stamp)
    }

    /// Deletes leading rows that the gateway cosigned more than `retain_ms` ago and acknowledged, without attachments
    /// here, cutting directly before a `KeyEpoch` row; gives how many. The tree goes on covering them.
    ///
    /// A row's age is that of the first cosignature over it: the terminal's own clock may have been wrong when it was
    /// written. Does nothing while the clock is only estimated.
    ///
    /// # Errors
    /// The database does not answer; nothing was deleted.
    pub fn prune(&mut self, retain_ms: u64, stamp: &Stamp) -> Result<u64, JournalError> {
        self.settle_fault()?;
        match stamp.quality {
            ClockQuality::Trusted => {}
            ClockQuality::Estimated => return Ok(0),
        }
        let meta = store::meta(&self.db)?;
        let Some((acked, _)) = &meta.acked else { return Ok(0) };
        let before = UtcMillis(stamp.utc.0.saturating_sub(i64::try_from(retain_ms).unwrap_or(i64::MAX)));
        let old = self.cosigned_before(before)?;
        let cut: Option<i64> = self
            .db
            .prepare_cached(LAST_EPOCH)?
            .query_row([store::signed(meta.pruned_size), store::signed(old.min(acked + 1))], |row| {
                row.get(0)
            })?;
        let Some(cut) = cut else { return Ok(0) };
        let size = store::unsigned(cut)?;
        let tree = store::write_range(&store::tree_at(&self.db, size)?)?;
        let hash = store::prev_of(&self.db, &meta, size)?;
        let tx = self.db.transaction()?;
        tx.execute("INSERT INTO pruning (up_to) VALUES (?1)", [cut])?;
        let deleted = tx.execute("DELETE FROM operations WHERE seq < ?1", [cut])?;
        tx.execute("DELETE FROM checkpoints WHERE size < ?1", [cut])?;
        tx.execute(
            "UPDATE meta SET pruned_size = ?1, pruned_hash = ?2, pruned_range = ?3",
            (cut, hash, tree),
        )?;
        tx.execute("DELETE FROM pruning", [])?;
        tx.commit()?;
        tracing::info!(rows = deleted, up_to = size, "rows that the gateway keeps were deleted here");
        Ok(deleted as u64)
    }

    /// Rows that were cosigned before this moment. The notes are as old as they are long, so the first young one ends the
    /// search.
    fn cosigned_before(&self, before: UtcMillis) -> Result<u64, JournalError> {
        let mut query = self.db.prepare_cached(
            "SELECT size, cosigned_note FROM checkpoints WHERE cosigned_note IS NOT NULL ORDER BY size",
        )?;
        let mut notes = query.query([])?;
        let mut size = 0;
        while let Some(row) = notes.next()? {
            let note = Note::parse(&row.get::<_, String>(1)?).map_err(JournalError::note)?;
            if note.cosigned_at().is_none_or(|at| at >= before) {
                break;
            }
            size = store::unsigned(row.get(0)?)?;
        }
        Ok(size)
    }
}

/// The newest note that the gateway cosigned, as the file holds it.
pub(crate) fn cosigned_note_of(db: &rusqlite::Connection) -> Result<Option<String>, JournalError> {
    let note = db
        .query_row(
            "SELECT cosigned_note FROM checkpoints WHERE cosigned_note IS NOT NULL ORDER BY size DESC LIMIT 1",
            [],
            |row| row.get(0),
        )
        .optional()?;
    Ok(note)
}
