//! A storm: whole terminals, each a real kernel with its journal, drivers and emulated devices, against a real
//! `senim-gateway` over mutual TLS, while requests are lost, doubled and replayed, terminals lose power, and the gateway
//! and its database are killed, restarted and put back to a back-up. In the end every row and every sealed part must be
//! at the gateway once, and no loan may have been authorised or paid twice.
//!
//! The seed fixes what is tried and how often; what it meets depends on the machine, so a run cannot be repeated exactly.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a proof is a test: what fails in it fails the run, and it meets real processes in real time"
)]

pub mod fleet;
pub mod judge;
pub mod remote;
pub mod services;
pub mod site;
pub mod storm;
pub mod terminal;

pub use fleet::{FleetOptions, FleetReport};
pub use storm::{Base, Report, StormOptions, run};
