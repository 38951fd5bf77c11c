//! Before a portrait: a sequence of the MFO's, done before the camera, judged here and again there (R-135, B14). Three that fail
//! end the visit politely. Where the rule pack asks for none, the portrait follows at once.

use senim_domain::liveness::{Hint, LivenessFailure, ModelHash, Movement, Phase};
use senim_domain::rule_pack::SessionTimes;
use senim_domain::{ChallengeId, SecretBytes};
use senim_operation::body::{LivenessOutcome, LivenessPerformed, LivenessRequested};
use senim_operation::message::{ChallengeGiven, LivenessRefusal, Message, MessageBody};

use super::idle::Clock;
use super::{Session, Step};
use crate::action::Decision;
use crate::effect::Effect;
use crate::event::CameraEvent;
use crate::living::{Living, LivingStage};
use crate::registration::Advice;
use crate::state::{Ending, Picture, Sitter, State};

/// What the camera's thread needs beyond the challenge's own deadline, seconds.
const BEYOND_DEADLINE_SECONDS: u32 = 20;

impl Session {
    /// Whether a portrait needs a proof first.
    pub(super) fn needs_proof(&self, step: &Step<'_>) -> bool {
        self.facts.pack(step.now.utc).is_some_and(|pack| pack.liveness.required)
    }

    /// Asks for a sequence; without the movement that the person cannot do.
    pub(super) fn ask_for_sequence(
        &mut self,
        step: &mut Step<'_>,
        sitter: Sitter,
        picture: Picture,
        (slow, cannot): (bool, Option<Movement>),
    ) {
        let row = LivenessRequested { subject: sitter.subject(), slow, cannot };
        let asked = self.record(step, row);
        let stage = LivingStage::Asking { asked };
        self.enter(step, State::Living(Box::new(Living { sitter, picture, slow, stage })));
    }

    pub(super) fn living_answer(&mut self, step: &mut Step<'_>, message: &Message, living: Living) {
        let Living { sitter, picture, slow, stage } = living;
        match (stage, &message.body) {
            (LivingStage::Asking { .. }, MessageBody::ChallengeGiven(given))
                if given.subject == sitter.subject() && given.challenge.validate().is_ok() =>
            {
                self.begin_sequence(step, sitter, picture, slow, given);
            }
            (
                LivingStage::Judging { challenge, .. },
                MessageBody::LivenessConfirmed { challenge: confirmed },
            ) if *confirmed == challenge => {
                self.open_camera(step, sitter, picture, Some(challenge));
            }
            (_, MessageBody::LivenessRefused(refused)) => match refused.reason {
                LivenessRefusal::TryLater | LivenessRefusal::NotAvailable => {
                    self.end(step, Ending::Unreachable);
                }
                LivenessRefusal::NoTriesLeft => self.advise(step, Advice::NotLiving),
                LivenessRefusal::NotShown
                | LivenessRefusal::NotConfirmed
                | LivenessRefusal::Stale
                | LivenessRefusal::OtherChallenge => match refused.tries_left {
                    0 => self.advise(step, Advice::NotLiving),
                    tries_left => {
                        let stage = LivingStage::Again { tries_left };
                        self.enter(step, State::Living(Box::new(Living { sitter, picture, slow, stage })));
                    }
                },
            },
            (_, _) => self.end(step, Ending::Unreachable),
        }
    }

    fn begin_sequence(
        &mut self,
        step: &mut Step<'_>,
        sitter: Sitter,
        picture: Picture,
        slow: bool,
        given: &ChallengeGiven,
    ) {
        let challenge = &given.challenge;
        step.effects.push(Effect::ProveLiving(Box::new(challenge.clone())));
        let stage = LivingStage::Doing {
            challenge: challenge.challenge,
            seconds: (challenge.deadline_ms / 1_000).saturating_add(BEYOND_DEADLINE_SECONDS),
            phase: Phase::Calm { hint: Some(Hint::NoFace), percent: 0 },
            flash: None,
            tries_left: given.tries_left,
            replacements_left: given.replacements_left,
        };
        self.enter(step, State::Living(Box::new(Living { sitter, picture, slow, stage })));
    }

    /// The camera's thread tells how the sequence goes.
    pub(super) fn on_living_camera(&mut self, step: &mut Step<'_>, event: CameraEvent) {
        let State::Living(living) = &mut self.state else { return };
        let LivingStage::Doing { challenge, phase, flash, .. } = &mut living.stage else { return };
        match event {
            CameraEvent::Opened => self.camera_is(step, crate::facts::DeviceState::Usable),
            CameraEvent::Sequence { challenge: of, phase: now, flash: colour } if of == *challenge => {
                (*phase, *flash) = (now, colour);
            }
            CameraEvent::Proof { challenge: of, outcome, models, evidence } if of == *challenge => {
                self.sequence_over(step, of, outcome, models, evidence);
            }
            CameraEvent::Failed(error) => {
                self.camera_is(step, super::devices::failed(&error));
                self.end(step, Ending::CameraFailed);
            }
            // Of a sequence that was given up, or of another use of the camera.
            CameraEvent::Sequence { .. }
            | CameraEvent::Proof { .. }
            | CameraEvent::Picture { .. }
            | CameraEvent::Poor(_)
            | CameraEvent::Code(_) => {}
        }
    }

    fn sequence_over(
        &mut self,
        step: &mut Step<'_>,
        challenge: ChallengeId,
        outcome: Result<(), LivenessFailure>,
        models: Vec<ModelHash>,
        evidence: SecretBytes,
    ) {
        let State::Living(living) = self.take() else { return };
        let Living { sitter, picture, slow, .. } = *living;
        step.effects.push(Effect::CloseCamera);
        let tries = match &mut self.visit {
            Some(visit) => {
                visit.sequences = visit.sequences.saturating_add(1);
                visit.sequences
            }
            None => return,
        };
        let outcome = match outcome {
            Ok(()) => LivenessOutcome::Passed,
            Err(failure) => LivenessOutcome::Failed(failure),
        };
        let row = LivenessPerformed { subject: sitter.subject(), challenge, outcome, tries, models };
        let asked = self.record_sealed(step, row, evidence);
        let stage = LivingStage::Judging { asked, challenge };
        self.enter(step, State::Living(Box::new(Living { sitter, picture, slow, stage })));
    }

    pub(super) fn decide_living(&mut self, step: &mut Step<'_>, decision: &Decision) {
        let State::Living(living) = self.take() else { return };
        let Living { sitter, picture, slow, stage } = *living;
        match (&stage, decision) {
            (LivingStage::Again { .. }, Decision::Confirm) => {
                self.ask_for_sequence(step, sitter, picture, (slow, None));
            }
            // Once more with more time.
            (LivingStage::Again { .. }, Decision::Decline) => {
                self.ask_for_sequence(step, sitter, picture, (true, None));
            }
            // "I cannot do this": another movement takes its place.
            (LivingStage::Doing { .. }, Decision::Decline) if stage.exchangeable().is_some() => {
                step.effects.push(Effect::CloseCamera);
                self.ask_for_sequence(step, sitter, picture, (slow, stage.exchangeable()));
            }
            _ => self.state = State::Living(Box::new(Living { sitter, picture, slow, stage })),
        }
    }

    /// Whether the camera is open for a sequence.
    pub(super) fn is_doing_sequence(&self) -> bool {
        matches!(&self.state, State::Living(living) if matches!(living.stage, LivingStage::Doing { .. }))
    }

    pub(super) const fn living_clock(stage: &LivingStage, times: SessionTimes) -> Clock {
        match stage {
            LivingStage::Asking { .. } | LivingStage::Judging { .. } => Clock::Answer(times.answer_seconds),
            // Whoever moves before the camera touches nothing.
            LivingStage::Doing { seconds, .. } => Clock::Answer(*seconds),
            LivingStage::Again { .. } => Clock::Person(times.input_seconds),
        }
    }
}
