//! What messages say of debts and of what money was used for.

use senim_domain::{LoanId, Secret, Tiyn};
use serde::{Deserialize, Serialize};

use crate::message::expose_on_the_wire;

/// A contract with a debt, as of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractDebt {
    /// The loan.
    pub loan: LoanId,
    /// Number for people.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub number: Secret,
    /// How it stands.
    pub standing: DebtStanding,
    /// Since when, `YYYY-MM-DD`, where it does not simply run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// The day, `YYYY-MM-DD`.
    pub on: String,
    /// Principal not yet returned.
    pub principal_tiyn: Tiyn,
    /// Interest accrued and unpaid.
    pub interest_tiyn: Tiyn,
    /// Fines and late charges.
    pub penalty_tiyn: Tiyn,
    /// The three together: what ends the loan today.
    pub total_tiyn: Tiyn,
    /// What of it is due today or late.
    pub due_tiyn: Tiyn,
    /// The next due day, `YYYY-MM-DD`.
    pub next_date: Option<String>,
    /// What is due then.
    pub next_tiyn: Tiyn,
    /// Interest for a time of suspension, within `interest_tiyn`.
    pub suspension_interest_tiyn: Tiyn,
}

/// How a contract with a debt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DebtStanding {
    /// It runs.
    Running,
    /// Interest and collection are suspended: nobody demands a payment.
    Suspended,
    /// Written off by a verdict: nothing is taken for it.
    WrittenOff,
}

/// What a repayment was used for; the parts sum up to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Booking {
    /// Principal.
    pub principal_tiyn: Tiyn,
    /// Interest.
    pub interest_tiyn: Tiyn,
    /// Penalty.
    pub penalty_tiyn: Tiyn,
    /// Waits for the next due day.
    pub held_tiyn: Tiyn,
    /// Above everything owed: the client's, returned by transfer or at the cash desk.
    pub overpaid_tiyn: Tiyn,
    /// Nothing is owed any more.
    pub closed: bool,
    /// What is left; only to the client who is logged in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<Rest>,
}

/// What is left to pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rest {
    /// All of it, today.
    pub total_tiyn: Tiyn,
    /// The next due day, `YYYY-MM-DD`.
    pub next_date: Option<String>,
    /// What is due then.
    pub next_tiyn: Tiyn,
}

/// Why nothing can be paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RepaymentRefusal {
    /// No contract has this number.
    UnknownNumber,
    /// The contract takes no payment.
    NotPayable,
    /// Too many numbers in one visit.
    TooMany,
    /// A service behind the MFO does not answer.
    TryLater,
}
