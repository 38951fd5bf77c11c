//! The drainer, question by question, and against a gateway that drops, repeats, reorders and lies.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may"
)]

mod hostile;
mod machine;
mod rewind;
