//! The second copy of sealed attachments: one file each, durable before it counts, removed when its time is over.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use senim_domain::TerminalId;
use senim_gateway_core::connectors::SecondCopy;

/// A directory, best on another disk.
pub struct Directory(PathBuf);

impl Directory {
    /// Uses this directory; it is made when first needed.
    #[must_use]
    pub const fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Directory and name of a file. The name comes from outside: nothing but base64url may become a path.
    fn place(&self, terminal: &TerminalId, sha256: &str) -> Result<(PathBuf, String), String> {
        if !senim_operation::jws::is_hash(sha256) {
            return Err("not a hash".to_owned());
        }
        Ok((self.0.join(terminal.as_str()), format!("{sha256}.sealed")))
    }
}

impl SecondCopy for Directory {
    fn keep(&self, terminal: &TerminalId, sha256: &str, sealed: &str) -> Result<(), String> {
        let (place, name) = self.place(terminal, sha256)?;
        write(&place, &name, sealed).map_err(|error| error.to_string())
    }

    fn erase(&self, terminal: &TerminalId, sha256: &str) -> Result<(), String> {
        let (place, name) = self.place(terminal, sha256)?;
        erase(&place, &name).map_err(|error| error.to_string())
    }
}

/// Whole or not at all: written aside, synced, renamed, the directory synced.
fn write(place: &Path, name: &str, sealed: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(place)?;
    let aside = place.join(format!("{name}.part"));
    let mut file = std::fs::File::create(&aside)?;
    file.write_all(sealed.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&aside, place.join(name))?;
    std::fs::File::open(place)?.sync_all()
}

fn erase(place: &Path, name: &str) -> std::io::Result<()> {
    match std::fs::remove_file(place.join(name)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    match std::fs::File::open(place) {
        Ok(directory) => directory.sync_all(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
