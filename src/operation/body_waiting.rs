//! Rows of a microcredit that waits between its contract and its payout (B6): confirmed later, or taken back.

use senim_domain::{ClientId, LoanId, MessageId};
use serde::{Deserialize, Serialize};

/// A client asks to confirm a microcredit that waits for its payout (B6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmationRequested {
    /// Which.
    pub loan: LoanId,
}

/// The client confirms the microcredit with the schedule that begins on the day of its payout (B6, R-066).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoanConfirmed {
    /// Which.
    pub loan: LoanId,
    /// The message that carried the schedule.
    pub offer: MessageId,
    /// SHA-256 of that message, base64url.
    pub offer_sha256: String,
    /// The face check that it rests on.
    pub face_check: MessageId,
}

/// The client takes the contract back before any money (B6). It counts from this row on, whenever the MFO learns of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoanCancelled {
    /// Which.
    pub loan: LoanId,
    /// Whose.
    pub client: ClientId,
}
