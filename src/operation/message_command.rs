//! What staff can tell a terminal to do.

use serde::{Deserialize, Serialize};

/// What a terminal can be told to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase", deny_unknown_fields)]
pub enum Command {
    /// Take a checkpoint.
    TakeCheckpoint,
    /// Restart in order, once nobody is at the terminal.
    Restart,
    /// Begin no new business.
    OutOfService {
        /// Why, for the technician.
        reason: String,
    },
    /// New business may begin again, as far as this command goes.
    BackInService,
    /// Send telemetry now.
    SendTelemetry,
}

impl Command {
    /// Its code, as in [`crate::body::CommandCarriedOut`].
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TakeCheckpoint => "takeCheckpoint",
            Self::Restart => "restart",
            Self::OutOfService { .. } => "outOfService",
            Self::BackInService => "backInService",
            Self::SendTelemetry => "sendTelemetry",
        }
    }
}
