//! What the gateway remembers of terminals, sessions, offers and loans: documents of the store.
//!
//! Nothing here is personal data in clear: people are opaque ids, codes are keyed hashes, contracts are sealed.

use senim_domain::loan::Method;
use senim_domain::{
    ApplicationId, AuthorisationId, ClientId, LoanId, MessageId, OperationId, PayoutRequestId, SessionId,
    TerminalId, Tiyn, UtcMillis,
};
use senim_operation::jws::PublicJwk;
use serde::{Deserialize, Serialize};

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
    /// What was seen ahead of the chain; `None` once the chain has caught up.
    #[serde(default)]
    pub ahead: Option<AheadVisit>,
}

/// The visit as the newest row seen ahead tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AheadVisit {
    /// The visit that is open; `None` when it has ended.
    pub session: Option<SessionId>,
    /// Number of that row.
    pub seq: u64,
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
}

/// What is known of an open visit.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Session {
    /// Who has logged in.
    pub client: Option<ClientId>,
    /// SHA-256 of the attachment that holds the IIN.
    pub iin_attachment: Option<String>,
    /// A code that was sent.
    pub login: Option<Login>,
    /// Login requests so far.
    pub sends: u32,
    /// Pictures that were not accepted.
    pub face_failures: u32,
    /// Pictures that were.
    pub faces: Vec<FaceCheck>,
    /// Documents shown to their end.
    pub shown: Vec<(LoanId, String)>,
    /// Operations with a stored answer.
    pub answers: Vec<OperationId>,
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

/// A picture that was the client's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FaceCheck {
    /// The message that said so.
    pub check: MessageId,
    /// For which loan.
    pub loan: LoanId,
    /// When.
    pub at: UtcMillis,
}

/// An answer as it was sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// The sealed compact JWS; `None`: acted on, nothing to say, or wiped with its session.
    pub sealed: Option<String>,
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
    /// Instalments.
    pub months: u32,
    /// Day of payout that the schedules assume, `YYYY-MM-DD`.
    pub issued: String,
    /// Ways to repay, by method.
    pub drafts: Vec<Draft>,
    /// End of the offer.
    pub expires: UtcMillis,
    /// Where it stands.
    pub state: LoanState,
    /// Cash that was received.
    pub paid: Tiyn,
    /// Parts that are closed.
    pub parts: u32,
    /// Requests whose end is booked.
    pub ended: Vec<PayoutRequestId>,
    /// The one live authorisation.
    pub live: Option<LiveAuthorisation>,
    /// Frozen until a count settles it.
    pub suspect: bool,
}

/// One draft of an offer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Draft {
    /// Way of repayment.
    pub method: Method,
    /// SHA-256 of the contract's bytes, base64url.
    pub contract_sha256: String,
    /// The contract, sealed.
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
}
