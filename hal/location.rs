//! Port: location receiver.
//!
//! **For driver authors.** Tell a fix when it changes by more than the receiver's own noise or when its quality changes, and
//! its loss once. **For session authors.** The rule pack names the registered place; the comparison is the session's. A fix is
//! a hint against theft, not proof: it can be forged from outside.

use senim_domain::Mono;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::line::LineDriver;

/// A position, WGS 84.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fix {
    /// Millionths of a degree, north positive, −90,000,000 … 90,000,000.
    pub latitude_udeg: i32,
    /// Millionths of a degree, east positive, −180,000,000 … 180,000,000.
    pub longitude_udeg: i32,
    /// Satellites used; 0 where the receiver does not tell.
    pub satellites: u8,
    /// Horizontal dilution of precision, hundredths.
    pub hdop_centi: Option<u16>,
}

/// What the session may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Is a receiver there. Ends with [`Event::Status`] or [`Event::Failed`].
    Status,
}

/// What the session may hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Answer to [`Command::Status`].
    Status {
        /// Talker and sentences seen, for the technician.
        identity: String,
        /// The position, where there is one.
        fix: Option<Fix>,
    },
    /// The position is or has become this.
    Fix(Fix),
    /// There is no position any more.
    Lost,
    /// Nothing understandable comes.
    Failed(Error),
    /// The line opened or closed by itself.
    Line {
        /// Whether it is open now.
        open: bool,
    },
}

/// A location driver.
pub trait Location: LineDriver {
    /// Begins a command.
    ///
    /// # Errors
    /// [`crate::ErrorKind::DeviceBusy`] while one is under way.
    fn begin(&mut self, command: Command, now: Mono) -> Result<(), Error>;

    /// The next thing to tell.
    fn poll_event(&mut self) -> Option<Event>;
}
