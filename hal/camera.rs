//! Port: camera (XFS4IoT Camera).
//!
//! The only blocking port: it lives on a thread of its own and is opened when a face is needed, closed at once after.
//! Frames exist in memory only and are wiped when dropped.

use senim_domain::{Mono, SecretBytes};

use crate::error::Error;

/// One picture, RGB, 8 bits a channel, rows from the top.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `width · height · 3` bytes.
    pub rgb: SecretBytes,
    /// When it was taken.
    pub at: Mono,
}

/// A source of frames.
pub trait Camera: Send {
    /// Opens the configured device and starts the stream.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NoDevice`] when it is not there, [`crate::ErrorKind::HardwareError`] when it gives no stream.
    fn open(&mut self) -> Result<(), Error>;

    /// Waits for the next frame, at most about a second.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Offline`] when the stream stopped (unplugged), [`crate::ErrorKind::HardwareError`] when a
    /// frame cannot be decoded.
    fn frame(&mut self) -> Result<Frame, Error>;

    /// Stops the stream and releases the device. Always succeeds.
    fn close(&mut self);
}
