//! The outside world of a lender, simulated: core lending, face matcher, SMS, КДП, ЦОИД, number base, credit bureau,
//! screening, anti-fraud centre, register of entrepreneurs, bank, merchants, check calls, signing
//! by QR code with the authority behind it, and people to play with.
//! Everybody in it is fictitious.
//!
//! [`model`] is the world itself, without network or clock. The feature `http` puts it behind plain HTTP on loopback,
//! where the gateway's connectors are exercised against it. It decides nothing of the firmware's or the gateway's and
//! shares no code with them. Logs carry ids only.

pub mod canvas;
pub mod faults;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "http")]
#[cfg(test)]
mod http_tests;
pub mod lending;
pub mod matcher;
pub mod model;
pub mod people;
pub mod picture;
pub mod portrait;
#[cfg(feature = "http")]
mod serve;
mod sketch;

#[cfg(feature = "http")]
pub use serve::{World, WorldError, WorldGuard, WorldHandle, WorldOptions};

/// The OpenAPI 3.1 documents of the services, by name.
pub const OPENAPI: [(&str, &str); 17] = [
    ("core", include_str!("../../gateway/api/core.json")),
    ("match", include_str!("../../gateway/api/match.json")),
    ("sms", include_str!("../../gateway/api/sms.json")),
    ("kdp", include_str!("../../gateway/api/kdp.json")),
    ("coid", include_str!("../../gateway/api/coid.json")),
    ("numbers", include_str!("../../gateway/api/numbers.json")),
    ("bureau", include_str!("../../gateway/api/bureau.json")),
    ("aml", include_str!("../../gateway/api/aml.json")),
    ("anti-fraud", include_str!("../../gateway/api/anti-fraud.json")),
    ("entrepreneurs", include_str!("../../gateway/api/entrepreneurs.json")),
    ("bank", include_str!("../../gateway/api/bank.json")),
    ("merchants", include_str!("../../gateway/api/merchants.json")),
    ("calls", include_str!("../../gateway/api/calls.json")),
    ("signing", include_str!("../../gateway/api/signing.json")),
    ("timestamps", include_str!("../../gateway/api/timestamps.json")),
    ("ocsp", include_str!("../../gateway/api/ocsp.json")),
    ("gost", include_str!("../../gateway/api/gost.json")),
];
