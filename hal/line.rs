//! The sans-IO face that every driver on a byte line shows to the thread that owns the line.

use senim_domain::Mono;

/// A driver machine on a serial line. The owner of the line calls, in this order and until nothing is left:
/// `poll_transmit` → write; then reads or waits until `poll_timeout`; then `handle_input` or `handle_timeout`.
pub trait LineDriver {
    /// Bytes arrived, in any cut: half a frame, several frames, noise.
    fn handle_input(&mut self, bytes: &[u8], now: Mono);

    /// Bytes to put on the wire now, once each.
    fn poll_transmit(&mut self) -> Option<Vec<u8>>;

    /// When [`LineDriver::handle_timeout`] wants to be called, if at all.
    fn poll_timeout(&self) -> Option<Mono>;

    /// The moment of [`LineDriver::poll_timeout`] has come.
    fn handle_timeout(&mut self, now: Mono);

    /// The line opened (`true`) or was lost (`false`: unplugged, port gone). A command under way is not repeated.
    fn handle_line(&mut self, open: bool, now: Mono);
}
