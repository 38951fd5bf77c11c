//! Legal entities with which the MFO has a contract for goods, works or services.

use senim_domain::{LoanId, Tiyn};
use serde::{Deserialize, Serialize};

use super::ConnectorError;
use super::bank::{TransferId, TransferState};

/// A merchant under contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merchant {
    /// The MFO's code for it.
    pub merchant: String,
    /// Name.
    pub name: String,
    /// BIN.
    pub bin: String,
    /// Place, for people.
    pub place: String,
}

/// Money to a merchant on the borrower's application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MerchantPayment {
    /// Identity; the same again is no second payment.
    pub payment: TransferId,
    /// To whom.
    pub merchant: String,
    /// Under which loan.
    pub loan: LoanId,
    /// Sum.
    pub amount_tiyn: Tiyn,
    /// The merchant's order or invoice.
    pub invoice: String,
}

/// The merchants.
pub trait Merchants: Send + Sync {
    /// Those with a contract now.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn list(&self) -> Result<Vec<Merchant>, ConnectorError>;
    /// Pays; idempotent.
    ///
    /// # Errors
    /// [`ConnectorError`]; after `Unavailable` the same payment is sent again or its state asked.
    fn pay(&self, payment: &MerchantPayment) -> Result<TransferState, ConnectorError>;
    /// How a payment stands; `None`: it never arrived.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn payment_state(&self, payment: TransferId) -> Result<Option<TransferState>, ConnectorError>;
}
