//! Chains that the generator writes, before every verifier there is. One binary: it links once.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests may"
)]

mod chain;
mod dossier;
mod guide;
mod python;
mod tamper;
mod two_gateways;
