//! Consents to state data after they were given: which there are, how a client's wish to take one back is decided, and
//! when silence decides it (S004 p.16 to 21; ).
//!
//! The state service keeps the consents; what is kept here is which registration each one belongs to, and every
//! application for its revocation with its deadline and its outcome. Whatever ends first ends the consent here: the
//! state's word, the MFO's decision, or the last moment of the deadline, even where nobody came to look.

mod decision;
mod standing;

pub(crate) use standing::Standing;

use jiff::civil::Date;
use senim_domain::business_days::WEEKENDS_ONLY;
use senim_domain::{ClientId, Language, LoanId, RegistrationId, UtcMillis, calendar};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::actor::Actor;
use crate::agreement::OpenLoan;
use crate::connectors::{
    ConnectorError, ContractStanding, RevocationApplication, RevocationGround, TokenStatus,
};
use crate::contract::contract_title;
use crate::error::GatewayError;
use crate::events::EventBody;
use crate::records::{Loan, LoanState};
use crate::store::{self, Change, Collection, Expect, Versioned};

/// Business days for a decision where no rule pack speaks (S004 p.18).
const REVIEW_DAYS: u16 = 15;
/// Longest number of an application or a consent that is kept.
const MAX_NUMBER: usize = 128;

/// A consent: the token of the state service that it gave.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Consent {
    /// The registration in which it was given.
    pub registration: RegistrationId,
    /// The client to be.
    pub client: ClientId,
    /// When it came to be known here that it does not count any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<UtcMillis>,
    /// The newest application for its revocation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
}

/// An application for revocation and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// The state service's number.
    pub application: String,
    /// The consent's number.
    pub consent: String,
    /// Whose it is; `None`: no consent that was given here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
    /// When the state service received it.
    pub received: UtcMillis,
    /// First moment at which silence is revocation.
    pub until: UtcMillis,
    /// What became of it; `None`: it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Whether the state service has taken the decision, or does not wait for one.
    #[serde(default)]
    pub told: bool,
}

/// What became of an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "outcome")]
pub enum Outcome {
    /// The MFO let the consent go.
    Revoked {
        /// When.
        at: UtcMillis,
        /// Who and why.
        by: Actor,
    },
    /// The consent stays, for this reason.
    Kept {
        /// When.
        at: UtcMillis,
        /// Who and why.
        by: Actor,
        /// The ground.
        ground: RevocationGround,
    },
    /// Nobody decided in time: it is revoked.
    Silence {
        /// The end of the deadline.
        at: UtcMillis,
    },
    /// The state service does not wait any more, whatever the reason; how the consent stands is its to say.
    NotAwaited {
        /// When that was noticed.
        at: UtcMillis,
    },
}

/// An application that waits, with what the gateway suggests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RevocationCase {
    /// The application.
    #[serde(flatten)]
    pub revocation: Revocation,
    /// The obligation that stands against revocation; `None`: nothing does, letting it go is suggested.
    pub keep: Option<RevocationGround>,
}

/// What a round of looking came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RevocationRound {
    /// Applications that are new here.
    pub received: u64,
    /// Applications on which nobody decided in time.
    pub lapsed: u64,
    /// Decisions that the state service has not taken yet.
    pub untold: u64,
}

/// Key of an application that somebody still has to do something about.
fn open_key(application: &str) -> String {
    format!("open/{application}")
}

/// Key of one that has ended, or a consent's own key.
fn closed_key(application: &str) -> String {
    format!("closed/{application}")
}

fn is_number(text: &str) -> bool {
    (1..=MAX_NUMBER).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/')
}

impl Gateway {
    pub(crate) fn consent(&self, number: &str) -> Result<Option<Versioned<Consent>>, GatewayError> {
        Ok(store::load(self.store.as_ref(), Collection::Consent, number)?)
    }

    pub(crate) fn revocation(
        &self,
        application: &str,
    ) -> Result<Option<(String, Versioned<Revocation>)>, GatewayError> {
        for key in [open_key(application), closed_key(application)] {
            let found = store::load(self.store.as_ref(), Collection::ConsentRevocation, &key)?;
            if let Some(found) = found {
                return Ok(Some((key, found)));
            }
        }
        Ok(None)
    }

    /// A consent was given: from now on it is known whose it is.
    pub(crate) fn consent_given(
        number: &str,
        registration: RegistrationId,
        client: ClientId,
    ) -> Result<Change, GatewayError> {
        let consent = Consent { registration, client, ended: None, application: None };
        Ok(store::put(Collection::Consent, number, Expect::Any, &consent)?)
    }

    /// Asks the state service who wants to take a consent back, ends what nobody decided in time, and tells it what was
    /// decided. To be called from time to time; what the state service does not hear now it hears the next time.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn look_at_revocations(&self, now: UtcMillis) -> Result<RevocationRound, GatewayError> {
        let mut round = RevocationRound::default();
        let Some(state) = self.connectors.personal_data.as_deref() else { return Ok(round) };
        let waiting = match state.revocations() {
            Ok(waiting) => Some(waiting),
            Err(error) => {
                tracing::warn!(%error, "applications for revocation not known");
                None
            }
        };
        for application in waiting.iter().flatten() {
            if self.deciding(|| self.receive(application, now))? {
                round.received = round.received.saturating_add(1);
            }
        }
        for document in self.store.documents(Collection::ConsentRevocation, "open/")? {
            let revocation: Revocation = store::parse(Collection::ConsentRevocation, &document)?.value;
            let application = &revocation.application;
            if revocation.outcome.is_none() {
                let awaited = waiting
                    .as_ref()
                    .is_none_or(|waiting| waiting.iter().any(|one| one.application == *application));
                if self.deciding(|| self.lapse(application, awaited, now))? {
                    round.lapsed = round.lapsed.saturating_add(1);
                }
            } else if !self.deciding(|| self.tell_state(application))? {
                round.untold = round.untold.saturating_add(1);
            }
        }
        Ok(round)
    }

    /// Keeps an application that is new here, with its deadline.
    fn receive(&self, application: &RevocationApplication, now: UtcMillis) -> Result<bool, GatewayError> {
        let number = &application.application;
        if !is_number(number) || !is_number(&application.jti) {
            tracing::error!("an application for revocation whose number cannot be kept");
            return Ok(false);
        }
        if self.revocation(number)?.is_some() {
            return Ok(false);
        }
        let consent = self.consent(&application.jti)?;
        let until = self.deadline(application, now)?;
        let revocation = Revocation {
            application: number.clone(),
            consent: application.jti.clone(),
            client: consent.as_ref().map(|consent| consent.value.client),
            received: application.received,
            until,
            outcome: None,
            told: false,
        };
        let key = open_key(number);
        let mut changes = vec![
            store::put(Collection::ConsentRevocation, &key, Expect::Absent, &revocation)?,
            self.event(EventBody::alarm("consentRevocation"), now)?,
        ];
        if let Some(mut consent) = consent {
            let expect = consent.expect();
            consent.value.application = Some(number.clone());
            changes.push(store::put(Collection::Consent, &application.jti, expect, &consent.value)?);
        }
        self.store.commit(&changes)?;
        tracing::info!(application = number, %until, "a client takes a consent back");
        Ok(true)
    }

    /// First moment after the last business day by the calendar of the rule pack, or the state service's, whichever
    /// is earlier: a consent is used no longer than either allows.
    fn deadline(
        &self,
        application: &RevocationApplication,
        now: UtcMillis,
    ) -> Result<UtcMillis, GatewayError> {
        let pack = self.rule_pack(now)?;
        let (calendar, days) = pack
            .as_ref()
            .map_or((&WEEKENDS_ONLY, REVIEW_DAYS), |pack| (&pack.calendar, pack.deadlines.revocation));
        let end = calendar::local_date(application.received)
            .and_then(|received| calendar.after_business_days(received, days))
            .and_then(|last| calendar::add_days(last, 1))
            .and_then(calendar::local_midnight);
        Ok(end.map_or(application.until, |end| end.min(application.until)))
    }

    /// Ends an application that waited too long, or for which nobody waits.
    fn lapse(&self, application: &str, awaited: bool, now: UtcMillis) -> Result<bool, GatewayError> {
        let Some((key, mut found)) = self.revocation(application)? else { return Ok(false) };
        if found.value.outcome.is_some() {
            return Ok(false);
        }
        let lapsed = now >= found.value.until;
        let outcome = match (lapsed, awaited) {
            (true, _) => Outcome::Silence { at: found.value.until },
            (false, false) => Outcome::NotAwaited { at: now },
            (false, true) => return Ok(false),
        };
        let ended = match &outcome {
            Outcome::Silence { at } => Some(*at),
            Outcome::NotAwaited { .. } => self.is_over_at_the_state(&found.value.consent).then_some(now),
            Outcome::Revoked { .. } | Outcome::Kept { .. } => None,
        };
        found.value.outcome = Some(outcome);
        // Silence needs no word: the state service counts the same days.
        found.value.told = true;
        let mut changes = vec![
            store::remove_at(Collection::ConsentRevocation, &key, found.revision),
            store::put(
                Collection::ConsentRevocation,
                &closed_key(application),
                Expect::Absent,
                &found.value,
            )?,
        ];
        if lapsed {
            changes.push(self.event(EventBody::alarm("consentRevokedBySilence"), now)?);
        }
        if let Some(ended) = ended {
            changes.extend(self.end_of_consent(&found.value.consent, ended)?);
        }
        self.store.commit(&changes)?;
        Ok(lapsed)
    }

    fn is_over_at_the_state(&self, consent: &str) -> bool {
        let status = self.connectors.personal_data().and_then(|state| state.token_status(consent));
        matches!(status, Ok(Some(TokenStatus::NotActive)))
    }

    /// The consent opens nothing from this moment on, in no visit.
    fn end_of_consent(&self, number: &str, ended: UtcMillis) -> Result<Option<Change>, GatewayError> {
        let Some(mut consent) = self.consent(number)? else { return Ok(None) };
        let expect = consent.expect();
        let earlier = consent.value.ended.map_or(ended, |before| before.min(ended));
        consent.value.ended = Some(earlier);
        Ok(Some(store::put(Collection::Consent, number, expect, &consent.value)?))
    }

    /// Tells the state service what was decided; `false`: not now.
    fn tell_state(&self, application: &str) -> Result<bool, GatewayError> {
        let Some((key, mut found)) = self.revocation(application)? else { return Ok(true) };
        let Some(decision) = found.value.outcome.as_ref().and_then(decision::of_outcome) else {
            return Ok(true);
        };
        let told =
            self.connectors.personal_data().and_then(|state| state.decide_revocation(application, &decision));
        match told {
            Ok(()) => {}
            Err(error @ ConnectorError::Unavailable { .. }) => {
                tracing::warn!(%error, application, "the state service does not know the decision yet");
                return Ok(false);
            }
            // It decided otherwise, or not in time for it: how the consent stands is asked for each time.
            Err(error @ ConnectorError::Refused { .. }) => {
                tracing::error!(%error, application, "the state service does not take the decision");
            }
        }
        found.value.told = true;
        let closed = closed_key(application);
        self.store.commit(&[
            store::remove_at(Collection::ConsentRevocation, &key, found.revision),
            store::put(Collection::ConsentRevocation, &closed, Expect::Absent, &found.value)?,
        ])?;
        Ok(true)
    }

    /// The obligation of a client that stands: a contract under which money is owed or may still be paid out.
    fn obligation(&self, client: ClientId) -> Result<Option<RevocationGround>, GatewayError> {
        let held = store::load::<OpenLoan>(self.store.as_ref(), Collection::OpenLoan, &client.to_string())?;
        if let Some(loan) = held.map(|held| held.value.loan)
            && let Some(ground) = self.contract_as_ground(loan)?
        {
            return Ok(Some(ground));
        }
        // Contracts that were concluded elsewhere.
        let contracts = match self.connectors.core.contracts(client) {
            Ok(contracts) => contracts,
            Err(error) => {
                if !error.is_not_offered() {
                    tracing::warn!(%error, %client, "contracts of a client not known");
                }
                return Ok(None);
            }
        };
        let running = contracts.into_iter().find(|contract| {
            matches!(
                contract.standing,
                ContractStanding::Agreed | ContractStanding::Running | ContractStanding::Suspended { .. }
            )
        });
        Ok(running.map(|contract| RevocationGround {
            ground_type: decision::CONTRACT.to_owned(),
            doc_number: contract.number,
            doc_date: contract.issued,
            doc_name: contract_title(Language::Ru).to_owned(),
        }))
    }

    fn contract_as_ground(&self, loan: LoanId) -> Result<Option<RevocationGround>, GatewayError> {
        let Some(kept) = store::load::<Loan>(self.store.as_ref(), Collection::Loan, &loan.to_string())?
        else {
            return Ok(None);
        };
        let LoanState::Concluded(agreement) = &kept.value.state else { return Ok(None) };
        let date: Option<Date> = calendar::local_date(agreement.at);
        Ok(Some(RevocationGround {
            ground_type: decision::CONTRACT.to_owned(),
            doc_number: kept.value.contract_number.clone(),
            doc_date: date.map_or_else(|| kept.value.issued.clone(), |date| date.to_string()),
            doc_name: contract_title(kept.value.language).to_owned(),
        }))
    }
}
