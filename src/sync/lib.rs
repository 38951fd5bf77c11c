//! Which request goes to the MFO next, and what its answer means: batching, acknowledgement, gap and fork, back-off.
//!
//! A pure machine. It knows neither the journal nor HTTP: the kernel tells it what is waiting ([`Backlog`]), it says what
//! is wanted ([`Want`]), `uplink` performs it, and the answer comes back by [`Sync::handle`]. One request is under way at
//! a time, so a batch can never be sent twice in parallel; a lost answer is cured by sending the same batch again.

pub mod machine;
mod rewind;
pub mod wire;

pub use machine::{Backlog, News, Sync, SyncOptions, Want};
pub use wire::{Answer, Failure, Request};
