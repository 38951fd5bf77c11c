//! Somebody living before the camera: a sequence is asked for and done, and the portrait names it.

use senim_domain::liveness::Challenge;
use senim_domain::{ChallengeId, MessageId, SecretBytes, SessionId};
use senim_operation::Draft;
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

/// Somebody does in a visit what is asked before a portrait of this subject: the challenge, and what the gateway says to the
/// movements. `None`: nothing is asked.
pub fn proven(
    session: SessionId,
    subject: FaceSubject,
    mut say: impl FnMut(Draft) -> Option<(MessageId, MessageBody)>,
) -> Option<(ChallengeId, Option<MessageBody>)> {
    let asked = say(Draft::new(requested(subject)).in_session(session));
    let Some((_, MessageBody::ChallengeGiven(given))) = asked else { return None };
    let (row, evidence) = performed(subject, &given.challenge);
    let answer = say(Draft::new(row).in_session(session).with_attachment(evidence));
    Some((given.challenge.challenge, answer.map(|(_, body)| body)))
}

impl Rig {
    /// Somebody does what is asked before a portrait of this subject; what the portrait then names. Where nothing is asked,
    /// something that was never asked.
    pub fn proves(&mut self, subject: FaceSubject) -> Liveness {
        let session = self.terminal.session.unwrap();
        let proven = proven(session, subject, |draft| self.say(draft));
        proven.map_or_else(never_asked, |(challenge, _)| Liveness::Passed(challenge))
    }
}
