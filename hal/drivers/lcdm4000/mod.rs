//! Puloon LCDM-4000 cash dispenser, four cassettes, no shutter: what passed the exit is given.
//!
//! The marker is PURGE, confirmed by LAST STATUS. Line settings (9,600 baud, 8 data bits, 1 stop bit, parity none by
//! the specification's code, even in one field installation) belong to the line's owner.

#[doc(hidden)]
pub mod codec;
mod machine;
mod meaning;

use senim_domain::Mono;
use senim_domain::cash::{Denomination, UnitRequest};
use senim_hal::cash_dispenser::{Capabilities, CashDispenser, Command, Event};
use senim_hal::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

use machine::{Machine, Step, Target};

use crate::delegate::line_driver;
use crate::notes::{self, Limits, refusal};
use crate::setting::{check, range};

pub use crate::setting::ConfigError;

/// Its section in the configuration.
const DEVICE: &str = "lcdm4000";

/// Slots that the device has.
const CASSETTES_MAX: u8 = 4;
/// Notes of one transaction, rejects included, that the device takes by default (protocols section 1.4).
const NOTES_MAX: u32 = 100;

/// How RESET is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetDialect {
    /// Not at all; the mechanics rest after 2 s.
    #[default]
    Silent,
    /// By two replies, before and after the motors turned.
    TwoReplies,
}

/// How DISPENSE is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DispenseDialect {
    /// Four counts, time-out, nine reserved bytes.
    #[default]
    Stock,
    /// Four counts, time-out, and a serial number that rises by one.
    SerialNumber,
}

/// What may differ between devices of this model; times in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How RESET is answered.
    pub reset: ResetDialect,
    /// How DISPENSE is written.
    pub dispense: DispenseDialect,
    /// Whether the device closes each exchange with EOT.
    pub final_eot: bool,
    /// Cassettes fitted, 1 to 4.
    pub cassettes: u8,
    /// Notes in one DISPENSE, 1 to 100.
    pub max_notes_per_dispense: u32,
    /// Notes from one cassette in one DISPENSE, 1 to 100.
    pub max_notes_per_unit: u32,
    /// Wait for the ACK of a command.
    pub ack_wait_ms: u64,
    /// Wait for the reply to a command that moves cash; after it the mechanics rest.
    pub response_wait_ms: u64,
    /// Wait for the reply to a query.
    pub query_wait_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            reset: ResetDialect::Silent,
            dispense: DispenseDialect::Stock,
            final_eot: true,
            cassettes: CASSETTES_MAX,
            max_notes_per_dispense: 40,
            max_notes_per_unit: 20,
            ack_wait_ms: 550,
            response_wait_ms: 60_000,
            query_wait_ms: 5_000,
        }
    }
}

impl Config {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`ConfigError`] names the first setting out of range.
    pub fn check(&self) -> Result<(), ConfigError> {
        let notes_max = u64::from(NOTES_MAX);
        let rows = [
            range("cassettes", u64::from(self.cassettes), 1, u64::from(CASSETTES_MAX)),
            range("max_notes_per_dispense", u64::from(self.max_notes_per_dispense), 1, notes_max),
            range("max_notes_per_unit", u64::from(self.max_notes_per_unit), 1, notes_max),
            range("ack_wait_ms", self.ack_wait_ms, 50, 10_000),
            range("response_wait_ms", self.response_wait_ms, 100, 600_000),
            range("query_wait_ms", self.query_wait_ms, 100, 600_000),
        ];
        check(DEVICE, rows)
    }
}

/// The driver.
#[derive(Debug)]
pub struct Lcdm4000 {
    machine: Machine,
}

impl Lcdm4000 {
    /// A driver on a line that is not open yet.
    ///
    /// # Errors
    /// [`ConfigError`] when a setting is out of range.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self { machine: Machine::new(config) })
    }

    /// What a command puts on the wire and not before when, or why it cannot be sent.
    fn step(&self, command: Command, now: Mono) -> Result<(Step, Mono), Error> {
        let step = match command {
            Command::Status => Step::Status,
            Command::Mark => Step::Purge,
            Command::LastStatus { not_before } => return Ok((Step::LastStatus, not_before)),
            Command::Reset => Step::Reset(machine::reset_replies(self.machine.config().reset)),
            Command::Dispense(requests) => self.dispense(&requests, Target::Exit)?,
            Command::TestDispense(unit) => {
                // The device knows no denominations, and nobody reads this one.
                let one = UnitRequest { unit, denomination: Denomination(0), notes: 1 };
                self.dispense(&[one], Target::RejectTray)?
            }
            Command::Present | Command::Retract | Command::PresentStatus { .. } => {
                return Err(refusal("the device has no shutter"));
            }
        };
        Ok((step, now))
    }

    fn dispense(&self, requests: &[UnitRequest], target: Target) -> Result<Step, Error> {
        let counts = self.counts(requests)?;
        Ok(match self.machine.config().dispense {
            DispenseDialect::Stock => Step::Dispense(counts, target, None),
            DispenseDialect::SerialNumber => Step::Serial(counts, target),
        })
    }

    /// Counts per slot, or why the request cannot be sent.
    fn counts(&self, requests: &[UnitRequest]) -> Result<[u8; 4], Error> {
        let config = self.machine.config();
        let limits = Limits {
            cassettes: config.cassettes,
            per_unit: config.max_notes_per_unit,
            per_dispense: config.max_notes_per_dispense,
        };
        notes::counts(requests, &limits)
    }
}

line_driver!(Lcdm4000);

impl CashDispenser for Lcdm4000 {
    fn capabilities(&self) -> Capabilities {
        let config = self.machine.config();
        Capabilities {
            present: false,
            retract: false,
            taken_sensor: false,
            last_status: true,
            max_notes_per_dispense: config.max_notes_per_dispense,
            max_notes_per_unit: config.max_notes_per_unit,
            device_token: config.dispense == DispenseDialect::SerialNumber,
        }
    }

    fn begin(&mut self, command: Command, now: Mono) -> Result<(), Error> {
        if !self.machine.is_idle() {
            return Err(Error::new(ErrorKind::DeviceBusy, "dispenser: a command is under way"));
        }
        match self.step(command, now) {
            Ok((step, not_before)) => self.machine.start(step, not_before, now),
            Err(error) => self.machine.refuse(error),
        }
        Ok(())
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.machine.poll_event()
    }
}

#[cfg(test)]
mod tests;
