//! The hook before a contract and before a payout (B19).

use senim_domain::{ClientId, LoanId, TerminalId, Tiyn, UtcMillis};
use serde::{Deserialize, Serialize};

use super::ConnectorError;

/// When it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Occasion {
    /// Before the contract.
    Contract,
    /// Before money is given.
    Payout,
}

/// What it is told: nothing that names a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FraudFacts {
    /// When.
    pub occasion: Occasion,
    /// Who.
    pub client: ClientId,
    /// Which loan.
    pub loan: LoanId,
    /// Sum.
    pub amount_tiyn: Tiyn,
    /// Where.
    pub terminal: TerminalId,
    /// At what moment.
    pub at: UtcMillis,
    /// Whether the client said that somebody on the phone tells them to do this.
    pub instructed_by_phone: bool,
}

/// What it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FraudVerdict {
    /// Go on.
    Proceed,
    /// Not now: staff look at it first.
    Hold,
    /// Not at all.
    Stop,
}

/// Verdict and report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FraudFinding {
    /// What it says.
    pub verdict: FraudVerdict,
    /// The report's number.
    pub report_id: String,
}

/// The hook.
pub trait AntiFraud: Send + Sync {
    /// Judges.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn judge(&self, facts: &FraudFacts) -> Result<FraudFinding, ConnectorError>;
}
