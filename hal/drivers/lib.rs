//! Drivers: codec and machine per device, no I/O.
//!
//! A driver turns the words of a port (`senim_hal`) into one device's bytes and back. Nothing here opens a port,
//! reads a clock or starts a thread; `senim_linux` moves the bytes.

pub mod escpos;
pub mod lcdm4000;
pub mod nmea;
pub mod nut;
pub mod pn532;

pub use self::nmea::Nmea;
pub use escpos::EscPos;
pub use lcdm4000::Lcdm4000;
pub use nut::Nut;
pub use pn532::Pn532;
