//! Asking the state service for access to a person's data, and the data.
//!
//! The three methods that a lender may use are here, method 2 in `own_means`; 3 and 4 are refused whoever asks for them
//! . A code is
//! handed over once for each typing: when the answer is lost, nobody can tell whether it counted, and it is not sent again.

use senim_domain::rule_pack::{AccessMethod, ClientType, ConsentKind, RulePack};
use senim_domain::{RegistrationId, Secret, UtcMillis, calendar};
use senim_operation::attachment::LoginCode;
use senim_operation::body::{AccessAnswerAsked, AccessCodeSubmitted, AccessRequested};
use senim_operation::message::{Comparison, MessageBody, RegistrationRefusal};

use super::record::{Access, Entrepreneur, PersonSet, Registration, Token};
use super::{of_service, refused};
use crate::Gateway;
use crate::acting::Act;
use crate::connectors::{
    AccessAnswer, AccessRequest, AccessRequestId, AccessStart, CodeOutcome, ConnectorError, PersonAnswer,
    PersonRecord, SecurityToken, TokenRejection,
};
use crate::error::GatewayError;
use crate::later;
use crate::openings::Purpose;
use crate::store::{self, Collection, Versioned};

impl Act<'_> {
    pub(crate) fn access_requested(&mut self, body: &AccessRequested) -> Result<MessageBody, GatewayError> {
        let id = body.registration;
        let no = |reason| Ok(refused(id, reason, false));
        let registration = match self.own_registration(id)? {
            Ok(registration) => registration,
            Err(reason) => return no(reason),
        };
        let Some(pack) = self.gateway.rule_pack(self.now)? else {
            return no(RegistrationRefusal::TryLater);
        };
        let entry = pack.consent(ConsentKind::StateData).and_then(|consent| consent.directory_id.as_ref());
        if !registration.value.has_consents() || entry != Some(&body.directory_id) {
            return no(RegistrationRefusal::NoConsent);
        }
        let method = body.method;
        let own = method == AccessMethod::OwnMeans;
        let permitted =
            pack.access.allows(method) && (!own || self.gateway.connectors.organisation.is_some());
        if !permitted {
            tracing::warn!(terminal = %self.terminal, method = method.number(), "method refused");
            return no(RegistrationRefusal::MethodNotAllowed);
        }
        if own {
            return self.own_consent(id, registration, body, &pack);
        }
        let sealed = registration.value.iin_sealed.clone();
        let Some(iin) = self.open_part(id, "iin", &sealed, Purpose::Registration)? else {
            return no(RegistrationRefusal::NotAvailable);
        };
        let request = AccessRequest {
            number: self.envelope.op_id.0,
            iin,
            directory_id: body.directory_id.clone(),
            method,
            verification: None,
        };
        let started = self.gateway.connectors.personal_data().and_then(|kdp| kdp.start(&request));
        match started {
            Ok(AccessStart::Waiting(request)) => {
                self.person_asked(id, registration, body, request, false, &pack)
            }
            Ok(AccessStart::AlreadyInProcess(request)) => {
                self.person_asked(id, registration, body, request, true, &pack)
            }
            Ok(AccessStart::NoBmgNumber) => no(RegistrationRefusal::NoBmgNumber),
            Ok(AccessStart::Granted(token)) => self.granted(id, registration, &token),
            Err(error) => no(of_service(&error)),
        }
    }

    fn person_asked(
        &mut self,
        id: RegistrationId,
        mut registration: Versioned<Registration>,
        body: &AccessRequested,
        request: AccessRequestId,
        already_in_process: bool,
        pack: &RulePack,
    ) -> Result<MessageBody, GatewayError> {
        let life_seconds = pack.access.wait_seconds;
        registration.value.access = Some(Access {
            method: body.method,
            request,
            expires: later(self.now, life_seconds),
            tries_left: pack.access.code_tries,
            handed_over: None,
        });
        self.keep(id, &registration)?;
        Ok(MessageBody::AccessAsked {
            registration: id,
            method: body.method,
            already_in_process,
            life_seconds,
            tries_left: u32::from(pack.access.code_tries),
        })
    }

    /// The code was typed; whatever comes of it, it is dropped together with the answer (B21).
    pub(crate) fn access_code_submitted(
        &mut self,
        body: &AccessCodeSubmitted,
        attachment: &str,
    ) -> Result<MessageBody, GatewayError> {
        let reply = self.use_access_code(body, attachment)?;
        self.gateway.drop_code(self.terminal, attachment, self.now, &mut self.changes)?;
        Ok(reply)
    }

    fn use_access_code(
        &mut self,
        body: &AccessCodeSubmitted,
        attachment: &str,
    ) -> Result<MessageBody, GatewayError> {
        let id = body.registration;
        let no = |reason| Ok(refused(id, reason, false));
        let mut registration = match self.own_registration(id)? {
            Ok(registration) => registration,
            Err(reason) => return no(reason),
        };
        let Some(mut access) = registration.value.access.clone() else {
            return no(RegistrationRefusal::CodeExpired);
        };
        if access.method != AccessMethod::OneTimeCode {
            return no(RegistrationRefusal::CodeExpired);
        }
        if self.now >= access.expires {
            self.give_up(&access.request);
            return no(RegistrationRefusal::CodeExpired);
        }
        if access.handed_over == Some(self.envelope.op_id) {
            tracing::warn!(terminal = %self.terminal, "the answer to a code was lost");
            return no(RegistrationRefusal::TryLater);
        }
        let plain = self.open_sealed(attachment, Purpose::RegistrationCode)?;
        let Some(typed) = plain.and_then(|plain| LoginCode::from_plaintext(&plain).ok()) else {
            return no(RegistrationRefusal::CodeExpired);
        };
        // Written down before it goes out.
        access.handed_over = Some(self.envelope.op_id);
        registration.value.access = Some(access.clone());
        let put = store::put(
            Collection::Registration,
            &id.to_string(),
            registration.expect(),
            &registration.value,
        )?;
        self.gateway.store.commit(&[put])?;
        registration.revision = registration.revision.saturating_add(1);
        let outcome = self
            .gateway
            .connectors
            .personal_data()
            .and_then(|kdp| kdp.submit_code(&access.request, &typed.code));
        match outcome {
            Ok(CodeOutcome::Granted(token)) => self.granted(id, registration, &token),
            Ok(CodeOutcome::Wrong { tries_left }) => {
                access.tries_left = access.tries_left.saturating_sub(1).min(tries_left);
                let again = access.tries_left > 0;
                if !again {
                    self.give_up(&access.request);
                }
                registration.value.access = again.then_some(access);
                self.keep(id, &registration)?;
                let reason =
                    if again { RegistrationRefusal::WrongCode } else { RegistrationRefusal::TooMany };
                Ok(refused(id, reason, again))
            }
            Ok(CodeOutcome::Expired) => no(RegistrationRefusal::CodeExpired),
            Ok(CodeOutcome::Refused) => no(RegistrationRefusal::AccessRefused),
            Err(error) => no(of_service(&error)),
        }
    }

    pub(crate) fn access_answer_asked(
        &mut self,
        body: &AccessAnswerAsked,
    ) -> Result<MessageBody, GatewayError> {
        let id = body.registration;
        let no = |reason| Ok(refused(id, reason, false));
        let registration = match self.own_registration(id)? {
            Ok(registration) => registration,
            Err(reason) => return no(reason),
        };
        let Some(access) =
            registration.value.access.clone().filter(|access| access.method == AccessMethod::SmsReply)
        else {
            return no(RegistrationRefusal::AccessTimedOut);
        };
        if self.now >= access.expires {
            self.give_up(&access.request);
            return no(RegistrationRefusal::AccessTimedOut);
        }
        let answer = self.gateway.connectors.personal_data().and_then(|kdp| kdp.answer(&access.request));
        match answer {
            Ok(AccessAnswer::Waiting) => Ok(MessageBody::AccessAsked {
                registration: id,
                method: access.method,
                already_in_process: true,
                life_seconds: seconds_between(self.now, access.expires),
                tries_left: 0,
            }),
            Ok(AccessAnswer::Agreed(token)) => self.granted(id, registration, &token),
            Ok(AccessAnswer::Refused) => no(RegistrationRefusal::AccessRefused),
            Ok(AccessAnswer::TimedOut) => no(RegistrationRefusal::AccessTimedOut),
            Err(error) => no(of_service(&error)),
        }
    }

    /// Nobody waits for the person any more; that the state service hears of it is a courtesy.
    fn give_up(&self, request: &AccessRequestId) {
        if let Err(error) = self.gateway.connectors.personal_data().and_then(|kdp| kdp.cancel(request)) {
            tracing::warn!(%error, "request for access not cancelled");
        }
    }

    /// The consent is there: the person's data, kept sealed, and as little of them as the person needs to see.
    pub(super) fn granted(
        &mut self,
        id: RegistrationId,
        mut registration: Versioned<Registration>,
        token: &SecurityToken,
    ) -> Result<MessageBody, GatewayError> {
        let no = |reason| Ok(refused(id, reason, false));
        let sealed = registration.value.iin_sealed.clone();
        let Some(iin) = self.open_part(id, "iin", &sealed, Purpose::Registration)? else {
            return no(RegistrationRefusal::NotAvailable);
        };
        let person = match self.gateway.connectors.personal_data().and_then(|kdp| kdp.person(&iin, token)) {
            Ok(PersonAnswer::Record(person)) if person.iin == iin => person,
            Ok(PersonAnswer::Record(_) | PersonAnswer::Rejected(TokenRejection::Mismatch)) => {
                return no(RegistrationRefusal::NotIdentified);
            }
            Ok(PersonAnswer::Rejected(TokenRejection::Revoked)) => {
                return no(RegistrationRefusal::AccessRefused);
            }
            Ok(PersonAnswer::Rejected(TokenRejection::Expired)) => {
                return no(RegistrationRefusal::AccessTimedOut);
            }
            Err(error) => return no(of_service(&error)),
        };
        let today = calendar::local_date(self.now).map(|today| today.to_string()).unwrap_or_default();
        if person.document.expires < today {
            return no(RegistrationRefusal::DocumentExpired);
        }
        if self.compare_chip(id, &mut registration.value, &person.document)? == Some(Comparison::Mismatch) {
            self.keep(id, &registration)?;
            return no(RegistrationRefusal::NotIdentified);
        }
        if registration.value.client_type == ClientType::IndividualEntrepreneur {
            registration.value.entrepreneur = self.entrepreneur(&iin);
        }
        let jwt = self.seal_part(id, "token", &token.jwt)?;
        let set = PersonSet::of(&person).to_text();
        let set = match set {
            Some(set) => self.seal_part(id, "person", &set)?,
            None => None,
        };
        let (Some(jwt_sealed), Some(person_sealed)) = (jwt, set) else {
            return no(RegistrationRefusal::NotAvailable);
        };
        let value = &mut registration.value;
        value.access = None;
        value.token = Some(Token { jti: token.jti.clone(), expires: token.expires, jwt_sealed });
        value.person_sealed = Some(person_sealed);
        value.person_shown = Some(self.envelope.op_id);
        if self.gateway.consent(&token.jti)?.is_none() {
            self.changes.push(Gateway::consent_given(&token.jti, id, value.client)?);
        }
        let shown = found(id, value.registered_as(), &person, &token.jti);
        self.prove(id, &registration)?;
        self.keep(id, &registration)?;
        Ok(shown)
    }

    /// What the register says; silence is no confirmation.
    fn entrepreneur(&self, iin: &Secret) -> Option<Entrepreneur> {
        match self.gateway.connectors.entrepreneurs().and_then(|register| register.status(iin)) {
            Ok(status) => {
                Some(Entrepreneur { confirmed: status.since.is_some(), report_id: status.report_id })
            }
            Err(error @ (ConnectorError::Unavailable { .. } | ConnectorError::Refused { .. })) => {
                tracing::warn!(%error, "entrepreneur not confirmed");
                None
            }
        }
    }
}

fn found(
    registration: RegistrationId,
    client_type: ClientType,
    person: &PersonRecord,
    consent_number: &str,
) -> MessageBody {
    let number = person.document.number.expose();
    let from = number.char_indices().rev().nth(2).map_or(0, |(at, _)| at);
    let tail = number.get(from..).unwrap_or_default().to_owned();
    MessageBody::PersonFound {
        registration,
        client_type,
        surname: person.surname.clone(),
        given_name: person.given_name.clone(),
        patronymic: person.patronymic.clone().unwrap_or_default(),
        document: person.document.kind.clone(),
        document_tail: Secret::new(tail),
        document_expires: person.document.expires.clone(),
        consent_number: consent_number.to_owned(),
    }
}

fn seconds_between(now: UtcMillis, then: UtcMillis) -> u32 {
    u32::try_from(then.0.saturating_sub(now.0) / 1000).unwrap_or(0)
}
