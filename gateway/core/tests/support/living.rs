//! Somebody living before the camera: a sequence is asked for and done, and the portrait names it.

use senim_domain::liveness::Challenge;
use senim_domain::{ChallengeId, SecretBytes};
use senim_operation::body::{FaceSubject, Liveness, LivenessOutcome, LivenessPerformed, LivenessRequested};
use senim_operation::message::MessageBody;
use senim_person::scripted::obeys;
use uuid::Uuid;

use super::Rig;

/// The row of somebody who did what was asked, and what is sealed beside it.
pub fn performed(subject: FaceSubject, challenge: &Challenge) -> (LivenessPerformed, SecretBytes) {
    let played = obeys(challenge);
    assert_eq!(played.outcome, Ok(()), "a person who passes");
    let outcome = LivenessOutcome::Passed;
    let row = LivenessPerformed {
        subject,
        challenge: challenge.challenge,
        outcome,
        tries: 1,
        models: played.models,
    };
    (row, played.evidence.write().unwrap())
}

/// A sequence that is asked for.
pub fn requested(subject: FaceSubject) -> LivenessRequested {
    LivenessRequested { subject, slow: false, cannot: None }
}

/// What names a sequence that nobody was given.
pub fn never_asked() -> Liveness {
    Liveness::Passed(ChallengeId(Uuid::from_u128(0x5eed)))
}

impl Rig {
    /// Somebody does what is asked before a portrait of this subject; what the portrait then names. Where nothing is asked,
    /// something that was never asked.
    pub fn proves(&mut self, subject: FaceSubject) -> Liveness {
        let asked = self.say(self.in_session(requested(subject))).map(|(_, body)| body);
        let Some(MessageBody::ChallengeGiven(given)) = asked else { return never_asked() };
        let (row, evidence) = performed(subject, &given.challenge);
        self.say(self.in_session(row).with_attachment(evidence));
        Liveness::Passed(given.challenge.challenge)
    }
}
