//! NXP PN532 contactless reader on its high-speed UART (protocols section 4), ISO/IEC 14443 type A.
//!
//! Line settings (115,200 baud, 8 data bits, no parity, 1 stop bit, no flow control) belong to the line's owner. The
//! first command wakes the chip; from then on the driver looks at the surface by itself between commands. Type B,
//! FeliCa and cards without ISO/IEC 14443-4 are not powered. Two cards at once: the chip picks one.

#[doc(hidden)]
pub mod codec;
mod link;
mod machine;
mod meaning;
mod steps;

use senim_domain::Mono;
use senim_hal::card_reader::{Capabilities, CardReader, Command, Event, Interface};
use senim_hal::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

use machine::Machine;
use steps::{Apdu, Job};

use crate::delegate::line_driver;
use crate::setting::{check, range};

pub use crate::setting::ConfigError;

/// Its section in the configuration.
const DEVICE: &str = "pn532";

/// How a powered card is watched between APDUs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdleCheck {
    /// Diagnose test 6: an empty block that leaves the card as it is. Some cards are said not to answer it through a
    /// PN532; those would seem to leave and come again.
    #[default]
    AttentionRequest,
    /// Not at all: that it left shows at the next APDU.
    OnExchange,
}

/// What may differ between readers; times in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Between looks at the surface, 50 to 10,000.
    pub poll_interval_ms: u64,
    /// Wait for the ACK of a command, 15 to 2,000: what the chip takes and what the adapter adds.
    pub ack_wait_ms: u64,
    /// Wait for the reply to a command that sends no APDU, 100 to 10,000.
    pub reply_wait_ms: u64,
    /// Wait for the reply to an APDU, 1,000 to 120,000; the chip grants the card its own extensions within.
    pub exchange_wait_ms: u64,
    /// The field stays off this long before cards are looked for, 6 to 1,000; cards reset within 5 ms.
    pub field_off_ms: u64,
    /// Tries beyond the first to find a card in one look, 0 to 20.
    pub activation_retries: u8,
    /// How a powered card is watched between APDUs.
    pub idle_check: IdleCheck,
    /// Longest command APDU in bytes, 5 to 65,544.
    pub max_command: usize,
    /// Longest response APDU in bytes, 2 to 65,538.
    pub max_response: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            poll_interval_ms: 400,
            ack_wait_ms: 100,
            reply_wait_ms: 1_000,
            exchange_wait_ms: 20_000,
            field_off_ms: 10,
            activation_retries: 1,
            idle_check: IdleCheck::AttentionRequest,
            max_command: 65_544,
            max_response: 65_538,
        }
    }
}

impl Config {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`ConfigError`] names the first setting out of range.
    pub fn check(&self) -> Result<(), ConfigError> {
        let bytes = |count| u64::try_from(count).unwrap_or(u64::MAX);
        let rows = [
            range("poll_interval_ms", self.poll_interval_ms, 50, 10_000),
            range("ack_wait_ms", self.ack_wait_ms, 15, 2_000),
            range("reply_wait_ms", self.reply_wait_ms, 100, 10_000),
            range("exchange_wait_ms", self.exchange_wait_ms, 1_000, 120_000),
            range("field_off_ms", self.field_off_ms, 6, 1_000),
            range("activation_retries", u64::from(self.activation_retries), 0, 20),
            range("max_command", bytes(self.max_command), 5, 65_544),
            range("max_response", bytes(self.max_response), 2, 65_538),
        ];
        check(DEVICE, rows)
    }
}

/// The driver.
#[derive(Debug)]
pub struct Pn532 {
    machine: Machine,
}

impl Pn532 {
    /// A driver on a line that is not open yet.
    ///
    /// # Errors
    /// [`ConfigError`] when a setting is out of range.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self { machine: Machine::new(config) })
    }
}

line_driver!(Pn532, timeless);

impl CardReader for Pn532 {
    fn capabilities(&self) -> Capabilities {
        let config = self.machine.config();
        Capabilities {
            interface: Interface::Contactless,
            max_command: config.max_command,
            max_response: config.max_response,
            keypad: false,
        }
    }

    fn begin(&mut self, command: Command, now: Mono) -> Result<(), Error> {
        if self.machine.is_busy() {
            return Err(Error::new(ErrorKind::DeviceBusy, "reader: a command is under way"));
        }
        let job = match command {
            Command::Status => Job::Status,
            Command::ChipPower(power) => Job::Power(power),
            Command::ChipIo(apdu) => {
                let length = apdu.expose().len();
                let max = self.machine.config().max_command;
                if !self.machine.is_powered() {
                    return Err(machine::unpowered());
                }
                // Nothing at all would ask the chip for more of an old response.
                if length == 0 || length > max {
                    let words = format!("reader: a command APDU of {length} bytes; it takes 1 to {max}");
                    return Err(Error::new(ErrorKind::UserError, words));
                }
                Job::Io(Apdu::new(apdu))
            }
            Command::EnterPin(_) => {
                return Err(Error::new(ErrorKind::UserError, "reader: it has no keys for a PIN"));
            }
        };
        self.machine.start(job, now);
        Ok(())
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.machine.poll_event()
    }
}

#[cfg(test)]
mod tests;
