//! How consents stand and end: by application and decision, or by silence (S004 p.16 to 21; ).

use super::super::{DAY_MS, Denial, LOCAL_OFFSET_MS, Model, schedule};
use super::{Application, Decision, Initiator, Status};

/// Business days in which an organisation decides on a revocation (p.18, 21).
const REVIEW_DAYS: u32 = 15;

impl Model {
    /// How a consent stands.
    ///
    /// # Errors
    /// `token_unknown` and what concerns the initiator.
    pub fn kdp_status(&mut self, who: &Initiator, jti: &str) -> Result<Status, Denial> {
        self.may_ask(who)?;
        self.lapse();
        let now = self.now();
        let consent = self.kdp.consents.get(jti).ok_or(Denial::not_found("token_unknown"))?;
        let waiting = self.kdp.applications.iter().find(|one| one.jti == jti && one.decided.is_none());
        Ok(match waiting {
            _ if consent.revoked => Status::NotActive,
            _ if now >= consent.expires_ms => Status::Expired,
            Some(application) => Status::UnderReview(application.until_ms),
            None => Status::Active,
        })
    }

    /// A person applies for revocation in e-government (p.16, 17).
    ///
    /// # Errors
    /// `token_unknown`.
    pub fn apply_for_revocation(&mut self, jti: &str) -> Result<Application, Denial> {
        if !self.kdp.consents.contains_key(jti) {
            return Err(Denial::not_found("token_unknown"));
        }
        let application = Application {
            number: format!("A-{:08}", self.kdp.applications.len() + 1),
            jti: jti.to_owned(),
            received_ms: self.now(),
            until_ms: business_days_later(self.now(), REVIEW_DAYS),
            decided: None,
        };
        self.kdp.applications.push(application.clone());
        Ok(application)
    }

    /// Applications that wait for the organisation, oldest first.
    ///
    /// # Errors
    /// What concerns the initiator.
    pub fn kdp_applications(&mut self, who: &Initiator) -> Result<Vec<Application>, Denial> {
        self.may_ask(who)?;
        self.lapse();
        Ok(self.kdp.applications.iter().filter(|one| one.decided.is_none()).cloned().collect())
    }

    /// The organisation's decision, once.
    ///
    /// # Errors
    /// `application_unknown`, `decision_conflict`, `ground_missing` and what concerns the initiator.
    pub fn kdp_decide(&mut self, who: &Initiator, number: &str, decision: &Decision) -> Result<(), Denial> {
        self.may_ask(who)?;
        self.lapse();
        if let Decision::Keep(ground) = decision {
            let [kind, number, date, name] = ground;
            let known = ["normativeAct", "contract", "obligation"].contains(&kind.as_str());
            if !known || number.is_empty() || name.is_empty() || !schedule::is_date(date) {
                return Err(Denial::invalid("ground_missing"));
            }
        }
        let application = self.kdp.applications.iter_mut().find(|one| one.number == number);
        let application = application.ok_or(Denial::not_found("application_unknown"))?;
        match &application.decided {
            Some(before) if before == decision => return Ok(()),
            Some(_) => return Err(Denial::conflict("decision_conflict")),
            None => application.decided = Some(decision.clone()),
        }
        let jti = application.jti.clone();
        if *decision == Decision::Revoke { self.revoke(&jti) } else { Ok(()) }
    }

    /// Silence for fifteen business days is revocation (p.21).
    pub(super) fn lapse(&mut self) {
        let now = self.now();
        let mut lapsed = Vec::new();
        for application in &mut self.kdp.applications {
            if application.decided.is_none() && now >= application.until_ms {
                application.decided = Some(Decision::Revoke);
                lapsed.push(application.jti.clone());
            }
        }
        for jti in lapsed {
            if let Some(consent) = self.kdp.consents.get_mut(&jti) {
                consent.revoked = true;
            }
        }
    }
}

/// Saturdays and Sundays do not count; the simulated country has no holidays.
fn business_days_later(from_ms: i64, days: u32) -> i64 {
    let mut at = from_ms;
    let mut left = days;
    while left > 0 {
        at = at.saturating_add(DAY_MS);
        // The first day of 1970 was a Thursday.
        let weekday = at.saturating_add(LOCAL_OFFSET_MS).div_euclid(DAY_MS).saturating_add(3).rem_euclid(7);
        if weekday < 5 {
            left = left.saturating_sub(1);
        }
    }
    at
}
