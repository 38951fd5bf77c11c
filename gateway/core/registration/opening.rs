//! How a registration begins, and how one that was interrupted goes on: only after proof, by a code to the number that
//! was confirmed in it. Without a confirmed number nothing is proven that could be taken over, and it begins anew.

use senim_domain::identity_document::ChipVerdict;
use senim_domain::iin::Iin;
use senim_domain::phone::Phone;
use senim_domain::rule_pack::{ClientType, RulePack, Service};
use senim_domain::{ClientId, RegistrationId, Secret, calendar};
use senim_operation::attachment::{ChipDocument, RegistrationEntry};
use senim_operation::body::RegistrationRequested;
use senim_operation::message::{Comparison, MessageBody, RegistrationRefusal, RegistrationStep};
use serde::{Deserialize, Serialize};

use super::chip::chip_text;
use super::record::{ABSENT, Chip, CodePurpose, Registration, State, VisitOf, document_of};
use super::{of_service, refused};
use crate::acting::Act;
use crate::archive::Class;
use crate::content_keys::Owner;
use crate::entropy::uuid;
use crate::error::GatewayError;
use crate::openings::Purpose;
use crate::store::{self, Collection, Versioned};
use crate::vault::MacPurpose;

/// The newest registration of a person that was proven.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Proven {
    pub registration: RegistrationId,
}

impl Act<'_> {
    pub(crate) fn registration_requested(
        &mut self,
        body: &RegistrationRequested,
        attachment: &str,
    ) -> Result<MessageBody, GatewayError> {
        let id = body.registration;
        let no = |reason| Ok(refused(id, reason, false));
        if self.is_another_iin(attachment)? {
            return no(RegistrationRefusal::NotAvailable);
        }
        self.session.log_out();
        self.session.registration_code = None;
        self.session.continues = None;
        let Some(pack) = self.gateway.rule_pack(self.now)? else {
            return no(RegistrationRefusal::TryLater);
        };
        if self.gateway.store.document(Collection::Registration, &id.to_string())?.is_some() {
            tracing::warn!(terminal = %self.terminal, "a registration is begun once");
            return no(RegistrationRefusal::NotAvailable);
        }
        let company = body.client_type == ClientType::LegalEntity;
        if company || !pack.allows(Service::Registration) || !self.may_register() {
            return no(RegistrationRefusal::NotAvailable);
        }
        let Some((iin, document)) = self.registration_entry(attachment)? else {
            return no(RegistrationRefusal::NotAvailable);
        };
        // The verdict stands in the row, the document beside it: one without the other was made up.
        if body.chip.is_some() != document.is_some() {
            tracing::warn!(terminal = %self.terminal, "a chip's verdict without its document");
            return no(RegistrationRefusal::NotAvailable);
        }
        if body.chip == Some(ChipVerdict::Forged) {
            self.document_refused(id, "the data of the chip are forged")?;
            return no(RegistrationRefusal::NotIdentified);
        }
        let today = calendar::local_date(self.now);
        if today.and_then(|today| iin.age_on(today)).is_none_or(|age| age < pack.min_age) {
            return no(RegistrationRefusal::NotAvailable);
        }
        let iin = iin.into_secret();
        match self.gateway.connectors.core.client_by_iin(&iin) {
            Ok(None) => {}
            Ok(Some(client)) if client.blocked => return no(RegistrationRefusal::NotAvailable),
            Ok(Some(_)) => return no(RegistrationRefusal::AlreadyClient),
            Err(error) => return no(of_service(&error)),
        }
        self.session.iin_attachment = Some(attachment.to_owned());
        self.session.leak_person = self.gateway.leak_person(&iin);
        let iin_mac = self.gateway.keys.vault.mac(MacPurpose::Iin, "", &iin);
        self.enter_registration(body, &iin, &iin_mac, document.as_ref())?;
        match self.to_be_continued(&iin_mac)? {
            Some((earlier, found)) => self.offer_to_continue(id, earlier, &found, &pack),
            None => {
                Ok(MessageBody::RegistrationAdvanced { registration: id, next: RegistrationStep::Consent })
            }
        }
    }

    /// The IIN that was typed or read, and the document where its chip was.
    fn registration_entry(
        &self,
        attachment: &str,
    ) -> Result<Option<(Iin, Option<ChipDocument>)>, GatewayError> {
        let plain = self.open_sealed(attachment, Purpose::Registration)?;
        let entry = plain.and_then(|plain| RegistrationEntry::from_plaintext(&plain).ok());
        Ok(entry.and_then(|entry| Some((Iin::parse(entry.iin.expose()).ok()?, entry.document))))
    }

    /// Without one of these services nobody can be registered.
    fn may_register(&self) -> bool {
        let connectors = &self.gateway.connectors;
        connectors.personal_data.is_some()
            && connectors.identification.is_some()
            && connectors.number_owner.is_some()
    }

    fn enter_registration(
        &mut self,
        body: &RegistrationRequested,
        iin: &Secret,
        iin_mac: &str,
        document: Option<&ChipDocument>,
    ) -> Result<(), GatewayError> {
        let id = body.registration;
        let owner = Owner::visit(self.terminal, self.session_id);
        let name = document_of(id);
        let key = self.gateway.enter_document(&name, owner, Class::Other, self.now, &mut self.changes)?;
        let chip = match (body.chip, document) {
            (Some(verdict), Some(document)) => Some(Chip {
                verdict,
                kind: document.kind,
                sealed: key.seal(self.gateway, "chip", chip_text(document).expose())?,
                compared: Comparison::Unknown,
            }),
            _ => None,
        };
        let registration = Registration {
            client_type: body.client_type,
            language: body.language,
            begun: self.now,
            client: ClientId(uuid(self.gateway.entropy.as_ref(), self.now)?),
            iin_mac: iin_mac.to_owned(),
            iin_sealed: key.seal(self.gateway, "iin", iin.expose())?,
            visits: vec![VisitOf { terminal: self.terminal.clone(), session: self.session_id }],
            consents: Vec::new(),
            access: None,
            own_consent: None,
            token: None,
            person_sealed: None,
            person_shown: None,
            identified: None,
            entrepreneur: None,
            phone: None,
            authentications: Vec::new(),
            chip,
            signature: None,
            state: State::Open,
        };
        self.changes.push(store::put(Collection::Registration, &id.to_string(), ABSENT, &registration)?);
        self.session.registration = Some(id);
        Ok(())
    }

    /// The open registration of this person in which a number was confirmed.
    fn to_be_continued(&self, iin_mac: &str) -> Result<Option<(RegistrationId, Registration)>, GatewayError> {
        let store = self.gateway.store.as_ref();
        let Some(proven) = store::load::<Proven>(store, Collection::Proven, iin_mac)? else {
            return Ok(None);
        };
        let id = proven.value.registration;
        let found = store::load::<Registration>(store, Collection::Registration, &id.to_string())?;
        Ok(found
            .map(|found| found.value)
            .filter(|found| found.state == State::Open && found.has_number())
            .map(|found| (id, found)))
    }

    fn offer_to_continue(
        &mut self,
        id: RegistrationId,
        earlier: RegistrationId,
        found: &Registration,
        pack: &RulePack,
    ) -> Result<MessageBody, GatewayError> {
        let anew = MessageBody::RegistrationAdvanced { registration: id, next: RegistrationStep::Consent };
        let sealed = found.phone.as_ref().map(|phone| phone.sealed.as_str()).unwrap_or_default();
        let number = self.open_part(earlier, "phone", sealed, Purpose::RegistrationCode)?;
        let Some(phone) = number.and_then(|number| Phone::parse(number.expose()).ok()) else {
            return Ok(anew);
        };
        let sent =
            self.send_registration_code(earlier, CodePurpose::Continue, &phone, found.language, pack)?;
        match sent {
            Ok((life_seconds, digits)) => {
                self.session.continues = Some(earlier);
                Ok(MessageBody::RegistrationCodeSent {
                    registration: id,
                    phone_masked: Secret::new(phone.masked()),
                    life_seconds,
                    digits,
                })
            }
            Err(reason) => Ok(refused(id, reason, false)),
        }
    }

    /// The code to the earlier number was right: the person goes on where they were, if the consent still stands.
    pub(super) fn continue_earlier(&mut self, earlier: RegistrationId) -> Result<MessageBody, GatewayError> {
        let begun = self.session.registration;
        self.session.continues = None;
        let store = self.gateway.store.as_ref();
        let found = store::load::<Registration>(store, Collection::Registration, &earlier.to_string())?;
        let Some(mut found) = found.filter(|found| found.value.state == State::Open) else {
            return Ok(refused(begun.unwrap_or(earlier), RegistrationRefusal::NotAvailable, false));
        };
        match self.consent_stands(&found.value)? {
            Ok(true) => {}
            // The consent is over: everything begins anew, under the identity of this visit.
            Ok(false) => {
                found.value.state = State::Refused;
                found.value.forget_person();
                self.keep(earlier, &found)?;
                let Some(registration) = begun else {
                    return Ok(refused(earlier, RegistrationRefusal::NotAvailable, false));
                };
                return Ok(MessageBody::RegistrationAdvanced {
                    registration,
                    next: RegistrationStep::Consent,
                });
            }
            Err(reason) => return Ok(refused(begun.unwrap_or(earlier), reason, false)),
        }
        if let Some(begun) = begun.filter(|begun| *begun != earlier) {
            self.supersede(begun)?;
        }
        let visit = VisitOf { terminal: self.terminal.clone(), session: self.session_id };
        found.value.visits.push(visit);
        let next = if found.value.is_authenticated() {
            RegistrationStep::Conclusion
        } else {
            RegistrationStep::Portrait
        };
        self.session.registration = Some(earlier);
        self.keep(earlier, &found)?;
        Ok(MessageBody::RegistrationAdvanced { registration: earlier, next })
    }

    /// Whether the consent's token is still active; asked afresh, since a person may take it back.
    pub(super) fn consent_stands(
        &self,
        registration: &Registration,
    ) -> Result<Result<bool, RegistrationRefusal>, GatewayError> {
        let Some(token) = &registration.token else { return Ok(Ok(false)) };
        if self.now >= token.expires {
            return Ok(Ok(false));
        }
        Ok(self.gateway.consent_opens(&token.jti, self.now)?.map_err(|error| of_service(&error)))
    }

    fn supersede(&mut self, id: RegistrationId) -> Result<(), GatewayError> {
        let store = self.gateway.store.as_ref();
        let found = store::load::<Registration>(store, Collection::Registration, &id.to_string())?;
        if let Some(mut found) = found.filter(|found| found.value.state == State::Open) {
            found.value.state = State::Superseded;
            self.keep(id, &found)?;
        }
        Ok(())
    }

    /// From now on this is the person's registration; what they began elsewhere ends.
    pub(super) fn prove(
        &mut self,
        id: RegistrationId,
        registration: &Versioned<Registration>,
    ) -> Result<(), GatewayError> {
        let key = &registration.value.iin_mac;
        let store = self.gateway.store.as_ref();
        let before = store::load::<Proven>(store, Collection::Proven, key)?;
        let (expect, earlier) = match before {
            Some(before) => (before.expect(), Some(before.value.registration)),
            None => (ABSENT, None),
        };
        self.changes.push(store::put(Collection::Proven, key, expect, &Proven { registration: id })?);
        match earlier.filter(|earlier| *earlier != id) {
            Some(earlier) => self.supersede(earlier),
            None => Ok(()),
        }
    }
}
