//! A client whose personal data spread illegally, before the first operation of the visit: each stage carries
//! exactly what is valid there.

use senim_domain::time::Mono;
use senim_domain::{ClientId, MessageId, OperationId, Secret, UtcMillis};

use crate::remainder::Owed;
use crate::state::Errand;

/// Whose data leaked, and where the dialogue goes on.
#[derive(Debug)]
pub struct Leaked {
    /// Who.
    pub client: ClientId,
    /// What the lender says of it beside the text of the rule pack; empty: nothing.
    pub notice: Secret,
    /// Where the dialogue goes on.
    pub after: After,
}

/// Where the dialogue goes on once the measures are taken.
#[derive(Debug)]
pub enum After {
    /// As after a login for this errand.
    Errand(Errand),
    /// To the payout that was asked for.
    Payout(Box<Owed>),
}

/// How far the measures are.
#[derive(Debug)]
pub enum Leaking {
    /// What happened and what to do is being read.
    Notice {
        /// Who.
        leaked: Leaked,
        /// When it came on the screen.
        shown_at: UtcMillis,
    },
    /// The face is being compared.
    Matching {
        /// Who.
        leaked: Leaked,
        /// The request.
        asked: OperationId,
    },
    /// Whose the number is, is being asked.
    Number {
        /// Who.
        leaked: Leaked,
        /// The request.
        asked: OperationId,
    },
    /// A further step of the rule pack is being read.
    Further {
        /// Who.
        leaked: Leaked,
        /// Its place in the rule pack.
        place: usize,
        /// When it came on the screen.
        shown_at: UtcMillis,
    },
    /// The call is being ordered.
    Ordering {
        /// Who.
        leaked: Leaked,
        /// The request.
        asked: OperationId,
    },
    /// `WAIT_CALLBACK`: the MFO calls the client's number.
    WaitCallback {
        /// Who.
        leaked: Leaked,
        /// The message that announced the call.
        call: MessageId,
        /// The number, masked.
        phone_masked: Secret,
        /// End of the wait.
        until: Mono,
        /// When its outcome is asked for next.
        ask_at: Mono,
        /// The question that waits for its answer.
        asked: Option<OperationId>,
    },
}

impl Leaking {
    /// The request whose answer is awaited.
    #[must_use]
    pub const fn asked(&self) -> Option<OperationId> {
        match self {
            Self::Matching { asked, .. } | Self::Number { asked, .. } | Self::Ordering { asked, .. } => {
                Some(*asked)
            }
            Self::WaitCallback { asked, .. } => *asked,
            Self::Notice { .. } | Self::Further { .. } => None,
        }
    }

    /// The moment to which the screen counts down.
    #[must_use]
    pub const fn counts_to(&self) -> Option<Mono> {
        match self {
            Self::WaitCallback { until, .. } => Some(*until),
            Self::Notice { .. }
            | Self::Matching { .. }
            | Self::Number { .. }
            | Self::Further { .. }
            | Self::Ordering { .. } => None,
        }
    }

    /// Who it is about.
    #[must_use]
    pub fn into_leaked(self) -> Leaked {
        match self {
            Self::Notice { leaked, .. }
            | Self::Matching { leaked, .. }
            | Self::Number { leaked, .. }
            | Self::Further { leaked, .. }
            | Self::Ordering { leaked, .. }
            | Self::WaitCallback { leaked, .. } => leaked,
        }
    }
}
