//! Puloon LCDM-2000 cash dispenser, two cassettes (1 = upper, 2 = lower), no shutter: what passed the exit is given.
//!
//! It keeps no last status: whether a dispense without an answer moved notes, nobody can ask. So there is no marker
//! either ([`Command::Mark`] writes nothing and ends as marked with nothing moved), and the session judges such a
//! dispense uncertain (design section 3). Line settings (9,600 baud, 8 data bits, 1 stop bit, no parity) belong to the
//! line's owner. Cassettes of one only are paid with the command of that cassette, of both with the combined command.

#[doc(hidden)]
pub mod codec;
mod machine;
mod meaning;

use senim_domain::Mono;
use senim_domain::cash::UnitRequest;
use senim_hal::cash_dispenser::{Capabilities, CashDispenser, Command, Event};
use senim_hal::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

use machine::{Machine, Step};
use meaning::{LOWER, UPPER};

use crate::delegate::line_driver;
use crate::notes::{self, Limits, no_cassette, refusal};
use crate::setting::{check, range};

pub use crate::setting::ConfigError;

/// Its section in the configuration.
const DEVICE: &str = "lcdm2000";

/// Notes that one command may ask for (protocols section 1.1: 1 to 60).
const NOTES_MAX: u32 = 60;

/// Order of the counters in the reply to the combined dispense; sources disagree (protocols section 1.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CombinedReply {
    /// CHK and EXIT of the upper cassette, then of the lower: every implementation but one.
    #[default]
    PerCassette,
    /// CHK of both cassettes, then EXIT of both: one implementation, probably mistaken.
    PerSensor,
}

/// What a set bit of a path or near-end sensor means in STATUS; one implementation says so, the specification is silent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SensorBits {
    /// Set: a note is in the light, or the cassette is near its end.
    #[default]
    SetIsDark,
    /// The other way round.
    SetIsLight,
}

/// What may differ between devices of this model; times in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Order of the counters in the reply to the combined dispense.
    pub combined_reply: CombinedReply,
    /// What a set bit of a path or near-end sensor means.
    pub sensor_bits: SensorBits,
    /// Notes in one DISPENSE, 1 to 60.
    pub max_notes_per_dispense: u32,
    /// Notes from one cassette in one DISPENSE, 1 to 60.
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
            combined_reply: CombinedReply::PerCassette,
            sensor_bits: SensorBits::SetIsDark,
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
pub struct Lcdm2000 {
    machine: Machine,
}

impl Lcdm2000 {
    /// A driver on a line that is not open yet.
    ///
    /// # Errors
    /// [`ConfigError`] when a setting is out of range.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self { machine: Machine::new(config) })
    }

    /// What a command puts on the wire, or why it cannot be sent.
    fn step(&self, command: Command) -> Result<Step, Error> {
        match command {
            Command::Status => Ok(Step::Status),
            Command::Dispense(requests) => self.counts(&requests).map(Step::Dispense),
            Command::TestDispense(UPPER) => Ok(Step::TestUpper),
            Command::TestDispense(LOWER) => Ok(Step::TestLower),
            Command::TestDispense(unit) => Err(no_cassette(unit)),
            Command::Reset => Ok(Step::Purge),
            Command::LastStatus { .. } => Err(refusal("the device keeps no last status")),
            Command::Present | Command::Retract | Command::PresentStatus { .. } => {
                Err(refusal("the device has no shutter"))
            }
            // Answered before it comes here; it has no frame.
            Command::Mark => Err(refusal("the device has no marker")),
        }
    }

    /// Counts of the upper and lower cassette, or why the request cannot be sent.
    fn counts(&self, requests: &[UnitRequest]) -> Result<[u8; 2], Error> {
        let config = self.machine.config();
        let limits = Limits {
            cassettes: 2,
            per_unit: config.max_notes_per_unit,
            per_dispense: config.max_notes_per_dispense,
        };
        notes::counts(requests, &limits)
    }
}

line_driver!(Lcdm2000);

impl CashDispenser for Lcdm2000 {
    fn capabilities(&self) -> Capabilities {
        let config = self.machine.config();
        Capabilities {
            present: false,
            retract: false,
            taken_sensor: false,
            last_status: false,
            max_notes_per_dispense: config.max_notes_per_dispense,
            max_notes_per_unit: config.max_notes_per_unit,
            device_token: false,
        }
    }

    fn begin(&mut self, command: Command, now: Mono) -> Result<(), Error> {
        if !self.machine.is_idle() {
            return Err(Error::new(ErrorKind::DeviceBusy, "dispenser: a command is under way"));
        }
        if command == Command::Mark {
            self.machine.mark();
            return Ok(());
        }
        match self.step(command) {
            Ok(step) => self.machine.start(step, now),
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
