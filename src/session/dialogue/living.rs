//! Before a portrait: a sequence of the MFO's, done before the camera, judged here and again there (R-135, B14); or, where the
//! rule pack says so, a check on the person's own phone by a code on the screen. Three that fail end the visit politely.

use senim_domain::liveness::{Hint, LivenessFailure, ModelHash, Movement, Phase};
use senim_domain::rule_pack::{ProvenBy, SessionTimes};
use senim_domain::time::Mono;
use senim_domain::{ChallengeId, Secret, SecretBytes};
use senim_operation::body::{LivenessAwaited, LivenessOutcome, LivenessPerformed, LivenessRequested};
use senim_operation::message::{ChallengeGiven, LivenessRefusal, Message, MessageBody, PhoneCheckOffered};

use super::idle::Clock;
use super::{Session, Step};
use crate::action::Decision;
use crate::effect::Effect;
use crate::event::CameraEvent;
use crate::living::{Living, LivingStage};
use crate::registration::{Advice, Awaited};
use crate::state::{Ending, Picture, Sitter, State};

/// What the camera's thread needs beyond the challenge's own deadline, seconds.
const BEYOND_DEADLINE_SECONDS: u32 = 20;
/// How long after the code's end the verdict of a phone is waited for.
const VERDICT_MS: u64 = 90_000;

impl Session {
    /// Asks for a sequence; without the movement that the person cannot do.
    pub(super) fn ask_for_sequence(
        &mut self,
        step: &mut Step<'_>,
        sitter: Sitter,
        picture: Picture,
        (slow, cannot): (bool, Option<Movement>),
    ) {
        if self.proves_by_phone(step) {
            let stage = LivingStage::BeforePhone;
            return self.enter(step, State::Living(Box::new(Living { sitter, picture, slow, stage })));
        }
        self.ask(step, sitter, picture, (slow, cannot));
    }

    fn proves_by_phone(&self, step: &Step<'_>) -> bool {
        self.facts.pack(step.now.utc).is_some_and(|pack| pack.liveness.by == ProvenBy::Phone)
    }

    fn ask(
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
            (LivingStage::Asking { .. }, MessageBody::PhoneCheckOffered(offered))
                if offered.subject == sitter.subject() =>
            {
                self.show_code(step, sitter, picture, slow, offered);
            }
            (
                LivingStage::Judging { challenge, .. } | LivingStage::Phone { check: challenge, .. },
                MessageBody::LivenessConfirmed { challenge: confirmed },
            ) if *confirmed == challenge => {
                self.open_camera(step, sitter, picture, challenge);
            }
            (stage, MessageBody::LivenessRefused(refused)) => match refused.reason {
                LivenessRefusal::TryLater | LivenessRefusal::NotAvailable => {
                    self.end(step, Ending::Unreachable);
                }
                LivenessRefusal::NoTriesLeft => self.advise(step, Advice::NotLiving),
                reason @ (LivenessRefusal::NotShown
                | LivenessRefusal::NotConfirmed
                | LivenessRefusal::Stale
                | LivenessRefusal::Declined
                | LivenessRefusal::Expired
                | LivenessRefusal::OtherPerson
                | LivenessRefusal::OtherChallenge) => match refused.tries_left {
                    0 => self.advise(step, Advice::NotLiving),
                    tries_left => {
                        let stage = match stage {
                            LivingStage::Phone { .. } => LivingStage::PhoneAgain { reason, tries_left },
                            LivingStage::Judging { missed, .. } => LivingStage::Again { missed, tries_left },
                            _ => LivingStage::Again { missed: None, tries_left },
                        };
                        self.enter(step, State::Living(Box::new(Living { sitter, picture, slow, stage })));
                    }
                },
            },
            (LivingStage::Asking { .. }, MessageBody::RegistrationRefused { registration, reason, .. }) => {
                match sitter {
                    Sitter::Applicant(applicant) if applicant.registration == *registration => {
                        self.registration_refused(step, applicant, &Awaited::Portrait, *reason, false);
                    }
                    _ => self.end(step, Ending::Unreachable),
                }
            }
            (_, _) => self.end(step, Ending::Unreachable),
        }
    }

    fn show_code(
        &mut self,
        step: &mut Step<'_>,
        sitter: Sitter,
        picture: Picture,
        slow: bool,
        offered: &PhoneCheckOffered,
    ) {
        let check = offered.challenge;
        let asked = self.record(step, LivenessAwaited { subject: sitter.subject(), challenge: check });
        let until = step.now.mono.plus_ms(u64::from(offered.life_seconds).saturating_mul(1000));
        let stage = LivingStage::Phone { check, qr: offered.qr.clone(), until, asked };
        self.enter(step, State::Living(Box::new(Living { sitter, picture, slow, stage })));
    }

    /// The code for a check on the person's phone, and its end.
    #[must_use]
    pub fn check_code(&self) -> Option<(&Secret, Mono)> {
        let State::Living(living) = &self.state else { return None };
        match &living.stage {
            LivingStage::Phone { qr, until, .. } => Some((qr, *until)),
            _ => None,
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
            movements: challenge.commands.len(),
            done: 0,
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
        let LivingStage::Doing { challenge, phase, flash, done, .. } = &mut living.stage else { return };
        match event {
            CameraEvent::Opened => self.camera_is(step, crate::facts::DeviceState::Usable),
            CameraEvent::Sequence { challenge: of, phase: now, flash: colour } if of == *challenge => {
                if let (Phase::Command { index, .. }, Phase::Pause | Phase::Waiting) = (*phase, now) {
                    *done = index.saturating_add(1);
                }
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
        let missed = outcome.err();
        let outcome = match outcome {
            Ok(()) => LivenessOutcome::Passed,
            Err(failure) => LivenessOutcome::Failed(failure),
        };
        let row = LivenessPerformed { subject: sitter.subject(), challenge, outcome, tries, models };
        let asked = self.record_sealed(step, row, evidence);
        let stage = LivingStage::Judging { asked, challenge, missed };
        self.enter(step, State::Living(Box::new(Living { sitter, picture, slow, stage })));
    }

    pub(super) fn decide_living(&mut self, step: &mut Step<'_>, decision: &Decision) {
        let State::Living(living) = self.take() else { return };
        let Living { sitter, picture, slow, stage } = *living;
        match (&stage, decision) {
            (LivingStage::Again { .. }, Decision::Confirm) => {
                self.ask_for_sequence(step, sitter, picture, (slow, None));
            }
            // A new code; what it needs was read before.
            (LivingStage::BeforePhone | LivingStage::PhoneAgain { .. }, Decision::Confirm) => {
                self.ask(step, sitter, picture, (slow, None));
            }
            // Nobody waits for the phone any more: the MFO gives the check up with the visit.
            (
                LivingStage::BeforePhone | LivingStage::Phone { .. } | LivingStage::PhoneAgain { .. },
                Decision::Decline,
            ) => self.end(step, Ending::Cancelled),
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
            LivingStage::Phone { until, .. } => Clock::Phone(until.plus_ms(VERDICT_MS)),
            LivingStage::BeforePhone => Clock::Person(times.reading_seconds),
            LivingStage::Again { .. } | LivingStage::PhoneAgain { .. } => Clock::Person(times.input_seconds),
        }
    }
}
