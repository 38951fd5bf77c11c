//! What LCDM-4000 reply data mean in the words of the port: counters, cassettes, errors (protocols section 1.4).
//!
//! Counters belong to the cassette that TYPE names, not to the slot in the frame. A reply whose fields contradict
//! each other is not read at all: it is damage that the check byte did not see.

use senim_domain::cash::{UnitMoved, UnitNo};
use senim_hal::cash_dispenser::{LastCommand, Movement, UnitReport};
use senim_hal::{Error, ErrorKind};

use super::codec::{BASE, Code, Reply};

/// TYPE of a slot whose cassette is out.
const REMOVED: u8 = 0x30;
/// Slots in every frame, whatever is fitted.
const SLOTS: u8 = 4;
/// STAT bit: near its end.
const NEAR_END: u8 = 0x08;

/// A reply understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// STATUS.
    Status {
        /// Cassettes in unit order.
        units: Vec<UnitReport>,
        /// ERR, or a blocked path.
        error: Option<Error>,
    },
    /// PURGE, DISPENSE, TEST DISPENSE: what moved.
    Moved(Movement),
    /// LAST STATUS.
    Last {
        /// Which command it speaks of.
        command: LastCommand,
        /// What that moved.
        movement: Movement,
    },
    /// RESET: how it ended; it counts nothing.
    Ended(Option<Error>),
    /// Serial number of the last dispense.
    Serial(u8),
}

/// Reads a reply; nothing when its fields contradict each other. `cassettes` is how many are fitted.
#[must_use]
pub fn read(reply: &Reply, cassettes: u8) -> Option<Meaning> {
    let data = reply.data.as_slice();
    match reply.code {
        Code::Reset => Some(Meaning::Ended(error(*data.first()?)?)),
        Code::Status => status(data, cassettes),
        Code::Purge | Code::Dispense | Code::TestDispense => movement(data, cassettes).map(Meaning::Moved),
        Code::LastStatus => last_status(data, cassettes),
        Code::SerialNumber => match error(*data.first()?)? {
            None => Some(Meaning::Serial(data.get(1)?.checked_sub(BASE)?)),
            Some(error) => Some(Meaning::Ended(Some(error))),
        },
    }
}

fn last_status(data: &[u8], cassettes: u8) -> Option<Meaning> {
    let (command, rest) = data.split_first()?;
    let command = match Code::from_byte(*command) {
        Some(Code::Purge) => LastCommand::Marker,
        Some(Code::Dispense) => LastCommand::Dispense,
        Some(Code::TestDispense | Code::Reset | Code::Status | Code::LastStatus | Code::SerialNumber)
        | None => LastCommand::Other,
    };
    match (movement(rest, cassettes), command) {
        (Some(movement), command) => Some(Meaning::Last { command, movement }),
        // After power-up the device may have no counters to show; of another command none are asked.
        (None, LastCommand::Other) => Some(Meaning::Last { command, movement: uncounted(cassettes, None) }),
        (None, LastCommand::Marker | LastCommand::Dispense) => None,
    }
}

/// A movement of which nothing is known.
#[must_use]
pub fn uncounted(cassettes: u8, error: Option<Error>) -> Movement {
    let units =
        (1..=cassettes).map(|unit| UnitMoved { unit: UnitNo(unit), distributed: 0, rejected: 0 }).collect();
    Movement { units, error, counts_in_doubt: true }
}

fn movement(data: &[u8], cassettes: u8) -> Option<Movement> {
    let (err, rest) = data.split_first()?;
    let error = error(*err)?;
    // rest: MISS, then EXIT REJ TYPE per slot.
    let mut units = Vec::with_capacity(usize::from(SLOTS));
    for (slot, counters) in (1..=SLOTS).zip(rest.get(1..)?.chunks_exact(3)) {
        let [exit, rejected, position] = counters else { return None };
        units.push(UnitMoved {
            unit: unit_of(slot, *position)?,
            distributed: u32::from(exit.checked_sub(BASE)?),
            rejected: u32::from(rejected.checked_sub(BASE)?),
        });
    }
    units.sort_by_key(|moved| moved.unit);
    if units.len() != usize::from(SLOTS)
        || units.windows(2).any(|pair| matches!(pair, [a, b] if a.unit == b.unit))
    {
        return None;
    }
    units.retain(|moved| moved.unit.0 <= cassettes || moved.distributed > 0 || moved.rejected > 0);
    Some(Movement { units, counts_in_doubt: doubts(*err), error })
}

fn status(data: &[u8], cassettes: u8) -> Option<Meaning> {
    let [err, path, slots @ ..] = data else { return None };
    let mut units = Vec::with_capacity(usize::from(SLOTS));
    for (slot, fields) in (1..=SLOTS).zip(slots.chunks_exact(4)) {
        let [state, position, _opacity, _length] = fields else { return None };
        units.push(UnitReport {
            unit: unit_of(slot, *position)?,
            present: *position != REMOVED,
            low: state & NEAR_END != 0,
        });
    }
    units.sort_by_key(|report| report.unit);
    if units.windows(2).any(|pair| matches!(pair, [a, b] if a.unit == b.unit)) {
        return None;
    }
    units.retain(|report| report.unit.0 <= cassettes);
    Some(Meaning::Status { units, error: error(*err)?.or_else(|| blocked(*path)) })
}

fn unit_of(slot: u8, position: u8) -> Option<UnitNo> {
    match position {
        REMOVED => Some(UnitNo(slot)),
        0x31..=0x34 => Some(UnitNo(position.saturating_sub(REMOVED))),
        _ => None,
    }
}

fn blocked(path: u8) -> Option<Error> {
    let names = ["left diverter", "right diverter", "ejector", "exit", "reject tray"];
    let dark: Vec<&str> =
        names.iter().enumerate().filter_map(|(bit, name)| (path >> bit & 1 == 1).then_some(*name)).collect();
    (!dark.is_empty())
        .then(|| Error::new(ErrorKind::MediaJam, format!("note path blocked at: {}", dark.join(", "))))
}

/// Errors after which the device's counters are not believed (design section 3), and every unknown one.
fn doubts(err: u8) -> bool {
    let Some(code) = err.checked_sub(BASE) else { return true };
    code != 0 && (matches!(code, 0x05..=0x08 | 0x40..=0x43) || known(code).is_none())
}

/// The error of an ERR byte; the outer `None` when the byte cannot be one.
#[expect(
    clippy::option_option,
    reason = "the outer level is damage, the inner one is the device's own good news"
)]
fn error(err: u8) -> Option<Option<Error>> {
    let code = err.checked_sub(BASE)?;
    if code == 0 {
        return Some(None);
    }
    let (kind, words) = known(code).unwrap_or((ErrorKind::HardwareError, "not in the manual"));
    Some(Some(Error::new(kind, format!("LCDM-4000 error {code:02X}: {words}"))))
}

const fn known(code: u8) -> Option<(ErrorKind, &'static str)> {
    use ErrorKind::{HardwareError, MediaJam, UserError};
    Some(match code {
        0x01 => (HardwareError, "no note picked up"),
        0x02 => (MediaJam, "jam between check sensor and diverter"),
        0x03 => (MediaJam, "jam between diverter and ejector"),
        0x04 => (MediaJam, "jam between ejector and exit"),
        0x05 => (MediaJam, "a note stays in the exit"),
        0x06 => (HardwareError, "a suspected note was ejected"),
        0x07 => (HardwareError, "count mismatch at the ejector"),
        0x08 => (HardwareError, "a note to be rejected passed the ejector"),
        0x09 => (MediaJam, "a note is too long at the ejector"),
        0x0A => (MediaJam, "a note is too long at the exit"),
        0x0B => (MediaJam, "notes on the path before the start"),
        0x0C => (HardwareError, "too many notes asked for"),
        0x0D => (HardwareError, "too many rejects"),
        0x0E => (HardwareError, "purge aborted"),
        0x20 | 0x21 => (HardwareError, "sensor trouble before the start"),
        0x22 => (HardwareError, "solenoid"),
        0x23 => (HardwareError, "motor or slit sensor"),
        0x24 => (UserError, "a requested cassette is absent"),
        0x25 => (UserError, "a cassette is near its end"),
        0x26 => (UserError, "the reject tray is absent"),
        0x30 => (HardwareError, "command not understood"),
        0x31 => (HardwareError, "parameter not accepted"),
        0x32 => (HardwareError, "verification not available"),
        0x33 => (HardwareError, "flash write"),
        0x34 => (HardwareError, "verification failed"),
        0x35 => (HardwareError, "EEPROM write"),
        0x36 => (HardwareError, "EEPROM checksum"),
        0x40 => (HardwareError, "a note of the wrong cassette was detected (1)"),
        0x41 => (HardwareError, "a note of the wrong cassette was detected (2)"),
        0x42 => (HardwareError, "a note of the wrong cassette was detected (3)"),
        0x43 => (HardwareError, "a note of the wrong cassette was detected (4)"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(code: Code, text: &str) -> Reply {
        Reply { code, data: text.split_whitespace().map(|b| u8::from_str_radix(b, 16).unwrap()).collect() }
    }

    fn moved(text: &str) -> Option<Movement> {
        match read(&reply(Code::Purge, text), 4)? {
            Meaning::Moved(movement) => Some(movement),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn counters_belong_to_the_cassette_that_type_names() {
        let movement = moved("20 30 22 20 34 23 21 33 20 20 32 21 20 31").unwrap();
        let units: Vec<_> = movement.units.iter().map(|u| (u.unit.0, u.distributed, u.rejected)).collect();
        assert_eq!(units, vec![(1, 1, 0), (2, 0, 0), (3, 3, 1), (4, 2, 0)]);
        assert_eq!((movement.error, movement.counts_in_doubt), (None, false));
    }

    #[test]
    fn a_removed_cassette_keeps_its_slot_and_contradictions_are_not_read() {
        assert_eq!(moved("20 30 20 20 31 20 20 30 20 20 33 20 20 34").unwrap().units.len(), 4);
        assert_eq!(moved("20 30 20 20 31 20 20 31 20 20 33 20 20 34"), None, "one cassette twice");
        assert_eq!(moved("20 30 20 20 35 20 20 32 20 20 33 20 20 34"), None, "no such position");
        assert_eq!(moved("20 30 1f 20 31 20 20 32 20 20 33 20 20 34"), None, "a counter below zero");
        assert_eq!(moved("1f 30 20 20 31 20 20 32 20 20 33 20 20 34"), None, "an error below zero");
    }

    #[test]
    fn errors_that_put_counts_in_doubt_say_so_and_others_do_not() {
        for code in 1u8..=0xDF {
            let text = format!("{:02x} 30 20 20 31 20 20 32 20 20 33 20 20 34", code + BASE);
            let movement = moved(&text).unwrap();
            let doubtful = (5..=8).contains(&code) || (0x40..=0x43).contains(&code) || known(code).is_none();
            assert_eq!(movement.counts_in_doubt, doubtful, "code {code:02X}");
            assert!(movement.error.unwrap().detail.contains(&format!("{code:02X}")));
        }
    }

    #[test]
    fn status_tells_removed_and_low_cassettes_and_a_blocked_path() {
        let read = read(&reply(Code::Status, "20 28 28 31 2a 60 20 30 2a 60 20 33 2a 60 20 34 2a 60"), 2);
        let Some(Meaning::Status { units, error }) = read else { panic!() };
        assert_eq!(units.len(), 2);
        assert!(units[0].present && units[0].low && !units[1].present);
        assert!(error.unwrap().detail.contains("exit"));
    }

    #[test]
    fn last_status_names_marker_dispense_or_something_else() {
        let counters = "20 30 20 20 31 20 20 32 20 20 33 20 20 34";
        for (byte, expected) in [
            ("51", LastCommand::Marker),
            ("52", LastCommand::Dispense),
            ("53", LastCommand::Other),
            ("20", LastCommand::Other),
        ] {
            let read = read(&reply(Code::LastStatus, &format!("{byte} {counters}")), 4);
            assert!(matches!(read, Some(Meaning::Last { command, .. }) if command == expected));
        }
        let nothing = read(&reply(Code::LastStatus, "20 20 20 20 20 20 20 20 20 20 20 20 20 20 20"), 4);
        assert!(
            matches!(nothing, Some(Meaning::Last { command: LastCommand::Other, movement }) if movement.counts_in_doubt)
        );
    }
}
