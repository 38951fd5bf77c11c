//! Verifies an export with nothing but the CA.
//!
//! Rows are streamed: memory does not grow with them. Certificates are judged at their row's own `at`, and not later
//! than the cosignature that covers it: an export holds one note only, not the first that covered each row. Every file
//! has one spelling; whatever a changed byte would leave without effect is refused instead.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;
use std::sync::Arc;

use super::format::{
    CHECKPOINT_FILE, Expect, ExportRange, JWKS_FILE, JwkSet, OPERATIONS_FILE, RANGE_FILE, read_file,
};
use super::keys::ExportKeys;
use super::report::{ExportError, ExportResult, Finding, Report};
use crate::chain::ChainVerifier;
use crate::checkpoint::{CompactRange, Note, NoteError};
use crate::envelope::Row;
use crate::jws::{self, GENESIS_PREV, MAX_COMPACT_BYTES};
use crate::trust::Trust;

/// Most bytes of a small file: room for a thousand identities.
const MAX_SMALL_FILE: u64 = 4 << 20;
/// Verification ends at so many findings: a hostile export must not fill the memory with them.
const MAX_FINDINGS: usize = 100;

/// Verifies an export directory.
///
/// # Errors
/// [`ExportError`] when a file cannot be read; everything else is in the report.
pub fn verify_export(dir: &Path, trust: Arc<Trust>, expect: Option<Expect>) -> Result<Report, ExportError> {
    let range = match read_file::<ExportRange>(&read_small(dir, RANGE_FILE)?) {
        Ok(range) => range,
        Err(text) => return Ok(Report::unreadable("badRange", format!("{RANGE_FILE}: {text}"))),
    };
    let keys = match read_file::<JwkSet>(&read_small(dir, JWKS_FILE)?) {
        Ok(keys) => keys,
        Err(text) => return Ok(Report::unreadable("badKeys", format!("{JWKS_FILE}: {text}"))),
    };
    let note = match read_small(dir, CHECKPOINT_FILE) {
        Ok(note) => Some(note),
        Err(ExportError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    // What is not UTF-8 is not a note either, and says so.
    let note = note.as_deref().map(String::from_utf8_lossy);
    let operations = File::open(dir.join(OPERATIONS_FILE))
        .map_err(|source| ExportError::Io { file: OPERATIONS_FILE, source })?;
    verify_parts(BufReader::new(operations), note.as_deref(), &keys, &range, trust, expect)
}

fn read_small(dir: &Path, file: &'static str) -> Result<Vec<u8>, ExportError> {
    let io = |source| ExportError::Io { file, source };
    let mut bytes = Vec::new();
    File::open(dir.join(file))
        .and_then(|open| open.take(MAX_SMALL_FILE.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(io)?;
    if bytes.len() as u64 > MAX_SMALL_FILE {
        return Err(io(std::io::Error::new(std::io::ErrorKind::FileTooLarge, "it is longer than 4 MiB")));
    }
    Ok(bytes)
}

/// Verifies the parts of an export, wherever they lie.
///
/// # Errors
/// [`ExportError::Io`] when the rows cannot be read.
pub fn verify_parts(
    mut operations: impl BufRead,
    note: Option<&str>,
    keys: &JwkSet,
    range: &ExportRange,
    trust: Arc<Trust>,
    expect: Option<Expect>,
) -> Result<Report, ExportError> {
    let mut verification = Verification::begin(note, keys, range, trust, expect);
    let mut line = Vec::new();
    loop {
        line.clear();
        let limit = MAX_COMPACT_BYTES as u64 + 2;
        let read = operations
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut line)
            .map_err(|source| ExportError::Io { file: OPERATIONS_FILE, source })?;
        if read == 0 || !verification.line(&line) {
            break;
        }
    }
    Ok(verification.end())
}

struct Verification<'a> {
    range: &'a ExportRange,
    keys: ExportKeys<'a>,
    chain: ChainVerifier,
    trust: Arc<Trust>,
    tree: CompactRange,
    note: Option<Note>,
    note_root_seen: bool,
    note_signed: bool,
    expect: Option<Expect>,
    expect_seen: bool,
    rows: u64,
    sealed_rows: u64,
    unknown_kinds: u64,
    findings: Vec<Finding>,
}

impl<'a> Verification<'a> {
    fn begin(
        note: Option<&str>,
        keys: &'a JwkSet,
        range: &'a ExportRange,
        trust: Arc<Trust>,
        expect: Option<Expect>,
    ) -> Self {
        let mut findings = Vec::new();
        let mut find = |code, text: String| findings.push(Finding { seq: None, code, text });
        let note = note.and_then(|note| match Note::parse(note) {
            Ok(note) if note.terminal().ok().as_ref() == Some(&range.terminal) => Some(note),
            Ok(note) => {
                find("wrongTerminal", format!("the checkpoint is of {}", note.origin));
                None
            }
            Err(error) => {
                find("badCheckpoint", error.to_string());
                None
            }
        });
        let genesis = range.first_seq == 0;
        if range.ver != 1
            || range.pruned.size() != range.first_seq
            || genesis != (range.prev == GENESIS_PREV)
            || range.next_seq < range.first_seq
        {
            find("badRange", "range.json contradicts itself".into());
        }
        let keys = ExportKeys::begin(keys, note.as_ref(), &trust, find);
        let (terminal, prev) = (range.terminal.clone(), range.prev.clone());
        let chain = ChainVerifier::resume(terminal, Arc::clone(&trust), range.first_seq, prev, None)
            .demanding(range.profile);
        let mut verification = Self {
            range,
            keys,
            chain,
            trust,
            tree: range.pruned.clone(),
            note,
            note_root_seen: false,
            note_signed: false,
            expect,
            expect_seen: false,
            rows: 0,
            sealed_rows: 0,
            unknown_kinds: 0,
            findings,
        };
        verification.compare_roots();
        verification
    }

    fn find(&mut self, seq: Option<u64>, code: &'static str, text: String) {
        self.findings.push(Finding { seq, code, text });
    }

    /// Whether verification can go on.
    fn line(&mut self, line: &[u8]) -> bool {
        let place = self.chain.next_seq();
        let compact = line.strip_suffix(b"\n").map(std::str::from_utf8);
        let Some(Ok(compact)) = compact else {
            let text =
                format!("row {place}: not a line of ASCII that ends with a newline, or longer than 1 MiB");
            self.find(Some(place), "badForm", text);
            return false;
        };
        // Whatever `at` claims, a covered row was there when the gateway cosigned.
        let covered = self.note.as_ref().is_some_and(|note| place < note.size);
        self.chain.judge_no_later_than(self.keys.cosigned_at.filter(|_| covered));
        let row = match self.chain.accept(compact) {
            Ok(row) => row,
            Err(error) => {
                let text = error.to_string();
                self.find(Some(place), error.code(), text);
                return false;
            }
        };
        self.count(place, &row);
        self.tree.append(compact.as_bytes());
        self.rows = self.rows.saturating_add(1);
        self.compare_roots();
        self.findings.len() < MAX_FINDINGS
    }

    fn count(&mut self, place: u64, row: &Row) {
        match row.envelope.body() {
            Ok(Some(_)) => {}
            Ok(None) => self.unknown_kinds = self.unknown_kinds.saturating_add(1),
            Err(error) => self.find(Some(place), "badFields", format!("row {place}: {error}")),
        }
        if row.envelope.sealed.is_some() {
            self.sealed_rows = self.sealed_rows.saturating_add(1);
        }
        if row.envelope.is_key_epoch() {
            self.try_note_key();
            self.show_identity(place, &row.compact);
        }
    }

    fn try_note_key(&mut self) {
        let (Some(note), Some(key)) = (&self.note, self.chain.key()) else { return };
        match note.verify(&key.jwk, &self.trust) {
            Ok(()) => self.note_signed = true,
            Err(NoteError::NotSigned) => {}
            Err(error) => self.find(None, "badCheckpoint", error.to_string()),
        }
    }

    fn show_identity(&mut self, place: u64, compact: &str) {
        let shown = jws::split(compact)
            .map_err(|error| error.to_string())
            .and_then(|parts| self.keys.show(&parts.header.kid, &parts.header.x5c.unwrap_or_default()));
        if let Err(text) = shown {
            self.find(Some(place), "badKeys", text);
        }
    }

    fn compare_roots(&mut self) {
        let size = self.tree.size();
        if let Some(note) = self.note.as_ref().filter(|note| note.size == size) {
            self.note_root_seen = true;
            if note.root != self.tree.root() {
                self.find(
                    None,
                    "rootDiffers",
                    format!("the rows up to {size} are not those of the checkpoint"),
                );
            }
        }
        if let Some(expect) = self.expect.filter(|expect| expect.size == size) {
            self.expect_seen = true;
            if expect.root != self.tree.root() {
                self.find(None, "expectDiffers", format!("the rows up to {size} are not those expected"));
            }
        }
    }

    /// What only the end shows; a broken chain has said enough.
    fn judge_end(&mut self) {
        let size = self.tree.size();
        if size != self.range.next_seq {
            self.find(
                None,
                "truncated",
                format!("range.json tells of rows up to {}, {size} are here", self.range.next_seq),
            );
        }
        if let Err(text) = self.keys.end(self.note.as_ref()) {
            self.find(None, "badKeys", text);
        }
        let Some(note) = self.note.clone() else { return };
        if note.size > size {
            self.find(
                None,
                "truncated",
                format!("the checkpoint covers {} rows, {size} are here", note.size),
            );
        }
        let says_signed = note.signatures.iter().any(|line| line.name == note.origin);
        let unsigned = !self.note_signed && (says_signed || self.keys.cosigned_at.is_none());
        if note.size >= self.range.first_seq && unsigned {
            self.find(None, "badCheckpoint", "no key of these rows has signed the checkpoint".into());
        }
    }

    fn end(mut self) -> Report {
        let size = self.tree.size();
        if self.findings.is_empty() {
            self.judge_end();
        }
        let mut expect_unknown = false;
        if let Some(expect) = self.expect.filter(|_| !self.expect_seen) {
            if expect.size > size {
                self.find(None, "truncated", format!("{} rows are expected, {size} are here", expect.size));
            } else {
                expect_unknown = true;
            }
        }
        let covered = match &self.note {
            Some(note)
                if self.note_root_seen && self.keys.cosigned_at.is_some() && self.findings.is_empty() =>
            {
                note.size
            }
            Some(_) | None => self.range.first_seq,
        };
        let pruned_past = self.note.as_ref().is_some_and(|note| note.size < self.range.first_seq);
        let cosigned_rows = covered.saturating_sub(self.range.first_seq).min(self.rows);
        let uncosigned_tail = self.rows.saturating_sub(cosigned_rows);
        let result = if !self.findings.is_empty() {
            ExportResult::Finding
        } else if uncosigned_tail > 0 || self.rows == 0 || pruned_past || expect_unknown {
            ExportResult::Incomplete
        } else {
            ExportResult::Good
        };
        Report {
            terminal: Some(self.range.terminal.clone()),
            first_seq: self.range.first_seq,
            rows: self.rows,
            sealed_rows: self.sealed_rows,
            unknown_kinds: self.unknown_kinds,
            cosigned_rows,
            uncosigned_tail,
            cosigned_at: self.keys.cosigned_at,
            head: self.chain.head().to_owned(),
            size,
            root: encode_root(&self.tree.root()),
            result,
            findings: self.findings,
        }
    }
}

/// A root as notes and `--expect` write it.
#[must_use]
pub fn encode_root(root: &[u8; 32]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(root)
}
