//! Port: watchdog. Whoever arms it promises to feed it; the kernel's thread feeds only after a completed step, so that a hung
//! step reboots the board.
//!
//! **For driver authors.** [`Watchdog::disarm`] must be what an orderly stop needs and nothing else may disarm; dropping an armed
//! watchdog leaves it armed. **For session authors.** A reboot is safe at any moment: everything that matters is durable first.

use crate::error::Error;

/// A watchdog.
pub trait Watchdog: Send {
    /// Starts it; from now on [`Watchdog::feed`] is due within `timeout_ms` (the nearest that the device has, returned).
    ///
    /// # Errors
    /// [`crate::ErrorKind::NoDevice`] when there is none, [`crate::ErrorKind::DeviceBusy`] when another program has it.
    fn arm(&mut self, timeout_ms: u64) -> Result<u64, Error>;

    /// Puts the reboot off by the time-out. May be repeated at will.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Offline`] when the device is gone.
    fn feed(&mut self) -> Result<(), Error>;

    /// Stops it in order.
    ///
    /// # Errors
    /// [`crate::ErrorKind::HardwareError`] when the device cannot be stopped (the kernel's `nowayout`); the reboot comes.
    fn disarm(&mut self) -> Result<(), Error>;
}
