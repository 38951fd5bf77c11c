//! GemPC Twin and PinPad contact card readers on a serial line: CCID messages in serial frames (protocols section 5).
//!
//! The PinPad has keys of its own: a PIN that is typed there goes to the card inside the reader and is in no byte of this line.
//!
//! The reader works at TPDU level: characters and waiting times of the card are its business; ATR, PPS, blocks of T=1 and
//! the TPDUs of T=0 are the driver's. Line settings (115,200 baud, 8 data bits, 2 stop bits, RTS low) belong to the
//! line's owner.

mod atr;
#[doc(hidden)]
pub mod codec;
mod keypad;
mod link;
mod machine;
mod step;
mod t0;
mod t1;
mod wiped;

use senim_domain::Mono;
use senim_hal::card_reader::{Capabilities, CardReader, Command, Event, Interface};
use senim_hal::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

use machine::Machine;

use crate::delegate::line_driver;
use crate::setting::{check, range, rule};

pub use crate::setting::ConfigError;

/// Its section in the configuration.
const DEVICE: &str = "gempc";

/// Longest short command: header, Lc, 255 bytes, Le.
const SHORT_COMMAND: usize = 261;
/// Longest short response: 256 bytes and the status word.
const SHORT_RESPONSE: usize = 258;
/// Longest extended command: header, three bytes Lc, 65,535 bytes, two bytes Le.
const EXTENDED_COMMAND: usize = 65_544;

/// When the reader tells of cards that come and go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notification {
    /// At once, as a reader does after its power-on; it is not told to.
    Asynchronous,
    /// Only between a command and its answer, so that nothing comes unasked.
    #[default]
    Synchronous,
}

/// Which protocol is used with a card that offers both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preference {
    /// What the card offers first.
    First,
    /// Characters.
    T0,
    /// Blocks: damage on the way is repaired.
    #[default]
    T1,
}

/// Supply voltage of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Voltage {
    /// Class A.
    #[serde(rename = "5V")]
    V5,
    /// Class B.
    #[serde(rename = "3V")]
    V3,
    /// Class C.
    #[serde(rename = "1.8V")]
    V1_8,
}

/// What may differ between readers of this family; times in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Whether the reader repeats each command before it answers: GemPC Twin and PinPad do, GemCore boards do not.
    pub echo: bool,
    /// When the reader is to tell of cards that come and go.
    pub notification: Notification,
    /// How often the slot is looked at while nothing else is to be done; 0: only after a notification, which then has
    /// to be asynchronous. 50 to 10,000.
    pub poll_ms: u64,
    /// Wait for an answer, 100 to 60,000; longer where the card's own waiting time is.
    pub answer_wait_ms: u64,
    /// Wait for the response to one APDU with all the time that the card asks for, 1,000 to 600,000.
    pub apdu_wait_ms: u64,
    /// Voltages in the order tried, each at most once.
    pub voltages: Vec<Voltage>,
    /// Protocol for cards that offer both.
    pub protocol: Preference,
    /// Whether a faster line is agreed on with the card (PPS1).
    pub speed: bool,
    /// Longest block that the card may send, 1 to 254.
    pub ifsd: u8,
    /// Whether APDUs beyond 261 bytes are taken; they go through with T=1 only.
    pub extended: bool,
    /// Whether it is a GemPC PinPad, on whose own keys PINs are typed: the reader does not tell.
    pub keypad: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            echo: true,
            notification: Notification::Synchronous,
            poll_ms: 400,
            answer_wait_ms: 3_000,
            apdu_wait_ms: 60_000,
            voltages: vec![Voltage::V5, Voltage::V3, Voltage::V1_8],
            protocol: Preference::T1,
            speed: true,
            ifsd: 254,
            extended: false,
            keypad: false,
        }
    }
}

impl Config {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`ConfigError`] names the first setting out of range; for `voltages` its value is how many there are.
    pub fn check(&self) -> Result<(), ConfigError> {
        let polls = (50..=10_000).contains(&self.poll_ms)
            || (self.poll_ms == 0 && self.notification == Notification::Asynchronous);
        let each_once =
            self.voltages.iter().enumerate().all(|(at, volts)| {
                !self.voltages.iter().skip(at.saturating_add(1)).any(|other| other == volts)
            });
        let rows = [
            rule(
                "poll_ms",
                self.poll_ms,
                polls,
                "set it from 50 to 10000, or to 0 with notification = \"asynchronous\"",
            ),
            range("answer_wait_ms", self.answer_wait_ms, 100, 60_000),
            range("apdu_wait_ms", self.apdu_wait_ms, 1_000, 600_000),
            rule(
                "voltages",
                u64::try_from(self.voltages.len()).unwrap_or(u64::MAX),
                !self.voltages.is_empty() && each_once,
                "name 5V, 3V and 1.8V at most once each and at least one of them",
            ),
            range("ifsd", u64::from(self.ifsd), 1, 254),
        ];
        check(DEVICE, rows)
    }

    /// Longest response APDU in bytes.
    const fn max_response(&self) -> usize {
        if self.extended { t1::RESPONSE_MAX } else { SHORT_RESPONSE }
    }
}

/// The driver.
#[derive(Debug)]
pub struct GemPc {
    machine: Machine,
}

impl GemPc {
    /// A driver on a line that is not open yet.
    ///
    /// # Errors
    /// [`ConfigError`] when a setting is out of range.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self { machine: Machine::new(config) })
    }
}

line_driver!(GemPc, timeless);

impl CardReader for GemPc {
    fn capabilities(&self) -> Capabilities {
        let config = self.machine.config();
        let max_command = if config.extended { EXTENDED_COMMAND } else { SHORT_COMMAND };
        Capabilities {
            interface: Interface::Contact,
            max_command,
            max_response: config.max_response(),
            keypad: config.keypad,
        }
    }

    fn begin(&mut self, command: Command, now: Mono) -> Result<(), Error> {
        if !self.machine.is_idle() {
            return Err(Error::new(ErrorKind::DeviceBusy, "card reader: a command is under way"));
        }
        let refuse = |words| Err(Error::new(ErrorKind::UserError, format!("card reader: {words}")));
        if let Command::EnterPin(entry) = &command {
            match self.machine.power() {
                _ if !self.machine.config().keypad => return refuse("it has no keys for a PIN"),
                None => return refuse("the chip has no power"),
                Some(_) if !keypad::fits(entry) => return refuse("no reader can ask for such a PIN"),
                Some(_) => {}
            }
        }
        if let Command::ChipIo(apdu) = &command {
            let length = apdu.expose().len();
            match self.machine.power() {
                None => return refuse("the chip has no power"),
                Some(_) if length > self.capabilities().max_command => {
                    return refuse("the command is longer than the reader takes");
                }
                Some(_) if length < 4 => return refuse("a command has at least four bytes"),
                Some(atr::Protocol::T0) if !t0::fits(apdu.expose()) => {
                    return refuse("the command's lengths do not fit a T=0 card");
                }
                Some(atr::Protocol::T0 | atr::Protocol::T1) => {}
            }
        }
        self.machine.begin(command, now);
        Ok(())
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.machine.poll_event()
    }
}

#[cfg(test)]
mod tests;
