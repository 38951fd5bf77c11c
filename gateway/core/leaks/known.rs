//! Whether a client's data leaked, by everything that is known: core lending's flag and the lists.

use senim_domain::{ClientId, Secret, UtcMillis};

use crate::Gateway;
use crate::acting::Act;
use crate::connectors::ConnectorError;
use crate::error::GatewayError;

/// What is known of a leak.
pub(crate) struct Leak {
    /// Since when.
    pub since: UtcMillis,
    /// What core lending says of it; empty: nothing.
    pub notice: Secret,
}

impl Gateway {
    /// Since when core lending knows that a client's data leaked, and what it says of it; one that keeps no such flags knows
    /// of no leak.
    fn leak_known_to_core(&self, client: ClientId) -> Result<Option<Leak>, ConnectorError> {
        match self.connectors.core.flags(client) {
            Ok(flags) => {
                let notice = flags.blocking_notice.unwrap_or_default();
                Ok(flags.data_leak_since.map(|since| Leak { since, notice }))
            }
            Err(error) if error.is_not_offered() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Act<'_> {
    /// Since when this client's data are known to have leaked, by core lending or by a list, whichever was later: measures
    /// that were taken before do not cover it.
    pub(crate) fn leak_of(
        &self,
        client: ClientId,
    ) -> Result<Result<Option<Leak>, ConnectorError>, GatewayError> {
        let listed = match &self.session.leak_person {
            Some(person) => self.gateway.listed_leak(person)?,
            None => None,
        };
        let known = match self.gateway.leak_known_to_core(client) {
            Ok(known) => known,
            // A list is enough to stop somebody; what core lending would say of it is told later.
            Err(error) if listed.is_some() => {
                tracing::warn!(%error, "core lending does not tell of leaks; a list does");
                None
            }
            Err(error) => return Ok(Err(error)),
        };
        Ok(Ok(match (known, listed) {
            (Some(known), Some(listed)) => Some(Leak { since: known.since.max(listed), ..known }),
            (None, Some(since)) => Some(Leak { since, notice: Secret::default() }),
            (known, None) => known,
        }))
    }
}
