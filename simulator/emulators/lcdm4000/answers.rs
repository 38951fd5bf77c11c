//! Data of the LCDM-4000's replies, and the parameters of its commands (protocols 1.4).

use super::frame::{Command, Dialect};
use super::mechanics::{Outcome, absent_unit, error};
use super::unit::{PerUnit, Unit};
use super::{Fault, Lcdm4000, offset};

/// Bit of a cassette's STAT byte: near end [1].
const STAT_NEAR_END: u8 = 0x08;
/// Bit of STATUS's DISP byte: eject sensor blocked [1].
const DISP_EJECT: u8 = 0x04;

impl Lcdm4000 {
    /// Q1..Q4 of a dispense, or the error code for a malformed request.
    pub(super) fn read_request(&mut self, data: &[u8]) -> Result<PerUnit<u8>, u8> {
        let &[q1, q2, q3, q4, ref rest @ ..] = data else { return Err(error::ABNORMAL_PARAMETER) };
        let rest_is_right = match (self.options.dialect, rest) {
            (Dialect::Stock, [to1, to2, fill @ ..]) => {
                let timeout = matches!((to1, to2), (0x20, 0x20) | (0x1C, 0x30..=0x39));
                timeout && fill.iter().all(|byte| *byte == 0x20)
            }
            (Dialect::SerialNumber, [0x20, 0x20, number]) => {
                number.checked_sub(0x20).is_some_and(|number| number != self.serial_number)
            }
            (Dialect::Stock | Dialect::SerialNumber, _) => false,
        };
        let mut wanted = PerUnit::default();
        for (unit, sent) in Unit::ALL.into_iter().zip([q1, q2, q3, q4]) {
            *wanted.at_mut(unit) = sent.checked_sub(0x20).ok_or(error::ABNORMAL_PARAMETER)?;
        }
        if !rest_is_right {
            return Err(error::ABNORMAL_PARAMETER);
        }
        if let (Dialect::SerialNumber, [_, _, number]) = (self.options.dialect, rest) {
            self.serial_number = number.saturating_sub(0x20);
        }
        Ok(wanted)
    }

    /// ERR MISS 4×(EXIT REJ TYPE)
    pub(super) fn outcome_data(&self, outcome: &Outcome) -> Vec<u8> {
        let mut data = vec![offset(outcome.error), 0x30];
        for unit in Unit::ALL {
            data.push(offset(*outcome.counts.exit.at(unit)));
            data.push(offset(*outcome.counts.reject.at(unit)));
            data.push(self.type_of(unit));
        }
        data
    }

    /// Executes a command that moves nothing and returns its reply data.
    pub(super) fn query(&mut self, command: Command, data: &[u8]) -> Vec<u8> {
        match command {
            Command::Status => self.status_data(),
            Command::LastStatus => match self.ram_record.or(self.flash_record) {
                Some(record) => {
                    let mut answer = vec![record.command];
                    answer.extend(self.outcome_data(&record.outcome));
                    answer
                }
                None => {
                    let mut answer = vec![0x20];
                    answer.extend(self.outcome_data(&Outcome::refused(error::NONE)));
                    answer
                }
            },
            Command::SensorDiag => match data.first().and_then(|position| position.checked_sub(0x30)) {
                Some(number) => match Unit::from_number(number) {
                    Some(unit) => {
                        let cassette = self.transport.cassettes.at(unit);
                        vec![offset(0), offset(cassette.opacity), offset(cassette.length), 0x20, 0x20]
                    }
                    None => abnormal_parameter(4),
                },
                None => abnormal_parameter(4),
            },
            Command::SetOpacity => self.set_bytes(data, |cassette, value| cassette.opacity = value),
            Command::SetLength => self.set_bytes(data, |cassette, value| cassette.length = value),
            Command::GetOpacity => self.get_bytes(|cassette| cassette.opacity),
            Command::GetLength => self.get_bytes(|cassette| cassette.length),
            Command::SetOrder => self.set_order(data),
            Command::GetOrder => {
                let mut answer = vec![offset(error::NONE)];
                answer.extend(self.transport.order.iter().map(|unit| position(*unit)));
                answer
            }
            Command::SerialNumber => match self.options.dialect {
                Dialect::Stock => vec![offset(error::ABNORMAL_COMMAND)],
                Dialect::SerialNumber => vec![offset(error::NONE), offset(self.serial_number)],
            },
            // Commands that move notes do not come here; answering them so cannot move anything.
            Command::Reset | Command::Purge | Command::Dispense | Command::TestDispense => {
                vec![offset(error::ABNORMAL_COMMAND)]
            }
        }
    }

    fn status_data(&self) -> Vec<u8> {
        let blocked = self.transport.on_path.total() > 0;
        let condition = if self.faults.peek(Fault::NoRejectTray).is_some() {
            error::NO_REJECT_TRAY
        } else if blocked {
            error::NOTES_ON_PATH
        } else {
            error::NONE
        };
        let mut data = vec![offset(condition), offset(if blocked { DISP_EJECT } else { 0 })];
        for (unit, cassette) in self.transport.cassettes.iter() {
            let near_end = cassette.notes < self.options.near_end_notes;
            data.push(offset(if near_end { STAT_NEAR_END } else { 0 }));
            data.push(self.type_of(unit));
            data.push(offset(cassette.opacity));
            data.push(offset(cassette.length));
        }
        data
    }

    fn type_of(&self, unit: Unit) -> u8 {
        if absent_unit(&self.faults) == Some(unit) { 0x30 } else { position(unit) }
    }

    fn set_order(&mut self, data: &[u8]) -> Vec<u8> {
        let units: Vec<Unit> =
            data.iter().filter_map(|byte| byte.checked_sub(0x30)).filter_map(Unit::from_number).collect();
        let Ok(order) = <[Unit; 4]>::try_from(units) else { return abnormal_parameter(0) };
        if Unit::ALL.iter().any(|unit| !order.contains(unit)) {
            return abnormal_parameter(0);
        }
        self.transport.order = order;
        vec![offset(error::NONE)]
    }

    fn set_bytes(&mut self, data: &[u8], set: impl Fn(&mut super::Cassette, u8)) -> Vec<u8> {
        let nibbles: Vec<u8> =
            data.iter().filter_map(|byte| byte.checked_sub(0x30)).filter(|nibble| *nibble < 16).collect();
        if nibbles.len() != 8 {
            return abnormal_parameter(0);
        }
        for (unit, pair) in Unit::ALL.into_iter().zip(nibbles.chunks_exact(2)) {
            if let [high, low] = pair {
                set(self.transport.cassettes.at_mut(unit), high.wrapping_shl(4) | low);
            }
        }
        vec![offset(error::NONE)]
    }

    fn get_bytes(&self, get: impl Fn(&super::Cassette) -> u8) -> Vec<u8> {
        let mut answer = vec![offset(error::NONE)];
        for (_, cassette) in self.transport.cassettes.iter() {
            let value = get(cassette);
            answer.extend([(value >> 4).wrapping_add(0x30), (value & 0x0F).wrapping_add(0x30)]);
        }
        answer
    }
}

fn position(unit: Unit) -> u8 {
    unit.number().wrapping_add(0x30)
}

/// Error 31 followed by as many empty values as the reply always has.
fn abnormal_parameter(values: usize) -> Vec<u8> {
    let mut answer = vec![offset(error::ABNORMAL_PARAMETER)];
    answer.extend(std::iter::repeat_n(0x20, values));
    answer
}
