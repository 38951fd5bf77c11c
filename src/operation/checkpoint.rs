//! Checkpoints: C2SP signed notes over an RFC 6962 tree of the chain's rows (design section 4).
//!
//! Leaf i is the ASCII bytes of row i's compact JWS; the origin and the terminal's key name are `senim/<terminal>`.
//! - Terminal's line: signature type 0x02 of c2sp.org/signed-note. Key id = first 4 bytes of SHA-256 over the key's
//!   SubjectPublicKeyInfo; signature = ASN.1 DER ECDSA P-256 with SHA-256 over the note's text.
//! - Gateway's line, key name `senim-gateway`: the idea of c2sp.org/tlog-cosignature, for which no ECDSA type is
//!   assigned. Key id = first 4 bytes of SHA-256 over name, 0x0A, 0xFF, [`COSIGNATURE_TYPE`] and the
//!   SubjectPublicKeyInfo; signature = 8 bytes big-endian POSIX seconds, then DER over `cosignature/v1`, `time <s>` and
//!   the note's text, each line ended by a newline.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::{TerminalId, UtcMillis};
use serde::{Deserialize, Serialize};

use crate::canonical::MAX_INTEGER;
use crate::jws::{PublicJwk, sha256};
use crate::signer::{KeyError, Signer};
use crate::trust::Trust;

/// Key name of the gateway's cosignature.
pub const COSIGNER_NAME: &str = "senim-gateway";
/// What follows the byte 0xFF in the cosigner's key id.
pub const COSIGNATURE_TYPE: &str = "senim-ecdsa-p256-cosignature/v1";
/// Most signature lines that are read (the least that the specification allows).
pub const MAX_SIGNATURES: usize = 16;

/// Why a note or a tree is refused.
#[derive(Debug, thiserror::Error)]
pub enum NoteError {
    /// Not a checkpoint note.
    #[error("the checkpoint is not in the agreed form: {0}")]
    Form(&'static str),
    /// No line by this key.
    #[error("the checkpoint carries no signature of this key")]
    NotSigned,
    /// A line by this key that does not verify.
    #[error("a signature on the checkpoint is wrong")]
    BadSignature,
    /// The key store failed.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// The append-only part of an RFC 6962 tree: roots of its perfect subtrees, the largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RangeFields", into = "RangeFields")]
pub struct CompactRange {
    size: u64,
    hashes: Vec<[u8; 32]>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RangeFields {
    size: u64,
    hashes: Vec<String>,
}

impl From<CompactRange> for RangeFields {
    fn from(range: CompactRange) -> Self {
        Self { size: range.size, hashes: range.hashes.iter().map(|hash| STANDARD.encode(hash)).collect() }
    }
}

impl TryFrom<RangeFields> for CompactRange {
    type Error = NoteError;
    fn try_from(fields: RangeFields) -> Result<Self, NoteError> {
        let hashes = fields.hashes.iter().map(|hash| decode_hash(hash)).collect::<Result<Vec<_>, _>>()?;
        if fields.size > MAX_INTEGER || hashes.len() as u64 != u64::from(fields.size.count_ones()) {
            return Err(NoteError::Form("a compact range has one hash for each bit of its size"));
        }
        Ok(Self { size: fields.size, hashes })
    }
}

impl CompactRange {
    /// The empty tree.
    #[must_use]
    pub const fn new() -> Self {
        Self { size: 0, hashes: Vec::new() }
    }

    /// Leaves so far.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Root of the smallest perfect subtree: that of the last `2^n` leaves, where `2^n` is the lowest bit of the size.
    #[must_use]
    pub fn last_subtree(&self) -> Option<[u8; 32]> {
        self.hashes.last().copied()
    }

    /// Adds a leaf: the bytes of a compact JWS.
    pub fn append(&mut self, leaf: &[u8]) {
        let mut hash = hash_leaf(leaf);
        // A perfect subtree ends with each trailing one bit of the old size.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.hashes.pop() {
                hash = hash_node(&left, &hash);
            }
        }
        self.hashes.push(hash);
        self.size = self.size.saturating_add(1);
    }

    /// The root; of the empty tree the hash of nothing.
    #[must_use]
    pub fn root(&self) -> [u8; 32] {
        let mut smallest_first = self.hashes.iter().rev();
        match smallest_first.next() {
            None => sha256(b""),
            Some(first) => smallest_first.fold(*first, |right, left| hash_node(left, &right)),
        }
    }
}

/// Hash of a leaf (RFC 6962).
#[must_use]
pub fn hash_leaf(leaf: &[u8]) -> [u8; 32] {
    let mut bytes = Vec::with_capacity(leaf.len().saturating_add(1));
    bytes.push(0);
    bytes.extend_from_slice(leaf);
    sha256(&bytes)
}

/// Hash of a node (RFC 6962).
#[must_use]
pub fn hash_node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    let mut bytes = Vec::with_capacity(65);
    bytes.push(1);
    bytes.extend_from_slice(left);
    bytes.extend_from_slice(right);
    sha256(&bytes)
}

/// The root that an audit path leads to (RFC 9162 section 2.1.3.2), leaf's sibling first; `None` when the path does not
/// fit a tree of this size.
#[must_use]
pub fn root_by_path(leaf: &[u8], index: u64, size: u64, path: &[[u8; 32]]) -> Option<[u8; 32]> {
    let (mut node, mut index, mut last) = (hash_leaf(leaf), index, size.checked_sub(1)?);
    if index > last {
        return None;
    }
    for other in path {
        if last == 0 {
            return None;
        }
        if index & 1 == 1 || index == last {
            node = hash_node(other, &node);
            while index & 1 == 0 && index != 0 {
                (index, last) = (index >> 1, last >> 1);
            }
        } else {
            node = hash_node(&node, other);
        }
        (index, last) = (index >> 1, last >> 1);
    }
    (last == 0).then_some(node)
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    /// Key name.
    pub name: String,
    /// Key id.
    pub key_id: [u8; 4],
    /// What follows the key id.
    pub signature: Vec<u8>,
}

/// A checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// `senim/<terminal>`.
    pub origin: String,
    /// Leaves of the tree.
    pub size: u64,
    /// Root of the tree.
    pub root: [u8; 32],
    /// Signature lines in their order.
    pub signatures: Vec<NoteSignature>,
}

impl Note {
    /// A note without signatures.
    #[must_use]
    pub fn new(terminal: &TerminalId, size: u64, root: [u8; 32]) -> Self {
        Self { origin: format!("senim/{terminal}"), size, root, signatures: Vec::new() }
    }

    /// The terminal it speaks of.
    ///
    /// # Errors
    /// [`NoteError::Form`].
    pub fn terminal(&self) -> Result<TerminalId, NoteError> {
        let name = self
            .origin
            .strip_prefix("senim/")
            .ok_or(NoteError::Form("the origin is not senim/<terminal>"))?;
        name.parse().map_err(|_| NoteError::Form("the origin names no terminal"))
    }

    /// What is signed: three lines.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// Adds the terminal's signature by its journal key.
    ///
    /// # Errors
    /// [`NoteError::Key`].
    pub fn sign(&mut self, signer: &dyn Signer) -> Result<(), NoteError> {
        let signature = der_from_raw(&signer.sign(self.text().as_bytes())?);
        let key_id = terminal_key_id(&signer.public_jwk());
        self.signatures.push(NoteSignature { name: self.origin.clone(), key_id, signature });
        Ok(())
    }

    /// Verifies the terminal's signature by this journal key.
    ///
    /// # Errors
    /// [`NoteError::NotSigned`], [`NoteError::BadSignature`].
    pub fn verify(&self, key: &PublicJwk, trust: &Trust) -> Result<(), NoteError> {
        let line = self.line(&self.origin, terminal_key_id(key))?;
        verify_der(trust, key, self.text().as_bytes(), &line.signature)
    }

    /// Adds the gateway's cosignature: at this moment it holds exactly this tree.
    ///
    /// # Errors
    /// [`NoteError::Key`]; [`NoteError::Form`] before 1970.
    pub fn cosign(&mut self, signer: &dyn Signer, at: UtcMillis) -> Result<(), NoteError> {
        let seconds =
            u64::try_from(at.0.div_euclid(1000)).map_err(|_| NoteError::Form("cosigned before 1970"))?;
        let mut signature = seconds.to_be_bytes().to_vec();
        signature.extend(der_from_raw(&signer.sign(self.cosigned_text(seconds).as_bytes())?));
        let key_id = cosigner_key_id(&signer.public_jwk());
        self.signatures.push(NoteSignature { name: COSIGNER_NAME.to_owned(), key_id, signature });
        Ok(())
    }

    /// Verifies the gateway's cosignature by this key and gives its time, to the second.
    ///
    /// # Errors
    /// [`NoteError::NotSigned`], [`NoteError::BadSignature`].
    pub fn verify_cosignature(&self, key: &PublicJwk, trust: &Trust) -> Result<UtcMillis, NoteError> {
        let line = self.line(COSIGNER_NAME, cosigner_key_id(key))?;
        let (time, signature) = line.signature.split_first_chunk().ok_or(NoteError::BadSignature)?;
        let seconds = u64::from_be_bytes(*time);
        verify_der(trust, key, self.cosigned_text(seconds).as_bytes(), signature)?;
        i64::try_from(seconds)
            .ok()
            .and_then(|seconds| seconds.checked_mul(1000))
            .map(UtcMillis)
            .ok_or(NoteError::Form("cosigned beyond the calendar"))
    }

    /// When the gateway cosigned, by its own clock; nothing is verified. `None` without a cosignature.
    #[must_use]
    pub fn cosigned_at(&self) -> Option<UtcMillis> {
        let line = self.signatures.iter().find(|line| line.name == COSIGNER_NAME)?;
        let seconds = u64::from_be_bytes(*line.signature.first_chunk()?);
        i64::try_from(seconds).ok()?.checked_mul(1000).map(UtcMillis)
    }

    fn cosigned_text(&self, seconds: u64) -> String {
        format!("cosignature/v1\ntime {seconds}\n{}", self.text())
    }

    fn line(&self, name: &str, key_id: [u8; 4]) -> Result<&NoteSignature, NoteError> {
        self.signatures
            .iter()
            .find(|line| line.name == name && line.key_id == key_id)
            .ok_or(NoteError::NotSigned)
    }

    /// Reads a note; nothing is verified.
    ///
    /// # Errors
    /// [`NoteError::Form`].
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        if note.chars().any(|c| c < ' ' && c != '\n') {
            return Err(NoteError::Form("control characters"));
        }
        let (text, lines) =
            note.rsplit_once("\n\n").ok_or(NoteError::Form("no blank line before the signatures"))?;
        let [origin, size, root] = text
            .split('\n')
            .collect::<Vec<_>>()
            .try_into()
            .map_err(|_| NoteError::Form("the text does not have exactly three lines"))?;
        if origin.is_empty() {
            return Err(NoteError::Form("the origin is empty"));
        }
        let number: u64 = size.parse().map_err(|_| NoteError::Form("the size is not a number"))?;
        if number > MAX_INTEGER || number.to_string() != size {
            return Err(NoteError::Form("the size is not in its shortest form"));
        }
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Form("the last line does not end"))?;
        let signatures = lines.split('\n').map(parse_line).collect::<Result<Vec<_>, _>>()?;
        if signatures.len() > MAX_SIGNATURES {
            return Err(NoteError::Form("more than 16 signatures"));
        }
        Ok(Self { origin: origin.to_owned(), size: number, root: decode_hash(root)?, signatures })
    }
}

/// The note as it is stored and sent.
impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.text())?;
        for line in &self.signatures {
            let mut bytes = line.key_id.to_vec();
            bytes.extend_from_slice(&line.signature);
            writeln!(f, "\u{2014} {} {}", line.name, STANDARD.encode(bytes))?;
        }
        Ok(())
    }
}

fn parse_line(line: &str) -> Result<NoteSignature, NoteError> {
    let bad = NoteError::Form("a signature line is not `— name base64`");
    let Some((name, bytes)) = line.strip_prefix("\u{2014} ").and_then(|rest| rest.split_once(' ')) else {
        return Err(bad);
    };
    if name.is_empty() || name.chars().any(|c| c.is_whitespace() || c == '+') {
        return Err(bad);
    }
    let bytes = STANDARD.decode(bytes).map_err(|_| NoteError::Form("a signature is not base64"))?;
    let (key_id, signature) = bytes.split_first_chunk().ok_or(NoteError::Form("a signature is too short"))?;
    Ok(NoteSignature { name: name.to_owned(), key_id: *key_id, signature: signature.to_vec() })
}

/// Reads a root as notes write it: standard base64 of 32 bytes.
///
/// # Errors
/// [`NoteError::Form`].
pub fn decode_hash(text: &str) -> Result<[u8; 32], NoteError> {
    let bytes = STANDARD.decode(text).map_err(|_| NoteError::Form("a hash is not base64"))?;
    bytes.try_into().map_err(|_| NoteError::Form("a hash does not have 32 bytes"))
}

/// Key id of a terminal's line (signature type 0x02).
#[must_use]
pub fn terminal_key_id(key: &PublicJwk) -> [u8; 4] {
    first_four(&sha256(&key.spki_der()))
}

/// Key id of the gateway's line.
#[must_use]
pub fn cosigner_key_id(key: &PublicJwk) -> [u8; 4] {
    let mut bytes = COSIGNER_NAME.as_bytes().to_vec();
    bytes.extend_from_slice(b"\n\xff");
    bytes.extend_from_slice(COSIGNATURE_TYPE.as_bytes());
    bytes.extend_from_slice(&key.spki_der());
    first_four(&sha256(&bytes))
}

fn first_four(hash: &[u8; 32]) -> [u8; 4] {
    hash.first_chunk().copied().unwrap_or_default()
}

fn verify_der(trust: &Trust, key: &PublicJwk, message: &[u8], der: &[u8]) -> Result<(), NoteError> {
    let raw = raw_from_der(der).ok_or(NoteError::BadSignature)?;
    trust.verify_raw(key, message, &raw).map_err(|_| NoteError::BadSignature)
}

/// `SEQUENCE { INTEGER r, INTEGER s }` of an r‖s signature, at most 72 bytes.
fn der_from_raw(raw: &[u8; 64]) -> Vec<u8> {
    let mut content = Vec::with_capacity(70);
    for half in raw.chunks(32) {
        let first = half.iter().position(|byte| *byte != 0).unwrap_or(31);
        let digits = half.get(first..).unwrap_or_default();
        let padded = digits.first().is_some_and(|byte| *byte >= 0x80);
        content.push(0x02);
        // At most 33: fits the short form.
        content.push(u8::try_from(digits.len()).unwrap_or(32) + u8::from(padded));
        if padded {
            content.push(0);
        }
        content.extend_from_slice(digits);
    }
    let mut der = vec![0x30, u8::try_from(content.len()).unwrap_or(70)];
    der.extend(content);
    der
}

/// The one DER spelling only: whatever this returns is written back and compared.
fn raw_from_der(der: &[u8]) -> Option<[u8; 64]> {
    let content = der.strip_prefix(&[0x30])?;
    let mut rest = content.get(1..)?;
    let mut raw = [0; 64];
    for half in raw.chunks_mut(32) {
        let length = usize::from(*rest.strip_prefix(&[0x02])?.first()?);
        let number = rest.get(2..length.checked_add(2)?)?;
        rest = rest.get(length.checked_add(2)?..)?;
        let digits = number.strip_prefix(&[0]).unwrap_or(number);
        let start = half.len().checked_sub(digits.len())?;
        half.get_mut(start..)?.copy_from_slice(digits);
    }
    (der_from_raw(&raw) == der).then_some(raw)
}
