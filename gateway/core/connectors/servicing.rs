//! What core lending knows of a running loan: standing, schedule, debt, repayments, letters.

use senim_domain::{ClientId, LoanId, OperationId, Secret, TerminalId, Tiyn, UtcMillis};
use serde::{Deserialize, Serialize};

/// How a contract stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "standing")]
pub enum ContractStanding {
    /// Agreed, no money yet.
    Agreed,
    /// Money was given and is owed.
    Running,
    /// Nothing is owed.
    Closed,
    /// Taken back before any money.
    Cancelled,
    /// Interest and collection rest on an act under art. 200 or 71 of the Criminal Procedure Code.
    Suspended {
        /// Since when.
        since: UtcMillis,
        /// `article200` or `article71`.
        ground: String,
    },
    /// Written off by a verdict.
    WrittenOff {
        /// When.
        at: UtcMillis,
    },
}

/// A contract in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractSummary {
    /// Identity.
    pub loan: LoanId,
    /// Whose.
    pub client: ClientId,
    /// Number for people.
    pub number: String,
    /// Sum.
    pub principal_tiyn: Tiyn,
    /// Day of payout, `YYYY-MM-DD`.
    pub issued: String,
    /// SHA-256 of the contract's bytes, base64url.
    pub contract_sha256: String,
    /// How it stands.
    pub standing: ContractStanding,
}

/// One instalment of the schedule in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instalment {
    /// From 1.
    pub no: u32,
    /// Due day, `YYYY-MM-DD`.
    pub date: String,
    /// Principal.
    pub principal_tiyn: Tiyn,
    /// Interest.
    pub interest_tiyn: Tiyn,
    /// What of it was paid.
    pub paid_tiyn: Tiyn,
}

/// What is owed on a day, by parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Debt {
    /// The loan.
    pub loan: LoanId,
    /// The day, `YYYY-MM-DD`.
    pub on: String,
    /// Principal not yet returned.
    pub principal_tiyn: Tiyn,
    /// Interest accrued and unpaid.
    pub interest_tiyn: Tiyn,
    /// Fines and late charges.
    pub penalty_tiyn: Tiyn,
    /// What of these is due on the day or before.
    pub due_tiyn: Tiyn,
    /// The next due day after it, `YYYY-MM-DD`.
    pub next_date: Option<String>,
    /// What is due then.
    pub next_tiyn: Tiyn,
    /// Days in arrears.
    pub overdue_days: u32,
    /// Interest for a time of suspension, in `interest_tiyn`.
    pub suspension_interest_tiyn: Tiyn,
}

/// What becomes of money above what is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EarlyChoice {
    /// It waits for the next due day.
    Hold,
    /// It returns principal at once; instalments become smaller.
    SmallerPayments,
    /// It returns principal at once; the term becomes shorter.
    ShorterTerm,
}

/// Money that came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repayment {
    /// The row that credits it; the same again is no second repayment.
    pub operation: OperationId,
    /// For which loan.
    pub loan: LoanId,
    /// Sum.
    pub amount_tiyn: Tiyn,
    /// When it was given; it counts for this moment.
    pub at: UtcMillis,
    /// Where.
    pub terminal: TerminalId,
    /// What the payer wants of money above what is due.
    pub early: EarlyChoice,
}

/// What a repayment was used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// Penalty.
    pub penalty_tiyn: Tiyn,
    /// Interest.
    pub interest_tiyn: Tiyn,
    /// Principal.
    pub principal_tiyn: Tiyn,
    /// Waiting for the next due day.
    pub held_tiyn: Tiyn,
    /// Above everything owed: the payer's, returned by transfer or cash desk.
    pub overpaid_tiyn: Tiyn,
}

/// What a repayment did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepaymentOutcome {
    /// The repayment.
    pub operation: OperationId,
    /// What it was used for; sums up to the amount.
    pub allocation: Allocation,
    /// The debt after it.
    pub debt: Debt,
    /// Whether nothing is owed any more.
    pub closed: bool,
}

/// Money whose contract nobody knows, to be traced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unallocated {
    /// The row that took it.
    pub operation: OperationId,
    /// What was typed as the contract's number.
    pub number: String,
    /// Sum.
    pub amount_tiyn: Tiyn,
    /// When.
    pub at: UtcMillis,
    /// Where.
    pub terminal: TerminalId,
}

/// A payment made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentMade {
    /// Day, `YYYY-MM-DD`.
    pub date: String,
    /// Sum.
    pub amount_tiyn: Tiyn,
    /// What it was used for.
    pub allocation: Allocation,
    /// `terminal`, `transfer` or `cashDesk`.
    pub way: String,
}

/// Where the MFO is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requisites {
    /// The MFO's name.
    pub name: String,
    /// Its BIN.
    pub bin: String,
    /// Its account.
    pub iban: String,
    /// The bank's name.
    pub bank: String,
    /// The bank's BIC.
    pub bic: String,
    /// Code of the payment's purpose (КНП).
    pub purpose_code: String,
}

/// What became of an order at the cash desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CashDeskState {
    /// It waits.
    Waiting,
    /// The client has the money.
    Paid,
    /// Its last day is over, or it was taken back: nobody gets money for it any more.
    Lapsed,
}

/// Cash waiting at the desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CashDeskOrder {
    /// Number for people, without an IIN.
    pub number: String,
    /// Last day, `YYYY-MM-DD`.
    pub until: String,
    /// Where the desk is.
    pub address: String,
}

/// A letter between client and MFO.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CabinetMessage {
    /// Identity given by the sender, a UUID.
    pub message: OperationId,
    /// Whether it comes from the client.
    pub from_client: bool,
    /// When.
    pub at: UtcMillis,
    /// What it is about.
    pub subject: Secret,
    /// The text.
    pub text: Secret,
}
