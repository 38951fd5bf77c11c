//! What is kept of a signature: who was asked for what, how it ended, and, where it counts, CMS and evidence, sealed.

use senim_domain::{ClientId, LoanId, OperationId, SessionId, SignatureId, TerminalId, UtcMillis};
use senim_operation::signature::{SignaturePurpose, SignatureRefusal};
use serde::{Deserialize, Serialize};

use crate::error::GatewayError;
use crate::store::{self, Change, Collection, Expect};

/// A signature from the moment it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureRecord {
    /// What for.
    pub purpose: SignaturePurpose,
    /// The loan it belongs to.
    pub loan: Option<LoanId>,
    /// SHA-256 of the document, base64url.
    pub document_sha256: String,
    /// Where it was asked for.
    pub terminal: TerminalId,
    /// In which visit.
    pub session: SessionId,
    /// Whose it should be, where the person is known as a client.
    pub client: Option<ClientId>,
    /// The attachment that holds the IIN that the certificate has to name.
    pub iin_attachment: String,
    /// The row that asked.
    pub op_id: OperationId,
    /// When.
    pub asked: UtcMillis,
    /// How it stands.
    pub state: SignatureState,
}

/// How a signature stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum SignatureState {
    /// A phone is waited for.
    Open {
        /// The QR service's name for it.
        operation: String,
        /// When the code ends.
        expires: UtcMillis,
    },
    /// It counts.
    Accepted(Box<Accepted>),
    /// It does not.
    Refused(Refused),
    /// Nobody waits for it.
    Cancelled {
        /// Why, a code.
        reason: String,
        /// When.
        at: UtcMillis,
    },
    /// It came when nobody waited any more: not kept.
    Dropped {
        /// SHA-256 of what came, base64url.
        cms_sha256: String,
        /// When.
        at: UtcMillis,
    },
}

/// A signature that counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// SHA-256 of the CMS, base64url.
    pub cms_sha256: String,
    /// The stamped moment.
    pub signed_at: UtcMillis,
    /// When it was judged.
    pub at: UtcMillis,
    /// `rsa`, `ecdsa` or `gost`.
    pub algorithm: String,
    /// SHA-256 of the signer's certificate, base64url.
    pub certificate_sha256: String,
    /// CMS in base64, sealed under the document's key; empty: erased.
    pub cms_sealed: String,
    /// What the verdict rests on, sealed likewise.
    pub evidence_sealed: String,
}

/// A signature that does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// A code of [`senim_eds::Refusal`], or `declined`, `expired`, `unavailable`.
    pub code: String,
    /// What the person is told.
    pub told: SignatureRefusal,
    /// When.
    pub at: UtcMillis,
}

impl Refused {
    /// Whether another attempt in the same visit makes sense.
    pub(crate) fn may_retry(&self) -> bool {
        self.told != SignatureRefusal::NotOffered
    }
}

impl SignatureState {
    /// Before anything is known; never stored.
    pub(crate) fn unknown() -> Self {
        Self::Cancelled { reason: String::new(), at: UtcMillis(0) }
    }
}

impl SignatureRecord {
    pub(crate) fn is_of(&self, terminal: &TerminalId, session: SessionId) -> bool {
        self.terminal == *terminal && self.session == session
    }
}

/// The one signature that a visit waits for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OpenSignature {
    pub(crate) signature: SignatureId,
}

pub(crate) fn open_key(terminal: &TerminalId, session: SessionId) -> String {
    format!("{terminal}/{session}")
}

/// Name of a signature in the archive; no terminal's name contains a second stroke before it.
pub(crate) fn document_of(signature: SignatureId) -> String {
    format!("signature//{signature}")
}

/// The index by which a loan's signatures are found.
pub(crate) fn by_loan(loan: Option<LoanId>, signature: SignatureId) -> Result<Option<Change>, GatewayError> {
    let Some(loan) = loan else { return Ok(None) };
    let key = format!("{loan}/{signature}");
    Ok(Some(store::put(Collection::LoanSignature, &key, Expect::Any, &())?))
}
