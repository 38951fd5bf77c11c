//! Short storms and a small fleet. One binary: it links once.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "tests may")]

mod fleet;
mod storm;
