//! The thread that writes the journal onto a technician's stick and reads it back.
//!
//! It has a reader of its own beside the running journal. A stick is whatever the system mounted at the configured place: its
//! own device there, so that an empty port is not the terminal's own disk. What stands on it afterwards is what
//! `senim-gateway verify` and `import` take, and nothing personal in it can be read without the MFO's key.

use std::fs::File;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};

use anyhow::Result;
use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};
use nix::sys::statvfs::statvfs;
use senim_domain::TerminalId;
use senim_journal::{JournalError, JournalReader};
use senim_operation::body::{ExportFault, ExportOutcome};
use senim_operation::export::{ATTACHMENT_EXTENSION, ATTACHMENTS_DIR, ExportResult, verify_export};
use senim_operation::jws::sha256_b64;
use senim_operation::trust::Trust;
use senim_runtime::{Input, shell};

use crate::config::Config;

/// Room that an export may need beyond the bytes of the journal's file: keys, range, note, folders.
const SPARE_BYTES: u64 = 8 << 20;

/// Starts the thread where a place for sticks is configured. It ends when nobody can order an export any more.
///
/// # Errors
/// There is no thread.
pub fn start(
    config: &Config,
    trust: Arc<Trust>,
    orders: Receiver<()>,
    inputs: SyncSender<Input>,
) -> Result<()> {
    let Some(at) = config.journal.stick.clone() else { return Ok(()) };
    let stick = Stick { at, journal: config.journal_path(), terminal: config.terminal.clone(), trust };
    std::thread::Builder::new().name("stick".into()).spawn(move || {
        while orders.recv().is_ok() {
            let outcome = stick.export().unwrap_or_else(|failed| {
                tracing::warn!(cause = %failed.cause, "the journal was not written onto the stick");
                ExportOutcome::Failed(failed.fault)
            });
            // A kernel that is gone needs no answer.
            let _gone = inputs.send(Input::Exported(outcome));
        }
    })?;
    Ok(())
}

/// Where the journal goes, and from where.
struct Stick {
    at: PathBuf,
    journal: PathBuf,
    terminal: TerminalId,
    trust: Arc<Trust>,
}

/// Why there is no export: for the screen, and in words for the log.
struct Failed {
    fault: ExportFault,
    cause: String,
}

impl Failed {
    fn new(fault: ExportFault) -> impl Fn(&dyn std::fmt::Display) -> Self {
        move |cause| Self { fault, cause: cause.to_string() }
    }
}

impl Stick {
    fn export(&self) -> Result<ExportOutcome, Failed> {
        self.is_there()?;
        self.has_room()?;
        let name = format!("senim-{}-{}", self.terminal, shell::rtc().0);
        let dir = self.at.join(name);
        let done = self.write(&dir).and_then(|attachments| self.read_back(&dir, attachments));
        if done.is_err() {
            // Half an export helps nobody and takes the room of the next.
            let _gone = std::fs::remove_dir_all(&dir);
        }
        done
    }

    /// A rig's stick may be an ordinary folder.
    fn is_there(&self) -> Result<(), Failed> {
        let missing = Failed::new(ExportFault::NoStick);
        let device = |path: &Path| std::fs::metadata(path).map(|data| data.dev());
        let own = device(&self.at).map_err(|error| missing(&error))?;
        let parent = self.at.parent().map_or(Ok(own), device).map_err(|error| missing(&error))?;
        if own == parent && !cfg!(feature = "rig") {
            return Err(missing(&"nothing is mounted there"));
        }
        Ok(())
    }

    fn has_room(&self) -> Result<(), Failed> {
        let wanted =
            std::fs::metadata(&self.journal).map_or(0, |data| data.len()).saturating_add(SPARE_BYTES);
        let space = statvfs(&self.at).map_err(|error| Failed::new(ExportFault::Stick)(&error))?;
        let free = space.blocks_available().saturating_mul(space.fragment_size());
        if free < wanted {
            let cause = format!("{free} bytes are free and {wanted} are wanted");
            return Err(Failed { fault: ExportFault::Full, cause });
        }
        Ok(())
    }

    /// Gives how many attachments.
    fn write(&self, dir: &Path) -> Result<u64, Failed> {
        let failed = |error: JournalError| {
            let on_stick = matches!(error, JournalError::Export { .. });
            Failed::new(if on_stick { ExportFault::Stick } else { ExportFault::Journal })(&error)
        };
        let reader = JournalReader::open(&self.journal).map_err(failed)?;
        reader.export(dir).map_err(failed)?;
        reader.export_attachments(dir).map_err(failed)
    }

    /// From the stick itself, not from the memory of having written it.
    fn read_back(&self, dir: &Path, attachments: u64) -> Result<ExportOutcome, Failed> {
        let stick = Failed::new(ExportFault::Stick);
        forget(dir).map_err(|error| stick(&error))?;
        let mut sound = 0_u64;
        for entry in std::fs::read_dir(dir.join(ATTACHMENTS_DIR)).map_err(|error| stick(&error))? {
            let path = entry.map_err(|error| stick(&error))?.path();
            let jwe = std::fs::read(&path).map_err(|error| stick(&error))?;
            let name = path.file_name().and_then(|name| name.to_str()?.strip_suffix(ATTACHMENT_EXTENSION));
            if name != Some(&sha256_b64(&jwe)) {
                return Err(Failed::new(ExportFault::NotVerified)(&"an attachment"));
            }
            sound = sound.saturating_add(1);
        }
        let report = verify_export(dir, Arc::clone(&self.trust), None).map_err(|error| stick(&error))?;
        let finding = report.findings.first().map(|finding| finding.text.as_str());
        if report.result == ExportResult::Finding || sound != attachments {
            let cause = finding.unwrap_or("not every attachment is there");
            return Err(Failed::new(ExportFault::NotVerified)(&cause));
        }
        tracing::info!(rows = report.rows, attachments, "the journal is on the stick and was read back");
        Ok(ExportOutcome::Verified { rows: report.rows, cosigned: report.cosigned_rows, attachments })
    }
}

/// Takes what was written to a folder out of the system's memory; everything in it is synced already.
fn forget(dir: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            forget(&path)?;
        } else {
            let file = File::open(&path)?;
            posix_fadvise(&file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/formats/export.sample");

    /// An export of the formats' sample with one attachment, on a stick that is a folder.
    fn written() -> (tempfile::TempDir, Stick, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("export");
        std::fs::create_dir_all(dir.join(ATTACHMENTS_DIR)).unwrap();
        for file in ["operations.jsonl", "checkpoint.note", "jwks.json", "range.json"] {
            std::fs::copy(Path::new(SAMPLE).join(file), dir.join(file)).unwrap();
        }
        std::fs::write(attachment(&dir), b"sealed").unwrap();
        let ca = std::fs::read_to_string(Path::new(SAMPLE).join("CA.pem")).unwrap();
        let stick = Stick {
            at: folder.path().to_owned(),
            journal: folder.path().join("journal.db"),
            terminal: "t-1".parse().unwrap(),
            trust: Arc::new(Trust::from_pem(&ca).unwrap()),
        };
        (folder, stick, dir)
    }

    fn attachment(dir: &Path) -> PathBuf {
        dir.join(ATTACHMENTS_DIR).join(format!("{}{ATTACHMENT_EXTENSION}", sha256_b64(b"sealed")))
    }

    fn fault(outcome: Result<ExportOutcome, Failed>) -> ExportFault {
        outcome.map_err(|failed| failed.fault).unwrap_err()
    }

    #[test]
    fn what_is_read_back_whole_is_verified_with_its_counts() {
        let (_folder, stick, dir) = written();
        let Ok(ExportOutcome::Verified { rows, cosigned, attachments }) = stick.read_back(&dir, 1) else {
            panic!("not verified")
        };
        let lines = std::fs::read_to_string(dir.join("operations.jsonl")).unwrap().lines().count() as u64;
        assert_eq!((rows, attachments), (lines, 1));
        assert!(cosigned > 0);
    }

    #[test]
    fn a_stick_that_changes_or_loses_bytes_is_found_out() {
        let (_folder, stick, dir) = written();
        let rows = dir.join("operations.jsonl");
        let sound = std::fs::read(&rows).unwrap();
        let mut changed = sound.clone();
        changed[100] ^= 1;
        std::fs::write(&rows, &changed).unwrap();
        assert_eq!(fault(stick.read_back(&dir, 1)), ExportFault::NotVerified);
        std::fs::write(&rows, &sound[..sound.len() / 2]).unwrap();
        assert_eq!(fault(stick.read_back(&dir, 1)), ExportFault::NotVerified);
        std::fs::write(&rows, &sound).unwrap();
        std::fs::write(attachment(&dir), b"seal3d").unwrap();
        assert_eq!(fault(stick.read_back(&dir, 1)), ExportFault::NotVerified);
        std::fs::remove_file(attachment(&dir)).unwrap();
        assert_eq!(fault(stick.read_back(&dir, 1)), ExportFault::NotVerified);
        std::fs::remove_dir_all(&dir).unwrap();
        assert_eq!(fault(stick.read_back(&dir, 1)), ExportFault::Stick);
    }

    #[test]
    fn without_a_stick_or_a_journal_each_says_so_and_half_an_export_stays_nowhere() {
        let (folder, stick, _) = written();
        let gone = Stick { at: folder.path().join("nowhere"), ..stick };
        assert_eq!(fault(gone.export()), ExportFault::NoStick);
        let stick = Stick { at: folder.path().to_owned(), ..gone };
        assert_eq!(
            fault(stick.export()),
            if cfg!(feature = "rig") { ExportFault::Journal } else { ExportFault::NoStick }
        );
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 1, "only what was there before");
    }
}
