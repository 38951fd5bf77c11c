//! A person before a challenge: each frame goes to the prover, and what the screen has to show to the kernel.

use std::time::Duration;

use senim_biometrics::liveness::Guidance;
#[cfg(feature = "rig")]
use senim_biometrics::liveness::Trace;
use senim_biometrics::{Picture, Prover, Tracker};
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
    /// What was measured elsewhere and is judged in place of what the frames show.
    #[cfg(feature = "rig")]
    measured: Option<std::vec::IntoIter<Trace>>,
}

impl Proof {
    pub fn new(challenge: &Challenge, tracker: &mut Tracker) -> Self {
        tracker.forget();
        Self {
            challenge: challenge.challenge,
            prover: Prover::new(challenge),
            told: None,
            #[cfg(feature = "rig")]
            measured: None,
        }
    }

    /// Puts to it somebody who stands before no camera.
    #[cfg(feature = "rig")]
    pub fn measured(challenge: &Challenge, tracker: &mut Tracker, traces: Vec<Trace>) -> Self {
        Self { measured: Some(traces.into_iter()), ..Self::new(challenge, tracker) }
    }

    /// Looks at a frame: what to tell, if anything is new. After [`CameraEvent::Proof`] or a failure it is over.
    pub fn look(&mut self, tracker: &mut Tracker, frame: &Frame) -> Option<CameraEvent> {
        let picture = match Picture::new(frame.width, frame.height, frame.rgb.expose()) {
            Ok(picture) => picture,
            Err(error) => return failed(error.to_string()),
        };
        #[cfg(feature = "rig")]
        if let Some(mut measured) = self.measured.take() {
            let news = self.look_at(&mut measured, tracker, &picture, frame.at);
            self.measured = Some(measured);
            return news;
        }
        match self.prover.look(tracker, &picture, Duration::from_millis(frame.at.0)) {
            Ok(guidance) => self.news(tracker, guidance, frame.at),
            Err(error) => failed(error.to_string()),
        }
    }

    /// Judges what was measured until there is something to tell.
    #[cfg(feature = "rig")]
    fn look_at(
        &mut self,
        measured: &mut impl Iterator<Item = Trace>,
        tracker: &mut Tracker,
        picture: &Picture<'_>,
        at: Mono,
    ) -> Option<CameraEvent> {
        for trace in measured {
            let guidance = match self.prover.look_at(trace, picture) {
                Ok(guidance) => guidance,
                Err(error) => return failed(error.to_string()),
            };
            if let Some(news) = self.news(tracker, guidance, at) {
                return Some(news);
            }
        }
        failed("what was measured ends before there is a verdict".to_owned())
    }

    fn news(&mut self, tracker: &mut Tracker, guidance: Guidance, at: Mono) -> Option<CameraEvent> {
        if let Some(outcome) = self.prover.verdict() {
            tracker.forget();
            return match self.prover.evidence() {
                Ok(evidence) => Some(CameraEvent::Proof {
                    challenge: self.challenge,
                    outcome,
                    models: self.prover.models().to_vec(),
                    evidence,
                }),
                Err(error) => failed(error.to_string()),
            };
        }
        let (phase, flash) = (guidance.phase, guidance.flash);
        let news = self.told.is_none_or(|(known, colour, told)| {
            colour != flash || !shows_alike(&known, &phase) || at.since(told) >= NUMBERS_MS
        });
        news.then(|| {
            self.told = Some((phase, flash, at));
            CameraEvent::Sequence { challenge: self.challenge, phase, flash }
        })
    }
}

fn failed(error: String) -> Option<CameraEvent> {
    Some(CameraEvent::Failed(Error::new(ErrorKind::HardwareError, error)))
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
