//! The proof that somebody living is before the camera, before a portrait: each stage carries exactly what is valid
//! there.

use senim_domain::liveness::{Colour, LivenessFailure, Movement, Phase};
use senim_domain::time::Mono;
use senim_domain::{ChallengeId, OperationId, Secret};
use senim_operation::body::FaceSubject;
use senim_operation::message::LivenessRefusal;

use crate::state::{Picture, Sitter};

/// A proof under way.
#[derive(Debug)]
pub struct Living {
    /// Who sits, and for what.
    pub sitter: Sitter,
    /// How the camera begins after it.
    pub picture: Picture,
    /// Whether the person asked for a slower pace.
    pub slow: bool,
    /// How far it is.
    pub stage: LivingStage,
}

/// How far a proof is.
#[derive(Debug)]
pub enum LivingStage {
    /// It is told what a check on the person's own phone needs.
    BeforePhone,
    /// A sequence is asked for.
    Asking {
        /// The request.
        asked: OperationId,
    },
    /// It is being done.
    Doing {
        /// Which.
        challenge: ChallengeId,
        /// Longest that it can take, seconds.
        seconds: u32,
        /// How many movements it has.
        movements: usize,
        /// How many of them are done.
        done: usize,
        /// What the screen shows.
        phase: Phase,
        /// Colour of the whole screen.
        flash: Option<Colour>,
        /// Tries left, with this one.
        tries_left: u32,
        /// Movements that may still be exchanged.
        replacements_left: u32,
    },
    /// The MFO judges the evidence again.
    Judging {
        /// The request.
        asked: OperationId,
        /// Which challenge.
        challenge: ChallengeId,
        /// What the camera's thread missed.
        missed: Option<LivenessFailure>,
    },
    /// The code for the phone is on the screen.
    Phone {
        /// The check.
        check: ChallengeId,
        /// What the code holds.
        qr: Secret,
        /// End of the code.
        until: Mono,
        /// The row that waits for the verdict.
        asked: OperationId,
    },
    /// The phone has not shown it; the person decides.
    PhoneAgain {
        /// Why.
        reason: LivenessRefusal,
        /// Tries left.
        tries_left: u32,
    },
    /// It was not shown; the person decides.
    Again {
        /// What was missed, where it was seen here.
        missed: Option<LivenessFailure>,
        /// Tries left.
        tries_left: u32,
    },
}

impl LivingStage {
    /// The request whose answer is awaited.
    #[must_use]
    pub const fn asked(&self) -> Option<OperationId> {
        match self {
            Self::Asking { asked } | Self::Judging { asked, .. } | Self::Phone { asked, .. } => Some(*asked),
            Self::BeforePhone | Self::Doing { .. } | Self::PhoneAgain { .. } | Self::Again { .. } => None,
        }
    }

    /// The movement that is asked now and may be exchanged for another.
    #[must_use]
    pub const fn exchangeable(&self) -> Option<Movement> {
        match self {
            Self::Doing { phase: Phase::Command { movement, .. }, replacements_left: 1.., .. } => {
                Some(*movement)
            }
            _ => None,
        }
    }
}

impl Sitter {
    /// As a row names it.
    #[must_use]
    pub const fn subject(&self) -> FaceSubject {
        match self {
            Self::Borrower(terms) => FaceSubject::Loan(terms.offer.loan),
            Self::Claimant(owed) => FaceSubject::Loan(owed.loan),
            Self::Payer(payment) => FaceSubject::Loan(payment.owed.loan),
            Self::Applicant(applicant) => FaceSubject::Registration(applicant.registration),
            Self::Holder(holder) => FaceSubject::Client(holder.client.id),
            Self::Amender(amender) => FaceSubject::Client(amender.client.id),
            Self::Leaked(leaked) => FaceSubject::DataLeak(leaked.client),
        }
    }
}
