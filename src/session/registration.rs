//! Where a registration is at this terminal: each stage carries exactly what is valid there.
//!
//! What was proven lives at the MFO; a visit that ends in the middle forgets everything here, and the person goes on
//! from there in another one.

use senim_domain::rule_pack::{AccessMethod, ClientType, ConsentKind};
use senim_domain::time::Mono;
use senim_domain::{MessageId, OperationId, RegistrationId, Secret, UtcMillis};
use senim_hal::identity_document::{Access as ChipAccess, Read};
use senim_operation::body::SessionEnd;

use crate::state::{Client, CodeError};

/// Who registers: nothing personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applicant {
    /// Opaque identity.
    pub registration: RegistrationId,
    /// As whom.
    pub client_type: ClientType,
}

/// A stage.
#[derive(Debug)]
pub enum Registering {
    /// What is needed, before anything is asked.
    Needs,
    /// As whom.
    ClientType,
    /// A company's signatory is served elsewhere; nothing was asked.
    Referral,
    /// IIN is being typed.
    Iin {
        /// As whom.
        client_type: ClientType,
        /// The last one does not check.
        invalid: bool,
        /// What the chip of their document told, which holds no IIN.
        chip: Option<Box<Read>>,
    },
    /// The chip of their document is read, where there is a reader.
    Document(ChipUse),
    /// The MFO is asked.
    Waiting {
        /// The request.
        asked: OperationId,
        /// Who.
        applicant: Applicant,
        /// What for.
        awaited: Awaited,
    },
    /// A one-time code of the MFO is being typed.
    Code {
        /// Who.
        applicant: Applicant,
        /// The code.
        code: SentCode,
        /// What was wrong with the last one.
        error: Option<CodeError>,
    },
    /// A consent is being read.
    Consent {
        /// Who.
        applicant: Applicant,
        /// Which.
        kind: ConsentKind,
    },
    /// How to answer the state service, where there is more than one way.
    Method {
        /// Who.
        applicant: Applicant,
    },
    /// The consent that is to be signed here is being read.
    OwnConsent {
        /// Who.
        applicant: Applicant,
        /// Exactly the bytes that are signed.
        statement: Secret,
        /// Their SHA-256, base64url.
        sha256: String,
    },
    /// The code of the state service is being typed.
    AccessCode {
        /// Who.
        applicant: Applicant,
        /// The request.
        access: Access,
        /// What was wrong with the last one.
        error: Option<CodeError>,
    },
    /// The person answers an SMS of 1414.
    AccessReply {
        /// Who.
        applicant: Applicant,
        /// The request.
        access: Access,
        /// When the MFO is asked again.
        ask_at: Mono,
        /// The question under way.
        asked: Option<OperationId>,
    },
    /// "Is this you?"
    Person {
        /// Who.
        applicant: Applicant,
        /// What the state knows.
        person: Box<Person>,
    },
    /// A mobile number is being typed.
    Phone {
        /// Who.
        applicant: Applicant,
        /// What was wrong with the last one.
        error: Option<PhoneFault>,
    },
    /// What comes before the camera.
    BeforePicture {
        /// Who.
        applicant: Applicant,
    },
    /// The statement that is to be signed is being read.
    Statement {
        /// Who.
        applicant: Applicant,
        /// Exactly the bytes that are signed.
        statement: Secret,
        /// Their SHA-256, base64url.
        sha256: String,
    },
    /// A PIN is offered.
    PinOffer {
        /// The new client.
        client: Client,
    },
    /// The PIN is being typed, the second time where there is a first.
    Pin {
        /// The new client.
        client: Client,
        /// As typed the first time.
        first: Option<Secret>,
        /// What was wrong with the last one.
        error: Option<PinFault>,
    },
    /// The MFO is asked about the PIN.
    SettingPin {
        /// The request.
        asked: OperationId,
        /// The new client.
        client: Client,
    },
    /// A client now.
    Done {
        /// Who.
        client: Client,
        /// Whether a PIN was set.
        pin: bool,
    },
}

/// The chip of somebody's identity document is being used. Whatever stands here is wiped with the stage.
#[derive(Debug)]
pub struct ChipUse {
    /// As whom they register.
    pub client_type: ClientType,
    /// How often what opens the chip may still be typed.
    pub tries_left: u8,
    /// How far it is.
    pub stage: ChipStage,
}

/// How far the use of a document's chip is.
#[derive(Debug)]
pub enum ChipStage {
    /// By the chip, or by typing.
    Offer,
    /// The access number on the document's front is being typed.
    AccessNumber {
        /// The last one opened nothing.
        wrong: bool,
    },
    /// What is printed is being typed: the number, the date of birth, the last day of validity.
    Printed {
        /// What of it is there.
        typed: Printed,
        /// The last one cannot be, or all together opened nothing.
        wrong: bool,
    },
    /// The document is to be laid on the reader.
    Lay {
        /// What opens it.
        access: ChipAccess,
    },
    /// It is being read.
    Reading {
        /// What opens it, for the case that it is moved away.
        access: ChipAccess,
    },
    /// It did not work; the person decides.
    Problem {
        /// Why.
        problem: ChipProblem,
        /// What opens it, where it is read anew when it is laid down again.
        access: Option<ChipAccess>,
    },
}

/// What is printed on a document, as far as it was typed.
#[derive(Debug, Default)]
pub struct Printed {
    /// Number: Latin letters and digits.
    pub number: Option<Secret>,
    /// Date of birth, YYMMDD.
    pub birth_date: Option<Secret>,
}

/// Why a document's chip did not help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChipProblem {
    /// It was moved away; laid down again, it is read anew.
    Withdrawn,
    /// What opens it was typed wrong too often.
    TooManyTries,
    /// Another kind of card.
    NotADocument,
    /// Its chip cannot be read here.
    Unusable,
    /// Its answers make no sense.
    Unclear,
    /// The reader does not work.
    Reader,
    /// Its last day is over.
    Expired,
    /// The IIN that was typed is not its holder's.
    OtherPerson,
}

impl ChipProblem {
    /// Whether a document may be laid down again.
    #[must_use]
    pub const fn may_retry(self) -> bool {
        !matches!(self, Self::TooManyTries | Self::Reader)
    }
}

/// What the MFO is asked for.
#[derive(Clone, Debug)]
pub enum Awaited {
    /// Whether somebody may register.
    Opening,
    /// Whether the MFO's code is right.
    Code(SentCode),
    /// That the state service asks the person, or what is to be signed before it is asked.
    Access,
    /// Whether the state service's code is right.
    AccessCode(Access),
    /// What comes after the person has seen the data.
    Identification,
    /// A code to the number.
    Phone,
    /// Comparison of name, IIN and portrait.
    Portrait,
    /// Registration itself.
    Conclusion,
}

/// A one-time code of the MFO.
#[derive(Clone, Debug)]
pub struct SentCode {
    /// The message that announced it: a code of another one does not fit.
    pub id: MessageId,
    /// What it is for.
    pub purpose: CodePurpose,
    /// Where the SMS went, masked.
    pub phone_masked: Secret,
    /// Digits.
    pub digits: u32,
    /// How often a code may still be typed.
    pub tries_left: u32,
    /// End of its life.
    pub until: Mono,
}

/// What a one-time code of the MFO is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodePurpose {
    /// To continue a registration that was begun in another visit.
    Continue,
    /// To confirm a number.
    Number,
}

/// A request to the state service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// How the person answers.
    pub method: AccessMethod,
    /// A request was in process: the code is with the person already.
    pub already_in_process: bool,
    /// How often a code may be typed.
    pub tries_left: u32,
    /// End of the wait.
    pub until: Mono,
}

/// What the state knows of the person, as they are shown it.
#[derive(Clone, Debug)]
pub struct Person {
    /// As whom they are registered; an entrepreneur only where the register says so.
    pub client_type: ClientType,
    /// Surname.
    pub surname: Secret,
    /// Given name.
    pub given_name: Secret,
    /// Patronymic; empty: none.
    pub patronymic: Secret,
    /// Kind of identity document.
    pub document: String,
    /// Last signs of its number.
    pub document_tail: Secret,
    /// Last day of its validity, `YYYY-MM-DD`.
    pub document_expires: String,
    /// The consent's number.
    pub consent_number: String,
    /// SHA-256 of the message that carried this, base64url.
    pub sha256: String,
}

/// What was wrong with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneFault {
    /// Not a mobile number of Kazakhstan that codes can be sent to.
    NotUsable,
    /// Not this person's.
    NotOwned,
}

/// What was wrong with a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinFault {
    /// The second one differs.
    Differs,
    /// Too short, too long, or not digits.
    Length,
    /// Easily guessed.
    Simple,
}

/// Why a visit ends with advice; nothing personal is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// A client already: log in.
    AlreadyClient,
    /// The consent was refused: other ways.
    ConsentRefused,
    /// Without the consents for credit bureaux nothing can be decided (B18).
    BureauConsentRefused,
    /// Somebody tells the client to borrow.
    Pressed,
    /// The state has no number of this person.
    NoBmgNumber,
    /// The identity document is not valid any more.
    DocumentExpired,
    /// The person refused access by SMS, or took the consent back.
    AccessRefused,
    /// The person did not answer in time.
    AccessTimedOut,
    /// Name, IIN and photograph do not agree, or the data are somebody else's; deliberately one text.
    NotIdentified,
    /// The registration goes on in another visit.
    ContinuedElsewhere,
    /// The MFO takes no electronic signatures here and now.
    NotSigned,
    /// What is missing of a loan stays the borrower's; how to have it.
    RemainderOwed,
    /// The contract is concluded; it may be confirmed and paid out from then on, or taken back (B6).
    Rests {
        /// First moment.
        until: UtcMillis,
    },
    /// The contract was taken back; nothing is owed.
    LoanCancelled,
    /// It is taken back, and the MFO has not said so yet.
    CancellationSent,
    /// The lender has to look at the microcredit first.
    AskLender,
    /// After a leak: the number is not the client's; it has to be changed first.
    NumberNotYours,
    /// After a leak: whoever answered the call says that the operation is not theirs.
    CallDenied,
    /// After a leak: nobody answered the call.
    CallNotReached,
    /// Nobody was shown to be living, three times (B14).
    NotLiving,
}

impl Advice {
    /// How a visit ends that ends with it.
    #[must_use]
    pub const fn session_end(self) -> SessionEnd {
        match self {
            Self::Rests { .. } | Self::LoanCancelled | Self::CancellationSent => SessionEnd::Completed,
            Self::AlreadyClient
            | Self::ConsentRefused
            | Self::BureauConsentRefused
            | Self::Pressed
            | Self::NoBmgNumber
            | Self::DocumentExpired
            | Self::AccessRefused
            | Self::AccessTimedOut
            | Self::NotIdentified
            | Self::ContinuedElsewhere
            | Self::NotSigned
            | Self::RemainderOwed
            | Self::AskLender
            | Self::NumberNotYours
            | Self::CallDenied
            | Self::CallNotReached
            | Self::NotLiving => SessionEnd::Refused,
        }
    }
}

impl Registering {
    /// The request whose answer is awaited.
    #[must_use]
    pub const fn asked(&self) -> Option<OperationId> {
        match self {
            Self::Waiting { asked, .. } | Self::SettingPin { asked, .. } => Some(*asked),
            Self::AccessReply { asked, .. } => *asked,
            Self::Needs
            | Self::ClientType
            | Self::Referral
            | Self::Iin { .. }
            | Self::Document(_)
            | Self::Code { .. }
            | Self::Consent { .. }
            | Self::Method { .. }
            | Self::OwnConsent { .. }
            | Self::AccessCode { .. }
            | Self::Person { .. }
            | Self::Phone { .. }
            | Self::BeforePicture { .. }
            | Self::Statement { .. }
            | Self::PinOffer { .. }
            | Self::Pin { .. }
            | Self::Done { .. } => None,
        }
    }

    /// The moment to which the screen counts down.
    #[must_use]
    pub const fn counts_to(&self) -> Option<Mono> {
        match self {
            Self::Code { code, .. } => Some(code.until),
            Self::AccessCode { access, .. } | Self::AccessReply { access, .. } => Some(access.until),
            Self::Needs
            | Self::ClientType
            | Self::Referral
            | Self::Iin { .. }
            | Self::Document(_)
            | Self::Waiting { .. }
            | Self::Consent { .. }
            | Self::Method { .. }
            | Self::OwnConsent { .. }
            | Self::Person { .. }
            | Self::Phone { .. }
            | Self::BeforePicture { .. }
            | Self::Statement { .. }
            | Self::PinOffer { .. }
            | Self::Pin { .. }
            | Self::SettingPin { .. }
            | Self::Done { .. } => None,
        }
    }
}
