//! The second copy of sealed attachments: one file each, durable before it counts, removed when its time is over.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use senim_domain::TerminalId;
use senim_gateway_core::connectors::SecondCopy;

/// End of a file's name.
const EXTENSION: &str = ".sealed";

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
        Ok((self.0.join(terminal.as_str()), format!("{sha256}{EXTENSION}")))
    }
}

impl SecondCopy for Directory {
    fn keep(&self, terminal: &TerminalId, sha256: &str, text: &str) -> Result<(), String> {
        let (place, name) = self.place(terminal, sha256)?;
        write(&place, &name, text).map_err(|error| error.to_string())
    }

    fn erase(&self, terminal: &TerminalId, sha256: &str) -> Result<(), String> {
        let (place, name) = self.place(terminal, sha256)?;
        erase(&place, &name).map_err(|error| error.to_string())
    }

    fn read(&self, terminal: &TerminalId, sha256: &str) -> Result<Option<String>, String> {
        let Ok((place, name)) = self.place(terminal, sha256) else { return Ok(None) };
        match std::fs::read_to_string(place.join(name)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    fn names(&self) -> Result<Vec<(TerminalId, String)>, String> {
        let mut names = Vec::new();
        for (terminal, place) in entries(&self.0).map_err(|error| error.to_string())? {
            // What else lies in the directory is not ours.
            let Ok(terminal) = terminal.parse::<TerminalId>() else { continue };
            for (name, _) in entries(&place).map_err(|error| error.to_string())? {
                let sha256 = name.strip_suffix(EXTENSION).filter(|name| senim_operation::jws::is_hash(name));
                names.extend(sha256.map(|sha256| (terminal.clone(), sha256.to_owned())));
            }
        }
        Ok(names)
    }
}

/// Names and paths in a directory; none where there is no such directory.
fn entries(place: &Path) -> std::io::Result<Vec<(String, PathBuf)>> {
    let found = match std::fs::read_dir(place) {
        Ok(found) => found,
        Err(error)
            if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) =>
        {
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    found
        .map(|entry| entry.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path())))
        .collect()
}

/// Whole or not at all: written aside, synced, renamed, the directory synced.
fn write(place: &Path, name: &str, text: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(place)?;
    let aside = place.join(format!("{name}.part"));
    let mut file = std::fs::File::create(&aside)?;
    file.write_all(text.as_bytes())?;
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
