//! The MFO's server: stores, connectors, HTTP, command line.
//!
//! What the MFO decides is in `senim-gateway-core`; here are the disk, the wire and the clock around it.

pub mod certificates;
pub mod clock;
pub mod commands;
pub mod config;
pub mod connectors;
pub mod desk;
pub mod est;
pub mod http;
pub mod metrics;
pub mod quotation;
pub mod recovery;
pub mod second_copy;
pub mod serve;
pub mod staff;
pub mod store;
