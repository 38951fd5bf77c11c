//! GemPC Twin and PinPad contact card readers, device side (protocols 5): serial frames with echo, the CCID messages of a TPDU-level
//! reader, and behind them a chip that speaks T=0 or T=1 and runs whole APDUs on the card in the slot.
//!
//! Time-outs towards the card are not waited for: a mute card is told at once. A card program on the vpcd port is a card
//! that comes and goes with its connection.

mod block;
mod chip;
mod control;
mod frame;
mod keypad;
mod settings;
mod tpdu;

use std::collections::{BTreeMap, VecDeque};

use crate::card::vpcd::{Vpcd, VpcdError};
use crate::card::{Card, Cards, Slot};
use crate::faults::{FaultSet, FaultSpec};
use crate::machine::Machine;
pub use block::BlockCounts;
use chip::Chip;
use frame::{Command, Ear, Heard, REFUSAL, framed};
pub use keypad::Press;
use keypad::{BUSY, CANCELLED, Entry, Pressed, TIMED_OUT};
pub use settings::{Fault, Options};

/// How often the vpcd port is looked at for a card that came or went.
const LOOK_MS: u64 = 100;
/// Card states in a status byte.
const ACTIVE: u8 = 0;
const INACTIVE: u8 = 1;
const ABSENT: u8 = 2;
/// Added to the card state.
const FAILED: u8 = 0x40;
const TIME_EXTENSION: u8 = 0x80;
/// Errors: the card is mute; the command is not known.
const MUTE: u8 = 0xFE;
const UNKNOWN: u8 = 0x00;

/// An answer before it is framed: type, error behind the card's state, last header byte, data.
struct Answer {
    kind: u8,
    error: Option<u8>,
    last: u8,
    data: Vec<u8>,
}

impl Answer {
    const fn good(kind: u8, data: Vec<u8>) -> Self {
        Self { kind, error: None, last: 0, data }
    }

    const fn failed(kind: u8, error: u8) -> Self {
        Self { kind, error: Some(error), last: 0, data: Vec::new() }
    }
}

/// The reader. See [`Machine`] for how it is driven.
#[derive(Debug)]
pub struct GemPc {
    options: Options,
    cards: Cards,
    faults: FaultSet<Fault>,
    powered: bool,
    slot: Slot,
    chip: Option<Chip>,
    /// Somebody is asked for a PIN on the reader's keys.
    entry: Option<Entry>,
    /// Card movements are told between command and answer only.
    synchronous: bool,
    /// Movements not told yet.
    movements: VecDeque<bool>,
    ear: Ear,
    outbox: VecDeque<(u64, Vec<u8>)>,
    parameters: Vec<u8>,
    vpcd: Option<Vpcd>,
    /// When the vpcd port is looked at next; `None` while another card was chosen.
    look_at: Option<u64>,
    counts: BlockCounts,
    frames: BTreeMap<u8, u64>,
    damaged_frames: u64,
}

impl GemPc {
    /// A reader with power and an empty slot. `cards` makes the cards that can be put in by name.
    #[must_use]
    pub fn new(options: Options, cards: Cards) -> Self {
        Self {
            options,
            cards,
            faults: FaultSet::default(),
            powered: true,
            slot: Slot::default(),
            chip: None,
            entry: None,
            synchronous: false,
            movements: VecDeque::new(),
            ear: Ear::default(),
            outbox: VecDeque::new(),
            parameters: Vec::new(),
            vpcd: None,
            look_at: None,
            counts: BlockCounts::default(),
            frames: BTreeMap::new(),
            damaged_frames: 0,
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

    /// Puts a card in; one that was there comes out first.
    pub fn insert(&mut self, card: Box<dyn Card>, now_ms: u64) {
        self.look_at = None;
        self.put(card, now_ms);
    }

    fn put(&mut self, card: Box<dyn Card>, now_ms: u64) {
        self.pull(now_ms);
        self.slot.insert(card);
        self.movement(true, now_ms);
    }

    /// Takes the card out.
    pub fn remove(&mut self, now_ms: u64) {
        self.look_at = None;
        self.pull(now_ms);
    }

    fn pull(&mut self, now_ms: u64) {
        self.chip = None;
        if self.slot.remove().is_some() {
            self.movement(false, now_ms);
            self.conclude_entry(&mute(), now_ms);
        }
    }

    /// Digits are pressed on the reader's keys, and then another key.
    ///
    /// # Errors
    /// In words, when nobody is asked for a PIN.
    pub fn press(&mut self, digits: &str, key: Option<Press>, now_ms: u64) -> Result<(), &'static str> {
        let blocks = self.chip.as_ref().is_some_and(Chip::has_blocks);
        let Some(entry) = &mut self.entry else { return Err("the reader asks for no PIN") };
        for digit in digits.bytes().filter(u8::is_ascii_digit) {
            entry.digit(digit);
        }
        match key.map_or(Pressed::Asks, |key| entry.press(key, blocks)) {
            Pressed::Asks => {}
            Pressed::Cancelled => self.conclude_entry(&Answer::failed(0x80, CANCELLED), now_ms),
            Pressed::Typed(bytes) => match self.transfer(&bytes, now_ms) {
                Some(answer) => self.conclude_entry(&answer, now_ms),
                None => self.entry = None,
            },
        }
        Ok(())
    }

    /// The answer to the message that asked for a PIN.
    fn conclude_entry(&mut self, answer: &Answer, now_ms: u64) {
        let Some(entry) = self.entry.take() else { return };
        let frame = self.sealed(&entry.command, answer);
        self.speak(frame, entry.command.kind, now_ms.saturating_add(self.options.answer_ms));
    }

    /// Awaits a card program on the vpcd port; it lies in the slot while it is connected.
    ///
    /// # Errors
    /// [`VpcdError`] if the port cannot be had.
    pub fn await_program(&mut self, now_ms: u64) -> Result<(), VpcdError> {
        if self.vpcd.is_none() {
            self.vpcd = Some(Vpcd::listen(self.options.vpcd)?);
        }
        self.pull(now_ms);
        self.look_at = Some(now_ms);
        Ok(())
    }

    /// The port where card programs are awaited, once they are.
    #[must_use]
    pub fn vpcd(&self) -> Option<&Vpcd> {
        self.vpcd.as_ref()
    }

    /// Switches the supply of the reader.
    pub fn set_power(&mut self, on: bool) {
        if self.powered && !on {
            self.deactivate();
            self.entry = None;
            self.synchronous = false;
            self.movements.clear();
            self.outbox.clear();
            self.ear = Ear::default();
        }
        self.powered = on;
    }

    /// What the chip interface has counted.
    #[must_use]
    pub const fn counts(&self) -> BlockCounts {
        self.counts
    }

    /// Good frames of a message type received so far.
    #[must_use]
    pub fn frames(&self, kind: u8) -> u64 {
        self.frames.get(&kind).copied().unwrap_or(0)
    }

    fn movement(&mut self, came: bool, now_ms: u64) {
        if !self.powered {
            return;
        }
        self.movements.push_back(came);
        if !self.synchronous {
            self.tell_movements(now_ms);
        }
    }

    fn tell_movements(&mut self, at_ms: u64) {
        for came in std::mem::take(&mut self.movements) {
            self.outbox.push_back((at_ms, vec![0x50, if came { 0x03 } else { 0x02 }]));
        }
    }

    fn look_for_program(&mut self, now_ms: u64) {
        if self.look_at.is_none_or(|at_ms| at_ms > now_ms) {
            return;
        }
        self.look_at = Some(now_ms.saturating_add(LOOK_MS));
        let Some(vpcd) = &self.vpcd else { return };
        let (connected, there) = (vpcd.is_connected(), self.slot.name().is_some());
        if connected && !there {
            let card = vpcd.card();
            self.put(card, now_ms);
        } else if there && !connected {
            self.pull(now_ms);
        }
    }

    fn state_of_card(&self) -> u8 {
        match (self.slot.name(), &self.chip) {
            (None, _) => ABSENT,
            (Some(_), None) => INACTIVE,
            (Some(_), Some(_)) => ACTIVE,
        }
    }

    fn deactivate(&mut self) {
        if self.chip.take().is_some()
            && let Some(card) = self.slot.card()
        {
            card.power(false);
        }
    }

    fn on_command(&mut self, command: &Command, now_ms: u64) {
        let kind = command.kind;
        let seen = self.frames.entry(kind).or_default();
        *seen = seen.saturating_add(1);
        if self.faults.take_on(Fault::Silence, kind).is_some() {
            return;
        }
        if self.faults.take_on(Fault::Nak, kind).is_some() {
            self.outbox.push_back((now_ms, REFUSAL.to_vec()));
            return;
        }
        if self.faults.take_on(Fault::NoiseBefore, kind).is_some() {
            self.outbox.push_back((now_ms, vec![0x00, 0x7E, 0x03, 0x55, 0x50, 0x11]));
        }
        if self.options.echo && self.faults.take_on(Fault::NoEcho, kind).is_none() {
            let mut echo = command.raw.clone();
            if self.faults.take_on(Fault::BadEcho, kind).is_some()
                && let Some(check) = echo.last_mut()
            {
                *check ^= 0x55;
            }
            self.outbox.push_back((now_ms, echo));
        }
        let mut at_ms = now_ms.saturating_add(self.options.answer_ms);
        self.tell_movements(now_ms);
        let Some(answer) = self.answer(command, now_ms) else {
            return self.tell_movements(at_ms);
        };
        self.tell_movements(at_ms);
        let frame = self.sealed(command, &answer);
        if kind == 0x6F
            && let Some(spec) = self.faults.take(Fault::TimeRequest)
        {
            self.ask_for_time(command, spec.delay_ms.unwrap_or(2_000), &mut at_ms);
        }
        self.speak(frame, kind, at_ms);
    }

    /// More time, four times in a row.
    fn ask_for_time(&mut self, command: &Command, each_ms: u64, at_ms: &mut u64) {
        let t0 = self.chip.as_ref().is_some_and(|chip| chip.protocol() == Some(0));
        for _ in 0..4 {
            let request = if t0 {
                vec![0x84]
            } else {
                framed(0x80, command.slot, command.seq, [self.state_of_card() | TIME_EXTENSION, 1, 0], &[])
            };
            self.outbox.push_back((*at_ms, request));
            *at_ms = at_ms.saturating_add(each_ms);
        }
    }

    fn sealed(&self, command: &Command, answer: &Answer) -> Vec<u8> {
        let status = self.state_of_card() | if answer.error.is_some() { FAILED } else { 0 };
        let tail = [status, answer.error.unwrap_or(0), answer.last];
        framed(answer.kind, command.slot, command.seq, tail, &answer.data)
    }

    /// Puts an answer on the line, with whatever befalls it.
    fn speak(&mut self, mut frame: Vec<u8>, kind: u8, mut at_ms: u64) {
        if self.faults.take_on(Fault::NoAnswer, kind).is_some() {
            return;
        }
        if self.faults.take_on(Fault::Noise, kind).is_some() {
            self.outbox.push_back((at_ms, vec![0x03, 0x06, 0x80, 0x40, 0x00, 0xFF, 0x91]));
            return;
        }
        if let Some(spec) = self.faults.take_on(Fault::LateAnswer, kind) {
            at_ms = at_ms.saturating_add(spec.delay_ms.unwrap_or(4_000));
        }
        if self.faults.take_on(Fault::BadLrc, kind).is_some()
            && let Some(check) = frame.last_mut()
        {
            *check ^= 0x01;
        }
        if self.faults.take_on(Fault::ShortFrame, kind).is_some() {
            frame.truncate(frame.len() / 2);
        }
        if self.faults.take_on(Fault::DoubleAnswer, kind).is_some() {
            self.outbox.push_back((at_ms, frame.clone()));
        }
        self.outbox.push_back((at_ms, frame));
    }

    fn answer(&mut self, command: &Command, now_ms: u64) -> Option<Answer> {
        if self.entry.is_some() {
            return Some(Answer::failed(answer_to(command.kind), BUSY));
        }
        Some(match command.kind {
            0x69 if self.options.keypad => return self.ask_for_pin(command, now_ms),
            0x62 => self.power_on(command.parameters),
            0x63 => {
                self.deactivate();
                Answer::good(0x81, Vec::new())
            }
            0x65 | 0x6E | 0x72 => Answer::good(0x81, Vec::new()),
            0x61 => self.set_parameters(command),
            0x6C => self.told_parameters(),
            0x6B => self.escape(&command.data),
            0x6F => return self.transfer(&command.data, now_ms),
            _ => Answer::failed(0x81, UNKNOWN),
        })
    }

    /// The answer comes once somebody has typed.
    fn ask_for_pin(&mut self, command: &Command, now_ms: u64) -> Option<Answer> {
        if self.chip.is_none() {
            return Some(mute());
        }
        match Entry::read(command, now_ms) {
            Ok(entry) => {
                self.entry = Some(entry);
                None
            }
            Err(place) => Some(Answer::failed(0x80, place)),
        }
    }

    fn escape(&mut self, data: &[u8]) -> Answer {
        match data {
            [0x02] => Answer::good(0x83, self.options.firmware.clone().into_bytes()),
            [0x01, 0x01, 0x01] => {
                self.synchronous = true;
                Answer::good(0x83, vec![0])
            }
            // Words for the display of a PinPad; nobody looks at it here.
            [0xB2, 0xA0, ..] if self.options.keypad => Answer::good(0x83, vec![0]),
            _ => Answer::failed(0x83, UNKNOWN),
        }
    }

    fn power_on(&mut self, [volts, ..]: [u8; 3]) -> Answer {
        let warm = self.chip.take().is_some();
        let mute = self.faults.take_on(Fault::Mute, 0x62).is_some()
            || self.options.volts.is_some_and(|only| volts != 0 && volts != only);
        let Some(card) = self.slot.card() else { return Answer::failed(0x80, MUTE) };
        if mute {
            card.power(false);
            return Answer::failed(0x80, MUTE);
        }
        if warm {
            card.reset();
        } else {
            card.power(true);
        }
        let mut atr = card.answer_to_reset();
        if atr.is_empty() {
            card.power(false);
            return Answer::failed(0x80, MUTE);
        }
        self.chip = Some(Chip::new(&atr));
        self.parameters.clear();
        if self.faults.take(Fault::BadAtr).is_some()
            && let Some(check) = atr.last_mut()
        {
            *check ^= 0x01;
        }
        Answer::good(0x80, atr)
    }

    fn set_parameters(&mut self, command: &Command) -> Answer {
        let [protocol, ..] = command.parameters;
        let length = if protocol == 1 { 7 } else { 5 };
        if self.faults.take(Fault::NoParameters).is_some() || protocol > 1 || command.data.len() != length {
            return Answer::failed(0x82, 7);
        }
        let Some(chip) = &mut self.chip else { return Answer::failed(0x82, MUTE) };
        chip.tune(protocol, command.data.first().copied().unwrap_or(0x11));
        self.parameters.clone_from(&command.data);
        self.told_parameters()
    }

    fn told_parameters(&self) -> Answer {
        let data = if self.parameters.is_empty() { vec![0x11, 0, 0, 10, 0] } else { self.parameters.clone() };
        let last = u8::from(data.len() == 7);
        Answer { kind: 0x82, error: None, last, data }
    }

    fn transfer(&mut self, data: &[u8], now_ms: u64) -> Option<Answer> {
        for (fault, answered) in [(Fault::Torn, false), (Fault::TornAnswered, true)] {
            if due(&mut self.faults, fault) {
                self.remove(now_ms);
                return answered.then(mute);
            }
        }
        let Some(card) = self.slot.card() else { return Some(mute()) };
        let Some(chip) = &mut self.chip else { return Some(mute()) };
        // PPS is no block.
        if chip.protocol().is_none() && data.first() == Some(&0xFF) {
            let agreed = chip.exchange(data, card, &mut self.faults, &mut self.counts);
            return Some(agreed.map_or_else(mute, |answer| Answer::good(0x80, answer)));
        }
        let mut strikes = |fault| due(&mut self.faults, fault);
        let (lost, garbled) =
            (strikes(Fault::LostBlock), chip.has_blocks() && strikes(Fault::CardHearsBadly));
        let (unheard, damaged) = (strikes(Fault::LostReply), chip.has_blocks() && strikes(Fault::BadBlock));
        if self.faults.take_on(Fault::Mute, 0x6F).is_some() || lost {
            return Some(mute());
        }
        let mut heard = data.to_vec();
        spoil(&mut heard, garbled);
        let answer = chip.exchange(&heard, card, &mut self.faults, &mut self.counts);
        let Some(mut answer) = answer.filter(|_| !unheard) else { return Some(mute()) };
        spoil(&mut answer, damaged);
        Some(Answer::good(0x80, answer))
    }
}

/// Whether a fault strikes now; counts blocks until then.
fn due(faults: &mut FaultSet<Fault>, fault: Fault) -> bool {
    let Some(spec) = faults.peek(fault) else { return false };
    match spec.after_blocks.unwrap_or(0) {
        0 => faults.take(fault).is_some(),
        left => {
            faults.set(fault, FaultSpec { after_blocks: Some(left.saturating_sub(1)), ..spec });
            false
        }
    }
}

/// Turns a bit of the check byte over.
fn spoil(bytes: &mut [u8], spoilt: bool) {
    if let Some(check) = bytes.last_mut().filter(|_| spoilt) {
        *check ^= 0x01;
    }
}

/// The type of the answer to a message.
const fn answer_to(kind: u8) -> u8 {
    match kind {
        0x62 | 0x69 | 0x6F => 0x80,
        0x61 | 0x6C => 0x82,
        0x6B => 0x83,
        _ => 0x81,
    }
}

/// The answer about a card that does not answer.
const fn mute() -> Answer {
    Answer::failed(0x80, MUTE)
}

impl Machine for GemPc {
    fn handle_input(&mut self, bytes: &[u8], now_ms: u64) {
        self.look_for_program(now_ms);
        if !self.powered {
            return;
        }
        for byte in bytes {
            match self.ear.hear(*byte, now_ms) {
                None => {}
                Some(Heard::Damaged) => {
                    self.damaged_frames = self.damaged_frames.saturating_add(1);
                    self.outbox.push_back((now_ms, REFUSAL.to_vec()));
                }
                Some(Heard::Command(command)) => self.on_command(&command, now_ms),
            }
        }
    }

    fn poll_transmit(&mut self, now_ms: u64) -> Option<Vec<u8>> {
        let (at_ms, _) = self.outbox.front()?;
        if *at_ms > now_ms {
            return None;
        }
        self.outbox.pop_front().map(|(_, bytes)| bytes)
    }

    fn poll_timeout(&self) -> Option<u64> {
        let due = self.outbox.front().map(|(at_ms, _)| *at_ms);
        let pin = self.entry.as_ref().map(|entry| entry.until);
        due.into_iter().chain(self.look_at).chain(pin).min()
    }

    fn handle_timeout(&mut self, now_ms: u64) {
        if self.entry.as_ref().is_some_and(|entry| entry.until <= now_ms) {
            self.conclude_entry(&Answer::failed(0x80, TIMED_OUT), now_ms);
        }
        self.look_for_program(now_ms);
    }
}
