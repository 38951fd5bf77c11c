//! What the MFO says about the proof that somebody living is before the camera (R-135, B14).

use senim_domain::liveness::Challenge;
use senim_domain::{ChallengeId, Secret};
use serde::{Deserialize, Serialize};

use crate::body_values::FaceSubject;
use crate::secret_wire::expose_on_the_wire;

/// A sequence to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChallengeGiven {
    /// What the portrait is for.
    pub subject: FaceSubject,
    /// The sequence and all that its judgement depends on.
    pub challenge: Challenge,
    /// Seconds until its outcome is of no use.
    pub life_seconds: u32,
    /// Tries left in this visit, with this one.
    pub tries_left: u32,
    /// Movements that may still be exchanged.
    pub replacements_left: u32,
}

/// A code by which the client's own phone opens the identification centre's application, instead of a sequence here (B14).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhoneCheckOffered {
    /// What the portrait is for.
    pub subject: FaceSubject,
    /// The check.
    pub challenge: ChallengeId,
    /// What the code holds. Who has it can answer in the client's place.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub qr: Secret,
    /// Seconds until the code ends.
    pub life_seconds: u32,
    /// Tries left in this visit, with this one.
    pub tries_left: u32,
}

/// A sequence that was given is not, or proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LivenessRefused {
    /// What the portrait was for.
    pub subject: FaceSubject,
    /// The challenge; `null`: none was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<ChallengeId>,
    /// What may be said.
    pub reason: LivenessRefusal,
    /// Tries left in this visit.
    pub tries_left: u32,
}

/// Why somebody living was not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LivenessRefusal {
    /// The sequence was not done as it was asked.
    NotShown,
    /// The gateway does not come to the terminal's verdict.
    NotConfirmed,
    /// The challenge is too old.
    Stale,
    /// The challenge was used already, or was given to another visit or for something else.
    OtherChallenge,
    /// The person declined on the phone.
    Declined,
    /// No phone answered in time.
    Expired,
    /// Somebody else was before the phone.
    OtherPerson,
    /// Three sequences failed (B14).
    NoTriesLeft,
    /// Not for this person here.
    NotAvailable,
    /// No sequence can be given now.
    TryLater,
}
