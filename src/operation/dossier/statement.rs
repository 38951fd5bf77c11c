//! The gateway's statement and the proofs, as types.

use std::collections::BTreeMap;

use senim_domain::{LoanId, OperationId, TerminalId, UtcMillis};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `typ` of the statement.
pub const DOSSIER_TYP: &str = "senim-dossier+jws";
/// The statement: one compact JWS and a newline.
pub const STATEMENT_FILE: &str = "dossier.jws";
/// Rows, by terminal and number.
pub const OPERATIONS_FILE: &str = "operations.jsonl";
/// For each row, in the same order, where it stands in the cosigned tree.
pub const PROOFS_FILE: &str = "proofs.jsonl";
/// The keys that cosigned the notes.
pub const JWKS_FILE: &str = "jwks.json";
/// Where the notes are.
pub const NOTES_DIR: &str = "notes";

/// Name of a terminal's note.
#[must_use]
pub fn note_file(terminal: &TerminalId) -> String {
    format!("{NOTES_DIR}/{terminal}.note")
}

/// Name of an attachment: as it was sealed by the terminal.
#[must_use]
pub fn attachment_file(sha256: &str) -> String {
    format!("attachments/{sha256}.jwe")
}

/// The operation that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DossierSubject {
    /// Whose row.
    pub terminal: TerminalId,
    /// Its number.
    pub seq: u64,
    /// Its identity.
    pub op_id: OperationId,
}

/// What became of a sealed part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AttachmentState {
    /// It is in the dossier, sealed as it came.
    Present,
    /// The MFO does not hold it: erased at the end of its retention, or never received.
    Absent,
}

/// A sealed part of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DossierAttachment {
    /// Whose row.
    pub terminal: TerminalId,
    /// The row.
    pub seq: u64,
    /// As the row names it.
    pub sha256: String,
    /// What became of it.
    pub state: AttachmentState,
}

/// What the gateway says about its own part: it is the MFO's word, not a proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DossierStatement {
    /// 1.
    pub ver: u32,
    /// When it was made.
    pub at: UtcMillis,
    /// Who asked for it.
    pub person: String,
    /// Why.
    pub reason: String,
    /// About what.
    pub subject: DossierSubject,
    /// SHA-256 of every other file, base64url, by name.
    pub files: BTreeMap<String, String>,
    /// Sealed parts of the rows, in the order of the rows.
    pub attachments: Vec<DossierAttachment>,
    /// Loans that the rows speak of, as the gateway has decided about them.
    pub loans: Vec<Value>,
    /// Acts of staff about these loans and terminals.
    pub acts: Vec<Value>,
    /// Openings of these sealed parts.
    pub openings: Vec<Value>,
}

/// Where a row stands in the tree of its terminal's note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// Whose row.
    pub terminal: TerminalId,
    /// Its number: the leaf's index.
    pub seq: u64,
    /// Leaves of the tree.
    pub size: u64,
    /// Audit path of RFC 6962, the leaf's sibling first; standard base64.
    pub path: Vec<String>,
}

/// Folder with the lists of measures performed before contracts.
pub const MEASURES_DIR: &str = "measures/";

/// Name of a loan's list in a dossier: 1 for the conclusion, 2 for the confirmation.
#[must_use]
pub fn measures_file(loan: LoanId, number: usize) -> String {
    format!("{MEASURES_DIR}{loan}-{number}.jws")
}

/// Folder with the signed results of biometric checks.
pub const RESULTS_DIR: &str = "results/";

/// Name of the result of the check that a row was judged by.
#[must_use]
pub fn result_file(row: OperationId) -> String {
    format!("{RESULTS_DIR}{row}.jws")
}
