//! How a client logs in, and what they change about their access: PIN, phone, account.

use senim_domain::time::Mono;
use senim_domain::{ChangeId, MessageId, OperationId, Secret, UtcMillis};
use senim_operation::body::Contact;
use senim_operation::message::LoginWay;

use crate::dialogue::cabinet::Slip;
use crate::registration::PinFault;
use crate::state::{Client, CodeError, Errand};

/// Where a login is that has more than one way.
#[derive(Debug)]
pub enum LoggingIn {
    /// What to beware of is being read; from there back to the IIN.
    Safety {
        /// What they come for.
        errand: Errand,
    },
    /// The way is being chosen.
    Ways {
        /// What they come for.
        errand: Errand,
        /// The message that offered them.
        login: MessageId,
        /// In order.
        ways: Vec<LoginWay>,
    },
    /// The PIN is being typed.
    Pin {
        /// What they come for.
        errand: Errand,
        /// The message that offered it.
        login: MessageId,
        /// The last one was wrong.
        wrong: bool,
    },
    /// The PIN is being checked.
    Checking {
        /// What they come for.
        errand: Errand,
        /// The message that offered it.
        login: MessageId,
        /// The request.
        asked: OperationId,
    },
}

/// A client changes something about their access.
#[derive(Debug)]
pub struct Access {
    /// Who.
    pub client: Client,
    /// Where they go afterwards.
    pub after: After,
    /// How far it is.
    pub stage: AccessStage,
}

/// Where somebody goes after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// Back to the cabinet.
    Cabinet,
    /// Away: the PIN was recovered at the login, and the next visit begins with it.
    Leave,
}

/// What a face is shown for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaceFor {
    /// A new PIN.
    Pin,
    /// A card that is to open the cabinet.
    Card,
    /// A card that is to open it no more.
    CardOff,
    /// Another phone or account.
    Contact {
        /// The change.
        change: ChangeId,
        /// Of what.
        contact: Contact,
    },
}

/// A client before the camera, for no loan.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Who.
    pub client: Client,
    /// Where they go afterwards.
    pub after: After,
    /// What for.
    pub face_for: FaceFor,
}

/// A change that waits for its signature.
#[derive(Clone, Debug)]
pub struct ToSign {
    /// Who.
    pub client: Client,
    /// Where they go afterwards.
    pub after: After,
    /// The change.
    pub change: ChangeId,
    /// Of what.
    pub contact: Contact,
    /// The face check that it rests on.
    pub face_check: MessageId,
}

/// What can be changed, in the order in which it is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changeable {
    /// The PIN.
    Pin,
    /// The mobile number.
    Phone,
    /// The account for transfers.
    Account,
    /// Not at all: the IIN.
    Iin,
    /// The card that opens the cabinet.
    Card,
    /// That a card opens it.
    CardOff,
}

impl Changeable {
    /// Everything.
    pub const ALL: [Self; 6] = [Self::Pin, Self::Phone, Self::Account, Self::Iin, Self::Card, Self::CardOff];
}

/// How far a change is.
#[derive(Debug)]
pub enum AccessStage {
    /// What is changed is being chosen.
    Choice,
    /// That an IIN never changes, and what to do about a wrong one.
    Iin,
    /// What comes before the camera.
    BeforePicture(FaceFor),
    /// The face is being compared.
    Matching {
        /// The request.
        asked: OperationId,
        /// What for.
        face_for: FaceFor,
    },
    /// The new PIN is being typed, the second time where there is a first.
    Pin {
        /// As typed the first time.
        first: Option<Secret>,
        /// What was wrong with the last one.
        error: Option<PinFault>,
    },
    /// The MFO is asked about the PIN.
    SettingPin {
        /// The request.
        asked: OperationId,
    },
    /// The PIN counts.
    PinSet,
    /// A card opens the cabinet from now on.
    CardBound,
    /// The MFO is asked to unbind the card.
    Unbinding {
        /// The request.
        asked: OperationId,
    },
    /// No card opens the cabinet any more.
    CardUnbound,
    /// The new number or account is being typed.
    Typing {
        /// Which.
        contact: Contact,
        /// What was wrong with the last one.
        error: Option<ContactFault>,
    },
    /// It is being checked.
    Submitting {
        /// The request.
        asked: OperationId,
        /// The change.
        change: ChangeId,
        /// Of what.
        contact: Contact,
    },
    /// The code that was sent to the new number is being typed.
    Code {
        /// The code.
        code: NumberCode,
        /// What was wrong with the last one.
        error: Option<CodeError>,
    },
    /// The code is being checked.
    CheckingCode {
        /// The request.
        asked: OperationId,
        /// The code.
        code: NumberCode,
    },
    /// The statement is being read.
    Statement {
        /// The change.
        change: ChangeId,
        /// Of what.
        contact: Contact,
        /// The face check that it rests on.
        face_check: MessageId,
        /// Exactly the bytes that are signed.
        statement: Secret,
        /// Their SHA-256, base64url.
        sha256: String,
    },
    /// The MFO is asked to make the change.
    Concluding {
        /// The request.
        asked: OperationId,
        /// The change.
        change: ChangeId,
        /// Of what.
        contact: Contact,
        /// The face check that it rests on.
        face_check: MessageId,
    },
    /// It is made.
    Changed(Changed),
    /// It is not.
    NotChanged(NotChanged),
}

/// A code that was sent to a new number.
#[derive(Clone, Debug)]
pub struct NumberCode {
    /// The change.
    pub change: ChangeId,
    /// The message that announced it.
    pub id: MessageId,
    /// Where it went, masked.
    pub phone_masked: Secret,
    /// Digits.
    pub digits: u32,
    /// How often a code may still be typed.
    pub tries_left: u32,
    /// End of its life.
    pub until: Mono,
}

/// A change that was made.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The row that asked for it.
    pub asked: OperationId,
    /// Which.
    pub change: ChangeId,
    /// Of what.
    pub contact: Contact,
    /// What it was, masked; empty: there was none.
    pub old_masked: Secret,
    /// What it is, masked.
    pub new_masked: Secret,
    /// SHA-256 of the statement that was signed, base64url.
    pub statement_sha256: String,
    /// When.
    pub at: UtcMillis,
    /// What became of the slip.
    pub slip: Slip,
    /// Language of the visit.
    pub language: senim_domain::Language,
}

/// What was wrong with a new number or account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactFault {
    /// Not one that can be used.
    NotUsable,
    /// It is theirs already.
    Unchanged,
    /// Somebody else's.
    NotOwned,
    /// The bank does not say whose it is.
    OwnerUnknown,
    /// The code came too late; it is typed again for another one.
    CodeExpired,
}

/// Why nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotChanged {
    /// A service does not answer.
    TryLater,
    /// No answer came: it may have been changed, and a text will say so.
    NoAnswer,
    /// The MFO takes no electronic signatures here and now.
    NotSigned,
    /// Too many attempts.
    TooMany,
    /// No card is bound.
    NoCard,
    /// Not for this person here.
    NotAvailable,
}

impl LoggingIn {
    /// The request whose answer is awaited.
    #[must_use]
    pub const fn asked(&self) -> Option<OperationId> {
        match self {
            Self::Checking { asked, .. } => Some(*asked),
            Self::Safety { .. } | Self::Ways { .. } | Self::Pin { .. } => None,
        }
    }
}

impl AccessStage {
    /// The request whose answer is awaited.
    #[must_use]
    pub const fn asked(&self) -> Option<OperationId> {
        match self {
            Self::Matching { asked, .. }
            | Self::SettingPin { asked }
            | Self::Unbinding { asked }
            | Self::Submitting { asked, .. }
            | Self::CheckingCode { asked, .. }
            | Self::Concluding { asked, .. } => Some(*asked),
            Self::Choice
            | Self::Iin
            | Self::BeforePicture(_)
            | Self::Pin { .. }
            | Self::PinSet
            | Self::CardBound
            | Self::CardUnbound
            | Self::Typing { .. }
            | Self::Code { .. }
            | Self::Statement { .. }
            | Self::Changed(_)
            | Self::NotChanged(_) => None,
        }
    }

    /// The moment to which the screen counts down.
    #[must_use]
    pub const fn counts_to(&self) -> Option<Mono> {
        match self {
            Self::Code { code, .. } => Some(code.until),
            _ => None,
        }
    }
}
