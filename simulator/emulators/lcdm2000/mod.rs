//! Puloon LCDM-2000 cash dispenser, device side: the exchange with the host, and power. Frames are in `frame`, notes
//! in `mechanics` and `bays`, what can be set in `settings`, the control interface in `control`.
//!
//! Choices where the sources are silent, all visible here: CHK counts every note that was picked up; the upper
//! cassette pays first; a new EOT while a reply waits for its ACK abandons that reply; bytes arriving while the device
//! is busy are lost; a note on the path makes every dispense end in error 33 until PURGE; a request of no notes or too
//! many is error 3B; a set bit in SENS1 means absent, and a blocked path is shown at EJT.

mod bays;
mod control;
mod frame;
mod mechanics;
mod settings;

use std::collections::{BTreeMap, VecDeque};

pub use bays::{Bay, Cassette, Pair};
pub use frame::Command;
pub use settings::{Fault, Options, ReplyOrder};

use crate::faults::{FaultSet, FaultSpec};
use crate::machine::Machine;
use frame::{ACK, EOT, NAK, Received, Receiver};
use mechanics::{Dispensing, Outcome, Step, Transport, absent, error};

/// Sent in place of a reply by the fault `garbage`.
const GARBAGE: [u8; 8] = [0xA5, 0x5A, 0x01, 0x00, 0xFE, 0x13, 0x37, 0x80];
/// Times a reply is sent again on NAK or silence (protocols 1.2).
const REPLY_RESENDS: u8 = 3;
/// Delay of the fault `late_reply` unless it says another: just past the host's limit of 60 s.
const LATE_REPLY_MS: u64 = 61_000;
/// 'O' V1 V2 'T' C1 C2 C3 C4
const ROM_VERSION: &[u8; 8] = b"O23T1A2B";

/// Who sends what next.
#[derive(Debug)]
enum Link {
    Booting {
        until_ms: u64,
    },
    Idle,
    Working {
        code: u8,
        job: Job,
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
enum Job {
    Purge,
    Dispense(Command, Dispensing),
}

#[derive(Debug, Clone)]
struct Reply {
    code: u8,
    frame: Vec<u8>,
    resends_left: u8,
}

#[derive(Debug)]
struct Outgoing {
    due_ms: u64,
    bytes: Vec<u8>,
    is_reply: bool,
}

/// The dispenser. See [`Machine`] for how it is driven.
#[derive(Debug)]
pub struct Lcdm2000 {
    options: Options,
    faults: FaultSet<Fault>,
    transport: Transport,
    powered: bool,
    losses: u64,
    link: Link,
    receiver: Receiver,
    outbox: VecDeque<Outgoing>,
    frames: BTreeMap<u8, u64>,
    executed: BTreeMap<Command, u64>,
    corrupt_frames: u64,
}

impl Lcdm2000 {
    /// A dispenser that is powered and ready, with these cassettes from the top.
    #[must_use]
    pub fn new(options: Options, cassettes: [Cassette; 2]) -> Self {
        Self {
            options,
            faults: FaultSet::default(),
            transport: Transport::new(cassettes),
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
                self.stop_firmware();
            }
            (false, true) => {
                self.powered = true;
                self.boot(now_ms);
            }
            (true, true) | (false, false) => {}
        }
    }

    /// Settings in force.
    #[must_use]
    pub fn options(&self) -> Options {
        self.options
    }

    /// Replaces the settings; a command under way keeps the times it has already been given.
    pub fn set_options(&mut self, options: Options) {
        self.options = options;
    }

    /// Sets or replaces a fault.
    pub fn set_fault(&mut self, fault: Fault, spec: FaultSpec, now_ms: u64) {
        self.handle_timeout(now_ms);
        self.faults.set(fault, spec);
        if matches!(self.link, Link::Idle) {
            self.stray_byte(now_ms);
        }
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

    /// The cassette at a position.
    #[must_use]
    pub fn cassette(&self, bay: Bay) -> Cassette {
        *self.transport.cassettes.at(bay)
    }

    /// Changes the cassette at a position, as a person at the open cabinet does.
    pub fn set_cassette(&mut self, bay: Bay, cassette: Cassette) {
        *self.transport.cassettes.at_mut(bay) = cassette;
    }

    /// Notes lying on the path now, per cassette they came from.
    #[must_use]
    pub fn on_path(&self) -> Pair<u8> {
        self.transport.on_path
    }

    /// Frames with a right check byte seen per command code, executed or not.
    #[must_use]
    pub fn frames_seen(&self) -> &BTreeMap<u8, u64> {
        &self.frames
    }

    /// Times a command's execution was begun.
    #[must_use]
    pub fn executed(&self, command: Command) -> u64 {
        self.executed.get(&command).copied().unwrap_or(0)
    }

    fn boot(&mut self, now_ms: u64) {
        self.link = Link::Booting { until_ms: now_ms.saturating_add(self.options.boot_ms) };
    }

    /// RAM, line and motors are gone; notes stay where they are.
    fn stop_firmware(&mut self) {
        if let Link::Working { job: Job::Dispense(_, dispensing), .. } =
            std::mem::replace(&mut self.link, Link::Idle)
        {
            self.transport.abandon(&dispensing);
        }
        self.receiver.forget();
        self.outbox.clear();
    }

    fn receive(&mut self, byte: u8, now_ms: u64) {
        match std::mem::replace(&mut self.link, Link::Idle) {
            Link::Idle => match self.receiver.push(byte, now_ms) {
                Some(Received::Frame { code, data }) => self.accept(code, &data, now_ms),
                Some(Received::Corrupt) => {
                    self.corrupt_frames = self.corrupt_frames.saturating_add(1);
                    self.send(vec![NAK], now_ms);
                }
                None => {}
            },
            Link::AwaitingAck { reply, resend_at_ms } => match byte {
                ACK => self.stray_byte(now_ms),
                NAK => self.repeat(reply, now_ms),
                EOT => {
                    self.receiver.push(byte, now_ms);
                }
                _ => self.link = Link::AwaitingAck { reply, resend_at_ms },
            },
            busy @ (Link::Booting { .. } | Link::Working { .. } | Link::Answering(_)) => self.link = busy,
        }
    }

    fn accept(&mut self, code: u8, data: &[u8], now_ms: u64) {
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
            return self.answer(code, &[error::UNDEFINED], queried_ms);
        };
        let times = self.executed.entry(command).or_default();
        *times = times.saturating_add(1);
        match command {
            Command::Purge => {
                let due_ms = now_ms.saturating_add(self.options.purge_ms);
                self.link = Link::Working { code, job: Job::Purge, due_ms };
            }
            Command::DispenseUpper
            | Command::DispenseLower
            | Command::DispenseBoth
            | Command::TestUpper
            | Command::TestLower => self.begin_dispense(command, data, now_ms),
            Command::Status => {
                let answer = self.status_data();
                self.answer(code, &answer, queried_ms);
            }
            Command::RomVersion => self.answer(code, ROM_VERSION, queried_ms),
        }
    }

    fn begin_dispense(&mut self, command: Command, data: &[u8], now_ms: u64) {
        let to_tray = matches!(command, Command::TestUpper | Command::TestLower);
        let started = wanted(command, data)
            .and_then(|wanted| self.transport.start(wanted, to_tray, self.options, &mut self.faults));
        match started {
            Ok(dispensing) => {
                let due_ms = now_ms.saturating_add(self.options.start_ms);
                let job = Job::Dispense(command, dispensing);
                self.link = Link::Working { code: command.code(), job, due_ms };
            }
            Err(code) => self.end_dispense(command, Outcome::refused(code), now_ms),
        }
    }

    fn work(&mut self, code: u8, job: Job, due_ms: u64) {
        match job {
            Job::Purge => {
                let error = self.transport.purge(&mut self.faults);
                self.answer(code, &[error], due_ms);
            }
            Job::Dispense(command, mut dispensing) => {
                match self.transport.step(&mut dispensing, self.options, &mut self.faults) {
                    Step::Moving => {
                        let due_ms = due_ms.saturating_add(self.options.note_ms);
                        self.link = Link::Working { code, job: Job::Dispense(command, dispensing), due_ms };
                    }
                    Step::Ended(outcome) => self.end_dispense(command, outcome, due_ms),
                    Step::Restart => {
                        self.stop_firmware();
                        self.boot(due_ms);
                    }
                }
            }
        }
    }

    fn end_dispense(&mut self, command: Command, outcome: Outcome, now_ms: u64) {
        let Outcome { error, checked, exited, rejected } = outcome;
        let one = |bay: Bay| {
            let mut data = [*checked.at(bay), *exited.at(bay)].map(digits).concat();
            data.extend([error, self.near_end(bay)]);
            data.extend(digits(*rejected.at(bay)));
            data
        };
        let data = match command {
            Command::DispenseUpper | Command::TestUpper => one(Bay::Upper),
            Command::DispenseLower | Command::TestLower => one(Bay::Lower),
            Command::DispenseBoth | Command::Purge | Command::Status | Command::RomVersion => {
                let counts = match self.options.reply_order {
                    ReplyOrder::PerCassette => [checked.upper, exited.upper, checked.lower, exited.lower],
                    ReplyOrder::PerSensor => [checked.upper, checked.lower, exited.upper, exited.lower],
                };
                let mut data = counts.map(digits).concat();
                data.extend([error, self.near_end(Bay::Upper), self.near_end(Bay::Lower)]);
                data.extend([rejected.upper, rejected.lower].map(digits).concat());
                data
            }
        };
        self.answer(command.code(), &data, now_ms);
    }

    fn near_end(&self, bay: Bay) -> u8 {
        if self.transport.cassettes.at(bay).notes < self.options.near_end_notes { 0x31 } else { 0x30 }
    }

    fn status_data(&self) -> Vec<u8> {
        let bit = |set: bool, bit: u8| u8::from(set).wrapping_shl(u32::from(bit));
        let absent = absent(&self.faults);
        let no_tray = self.faults.peek(Fault::NoRejectTray).is_some();
        let condition = match absent {
            Some(bay) => error::cassette_missing(bay),
            None if no_tray => error::NO_REJECT_TRAY,
            None => error::NONE,
        };
        let first =
            0x80 | bit(self.transport.on_path.total() > 0, 4) | bit(self.near_end(Bay::Upper) == 0x31, 6);
        let second = 0x80
            | bit(absent == Some(Bay::Upper), 1)
            | bit(absent == Some(Bay::Lower), 2)
            | bit(self.near_end(Bay::Lower) == 0x31, 5)
            | bit(no_tray, 6);
        vec![0x30, condition, first, second]
    }

    fn answer(&mut self, code: u8, data: &[u8], at_ms: u64) {
        if self.faults.take_on(Fault::SilenceAfterAck, code).is_some() {
            return self.stray_byte(at_ms);
        }
        let delay_ms = self
            .faults
            .take_on(Fault::LateReply, code)
            .map_or(0, |spec| spec.delay_ms.unwrap_or(LATE_REPLY_MS));
        let reply = Reply { code, frame: frame::reply(code, data), resends_left: REPLY_RESENDS };
        self.transmit(reply, at_ms.saturating_add(delay_ms));
    }

    /// Puts one sending of a reply into the outbox, as the line faults leave it.
    fn transmit(&mut self, reply: Reply, due_ms: u64) {
        let mut bytes = reply.frame.clone();
        if self.faults.take_on(Fault::BadBcc, reply.code).is_some()
            && let Some(check) = bytes.last_mut()
        {
            *check ^= 0xFF;
        }
        if self.faults.take_on(Fault::ShortFrame, reply.code).is_some() {
            bytes.truncate(bytes.len() / 2);
        }
        if self.faults.take_on(Fault::Garbage, reply.code).is_some() {
            bytes = GARBAGE.to_vec();
        }
        if self.faults.take_on(Fault::DoubleReply, reply.code).is_some() {
            self.send(bytes.clone(), due_ms);
        }
        self.outbox.push_back(Outgoing { due_ms, bytes, is_reply: true });
        self.link = Link::Answering(reply);
    }

    fn repeat(&mut self, mut reply: Reply, now_ms: u64) {
        match reply.resends_left.checked_sub(1) {
            Some(left) => {
                reply.resends_left = left;
                self.transmit(reply, now_ms);
            }
            None => self.stray_byte(now_ms),
        }
    }

    fn stray_byte(&mut self, now_ms: u64) {
        if self.powered && self.faults.take(Fault::StrayFf).is_some() {
            self.send(vec![0xFF], now_ms);
        }
    }

    fn send(&mut self, bytes: Vec<u8>, due_ms: u64) {
        self.outbox.push_back(Outgoing { due_ms, bytes, is_reply: false });
    }
}

/// Notes that a dispense asks for, or the error of a malformed request.
fn wanted(command: Command, data: &[u8]) -> Result<Pair<u8>, u8> {
    let count = |tens: u8, ones: u8| match (tens, ones) {
        (b'0'..=b'9', b'0'..=b'9') => {
            Ok(tens.wrapping_sub(b'0').wrapping_mul(10).wrapping_add(ones.wrapping_sub(b'0')))
        }
        _ => Err(error::REQUEST),
    };
    match (command, data) {
        (Command::DispenseUpper, &[t, u]) => Ok(Pair { upper: count(t, u)?, lower: 0 }),
        (Command::DispenseLower, &[t, u]) => Ok(Pair { upper: 0, lower: count(t, u)? }),
        (Command::DispenseBoth, &[tu, uu, tl, ul]) => {
            Ok(Pair { upper: count(tu, uu)?, lower: count(tl, ul)? })
        }
        (Command::TestUpper, _) => Ok(Pair { upper: 1, lower: 0 }),
        (Command::TestLower, _) => Ok(Pair { upper: 0, lower: 1 }),
        _ => Err(error::REQUEST),
    }
}

/// A count as it travels: two ASCII digits.
fn digits(count: u8) -> [u8; 2] {
    let count = count.min(99);
    [b'0'.wrapping_add(count / 10), b'0'.wrapping_add(count % 10)]
}

impl Machine for Lcdm2000 {
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
        let link = match &self.link {
            Link::Booting { until_ms } => Some(*until_ms),
            Link::Working { due_ms, .. } => Some(*due_ms),
            Link::AwaitingAck { resend_at_ms, .. } => Some(*resend_at_ms),
            Link::Idle | Link::Answering(_) => None,
        };
        let outbox = self.outbox.front().map(|outgoing| outgoing.due_ms);
        link.into_iter().chain(outbox).min()
    }

    fn handle_timeout(&mut self, now_ms: u64) {
        loop {
            match std::mem::replace(&mut self.link, Link::Idle) {
                Link::Booting { until_ms } if until_ms <= now_ms => self.stray_byte(until_ms),
                Link::Working { code, job, due_ms } if due_ms <= now_ms => self.work(code, job, due_ms),
                Link::AwaitingAck { reply, resend_at_ms } if resend_at_ms <= now_ms => {
                    self.repeat(reply, resend_at_ms);
                }
                waiting @ (Link::Booting { .. }
                | Link::Idle
                | Link::Working { .. }
                | Link::Answering(_)
                | Link::AwaitingAck { .. }) => {
                    self.link = waiting;
                    return;
                }
            }
        }
    }
}
