//! What presenter frames mean in the words of the port (`docs/formats/presenter-protocol.md`, "Commands", "Results").
//!
//! A frame of another length than its command has is not read at all.

use senim_domain::cash::{UnitMoved, UnitNo};
use senim_hal::cash_dispenser::{LastCommand, Movement, Presentation, Shutter, UnitPresented, UnitReport};
use senim_hal::{Error, ErrorKind};

use super::codec::Code;

/// Cassettes of the device.
pub const CASSETTES: u8 = 4;

const GOOD: u8 = 0x00;
const INTERRUPTED: u8 = 0xFF;
/// The answer to a command that carries the number of the last one: nothing moved and nothing was recorded.
pub const NUMBER_USED: u8 = 0x03;

/// A reply understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// STATUS.
    Status {
        /// What the device calls itself.
        name: String,
        /// Cassettes in unit order.
        units: Vec<UnitReport>,
        /// A standing condition, or an absent unit.
        error: Option<Error>,
    },
    /// LAST STATUS.
    Last {
        /// Which command it speaks of.
        command: LastCommand,
        /// Its number.
        number: u16,
        /// What it moved.
        movement: Movement,
    },
    /// MARK, DISPENSE, TEST DISPENSE, RESET: what moved.
    Moved(Movement),
    /// PRESENT, RETRACT, PRESENT STATUS: where the notes are.
    Places(Presentation),
    /// The device did not do it and has no record of it: RESULT 01, 02 or 03.
    Refused(Error),
}

/// Reads a reply; nothing when it is not what the command has.
#[must_use]
pub fn read(code: Code, data: &[u8]) -> Option<Meaning> {
    let (result, rest) = data.split_first()?;
    if matches!(*result, 0x01..=NUMBER_USED) {
        return Some(Meaning::Refused(error(*result)?));
    }
    match code {
        Code::Status => status(*result, rest),
        Code::LastStatus => last(rest),
        Code::PresentStatus | Code::Present | Code::Retract => places(data).map(Meaning::Places),
        Code::Mark | Code::Dispense | Code::TestDispense | Code::Reset => {
            movement(*result, rest).map(Meaning::Moved)
        }
    }
}

/// No note moved.
#[must_use]
pub fn nothing() -> Movement {
    let still = |unit| UnitMoved { unit: UnitNo(unit), distributed: 0, rejected: 0 };
    Movement { units: (1..=CASSETTES).map(still).collect(), error: None, counts_in_doubt: false }
}

/// RESULT SHUTTER PLACES.
#[must_use]
pub fn places(data: &[u8]) -> Option<Presentation> {
    let [result, shutter, places @ ..] = data else { return None };
    let shutter = match shutter {
        0 => Shutter::Closed,
        1 => Shutter::Open,
        2 => Shutter::Jammed,
        _ => return None,
    };
    if places.len() != usize::from(CASSETTES).saturating_mul(3) {
        return None;
    }
    let units = (1..=CASSETTES)
        .zip(places.chunks_exact(3))
        .filter_map(|(unit, columns)| match *columns {
            [lying, taken, retracted] => Some(UnitPresented {
                unit: UnitNo(unit),
                lying: u32::from(lying),
                taken: u32::from(taken),
                retracted: u32::from(retracted),
            }),
            _ => None,
        })
        .collect();
    Some(Presentation { shutter, units, error: error(*result), counts_in_doubt: doubts(*result) })
}

fn movement(result: u8, counts: &[u8]) -> Option<Movement> {
    if counts.len() != usize::from(CASSETTES).saturating_mul(2) {
        return None;
    }
    let units = (1..=CASSETTES)
        .zip(counts.chunks_exact(2))
        .filter_map(|(unit, columns)| match *columns {
            [stacked, rejected] => Some(UnitMoved {
                unit: UnitNo(unit),
                distributed: u32::from(stacked),
                rejected: u32::from(rejected),
            }),
            _ => None,
        })
        .collect();
    Some(Movement { units, error: error(result), counts_in_doubt: doubts(result) })
}

fn last(rest: &[u8]) -> Option<Meaning> {
    let [command, high, low, result, counts @ ..] = rest else { return None };
    let command = match Code::from_byte(*command) {
        Some(Code::Mark) => LastCommand::Marker,
        Some(Code::Dispense) => LastCommand::Dispense,
        Some(
            Code::Status
            | Code::LastStatus
            | Code::PresentStatus
            | Code::Present
            | Code::Retract
            | Code::TestDispense
            | Code::Reset,
        )
        | None => LastCommand::Other,
    };
    let number = u16::from_be_bytes([*high, *low]);
    Some(Meaning::Last { command, number, movement: movement(*result, counts)? })
}

/// SHUTTER EXIT STATE 4 × CASSETTE NAME.
fn status(result: u8, rest: &[u8]) -> Option<Meaning> {
    let [_shutter, _exit, state, one, two, three, four, name @ ..] = rest else { return None };
    if name.is_empty() || !name.iter().all(|byte| matches!(byte, 0x20..=0x7E)) {
        return None;
    }
    let units = (1..=CASSETTES)
        .zip([one, two, three, four])
        .map(|(unit, flags)| UnitReport {
            unit: UnitNo(unit),
            present: flags & 0x01 != 0,
            low: flags & 0x02 != 0,
        })
        .collect();
    let absent = |bit: u8, words: &str| {
        (state & bit == 0).then(|| Error::new(ErrorKind::UserError, format!("presenter: {words} is absent")))
    };
    let error = error(result)
        .or_else(|| absent(0x01, "the reject unit"))
        .or_else(|| absent(0x02, "the retract unit"));
    let name = name.iter().map(|byte| char::from(*byte)).collect();
    Some(Meaning::Status { name, units, error })
}

/// Results after which the device's counts are not believed, and every unknown one.
fn doubts(result: u8) -> bool {
    result != GOOD && (matches!(result, 0x15 | 0x23 | 0x26 | INTERRUPTED) || known(result).is_none())
}

fn error(result: u8) -> Option<Error> {
    if result == GOOD {
        return None;
    }
    let (kind, words) = known(result).unwrap_or((ErrorKind::HardwareError, "not in the protocol"));
    Some(Error::new(kind, format!("presenter result {result:02X}: {words}")))
}

const fn known(result: u8) -> Option<(ErrorKind, &'static str)> {
    use ErrorKind::{HardwareError, MediaJam, UserError};
    Some(match result {
        0x01 => (HardwareError, "command not understood"),
        0x02 => (HardwareError, "data not accepted"),
        0x03 => (HardwareError, "transaction number used before"),
        0x10 => (HardwareError, "no note picked up"),
        0x11 => (MediaJam, "jam on the path"),
        0x12 => (HardwareError, "too many rejects"),
        0x13 => (UserError, "a requested cassette is absent"),
        0x14 => (UserError, "the reject unit is absent"),
        0x15 => (HardwareError, "the counters of the path contradict each other"),
        0x16 => (MediaJam, "notes on the path before the start"),
        0x17 => (HardwareError, "more notes than the stacker holds"),
        0x20 => (HardwareError, "the shutter does not open"),
        0x21 => (HardwareError, "the shutter does not close"),
        0x22 => (HardwareError, "nothing lies at the exit"),
        0x23 => (MediaJam, "a note hangs in the shutter"),
        0x24 => (MediaJam, "presented notes lie at the exit"),
        0x25 => (UserError, "the retract unit is absent"),
        0x26 => (HardwareError, "sensor and retract counter contradict each other"),
        INTERRUPTED => (HardwareError, "ended by loss of power"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_places_are_told_per_cassette() {
        let Some(Meaning::Moved(movement)) = read(Code::Dispense, &[0, 2, 0, 0, 0, 1, 1, 0, 0]) else {
            panic!()
        };
        let units: Vec<_> = movement.units.iter().map(|unit| (unit.distributed, unit.rejected)).collect();
        assert_eq!((units, movement.error), (vec![(2, 0), (0, 0), (1, 1), (0, 0)], None));
        let retracted = [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0];
        let Some(Meaning::Places(places)) = read(Code::Retract, &retracted) else { panic!() };
        assert_eq!((places.lying(), places.taken(), places.retracted()), (0, 2, 1));
        assert_eq!((places.shutter, places.units[2].retracted), (Shutter::Closed, 1));
    }

    #[test]
    fn last_status_names_marker_dispense_or_something_else_and_its_number() {
        for (byte, expected) in [
            (0x10, LastCommand::Marker),
            (0x11, LastCommand::Dispense),
            (0x12, LastCommand::Other),
            (0x00, LastCommand::Other),
        ] {
            let data = [&[0, byte, 1, 2, 0][..], &[0; 8]].concat();
            let read = read(Code::LastStatus, &data);
            assert!(matches!(read, Some(Meaning::Last { command, number: 258, .. }) if command == expected));
        }
    }

    #[test]
    fn results_in_doubt_and_unknown_ones_say_so_and_others_do_not() {
        for result in (0x00u8..=0xFF).filter(|result| !matches!(result, 1..=3)) {
            let data = [&[result][..], &[0; 8]].concat();
            let Some(Meaning::Moved(movement)) = read(Code::Dispense, &data) else { panic!() };
            let doubtful =
                matches!(result, 0x15 | 0x23 | 0x26 | 0xFF) || (result != 0 && known(result).is_none());
            assert_eq!(
                (movement.counts_in_doubt, movement.error.is_none()),
                (doubtful, result == 0),
                "{result:02X}"
            );
        }
    }

    #[test]
    fn a_refusal_has_no_counts_and_another_length_is_not_read() {
        assert!(matches!(read(Code::Dispense, &[3]), Some(Meaning::Refused(_))));
        assert_eq!(read(Code::Dispense, &[0; 8]), None);
        assert_eq!(read(Code::Present, &[0; 13]), None);
        assert_eq!(read(Code::Present, &[&[0, 3][..], &[0; 12]].concat()), None, "no such shutter");
        assert_eq!(read(Code::Status, &[0, 0, 0, 3, 1, 1, 1, 1]), None, "no name");
        assert_eq!(read(Code::LastStatus, &[]), None);
    }

    #[test]
    fn status_tells_absent_and_low_units() {
        let data = [0, 0, 0, 1, 1, 3, 0, 1, b'x'];
        let Some(Meaning::Status { name, units, error }) = read(Code::Status, &data) else { panic!() };
        assert_eq!(name, "x");
        assert!(units[1].low && units[1].present && !units[2].present && !units[0].low);
        assert!(error.unwrap().detail.contains("retract unit"));
    }
}
