//! Somebody before the camera who does what a challenge asks: signals of a scripted person, judged as the firmware judges them.

use senim_biometrics::liveness::{Evidence, JUDGE_VERSION, Keyframe};
use senim_domain::liveness::{Challenge, ModelHash, Phase};
use senim_session::event::CameraEvent;

use super::scripted::{Behaviour, play};

/// People who are asked one after the other until one of them passes: one in two hundred is clumsy.
const PEOPLE: u64 = 8;

/// What the camera's thread tells, and after how many ms.
pub(super) fn prove(challenge: &Challenge) -> Vec<(u64, CameraEvent)> {
    let mut tried = (0..PEOPLE).map(|seed| play(seed, challenge, Behaviour::Obeys));
    let passed = tried.find(|(_, judgement)| judgement.verdict.is_ok());
    let (frames, judgement) = passed.expect("a person who does what is asked");
    let models = vec![ModelHash { name: "scripted".into(), sha256: "A".repeat(43) }];
    let jpeg = [0xFF, 0xD8, 0xFF, 0xE0];
    let lasted = u64::from(frames.last().map_or(0, |frame| frame.at_ms));
    let evidence = Evidence {
        challenge: challenge.challenge,
        nonce: challenge.nonce.clone(),
        judge: JUDGE_VERSION,
        models: models.clone(),
        keyframes: judgement.moments.iter().map(|(of, frame)| Keyframe::new(*of, *frame, &jpeg)).collect(),
        frames,
    };
    let challenge = challenge.challenge;
    let outcome = judgement.verdict;
    let evidence = evidence.write().expect("a short check");
    vec![
        (400, CameraEvent::Sequence { challenge, phase: Phase::Pause, flash: None }),
        (400 + lasted, CameraEvent::Proof { challenge, outcome, models, evidence }),
    ]
}
