//! Rows of what comes before a contract: questions, texts that were read, and the question against fraud.

use senim_domain::rule_pack::TextId;
use senim_domain::{ClientId, Language, LoanId, UtcMillis};
use serde::{Deserialize, Serialize};

/// The questions of due diligence were answered. Sealed: [`crate::attachment::Questionnaire`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionsAnswered {
    /// Who.
    pub client: ClientId,
    /// Questions of the rule pack, in the order in which they were asked.
    pub questions: Vec<String>,
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
