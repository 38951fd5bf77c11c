//! Where a visit is: each variant carries exactly what is valid there.

use senim_document::Paper;
use senim_domain::loan::{Method, Term};
use senim_domain::portrait::Instruction;
use senim_domain::time::Mono;
use senim_domain::{
    ApplicationId, ChallengeId, ClientId, Language, LoanId, MessageId, OperationId, PayoutRequestId, Secret,
    SecretBytes, SessionId, SignatureId, UtcMillis,
};
use senim_operation::body::{DenominationCount, PayoutResult};
use senim_operation::message::{OfferDraft, UnfinishedApplication};
use senim_operation::signature::{SignaturePurpose, SignatureRefusal};

use crate::access::{Access, Holder, LoggingIn, ToSign};
use crate::card::CardUse;
use crate::dialogue::cabinet::Cabinet;
use crate::dialogue::information::Reading;
use crate::dialogue::repayment::Repay;
use crate::intrusion::Intrusion;
use crate::leak::{Leaked, Leaking};
use crate::living::Living;
use crate::preparation::{Acquainting, Preparing};
use crate::registration::{Advice, Applicant, Registering};
use crate::remainder::{Owed, Remaining};
use crate::service::Service;
use crate::supplement::{Amender, Amending, ToAmend};
use crate::transfer::{Payment, Transferring};
use crate::waiting::{Confirmation, Waiting};
use crate::way::{PaidBy, Wayfinding};

/// The dialogue.
#[derive(Debug)]
pub enum State {
    /// Nobody is here, or nothing is possible; which of the two follows from the facts.
    Idle,
    /// What the person came for is being chosen.
    Menu,
    /// What anybody may read.
    Information(Reading),
    /// IIN is being typed.
    EnterIin {
        /// What for.
        errand: Errand,
        /// The last one does not check.
        invalid: bool,
    },
    /// The way to log in is being chosen, or the PIN typed.
    LoggingIn(Box<LoggingIn>),
    /// Client is looked up and a code is sent.
    LookingUp {
        /// What for.
        errand: Errand,
        /// The request.
        asked: OperationId,
    },
    /// The code is being typed.
    EnterCode {
        /// Login under way.
        login: Login,
        /// What was wrong with the last code.
        error: Option<CodeError>,
    },
    /// The code is being checked.
    CheckingCode {
        /// The request.
        asked: OperationId,
        /// Login under way.
        login: Login,
    },
    /// An application of an earlier visit may be gone on with.
    Unfinished {
        /// Who.
        client: Client,
        /// What stands of it.
        found: Box<UnfinishedApplication>,
    },
    /// Sum and term are being chosen.
    Amount {
        /// Who.
        client: Client,
    },
    /// What the microcredit is for, where the client has the choice.
    Purpose {
        /// Who.
        client: Client,
    },
    /// Consents and questions before the application.
    Prepare(Box<Preparing>),
    /// The application is being decided.
    Deciding {
        /// The request.
        asked: OperationId,
        /// Its identity.
        application: ApplicationId,
        /// Who.
        client: Client,
        /// What was asked for: an offer of anything else is none.
        wish: Wish,
    },
    /// A text is being read before the drafts.
    Acquaint(Box<Acquainting>),
    /// Drafts of every method.
    Schedules {
        /// What is offered.
        offer: Box<Offer>,
    },
    /// The way of payout is being chosen.
    Way(Box<Wayfinding>),
    /// The contract with the method chosen is being drafted.
    Drafting {
        /// The request.
        asked: OperationId,
        /// The offer.
        offer: Box<Offer>,
        /// The method.
        method: Method,
    },
    /// The contract is being read.
    Contract {
        /// What is agreed to.
        terms: Box<ChosenTerms>,
    },
    /// Whether somebody tells the client to borrow.
    Pressure {
        /// What is agreed to.
        terms: Box<ChosenTerms>,
    },
    /// Movements before the camera, before a portrait.
    Living(Box<Living>),
    /// Before the camera.
    Camera {
        /// Who sits for it, and for what.
        sitter: Sitter,
        /// Where the picture is.
        picture: Picture,
        /// Attempts left.
        attempts_left: u32,
        /// The challenge that showed somebody living.
        proof: ChallengeId,
    },
    /// The face is being compared.
    Matching {
        /// The request.
        asked: OperationId,
        /// What is agreed to.
        terms: Box<ChosenTerms>,
    },
    /// The last question.
    Agree {
        /// What is agreed to.
        terms: Box<ChosenTerms>,
        /// The face check.
        face_check: MessageId,
    },
    /// The contract is being concluded.
    Concluding {
        /// The request.
        asked: OperationId,
        /// What is agreed to.
        terms: Box<ChosenTerms>,
        /// The face check.
        face_check: MessageId,
    },
    /// A document is being signed with the client's phone.
    Signing(Box<Signing>),
    /// The contract is concluded; cash on demand.
    ReadyToPay {
        /// What was agreed to.
        terms: Box<ChosenTerms>,
        /// The face check.
        face_check: MessageId,
    },
    /// Leave to pay is asked for.
    Authorising {
        /// The request's row.
        asked: OperationId,
        /// The row once it is durable.
        row: Option<DurableRow>,
        /// When the row was written.
        asked_at: Mono,
        /// What is paid out.
        owed: Box<Owed>,
    },
    /// Cash is moving; the saga has the details.
    Paying {
        /// Phase to show.
        phase: PayPhase,
        /// What is paid out.
        owed: Box<Owed>,
    },
    /// The money is transferred.
    Transfer(Box<Transferring>),
    /// What is missing after a short payout.
    Remainder(Box<Remaining>),
    /// A repayment, from naming the contract to its receipt.
    Repay(Box<Repay>),
    /// The personal cabinet.
    Cabinet(Box<Cabinet>),
    /// A client changes their PIN, phone or account.
    Access(Box<Access>),
    /// A card is used: to log in, to be bound, to sign.
    Card(Box<CardUse>),
    /// The visit is over and a card still lies in the reader.
    TakeCard,
    /// A member of staff has the terminal.
    Service(Box<Service>),
    /// A contract is changed.
    Amend(Box<Amending>),
    /// What was given.
    Receipt(Box<Ended>),
    /// A new client registers.
    Register(Box<Registering>),
    /// What is done first, as the client's data leaked.
    Leak(Box<Leaking>),
    /// Somebody else entered the client's account: read before anything.
    Intrusion(Box<Intrusion>),
    /// A microcredit waits for its payout (B6).
    Waiting(Box<Waiting>),
    /// A polite end with advice what to do next; nothing personal is left.
    Advice {
        /// Which.
        advice: Advice,
        /// Visit that ended, for the support.
        session: SessionId,
    },
    /// A polite end; nothing personal is left.
    End {
        /// Which.
        kind: Ending,
        /// Visit that ended, for the support.
        session: SessionId,
    },
}

/// A signature that is waited for.
#[derive(Debug)]
pub struct Signing {
    /// What for.
    pub purpose: SignaturePurpose,
    /// The loan it belongs to.
    pub loan: Option<LoanId>,
    /// SHA-256 of the bytes that were shown, base64url.
    pub document_sha256: String,
    /// How far it is.
    pub phase: SigningPhase,
    /// Where the dialogue goes on.
    pub after: AfterSigning,
}

/// How a document may be signed, in the order in which it is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningWay {
    /// With the client's phone.
    Phone,
    /// With the card that opens the cabinet.
    Card,
}

impl SigningWay {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Phone, Self::Card];
}

/// How far a signature is.
#[derive(Debug)]
pub enum SigningPhase {
    /// Phone or card is being chosen.
    Choosing,
    /// A code is asked for.
    Asking {
        /// The signature to be.
        signature: SignatureId,
        /// The request.
        asked: OperationId,
    },
    /// The code is on the screen.
    Shown {
        /// The signature to be.
        signature: SignatureId,
        /// What the code holds.
        qr: Secret,
        /// The code ends.
        until: Mono,
        /// The row whose answer is the verdict.
        asked: OperationId,
    },
    /// There is no signature that counts; the person decides.
    Refused {
        /// What may be said.
        reason: SignatureRefusal,
        /// Whether another attempt makes sense.
        may_retry: bool,
    },
}

/// Where the dialogue goes on once the document is signed.
#[derive(Debug)]
pub enum AfterSigning {
    /// A registration is concluded.
    Registration(Applicant),
    /// The state service is asked.
    DataAccess(Applicant),
    /// A phone or an account is changed.
    Contact(Box<ToSign>),
    /// A contract is changed.
    Supplement(Box<ToAmend>),
    /// The contract is concluded.
    Contract {
        /// What is agreed to.
        terms: Box<ChosenTerms>,
        /// The face check.
        face_check: MessageId,
    },
    /// What is owed is transferred.
    Transfer {
        /// The request that waits for it.
        request: PayoutRequestId,
        /// What and where to.
        payment: Payment,
    },
}

/// What a person applies for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Sum.
    pub principal: senim_domain::Tiyn,
    /// How long.
    pub term: Term,
}

/// A row that is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurableRow {
    /// SHA-256 of its compact JWS, base64url.
    pub sha256: String,
    /// Key epoch in which it was signed.
    pub epoch: u64,
}

/// Who is before the camera, and for what.
#[derive(Debug)]
pub enum Sitter {
    /// A client, for a microcredit.
    Borrower(Box<ChosenTerms>),
    /// A client, for what is missing of a microcredit.
    Claimant(Box<Owed>),
    /// A client, for a transfer.
    Payer(Box<Payment>),
    /// Somebody who registers.
    Applicant(Applicant),
    /// A client, for their access.
    Holder(Box<Holder>),
    /// A client, for a change of their contract.
    Amender(Box<Amender>),
    /// A client whose data leaked, before an operation.
    Leaked(Box<Leaked>),
}

/// What a person comes for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// A microcredit.
    Loan,
    /// To become a client.
    Registration,
    /// To repay in banknotes.
    Repay,
    /// To look at the own business.
    Cabinet,
    /// To read who lends and what to beware of.
    Information,
}

/// A login under way.
#[derive(Clone, Debug)]
pub struct Login {
    /// What for.
    pub errand: Errand,
    /// The message that announced the code.
    pub id: MessageId,
    /// Where the SMS went, masked.
    pub phone_masked: Secret,
    /// Digits.
    pub digits: u32,
    /// How often a code may still be typed.
    pub tries_left: u32,
    /// End of the code's life.
    pub until: Mono,
}

/// What was wrong with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeError {
    /// Wrong.
    Wrong,
    /// Too old.
    Expired,
}

/// Who is logged in.
#[derive(Clone, Debug)]
pub struct Client {
    /// Opaque identity.
    pub id: ClientId,
    /// Greeting name.
    pub greeting: Secret,
    /// Products open to this client.
    pub products: Vec<String>,
    /// The login before this one, where there was one.
    pub last_login: Option<UtcMillis>,
}

/// An offer, checked by this terminal's own arithmetic.
#[derive(Debug)]
pub struct Offer {
    /// Who.
    pub client: Client,
    /// What was asked for.
    pub wish: Wish,
    /// The loan to be.
    pub loan: LoanId,
    /// One draft per method.
    pub drafts: Vec<OfferDraft>,
    /// The offer ends.
    pub expires: UtcMillis,
    /// SHA-256 of the offer message, base64url.
    pub sha256: String,
    /// How it is to be paid out; none: not chosen yet.
    pub way: Option<PaidBy>,
}

/// An offer and the method chosen.
#[derive(Debug)]
pub struct ChosenTerms {
    /// The offer.
    pub offer: Offer,
    /// The method.
    pub method: Method,
    /// What the client puts their word to.
    pub basis: Basis,
}

/// What a client puts their word to.
#[derive(Debug)]
pub enum Basis {
    /// A contract that is to be concluded.
    Contract(Contract),
    /// A contract that was concluded in an earlier visit, with the schedule of today.
    Confirmation(Confirmation),
}

/// A contract to be read and signed: the file, and the text that it carries.
pub struct Contract {
    /// The PDF; its bytes are what is signed.
    pub pdf: SecretBytes,
    /// Their SHA-256, base64url, computed here.
    pub sha256: String,
    /// The text.
    pub paper: Paper,
}

impl std::fmt::Debug for Contract {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Contract({})", self.sha256)
    }
}

impl ChosenTerms {
    /// The contract that is to be concluded; none in a visit that confirms one.
    #[must_use]
    pub const fn contract(&self) -> Option<&Contract> {
        match &self.basis {
            Basis::Contract(contract) => Some(contract),
            Basis::Confirmation(_) => None,
        }
    }

    /// Part of the microcredit that is paid out next, from 1.
    #[must_use]
    pub const fn part(&self) -> u32 {
        match &self.basis {
            Basis::Contract(_) => 1,
            Basis::Confirmation(confirmation) => confirmation.part,
        }
    }

    /// The chosen draft.
    #[must_use]
    pub fn draft(&self) -> Option<&OfferDraft> {
        self.offer.drafts.iter().find(|draft| draft.schedule.method == self.method)
    }
}

/// Where the picture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// The camera is being opened.
    Opening,
    /// The camera is gone; it is looked for until the visit's patience ends.
    Lost {
        /// Since when.
        since: Mono,
        /// When it is to be opened again.
        again: Mono,
    },
    /// The person places themselves.
    Ready,
    /// The last burst was not good enough.
    Poor(Instruction),
    /// The last picture did not match.
    NoMatch,
    /// A burst is being taken.
    Taking,
}

/// What the payout screen shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayPhase {
    /// Marker under way.
    Preparing,
    /// DISPENSE under way.
    Dispensing,
    /// The shutter is open: the notes wait to be taken.
    Taking,
    /// Notes that were left are being taken back.
    Retracting,
    /// The device is asked what it did.
    Checking,
}

/// A payout that ended in this visit.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The request.
    pub request: senim_domain::PayoutRequestId,
    /// The loan.
    pub loan: LoanId,
    /// Asked for.
    pub amount: senim_domain::Tiyn,
    /// Given.
    pub distributed: Vec<DenominationCount>,
    /// Worth of it.
    pub distributed_tiyn: senim_domain::Tiyn,
    /// Verdict.
    pub result: PayoutResult,
    /// When.
    pub at: UtcMillis,
    /// First instalment of the signed schedule.
    pub first_payment: Option<senim_domain::loan::Instalment>,
    /// Whether the paper receipt came out; `None` while printing.
    pub printed: Option<bool>,
    /// What is missing; none where nothing is, or where people have to count first.
    pub remainder: Option<Owed>,
    /// Language of the visit.
    pub language: Language,
}

/// Polite ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The person ended the visit.
    Cancelled,
    /// Nobody touched the screen.
    TimedOut,
    /// Not for this person here.
    NotAvailable,
    /// Too many wrong codes.
    TooManyCodes,
    ///
    NotApproved,
    ///
    VoluntaryRefusal,
    /// Another loan is open.
    LoanOpen,
    /// Face does not match.
    FaceNotMatched,
    /// Camera out of order.
    CameraFailed,
    /// The MFO does not answer.
    Unreachable,
    /// Own arithmetic differs from the offer's.
    TermsMismatch,
    /// No cash was given.
    NothingPaid,
    /// The mains failed; nothing was charged.
    OnBattery,
    /// Under age.
    UnderAge,
}
