//! Logging in by PIN, and what a client changes about their access: asked of the MFO in which order, and what is shown.

use senim_domain::rule_pack::Service;
use senim_domain::{ClientId, Secret, SecretBytes, SignatureId, UtcMillis};
use senim_operation::body::{Body, Contact, FaceSubject, SessionEnd};
use senim_operation::jws::sha256_b64;
use senim_operation::message::*;
use senim_operation::signature::SignaturePurpose;
use senim_session::Action;
use senim_session::access::{AccessStage, Changeable, ContactFault, FaceFor, LoggingIn, NotChanged};
use senim_session::action::Decision;
use senim_session::dialogue::cabinet::{Function, Slip};
use senim_session::effect::{Effect, Paper};
use senim_session::event::{CameraEvent, Event};
use senim_session::registration::PinFault;
use senim_session::state::{CodeError, Ending, Errand, Picture, SigningPhase, State};
use uuid::Uuid;

use crate::desk::*;

const PIN: &str = "740295";

fn client() -> ClientId {
    ClientId(Uuid::from_u128(5))
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn logged_in() -> MessageBody {
    MessageBody::LoggedIn {
        client: client(),
        greeting: secret("Айгүл"),
        products: vec!["simple".into()],
        last_login: None,
        remainder: None,
        waiting: None,
        unfinished: None,
        unauthorised_access: None,
    }
}

impl Desk {
    fn with_accounts() -> Self {
        let mut desk = Self::open();
        let mut pack = pack();
        pack.version += 1;
        pack.allowed_operations.insert(Service::Cabinet);
        desk.send(Event::Stored(Box::new(durable_message(MessageBody::RulePack(Box::new(pack))))));
        desk.to_menu();
        desk.choose(Errand::Cabinet);
        desk
    }

    /// The MFO offers a PIN and a code.
    fn at_ways() -> Self {
        let mut desk = Self::with_accounts();
        desk.act(Action::SubmitIin(adult()));
        desk.answer(MessageBody::LoginWaysOffered { ways: vec![LoginWay::Pin, LoginWay::Code] });
        assert!(matches!(desk.login(), LoggingIn::Ways { .. }));
        desk
    }

    fn login(&self) -> &LoggingIn {
        match self.session.state() {
            State::LoggingIn(stage) => stage,
            other => panic!("no login: {other:?}"),
        }
    }

    fn changing(&self) -> &AccessStage {
        match self.session.state() {
            State::Access(access) => &access.stage,
            other => panic!("no change: {other:?}"),
        }
    }

    fn types(&mut self, text: &str) {
        self.decide(Decision::Enter(secret(text)));
    }

    /// In the cabinet, before what can be changed.
    fn at_changes() -> Self {
        let mut desk = Self::at_ways();
        desk.decide(Decision::Choose(0));
        desk.types(PIN);
        desk.answer(logged_in());
        let functions = desk.session.functions(&desk.now);
        let place = functions.iter().position(|(one, _)| *one == Function::Access).unwrap();
        desk.decide(Decision::Choose(place));
        assert!(matches!(desk.changing(), AccessStage::Choice));
        desk
    }

    fn changes(what: Changeable) -> Self {
        let mut desk = Self::at_changes();
        let place = Changeable::ALL.iter().position(|one| *one == what).unwrap();
        desk.decide(Decision::Choose(place));
        desk
    }

    fn shows_face(&mut self) {
        assert!(matches!(self.changing(), AccessStage::BeforePicture(_)), "{:?}", self.changing());
        self.decide(Decision::Confirm);
        self.face_taken();
    }

    fn face_taken(&mut self) {
        self.send(Event::Camera(CameraEvent::Opened));
        self.act(Action::TakePicture);
        let png = SecretBytes::new(b"picture".to_vec());
        self.send(Event::Camera(CameraEvent::Picture { png, quality: 90 }));
        assert!(matches!(self.changing(), AccessStage::Matching { .. }));
        let subject = self.rows().into_iter().rev().find_map(|body| match body {
            Body::FaceCaptured(row) => Some(row.subject),
            _ => None,
        });
        assert_eq!(subject, Some(FaceSubject::Client(client())));
    }

    fn the_change(&self) -> senim_domain::ChangeId {
        let asked = |body: &Body| match body {
            Body::ContactChangeRequested(row) => Some(row.change),
            _ => None,
        };
        self.rows().into_iter().rev().find_map(asked).unwrap()
    }

    /// Before the code that was sent to a new number.
    fn at_code() -> Self {
        let mut desk = Self::changes(Changeable::Phone);
        desk.types("7029990001");
        let change = desk.the_change();
        desk.answer(MessageBody::ContactCodeSent(ContactCode {
            change,
            phone_masked: secret("+7 7** *** ** 01"),
            life_seconds: 120,
            digits: 6,
        }));
        desk
    }

    /// Before the statement.
    fn at_statement() -> Self {
        let mut desk = Self::at_code();
        desk.types("123456");
        let change = desk.the_change();
        desk.answer(MessageBody::ContactChangeAdvanced { change });
        desk.shows_face();
        desk.answer(MessageBody::HolderMatched { client: client() });
        let statement = "Өтініш";
        desk.answer(MessageBody::ContactStatementToSign(ContactStatement {
            change,
            statement: secret(statement),
            statement_sha256: sha256_b64(statement.as_bytes()),
            language: senim_domain::Language::Kk,
        }));
        assert!(matches!(desk.changing(), AccessStage::Statement { .. }));
        desk
    }

    fn is_signed(&mut self) {
        let State::Signing(signing) = self.session.state() else { panic!() };
        assert_eq!(signing.purpose, SignaturePurpose::PhoneChange);
        let SigningPhase::Asking { signature, .. } = signing.phase else { panic!() };
        let (cms_sha256, signed_at) = ("x".repeat(43), UtcMillis(0));
        self.answer(MessageBody::SignatureAccepted { signature, cms_sha256, signed_at });
    }

    fn ending_told(&self) -> Ending {
        match self.session.state() {
            State::End { kind, .. } => *kind,
            other => panic!("{other:?}"),
        }
    }

    fn refuses(&mut self, reason: ContactRefusal, may_retry: bool) {
        let change = self.the_change();
        self.answer(MessageBody::ContactChangeRefused { change, reason, may_retry });
    }
}

#[test]
fn a_client_with_a_pin_logs_in_by_it() {
    let mut desk = Desk::at_ways();
    desk.decide(Decision::Choose(0));
    assert!(matches!(desk.login(), LoggingIn::Pin { wrong: false, .. }));
    desk.types("111222");
    desk.answer(MessageBody::LoginRefused { reason: LoginRefusal::WrongPin, may_retry: true });
    assert!(matches!(desk.login(), LoggingIn::Pin { wrong: true, .. }));
    desk.types(PIN);
    desk.answer(logged_in());
    assert!(matches!(desk.session.state(), State::Cabinet(_)));
    assert_eq!((desk.count("LoginPinSubmitted"), desk.count("LoginCodeWanted")), (2, 0));
}

#[test]
fn a_client_with_a_pin_may_take_a_code_instead() {
    let mut desk = Desk::at_ways();
    desk.decide(Decision::Choose(1));
    assert!(matches!(desk.session.state(), State::LookingUp { .. }));
    desk.answer(MessageBody::LoginCodeSent { phone_masked: secret("+7"), life_seconds: 120, digits: 6 });
    desk.act(Action::SubmitCode(secret("123456")));
    desk.answer(logged_in());
    assert!(matches!(desk.session.state(), State::Cabinet(_)), "no PIN was forgotten");
}

#[test]
fn a_locked_cabinet_says_no_more_than_that_there_were_too_many_attempts() {
    let mut desk = Desk::at_ways();
    desk.decide(Decision::Choose(0));
    desk.types("111222");
    desk.answer(MessageBody::LoginRefused { reason: LoginRefusal::TooMany, may_retry: false });
    assert_eq!(desk.ending_told(), Ending::TooManyCodes);
    let mut desk = Desk::with_accounts();
    desk.act(Action::SubmitIin(adult()));
    desk.answer(MessageBody::LoginRefused { reason: LoginRefusal::TooMany, may_retry: false });
    assert_eq!(desk.ending_told(), Ending::TooManyCodes);
}

#[test]
fn a_pin_that_was_forgotten_is_set_anew_after_a_code_and_a_face() {
    let mut desk = Desk::at_ways();
    desk.decide(Decision::Choose(0));
    desk.decide(Decision::Decline);
    desk.answer(MessageBody::LoginCodeSent { phone_masked: secret("+7"), life_seconds: 120, digits: 6 });
    desk.act(Action::SubmitCode(secret("123456")));
    desk.answer(logged_in());
    assert!(matches!(desk.changing(), AccessStage::BeforePicture(FaceFor::Pin)));
    desk.shows_face();
    desk.answer(MessageBody::HolderMatched { client: client() });
    desk.types(PIN);
    desk.types("740296");
    assert!(matches!(desk.changing(), AccessStage::Pin { first: None, error: Some(PinFault::Differs) }));
    desk.types(PIN);
    desk.types(PIN);
    desk.answer(MessageBody::PinAccepted { client: client() });
    assert!(matches!(desk.changing(), AccessStage::PinSet));
    desk.decide(Decision::Confirm);
    assert!(matches!(desk.session.state(), State::Idle));
    let end = desk.rows().into_iter().rev().find_map(|body| match body {
        Body::SessionClosed(row) => Some(row.end),
        _ => None,
    });
    assert_eq!(end, Some(SessionEnd::Completed));
}

#[test]
fn before_the_picture_for_a_new_pin_one_goes_back_to_the_menu_and_the_next_login_asks_for_none() {
    let mut desk = Desk::at_ways();
    desk.decide(Decision::Choose(0));
    desk.decide(Decision::Decline);
    desk.answer(MessageBody::LoginCodeSent { phone_masked: secret("+7"), life_seconds: 120, digits: 6 });
    desk.act(Action::SubmitCode(secret("123456")));
    desk.answer(logged_in());
    assert!(matches!(desk.changing(), AccessStage::BeforePicture(FaceFor::Pin)));
    desk.act(Action::Back);
    assert!(matches!(desk.session.state(), State::Menu));
    desk.choose(Errand::Cabinet);
    desk.act(Action::SubmitIin(adult()));
    desk.answer(MessageBody::LoginWaysOffered { ways: vec![LoginWay::Pin, LoginWay::Code] });
    desk.decide(Decision::Choose(0));
    desk.types(PIN);
    desk.answer(logged_in());
    assert!(matches!(desk.session.state(), State::Cabinet(_)));
}

#[test]
fn a_new_pin_is_refused_by_name_and_asks_for_a_face_again_when_it_took_too_long() {
    let mut desk = Desk::changes(Changeable::Pin);
    desk.shows_face();
    desk.answer(MessageBody::HolderMatched { client: client() });
    desk.types(PIN);
    desk.types(PIN);
    desk.answer(MessageBody::PinRefused { client: client(), reason: PinRefusal::Simple });
    assert!(matches!(desk.changing(), AccessStage::Pin { first: None, error: Some(PinFault::Simple) }));
    desk.types(PIN);
    desk.types(PIN);
    desk.answer(MessageBody::PinRefused { client: client(), reason: PinRefusal::FaceCheck });
    assert!(matches!(desk.changing(), AccessStage::BeforePicture(FaceFor::Pin)));
    desk.shows_face();
    desk.answer(MessageBody::HolderRefused {
        client: client(),
        reason: FaceRefusal::NoMatch,
        attempts_left: 1,
    });
    assert!(matches!(desk.session.state(), State::Camera { picture: Picture::NoMatch, .. }));
    desk.face_taken();
    desk.answer(MessageBody::HolderRefused {
        client: client(),
        reason: FaceRefusal::NoMatch,
        attempts_left: 0,
    });
    assert_eq!(desk.ending_told(), Ending::FaceNotMatched);
}

#[test]
fn a_phone_is_changed_by_code_face_and_signature_and_a_slip_is_printed() {
    let mut desk = Desk::at_code();
    desk.types("123456");
    desk.refuses(ContactRefusal::WrongCode, true);
    let AccessStage::Code { code, error: Some(CodeError::Wrong) } = desk.changing() else { panic!() };
    assert_eq!(code.tries_left, u32::from(pack().otp.tries) - 1);
    let mut desk = Desk::at_statement();
    desk.decide(Decision::Confirm);
    desk.is_signed();
    assert!(matches!(desk.changing(), AccessStage::Concluding { .. }));
    assert_eq!(desk.count("ContactChangeConcluded"), 2);
    let (change, asked) = (desk.the_change(), desk.asked());
    let first = desk.answer(MessageBody::ContactChanged(ContactChange {
        change,
        contact: Contact::Phone,
        old_masked: secret("+7 7** *** ** 67"),
        new_masked: secret("+7 7** *** ** 01"),
        statement_sha256: "x".repeat(43),
        at: NOON,
    }));
    let printed = |effect: &Effect| matches!(effect, Effect::Print(Paper::Slip(of)) if *of == asked);
    assert!(desk.effects[first..].iter().any(printed));
    let paper = Paper::Slip(asked);
    desk.send(Event::ReceiptDone { paper, printed: true, sha256: "x".repeat(43) });
    assert!(matches!(desk.changing(), AccessStage::Changed(made) if made.slip == Slip::Ended(true)));
    assert_eq!(desk.count("SlipPrinted"), 1);
    desk.decide(Decision::Confirm);
    assert!(matches!(desk.session.state(), State::Cabinet(_)));
}

#[test]
fn a_face_that_is_too_old_after_signing_is_shown_again() {
    let mut desk = Desk::at_statement();
    desk.decide(Decision::Confirm);
    desk.is_signed();
    desk.refuses(ContactRefusal::FaceCheck, true);
    assert!(matches!(desk.session.state(), State::Camera { .. }));
    desk.face_taken();
    desk.answer(MessageBody::HolderMatched { client: client() });
    assert!(matches!(desk.changing(), AccessStage::Concluding { .. }));
}

#[test]
fn a_statement_that_is_not_what_its_hash_says_is_not_shown() {
    let mut desk = Desk::at_code();
    desk.types("123456");
    let change = desk.the_change();
    desk.answer(MessageBody::ContactChangeAdvanced { change });
    desk.shows_face();
    desk.answer(MessageBody::HolderMatched { client: client() });
    desk.answer(MessageBody::ContactStatementToSign(ContactStatement {
        change,
        statement: secret("Өтініш"),
        statement_sha256: sha256_b64(b"another"),
        language: senim_domain::Language::Kk,
    }));
    assert!(matches!(desk.changing(), AccessStage::NotChanged(NotChanged::NoAnswer)));
}

#[test]
fn numbers_and_accounts_that_cannot_be_the_clients_are_typed_again() {
    let mut desk = Desk::changes(Changeable::Phone);
    desk.types("7990000001");
    assert!(matches!(desk.changing(), AccessStage::Typing { error: Some(ContactFault::NotUsable), .. }));
    assert_eq!(desk.count("ContactChangeRequested"), 0, "nothing leaves the terminal");
    desk.types("7029990001");
    desk.refuses(ContactRefusal::NotOwned, true);
    assert!(matches!(desk.changing(), AccessStage::Typing { error: Some(ContactFault::NotOwned), .. }));
    desk.types("7029990001");
    desk.refuses(ContactRefusal::NotOwned, false);
    assert!(matches!(desk.changing(), AccessStage::NotChanged(NotChanged::TooMany)));
    let mut desk = Desk::changes(Changeable::Account);
    desk.types("KZ86125KZT5004100101");
    assert!(matches!(desk.changing(), AccessStage::Typing { error: Some(ContactFault::NotUsable), .. }));
    desk.types("KZ86125KZT5004100100");
    desk.refuses(ContactRefusal::OwnerUnknown, true);
    assert!(matches!(desk.changing(), AccessStage::Typing { error: Some(ContactFault::OwnerUnknown), .. }));
    desk.types("KZ86125KZT5004100100");
    let change = desk.the_change();
    desk.answer(MessageBody::ContactChangeAdvanced { change });
    assert!(matches!(desk.changing(), AccessStage::BeforePicture(FaceFor::Contact { .. })));
}

#[test]
fn a_change_without_an_answer_leaves_the_cabinet_open_and_says_what_is_known() {
    let mut desk = Desk::at_code();
    desk.types("123456");
    desk.wait_ms(61_000);
    assert!(matches!(desk.changing(), AccessStage::NotChanged(NotChanged::TryLater)));
    desk.decide(Decision::Confirm);
    assert!(matches!(desk.session.state(), State::Cabinet(_)));
    let mut desk = Desk::at_statement();
    desk.decide(Decision::Confirm);
    desk.is_signed();
    desk.act(Action::Cancel);
    assert!(matches!(desk.changing(), AccessStage::Concluding { .. }), "whoever has asked for it waits");
    desk.wait_ms(61_000);
    assert!(matches!(desk.changing(), AccessStage::NotChanged(NotChanged::NoAnswer)));
}

#[test]
fn a_code_of_a_new_number_that_is_too_old_is_not_sent() {
    let mut desk = Desk::at_code();
    desk.act(Action::Touched);
    desk.pass_ms(59_000);
    desk.act(Action::Touched);
    desk.pass_ms(59_000);
    desk.act(Action::Touched);
    desk.pass_ms(3_000);
    desk.types("123456");
    assert!(matches!(desk.changing(), AccessStage::Code { error: Some(CodeError::Expired), .. }));
    assert_eq!(desk.count("ContactCodeSubmitted"), 0);
    desk.decide(Decision::Decline);
    assert!(matches!(desk.changing(), AccessStage::Typing { contact: Contact::Phone, .. }));
}

#[test]
fn an_iin_has_no_screen_but_the_one_that_says_that_it_stays() {
    let mut desk = Desk::changes(Changeable::Iin);
    assert!(matches!(desk.changing(), AccessStage::Iin));
    desk.types("900514300002");
    assert!(matches!(desk.changing(), AccessStage::Choice));
    assert_eq!(desk.count("ContactChangeRequested"), 0);
}

#[test]
fn what_to_beware_of_is_read_at_the_login_and_leads_back_to_it() {
    let mut desk = Desk::with_accounts();
    desk.decide(Decision::Decline);
    assert!(matches!(desk.login(), LoggingIn::Safety { errand: Errand::Cabinet }));
    desk.decide(Decision::Confirm);
    assert!(matches!(desk.session.state(), State::EnterIin { errand: Errand::Cabinet, .. }));
    desk.decide(Decision::Decline);
    desk.act(Action::Back);
    assert!(matches!(desk.session.state(), State::EnterIin { .. }));
}

#[test]
fn a_signature_of_the_change_that_is_declined_changes_nothing() {
    let mut desk = Desk::at_statement();
    desk.decide(Decision::Confirm);
    let State::Signing(signing) = desk.session.state() else { panic!() };
    let SigningPhase::Asking { signature, .. } = signing.phase else { panic!() };
    let _: SignatureId = signature;
    let reason = senim_operation::signature::SignatureRefusal::Declined;
    desk.answer(MessageBody::SignatureRefused { signature, reason, may_retry: true });
    desk.decide(Decision::Decline);
    assert_eq!(desk.ending_told(), Ending::Cancelled);
    assert_eq!(desk.count("ContactChangeConcluded"), 1, "only the one that asked for the statement");
}
