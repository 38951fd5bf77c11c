//! A new client: consents, state data, number, portrait, conclusion (regulation A2.3, A10, A12.1 steps 2 to 6).
//!
//! Decides what comes when, and who may go on. What was proven stays here and not at a terminal: whoever was interrupted
//! goes on in another visit, after proof. Every outcome is kept with its evidence (A12.5); personal data lie sealed under
//! the key of the registration's document.

mod access;
mod chip;
mod conclusion;
mod number;
mod opening;
mod own_means;
mod portrait;
mod record;

use senim_domain::{RegistrationId, Secret};
use senim_operation::body::{ConsentDecided, IdentificationSubmitted};
use senim_operation::jws::sha256_b64;
use senim_operation::message::{MessageBody, RegistrationRefusal, RegistrationStep};

pub(crate) use record::{Registration, SentCode, document_of};

use crate::acting::Act;
use crate::connectors::ConnectorError;
use crate::error::GatewayError;
use crate::openings::Purpose;
use crate::preparation::is_in_pack;
use crate::store::{self, Collection, Versioned};
use record::{ConsentGiven, Identified, State};

/// A registration that goes on in this visit, or why not.
type Own = Result<Versioned<Registration>, RegistrationRefusal>;

pub(crate) const fn refused(
    registration: RegistrationId,
    reason: RegistrationRefusal,
    may_retry: bool,
) -> MessageBody {
    MessageBody::RegistrationRefused { registration, reason, may_retry }
}

/// What may be said of a service that gave nothing.
fn of_service(error: &ConnectorError) -> RegistrationRefusal {
    tracing::warn!(%error, "registration does not go on");
    match error {
        ConnectorError::Unavailable { .. } => RegistrationRefusal::TryLater,
        ConnectorError::Refused { .. } => RegistrationRefusal::NotAvailable,
    }
}

impl Act<'_> {
    /// The registration, if it is open and goes on in this visit.
    pub(crate) fn own_registration(&self, registration: RegistrationId) -> Result<Own, GatewayError> {
        let found = store::load::<Registration>(
            self.gateway.store.as_ref(),
            Collection::Registration,
            &registration.to_string(),
        )?;
        let Some(found) = found else { return Ok(Err(RegistrationRefusal::NotAvailable)) };
        let here = found
            .value
            .visits
            .last()
            .is_some_and(|visit| visit.terminal == *self.terminal && visit.session == self.session_id);
        Ok(match found.value.state {
            State::Superseded => Err(RegistrationRefusal::ContinuedElsewhere),
            State::Refused | State::Registered => Err(RegistrationRefusal::NotAvailable),
            State::Open if !here => Err(RegistrationRefusal::ContinuedElsewhere),
            State::Open if self.has_ended_consent(&found.value)? => Err(RegistrationRefusal::AccessRefused),
            State::Open => Ok(found),
        })
    }

    /// Whether the consent that a registration rests on was taken back: then it goes no step further.
    fn has_ended_consent(&self, registration: &Registration) -> Result<bool, GatewayError> {
        match &registration.token {
            Some(token) => self.gateway.consent_ended(&token.jti, self.now),
            None => Ok(false),
        }
    }

    /// Writes a registration together with the answer.
    fn keep(
        &mut self,
        id: RegistrationId,
        registration: &Versioned<Registration>,
    ) -> Result<(), GatewayError> {
        let expect = registration.expect();
        self.changes.push(store::put(
            Collection::Registration,
            &id.to_string(),
            expect,
            &registration.value,
        )?);
        Ok(())
    }

    /// Seals a part of a registration; `None`: its document was erased.
    pub(crate) fn seal_part(
        &self,
        id: RegistrationId,
        part: &str,
        plain: &Secret,
    ) -> Result<Option<String>, GatewayError> {
        let Some(key) = self.gateway.document_key(&document_of(id))? else { return Ok(None) };
        key.seal(self.gateway, part, plain.expose()).map(Some)
    }

    /// Opens a part of a registration; the opening is written down first.
    pub(crate) fn open_part(
        &self,
        id: RegistrationId,
        part: &str,
        sealed: &str,
        purpose: Purpose,
    ) -> Result<Option<Secret>, GatewayError> {
        let document = document_of(id);
        self.gateway.audit_automatic_opening(&document, purpose, self.envelope.op_id, self.now)?;
        let Some(key) = self.gateway.document_key(&document)? else { return Ok(None) };
        let opened = key.open(part, sealed)?;
        Ok(String::from_utf8(opened.expose().to_vec()).ok().map(Secret::new))
    }

    /// A consent was answered: kept as it was shown, with the row that says so.
    pub(crate) fn consent_decided(
        &mut self,
        id: RegistrationId,
        body: &ConsentDecided,
    ) -> Result<(), GatewayError> {
        let Ok(mut registration) = self.own_registration(id)? else { return Ok(()) };
        let Some(pack) = self.gateway.rule_pack(self.now)? else { return Ok(()) };
        let known = is_in_pack(&pack, body);
        if !known {
            tracing::warn!(terminal = %self.terminal, consent = ?body.consent, "consent to another text");
        }
        registration.value.consents.push(ConsentGiven {
            consent: body.consent,
            text_sha256: body.text_sha256.clone(),
            language: body.language,
            rule_pack: self.envelope.rule_pack,
            agreed: body.agreed,
            known,
            at: self.now,
            op_id: self.envelope.op_id,
        });
        if !body.agreed {
            registration.value.state = State::Refused;
        }
        self.keep(id, &registration)
    }

    /// The person says whether the data are theirs.
    pub(crate) fn identification_submitted(
        &mut self,
        body: &IdentificationSubmitted,
    ) -> Result<Option<MessageBody>, GatewayError> {
        let id = body.registration;
        let mut registration = match self.own_registration(id)? {
            Ok(registration) => registration,
            Err(reason) => return Ok(Some(refused(id, reason, false))),
        };
        let shown = match registration.value.person_shown {
            Some(op_id) => self.gateway.stored_answer(self.terminal, &op_id.to_string())?,
            None => None,
        };
        let same = shown.is_some_and(|compact| sha256_b64(compact.as_bytes()) == body.data_sha256);
        if !same || !body.confirmed {
            registration.value.state = State::Refused;
            registration.value.forget_person();
            self.keep(id, &registration)?;
            return Ok(Some(refused(id, RegistrationRefusal::NotIdentified, false)));
        }
        registration.value.identified = Some(Identified {
            data_sha256: body.data_sha256.clone(),
            at: self.now,
            op_id: self.envelope.op_id,
        });
        self.keep(id, &registration)?;
        Ok(Some(MessageBody::RegistrationAdvanced { registration: id, next: RegistrationStep::Phone }))
    }
}
