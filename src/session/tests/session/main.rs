//! The dialogue and the cash saga, played as values: every event by hand, every effect looked at.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail a test"
)]

mod authorisation;
mod clock;
mod desk;
mod dialogue;
mod property;
mod recovery;
mod refusals;
mod saga;
