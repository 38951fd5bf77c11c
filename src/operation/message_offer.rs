//! What an offer consists of.

use senim_domain::loan::Schedule;
use serde::{Deserialize, Serialize};

/// One way to repay, complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferDraft {
    /// The terms and the instalments, as the terminal recomputes them.
    pub schedule: Schedule,
    /// Annual effective rate in 1e-8 percent, unrounded.
    pub gesv_e8: u64,
}
