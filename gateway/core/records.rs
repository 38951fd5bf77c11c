//! What the gateway remembers of terminals, sessions, offers and loans: documents of the store.
//!
//! Nothing here is personal data in clear: people are opaque ids, codes are keyed hashes, contracts are sealed.

use senim_domain::loan::{Method, Term};
use senim_domain::location::RegisteredLocation;
use senim_domain::{
    ApplicationId, AuthorisationId, ClientId, Language, LoanId, MessageId, OperationId, PayoutRequestId,
    RegistrationId, RewindId, SessionId, SignatureId, TerminalId, Tiyn, UtcMillis,
};
use senim_operation::jws::PublicJwk;
use senim_operation::signature::SignaturePurpose;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::cards::Challenged;
use crate::contact::ContactUnderWay;
use crate::examination::Examination;
use crate::liveness::LivenessRecord;
use crate::measures::MeasuresRecord;
use crate::payout_way::{ChosenWay, Destination};
use crate::performed::Done;
use crate::preparation::Prepared;
use crate::refusal::RefusalCheck;
use crate::registration::SentCode;
use crate::remainder::Claim;
use crate::transfer::TransferOrder;

/// The last row that is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its number.
    pub seq: u64,
    /// SHA-256 of its compact JWS, base64url.
    pub hash: String,
}

/// An enrolled terminal.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TerminalRecord {
    /// Watermark; `None` before the first row.
    pub head: Option<Head>,
    /// Journal key of the current epoch and the seq of its KeyEpoch row.
    pub key: Option<(u64, PublicJwk)>,
    /// The tree over all rows, as a serialised compact range.
    pub range: Option<serde_json::Value>,
    /// The visit that is open.
    pub session: Option<SessionId>,
    /// Why nothing more is accepted.
    pub quarantined: Option<String>,
    /// Whether the MFO has activated it at its place.
    pub active: bool,
    /// The place of the last activation, to compare with what rows of money say (R-127b).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<RegisteredLocation>,
    /// What was seen ahead of the chain; `None` once the chain has caught up.
    #[serde(default)]
    pub ahead: Option<AheadVisit>,
    /// The last call to send rows again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rewind: Option<RewindCall>,
    /// Its board died: nothing more is accepted from its line, only what staff import from its disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired: Option<Retired>,
    /// The terminal whose place it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor_of: Option<TerminalId>,
}

/// The visit as the newest row seen ahead tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AheadVisit {
    /// The visit that is open; `None` when it has ended.
    pub session: Option<SessionId>,
    /// Number of that row.
    pub seq: u64,
}

/// The end of a terminal whose board died.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retired {
    /// When.
    pub at: UtcMillis,
    /// Who said so and why.
    #[serde(flatten)]
    pub actor: Actor,
    /// The terminal that took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<TerminalId>,
}

/// A call to one terminal to send its rows again (`Rewind`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewindCall {
    /// Which.
    pub rewind: RewindId,
    /// The restoring of the gateway that it belongs to; none: staff asked this terminal alone.
    pub restore: Option<RewindId>,
    /// First row that was missing here.
    pub from_seq: u64,
    /// When it was written.
    pub asked: UtcMillis,
    /// The compact JWS, while it has not been obeyed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The terminal's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obeyed: Option<Obeyed>,
    /// Staff who do not expect an answer any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub write_offs: Vec<WriteOff>,
    /// When the restoring stopped waiting for this terminal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<UtcMillis>,
}

/// A terminal's `RewindObeyed` row: everything before it is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obeyed {
    /// When it came.
    pub at: UtcMillis,
    /// Its number in the chain.
    pub seq: u64,
}

/// One member of staff gives up on a terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteOff {
    /// When.
    pub at: UtcMillis,
    /// Who and why.
    #[serde(flatten)]
    pub actor: Actor,
}

impl TerminalRecord {
    /// The seq that the chain needs next.
    #[must_use]
    pub fn next_seq(&self) -> u64 {
        self.head.as_ref().map_or(0, |head| head.seq.saturating_add(1))
    }

    /// The visit that is open: as the chain says, unless something newer was seen ahead of it.
    #[must_use]
    pub fn visit(&self) -> Option<SessionId> {
        match &self.ahead {
            Some(ahead) if ahead.seq >= self.next_seq() => ahead.session,
            Some(_) | None => self.session,
        }
    }

    /// The call that the terminal has not obeyed, signed.
    #[must_use]
    pub fn open_call(&self) -> Option<&str> {
        self.rewind.as_ref().filter(|call| call.obeyed.is_none()).and_then(|call| call.message.as_deref())
    }

    /// Whether a row tells of the past: of what was lived through before a restore, where a former life of this gateway
    /// may have acted on it, or of a board that died. Nobody is answered any more; cash facts count all the same.
    #[must_use]
    pub(crate) fn is_history(&self, seq: u64) -> bool {
        self.retired.is_some()
            || self
                .rewind
                .as_ref()
                .is_some_and(|call| call.obeyed.as_ref().is_none_or(|obeyed| seq <= obeyed.seq))
    }
}

/// What is known of an open visit.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Session {
    /// Who has logged in.
    pub client: Option<ClientId>,
    /// SHA-256 of the attachment that holds the IIN.
    pub iin_attachment: Option<String>,
    /// The keyed hash under which lists of leaks have this IIN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leak_person: Option<String>,
    /// A code that was sent.
    pub login: Option<Login>,
    /// Ways to log in that were offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered: Option<Offered>,
    /// A card that was shown and may prove itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Challenged>,
    /// The client who was told of a failed login in this visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_of_failure: Option<ClientId>,
    /// Whether the client registered in this visit: their face was compared for it.
    #[serde(default)]
    pub registered: bool,
    /// Pictures that were the client's, for no loan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holder_faces: Vec<HolderFace>,
    /// A change of phone or account under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactUnderWay>,
    /// The registration that goes on in this visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<RegistrationId>,
    /// What the last application found of a voluntary refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<RefusalCheck>,
    /// An earlier one that it could continue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continues: Option<RegistrationId>,
    /// A code that was sent for a registration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_code: Option<SentCode>,
    /// Numbers typed that are somebody else's.
    #[serde(default)]
    pub foreign_numbers: u32,
    /// Login requests so far.
    pub sends: u32,
    /// Pictures that were not accepted.
    pub face_failures: u32,
    /// Pictures that were.
    pub faces: Vec<FaceCheck>,
    /// Documents shown to their end.
    pub shown: Vec<(LoanId, String)>,
    /// Signatures of this visit that count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signed: Vec<Signed>,
    /// What was done about loans in this visit, for the list of measures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub done: Vec<Done>,
    /// What was agreed to, answered and read before a contract.
    #[serde(default)]
    pub prepared: Prepared,
    /// What is done as the client's data leaked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measures: Option<MeasuresRecord>,
    /// Proofs that somebody living is before the camera.
    #[serde(default)]
    pub liveness: LivenessRecord,
    /// The confirmation that was offered in this visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirming: Option<Confirming>,
    /// Contract numbers that were tried.
    #[serde(default)]
    pub numbers: u32,
    /// Letters that were brought.
    #[serde(default)]
    pub letters: u32,
    /// Accounts that were typed for a payout.
    #[serde(default)]
    pub accounts: u32,
    /// Operations with a stored answer.
    pub answers: Vec<OperationId>,
}

impl Session {
    /// Nobody is logged in any more; what only who was could do has ended with it.
    pub(crate) fn log_out(&mut self) {
        self.client = None;
        self.login = None;
        self.offered = None;
        self.card = None;
        self.registered = false;
        self.holder_faces.clear();
        self.contact = None;
    }
}

/// Ways to log in that were offered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Offered {
    /// The message that offered them.
    pub login: MessageId,
    /// To whom.
    pub client: ClientId,
}

/// A picture that was the client's, for what they change about their access.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct HolderFace {
    /// The message that said so.
    pub check: MessageId,
    /// When.
    pub at: UtcMillis,
}

/// A code that was sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Login {
    /// The message that announced it.
    pub login: MessageId,
    /// For whom.
    pub client: ClientId,
    /// Keyed hash of the code.
    pub code_mac: String,
    /// End of its life.
    pub expires: UtcMillis,
    /// Wrong entries that are left.
    pub tries_left: u8,
}

/// A waiting loan whose schedule of today was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Confirming {
    /// Which.
    pub loan: LoanId,
    /// The message that carried the schedule.
    pub offer: MessageId,
    /// Day on which the schedule begins, `YYYY-MM-DD`.
    pub issued: String,
}

/// A document that the client signed in this visit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Signed {
    /// What for.
    pub purpose: SignaturePurpose,
    /// SHA-256 of the document, base64url.
    pub document_sha256: String,
    /// The signature.
    pub signature: SignatureId,
}

/// A picture that was the client's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FaceCheck {
    /// The message that said so.
    pub check: MessageId,
    /// For which loan.
    pub loan: LoanId,
    /// When.
    pub at: UtcMillis,
    /// SHA-256 of the signed result, base64url; `None` in a record of before there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
}

/// An answer as it was sent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// The compact JWS, sealed under the content key of its visit; `None`: acted on, nothing to say, or wiped with its
    /// session.
    pub sealed: Option<String>,
    /// The visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// The ended visit under whose document in the archive it lies now; it is not sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<SessionId>,
}

/// A row to be acted on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pending {
    /// Which.
    pub seq: u64,
}

/// An offer, and what became of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Loan {
    /// The application.
    pub application: ApplicationId,
    /// Who.
    pub client: ClientId,
    /// Where it was offered.
    pub terminal: TerminalId,
    /// In which visit.
    pub session: SessionId,
    /// Product of the rule pack.
    pub product: String,
    /// Rule pack that decided.
    pub rule_pack: u64,
    /// Number for people.
    pub contract_number: String,
    /// Sum.
    pub principal: Tiyn,
    /// Nominal rate in thousandths of a percent a year.
    pub annual_rate_thousandths: u32,
    /// How long.
    pub term: Term,
    /// Day of payout that the schedules assume, `YYYY-MM-DD`.
    pub issued: String,
    /// Contracts that were drafted, by method.
    pub drafts: Vec<Draft>,
    /// Language of the visit.
    #[serde(default)]
    pub language: Language,
    /// End of the offer.
    pub expires: UtcMillis,
    /// Where it stands.
    pub state: LoanState,
    /// First moment at which the concluded contract may be confirmed and paid out (B6); none: it does not have to rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rests_until: Option<UtcMillis>,
    /// The client's word after the rest, the last of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<Confirmed>,
    /// Cash that was received.
    pub paid: Tiyn,
    /// Parts that are closed.
    pub parts: u32,
    /// Requests whose end is booked.
    pub ended: Vec<PayoutRequestId>,
    /// What each of them brought the borrower.
    #[serde(default)]
    pub booked: Vec<(PayoutRequestId, Tiyn)>,
    /// The one live authorisation.
    pub live: Option<LiveAuthorisation>,
    /// Requests that a former life of this gateway may have given leave for, and whose end is not known yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub presumed: Vec<Presumed>,
    /// What is missing of it waits at the cash desk, or may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
    /// Where it may go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Destination>,
    /// How its client chose to be paid; none: in notes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<ChosenWay>,
    /// The one transfer of which nobody knows yet what became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<TransferOrder>,
    /// Transfers that have ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transfers: Vec<TransferOrder>,
    /// Frozen until a count settles it.
    pub suspect: bool,
    /// When it was put together again from rows and from core lending, because this store had forgotten it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovered: Option<UtcMillis>,
    /// What was found out about the applicant; none for a loan that was put back from terminals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub examination: Option<Examination>,
    /// Lists of measures performed, signed: at the conclusion, and at a confirmation (B4).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<String>,
    /// The voluntary refusal as it was asked for last, after the contract was concluded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<RefusalCheck>,
}

/// A request whose answer this store has forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Presumed {
    /// Which.
    pub request: PayoutRequestId,
    /// Where.
    pub terminal: TerminalId,
    /// Sum asked for: no leave can have been for more.
    pub amount: Tiyn,
    /// Row that asked.
    pub seq: u64,
}

/// The contract with one method.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Draft {
    /// Way of repayment.
    pub method: Method,
    /// SHA-256 of the contract's bytes, base64url.
    pub contract_sha256: String,
    /// The PDF in base64, sealed under the loan's key in the archive; empty: erased.
    pub contract_sealed: String,
}

/// Where a loan stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum LoanState {
    /// Drafts were made.
    Offered,
    /// The client agreed; core lending has not yet confirmed the contract.
    Agreed(Agreement),
    /// Concluded.
    Concluded(Agreement),
    /// Taken back by the client before any money; nothing is owed.
    Cancelled(Cancelled),
}

/// The client confirmed a loan that had waited, with the schedule of one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Confirmed {
    /// When.
    pub at: UtcMillis,
    /// The operation that says so.
    pub op_id: OperationId,
    /// SHA-256 of the message that carried the schedule, base64url.
    pub offer_sha256: String,
}

/// The end of a contract of which nothing was paid out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cancelled {
    /// What had been agreed to.
    pub agreement: Agreement,
    /// When it ended.
    pub at: UtcMillis,
    /// The operation that says so.
    pub op_id: OperationId,
}

/// What the client agreed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Agreement {
    /// Way of repayment.
    pub method: Method,
    /// SHA-256 of the contract's bytes, base64url.
    pub contract_sha256: String,
    /// When.
    pub at: UtcMillis,
    /// The operation that says so.
    pub op_id: OperationId,
    /// Report of the register by which it counts without a signature: business of an entrepreneur.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entrepreneur: Option<String>,
    /// The face check that it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub face_check: Option<MessageId>,
    /// The client's signature under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<SignatureId>,
}

/// Leave to pay that has not been used up or closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LiveAuthorisation {
    /// Identity.
    pub authorisation: AuthorisationId,
    /// The request.
    pub request: PayoutRequestId,
    /// Where.
    pub terminal: TerminalId,
    /// Part of the loan.
    pub part: u32,
    /// Sum.
    pub amount: Tiyn,
    /// Row of the request.
    #[serde(default)]
    pub seq: u64,
}

impl Loan {
    /// What is booked of one payout.
    pub(crate) fn booked_of(&self, request: PayoutRequestId) -> Tiyn {
        self.booked.iter().find(|(booked, _)| *booked == request).map_or(Tiyn::ZERO, |(_, sum)| *sum)
    }

    /// Books what was received in one payout, in place of what was booked of it before.
    pub(crate) fn book(&mut self, request: PayoutRequestId, sum: Tiyn) {
        let before = self.booked_of(request);
        self.booked.retain(|(booked, _)| *booked != request);
        self.booked.push((request, sum));
        self.paid = self.paid.minus(before).unwrap_or(Tiyn::ZERO).plus(sum).unwrap_or(Tiyn::MAX);
    }
}
