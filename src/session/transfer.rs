//! A payout by transfer: each stage carries exactly what is valid there.

use senim_domain::loan::Instalment;
use senim_domain::{Language, OperationId, PayoutRequestId, Secret, Tiyn, UtcMillis};
use senim_operation::message::PayoutTarget;

use crate::dialogue::cabinet::Slip;
use crate::remainder::Owed;

/// What is owed, and where it is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// What.
    pub owed: Owed,
    /// Where to.
    pub target: PayoutTarget,
}

/// How far it is.
#[derive(Debug)]
pub enum Transferring {
    /// The client looks at sum and destination once more.
    Ready(Payment),
    /// The face is being compared.
    Matching {
        /// The request.
        asked: OperationId,
        /// What and where to.
        payment: Payment,
    },
    /// The transfer is asked for.
    Ordering {
        /// The row.
        asked: OperationId,
        /// The request.
        request: PayoutRequestId,
        /// What and where to.
        payment: Payment,
    },
    /// The statement that names the account is read before it is signed.
    Statement {
        /// The request.
        request: PayoutRequestId,
        /// What and where to.
        payment: Payment,
        /// Its text.
        statement: Secret,
        /// SHA-256 of the text, base64url.
        sha256: String,
    },
    /// It is made, or under way.
    Ended(Box<Transferred>),
}

/// A transfer as far as the visit learns of it, on the screen and on paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transferred {
    /// The row that asked for it.
    pub asked: OperationId,
    /// Its identity.
    pub request: PayoutRequestId,
    /// When the visit learnt of it.
    pub at: UtcMillis,
    /// Sum.
    pub amount: Tiyn,
    /// Where to.
    pub target: PayoutTarget,
    /// Whether the bank has settled it; else it is under way, or nobody knows yet.
    pub paid: bool,
    /// First instalment of the schedule, where this visit has signed it.
    pub first_payment: Option<Instalment>,
    /// What became of the paper.
    pub printed: Slip,
    /// Language of the visit.
    pub language: Language,
}

impl Transferring {
    /// The request whose answer is awaited.
    #[must_use]
    pub const fn asked(&self) -> Option<OperationId> {
        match self {
            Self::Matching { asked, .. } | Self::Ordering { asked, .. } => Some(*asked),
            Self::Ready(_) | Self::Statement { .. } | Self::Ended(_) => None,
        }
    }
}
