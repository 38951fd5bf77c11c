//! Leave to pay.

use senim_domain::time::Mono;
use senim_domain::{AuthorisationId, LoanId, PayoutRequestId, Tiyn};
use serde::{Deserialize, Serialize};

/// Leave to pay: bound to one row of one journal in one boot of one process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authorisation {
    /// Identity.
    pub authorisation: AuthorisationId,
    /// The request that it answers.
    pub request: PayoutRequestId,
    /// The loan.
    pub loan: LoanId,
    /// Part of the loan.
    pub part: u32,
    /// Sum.
    pub amount_tiyn: Tiyn,
    /// Boot in which the request was written.
    pub boot: String,
    /// Key epoch in which the request was written.
    pub epoch: u64,
    /// SHA-256 of the request's row, base64url.
    pub row_sha256: String,
    /// Life in seconds on the terminal's monotonic clock, counted from the row's `mono_ms`.
    pub life_seconds: u32,
}

impl Authorisation {
    /// The last moment at which it may be used for the first bundle.
    #[must_use]
    pub fn deadline(&self, requested_at: Mono) -> Mono {
        requested_at.plus_ms(u64::from(self.life_seconds).saturating_mul(1000))
    }
}
