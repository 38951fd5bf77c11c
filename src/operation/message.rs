//! The MFO's messages to a terminal: compact JWS, ES256, `typ: senim-msg+jws` (design section 5, "Inbox").
//!
//! Says what the MFO can say. Whose signature counts is decided in the private module behind [`open_message`].
//! `durable` kinds are stored; `session` kinds speak of a person, live in RAM and are bound to one session.

use senim_domain::business_days::Day;
use senim_domain::cash::{SettledNotes, UnitStock};
use senim_domain::loan::Method;
use senim_domain::location::RegisteredLocation;
use senim_domain::rule_pack::{AccessMethod, ClientType, RulePack};
use senim_domain::{
    ApplicationId, ChallengeId, ChangeId, ClientId, Language, LoanId, OperationId, OrderId, PayoutRequestId,
    RegistrationId, RepaymentId, RewindId, Secret, SettlementId, SignatureId, TerminalId, Tiyn, UtcMillis,
};
use serde::{Deserialize, Serialize};

use crate::body_leak::Measure;
use crate::seal_keys::SealKey;
use crate::signature::SignatureRefusal;

pub use crate::authorisation::Authorisation;
pub use crate::message_access::{ContactChange, ContactCode, ContactRefusal, ContactStatement, LoginWay};
pub use crate::message_cabinet::{
    ApplicationStanding, ApplicationState, CabinetContent, CabinetRefusal, ConsentOutcome, ConsentStanding,
    ConsentStatus, ContractFacts, ContractFile, ContractState, DocumentConfirmation, DocumentKind, Letter,
    LoanStatement, PaymentDetails, PaymentDone, UpcomingPayment,
};
pub use crate::message_card::{CardChallenge, CardRefusal, CardSignatureToMake};
pub use crate::message_codes::{
    ApplicationRefusal, Comparison, FaceRefusal, LoginRefusal, PinRefusal, RegistrationRefusal,
    RegistrationStep,
};
pub use crate::message_command::Command;
pub use crate::message_debts::{Booking, ContractDebt, DebtStanding, RepaymentRefusal, Rest};
pub use crate::message_envelope::{MessageEnvelope, VERSION};
pub use crate::message_jws::{
    Address, Message, MessageError, MessageTrust, open_message, readable_kind, seal_message,
};
pub use crate::message_leak::{CallAnnounced, MeasureRefusal, MeasureRefused};
pub use crate::message_liveness::{ChallengeGiven, LivenessRefusal, LivenessRefused, PhoneCheckOffered};
pub use crate::message_offer::{
    CancellationRefusal, ConfirmationOffer, ConfirmationRefusal, OfferDraft, UnfinishedApplication,
    UnfinishedWish, WaitingLoan,
};
pub use crate::message_payout::{
    PayoutTarget, PayoutWays, TransferAnswer, TransferOutcome, WayAnswer, WayOutcome, WayRefusal,
};
pub use crate::message_questions::{FurtherQuestion, QuestionForm, QuestionOption};
pub use crate::message_remainder::{ClaimSlip, Remainder};
pub use crate::message_supplement::{
    ChangeableContract, ContractChanges, RefundAnswer, RefundDue, RefundOutcome, RefundRefusal, RefundTaken,
    RestructuringAnswer, RestructuringOutcome, RestructuringRefusal, SupplementAnswer, SupplementDraft,
    SupplementOutcome, SupplementRefusal, WaitingSupplement,
};
pub use crate::secret_wire::expose_on_the_wire;

/// What the MFO says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum MessageBody {
    /// Durable: limits, products, texts.
    RulePack(Box<RulePack>),
    /// Durable: the terminal may serve at its registered place.
    Activation {
        /// Whether service is allowed.
        active: bool,
        /// The place on record; a terminal that finds itself elsewhere does not serve.
        location: RegisteredLocation,
        /// Day of the notice to the regulator.
        notified: Day,
        /// Day of the activation.
        activated: Day,
    },
    /// Durable: load or collect cash.
    CashOrder {
        /// Identity.
        order: OrderId,
        /// Cassettes to empty.
        collect: Vec<senim_domain::cash::UnitNo>,
        /// Stock to load.
        add: Vec<UnitStock>,
        /// Not after.
        expires: UtcMillis,
        /// The acceptor's stacker is emptied too.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        stacker: bool,
        /// The dispenser's reject unit and retract unit are emptied too.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        rejects: bool,
        /// Of which series the notes to load are, where that is known.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        series: Vec<senim_domain::count::NoteSeries>,
    },
    /// Durable: where notes in doubt were found, decided by two members of staff.
    Settlement {
        /// Identity; carried out once.
        settlement: SettlementId,
        /// The payout.
        request: PayoutRequestId,
        /// Its loan.
        loan: LoanId,
        /// Where the notes are.
        notes: Vec<SettledNotes>,
    },
    /// Durable: something to do, once. Its identity is the message's.
    Command {
        /// What.
        command: Command,
        /// Not after.
        expires: UtcMillis,
    },
    /// Durable: send every row from here on again, and every attachment that is still there. The MFO's records are older
    /// than what it has acknowledged.
    Rewind {
        /// Identity.
        rewind: RewindId,
        /// First row that is missing.
        from_seq: u64,
    },
    /// Durable: this terminal takes the place of another whose board died. The MFO's countersignature under the new
    /// chain's beginning: it names where the old chain ends.
    Succession {
        /// The terminal that is no more.
        predecessor: TerminalId,
        /// Rows of it that the MFO has.
        rows: u64,
        /// Hash of the last of them, base64url; 43 times `A` for none.
        head_sha256: String,
    },
    /// Durable: the keys to seal to, all of them; the newest usable one is used.
    SealKeys {
        /// 1–16 keys.
        keys: Vec<SealKey>,
    },
    /// Session: a one-time code was sent by SMS.
    LoginCodeSent {
        /// Masked phone, for the person to recognise.
        #[serde(serialize_with = "expose_on_the_wire")]
        phone_masked: Secret,
        /// Seconds that the code lives.
        life_seconds: u32,
        /// Digits of the code.
        digits: u32,
    },
    /// Session: no login; nothing is disclosed.
    LoginRefused {
        /// What the person can do.
        reason: LoginRefusal,
        /// Whether another code may be typed in this login.
        may_retry: bool,
    },
    /// Session: the person is logged in.
    LoggedIn {
        /// Opaque identity.
        client: ClientId,
        /// Given name and patronymic, to greet.
        #[serde(serialize_with = "expose_on_the_wire")]
        greeting: Secret,
        /// Products that this client may ask for.
        products: Vec<String>,
        /// The login before this one, at any terminal; absent: there was none (R-127a).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last_login: Option<UtcMillis>,
        /// A loan of theirs that was paid out short.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remainder: Option<Remainder>,
        /// A microcredit that waits for its payout.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waiting: Option<WaitingLoan>,
        /// An application that was interrupted, to go on with or to begin anew.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unfinished: Option<Box<UnfinishedApplication>>,
        /// Somebody else entered the account at this time, and the client did not read of it yet: nothing is done before
        ///
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unauthorised_access: Option<UtcMillis>,
    },
    /// Session: the client's data spread illegally; nothing is done for them before the measures. It answers a
    /// login, and any operation when the MFO learns of it later. Once they are taken the answer is `LoggedIn`.
    MeasuresNeeded {
        /// Opaque identity.
        client: ClientId,
        /// Since when the MFO knows.
        since: UtcMillis,
        /// What the lender says of it beside the text of the rule pack, in the client's language; empty: nothing.
        #[serde(serialize_with = "expose_on_the_wire")]
        notice: Secret,
    },
    /// Session: a measure went well.
    MeasureTaken {
        /// Whose data leaked.
        client: ClientId,
        /// Which.
        measure: Measure,
    },
    /// Session: a call will come to the client's number, or is still to come to its end.
    CallAnnounced(CallAnnounced),
    /// Session: a measure did not go well.
    MeasureRefused(MeasureRefused),
    /// Session: terms offered, schedules of every method.
    OfferMade {
        /// The application.
        application: ApplicationId,
        /// The loan to be.
        loan: LoanId,
        /// Drafts by method.
        drafts: Vec<OfferDraft>,
        /// The offer ends.
        expires: UtcMillis,
    },
    /// Session: the screening asks more before the application is decided: put one at a time, answered by a
    /// `QuestionsAnswered` row that names the application, which is then submitted again.
    QuestionsAsked {
        /// The application.
        application: ApplicationId,
        /// 1 to 20, in order.
        questions: Vec<FurtherQuestion>,
    },
    /// Session: the contract with the method that was chosen, to be read, agreed to and signed.
    ContractDrafted {
        /// The loan to be.
        loan: LoanId,
        /// The method.
        method: Method,
        /// The PDF, base64 (RFC 4648 section 4): exactly these bytes are shown, hashed and signed.
        #[serde(serialize_with = "expose_on_the_wire")]
        pdf: Secret,
        /// SHA-256 of the PDF, base64url.
        sha256: String,
    },
    /// Session: no offer.
    ApplicationRefused {
        /// The application.
        application: ApplicationId,
        /// What may be said.
        reason: ApplicationRefusal,
    },
    /// Session: a sequence to be done before the camera.
    ChallengeGiven(Box<ChallengeGiven>),
    /// Session: a code for a check on the client's own phone (B14).
    PhoneCheckOffered(Box<PhoneCheckOffered>),
    /// Session: somebody living is before the camera; the portrait may come.
    LivenessConfirmed {
        /// By which challenge.
        challenge: ChallengeId,
    },
    /// Session: there is no sequence, or nobody was shown to be living.
    LivenessRefused(LivenessRefused),
    /// Session: the face is the client's.
    FaceMatched {
        /// The loan.
        loan: LoanId,
    },
    /// Session: it is not, or cannot be told.
    FaceRefused {
        /// The loan.
        loan: LoanId,
        /// What may be said.
        reason: FaceRefusal,
        /// Attempts left in this session.
        attempts_left: u32,
    },
    /// Session: the contract is concluded.
    ContractAccepted {
        /// The loan.
        loan: LoanId,
        /// First moment at which it may be confirmed and paid out (B6); none: at once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rests_until: Option<UtcMillis>,
    },
    /// Session: what is confirmed, if the waiting microcredit is paid out today (B6).
    ConfirmationOffered(Box<ConfirmationOffer>),
    /// Session: it is confirmed, cash may be asked for.
    ConfirmationAccepted {
        /// The loan.
        loan: LoanId,
    },
    /// Session: it is not.
    ConfirmationRefused {
        /// The loan.
        loan: LoanId,
        /// What may be said.
        reason: ConfirmationRefusal,
    },
    /// Session: the contract has ended before any money; nothing is owed.
    CancellationAccepted {
        /// The loan.
        loan: LoanId,
    },
    /// Session: it has not.
    CancellationRefused {
        /// The loan.
        loan: LoanId,
        /// What may be said.
        reason: CancellationRefusal,
    },
    /// Session: it is not.
    ContractRefused {
        /// The loan.
        loan: LoanId,
        /// A code.
        reason: String,
    },
    /// Session: the code for the screen, with which the client's phone gets the document to sign.
    SignatureOffered {
        /// Which.
        signature: SignatureId,
        /// What the QR code holds. Who has it can answer in the client's place.
        #[serde(serialize_with = "expose_on_the_wire")]
        qr: Secret,
        /// Seconds that the code lives.
        life_seconds: u32,
    },
    /// Session: the signature counts and is kept.
    SignatureAccepted {
        /// Which.
        signature: SignatureId,
        /// SHA-256 of the CMS, base64url.
        cms_sha256: String,
        /// The stamped moment.
        signed_at: UtcMillis,
    },
    /// Session: it does not count, or there is none.
    SignatureRefused {
        /// Which.
        signature: SignatureId,
        /// What may be said.
        reason: SignatureRefusal,
        /// Whether another attempt over the same document makes sense in this visit.
        may_retry: bool,
    },
    /// Session: leave to pay one part once. Usable only from RAM (design section 5).
    PayoutAuthorised(Authorisation),
    /// Session: no leave.
    PayoutRefused {
        /// The request.
        request: PayoutRequestId,
        /// A code.
        reason: String,
    },
    /// Session: the registration goes on.
    RegistrationAdvanced {
        /// Which; another than was asked for when an earlier one is continued.
        registration: RegistrationId,
        /// What comes next.
        next: RegistrationStep,
    },
    /// Session: a one-time code of the MFO was sent by SMS, to continue a registration or to confirm a number.
    RegistrationCodeSent {
        /// Which.
        registration: RegistrationId,
        /// Masked phone, for the person to recognise.
        #[serde(serialize_with = "expose_on_the_wire")]
        phone_masked: Secret,
        /// Seconds that the code lives.
        life_seconds: u32,
        /// Digits of the code.
        digits: u32,
    },
    /// Session: no; nothing is disclosed.
    RegistrationRefused {
        /// Which.
        registration: RegistrationId,
        /// What the person can do.
        reason: RegistrationRefusal,
        /// Whether the same may be tried again in this visit.
        may_retry: bool,
    },
    /// Session: the person has been asked by the state service, or has not answered it yet.
    AccessAsked {
        /// Which.
        registration: RegistrationId,
        /// How the answer comes.
        method: AccessMethod,
        /// A request was in process: no second SMS is sent.
        already_in_process: bool,
        /// Seconds that the answer is waited for.
        life_seconds: u32,
        /// How often a code may be typed.
        tries_left: u32,
    },
    /// Session: what the state knows of the person, as little as they need to recognise it.
    PersonFound {
        /// Which.
        registration: RegistrationId,
        /// As whom they are registered: an entrepreneur only where the register says so.
        client_type: ClientType,
        /// Surname.
        #[serde(serialize_with = "expose_on_the_wire")]
        surname: Secret,
        /// Given name.
        #[serde(serialize_with = "expose_on_the_wire")]
        given_name: Secret,
        /// Patronymic; empty: none.
        #[serde(serialize_with = "expose_on_the_wire")]
        patronymic: Secret,
        /// `identityCard`, `passport`, `residencePermit` or `statelessCertificate`.
        document: String,
        /// Last signs of the document's number.
        #[serde(serialize_with = "expose_on_the_wire")]
        document_tail: Secret,
        /// Last day of the document's validity, `YYYY-MM-DD`.
        document_expires: String,
        /// The consent's number.
        consent_number: String,
    },
    /// Session: name, IIN and photograph were compared, each for itself.
    AuthenticationResult {
        /// Which.
        registration: RegistrationId,
        /// The full name.
        name: Comparison,
        /// The IIN.
        iin: Comparison,
        /// The portrait.
        photo: Comparison,
        /// Pictures that may still be taken in this visit.
        attempts_left: u32,
    },
    /// Session: the statement that the person signs with their electronic signature.
    StatementToSign {
        /// Which.
        registration: RegistrationId,
        /// Exactly these UTF-8 bytes are shown and signed.
        #[serde(serialize_with = "expose_on_the_wire")]
        statement: Secret,
        /// SHA-256 of the bytes, base64url.
        statement_sha256: String,
        /// Language of the text.
        language: Language,
    },
    /// Session: the person is a client now, and logged in.
    Registered {
        /// Which.
        registration: RegistrationId,
        /// Opaque identity.
        client: ClientId,
        /// Given name and patronymic, to greet.
        #[serde(serialize_with = "expose_on_the_wire")]
        greeting: Secret,
        /// Products that this client may ask for.
        products: Vec<String>,
    },
    /// Session: the PIN counts from now on.
    PinAccepted {
        /// Whose.
        client: ClientId,
    },
    /// Session: it does not.
    PinRefused {
        /// Whose.
        client: ClientId,
        /// Why.
        reason: PinRefusal,
    },
    /// Session: how this client may log in.
    LoginWaysOffered {
        /// At least one.
        ways: Vec<LoginWay>,
    },
    /// Session: the face is the client's.
    HolderMatched {
        /// Whose.
        client: ClientId,
    },
    /// Session: it is not, or cannot be told.
    HolderRefused {
        /// Whose it should have been.
        client: ClientId,
        /// What may be said.
        reason: FaceRefusal,
        /// Attempts left in this session.
        attempts_left: u32,
    },
    /// Session: a one-time code was sent to the number that is to be the client's.
    ContactCodeSent(ContactCode),
    /// Session: the new number or account is right; the face comes next.
    ContactChangeAdvanced {
        /// Which.
        change: ChangeId,
    },
    /// Session: the statement that the client signs.
    ContactStatementToSign(ContactStatement),
    /// Session: the change is made.
    ContactChanged(ContactChange),
    /// Session: it is not.
    ContactChangeRefused {
        /// Which.
        change: ChangeId,
        /// What may be said.
        reason: ContactRefusal,
        /// Whether the same may be tried again in this visit.
        may_retry: bool,
    },
    /// Session: the card that was shown may prove itself.
    CardChallenged(CardChallenge),
    /// Session: the card opens this cabinet from now on.
    CardBound {
        /// Whose.
        client: ClientId,
    },
    /// Session: no card opens it any more.
    CardUnbound {
        /// Whose.
        client: ClientId,
    },
    /// Session: what the card has to sign under a document.
    CardSignaturePrepared(CardSignatureToMake),
    /// Session: the card opens nothing.
    CardRefused {
        /// What may be said.
        reason: CardRefusal,
        /// Whether another attempt makes sense.
        may_retry: bool,
    },
    /// Session: what the client owes, contract by contract.
    Debts {
        /// Contracts with a debt, newest first.
        contracts: Vec<ContractDebt>,
    },
    /// Session: the contract of a number that somebody typed; no more than a payer needs to recognise it.
    ContractFound {
        /// The loan.
        loan: LoanId,
        /// Initials of the borrower.
        #[serde(serialize_with = "expose_on_the_wire")]
        holder_masked: Secret,
        /// What is due today.
        due_tiyn: Tiyn,
    },
    /// Session: nothing can be paid for what was asked.
    RepaymentRefused {
        /// What may be said.
        reason: RepaymentRefusal,
    },
    /// Session: the money of a repayment is entered.
    RepaymentBooked {
        /// The repayment.
        repayment: RepaymentId,
        /// What it was used for; none: it is entered later, after verification.
        booking: Option<Booking>,
    },
    /// Session: a part of the cabinet.
    CabinetShown(CabinetContent),
    /// Session: a part of the cabinet is not shown, or a letter not taken.
    CabinetRefused {
        /// What may be said.
        reason: CabinetRefusal,
    },
    /// Session: a letter is kept and on its way.
    LetterTaken {
        /// Its identity: the row that brought it.
        letter: OperationId,
    },
    /// Session: how a loan may be paid out.
    PayoutWaysFound(PayoutWays),
    /// Session: to an account that was typed, or to the way that was chosen.
    PayoutWayAnswered(WayAnswer),
    /// Session: to a transfer that was asked for.
    TransferAnswered(TransferAnswer),
    /// Session: what can be changed of the client's contracts.
    ChangesFound(ContractChanges),
    /// Session: a supplement to be read, agreed to and signed.
    SupplementDrafted(Box<SupplementDraft>),
    /// Session: what became of a supplement.
    SupplementAnswered(SupplementAnswer),
    /// Session: what is said to somebody who asks for other terms.
    RestructuringAnswered(RestructuringAnswer),
    /// Session: what is said to a choice of how money goes back.
    RefundAnswered(RefundAnswer),
    /// Session: what is missing waits at the cash desk.
    ClaimSlipIssued(ClaimSlip),
    /// Session: it does not.
    ClaimRefused {
        /// The request.
        request: PayoutRequestId,
        /// A code.
        reason: String,
    },
}
