//! Rows of changes of a contract: what waits is asked for, a supplement is drafted, agreed to or declined, and help is asked for
//! by who cannot pay as agreed.

use senim_domain::{ClientId, LoanId, MessageId, SupplementId};
use serde::{Deserialize, Serialize};

/// A client who is logged in asks which changes of their contracts wait, and which contracts can be changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangesRequested {
    /// Who.
    pub client: ClientId,
}

/// The client wants to read a supplement that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupplementRequested {
    /// Who.
    pub client: ClientId,
    /// Whose contract.
    pub loan: LoanId,
    /// Which.
    pub supplement: SupplementId,
}

/// The client agreed to exactly these bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupplementAgreed {
    /// Who.
    pub client: ClientId,
    /// Which contract is changed.
    pub loan: LoanId,
    /// By what.
    pub supplement: SupplementId,
    /// SHA-256 of the supplement's bytes, base64url.
    pub supplement_sha256: String,
    /// The face check it rests on.
    pub face_check: MessageId,
}

/// The client does not want the supplement: the contract stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupplementDeclined {
    /// Who.
    pub client: ClientId,
    /// Of which contract.
    pub loan: LoanId,
    /// Which.
    pub supplement: SupplementId,
}

/// The client cannot pay as agreed and asks for other terms. Sealed: [`crate::attachment::RestructuringWish`]. The request's
/// identity is the row's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestructuringRequested {
    /// Who.
    pub client: ClientId,
    /// Of which contract.
    pub loan: LoanId,
}

/// How money goes back after a verdict wrote the debt off. Never in notes at a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RefundWay {
    /// To the client's own account, which the bank confirms.
    Account,
    /// At the MFO's cash desk, with a slip.
    CashDesk,
}

/// A client says how they want the money back that they paid under a contract that was written off. Sealed where it is
/// an account: [`crate::attachment::PayoutAccount`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundChosen {
    /// Who.
    pub client: ClientId,
    /// Of which contract.
    pub loan: LoanId,
    /// How.
    pub way: RefundWay,
    /// The face check it rests on.
    pub face_check: MessageId,
}
