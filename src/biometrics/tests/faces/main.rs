//! The pipeline with its models, on pictures of people whom set-up fetches: nothing of them is in the repository.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail loudly"
)]

mod aim;
mod frames;
mod golden;
mod material;
mod portrait;
mod proof;
mod video;
mod wiped;
