//! The second copy of sealed attachments: one file each, durable before it counts.

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
}

impl SecondCopy for Directory {
    fn keep(&self, terminal: &TerminalId, sha256: &str, jwe: &str) -> Result<(), String> {
        // The name comes from outside: nothing but base64url may become a path.
        if !senim_operation::jws::is_hash(sha256) {
            return Err("not a hash".to_owned());
        }
        let place = self.0.join(terminal.as_str());
        write(&place, &format!("{sha256}.jwe"), jwe).map_err(|error| error.to_string())
    }
}

/// Whole or not at all: written aside, synced, renamed, the directory synced.
fn write(place: &Path, name: &str, jwe: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(place)?;
    let aside = place.join(format!("{name}.part"));
    let mut file = std::fs::File::create(&aside)?;
    file.write_all(jwe.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&aside, place.join(name))?;
    std::fs::File::open(place)?.sync_all()
}
