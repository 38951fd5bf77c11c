//! What the domain promises from outside: the vectors of the regulation, and schedules priced by somebody else.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail a test"
)]

mod identifiers;
mod lending;
mod repricing;
mod vectors;
