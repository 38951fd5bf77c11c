//! A copy of the SQLite store while it is in use. PostgreSQL's own tools copy the other one.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

/// Why there is no copy. Nothing was changed; a half-written copy may have to be deleted.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A copy never overwrites anything.
    #[error("{0} exists already; choose another name")]
    Exists(PathBuf),
    /// The store cannot be read or the copy not be written.
    #[error("the store cannot be copied: {0}; check the space where the copy goes")]
    Failed(#[from] rusqlite::Error),
    /// The copy is not on the disk for certain.
    #[error("the copy cannot be made durable: {0}")]
    File(#[from] std::io::Error),
    /// The copy was read again and is not sound.
    #[error("the copy is not sound: {0}; check the store and both disks")]
    Unsound(String),
}

/// Copies the store as it is at one moment into a new file; its size in bytes. The copy is durable and has been checked.
///
/// # Errors
/// [`BackupError`].
pub fn backup(store: &Path, out: &Path) -> Result<u64, BackupError> {
    if out.exists() {
        return Err(BackupError::Exists(out.to_owned()));
    }
    // Not to be made where there is none; readers and the writer go on meanwhile.
    let source = Connection::open_with_flags(store, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    source.execute("VACUUM INTO ?1", [out.display().to_string()])?;
    let file = std::fs::File::open(out)?;
    file.sync_all()?;
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder)?.sync_all()?;
    let copy = Connection::open_with_flags(out, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let verdict: String = copy.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(BackupError::Unsound(verdict));
    }
    Ok(file.metadata()?.len())
}
