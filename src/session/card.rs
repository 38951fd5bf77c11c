//! A card in a visit: to log in by it, to bind it to the cabinet, to sign with it.

use senim_domain::time::Mono;
use senim_domain::{MessageId, OperationId, Secret, SecretBytes, SignatureId, UtcMillis};
use senim_hal::card_reader::NotTyped;
use senim_operation::body::CardAct;
use senim_operation::message::{CardRefusal, MessageBody};

use crate::access::After;
use crate::state::{Client, Errand, Signing};

/// A card is being used.
#[derive(Debug)]
pub struct CardUse {
    /// What for.
    pub purpose: CardPurpose,
    /// How far it is.
    pub stage: CardStage,
}

/// What a card is used for, and where the dialogue goes on.
#[derive(Debug)]
pub enum CardPurpose {
    /// To log in.
    Login {
        /// What they come for.
        errand: Errand,
        /// The message that offered it.
        login: MessageId,
    },
    /// To open the cabinet from now on.
    Binding {
        /// Whose cabinet.
        client: Client,
        /// Where they go afterwards.
        after: After,
        /// The face check that it rests on.
        face_check: MessageId,
    },
    /// To sign a document.
    Signing(Box<Signing>),
}

impl CardPurpose {
    /// As a row names it.
    #[must_use]
    pub const fn act(&self) -> CardAct {
        match self {
            Self::Login { .. } => CardAct::Login,
            Self::Binding { .. } => CardAct::Binding,
            Self::Signing(_) => CardAct::Signing,
        }
    }
}

/// How far the use of a card is.
#[derive(Debug)]
pub enum CardStage {
    /// A card is waited for.
    Insert,
    /// It is being read.
    Reading,
    /// The MFO is asked what it is: no PIN is typed before it has said so.
    Shown {
        /// The request.
        asked: OperationId,
        /// The certificate for signing, DER in base64, where one was read.
        signer: Secret,
        /// Tries of the PIN that are left.
        tries_left: u8,
    },
    /// The PIN is being typed.
    Pin {
        /// What the card signs.
        task: Task,
        /// Tries that are left; at one the screen says that it is the last.
        tries_left: u8,
        /// The last one was wrong.
        wrong: bool,
    },
    /// The PIN is being typed on the reader's own keys, and the card then signs.
    Keypad {
        /// What the card signs.
        task: Task,
        /// Tries that are left; at one the screen says that it is the last.
        tries_left: u8,
        /// The last one was wrong.
        wrong: bool,
    },
    /// The PIN is with the card, which signs.
    Working {
        /// What it signs.
        task: Task,
    },
    /// The MFO is asked whether the signature counts.
    Proving {
        /// The request.
        asked: OperationId,
    },
    /// The card is to be taken back; then it goes on by what the MFO said.
    TakeBack {
        /// The MFO's greeting.
        then: Box<MessageBody>,
    },
    /// It did not work; the person decides.
    Problem {
        /// Why.
        problem: CardProblem,
        /// Whether another attempt makes sense.
        may_retry: bool,
    },
}

/// What a card signs.
#[derive(Clone, Debug)]
pub struct Task {
    /// Exactly these bytes; the card sees their hash.
    pub message: SecretBytes,
    /// Not after.
    pub until: Mono,
    /// Which answer it becomes.
    pub proof: Proof,
}

/// Which answer a card's signature becomes.
#[derive(Clone, Debug)]
pub enum Proof {
    /// To the challenge of this message.
    Challenge(MessageId),
    /// The client's signature under a document.
    Signature {
        /// Its identity.
        signature: SignatureId,
        /// The moment in the signed attributes.
        signed_at: UtcMillis,
        /// The certificate for signing, DER in base64.
        certificate: Secret,
    },
}

/// Why a card did not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardProblem {
    /// It was taken out in the middle; put back, it is read anew.
    Withdrawn,
    /// No try of its PIN is left.
    PinBlocked,
    /// It takes no PIN of this form.
    PinForm,
    /// Another kind of card.
    NotAToken,
    /// Its certificate or key cannot be used.
    Unusable,
    /// Its answers make no sense.
    Unclear,
    /// The reader does not work.
    Reader,
    /// The time for the PIN is over.
    TooLate,
    /// Nobody typed a PIN on the reader's keys.
    NotTyped(NotTyped),
    /// The MFO did not answer.
    NoAnswer,
    /// The MFO says no.
    Refused(CardRefusal),
}

impl CardStage {
    /// The request whose answer is awaited.
    #[must_use]
    pub const fn asked(&self) -> Option<OperationId> {
        match self {
            Self::Shown { asked, .. } | Self::Proving { asked } => Some(*asked),
            Self::Insert
            | Self::Reading
            | Self::Pin { .. }
            | Self::Keypad { .. }
            | Self::Working { .. }
            | Self::TakeBack { .. }
            | Self::Problem { .. } => None,
        }
    }
}
