//! The files around the database: which of them exist, what that means, the lock and the notes kept as a hint.
//!
//! Decides the states that SQLite itself would silently "repair" into an empty or older journal.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use crate::error::JournalError;

/// What lies at the path before SQLite touches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing, and no trace of a former journal.
    Nothing,
    /// A database with a write-ahead log that has content.
    WithWal,
    /// A database whose write-ahead log is absent or empty.
    WithoutWal,
}

/// A companion's path: the database's file name with a suffix.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(suffix);
    path.with_file_name(name)
}

/// Last note cosigned by the gateway; survives a restored database.
pub(crate) fn cosigned_hint(path: &Path) -> PathBuf {
    beside(path, "-cosigned.note")
}

/// Last note of our own, for the rows that no gateway has seen yet.
pub(crate) fn head_hint(path: &Path) -> PathBuf {
    beside(path, "-head.note")
}

/// The telemetry ring, a database of its own.
pub(crate) fn telemetry(path: &Path) -> PathBuf {
    beside(path, "-telemetry")
}

fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |meta| meta.len())
}

/// Looks at the files without opening the database.
pub(crate) fn inspect(path: &Path) -> Result<Found, JournalError> {
    let wal = beside(path, "-wal");
    let size = length(path);
    if size == 0 {
        no_trace(path, &[wal, cosigned_hint(path), head_hint(path)])?;
        return Ok(Found::Nothing);
    }
    if length(&wal) > 0 {
        // The log may hold pages that the main file does not have yet: SQLite judges.
        return Ok(Found::WithWal);
    }
    let mut header = [0_u8; 100];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut header));
    if read.is_err() || !header.starts_with(b"SQLite format 3\0") {
        return Err(JournalError::Damaged { detail: "its first bytes are not a database's".into() });
    }
    let [page, pages] = [u64::from(be16(&header, 16)), u64::from(be32(&header, 28))];
    let page = if page == 1 { 65536 } else { page };
    let expected = page * pages;
    if size < expected {
        return Err(JournalError::Truncated { path: path.to_owned(), expected, actual: size });
    }
    Ok(Found::WithoutWal)
}

/// Fails when one of the files shows that there was a journal here.
pub(crate) fn no_trace(path: &Path, evidence: &[PathBuf]) -> Result<(), JournalError> {
    match evidence.iter().find(|file| length(file) > 0) {
        Some(file) => Err(JournalError::Lost { path: path.to_owned(), evidence: file.clone() }),
        None => Ok(()),
    }
}

fn be16(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).and_then(|pair| pair.try_into().ok()).map_or(0, u16::from_be_bytes)
}

fn be32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|word| word.try_into().ok()).map_or(0, u32::from_be_bytes)
}

/// Holds the journal for this process until dropped; the system lets go when the process dies.
pub(crate) fn lock(path: &Path) -> Result<File, JournalError> {
    let unwritable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => {
            JournalError::ReadOnly { detail: error.to_string() }
        }
        _ => JournalError::Unwritable { detail: error.to_string() },
    };
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(beside(path, "-lock"))
        .map_err(unwritable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(JournalError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(unwritable(error)),
    }
}

/// Replaces a hint. A hint that cannot be written is worth a warning, not a refusal: the database is the truth.
pub(crate) fn write_hint(path: &Path, note: &str) {
    let fresh = beside(path, ".new");
    let written = File::create(&fresh)
        .and_then(|mut file| file.write_all(note.as_bytes()))
        .and_then(|()| std::fs::rename(&fresh, path));
    if let Err(error) = written {
        tracing::warn!(%error, path = %path.display(), "the note beside the journal could not be written");
    }
}

/// Reads a hint; `None` where there is none.
pub(crate) fn read_hint(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok().filter(|text| !text.is_empty())
}
