//! The second copy of sealed attachments: one file each, durable before it counts, removed when its time is over.
//!
//! `.coming/TERMINAL.SHA256.sealed`: kept, and the store may not know of it yet. `TERMINAL/SHA256.sealed`: settled. The first
//! directory stays small, so that what a crash left there is found; both count as the copy. Many writers at once need no
//! grouping of their own: the file system commits the directory once for all who wait.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use senim_domain::{TerminalId, UtcMillis};
use senim_gateway_core::connectors::SecondCopy;

/// End of a file's name.
const EXTENSION: &str = ".sealed";
/// End of the name of a file that is being written.
const PART: &str = ".part";
/// Where files are until they are settled; no terminal has such a name.
const COMING: &str = ".coming";

/// A directory, best on another disk.
pub struct Directory(PathBuf);

impl Directory {
    /// Uses this directory; it is made when first needed.
    #[must_use]
    pub const fn new(path: PathBuf) -> Self {
        Self(path)
    }

    fn place(&self, terminal: &TerminalId, sha256: &str) -> Result<Place, String> {
        // The name comes from outside: nothing but base64url may become a path.
        if !senim_operation::jws::is_hash(sha256) {
            return Err("not a hash".to_owned());
        }
        let (coming, settled) = (self.0.join(COMING), self.0.join(terminal.as_str()));
        let name = format!("{terminal}.{sha256}{EXTENSION}");
        Ok(Place {
            part: coming.join(format!("{name}{PART}")),
            coming: coming.join(name),
            settled: settled.join(format!("{sha256}{EXTENSION}")),
        })
    }

    /// What is coming: whose, when its file was written.
    fn coming(&self) -> std::io::Result<Vec<(TerminalId, String, SystemTime)>> {
        let mut coming = Vec::new();
        for (name, path) in entries(&self.0.join(COMING))? {
            let Some(named) = whose(name.strip_suffix(PART).unwrap_or(&name)) else { continue };
            match std::fs::metadata(&path).and_then(|found| found.modified()) {
                Ok(written) => coming.push((named.0, named.1, written)),
                // Settled meanwhile.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(coming)
    }
}

/// Where a file is, may be, and will be.
struct Place {
    part: PathBuf,
    coming: PathBuf,
    settled: PathBuf,
}

/// Whose the name of a file that is coming is.
fn whose(name: &str) -> Option<(TerminalId, String)> {
    let (terminal, sha256) = name.strip_suffix(EXTENSION)?.split_once('.')?;
    let sha256 = Some(sha256).filter(|sha256| senim_operation::jws::is_hash(sha256))?;
    Some((terminal.parse().ok()?, sha256.to_owned()))
}

fn is_before(written: SystemTime, moment: UtcMillis) -> bool {
    let age = written.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis());
    i64::try_from(age).is_ok_and(|ms| ms < moment.0)
}

impl SecondCopy for Directory {
    fn keep(&self, terminal: &TerminalId, sha256: &str, text: &str) -> Result<(), String> {
        let place = self.place(terminal, sha256)?;
        make(&self.0, &self.0.join(COMING))
            .and_then(|()| write(&self.0.join(COMING), &place, text))
            .map_err(|error| error.to_string())
    }

    fn settle(&self, terminal: &TerminalId, sha256: &str) -> Result<(), String> {
        let place = self.place(terminal, sha256)?;
        settle(&place).map_err(|error| error.to_string())
    }

    fn unsettled(&self, before: UtcMillis) -> Result<Vec<(TerminalId, String)>, String> {
        let coming = self.coming().map_err(|error| error.to_string())?;
        let old = coming.into_iter().filter(|(_, _, written)| is_before(*written, before));
        Ok(old.map(|(terminal, sha256, _)| (terminal, sha256)).collect())
    }

    fn discard(&self, terminal: &TerminalId, sha256: &str, before: UtcMillis) -> Result<(), String> {
        let place = self.place(terminal, sha256)?;
        [&place.coming, &place.part]
            .into_iter()
            .filter(|path| {
                let written = std::fs::metadata(path).and_then(|found| found.modified());
                written.is_ok_and(|written| is_before(written, before))
            })
            .try_for_each(|path| erase(path))
            .map_err(|error| error.to_string())
    }

    fn erase(&self, terminal: &TerminalId, sha256: &str) -> Result<(), String> {
        let place = self.place(terminal, sha256)?;
        [&place.part, &place.coming, &place.settled]
            .into_iter()
            .try_for_each(|path| erase(path))
            .map_err(|error| error.to_string())
    }

    fn read(&self, terminal: &TerminalId, sha256: &str) -> Result<Option<String>, String> {
        let Ok(place) = self.place(terminal, sha256) else { return Ok(None) };
        // In this order: it may be settled in between, and never goes back.
        for path in [&place.coming, &place.settled] {
            match std::fs::read_to_string(path) {
                Ok(text) => return Ok(Some(text)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        Ok(None)
    }

    fn names(&self) -> Result<Vec<(TerminalId, String)>, String> {
        let coming = self.coming().map_err(|error| error.to_string())?;
        let mut names: Vec<_> = coming.into_iter().map(|(terminal, sha256, _)| (terminal, sha256)).collect();
        for (terminal, place) in entries(&self.0).map_err(|error| error.to_string())? {
            // What else lies in the directory is not ours.
            let Ok(terminal) = terminal.parse::<TerminalId>() else { continue };
            for (name, _) in entries(&place).map_err(|error| error.to_string())? {
                let sha256 = name.strip_suffix(EXTENSION).filter(|name| senim_operation::jws::is_hash(name));
                names.extend(sha256.map(|sha256| (terminal.clone(), sha256.to_owned())));
            }
        }
        names.sort();
        names.dedup();
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

fn sync(directory: &Path) -> std::io::Result<()> {
    std::fs::File::open(directory)?.sync_all()
}

/// A directory within the copy's, durable together with that one.
fn make(root: &Path, place: &Path) -> std::io::Result<()> {
    if place.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(place)?;
    sync(root)?;
    match root.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => sync(parent),
        None => Ok(()),
    }
}

/// Whole or not at all: written aside, synced, renamed, the directory synced.
fn write(directory: &Path, place: &Place, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::File::create(&place.part)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&place.part, &place.coming)?;
    sync(directory)
}

/// Not synced: until it is durable the file is found where it was.
fn settle(place: &Place) -> std::io::Result<()> {
    if let Some(directory) = place.settled.parent() {
        std::fs::create_dir_all(directory)?;
    }
    match std::fs::rename(&place.coming, &place.settled) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && place.settled.is_file() => {}
        renamed => renamed?,
    }
    // What a crash left of an earlier attempt.
    match std::fs::remove_file(&place.part) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn erase(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    // Also where there was none: an earlier attempt may have ended before this.
    match path.parent().map(sync) {
        Some(Err(error)) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> (Directory, tempfile::TempDir, TerminalId, String) {
        let dir = tempfile::tempdir().unwrap();
        let place = Directory::new(dir.path().join("second"));
        (place, dir, "t-1".parse().unwrap(), senim_operation::jws::sha256_b64(b"a"))
    }

    const EVER: UtcMillis = UtcMillis(i64::MAX);

    #[test]
    fn a_copy_counts_from_the_moment_it_is_kept_and_is_one_before_and_after_it_is_settled() {
        let (place, _dir, terminal, sha256) = directory();
        assert_eq!(place.read(&terminal, &sha256).unwrap(), None);
        place.keep(&terminal, &sha256, "one").unwrap();
        let one = vec![(terminal.clone(), sha256.clone())];
        assert_eq!(place.read(&terminal, &sha256).unwrap().as_deref(), Some("one"));
        assert_eq!((place.names().unwrap(), place.unsettled(EVER).unwrap()), (one.clone(), one.clone()));
        for _ in 0..2 {
            place.settle(&terminal, &sha256).unwrap();
            assert_eq!(place.read(&terminal, &sha256).unwrap().as_deref(), Some("one"));
            assert_eq!((place.names().unwrap(), place.unsettled(EVER).unwrap()), (one.clone(), vec![]));
        }
        place.keep(&terminal, &sha256, "two").unwrap();
        assert_eq!(place.names().unwrap(), one);
        place.settle(&terminal, &sha256).unwrap();
        assert_eq!(place.read(&terminal, &sha256).unwrap().as_deref(), Some("two"));
    }

    #[test]
    fn nothing_is_settled_that_was_not_kept() {
        let (place, _dir, terminal, sha256) = directory();
        place.settle(&terminal, &sha256).unwrap_err();
        assert!(place.names().unwrap().is_empty());
    }

    #[test]
    fn what_is_erased_is_gone_wherever_it_was() {
        let (place, dir, terminal, sha256) = directory();
        place.erase(&terminal, &sha256).unwrap();
        place.keep(&terminal, &sha256, "settled").unwrap();
        place.settle(&terminal, &sha256).unwrap();
        place.keep(&terminal, &sha256, "coming").unwrap();
        let part = dir.path().join(format!("second/.coming/t-1.{sha256}.sealed.part"));
        std::fs::write(&part, "torn").unwrap();
        place.erase(&terminal, &sha256).unwrap();
        assert_eq!(place.read(&terminal, &sha256).unwrap(), None);
        assert!(place.names().unwrap().is_empty() && !part.exists());
    }

    #[test]
    fn only_an_old_unsettled_copy_is_discarded_and_a_torn_one_with_it() {
        let (place, dir, terminal, sha256) = directory();
        place.keep(&terminal, &sha256, "one").unwrap();
        std::fs::write(dir.path().join(format!("second/.coming/t-1.{sha256}.sealed.part")), "torn").unwrap();
        assert!(place.unsettled(UtcMillis(0)).unwrap().is_empty());
        place.discard(&terminal, &sha256, UtcMillis(0)).unwrap();
        assert_eq!(place.read(&terminal, &sha256).unwrap().as_deref(), Some("one"));
        place.discard(&terminal, &sha256, EVER).unwrap();
        assert!(place.names().unwrap().is_empty());
        place.keep(&terminal, &sha256, "two").unwrap();
        place.settle(&terminal, &sha256).unwrap();
        place.discard(&terminal, &sha256, EVER).unwrap();
        assert_eq!(place.read(&terminal, &sha256).unwrap().as_deref(), Some("two"));
    }

    #[test]
    fn a_place_that_cannot_be_written_is_said_and_no_copy_counts() {
        let (_, dir, terminal, sha256) = directory();
        std::fs::write(dir.path().join("file"), "").unwrap();
        let place = Directory::new(dir.path().join("file"));
        place.keep(&terminal, &sha256, "one").unwrap_err();
        place.keep(&terminal, "../../etc/passwd", "one").unwrap_err();
        assert!(place.names().unwrap().is_empty());
    }

    #[test]
    fn many_writers_at_once_are_all_kept() {
        let (place, _dir, terminal, _) = directory();
        std::thread::scope(|scope| {
            for writer in 0_u8..16 {
                let (place, terminal) = (&place, &terminal);
                scope.spawn(move || {
                    for n in 0_u8..8 {
                        let sha256 = senim_operation::jws::sha256_b64(&[writer, n]);
                        place.keep(terminal, &sha256, "one").unwrap();
                        place.settle(terminal, &sha256).unwrap();
                    }
                });
            }
        });
        assert_eq!(place.names().unwrap().len(), 128);
    }
}
