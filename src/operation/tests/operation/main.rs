//! What the formats promise, shown on real keys.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail a test"
)]

mod batch;
mod chain;
mod checkpoint;
mod envelope;
mod export;
mod fixture;
mod formats;
mod message;
mod sealing;
mod stock_tools;
