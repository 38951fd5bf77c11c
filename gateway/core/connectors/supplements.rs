//! Changes of a contract: what core lending offers its client, what became of it, and what a client asks for (R-060, B2.4).
//!
//! Core lending offers terms and never a document: the document is the gateway's, so that the terms that are read, reckoned
//! and signed are the same ones.

use senim_domain::loan::{Method, Term};
use senim_domain::rate::AnnualRate;
use senim_domain::supplement::{AmendedTerms, HardshipReason, SupplementKind, WishedRelief};
use senim_domain::{ChangeId, ClientId, LoanId, OperationId, SupplementId, UtcMillis};
use serde::{Deserialize, Serialize};

use super::ConnectorError;
use super::core_lending::not_offered;
use super::servicing::Instalment;

/// A supplement or restructuring that waits for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupplementOffer {
    /// Identity.
    pub supplement: SupplementId,
    /// Number for people, unique with the loan, 1 to 64 characters.
    pub number: String,
    /// The contract it belongs to.
    pub loan: LoanId,
    /// What it is.
    pub kind: SupplementKind,
    /// The terms from a day on.
    pub terms: AmendedTerms,
    /// It waits until then.
    pub expires: UtcMillis,
}

/// A supplement that the client concluded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplementConcluded {
    /// Which; concluded once.
    pub supplement: SupplementId,
    /// The contract.
    pub loan: LoanId,
    /// SHA-256 of the signed bytes, base64url.
    pub sha256: String,
    /// The row in which the client agreed; the same again changes nothing.
    pub operation: OperationId,
    /// The schedule that they signed; it takes the place of the former one.
    pub schedule: Vec<Instalment>,
}

/// A supplement that the client does not want.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplementDeclined {
    /// Which.
    pub supplement: SupplementId,
    /// The contract; it stays as it is.
    pub loan: LoanId,
    /// The row in which the client said so; the same again changes nothing.
    pub operation: OperationId,
}

/// A client asks for other terms, and is to be answered in writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestructuringAsked {
    /// The row in which they asked; the same again is no second request.
    pub operation: OperationId,
    /// Who.
    pub client: ClientId,
    /// Of which contract.
    pub loan: LoanId,
    /// Why they cannot pay as agreed.
    pub reason: HardshipReason,
    /// What they ask for.
    pub relief: WishedRelief,
    /// For how many months, where it is for some.
    pub months: Option<u16>,
    /// When.
    pub at: UtcMillis,
    /// Last day of the answer, `YYYY-MM-DD`.
    pub answer_by: String,
}

/// A change that core lending wants to make alone: the terms from then on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneSidedChange {
    /// Identity; judged once.
    pub change: ChangeId,
    /// The contract.
    pub loan: LoanId,
    /// Whose.
    pub client: ClientId,
    /// Nominal rate.
    pub annual_percent: AnnualRate,
    /// The whole term.
    pub term: Term,
    /// Way of repayment.
    pub method: Method,
    /// Since when.
    pub since: UtcMillis,
}

/// Whether a change by one side stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OneSidedVerdict {
    /// Only the rate, and downwards: the client is told.
    Taken,
    /// Anything else takes both sides (B2.4): the contract stays as it is.
    Refused,
}

/// What core lending does about changes of contracts; what it does not offer is not offered to anybody.
pub trait ContractChanges: Send + Sync {
    /// Supplements and restructurings that wait for the client.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn supplements(&self, client: ClientId) -> Result<Vec<SupplementOffer>, ConnectorError> {
        let _ = client;
        not_offered()
    }
    /// Enters a supplement as concluded; idempotent by its row.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn conclude_supplement(&self, concluded: &SupplementConcluded) -> Result<(), ConnectorError> {
        let _ = concluded;
        not_offered()
    }
    /// Takes a supplement back, as its client does not want it; idempotent by its row.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn decline_supplement(&self, declined: &SupplementDeclined) -> Result<(), ConnectorError> {
        let _ = declined;
        not_offered()
    }
    /// Takes a request for other terms; idempotent by its row.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn ask_restructuring(&self, asked: &RestructuringAsked) -> Result<(), ConnectorError> {
        let _ = asked;
        not_offered()
    }
    /// What core lending wants to change alone; what was listed before may be listed again.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn one_sided_changes(&self) -> Result<Vec<OneSidedChange>, ConnectorError> {
        not_offered()
    }
    /// Whether a change stands; the same again changes nothing.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn judge_one_sided(&self, change: ChangeId, verdict: OneSidedVerdict) -> Result<(), ConnectorError> {
        let _ = (change, verdict);
        not_offered()
    }
}
