//! Port: cabinet sensors (XFS4IoT Auxiliaries: Cabinet/Safe doors, Tamper, TiltSensor, OperatorSwitch).
//!
//! **For driver authors.** Debounce; report each input once at start and then at each change, in the order of the edges.
//! **For session authors.** An open door or tilt is a fact for the journal and asks for a checkpoint; it is not a command to
//! anything. The operator switch asks for the service menu when no visit is under way.

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// An input of the cabinet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Input {
    /// The service door.
    CabinetDoor,
    /// The door of the safe with the cassettes.
    SafeDoor,
    /// The tamper loop.
    Tamper,
    /// Moved or tilted.
    Tilt,
    /// The operator's key switch.
    OperatorSwitch,
}

/// One input, one level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Which.
    pub input: Input,
    /// Door open, loop broken, tilted, switch on supervisor.
    pub active: bool,
}

/// Cabinet inputs, read on a thread of their own.
pub trait Cabinet: Send {
    /// Waits at most `wait_ms` for the next change.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NoDevice`] when the chip or a line of it is not there, [`crate::ErrorKind::Offline`] when it can
    /// no longer be read; the next call opens it again and reports every level anew.
    fn wait_change(&mut self, wait_ms: u64) -> Result<Option<Change>, Error>;
}
