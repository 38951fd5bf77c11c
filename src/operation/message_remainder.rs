//! What the MFO says of a loan that was paid out short.

use senim_domain::{LoanId, PayoutRequestId, Tiyn};
use serde::{Deserialize, Serialize};

/// A concluded loan of which less was received than was agreed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remainder {
    /// Which.
    pub loan: LoanId,
    /// What was agreed to.
    pub principal_tiyn: Tiyn,
    /// What the borrower has; interest runs on this alone.
    pub received_tiyn: Tiyn,
    /// Number that the next part has, from 1.
    pub part: u32,
    /// It waits at the cash desk, or may: terminals do not pay it any more.
    pub claimed: bool,
}

/// What is missing waits at the cash desk. Nothing here names the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimSlip {
    /// The request under which the order stands; an earlier one where the slip was lost.
    pub request: PayoutRequestId,
    /// Sum that waits.
    pub amount_tiyn: Tiyn,
    /// Number of the order for people.
    pub number: String,
    /// Last day, `YYYY-MM-DD`.
    pub until: String,
    /// Where the desk is.
    pub address: String,
}
