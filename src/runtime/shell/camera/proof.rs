//! A person before a challenge: each frame goes to the prover, and what the screen has to show to the kernel.

use std::time::Duration;

use senim_biometrics::{Picture, Prover, Tracker, model_hashes};
use senim_domain::liveness::{Challenge, Colour, Phase};
use senim_domain::{ChallengeId, Mono};
use senim_hal::camera::Frame;
use senim_hal::{Error, ErrorKind};
use senim_session::event::CameraEvent;

/// How often a number on the screen moves while nothing else changes, ms.
const NUMBERS_MS: u64 = 200;

/// A challenge under way.
pub(super) struct Proof {
    challenge: ChallengeId,
    prover: Prover,
    told: Option<(Phase, Option<Colour>, Mono)>,
}

impl Proof {
    pub fn new(challenge: &Challenge, tracker: &mut Tracker) -> Self {
        tracker.forget();
        Self { challenge: challenge.challenge, prover: Prover::new(challenge), told: None }
    }

    /// Looks at a frame: what to tell, if anything is new. After [`CameraEvent::Proof`] or a failure it is over.
    pub fn look(&mut self, tracker: &mut Tracker, frame: &Frame) -> Option<CameraEvent> {
        let failed = |error: String| Some(CameraEvent::Failed(Error::new(ErrorKind::HardwareError, error)));
        let picture = match Picture::new(frame.width, frame.height, frame.rgb.expose()) {
            Ok(picture) => picture,
            Err(error) => return failed(error.to_string()),
        };
        let guidance = match self.prover.look(tracker, &picture, Duration::from_millis(frame.at.0)) {
            Ok(guidance) => guidance,
            Err(error) => return failed(error.to_string()),
        };
        if let Some(outcome) = self.prover.verdict() {
            tracker.forget();
            return match self.prover.evidence() {
                Ok(evidence) => Some(CameraEvent::Proof {
                    challenge: self.challenge,
                    outcome,
                    models: model_hashes(),
                    evidence,
                }),
                Err(error) => failed(error.to_string()),
            };
        }
        let (phase, flash) = (guidance.phase, guidance.flash);
        let news = self.told.is_none_or(|(known, colour, at)| {
            colour != flash || !shows_alike(&known, &phase) || frame.at.since(at) >= NUMBERS_MS
        });
        news.then(|| {
            self.told = Some((phase, flash, frame.at));
            CameraEvent::Sequence { challenge: self.challenge, phase, flash }
        })
    }
}

/// Whether two phases differ in numbers alone.
fn shows_alike(one: &Phase, other: &Phase) -> bool {
    match (one, other) {
        (Phase::Calm { hint: one, .. }, Phase::Calm { hint: other, .. }) => one == other,
        (Phase::Command { index, back, .. }, Phase::Command { index: other, back: returning, .. }) => {
            index == other && back == returning
        }
        (one, other) => one == other,
    }
}
