//! Somebody before the camera who is put to a challenge: signals of a scripted person, judged as the firmware judges them.

use senim_domain::liveness::{Challenge, Phase};
use senim_person::scripted::{Behaviour, behaves};
use senim_session::event::CameraEvent;

/// What the camera's thread tells of somebody who behaves like this, and after how many ms.
pub(super) fn prove(challenge: &Challenge, behaviour: Behaviour) -> Vec<(u64, CameraEvent)> {
    let played = behaves(challenge, behaviour);
    let evidence = played.evidence.write().expect("a short check");
    let challenge = challenge.challenge;
    let proof = CameraEvent::Proof { challenge, outcome: played.outcome, models: played.models, evidence };
    vec![
        (400, CameraEvent::Sequence { challenge, phase: Phase::Pause, flash: None }),
        (400 + u64::from(played.lasted_ms), proof),
    ]
}
