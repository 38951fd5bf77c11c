//! Location receiver that speaks NMEA 0183 on a serial line, whatever its maker.
//!
//! Nothing is ever sent to it. Line settings (usually 9,600 baud, older receivers 4,800) belong to the line's owner.

#[doc(hidden)]
pub mod codec;
mod machine;

use senim_domain::Mono;
use senim_hal::location::{Command, Event, Fix, Location};
use senim_hal::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

use machine::Machine;

use crate::delegate::line_driver;
use crate::setting::{check, range};

pub use crate::setting::ConfigError;

/// Its section in the configuration.
const DEVICE: &str = "nmea";

/// What may differ between receivers and places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Without a good sentence for this long the receiver counts as off-line, ms; 1,000 to 600,000.
    pub silence_ms: u64,
    /// How long a Status listens for the kinds of sentences, ms; 100 up to `silence_ms`.
    pub listen_ms: u64,
    /// Without a position for this long it counts as lost, ms; 1,000 to 600,000. Longer than `silence_ms`, or a receiver
    /// that falls silent is told as a loss before it is told as off-line.
    pub lost_after_ms: u64,
    /// A step of latitude or longitude up to this is noise, millionths of a degree; 0 to 1,000,000. 300 are 33 m to the
    /// north, and less to the east the further from the equator.
    pub noise_udeg: u32,
    /// Fewer satellites make a poor fix; 0 to 50.
    pub satellites_min: u8,
    /// More dilution makes a poor fix, hundredths; 1 to 9,999.
    pub hdop_max_centi: u16,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            silence_ms: 10_000,
            listen_ms: 2_000,
            lost_after_ms: 15_000,
            noise_udeg: 300,
            satellites_min: 4,
            hdop_max_centi: 500,
        }
    }
}

impl Config {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`ConfigError`] names the first setting out of range.
    pub fn check(&self) -> Result<(), ConfigError> {
        let rows = [
            range("silence_ms", self.silence_ms, 1_000, 600_000),
            range("listen_ms", self.listen_ms, 100, self.silence_ms),
            range("lost_after_ms", self.lost_after_ms, 1_000, 600_000),
            range("noise_udeg", u64::from(self.noise_udeg), 0, 1_000_000),
            range("satellites_min", u64::from(self.satellites_min), 0, 50),
            range("hdop_max_centi", u64::from(self.hdop_max_centi), 1, 9_999),
        ];
        check(DEVICE, rows)
    }

    /// Whether the step is more than noise or crosses the line between a good fix and a poor one.
    fn differs(&self, told: &Fix, found: &Fix) -> bool {
        let is_poor = |fix: &Fix| {
            fix.satellites < self.satellites_min
                || fix.hdop_centi.is_some_and(|hdop| hdop > self.hdop_max_centi)
        };
        told.latitude_udeg.abs_diff(found.latitude_udeg) > self.noise_udeg
            || told.longitude_udeg.abs_diff(found.longitude_udeg) > self.noise_udeg
            || is_poor(told) != is_poor(found)
    }
}

/// The driver.
#[derive(Debug)]
pub struct Nmea {
    machine: Machine,
}

impl Nmea {
    /// A driver on a line that is not open yet.
    ///
    /// # Errors
    /// [`ConfigError`] when a setting is out of range.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self { machine: Machine::new(config) })
    }
}

line_driver!(Nmea, listens);

impl Location for Nmea {
    fn begin(&mut self, command: Command, now: Mono) -> Result<(), Error> {
        if self.machine.is_busy() {
            return Err(Error::new(ErrorKind::DeviceBusy, "location: a command is under way"));
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
