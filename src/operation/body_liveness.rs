//! Rows about the proof that somebody living is before the camera (R-135, B14).

use senim_domain::ChallengeId;
use senim_domain::liveness::{LivenessFailure, ModelHash, Movement};
use serde::{Deserialize, Serialize};

use crate::body_values::FaceSubject;

/// A sequence of movements is asked for, before a portrait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LivenessRequested {
    /// What the portrait is for.
    pub subject: FaceSubject,
    /// Whether the person asks for a slower pace.
    pub slow: bool,
    /// A movement of the sequence before that the person cannot do; `null`: there is none.
    pub cannot: Option<Movement>,
}

/// A sequence was tried. Sealed: frames over time, pictures of moments, what looked at them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LivenessPerformed {
    /// What the portrait is for.
    pub subject: FaceSubject,
    /// The challenge.
    pub challenge: ChallengeId,
    /// As the terminal judged it; the gateway judges again.
    pub outcome: LivenessOutcome,
    /// Tries of this visit, with this one.
    pub tries: u32,
    /// What looked at the frames.
    pub models: Vec<ModelHash>,
}

/// The code for a check on the client's own phone is on the screen: the terminal waits for its verdict (B14).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LivenessAwaited {
    /// What the portrait is for.
    pub subject: FaceSubject,
    /// The check, which the portrait names afterwards.
    pub challenge: ChallengeId,
}

/// What came of a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LivenessOutcome {
    /// Somebody living did what was asked.
    Passed,
    /// Nobody was shown to be living.
    Failed(LivenessFailure),
}
