//! Port: mains and battery (XFS4IoT Auxiliaries: UninterruptiblePowerSupply).
//!
//! **For driver authors.** Report the state when asked and from then on at each change; a value that the device does not
//! know is absent, not zero. A charge or runtime that drifts by less than a configured step is no change. Tell
//! [`Event::Failed`] once when the supply is not heard any more, and the state when it is heard again. **For session authors.** On battery nothing new begins, money in motion finishes, and the
//! terminal stops in order before [`Supply::low`] becomes darkness.

use senim_domain::Mono;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::line::LineDriver;

/// Where the power comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// The mains.
    Mains,
    /// The battery.
    Battery,
}

/// State of the supply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Supply {
    /// Where the power comes from.
    pub source: Source,
    /// The device says that the battery is nearly empty, or asks for shut-down.
    pub low: bool,
    /// Charge, percent from 0 to 100.
    pub charge_percent: Option<u8>,
    /// Time left on battery, seconds.
    pub runtime_s: Option<u32>,
    /// The device asks for a new battery.
    pub replace_battery: bool,
}

/// What the session may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Who is there and how is it. Ends with [`Event::Status`] or [`Event::Failed`].
    Status,
}

/// What the session may hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Answer to [`Command::Status`].
    Status {
        /// Maker, model and serial number as the device tells them.
        identity: String,
        /// State.
        supply: Supply,
    },
    /// The state changed.
    Changed(Supply),
    /// Nothing is known of the supply (data stale, driver gone).
    Failed(Error),
    /// The line opened or closed by itself.
    Line {
        /// Whether it is open now.
        open: bool,
    },
}

/// A power supply driver.
pub trait PowerSupply: LineDriver {
    /// Begins a command.
    ///
    /// # Errors
    /// [`crate::ErrorKind::DeviceBusy`] while one is under way.
    fn begin(&mut self, command: Command, now: Mono) -> Result<(), Error>;

    /// The next thing to tell.
    fn poll_event(&mut self) -> Option<Event>;
}
