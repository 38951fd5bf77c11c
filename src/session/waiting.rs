//! A microcredit between its contract and its payout (B6): each stage carries exactly what is valid there.

use senim_domain::{MessageId, OperationId, UtcMillis};
use senim_operation::message::WaitingLoan;

use crate::state::{ChosenTerms, Client};

/// A client who has come again for a microcredit that waits.
#[derive(Debug)]
pub enum Waiting {
    /// It is shown: to be confirmed, or taken back.
    Shown {
        /// Who.
        client: Client,
        /// Which.
        loan: WaitingLoan,
    },
    /// The schedule of today is asked for.
    Asking {
        /// The request.
        asked: OperationId,
        /// Who.
        client: Client,
        /// Which.
        loan: WaitingLoan,
    },
    /// The schedule of today is being read.
    Terms(Box<ChosenTerms>),
    /// Whether the client means to take the contract back.
    Sure {
        /// Who.
        client: Client,
        /// Which.
        loan: WaitingLoan,
    },
    /// The contract is being taken back.
    Cancelling {
        /// The row in which the client said so.
        asked: OperationId,
        /// Which.
        loan: WaitingLoan,
    },
}

impl Waiting {
    /// The request whose answer is awaited.
    #[must_use]
    pub const fn asked(&self) -> Option<OperationId> {
        match self {
            Self::Asking { asked, .. } | Self::Cancelling { asked, .. } => Some(*asked),
            Self::Shown { .. } | Self::Terms(_) | Self::Sure { .. } => None,
        }
    }
}

/// What is confirmed.
#[derive(Clone, Debug)]
pub struct Confirmation {
    /// The microcredit as it waits.
    pub loan: WaitingLoan,
    /// The message that carried the schedule.
    pub offer: MessageId,
    /// Part of the microcredit that is paid out next, from 1.
    pub part: u32,
}

/// Why a microcredit that waits cannot be confirmed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotYet {
    /// It rests until then.
    Rests(UtcMillis),
    /// This terminal cannot pay its sum out now.
    NoCash,
}
