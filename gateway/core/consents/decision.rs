//! What the MFO decides on an application for revocation: once, before its deadline, and a refusal only with its ground.

use jiff::civil::Date;
use senim_domain::UtcMillis;

use super::{Outcome, Revocation, RevocationCase};
use crate::Gateway;
use crate::actor::Actor;
use crate::connectors::{RevocationDecision, RevocationGround};
use crate::error::{GatewayError, bad_directive};
use crate::store::{self, Collection};

/// A ground: a contract under which something is owed.
pub(super) const CONTRACT: &str = "contract";
/// Grounds that a refusal may name.
const GROUNDS: [&str; 3] = ["normativeAct", CONTRACT, "obligation"];
/// Longest number of a document.
const MAX_DOC_NUMBER: usize = 64;
/// Longest name of one.
const MAX_DOC_NAME: usize = 200;

/// What the state service is told of an outcome; `None`: nothing.
pub(super) fn of_outcome(outcome: &Outcome) -> Option<RevocationDecision> {
    match outcome {
        Outcome::Revoked { .. } => Some(RevocationDecision::Revoke),
        Outcome::Kept { ground, .. } => Some(RevocationDecision::Keep(ground.clone())),
        Outcome::Silence { .. } | Outcome::NotAwaited { .. } => None,
    }
}

/// Whether a ground says everything that paragraph 20 demands.
fn check(ground: &RevocationGround) -> Result<(), GatewayError> {
    let fits = |text: &str, most: usize| {
        (1..=most).contains(&text.trim().chars().count()) && !text.chars().any(char::is_control)
    };
    if !GROUNDS.contains(&ground.ground_type.as_str()) {
        return Err(bad_directive("the ground is normativeAct, contract or obligation"));
    }
    if !fits(&ground.doc_number, MAX_DOC_NUMBER) || !fits(&ground.doc_name, MAX_DOC_NAME) {
        return Err(bad_directive(
            "name the document's number, in 1 to 64 characters, and its name, in 1 to 200",
        ));
    }
    let date = ground.doc_date.parse::<Date>();
    if !date.is_ok_and(|date| date.to_string() == ground.doc_date) {
        return Err(bad_directive("the document's date is written like 2026-03-02"));
    }
    Ok(())
}

impl Gateway {
    /// Applications for revocation on which the MFO has to decide, the most urgent first, each with what is suggested.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn revocation_cases(&self) -> Result<Vec<RevocationCase>, GatewayError> {
        let mut cases = Vec::new();
        for document in self.store.documents(Collection::ConsentRevocation, "open/")? {
            let revocation: Revocation = store::parse(Collection::ConsentRevocation, &document)?.value;
            let keep = match revocation.client {
                Some(client) => self.obligation(client)?,
                None => None,
            };
            cases.push(RevocationCase { revocation, keep });
        }
        cases.sort_by_key(|case| case.revocation.until);
        Ok(cases)
    }

    /// Decides on an application. A refusal that names no ground takes the one that is suggested.
    ///
    /// # Errors
    /// [`crate::Refusal::BadDirective`]: no such application, it was decided, its deadline is over, or the ground does not
    /// say what it has to.
    pub fn decide_revocation(
        &self,
        application: &str,
        keep: Option<Option<RevocationGround>>,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<Revocation, GatewayError> {
        let decided = self.deciding(|| {
            let (key, mut found) = self
                .revocation(application)?
                .ok_or_else(|| bad_directive("there is no such application for revocation"))?;
            if found.value.outcome.is_some() {
                return Err(bad_directive("this application was decided"));
            }
            if now >= found.value.until {
                return Err(bad_directive("its deadline is over: the consent is revoked by silence"));
            }
            let outcome = match &keep {
                None => Outcome::Revoked { at: now, by: by.clone() },
                Some(named) => {
                    let ground = match (named, found.value.client) {
                        (Some(ground), _) => ground.clone(),
                        (None, Some(client)) => self
                            .obligation(client)?
                            .ok_or_else(|| bad_directive("no obligation stands; name the ground"))?,
                        (None, None) => return Err(bad_directive("name the ground")),
                    };
                    check(&ground)?;
                    Outcome::Kept { at: now, by: by.clone(), ground }
                }
            };
            let ended = matches!(outcome, Outcome::Revoked { .. });
            let act = if ended { "revokeConsent" } else { "keepConsent" };
            let expect = found.expect();
            found.value.outcome = Some(outcome);
            let mut changes = vec![
                store::put(Collection::ConsentRevocation, &key, expect, &found.value)?,
                self.act_record(by, act, application, now)?,
            ];
            if ended {
                changes.extend(self.end_of_consent(&found.value.consent, now)?);
            }
            self.store.commit(&changes)?;
            Ok(found.value)
        })?;
        // What it does not take now waits for the next round.
        self.deciding(|| self.tell_state(application))?;
        Ok(decided)
    }
}
