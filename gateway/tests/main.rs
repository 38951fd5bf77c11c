//! The lender's server over real sockets, stores and processes. One binary: it links once.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::result_large_err,
    clippy::unwrap_used,
    reason = "tests may"
)]

mod conformance;
mod connectors;
mod desk;
mod hostile;
mod http;
mod privacy;
mod process;
mod site;
#[path = "../core/tests/support/mod.rs"]
mod support;
