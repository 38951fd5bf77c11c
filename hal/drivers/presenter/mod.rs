//! Presenter: a dispenser with a shutter, a sensor that sees that notes were taken, and a retract unit. No manufacturer
//! makes it. It exists for rigs only, so that the capabilities present, retract and taken sensor of the port have a
//! driver and a device that speak over a real line, with frames that can be lost and a shutter that can jam. Its
//! protocol is `docs/formats/presenter-protocol.md`, from which this driver and the emulator are written apart.
//!
//! The marker is MARK, confirmed by LAST STATUS under the same transaction number. A refusal with result 01, 02 or 03
//! (the device did nothing and recorded nothing) is told as a movement of nothing, and of a present or retract as
//! [`Event::Failed`].

#[doc(hidden)]
pub mod codec;
mod machine;
mod meaning;

use senim_domain::Mono;
use senim_domain::cash::{UnitNo, UnitRequest};
use senim_hal::cash_dispenser::{Capabilities, CashDispenser, Command, Event};
use senim_hal::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

use machine::{Machine, Move, Step};
use meaning::CASSETTES;

use crate::delegate::line_driver;
use crate::notes::{self, Limits, no_cassette};
use crate::setting::{check, range};

pub use crate::setting::ConfigError;

/// Its section in the configuration.
const DEVICE: &str = "presenter";

/// Notes that the stacker holds.
const NOTES_MAX: u32 = 200;

/// What may be set; times in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Notes in one DISPENSE, 1 to 200.
    pub max_notes_per_dispense: u32,
    /// Notes from one cassette in one DISPENSE, 1 to 200.
    pub max_notes_per_unit: u32,
    /// Wait for the ACK of a command.
    pub ack_wait_ms: u64,
    /// Wait for the reply to a command that moves notes; after it the mechanics rest.
    pub response_wait_ms: u64,
    /// Wait for the reply to a query.
    pub query_wait_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_notes_per_dispense: 40,
            max_notes_per_unit: 20,
            ack_wait_ms: 550,
            response_wait_ms: 30_000,
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
pub struct Presenter {
    machine: Machine,
}

impl Presenter {
    /// A driver on a line that is not open yet.
    ///
    /// # Errors
    /// [`ConfigError`] when a setting is out of range.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self { machine: Machine::new(config) })
    }

    /// Counts per cassette, or why the request cannot be sent.
    fn counts(&self, requests: &[UnitRequest]) -> Result<[u8; 4], Error> {
        let config = self.machine.config();
        let limits = Limits {
            cassettes: 4,
            per_unit: config.max_notes_per_unit,
            per_dispense: config.max_notes_per_dispense,
        };
        notes::counts(requests, &limits)
    }
}

line_driver!(Presenter);

impl CashDispenser for Presenter {
    fn capabilities(&self) -> Capabilities {
        let config = self.machine.config();
        Capabilities {
            present: true,
            retract: true,
            taken_sensor: true,
            last_status: true,
            max_notes_per_dispense: config.max_notes_per_dispense,
            max_notes_per_unit: config.max_notes_per_unit,
            device_token: true,
        }
    }

    fn begin(&mut self, command: Command, now: Mono) -> Result<(), Error> {
        if !self.machine.is_idle() {
            return Err(Error::new(ErrorKind::DeviceBusy, "presenter: a command is under way"));
        }
        let wanted = match command {
            Command::Status => {
                self.machine.start(Step::Status, now, now);
                return Ok(());
            }
            Command::LastStatus { not_before } => {
                self.machine.start(Step::LastStatus, not_before, now);
                return Ok(());
            }
            Command::PresentStatus { not_before } => {
                self.machine.start(Step::PresentStatus, not_before, now);
                return Ok(());
            }
            Command::Mark => Ok(Move::Mark),
            Command::Dispense(requests) => self.counts(&requests).map(Move::Dispense),
            Command::TestDispense(UnitNo(unit @ 1..=CASSETTES)) => Ok(Move::Test(unit)),
            Command::TestDispense(unit) => Err(no_cassette(unit)),
            Command::Present => Ok(Move::Present),
            Command::Retract => Ok(Move::Retract),
            Command::Reset => Ok(Move::Reset),
        };
        match wanted {
            Ok(wanted) => self.machine.start_move(wanted, now),
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
