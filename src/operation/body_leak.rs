//! Rows of a client whose personal data spread illegally: what is done before each operation.
//!
//! The notice is acknowledged by [`crate::body::TextAcknowledged`], the face is a [`crate::body::FaceCaptured`] of its own.

use senim_domain::{ClientId, Language, MessageId, UtcMillis};
use serde::{Deserialize, Serialize};

/// A measure that the MFO takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Measure {
    /// Biometric identification, once more.
    Face,
    /// Whether the phone number is the client's.
    Number,
    /// The check call.
    Call,
}

/// The next measure is asked for: [`Measure::Number`] or [`Measure::Call`]; the face comes with its picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasureRequested {
    /// Whose data leaked.
    pub client: ClientId,
    /// Which.
    pub measure: Measure,
}

/// The terminal asks whether the check call has come to an end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckCallAsked {
    /// Whose data leaked.
    pub client: ClientId,
    /// The message that announced the call.
    pub call: MessageId,
}

/// A further step of the rule pack was read to its end and acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FurtherStepAcknowledged {
    /// Whose data leaked.
    pub client: ClientId,
    /// Name of the step in the rule pack.
    pub step: String,
    /// SHA-256 of exactly the text shown, base64url ([`senim_domain::rule_pack::FurtherStep::document`]).
    pub text_sha256: String,
    /// Language of the text.
    pub language: Language,
    /// When it came on the screen.
    pub shown_at: UtcMillis,
}
