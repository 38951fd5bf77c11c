//! What still has to reach the gateway, and what the gateway has said about it.
//!
//! Decides that the watermark only moves forward over rows whose hash both sides agree on. Sending is not done here.

use rusqlite::OptionalExtension;
use senim_domain::Stamp;
use senim_operation::checkpoint::{Note, NoteError};
use senim_operation::envelope::Row;
use senim_operation::export::encode_root;
use senim_operation::jws;
use senim_operation::trust::COSIGNER_COMMON_NAME;

use crate::error::JournalError;
use crate::journal::Journal;
#[cfg(doc)]
use crate::options::JournalOptions;
use crate::options::StateKey;
use crate::{files, store};

impl Journal {
    /// A business state as it was written with a row.
    ///
    /// # Errors
    /// The stored text was changed outside the journal, or the database does not answer.
    pub fn state(&self, key: StateKey) -> Result<Option<String>, JournalError> {
        state_of(&self.db, key)
    }

    /// The durable message of a kind in force: compact JWS.
    ///
    /// # Errors
    /// The stored text was changed outside the journal, or the database does not answer.
    pub fn directive(&self, kind: &str) -> Result<Option<String>, JournalError> {
        directive_of(&self.db, kind)
    }

    /// One row, by its number.
    ///
    /// # Errors
    /// The row cannot be read.
    pub fn row(&self, seq: u64) -> Result<Option<Row>, JournalError> {
        store::row_at(&self.db, seq)
    }

    /// Rows `from..to` that are still here.
    ///
    /// # Errors
    /// A row cannot be read.
    pub fn rows(&self, from: u64, to: u64) -> Result<Vec<Row>, JournalError> {
        (from.max(store::meta(&self.db)?.pruned_size)..to.min(self.head.next_seq()))
            .map(|seq| store::row_at(&self.db, seq)?.ok_or_else(|| store::gone(seq)))
            .collect()
    }

    /// The first rows that the gateway has not acknowledged, at least one if there is any.
    ///
    /// `limit_bytes` counts the compact forms.
    ///
    /// # Errors
    /// A row cannot be read.
    pub fn pending(&self, limit_rows: usize, limit_bytes: usize) -> Result<Vec<Row>, JournalError> {
        let meta = store::meta(&self.db)?;
        let first = meta.acked.map_or(0, |(seq, _)| seq + 1).max(meta.pruned_size);
        let mut rows = Vec::new();
        let mut bytes = 0_usize;
        for seq in (first..self.head.next_seq()).take(limit_rows) {
            let (compact, _) = store::compact_at(&self.db, seq)?.ok_or_else(|| store::gone(seq))?;
            bytes = bytes.saturating_add(compact.len());
            if bytes > limit_bytes && !rows.is_empty() {
                break;
            }
            rows.push(store::parse(seq, compact)?);
        }
        Ok(rows)
    }

    /// As [`Journal::pending`], the compact forms alone, to be sent: the number of the first and the texts behind it.
    /// A text that is not the one its hash was stored for is not sent.
    ///
    /// # Errors
    /// A row cannot be read or was changed outside the journal.
    pub fn pending_texts(
        &self,
        limit_rows: usize,
        limit_bytes: usize,
    ) -> Result<(u64, Vec<String>), JournalError> {
        let meta = store::meta(&self.db)?;
        let first = meta.acked.map_or(0, |(seq, _)| seq + 1).max(meta.pruned_size);
        let mut query = self
            .db
            .prepare_cached("SELECT seq, compact, hash FROM operations WHERE seq >= ?1 ORDER BY seq")?;
        let mut cursor = query.query([store::signed(first)])?;
        let mut texts = Vec::new();
        let mut bytes = 0_usize;
        for seq in (first..self.head.next_seq()).take(limit_rows) {
            let Some(row) = cursor.next()? else { return Err(store::gone(seq)) };
            let (found, compact, hash): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if found != store::signed(seq) {
                return Err(store::gone(seq));
            }
            if jws::sha256_b64(compact.as_bytes()) != hash {
                return Err(JournalError::Chain { seq, detail: "it is not what was written".into() });
            }
            bytes = bytes.saturating_add(compact.len());
            if bytes > limit_bytes && !texts.is_empty() {
                break;
            }
            texts.push(compact);
        }
        Ok((first, texts))
    }

    /// Sealed attachments not yet uploaded, oldest first: `(sha256, compact JWE)`.
    ///
    /// # Errors
    /// A stored attachment was changed outside the journal, or the database does not answer.
    pub fn pending_attachments(&self, limit: usize) -> Result<Vec<(String, String)>, JournalError> {
        let mut query = self
            .db
            .prepare_cached("SELECT sha256, jwe FROM attachments WHERE uploaded = 0 ORDER BY seq LIMIT ?1")?;
        let found = query
            .query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| Ok((row.get(0)?, row.get(1)?)))?;
        found
            .map(|one| {
                let (sha256, jwe): (String, String) = one?;
                if jws::sha256_b64(jwe.as_bytes()) != sha256 {
                    return Err(JournalError::Damaged { detail: format!("attachment {sha256}") });
                }
                Ok((sha256, jwe))
            })
            .collect()
    }

    /// Names of sealed attachments not yet uploaded, oldest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub fn pending_attachment_names(&self, limit: usize) -> Result<Vec<String>, JournalError> {
        let mut query = self
            .db
            .prepare_cached("SELECT sha256 FROM attachments WHERE uploaded = 0 ORDER BY seq LIMIT ?1")?;
        let names = query.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| row.get(0))?;
        Ok(names.collect::<Result<_, _>>()?)
    }

    /// A sealed attachment that is not yet uploaded: compact JWE.
    ///
    /// # Errors
    /// The stored attachment was changed outside the journal, or the database does not answer.
    pub fn pending_attachment(&self, sha256: &str) -> Result<Option<String>, JournalError> {
        let jwe: Option<String> = self
            .db
            .prepare_cached("SELECT jwe FROM attachments WHERE sha256 = ?1 AND uploaded = 0")?
            .query_row([sha256], |row| row.get(0))
            .optional()?;
        match jwe {
            Some(jwe) if jws::sha256_b64(jwe.as_bytes()) != sha256 => {
                Err(JournalError::Damaged { detail: format!("attachment {sha256}") })
            }
            jwe => Ok(jwe),
        }
    }

    /// The gateway does not hold the attachment (any more): it is sent again. False when it is not here.
    ///
    /// # Errors
    /// The database does not answer; calling again is harmless.
    pub fn attachment_missing(&mut self, sha256: &str) -> Result<bool, JournalError> {
        self.attachments_missing(std::slice::from_ref(&sha256))
    }

    /// As [`Journal::attachment_missing`] for several, in one transaction; true when any of them is here. What waits
    /// to be sent anyway costs no write: a backlog's rows usually arrive before what is sealed beside them.
    ///
    /// # Errors
    /// The database does not answer; calling again is harmless.
    pub fn attachments_missing<S: AsRef<str>>(&mut self, sha256s: &[S]) -> Result<bool, JournalError> {
        let tx = self.db.transaction()?;
        let mut here = false;
        for sha256 in sha256s {
            let uploaded: Option<bool> = tx
                .prepare_cached("SELECT uploaded FROM attachments WHERE sha256 = ?1")?
                .query_row([sha256.as_ref()], |row| row.get(0))
                .optional()?;
            here |= uploaded.is_some();
            if uploaded == Some(true) {
                tx.prepare_cached("UPDATE attachments SET uploaded = 0 WHERE sha256 = ?1")?
                    .execute([sha256.as_ref()])?;
            }
        }
        tx.commit()?;
        Ok(here)
    }

    /// The gateway holds the attachment; it stays here until it is archived. False when it is not (or no longer) here.
    ///
    /// # Errors
    /// The database does not answer; calling again is harmless.
    pub fn attachment_uploaded(&mut self, sha256: &str) -> Result<bool, JournalError> {
        Ok(self.db.execute("UPDATE attachments SET uploaded = 1 WHERE sha256 = ?1", [sha256])? > 0)
    }

    /// The gateway has a second durable copy: the attachment is deleted here. False when it was gone before.
    ///
    /// # Errors
    /// The database does not answer; calling again is harmless.
    pub fn attachment_archived(&mut self, sha256: &str) -> Result<bool, JournalError> {
        Ok(self.db.execute("DELETE FROM attachments WHERE sha256 = ?1", [sha256])? > 0)
    }

    /// As [`Journal::attachment_archived`] for several, in one transaction.
    ///
    /// # Errors
    /// The database does not answer; calling again is harmless.
    pub fn attachments_archived<S: AsRef<str>>(&mut self, sha256s: &[S]) -> Result<(), JournalError> {
        let tx = self.db.transaction()?;
        for sha256 in sha256s {
            tx.prepare_cached("DELETE FROM attachments WHERE sha256 = ?1")?.execute([sha256.as_ref()])?;
        }
        tx.commit()?;
        Ok(())
    }

    /// The gateway has stored every row up to `acked_seq`; with it may come a note that it has cosigned, which is kept
    /// once its cosignature is verified by a certificate of [`JournalOptions::gateway_keys`].
    ///
    /// An answer that arrives late or twice changes nothing. The watermark never moves back here; see [`Journal::rewind`].
    ///
    /// # Errors
    /// [`JournalError::Fork`] when hash or root differ from ours, [`JournalError::AcknowledgedAhead`] for rows that were
    /// never written here, [`JournalError::Note`] for a note that is not the gateway's; the watermark stays. Otherwise the database does not answer; calling again is harmless.
    pub fn acknowledge(
        &mut self,
        acked_seq: u64,
        acked_hash: &str,
        cosigned_note: Option<String>,
        stamp: &Stamp,
    ) -> Result<(), JournalError> {
        self.settle_fault()?;
        let rows = self.head.next_seq();
        if acked_seq >= rows {
            return Err(JournalError::AcknowledgedAhead { acked: acked_seq, rows });
        }
        let meta = store::meta(&self.db)?;
        let ours = match store::compact_at(&self.db, acked_seq)? {
            Some((compact, _)) => Some(jws::sha256_b64(compact.as_bytes())),
            None if acked_seq + 1 == meta.pruned_size => Some(meta.pruned_hash),
            None => None,
        };
        match ours {
            Some(ours) if ours != acked_hash => {
                return Err(JournalError::Fork { seq: acked_seq, ours, theirs: acked_hash.to_owned() });
            }
            Some(_) => {}
            // An old answer about a row that was pruned since: it was agreed on before pruning.
            None => return Ok(()),
        }
        let cosigned = cosigned_note.map(|text| self.judge_note(text)).transpose()?.flatten();
        let tx = self.db.transaction()?;
        tx.execute(
            "UPDATE meta SET acked_seq = ?1, acked_hash = ?2 WHERE acked_seq IS NULL OR acked_seq < ?1",
            (store::signed(acked_seq), acked_hash),
        )?;
        if let Some(note) = &cosigned {
            tx.execute(
                "INSERT INTO checkpoints (size, root, tree, cosigned_note) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (size) DO UPDATE SET cosigned_note = excluded.cosigned_note",
                (store::signed(note.size), &note.root, &note.tree, &note.text),
            )?;
        }
        let newest: Option<i64> =
            tx.query_row("SELECT max(size) FROM checkpoints WHERE cosigned_note IS NOT NULL", [], |row| {
                row.get(0)
            })?;
        tx.commit()?;
        if let Some(note) = cosigned
            && newest == Some(store::signed(note.size))
        {
            files::write_hint(&files::cosigned_hint(&self.options.path), &note.text);
        }
        tracing::debug!(acked_seq, at = %stamp.utc, "acknowledged");
        Ok(())
    }

    /// `None` while no certificate of the cosigner is known: a note that cannot be judged is not kept.
    fn judge_note(&self, text: String) -> Result<Option<Judged>, JournalError> {
        let note = Note::parse(&text).map_err(JournalError::note)?;
        if note.terminal().ok().as_ref() != Some(&self.options.terminal) {
            return Err(JournalError::Note { detail: format!("it speaks of {}", note.origin) });
        }
        if note.size == 0 || note.size > self.head.next_seq() {
            let rows = self.head.next_seq();
            return Err(JournalError::AcknowledgedAhead { acked: note.size.saturating_sub(1), rows });
        }
        let keys = store::gateway_keys(&self.db)?;
        if keys.is_empty() {
            tracing::warn!(
                "a cosigned note is ignored: no certificate of the gateway's cosigner is configured"
            );
            return Ok(None);
        }
        self.judge_cosignature(&note, &keys)?;
        let size = note.size;
        if size < store::meta(&self.db)?.pruned_size {
            return Ok(None);
        }
        let tree = store::tree_at(&self.db, size)?;
        if tree.root() != note.root {
            let (ours, theirs) = (encode_root(&tree.root()), encode_root(&note.root));
            return Err(JournalError::Fork { seq: size - 1, ours, theirs });
        }
        Ok(Some(Judged { size, root: encode_root(&note.root), tree: store::write_range(&tree)?, text }))
    }

    fn judge_cosignature(&self, note: &Note, keys: &[Vec<String>]) -> Result<(), JournalError> {
        let mut verdict = JournalError::note("no known key of the gateway has cosigned it");
        for x5c in keys {
            let key = store::certified_key(x5c)?;
            match note.verify_cosignature(&key, &self.options.trust) {
                Ok(at) => match self.options.trust.verify_chain(x5c, at) {
                    Ok(identity) if identity.common_name == COSIGNER_COMMON_NAME => return Ok(()),
                    Ok(identity) => {
                        verdict = JournalError::note(format!("{} cosigned it", identity.common_name))
                    }
                    Err(error) => verdict = JournalError::note(error),
                },
                Err(NoteError::NotSigned) => {}
                Err(error) => verdict = JournalError::note(error),
            }
        }
        Err(verdict)
    }
}

/// A cosigned note that says what we would say.
struct Judged {
    size: u64,
    root: String,
    tree: String,
    text: String,
}

/// The durable message of a kind as the file holds it.
pub(crate) fn directive_of(db: &rusqlite::Connection, kind: &str) -> Result<Option<String>, JournalError> {
    let found: Option<(String, String)> = db
        .prepare_cached("SELECT message, sha256 FROM directives WHERE kind = ?1")?
        .query_row([kind], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    unchanged(found, || format!("directive {kind}"))
}

/// A business state as the file holds it.
pub(crate) fn state_of(db: &rusqlite::Connection, key: StateKey) -> Result<Option<String>, JournalError> {
    let found: Option<(String, String)> = db
        .prepare_cached("SELECT value, sha256 FROM state WHERE key = ?1")?
        .query_row([key.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    unchanged(found, || format!("state {}", key.0))
}

fn unchanged(
    found: Option<(String, String)>,
    name: impl FnOnce() -> String,
) -> Result<Option<String>, JournalError> {
    match found {
        Some((value, sha256)) if jws::sha256_b64(value.as_bytes()) != sha256 => {
            Err(JournalError::Damaged { detail: format!("{} was changed outside the journal", name()) })
        }
        Some((value, _)) => Ok(Some(value)),
        None => Ok(None),
    }
}
