//! Receipt printer that speaks ESC/POS.
//!
//! The picture goes out in bands, and a fence behind the last dot proves that it was printed. Line settings and flow
//! control (DTR/DSR, XON/XOFF) belong to the line's owner; where a line has none, bands can be paced.

#[doc(hidden)]
pub mod codec;
mod machine;

use senim_domain::Mono;
use senim_hal::receipt_printer::{Command, Event, ReceiptPrinter};
use senim_hal::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

use machine::{Job, Machine};

use crate::delegate::line_driver;
use crate::setting::{check, range, rule};

pub use crate::setting::ConfigError;

/// Its section in the configuration.
const DEVICE: &str = "escpos";

/// Identity of a printer that tells none.
const UNNAMED: &str = "ESC/POS printer";

/// How the end of a print is proved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fence {
    /// By the process-ID answer (GS ( H), which names this very print.
    #[default]
    ProcessId,
    /// By the buffered paper status (GS r), for printers without the former.
    PaperStatus,
}

/// What may differ between printers; times in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Dots across the paper, a multiple of 8, 8 to 1,024.
    pub width: u32,
    /// Rows in a band, 1 to 255.
    pub band_rows: u16,
    /// Pause after each band has left, 0 to 1,000; for lines without flow control.
    pub band_interval_ms: u64,
    /// Dots fed before the cut, 0 to 255.
    pub feed_dots: u8,
    /// How the end of a print is proved.
    pub fence: Fence,
    /// Wait for a status answer.
    pub status_wait_ms: u64,
    /// Wait for the fence's answer after the last byte has left.
    pub print_wait_ms: u64,
    /// How often the reason of a stall is asked while the fence is awaited.
    pub probe_interval_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            width: 576,
            band_rows: 24,
            band_interval_ms: 0,
            feed_dots: 40,
            fence: Fence::ProcessId,
            status_wait_ms: 500,
            print_wait_ms: 20_000,
            probe_interval_ms: 2_000,
        }
    }
}

impl Config {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`ConfigError`] names the first setting out of range.
    pub fn check(&self) -> Result<(), ConfigError> {
        let width_fits = self.width.is_multiple_of(8) && (8..=1_024).contains(&self.width);
        let rows = [
            rule("width", u64::from(self.width), width_fits, "set a multiple of 8 from 8 to 1024"),
            range("band_rows", u64::from(self.band_rows), 1, 255),
            range("band_interval_ms", self.band_interval_ms, 0, 1_000),
            range("status_wait_ms", self.status_wait_ms, 50, 600_000),
            range("print_wait_ms", self.print_wait_ms, 50, 600_000),
            range("probe_interval_ms", self.probe_interval_ms, 50, 600_000),
        ];
        check(DEVICE, rows)
    }

    /// Bytes in a row.
    fn stride(&self) -> u16 {
        u16::try_from(self.width / 8).unwrap_or(1).max(1)
    }
}

/// The driver.
#[derive(Debug)]
pub struct EscPos {
    machine: Machine,
}

impl EscPos {
    /// A driver on a line that is not open yet.
    ///
    /// # Errors
    /// [`ConfigError`] when a setting is out of range.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self { machine: Machine::new(config) })
    }
}

line_driver!(EscPos, timeless);

impl ReceiptPrinter for EscPos {
    fn width(&self) -> u32 {
        self.machine.config().width
    }

    fn begin(&mut self, command: Command, now: Mono) -> Result<(), Error> {
        if !self.machine.is_idle() {
            return Err(Error::new(ErrorKind::DeviceBusy, "printer: a command is under way"));
        }
        match command {
            Command::Status => self.machine.start(Job::Status, now),
            Command::Print(raster) => {
                let config = self.machine.config();
                let whole = raster.rows.len().is_multiple_of(usize::from(config.stride()));
                if raster.width == config.width && whole && !raster.rows.is_empty() {
                    self.machine.start(Job::Print(raster), now);
                } else {
                    let words = format!("printer: a picture of {} dots, {} fit", raster.width, config.width);
                    self.machine.fail(Error::new(ErrorKind::HardwareError, words));
                }
            }
        }
        Ok(())
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.machine.poll_event()
    }
}

#[cfg(test)]
mod tests;
