//! Verifies an export directory `{operations.jsonl, checkpoint.note, jwks.json, range.json}` with nothing but the CA.
//!
//! Rows are streamed: memory does not grow with them. Certificates are judged at their row's own `at`, and not later
//! than the cosignature that covers it: an export holds one note only, not the first that covered each row.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;
use std::sync::Arc;

use senim_domain::{TerminalId, UtcMillis};
use serde::{Deserialize, Serialize};

use crate::chain::ChainVerifier;
use crate::checkpoint::{self, CompactRange, Note, NoteError};
use crate::envelope::{Profile, Row};
use crate::jws::{GENESIS_PREV, MAX_COMPACT_BYTES, PublicJwk};
use crate::trust::{self, COSIGNER_COMMON_NAME, Trust};

/// Rows, one compact JWS a line.
pub const OPERATIONS_FILE: &str = "operations.jsonl";
/// The latest checkpoint; absent while there is none.
pub const CHECKPOINT_FILE: &str = "checkpoint.note";
/// Identity and gateway keys with their certificates.
pub const JWKS_FILE: &str = "jwks.json";
/// Which rows these are, and the tree of those that were pruned.
pub const RANGE_FILE: &str = "range.json";

/// Folder of sealed attachments, only in exports for `senim-gateway import`.
pub const ATTACHMENTS_DIR: &str = "attachments";
/// End of an attachment's file name; before it stands its SHA-256, base64url.
pub const ATTACHMENT_EXTENSION: &str = ".jwe";

/// `range.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportRange {
    /// 1.
    pub ver: u32,
    /// Whose rows.
    pub terminal: TerminalId,
    /// Of which kind of terminal.
    pub profile: Profile,
    /// `seq` of the first row in the file.
    pub first_seq: u64,
    /// One more than the `seq` of the last row.
    pub next_seq: u64,
    /// Hash of the row before the first; [`GENESIS_PREV`] where nothing was pruned.
    pub prev: String,
    /// The tree over rows `0 .. first_seq`.
    pub pruned: CompactRange,
}

/// `jwks.json` (RFC 7517).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JwkSet {
    /// Keys.
    pub keys: Vec<JwkEntry>,
}

/// A key with its certificates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JwkEntry {
    kty: String,
    crv: String,
    x: String,
    y: String,
    /// Thumbprint.
    pub kid: String,
    alg: String,
    #[serde(rename = "use")]
    usage: String,
    /// Certificates, standard base64 of DER, leaf first.
    pub x5c: Vec<String>,
}

impl JwkEntry {
    /// A key and its certificates.
    #[must_use]
    pub fn new(key: PublicJwk, x5c: Vec<String>) -> Self {
        let (x, y) = key.coordinates();
        let kid = key.thumbprint();
        Self {
            kty: "EC".into(),
            crv: "P-256".into(),
            x,
            y,
            kid,
            alg: "ES256".into(),
            usage: "sig".into(),
            x5c,
        }
    }
}

/// A tree that the verifier's user knows from elsewhere, written `SIZE:ROOT` with the root in standard base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expect {
    /// Leaves.
    pub size: u64,
    /// Root.
    pub root: [u8; 32],
}

impl std::str::FromStr for Expect {
    type Err = NoteError;
    fn from_str(text: &str) -> Result<Self, NoteError> {
        let (size, root) = text.split_once(':').ok_or(NoteError::Form("write SIZE:ROOT"))?;
        let size = size.parse().map_err(|_| NoteError::Form("the size is not a number"))?;
        Ok(Self { size, root: checkpoint::decode_hash(root)? })
    }
}

/// The verdict; a program's exit code follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ExportResult {
    /// Everything in order and cosigned: exit 0.
    Good,
    /// Something is wrong: exit 1.
    Finding,
    /// Nothing is wrong, but not everything is cosigned: exit 3.
    Incomplete,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The row, where it is about one: its place in the chain.
    pub seq: Option<u64>,
    /// A stable code.
    pub code: &'static str,
    /// For people.
    pub text: String,
}

/// What verification found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whose rows.
    pub terminal: TerminalId,
    /// `seq` of the first row.
    pub first_seq: u64,
    /// Rows that continue the chain, up to the first that does not.
    pub rows: u64,
    /// Of these, rows with something sealed beside them.
    pub sealed_rows: u64,
    /// Rows of a kind that this version does not know.
    pub unknown_kinds: u64,
    /// Rows that the gateway's cosignature covers.
    pub cosigned_rows: u64,
    /// Rows after those.
    pub uncosigned_tail: u64,
    /// Time of the cosignature.
    pub cosigned_at: Option<UtcMillis>,
    /// Hash of the last row.
    pub head: String,
    /// Leaves of the tree over all rows, pruned ones included.
    pub size: u64,
    /// Its root in standard base64: with `size` what `--expect` takes next time.
    pub root: String,
    /// The verdict.
    pub result: ExportResult,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// Why verification could not be done at all.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A file cannot be read.
    #[error("{file} cannot be read: {source}")]
    Io {
        /// Which.
        file: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is not in the agreed form.
    #[error("{file} is not in the agreed form: {source}")]
    Json {
        /// Which.
        file: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// Verifies an export directory.
///
/// # Errors
/// [`ExportError`] when there is nothing to verify; everything else is in the report.
pub fn verify_export(dir: &Path, trust: Arc<Trust>, expect: Option<Expect>) -> Result<Report, ExportError> {
    let read = |file: &'static str| {
        std::fs::read_to_string(dir.join(file)).map_err(|source| ExportError::Io { file, source })
    };
    let range = serde_json::from_str(&read(RANGE_FILE)?)
        .map_err(|source| ExportError::Json { file: RANGE_FILE, source })?;
    let keys = serde_json::from_str(&read(JWKS_FILE)?)
        .map_err(|source| ExportError::Json { file: JWKS_FILE, source })?;
    let note = match read(CHECKPOINT_FILE) {
        Ok(note) => Some(note),
        Err(ExportError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let operations = File::open(dir.join(OPERATIONS_FILE))
        .map_err(|source| ExportError::Io { file: OPERATIONS_FILE, source })?;
    verify_parts(BufReader::new(operations), note.as_deref(), &keys, &range, trust, expect)
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
    let mut line = String::new();
    loop {
        line.clear();
        let limit = MAX_COMPACT_BYTES as u64 + 2;
        let read = operations.by_ref().take(limit).read_line(&mut line);
        match read {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => line = "not UTF-8".into(),
            Err(source) => return Err(ExportError::Io { file: OPERATIONS_FILE, source }),
        }
        if !verification.row(line.strip_suffix('\n').unwrap_or(&line)) {
            break;
        }
    }
    Ok(verification.end())
}

struct Verification<'a> {
    range: &'a ExportRange,
    chain: ChainVerifier,
    tree: CompactRange,
    note: Option<Note>,
    note_root_seen: bool,
    note_signed: bool,
    cosigned_at: Option<UtcMillis>,
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
        keys: &JwkSet,
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
        let mut cosigned_at = None;
        for entry in &keys.keys {
            let key = match key_of(entry) {
                Ok(key) => key,
                Err(text) => {
                    find("badKeys", format!("{JWKS_FILE}: {}: {text}", entry.kid));
                    continue;
                }
            };
            match note.as_ref().map(|note| cosignature_of(note, &key, entry, &trust)) {
                Some(Ok(at)) => cosigned_at = cosigned_at.or(at),
                Some(Err(text)) => find("badCosignature", text),
                None => {}
            }
        }
        let chain =
            ChainVerifier::resume(range.terminal.clone(), trust, range.first_seq, range.prev.clone(), None)
                .demanding(range.profile);
        let mut verification = Self {
            range,
            chain,
            tree: range.pruned.clone(),
            note,
            note_root_seen: false,
            note_signed: false,
            cosigned_at,
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
    fn row(&mut self, compact: &str) -> bool {
        let place = self.chain.next_seq();
        // Whatever `at` claims, a covered row was there when the gateway cosigned.
        let covered = self.note.as_ref().is_some_and(|note| place < note.size);
        self.chain.judge_no_later_than(self.cosigned_at.filter(|_| covered));
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
        true
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
        }
    }

    fn try_note_key(&mut self) {
        let (Some(note), Some(key)) = (&self.note, self.chain.key()) else { return };
        match note.verify(&key.jwk) {
            Ok(()) => self.note_signed = true,
            Err(NoteError::NotSigned) => {}
            Err(error) => self.find(None, "badCheckpoint", error.to_string()),
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

    fn end(mut self) -> Report {
        let size = self.tree.size();
        let broken = !self.findings.is_empty();
        if !broken && size != self.range.next_seq {
            self.find(
                None,
                "truncated",
                format!("range.json tells of rows up to {}, {size} are here", self.range.next_seq),
            );
        }
        let mut pruned_past = false;
        if let Some(note) = self.note.clone() {
            if note.size > size && !broken {
                self.find(
                    None,
                    "truncated",
                    format!("the checkpoint covers {} rows, {size} are here", note.size),
                );
            }
            pruned_past = note.size < self.range.first_seq;
            let says_signed = note.signatures.iter().any(|line| line.name == note.origin);
            if !broken && !pruned_past && !self.note_signed && (says_signed || self.cosigned_at.is_none()) {
                self.find(None, "badCheckpoint", "no key of these rows has signed the checkpoint".into());
            }
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
            Some(note) if self.note_root_seen && self.cosigned_at.is_some() && self.findings.is_empty() => {
                note.size
            }
            Some(_) | None => self.range.first_seq,
        };
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
            terminal: self.range.terminal.clone(),
            first_seq: self.range.first_seq,
            rows: self.rows,
            sealed_rows: self.sealed_rows,
            unknown_kinds: self.unknown_kinds,
            cosigned_rows,
            uncosigned_tail,
            cosigned_at: self.cosigned_at,
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

/// The key of an entry, where entry and certificate agree.
fn key_of(entry: &JwkEntry) -> Result<PublicJwk, String> {
    use base64::Engine as _;
    let fields = serde_json::json!({"kty": entry.kty, "crv": entry.crv, "x": entry.x, "y": entry.y});
    let key: PublicJwk = serde_json::from_value(fields).map_err(|error| error.to_string())?;
    let leaf = entry.x5c.first().map(|leaf| base64::engine::general_purpose::STANDARD.decode(leaf));
    let Some(Ok(leaf)) = leaf else { return Err("x5c holds no certificate".into()) };
    let identity = trust::identity_of(&leaf).map_err(|error| error.to_string())?;
    if identity.jwk != key || entry.kid != key.thumbprint() {
        return Err("key, kid and certificate differ".into());
    }
    Ok(key)
}

/// Time of this key's cosignature; `None` when it has not cosigned.
fn cosignature_of(
    note: &Note,
    key: &PublicJwk,
    entry: &JwkEntry,
    trust: &Trust,
) -> Result<Option<UtcMillis>, String> {
    let at = match note.verify_cosignature(key) {
        Ok(at) => at,
        Err(NoteError::NotSigned) => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let identity = trust.verify_chain(&entry.x5c, at).map_err(|error| error.to_string())?;
    if identity.common_name != COSIGNER_COMMON_NAME {
        return Err(format!("{} has cosigned and is no cosigner", identity.common_name));
    }
    Ok(Some(at))
}
