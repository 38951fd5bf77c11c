//! What is offered: drafts of schedules, and the confirmation of a microcredit that waits for its payout (B6).

use senim_domain::loan::{Method, Schedule, Term};
use senim_domain::rule_pack::{ConsentKind, PayoutMethod, TextId};
use senim_domain::{ApplicationId, LoanId, Tiyn, UtcMillis};
use serde::{Deserialize, Serialize};

use crate::message_payout::PayoutTarget;

/// One way to repay, complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferDraft {
    /// The terms and the instalments, as the terminal recomputes them.
    pub schedule: Schedule,
    /// Annual effective rate in 1e-8 percent, unrounded.
    pub gesv_e8: u64,
}

impl OfferDraft {
    /// SHA-256 of its canonical JSON, base64url: two drafts with the same one are the same to the last tiyn. `None`: it
    /// cannot be written.
    #[must_use]
    pub fn sha256(&self) -> Option<String> {
        crate::canonical::to_vec(self).ok().map(|bytes| crate::jws::sha256_b64(&bytes))
    }
}

/// An application that was interrupted, as far as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnfinishedApplication {
    /// When something was said in it last.
    pub at: UtcMillis,
    /// What was asked for; absent: it did not come to that, or is not offered any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<UnfinishedWish>,
    /// Consents that stand.
    pub consents: Vec<ConsentKind>,
    /// Whether the questions of the rule pack were answered.
    pub answered: bool,
    /// Texts that were read as they stand today.
    pub read: Vec<TextId>,
    /// The way of repayment that was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<Method>,
    /// SHA-256 of the draft that was chosen ([`OfferDraft::sha256`]): another draft is a new choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft_sha256: Option<String>,
}

/// What was asked for in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnfinishedWish {
    /// The application; it goes on under this identity.
    pub application: ApplicationId,
    /// Product of the rule pack.
    pub product: String,
    /// Sum.
    pub principal_tiyn: Tiyn,
    /// How long.
    pub term: Term,
}

/// A concluded microcredit of which nothing was paid out yet: its client may confirm it once it has rested, or cancel it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitingLoan {
    /// Which.
    pub loan: LoanId,
    /// Sum.
    pub principal_tiyn: Tiyn,
    /// When its contract was concluded.
    pub concluded: UtcMillis,
    /// First moment at which it may be confirmed and paid out; none: it does not have to rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rests_until: Option<UtcMillis>,
    /// How its contract says that it is paid out; none: in notes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<PayoutMethod>,
    /// Where to, for an account, a card or a merchant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<PayoutTarget>,
}

/// The schedule of a waiting microcredit if it is paid out today. By accepting it the client confirms (B6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmationOffer {
    /// Which.
    pub loan: LoanId,
    /// Product of the rule pack by which the terminal reckons it again.
    pub product: String,
    /// How long.
    pub term: Term,
    /// The schedule, with the method of the contract.
    pub draft: OfferDraft,
    /// Part of the microcredit that is paid out next, from 1.
    pub part: u32,
}

/// Why a waiting microcredit cannot be confirmed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ConfirmationRefusal {
    /// No such microcredit of this client waits.
    NotWaiting,
    /// It has not rested long enough.
    TooEarly,
    /// The client has set a voluntary refusal since.
    VoluntaryRefusal,
    /// A payout is under way, or the lender has to look at one first.
    PayoutOpen,
    /// Under the limits and products in force today the contract has no schedule; the lender has to look.
    TermsChanged,
    /// What is confirmed was not offered in this visit, or on another day.
    OfferEnded,
    /// The picture is not this client's or too old.
    FaceCheck,
    /// A service behind the MFO does not answer.
    TryLater,
}

/// Why a microcredit is not cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CancellationRefusal {
    /// No such microcredit of this client waits.
    NotWaiting,
    /// Money was received.
    PaidOut,
    /// A payout is under way, or the lender has to look at one first.
    PayoutOpen,
}
