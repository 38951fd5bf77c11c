//! A client changes how their cabinet is entered, their phone or their account: what they decide.
//!
//! A PIN takes a face; a phone or an account takes a face and an electronic signature over a statement, and a new number
//! a code that was sent to it. An IIN is never changed, and there is no screen for it but the one that says so.
//! `answers` is the MFO.

mod answers;

use senim_domain::iban::Iban;
use senim_domain::phone::Phone;
use senim_domain::rule_pack::{PinRules, SessionTimes};
use senim_domain::{ChangeId, OperationId, Secret};
use senim_operation::attachment::{AccountEntry, LoginCode, PhoneEntry, PinEntry};
use senim_operation::body::{
    Contact, ContactChangeConcluded, ContactChangeRequested, ContactCodeSubmitted, PinSubmitted, SessionEnd,
};
use senim_operation::signature::SignaturePurpose;

use super::cabinet::Stage;
use super::idle::Clock;
use super::{Session, Step};
use crate::access::{
    Access, AccessStage, After, Changeable, ContactFault, FaceFor, Holder, NotChanged, NumberCode, ToSign,
};
use crate::action::Decision;
use crate::registration::PinFault;
use crate::state::{AfterSigning, Client, CodeError, Ending, Picture, Sitter, State};

/// What is wrong with a PIN that was typed, the second time where there is a first; `None`: nothing that shows here.
pub(super) fn pin_fault(rules: Option<PinRules>, first: Option<&Secret>, typed: &Secret) -> Option<PinFault> {
    let fits = rules.is_some_and(|rules| {
        let digits = typed.expose().bytes().all(|byte| byte.is_ascii_digit());
        let length = u8::try_from(typed.chars_count()).unwrap_or(u8::MAX);
        digits && (rules.min_digits..=rules.max_digits).contains(&length)
    });
    if !fits {
        return Some(PinFault::Length);
    }
    first.is_some_and(|first| first != typed).then_some(PinFault::Differs)
}

impl Session {
    pub(super) fn access(&mut self, step: &Step<'_>, client: Client, after: After, stage: AccessStage) {
        self.enter(step, State::Access(Box::new(Access { client, after, stage })));
    }

    /// What can be changed here: cards only where there is a reader for them.
    #[must_use]
    pub fn changeable(&self) -> Vec<Changeable> {
        let of_cards = |one: &Changeable| matches!(one, Changeable::Card | Changeable::CardOff);
        Changeable::ALL.into_iter().filter(|one| !of_cards(one) || self.takes_cards()).collect()
    }

    /// From the cabinet.
    pub(super) fn begin_access(&mut self, step: &Step<'_>, client: Client) {
        self.access(step, client, After::Cabinet, AccessStage::Choice);
    }

    /// From the login, by a code: the PIN was forgotten or counts no more.
    pub(super) fn recover_pin(&mut self, step: &Step<'_>, client: Client) {
        self.access(step, client, After::Leave, AccessStage::BeforePicture(FaceFor::Pin));
    }

    pub(super) fn decide_access(&mut self, step: &mut Step<'_>, decision: Decision) {
        let State::Access(access) = self.take() else { return };
        let Access { client, after, stage } = *access;
        let next = match (stage, decision) {
            (AccessStage::Choice, Decision::Choose(place)) => match self.changeable().get(place) {
                Some(Changeable::Card) => AccessStage::BeforePicture(FaceFor::Card),
                Some(Changeable::CardOff) => AccessStage::BeforePicture(FaceFor::CardOff),
                Some(Changeable::Pin) => AccessStage::BeforePicture(FaceFor::Pin),
                Some(Changeable::Phone) => AccessStage::Typing { contact: Contact::Phone, error: None },
                Some(Changeable::Account) => AccessStage::Typing { contact: Contact::Account, error: None },
                Some(Changeable::Iin) => AccessStage::Iin,
                None => AccessStage::Choice,
            },
            (AccessStage::Iin, _) => AccessStage::Choice,
            (AccessStage::BeforePicture(face_for), Decision::Confirm) => {
                let holder = Holder { client, after, face_for };
                return self.before_camera(step, Sitter::Holder(Box::new(holder)), Picture::Opening);
            }
            (AccessStage::Pin { first, .. }, Decision::Enter(typed)) => {
                self.type_new_pin(step, &client, first, typed)
            }
            (AccessStage::Typing { contact, .. }, Decision::Enter(typed)) => {
                self.type_contact(step, &client, contact, &typed)
            }
            (AccessStage::Code { code, .. }, Decision::Enter(typed)) => {
                self.type_contact_code(step, code, &typed)
            }
            // The number is not kept, so another code begins with typing it again.
            (AccessStage::Code { .. }, Decision::Decline) => {
                AccessStage::Typing { contact: Contact::Phone, error: None }
            }
            (AccessStage::Statement { change, contact, face_check, sha256, .. }, Decision::Confirm) => {
                let purpose = match contact {
                    Contact::Phone => SignaturePurpose::PhoneChange,
                    Contact::Account => SignaturePurpose::AccountChange,
                };
                let to_sign = ToSign { client, after, change, contact, face_check };
                let after = AfterSigning::Contact(Box::new(to_sign));
                return self.begin_signing(step, purpose, None, sha256, after);
            }
            (
                AccessStage::PinSet
                | AccessStage::CardBound
                | AccessStage::CardUnbound
                | AccessStage::Changed(_)
                | AccessStage::NotChanged(_),
                Decision::Confirm | Decision::Decline,
            ) => return self.after_access(step, client, after),
            // Nothing else can be decided where it was; what is under way goes on.
            (stage, _) => {
                self.state = State::Access(Box::new(Access { client, after, stage }));
                return;
            }
        };
        self.access(step, client, after, next);
    }

    fn after_access(&mut self, step: &mut Step<'_>, client: Client, after: After) {
        match after {
            After::Cabinet => self.cabinet_at(step, client, Stage::Home),
            After::Leave => {
                self.close_visit(step, SessionEnd::Completed);
                self.free(step);
            }
        }
    }

    /// A PIN is typed twice, so that a slip of the finger locks nobody out.
    fn type_new_pin(
        &self,
        step: &mut Step<'_>,
        client: &Client,
        first: Option<Secret>,
        typed: Secret,
    ) -> AccessStage {
        let rules = self.facts.pack(step.now.utc).map(|pack| pack.login.pin);
        if let Some(fault) = pin_fault(rules, first.as_ref(), &typed) {
            return AccessStage::Pin { first: None, error: Some(fault) };
        }
        if first.is_none() {
            return AccessStage::Pin { first: Some(typed), error: None };
        }
        match (PinEntry { pin: typed }).to_plaintext() {
            Ok(sealed) => {
                let asked = self.record_sealed(step, PinSubmitted { client: client.id }, sealed);
                AccessStage::SettingPin { asked }
            }
            Err(_) => AccessStage::Pin { first: None, error: Some(PinFault::Length) },
        }
    }

    fn type_contact(
        &self,
        step: &mut Step<'_>,
        client: &Client,
        contact: Contact,
        typed: &Secret,
    ) -> AccessStage {
        let codes = self.facts.pack(step.now.utc).map(|pack| &pack.mobile_codes);
        let sealed = match contact {
            Contact::Phone => {
                let usable = |phone: &Phone| {
                    phone.code().is_some_and(|code| codes.is_some_and(|codes| codes.contains(&code)))
                };
                let phone = Phone::parse(typed.expose()).ok().filter(usable);
                let entry = |phone: Phone| PhoneEntry { phone: Secret::new(phone.expose().to_owned()) };
                phone.and_then(|phone| entry(phone).to_plaintext().ok())
            }
            Contact::Account => {
                let iban = Iban::parse(typed.expose()).ok();
                let entry = |iban: Iban| AccountEntry { iban: Secret::new(iban.expose().to_owned()) };
                iban.and_then(|iban| entry(iban).to_plaintext().ok())
            }
        };
        let Some(sealed) = sealed else {
            return AccessStage::Typing { contact, error: Some(ContactFault::NotUsable) };
        };
        let change = ChangeId(step.ids.next(&step.now));
        let (client, language) = (client.id, self.language);
        let body = ContactChangeRequested { change, client, contact, language };
        let asked = self.record_sealed(step, body, sealed);
        AccessStage::Submitting { asked, change, contact }
    }

    fn type_contact_code(&self, step: &mut Step<'_>, code: NumberCode, typed: &Secret) -> AccessStage {
        if code.until <= step.now.mono {
            return AccessStage::Code { code, error: Some(CodeError::Expired) };
        }
        let Ok(sealed) = (LoginCode { code: typed.clone() }).to_plaintext() else {
            return AccessStage::Code { code, error: Some(CodeError::Wrong) };
        };
        let body = ContactCodeSubmitted { change: code.change, code: code.id };
        let asked = self.record_sealed(step, body, sealed);
        AccessStage::CheckingCode { asked, code }
    }

    /// The picture of a client is on its way.
    pub(super) fn match_holder(&mut self, step: &Step<'_>, asked: OperationId, holder: Holder) {
        let Holder { client, after, face_for } = holder;
        self.access(step, client, after, AccessStage::Matching { asked, face_for });
    }

    /// Asks for the change; before and after it is signed.
    pub(super) fn conclude_contact(&mut self, step: &mut Step<'_>, to_sign: ToSign) {
        let ToSign { client, after, change, contact, face_check } = to_sign;
        let asked = self.record(step, ContactChangeConcluded { change, face_check });
        self.access(step, client, after, AccessStage::Concluding { asked, change, contact, face_check });
    }

    pub(super) fn back_in_access(&mut self, step: &mut Step<'_>, access: Access) {
        let Access { client, after, stage } = access;
        let stage = match (stage, after) {
            (AccessStage::Choice, _) => return self.cabinet_at(step, client, Stage::Home),
            (
                AccessStage::Iin
                | AccessStage::Typing { .. }
                | AccessStage::BeforePicture(_)
                | AccessStage::Statement { .. },
                After::Cabinet,
            ) => AccessStage::Choice,
            // No picture was taken yet, and the PIN is what it was.
            (AccessStage::BeforePicture(_), After::Leave) if self.has_menu(&step.now) => {
                if let Some(visit) = &mut self.visit {
                    visit.forgot_pin = false;
                }
                return self.enter(step, State::Menu);
            }
            (AccessStage::Pin { first: Some(_), .. }, _) => AccessStage::Pin { first: None, error: None },
            (AccessStage::Code { .. }, _) => AccessStage::Typing { contact: Contact::Phone, error: None },
            (
                AccessStage::PinSet
                | AccessStage::CardBound
                | AccessStage::CardUnbound
                | AccessStage::Changed(_)
                | AccessStage::NotChanged(_),
                After::Cabinet,
            ) => {
                return self.cabinet_at(step, client, Stage::Home);
            }
            // What was said to the MFO stands: from here there is only forward, or leaving.
            (stage, after) => {
                self.state = State::Access(Box::new(Access { client, after, stage }));
                return;
            }
        };
        self.access(step, client, after, stage);
    }

    /// Leaves: whoever has changed something leaves in good order, and whoever has asked for it waits for the answer.
    pub(super) fn cancel_access(&mut self, step: &mut Step<'_>) {
        let State::Access(access) = &self.state else { return };
        match access.stage {
            AccessStage::Concluding { .. }
            | AccessStage::SettingPin { .. }
            | AccessStage::Unbinding { .. } => {}
            AccessStage::Choice
            | AccessStage::PinSet
            | AccessStage::CardBound
            | AccessStage::CardUnbound
            | AccessStage::Changed(_) => self.leave_cabinet(step),
            _ => self.end(step, Ending::Cancelled),
        }
    }

    /// The MFO did not answer in time. `false`: nothing of this kind was awaited.
    pub(super) fn give_up_access(&mut self, step: &Step<'_>) -> bool {
        if !matches!(&self.state, State::Access(_)) {
            return false;
        }
        let State::Access(access) = self.take() else { return false };
        let why = match access.stage {
            AccessStage::Concluding { .. }
            | AccessStage::SettingPin { .. }
            | AccessStage::Unbinding { .. } => NotChanged::NoAnswer,
            _ => NotChanged::TryLater,
        };
        self.access(step, access.client, access.after, AccessStage::NotChanged(why));
        true
    }

    pub(super) const fn access_clock(stage: &AccessStage, times: SessionTimes) -> Clock {
        match stage {
            AccessStage::Matching { .. }
            | AccessStage::SettingPin { .. }
            | AccessStage::Unbinding { .. }
            | AccessStage::Submitting { .. }
            | AccessStage::CheckingCode { .. }
            | AccessStage::Concluding { .. } => Clock::Answer(times.answer_seconds),
            AccessStage::Iin | AccessStage::Statement { .. } | AccessStage::Changed(_) => {
                Clock::Person(times.reading_seconds)
            }
            AccessStage::Choice
            | AccessStage::BeforePicture(_)
            | AccessStage::Pin { .. }
            | AccessStage::PinSet
            | AccessStage::CardBound
            | AccessStage::CardUnbound
            | AccessStage::Typing { .. }
            | AccessStage::Code { .. }
            | AccessStage::NotChanged(_) => Clock::Person(times.input_seconds),
        }
    }
}
