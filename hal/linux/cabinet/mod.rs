//! Cabinet inputs: lines of the GPIO character device, and for the rig the emulated cabinet.
//!
//! Debouncing is pure and elsewhere (`senim_drivers::cabinet`); here levels and edges are fetched, and lines that were lost
//! are opened again. Everything around the GPIO lines is tested with a stand-in; the lines were tried by hand under Linux 6.1
//! with the kernel's simulated chip (gpio-sim), not with hardware.

mod gpio;
#[cfg(feature = "rig")]
mod http;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use senim_domain::Mono;
use senim_drivers::cabinet::Debouncer;
use senim_hal::cabinet::{Cabinet, Change, Input};
use senim_hal::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// Longest time that a contact may take to settle, in milliseconds.
const MAX_DEBOUNCE_MS: u64 = 5_000;
/// Pause before lines that failed are opened again, in milliseconds.
const RETRY_MS: u64 = 1_000;

/// Which input is which line; an input that is not named does not exist.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CabinetConfig {
    /// Lines by input.
    pub inputs: BTreeMap<Input, GpioLine>,
}

/// A line of a GPIO chip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GpioLine {
    /// The chip, for instance `/dev/gpiochip0`; a chip that can be unplugged may come back under another number, so name
    /// that one by a udev link.
    pub chip: PathBuf,
    /// Offset of the line on the chip.
    pub line: u32,
    /// Whether the line is low when the door is open, the loop broken, the cabinet tilted, the switch on supervisor.
    #[serde(default)]
    pub active_low: bool,
    /// Time in milliseconds that a level must stand, 0 to 5,000.
    #[serde(default = "debounce_default")]
    pub debounce_ms: u64,
    /// Resistor that the chip connects to the line.
    #[serde(default)]
    pub bias: Bias,
}

const fn debounce_default() -> u64 {
    50
}

/// Resistor of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bias {
    /// As the board set it up.
    #[default]
    AsIs,
    /// To supply: for contacts that close to ground.
    PullUp,
    /// To ground.
    PullDown,
    /// None.
    None,
}

/// Inputs that cannot be so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CabinetConfigError {
    /// A time out of range.
    #[error("cabinet: debounce_ms of {input:?} is {value}; set it from 0 to 5000")]
    Debounce {
        /// The input.
        input: Input,
        /// What it says.
        value: u64,
    },
    /// One line for two inputs.
    #[error("cabinet: {input:?} is on line {line} of {}, which another input has; give each its own", chip.display())]
    Twice {
        /// The second input.
        input: Input,
        /// The chip.
        chip: PathBuf,
        /// The line.
        line: u32,
    },
}

impl CabinetConfig {
    /// Checks ranges, and that no line is named twice.
    ///
    /// # Errors
    /// [`CabinetConfigError`] names the first input that does not fit.
    pub fn check(&self) -> Result<(), CabinetConfigError> {
        let mut lines = BTreeSet::new();
        for (input, GpioLine { chip, line, debounce_ms, .. }) in &self.inputs {
            if *debounce_ms > MAX_DEBOUNCE_MS {
                return Err(CabinetConfigError::Debounce { input: *input, value: *debounce_ms });
            }
            if !lines.insert((chip, line)) {
                return Err(CabinetConfigError::Twice { input: *input, chip: chip.clone(), line: *line });
            }
        }
        Ok(())
    }
}

/// Where lines come from: the system, the emulated cabinet, or a stand-in of the tests.
trait Source: Send {
    /// Opens all lines, or none.
    fn open(&mut self) -> Result<Box<dyn Lines>, Error>;
    /// The clock that the waits are measured by.
    fn now(&self) -> Mono;
    /// Waits.
    fn pause(&mut self, ms: u64);
}

/// Open lines.
trait Lines: Send {
    /// All levels now.
    fn levels(&mut self) -> Result<Vec<Change>, Error>;
    /// Waits at most so long for edges, and takes those there are, in their order. May return early with none.
    fn edges(&mut self, wait_ms: u64) -> Result<Vec<Change>, Error>;
}

/// The cabinet's inputs.
pub struct CabinetInputs {
    source: Box<dyn Source>,
    lines: Option<Box<dyn Lines>>,
    debouncer: Debouncer,
    failed: bool,
}

impl std::fmt::Debug for CabinetInputs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CabinetInputs").field("open", &self.lines.is_some()).finish_non_exhaustive()
    }
}

impl CabinetInputs {
    /// Inputs on GPIO lines, opened by the first wait.
    ///
    /// # Errors
    /// [`CabinetConfigError`] when the configuration does not fit.
    pub fn gpio(config: CabinetConfig) -> Result<Self, CabinetConfigError> {
        config.check()?;
        let debouncer = Debouncer::new(config.inputs.iter().map(|(input, line)| (*input, line.debounce_ms)));
        Ok(Self::new(Box::new(gpio::Chips(config.inputs)), debouncer))
    }

    /// The emulated cabinet whose control interface is at `url`, for instance `http://127.0.0.1:7070`.
    #[cfg(feature = "rig")]
    #[must_use]
    pub fn http(url: &str) -> Self {
        let source = http::HttpSource::new(url);
        Self::new(Box::new(source), Debouncer::new(http::INPUTS.map(|input| (input, 0))))
    }

    fn new(source: Box<dyn Source>, debouncer: Debouncer) -> Self {
        Self { source, lines: None, debouncer, failed: false }
    }

    fn open(&mut self, wait_ms: u64) -> Result<(), Error> {
        if self.lines.is_none() {
            if std::mem::replace(&mut self.failed, true) {
                // So that a caller who only asks again does not turn in circles.
                self.source.pause(wait_ms.min(RETRY_MS));
            }
            self.lines = Some(self.source.open()?);
            self.debouncer.restart();
            self.look()?;
            self.failed = false;
        }
        Ok(())
    }

    fn look(&mut self) -> Result<(), Error> {
        let levels = self.fetch(|lines| lines.levels())?;
        let now = self.source.now();
        levels.into_iter().for_each(|level| self.debouncer.handle_level(level, now));
        Ok(())
    }

    /// Asks the open lines; those that fail are closed.
    fn fetch(
        &mut self,
        ask: impl FnOnce(&mut dyn Lines) -> Result<Vec<Change>, Error>,
    ) -> Result<Vec<Change>, Error> {
        let answer = match &mut self.lines {
            Some(lines) => ask(lines.as_mut()),
            None => Err(Error::new(ErrorKind::Offline, "cabinet: not open")),
        };
        if answer.is_err() {
            self.lines = None;
            self.failed = true;
        }
        answer
    }
}

impl Cabinet for CabinetInputs {
    fn wait_change(&mut self, wait_ms: u64) -> Result<Option<Change>, Error> {
        if let Some(change) = self.debouncer.poll_event() {
            return Ok(Some(change));
        }
        let deadline = self.source.now().plus_ms(wait_ms);
        self.open(wait_ms)?;
        loop {
            let now = self.source.now();
            let until = self.debouncer.poll_timeout().map_or(deadline, |due| due.min(deadline));
            let edges = self.fetch(|lines| lines.edges(until.since(now)))?;
            let now = self.source.now();
            for edge in edges {
                self.debouncer.handle_level(edge, now);
                // A contact without a time of its own settles with each edge.
                self.debouncer.handle_timeout(now);
            }
            // The kernel drops edges that nobody fetched in time: the level itself is the truth.
            self.look()?;
            let now = self.source.now();
            self.debouncer.handle_timeout(now);
            if let Some(change) = self.debouncer.poll_event() {
                return Ok(Some(change));
            }
            if now >= deadline {
                return Ok(None);
            }
        }
    }
}

#[cfg(test)]
mod tests;
