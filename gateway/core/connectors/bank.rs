//! The MFO's bank: whose an account is, and money from the MFO's account to it.

use senim_domain::{LoanId, Secret, Tiyn};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ConnectorError;

/// Where money can go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// An account; the check digits were verified before.
    Iban(Secret),
    /// A card by the token of a certified reader or processor; never its number.
    Card(Secret),
}

/// Whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Ownership {
    /// The person's.
    Confirmed,
    /// Somebody else's.
    Other,
    /// It cannot be established; no transfer then.
    Unknown,
}

/// Ownership with the evidence to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnershipFinding {
    /// Whose it is.
    pub ownership: Ownership,
    /// The report's number.
    pub report_id: String,
}

/// Identity of a transfer or of a payment to a merchant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TransferId(pub Uuid);

/// A card of a person, as the bank or its processor keeps it for payouts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankCard {
    /// Its token; never its number.
    pub token: Secret,
    /// For the person to recognise, such as `•••• 1234`.
    pub masked: Secret,
}

/// Money to go out.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// Identity; the same again is no second transfer.
    pub transfer: TransferId,
    /// Under which loan.
    pub loan: LoanId,
    /// Whose account it has to be; the bank compares.
    pub iin: Secret,
    /// To where.
    pub to: Account,
    /// Sum.
    pub amount_tiyn: Tiyn,
}

/// How a transfer stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "state")]
pub enum TransferState {
    /// Taken, not settled.
    Accepted,
    /// Settled; final.
    Done,
    /// Not made; final.
    Rejected {
        /// The bank's code.
        code: String,
    },
}

/// The bank.
pub trait Bank: Send + Sync {
    /// Whose account it is.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn owner(&self, account: &Account, iin: &Secret) -> Result<OwnershipFinding, ConnectorError>;
    /// Cards of a person to which money can go; who keeps none refuses.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn cards(&self, iin: &Secret) -> Result<Vec<BankCard>, ConnectorError> {
        let _ = iin;
        Err(ConnectorError::Refused { service: "bank", code: super::NOT_OFFERED.to_owned() })
    }
    /// Orders a transfer; idempotent.
    ///
    /// # Errors
    /// [`ConnectorError`]; after `Unavailable` the same transfer is sent again or its state asked.
    fn transfer(&self, transfer: &Transfer) -> Result<TransferState, ConnectorError>;
    /// How a transfer stands; `None`: the bank never saw it.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn transfer_state(&self, transfer: TransferId) -> Result<Option<TransferState>, ConnectorError>;
}
