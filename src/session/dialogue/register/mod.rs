//! A new client registers: what the person decides, stage by stage (regulation A12.1, steps 2 to 6).
//!
//! `answers` is the MFO, `chip` the document on the reader, `consent` what is agreed to and how the state service is asked, `finish` what a new client is
//! given. Age is judged from the IIN before any camera, and nothing is asked before it is said what is needed.

mod answers;
mod chip;
mod consent;
mod finish;

use senim_domain::iin::Iin;
use senim_domain::phone::Phone;
use senim_domain::rule_pack::{ClientType, ConsentKind};
use senim_domain::time::Mono;
use senim_domain::{RegistrationId, Secret};
use senim_hal::identity_document::Read;
use senim_operation::attachment::{ChipDocument, LoginCode, PhoneEntry, RegistrationEntry};
use senim_operation::body::{
    IdentificationSubmitted, PhoneSubmitted, RegistrationCodeSubmitted, RegistrationRequested,
};
use senim_operation::signature::SignaturePurpose;

use super::{Session, Step};
use crate::action::Decision;
use crate::registration::{
    Advice, Applicant, Awaited, ChipProblem, CodePurpose, Person, PhoneFault, Registering, SentCode,
};
use crate::state::{AfterSigning, CodeError, Ending, Picture, Sitter, State};

/// Types in the order in which they are offered.
pub const CLIENT_TYPES: [ClientType; 3] =
    [ClientType::Individual, ClientType::IndividualEntrepreneur, ClientType::LegalEntity];

impl Session {
    /// The errand begins.
    pub(super) fn begin_registration(&mut self, step: &Step<'_>) {
        self.register(step, Registering::Needs);
    }

    pub(super) fn register(&mut self, step: &Step<'_>, stage: Registering) {
        self.enter(step, State::Register(Box::new(stage)));
    }

    /// What the person decided on a screen of the registration.
    pub(super) fn decide_registration(&mut self, step: &mut Step<'_>, decision: Decision) {
        let State::Register(stage) = self.take() else { return };
        let stage = match (*stage, decision) {
            (Registering::Needs, Decision::Confirm) => {
                return self.register(step, Registering::ClientType);
            }
            (Registering::ClientType, Decision::Choose(place)) => {
                return self.choose_client_type(step, place);
            }
            (Registering::Referral, Decision::Confirm) => {
                return self.end(step, Ending::Cancelled);
            }
            (Registering::Iin { client_type, chip, .. }, Decision::Enter(typed)) => {
                return self.register_iin(step, client_type, chip, &typed);
            }
            (Registering::Document(used), decision) => return self.decide_chip(step, used, decision),
            (Registering::Code { applicant, code, .. }, Decision::Enter(typed)) => {
                return self.register_code(step, applicant, code, &typed);
            }
            (Registering::Code { applicant, code, .. }, Decision::Decline) => {
                return self.another_code(step, applicant, code.purpose);
            }
            (Registering::Consent { applicant, kind }, Decision::Confirm) => {
                return self.decide_consent(step, applicant, kind, true);
            }
            (Registering::Consent { applicant, kind }, Decision::Decline) => {
                return self.decide_consent(step, applicant, kind, false);
            }
            (Registering::Method { applicant }, Decision::Choose(place)) => {
                return self.choose_method(step, applicant, place);
            }
            (Registering::AccessCode { applicant, access, .. }, Decision::Enter(typed)) => {
                return self.submit_access_code(step, applicant, access, &typed);
            }
            (Registering::Person { applicant, person }, Decision::Confirm) => {
                return self.identify(step, applicant, &person, true);
            }
            (Registering::Person { applicant, person }, Decision::Decline) => {
                return self.identify(step, applicant, &person, false);
            }
            (Registering::Phone { applicant, .. }, Decision::Enter(typed)) => {
                return self.register_phone(step, applicant, &typed);
            }
            (Registering::BeforePicture { applicant }, Decision::Confirm) => {
                return self.before_camera(step, Sitter::Applicant(applicant), Picture::Opening);
            }
            (Registering::OwnConsent { applicant, sha256, .. }, Decision::Confirm) => {
                let after = AfterSigning::DataAccess(applicant);
                return self.begin_signing(step, SignaturePurpose::DataAccess, None, sha256, after);
            }
            (Registering::OwnConsent { applicant, .. }, Decision::Decline) => {
                return self.decide_consent(step, applicant, ConsentKind::StateData, false);
            }
            (Registering::Statement { applicant, sha256, .. }, Decision::Confirm) => {
                let after = AfterSigning::Registration(applicant);
                let purpose = SignaturePurpose::RegistrationStatement;
                return self.begin_signing(step, purpose, None, sha256, after);
            }
            (
                stage @ (Registering::PinOffer { .. } | Registering::Pin { .. } | Registering::Done { .. }),
                decision,
            ) => return self.decide_finish(step, stage, decision),
            // Nothing else can be decided where it was; what is under way goes on.
            (stage, _) => stage,
        };
        self.state = State::Register(Box::new(stage));
    }

    fn choose_client_type(&mut self, step: &Step<'_>, place: usize) {
        let stage = match CLIENT_TYPES.get(place) {
            Some(ClientType::LegalEntity) => Registering::Referral,
            Some(client_type) if self.reads_documents() => Self::chip_offer(*client_type),
            Some(client_type) => Self::iin_typed(*client_type),
            None => Registering::ClientType,
        };
        self.register(step, stage);
    }

    const fn iin_typed(client_type: ClientType) -> Registering {
        Registering::Iin { client_type, invalid: false, chip: None }
    }

    fn register_iin(
        &mut self,
        step: &mut Step<'_>,
        client_type: ClientType,
        chip: Option<Box<Read>>,
        typed: &Secret,
    ) {
        let Ok(iin) = Iin::parse(typed.expose()) else {
            return self.register(step, Registering::Iin { client_type, invalid: true, chip });
        };
        if chip.as_ref().is_some_and(|read| !read.can_be_of(&iin)) {
            return self.chip_problem(step, client_type, ChipProblem::OtherPerson);
        }
        self.request_registration(step, client_type, iin, chip);
    }

    /// Age is judged before anything is written or asked.
    fn request_registration(
        &mut self,
        step: &mut Step<'_>,
        client_type: ClientType,
        iin: Iin,
        chip: Option<Box<Read>>,
    ) {
        let Some(min_age) = self.facts.pack(step.now.utc).map(|pack| pack.min_age) else {
            return self.end(step, Ending::Unreachable);
        };
        let today = senim_domain::calendar::local_date(step.now.utc);
        let age = today.and_then(|today| iin.age_on(today));
        if age.is_none_or(|age| age < min_age) {
            return self.end(step, Ending::UnderAge);
        }
        let verdict = chip.as_ref().map(|read| read.verdict);
        let document =
            chip.map(|read| ChipDocument { kind: read.kind, number: read.number, expires: read.expires });
        let Ok(attachment) = (RegistrationEntry { iin: iin.into_secret(), document }).to_plaintext() else {
            return self.end(step, Ending::Unreachable);
        };
        let registration = RegistrationId(step.ids.next(&step.now));
        let language = self.language;
        let body = RegistrationRequested { registration, client_type, language, chip: verdict };
        let asked = self.record_sealed(step, body, attachment);
        let applicant = Applicant { registration, client_type };
        self.register(step, Registering::Waiting { asked, applicant, awaited: Awaited::Opening });
    }

    fn register_code(&mut self, step: &mut Step<'_>, applicant: Applicant, code: SentCode, typed: &Secret) {
        if code.until <= step.now.mono {
            let error = Some(CodeError::Expired);
            return self.register(step, Registering::Code { applicant, code, error });
        }
        let Ok(attachment) = (LoginCode { code: typed.clone() }).to_plaintext() else {
            return self.end(step, Ending::Unreachable);
        };
        let body = RegistrationCodeSubmitted { registration: applicant.registration, code: code.id };
        let asked = self.record_sealed(step, body, attachment);
        self.register(step, Registering::Waiting { asked, applicant, awaited: Awaited::Code(code) });
    }

    /// IIN and number are not kept, so another code begins with typing them again.
    fn another_code(&mut self, step: &Step<'_>, applicant: Applicant, purpose: CodePurpose) {
        let stage = match purpose {
            CodePurpose::Continue => Self::iin_typed(applicant.client_type),
            CodePurpose::Number => Registering::Phone { applicant, error: None },
        };
        self.register(step, stage);
    }

    fn identify(&mut self, step: &mut Step<'_>, applicant: Applicant, person: &Person, confirmed: bool) {
        let body = IdentificationSubmitted {
            registration: applicant.registration,
            data_sha256: person.sha256.clone(),
            confirmed,
        };
        let asked = self.record(step, body);
        if confirmed {
            self.register(step, Registering::Waiting { asked, applicant, awaited: Awaited::Identification });
        } else {
            self.advise(step, Advice::NotIdentified);
        }
    }

    fn register_phone(&mut self, step: &mut Step<'_>, applicant: Applicant, typed: &Secret) {
        let codes = self.facts.pack(step.now.utc).map(|pack| &pack.mobile_codes);
        let phone = Phone::parse(typed.expose()).ok().filter(|phone| {
            phone.code().is_some_and(|code| codes.is_some_and(|codes| codes.contains(&code)))
        });
        let Some(phone) = phone else {
            let error = Some(PhoneFault::NotUsable);
            return self.register(step, Registering::Phone { applicant, error });
        };
        let entry = PhoneEntry { phone: Secret::new(phone.expose().to_owned()) };
        let Ok(attachment) = entry.to_plaintext() else { return self.end(step, Ending::Unreachable) };
        let body = PhoneSubmitted { registration: applicant.registration };
        let asked = self.record_sealed(step, body, attachment);
        self.register(step, Registering::Waiting { asked, applicant, awaited: Awaited::Phone });
    }

    /// One step back; `false`: there is none from here.
    pub(super) fn back_in_registration(&mut self, step: &mut Step<'_>) {
        let State::Register(stage) = &self.state else { return };
        let earlier = match stage.as_ref() {
            Registering::Needs if self.has_menu(&step.now) => return self.enter(step, State::Menu),
            Registering::ClientType => Registering::Needs,
            Registering::Iin { client_type, .. } if self.reads_documents() => Self::chip_offer(*client_type),
            Registering::Referral | Registering::Iin { .. } => Registering::ClientType,
            Registering::Document(_) => return self.back_in_chip(step),
            Registering::Code { applicant, code, .. } => {
                return self.another_code(step, *applicant, code.purpose);
            }
            Registering::Pin { client, first: Some(_), .. } => {
                Registering::Pin { client: client.clone(), first: None, error: None }
            }
            Registering::Pin { client, first: None, .. } => Registering::PinOffer { client: client.clone() },
            // What was said to the MFO stands: from here there is only forward, or leaving.
            Registering::Needs
            | Registering::Waiting { .. }
            | Registering::Consent { .. }
            | Registering::Method { .. }
            | Registering::OwnConsent { .. }
            | Registering::AccessCode { .. }
            | Registering::AccessReply { .. }
            | Registering::Person { .. }
            | Registering::Phone { .. }
            | Registering::BeforePicture { .. }
            | Registering::Statement { .. }
            | Registering::PinOffer { .. }
            | Registering::SettingPin { .. }
            | Registering::Done { .. } => return,
        };
        self.register(step, earlier);
    }

    /// Leaves: a client who was just made one leaves in good order.
    pub(super) fn cancel_registration(&mut self, step: &mut Step<'_>) {
        let made = matches!(&self.state, State::Register(stage) if matches!(
            stage.as_ref(),
            Registering::PinOffer { .. } | Registering::Pin { .. } | Registering::Done { .. }
        ));
        if made {
            self.leave_registered(step);
        } else {
            self.end(step, Ending::Cancelled);
        }
    }

    /// The visit ends with advice.
    pub(super) fn advise(&mut self, step: &mut Step<'_>, advice: Advice) {
        let Some(session) = self.session_id() else { return };
        self.close_visit(step, advice.session_end());
        self.enter(step, State::Advice { advice, session });
    }

    /// When the registration has something to ask for by itself.
    pub(super) fn registration_due(&self) -> Option<Mono> {
        let State::Register(stage) = &self.state else { return None };
        match stage.as_ref() {
            Registering::AccessReply { access, asked: None, ask_at, .. } => Some((*ask_at).min(access.until)),
            Registering::AccessReply { access, asked: Some(_), .. } => Some(access.until),
            _ => None,
        }
    }
}
