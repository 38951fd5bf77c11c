//! Device side of the protocols, written from the manuals and sharing no code with `hal/drivers`: if driver and
//! emulator were built from the same lines, one misreading would cancel the other.
//!
//! Each device is a sans-IO machine ([`machine::Machine`]): bytes and time in, bytes out. A single-threaded test
//! world drives it in virtual time; [`pty::PtyDevice`] is a thin loop that puts the same machine behind a serial
//! port, [`tcp::TcpDevice`] behind a TCP port; [`rack::Rack`] holds all of them together with an HTTP control interface.
//!
//! Devices without a serial line are emulated where our own transport traits end: the status panel ([`ssd1306`]) takes what
//! is written on its bus, and cabinet and keypad ([`cabinet`], [`keypad`]) are set and polled over the control interface.
//!
//! This crate does not decide what a terminal should make of an answer, and it never refuses to misbehave.

pub mod cabinet;
pub mod card;
pub mod cards;
pub mod ccnet;
pub mod control;
pub mod escpos;
pub mod faults;
pub mod gempc;
pub mod history;
pub mod keypad;
pub mod lcdm2000;
pub mod lcdm4000;
pub mod lying;
pub mod machine;
pub mod nmea;
pub mod nut;
pub mod peers;
pub mod pn532;
pub mod presenter;
pub mod pty;
pub mod rack;
pub mod ssd1306;
pub mod tcp;
