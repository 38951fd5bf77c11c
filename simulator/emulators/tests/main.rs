//! Tests of the emulated devices: machines in virtual time, ports and control interface on the real system.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test helpers may fail loudly"
)]

mod escpos;
mod host;
mod lcdm2000;
mod lcdm4000_faults;
mod lcdm4000_frames;
mod lcdm4000_power;
mod presenter;
mod pty;
mod rack;
