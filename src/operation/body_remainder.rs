//! Rows of what comes after a short payout.

use senim_domain::{LoanId, PayoutRequestId, Tiyn};
use serde::{Deserialize, Serialize};

/// The client wants what is missing of a loan at the MFO's cash desk. From the moment in which the MFO hears of
/// this, no terminal pays that loan any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemainderClaimed {
    /// Its identity, born here; the order at the cash desk carries it too.
    pub request: PayoutRequestId,
    /// Which loan.
    pub loan: LoanId,
    /// What is missing, exactly.
    pub amount_tiyn: Tiyn,
}
