//! The files of an export: `range.json` and `jwks.json` as types, each with one spelling.
//!
//! Decides how the files are written. A file that says the same in other bytes is refused, so that whoever finds a byte
//! changed has found a tampering.

use senim_domain::TerminalId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::checkpoint::{self, CompactRange, NoteError};
use crate::envelope::Profile;
use crate::jws::PublicJwk;

/// Rows, one compact JWS a line.
pub const OPERATIONS_FILE: &str = "operations.jsonl";
/// The latest checkpoint; absent while there is none.
pub const CHECKPOINT_FILE: &str = "checkpoint.note";
/// Identity and gateway keys with their certificates.
pub const JWKS_FILE: &str = "jwks.json";
/// Which rows these are, and the tree of those that were pruned.
pub const RANGE_FILE: &str = "range.json";

/// Folder of sealed attachments, only in exports for `senim-gateway import` and in a terminal's second copy.
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

/// A small file of an export as it is written: JSON with two spaces of indentation, fields in the order of the type, a
/// newline at the end.
///
/// # Errors
/// Only if the value cannot be written as JSON, which [`ExportRange`] and [`JwkSet`] exclude.
pub fn write_file<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    Ok(text)
}

/// Reads such a file; anything that [`write_file`] would not have written is refused.
pub(crate) fn read_file<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let value: T = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let written = write_file(&value).map_err(|error| error.to_string())?;
    if written.as_bytes() == bytes {
        Ok(value)
    } else {
        Err("it is not written in the one agreed way (two spaces, order of the schema, a newline at the end)"
            .into())
    }
}
