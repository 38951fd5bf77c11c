//! Device side of the protocols, written from the manuals and sharing no code with `hal/drivers`: if driver and
//! emulator were built from the same lines, one misreading would cancel the other.
//!
//! Each device is a sans-IO machine ([`machine::Machine`]): bytes and time in, bytes out. A single-threaded test
//! world drives it in virtual time; [`pty::PtyDevice`] is a thin loop that puts the same machine behind a serial
//! port; [`rack::Rack`] holds all of them together with an HTTP control interface.
//!
//! This crate does not decide what a terminal should make of an answer, and it never refuses to misbehave.

pub mod card;
pub mod control;
pub mod escpos;
pub mod faults;
pub mod lcdm2000;
pub mod lcdm4000;
pub mod machine;
pub mod presenter;
pub mod pty;
pub mod rack;
