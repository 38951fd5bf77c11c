//! Taking sealed attachments out of a journal: for the disk of a board that died.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use senim_operation::export::{ATTACHMENT_EXTENSION, ATTACHMENTS_DIR};

use crate::error::JournalError;
use crate::reader::JournalReader;

impl JournalReader {
    /// Writes every attachment that is still here beside an export: `attachments/{sha256}.jwe`; gives how many. They stay
    /// sealed to the MFO's key.
    ///
    /// # Errors
    /// [`JournalError::Export`] when the folder cannot be written; otherwise the database does not answer.
    pub fn export_attachments(&self, dir: &Path) -> Result<u64, JournalError> {
        let place = dir.join(ATTACHMENTS_DIR);
        let failed =
            |error: std::io::Error| JournalError::Export { path: place.clone(), detail: error.to_string() };
        std::fs::create_dir_all(&place).map_err(failed)?;
        let db = self.snapshot()?;
        let mut query = db.prepare("SELECT sha256, jwe FROM attachments ORDER BY seq")?;
        let mut rows = query.query([])?;
        let mut written = 0;
        while let Some(row) = rows.next()? {
            let (sha256, jwe): (String, String) = (row.get(0)?, row.get(1)?);
            // Damaged bytes are evidence too, but the name comes from the file and may become a path.
            if !senim_operation::jws::is_hash(&sha256) {
                return Err(JournalError::Damaged { detail: format!("name of attachment {}", written + 1) });
            }
            let mut file =
                File::create(place.join(format!("{sha256}{ATTACHMENT_EXTENSION}"))).map_err(failed)?;
            file.write_all(jwe.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
            written += 1;
        }
        File::open(&place).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok(written)
    }
}
