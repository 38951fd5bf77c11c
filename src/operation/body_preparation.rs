//! Rows of what comes before a contract: questions, texts that were read, the choice among drafts, and the question
//! against fraud.

use senim_domain::loan::Method;
use senim_domain::rule_pack::TextId;
use senim_domain::{ApplicationId, ClientId, Language, LoanId, UtcMillis};
use serde::{Deserialize, Serialize};

/// The questions of due diligence were answered. Sealed: [`crate::attachment::Questionnaire`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionsAnswered {
    /// Who.
    pub client: ClientId,
    /// Questions of the rule pack, or of the screening, in the order in which they were asked.
    pub questions: Vec<String>,
    /// The application for which the screening asked them; none: they are those of the rule pack.
    #[serde(default)]
    pub application: Option<ApplicationId>,
}

/// A client whose application was interrupted goes on with what stands of it, or begins anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnfinishedDecided {
    /// Who.
    pub client: ClientId,
    /// Whether they go on.
    pub go_on: bool,
}

/// A text of the rule pack was read to its end and acknowledged. Its version is that of the row's rule
/// pack, the moment of acknowledgement that of the row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextAcknowledged {
    /// Who.
    pub client: ClientId,
    /// Which.
    pub text: TextId,
    /// SHA-256 of exactly the text shown, base64url ([`senim_domain::rule_pack::Texts::document`]).
    pub text_sha256: String,
    /// Language of the text.
    pub language: Language,
    /// When it came on the screen.
    pub shown_at: UtcMillis,
}

/// Whether somebody tells the client to borrow was asked and answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PressureAnswered {
    /// The loan that is about to be agreed to.
    pub loan: LoanId,
    /// SHA-256 of exactly the question shown, base64url.
    pub text_sha256: String,
    /// Language of the question.
    pub language: Language,
    /// Somebody does.
    pub pressed: bool,
}

/// The draft schedules of all methods were shown and one was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MethodChosen {
    /// The offer.
    pub loan: LoanId,
    /// Chosen by the client, nothing was preselected.
    pub method: Method,
    /// SHA-256 of the offer message, base64url.
    pub offer_sha256: String,
}
