//! Power supply behind the service of the Network UPS Tools (upsd), asked over its text protocol.
//!
//! Which supply, by which cable and with which of that project's drivers is the service's own configuration. The
//! connection (usually 127.0.0.1, port 3493) belongs to the line's owner. Nothing is ever set: no log-in is needed.

#[doc(hidden)]
pub mod codec;
mod machine;
mod meaning;

use senim_domain::Mono;
use senim_hal::supply::{Command, Event, PowerSupply, Supply};
use senim_hal::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

use machine::Machine;

use crate::delegate::line_driver;
use crate::setting::{check, range, rule};

pub use crate::setting::ConfigError;

/// Its section in the configuration.
const DEVICE: &str = "nut";

/// Longest name of a supply.
const NAME_MAX: usize = 64;

/// What may differ between supplies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The supply's name in the service's `ups.conf`: 1 to 64 letters, digits, `.`, `-`, `_`.
    pub ups: String,
    /// From one look at the supply to the next, ms; 500 to 600,000.
    pub poll_interval_ms: u64,
    /// Wait for an answer, ms; 50 to 60,000.
    pub answer_wait_ms: u64,
    /// Looks without an answer after which the supply counts as off-line, 1 to 20; also the tries of a Status.
    pub misses_max: u32,
    /// Least change of the charge that is told by itself, percent; 1 to 100.
    pub charge_step_percent: u8,
    /// Least change of the runtime that is told by itself, seconds; 1 to 86,400.
    pub runtime_step_s: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            ups: "ups".to_owned(),
            poll_interval_ms: 5_000,
            answer_wait_ms: 2_000,
            misses_max: 3,
            charge_step_percent: 1,
            runtime_step_s: 60,
        }
    }
}

impl Config {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`ConfigError`] names the first setting out of range.
    pub fn check(&self) -> Result<(), ConfigError> {
        let named = (1..=NAME_MAX).contains(&self.ups.len())
            && self.ups.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
        let rows = [
            rule("ups", format!("{:?}", self.ups), named, "set 1 to 64 letters, digits, '.', '-' or '_'"),
            range("poll_interval_ms", self.poll_interval_ms, 500, 600_000),
            range("answer_wait_ms", self.answer_wait_ms, 50, 60_000),
            range("misses_max", u64::from(self.misses_max), 1, 20),
            range("charge_step_percent", u64::from(self.charge_step_percent), 1, 100),
            range("runtime_step_s", u64::from(self.runtime_step_s), 1, 86_400),
        ];
        check(DEVICE, rows)
    }

    /// Whether the change is worth telling.
    fn differs(&self, told: &Supply, found: &Supply) -> bool {
        let stepped = |told: Option<u32>, found: Option<u32>, step: u32| match (told, found) {
            (Some(told), Some(found)) => told.abs_diff(found) >= step,
            (told, found) => told != found,
        };
        let charge = |supply: &Supply| supply.charge_percent.map(u32::from);
        (told.source, told.low, told.replace_battery) != (found.source, found.low, found.replace_battery)
            || stepped(charge(told), charge(found), u32::from(self.charge_step_percent))
            || stepped(told.runtime_s, found.runtime_s, self.runtime_step_s)
    }
}

/// The driver.
#[derive(Debug)]
pub struct Nut {
    machine: Machine,
}

impl Nut {
    /// A driver on a line that is not open yet.
    ///
    /// # Errors
    /// [`ConfigError`] when a setting is out of range.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self { machine: Machine::new(config) })
    }
}

line_driver!(Nut, timeless);

impl PowerSupply for Nut {
    fn begin(&mut self, command: Command, now: Mono) -> Result<(), Error> {
        if self.machine.is_busy() {
            return Err(Error::new(ErrorKind::DeviceBusy, "supply: a command is under way"));
        }
        match command {
            Command::Status => self.machine.ask_status(now),
        }
        Ok(())
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.machine.poll_event()
    }
}

#[cfg(test)]
mod tests;
