//! The rig's presenter, device side of `docs/formats/presenter-protocol.md`: a dispenser with a shutter, an exit sensor
//! and a retract unit. This file decides what a command does. Frames are in `frame`, the exchange in `line`, reply data
//! in `answers`, notes in `notes`, people, sensor and shutter in `exit`, what can be set in `settings`, the control
//! interface in `control`.
//!
//! Choices where the protocol leaves them: people take from cassette 1 first; a note under way when power goes lies on
//! the path until RESET; a note that hangs in the shutter is of the last cassette that has one; bytes that arrive while
//! the device is busy are lost.

mod answers;
mod control;
mod exit;
mod frame;
mod line;
mod notes;
mod settings;

use std::collections::{BTreeMap, VecDeque};

pub use frame::Command;
pub use notes::{Cassette, PerUnit, Places};
pub use settings::{Fault, Options, People};

use crate::faults::{FaultSet, FaultSpec};
use crate::machine::Machine;
use answers::counts_data;
use exit::Notice;
use frame::{ACK, NAK, Receiver};
use line::{Outgoing, Reply};
use notes::{Counts, Dispensing, Limits, Notes, result};

/// Where the shutter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shutter {
    /// 00
    Closed,
    /// 01
    Open,
    /// 02
    Jammed,
}

impl Shutter {
    fn byte(self) -> u8 {
        match self {
            Self::Closed => 0,
            Self::Open => 1,
            Self::Jammed => 2,
        }
    }
}

/// The record of the last moving command; kept without power.
#[derive(Debug, Clone, Copy)]
struct Record {
    command: u8,
    number: u16,
    result: u8,
    counts: Counts,
}

/// Who sends what next.
#[derive(Debug)]
enum Link {
    Booting {
        until_ms: u64,
    },
    Idle,
    Working {
        work: Work,
        due_ms: u64,
    },
    /// A reply lies in the outbox.
    Answering(Reply),
    AwaitingAck {
        reply: Reply,
        resend_at_ms: u64,
    },
}

#[derive(Debug)]
struct Work {
    command: Command,
    number: u16,
    dispensing: Option<Dispensing>,
}

/// The presenter. See [`Machine`] for how it is driven.
#[derive(Debug)]
pub struct Presenter {
    options: Options,
    faults: FaultSet<Fault>,
    notes: Notes,
    shutter: Shutter,
    /// Number of the PRESENT since which notes lie in reach.
    presented: Option<u16>,
    record: Record,
    people_at: Option<u64>,
    notice: Option<Notice>,
    powered: bool,
    losses: u64,
    link: Link,
    receiver: Receiver,
    outbox: VecDeque<Outgoing>,
    frames: BTreeMap<u8, u64>,
    executed: BTreeMap<Command, u64>,
    corrupt_frames: u64,
}

impl Presenter {
    /// A presenter that is powered and ready.
    #[must_use]
    pub fn new(options: Options, cassettes: PerUnit<Cassette>) -> Self {
        Self {
            options,
            faults: FaultSet::default(),
            notes: Notes::new(cassettes),
            shutter: Shutter::Closed,
            presented: None,
            record: Record { command: 0, number: 0, result: result::GOOD, counts: Counts::default() },
            people_at: None,
            notice: None,
            powered: true,
            losses: 0,
            link: Link::Idle,
            receiver: Receiver::default(),
            outbox: VecDeque::new(),
            frames: BTreeMap::new(),
            executed: BTreeMap::new(),
            corrupt_frames: 0,
        }
    }

    /// Switches the supply. Cutting it twice is one loss.
    pub fn set_power(&mut self, on: bool, now_ms: u64) {
        self.handle_timeout(now_ms);
        match (self.powered, on) {
            (true, false) => {
                self.powered = false;
                self.losses = self.losses.saturating_add(1);
                if let Link::Working { work: Work { dispensing: Some(dispensing), .. }, .. } =
                    std::mem::replace(&mut self.link, Link::Idle)
                {
                    self.notes.abandon(&dispensing);
                }
                self.receiver.forget();
                self.outbox.clear();
                self.notice = None;
            }
            (false, true) => {
                self.powered = true;
                self.link = Link::Booting { until_ms: now_ms.saturating_add(self.options.boot_ms) };
            }
            (true, true) | (false, false) => {}
        }
    }

    /// Settings in force.
    #[must_use]
    pub fn options(&self) -> Options {
        self.options
    }

    /// Replaces the settings. People at an open shutter begin anew; a command under way keeps its times.
    pub fn set_options(&mut self, options: Options, now_ms: u64) {
        self.options = options;
        self.people_come(now_ms);
    }

    /// Sets or replaces a fault.
    pub fn set_fault(&mut self, fault: Fault, spec: FaultSpec, now_ms: u64) {
        self.handle_timeout(now_ms);
        self.faults.set(fault, spec);
    }

    /// Removes a fault.
    pub fn clear_fault(&mut self, fault: Fault) {
        self.faults.clear(fault);
    }

    /// Whether a command is being executed or a reply is on its way.
    #[must_use]
    pub fn busy(&self) -> bool {
        !matches!(self.link, Link::Idle)
    }

    /// The cassettes from 1 to 4.
    #[must_use]
    pub fn cassettes(&self) -> PerUnit<Cassette> {
        self.notes.cassettes
    }

    /// Changes the cassettes, as a person at the open cabinet does.
    pub fn set_cassettes(&mut self, cassettes: PerUnit<Cassette>) {
        self.notes.cassettes = cassettes;
    }

    /// Where the notes really are that were stacked since the exit was last empty.
    #[must_use]
    pub fn really(&self) -> PerUnit<Places> {
        self.notes.really
    }

    /// Where the firmware believes them to be.
    #[must_use]
    pub fn believed(&self) -> PerUnit<Places> {
        self.notes.believed
    }

    /// Notes on the path, per cassette.
    #[must_use]
    pub fn on_path(&self) -> PerUnit<u8> {
        self.notes.on_path
    }

    /// Where the shutter stands.
    #[must_use]
    pub fn shutter(&self) -> Shutter {
        self.shutter
    }

    /// Frames with a right check seen per command code, executed or not.
    #[must_use]
    pub fn frames_seen(&self) -> &BTreeMap<u8, u64> {
        &self.frames
    }

    /// Times a command's execution was begun.
    #[must_use]
    pub fn executed(&self, command: Command) -> u64 {
        self.executed.get(&command).copied().unwrap_or(0)
    }

    fn accept(&mut self, code: u8, number: u16, data: &[u8], now_ms: u64) {
        let seen = self.frames.entry(code).or_default();
        *seen = seen.saturating_add(1);
        if self.faults.take_on(Fault::Nak, code).is_some() {
            return self.send(vec![NAK], now_ms);
        }
        if self.faults.take_on(Fault::NoAck, code).is_none() {
            self.send(vec![ACK], now_ms);
        }
        if self.faults.take_on(Fault::SilentNoExecute, code).is_some() {
            return;
        }
        let queried_ms = now_ms.saturating_add(self.options.query_ms);
        let Some(command) = Command::from_code(code) else {
            return self.answer(code, number, &[result::UNKNOWN_COMMAND], queried_ms);
        };
        let query = match command {
            Command::Status => Some(self.status_data()),
            Command::LastStatus => Some(self.record_data()),
            Command::PresentStatus => Some(self.places_data(result::GOOD)),
            Command::Mark
            | Command::Dispense
            | Command::Present
            | Command::Retract
            | Command::TestDispense
            | Command::Reset => None,
        };
        match query {
            Some(answer) => {
                self.count(command);
                self.answer(code, number, &answer, queried_ms);
            }
            None if number == 0 => self.answer(code, number, &[result::WRONG_DATA], queried_ms),
            None if number == self.record.number => {
                self.answer(code, number, &[result::NUMBER_USED], queried_ms);
            }
            None => match wanted(command, data) {
                None => self.answer(code, number, &[result::WRONG_DATA], queried_ms),
                Some(wanted) => self.begin(command, number, wanted, now_ms),
            },
        }
    }

    fn count(&mut self, command: Command) {
        let times = self.executed.entry(command).or_default();
        *times = times.saturating_add(1);
    }

    fn begin(&mut self, command: Command, number: u16, wanted: PerUnit<u8>, now_ms: u64) {
        self.count(command);
        self.record = Record {
            command: command.code(),
            number,
            result: result::INTERRUPTED,
            counts: Counts::default(),
        };
        let mut work = Work { command, number, dispensing: None };
        let takes_ms = match command {
            Command::Mark => self.options.mark_ms,
            Command::Reset => self.options.reset_ms,
            Command::Present => self.options.present_ms,
            Command::Retract => self.options.retract_ms,
            Command::Dispense | Command::TestDispense => {
                match self.start(command, wanted) {
                    Ok(dispensing) => work.dispensing = Some(dispensing),
                    Err(code) => return self.end(&work, code, Counts::default(), now_ms),
                }
                self.options.start_ms
            }
            Command::Status | Command::LastStatus | Command::PresentStatus => 0,
        };
        self.link = Link::Working { work, due_ms: now_ms.saturating_add(takes_ms) };
    }

    fn start(&mut self, command: Command, wanted: PerUnit<u8>) -> Result<Dispensing, u8> {
        let to_reject = command == Command::TestDispense;
        match self.shutter {
            Shutter::Jammed if !to_reject => return Err(result::DOES_NOT_CLOSE),
            Shutter::Open if !to_reject => return Err(result::PRESENTED),
            Shutter::Closed | Shutter::Open | Shutter::Jammed => {}
        }
        let limits = self.limits();
        self.notes.start(wanted, to_reject, limits, &mut self.faults)
    }

    fn limits(&self) -> Limits {
        Limits { stack: self.options.stack_notes, rejects: self.options.max_rejects }
    }

    fn work(&mut self, mut work: Work, due_ms: u64) {
        let nothing = Counts::default();
        let limits = self.limits();
        if let Some(dispensing) = &mut work.dispensing {
            let ended = self.notes.step(dispensing, limits, &mut self.faults);
            let counts = dispensing.counts;
            match ended {
                Some(code) => self.end(&work, code, counts, due_ms),
                None => {
                    let due_ms = due_ms.saturating_add(self.options.note_ms);
                    self.link = Link::Working { work, due_ms };
                }
            }
            return;
        }
        match work.command {
            Command::Present => {
                let code = self.present(work.number, due_ms);
                self.end(&work, code, nothing, due_ms);
            }
            Command::Retract => {
                let code = self.retract();
                self.end(&work, code, nothing, due_ms);
            }
            Command::Reset => {
                let (code, counts) = match self.faults.take(Fault::NoRejectUnit) {
                    Some(_) => (result::NO_REJECT_UNIT, nothing),
                    None => (result::GOOD, self.notes.clear_path()),
                };
                if !self.sensor() {
                    self.shutter = Shutter::Closed;
                }
                self.end(&work, code, counts, due_ms);
            }
            Command::Mark
            | Command::Dispense
            | Command::TestDispense
            | Command::Status
            | Command::LastStatus
            | Command::PresentStatus => self.end(&work, result::GOOD, nothing, due_ms),
        }
    }

    fn end(&mut self, work: &Work, code: u8, counts: Counts, now_ms: u64) {
        self.record.result = code;
        self.record.counts = counts;
        let data = match work.command {
            Command::Present | Command::Retract => self.places_data(code),
            Command::Mark
            | Command::Dispense
            | Command::TestDispense
            | Command::Reset
            | Command::Status
            | Command::LastStatus
            | Command::PresentStatus => {
                let mut data = vec![code];
                data.extend(counts_data(&counts));
                data
            }
        };
        self.answer(work.command.code(), work.number, &data, now_ms);
    }
}

/// Notes per cassette that a moving command asks for; nothing when its data are wrong.
fn wanted(command: Command, data: &[u8]) -> Option<PerUnit<u8>> {
    match (command, data) {
        (Command::Dispense, &[one, two, three, four]) => Some([one, two, three, four]),
        (Command::TestDispense, &[unit]) => {
            let mut wanted = [0; 4];
            *wanted.get_mut(usize::from(unit).checked_sub(1)?)? = 1;
            Some(wanted)
        }
        (Command::Dispense | Command::TestDispense, _) => None,
        (_, []) => Some([0; 4]),
        _ => None,
    }
}

impl Machine for Presenter {
    fn handle_input(&mut self, bytes: &[u8], now_ms: u64) {
        self.handle_timeout(now_ms);
        for byte in bytes {
            if self.powered {
                self.receive(*byte, now_ms);
            }
        }
    }

    fn poll_transmit(&mut self, now_ms: u64) -> Option<Vec<u8>> {
        self.handle_timeout(now_ms);
        if self.outbox.front()?.due_ms > now_ms {
            return None;
        }
        let outgoing = self.outbox.pop_front()?;
        if outgoing.is_reply
            && let Link::Answering(reply) = &self.link
        {
            let resend_at_ms = now_ms.saturating_add(self.options.resend_ms);
            self.link = Link::AwaitingAck { reply: reply.clone(), resend_at_ms };
        }
        Some(outgoing.bytes)
    }

    fn poll_timeout(&self) -> Option<u64> {
        let idle = matches!(self.link, Link::Idle);
        let link = match &self.link {
            Link::Booting { until_ms } => Some(*until_ms),
            Link::Working { due_ms, .. } => Some(*due_ms),
            Link::AwaitingAck { resend_at_ms, .. } => Some(*resend_at_ms),
            Link::Idle | Link::Answering(_) => None,
        };
        let outbox = self.outbox.front().map(|outgoing| outgoing.due_ms);
        let notice = self.notice.as_ref().filter(|_| idle).map(|notice| notice.due_ms);
        [link, outbox, notice, self.people_at].into_iter().flatten().min()
    }

    fn handle_timeout(&mut self, now_ms: u64) {
        if self.people_at.is_some_and(|at| at <= now_ms) {
            self.people_act();
        }
        loop {
            match std::mem::replace(&mut self.link, Link::Idle) {
                Link::Booting { until_ms } if until_ms <= now_ms => {}
                Link::Working { work, due_ms } if due_ms <= now_ms => self.work(work, due_ms),
                Link::AwaitingAck { reply, resend_at_ms } if resend_at_ms <= now_ms => {
                    self.repeat(reply, resend_at_ms);
                }
                waiting @ (Link::Booting { .. }
                | Link::Idle
                | Link::Working { .. }
                | Link::Answering(_)
                | Link::AwaitingAck { .. }) => {
                    self.link = waiting;
                    break;
                }
            }
        }
        self.look(now_ms);
        self.notify(now_ms);
    }
}
