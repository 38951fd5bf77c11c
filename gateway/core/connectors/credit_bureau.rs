//! A credit bureau: what a person owes elsewhere and whether they refused loans (R-057, B5, B7, B18).

use senim_domain::{OperationId, Secret, Tiyn, UtcMillis};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ConnectorError;

/// The rows in which the person agreed; both belong to the dossier (B18).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BureauConsents {
    /// To giving data to the bureau.
    pub give: OperationId,
    /// To receiving the report.
    pub receive: OperationId,
}

/// A request for a report.
#[derive(Clone, Debug)]
pub struct ReportRequest {
    /// Identity given by the gateway; a fresh one for each fresh report, the same again answers the same report.
    pub number: Uuid,
    /// About whom.
    pub iin: Secret,
    /// With which consents.
    pub consents: BureauConsents,
}

/// A voluntary refusal from loans (B7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoluntaryRefusal {
    /// Whether it is set.
    pub set: bool,
    /// When the bureau looked.
    pub checked: UtcMillis,
}

/// Kind of lender: other days of arrears are tolerated (B5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LenderKind {
    /// A bank.
    Bank,
    /// A microfinance organisation.
    Microfinance,
}

/// A loan elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BureauLoan {
    /// Whose.
    pub lender: LenderKind,
    /// Owed.
    pub balance_tiyn: Tiyn,
    /// Paid monthly; a card's limit counts even where it is not used (B5).
    pub monthly_tiyn: Tiyn,
    /// Days in arrears now.
    pub overdue_days: u32,
}

/// A report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditReport {
    /// Its number.
    pub report_id: String,
    /// Refusal, with the time of looking.
    pub refusal: VoluntaryRefusal,
    /// Open loans.
    pub loans: Vec<BureauLoan>,
    /// Confirmed income of a month, mean of six (B5); `None`: unknown, and no division.
    pub monthly_income_tiyn: Option<Tiyn>,
    /// Longest arrears of the last twelve months in days.
    pub worst_overdue_days: u32,
    /// Day of the last forgiven debt, `YYYY-MM-DD`.
    pub forgiven: Option<String>,
    /// Whether a restructured loan is in arrears again.
    pub overdue_after_restructuring: bool,
    /// Whether the person is registered as an active gambler (B5: lower limit).
    pub gambler: bool,
}

impl CreditReport {
    /// What is paid for loans each month; `None`: more than can be held.
    #[must_use]
    pub fn monthly_payments(&self) -> Option<Tiyn> {
        self.loans.iter().try_fold(Tiyn::ZERO, |sum, loan| sum.plus(loan.monthly_tiyn).ok())
    }
}

/// The bureau.
pub trait CreditBureau: Send + Sync {
    /// A report.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn report(&self, request: &ReportRequest) -> Result<CreditReport, ConnectorError>;
}
