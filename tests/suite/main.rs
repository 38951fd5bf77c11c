//! Acceptance: one binary, a module per capability.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "helpers of tests fail as tests do"
)]

mod bad_input;
mod commissioning;
mod devices;
mod formats;
mod journeys;
mod power_cuts;
mod privacy;
mod stand;
mod tidy;
mod trail;

use std::path::{Path, PathBuf};

/// Root of the tree.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}
