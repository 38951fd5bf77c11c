//! Status panel with an SSD1306 or a chip of its commands, 128 dots across, on I²C.
//!
//! Pure: a picture becomes transactions for the bus; who owns the bus (`senim_linux::panel`) writes them in order and stops at
//! the first that is not acknowledged. Every picture initialises the chip anew, so that a panel that lost its supply, or was
//! changed, comes back with the next one; the panel is dark while its memory is written, so that half a picture is never lit.

mod codec;

use senim_hal::status_panel::Picture;
use senim_hal::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

use codec::{COLUMNS, Command};

use crate::setting::{check, range, rule};

pub use crate::setting::ConfigError;

/// Its section in the configuration.
const DEVICE: &str = "ssd1306";

/// What may differ between panels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address on the bus, 7 bits: 60 (3Ch) or 61 (3Dh), by a jumper on the panel.
    pub address: u8,
    /// Rows of dots: 32 or 64.
    pub height: u32,
    /// Whether the panel is mounted upside down.
    pub upside_down: bool,
    /// Brightness, 0 to 255; a brighter panel ages sooner.
    pub contrast: u8,
    /// Whether the panel is fed its own 7 to 15 V instead of pumping them up.
    pub external_supply: bool,
    /// Bytes of dots in a transaction, 8 to 1,024; adapters have a limit.
    pub bytes_at_once: u16,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            address: 0x3C,
            height: 64,
            upside_down: false,
            contrast: 0x7F,
            external_supply: false,
            bytes_at_once: 32,
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
            rule(
                "address",
                u64::from(self.address),
                matches!(self.address, 0x3C | 0x3D),
                "set 60 (3Ch) or 61 (3Dh)",
            ),
            rule("height", u64::from(self.height), matches!(self.height, 32 | 64), "set 32 or 64"),
            range("bytes_at_once", u64::from(self.bytes_at_once), 8, 1_024),
        ];
        check(DEVICE, rows)
    }
}

/// The driver.
#[derive(Clone, Debug)]
pub struct Ssd1306 {
    config: Config,
}

impl Ssd1306 {
    /// A driver for such a panel.
    ///
    /// # Errors
    /// [`ConfigError`] when a setting is out of range.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self { config })
    }

    /// Address on the bus, 7 bits.
    #[must_use]
    pub const fn address(&self) -> u8 {
        self.config.address
    }

    /// Dots across and down.
    #[must_use]
    pub const fn size(&self) -> (u32, u32) {
        (COLUMNS, self.config.height)
    }

    /// What to write to [`Ssd1306::address`], one transaction after the other; only after the last is the picture lit.
    ///
    /// # Errors
    /// [`ErrorKind::UserError`] for a picture of another size than the panel's.
    pub fn show(&self, picture: &Picture) -> Result<Vec<Vec<u8>>, Error> {
        let (width, height) = self.size();
        let bytes = u64::from(width / 8) * u64::from(height);
        let whole = u64::try_from(picture.rows.len()).is_ok_and(|there| there == bytes);
        if (picture.width, picture.height) != (width, height) || !whole {
            let words = format!(
                "status panel: a picture of {} × {} dots in {} bytes; {width} × {height} fit",
                picture.width,
                picture.height,
                picture.rows.len()
            );
            return Err(Error::new(ErrorKind::UserError, words));
        }
        let mut transactions = vec![codec::commands(&self.initialisation())];
        let memory = codec::pages(&picture.rows, width);
        transactions.extend(codec::dots(&memory, usize::from(self.config.bytes_at_once)));
        transactions.push(codec::commands(&[Command::Display { on: true }]));
        Ok(transactions)
    }

    /// From any state to dark, set up, and waiting for dots from the first column of the first page.
    fn initialisation(&self) -> [Command; 13] {
        let tall = self.config.height == 64;
        [
            Command::EndCut,
            Command::Display { on: false },
            Command::Clock,
            Command::Rows(if tall { 64 } else { 32 }),
            Command::NoOffset,
            Command::ChargePump { on: !self.config.external_supply },
            Command::HorizontalAddressing,
            Command::UpsideDown(self.config.upside_down),
            Command::Wiring { alternating: tall },
            Command::Contrast(self.config.contrast),
            Command::Levels,
            Command::Plain,
            Command::Window { last_page: if tall { 7 } else { 3 } },
        ]
    }
}

#[cfg(test)]
mod tests;
