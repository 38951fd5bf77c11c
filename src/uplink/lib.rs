//! TLS and HTTP to the gateway: performs what sync asks, one request at a time, and says how it ended.
//!
//! It decides nothing about rows, retries or trust in messages: a failure is only sorted (unreachable, certificate,
//! refused, unreadable) and handed to `senim-sync`. The one signature it verifies is that of the MFO's time, because no
//! other line is used before it ([`verify_time`]). Blocking; [`driver::spawn`] gives it a thread of its own.

mod answer;
mod connector;
pub mod driver;
pub mod enrolment;
pub mod est;
mod failure;
pub mod renewal;
mod signing;
mod time;
mod tls;
mod uplink;

#[cfg(test)]
mod testbed;
#[cfg(test)]
mod uplink_tests;

pub use driver::{Command, Perform};
pub use signing::{certificate_request, tls_key};
pub use time::{TIME_TYP, TimeError, verify_time};
pub use tls::{CertificateClock, Credentials, identity_from_pem};
pub use uplink::{READ_TIMEOUT_MS_MIN, Uplink, UplinkError, UplinkOptions};
