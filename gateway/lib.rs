//! The MFO's server: stores, connectors, HTTP, command line.
//!
//! What the MFO decides is in `senim-gateway-core`; here are the disk, the wire and the clock around it.

pub mod certificates;
pub mod clock;
pub mod commands;
pub mod config;
pub mod connectors;
pub mod custody;
pub mod desk;
pub mod doors;
pub mod est;
mod exchange;
pub mod feed;
pub mod guard;
pub mod http;
pub mod metrics;
pub mod quotation;
pub mod recovery;
pub mod refusal;
pub mod second_copy;
pub mod serve;
pub mod staff;
pub mod store;
pub mod upkeep;
pub mod webhook;
pub mod wrap;
