//! Puloon LCDM-4000 cash dispenser, device side: the exchange with the host, power, and the record of the last
//! command. Frames are in `frame`, reply data in `answers`, notes in `mechanics`, what can be set in `settings`,
//! the control interface in `control`.
//!
//! Choices where the sources are silent, all visible here: RESET and queries do not touch the last-status record;
//! a new EOT while a reply waits for its ACK abandons that reply; bytes arriving while the device is busy are
//! lost; a note under way when power goes lies on the path until PURGE or RESET moves it to the reject tray.

mod answers;
mod control;
mod frame;
mod mechanics;
mod settings;
mod unit;

use std::collections::{BTreeMap, VecDeque};

pub use frame::{Command, Dialect};
pub use settings::{Fault, Options, PowerLatch, ResetReply};
pub use unit::{Cassette, Counts, LastStatusMode, PerUnit, Unit};

use crate::faults::{FaultSet, FaultSpec};
use crate::machine::Machine;
use frame::{ACK, EOT, NAK, Received, Receiver};
use mechanics::{Dispensing, Limits, Outcome, Step, Transport, error};

/// Sent in place of a reply by the fault `garbage`.
const GARBAGE: [u8; 8] = [0xA5, 0x5A, 0x01, 0x00, 0xFE, 0x13, 0x37, 0x80];
/// Times a reply is sent again on NAK or silence (protocols 1.2).
const REPLY_RESENDS: u8 = 3;
/// Delay of the fault `late_reply` unless it says another: just past the host's limit of 60 s.
const LATE_REPLY_MS: u64 = 61_000;

/// Record answered by LAST STATUS.
#[derive(Debug, Clone, Copy)]
struct Record {
    command: u8,
    outcome: Outcome,
}

/// Who sends what next.
#[derive(Debug)]
enum Link {
    Booting {
        until_ms: u64,
    },
    Idle,
    Working {
        command: Command,
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
    Reset,
    Purge,
    Dispense(Dispensing),
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
pub struct Lcdm4000 {
    options: Options,
    faults: FaultSet<Fault>,
    transport: Transport,
    latch: PowerLatch,
    link: Link,
    receiver: Receiver,
    outbox: VecDeque<Outgoing>,
    ram_record: Option<Record>,
    flash_record: Option<Record>,
    serial_number: u8,
    frames: BTreeMap<u8, u64>,
    executed: BTreeMap<Command, u64>,
    corrupt_frames: u64,
}

impl Lcdm4000 {
    /// A dispenser that has been powered, and ready, since `now_ms`.
    #[must_use]
    pub fn new(options: Options, cassettes: [Cassette; 4], now_ms: u64) -> Self {
        Self {
            options,
            faults: FaultSet::default(),
            transport: Transport::new(cassettes),
            latch: PowerLatch { losses: 0, powered: true, powered_since_ms: Some(now_ms) },
            link: Link::Idle,
            receiver: Receiver::default(),
            outbox: VecDeque::new(),
            ram_record: None,
            flash_record: None,
            serial_number: 0,
            frames: BTreeMap::new(),
            executed: BTreeMap::new(),
            corrupt_frames: 0,
        }
    }

    /// Switches the supply. Cutting it twice is one loss.
    pub fn set_power(&mut self, on: bool, now_ms: u64) {
        self.handle_timeout(now_ms);
        match (self.latch.powered, on) {
            (true, false) => self.lose_power(),
            (false, true) => self.start_up(now_ms),
            (true, true) | (false, false) => {}
        }
    }

    /// The power latch, which lies outside the firmware.
    #[must_use]
    pub fn latch(&self) -> PowerLatch {
        self.latch
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

    /// A fault as it is set now: what it has left to strike.
    #[must_use]
    pub fn fault(&self, fault: Fault) -> Option<FaultSpec> {
        self.faults.peek(fault)
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
    pub fn cassette(&self, unit: Unit) -> Cassette {
        *self.transport.cassettes.at(unit)
    }

    /// Changes the cassette at a position, as a person at the open cabinet does.
    pub fn set_cassette(&mut self, unit: Unit, cassette: Cassette) {
        *self.transport.cassettes.at_mut(unit) = cassette;
    }

    /// Somebody opens the transport path and puts what lies there into the reject tray.
    pub fn clear_path(&mut self) {
        self.transport.clear_by_hand();
    }

    /// Notes that physically left the machine, per denomination in tenge, since the emulator started.
    #[must_use]
    pub fn dispensed_total(&self) -> BTreeMap<u32, u64> {
        self.transport.dispensed.clone()
    }

    /// Notes moved to the reject tray, per denomination in tenge, since the emulator started.
    #[must_use]
    pub fn rejected_total(&self) -> BTreeMap<u32, u64> {
        self.transport.rejected.clone()
    }

    /// Notes lying on the path now, per cassette they came from.
    #[must_use]
    pub fn on_path(&self) -> PerUnit<u8> {
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

    fn lose_power(&mut self) {
        self.latch.losses = self.latch.losses.saturating_add(1);
        self.latch.powered = false;
        self.latch.powered_since_ms = None;
        self.stop_firmware();
    }

    fn start_up(&mut self, now_ms: u64) {
        self.latch.powered = true;
        self.latch.powered_since_ms = Some(now_ms);
        self.link = Link::Booting { until_ms: now_ms.saturating_add(self.options.boot_ms) };
    }

    /// RAM, line and motors are gone; notes stay where they are.
    fn stop_firmware(&mut self) {
        if let Link::Working { job: Job::Dispense(dispensing), .. } =
            std::mem::replace(&mut self.link, Link::Idle)
        {
            self.transport.abandon(dispensing);
        }
        self.receiver.forget();
        self.outbox.clear();
        self.ram_record = None;
    }

    fn receive(&mut self, byte: u8, now_ms: u64) {
        match std::mem::replace(&mut self.link, Link::Idle) {
            Link::Idle => match self.receiver.push(byte, now_ms, self.options.dialect) {
                Some(Received::Frame { code, data }) => self.accept(code, &data, now_ms),
                Some(Received::Corrupt { code }) => {
                    tracing::debug!(code, "host frame with wrong check byte or end mark");
                    self.corrupt_frames = self.corrupt_frames.saturating_add(1);
                    self.send(vec![NAK], now_ms);
                }
                None => {}
            },
            Link::AwaitingAck { reply, resend_at_ms } => match byte {
                ACK => {
                    if self.faults.take_on(Fault::NoEot, reply.code).is_none() {
                        self.send(vec![EOT], now_ms);
                    }
                    self.stray_byte(now_ms);
                }
                NAK => self.repeat(reply, now_ms),
                EOT => {
                    self.receiver.push(byte, now_ms, self.options.dialect);
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
            self.send(vec![NAK], now_ms);
            return;
        }
        let silent_reset = code == Command::Reset.code() && self.options.reset_reply == ResetReply::Silent;
        if !silent_reset && self.faults.take_on(Fault::NoAck, code).is_none() {
            self.send(vec![ACK], now_ms);
        }
        if self.faults.take_on(Fault::SilentNoExecute, code).is_some() {
            return;
        }
        let Some(command) = Command::from_code(code) else {
            let answer = [offset(error::ABNORMAL_COMMAND)];
            return self.answer(code, &answer, now_ms.saturating_add(self.options.query_ms));
        };
        let times = self.executed.entry(command).or_default();
        *times = times.saturating_add(1);
        match command {
            Command::Reset => self.begin_reset(now_ms),
            Command::Purge => {
                self.record_start(code);
                let due_ms = now_ms.saturating_add(self.options.purge_ms);
                self.link = Link::Working { command, job: Job::Purge, due_ms };
            }
            Command::Dispense | Command::TestDispense => self.begin_dispense(command, data, now_ms),
            Command::Status
            | Command::LastStatus
            | Command::SensorDiag
            | Command::SetOpacity
            | Command::GetOpacity
            | Command::SetOrder
            | Command::GetOrder
            | Command::SetLength
            | Command::GetLength
            | Command::SerialNumber => {
                let answer = self.query(command, data);
                self.answer(code, &answer, now_ms.saturating_add(self.options.query_ms));
            }
        }
    }

    fn begin_reset(&mut self, now_ms: u64) {
        match self.options.reset_reply {
            ResetReply::Silent => {}
            // The first of the two replies is not resent: the motors turn while the host would acknowledge it.
            ResetReply::Twice => {
                self.send(frame::reply(Command::Reset.code(), &[offset(error::NONE)]), now_ms);
            }
        }
        let due_ms = now_ms.saturating_add(self.options.reset_ms);
        self.link = Link::Working { command: Command::Reset, job: Job::Reset, due_ms };
    }

    fn begin_dispense(&mut self, command: Command, data: &[u8], now_ms: u64) {
        self.record_start(command.code());
        let started = self.read_request(data).and_then(|wanted| {
            let to_tray = command == Command::TestDispense;
            let limits = self.limits();
            self.transport.start(wanted, to_tray, limits, &mut self.faults)
        });
        match started {
            Ok(dispensing) => {
                let due_ms = now_ms.saturating_add(self.options.start_ms);
                self.link = Link::Working { command, job: Job::Dispense(dispensing), due_ms };
            }
            Err(code) => self.end_moving(command, Outcome::refused(code), now_ms),
        }
    }

    fn limits(&self) -> Limits {
        Limits { notes: self.options.max_notes, rejects: self.options.max_rejects }
    }

    /// Lets the mechanics do what is due at `due_ms`.
    fn work(&mut self, command: Command, job: Job, due_ms: u64) {
        match job {
            Job::Reset => {
                // Motors clear the path; the record of the last command is not the reset's to write.
                self.transport.purge(&mut FaultSet::default());
                match self.options.reset_reply {
                    ResetReply::Silent => self.stray_byte(due_ms),
                    ResetReply::Twice => self.answer(command.code(), &[offset(error::NONE)], due_ms),
                }
            }
            Job::Purge => {
                let outcome = self.transport.purge(&mut self.faults);
                self.end_moving(command, outcome, due_ms);
            }
            Job::Dispense(mut dispensing) => {
                let limits = self.limits();
                match self.transport.step(&mut dispensing, limits, &mut self.faults) {
                    Step::Moving => {
                        let due_ms = due_ms.saturating_add(self.options.note_ms);
                        self.link = Link::Working { command, job: Job::Dispense(dispensing), due_ms };
                    }
                    Step::Ended(outcome) => self.end_moving(command, outcome, due_ms),
                    Step::PowerDip => {
                        self.lose_power();
                        self.start_up(due_ms);
                    }
                    Step::FirmwareReset => {
                        self.stop_firmware();
                        let until_ms = due_ms.saturating_add(self.options.boot_ms);
                        self.link = Link::Booting { until_ms };
                    }
                }
            }
        }
    }

    fn record_start(&mut self, command: u8) {
        match self.options.last_status {
            LastStatusMode::AtStart => {
                self.flash_record = Some(Record { command, outcome: Outcome::refused(error::NONE) });
            }
            LastStatusMode::Volatile | LastStatusMode::AtEnd => {}
        }
    }

    fn end_moving(&mut self, command: Command, outcome: Outcome, now_ms: u64) {
        let record = Record { command: command.code(), outcome };
        self.ram_record = Some(record);
        match self.options.last_status {
            LastStatusMode::AtEnd => self.flash_record = Some(record),
            LastStatusMode::Volatile | LastStatusMode::AtStart => {}
        }
        let mut data = self.outcome_data(&outcome);
        if command != Command::Purge {
            data.extend([0x20; 9]);
        }
        self.answer(command.code(), &data, now_ms);
    }

    fn answer(&mut self, code: u8, data: &[u8], at_ms: u64) {
        if self.faults.take_on(Fault::SilenceAfterAck, code).is_some() {
            self.stray_byte(at_ms);
            return;
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
        if let Some(left) = reply.resends_left.checked_sub(1) {
            reply.resends_left = left;
            self.transmit(reply, now_ms);
        } else {
            self.stray_byte(now_ms);
        }
    }

    fn stray_byte(&mut self, now_ms: u64) {
        if self.latch.powered && self.faults.take(Fault::StrayFf).is_some() {
            self.send(vec![0xFF], now_ms);
        }
    }

    fn send(&mut self, bytes: Vec<u8>, due_ms: u64) {
        self.outbox.push_back(Outgoing { due_ms, bytes, is_reply: false });
    }
}

impl Machine for Lcdm4000 {
    fn handle_input(&mut self, bytes: &[u8], now_ms: u64) {
        self.handle_timeout(now_ms);
        for byte in bytes {
            if self.latch.powered {
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
                Link::Working { command, job, due_ms } if due_ms <= now_ms => self.work(command, job, due_ms),
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

/// A code or count as it travels: value + 20h.
fn offset(value: u8) -> u8 {
    value.wrapping_add(0x20)
}
