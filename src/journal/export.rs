//! The parts of an export directory: rows, range, keys, note. Used for exports and for the copy on a second device.
//!
//! Decides which note and which keys belong to a range of rows. Where the directory lies is the caller's business.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use rusqlite::{Connection, OptionalExtension};
use senim_operation::checkpoint::{COSIGNER_NAME, Note, cosigner_key_id};
use senim_operation::export::{
    CHECKPOINT_FILE, ExportRange, JWKS_FILE, JwkEntry, JwkSet, OPERATIONS_FILE, RANGE_FILE, write_file,
};
use senim_operation::jws;

use crate::error::JournalError;
use crate::{files, store};

/// Writes all parts into a directory nobody else looks at yet; gives the number of rows.
pub(crate) fn write(db: &Connection, dir: &Path) -> Result<u64, JournalError> {
    let first = store::meta(db)?.pruned_size;
    let range = range(db, first)?;
    write_rows(db, &dir.join(OPERATIONS_FILE), first)?;
    let cosigned = "SELECT coalesce(cosigned_note, note) FROM checkpoints
         ORDER BY cosigned_note IS NOT NULL DESC, size DESC LIMIT 1";
    let note: Option<String> = db.query_row(cosigned, [], |row| row.get(0)).optional()?;
    if let Some(note) = &note {
        put(&dir.join(CHECKPOINT_FILE), note)?;
    }
    put(&dir.join(JWKS_FILE), &text(&keys(db, first, note.as_deref())?)?)?;
    put(&dir.join(RANGE_FILE), &text(&range)?)?;
    Ok(range.next_seq.saturating_sub(range.first_seq))
}

/// A part as verifiers want it.
pub(crate) fn text(value: &impl serde::Serialize) -> Result<String, JournalError> {
    write_file(value).map_err(JournalError::operation)
}

/// Replaces a file, complete or not at all.
pub(crate) fn put(path: &Path, text: &str) -> Result<(), JournalError> {
    let fresh = files::beside(path, ".new");
    File::create(&fresh)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&fresh, path))
        .map_err(|error| io(path, &error))
}

pub(crate) fn io(path: &Path, error: &std::io::Error) -> JournalError {
    JournalError::Export { path: path.to_owned(), detail: error.to_string() }
}

/// Rows from `first` to the end, one a line, on disk when this returns.
fn write_rows(db: &Connection, path: &Path, first: u64) -> Result<(), JournalError> {
    let mut lines = BufWriter::new(File::create(path).map_err(|error| io(path, &error))?);
    let mut query = db.prepare("SELECT compact FROM operations WHERE seq >= ?1 ORDER BY seq")?;
    let mut rows = query.query([store::signed(first)])?;
    while let Some(row) = rows.next()? {
        let compact: String = row.get(0)?;
        lines
            .write_all(compact.as_bytes())
            .and_then(|()| lines.write_all(b"\n"))
            .map_err(|error| io(path, &error))?;
    }
    lines
        .into_inner()
        .map_err(std::io::IntoInnerError::into_error)
        .and_then(|file| file.sync_all())
        .map_err(|error| io(path, &error))
}

/// What `range.json` says of the rows from `first` on.
pub(crate) fn range(db: &Connection, first: u64) -> Result<ExportRange, JournalError> {
    let meta = store::meta(db)?;
    let damaged = |detail: &str| JournalError::Damaged { detail: detail.to_owned() };
    Ok(ExportRange {
        ver: 1,
        terminal: meta.terminal.parse().map_err(|_| damaged("the terminal's name"))?,
        profile: meta.profile.parse().map_err(|_| damaged("the profile"))?,
        first_seq: first,
        next_seq: store::next_seq(db)?,
        prev: store::prev_of(db, &meta, first)?,
        pruned: store::tree_at(db, first)?,
    })
}

/// Identity keys of the rows from `first` on, and those that cosigned the note.
pub(crate) fn keys(db: &Connection, first: u64, note: Option<&str>) -> Result<JwkSet, JournalError> {
    let mut keys = JwkSet::default();
    let mut keep = |x5c: Vec<String>| -> Result<(), JournalError> {
        let entry = JwkEntry::new(store::certified_key(&x5c)?, x5c);
        if !keys.keys.contains(&entry) {
            keys.keys.push(entry);
        }
        Ok(())
    };
    let mut query =
        db.prepare("SELECT seq, compact FROM operations WHERE kind = 'KeyEpoch' AND seq >= ?1 ORDER BY seq")?;
    let mut rows = query.query([store::signed(first)])?;
    while let Some(row) = rows.next()? {
        let (seq, compact): (i64, String) = (row.get(0)?, row.get(1)?);
        let parts = jws::split(&compact)
            .map_err(|error| JournalError::Chain { seq: seq.unsigned_abs(), detail: error.to_string() })?;
        if let Some(x5c) = parts.header.x5c {
            keep(x5c)?;
        }
    }
    let Some(note) = note else { return Ok(keys) };
    let note = Note::parse(note).map_err(|_| JournalError::Damaged { detail: "a checkpoint".into() })?;
    let known = store::gateway_keys(db)?;
    for line in note.signatures.iter().filter(|line| line.name == COSIGNER_NAME) {
        for x5c in &known {
            if cosigner_key_id(&store::certified_key(x5c)?) == line.key_id {
                keep(x5c.clone())?;
            }
        }
    }
    Ok(keys)
}
