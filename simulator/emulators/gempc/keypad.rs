//! The keys of a reader that has some (GemPC PinPad): the message that asks for a PIN (CCID 1.1, section 6.1.11), digits as
//! somebody presses them, and the command that comes of it.
//!
//! As strict as the device: one message on its display, one way to confirm; anything else is refused by naming the place of
//! the wrong byte. Its key for that does nothing while there are too few digits, and a digit beyond the last one is not taken.

use serde::Deserialize;
use serde_json::{Value, json};

use super::frame::{Command, lrc};

/// Header bytes of a message before its data: errors name places from the beginning of the message.
const HEADER: usize = 10;
/// Length of what stands before the APDU.
const FIXED: usize = 15;
/// Data of an APDU begins behind its header and length.
const APDU_DATA: usize = 5;
/// Nobody finished in time.
pub(super) const TIMED_OUT: u8 = 0xF0;
/// The key that gives up.
pub(super) const CANCELLED: u8 = 0xEF;
/// Another message while somebody is at the keys.
pub(super) const BUSY: u8 = 0xE0;

/// A key that is no digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Press {
    /// Confirms.
    Ok,
    /// Gives up.
    Cancel,
    /// Takes the digits back.
    Clear,
}

/// What came of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pressed {
    /// The reader goes on asking.
    Asks,
    /// Given up.
    Cancelled,
    /// A block or TPDU for the card.
    Typed(Vec<u8>),
}

/// Somebody is asked for a PIN.
#[derive(Debug)]
pub(super) struct Entry {
    /// The message that asked; its answer is still due.
    pub(super) command: Command,
    /// When the reader gives up.
    pub(super) until: u64,
    least: usize,
    most: usize,
    /// Where the PIN begins in the APDU.
    place: usize,
    prologue: [u8; 3],
    apdu: Vec<u8>,
    typed: Vec<u8>,
}

impl Entry {
    /// Reads what a message asks for; `Err`: the place of its wrong byte.
    pub(super) fn read(command: &Command, now_ms: u64) -> Result<Self, u8> {
        let wrong = |at: usize| u8::try_from(at.saturating_add(HEADER)).unwrap_or(u8::MAX);
        let [
            operation,
            seconds,
            format,
            block,
            length_format,
            most,
            least,
            condition,
            messages,
            _,
            _,
            message,
            prologue @ ..,
        ] = command.data.get(..FIXED).ok_or(0x01)?
        else {
            return Err(0x01);
        };
        let apdu = command.data.get(FIXED..).unwrap_or_default().to_vec();
        let position = usize::from(*format >> 3 & 0x0F);
        // ASCII, on the left; the place in bytes, or no place at all.
        let well_formed = *format & 0x07 == 0x02 && (*format & 0x80 != 0 || position == 0);
        let room = apdu.len().saturating_sub(APDU_DATA).saturating_sub(position);
        let checks = [
            (0, *operation == 0),
            (2, well_formed),
            (3, usize::from(*block & 0x0F) <= room && *block & 0xF0 == 0 && *block > 0),
            (4, *length_format == 0),
            (5, usize::from(*most) <= room && *most >= *least),
            (7, *condition == 0x02),
            (8, *messages == 0x01),
            (11, *message <= 2),
            (
                FIXED,
                apdu.len() > APDU_DATA
                    && apdu.get(4).map(|lc| usize::from(*lc)) == Some(apdu.len().saturating_sub(APDU_DATA)),
            ),
        ];
        if let Some((at, _)) = checks.into_iter().find(|(_, fits)| !fits) {
            return Err(wrong(at));
        }
        let seconds = if *seconds == 0 { 30 } else { u64::from(*seconds) };
        Ok(Self {
            command: command.clone(),
            until: now_ms.saturating_add(seconds.saturating_mul(1_000)),
            least: usize::from(*least),
            most: usize::from(*most),
            place: APDU_DATA.saturating_add(position),
            prologue: prologue.try_into().unwrap_or_default(),
            apdu,
            typed: Vec::new(),
        })
    }

    /// A digit is pressed.
    pub(super) fn digit(&mut self, digit: u8) {
        if self.typed.len() < self.most {
            self.typed.push(digit);
        }
    }

    /// Another key is pressed; `blocks`: the card speaks T=1.
    pub(super) fn press(&mut self, key: Press, blocks: bool) -> Pressed {
        match key {
            Press::Cancel => Pressed::Cancelled,
            Press::Clear => {
                self.typed.clear();
                Pressed::Asks
            }
            Press::Ok if self.typed.len() < self.least => Pressed::Asks,
            Press::Ok => {
                let mut apdu = self.apdu.clone();
                for (place, digit) in apdu.iter_mut().skip(self.place).zip(&self.typed) {
                    *place = *digit;
                }
                if !blocks {
                    return Pressed::Typed(apdu);
                }
                let mut block = self.prologue.to_vec();
                block.extend(apdu);
                let check = lrc(&block);
                block.push(check);
                Pressed::Typed(block)
            }
        }
    }

    /// For the control interface: how many digits there are, and none of them.
    pub(super) fn state(&self) -> Value {
        json!({ "digits": self.typed.len(), "least": self.least, "most": self.most })
    }
}
