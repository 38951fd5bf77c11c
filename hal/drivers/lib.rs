//! Drivers: codec and machine per device, no I/O.
//!
//! A driver turns the words of a port (`senim_hal`) into one device's bytes and back. Nothing here opens a port,
//! reads a clock or starts a thread; `senim_linux` moves the bytes.

pub mod cabinet;
pub mod ccnet;
mod delegate;
pub mod escpos;
#[doc(hidden)]
pub mod exchange;
pub mod gempc;
pub mod lcdm2000;
pub mod lcdm4000;
pub mod nmea;
mod notes;
pub mod nut;
pub mod pn532;
pub mod presenter;
mod setting;
pub mod ssd1306;

pub use self::nmea::Nmea;
pub use ccnet::Ccnet;
pub use escpos::EscPos;
pub use gempc::GemPc;
pub use lcdm2000::Lcdm2000;
pub use lcdm4000::Lcdm4000;
pub use nut::Nut;
pub use pn532::Pn532;
pub use presenter::Presenter;
pub use ssd1306::Ssd1306;
