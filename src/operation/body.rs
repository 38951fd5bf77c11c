//! What each kind of operation says in public: closed schemas, no personal data (design section 4).
//!
//! A row of an unknown kind is kept as it is ([`Body::read`] gives `None`): the chain does not depend on understanding.
//! Adding a field is a new `ver`; adding a kind is not.

use senim_domain::cash::{BundleResult, CashBooks, SettledNotes, UnitMoved, UnitRequest};
use senim_domain::loan::{Method, Term};
use senim_domain::location::Place;
use senim_domain::rule_pack::ConsentKind;
use senim_domain::{
    ApplicationId, AuthorisationId, ClientId, Language, LoanId, MessageId, PayoutRequestId, RewindId,
    SettlementId, SignatureId, Tiyn,
};
use serde::{Deserialize, Serialize};

use crate::signature::SignaturePurpose;

pub use crate::body_access::*;
pub use crate::body_cabinet::{
    CabinetLetterSubmitted, CabinetPart, CabinetRequested, DocumentAsked, LetterSubject, SlipPrinted,
};
pub use crate::body_card::*;
pub use crate::body_exchange::*;
pub use crate::body_leak::{CheckCallAsked, FurtherStepAcknowledged, Measure, MeasureRequested};
pub use crate::body_liveness::{LivenessAwaited, LivenessOutcome, LivenessPerformed, LivenessRequested};
pub use crate::body_payout::{
    PayoutAccountSubmitted, PayoutWayChosen, PayoutWaysRequested, TransferRequested,
};
pub use crate::body_preparation::{
    MethodChosen, PressureAnswered, QuestionsAnswered, TextAcknowledged, UnfinishedDecided,
};
pub use crate::body_registration::*;
pub use crate::body_remainder::RemainderClaimed;
pub use crate::body_repayment::*;
pub use crate::body_service::*;
pub use crate::body_shutter::{PayoutPresented, PayoutRetractIntended, PayoutRetracted, PayoutTaken};
pub use crate::body_signature::{CardSignatureMade, SignatureAwaited, SignatureCancelled};
pub use crate::body_supplement::*;
pub use crate::body_values::{
    CabinetInput, ConsentSubject, DenominationCount, EarlyWish, FaceSubject, Liveness, NoteDecision,
    NotePosition, NoteSource, OutcomeSource, PayoutResult, PowerSource, RepaymentBasis, RepaymentResult,
    SessionEnd,
};
pub use crate::body_waiting::{ConfirmationRequested, LoanCancelled, LoanConfirmed};

macro_rules! bodies {
    (
        $($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident : $ty:ty),* $(,)? })*
        ;
        $($(#[$elsewhere:meta])* $kind:ident,)*
    ) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub struct $name { $($(#[$fdoc])* pub $field: $ty,)* }
        )*

        bodies!(@enum $($(#[$doc])* $name,)* $($(#[$elsewhere])* $kind,)*);
    };
    (@enum $($(#[$doc:meta])* $name:ident,)*) => {
        $(
            impl From<$name> for Body {
                fn from(body: $name) -> Self { Self::$name(body) }
            }
        )*

        /// The public part of an operation.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Body { $($(#[$doc])* $name($name),)* }

        impl Body {
            /// Every kind, as it is written in the row.
            pub const KINDS: &'static [&'static str] = &[$(stringify!($name)),*];

            /// The kind as it is written in the row.
            #[must_use]
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name),)* }
            }

            /// The public fields as JSON.
            ///
            /// # Errors
            /// Only if a field cannot be written as JSON, which the types here exclude.
            pub fn write(&self) -> Result<serde_json::Value, serde_json::Error> {
                match self { $(Self::$name(body) => serde_json::to_value(body),)* }
            }

            /// Reads the public fields of a kind; `None` for a kind that this version does not know.
            ///
            /// # Errors
            /// The fields are not those of the kind.
            pub fn read(kind: &str, public: &serde_json::Value) -> Result<Option<Self>, serde_json::Error> {
                match kind {
                    $(stringify!($name) => $name::deserialize(public).map(Self::$name).map(Some),)*
                    _ => Ok(None),
                }
            }
        }
    };
}

bodies! {
    /// A journal key begins: made in RAM, certified by the identity key, which signs this row.
    KeyEpoch {
        /// Public key of the epoch.
        jwk: crate::jws::PublicJwk,
        /// Base64url ES256 signature of the journal key over `senim-key-epoch:` and the terminal's name: it exists.
        proof: String,
    }
    /// The firmware started.
    TerminalStarted {
        /// SHA-256 of the configuration file, base64url.
        config_sha256: String,
        /// Whether the last run ended by an orderly stop.
        clean_stop: bool,
    }
    /// The firmware stops in order.
    TerminalStopped {
        /// Why, a code.
        reason: String,
    }
    /// A durable message of the MFO was verified and stored.
    DirectiveStored {
        /// Which.
        message_id: MessageId,
        /// Its kind.
        kind: String,
        /// SHA-256 of the message's compact JWS, base64url.
        sha256: String,
    }
    /// A message of the MFO was refused (signature, age, schema); the former one stays in force.
    DirectiveRefused {
        /// Its kind, as far as readable.
        kind: String,
        /// SHA-256 of what came, base64url.
        sha256: String,
        /// Why, a code.
        reason: String,
    }
    /// The MFO asked for rows again that it had acknowledged before; they follow from `from_seq` on.
    RewindObeyed {
        /// Which call of the MFO.
        rewind: RewindId,
        /// First row that was asked for.
        from_seq: u64,
        /// Last row before this one.
        head_seq: u64,
        /// First row that is still here: rows from `from_seq` up to it cannot be sent again.
        pruned: u64,
    }
    /// A message about the person of this session was received; its content stays in RAM.
    AnswerReceived {
        /// Which.
        message_id: MessageId,
        /// Its kind.
        kind: String,
        /// SHA-256 of the message's compact JWS, base64url.
        sha256: String,
    }
    /// The terminal went out of service, or back.
    ServiceChanged {
        /// Whether new business is possible now.
        in_service: bool,
        /// Codes of what prevents it.
        reasons: Vec<String>,
    }
    /// A person began.
    SessionOpened {
        /// Language chosen.
        language: Language,
    }
    /// The visit is over and everything about the person was wiped.
    SessionClosed {
        /// How it ended.
        end: SessionEnd,
    }
    /// An application for a microcredit.
    ApplicationSubmitted {
        /// Its identity, born here.
        application: ApplicationId,
        /// Who.
        client: ClientId,
        /// Product of the rule pack.
        product: String,
        /// Sum asked for.
        principal_tiyn: Tiyn,
        /// How long.
        term: Term,
        /// Language in which the terms will be read.
        language: Language,
    }
    /// A document was shown to its end and acknowledged.
    DocumentShown {
        /// The loan it belongs to.
        loan: LoanId,
        /// `contract` for now.
        document: String,
        /// SHA-256 of exactly the bytes shown, base64url.
        sha256: String,
        /// Language of the text.
        language: Language,
    }
    /// A fresh portrait was taken. Sealed: the picture.
    FaceCaptured {
        /// What it is for.
        subject: FaceSubject,
        /// Whether a living person was proven.
        liveness: Liveness,
        /// Best frame's score, 0–100.
        quality: u8,
    }
    /// The client agreed to exactly these bytes.
    ContractAgreed {
        /// Which.
        loan: LoanId,
        /// Method of repayment.
        method: Method,
        /// SHA-256 of the contract's bytes, base64url.
        contract_sha256: String,
        /// The face check it rests on.
        face_check: MessageId,
    }
    /// The client asks for cash now.
    PayoutRequested {
        /// Its identity.
        request: PayoutRequestId,
        /// Which loan.
        loan: LoanId,
        /// Part of the loan, from 1.
        part: u32,
        /// Sum of this part.
        amount_tiyn: Tiyn,
        /// The face check of this session.
        face_check: MessageId,
        /// Where the terminal is; none in rows of firmware that did not say it.
        place: Option<Place>,
    }
    /// One bundle is about to be paid.
    PayoutIntended {
        /// The request.
        request: PayoutRequestId,
        /// The loan.
        loan: LoanId,
        /// Leave of the gateway.
        authorisation: AuthorisationId,
        /// Part of the loan, from 1.
        part: u32,
        /// Bundle of the part, from 1.
        bundle: u32,
        /// Bundles of the part.
        of: u32,
        /// Notes per cassette.
        mix: Vec<UnitRequest>,
        /// The books before.
        books_before: CashBooks,
    }
    /// The marker ran and was confirmed; DISPENSE may follow, once.
    PayoutArmed {
        /// The request.
        request: PayoutRequestId,
        /// The bundle.
        bundle: u32,
        /// What the marker moved; nothing to the exit.
        marker: Vec<UnitMoved>,
        /// The power latch's count at arming, `null` where there is no latch.
        latch_losses: Option<u64>,
    }
    /// How the bundle ended.
    PayoutOutcome {
        /// The request.
        request: PayoutRequestId,
        /// The bundle.
        bundle: u32,
        /// Verdict.
        result: BundleResult,
        /// Per cassette by the device; empty where nobody counted.
        units: Vec<UnitMoved>,
        /// The device's error, a technician's text.
        device_error: Option<String>,
        /// Where the verdict comes from.
        source: OutcomeSource,
    }
    /// The request has ended, once, for ever.
    PayoutEnded {
        /// The request.
        request: PayoutRequestId,
        /// The loan.
        loan: LoanId,
        /// Part of the loan.
        part: u32,
        /// Leave of the gateway, where one was given.
        authorisation: Option<AuthorisationId>,
        /// Notes that the borrower received.
        distributed: Vec<DenominationCount>,
        /// Their worth.
        distributed_tiyn: Tiyn,
        /// Verdict.
        result: PayoutResult,
        /// Why it is not `paid`, a code.
        reason: Option<String>,
        /// Where the terminal is; none in rows of firmware that did not say it.
        place: Option<Place>,
    }
    /// A receipt was given or could not be.
    ReceiptPrinted {
        /// The payout it tells of.
        request: PayoutRequestId,
        /// Whether the printer confirmed the last row.
        printed: bool,
        /// SHA-256 of the raster, base64url.
        sha256: String,
    }
    /// Cash service stopped, or was allowed again.
    CashServiceChanged {
        /// Whether payouts are possible.
        available: bool,
        /// Why, a code.
        cause: String,
    }
    /// A device failed or came back.
    DeviceChanged {
        /// Its name in the configuration.
        device: String,
        /// Whether it can be used.
        usable: bool,
        /// Cause for the technician; protocol code and meaning.
        cause: String,
    }
    /// The device's answer does not fit the books.
    BooksContradicted {
        /// The request during which it was seen.
        request: Option<PayoutRequestId>,
        /// What does not fit, a technician's text.
        detail: String,
    }
    /// The line to the MFO failed in a way that waiting does not cure, or works again.
    UplinkChanged {
        /// Whether it works.
        usable: bool,
        /// Code: `certificateRefused`, `fork`, `gap`, …
        cause: String,
    }
    /// The terminal went onto its battery, came back to the mains, or the battery is nearly empty.
    PowerChanged {
        /// Where the power comes from.
        source: PowerSource,
        /// The supply says that darkness is near.
        low: bool,
        /// Charge, percent, where the supply tells it.
        charge_percent: Option<u8>,
    }
    /// A door, loop, tilt sensor or key switch of the cabinet changed, or was seen at start.
    CabinetChanged {
        /// Which.
        input: CabinetInput,
        /// Door open, loop broken, tilted, switch on supervisor.
        active: bool,
    }
    /// A note lay in the cash acceptor when it got its power back, and no open escrow explains it.
    NoteFound {
        /// Where it lay.
        position: NotePosition,
    }
    /// A settlement of the MFO was carried out: notes in doubt are in the books where a count found them. Stores the
    /// message too, so that it is carried out once.
    PayoutSettled {
        /// The settlement.
        settlement: SettlementId,
        /// The message that ordered it.
        message_id: MessageId,
        /// SHA-256 of the message's compact JWS, base64url.
        message_sha256: String,
        /// The request.
        request: PayoutRequestId,
        /// The loan.
        loan: LoanId,
        /// Where the notes were.
        notes: Vec<SettledNotes>,
        /// The books after.
        books_after: CashBooks,
    }
    /// A command of the MFO was carried out, or cannot be any more.
    CommandCarriedOut {
        /// The message that gave it.
        message_id: MessageId,
        /// `takeCheckpoint`, `restart`, …
        command: String,
        /// `done`, `expired`.
        result: String,
    }
    /// A consent was shown and answered.
    ConsentDecided {
        /// Whose consent.
        subject: ConsentSubject,
        /// What it is for.
        consent: ConsentKind,
        /// SHA-256 of exactly the text shown, base64url ([`senim_domain::rule_pack::Consent::document`]).
        text_sha256: String,
        /// Language of the text.
        language: Language,
        /// Agreed or refused.
        agreed: bool,
    }
    /// The client is asked to sign a document with their electronic signature, by QR code on their own phone.
    SignatureRequested {
        /// Its identity, born here; a new code under the same document is a new one.
        signature: SignatureId,
        /// What for.
        purpose: SignaturePurpose,
        /// The loan it belongs to, where there is one.
        loan: Option<LoanId>,
        /// SHA-256 of exactly the bytes shown, base64url.
        document_sha256: String,
    }
    ;
    /// Somebody names who they are. Sealed: [`crate::attachment::LoginRequest`].
    LoginRequested,
    /// The one-time code was typed. Sealed: [`crate::attachment::LoginCode`].
    LoginCodeSubmitted,
    /// A PIN of the cabinet was chosen. Sealed: [`crate::attachment::PinEntry`].
    PinSubmitted,
    /// The client has other ways to log in and wants a one-time code.
    LoginCodeWanted,
    /// The PIN of the cabinet was typed to log in. Sealed: [`crate::attachment::PinEntry`].
    LoginPinSubmitted,
    /// A client wants another phone or account. Sealed: [`crate::attachment::PhoneEntry`] or
    /// [`crate::attachment::AccountEntry`].
    ContactChangeRequested,
    /// The code that was sent to the new number was typed. Sealed: [`crate::attachment::LoginCode`].
    ContactCodeSubmitted,
    /// Everything is given: the change is to be made.
    ContactChangeConcluded,
    /// Somebody who is not a client yet asks to become one. Sealed: [`crate::attachment::RegistrationEntry`].
    RegistrationRequested,
    /// The state service is to ask the person for access to their data.
    AccessRequested,
    /// The code of the state service was typed. Sealed: [`crate::attachment::LoginCode`].
    AccessCodeSubmitted,
    /// The terminal asks whether the person has answered the SMS of 1414.
    AccessAnswerAsked,
    /// The person saw what the state knows of them and said whether this is they.
    IdentificationSubmitted,
    /// A mobile number was typed. Sealed: [`crate::attachment::PhoneEntry`].
    PhoneSubmitted,
    /// A one-time code of the registration was typed. Sealed: [`crate::attachment::LoginCode`].
    RegistrationCodeSubmitted,
    /// Everything is given: the person asks to be registered.
    RegistrationConcluded,
    /// The code is on the screen; the answer to this row is the verdict on what the phone brings.
    SignatureAwaited,
    /// Nobody waits for the phone any more.
    SignatureCancelled,
    /// The client's card signed. Sealed: [`crate::attachment::CardSignature`].
    CardSignatureMade,
    /// The questions of due diligence were answered. Sealed: [`crate::attachment::Questionnaire`].
    QuestionsAnswered,
    /// A text of the rule pack was read to its end and acknowledged.
    TextAcknowledged,
    /// Whether somebody tells the client to borrow was asked and answered.
    PressureAnswered,
    /// The next measure is asked for before an operation of a client whose data leaked.
    MeasureRequested,
    /// The terminal asks whether the check call has come to an end.
    CheckCallAsked,
    /// A further step of the rule pack was read and acknowledged.
    FurtherStepAcknowledged,
    /// A sequence of movements is asked for, before a portrait.
    LivenessRequested,
    /// A sequence was tried. Sealed: its evidence.
    LivenessPerformed,
    /// A code for a check on the client's phone is on the screen (B14).
    LivenessAwaited,
    /// The draft schedules of all methods were shown and one was chosen.
    MethodChosen,
    /// An interrupted application is gone on with, or begun anew.
    UnfinishedDecided,
    /// A client asks to confirm a microcredit that waits for its payout (B6).
    ConfirmationRequested,
    /// The client confirms it with the schedule of today.
    LoanConfirmed,
    /// The client takes the contract back before any money (B6).
    LoanCancelled,
    /// A client who is logged in asks what is owed.
    DebtRequested,
    /// Somebody names a contract to pay for. Sealed: [`crate::attachment::RepaymentNumber`].
    ContractNumberSubmitted,
    /// Notes may come now. Sealed where the contract was named by its number: [`crate::attachment::RepaymentNumber`].
    RepaymentBegun,
    /// A note waits in escrow, and what is done with it; STACK or RETURN may follow, once.
    NoteEscrowed,
    /// The note is in the stacker: its one credit.
    NoteStacked,
    /// The note was given back.
    NoteReturned,
    /// Nobody knows where a note in escrow ended; the acceptor has it, or its owner.
    NoteInDoubt,
    /// A note in doubt was told of after its repayment had ended; in the stacker it is credited by this row, once.
    NoteFoundLate,
    /// The repayment has ended, once, for ever: what was taken is the payer's money at the MFO.
    RepaymentEnded,
    /// A receipt of a repayment was given or could not be.
    RepaymentReceiptPrinted,
    /// The acceptor's stacker was emptied against a signed order.
    StackerCollected,
    /// A client who is logged in opens a part of the cabinet. What they are shown is in the answer, never in a row.
    CabinetRequested,
    /// A client writes to the MFO. Sealed: [`crate::attachment::CabinetLetter`].
    CabinetLetterSubmitted,
    /// A slip with what the MFO answered was given or could not be.
    SlipPrinted,
    /// The client wants what is missing of a loan at the MFO's cash desk.
    RemainderClaimed,
    /// The notes of a bundle lie behind the shutter, counted; the shutter may open, once.
    PayoutPresented,
    /// The borrower took the notes from the shutter.
    PayoutTaken,
    /// The borrower left notes and the device is told to take them back, once.
    PayoutRetractIntended,
    /// Notes were taken back into the retract unit.
    PayoutRetracted,
    /// The client asks how a loan may be paid out.
    PayoutWaysRequested,
    /// An account for the payout was typed. Sealed: [`crate::attachment::PayoutAccount`].
    PayoutAccountSubmitted,
    /// The way of payout was chosen. Sealed where it is a merchant: [`crate::attachment::MerchantInvoice`].
    PayoutWayChosen,
    /// The client wants the money transferred now.
    TransferRequested,
    /// A card was put in to log in with it. Sealed: [`crate::attachment::ShownCard`].
    LoginCardShown,
    /// A client wants a card to open their cabinet. Sealed: [`crate::attachment::ShownCard`].
    CardBindingRequested,
    /// The card signed the MFO's challenge. Sealed: [`crate::attachment::CardProof`].
    CardProofSubmitted,
    /// A client wants their card to open nothing any more.
    CardUnbindingRequested,
    /// A client wants to sign with a card. Sealed: [`crate::attachment::ShownCard`].
    CardSignatureRequested,
    /// A card was not usable, or its PIN was wrong.
    CardNotUsed,
    /// A card still lay in the reader long after its visit.
    CardLeftBehind,
    /// Cash was brought or taken against a signed order.
    CashExchange,
    /// A person counted; the difference is a fact.
    CashCountAdjusted,
    /// An exchange against a signed order began at the terminal.
    ExchangeStarted,
    /// The number of an order that cannot be carried out here was typed.
    ExchangeRefused,
    /// An exchange ended with nothing brought and nothing taken.
    ExchangeAbandoned,
    /// What the cash officers counted in an exchange.
    ExchangeCounted,
    /// Cash officers counted what lies in the machine after a payout in doubt.
    PayoutCounted,
    /// Notes that stuck on the dispenser's way were counted and put into the reject unit.
    PathCleared,
    /// A member of staff opened the service mode.
    ServiceModeOpened,
    /// The service mode ended.
    ServiceModeClosed,
    /// A card did not open the service mode.
    ServiceCardRefused,
    /// An enrolment code was typed in the service mode (design section 5).
    EnrolmentTried,
    /// A technician lets one note go to the reject unit; nothing leaves the device.
    TestDispenseIntended,
    /// How that ended. Uncertain stops cash service until a count.
    TestDispenseEnded,
    /// A technician tries a device in the service mode.
    DeviceTestBegun,
    /// How that ended.
    DeviceTestEnded,
    /// A technician had the journal written onto a stick.
    JournalExported,
    /// A technician calibrated the touch panel.
    TouchCalibrated,
    /// A client asks which changes of their contracts wait, and which contracts can be changed.
    ChangesRequested,
    /// The client wants to read a supplement that waits.
    SupplementRequested,
    /// The client agreed to exactly these bytes.
    SupplementAgreed,
    /// The client does not want the supplement.
    SupplementDeclined,
    /// The client asks for other terms. Sealed: [`crate::attachment::RestructuringWish`].
    RestructuringRequested,
    /// A client says how they want money back. Sealed for an account: [`crate::attachment::PayoutAccount`].
    RefundChosen,
}
