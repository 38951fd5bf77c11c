//! Rows of a signature: made by a card, awaited from a phone, awaited no more.

use senim_domain::{LoanId, SignatureId, UtcMillis};
use serde::{Deserialize, Serialize};

use crate::signature::SignaturePurpose;

/// The client's card signed. Sealed: [`crate::attachment::CardSignature`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardSignatureMade {
    /// Its identity, born here.
    pub signature: SignatureId,
    /// What for.
    pub purpose: SignaturePurpose,
    /// The loan it belongs to, where there is one.
    pub loan: Option<LoanId>,
    /// SHA-256 of exactly the bytes shown, base64url.
    pub document_sha256: String,
    /// The moment in the signed attributes; with certificate and document it makes them again.
    pub signed_at: UtcMillis,
}

/// The code is on the screen; the answer to this row is the verdict on what the phone brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureAwaited {
    /// Which.
    pub signature: SignatureId,
}

/// Nobody waits for the phone any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureCancelled {
    /// Which.
    pub signature: SignatureId,
    /// Why, a code: `cancelled`, `left`, `renewed`.
    pub reason: String,
}
