//! Port: power of the cabinet and, above all, the latch that remembers whether the dispenser lost it.
//!
//! The latch is kept outside our process (a relay with a counter, an I/O board): what our own memory says proves
//! nothing after our own restart.

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// What the latch shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DispenserLatch {
    /// Times that the dispenser lost power, counted by the latch since it was built. Equal counts at two moments
    /// with power at both prove unbroken power between them.
    pub losses: u64,
    /// Whether the dispenser has power now.
    pub powered: bool,
}

/// Power as the firmware can see it.
pub trait Power: Send {
    /// Reads the latch; `None` when the terminal has none.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Offline`] when there should be one and it does not answer; the caller treats this like
    /// "no latch".
    fn dispenser_latch(&mut self) -> Result<Option<DispenserLatch>, Error>;
}
