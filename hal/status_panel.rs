//! Port: status panel (XFS4IoT Auxiliaries/Lights in spirit): a small one-bit display beside the screen or inside the
//! cabinet, for the technician and for "out of service" when the main screen is dark.
//!
//! **For driver authors.** Blocking, on a thread that may wait for a slow bus; a picture is shown whole or the call fails,
//! and the next picture re-initialises the display. **For session authors.** Never draw anything about a person; the panel
//! keeps its last picture when the program dies.

use crate::error::Error;

/// A one-bit picture, rows from the top, 8 dots a byte, the most significant bit is the left dot, 1 is lit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Dots across; a multiple of 8.
    pub width: u32,
    /// Dots down.
    pub height: u32,
    /// `width / 8 · height` bytes.
    pub rows: Vec<u8>,
}

/// A status panel.
pub trait StatusPanel: Send {
    /// Dots across and down.
    fn size(&self) -> (u32, u32);

    /// Shows a picture of [`StatusPanel::size`] until the next one.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Offline`] when the bus does not acknowledge, [`crate::ErrorKind::UserError`] for a picture of
    /// another size. May be repeated.
    fn show(&mut self, picture: &Picture) -> Result<(), Error>;
}
