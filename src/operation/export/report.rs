//! What verification of an export says.

use senim_domain::{TerminalId, UtcMillis};
use serde::Serialize;

use super::verify::encode_root;
use crate::checkpoint::CompactRange;
use crate::jws::GENESIS_PREV;

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
    /// Whose rows; `null` when `range.json` cannot be read.
    pub terminal: Option<TerminalId>,
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

impl Report {
    /// A small file is not in the agreed form, so that no row was looked at.
    pub(super) fn unreadable(code: &'static str, text: String) -> Self {
        Self {
            terminal: None,
            first_seq: 0,
            rows: 0,
            sealed_rows: 0,
            unknown_kinds: 0,
            cosigned_rows: 0,
            uncosigned_tail: 0,
            cosigned_at: None,
            head: GENESIS_PREV.to_owned(),
            size: 0,
            root: encode_root(&CompactRange::new().root()),
            result: ExportResult::Finding,
            findings: vec![Finding { seq: None, code, text }],
        }
    }
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
    /// A file of a dossier cannot be read.
    #[error("{file} cannot be read: {source}")]
    DossierIo {
        /// Which.
        file: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}
