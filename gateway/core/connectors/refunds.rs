//! Money that goes back to a client after a verdict wrote their debt off: what is due, and how they want it.

use senim_domain::{ClientId, LoanId, OperationId, Tiyn};

use super::ConnectorError;
use super::bank::Account;
use super::core_lending::not_offered;
use super::servicing::CashDeskOrder;

/// How money goes back. Never in notes at a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundTo {
    /// To the client's own account, confirmed by the bank.
    Account {
        /// Which.
        account: Account,
        /// The bank's report that it is theirs.
        report_id: String,
    },
    /// At the MFO's cash desk.
    CashDesk,
}

/// How a client wants their money back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundChoice {
    /// The row that says so; the same again changes nothing.
    pub operation: OperationId,
    /// Whose.
    pub client: ClientId,
    /// Of which contract.
    pub loan: LoanId,
    /// How.
    pub to: RefundTo,
}

/// What core lending does about refunds.
pub trait Refunds: Send + Sync {
    /// What has to go back to the client of a contract that was written off; zero: nothing, or they have chosen already.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn refund_due(&self, loan: LoanId) -> Result<Tiyn, ConnectorError> {
        let _ = loan;
        not_offered()
    }
    /// How the client wants it; idempotent by its row. Answers the order at the cash desk, where they want it there.
    ///
    /// # Errors
    /// [`ConnectorError`]; `refund_conflict`: they have chosen already.
    fn choose_refund(&self, choice: &RefundChoice) -> Result<Option<CashDeskOrder>, ConnectorError> {
        let _ = choice;
        not_offered()
    }
}
