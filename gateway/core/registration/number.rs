//! The mobile number and the one-time codes of a registration (R-005, R-023, B21). A code fits the purpose, the
//! registration and the message that it was sent for, in the visit in which it was sent, and nothing else.

use senim_domain::phone::Phone;
use senim_domain::rule_pack::RulePack;
use senim_domain::{Language, RegistrationId, Secret};
use senim_operation::attachment::{LoginCode, PhoneEntry};
use senim_operation::body::{PhoneSubmitted, RegistrationCodeSubmitted};
use senim_operation::message::{Comparison, MessageBody, RegistrationRefusal, RegistrationStep};

use super::record::{CodePurpose, Number, SentCode};
use super::{of_service, refused};
use crate::acting::Act;
use crate::connectors::Outcome;
use crate::entropy::code;
use crate::error::GatewayError;
use crate::later;
use crate::openings::Purpose;
use crate::vault::MacPurpose;

pub(super) const fn comparison(outcome: Outcome) -> Comparison {
    match outcome {
        Outcome::Match => Comparison::Match,
        Outcome::Mismatch => Comparison::Mismatch,
        Outcome::Unknown => Comparison::Unknown,
    }
}

impl Act<'_> {
    pub(crate) fn phone_submitted(
        &mut self,
        body: &PhoneSubmitted,
        attachment: &str,
    ) -> Result<MessageBody, GatewayError> {
        let id = body.registration;
        let no = |reason, may_retry| Ok(refused(id, reason, may_retry));
        let mut registration = match self.own_registration(id)? {
            Ok(registration) if registration.value.identified.is_some() => registration,
            Ok(_) => return no(RegistrationRefusal::NotAvailable, false),
            Err(reason) => return no(reason, false),
        };
        let Some(pack) = self.gateway.rule_pack(self.now)? else {
            return no(RegistrationRefusal::TryLater, false);
        };
        let plain = self.open_sealed(attachment, Purpose::Registration)?;
        let entry = plain.and_then(|plain| PhoneEntry::from_plaintext(&plain).ok());
        let phone = entry.and_then(|entry| Phone::parse(entry.phone.expose()).ok());
        let usable = |phone: &Phone| phone.code().is_some_and(|code| pack.mobile_codes.contains(&code));
        let Some(phone) = phone.filter(usable) else {
            return no(RegistrationRefusal::NumberNotUsable, true);
        };
        let sealed = registration.value.iin_sealed.clone();
        let Some(iin) = self.open_part(id, "iin", &sealed, Purpose::Registration)? else {
            return no(RegistrationRefusal::NotAvailable, false);
        };
        let number = Secret::new(phone.expose().to_owned());
        let asked = self.gateway.connectors.number_owner().and_then(|base| base.owns(&iin, &number));
        let owner = match asked {
            Ok(owner) => owner,
            Err(error) => return no(of_service(&error), false),
        };
        if owner.outcome == Outcome::Mismatch {
            self.session.foreign_numbers = self.session.foreign_numbers.saturating_add(1);
            let again = self.session.foreign_numbers < u32::from(pack.otp.tries);
            return no(RegistrationRefusal::NumberNotOwned, again);
        }
        let language = registration.value.language;
        match self.send_registration_code(id, CodePurpose::Number, &phone, language, &pack)? {
            Err(reason) => no(reason, false),
            Ok((life_seconds, digits)) => {
                let Some(sealed) = self.seal_part(id, "phone", &number)? else {
                    return no(RegistrationRefusal::NotAvailable, false);
                };
                registration.value.phone = Some(Number {
                    sealed,
                    owner: comparison(owner.outcome),
                    report_id: owner.report_id,
                    confirmed: None,
                });
                self.keep(id, &registration)?;
                let phone_masked = Secret::new(phone.masked());
                Ok(MessageBody::RegistrationCodeSent { registration: id, phone_masked, life_seconds, digits })
            }
        }
    }

    /// Sends a code and remembers it in the visit: life in seconds and digits, or why not.
    pub(super) fn send_registration_code(
        &mut self,
        registration: RegistrationId,
        purpose: CodePurpose,
        phone: &Phone,
        language: Language,
        pack: &RulePack,
    ) -> Result<Result<(u32, u32), RegistrationRefusal>, GatewayError> {
        self.session.registration_code = None;
        if self.session.sends >= u32::from(pack.otp.sends_per_session) {
            return Ok(Err(RegistrationRefusal::TooMany));
        }
        let Some(counted) = self.count_code(phone, pack)? else {
            return Ok(Err(RegistrationRefusal::TooMany));
        };
        let code = code(self.gateway.entropy.as_ref(), pack.otp.digits)?;
        let to = Secret::new(phone.expose().to_owned());
        let text = sms_text(purpose, language, &code, pack, self.terminal.as_str());
        if let Err(error) = self.gateway.connectors.sms.send(&to, &text, purpose.code()) {
            return Ok(Err(of_service(&error)));
        }
        self.session.sends = self.session.sends.saturating_add(1);
        self.changes.push(counted);
        let context = self.code_context(purpose, registration, self.message_id);
        self.session.registration_code = Some(SentCode {
            purpose,
            registration,
            message: self.message_id,
            mac: self.gateway.keys.vault.mac(MacPurpose::OneTimeCode, &context, &code),
            expires: later(self.now, pack.otp.life_seconds),
            tries_left: pack.otp.tries,
        });
        Ok(Ok((pack.otp.life_seconds, u32::from(pack.otp.digits))))
    }

    /// What a code is bound to.
    fn code_context(
        &self,
        purpose: CodePurpose,
        registration: RegistrationId,
        message: senim_domain::MessageId,
    ) -> String {
        format!("{}/{}/{}/{registration}/{message}", purpose.code(), self.terminal, self.session_id)
    }

    pub(crate) fn registration_code_submitted(
        &mut self,
        body: &RegistrationCodeSubmitted,
        attachment: &str,
    ) -> Result<MessageBody, GatewayError> {
        let id = body.registration;
        let Some(sent) = self.session.registration_code.clone().filter(|sent| sent.message == body.code)
        else {
            return Ok(refused(id, RegistrationRefusal::CodeExpired, false));
        };
        if self.now >= sent.expires {
            self.session.registration_code = None;
            return Ok(refused(id, RegistrationRefusal::CodeExpired, false));
        }
        let plain = self.open_sealed(attachment, Purpose::RegistrationCode)?;
        let typed = plain.and_then(|plain| LoginCode::from_plaintext(&plain).ok());
        let context = self.code_context(sent.purpose, sent.registration, sent.message);
        let right = typed.is_some_and(|typed| {
            self.gateway.keys.vault.matches(MacPurpose::OneTimeCode, &context, &typed.code, &sent.mac)
        });
        if !right {
            let tries_left = sent.tries_left.saturating_sub(1);
            self.session.registration_code = (tries_left > 0).then_some(SentCode { tries_left, ..sent });
            let reason =
                if tries_left > 0 { RegistrationRefusal::WrongCode } else { RegistrationRefusal::TooMany };
            return Ok(refused(id, reason, tries_left > 0));
        }
        self.session.registration_code = None;
        match sent.purpose {
            CodePurpose::Continue => self.continue_earlier(sent.registration),
            CodePurpose::Number => self.number_confirmed(id, sent.registration),
        }
    }

    fn number_confirmed(
        &mut self,
        id: RegistrationId,
        sent_for: RegistrationId,
    ) -> Result<MessageBody, GatewayError> {
        let mut registration = match self.own_registration(id)? {
            Ok(registration) if id == sent_for => registration,
            Ok(_) => return Ok(refused(id, RegistrationRefusal::CodeExpired, false)),
            Err(reason) => return Ok(refused(id, reason, false)),
        };
        let Some(phone) = &mut registration.value.phone else {
            return Ok(refused(id, RegistrationRefusal::CodeExpired, false));
        };
        phone.confirmed = Some(self.now);
        self.keep(id, &registration)?;
        Ok(MessageBody::RegistrationAdvanced { registration: id, next: RegistrationStep::Portrait })
    }
}

/// Names the operation and the terminal (B21).
fn sms_text(
    purpose: CodePurpose,
    language: Language,
    code: &Secret,
    pack: &RulePack,
    terminal: &str,
) -> Secret {
    let (code, mfo) = (code.expose(), pack.mfo.name.get(language));
    Secret::new(match (purpose, language) {
        (CodePurpose::Continue, Language::Kk) => {
            format!("{mfo}: {terminal} терминалында тіркелуді жалғастыру коды {code}. Оны ешкімге айтпаңыз.")
        }
        (CodePurpose::Continue, Language::Ru) => {
            format!(
                "{mfo}: код {code}, чтобы продолжить регистрацию в терминале {terminal}. Никому его не сообщайте."
            )
        }
        (CodePurpose::Continue, Language::En) => {
            format!("{mfo}: code {code} to continue your registration at terminal {terminal}. Tell nobody.")
        }
        (CodePurpose::Number, Language::Kk) => {
            format!("{mfo}: {terminal} терминалында нөмірді растау коды {code}. Оны ешкімге айтпаңыз.")
        }
        (CodePurpose::Number, Language::Ru) => {
            format!(
                "{mfo}: код {code} для подтверждения номера в терминале {terminal}. Никому его не сообщайте."
            )
        }
        (CodePurpose::Number, Language::En) => {
            format!("{mfo}: code {code} to confirm your number at terminal {terminal}. Tell nobody.")
        }
    })
}
