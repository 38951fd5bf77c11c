//! What the acceptor's bytes mean in the words of the port (protocols section 3): states and events of POLL, bill table,
//! identity, refusals and faults.

use senim_domain::cash::Denomination;
use senim_hal::cash_acceptor::{Position, Refusal, Stacker};
use senim_hal::{Error, ErrorKind};

/// Bill types that the protocol has room for.
const TYPES: u8 = 24;
/// Part and serial number at the head of an identification.
const PART: usize = 15;
const SERIAL: usize = 12;

/// An answer to POLL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    PowerUp(Option<Position>),
    Initialising,
    Idling,
    Accepting,
    Stacking,
    Returning,
    Disabled,
    Holding,
    Busy,
    Rejecting(u8),
    Full,
    Missing,
    Jammed(u8),
    Cheated,
    Paused,
    Failed(u8),
    Escrow(u8),
    Stacked(u8),
    Returned(u8),
    /// Not documented, or documented with another length.
    Other(u8),
}

impl State {
    /// Reads the data of an answer; nothing for an empty one.
    pub(super) fn read(data: &[u8]) -> Option<Self> {
        Some(match *data {
            [0x10] => Self::PowerUp(None),
            [0x11] => Self::PowerUp(Some(Position::Validator)),
            [0x12] => Self::PowerUp(Some(Position::Stacker)),
            [0x13] => Self::Initialising,
            [0x14] => Self::Idling,
            [0x15] => Self::Accepting,
            [0x17] => Self::Stacking,
            [0x18] => Self::Returning,
            [0x19] => Self::Disabled,
            [0x1A] => Self::Holding,
            [0x1B] | [0x1B, _] => Self::Busy,
            [0x1C, code] => Self::Rejecting(code),
            [0x41] => Self::Full,
            [0x42] => Self::Missing,
            [code @ (0x43 | 0x44)] => Self::Jammed(code),
            [0x45] => Self::Cheated,
            [0x46] => Self::Paused,
            [0x47, code] => Self::Failed(code),
            [0x80, kind] => Self::Escrow(kind),
            [0x81, kind] => Self::Stacked(kind),
            [0x82, kind] => Self::Returned(kind),
            [code, ..] => Self::Other(code),
            [] => return None,
        })
    }

    /// Whether IDENTIFICATION and GET BILL TABLE are allowed.
    pub(super) const fn tells_identity(self) -> bool {
        match self {
            Self::PowerUp(_)
            | Self::Initialising
            | Self::Disabled
            | Self::Full
            | Self::Missing
            | Self::Jammed(_)
            | Self::Cheated
            | Self::Paused
            | Self::Failed(_) => true,
            Self::Idling
            | Self::Accepting
            | Self::Stacking
            | Self::Returning
            | Self::Holding
            | Self::Busy
            | Self::Rejecting(_)
            | Self::Escrow(_)
            | Self::Stacked(_)
            | Self::Returned(_)
            | Self::Other(_) => false,
        }
    }

    /// The stacker as this state shows it; nothing where the state does not tell.
    pub(super) const fn stacker(self) -> Option<Stacker> {
        match self {
            Self::Full => Some(Stacker::Full),
            Self::Missing => Some(Stacker::Missing),
            Self::Initialising | Self::Idling | Self::Disabled | Self::Accepting => Some(Stacker::Ok),
            Self::PowerUp(_)
            | Self::Stacking
            | Self::Returning
            | Self::Holding
            | Self::Busy
            | Self::Rejecting(_)
            | Self::Jammed(_)
            | Self::Cheated
            | Self::Paused
            | Self::Failed(_)
            | Self::Escrow(_)
            | Self::Stacked(_)
            | Self::Returned(_)
            | Self::Other(_) => None,
        }
    }

    /// What stands against taking notes in this state.
    pub(super) fn error(self) -> Option<Error> {
        let (kind, words) = match self {
            Self::PowerUp(None) => (ErrorKind::Starting, "power up (10): a reset is due".to_owned()),
            Self::PowerUp(Some(Position::Validator)) => {
                (ErrorKind::Starting, "power up with a note in the validator (11): a reset is due".to_owned())
            }
            Self::PowerUp(Some(Position::Stacker)) => {
                (ErrorKind::Starting, "power up with a note past recall (12): a reset is due".to_owned())
            }
            Self::Initialising => (ErrorKind::Starting, "initialising (13)".to_owned()),
            Self::Full => (ErrorKind::UserError, "cassette full (41)".to_owned()),
            Self::Missing => (ErrorKind::UserError, "cassette out (42)".to_owned()),
            Self::Jammed(0x43) => (ErrorKind::MediaJam, "note jammed in the validator (43)".to_owned()),
            Self::Jammed(code) => (ErrorKind::MediaJam, format!("note jammed at the cassette ({code:02X})")),
            Self::Cheated => (ErrorKind::FraudAttempt, "cheated (45)".to_owned()),
            Self::Paused => {
                (ErrorKind::UserError, "paused (46): another note follows or holds up the first".to_owned())
            }
            Self::Failed(code) => (ErrorKind::HardwareError, format!("{} (47 {code:02X})", failure(code))),
            Self::Idling
            | Self::Accepting
            | Self::Stacking
            | Self::Returning
            | Self::Disabled
            | Self::Holding
            | Self::Busy
            | Self::Rejecting(_)
            | Self::Escrow(_)
            | Self::Stacked(_)
            | Self::Returned(_)
            | Self::Other(_) => return None,
        };
        Some(error(kind, &words))
    }
}

pub(super) fn error(kind: ErrorKind, words: &str) -> Error {
    Error::new(kind, format!("acceptor: {words}"))
}

const fn failure(code: u8) -> &'static str {
    match code {
        0x50 => "stack motor failure",
        0x51 => "transport motor speed failure",
        0x52 => "transport motor failure",
        0x53 => "aligning motor failure",
        0x54 => "initial cassette status failure",
        0x55 => "optic canal failure",
        0x56 => "magnetic canal failure",
        0x5F => "capacitance canal failure",
        _ => "failure",
    }
}

/// Why a note was pushed back, for a 1Ch code.
pub(super) const fn refusal(code: u8) -> Refusal {
    match code {
        // Insertion, multiplying, conveying.
        0x60 | 0x63 | 0x64 => Refusal::Insertion,
        // Magnetic, identification, verification, optic, capacitance, length, UV; bar codes, which no note has.
        0x61 | 0x65 | 0x66 | 0x67 | 0x69 | 0x6C | 0x6D | 0x92..=0x95 => Refusal::NotRecognised,
        // Inhibit.
        0x68 => Refusal::NotEnabled,
        // A note remains in the head, operation, and what is not documented.
        _ => Refusal::Device,
    }
}

/// Part and serial number of an identification, in printable characters.
pub(super) fn identity(data: &[u8]) -> String {
    let text = |from: usize, length: usize| -> String {
        let bytes = data.iter().skip(from).take(length);
        let text: String =
            bytes.map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { ' ' }).collect();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    format!("{} {}", text(0, PART), text(PART, SERIAL)).trim().to_owned()
}

/// The notes of the national currency by bill type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bills(Vec<(u8, Denomination)>);

impl Bills {
    /// Reads a bill table: five bytes a type, mantissa, country, exponent of ten (bit 7: negative).
    pub(super) fn read(table: &[u8], countries: &[String]) -> Self {
        let types = (0..TYPES).zip(table.chunks_exact(5));
        Self(types.filter_map(|(kind, entry)| Some((kind, denomination(entry, countries)?))).collect())
    }

    /// The note of a type.
    pub(super) fn note(&self, kind: u8) -> Option<Denomination> {
        self.0.iter().find(|(known, _)| *known == kind).map(|(_, note)| *note)
    }

    /// All notes, ascending, each once.
    pub(super) fn notes(&self) -> Vec<Denomination> {
        let notes: std::collections::BTreeSet<_> = self.0.iter().map(|(_, note)| *note).collect();
        notes.into_iter().collect()
    }

    /// The mask of all types of these notes, bit 0 = type 0; or the first note that has none.
    pub(super) fn mask(&self, wanted: &[Denomination]) -> Result<u32, Denomination> {
        match wanted.iter().find(|note| self.0.iter().all(|(_, known)| known != *note)) {
            Some(unknown) => Err(*unknown),
            None => {
                let kinds = self.0.iter().filter(|(_, note)| wanted.contains(note));
                Ok(kinds.fold(0, |mask, (kind, _)| mask | bit(*kind)))
            }
        }
    }
}

fn denomination(entry: &[u8], countries: &[String]) -> Option<Denomination> {
    let [mantissa, country @ .., exponent] = entry else { return None };
    if !countries.iter().any(|known| known.as_bytes() == country) {
        return None;
    }
    let power = 10_u32.checked_pow(u32::from(exponent & 0x7F))?;
    let mantissa = u32::from(*mantissa);
    let value = if exponent & 0x80 == 0 {
        mantissa.checked_mul(power)?
    } else {
        Some(mantissa).filter(|mantissa| mantissa.is_multiple_of(power))?.checked_div(power)?
    };
    Some(Denomination(value)).filter(|note| note.0 > 0)
}

/// The bit of a bill type in a mask; none for a number that is no type.
pub(super) const fn bit(kind: u8) -> u32 {
    if kind < TYPES { 1 << kind } else { 0 }
}

/// Every type, for the escrow of a mouth that closes: a note that is being drawn in by then is asked for, too. Without it
/// the device stacks the note by itself, and its owner has paid nobody.
pub(super) const EVERY_TYPE: u32 = 0x00FF_FFFF;

/// Parameters of ENABLE BILL TYPES: types that are taken, and types that go through escrow.
pub(super) fn masks(taken: u32, escrow: u32) -> [u8; 6] {
    let [_, high, middle, low] = taken.to_be_bytes();
    let [_, escrow_high, escrow_middle, escrow_low] = escrow.to_be_bytes();
    [high, middle, low, escrow_high, escrow_middle, escrow_low]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn countries() -> Vec<String> {
        vec!["KAZ".to_owned(), "KZT".to_owned()]
    }

    fn table(entries: &[(u8, &str, u8)]) -> Vec<u8> {
        let mut table: Vec<u8> = entries
            .iter()
            .flat_map(|(mantissa, country, exponent)| {
                [vec![*mantissa], country.as_bytes().to_vec(), vec![*exponent]].concat()
            })
            .collect();
        table.resize(120, 0);
        table
    }

    #[test]
    fn a_bill_table_gives_whole_tenge_of_the_accepted_countries() {
        let entries = [
            (2, "KAZ", 2),
            (5, "KZT", 3),
            (1, "USD", 2),
            (200, "KAZ", 0x81),
            (25, "KAZ", 0x81),
            (1, "KAZ", 99),
        ];
        let bills = Bills::read(&table(&entries), &countries());
        assert_eq!(bills.notes(), [20, 200, 5_000].map(Denomination));
        assert_eq!((bills.note(1), bills.note(2)), (Some(Denomination(5_000)), None));
    }

    #[test]
    fn every_type_of_a_wanted_note_is_in_the_mask_and_no_other() {
        let bills = Bills::read(&table(&[(2, "KAZ", 2), (5, "KAZ", 2), (2, "KZT", 2)]), &countries());
        assert_eq!(bills.mask(&[Denomination(200)]), Ok(0b101));
        assert_eq!(bills.mask(&[Denomination(200), Denomination(20_000)]), Err(Denomination(20_000)));
        let types = 1 << 23 | 1 << 8 | 1;
        assert_eq!(masks(types, types), [0x80, 0x01, 0x01, 0x80, 0x01, 0x01]);
        assert_eq!(masks(0, EVERY_TYPE), [0, 0, 0, 0xFF, 0xFF, 0xFF]);
        assert_eq!((bit(23), bit(24), bit(255)), (1 << 23, 0, 0));
    }

    #[test]
    fn refusals_are_what_the_person_can_do_about_them() {
        let rows = [
            (Refusal::Insertion, vec![0x60, 0x63, 0x64]),
            (Refusal::NotRecognised, vec![0x61, 0x65, 0x66, 0x67, 0x69, 0x6C, 0x6D, 0x92, 0x93, 0x94, 0x95]),
            (Refusal::NotEnabled, vec![0x68]),
            (Refusal::Device, vec![0x62, 0x6A, 0x6B, 0x00, 0xFF]),
        ];
        for (expected, codes) in rows {
            assert!(codes.iter().all(|code| refusal(*code) == expected), "{expected:?}");
        }
    }

    #[test]
    fn every_byte_pair_is_some_state_and_only_documented_ones_are_known() {
        for first in 0..=u8::MAX {
            let one = State::read(&[first]).unwrap();
            let two = State::read(&[first, 0x50]).unwrap();
            let other = State::Other(first);
            let documented = matches!(first, 0x10..=0x15 | 0x17..=0x1C | 0x41..=0x47 | 0x80..=0x82);
            assert_eq!(one != other || two != other, documented, "{first:02x}");
        }
        assert_eq!(State::read(&[]), None);
    }

    #[test]
    fn an_identity_is_printable_whatever_was_sent() {
        let mut data = b"SM-KZ1234\0\0\0\0\0\x01221KC12345678".to_vec();
        data.truncate(27);
        assert_eq!(identity(&data), "SM-KZ1234 221KC1234567");
        assert_eq!(identity(&[]), "");
    }
}
