//! Somebody with the disk, with every retired key and with other terminals' exports changes an export.
//!
//! The cosigned note and the trust anchor stay as they are. Decides what such a person may try; whether it is found is
//! for the verifiers to show.

use std::path::Path;

use senim_domain::TerminalId;
use senim_operation::canonical;
use senim_operation::checkpoint::{CompactRange, Note};
use senim_operation::envelope;
use senim_operation::export::{
    CHECKPOINT_FILE, ExportRange, JWKS_FILE, JwkEntry, JwkSet, OPERATIONS_FILE, RANGE_FILE, write_file,
};
use senim_operation::jws::{self, GENESIS_PREV, Header};
use senim_operation::signer::{RamKey, Signer};
use senim_operation::{Profile, Row};
use serde_json::Value;

use crate::chain::Terminal;
use crate::error::LoadError;
use crate::pki::{Certified, Mfo};
use crate::random::Seeded;
use crate::visits::{Visit, quiet};

/// The files of an export that may be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// `operations.jsonl`.
    pub operations: Vec<u8>,
    /// `jwks.json`.
    pub jwks: Vec<u8>,
    /// `range.json`.
    pub range: Vec<u8>,
}

impl Files {
    /// Writes them into a directory.
    ///
    /// # Errors
    /// [`LoadError::File`].
    pub fn write(&self, dir: &Path) -> Result<(), LoadError> {
        std::fs::write(dir.join(OPERATIONS_FILE), &self.operations)?;
        std::fs::write(dir.join(JWKS_FILE), &self.jwks)?;
        Ok(std::fs::write(dir.join(RANGE_FILE), &self.range)?)
    }

    fn file(&mut self, number: usize) -> &mut Vec<u8> {
        match number {
            0 => &mut self.jwks,
            1 => &mut self.range,
            _ => &mut self.operations,
        }
    }

    fn lines(&self) -> Vec<String> {
        String::from_utf8_lossy(&self.operations).lines().map(str::to_owned).collect()
    }

    fn set_lines(&mut self, lines: &[String]) {
        self.operations =
            lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect::<String>().into_bytes();
    }
}

/// A genuine export with what a thief of retired keys knows.
pub struct Victim {
    /// The files as they should be.
    pub genuine: Files,
    /// The cosigned note over every row.
    pub note: Note,
    /// The note over fewer rows that was genuine once, and the export of that time.
    pub older: (Note, Files),
    terminal: Terminal,
    identities: Vec<Certified>,
    mfo_keys: JwkSet,
    /// The same terminal's other history, and another terminal's rows.
    foreign: [Vec<String>; 2],
}

/// How an export was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tampering {
    /// One bit of one file.
    Flip,
    /// A row or key left out.
    Delete,
    /// Two rows or keys change places.
    Swap,
    /// A row or key stands twice.
    Duplicate,
    /// The end of a file is cut off, at a row or at a byte.
    Truncate,
    /// Rows of another terminal or of another history of the same.
    Splice,
    /// A row says something else and is signed by a retired journal key.
    RetiredJournalKey,
    /// The chain is written anew from some row on, its epochs certified by a retired identity.
    RetiredIdentity,
    /// The same content in another spelling.
    Spelling,
    /// A field of `range.json` says something else.
    Range,
}

impl Tampering {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Flip,
        Self::Delete,
        Self::Swap,
        Self::Duplicate,
        Self::Truncate,
        Self::Splice,
        Self::RetiredJournalKey,
        Self::RetiredIdentity,
        Self::Spelling,
        Self::Range,
    ];
}

impl Victim {
    /// A terminal with three epochs and two identities.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn new(mfo: &Mfo, id: &TerminalId, other: &TerminalId) -> Result<Self, LoadError> {
        let identities = vec![mfo.enrol(id)?, mfo.enrol(id)?];
        let (terminal, rows, older_note) = write(mfo, id, &identities)?;
        let (_, clone, _) = write(mfo, id, &identities)?;
        let (_, stranger, _) = write(mfo, other, &[mfo.enrol(other)?, mfo.enrol(other)?])?;
        let note = terminal.cosigned_note(mfo)?;
        let genuine = files(id, &rows, &mfo.jwks(&identities)?)?;
        let first = identities.get(..1).unwrap_or_default();
        let older_rows = usize::try_from(older_note.size).unwrap_or(usize::MAX);
        let older = files(id, rows.get(..older_rows).unwrap_or_default(), &mfo.jwks(first)?)?;
        Ok(Self {
            genuine,
            note,
            older: (older_note, older),
            terminal,
            identities,
            mfo_keys: mfo.jwks(&[])?,
            foreign: [clone, stranger],
        })
    }

    /// Writes the note beside the files.
    ///
    /// # Errors
    /// [`LoadError::File`].
    pub fn write_note(&self, dir: &Path) -> Result<(), LoadError> {
        Ok(std::fs::write(dir.join(CHECKPOINT_FILE), self.note.to_string())?)
    }

    /// One to three changes after another; never the genuine export.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn tamper(&self, random: &mut Seeded) -> Result<(Files, Vec<Tampering>), LoadError> {
        loop {
            let times = [1, 1, 1, 2, 3].get(random.below(5)).copied().unwrap_or(1);
            let (mut files, mut done) = (self.genuine.clone(), Vec::new());
            for _ in 0..times {
                let Some(with) = Tampering::ALL.get(random.below(Tampering::ALL.len())) else { continue };
                self.apply(*with, &mut files, random)?;
                done.push(*with);
            }
            if files != self.genuine {
                return Ok((files, done));
            }
        }
    }

    fn apply(&self, with: Tampering, files: &mut Files, random: &mut Seeded) -> Result<(), LoadError> {
        match with {
            Tampering::Flip => {
                let number = random.below(6);
                let file = files.file(number);
                let place = random.below(file.len());
                if let Some(byte) = file.get_mut(place) {
                    *byte ^= 1 << random.below(8);
                }
            }
            Tampering::Truncate if random.below(2) == 0 => {
                let number = random.below(6);
                let file = files.file(number);
                file.truncate(random.below(file.len()));
            }
            Tampering::Delete | Tampering::Swap | Tampering::Duplicate if random.below(5) == 0 => {
                if let Ok(mut set) = serde_json::from_slice::<JwkSet>(&files.jwks) {
                    rearrange(with, &mut set.keys, random);
                    files.jwks = text(&set)?;
                }
            }
            Tampering::Delete | Tampering::Swap | Tampering::Duplicate | Tampering::Truncate => {
                let mut lines = files.lines();
                rearrange(with, &mut lines, random);
                files.set_lines(&lines);
                if random.below(2) == 0 {
                    files.range = text(&self.range(lines.len() as u64))?;
                }
            }
            Tampering::Splice => self.splice(files, random),
            Tampering::RetiredJournalKey => self.retired_journal_key(files, random)?,
            Tampering::RetiredIdentity => self.retired_identity(files, random)?,
            Tampering::Spelling => respell(files, random),
            Tampering::Range => self.change_range(files, random)?,
        }
        Ok(())
    }

    fn splice(&self, files: &mut Files, random: &mut Seeded) {
        let (mut lines, source) = (files.lines(), self.foreign.get(random.below(2)));
        let Some(source) = source else { return };
        let place = random.below(lines.len().min(source.len()));
        if random.below(2) == 0 {
            lines.truncate(place);
            lines.extend(source.get(place..).unwrap_or_default().iter().cloned());
        } else if let (Some(line), Some(foreign)) = (lines.get_mut(place), source.get(place)) {
            line.clone_from(foreign);
        }
        files.set_lines(&lines);
    }

    /// Changes one row of the last epoch, in one of three ways to name the key.
    fn retired_journal_key(&self, files: &mut Files, random: &mut Seeded) -> Result<(), LoadError> {
        let mut lines = files.lines();
        let place = random.below(lines.len());
        let retired = self.terminal.retired();
        let Some(key) = retired.get(random.below(retired.len())) else { return Ok(()) };
        let way = random.below(3);
        if let Some(line) = lines.get_mut(place)
            && let Some((header, mut payload)) = take_apart(line)
        {
            change_content(&mut payload, random);
            if way == 1 {
                set(&mut payload, "epoch", key.epoch.into());
            }
            let kid = if way == 2 { header.kid.clone() } else { key.key.public_jwk().thumbprint() };
            *line = sign(&Header { kid, ..header }, &payload, key.key.as_ref())?;
        }
        files.set_lines(&lines);
        Ok(())
    }

    /// Writes everything anew from a row on: dense, linked, signed by a fresh journal key that a retired identity
    /// certifies. The result would be a sound chain if that identity still spoke for the terminal at the note.
    fn retired_identity(&self, files: &mut Files, random: &mut Seeded) -> Result<(), LoadError> {
        let mut lines = files.lines();
        let Some(identity) = self.identities.first() else { return Ok(()) };
        let from = random.below(lines.len());
        let (identity_key, journal_key) = (identity.key()?, RamKey::generate()?.0);
        let mut prev = match from.checked_sub(1).and_then(|last| lines.get(last)) {
            Some(line) => jws::sha256_b64(line.as_bytes()),
            None => GENESIS_PREV.to_owned(),
        };
        for (place, line) in lines.iter_mut().enumerate().skip(from) {
            let Some((header, mut payload)) = take_apart(line) else { return Ok(()) };
            set(&mut payload, "prev", prev.as_str().into());
            if place == from {
                let body = envelope::key_epoch(self.terminal.id(), &journal_key)?;
                set(&mut payload, "public", serde_json::to_value(body).unwrap_or_default());
                set(&mut payload, "kind", "KeyEpoch".into());
                set(&mut payload, "epoch", (place as u64).into());
                let header = Header {
                    kid: identity_key.public_jwk().thumbprint(),
                    x5c: Some(identity.x5c.clone()),
                    ..header
                };
                *line = sign(&header, &payload, &identity_key)?;
            } else {
                set(&mut payload, "epoch", (from as u64).into());
                let header = Header { kid: journal_key.public_jwk().thumbprint(), x5c: None, ..header };
                *line = sign(&header, &payload, &journal_key)?;
            }
            prev = jws::sha256_b64(line.as_bytes());
        }
        files.set_lines(&lines);
        let entry = JwkEntry::new(identity_key.public_jwk(), identity.x5c.clone());
        let keys = [entry].into_iter().chain(self.mfo_keys.keys.clone()).collect();
        files.jwks = text(&JwkSet { keys })?;
        Ok(())
    }

    fn change_range(&self, files: &mut Files, random: &mut Seeded) -> Result<(), LoadError> {
        let lines = files.lines();
        let mut range = self.range(lines.len() as u64);
        match random.below(5) {
            0 => range.next_seq = random.below(60) as u64,
            1 => {
                // As if the first rows had been pruned, where no epoch begins.
                let cut = random.below(lines.len()).max(1);
                let cut_rows = lines.get(..cut).unwrap_or_default();
                let next = lines.get(cut).and_then(|line| take_apart(line));
                if next.is_none_or(|(header, _)| header.x5c.is_some()) {
                    return Ok(());
                }
                cut_rows.iter().for_each(|line| range.pruned.append(line.as_bytes()));
                range.first_seq = range.pruned.size();
                range.prev =
                    cut_rows.last().map_or_else(String::new, |line| jws::sha256_b64(line.as_bytes()));
                files.set_lines(lines.get(cut..).unwrap_or_default());
            }
            2 => range.profile = Profile::Production,
            3 => range.prev = jws::sha256_b64(&[u8::try_from(random.below(256)).unwrap_or_default()]),
            _ => {
                range.first_seq = random.below(60) as u64;
            }
        }
        files.range = text(&range)?;
        Ok(())
    }

    fn range(&self, next_seq: u64) -> ExportRange {
        full_range(self.terminal.id(), next_seq)
    }
}

fn full_range(terminal: &TerminalId, next_seq: u64) -> ExportRange {
    ExportRange {
        ver: 1,
        terminal: terminal.clone(),
        profile: Profile::Rig,
        first_seq: 0,
        next_seq,
        prev: GENESIS_PREV.to_owned(),
        pruned: CompactRange::new(),
    }
}

/// A chain of 27 rows, and the cosigned note of its first two epochs.
fn write(
    mfo: &Mfo,
    id: &TerminalId,
    identities: &[Certified],
) -> Result<(Terminal, Vec<String>, Note), LoadError> {
    let [first, second] = identities else {
        return Err(LoadError::certificate("two identities are needed"));
    };
    let mut terminal = Terminal::with_identity(mfo, id, first)?;
    let mut rows: Vec<Row> = vec![terminal.begin_epoch()?.row];
    let mut visit = Visit::new(7);
    (visit.portrait_bytes, visit.evidence_bytes) = (60, 60);
    let visit = visit.drafts();
    let (one, other) = visit.split_at(visit.len() / 2);
    for draft in one {
        rows.push(terminal.write(draft)?.row);
    }
    rows.push(terminal.begin_epoch()?.row);
    for draft in other {
        rows.push(terminal.write(draft)?.row);
    }
    let older = terminal.cosigned_note(mfo)?;
    terminal.renew_identity(second)?;
    rows.push(terminal.begin_epoch()?.row);
    for number in 0..3 {
        rows.push(terminal.write(&quiet(number))?.row);
    }
    Ok((terminal, rows.into_iter().map(|row| row.compact).collect(), older))
}

fn files(id: &TerminalId, rows: &[String], keys: &JwkSet) -> Result<Files, LoadError> {
    let range = text(&full_range(id, rows.len() as u64))?;
    let mut files = Files { operations: Vec::new(), jwks: text(keys)?, range };
    files.set_lines(rows);
    Ok(files)
}

fn text<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, LoadError> {
    Ok(write_file(value).map_err(std::io::Error::from)?.into_bytes())
}

fn rearrange<T: Clone>(with: Tampering, items: &mut Vec<T>, random: &mut Seeded) {
    if items.is_empty() {
        return;
    }
    let (one, other) = (random.below(items.len()), random.below(items.len()));
    match with {
        Tampering::Delete => drop(items.remove(one)),
        Tampering::Swap => items.swap(one, other),
        Tampering::Duplicate => items.extend(items.get(one).cloned()),
        _ => items.truncate(one),
    }
    if with == Tampering::Duplicate
        && let Some(last) = items.pop()
    {
        items.insert(other, last);
    }
}

fn take_apart(line: &str) -> Option<(Header, Value)> {
    let parts = jws::split(line).ok()?;
    Some((parts.header, serde_json::from_slice(&parts.payload).ok()?))
}

fn sign(header: &Header, payload: &Value, key: &dyn Signer) -> Result<String, LoadError> {
    let payload = canonical::to_vec(payload).map_err(LoadError::certificate)?;
    jws::sign_compact(header, &payload, key).map_err(LoadError::certificate)
}

fn set(payload: &mut Value, field: &str, value: Value) {
    if let Some(fields) = payload.as_object_mut() {
        fields.insert(field.to_owned(), value);
    }
}

fn change_content(payload: &mut Value, random: &mut Seeded) {
    let number = random.next() >> 20;
    match random.below(3) {
        0 => set(payload, "mono_ms", number.into()),
        1 => set(payload, "rule_pack", number.into()),
        _ => set(payload, "boot", format!("boot-{number}").into()),
    }
}

/// What a careless tool does to a file: the content for people stays the same.
fn respell(files: &mut Files, random: &mut Seeded) {
    let number = random.below(3);
    let file = files.file(number);
    let was = String::from_utf8_lossy(file).into_owned();
    let now = match random.below(9) {
        0 => was.trim_end().to_owned(),
        1 => format!("{was}\n"),
        2 => format!("\u{feff}{was}"),
        3 => was.replace('\n', "\r\n"),
        4 => format!("{was} "),
        5 => was.replacen('\n', "\n\n", 1),
        6 => was.replacen("\": ", "\" : ", 1).replacen('.', "=.", 1),
        7 => format!(" {was}"),
        _ => was.replacen("  ", "\t", 1).replacen("\n", " \n", 1),
    };
    *file = now.into_bytes();
}
