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
mod lcdm4000_faults;
mod lcdm4000_frames;
mod lcdm4000_power;
mod nmea;
mod nut;
mod peer_gpsd;
mod peer_nfc;
mod pn532;
mod pty;
mod rack;
mod tcp;
