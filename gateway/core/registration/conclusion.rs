//! A client is made: only of somebody who consented, was identified, confirmed a number, was compared and signed,
//! or whom the register of entrepreneurs exempts from signing.

use senim_domain::rule_pack::{ClientType, RulePack};
use senim_domain::{Language, RegistrationId, Secret, calendar, ids, written};
use senim_operation::body::RegistrationConcluded;
use senim_operation::jws::sha256_b64;
use senim_operation::message::{MessageBody, RegistrationRefusal};
use senim_operation::signature::SignaturePurpose;

use super::record::{PersonSet, Registration, Signed, State};
use super::{of_service, refused};
use crate::acting::Act;
use crate::connectors::{ClientKind, ConnectorError, NewClient};
use crate::error::GatewayError;
use crate::login;
use crate::openings::Purpose;
use crate::store::{self, Collection, Versioned};

impl Act<'_> {
    pub(crate) fn registration_concluded(
        &mut self,
        body: &RegistrationConcluded,
    ) -> Result<MessageBody, GatewayError> {
        let id = body.registration;
        let no = |reason| Ok(refused(id, reason, false));
        let mut registration = match self.own_registration(id)? {
            Ok(registration) => registration,
            Err(reason) => return no(reason),
        };
        let value = &registration.value;
        if value.identified.is_none() || !value.has_number() || !value.is_authenticated() {
            return no(RegistrationRefusal::NotIdentified);
        }
        let Some(pack) = self.gateway.rule_pack(self.now)? else {
            return no(RegistrationRefusal::TryLater);
        };
        match self.consent_stands(value)? {
            Ok(true) => {}
            Ok(false) => return no(RegistrationRefusal::AccessRefused),
            Err(reason) => return no(reason),
        }
        let phone = value.phone.as_ref().map(|phone| phone.sealed.clone()).unwrap_or_default();
        let (person, phone) = (
            self.person_of(id, value.person_sealed.as_deref())?,
            self.open_part(id, "phone", &phone, Purpose::Registration)?,
        );
        let (Some(person), Some(phone)) = (person, phone) else {
            return no(RegistrationRefusal::NotAvailable);
        };
        if value.needs_signature() {
            let statement = statement(id, value, &person, &phone, &pack);
            let sha256 = sha256_b64(statement.expose().as_bytes());
            let purpose = SignaturePurpose::RegistrationStatement;
            let Some(signature) = self.signature_of(purpose, &sha256) else {
                // Without the services for signatures nobody signs, and nobody is registered.
                if self.gateway.connectors.eds().is_err() {
                    return no(RegistrationRefusal::NotSigned);
                }
                let language = value.language;
                let place = (self.terminal, self.session_id);
                let text = statement.expose();
                self.gateway.lay_out_with(place, None, purpose, text, self.now, &mut self.changes)?;
                return Ok(MessageBody::StatementToSign {
                    registration: id,
                    statement,
                    statement_sha256: sha256,
                    language,
                });
            };
            registration.value.signature = Some(Signed { statement_sha256: sha256, signature, at: self.now });
        }
        self.make_client(id, registration, &person, phone, &pack)
    }

    fn make_client(
        &mut self,
        id: RegistrationId,
        mut registration: Versioned<Registration>,
        person: &PersonSet,
        phone: Secret,
        pack: &RulePack,
    ) -> Result<MessageBody, GatewayError> {
        let no = |reason| Ok(refused(id, reason, false));
        let value = &registration.value;
        let client_type = value.registered_as();
        let client = NewClient {
            client: value.client,
            kind: match client_type {
                ClientType::IndividualEntrepreneur => ClientKind::IndividualEntrepreneur,
                ClientType::Individual | ClientType::LegalEntity => ClientKind::Individual,
            },
            iin: person.iin.clone(),
            surname: person.surname.clone(),
            given_name: person.given_name.clone(),
            patronymic: person.patronymic(),
            document: person.document(),
            phone,
            language: value.language,
        };
        match self.gateway.connectors.core.create_client(&client) {
            Ok(()) => {}
            Err(ConnectorError::Refused { code, .. }) if code == "client_conflict" => {
                return no(RegistrationRefusal::AlreadyClient);
            }
            Err(error) => return no(of_service(&error)),
        }
        self.enrol_face(value)?;
        registration.value.state = State::Registered;
        self.changes.push(store::remove(Collection::Proven, &registration.value.iin_mac));
        self.keep(id, &registration)?;
        self.remember_registration(client.client, id)?;
        // Everything that earlier visits brought belongs to the client now; what this one brought follows by itself.
        for visit in &registration.value.visits {
            if visit.session != self.session_id {
                let (terminal, session) = (&visit.terminal, visit.session);
                self.gateway.bind_visit(terminal, session, client.client, self.now, &mut self.changes)?;
            }
        }
        self.session.client = Some(client.client);
        self.session.registered = true;
        self.session.registration = None;
        Ok(MessageBody::Registered {
            registration: id,
            client: client.client,
            greeting: login::greeting(&client.given_name, client.patronymic.as_ref()),
            products: login::products(pack, client_type),
        })
    }

    /// The portrait that agreed becomes the one that later faces are compared with. A matcher that keeps none of its own
    /// says so, and later faces are compared with the state's.
    fn enrol_face(&self, registration: &Registration) -> Result<(), GatewayError> {
        let Some(found) =
            registration.authentications.iter().rev().find(|found| found.terminal == *self.terminal)
        else {
            return Ok(());
        };
        let Some(portrait) = self.open_sealed(&found.portrait_sha256, Purpose::Face)? else { return Ok(()) };
        if let Err(error) = self.gateway.connectors.faces.enrol(registration.client, &portrait) {
            tracing::warn!(%error, client = %registration.client, "portrait not enrolled");
        }
        Ok(())
    }
}

/// The registration statement: the rule pack's paragraphs, then whose it is. Exactly these bytes are signed.
fn statement(
    id: RegistrationId,
    registration: &Registration,
    person: &PersonSet,
    phone: &Secret,
    pack: &RulePack,
) -> Secret {
    let language = registration.language;
    let [name, iin, document, until, number, begun, reference] = labels(language);
    let mut full = String::with_capacity(256);
    full.push_str(person.surname.expose());
    for part in [&person.given_name, &person.patronymic] {
        if !part.is_empty() {
            full.push(' ');
            full.push_str(part.expose());
        }
    }
    let full = Secret::new(full);
    let day = calendar::local_date(registration.begun).map(written::date).unwrap_or_default();
    let expires = person.document_expires.parse::<jiff::civil::Date>();
    let expires = expires.map_or_else(|_| person.document_expires.clone(), written::date);
    let phone = written::phone(phone);
    let mut text = String::with_capacity(8192);
    text.push_str(&pack.texts.registration_statement.get(language).join("\n\n"));
    text.push_str("\n\n");
    for (label, value) in [
        (name, full.expose()),
        (iin, person.iin.expose()),
        (document, person.document_number.expose()),
        (until, expires.as_str()),
        (number, phone.expose()),
        (begun, day.as_str()),
        (reference, ids::reference(&id).as_str()),
    ] {
        text.push_str(label);
        text.push_str(": ");
        text.push_str(value);
        text.push('\n');
    }
    Secret::new(text)
}

const fn labels(language: Language) -> [&'static str; 7] {
    match language {
        Language::Kk => [
            "Тегі, аты, әкесінің аты",
            "ЖСН",
            "Жеке басты куәландыратын құжат",
            "Жарамды",
            "Телефон",
            "Күні",
            "Тіркеу нөмірі",
        ],
        Language::Ru => [
            "Фамилия, имя, отчество",
            "ИИН",
            "Документ, удостоверяющий личность",
            "Действителен до",
            "Телефон",
            "Дата",
            "Номер регистрации",
        ],
        Language::En => [
            "Surname, given name, patronymic",
            "IIN",
            "Identity document",
            "Valid until",
            "Phone",
            "Date",
            "Registration number",
        ],
    }
}
