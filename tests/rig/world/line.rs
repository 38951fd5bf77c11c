//! The line to the MFO: how requests travel, and polls that the gateway holds back.

use senim_runtime::Input;
use senim_sync::wire::Failure;
use senim_sync::{Answer, Lease, Request};

use super::{Due, Travel, World};
use crate::far::Far;

/// How often the gateway looks into an inbox whose poll it holds back, ms.
const HELD_MS: u64 = 500;
/// How long it takes to find out that nobody answers, ms.
const UNREACHABLE_MS: u64 = 2_000;

impl<F: Far> World<F> {
    /// Looks again whether there is something for a poll that was held back.
    pub(super) fn look_again(&mut self, lease: Lease, request: Request, until: u64) {
        if self.away {
            return self.nobody_answers(lease);
        }
        let answer = self.mfo.answer(&self.terminal, &request, self.utc());
        let empty =
            matches!(&answer, Answer::Inbox(page) if page.messages.is_empty() && page.replies.is_empty());
        if empty && self.now < until {
            self.later(HELD_MS, Due::Held(lease, request, until));
        } else {
            let answer = (self.forge)(&request, answer);
            self.later(20, Due::Input(Input::Uplink(lease, answer)));
        }
    }

    pub(super) fn ask(&mut self, lease: Lease, request: &Request) {
        if self.away {
            return self.nobody_answers(lease);
        }
        let travel = (self.line)(request);
        if let (Travel::Good, Request::Inbox { wait_seconds, .. }) = (travel, request) {
            let until = self.now + u64::from(*wait_seconds) * 1000;
            // Time is held back here; at the far end it would be real.
            let request = match request {
                Request::Inbox { after, awaits, .. } => {
                    Request::Inbox { after: *after, wait_seconds: 0, awaits: *awaits }
                }
                other => other.clone(),
            };
            return self.look_again(lease, request, until);
        }
        let answer = match travel {
            Travel::Lost => None,
            Travel::Good | Travel::Slow(_) | Travel::AnswerLost => Some(self.far_answers(request)),
        };
        if let Some(Answer::Failed(failure)) = &answer {
            self.log.push(format!("{} gateway: {failure}", self.now));
        }
        let back_ms = match travel {
            Travel::Slow(ms) => ms,
            Travel::Good | Travel::Lost | Travel::AnswerLost => 20,
        };
        match answer.filter(|_| matches!(travel, Travel::Good | Travel::Slow(_))) {
            Some(answer) => {
                let answer = (self.forge)(request, answer);
                self.later(back_ms, Due::Input(Input::Uplink(lease, answer)));
            }
            None => self.nobody_answers(lease),
        }
    }

    fn nobody_answers(&mut self, lease: Lease) {
        let failed = Answer::Failed(Failure::Unreachable("the world lost it".into()));
        self.later(UNREACHABLE_MS, Due::Input(Input::Uplink(lease, failed)));
    }
}
