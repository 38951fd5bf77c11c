//! The protocols that money and records hang on as models for a model checker: every order of every step, loss, fault and
//! cut, up to so many of them.
//!
//! The decisions in them are not copies: the payout asks [`senim_session::bundle`], the acknowledgement drives
//! [`senim_sync::Sync`]. What is modelled is the world around: a dispenser, wires, a disk, power.
//! Each model can be made with one [mistake](payout::Mistake), and must then find a counter-example.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "models are tests: what fails in them fails the test"
)]

pub mod acknowledgement;
pub mod explore;
pub mod payout;
