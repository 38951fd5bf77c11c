//! NXP PN532 contactless reader chip, device side (protocols 4): power, the exchange with the host, faults. Frames are
//! in `frame`, commands in `chip`, the card on the air in `field`, what can be set in `settings`.
//!
//! Choices where the sources are silent: in low-V_BAT mode anything but SAMConfiguration is met with silence; a command
//! that arrives while another is under way takes its place; a NACK is answered with the last reply, or with nothing
//! while a command is under way.

mod chip;
mod control;
mod echo;
mod field;
mod frame;
mod settings;

use std::collections::{BTreeMap, VecDeque};

pub use echo::{Echo, cards};
pub use settings::{Cards, Fault, Options};

use crate::card::Card;
use crate::faults::{FaultSet, FaultSpec};
use crate::machine::Machine;
use chip::{Answer, Chip, code};
use field::Field;
use frame::{Received, Receiver};

/// Sent before a reply by the fault `noise`: a start code whose length check is wrong.
const NOISE: [u8; 9] = [0xA5, 0x00, 0xFF, 0x31, 0x7C, 0x55, 0x00, 0x13, 0x80];
/// Delay of the fault `late_reply` unless it says another.
const LATE_REPLY_MS: u64 = 2_000;
/// What wakes the chip.
const WAKE_UP: u8 = 0x55;

/// Whether the chip listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
enum Power {
    Off,
    /// As after power-up of a C106, and not woken yet.
    LowVbat,
    /// Woken, waiting for SAMConfiguration.
    Woken,
    /// After PowerDown.
    Asleep,
    On,
}

#[derive(Debug)]
struct Work {
    code: u8,
    data: Vec<u8>,
    /// `None`: until a card comes.
    due_ms: Option<u64>,
}

#[derive(Debug)]
struct Outgoing {
    due_ms: u64,
    bytes: Vec<u8>,
}

/// The chip with its antenna. See [`Machine`] for how it is driven.
#[derive(Debug)]
pub struct Pn532 {
    options: Options,
    cards: Cards,
    faults: FaultSet<Fault>,
    power: Power,
    receiver: Receiver,
    chip: Chip,
    field: Field,
    work: Option<Work>,
    last_reply: Vec<u8>,
    outbox: VecDeque<Outgoing>,
    frames: BTreeMap<u8, u64>,
    corrupt_frames: u64,
    nacks: u64,
    aborts: u64,
}

impl Pn532 {
    /// A chip that has just been powered, nothing in its field. `cards` makes the cards that the control field `card`
    /// names; [`cards`] has one.
    #[must_use]
    pub fn new(options: Options, cards: Cards) -> Self {
        Self {
            options,
            cards,
            faults: FaultSet::default(),
            power: started(&options),
            receiver: Receiver::default(),
            chip: Chip::default(),
            field: Field::default(),
            work: None,
            last_reply: Vec::new(),
            outbox: VecDeque::new(),
            frames: BTreeMap::new(),
            corrupt_frames: 0,
            nacks: 0,
            aborts: 0,
        }
    }

    /// Sets or replaces a fault.
    pub fn set_fault(&mut self, fault: Fault, spec: FaultSpec) {
        self.faults.set(fault, spec);
    }

    /// Removes a fault.
    pub fn clear_fault(&mut self, fault: Fault) {
        self.faults.clear(fault);
    }

    /// Switches the supply. Nothing of the host's settings outlives it.
    pub fn set_power(&mut self, on: bool) {
        match (self.power, on) {
            (Power::Off, true) => self.power = started(&self.options),
            (Power::LowVbat | Power::Woken | Power::Asleep | Power::On, false) => {
                self.power = Power::Off;
                self.field.set_on(false);
                self.chip.lose_power();
                self.receiver.forget();
                self.work = None;
                self.last_reply.clear();
                self.outbox.clear();
            }
            (Power::Off, false) | (Power::LowVbat | Power::Woken | Power::Asleep | Power::On, true) => {}
        }
    }

    /// Lays a card into the field; one that lay there is taken away.
    pub fn insert(&mut self, card: Box<dyn Card>, now_ms: u64) {
        self.handle_timeout(now_ms);
        self.field.insert(card);
        if let Some(work) = self.work.as_mut().filter(|work| chip::looks_for_cards(work.code)) {
            let found_ms = now_ms.saturating_add(self.options.activate_ms);
            work.due_ms = Some(work.due_ms.map_or(found_ms, |due_ms| due_ms.min(found_ms)));
        }
    }

    /// Takes the card away, in the middle of whatever it was doing.
    pub fn remove(&mut self, now_ms: u64) {
        self.handle_timeout(now_ms);
        self.field.remove();
    }

    /// Name of the card in the field.
    #[must_use]
    pub fn card(&self) -> Option<&'static str> {
        self.field.card_name()
    }

    /// Whole command APDUs that reached a card since the emulator started.
    #[must_use]
    pub fn apdus(&self) -> u64 {
        self.chip.apdus
    }

    /// Good frames seen per command code, executed or not.
    #[must_use]
    pub fn frames_seen(&self) -> &BTreeMap<u8, u64> {
        &self.frames
    }

    /// NACKs and ACKs that the host sent.
    #[must_use]
    pub fn nacks_and_aborts(&self) -> (u64, u64) {
        (self.nacks, self.aborts)
    }

    fn receive(&mut self, byte: u8, now_ms: u64) {
        match self.power {
            Power::Off => return,
            Power::LowVbat | Power::Asleep => {
                if byte == WAKE_UP {
                    self.power = if self.power == Power::LowVbat { Power::Woken } else { Power::On };
                }
                return;
            }
            Power::Woken | Power::On => {}
        }
        match self.receiver.push(byte, now_ms) {
            Some(Received::Frame { from_host, body }) => self.accept(from_host, &body, now_ms),
            Some(Received::Ack) => {
                self.aborts = self.aborts.saturating_add(1);
                self.work = None;
            }
            Some(Received::Nack) => {
                self.nacks = self.nacks.saturating_add(1);
                if self.work.is_none() && !self.last_reply.is_empty() {
                    self.put(self.last_reply.clone(), now_ms);
                }
            }
            Some(Received::Corrupt) => self.corrupt_frames = self.corrupt_frames.saturating_add(1),
            None => {}
        }
    }

    fn accept(&mut self, from_host: bool, body: &[u8], now_ms: u64) {
        let code = body.first().copied().unwrap_or(u8::MAX);
        let seen = self.frames.entry(code).or_default();
        *seen = seen.saturating_add(1);
        let deaf = self.power == Power::Woken && code != code::SAM_CONFIGURATION;
        if deaf || self.faults.take_on(Fault::Silence, code).is_some() {
            return;
        }
        self.work = None;
        if self.faults.take_on(Fault::NoAck, code).is_none() {
            self.put(frame::ACK.to_vec(), now_ms);
        }
        if !from_host || body.is_empty() || self.faults.take_on(Fault::ErrorFrame, code).is_some() {
            let due_ms = now_ms.saturating_add(self.options.command_ms);
            self.last_reply = frame::SYNTAX_ERROR.to_vec();
            return self.put(self.last_reply.clone(), due_ms);
        }
        let duration_ms = self.chip.duration_ms(code, &self.options, &self.field);
        let due_ms = duration_ms.map(|duration_ms| now_ms.saturating_add(duration_ms));
        self.work = Some(Work { code, data: body.get(1..).unwrap_or_default().to_vec(), due_ms });
    }

    fn run(&mut self, now_ms: u64) {
        let Some(work) = self.work.take_if(|work| work.due_ms.is_some_and(|due_ms| due_ms <= now_ms)) else {
            return;
        };
        let due_ms = work.due_ms.unwrap_or(now_ms);
        let answer =
            self.chip.execute(work.code, &work.data, &self.options, &mut self.field, &mut self.faults);
        let reply = |data: &[u8]| frame::reply(&[&[work.code.wrapping_add(1)], data].concat());
        let bytes = match answer {
            Answer::Data(data) => reply(&data),
            Answer::Syntax => frame::SYNTAX_ERROR.to_vec(),
            Answer::Sleep(data) => {
                self.power = Power::Asleep;
                reply(&data)
            }
        };
        if work.code == code::SAM_CONFIGURATION && self.chip.sam_mode().is_some() {
            self.power = Power::On;
        }
        self.last_reply = bytes.clone();
        self.send_reply(work.code, bytes, due_ms);
    }

    /// Puts a reply on the line as the faults leave it.
    fn send_reply(&mut self, code: u8, mut bytes: Vec<u8>, mut due_ms: u64) {
        if self.faults.take_on(Fault::SilenceAfterAck, code).is_some() {
            return;
        }
        if let Some(spec) = self.faults.take_on(Fault::LateReply, code) {
            due_ms = due_ms.saturating_add(spec.delay_ms.unwrap_or(LATE_REPLY_MS));
        }
        if self.faults.take_on(Fault::Noise, code).is_some() {
            self.put(NOISE.to_vec(), due_ms);
        }
        let extended = bytes.starts_with(&[0x00, 0x00, 0xFF, 0xFF, 0xFF]);
        let length_check = if extended { 7 } else { 4 };
        let data_check = bytes.len().saturating_sub(2);
        for (fault, at) in [(Fault::BadLcs, length_check), (Fault::BadDcs, data_check)] {
            if self.faults.take_on(fault, code).is_some()
                && let Some(check) = bytes.get_mut(at)
            {
                *check = check.wrapping_add(1);
            }
        }
        if self.faults.take_on(Fault::ShortFrame, code).is_some() {
            bytes.truncate(bytes.len() / 2);
        }
        if self.faults.take_on(Fault::DoubleReply, code).is_some() {
            self.put(bytes.clone(), due_ms);
        }
        self.put(bytes, due_ms);
    }

    fn put(&mut self, bytes: Vec<u8>, due_ms: u64) {
        self.outbox.push_back(Outgoing { due_ms, bytes });
    }
}

fn started(options: &Options) -> Power {
    if options.low_vbat { Power::LowVbat } else { Power::On }
}

impl Machine for Pn532 {
    fn handle_input(&mut self, bytes: &[u8], now_ms: u64) {
        for byte in bytes {
            self.run(now_ms);
            self.receive(*byte, now_ms);
        }
        self.run(now_ms);
    }

    fn poll_transmit(&mut self, now_ms: u64) -> Option<Vec<u8>> {
        self.run(now_ms);
        let at = self.outbox.iter().position(|outgoing| outgoing.due_ms <= now_ms)?;
        self.outbox.remove(at).map(|outgoing| outgoing.bytes)
    }

    fn poll_timeout(&self) -> Option<u64> {
        let work = self.work.as_ref().and_then(|work| work.due_ms);
        self.outbox.iter().map(|outgoing| outgoing.due_ms).chain(work).min()
    }

    fn handle_timeout(&mut self, now_ms: u64) {
        self.run(now_ms);
    }
}
