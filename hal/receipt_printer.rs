//! Port: receipt printer (XFS4IoT Printer).
//!
//! The session hands over a finished picture; how it travels is the driver's matter. A print may be repeated by the
//! session, since paper is not money: the receipt says which operation it belongs to and that it is a copy.

use senim_domain::Mono;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::line::LineDriver;

/// A 1-bit picture: rows from the top, 8 dots a byte, the most significant bit is the left dot, 1 is black.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raster {
    /// Dots in a row; a multiple of 8.
    pub width: u32,
    /// `width / 8` bytes per row.
    pub rows: Vec<u8>,
}

impl Raster {
    /// Count of rows.
    #[must_use]
    pub fn height(&self) -> u32 {
        let stride = (self.width / 8).max(1);
        u32::try_from(self.rows.len()).unwrap_or(u32::MAX) / stride
    }
}

/// Paper as the sensors see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Paper {
    /// Enough.
    Full,
    /// Near its end.
    Low,
    /// None.
    Out,
}

/// What the session may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Who is there, and is there paper. Ends with [`Event::Status`] or [`Event::Failed`].
    Status,
    /// Print and cut. Ends with [`Event::Printed`] or [`Event::Failed`].
    Print(Raster),
}

/// What the session may hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Answer to [`Command::Status`].
    Status {
        /// Model as the device tells it.
        identity: String,
        /// Paper.
        paper: Paper,
        /// A standing error.
        error: Option<Error>,
    },
    /// The printer confirmed, behind the last dot, that it processed everything (fenced).
    Printed,
    /// Not printed, or not known to be: paper out in the middle, cover open, silence.
    Failed(Error),
    /// The line opened or closed by itself.
    Line {
        /// Whether it is open now.
        open: bool,
    },
}

/// A printer driver.
pub trait ReceiptPrinter: LineDriver {
    /// Dots across the paper.
    fn width(&self) -> u32;

    /// Begins a command.
    ///
    /// # Errors
    /// [`crate::ErrorKind::DeviceBusy`] while one is under way.
    fn begin(&mut self, command: Command, now: Mono) -> Result<(), Error>;

    /// The next thing to tell.
    fn poll_event(&mut self) -> Option<Event>;
}
