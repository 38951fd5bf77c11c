//! Port: network interfaces as the host sees them, for the technician: whether a cable or modem is there says more than that
//! the gateway does not answer.
//!
//! Reading blocks for microseconds and may be repeated at will. Nothing is configured through it.

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// One interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interface {
    /// Its name, for instance `eth0`.
    pub name: String,
    /// Whether it carries a signal (cable in, modem attached).
    pub carrier: bool,
    /// Hardware address as the host writes it.
    pub address: String,
}

/// Network interfaces.
pub trait Network: Send {
    /// The interfaces beside loopback, by name.
    ///
    /// # Errors
    /// [`crate::ErrorKind::HardwareError`] when the host does not tell.
    fn interfaces(&mut self) -> Result<Vec<Interface>, Error>;
}
