//! Another mobile number or account of a client: the new one checked, the number confirmed by a code, the face of
//! this visit, an electronic signature over a statement; then core lending is told, once, with the row that proves it.
//!
//! What is under way lives with the visit and ends with it. What was made is kept with its evidence, numbers sealed. The
//! bracket of paragraph 21 about terminals is not used: an account is changed by face and signature like a phone.

mod record;
mod statement;

use senim_domain::iban::Iban;
use senim_domain::phone::Phone;
use senim_domain::rule_pack::RulePack;
use senim_domain::{ChangeId, ClientId, Language, MessageId, Secret};
use senim_operation::attachment::{AccountEntry, LoginCode, PhoneEntry};
use senim_operation::body::{Contact, ContactChangeConcluded, ContactChangeRequested, ContactCodeSubmitted};
use senim_operation::jws::sha256_b64;
use senim_operation::message::{ContactCode, ContactRefusal, ContactStatement, MessageBody};
use senim_operation::signature::SignaturePurpose;

use crate::acting::Act;
use crate::connectors::{Account, ConnectorError, Outcome, Ownership};
use crate::entropy::code;
use crate::error::GatewayError;
use crate::later;
use crate::openings::Purpose;
use crate::vault::MacPurpose;

pub(crate) use record::ContactUnderWay;
use record::SentCode;

/// What the connector for SMS is told that a code is for; it is bound into the code's keyed hash too.
const CODE: &str = "contact_code";

const fn refused(change: ChangeId, reason: ContactRefusal, may_retry: bool) -> MessageBody {
    MessageBody::ContactChangeRefused { change, reason, may_retry }
}

fn of_service(error: &ConnectorError) -> ContactRefusal {
    tracing::warn!(%error, "change of phone or account not possible");
    match error {
        ConnectorError::Unavailable { .. } => ContactRefusal::TryLater,
        ConnectorError::Refused { .. } => ContactRefusal::NotAvailable,
    }
}

/// What is to be the client's: read and well formed.
enum New {
    Phone(Phone),
    Account(Iban),
}

impl New {
    fn plain(&self) -> Secret {
        Secret::new(match self {
            Self::Phone(phone) => phone.expose().to_owned(),
            Self::Account(iban) => iban.expose().to_owned(),
        })
    }

    fn masked(&self) -> Secret {
        Secret::new(match self {
            Self::Phone(phone) => phone.masked(),
            Self::Account(iban) => iban.masked(),
        })
    }
}

impl Act<'_> {
    pub(crate) fn contact_change_requested(
        &mut self,
        body: &ContactChangeRequested,
        attachment: &str,
    ) -> Result<MessageBody, GatewayError> {
        let change = body.change;
        let no = |reason, again| Ok(refused(change, reason, again));
        let Some(client) = self.session.client.filter(|own| *own == body.client) else {
            return no(ContactRefusal::NotAvailable, false);
        };
        let Some(pack) = self.gateway.rule_pack(self.now)? else {
            return no(ContactRefusal::TryLater, false);
        };
        self.session.contact = None;
        // Without signatures nothing is changed, so nobody is asked for a code first.
        if self.gateway.connectors.eds().is_err() {
            return no(ContactRefusal::NotSigned, false);
        }
        let Some(new) = self.new_contact(body.contact, attachment, &pack)? else {
            return no(ContactRefusal::NotUsable, true);
        };
        match self.former(client, body.contact) {
            Ok(Some(former)) if former == new.plain() => return no(ContactRefusal::Unchanged, true),
            Ok(_) => {}
            Err(error) => return no(of_service(&error), false),
        }
        let report_id = match self.owned(&new)? {
            Ok(report_id) => report_id,
            Err(reason @ (ContactRefusal::NotOwned | ContactRefusal::OwnerUnknown)) => {
                self.session.foreign_numbers = self.session.foreign_numbers.saturating_add(1);
                return no(reason, self.session.foreign_numbers < u32::from(pack.otp.tries));
            }
            Err(reason) => return no(reason, false),
        };
        let mut under_way = ContactUnderWay {
            change,
            contact: body.contact,
            language: body.language,
            attachment: attachment.to_owned(),
            report_id,
            begun: self.now,
            code: None,
            confirmed: body.contact == Contact::Account,
        };
        let reply = match &new {
            New::Account(_) => MessageBody::ContactChangeAdvanced { change },
            New::Phone(phone) => match self.send_contact_code(change, phone, body.language, &pack)? {
                Ok(sent) => {
                    under_way.code = Some(sent);
                    MessageBody::ContactCodeSent(ContactCode {
                        change,
                        phone_masked: Secret::new(phone.masked()),
                        life_seconds: pack.otp.life_seconds,
                        digits: u32::from(pack.otp.digits),
                    })
                }
                Err(reason) => return no(reason, false),
            },
        };
        self.session.contact = Some(under_way);
        Ok(reply)
    }

    /// What was typed; `None`: nothing that can be used.
    fn new_contact(
        &self,
        contact: Contact,
        attachment: &str,
        pack: &RulePack,
    ) -> Result<Option<New>, GatewayError> {
        let Some(plain) = self.open_sealed(attachment, Purpose::ContactChange)? else { return Ok(None) };
        Ok(match contact {
            Contact::Phone => {
                let entry = PhoneEntry::from_plaintext(&plain).ok();
                let phone = entry.and_then(|entry| Phone::parse(entry.phone.expose()).ok());
                let usable =
                    |phone: &Phone| phone.code().is_some_and(|code| pack.mobile_codes.contains(&code));
                phone.filter(usable).map(New::Phone)
            }
            Contact::Account => {
                let entry = AccountEntry::from_plaintext(&plain).ok();
                entry.and_then(|entry| Iban::parse(entry.iban.expose()).ok()).map(New::Account)
            }
        })
    }

    /// What it is until now; `None`: there is none, or core lending does not tell.
    fn former(&self, client: ClientId, contact: Contact) -> Result<Option<Secret>, ConnectorError> {
        let core = &self.gateway.connectors.core;
        match contact {
            Contact::Phone => Ok(Some(core.client(client)?.phone)),
            Contact::Account => match core.identity(client) {
                Ok(identity) => Ok(identity.account.and_then(|account| match account {
                    Account::Iban(iban) => Some(iban),
                    Account::Card(_) => None,
                })),
                Err(error) if error.is_not_offered() => Ok(None),
                Err(error) => Err(error),
            },
        }
    }

    /// The report by which it is the client's own; or why not. A number that the base does not know is taken: the code
    /// shows who holds it. Of an account the bank has to be sure.
    fn owned(&self, new: &New) -> Result<Result<String, ContactRefusal>, GatewayError> {
        let iin = match self.session.iin_attachment.clone() {
            Some(attachment) => self.sealed_iin(&attachment, Purpose::ContactChange)?,
            None => None,
        };
        let Some(iin) = iin else { return Ok(Err(ContactRefusal::NotAvailable)) };
        let (iin, connectors) = (iin.into_secret(), &self.gateway.connectors);
        Ok(match new {
            New::Phone(_) => match connectors.number_owner().and_then(|base| base.owns(&iin, &new.plain())) {
                Ok(found) if found.outcome == Outcome::Mismatch => Err(ContactRefusal::NotOwned),
                Ok(found) => Ok(found.report_id),
                Err(error) => Err(of_service(&error)),
            },
            New::Account(_) => {
                let account = Account::Iban(new.plain());
                match connectors.bank().and_then(|bank| bank.owner(&account, &iin)) {
                    Ok(found) => match found.ownership {
                        Ownership::Confirmed => Ok(found.report_id),
                        Ownership::Other => Err(ContactRefusal::NotOwned),
                        Ownership::Unknown => Err(ContactRefusal::OwnerUnknown),
                    },
                    Err(error) => Err(of_service(&error)),
                }
            }
        })
    }

    fn send_contact_code(
        &mut self,
        change: ChangeId,
        phone: &Phone,
        language: Language,
        pack: &RulePack,
    ) -> Result<Result<SentCode, ContactRefusal>, GatewayError> {
        if self.session.sends >= u32::from(pack.otp.sends_per_session) {
            return Ok(Err(ContactRefusal::TooMany));
        }
        let Some(counted) = self.count_code(phone, pack)? else { return Ok(Err(ContactRefusal::TooMany)) };
        let code = code(self.gateway.entropy.as_ref(), pack.otp.digits)?;
        let to = Secret::new(phone.expose().to_owned());
        let text = statement::code_text(language, &code, pack, self.terminal.as_str());
        if let Err(error) = self.gateway.connectors.sms.send(&to, &text, CODE) {
            return Ok(Err(of_service(&error)));
        }
        self.session.sends = self.session.sends.saturating_add(1);
        self.changes.push(counted);
        let context = self.contact_code_context(change, self.message_id);
        Ok(Ok(SentCode {
            message: self.message_id,
            mac: self.gateway.keys.vault.mac(MacPurpose::OneTimeCode, &context, &code),
            expires: later(self.now, pack.otp.life_seconds),
            tries_left: pack.otp.tries,
        }))
    }

    fn contact_code_context(&self, change: ChangeId, message: MessageId) -> String {
        format!("{CODE}/{}/{}/{change}/{message}", self.terminal, self.session_id)
    }

    pub(crate) fn contact_code_submitted(
        &mut self,
        body: &ContactCodeSubmitted,
        attachment: &str,
    ) -> Result<MessageBody, GatewayError> {
        let change = body.change;
        let no = |reason, again| Ok(refused(change, reason, again));
        let Some(mut under_way) = self.session.contact.clone().filter(|found| found.change == change) else {
            return no(ContactRefusal::CodeExpired, false);
        };
        let Some(mut sent) = under_way.code.take().filter(|sent| sent.message == body.code) else {
            return no(ContactRefusal::CodeExpired, false);
        };
        if self.now >= sent.expires {
            self.session.contact = None;
            return no(ContactRefusal::CodeExpired, true);
        }
        let plain = self.open_sealed(attachment, Purpose::ContactChange)?;
        let typed = plain.and_then(|plain| LoginCode::from_plaintext(&plain).ok());
        let context = self.contact_code_context(change, sent.message);
        let vault = &self.gateway.keys.vault;
        let right = typed
            .is_some_and(|typed| vault.matches(MacPurpose::OneTimeCode, &context, &typed.code, &sent.mac));
        if !right {
            sent.tries_left = sent.tries_left.saturating_sub(1);
            let again = sent.tries_left > 0;
            under_way.code = Some(sent);
            self.session.contact = again.then_some(under_way);
            let reason = if again { ContactRefusal::WrongCode } else { ContactRefusal::TooMany };
            return no(reason, again);
        }
        under_way.confirmed = true;
        self.session.contact = Some(under_way);
        Ok(MessageBody::ContactChangeAdvanced { change })
    }

    pub(crate) fn contact_change_concluded(
        &mut self,
        body: &ContactChangeConcluded,
    ) -> Result<MessageBody, GatewayError> {
        let change = body.change;
        let no = |reason, again| Ok(refused(change, reason, again));
        let under_way =
            self.session.contact.clone().filter(|found| found.change == change && found.confirmed);
        let Some((under_way, client)) = under_way.zip(self.session.client) else {
            return no(ContactRefusal::NotAvailable, false);
        };
        let Some(pack) = self.gateway.rule_pack(self.now)? else {
            return no(ContactRefusal::TryLater, true);
        };
        if !self.holder_was_seen(body.face_check, &pack) {
            return no(ContactRefusal::FaceCheck, true);
        }
        let Some(new) = self.new_contact(under_way.contact, &under_way.attachment, &pack)? else {
            return no(ContactRefusal::NotAvailable, false);
        };
        let (person, former) =
            match (self.gateway.connectors.core.client(client), self.former(client, under_way.contact)) {
                (Ok(person), Ok(former)) => (person, former),
                (Err(error), _) | (_, Err(error)) => return no(of_service(&error), true),
            };
        let text = statement::text(&under_way, &person, former.as_ref(), &new.plain(), &pack);
        let sha256 = sha256_b64(text.expose().as_bytes());
        let purpose = match under_way.contact {
            Contact::Phone => SignaturePurpose::PhoneChange,
            Contact::Account => SignaturePurpose::AccountChange,
        };
        let Some(signature) = self.signature_of(purpose, &sha256) else {
            let place = (self.terminal, self.session_id);
            let (gateway, now) = (self.gateway, self.now);
            gateway.lay_out_with(place, Some(client), purpose, text.expose(), now, &mut self.changes)?;
            return Ok(MessageBody::ContactStatementToSign(ContactStatement {
                change,
                statement: text,
                statement_sha256: sha256,
                language: under_way.language,
            }));
        };
        let core = &self.gateway.connectors.core;
        let proof = self.envelope.op_id;
        let told = match &new {
            New::Phone(_) => core.change_phone(client, &new.plain(), proof),
            New::Account(_) => core.change_account(client, &Account::Iban(new.plain()), proof),
        };
        if let Err(error) = told {
            return no(of_service(&error), matches!(error, ConnectorError::Unavailable { .. }));
        }
        let made = record::Made { under_way, client, face_check: body.face_check, signature, sha256 };
        self.contact_changed(made, former.as_ref(), &new)
    }
}
