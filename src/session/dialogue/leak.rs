//! Measures before an operation of a client whose personal data spread illegally: the notice, the face once
//! more, whose the number is, the MFO's further steps, and the check call. Whatever was under way goes on after them.

use senim_domain::rule_pack::{SessionTimes, TextId};
use senim_domain::time::Mono;
use senim_domain::{ClientId, Secret};
use senim_operation::body::{
    CheckCallAsked, FurtherStepAcknowledged, Measure, MeasureRequested, TextAcknowledged,
};
use senim_operation::jws::sha256_b64;
use senim_operation::message::{MeasureRefusal, Message, MessageBody};

use super::idle::Clock;
use super::{Session, Step};
use crate::action::Decision;
use crate::leak::{After, Leaked, Leaking};
use crate::registration::Advice;
use crate::remainder::Owed;
use crate::state::{Ending, Errand, Picture, Sitter, State};

/// Why a payout that was asked for gave nothing, a code.
const DATA_LEAK: &str = "dataLeak";
/// How often the outcome of the call is asked for, ms.
const ASK_AGAIN_MS: u64 = 5_000;

impl Session {
    /// The MFO does nothing for this client before the measures: whatever was asked for waits.
    pub(super) fn measures_needed(&mut self, step: &mut Step<'_>, client: ClientId, notice: &Secret) {
        if matches!(self.state, State::Signing(_)) {
            self.give_up_signing(step, "left");
        }
        let after = match self.take() {
            State::CheckingCode { login, .. } => After::Errand(login.errand),
            State::Authorising { owed, .. } => {
                self.write_payout_end(step, Some(DATA_LEAK));
                After::Payout(owed)
            }
            State::Leak(stage) => stage.into_leaked().after,
            State::Cabinet(_) | State::Amend(_) => After::Errand(Errand::Cabinet),
            State::Repay(_) => After::Errand(Errand::Repay),
            _ => After::Errand(Errand::Loan),
        };
        self.leak_notice(step, Leaked { client, notice: notice.clone(), after });
    }

    pub(super) fn leak_notice(&mut self, step: &Step<'_>, leaked: Leaked) {
        self.leak_at(step, Leaking::Notice { leaked, shown_at: step.now.utc });
    }

    fn leak_at(&mut self, step: &Step<'_>, stage: Leaking) {
        self.enter(step, State::Leak(Box::new(stage)));
    }

    /// The picture is on its way.
    pub(super) fn match_leaked(&mut self, step: &Step<'_>, asked: senim_domain::OperationId, leaked: Leaked) {
        self.leak_at(step, Leaking::Matching { leaked, asked });
    }

    pub(super) fn decide_leak(&mut self, step: &mut Step<'_>, decision: &Decision) {
        if *decision != Decision::Confirm {
            return;
        }
        let State::Leak(stage) = self.take() else { return };
        let language = self.language;
        match *stage {
            Leaking::Notice { leaked, shown_at } => {
                let text = TextId::DataLeak;
                let shown = self.facts.pack(step.now.utc).map(|pack| pack.texts.document(text, language));
                let Some(shown) = shown else { return self.end(step, Ending::Unreachable) };
                let (client, text_sha256) = (leaked.client, sha256_b64(shown.as_bytes()));
                self.record(step, TextAcknowledged { client, text, text_sha256, language, shown_at });
                self.before_camera(step, Sitter::Leaked(Box::new(leaked)), Picture::Opening);
            }
            Leaking::Further { leaked, place, shown_at } => {
                let further = self.facts.pack(step.now.utc).and_then(|pack| pack.leak.further.get(place));
                let shown = further.map(|step| (step.id.clone(), step.document(language)));
                let Some((name, text)) = shown else { return self.end(step, Ending::Unreachable) };
                let (client, text_sha256) = (leaked.client, sha256_b64(text.as_bytes()));
                let row = FurtherStepAcknowledged { client, step: name, text_sha256, language, shown_at };
                self.record(step, row);
                self.next_step(step, leaked, place.saturating_add(1));
            }
            stage @ (Leaking::Matching { .. }
            | Leaking::Number { .. }
            | Leaking::Ordering { .. }
            | Leaking::WaitCallback { .. }) => self.state = State::Leak(Box::new(stage)),
        }
    }

    /// The next of the MFO's own steps; behind the last of them the call.
    fn next_step(&mut self, step: &mut Step<'_>, leaked: Leaked, place: usize) {
        let more = self.facts.pack(step.now.utc).is_some_and(|pack| pack.leak.further.len() > place);
        if more {
            return self.leak_at(step, Leaking::Further { leaked, place, shown_at: step.now.utc });
        }
        let asked = self.ask_measure(step, &leaked, Measure::Call);
        self.leak_at(step, Leaking::Ordering { leaked, asked });
    }

    fn ask_measure(
        &self,
        step: &mut Step<'_>,
        leaked: &Leaked,
        measure: Measure,
    ) -> senim_domain::OperationId {
        self.record(step, MeasureRequested { client: leaked.client, measure })
    }

    pub(super) fn leak_answer(&mut self, step: &mut Step<'_>, message: &Message, stage: Leaking) {
        match (stage, &message.body) {
            // Nothing stands in the way any more.
            (stage, MessageBody::LoggedIn { .. }) => self.leak_over(step, message, stage.into_leaked()),
            (
                Leaking::Matching { leaked, .. },
                MessageBody::MeasureTaken { measure: Measure::Face, client },
            ) if *client == leaked.client => {
                // The measure's picture is not one of those that an operation may take.
                if let Some(visit) = &mut self.visit {
                    visit.pictures = visit.pictures.saturating_sub(1);
                }
                let asked = self.ask_measure(step, &leaked, Measure::Number);
                self.leak_at(step, Leaking::Number { leaked, asked });
            }
            (
                Leaking::Number { leaked, .. },
                MessageBody::MeasureTaken { measure: Measure::Number, client },
            ) if *client == leaked.client => self.next_step(step, leaked, 0),
            (Leaking::Ordering { leaked, .. }, MessageBody::CallAnnounced(call))
                if call.client == leaked.client =>
            {
                let now = step.now.mono;
                let stage = Leaking::WaitCallback {
                    leaked,
                    call: message.envelope.message_id,
                    phone_masked: call.phone_masked.clone(),
                    until: now.plus_ms(u64::from(call.wait_seconds).saturating_mul(1000)),
                    ask_at: now.plus_ms(ASK_AGAIN_MS),
                    asked: None,
                };
                self.leak_at(step, stage);
            }
            // "Not yet": the screen stays as it is.
            (
                Leaking::WaitCallback { leaked, call, phone_masked, until, .. },
                MessageBody::CallAnnounced(_),
            ) => {
                let ask_at = step.now.mono.plus_ms(ASK_AGAIN_MS);
                let stage = Leaking::WaitCallback { leaked, call, phone_masked, until, ask_at, asked: None };
                self.state = State::Leak(Box::new(stage));
            }
            (stage, MessageBody::MeasureRefused(refused)) => {
                let leaked = stage.into_leaked();
                match refused.reason {
                    MeasureRefusal::NoMatch | MeasureRefusal::Unusable if refused.attempts_left > 0 => {
                        self.before_camera(step, Sitter::Leaked(Box::new(leaked)), Picture::NoMatch);
                    }
                    MeasureRefusal::NoMatch | MeasureRefusal::Unusable => {
                        self.end(step, Ending::FaceNotMatched);
                    }
                    MeasureRefusal::NumberNotOwned => self.advise(step, Advice::NumberNotYours),
                    MeasureRefusal::CallDenied => self.advise(step, Advice::CallDenied),
                    MeasureRefusal::CallNotReached => self.advise(step, Advice::CallNotReached),
                    MeasureRefusal::Incomplete | MeasureRefusal::TryLater => {
                        self.end(step, Ending::Unreachable);
                    }
                }
            }
            (_, _) => self.end(step, Ending::Unreachable),
        }
    }

    fn leak_over(&mut self, step: &mut Step<'_>, message: &Message, leaked: Leaked) {
        match leaked.after {
            After::Errand(errand) => self.greeted(step, &message.body, errand),
            // The call may have taken longer than a picture lives: the same person still stands here.
            After::Payout(owed) => {
                let owed = Owed { face_check: None, ..*owed };
                self.before_camera(step, Sitter::Claimant(Box::new(owed)), Picture::Opening);
            }
        }
    }

    /// Asks for the outcome of the call in time, and gives up in time. Called at the end of every step.
    pub(super) fn wait_for_call(&mut self, step: &mut Step<'_>) {
        let now = step.now.mono;
        let State::Leak(stage) = &mut self.state else { return };
        let Leaking::WaitCallback { leaked, call, until, ask_at, asked, .. } = stage.as_mut() else {
            return;
        };
        if now >= *until {
            return self.advise(step, Advice::CallNotReached);
        }
        if asked.is_some() || now < *ask_at {
            return;
        }
        let row = CheckCallAsked { client: leaked.client, call: *call };
        let op_id = self.record(step, row);
        if let State::Leak(stage) = &mut self.state
            && let Leaking::WaitCallback { asked, .. } = stage.as_mut()
        {
            *asked = Some(op_id);
        }
    }

    /// When the call has something to ask for by itself.
    pub(super) fn call_due(&self) -> Option<Mono> {
        let State::Leak(stage) = &self.state else { return None };
        match stage.as_ref() {
            Leaking::WaitCallback { asked: None, ask_at, until, .. } => Some((*ask_at).min(*until)),
            Leaking::WaitCallback { asked: Some(_), until, .. } => Some(*until),
            _ => None,
        }
    }

    pub(super) const fn leak_clock(stage: &Leaking, times: SessionTimes) -> Clock {
        match stage {
            Leaking::Notice { .. } | Leaking::Further { .. } => Clock::Person(times.reading_seconds),
            Leaking::Matching { .. } | Leaking::Number { .. } | Leaking::Ordering { .. } => {
                Clock::Answer(times.answer_seconds)
            }
            // The client looks at the phone; the wait ends by itself.
            Leaking::WaitCallback { .. } => Clock::None,
        }
    }
}
