//! Order of the CCNET acceptor: polling, the command under way, repetition of queries (protocols section 3).
//!
//! After the first command the device is polled for as long as the line is open; everything that it does by itself is
//! learnt from that. Three rules carry the safety of cash:
//! - STACK, RETURN and RESET are queued once. What came of them is told by the polls that follow, whatever their own answer.
//! - A note is known by its escrow; only a "stacked" of that note, after our STACK, is told as stacked, and once.
//! - A command that moves a note goes out only after a poll has been answered on this line.
//!
//! How a poll's answer is judged is in `judge`, what other answers lead to in `answers`, a frame and its answer in `link`.

use std::collections::VecDeque;

use senim_domain::Mono;
use senim_domain::cash::Denomination;
use senim_hal::cash_acceptor::{Event, Stacker};
use senim_hal::{Error, ErrorKind};

use super::Config;
use super::codec::Code;
use super::link::{Answer, Link};
use super::meaning::{self, Bills, State, error};
use super::note::{Note, Stage};

/// Times that a query, ENABLE or HOLD is asked before it counts as unanswered.
pub(super) const TRIES: u8 = 3;

/// Which way a note in escrow goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Stack,
    Return,
}

/// The command under way.
#[derive(Debug)]
pub(super) enum Job {
    Idle,
    /// The next question, once a poll was answered.
    Status {
        next: Code,
        tries_left: u8,
    },
    Enable {
        notes: Vec<Denomination>,
        step: EnableStep,
        tries_left: u8,
    },
    Disable {
        confirm_until: Option<Mono>,
        tries_left: u8,
    },
    Reset(Written),
    Move {
        way: Way,
        written: Written,
    },
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum EnableStep {
    Table,
    Mask,
    Confirm { until: Mono },
}

/// How far a command that is written once has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    NotYet,
    /// `accepted`: the device said ACK. `moved`: a state was seen that only this command explains.
    Once {
        accepted: bool,
        moved: bool,
        until: Mono,
    },
}

#[derive(Debug)]
pub(super) struct Machine {
    pub(super) config: Config,
    pub(super) link: Link,
    line_open: bool,
    /// The first command was given since the line opened.
    polling: bool,
    pub(super) next_poll: Mono,
    /// Polls without a valid answer in a row.
    misses: u32,
    pub(super) offline: bool,
    /// What the open question is.
    pub(super) asked: Option<Code>,
    pub(super) identity: Option<String>,
    pub(super) bills: Option<Bills>,
    /// The last poll's answer on this line, and how often it came in a row since it changed or a command was written.
    pub(super) state: Option<State>,
    pub(super) still: u32,
    /// A poll was answered since the line opened.
    pub(super) looked: bool,
    pub(super) stacker: Stacker,
    /// Our ENABLE holds, as far as we know.
    pub(super) enabled: bool,
    /// Types that our last ENABLE named; a note drawn in before DISABLE is still one of them.
    pub(super) offered: u32,
    pub(super) note: Option<Note>,
    /// The note found at this power-up was told.
    pub(super) found_told: bool,
    pub(super) job: Job,
    /// RETURN that the driver wrote by itself.
    pub(super) own_return: Option<Written>,
    pub(super) events: VecDeque<Event>,
}

impl Machine {
    pub(super) fn new(config: Config) -> Self {
        Self {
            link: Link::new(&config),
            config,
            line_open: false,
            polling: false,
            next_poll: Mono(0),
            misses: 0,
            offline: false,
            asked: None,
            identity: None,
            bills: None,
            state: None,
            still: 0,
            looked: false,
            stacker: Stacker::Ok,
            enabled: false,
            offered: 0,
            note: None,
            found_told: false,
            job: Job::Idle,
            own_return: None,
            events: VecDeque::new(),
        }
    }

    pub(super) const fn is_idle(&self) -> bool {
        matches!(self.job, Job::Idle)
    }

    /// Whether a note waits for a decision.
    pub(super) fn has_escrow(&self) -> bool {
        self.note.as_ref().is_some_and(|note| note.stage == Stage::Escrow)
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.events.push_back(event);
    }

    /// Ends the command under way.
    pub(super) fn end(&mut self, event: Event) {
        self.job = Job::Idle;
        self.tell(event);
    }

    pub(super) fn fail(&mut self, kind: ErrorKind, words: &str) {
        self.end(Event::Failed(error(kind, words)));
    }

    pub(super) fn start(&mut self, job: Job, now: Mono) {
        if !self.line_open {
            return self.fail(ErrorKind::Offline, "the line is closed");
        }
        if matches!(job, Job::Reset(_)) && self.has_escrow() {
            return self.fail(ErrorKind::UserError, "not sent: a note waits in escrow");
        }
        if matches!(job, Job::Reset(_)) {
            // The note is the reset's now: that the driver's own RETURN is unanswered would pass for the reset's end.
            self.own_return = None;
        }
        self.job = job;
        if !self.polling {
            self.polling = true;
            self.next_poll = now;
        }
        // A status is no older than its question.
        if matches!(self.job, Job::Status { .. }) {
            self.looked = false;
            self.next_poll = now;
        }
        self.drive(now);
    }

    // What goes out.

    /// Writes the next frame if the line is free for it.
    fn drive(&mut self, now: Mono) {
        if !self.polling || self.link.free_at().is_none_or(|at| at > now) {
            return;
        }
        if self.looked && self.job_frame(now) {
            return;
        }
        if self.looked && self.care_for_note(now) {
            return;
        }
        if self.next_poll <= now {
            self.next_poll = now.plus_ms(self.config.poll_ms);
            self.ask(Code::Poll, &[], now);
        }
    }

    fn ask(&mut self, code: Code, parameters: &[u8], now: Mono) {
        self.asked = Some(code);
        self.link.ask(code, parameters, now);
    }

    /// The frame that the command under way wants to write now, if any.
    fn job_frame(&mut self, now: Mono) -> bool {
        match &self.job {
            Job::Status { next, .. } => {
                let next = *next;
                self.ask(next, &[], now);
            }
            Job::Enable { step: EnableStep::Table, .. } => self.ask(Code::GetBillTable, &[], now),
            Job::Enable { notes, step: EnableStep::Mask, .. } => {
                let bills = self.bills.clone().unwrap_or_default();
                match bills.mask(notes) {
                    Ok(mask) => {
                        self.offered = mask;
                        self.ask(Code::EnableBillTypes, &meaning::masks(mask, mask), now);
                    }
                    Err(note) => {
                        let words = format!("not sent: the device knows no note of {} tenge", note.0);
                        self.fail(ErrorKind::UserError, &words);
                        return false;
                    }
                }
            }
            Job::Disable { confirm_until: None, .. } => {
                self.ask(Code::EnableBillTypes, &meaning::masks(0, meaning::EVERY_TYPE), now);
            }
            Job::Reset(Written::NotYet) => {
                let until = now.plus_ms(self.config.reset_wait_ms);
                self.job = Job::Reset(Written::Once { accepted: false, moved: false, until });
                (self.enabled, self.offered, self.note) = (false, 0, None);
                self.write_once(Code::Reset, now);
            }
            Job::Move { way, written: Written::NotYet } => {
                let way = *way;
                // The device may have given the note back while the command waited for the line.
                if !self.has_escrow() {
                    return false;
                }
                let written = self.move_note(way, now);
                self.job = Job::Move { way, written };
            }
            Job::Idle
            | Job::Enable { step: EnableStep::Confirm { .. }, .. }
            | Job::Disable { confirm_until: Some(_), .. }
            | Job::Reset(Written::Once { .. })
            | Job::Move { written: Written::Once { .. }, .. } => return false,
        }
        true
    }

    fn write_once(&mut self, code: Code, now: Mono) {
        self.still = 0;
        self.ask(code, &[], now);
    }

    /// Writes STACK or RETURN for the note in escrow.
    fn move_note(&mut self, way: Way, now: Mono) -> Written {
        let (code, stage) = match way {
            Way::Stack => (Code::Stack, Stage::Stacking),
            Way::Return => (Code::Return, Stage::Returning),
        };
        if let Some(note) = &mut self.note {
            note.stage = stage;
        }
        self.write_once(code, now);
        Written::Once { accepted: false, moved: false, until: now.plus_ms(self.config.move_wait_ms) }
    }

    /// Holds the note in escrow, or gives it back when it has waited long enough.
    fn care_for_note(&mut self, now: Mono) -> bool {
        let due = |at: Option<Mono>| at.is_some_and(|at| at <= now);
        let Some(note) = self.note.as_mut().filter(|note| note.stage == Stage::Escrow) else { return false };
        if due(note.return_at) {
            (note.return_at, note.hold_at) = (None, None);
            self.own_return = Some(self.move_note(Way::Return, now));
            true
        } else if due(note.hold_at) {
            note.hold_at = Some(now.plus_ms(self.config.hold_ms));
            self.ask(Code::Hold, &[], now);
            true
        } else {
            false
        }
    }

    // What comes in.

    pub(super) fn handle_input(&mut self, bytes: &[u8], now: Mono) {
        if !self.line_open {
            return;
        }
        if let Some(answer) = self.link.handle_input(bytes, now) {
            self.on_answer(answer, now);
        }
        self.drive(now);
    }

    pub(super) fn handle_timeout(&mut self, now: Mono) {
        if let Some(answer) = self.link.handle_timeout(now) {
            self.on_answer(answer, now);
        }
        self.drive(now);
    }

    fn on_answer(&mut self, answer: Answer, now: Mono) {
        match self.asked.take() {
            Some(Code::Poll) => self.on_poll(&answer, now),
            Some(Code::Reset | Code::Stack | Code::Return) => self.on_written(&answer, now),
            Some(Code::EnableBillTypes) => self.on_enable(&answer, now),
            Some(code @ (Code::GetStatus | Code::Identification | Code::GetBillTable)) => {
                self.on_query(code, answer);
            }
            Some(Code::Hold) => self.on_hold(&answer, now),
            None => {}
        }
        self.expire(now);
    }

    fn on_poll(&mut self, answer: &Answer, now: Mono) {
        let state = match answer {
            Answer::Data(data) => State::read(data),
            Answer::Ack | Answer::Nak | Answer::Illegal | Answer::Silent | Answer::Unsent => None,
        };
        match state {
            Some(state) => {
                self.misses = 0;
                self.offline = false;
                self.looked = true;
                self.judge(state, now);
            }
            None => {
                self.misses = self.misses.saturating_add(1);
                // A device may be silent while it initialises; the reset has a time of its own.
                let resetting = matches!(self.job, Job::Reset(Written::Once { .. }));
                if self.misses >= self.config.offline_polls && !resetting {
                    self.go_offline();
                }
            }
        }
    }

    fn go_offline(&mut self) {
        let silence = error(ErrorKind::Offline, "no valid answer to polls");
        let told = self.end_open(&silence);
        if !told && !self.offline {
            self.tell(Event::Fault(silence));
        }
        self.offline = true;
    }

    /// Ends whatever is under way because the device is not heard; whether anything was.
    fn end_open(&mut self, error: &Error) -> bool {
        let own = self.own_return.take().is_some();
        match std::mem::replace(&mut self.job, Job::Idle) {
            Job::Idle if own => {
                self.lose_note();
                self.tell(Event::Unanswered(error.clone()));
            }
            Job::Idle => return false,
            Job::Reset(Written::Once { .. }) => self.tell(Event::Unanswered(error.clone())),
            Job::Move { written: Written::Once { .. }, .. } => {
                self.lose_note();
                self.tell(Event::Unanswered(error.clone()));
            }
            Job::Status { .. }
            | Job::Enable { .. }
            | Job::Disable { .. }
            | Job::Reset(Written::NotYet)
            | Job::Move { written: Written::NotYet, .. } => self.tell(Event::Failed(error.clone())),
        }
        true
    }

    pub(super) fn lose_note(&mut self) {
        if let Some(note) = &mut self.note {
            note.lose();
        }
    }

    // Time and line.

    /// Ends what has waited too long although the device is heard.
    fn expire(&mut self, now: Mono) {
        let over = |written: &Written| matches!(written, Written::Once { until, .. } if *until <= now);
        match &self.job {
            Job::Enable { step: EnableStep::Confirm { until }, .. } if *until <= now => {
                self.fail(ErrorKind::HardwareError, "enabled, but the device stays at rest");
            }
            Job::Disable { confirm_until: Some(until), .. } if *until <= now => {
                self.fail(ErrorKind::HardwareError, "disabled, but the device does not come to rest");
            }
            Job::Reset(written) if over(written) => {
                let told = self.state.and_then(State::error);
                let error = told.unwrap_or_else(|| error(ErrorKind::Offline, "no end of the reset was told"));
                self.end(Event::Unanswered(error));
            }
            Job::Move { written, .. } if over(written) => {
                self.leave_note();
                let error = error(ErrorKind::HardwareError, "no end of the note's way was told");
                self.end(Event::Unanswered(error));
            }
            _ => {}
        }
        if self.own_return.as_ref().is_some_and(over) {
            self.own_return = None;
            self.leave_note();
            let error = error(ErrorKind::HardwareError, "no end of the note's way back was told");
            self.tell(Event::Unanswered(error));
        }
    }

    /// Gives the note up where the device shows it: still in escrow, or somewhere on its way.
    fn leave_note(&mut self) {
        match (&mut self.note, self.state) {
            (Some(note), Some(State::Escrow(_) | State::Holding)) => note.stage = Stage::Escrow,
            _ => self.lose_note(),
        }
    }

    pub(super) fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.link.poll_transmit()
    }

    pub(super) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub(super) fn poll_timeout(&self) -> Option<Mono> {
        if !self.polling {
            return None;
        }
        let Some(free_at) = self.link.free_at() else { return self.link.poll_timeout() };
        let note = self.note.as_ref().filter(|note| self.looked && note.stage == Stage::Escrow);
        let note_at = note.and_then(|note| [note.hold_at, note.return_at].into_iter().flatten().min());
        let wanted = if self.wants_line() { Some(free_at) } else { note_at };
        Some(wanted.into_iter().chain([self.next_poll]).min().unwrap_or(self.next_poll).max(free_at))
    }

    /// Whether the command under way waits for nothing but the line.
    fn wants_line(&self) -> bool {
        self.looked
            && match &self.job {
                Job::Status { .. } => true,
                Job::Enable { step, .. } => matches!(step, EnableStep::Table | EnableStep::Mask),
                Job::Disable { confirm_until, .. } => confirm_until.is_none(),
                Job::Reset(written) => *written == Written::NotYet,
                Job::Move { written, .. } => *written == Written::NotYet && self.has_escrow(),
                Job::Idle => false,
            }
    }

    pub(super) fn handle_line(&mut self, open: bool, now: Mono) {
        if open == self.line_open {
            return;
        }
        self.line_open = open;
        self.tell(Event::Line { open });
        if !open {
            if self.link.is_unsent() && matches!(self.asked, Some(Code::Reset | Code::Stack | Code::Return)) {
                self.unsend();
            }
            self.end_open(&error(ErrorKind::Offline, "the line was lost"));
        }
        self.link.restart(now);
        self.asked = None;
        (self.polling, self.looked) = (false, false);
        (self.misses, self.offline) = (0, false);
    }
}

/// The command Status from its beginning.
pub(super) const fn status() -> Job {
    Job::Status { next: Code::GetStatus, tries_left: TRIES }
}

/// The command Enable from its beginning.
pub(super) const fn enable(notes: Vec<Denomination>, table_known: bool) -> Job {
    let step = if table_known { EnableStep::Mask } else { EnableStep::Table };
    Job::Enable { notes, step, tries_left: TRIES }
}

/// The command Disable from its beginning.
pub(super) const fn disable() -> Job {
    Job::Disable { confirm_until: None, tries_left: TRIES }
}
