//! The whole terminal, its devices and the gateway in one thread with virtual time.
//!
//! [`World`] holds a kernel with its journal on disk, both drivers and their emulated devices byte for byte, the
//! gateway's core with an in-memory store and services that can be told to fail, and a borrower who knows what they
//! want. [`Rehearsal`] plays the journeys on it. Nothing here reads a clock: [`World::run_until`] jumps to the next moment at which something is due. What must
//! hold after whatever happened is in [`invariants`].
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "the rig is a test: what fails in it fails the test"
)]

mod authority;
mod cashier;
pub mod cores;
pub mod far;
pub mod invariants;
pub mod keys;
mod lender;
pub mod mfo;
pub mod newcomers;
pub mod phones;
pub mod planted;
pub mod rehearsal;
pub mod services;
pub mod soak;
pub mod sweep;
mod wallet;
pub mod world;

pub use far::Far;
pub use mfo::Mfo;
pub use phones::Phones;
pub use rehearsal::Rehearsal;
pub use services::Services;
pub use world::{Travel, World, WorldOptions};
