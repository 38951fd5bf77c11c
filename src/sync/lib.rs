//! Which request to the gateway is next, over which line, and what its answer means: lanes, leases, acknowledgement, gap
//! and fork, back-off.
//!
//! A pure machine. It knows neither the journal nor HTTP: the kernel tells it what is waiting ([`Backlog`]), it says what
//! is wanted ([`Want`]) under a [`Lease`], `uplink` performs it, and the answer comes back by [`Sync::handle`]. Each
//! [`Line`] has one request under way, and the chain one in all, so a batch can never be sent twice in parallel; a lost
//! answer is cured by sending the same batch again.

mod lane;
pub mod machine;
mod news;
mod pace;
mod want;
pub mod wire;

pub use lane::{Lease, Line};
pub use machine::Sync;
pub use news::News;
pub use want::{Ahead, Backlog, Order, SyncOptions, Want};
pub use wire::{Answer, Failure, Request};
