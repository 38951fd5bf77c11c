//! How terminals are, as they last said: for the desk and for nothing that decides.

use senim_domain::{TerminalId, UtcMillis};
use senim_operation::telemetry::{Telemetry, read_lines};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::error::{GatewayError, Refusal};
use crate::store::{self, Collection, Expect, StoreError};

/// What is kept of a terminal's telemetry: its last word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastTelemetry {
    /// When it came.
    pub received_at: UtcMillis,
    /// What it said.
    pub last: Telemetry,
}

impl Gateway {
    /// Takes lines of telemetry, oldest first; gives how many. The last one is kept.
    ///
    /// # Errors
    /// [`Refusal::BadTelemetry`], or what [`GatewayError`] says.
    pub fn telemetry(
        &self,
        terminal: &TerminalId,
        text: &str,
        now: UtcMillis,
    ) -> Result<usize, GatewayError> {
        // A quarantined terminal may say how it is.
        self.load_terminal(terminal)?.ok_or(Refusal::NotEnrolled)?;
        let lines = read_lines(text).map_err(Refusal::BadTelemetry)?;
        let count = lines.len();
        if let Some(last) = lines.into_iter().next_back() {
            let kept = LastTelemetry { received_at: now, last };
            let change = store::put(Collection::Telemetry, terminal.as_str(), Expect::Any, &kept)?;
            self.store.commit(&[change])?;
        }
        Ok(count)
    }

    /// What a terminal last said of itself.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn last_telemetry(&self, terminal: &TerminalId) -> Result<Option<LastTelemetry>, StoreError> {
        let kept = store::load(self.store.as_ref(), Collection::Telemetry, terminal.as_str())?;
        Ok(kept.map(|kept| kept.value))
    }
}
