//! Proof of a living person: scripted people before the judge, and its limits one by one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test stops where something is wrong, and says how often"
)]

mod attacks;
mod stream;
