//! What the answers to all commands but POLL lead to: queries and ENABLE are asked again, STACK, RETURN and RESET never.

use senim_domain::Mono;
use senim_hal::ErrorKind;
use senim_hal::cash_acceptor::Event;

use super::codec::Code;
use super::link::Answer;
use super::machine::{EnableStep, Job, Machine, TRIES, Written};
use super::meaning::{self, Bills, State, error};
use super::note::Stage;

impl Machine {
    /// The answer to a command that is written once: noted, never acted upon by writing it again.
    pub(super) fn on_written(&mut self, answer: &Answer, now: Mono) {
        if *answer == Answer::Unsent {
            return self.unsend();
        }
        let accept = |written: &mut Written| match written {
            Written::Once { accepted, .. } => *accepted = *answer == Answer::Ack,
            Written::NotYet => {}
        };
        match (&mut self.job, &mut self.own_return) {
            (Job::Reset(written) | Job::Move { written, .. }, _) | (_, Some(written)) => accept(written),
            (Job::Idle | Job::Status { .. } | Job::Enable { .. } | Job::Disable { .. }, None) => {}
        }
        // Whatever it said, the next poll tells more.
        self.next_poll = now;
    }

    /// The frame never left.
    pub(super) fn unsend(&mut self) {
        if let Some(note) = &mut self.note
            && note.is_open()
        {
            note.stage = Stage::Escrow;
        }
        self.own_return = None;
        if matches!(self.job, Job::Reset(_) | Job::Move { .. }) {
            self.fail(ErrorKind::Offline, "the line took no bytes; nothing was sent");
        }
    }

    pub(super) fn on_enable(&mut self, answer: &Answer, now: Mono) {
        let until = now.plus_ms(self.config.enable_wait_ms);
        let refused = |words: &str, state: Option<State>| {
            state.and_then(State::error).unwrap_or_else(|| error(ErrorKind::HardwareError, words))
        };
        match (&mut self.job, answer) {
            (Job::Enable { step, .. }, Answer::Ack) => {
                *step = EnableStep::Confirm { until };
                self.enabled = true;
                self.next_poll = now;
            }
            (Job::Disable { confirm_until, .. }, Answer::Ack) => {
                *confirm_until = Some(until);
                self.enabled = false;
                self.next_poll = now;
            }
            // What is not allowed to be enabled takes no notes.
            (Job::Disable { .. }, Answer::Illegal) if self.state.and_then(State::error).is_some() => {
                self.end(Event::Disabled);
            }
            (Job::Enable { .. } | Job::Disable { .. }, Answer::Illegal) => {
                let error = refused("the command is not allowed in this state (30)", self.state);
                self.end(Event::Failed(error));
            }
            (
                Job::Enable { tries_left, .. } | Job::Disable { tries_left, .. },
                Answer::Nak | Answer::Silent | Answer::Unsent | Answer::Data(_),
            ) => {
                *tries_left = tries_left.saturating_sub(1);
                if *tries_left == 0 {
                    self.fail(ErrorKind::Offline, "no valid answer to ENABLE BILL TYPES");
                }
            }
            (Job::Idle | Job::Status { .. } | Job::Reset(_) | Job::Move { .. }, _) => {}
        }
    }

    pub(super) fn on_query(&mut self, code: Code, answer: Answer) {
        match (&mut self.job, answer) {
            (Job::Status { .. } | Job::Enable { .. }, Answer::Data(data)) => {
                match code {
                    Code::Identification => self.identity = Some(meaning::identity(&data)),
                    Code::GetBillTable => self.bills = Some(Bills::read(&data, &self.config.countries)),
                    // The masks are our own; that they are answered at all is the news.
                    _ => {}
                }
                self.after_query(code);
            }
            // Not in this state: what is known has to do.
            (Job::Status { .. }, Answer::Illegal) => self.after_query(code),
            (Job::Enable { .. }, Answer::Illegal) => {
                let told = self.state.and_then(State::error);
                let error = told.unwrap_or_else(|| {
                    error(ErrorKind::Starting, "the bill table is not told in this state (30)")
                });
                self.end(Event::Failed(error));
            }
            (
                Job::Status { tries_left, .. } | Job::Enable { tries_left, .. },
                Answer::Ack | Answer::Nak | Answer::Silent | Answer::Unsent,
            ) => {
                *tries_left = tries_left.saturating_sub(1);
                if *tries_left == 0 {
                    self.fail(ErrorKind::Offline, "no valid answer to a query");
                }
            }
            (Job::Idle | Job::Disable { .. } | Job::Reset(_) | Job::Move { .. }, _) => {}
        }
    }

    /// A query of the command under way has its answer: the next one, or the end.
    fn after_query(&mut self, code: Code) {
        let tells = self.state.is_some_and(State::tells_identity);
        match (&mut self.job, code) {
            (Job::Status { next, tries_left }, Code::GetStatus) if tells => {
                (*next, *tries_left) = (Code::Identification, TRIES);
            }
            (Job::Status { next, tries_left }, Code::Identification) if tells => {
                (*next, *tries_left) = (Code::GetBillTable, TRIES);
            }
            (Job::Status { .. }, _) => {
                let event = Event::Status {
                    identity: self.identity.clone().unwrap_or_else(|| "CCNET bill validator".to_owned()),
                    denominations: self.bills.as_ref().map(Bills::notes).unwrap_or_default(),
                    stacker: self.stacker,
                    error: self.state.and_then(State::error),
                };
                self.end(event);
            }
            (Job::Enable { step, tries_left, .. }, _) => {
                (*step, *tries_left) = (EnableStep::Mask, TRIES);
            }
            (Job::Idle | Job::Disable { .. } | Job::Reset(_) | Job::Move { .. }, _) => {}
        }
    }

    /// HOLD is no more than a wish: a device that refuses it gives the note back in its own time.
    pub(super) fn on_hold(&mut self, answer: &Answer, now: Mono) {
        let hold_at = match answer {
            Answer::Ack => Some(now.plus_ms(self.config.hold_ms)),
            Answer::Illegal => None,
            Answer::Nak | Answer::Silent | Answer::Unsent | Answer::Data(_) => {
                Some(now.plus_ms(self.config.poll_ms))
            }
        };
        if let Some(note) = &mut self.note {
            note.hold_at = hold_at;
        }
    }
}
