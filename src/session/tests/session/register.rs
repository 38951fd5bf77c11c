//! A new client registers: each branch, each bad input, and what happens when somebody leaves in the middle.

use senim_domain::rule_pack::{AccessMethod, ClientType, ConsentKind, RulePack, Service};
use senim_domain::{ClientId, MessageId, RegistrationId, Secret, SignatureId};
use senim_operation::body::{Body, FaceSubject, Liveness};
use senim_operation::jws::sha256_b64;
use senim_operation::message::{
    Comparison, MessageBody, PinRefusal, RegistrationRefusal as Refusal, RegistrationStep,
};
use senim_operation::signature::SignaturePurpose;
use senim_session::Action;
use senim_session::action::Decision;
use senim_session::effect::Effect;
use senim_session::event::{CameraEvent, Event};
use senim_session::registration::{Advice, PhoneFault, PinFault, Registering};
use senim_session::state::{CodeError, Ending, Errand, Picture, State};
use uuid::Uuid;

use crate::desk::*;

const INDIVIDUAL: usize = 0;
const ENTREPRENEUR: usize = 1;
const COMPANY: usize = 2;

impl Desk {
    /// A terminal that registers new clients, too.
    fn welcoming() -> Self {
        let mut desk = Self::open();
        desk.only(|_| {});
        desk
    }

    fn stage(&self) -> &Registering {
        match self.session.state() {
            State::Register(stage) => stage,
            other => panic!("no registration: {other:?}"),
        }
    }

    fn registration(&self) -> RegistrationId {
        let asked = self.rows().into_iter().rev().find_map(|body| match body {
            Body::RegistrationRequested(row) => Some(row.registration),
            _ => None,
        });
        asked.unwrap()
    }

    fn assert_advice(&self, wanted: Advice) {
        match self.session.state() {
            State::Advice { advice, .. } => assert_eq!(*advice, wanted),
            other => panic!("no advice: {other:?}"),
        }
        assert_eq!(self.session.session_id(), None);
        assert!(self.wiped_from(0));
    }

    fn refuse(&mut self, reason: Refusal, may_retry: bool) {
        let registration = self.registration();
        self.answer(MessageBody::RegistrationRefused { registration, reason, may_retry });
    }

    fn advance(&mut self, next: RegistrationStep) {
        let registration = self.registration();
        self.answer(MessageBody::RegistrationAdvanced { registration, next });
    }

    fn to_client_type(&mut self) {
        self.act(begin());
        self.choose(Errand::Registration);
        assert!(matches!(self.stage(), Registering::Needs));
        self.decide(Decision::Confirm);
        assert!(matches!(self.stage(), Registering::ClientType));
    }

    fn to_opening(&mut self, client_type: usize) {
        self.to_client_type();
        self.decide(Decision::Choose(client_type));
        self.enter(adult().expose());
        assert!(self.stage().asked().is_some());
    }

    fn to_consent(&mut self) {
        self.to_opening(INDIVIDUAL);
        self.advance(RegistrationStep::Consent);
        assert!(matches!(self.stage(), Registering::Consent { kind: ConsentKind::Processing, .. }));
    }

    fn to_method(&mut self) {
        self.to_consent();
        self.decide(Decision::Confirm);
        assert!(matches!(self.stage(), Registering::Consent { kind: ConsentKind::StateData, .. }));
        self.decide(Decision::Confirm);
        assert!(matches!(self.stage(), Registering::Method { .. }));
    }

    fn asked_by(&mut self, method: AccessMethod, already_in_process: bool) {
        self.to_method();
        let place = usize::from(method == AccessMethod::SmsReply);
        self.decide(Decision::Choose(place));
        let registration = self.registration();
        self.answer(MessageBody::AccessAsked {
            registration,
            method,
            already_in_process,
            life_seconds: 300,
            tries_left: 3,
        });
    }

    fn person(&self) -> MessageBody {
        MessageBody::PersonFound {
            registration: self.registration(),
            client_type: ClientType::Individual,
            surname: Secret::new("Серікбаева".into()),
            given_name: Secret::new("Айгүл".into()),
            patronymic: Secret::new("Болатқызы".into()),
            document: "identityCard".into(),
            document_tail: Secret::new("678".into()),
            document_expires: "2035-05-13".into(),
            consent_number: "kdp-1".into(),
        }
    }

    fn to_person(&mut self) {
        self.asked_by(AccessMethod::OneTimeCode, false);
        self.enter("482913");
        let person = self.person();
        self.answer(person);
        assert!(matches!(self.stage(), Registering::Person { .. }));
    }

    fn to_phone(&mut self) {
        self.to_person();
        self.decide(Decision::Confirm);
        self.advance(RegistrationStep::Phone);
        assert!(matches!(self.stage(), Registering::Phone { error: None, .. }));
    }

    fn send_code(&mut self) {
        let registration = self.registration();
        self.answer(MessageBody::RegistrationCodeSent {
            registration,
            phone_masked: Secret::new("+7 7** *** ** 67".into()),
            life_seconds: 120,
            digits: 6,
        });
        assert!(matches!(self.stage(), Registering::Code { error: None, .. }));
    }

    fn to_number_code(&mut self) {
        self.to_phone();
        self.enter("7011234567");
        self.send_code();
    }

    fn to_picture(&mut self) {
        self.to_number_code();
        self.enter("123456");
        self.advance(RegistrationStep::Portrait);
        assert!(matches!(self.stage(), Registering::BeforePicture { .. }));
    }

    fn take_portrait(&mut self) {
        self.decide(Decision::Confirm);
        self.send(Event::Camera(CameraEvent::Opened));
        self.portrait();
    }

    fn portrait(&mut self) {
        self.act(Action::TakePicture);
        let png = senim_domain::SecretBytes::new(b"png".to_vec());
        self.send(Event::Camera(CameraEvent::Picture { png, quality: 88 }));
    }

    fn compared(&mut self, name: Comparison, iin: Comparison, photo: Comparison, attempts_left: u32) {
        let registration = self.registration();
        self.answer(MessageBody::AuthenticationResult { registration, name, iin, photo, attempts_left });
    }

    fn to_registered(&mut self) {
        self.to_picture();
        self.take_portrait();
        self.compared(Comparison::Match, Comparison::Match, Comparison::Match, 2);
        let registration = self.registration();
        self.answer(MessageBody::Registered {
            registration,
            client: ClientId(Uuid::from_u128(5)),
            greeting: Secret::new("Айгүл Болатқызы".into()),
            products: vec!["simple".into()],
        });
        assert!(matches!(self.stage(), Registering::PinOffer { .. }));
    }

    pub fn only(&mut self, change: impl FnOnce(&mut RulePack)) {
        let mut pack = pack();
        pack.version += 1;
        pack.allowed_operations.insert(Service::Registration);
        change(&mut pack);
        let body = MessageBody::RulePack(Box::new(pack));
        self.send(Event::Stored(Box::new(durable_message(body))));
    }
}

#[test]
fn a_new_client_is_registered_step_by_step_and_nothing_personal_stands_in_a_row() {
    let mut desk = Desk::welcoming();
    desk.to_registered();
    desk.decide(Decision::Decline);
    assert!(matches!(desk.stage(), Registering::Done { pin: false, .. }));
    let kinds: Vec<_> =
        desk.rows().into_iter().map(Body::kind).filter(|kind| *kind != "AnswerReceived").collect();
    let from = kinds.iter().position(|kind| *kind == "SessionOpened").unwrap();
    assert_eq!(
        kinds[from..],
        [
            "SessionOpened",
            "RegistrationRequested",
            "ConsentDecided",
            "ConsentDecided",
            "AccessRequested",
            "AccessCodeSubmitted",
            "IdentificationSubmitted",
            "PhoneSubmitted",
            "RegistrationCodeSubmitted",
            "LivenessRequested",
            "LivenessPerformed",
            "FaceCaptured",
            "RegistrationConcluded",
        ]
    );
    let written: String = desk.rows().into_iter().map(|body| body.write().unwrap().to_string()).collect();
    for planted in [adult().expose(), "7011234567", "482913", "Айгүл", "Серікбаева", "png"] {
        assert!(!written.contains(planted), "{planted}");
    }
}

#[test]
fn a_registered_client_goes_on_to_a_loan_without_logging_in_again() {
    let mut desk = Desk::welcoming();
    desk.to_registered();
    desk.decide(Decision::Decline);
    desk.decide(Decision::Confirm);
    match desk.session.state() {
        State::Amount { client } => assert_eq!(client.id, ClientId(Uuid::from_u128(5))),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_registered_client_may_leave_and_the_visit_is_complete() {
    for last in [Decision::Confirm, Decision::Decline] {
        let mut desk = Desk::welcoming();
        desk.to_registered();
        desk.decide(Decision::Decline);
        if last == Decision::Confirm {
            // Nothing can be lent now: the one button ends the visit.
            desk.send(Event::Uplink { online: false, cause: String::new() });
        }
        desk.decide(last);
        assert!(matches!(desk.session.state(), State::Idle));
        assert!(desk.wiped_from(0));
        let end = desk.rows().into_iter().rev().find_map(|body| match body {
            Body::SessionClosed(row) => Some(row.end),
            _ => None,
        });
        assert_eq!(end, Some(senim_operation::body::SessionEnd::Completed));
    }
}

#[test]
fn somebody_under_age_is_turned_away_before_data_consent_and_camera() {
    let mut desk = Desk::welcoming();
    desk.to_client_type();
    desk.decide(Decision::Choose(INDIVIDUAL));
    let first = desk.enter(iin("080303", '5').expose());
    desk.assert_ended(Ending::UnderAge);
    assert_eq!(desk.kinds_from(first), ["SessionClosed"], "not even the IIN was written");
    assert!(!desk.effects.iter().any(|effect| matches!(effect, Effect::OpenCamera)));
}

#[test]
fn an_iin_that_does_not_check_is_typed_again_and_nobody_is_asked() {
    let mut desk = Desk::welcoming();
    desk.to_client_type();
    desk.decide(Decision::Choose(INDIVIDUAL));
    for wrong in ["", "123456789012", "821214240092", "940140000385"] {
        let first = desk.enter(wrong);
        assert!(matches!(desk.stage(), Registering::Iin { invalid: true, .. }), "{wrong}");
        assert!(desk.effects[first..].is_empty());
    }
}

#[test]
fn a_companys_signatory_is_referred_elsewhere_and_asked_for_nothing() {
    let mut desk = Desk::welcoming();
    desk.to_client_type();
    let first = desk.decide(Decision::Choose(COMPANY));
    assert!(matches!(desk.stage(), Registering::Referral));
    desk.decide(Decision::Confirm);
    desk.assert_ended(Ending::Cancelled);
    assert_eq!(desk.kinds_from(first), ["SessionClosed"]);
}

#[test]
fn the_entrepreneurs_word_is_carried_to_the_mfo_and_decides_nothing_here() {
    let mut desk = Desk::welcoming();
    desk.to_opening(ENTREPRENEUR);
    let asked = desk.rows().into_iter().rev().find_map(|body| match body {
        Body::RegistrationRequested(row) => Some(row.client_type),
        _ => None,
    });
    assert_eq!(asked, Some(ClientType::IndividualEntrepreneur));
}

#[test]
fn the_hash_of_exactly_the_text_shown_is_recorded_with_the_answer() {
    let mut desk = Desk::welcoming();
    desk.to_method();
    let language = desk.session.language();
    let decided: Vec<_> = desk
        .rows()
        .into_iter()
        .filter_map(|body| match body {
            Body::ConsentDecided(row) => Some((row.consent, row.text_sha256.clone(), row.agreed)),
            _ => None,
        })
        .collect();
    let pack = pack();
    let text = |kind| sha256_b64(pack.consent(kind).unwrap().document(language).as_bytes());
    let wanted = [ConsentKind::Processing, ConsentKind::StateData].map(|kind| (kind, text(kind), true));
    assert_eq!(decided, wanted);
}

#[test]
fn a_refused_consent_ends_with_other_ways_and_no_data_were_asked_for() {
    for agreed_before in [0, 1] {
        let mut desk = Desk::welcoming();
        desk.to_consent();
        for _ in 0..agreed_before {
            desk.decide(Decision::Confirm);
        }
        let first = desk.decide(Decision::Decline);
        desk.assert_advice(Advice::ConsentRefused);
        assert_eq!(desk.kinds_from(first), ["ConsentDecided", "SessionClosed"]);
        assert_eq!(desk.count("AccessRequested"), 0);
        desk.decide(Decision::Confirm);
        assert!(matches!(desk.session.state(), State::Idle));
    }
}

#[test]
fn with_one_method_permitted_nobody_is_asked_which() {
    for (method, wanted) in [(AccessMethod::OneTimeCode, "code"), (AccessMethod::SmsReply, "reply")] {
        let mut desk = Desk::welcoming();
        desk.only(|pack| pack.access.methods = [method].into());
        desk.to_consent();
        desk.decide(Decision::Confirm);
        desk.decide(Decision::Confirm);
        let asked = desk.rows().into_iter().rev().find_map(|body| match body {
            Body::AccessRequested(row) => Some((row.method, row.directory_id.clone())),
            _ => None,
        });
        assert_eq!(asked, Some((method, "SENIM-DEMO-0001".into())), "{wanted}");
    }
}

#[test]
fn methods_that_are_not_for_lending_are_offered_to_nobody() {
    let mut pack = pack();
    pack.access.methods = AccessMethod::ALL.into();
    let offered = senim_session::Session::access_methods(&pack);
    assert_eq!(offered, [AccessMethod::OneTimeCode, AccessMethod::SmsReply, AccessMethod::OwnMeans]);
}

#[test]
fn a_wrong_code_of_the_state_service_is_typed_again_until_the_tries_are_used_up() {
    let mut desk = Desk::welcoming();
    desk.asked_by(AccessMethod::OneTimeCode, true);
    assert!(matches!(desk.stage(), Registering::AccessCode { access, error: None, .. }
        if access.already_in_process && access.tries_left == 3));
    desk.enter("000000");
    desk.refuse(Refusal::WrongCode, true);
    assert!(matches!(desk.stage(), Registering::AccessCode { access, error: Some(CodeError::Wrong), .. }
        if access.tries_left == 2));
    desk.enter("000001");
    desk.refuse(Refusal::TooMany, false);
    desk.assert_ended(Ending::TooManyCodes);
}

#[test]
fn a_code_of_another_length_than_the_rule_pack_says_goes_nowhere() {
    let mut desk = Desk::welcoming();
    desk.asked_by(AccessMethod::OneTimeCode, false);
    for wrong in ["", "123", "12345678901"] {
        let first = desk.enter(wrong);
        assert!(desk.kinds_from(first).is_empty(), "{wrong}");
        assert!(matches!(desk.stage(), Registering::AccessCode { error: Some(CodeError::Wrong), .. }));
    }
    let first = desk.enter("AB12CD");
    assert_eq!(desk.kinds_from(first), ["AccessCodeSubmitted"], "letters are taken (R-254)");
}

#[test]
fn a_code_typed_after_its_time_is_not_sent() {
    let mut desk = Desk::welcoming();
    desk.asked_by(AccessMethod::OneTimeCode, false);
    for _ in 0..6 {
        desk.pass_ms(50_000);
        desk.act(Action::Touched);
    }
    let first = desk.enter("482913");
    desk.assert_advice(Advice::AccessTimedOut);
    assert_eq!(desk.kinds_from(first), ["SessionClosed"]);
}

#[test]
fn every_refusal_of_the_mfo_has_an_end_of_its_own() {
    for (reason, advice) in [
        (Refusal::AlreadyClient, Advice::AlreadyClient),
        (Refusal::NoBmgNumber, Advice::NoBmgNumber),
        (Refusal::DocumentExpired, Advice::DocumentExpired),
        (Refusal::AccessRefused, Advice::AccessRefused),
        (Refusal::AccessTimedOut, Advice::AccessTimedOut),
        (Refusal::CodeExpired, Advice::AccessTimedOut),
        (Refusal::NotIdentified, Advice::NotIdentified),
        (Refusal::PictureNotUsable, Advice::NotIdentified),
        (Refusal::ContinuedElsewhere, Advice::ContinuedElsewhere),
        (Refusal::NotSigned, Advice::NotSigned),
    ] {
        let mut desk = Desk::welcoming();
        desk.asked_by(AccessMethod::OneTimeCode, false);
        desk.enter("482913");
        desk.refuse(reason, false);
        desk.assert_advice(advice);
    }
    for (reason, ending) in [
        (Refusal::NotAvailable, Ending::NotAvailable),
        (Refusal::NoConsent, Ending::NotAvailable),
        (Refusal::MethodNotAllowed, Ending::NotAvailable),
        (Refusal::NumberNotUsable, Ending::NotAvailable),
        (Refusal::NumberNotOwned, Ending::NotAvailable),
        (Refusal::WrongCode, Ending::TooManyCodes),
        (Refusal::TooMany, Ending::TooManyCodes),
        (Refusal::TryLater, Ending::Unreachable),
    ] {
        let mut desk = Desk::welcoming();
        desk.asked_by(AccessMethod::OneTimeCode, false);
        desk.enter("482913");
        desk.refuse(reason, false);
        desk.assert_ended(ending);
    }
}

#[test]
fn the_answer_by_sms_is_asked_for_every_few_seconds_until_it_comes() {
    let mut desk = Desk::welcoming();
    desk.asked_by(AccessMethod::SmsReply, false);
    assert!(matches!(desk.stage(), Registering::AccessReply { asked: None, .. }));
    let screen = desk.session.step_no();
    for _ in 0..3 {
        assert!(desk.session.poll_timeout(&desk.now).is_some());
        let first = desk.wait_ms(5_000);
        assert_eq!(desk.kinds_from(first), ["AccessAnswerAsked"]);
        // Not asked twice while the first question is under way.
        let first = desk.wait_ms(5_000);
        assert!(desk.kinds_from(first).is_empty());
        let registration = desk.registration();
        desk.answer(MessageBody::AccessAsked {
            registration,
            method: AccessMethod::SmsReply,
            already_in_process: true,
            life_seconds: 200,
            tries_left: 0,
        });
    }
    assert_eq!(desk.session.step_no(), screen, "the screen stays the same");
    desk.wait_ms(5_000);
    let person = desk.person();
    desk.answer(person);
    assert!(matches!(desk.stage(), Registering::Person { .. }));
}

#[test]
fn an_answer_by_sms_may_be_no_or_never_come() {
    let mut desk = Desk::welcoming();
    desk.asked_by(AccessMethod::SmsReply, false);
    desk.wait_ms(5_000);
    desk.refuse(Refusal::AccessRefused, false);
    desk.assert_advice(Advice::AccessRefused);

    let mut desk = Desk::welcoming();
    desk.asked_by(AccessMethod::SmsReply, false);
    desk.wait_ms(5_000);
    desk.wait_ms(295_000);
    desk.assert_advice(Advice::AccessTimedOut);
}

#[test]
fn the_data_of_somebody_else_end_the_visit_and_the_mfo_hears_of_it() {
    let mut desk = Desk::welcoming();
    desk.to_person();
    let first = desk.decide(Decision::Decline);
    desk.assert_advice(Advice::NotIdentified);
    assert_eq!(desk.kinds_from(first), ["IdentificationSubmitted", "SessionClosed"]);
    let said = desk.rows_from(first).into_iter().find_map(|body| match body {
        Body::IdentificationSubmitted(row) => Some(row.confirmed),
        _ => None,
    });
    assert_eq!(said, Some(false));
}

#[test]
fn what_was_shown_is_named_by_the_hash_of_its_message() {
    let mut desk = Desk::welcoming();
    desk.to_person();
    let Registering::Person { person, .. } = desk.stage() else { panic!("no person") };
    let sha256 = person.sha256.clone();
    let first = desk.decide(Decision::Confirm);
    let named = desk.rows_from(first).into_iter().find_map(|body| match body {
        Body::IdentificationSubmitted(row) => Some(row.data_sha256.clone()),
        _ => None,
    });
    assert_eq!(named, Some(sha256));
}

#[test]
fn a_number_that_is_no_kazakh_mobile_is_not_sent() {
    let mut desk = Desk::welcoming();
    desk.to_phone();
    for wrong in ["", "701123456", "9123456789", "7991234567", "7271234567"] {
        let first = desk.enter(wrong);
        assert!(desk.kinds_from(first).is_empty(), "{wrong}");
        assert!(matches!(desk.stage(), Registering::Phone { error: Some(PhoneFault::NotUsable), .. }));
    }
}

#[test]
fn somebody_elses_number_is_replaced_while_the_mfo_allows_it() {
    let mut desk = Desk::welcoming();
    desk.to_phone();
    desk.enter("7011234567");
    desk.refuse(Refusal::NumberNotOwned, true);
    assert!(matches!(desk.stage(), Registering::Phone { error: Some(PhoneFault::NotOwned), .. }));
    desk.enter("7017654321");
    desk.refuse(Refusal::NumberNotOwned, false);
    desk.assert_ended(Ending::NotAvailable);
}

#[test]
fn a_code_of_the_mfo_is_wrong_or_too_old_and_another_begins_with_the_number() {
    let mut desk = Desk::welcoming();
    desk.to_number_code();
    desk.enter("000000");
    desk.refuse(Refusal::WrongCode, true);
    let Registering::Code { code, error: Some(CodeError::Wrong), .. } = desk.stage() else { panic!() };
    assert_eq!(code.tries_left, u32::from(pack().otp.tries) - 1);
    for _ in 0..3 {
        desk.pass_ms(45_000);
        desk.act(Action::Touched);
    }
    let first = desk.enter("123456");
    assert!(desk.kinds_from(first).is_empty(), "too old to be sent");
    assert!(matches!(desk.stage(), Registering::Code { error: Some(CodeError::Expired), .. }));
    desk.decide(Decision::Decline);
    assert!(matches!(desk.stage(), Registering::Phone { error: None, .. }), "the number is not kept");
}

#[test]
fn the_code_names_the_message_that_announced_it() {
    let mut desk = Desk::welcoming();
    desk.to_number_code();
    let Registering::Code { code, .. } = desk.stage() else { panic!("no code") };
    let id: MessageId = code.id;
    let first = desk.enter("123456");
    let named = desk.rows_from(first).into_iter().find_map(|body| match body {
        Body::RegistrationCodeSubmitted(row) => Some(row.code),
        _ => None,
    });
    assert_eq!(named, Some(id));
}

#[test]
fn an_interrupted_registration_goes_on_under_its_own_identity_after_the_code() {
    for (next, picture) in [(RegistrationStep::Portrait, true), (RegistrationStep::Conclusion, false)] {
        let mut desk = Desk::welcoming();
        desk.to_opening(INDIVIDUAL);
        desk.send_code();
        desk.enter("123456");
        let earlier = RegistrationId(Uuid::from_u128(0xe));
        desk.answer(MessageBody::RegistrationAdvanced { registration: earlier, next });
        if picture {
            desk.take_portrait();
            let captured = desk.rows().into_iter().rev().find_map(|body| match body {
                Body::FaceCaptured(row) => Some(row.clone()),
                _ => None,
            });
            let captured = captured.unwrap();
            assert_eq!(captured.subject, FaceSubject::Registration(earlier));
            assert!(matches!(captured.liveness, Liveness::Passed(_)));
        } else {
            let last = desk.rows().into_iter().rev().find_map(|body| match body {
                Body::RegistrationConcluded(row) => Some(row.registration),
                _ => None,
            });
            assert_eq!(last, Some(earlier));
        }
        assert_eq!(desk.count("ConsentDecided"), 0, "the consent still stands");
    }
}

#[test]
fn another_registration_is_continued_by_nothing_but_the_code_for_it() {
    let mut desk = Desk::welcoming();
    desk.to_number_code();
    desk.enter("123456");
    let registration = RegistrationId(Uuid::from_u128(0xe));
    desk.answer(MessageBody::RegistrationAdvanced { registration, next: RegistrationStep::Conclusion });
    desk.assert_ended(Ending::Unreachable);
}

#[test]
fn a_face_that_differs_is_taken_again_and_a_name_that_differs_is_not() {
    let mut desk = Desk::welcoming();
    desk.to_picture();
    desk.take_portrait();
    desk.compared(Comparison::Match, Comparison::Match, Comparison::Mismatch, 2);
    assert!(matches!(desk.session.state(), State::Camera { picture: Picture::NoMatch, .. }));
    desk.portrait();
    desk.compared(Comparison::Match, Comparison::Match, Comparison::Unknown, 0);
    desk.assert_advice(Advice::NotIdentified);
    for (name, iin) in [
        (Comparison::Mismatch, Comparison::Match),
        (Comparison::Match, Comparison::Mismatch),
        (Comparison::Unknown, Comparison::Match),
        (Comparison::Match, Comparison::Unknown),
    ] {
        let mut desk = Desk::welcoming();
        desk.to_picture();
        desk.take_portrait();
        desk.compared(name, iin, Comparison::Match, 2);
        // One text for all of them: nobody learns which of the three differs.
        desk.assert_advice(Advice::NotIdentified);
    }
}

#[test]
fn the_camera_opens_when_the_person_is_ready_and_closes_on_the_way_back() {
    let mut desk = Desk::welcoming();
    desk.to_picture();
    assert!(!desk.effects.iter().any(|effect| matches!(effect, Effect::OpenCamera)));
    desk.decide(Decision::Confirm);
    assert!(matches!(desk.session.state(), State::Camera { .. }));
    let first = desk.act(Action::Back);
    assert!(desk.effects[first..].iter().any(|effect| matches!(effect, Effect::CloseCamera)));
    assert!(matches!(desk.stage(), Registering::BeforePicture { .. }));
}

#[test]
fn a_double_tap_decides_nothing_on_the_next_screen() {
    let mut desk = Desk::welcoming();
    desk.to_consent();
    let step = desk.session.step_no();
    let tap = || Action::Decide { step, decision: Decision::Confirm };
    desk.act(tap());
    let first = desk.act(tap());
    assert!(desk.effects[first..].is_empty());
    assert!(matches!(desk.stage(), Registering::Consent { kind: ConsentKind::StateData, .. }));
    assert_eq!(desk.count("ConsentDecided"), 1);
}

#[test]
fn one_can_go_back_until_something_was_said_to_the_mfo() {
    let mut desk = Desk::welcoming();
    desk.to_client_type();
    desk.decide(Decision::Choose(INDIVIDUAL));
    desk.act(Action::Back);
    assert!(matches!(desk.stage(), Registering::ClientType));
    desk.act(Action::Back);
    assert!(matches!(desk.stage(), Registering::Needs));
    desk.act(Action::Back);
    assert!(matches!(desk.session.state(), State::Menu));
    let mut desk = Desk::welcoming();
    desk.to_method();
    let first = desk.act(Action::Back);
    assert!(desk.effects[first..].is_empty());
    assert!(matches!(desk.stage(), Registering::Method { .. }));
}

#[test]
fn an_answer_after_the_time_or_after_the_person_left_changes_nothing() {
    let mut desk = Desk::welcoming();
    desk.to_opening(INDIVIDUAL);
    let (session, asked, registration) = (desk.session.session_id(), desk.asked(), desk.registration());
    desk.wait_ms(60_000);
    desk.assert_ended(Ending::Unreachable);
    let body = MessageBody::RegistrationAdvanced { registration, next: RegistrationStep::Consent };
    let late = desk.message(body.clone(), session, Some(asked));
    let first = desk.send(Event::Answer(Box::new(late)));
    assert!(desk.effects[first..].is_empty());
    desk.assert_ended(Ending::Unreachable);

    let mut desk = Desk::welcoming();
    desk.to_opening(INDIVIDUAL);
    let (session, asked) = (desk.session.session_id(), desk.asked());
    desk.act(Action::Cancel);
    desk.assert_ended(Ending::Cancelled);
    let late = desk.message(body, session, Some(asked));
    let first = desk.send(Event::Answer(Box::new(late)));
    assert!(desk.effects[first..].is_empty());
}

#[test]
fn an_answer_to_an_earlier_question_or_about_another_registration_does_not_count() {
    let mut desk = Desk::welcoming();
    desk.to_opening(INDIVIDUAL);
    let (session, before, registration) = (desk.session.session_id(), desk.asked(), desk.registration());
    desk.advance(RegistrationStep::Consent);
    let body = MessageBody::RegistrationAdvanced { registration, next: RegistrationStep::Conclusion };
    let again = desk.message(body, session, Some(before));
    desk.send(Event::Answer(Box::new(again)));
    assert!(matches!(desk.stage(), Registering::Consent { .. }));

    let mut desk = Desk::welcoming();
    desk.to_opening(INDIVIDUAL);
    let registration = RegistrationId(Uuid::from_u128(0xe));
    desk.answer(MessageBody::RegistrationAdvanced { registration, next: RegistrationStep::Consent });
    desk.assert_ended(Ending::Unreachable);
}

#[test]
fn somebody_who_walks_away_is_forgotten_at_every_stage() {
    let stages: [(&str, fn(&mut Desk)); 8] = [
        ("client type", |desk| desk.to_client_type()),
        ("consent", |desk| desk.to_consent()),
        ("method", |desk| desk.to_method()),
        ("code", |desk| desk.asked_by(AccessMethod::OneTimeCode, false)),
        ("person", |desk| desk.to_person()),
        ("phone", |desk| desk.to_phone()),
        ("number code", |desk| desk.to_number_code()),
        ("picture", |desk| desk.to_picture()),
    ];
    for (name, walk) in stages {
        let mut desk = Desk::welcoming();
        walk(&mut desk);
        desk.wait_ms(400_000);
        assert_eq!(desk.ending(), Ending::TimedOut, "{name}");
        assert!(desk.wiped_from(0), "{name}");
    }
}

#[test]
fn without_a_line_nobody_can_begin_and_the_menu_says_so() {
    let mut desk = Desk::welcoming();
    desk.act(begin());
    desk.send(Event::Uplink { online: false, cause: String::new() });
    let errands = desk.session.errands(&desk.now);
    let why = errands.iter().find(|(errand, _)| *errand == Errand::Registration).unwrap().1.clone();
    assert_eq!(why.as_deref(), Some("offline"));
    desk.choose(Errand::Registration);
    assert!(matches!(desk.session.state(), State::Menu));
}

#[test]
fn a_registration_that_was_not_notified_is_not_on_the_menu() {
    let mut desk = Desk::welcoming();
    desk.only(|pack| {
        pack.allowed_operations.remove(&Service::Registration);
    });
    let errands = desk.session.errands(&desk.now);
    assert!(errands.iter().all(|(errand, _)| *errand != Errand::Registration));
}

#[test]
fn a_terminal_whose_notified_services_it_cannot_offer_says_so_and_takes_nobody() {
    let mut desk = Desk::welcoming();
    desk.only(|pack| pack.allowed_operations = [Service::TransferLoan].into());
    assert_eq!(desk.session.nothing_to_do(&desk.now).as_deref(), Some("noErrand"));
    desk.act(begin());
    assert!(matches!(desk.session.state(), State::Idle));
}

#[test]
fn a_pin_counts_when_it_was_typed_twice_alike() {
    let mut desk = Desk::welcoming();
    desk.to_registered();
    desk.decide(Decision::Confirm);
    for wrong in ["12345", "1234567890123", "12345a"] {
        desk.enter(wrong);
        assert!(matches!(desk.stage(), Registering::Pin { error: Some(PinFault::Length), .. }), "{wrong}");
    }
    desk.enter("740295");
    assert!(matches!(desk.stage(), Registering::Pin { first: Some(_), error: None, .. }));
    let first = desk.enter("740296");
    assert!(desk.kinds_from(first).is_empty());
    assert!(matches!(desk.stage(), Registering::Pin { first: None, error: Some(PinFault::Differs), .. }));
    desk.enter("740295");
    let first = desk.enter("740295");
    assert_eq!(desk.kinds_from(first), ["PinSubmitted"]);
    let client = ClientId(Uuid::from_u128(5));
    desk.answer(MessageBody::PinRefused { client, reason: PinRefusal::Simple });
    assert!(matches!(desk.stage(), Registering::Pin { error: Some(PinFault::Simple), .. }));
    desk.enter("740295");
    desk.enter("740295");
    desk.answer(MessageBody::PinAccepted { client });
    assert!(matches!(desk.stage(), Registering::Done { pin: true, .. }));
}

#[test]
fn a_pin_that_nobody_confirms_takes_nothing_from_the_registration() {
    let mut desk = Desk::welcoming();
    desk.to_registered();
    desk.decide(Decision::Confirm);
    desk.enter("740295");
    desk.enter("740295");
    desk.wait_ms(60_000);
    assert!(matches!(desk.stage(), Registering::Done { pin: false, .. }));
}

#[test]
fn a_client_who_leaves_at_the_pin_is_registered_all_the_same() {
    let mut desk = Desk::welcoming();
    desk.to_registered();
    desk.decide(Decision::Confirm);
    let first = desk.act(Action::Cancel);
    assert!(matches!(desk.session.state(), State::Idle));
    let end = desk.rows_from(first).into_iter().find_map(|body| match body {
        Body::SessionClosed(row) => Some(row.end),
        _ => None,
    });
    assert_eq!(end, Some(senim_operation::body::SessionEnd::Completed));
}

impl Desk {
    fn offer_statement(&mut self, sha256: String) {
        self.to_picture();
        self.take_portrait();
        self.compared(Comparison::Match, Comparison::Match, Comparison::Match, 2);
        let registration = self.registration();
        self.answer(MessageBody::StatementToSign {
            registration,
            statement: Secret::new("I ask to be registered.".into()),
            statement_sha256: sha256,
            language: self.session.language(),
        });
    }

    fn to_signing(&mut self) -> SignatureId {
        self.offer_statement(sha256_b64(b"I ask to be registered."));
        assert!(matches!(self.stage(), Registering::Statement { .. }));
        let first = self.decide(Decision::Confirm);
        let asked = self.rows_from(first).into_iter().find_map(|body| match body {
            Body::SignatureRequested(row) => Some(row.clone()),
            _ => None,
        });
        let asked = asked.unwrap();
        assert_eq!(asked.purpose, SignaturePurpose::RegistrationStatement);
        assert_eq!(asked.document_sha256, sha256_b64(b"I ask to be registered."));
        asked.signature
    }
}

#[test]
fn the_statement_is_read_then_signed_then_the_registration_is_concluded() {
    let mut desk = Desk::welcoming();
    let signature = desk.to_signing();
    desk.answer(MessageBody::SignatureOffered {
        signature,
        qr: Secret::new("mobileSign:https://example.kz/1".into()),
        life_seconds: 180,
    });
    let cms_sha256 = sha256_b64(b"cms");
    let signed_at = desk.now.utc;
    let before = desk.count("RegistrationConcluded");
    desk.answer(MessageBody::SignatureAccepted { signature, cms_sha256, signed_at });
    assert_eq!(desk.count("RegistrationConcluded"), before + 1);
    let registration = desk.registration();
    desk.answer(MessageBody::Registered {
        registration,
        client: ClientId(Uuid::from_u128(5)),
        greeting: Secret::new("Айгүл".into()),
        products: vec!["simple".into()],
    });
    assert!(matches!(desk.stage(), Registering::PinOffer { .. }));
}

#[test]
fn a_statement_changed_by_one_byte_is_not_signed() {
    let mut desk = Desk::welcoming();
    desk.offer_statement(sha256_b64(b"I ask to be registered!"));
    desk.assert_ended(Ending::TermsMismatch);
    assert_eq!(desk.count("SignatureRequested"), 0);
}

#[test]
fn somebody_who_does_not_sign_leaves_and_everything_stays_for_the_next_visit() {
    let mut desk = Desk::welcoming();
    desk.to_signing();
    desk.act(Action::Cancel);
    desk.assert_ended(Ending::Cancelled);
    assert_eq!(desk.count("SignatureCancelled"), 1);
}

/// The consent that is to be signed, as the MFO lays it out.
fn own_consent(desk: &mut Desk) -> String {
    desk.to_method();
    desk.decide(Decision::Choose(2));
    let statement = "Согласие\n\nДанные: ФИО.\n\nСрок доступа: 30 дней.\n".to_owned();
    let statement_sha256 = sha256_b64(statement.as_bytes());
    let registration = desk.registration();
    desk.answer(MessageBody::StatementToSign {
        registration,
        statement: Secret::new(statement),
        statement_sha256: statement_sha256.clone(),
        language: desk.session.language(),
    });
    assert!(matches!(desk.stage(), Registering::OwnConsent { .. }));
    statement_sha256
}

fn asked_methods(desk: &Desk) -> Vec<AccessMethod> {
    let rows = desk.rows().into_iter();
    rows.filter_map(|body| match body {
        Body::AccessRequested(row) => Some(row.method),
        _ => None,
    })
    .collect()
}

#[test]
fn a_consent_by_own_means_is_read_signed_and_only_then_asked_with() {
    let mut desk = Desk::welcoming();
    let sha256 = own_consent(&mut desk);
    desk.decide(Decision::Confirm);
    let asked = desk.rows().into_iter().rev().find_map(|body| match body {
        Body::SignatureRequested(row) => Some(row),
        _ => None,
    });
    let asked = asked.unwrap();
    assert_eq!((asked.purpose, asked.document_sha256.as_str()), (SignaturePurpose::DataAccess, &*sha256));
    assert_eq!(asked_methods(&desk), [AccessMethod::OwnMeans]);
    let signature: SignatureId = asked.signature;
    let signed_at = senim_domain::UtcMillis(0);
    desk.answer(MessageBody::SignatureAccepted { signature, cms_sha256: sha256_b64(b"cms"), signed_at });
    assert_eq!(asked_methods(&desk), [AccessMethod::OwnMeans; 2]);
    let person = desk.person();
    desk.answer(person);
    assert!(matches!(desk.stage(), Registering::Person { .. }));
    assert!(!desk.effects.iter().any(|effect| matches!(effect, Effect::OpenCamera)));
}

#[test]
fn a_consent_by_own_means_is_refused_as_easily_as_given_and_the_refusal_is_recorded() {
    let mut desk = Desk::welcoming();
    own_consent(&mut desk);
    desk.decide(Decision::Decline);
    desk.assert_advice(Advice::ConsentRefused);
    let last = desk.rows().into_iter().rev().find_map(|body| match body {
        Body::ConsentDecided(row) => Some((row.consent, row.agreed)),
        _ => None,
    });
    assert_eq!(last, Some((ConsentKind::StateData, false)));
    assert!(!desk.rows().iter().any(|body| matches!(body, Body::SignatureRequested(_))));
}

#[test]
fn a_consent_whose_bytes_differ_from_its_hash_is_not_shown() {
    let mut desk = Desk::welcoming();
    desk.to_method();
    desk.decide(Decision::Choose(2));
    let registration = desk.registration();
    desk.answer(MessageBody::StatementToSign {
        registration,
        statement: Secret::new("Согласие".into()),
        statement_sha256: sha256_b64(b"something else"),
        language: desk.session.language(),
    });
    desk.assert_ended(Ending::TermsMismatch);
}

#[test]
fn consent_by_own_means_that_comes_too_late_or_is_not_allowed_ends_politely() {
    for (reason, advice) in [
        (Refusal::AccessTimedOut, Some(Advice::AccessTimedOut)),
        (Refusal::AccessRefused, Some(Advice::AccessRefused)),
        (Refusal::NotSigned, Some(Advice::NotSigned)),
        (Refusal::MethodNotAllowed, None),
    ] {
        let mut desk = Desk::welcoming();
        desk.to_method();
        desk.decide(Decision::Choose(2));
        desk.refuse(reason, false);
        match advice {
            Some(advice) => desk.assert_advice(advice),
            None => desk.assert_ended(Ending::NotAvailable),
        }
    }
}

#[test]
fn method_2_is_hidden_unless_the_pack_names_it_with_its_agreement() {
    let hidden = |change: fn(&mut RulePack)| {
        let mut desk = Desk::welcoming();
        desk.only(change);
        let pack = desk.session.facts().rule_pack.as_deref().cloned().unwrap();
        !senim_session::Session::access_methods(&pack).contains(&AccessMethod::OwnMeans)
    };
    assert!(!hidden(|_| {}));
    assert!(hidden(|pack| assert!(pack.access.methods.remove(&AccessMethod::OwnMeans))));
    let mut without = pack();
    without.access.agreement = None;
    assert!(!senim_session::Session::access_methods(&without).contains(&AccessMethod::OwnMeans));
}
