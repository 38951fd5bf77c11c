//! What LCDM-2000 reply data mean in the words of the port: counters, cassettes, errors (protocols section 1.3).
//!
//! Money given is EXIT, what left the machine, and never CHK, what was picked up. A reply whose fields are not digits
//! is not read at all: it is damage that the check byte did not see. Counters that are digits and contradict each
//! other (more out than picked up, a good end with other notes than asked for) are read and put in doubt: the device
//! may have been built with the other order of fields, and guessing here would pay wrong.

use senim_domain::cash::{UnitMoved, UnitNo};
use senim_hal::cash_dispenser::{Movement, UnitReport};
use senim_hal::{Error, ErrorKind};

use super::codec::{Code, Reply};
use super::{CombinedReply, Config, SensorBits};

/// The upper cassette.
pub const UPPER: UnitNo = UnitNo(1);
/// The lower cassette.
pub const LOWER: UnitNo = UnitNo(2);

/// ERR: no error.
const GOOD: u8 = 0x30;
/// ERR: ended normally.
const NORMAL_STOP: u8 = 0x31;

/// A reply understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// STATUS.
    Status {
        /// Upper and lower cassette.
        units: Vec<UnitReport>,
        /// ERR, an absent reject tray, or a blocked path.
        error: Option<Error>,
    },
    /// ROM VERSION: its eight characters.
    Version(String),
    /// DISPENSE, TEST DISPENSE: what moved.
    Moved(Movement),
    /// PURGE: how it ended; it counts nothing.
    Ended(Option<Error>),
}

/// Reads a reply to a command that asked for these notes of the upper and lower cassette; nothing when it cannot be
/// what the device says.
#[must_use]
pub fn read(reply: &Reply, config: &Config, asked: [u8; 2]) -> Option<Meaning> {
    let data = reply.data.as_slice();
    match reply.code {
        Code::Purge => Some(Meaning::Ended(error(*data.first()?))),
        Code::Status => status(data, config.sensor_bits),
        Code::RomVersion => version(data),
        Code::DispenseUpper => one(data, UPPER, asked),
        Code::DispenseLower => one(data, LOWER, asked),
        Code::TestUpper => one(data, UPPER, [0, 0]),
        Code::TestLower => one(data, LOWER, [0, 0]),
        Code::DispenseBoth => both(data, config.combined_reply, asked),
    }
}

/// A movement of which nothing is known.
#[must_use]
pub fn uncounted(error: Option<Error>) -> Movement {
    Movement { counts_in_doubt: true, error, ..nothing() }
}

/// No note moved.
#[must_use]
pub fn nothing() -> Movement {
    let still = |unit| UnitMoved { unit, distributed: 0, rejected: 0 };
    Movement { units: vec![still(UPPER), still(LOWER)], error: None, counts_in_doubt: false }
}

/// Counters of one cassette.
struct Counters {
    unit: UnitNo,
    checked: u32,
    exited: u32,
    rejected: u32,
}

/// CHK EXIT ERR STAT REJ.
fn one(data: &[u8], unit: UnitNo, asked: [u8; 2]) -> Option<Meaning> {
    let [c1, c2, e1, e2, err, _near_end, r1, r2] = *data else { return None };
    let counters =
        Counters { unit, checked: count([c1, c2])?, exited: count([e1, e2])?, rejected: count([r1, r2])? };
    Some(Meaning::Moved(movement(err, &[counters], asked)))
}

/// CHKu EXITu CHKl EXITl ERR STATu STATl REJu REJl, or with the middle two exchanged.
fn both(data: &[u8], layout: CombinedReply, asked: [u8; 2]) -> Option<Meaning> {
    let [a1, a2, b1, b2, c1, c2, d1, d2, err, _near_end_upper, _near_end_lower, u1, u2, l1, l2] = *data
    else {
        return None;
    };
    let (first, second, third, fourth) =
        (count([a1, a2])?, count([b1, b2])?, count([c1, c2])?, count([d1, d2])?);
    let (checked, exited) = match layout {
        CombinedReply::PerCassette => ([first, third], [second, fourth]),
        CombinedReply::PerSensor => ([first, second], [third, fourth]),
    };
    let [upper_checked, lower_checked] = checked;
    let [upper_exited, lower_exited] = exited;
    let counters = [
        Counters { unit: UPPER, checked: upper_checked, exited: upper_exited, rejected: count([u1, u2])? },
        Counters { unit: LOWER, checked: lower_checked, exited: lower_exited, rejected: count([l1, l2])? },
    ];
    Some(Meaning::Moved(movement(err, &counters, asked)))
}

fn movement(err: u8, counters: &[Counters], asked: [u8; 2]) -> Movement {
    let mut units = nothing().units;
    for moved in &mut units {
        if let Some(counted) = counters.iter().find(|counted| counted.unit == moved.unit) {
            *moved = UnitMoved { unit: moved.unit, distributed: counted.exited, rejected: counted.rejected };
        }
    }
    let error = error(err);
    let as_asked = units.iter().zip(asked).all(|(moved, asked)| moved.distributed == u32::from(asked));
    let contradiction =
        counters.iter().any(|counted| counted.exited > counted.checked) || (error.is_none() && !as_asked);
    Movement { counts_in_doubt: contradiction || doubts(err), units, error }
}

fn count(digits: [u8; 2]) -> Option<u32> {
    digits.into_iter().try_fold(0u32, |sum, digit| {
        let value = char::from(digit).to_digit(10)?;
        sum.checked_mul(10)?.checked_add(value)
    })
}

/// 30h ERR SENS0 SENS1.
fn status(data: &[u8], bits: SensorBits) -> Option<Meaning> {
    let [b'0', err, first, second] = *data else { return None };
    // Bit 7 is set in both so that they stay clear of control bytes.
    if first & second & 0x80 == 0 {
        return None;
    }
    // Switches of cassettes and tray are open when the part is out; only the light barriers may be wired otherwise.
    let (first, barriers) = match bits {
        SensorBits::SetIsDark => (first, second),
        SensorBits::SetIsLight => (!first, !second),
    };
    let unit = |unit, absent: bool, low: bool| UnitReport { unit, present: !absent, low };
    let set = |byte: u8, bit: u8| byte >> bit & 1 == 1;
    let units =
        vec![unit(UPPER, set(second, 1), set(first, 6)), unit(LOWER, set(second, 2), set(barriers, 5))];
    let error = error(err).or_else(|| no_reject_tray(set(second, 6))).or_else(|| blocked(first, barriers));
    Some(Meaning::Status { units, error })
}

fn no_reject_tray(absent: bool) -> Option<Error> {
    absent.then(|| Error::new(ErrorKind::UserError, "LCDM-2000: the reject tray is absent"))
}

fn blocked(first: u8, second: u8) -> Option<Error> {
    let sensors = [
        (first, 0, "CHK1"),
        (first, 1, "CHK2"),
        (first, 2, "DIV1"),
        (first, 3, "DIV2"),
        (first, 4, "EJT"),
        (first, 5, "EXIT"),
        (second, 3, "CHK3"),
        (second, 4, "CHK4"),
    ];
    let dark: Vec<&str> =
        sensors.iter().filter_map(|(byte, bit, name)| (byte >> bit & 1 == 1).then_some(*name)).collect();
    let words = || format!("LCDM-2000: note path blocked at: {}", dark.join(", "));
    (!dark.is_empty()).then(|| Error::new(ErrorKind::MediaJam, words()))
}

/// Eight printing characters; where in them O and T stand differs between sources.
fn version(data: &[u8]) -> Option<Meaning> {
    let printing = data.iter().all(|byte| matches!(byte, 0x20..=0x7E));
    printing.then(|| Meaning::Version(data.iter().map(|byte| char::from(*byte)).collect()))
}

/// Errors after which the device's counters are not believed (design section 3), and every unknown one.
fn doubts(err: u8) -> bool {
    !matches!(err, GOOD | NORMAL_STOP) && (matches!(err, 0x3A | 0x3C | 0x3D) || known(err).is_none())
}

fn error(err: u8) -> Option<Error> {
    if matches!(err, GOOD | NORMAL_STOP) {
        return None;
    }
    let (kind, words) = known(err).unwrap_or((ErrorKind::HardwareError, "not in the manual"));
    Some(Error::new(kind, format!("LCDM-2000 error {err:02X}: {words}")))
}

const fn known(err: u8) -> Option<(ErrorKind, &'static str)> {
    use ErrorKind::{HardwareError, MediaJam, UserError};
    Some(match err {
        0x32 => (HardwareError, "no note picked up"),
        0x33 => (MediaJam, "jam at check sensor 1 or 2"),
        0x34 => (HardwareError, "overflow"),
        0x35 => (MediaJam, "jam at exit or ejector"),
        0x36 => (MediaJam, "jam at the diverter"),
        0x37 => (HardwareError, "command not understood"),
        0x38 => (UserError, "the upper cassette is empty"),
        0x3A => (HardwareError, "count mismatch between check sensors 3 and 4 and diverter"),
        0x3B => (HardwareError, "note request"),
        0x3C => (HardwareError, "count mismatch between diverter and ejector"),
        0x3D => (HardwareError, "count mismatch between ejector and exit"),
        0x3F => (UserError, "the reject tray is absent"),
        0x40 => (UserError, "the lower cassette is empty"),
        0x41 => (HardwareError, "the motor stopped"),
        0x42 => (MediaJam, "jam at the diverter"),
        0x43 => (MediaJam, "a note did not come from diverter to ejector in time"),
        0x44 => (HardwareError, "too many rejects"),
        0x45 => (UserError, "the upper cassette is absent"),
        0x46 => (UserError, "the lower cassette is absent"),
        0x47 => (HardwareError, "dispensing took too long"),
        0x48 => (MediaJam, "jam at the ejector"),
        0x49 => (HardwareError, "diverter solenoid"),
        0x4A => (HardwareError, "solenoid sensor"),
        0x4C => (MediaJam, "jam at check sensor 3 or 4"),
        0x4E => (HardwareError, "purge"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(code: Code, data: &str, layout: CombinedReply, asked: [u8; 2]) -> Option<Movement> {
        let config = Config { combined_reply: layout, ..Config::default() };
        match read(&Reply { code, data: data.as_bytes().to_vec() }, &config, asked)? {
            Meaning::Moved(movement) => Some(movement),
            other => panic!("{other:?}"),
        }
    }

    fn counted(movement: &Movement) -> Vec<(u8, u32, u32)> {
        movement.units.iter().map(|unit| (unit.unit.0, unit.distributed, unit.rejected)).collect()
    }

    #[test]
    fn money_given_is_exit_and_not_what_was_picked_up() {
        let jam = moved(Code::DispenseUpper, "10073001", CombinedReply::PerCassette, [10, 0]).unwrap();
        assert_eq!((counted(&jam), jam.counts_in_doubt), (vec![(1, 7, 1), (2, 0, 0)], false));
        assert!(jam.error.unwrap().detail.contains("33"));
        let lower = moved(Code::DispenseLower, "06050001", CombinedReply::PerCassette, [0, 5]).unwrap();
        assert_eq!(counted(&lower), vec![(1, 0, 0), (2, 5, 1)]);
    }

    #[test]
    fn the_combined_reply_is_read_in_the_order_that_is_set() {
        // Picked up 9 and 4, left 7 and 3, rejected 2 and 1.
        let per_cassette = "090704033000201";
        let per_sensor = "090407033000201";
        for (data, layout) in
            [(per_cassette, CombinedReply::PerCassette), (per_sensor, CombinedReply::PerSensor)]
        {
            let movement = moved(Code::DispenseBoth, data, layout, [9, 4]).unwrap();
            assert_eq!(counted(&movement), vec![(1, 7, 2), (2, 3, 1)], "{layout:?}");
            assert!(!movement.counts_in_doubt);
        }
    }

    #[test]
    fn a_reply_in_the_order_that_is_not_set_is_put_in_doubt_where_it_shows() {
        let jam = moved(Code::DispenseBoth, "090407033000201", CombinedReply::PerCassette, [9, 4]).unwrap();
        assert_eq!((counted(&jam)[0].1, jam.counts_in_doubt), (4, false), "an error with fitting counters");
        let good = moved(Code::DispenseBoth, "090409040000000", CombinedReply::PerCassette, [9, 4]).unwrap();
        assert!(good.counts_in_doubt, "a good end with other notes than asked for");
        let more = moved(Code::DispenseBoth, "020403040000000", CombinedReply::PerCassette, [4, 4]).unwrap();
        assert!(more.counts_in_doubt, "more left than was picked up");
    }

    #[test]
    fn errors_that_put_counts_in_doubt_and_unknown_ones_say_so_and_others_do_not() {
        for code in 0x20u8..=0xFF {
            let mut data = b"0707?000".to_vec();
            data[4] = code;
            let reply = Reply { code: Code::DispenseUpper, data };
            let Some(Meaning::Moved(movement)) = read(&reply, &Config::default(), [7, 0]) else { panic!() };
            let good = matches!(code, 0x30 | 0x31);
            let doubtful = matches!(code, 0x3A | 0x3C | 0x3D) || (!good && known(code).is_none());
            assert_eq!((movement.counts_in_doubt, movement.error.is_none()), (doubtful, good), "{code:02X}");
        }
    }

    #[test]
    fn fields_that_are_no_digits_are_not_read() {
        for data in ["1x100000", "10 00000", "101000:0", "1010000"] {
            assert_eq!(moved(Code::DispenseUpper, data, CombinedReply::PerCassette, [10, 0]), None, "{data}");
        }
    }

    #[test]
    fn status_tells_removed_and_low_cassettes_an_absent_tray_and_a_blocked_path() {
        let status_with = |sensor_bits, bytes: [u8; 4]| {
            let reply = Reply { code: Code::Status, data: bytes.to_vec() };
            match read(&reply, &Config { sensor_bits, ..Config::default() }, [0, 0]) {
                Some(Meaning::Status { units, error }) => Some((units, error.map(|error| error.detail))),
                _ => None,
            }
        };
        let status = |bytes| status_with(SensorBits::SetIsDark, bytes);
        let (units, error) = status([0x30, 0x30, 0x80, 0x80]).unwrap();
        assert!(units.iter().all(|unit| unit.present && !unit.low) && error.is_none());
        let (units, _) = status([0x30, 0x30, 0xC0, 0x84]).unwrap();
        assert!(units[0].low && units[0].present && !units[1].present && !units[1].low);
        assert!(status([0x30, 0x30, 0x80, 0xC0]).unwrap().1.unwrap().contains("reject tray"));
        assert!(status([0x30, 0x30, 0xA0, 0x80]).unwrap().1.unwrap().contains("EXIT"));
        assert!(status([0x30, 0x45, 0x80, 0x82]).unwrap().1.unwrap().contains("45"));
        let (units, error) = status_with(SensorBits::SetIsLight, [0x30, 0x30, 0xFF, 0xB8]).unwrap();
        assert!(units[0].present && !units[0].low && !units[1].low && error.is_none());
        assert_eq!(status([0x31, 0x30, 0x80, 0x80]), None);
        assert_eq!(status([0x30, 0x30, 0x00, 0x80]), None);
    }
}
