//! Many terminals and many rows: what the exchange of terminals and gateway withstands, and what it costs.
//!
//! Everything here is a rig: keys and certificates are made on the spot, and whatever it starts it also ends.

#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
pub mod bench;
pub mod chain;
mod error;
pub mod pki;
pub mod random;
pub mod services;
pub mod tamper;
pub mod visits;

pub use error::LoadError;
