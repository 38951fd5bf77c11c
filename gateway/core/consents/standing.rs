//! How a consent stands at this moment, by everything that is known of it.

use senim_domain::{Secret, UtcMillis};
use senim_operation::message::{ConsentOutcome, ConsentStatus};

use super::{Outcome, Revocation};
use crate::Gateway;
use crate::connectors::{ConnectorError, TokenStatus};
use crate::error::GatewayError;

/// How a consent stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// In a word.
    pub status: ConsentStatus,
    /// When silence becomes revocation, while revocation is considered.
    pub decided_until: Option<UtcMillis>,
    /// What became of the newest application for revocation.
    pub outcome: Option<ConsentOutcome>,
}

impl Gateway {
    /// Whether a consent counts no more by what is known here: a decision, or a deadline that has passed, whether or not
    /// anybody has noticed.
    pub(crate) fn consent_ended(&self, number: &str, now: UtcMillis) -> Result<bool, GatewayError> {
        let Some(consent) = self.consent(number)? else { return Ok(false) };
        if consent.value.ended.is_some() {
            return Ok(true);
        }
        let newest = self.newest_revocation(consent.value.application.as_deref())?;
        Ok(newest.is_some_and(|newest| newest.outcome.is_none() && now >= newest.until))
    }

    fn newest_revocation(&self, application: Option<&str>) -> Result<Option<Revocation>, GatewayError> {
        match application {
            Some(application) => Ok(self.revocation(application)?.map(|(_, found)| found.value)),
            None => Ok(None),
        }
    }

    /// Whether a consent may be used now: not ended by what is known here, and the state service, asked afresh, says that it
    /// is active. While revocation is only considered it still is.
    pub(crate) fn consent_opens(
        &self,
        number: &str,
        now: UtcMillis,
    ) -> Result<Result<bool, ConnectorError>, GatewayError> {
        if self.consent_ended(number, now)? {
            return Ok(Ok(false));
        }
        let asked = self.connectors.personal_data().and_then(|state| state.token_status(number));
        Ok(asked.map(|status| matches!(status, Some(TokenStatus::Active | TokenStatus::UnderReview { .. }))))
    }

    /// How a consent stands, for its owner. Nothing is claimed while the state service does not answer, but that what has
    /// ended has ended.
    pub(crate) fn consent_standing(&self, number: &str, now: UtcMillis) -> Result<Standing, GatewayError> {
        let kept = self.consent(number)?.map(|consent| consent.value);
        let newest = self.newest_revocation(kept.as_ref().and_then(|kept| kept.application.as_deref()))?;
        let outcome = newest.as_ref().and_then(|newest| told(newest, now));
        let waits = newest.as_ref().filter(|newest| newest.outcome.is_none() && now < newest.until);
        let asked = self.connectors.personal_data().and_then(|state| state.token_status(number));
        let (status, decided_until) = if self.consent_ended(number, now)? {
            (ConsentStatus::NotActive, None)
        } else {
            match asked {
                Ok(Some(TokenStatus::NotActive)) => (ConsentStatus::NotActive, None),
                Ok(Some(TokenStatus::Expired)) => (ConsentStatus::Expired, None),
                Ok(Some(TokenStatus::UnderReview { until })) => {
                    let until = waits.map_or(until, |waits| waits.until.min(until));
                    (ConsentStatus::UnderReview, Some(until))
                }
                Ok(Some(TokenStatus::Active)) => match waits {
                    Some(waits) => (ConsentStatus::UnderReview, Some(waits.until)),
                    None => (ConsentStatus::Active, None),
                },
                Ok(None) => (ConsentStatus::Unknown, None),
                Err(error) => {
                    tracing::warn!(%error, "status of a consent not known");
                    (ConsentStatus::Unknown, None)
                }
            }
        };
        Ok(Standing { status, decided_until, outcome })
    }
}

fn told(newest: &Revocation, now: UtcMillis) -> Option<ConsentOutcome> {
    match &newest.outcome {
        Some(Outcome::Revoked { at, .. }) => Some(ConsentOutcome::Revoked { at: *at }),
        Some(Outcome::Kept { at, ground, .. }) => Some(ConsentOutcome::Kept {
            at: *at,
            ground_type: ground.ground_type.clone(),
            doc_number: Secret::new(ground.doc_number.clone()),
            doc_date: ground.doc_date.clone(),
            doc_name: ground.doc_name.clone(),
        }),
        Some(Outcome::Silence { at }) => Some(ConsentOutcome::Silence { at: *at }),
        None if now >= newest.until => Some(ConsentOutcome::Silence { at: newest.until }),
        Some(Outcome::NotAwaited { .. }) | None => None,
    }
}
