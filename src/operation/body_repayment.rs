//! Rows of repayments: what is asked before, each note, and the end.

use senim_domain::acceptor_books::AcceptorBooks;
use senim_domain::cash::Denomination;
use senim_domain::location::Place;
use senim_domain::{ClientId, LoanId, OrderId, RepaymentId, Tiyn};
use serde::{Deserialize, Serialize};

use crate::body_values::{
    DenominationCount, EarlyWish, NoteDecision, NoteSource, RepaymentBasis, RepaymentResult,
};

/// A client who is logged in asks what is owed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DebtRequested {
    /// Who.
    pub client: ClientId,
}

/// Somebody names a contract to pay for. Sealed: [`crate::attachment::RepaymentNumber`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractNumberSubmitted {}

/// Notes may come now. Sealed where the contract was named by its number: [`crate::attachment::RepaymentNumber`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepaymentBegun {
    /// Its identity, born here.
    pub repayment: RepaymentId,
    /// The loan, where the gateway named it.
    pub loan: Option<LoanId>,
    /// How the payer named it.
    pub basis: RepaymentBasis,
    /// Not more than this is taken.
    pub limit_tiyn: Tiyn,
    /// What becomes of money above what is due.
    pub early: EarlyWish,
    /// Where the terminal is; none in rows of firmware that did not say it.
    pub place: Option<Place>,
}

/// A note waits in escrow, and what is done with it; STACK or RETURN may follow, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteEscrowed {
    /// The repayment; none for a note that came when none was open.
    pub repayment: Option<RepaymentId>,
    /// Number of the note in the repayment, from 1; 0 without one.
    pub note: u32,
    /// Face value.
    pub denomination: Denomination,
    /// What is done with it.
    pub decision: NoteDecision,
}

/// The note is in the stacker: its one credit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteStacked {
    /// The repayment.
    pub repayment: RepaymentId,
    /// Number of the note.
    pub note: u32,
    /// Face value.
    pub denomination: Denomination,
    /// What it rests on.
    pub source: NoteSource,
}

/// The note was given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteReturned {
    /// The repayment; none for a note that came when none was open.
    pub repayment: Option<RepaymentId>,
    /// Number of the note; 0 without a repayment.
    pub note: u32,
    /// Face value.
    pub denomination: Denomination,
}

/// Nobody knows where a note in escrow ended; the acceptor has it, or its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteInDoubt {
    /// The repayment.
    pub repayment: RepaymentId,
    /// Number of the note.
    pub note: u32,
    /// Face value.
    pub denomination: Denomination,
    /// What was to be done with it.
    pub decision: NoteDecision,
    /// The device's words, a technician's text.
    pub device_error: Option<String>,
}

/// A note in doubt was told of after its repayment had ended; in the stacker it is credited by this row, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteFoundLate {
    /// The repayment.
    pub repayment: RepaymentId,
    /// Its loan, where the gateway named it.
    pub loan: Option<LoanId>,
    /// Number of the note.
    pub note: u32,
    /// Face value.
    pub denomination: Denomination,
    /// In the stacker; else it was given back.
    pub in_stacker: bool,
}

/// The repayment has ended, once, for ever: what was taken is the payer's money at the MFO.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepaymentEnded {
    /// The repayment.
    pub repayment: RepaymentId,
    /// The loan, where the gateway named it.
    pub loan: Option<LoanId>,
    /// Notes credited.
    pub accepted: Vec<DenominationCount>,
    /// Their worth.
    pub amount_tiyn: Tiyn,
    /// Notes in doubt; not in the sum.
    pub in_doubt: Vec<DenominationCount>,
    /// What becomes of money above what is due.
    pub early: EarlyWish,
    /// Verdict.
    pub result: RepaymentResult,
    /// What ended it, a code, where it was not the payer.
    pub reason: Option<String>,
    /// Where the terminal is; none in rows of firmware that did not say it.
    pub place: Option<Place>,
}

/// A receipt of a repayment was given or could not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepaymentReceiptPrinted {
    /// The repayment it tells of.
    pub repayment: RepaymentId,
    /// Whether the printer confirmed the last row.
    pub printed: bool,
    /// SHA-256 of the raster, base64url.
    pub sha256: String,
}

/// The acceptor's stacker was emptied against a signed order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackerCollected {
    /// The order.
    pub order: OrderId,
    /// SHA-256 of the order message, base64url.
    pub order_sha256: String,
    /// What lay in it by the books.
    pub collected: Vec<DenominationCount>,
    /// The books after.
    pub books_after: AcceptorBooks,
}
