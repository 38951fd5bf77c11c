//! Why a rule pack is not drafted, approved or published.

use std::collections::BTreeSet;

use jiff::civil::Date;
use senim_domain::rule_pack::{RulePackError, Service};

use crate::error::{GatewayError, Refusal};

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackRefusal {
    /// The text is longer than any pack.
    #[error("a rule pack has at most 1 MiB; shorten it")]
    TooLong,
    /// The text does not have the form of a pack.
    #[error("{place}: {why}")]
    Form {
        /// Names from the outermost field to the one that is wrong; `.` where there is none.
        place: String,
        /// What is wrong, and the line.
        why: String,
    },
    /// A value makes no sense.
    #[error(transparent)]
    Value(#[from] RulePackError),
    /// There is one of this version or a later one.
    #[error("rule pack {version} is not newer than the last one; raise its version above {last}")]
    NotNewer {
        /// Its version.
        version: u64,
        /// The last one that was published.
        last: u64,
    },
    /// It has ended.
    #[error("the rule pack is over already; give a later moment for expires")]
    Over,
    /// It has begun, and two people were to look at it first.
    #[error("effective_from is in the past; give a moment that is still to come")]
    Begun,
    /// A service that was not notified.
    #[error(
        "{services:?} is new, and the notice of {notified} does not name it; give the day of the notice that does"
    )]
    NotNotified {
        /// Which.
        services: BTreeSet<Service>,
        /// The last notice.
        notified: Date,
    },
    /// No such draft, or it was decided.
    #[error("there is no such draft, or it was decided; look again")]
    Gone,
    /// The author would approve their own.
    #[error("whoever drafted this pack cannot approve it; ask a second person")]
    OwnDraft,
    /// It was changed outside the desk.
    #[error("the draft is not what was written at the desk; decline it and look who changed it")]
    Forged,
    /// The approving person looked at something else.
    #[error("this is not the pack that you were shown; look again")]
    NotShown,
}

impl From<PackRefusal> for GatewayError {
    fn from(why: PackRefusal) -> Self {
        Refusal::RulePack(why).into()
    }
}
