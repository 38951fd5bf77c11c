//! Reports that core lending must get, however long it is away: kept with the fact they tell of, removed on success.

use senim_domain::UtcMillis;

use crate::Gateway;
use crate::connectors::{ConnectorError, PayoutReport};
use crate::error::GatewayError;
use crate::store::{self, Collection};

impl Gateway {
    /// Delivers what can be delivered now. To be called from time to time; returns how many reports still wait.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn flush_outbox(&self, now: UtcMillis) -> Result<usize, GatewayError> {
        let mut waiting = 0;
        for document in self.store.documents(Collection::Outbox, "payout/")? {
            let report: PayoutReport = store::parse(Collection::Outbox, &document)?.value;
            match self.connectors.core.report_payout(&report) {
                Ok(()) => self.store.commit(&[store::remove(Collection::Outbox, &document.key)])?,
                Err(error @ ConnectorError::Unavailable { .. }) => {
                    tracing::warn!(%error, at = %now, "payout not reported yet");
                    return Ok(waiting.max(1));
                }
                Err(error @ ConnectorError::Refused { .. }) => {
                    tracing::error!(%error, loan = %report.loan, "core lending refuses a payout that took place");
                    waiting += 1;
                }
            }
        }
        Ok(waiting)
    }
}
