//! What the MFO says to somebody who registers. An answer that does not fit the question ends the visit politely.

use senim_domain::{RegistrationId, Secret};
use senim_operation::jws::sha256_b64;
use senim_operation::message::{
    Comparison, Message, MessageBody, PinRefusal, RegistrationRefusal, RegistrationStep,
};

use super::super::{Session, Step};
use crate::registration::{
    Access, Advice, Applicant, Awaited, CodePurpose, Person, PhoneFault, PinFault, Registering, SentCode,
};
use crate::state::{Client, CodeError, Ending, Picture, Sitter, State};

impl Session {
    /// The answer to what this stage asked.
    pub(in crate::dialogue) fn register_answer(
        &mut self,
        step: &mut Step<'_>,
        message: &Message,
        stage: Registering,
    ) {
        match stage {
            Registering::Waiting { applicant, awaited, .. } => {
                self.registration_answer(step, message, applicant, &awaited);
            }
            Registering::AccessReply { applicant, access, .. } => match &message.body {
                MessageBody::AccessAsked { registration, .. } if *registration == applicant.registration => {
                    self.access_still_open(step, applicant, access);
                }
                _ => self.registration_answer(step, message, applicant, &Awaited::Access),
            },
            Registering::SettingPin { client, .. } => self.pin_answer(step, message, client),
            stage => self.state = State::Register(Box::new(stage)),
        }
    }

    fn registration_answer(
        &mut self,
        step: &mut Step<'_>,
        message: &Message,
        applicant: Applicant,
        awaited: &Awaited,
    ) {
        let ours = |registration: &RegistrationId| *registration == applicant.registration;
        match (&message.body, awaited) {
            // An earlier registration is continued under its own identity.
            (MessageBody::RegistrationAdvanced { registration, next }, Awaited::Code(code))
                if ours(registration) || code.purpose == CodePurpose::Continue =>
            {
                let applicant = Applicant { registration: *registration, ..applicant };
                self.advance(step, applicant, *next);
            }
            (MessageBody::RegistrationAdvanced { registration, next }, _) if ours(registration) => {
                self.advance(step, applicant, *next);
            }
            (
                MessageBody::RegistrationCodeSent { registration, phone_masked, life_seconds, digits },
                Awaited::Opening | Awaited::Phone,
            ) if ours(registration) => {
                let purpose = if matches!(awaited, Awaited::Phone) {
                    CodePurpose::Number
                } else {
                    CodePurpose::Continue
                };
                let until = step.now.mono.plus_ms(u64::from(*life_seconds).saturating_mul(1000));
                let code = SentCode {
                    id: message.envelope.message_id,
                    purpose,
                    phone_masked: phone_masked.clone(),
                    digits: *digits,
                    tries_left: self.code_tries(&step.now),
                    until,
                };
                self.register(step, Registering::Code { applicant, code, error: None });
            }
            (
                MessageBody::AccessAsked {
                    registration,
                    method,
                    already_in_process,
                    life_seconds,
                    tries_left,
                },
                Awaited::Access,
            ) if ours(registration) => {
                let access = Access {
                    method: *method,
                    already_in_process: *already_in_process,
                    tries_left: *tries_left,
                    until: step.now.mono.plus_ms(u64::from(*life_seconds).saturating_mul(1000)),
                };
                self.access_asked(step, applicant, access);
            }
            (MessageBody::PersonFound { registration, .. }, Awaited::Access | Awaited::AccessCode(_))
                if ours(registration) =>
            {
                self.person_found(step, message, applicant);
            }
            (
                MessageBody::AuthenticationResult { registration, name, iin, photo, attempts_left },
                Awaited::Portrait,
            ) if ours(registration) => {
                self.compared(step, applicant, [*name, *iin, *photo], *attempts_left);
            }
            (
                MessageBody::StatementToSign { registration, statement, statement_sha256, .. },
                Awaited::Conclusion | Awaited::Access,
            ) if ours(registration) => {
                let access = matches!(awaited, Awaited::Access);
                self.statement_to_sign(step, applicant, statement, statement_sha256, access);
            }
            (MessageBody::Registered { registration, client, greeting, products }, Awaited::Conclusion)
                if ours(registration) =>
            {
                let client = Client {
                    id: *client,
                    greeting: greeting.clone(),
                    products: products.clone(),
                    last_login: None,
                };
                self.register(step, Registering::PinOffer { client });
            }
            (MessageBody::RegistrationRefused { registration, reason, may_retry }, _)
                if ours(registration) =>
            {
                self.registration_refused(step, applicant, awaited, *reason, *may_retry);
            }
            _ => self.end(step, Ending::Unreachable),
        }
    }

    /// What is signed is what is shown, byte for byte.
    fn statement_to_sign(
        &mut self,
        step: &mut Step<'_>,
        applicant: Applicant,
        statement: &Secret,
        sha256: &str,
        access: bool,
    ) {
        if sha256_b64(statement.expose().as_bytes()) != sha256 {
            return self.end(step, Ending::TermsMismatch);
        }
        let (statement, sha256) = (statement.clone(), sha256.to_owned());
        let stage = if access {
            Registering::OwnConsent { applicant, statement, sha256 }
        } else {
            Registering::Statement { applicant, statement, sha256 }
        };
        self.register(step, stage);
    }

    fn advance(&mut self, step: &mut Step<'_>, applicant: Applicant, next: RegistrationStep) {
        match next {
            RegistrationStep::Consent => self.first_consent(step, applicant),
            RegistrationStep::Phone => self.register(step, Registering::Phone { applicant, error: None }),
            RegistrationStep::Portrait => self.register(step, Registering::BeforePicture { applicant }),
            RegistrationStep::Conclusion => self.conclude_registration(step, applicant),
        }
    }

    fn person_found(&mut self, step: &mut Step<'_>, message: &Message, applicant: Applicant) {
        let MessageBody::PersonFound {
            client_type,
            surname,
            given_name,
            patronymic,
            document,
            document_tail,
            document_expires,
            consent_number,
            ..
        } = &message.body
        else {
            return;
        };
        let person = Person {
            client_type: *client_type,
            surname: surname.clone(),
            given_name: given_name.clone(),
            patronymic: patronymic.clone(),
            document: document.clone(),
            document_tail: document_tail.clone(),
            document_expires: document_expires.clone(),
            consent_number: consent_number.clone(),
            sha256: message.sha256.clone(),
        };
        let applicant = Applicant { client_type: *client_type, ..applicant };
        self.register(step, Registering::Person { applicant, person: Box::new(person) });
    }

    /// Which of the three differs is told to nobody here; another picture cures one of them alone.
    fn compared(
        &mut self,
        step: &mut Step<'_>,
        applicant: Applicant,
        [name, iin, photo]: [Comparison; 3],
        attempts_left: u32,
    ) {
        let data_agree = name == Comparison::Match && iin == Comparison::Match;
        if !data_agree || (photo != Comparison::Match && attempts_left == 0) {
            self.advise(step, Advice::NotIdentified);
        } else if photo == Comparison::Match {
            self.conclude_registration(step, applicant);
        } else {
            self.before_camera(step, Sitter::Applicant(applicant), Picture::NoMatch);
        }
    }

    pub(in crate::dialogue) fn registration_refused(
        &mut self,
        step: &mut Step<'_>,
        applicant: Applicant,
        awaited: &Awaited,
        reason: RegistrationRefusal,
        may_retry: bool,
    ) {
        match (reason, awaited) {
            (RegistrationRefusal::WrongCode, Awaited::Code(code)) if may_retry => {
                let code = SentCode { tries_left: code.tries_left.saturating_sub(1), ..code.clone() };
                let error = Some(CodeError::Wrong);
                self.register(step, Registering::Code { applicant, code, error });
            }
            (RegistrationRefusal::CodeExpired, Awaited::Code(code)) => {
                let (code, error) = (code.clone(), Some(CodeError::Expired));
                self.register(step, Registering::Code { applicant, code, error });
            }
            (RegistrationRefusal::WrongCode, Awaited::AccessCode(access)) if may_retry => {
                let access = Access { tries_left: access.tries_left.saturating_sub(1), ..*access };
                let error = Some(CodeError::Wrong);
                self.register(step, Registering::AccessCode { applicant, access, error });
            }
            (RegistrationRefusal::CodeExpired, _) => self.advise(step, Advice::AccessTimedOut),
            (RegistrationRefusal::NumberNotUsable, Awaited::Phone) => {
                let error = Some(PhoneFault::NotUsable);
                self.register(step, Registering::Phone { applicant, error });
            }
            (RegistrationRefusal::NumberNotOwned, Awaited::Phone) if may_retry => {
                let error = Some(PhoneFault::NotOwned);
                self.register(step, Registering::Phone { applicant, error });
            }
            (RegistrationRefusal::AlreadyClient, _) => self.advise(step, Advice::AlreadyClient),
            (RegistrationRefusal::DocumentExpired, _) => self.advise(step, Advice::DocumentExpired),
            (RegistrationRefusal::NoBmgNumber, _) => self.advise(step, Advice::NoBmgNumber),
            (RegistrationRefusal::AccessRefused, _) => self.advise(step, Advice::AccessRefused),
            (RegistrationRefusal::AccessTimedOut, _) => self.advise(step, Advice::AccessTimedOut),
            (RegistrationRefusal::NotIdentified | RegistrationRefusal::PictureNotUsable, _) => {
                self.advise(step, Advice::NotIdentified);
            }
            (RegistrationRefusal::NotSigned, _) => self.advise(step, Advice::NotSigned),
            (RegistrationRefusal::ContinuedElsewhere, _) => self.advise(step, Advice::ContinuedElsewhere),
            (RegistrationRefusal::WrongCode | RegistrationRefusal::TooMany, _) => {
                self.end(step, Ending::TooManyCodes);
            }
            (
                RegistrationRefusal::NotAvailable
                | RegistrationRefusal::NoConsent
                | RegistrationRefusal::MethodNotAllowed
                | RegistrationRefusal::NumberNotUsable
                | RegistrationRefusal::NumberNotOwned,
                _,
            ) => self.end(step, Ending::NotAvailable),
            (RegistrationRefusal::TryLater, _) => self.end(step, Ending::Unreachable),
        }
    }

    fn pin_answer(&mut self, step: &mut Step<'_>, message: &Message, client: Client) {
        let stage = match &message.body {
            MessageBody::PinAccepted { client: whose } if *whose == client.id => {
                Registering::Done { client, pin: true }
            }
            MessageBody::PinRefused { client: whose, reason } if *whose == client.id => {
                let error = match reason {
                    PinRefusal::Length => Some(PinFault::Length),
                    PinRefusal::Simple => Some(PinFault::Simple),
                    // Registered all the same; a PIN can be set another time.
                    PinRefusal::TryLater | PinRefusal::FaceCheck => None,
                };
                match error {
                    Some(error) => Registering::Pin { client, first: None, error: Some(error) },
                    None => Registering::Done { client, pin: false },
                }
            }
            _ => Registering::Done { client, pin: false },
        };
        self.register(step, stage);
    }
}
