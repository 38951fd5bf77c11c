//! Drivers: codec and machine per device, no I/O.
//!
//! A driver turns the words of a port (`senim_hal`) into one device's bytes and back. Nothing here opens a port,
//! reads a clock or starts a thread; `senim_linux` moves the bytes.

pub mod escpos;
#[doc(hidden)]
pub mod exchange;
pub mod lcdm2000;
pub mod lcdm4000;
pub mod presenter;

pub use escpos::EscPos;
pub use lcdm2000::Lcdm2000;
pub use lcdm4000::Lcdm4000;
pub use presenter::Presenter;
