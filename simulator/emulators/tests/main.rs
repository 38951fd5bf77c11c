//! Tests of the emulated devices: machines in virtual time, ports and control interface on the real system.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test helpers may fail loudly"
)]

mod ccnet_faults;
mod ccnet_frames;
mod ccnet_host;
mod ccnet_notes;
mod escpos;
mod fault_table;
mod gempc;
mod gempc_card;
mod host;
mod icao;
mod lcdm2000;
mod lcdm4000_faults;
mod lcdm4000_frames;
mod lcdm4000_power;
mod loose;
mod nmea;
mod nut;
mod peer_cashcode;
mod peer_escpos;
mod peer_gpsd;
mod peer_nfc;
mod peer_pcscd;
mod peer_puloon;
mod piv;
mod pn532;
mod presenter;
mod pty;
mod rack;
mod rig_guide;
mod ssd1306;
mod tcp;
mod vpcd;
