//! The vocabulary every emulated device speaks: bytes and time in, bytes, deadlines and files out.
//!
//! A machine reads no clock and does no I/O. `now_ms` is any clock that never goes back; the PTY runner uses
//! CLOCK_BOOTTIME, so that instants shown by a device can be compared with the terminal's own.

use std::path::Path;

/// A device as a machine. All times are milliseconds of one clock that never goes back.
pub trait Machine: Send + 'static {
    /// Takes bytes that arrived from the host. Split and coalesced frames are equal.
    fn handle_input(&mut self, bytes: &[u8], now_ms: u64);

    /// The next bytes to put on the line, once their time has come. Call until `None`.
    fn poll_transmit(&mut self, now_ms: u64) -> Option<Vec<u8>>;

    /// The absolute time at which [`Machine::handle_timeout`] wants to be called, if there is one.
    fn poll_timeout(&self) -> Option<u64>;

    /// Lets everything happen that is due at `now_ms`. Harmless when nothing is.
    fn handle_timeout(&mut self, now_ms: u64);

    /// False while the device holds the line (buffer full): the runner then leaves bytes with the host.
    fn wants_input(&self) -> bool {
        true
    }

    /// A client connected (`true`) or left. Told to devices behind TCP only; a serial port does not know.
    fn handle_connection(&mut self, _open: bool, _now_ms: u64) {}

    /// Whether the device hangs up now; asked after everything due was sent, each wish given out once.
    fn poll_hang_up(&mut self) -> bool {
        false
    }

    /// A file the device has produced, to be written by the runner; each is given out once.
    fn poll_artifact(&mut self) -> Option<Artifact> {
        None
    }

    /// Tells the device that its artifact now exists, complete, at `path`.
    fn artifact_written(&mut self, _path: &Path) {}
}

/// A file produced by a device, such as a printed receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// File name without directory.
    pub name: String,
    /// Contents.
    pub bytes: Vec<u8>,
}
