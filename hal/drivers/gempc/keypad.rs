//! A PIN on the reader's own keys: the message that asks for it (CCID 1.1, section 6.1.11, PIN verification) and what the
//! reader says instead of an answer of the card.
//!
//! The reader shows its own words, takes digits, puts them into the command and gives that to the card. GemPC PinPad takes one
//! message and one way to confirm, its key for that, and refuses everything else.

use senim_domain::SecretBytes;
use senim_hal::card_reader::{NotTyped, PinEntry};

/// PIN verification, not modification.
const VERIFY: u8 = 0x00;
/// Bytes count; the PIN begins with the first byte of the command's data, left-justified, in ASCII.
const FORMAT: u8 = 0x82;
/// The command's length byte stays as it is.
const LENGTH_FORMAT: u8 = 0x00;
/// The key that confirms ends the PIN.
const CONFIRMED: u8 = 0x02;
/// One message on the reader's display.
const MESSAGES: u8 = 0x01;
/// English of the United States: of the languages that every reader of the kind has.
const LANGUAGE: [u8; 2] = [0x09, 0x04];
/// The first message: enter your PIN.
const MESSAGE: u8 = 0x00;
/// Header of a command APDU and its length byte.
const HEADER: usize = 5;
/// Nobody finished in time (PIN_TIMEOUT).
const TIMED_OUT: u8 = 0xF0;
/// The key that gives up (PIN_CANCELLED).
const CANCELLED: u8 = 0xEF;

/// The data of the message. The beginning of a T=1 block is that of the block which carries the command; zeros for T=0.
pub(super) fn message(entry: &PinEntry, prologue: [u8; 3]) -> SecretBytes {
    let command = entry.command.expose();
    // At most 15 bytes of a PIN can be asked for; whoever began the entry has looked.
    let block = u8::try_from(command.len().saturating_sub(HEADER)).unwrap_or(u8::MAX) & 0x0F;
    let (least, most) = entry.digits;
    let mut data = Vec::with_capacity(command.len().saturating_add(15));
    data.extend([VERIFY, entry.seconds, FORMAT, block, LENGTH_FORMAT, most, least, CONFIRMED, MESSAGES]);
    data.extend(LANGUAGE);
    data.push(MESSAGE);
    data.extend(prologue);
    data.extend_from_slice(command);
    SecretBytes::new(data)
}

/// Whether an entry can be asked for: a command with 1 to 15 bytes of data, as many digits as go in, and a time.
pub(super) fn fits(entry: &PinEntry) -> bool {
    let command = entry.command.expose();
    let (least, most) = entry.digits;
    let [_, _, _, _, length, data @ ..] = command else { return false };
    usize::from(*length) == data.len()
        && (1..=15).contains(length)
        && (1..=*length).contains(&most)
        && (1..=most).contains(&least)
        && entry.seconds > 0
}

/// What an error of the reader says of the person at its keys; nothing for any other one.
pub(super) const fn not_typed(error: u8) -> Option<NotTyped> {
    match error {
        TIMED_OUT => Some(NotTyped::TimedOut),
        CANCELLED => Some(NotTyped::Cancelled),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// VERIFY of a PIN of up to eight digits.
    fn entry() -> PinEntry {
        let mut command = vec![0x00, 0x20, 0x00, 0x80, 0x08];
        command.extend([0xFF; 8]);
        PinEntry { command: SecretBytes::new(command), digits: (6, 8), seconds: 30 }
    }

    #[test]
    fn the_message_is_that_of_the_specification_byte_for_byte() {
        let told = message(&entry(), [0x00, 0x40, 0x0D]);
        let wanted = [
            0x00, 30, 0x82, 0x08, 0x00, 8, 6, 0x02, 0x01, 0x09, 0x04, 0x00, 0x00, 0x40, 0x0D, 0x00, 0x20,
            0x00, 0x80, 0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        ];
        assert_eq!(told.expose(), wanted);
    }

    #[test]
    fn what_no_reader_can_ask_for_does_not_fit() {
        assert!(fits(&entry()));
        let bytes = |bytes: &[u8]| SecretBytes::new(bytes.to_vec());
        for wrong in [
            PinEntry { digits: (6, 9), ..entry() },
            PinEntry { digits: (0, 8), ..entry() },
            PinEntry { digits: (7, 6), ..entry() },
            PinEntry { seconds: 0, ..entry() },
            PinEntry { command: bytes(&[0, 0x20, 0, 0x80]), ..entry() },
            PinEntry { command: bytes(&[0, 0x20, 0, 0x80, 8, 1]), ..entry() },
            PinEntry { command: bytes(&[&[0, 0x20, 0, 0x80, 16][..], &[0xFF; 16]].concat()), ..entry() },
        ] {
            assert!(!fits(&wrong), "{wrong:?}");
        }
    }
}
