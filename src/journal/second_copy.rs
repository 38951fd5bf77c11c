//! The copy of unsent rows and attachments on a second device: an export directory that grows with the journal.
//!
//! Evidence for `senim-gateway import` should the board die; nothing ever starts again from it. Runs on a thread of its
//! own with a reading connection, so that no commit waits for the device. A device that is missing, full or slow is told
//! about and caught up with later. Rows that are not of this journal are never overwritten.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write};
use std::ops::Range;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension};
use senim_operation::export::{
    ATTACHMENTS_DIR, CHECKPOINT_FILE, ExportRange, JWKS_FILE, OPERATIONS_FILE, RANGE_FILE,
};
use senim_operation::jws::MAX_COMPACT_BYTES;
use senim_operation::{Profile, Row};

use crate::error::JournalError;
use crate::journal::Journal;
use crate::{export, files, store};

/// Enough of the end of the file to hold a whole row.
const TAIL_BYTES: u64 = 2 * MAX_COMPACT_BYTES as u64;

/// Keeps the copy; handed to a thread of its own.
pub struct SecondCopy {
    journal: PathBuf,
    dir: PathBuf,
    /// Production: the copy must lie on another device than the journal.
    pub(crate) apart: bool,
    db: Option<Connection>,
    at: Option<At>,
}

/// Where the copy stands, believed only after it was compared with the journal.
struct At {
    first: u64,
    next: u64,
    note: Option<String>,
    attachments: BTreeSet<String>,
    /// Rows up to which attachments were looked for; `None` before all were compared.
    looked_to: Option<u64>,
}

/// What the copy holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// First row.
    pub first_seq: u64,
    /// One more than the last row.
    pub next_seq: u64,
    /// Sealed attachments.
    pub attachments: u64,
}

impl Journal {
    /// The keeper of the second copy, where one is configured.
    #[must_use]
    pub fn second_copy(&self) -> Option<SecondCopy> {
        let options = &self.options;
        options.second_copy.as_ref().map(|dir| SecondCopy {
            journal: options.path.clone(),
            dir: dir.clone(),
            apart: options.profile == Profile::Production,
            db: None,
            at: None,
        })
    }
}

impl SecondCopy {
    /// Brings the copy up to the journal: appends rows and attachments, deletes what the gateway has by now.
    ///
    /// # Errors
    /// [`JournalError::SecondCopy`]: the device does not keep up, the next call tries again from what is on it.
    /// [`JournalError::OlderImage`], [`JournalError::Chain`]: the copy has rows that the journal has lost or never had.
    /// Others: the journal cannot be read.
    pub fn catch_up(&mut self) -> Result<Copied, JournalError> {
        let outcome = self.try_catch_up();
        if outcome.is_err() {
            // Nobody knows what the device has of the last attempt.
            (self.at, self.db) = (None, None);
        }
        outcome.map_err(|error| match error {
            JournalError::Export { path, detail } => self.behind(format!("{}: {detail}", path.display())),
            other => other,
        })
    }

    fn behind(&self, detail: String) -> JournalError {
        JournalError::SecondCopy { path: self.dir.clone(), detail }
    }

    fn try_catch_up(&mut self) -> Result<Copied, JournalError> {
        self.look_at_device()?;
        let db = match self.db.take() {
            Some(db) => db,
            None => store::connect_read_only(&self.journal)?,
        };
        // No transaction is held over a write: a device that hangs must not keep the journal's log from being folded.
        let base = base(&db)?;
        let at = match self.at.take() {
            Some(at) if at.first == base => at,
            Some(at) => self.rewrite(&db, base, at.attachments)?,
            None => self.compare(&db, base)?,
        };
        let at = self.append(&db, at)?;
        let at = self.keep_attachments(&db, at)?;
        let copied =
            Copied { first_seq: at.first, next_seq: at.next, attachments: at.attachments.len() as u64 };
        (self.at, self.db) = (Some(at), Some(db));
        Ok(copied)
    }

    /// An empty mount point is a directory too: what is written there would lie on the journal's own disk.
    fn look_at_device(&self) -> Result<(), JournalError> {
        let here = std::fs::metadata(&self.dir)
            .map_err(|error| self.behind(format!("{error}; put the device back or mount it")))?;
        let folder = self.journal.parent().filter(|folder| !folder.as_os_str().is_empty());
        let main = std::fs::metadata(folder.unwrap_or(Path::new(".")))
            .map_err(|error| export::io(&self.journal, &error))?;
        if self.apart && here.dev() == main.dev() {
            return Err(
                self.behind("it lies on the journal's own disk; mount the second device there".into())
            );
        }
        Ok(())
    }

    /// Compares every row on the device with the journal's; goes on behind them where they agree.
    fn compare(&self, db: &Connection, base: u64) -> Result<At, JournalError> {
        let held = self.held()?;
        let path = self.dir.join(OPERATIONS_FILE);
        let Ok(file) = File::open(&path) else { return self.rewrite(db, base, held) };
        let meta = store::meta(db)?;
        let rows = store::next_seq(db)?;
        let mut lines = BufReader::new(file);
        let (mut first, mut next, mut whole) = (None, 0, true);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).map_err(|error| export::io(&path, &error))? > 0 {
            let text = line.strip_suffix(b"\n").and_then(|text| std::str::from_utf8(text).ok());
            let row = text.and_then(|text| Row::read(text.to_owned()).ok());
            line.clear();
            let Some(row) = row else {
                // Torn by a cut, or a bad spot: the journal has the row.
                whole = false;
                continue;
            };
            let seq = row.envelope.seq;
            if row.envelope.terminal.as_str() != meta.terminal {
                return Err(self.foreign(&format!("rows of terminal {}", row.envelope.terminal)));
            }
            if seq >= rows {
                return Err(JournalError::OlderImage { rows, proven: seq + 1 });
            }
            let ours = store::compact_at(db, seq)?;
            if ours.is_some_and(|(ours, _)| ours != row.compact) {
                return Err(other_history(seq));
            }
            whole &= first.is_none() || next == seq;
            first.get_or_insert(seq);
            next = seq + 1;
        }
        match first {
            Some(first) if whole && first == base => {
                Ok(At { first, next, note: None, attachments: held, looked_to: None })
            }
            _ => self.rewrite(db, base, held),
        }
    }

    fn foreign(&self, what: &str) -> JournalError {
        self.behind(format!("it holds {what}; import it at the gateway and give an empty device"))
    }

    fn rewrite(&self, db: &Connection, base: u64, attachments: BTreeSet<String>) -> Result<At, JournalError> {
        let path = self.dir.join(OPERATIONS_FILE);
        let fresh = files::beside(&path, ".new");
        let next = store::next_seq(db)?;
        let file = File::create(&fresh).map_err(|error| export::io(&fresh, &error))?;
        self.write_rows(db, file, base..next)?;
        std::fs::rename(&fresh, &path).map_err(|error| export::io(&path, &error))?;
        self.put_range(db, base..next)?;
        self.put_keys(db, base, None)?;
        sync(&self.dir)?;
        Ok(At { first: base, next, note: None, attachments, looked_to: None })
    }

    fn append(&self, db: &Connection, mut at: At) -> Result<At, JournalError> {
        let next = store::next_seq(db)?;
        if next < at.next {
            return Err(JournalError::OlderImage { rows: next, proven: at.next });
        }
        let path = self.dir.join(OPERATIONS_FILE);
        if next > at.next {
            let from = at.next;
            let file =
                OpenOptions::new().append(true).open(&path).map_err(|error| export::io(&path, &error))?;
            self.write_rows(db, file, from..next)?;
            at.next = next;
            self.put_range(db, at.first..next)?;
            if store::last_epoch(db, next)?.is_some_and(|epoch| epoch >= from) {
                self.put_keys(db, at.first, at.note.as_deref())?;
            }
        }
        let note: Option<String> = db
            .query_row(
                "SELECT coalesce(cosigned_note, note) FROM checkpoints WHERE size >= ?1 ORDER BY size DESC LIMIT 1",
                [store::signed(at.first)],
                |row| row.get(0),
            )
            .optional()?;
        if note != at.note {
            if let Some(note) = &note {
                export::put(&self.dir.join(CHECKPOINT_FILE), note)?;
            }
            self.put_keys(db, at.first, note.as_deref())?;
            at.note = note;
        }
        Ok(at)
    }

    /// Rows as lines, on the device when this returns.
    fn write_rows(&self, db: &Connection, file: File, rows: Range<u64>) -> Result<(), JournalError> {
        let mut lines = BufWriter::new(file);
        let failed = |error: std::io::Error| export::io(&evidence(&self.dir), &error);
        for seq in rows {
            let (mut line, _) = store::compact_at(db, seq)?.ok_or_else(|| {
                self.behind(format!(
                    "row {seq} was deleted from the journal meanwhile; the next round catches up"
                ))
            })?;
            line.push('\n');
            lines.write_all(line.as_bytes()).map_err(failed)?;
        }
        lines
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)
            .and_then(|file| file.sync_all())
            .map_err(failed)
    }

    fn put_range(&self, db: &Connection, rows: Range<u64>) -> Result<(), JournalError> {
        let range = ExportRange { next_seq: rows.end, ..export::range(db, rows.start)? };
        export::put(&self.dir.join(RANGE_FILE), &export::text(&range)?)
    }

    fn put_keys(&self, db: &Connection, first: u64, note: Option<&str>) -> Result<(), JournalError> {
        export::put(&self.dir.join(JWKS_FILE), &export::text(&export::keys(db, first, note)?)?)
    }

    /// Attachments stay until the journal gives them up, which is when the gateway has archived them.
    fn keep_attachments(&self, db: &Connection, mut at: At) -> Result<At, JournalError> {
        let dir = self.dir.join(ATTACHMENTS_DIR);
        if let Some(from) = at.looked_to.replace(at.next) {
            let fresh = listed(db, from)?;
            self.add_attachments(db, &mut at, &dir, fresh)?;
            let held: i64 = db.query_row("SELECT attachments FROM counts", [], |row| row.get(0))?;
            if store::unsigned(held)? == at.attachments.len() as u64 {
                return Ok(at);
            }
        }
        let wanted = listed(db, 0)?;
        for sha256 in at.attachments.difference(&wanted) {
            // One that stays lying there is sealed and harms nobody.
            let _ = std::fs::remove_file(dir.join(format!("{sha256}.jwe")));
        }
        at.attachments.retain(|sha256| wanted.contains(sha256));
        self.add_attachments(db, &mut at, &dir, wanted)?;
        Ok(at)
    }

    fn add_attachments(
        &self,
        db: &Connection,
        at: &mut At,
        dir: &Path,
        wanted: BTreeSet<String>,
    ) -> Result<(), JournalError> {
        let missing: Vec<String> =
            wanted.into_iter().filter(|sha256| !at.attachments.contains(sha256)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        std::fs::create_dir_all(dir).map_err(|error| export::io(dir, &error))?;
        for sha256 in missing {
            let jwe: Option<String> = db
                .query_row("SELECT jwe FROM attachments WHERE sha256 = ?1", [&sha256], |row| row.get(0))
                .optional()?;
            // Archived since it was listed.
            let Some(jwe) = jwe else { continue };
            export::put(&dir.join(format!("{sha256}.jwe")), &jwe)?;
            at.attachments.insert(sha256);
        }
        sync(dir)
    }

    fn held(&self) -> Result<BTreeSet<String>, JournalError> {
        let dir = self.dir.join(ATTACHMENTS_DIR);
        let entries = match std::fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
            Err(error) => return Err(export::io(&dir, &error)),
        };
        let name = |entry: std::io::Result<std::fs::DirEntry>| -> Option<String> {
            Some(entry.ok()?.file_name().to_str()?.strip_suffix(".jwe")?.to_owned())
        };
        Ok(entries.filter_map(name).collect())
    }
}

/// Attachments of the rows from there on.
fn listed(db: &Connection, from: u64) -> Result<BTreeSet<String>, JournalError> {
    let mut query = db.prepare_cached("SELECT sha256 FROM attachments WHERE seq >= ?1")?;
    let found = query.query_map([store::signed(from)], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn other_history(seq: u64) -> JournalError {
    JournalError::Chain { seq, detail: "the copy on the second device holds another row".into() }
}

/// A file that shows that there was a journal of this terminal, whatever its own disk says.
pub(crate) fn evidence(dir: &Path) -> PathBuf {
    dir.join(OPERATIONS_FILE)
}

/// Compares the end of the copy with a journal that is about to be continued. A device that cannot be read proves nothing.
pub(crate) fn against_end(db: &Connection, dir: &Path, terminal: &str) -> Result<(), JournalError> {
    let Some(row) = last_row(&evidence(dir)).filter(|row| row.envelope.terminal.as_str() == terminal) else {
        return Ok(());
    };
    let (rows, seq) = (store::next_seq(db)?, row.envelope.seq);
    match store::compact_at(db, seq)? {
        Some((ours, _)) if ours != row.compact => Err(other_history(seq)),
        None if seq >= rows => Err(JournalError::OlderImage { rows, proven: seq + 1 }),
        Some(_) | None => Ok(()),
    }
}

/// The last complete line that is a row.
fn last_row(path: &Path) -> Option<Row> {
    let mut file = File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES))).ok()?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail).ok()?;
    let complete = tail.rsplit(|byte| *byte == b'\n').skip(1);
    complete.filter_map(|line| Row::read(std::str::from_utf8(line).ok()?.to_owned()).ok()).next()
}

/// The copy begins with the key epoch of the first row that the gateway does not have: without it no row can be judged.
fn base(db: &Connection) -> Result<u64, JournalError> {
    let meta = store::meta(db)?;
    let first = meta.acked.map_or(0, |(seq, _)| seq + 1).max(meta.pruned_size);
    Ok(store::last_epoch(db, first)?.unwrap_or(meta.pruned_size))
}

fn sync(dir: &Path) -> Result<(), JournalError> {
    File::open(dir).and_then(|folder| folder.sync_all()).map_err(|error| export::io(dir, &error))
}
