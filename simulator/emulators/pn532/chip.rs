//! The commands of the PN532: registers, SAM, field, cards. Decides what a command answers and how long it takes;
//! knows nothing of frames.
//!
//! Where the sources are silent, all visible here: registers are memory and nothing else; target mode waits for ever;
//! a piece of a chained command is answered by its status alone.

use std::collections::BTreeMap;

use super::field::{Field, status};
use super::settings::{Fault, Options};
use crate::faults::FaultSet;

/// Codes of the commands.
pub(super) mod code {
    pub(crate) const DIAGNOSE: u8 = 0x00;
    pub(crate) const GET_FIRMWARE_VERSION: u8 = 0x02;
    pub(crate) const GET_GENERAL_STATUS: u8 = 0x04;
    pub(crate) const READ_REGISTER: u8 = 0x06;
    pub(crate) const WRITE_REGISTER: u8 = 0x08;
    pub(crate) const READ_GPIO: u8 = 0x0C;
    pub(crate) const WRITE_GPIO: u8 = 0x0E;
    pub(crate) const SET_SERIAL_BAUD_RATE: u8 = 0x10;
    pub(crate) const SET_PARAMETERS: u8 = 0x12;
    pub(crate) const SAM_CONFIGURATION: u8 = 0x14;
    pub(crate) const POWER_DOWN: u8 = 0x16;
    pub(crate) const RF_CONFIGURATION: u8 = 0x32;
    pub(crate) const IN_DATA_EXCHANGE: u8 = 0x40;
    pub(crate) const IN_COMMUNICATE_THRU: u8 = 0x42;
    pub(crate) const IN_DESELECT: u8 = 0x44;
    pub(crate) const IN_LIST_PASSIVE_TARGET: u8 = 0x4A;
    pub(crate) const IN_RELEASE: u8 = 0x52;
    pub(crate) const IN_SELECT: u8 = 0x54;
    pub(crate) const IN_AUTO_POLL: u8 = 0x60;
    pub(crate) const TG_INIT_AS_TARGET: u8 = 0x8C;
}

/// More information follows: in the status byte of the chip, in the target byte of the host.
const MORE: u8 = 0x40;
/// Response bytes in one frame: 265 less TFI, response code and status.
const DATA_MAX: usize = 262;
/// The only target number handed out.
const TARGET: u8 = 0x01;
/// SetParameters: the chip sends RATS by itself.
const AUTO_RATS: u8 = 0x10;
/// SetParameters after power-up: automatic ATR_RES and RATS.
const PARAMETERS: u8 = 0x14;
/// For ever, in a count of retries.
const INFINITE: u8 = 0xFF;

/// What a command comes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Data behind the response code.
    Data(Vec<u8>),
    /// The error frame.
    Syntax,
    /// Data, then sleep.
    Sleep(Vec<u8>),
}

/// Whether `code` waits for a card.
pub(super) fn looks_for_cards(code: u8) -> bool {
    matches!(code, code::IN_LIST_PASSIVE_TARGET | code::IN_AUTO_POLL)
}

/// The chip's memory.
#[derive(Debug)]
pub(super) struct Chip {
    registers: BTreeMap<u16, u8>,
    gpio: [u8; 2],
    parameters: u8,
    sam_mode: Option<u8>,
    activation_retries: u8,
    listed: bool,
    pub(super) apdus: u64,
}

impl Default for Chip {
    fn default() -> Self {
        Self {
            registers: BTreeMap::new(),
            gpio: [0xFF; 2],
            parameters: PARAMETERS,
            sam_mode: None,
            activation_retries: INFINITE,
            listed: false,
            apdus: 0,
        }
    }
}

impl Chip {
    /// Nothing that the host set outlives the supply.
    pub(super) fn lose_power(&mut self) {
        *self = Self { apdus: self.apdus, ..Self::default() };
    }

    pub(super) fn sam_mode(&self) -> Option<u8> {
        self.sam_mode
    }

    pub(super) fn parameters(&self) -> u8 {
        self.parameters
    }

    pub(super) fn activation_retries(&self) -> u8 {
        self.activation_retries
    }

    /// Time from the ACK to the reply; `None`: until a card comes.
    pub(super) fn duration_ms(&self, code: u8, options: &Options, field: &Field) -> Option<u64> {
        match code {
            _ if looks_for_cards(code) => {
                if field.answers() {
                    Some(options.activate_ms)
                } else if self.activation_retries == INFINITE || code == code::IN_AUTO_POLL {
                    None
                } else {
                    let tries = u64::from(self.activation_retries).saturating_add(1);
                    Some(options.try_ms.saturating_mul(tries))
                }
            }
            code::TG_INIT_AS_TARGET => None,
            code::IN_DATA_EXCHANGE | code::IN_COMMUNICATE_THRU => Some(options.exchange_ms),
            _ => Some(options.command_ms),
        }
    }

    pub(super) fn execute(
        &mut self,
        code: u8,
        data: &[u8],
        options: &Options,
        field: &mut Field,
        faults: &mut FaultSet<Fault>,
    ) -> Answer {
        match (code, data) {
            (code::DIAGNOSE, [test, rest @ ..]) => self.diagnose(*test, rest, field),
            (code::GET_FIRMWARE_VERSION, []) => Answer::Data(options.firmware.to_vec()),
            (code::GET_GENERAL_STATUS, []) => Answer::Data(match self.listed {
                true => vec![0x00, 0x00, 0x01, TARGET, 0x00, 0x00, 0x10, 0x00],
                false => vec![0x00, 0x00, 0x00, 0x00],
            }),
            (code::READ_REGISTER, addresses)
                if !addresses.is_empty() && addresses.len().is_multiple_of(2) =>
            {
                let values = addresses.chunks_exact(2).map(|pair| self.register(address(pair)));
                Answer::Data(values.collect())
            }
            (code::WRITE_REGISTER, writes) if !writes.is_empty() && writes.len().is_multiple_of(3) => {
                for write in writes.chunks_exact(3) {
                    self.registers.insert(address(write), write.last().copied().unwrap_or(0));
                }
                Answer::Data(Vec::new())
            }
            (code::READ_GPIO, []) => {
                let [p3, p7] = self.gpio;
                Answer::Data(vec![p3, p7, 0x00])
            }
            (code::WRITE_GPIO, [p3, p7]) => {
                self.gpio = [*p3, *p7];
                Answer::Data(Vec::new())
            }
            (code::SET_SERIAL_BAUD_RATE, [0..=8]) => Answer::Data(Vec::new()),
            (code::SET_PARAMETERS, [flags]) => {
                self.parameters = *flags;
                Answer::Data(Vec::new())
            }
            (code::SAM_CONFIGURATION, [mode @ 1..=4] | [mode @ 1..=4, _] | [mode @ 1..=4, _, 0..=1]) => {
                self.sam_mode = Some(*mode);
                Answer::Data(Vec::new())
            }
            (code::POWER_DOWN, [_] | [_, 0..=1]) => {
                field.set_on(false);
                self.listed = false;
                Answer::Sleep(vec![status::OK])
            }
            (code::RF_CONFIGURATION, [item, values @ ..]) => self.configure(*item, values, field),
            (code::IN_LIST_PASSIVE_TARGET, [1..=2, bitrate @ 0..=4, by_name @ ..]) => {
                self.list(*bitrate, by_name, options, field, faults)
            }
            (code::IN_DATA_EXCHANGE, [target, piece @ ..]) => self.exchange(*target, piece, field, faults),
            (code::IN_COMMUNICATE_THRU, raw) if !raw.is_empty() => raw_exchange(raw, field),
            (code::IN_DESELECT, [0..=1]) => self.touch(Field::deselect, field),
            (code::IN_RELEASE, [target @ 0..=1]) => {
                let known = self.listed || *target == 0;
                if std::mem::take(&mut self.listed) {
                    field.deselect();
                }
                Answer::Data(vec![if known { status::OK } else { status::NOT_IN_CONTEXT }])
            }
            (code::IN_SELECT, [0..=1]) => self.touch(Field::select, field),
            (code::IN_AUTO_POLL, [_, 1..=15, _, ..]) => self.auto_poll(options, field, faults),
            _ => Answer::Syntax,
        }
    }

    fn register(&self, address: u16) -> u8 {
        self.registers.get(&address).copied().unwrap_or(0)
    }

    fn diagnose(&self, test: u8, rest: &[u8], field: &Field) -> Answer {
        match (test, rest) {
            (0x00, line) => Answer::Data([&[test], line].concat()),
            (0x01 | 0x02, []) | (0x07, [_]) => Answer::Data(vec![test, status::OK]),
            (0x06, []) => Answer::Data(vec![
                test,
                match (self.listed, field.is_active()) {
                    (false, _) => status::NOT_IN_CONTEXT,
                    (true, false) => status::TIMEOUT,
                    (true, true) => status::OK,
                },
            ]),
            _ => Answer::Syntax,
        }
    }

    fn configure(&mut self, item: u8, values: &[u8], field: &mut Field) -> Answer {
        match (item, values) {
            (0x01, [switches]) => {
                field.set_on(switches & 0x01 != 0);
                if !field.is_on() {
                    self.listed = false;
                }
            }
            (0x05, [_, _, activation]) => self.activation_retries = *activation,
            (0x02, [_, _, _]) | (0x04, [_]) | (0x0A, [..]) | (0x0B, [..]) | (0x0C, [..]) | (0x0D, [..]) => {}
            _ => return Answer::Syntax,
        }
        Answer::Data(Vec::new())
    }

    fn list(
        &mut self,
        bitrate: u8,
        by_name: &[u8],
        options: &Options,
        field: &mut Field,
        faults: &FaultSet<Fault>,
    ) -> Answer {
        self.listed = false;
        field.set_on(true);
        if bitrate != 0 || !(by_name.is_empty() || by_name == options.uid) {
            return Answer::Data(vec![0]);
        }
        match self.target_data(options, field, faults) {
            Some(target) => Answer::Data([&[1], target.as_slice()].concat()),
            None => Answer::Data(vec![0]),
        }
    }

    /// A card that answered, as it stands in the reply.
    fn target_data(
        &mut self,
        options: &Options,
        field: &mut Field,
        faults: &FaultSet<Fault>,
    ) -> Option<Vec<u8>> {
        let knows_rats = faults.peek(Fault::NoRats).is_none();
        let card = field.list(self.parameters & AUTO_RATS != 0, knows_rats)?;
        self.listed = true;
        let mut data = vec![TARGET];
        data.extend(card.sens_res);
        data.push(card.sel_res);
        data.push(u8::try_from(options.uid.len()).unwrap_or(0));
        data.extend(options.uid);
        data.extend(card.ats.unwrap_or_default());
        Some(data)
    }

    fn auto_poll(&mut self, options: &Options, field: &mut Field, faults: &FaultSet<Fault>) -> Answer {
        match self.target_data(options, field, faults) {
            // Type 20h: ISO/IEC 14443-4A at 106 kbps.
            Some(target) => {
                let length = u8::try_from(target.len()).unwrap_or(u8::MAX);
                Answer::Data([&[1, 0x20, length], target.as_slice()].concat())
            }
            None => Answer::Data(vec![0]),
        }
    }

    fn touch(&mut self, what: fn(&mut Field) -> u8, field: &mut Field) -> Answer {
        Answer::Data(vec![if self.listed { what(field) } else { status::NOT_IN_CONTEXT }])
    }

    fn exchange(
        &mut self,
        target: u8,
        piece: &[u8],
        field: &mut Field,
        faults: &mut FaultSet<Fault>,
    ) -> Answer {
        let answered = |status| Answer::Data(vec![status]);
        if target & !MORE != TARGET || !self.listed {
            return answered(status::NOT_IN_CONTEXT);
        }
        if target & MORE != 0 {
            return answered(field.hold(piece));
        }
        if !piece.is_empty() && field.is_active() {
            self.apdus = self.apdus.saturating_add(1);
        }
        if !field.exchange(piece) {
            return answered(status::TIMEOUT);
        }
        if let Some(spec) = faults.take(Fault::RfError) {
            field.lose_response();
            return answered(spec.code.unwrap_or(0x02));
        }
        let torn_at = faults.peek(Fault::CardTorn).map(|spec| spec.after_bytes.unwrap_or(0));
        if torn_at
            .is_some_and(|at| usize::try_from(at).unwrap_or(usize::MAX) < field.delivered_after(DATA_MAX))
        {
            faults.take(Fault::CardTorn);
            field.remove();
            return answered(status::TIMEOUT);
        }
        let (part, more) = field.deliver(DATA_MAX);
        let status = if more { MORE } else { status::OK };
        Answer::Data([&[status], part.as_slice()].concat())
    }
}

/// Raw frames to the card: RATS, R(NAK) and HLTA are understood.
fn raw_exchange(raw: &[u8], field: &mut Field) -> Answer {
    let heard = match raw {
        [0xE0, _] => field.rats(),
        [block @ (0xB2 | 0xB3)] if field.is_active() => Some(vec![block & 0x01 | 0xA2]),
        [0x50, 0x00] => {
            field.deselect();
            None
        }
        _ => None,
    };
    Answer::Data(match heard {
        Some(bytes) => [&[status::OK], bytes.as_slice()].concat(),
        None => vec![status::TIMEOUT],
    })
}

fn address(bytes: &[u8]) -> u16 {
    match bytes {
        [high, low, ..] => u16::from_be_bytes([*high, *low]),
        _ => 0,
    }
}
