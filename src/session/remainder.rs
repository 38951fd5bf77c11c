//! What is missing of a loan after a short payout: each stage carries exactly what is valid there.

use senim_domain::cash::UnitNo;
use senim_domain::loan::Instalment;
use senim_domain::{LoanId, MessageId, OperationId, Tiyn, UtcMillis};
use senim_operation::message::{ClaimSlip, Remainder};

use crate::dialogue::cabinet::Slip;

/// A concluded loan that is being paid out, wholly or what is missing of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// Which.
    pub loan: LoanId,
    /// What was agreed to.
    pub principal: Tiyn,
    /// What the borrower has.
    pub received: Tiyn,
    /// Number of the part that comes next, from 1.
    pub part: u32,
    /// The face check of this visit; none before it.
    pub face_check: Option<MessageId>,
    /// First instalment of the schedule, where this visit has signed it.
    pub first_payment: Option<Instalment>,
    /// Cassettes that gave less than was asked of them in this visit; the next mix does without them if it can.
    pub avoided: Vec<UnitNo>,
    /// Whether it waits at the cash desk, or may.
    pub claimed: bool,
    /// What became of the last attempt, a code; with one, notes are not asked for again in this visit.
    pub refused: Option<String>,
    /// The last transfer was not made, or none is possible.
    pub untransferred: bool,
}

impl Owed {
    /// What is missing.
    #[must_use]
    pub fn missing(&self) -> Tiyn {
        self.principal.minus(self.received).unwrap_or(Tiyn::ZERO)
    }

    /// Whether some of it was received.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        self.received > Tiyn::ZERO
    }

    /// As the MFO tells of it at a login.
    #[must_use]
    pub fn of(remainder: &Remainder) -> Self {
        Self {
            loan: remainder.loan,
            principal: remainder.principal_tiyn,
            received: remainder.received_tiyn,
            part: remainder.part,
            face_check: None,
            first_payment: None,
            avoided: Vec::new(),
            claimed: remainder.claimed,
            refused: None,
            untransferred: false,
        }
    }
}

/// How far it is.
#[derive(Debug)]
pub enum Remaining {
    /// The borrower decides how to have it.
    Offered {
        /// What.
        owed: Owed,
    },
    /// The face is being compared.
    Matching {
        /// The request.
        asked: OperationId,
        /// What.
        owed: Owed,
    },
    /// A slip of the cash desk is asked for.
    Claiming {
        /// The request.
        asked: OperationId,
        /// What.
        owed: Owed,
    },
    /// It waits at the cash desk.
    AtDesk(Box<Claimed>),
}

/// A slip of the cash desk, on the screen and on paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The row that asked for it.
    pub asked: OperationId,
    /// When the MFO answered.
    pub at: UtcMillis,
    /// What it answered.
    pub slip: ClaimSlip,
    /// What became of the paper.
    pub printed: Slip,
    /// Language of the visit.
    pub language: senim_domain::Language,
}

/// A way to have what is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemainderWay {
    /// Here and now, by other notes.
    Notes,
    /// To the borrower's own account or card.
    Transfer,
    /// At the cash desk, with a slip.
    CashDesk,
    /// In another visit.
    Later,
}

impl Remaining {
    /// The request whose answer is awaited.
    #[must_use]
    pub const fn asked(&self) -> Option<OperationId> {
        match self {
            Self::Matching { asked, .. } | Self::Claiming { asked, .. } => Some(*asked),
            Self::Offered { .. } | Self::AtDesk(_) => None,
        }
    }
}
