//! CashCode bill validator with cassette on CCNET, device side: the exchange with the host and power. Frames are in
//! `frame`, the note's way in `mechanics`, notes known in `table`, what can be set in `settings`, the control interface
//! in `control`.
//!
//! Choices where the sources are silent, all visible here: 80h is told at each poll while the note waits, 1Ah instead once
//! it was held; 81h and 82h are told until the host's ACK; ENABLE in escrow leaves the note there; RESET is carried out in
//! any state, and a jam is gone with it; ENABLE in power-up is refused.

mod control;
mod frame;
mod mechanics;
mod settings;
mod table;

use std::collections::{BTreeMap, VecDeque};

pub use frame::Command;
pub use mechanics::{Cassette, Ledger, Note, Notes, Place};
pub use settings::{Fault, Options};
pub use table::{Bill, TYPES, Table};

use crate::faults::{FaultSet, FaultSpec};
use crate::machine::Machine;
use frame::{ACK, ILLEGAL, NAK, Received, Receiver};
use mechanics::Stage;

/// Sent before or in place of an answer by the faults `noise` and `garbage`; it has a SYNC and an address in it.
const NOISE: [u8; 8] = [0xA5, 0x02, 0x03, 0x09, 0xFE, 0x00, 0x37, 0x80];
/// Delay of the fault `late_answer` unless it says another.
const LATE_ANSWER_MS: u64 = 300;
/// Times an answer is sent again on NAK.
const ANSWER_RESENDS: u8 = 3;
/// Least silence between two frames of the host (protocols 3: bus free 10 ms); counted, not enforced.
const BUS_FREE_MS: u64 = 10;

/// What the host did on the line, for whoever wants to know how well it behaves.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Line {
    /// Frames with a right CRC per command code, carried out or not, without ACK and NAK.
    pub frames: BTreeMap<String, u64>,
    /// Frames with a wrong CRC.
    pub corrupt: u64,
    /// ACKs heard.
    pub acks: u64,
    /// NAKs heard.
    pub naks: u64,
    /// Data answers that the host followed by a command without an ACK.
    pub unacknowledged: u64,
    /// Commands less than 10 ms behind the frame before, either way.
    pub hasty: u64,
}

/// The answer that the host may still acknowledge or ask for again.
#[derive(Debug)]
struct Answered {
    command: u8,
    data: Vec<u8>,
    resends_left: u8,
}

#[derive(Debug)]
struct Outgoing {
    due_ms: u64,
    bytes: Vec<u8>,
}

/// The acceptor. See [`Machine`] for how it is driven.
#[derive(Debug)]
pub struct Ccnet {
    options: Options,
    table: Table,
    faults: FaultSet<Fault>,
    powered: bool,
    losses: u64,
    power_on_at_ms: Option<u64>,
    booted_at_ms: u64,
    stage: Stage,
    note: Option<Note>,
    cassette: Cassette,
    ledger: Ledger,
    /// Masks of bill types, bit 0 = type 0.
    enabled: u32,
    escrowed: u32,
    security: u32,
    /// 81h or 82h that the host has not acknowledged.
    event: Option<[u8; 2]>,
    /// Type of the note that was stacked, but not told of, when power went.
    untold: Option<u8>,
    receiver: Receiver,
    answered: Option<Answered>,
    outbox: VecDeque<Outgoing>,
    line: Line,
    last_frame_ms: Option<u64>,
}

impl Ccnet {
    /// An acceptor that has just booted: in power-up, its cassette seated and empty.
    #[must_use]
    pub fn new(options: Options, table: Table) -> Self {
        Self {
            options,
            table,
            faults: FaultSet::default(),
            powered: true,
            losses: 0,
            power_on_at_ms: None,
            booted_at_ms: 0,
            stage: Stage::PowerUp,
            note: None,
            cassette: Cassette::default(),
            ledger: Ledger::default(),
            enabled: 0,
            escrowed: 0,
            security: 0,
            event: None,
            untold: None,
            receiver: Receiver::default(),
            answered: None,
            outbox: VecDeque::new(),
            line: Line::default(),
            last_frame_ms: None,
        }
    }

    /// Switches the supply. Cutting it twice is one loss; the note stays where it is.
    pub fn set_power(&mut self, on: bool, now_ms: u64) {
        self.power_on_at_ms = None;
        match (self.powered, on) {
            (true, false) => {
                self.losses = self.losses.saturating_add(1);
                self.untold =
                    self.event.take().filter(|event| event.starts_with(&[0x81])).map(|[_, kind]| kind);
                (self.enabled, self.escrowed, self.security) = (0, 0, 0);
                self.receiver.forget();
                self.answered = None;
                self.outbox.clear();
            }
            (false, true) => {
                self.stage = Stage::PowerUp;
                self.booted_at_ms = now_ms.saturating_add(self.options.boot_ms);
            }
            (true, true) | (false, false) => {}
        }
        self.powered = on;
    }

    /// Sets or replaces a fault.
    pub fn set_fault(&mut self, fault: Fault, spec: FaultSpec, now_ms: u64) {
        self.advance(now_ms);
        self.faults.set(fault, spec);
        if fault == Fault::CassetteOut && spec.times != Some(0) {
            self.set_cassette(false, now_ms);
        }
    }

    /// A fault as it is set now: what it has left to strike.
    #[must_use]
    pub fn fault(&self, fault: Fault) -> Option<FaultSpec> {
        self.faults.peek(fault)
    }

    /// Removes a fault.
    pub fn clear_fault(&mut self, fault: Fault, now_ms: u64) {
        self.advance(now_ms);
        if fault == Fault::CassetteOut && self.faults.peek(fault).is_some() {
            self.set_cassette(true, now_ms);
        }
        self.faults.clear(fault);
        // What was stuck goes on from now, not from when it should have.
        if fault == Fault::NoteStuck {
            match self.stage {
                Stage::Stacking { .. } => self.stack(now_ms),
                Stage::Returning { .. } => self.give_back(now_ms),
                _ => {}
            }
        }
    }

    /// Settings in force.
    #[must_use]
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// Replaces the settings; a movement under way keeps its times.
    pub fn set_options(&mut self, options: Options) {
        self.options = options;
    }

    /// The note in the device.
    #[must_use]
    pub const fn note(&self) -> Option<Note> {
        self.note
    }

    /// The cassette.
    #[must_use]
    pub const fn cassette(&self) -> &Cassette {
        &self.cassette
    }

    /// Where all notes went.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// How the host behaved.
    #[must_use]
    pub const fn line(&self) -> &Line {
        &self.line
    }

    /// The bill types whose notes are taken, bit 0 = type 0, and those of them that wait in escrow.
    #[must_use]
    pub const fn masks(&self) -> (u32, u32) {
        (self.enabled, self.escrowed)
    }

    /// Times that a frame of this command came.
    #[must_use]
    pub fn frames(&self, command: u8) -> u64 {
        self.line.frames.get(&format!("{command:02x}")).copied().unwrap_or(0)
    }

    fn hear(&mut self, data: &[u8], now_ms: u64) {
        let hasty =
            self.last_frame_ms.replace(now_ms).is_some_and(|at| now_ms.saturating_sub(at) < BUS_FREE_MS);
        match data {
            [ACK] => self.on_ack(),
            [NAK] => self.on_nak(now_ms),
            [code, parameters @ ..] => {
                self.line.hasty = self.line.hasty.saturating_add(u64::from(hasty));
                let frames = self.line.frames.entry(format!("{code:02x}")).or_default();
                *frames = frames.saturating_add(1);
                if self.answered.take().is_some_and(|answered| needs_ack(&answered.data)) {
                    self.line.unacknowledged = self.line.unacknowledged.saturating_add(1);
                }
                self.obey(*code, parameters, now_ms);
            }
            [] => {}
        }
    }

    fn on_ack(&mut self) {
        self.line.acks = self.line.acks.saturating_add(1);
        let Some(answered) = self.answered.take_if(|answered| needs_ack(&answered.data)) else { return };
        if self.event.is_some_and(|event| answered.data == event)
            && self.faults.take(Fault::LostAck).is_none()
        {
            self.event = None;
        }
    }

    fn on_nak(&mut self, now_ms: u64) {
        self.line.naks = self.line.naks.saturating_add(1);
        if let Some(mut answered) = self.answered.take()
            && let Some(left) = answered.resends_left.checked_sub(1)
        {
            answered.resends_left = left;
            self.transmit(answered, now_ms);
        }
    }

    fn obey(&mut self, code: u8, parameters: &[u8], now_ms: u64) {
        if self.faults.take_on(Fault::Silence, code).is_some() {
            return;
        }
        let data = if self.faults.take_on(Fault::Nak, code).is_some() {
            vec![NAK]
        } else if self.faults.take_on(Fault::Illegal, code).is_some() {
            vec![ILLEGAL]
        } else {
            match Command::from_code(code) {
                Some(command) => self.execute(command, parameters, now_ms),
                None => vec![ILLEGAL],
            }
        };
        self.transmit(Answered { command: code, data, resends_left: ANSWER_RESENDS }, now_ms);
    }

    fn execute(&mut self, command: Command, parameters: &[u8], now_ms: u64) -> Vec<u8> {
        let in_escrow = matches!(self.stage, Stage::Escrow { .. });
        match (command, parameters) {
            (Command::Poll, []) => self.event.map_or_else(|| self.state_bytes(), Vec::from),
            (Command::Reset, []) => {
                (self.enabled, self.escrowed) = (0, 0);
                self.stage = if self.cassette.seated {
                    Stage::Initialising { until_ms: now_ms.saturating_add(self.options.init_ms) }
                } else {
                    Stage::CassetteOut
                };
                vec![ACK]
            }
            (Command::GetStatus, []) => [mask_bytes(self.enabled), mask_bytes(self.security)].concat(),
            (Command::SetSecurity, [a, b, c]) => {
                self.security = mask([*a, *b, *c]);
                vec![ACK]
            }
            (Command::EnableBillTypes, [a, b, c, d, e, f]) if self.stage != Stage::PowerUp => {
                self.enabled = mask([*a, *b, *c]);
                self.escrowed = mask([*d, *e, *f]);
                vec![ACK]
            }
            (Command::Identification, []) if self.at_rest() => self.identification(),
            (Command::GetBillTable, []) if self.at_rest() => self.table.to_bytes(),
            (Command::Stack, []) if in_escrow => {
                self.stack(now_ms);
                vec![ACK]
            }
            (Command::Return, []) if in_escrow => {
                self.give_back(now_ms);
                vec![ACK]
            }
            (Command::Hold, []) if in_escrow => {
                self.hold(now_ms);
                vec![ACK]
            }
            _ => vec![ILLEGAL],
        }
    }

    /// IDENTIFICATION and GET BILL TABLE are allowed in power-up, initialize, failure and disabled only.
    fn at_rest(&self) -> bool {
        matches!(self.state_bytes().first(), Some(0x10..=0x13 | 0x19 | 0x41..=0x47))
    }

    fn identification(&self) -> Vec<u8> {
        let mut data = format!("{:<15}{:<12}", self.options.part, self.options.serial).into_bytes();
        data.extend([0, 0, 0, 0, 0, 0, 1]);
        data
    }

    /// Puts one sending of an answer into the outbox, as the line faults leave it.
    fn transmit(&mut self, answered: Answered, now_ms: u64) {
        let code = answered.command;
        let mut bytes = frame::answer(&answered.data);
        self.answered = Some(answered);
        if self.faults.take_on(Fault::NoAnswer, code).is_some() {
            return;
        }
        if self.faults.take_on(Fault::BadCrc, code).is_some()
            && let Some(sum) = bytes.last_mut()
        {
            *sum ^= 0xFF;
        }
        if self.faults.take_on(Fault::ShortFrame, code).is_some() {
            bytes.truncate(bytes.len() / 2);
        }
        if self.faults.take_on(Fault::Garbage, code).is_some() {
            bytes = NOISE.to_vec();
        }
        if self.faults.take_on(Fault::Noise, code).is_some() {
            bytes.splice(..0, NOISE);
        }
        let late = self.faults.take_on(Fault::LateAnswer, code);
        let delay_ms = late.map_or(0, |spec| spec.delay_ms.unwrap_or(LATE_ANSWER_MS));
        let due_ms = now_ms.saturating_add(self.options.answer_ms).saturating_add(delay_ms);
        if self.faults.take_on(Fault::DoubleAnswer, code).is_some() {
            self.outbox.push_back(Outgoing { due_ms, bytes: bytes.clone() });
        }
        self.outbox.push_back(Outgoing { due_ms, bytes });
    }
}

/// ACK, NAK and refusals are not acknowledged.
fn needs_ack(data: &[u8]) -> bool {
    !matches!(data, [ACK | NAK | ILLEGAL])
}

/// The first byte has types 23 to 16, the last bit of the third is type 0.
fn mask(bytes: [u8; 3]) -> u32 {
    bytes.into_iter().fold(0, |mask, byte| mask << 8 | u32::from(byte))
}

fn mask_bytes(mask: u32) -> Vec<u8> {
    mask.to_be_bytes().into_iter().skip(1).collect()
}

impl Machine for Ccnet {
    fn handle_input(&mut self, bytes: &[u8], now_ms: u64) {
        self.advance(now_ms);
        for byte in bytes {
            if !self.powered || now_ms < self.booted_at_ms {
                return;
            }
            match self.receiver.push(*byte, now_ms) {
                Some(Received::Frame(data)) => self.hear(&data, now_ms),
                Some(Received::Corrupt(command)) => {
                    self.line.corrupt = self.line.corrupt.saturating_add(1);
                    self.transmit(Answered { command, data: vec![NAK], resends_left: 0 }, now_ms);
                }
                None => {}
            }
        }
    }

    fn poll_transmit(&mut self, now_ms: u64) -> Option<Vec<u8>> {
        self.advance(now_ms);
        let at = self.outbox.iter().position(|outgoing| outgoing.due_ms <= now_ms)?;
        self.last_frame_ms = Some(now_ms);
        self.outbox.remove(at).map(|outgoing| outgoing.bytes)
    }

    fn poll_timeout(&self) -> Option<u64> {
        let outbox = self.outbox.iter().map(|outgoing| outgoing.due_ms).min();
        self.mechanics_due_ms().into_iter().chain(outbox).min()
    }

    fn handle_timeout(&mut self, now_ms: u64) {
        self.advance(now_ms);
    }
}
