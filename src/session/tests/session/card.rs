//! A card in a visit: what is asked of it and of the MFO in which order, and what each thing that goes wrong comes to.

use senim_domain::rule_pack::Service;
use senim_domain::{ClientId, Secret, SecretBytes};
use senim_hal::card_reader::{Capabilities, Event as Reader, Interface, Media};
use senim_hal::token::{Command, Event as Token, Fault, Key, LastTry, NotTyped, Pin};
use senim_hal::{Error, ErrorKind};
use senim_operation::body::{Body, CardAct, CardFault, PinPlace, SessionEnd};
use senim_operation::message::*;
use senim_session::Action;
use senim_session::access::{AccessStage, Changeable, LoggingIn, NotChanged};
use senim_session::action::Decision;
use senim_session::card::{CardProblem, CardStage};
use senim_session::dialogue::cabinet::Function;
use senim_session::effect::Effect;
use senim_session::event::{CameraEvent, Device, Event, Peripheral};
use senim_session::facts::{CardReader, Setup};
use senim_session::state::{Ending, Errand, SigningPhase, State};
use uuid::Uuid;

use crate::desk::*;

const PIN: &str = "123456";

fn client() -> ClientId {
    ClientId(Uuid::from_u128(5))
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn with_reader() -> Setup {
    with_reader_of(false)
}

fn with_reader_of(keypad: bool) -> Setup {
    let capabilities =
        Capabilities { interface: Interface::Contact, max_command: 261, max_response: 258, keypad };
    Setup { card: Some(CardReader { device: Device::Card, capabilities }), ..setup() }
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

fn challenge() -> MessageBody {
    MessageBody::CardChallenged(CardChallenge { challenge: "A".repeat(43), life_seconds: 120 })
}

fn opened(tries_left: u8) -> Token {
    Token::Opened { authentication: SecretBytes::new(b"certificate".to_vec()), signature: None, tries_left }
}

impl Desk {
    fn with_cards() -> Self {
        Self::with_cards_on(with_reader())
    }

    fn with_cards_on(setup: Setup) -> Self {
        let mut desk = Self::open_with(setup, stock());
        let mut pack = pack();
        pack.version += 1;
        pack.allowed_operations.insert(Service::Cabinet);
        desk.send(Event::Stored(Box::new(durable_message(MessageBody::RulePack(Box::new(pack))))));
        desk.to_menu();
        desk.choose(Errand::Cabinet);
        desk.act(Action::SubmitIin(adult()));
        desk
    }

    fn token(&mut self, event: Token) -> usize {
        self.send(Event::Token(event))
    }

    fn reader(&mut self, event: Reader) -> usize {
        self.send(Event::Peripheral(Peripheral::CardReader(Device::Card, event)))
    }

    fn ways_offered(&mut self, ways: &[LoginWay]) {
        self.answer(MessageBody::LoginWaysOffered { ways: ways.to_vec() });
    }

    /// The card is asked for.
    fn at_insert() -> Self {
        let mut desk = Self::with_cards();
        desk.ways_offered(&[LoginWay::Card, LoginWay::Code]);
        desk.decide(Decision::Choose(0));
        assert!(matches!(desk.card(), CardStage::Insert));
        assert_eq!(desk.asked_of_card().last(), Some(&&Command::Open { up_to: Key::Authentication }));
        desk
    }

    /// It was read and the MFO is asked what it is.
    fn at_shown(tries_left: u8) -> Self {
        let mut desk = Self::at_insert();
        desk.puts_in(tries_left);
        desk
    }

    fn puts_in(&mut self, tries_left: u8) {
        self.reader(Reader::MediaInserted);
        self.token(Token::Reading);
        assert!(matches!(self.card(), CardStage::Reading));
        self.token(opened(tries_left));
        assert!(matches!(self.card(), CardStage::Shown { .. }));
    }

    fn at_pin(tries_left: u8) -> Self {
        let mut desk = Self::at_shown(tries_left);
        desk.answer(challenge());
        assert!(matches!(desk.card(), CardStage::Pin { .. }));
        desk
    }

    fn at_proving() -> Self {
        let mut desk = Self::at_pin(3);
        desk.enter(PIN);
        desk.token(Token::Signed(SecretBytes::new(b"signature".to_vec())));
        assert!(matches!(desk.card(), CardStage::Proving { .. }));
        desk
    }

    fn card(&self) -> &CardStage {
        match self.session.state() {
            State::Card(used) => &used.stage,
            other => panic!("no card: {other:?}"),
        }
    }

    fn problem(&self) -> (CardProblem, bool) {
        match self.card() {
            CardStage::Problem { problem, may_retry } => (*problem, *may_retry),
            other => panic!("no problem: {other:?}"),
        }
    }

    fn asked_of_card(&self) -> Vec<&Command> {
        let asked = self.effects.iter().filter_map(|effect| match effect {
            Effect::Token(command) => Some(command),
            _ => None,
        });
        asked.collect()
    }

    fn pins_sent(&self) -> usize {
        self.asked_of_card().iter().filter(|command| matches!(command, Command::Sign { .. })).count()
    }

    fn faults(&self) -> Vec<(CardAct, CardFault)> {
        let fault = |body: &Body| match body {
            Body::CardNotUsed(row) => Some((row.act, row.fault)),
            _ => None,
        };
        self.rows().into_iter().filter_map(fault).collect()
    }

    fn access(&self) -> &AccessStage {
        match self.session.state() {
            State::Access(access) => &access.stage,
            other => panic!("no change: {other:?}"),
        }
    }

    /// Logged in by a code, before what can be changed.
    fn at_changes_on(setup: Setup) -> Self {
        let mut desk = Self::with_cards_on(setup);
        desk.ways_offered(&[LoginWay::Pin, LoginWay::Code]);
        desk.decide(Decision::Choose(0));
        desk.enter("740295");
        desk.answer(logged_in());
        let functions = desk.session.functions(&desk.now);
        let place = functions.iter().position(|(one, _)| *one == Function::Access).unwrap();
        desk.decide(Decision::Choose(place));
        desk
    }

    fn face_for(&mut self, what: Changeable) {
        let place = self.session.changeable().iter().position(|one| *one == what).unwrap();
        self.decide(Decision::Choose(place));
        self.decide(Decision::Confirm);
        self.send(Event::Camera(CameraEvent::Opened));
        self.act(Action::TakePicture);
        let png = SecretBytes::new(b"picture".to_vec());
        self.send(Event::Camera(CameraEvent::Picture { png, quality: 90 }));
        self.answer(MessageBody::HolderMatched { client: client() });
    }
}

#[test]
fn a_client_logs_in_by_card_and_takes_it_back_before_anything_else() {
    let mut desk = Desk::at_pin(3);
    assert_eq!((desk.count("LoginCardShown"), desk.pins_sent()), (1, 0), "the MFO is asked before the PIN");
    desk.enter(PIN);
    let Some(Command::Sign { key: Key::Authentication, last_try: LastTry::Keep, message, .. }) =
        desk.asked_of_card().last().copied().cloned()
    else {
        panic!("{:?}", desk.asked_of_card())
    };
    let text = String::from_utf8(message.expose().to_vec()).unwrap();
    let visit = desk.session.session_id().unwrap().to_string();
    assert!(text.starts_with("senim-card:") && text.contains(&visit) && text.ends_with(&"A".repeat(43)));
    desk.token(Token::Signed(SecretBytes::new(b"signature".to_vec())));
    assert_eq!(desk.count("CardProofSubmitted"), 1);
    desk.answer(logged_in());
    assert!(matches!(desk.card(), CardStage::TakeBack { .. }));
    assert_eq!(desk.asked_of_card().last(), Some(&&Command::Close));
    desk.reader(Reader::MediaRemoved);
    assert!(matches!(desk.session.state(), State::Cabinet(_)), "{:?}", desk.session.state());
}

#[test]
fn a_card_that_was_taken_out_meanwhile_is_not_asked_for() {
    let mut desk = Desk::at_proving();
    desk.reader(Reader::MediaRemoved);
    desk.token(Token::Removed);
    assert!(matches!(desk.card(), CardStage::Proving { .. }), "what it signed is on its way");
    desk.answer(logged_in());
    assert!(matches!(desk.session.state(), State::Cabinet(_)));
    assert_eq!(desk.faults(), []);
}

#[test]
fn a_wrong_pin_is_tried_once_and_the_tries_left_are_shown() {
    let mut desk = Desk::at_pin(3);
    desk.enter("000000");
    // Two taps are one try.
    let step = desk.session.step_no();
    desk.act(Action::Decide { step, decision: Decision::Enter(secret("000000")) });
    assert_eq!(desk.pins_sent(), 1);
    desk.token(Token::PinWrong { tries_left: 2 });
    assert!(matches!(desk.card(), CardStage::Pin { tries_left: 2, wrong: true, .. }));
    assert_eq!(desk.faults(), [(CardAct::Login, CardFault::PinWrong)]);
    desk.enter(PIN);
    assert_eq!(desk.pins_sent(), 2);
}

#[test]
fn the_last_try_is_used_only_by_whoever_was_told_that_it_is_the_last() {
    for (tries_left, wanted) in [(2, LastTry::Keep), (1, LastTry::Use)] {
        let mut desk = Desk::at_pin(tries_left);
        desk.enter(PIN);
        let asked = desk.asked_of_card();
        let Some(Command::Sign { last_try, .. }) = asked.last() else { panic!("{asked:?}") };
        assert_eq!(*last_try, wanted);
    }
}

#[test]
fn a_blocked_card_is_told_and_another_way_is_open() {
    // Before any PIN, and by the last wrong one.
    let mut before = Desk::at_insert();
    before.token(Token::Reading);
    let mut after = Desk::at_pin(1);
    after.enter("000000");
    for desk in [&mut before, &mut after] {
        desk.token(Token::Failed(Fault::PinBlocked));
        assert_eq!(desk.problem(), (CardProblem::PinBlocked, false));
        assert_eq!(desk.faults(), [(CardAct::Login, CardFault::PinBlocked)]);
        desk.decide(Decision::Decline);
        let State::LoggingIn(stage) = desk.session.state() else { panic!("{:?}", desk.session.state()) };
        assert!(
            matches!(&**stage, LoggingIn::Ways { ways, .. } if ways[..] == [LoginWay::Card, LoginWay::Code])
        );
        desk.decide(Decision::Choose(1));
        assert_eq!(desk.count("LoginCodeWanted"), 1);
    }
}

#[test]
fn a_card_that_is_taken_out_in_the_middle_is_read_anew_when_it_is_put_back() {
    let stages: [fn() -> Desk; 3] = [
        || Desk::at_shown(3),
        || Desk::at_pin(3),
        || {
            let mut desk = Desk::at_pin(3);
            desk.enter(PIN);
            desk
        },
    ];
    for stage in stages {
        let mut desk = stage();
        let sent = desk.pins_sent();
        desk.reader(Reader::MediaRemoved);
        desk.token(Token::Removed);
        assert_eq!(desk.problem(), (CardProblem::Withdrawn, true));
        assert_eq!(desk.faults(), [(CardAct::Login, CardFault::Withdrawn)]);
        desk.puts_in(3);
        desk.answer(challenge());
        assert!(matches!(desk.card(), CardStage::Pin { wrong: false, .. }));
        assert_eq!(desk.pins_sent(), sent, "no PIN goes by itself");
    }
}

#[test]
fn a_card_that_is_put_in_twice_is_one_card_at_a_time() {
    let mut desk = Desk::at_pin(3);
    // Swapped so fast that the reader saw it come twice: the second one is asked about anew.
    desk.token(Token::Removed);
    desk.token(Token::Reading);
    desk.token(opened(2));
    assert_eq!(desk.count("LoginCardShown"), 2);
    desk.answer(challenge());
    assert!(matches!(desk.card(), CardStage::Pin { tries_left: 2, .. }));
    // News of a card that nobody asked about change nothing.
    desk.token(opened(3));
    desk.token(Token::Signed(SecretBytes::new(b"signature".to_vec())));
    assert!(matches!(desk.card(), CardStage::Pin { tries_left: 2, .. }));
    assert_eq!(desk.count("CardProofSubmitted"), 0);
}

#[test]
fn whatever_the_mfo_finds_wrong_with_a_card_no_pin_is_asked_for() {
    for reason in [
        CardRefusal::OtherPerson,
        CardRefusal::NotBound,
        CardRefusal::Expired,
        CardRefusal::Revoked,
        CardRefusal::NotIssued,
        CardRefusal::TryLater,
    ] {
        let mut desk = Desk::at_shown(3);
        desk.answer(MessageBody::CardRefused { reason, may_retry: true });
        assert_eq!(desk.problem(), (CardProblem::Refused(reason), true));
        assert_eq!(desk.pins_sent(), 0);
        assert_eq!(desk.asked_of_card().last(), Some(&&Command::Close));
        desk.decide(Decision::Confirm);
        assert!(matches!(desk.card(), CardStage::Insert), "another card may be put in");
    }
}

#[test]
fn a_cabinet_that_is_locked_meanwhile_ends_the_login() {
    for mut desk in [Desk::at_shown(3), Desk::at_proving()] {
        desk.answer(MessageBody::LoginRefused { reason: LoginRefusal::TooMany, may_retry: false });
        desk.assert_ended(Ending::TooManyCodes);
    }
}

#[test]
fn an_answer_after_its_time_opens_nothing() {
    for mut desk in [Desk::at_shown(3), Desk::at_proving()] {
        let asked = desk.asked();
        let session = desk.session.session_id();
        let late = desk.message(logged_in(), session, Some(asked));
        desk.wait_ms(u64::from(pack().session.answer_seconds) * 1000);
        assert_eq!(desk.problem(), (CardProblem::NoAnswer, true));
        desk.send(Event::Answer(Box::new(late)));
        assert_eq!(desk.problem(), (CardProblem::NoAnswer, true));
    }
}

#[test]
fn a_pin_that_is_typed_after_the_challenge_is_over_goes_to_no_card() {
    let mut desk = Desk::at_pin(3);
    desk.pass_ms(120_000);
    desk.act(Action::Touched);
    desk.enter(PIN);
    assert_eq!(desk.problem(), (CardProblem::TooLate, true));
    assert_eq!(desk.pins_sent(), 0);
}

#[test]
fn a_reader_that_is_unplugged_ends_the_use_of_the_card_and_is_offered_no_more() {
    let mut desk = Desk::at_pin(3);
    let changes = desk.count("DeviceChanged");
    desk.reader(Reader::Line { open: false });
    desk.token(Token::Failed(Fault::Reader));
    assert_eq!(desk.problem(), (CardProblem::Reader, false));
    assert_eq!(desk.count("DeviceChanged"), changes + 1);
    let mut desk = Desk::with_cards();
    desk.reader(Reader::Failed(Error::new(ErrorKind::Offline, "silent")));
    desk.ways_offered(&[LoginWay::Card, LoginWay::Pin, LoginWay::Code]);
    let State::LoggingIn(stage) = desk.session.state() else { panic!("{:?}", desk.session.state()) };
    assert!(matches!(&**stage, LoggingIn::Ways { ways, .. } if ways[..] == [LoginWay::Pin, LoginWay::Code]));
    // Where only a code is left there is nothing to choose.
    let mut desk = Desk::with_cards_on(setup());
    desk.ways_offered(&[LoginWay::Card, LoginWay::Code]);
    assert!(matches!(desk.session.state(), State::LookingUp { .. }));
    assert_eq!(desk.count("LoginCodeWanted"), 1);
}

#[test]
fn a_card_that_does_not_answer_is_given_up() {
    let mut desk = Desk::at_insert();
    desk.token(Token::Reading);
    desk.wait_ms(u64::from(pack().session.answer_seconds) * 1000);
    assert_eq!(desk.problem(), (CardProblem::Unclear, true));
    assert_eq!(desk.faults(), [(CardAct::Login, CardFault::Unclear)]);
}

#[test]
fn a_card_is_bound_after_a_face_and_its_own_proof() {
    let mut desk = Desk::at_changes_on(with_reader());
    desk.face_for(Changeable::Card);
    assert!(matches!(desk.card(), CardStage::Insert));
    desk.puts_in(3);
    assert_eq!(desk.count("CardBindingRequested"), 1);
    desk.answer(challenge());
    desk.enter(PIN);
    desk.token(Token::Signed(SecretBytes::new(b"signature".to_vec())));
    desk.answer(MessageBody::CardBound { client: client() });
    assert!(matches!(desk.access(), AccessStage::CardBound));
    desk.decide(Decision::Confirm);
    assert!(matches!(desk.session.state(), State::Cabinet(_)));
}

#[test]
fn no_answer_to_a_binding_may_mean_that_it_is_bound() {
    let mut desk = Desk::at_changes_on(with_reader());
    desk.face_for(Changeable::Card);
    desk.puts_in(3);
    desk.answer(challenge());
    desk.enter(PIN);
    desk.token(Token::Signed(SecretBytes::new(b"signature".to_vec())));
    desk.wait_ms(u64::from(pack().session.answer_seconds) * 1000);
    assert!(matches!(desk.access(), AccessStage::NotChanged(NotChanged::NoAnswer)));
}

#[test]
fn a_card_is_unbound_after_a_face_and_one_that_is_not_there_is_told() {
    for (answer, bound) in [
        (MessageBody::CardUnbound { client: client() }, true),
        (MessageBody::CardRefused { reason: CardRefusal::NotBound, may_retry: false }, false),
    ] {
        let mut desk = Desk::at_changes_on(with_reader());
        desk.face_for(Changeable::CardOff);
        assert_eq!(desk.count("CardUnbindingRequested"), 1);
        desk.answer(answer);
        match desk.access() {
            AccessStage::CardUnbound => assert!(bound),
            AccessStage::NotChanged(NotChanged::NoCard) => assert!(!bound),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn where_there_is_no_reader_nothing_is_said_of_cards() {
    let desk = Desk::at_changes_on(setup());
    let changeable = desk.session.changeable();
    assert_eq!(changeable, [Changeable::Pin, Changeable::Phone, Changeable::Account, Changeable::Iin]);
    assert_eq!(desk.asked_of_card(), Vec::<&Command>::new());
}

#[test]
fn a_card_that_is_left_is_told_of_and_written_down_when_nobody_takes_it() {
    let mut desk = Desk::at_pin(3);
    desk.act(Action::Cancel);
    desk.assert_ended(Ending::Cancelled);
    assert_eq!(desk.asked_of_card().last(), Some(&&Command::Close));
    desk.act(Action::Done);
    assert!(matches!(desk.session.state(), State::TakeCard));
    desk.reader(Reader::MediaRemoved);
    assert!(matches!(desk.session.state(), State::Idle));
    assert_eq!(desk.count("CardLeftBehind"), 0);
    let mut desk = Desk::at_pin(3);
    desk.act(Action::Cancel);
    desk.act(Action::Done);
    desk.wait_ms(600_000);
    assert!(matches!(desk.session.state(), State::Idle));
    assert_eq!(desk.count("CardLeftBehind"), 1);
    // The reader tells by its status, too.
    let status = Reader::Status { identity: "reader".into(), media: Media::NotPresent, error: None };
    desk.reader(status);
    assert!(desk.session.facts().cards_in.is_empty());
}

#[test]
fn a_visit_that_ends_by_itself_forgets_the_card() {
    let mut desk = Desk::at_pin(3);
    let times = pack().session;
    desk.wait_ms(u64::from(times.input_seconds + times.warning_seconds) * 1000);
    assert!(matches!(desk.session.state(), State::End { kind: Ending::TimedOut, .. }));
    assert_eq!(desk.asked_of_card().last(), Some(&&Command::Close));
    let ended = desk.rows().into_iter().rev().find_map(|body| match body {
        Body::SessionClosed(row) => Some(row.end),
        _ => None,
    });
    assert_eq!(ended, Some(SessionEnd::TimedOut));
}

// Signing.

impl Desk {
    /// A client whose cabinet a card opens, before the contract's signature.
    fn at_signing() -> Self {
        let mut desk = Self::open_with(with_reader(), stock());
        desk.to_concluding_of(100_000);
        let loan = desk.loan();
        desk.answer(MessageBody::ContractRefused { loan, reason: "notSigned".into() });
        assert!(matches!(desk.signing(), SigningPhase::Choosing));
        desk
    }

    fn signing(&self) -> &SigningPhase {
        match self.session.state() {
            State::Signing(signing) => &signing.phase,
            other => panic!("{other:?}"),
        }
    }

    fn to_sign(&self) -> (senim_domain::SignatureId, String) {
        let asked = |body: &Body| match body {
            Body::CardSignatureRequested(row) => Some((row.signature, row.document_sha256.clone())),
            _ => None,
        };
        self.rows().into_iter().rev().find_map(asked).unwrap()
    }

    fn shows_signer(&mut self) {
        self.reader(Reader::MediaInserted);
        self.token(Token::Reading);
        let certificate = || SecretBytes::new(b"certificate".to_vec());
        self.token(Token::Opened {
            authentication: certificate(),
            signature: Some(certificate()),
            tries_left: 3,
        });
    }

    fn prepared(&mut self, hash: Option<&str>) {
        use base64::Engine as _;
        use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
        let (signature, document) = self.to_sign();
        let mut attributes = vec![0x31, 0x20];
        attributes.extend(URL_SAFE_NO_PAD.decode(hash.unwrap_or(&document)).unwrap());
        let attributes = STANDARD.encode(attributes);
        let signed_at = self.now.utc;
        self.answer(MessageBody::CardSignaturePrepared(CardSignatureToMake {
            signature,
            attributes,
            signed_at,
        }));
    }
}

#[test]
fn a_contract_is_signed_by_the_card_over_what_the_mfo_gives() {
    let mut desk = Desk::at_signing();
    desk.decide(Decision::Choose(1));
    assert_eq!(desk.asked_of_card().last(), Some(&&Command::Open { up_to: Key::Signature }));
    desk.shows_signer();
    desk.prepared(None);
    desk.enter(PIN);
    assert!(matches!(desk.asked_of_card().last(), Some(Command::Sign { key: Key::Signature, .. })));
    desk.token(Token::Signed(SecretBytes::new(b"signature".to_vec())));
    assert_eq!((desk.count("CardSignatureMade"), desk.count("SignatureRequested")), (1, 0));
    let (signature, _) = desk.to_sign();
    let (cms_sha256, signed_at) = ("x".repeat(43), desk.now.utc);
    desk.answer(MessageBody::SignatureAccepted { signature, cms_sha256, signed_at });
    assert!(matches!(desk.session.state(), State::Concluding { .. }), "{:?}", desk.session.state());
}

#[test]
fn what_does_not_hold_the_hash_of_what_was_shown_is_not_signed() {
    let mut desk = Desk::at_signing();
    desk.decide(Decision::Choose(1));
    desk.shows_signer();
    desk.prepared(Some(&senim_operation::jws::sha256_b64(b"another document")));
    desk.assert_ended(Ending::TermsMismatch);
}

#[test]
fn whoever_has_agreed_to_the_contract_signs_or_leaves() {
    let mut desk = Desk::at_signing();
    desk.act(senim_session::Action::Back);
    assert!(matches!(desk.signing(), SigningPhase::Choosing));
}

#[test]
fn whoever_cannot_sign_by_card_signs_by_phone() {
    let mut desk = Desk::at_signing();
    desk.decide(Decision::Choose(1));
    desk.shows_signer();
    desk.answer(MessageBody::CardRefused { reason: CardRefusal::NeedsPinPad, may_retry: true });
    assert_eq!(desk.problem(), (CardProblem::Refused(CardRefusal::NeedsPinPad), true));
    desk.decide(Decision::Decline);
    assert!(matches!(desk.signing(), SigningPhase::Choosing));
    desk.decide(Decision::Choose(0));
    assert_eq!(desk.count("SignatureRequested"), 1);
}

// A reader with keys of its own.

impl Desk {
    /// Somebody whose cabinet no card opens, before the contract's signature, at a reader with keys.
    fn at_keypad(tries_left: u8) -> Self {
        let mut desk = Self::open_with(with_reader_of(true), stock());
        desk.to_concluding_of(100_000);
        let loan = desk.loan();
        desk.answer(MessageBody::ContractRefused { loan, reason: "notSigned".into() });
        assert!(matches!(desk.signing(), SigningPhase::Choosing));
        desk.decide(Decision::Choose(1));
        desk.reader(Reader::MediaInserted);
        desk.token(Token::Reading);
        let certificate = || SecretBytes::new(b"certificate".to_vec());
        desk.token(Token::Opened {
            authentication: certificate(),
            signature: Some(certificate()),
            tries_left,
        });
        desk.prepared(None);
        desk
    }

    fn asked_on_reader(&self) -> Vec<(LastTry, u8)> {
        let asked = |command: &&Command| match command {
            Command::Sign { pin: Pin::OnReader { seconds }, last_try, .. } => Some((*last_try, *seconds)),
            _ => None,
        };
        self.asked_of_card().iter().filter_map(asked).collect()
    }
}

#[test]
fn a_card_that_the_mfo_does_not_know_signs_on_the_readers_keys_and_no_pin_is_asked_for_on_the_screen() {
    let mut desk = Desk::at_keypad(3);
    assert!(matches!(desk.card(), CardStage::Keypad { tries_left: 3, wrong: false, .. }));
    let place = desk.rows().into_iter().rev().find_map(|body| match body {
        Body::CardSignatureRequested(row) => Some(row.pin_on),
        _ => None,
    });
    assert_eq!(place, Some(PinPlace::Reader));
    assert_eq!(desk.asked_on_reader(), [(LastTry::Keep, 60)]);
    // What is typed on the screen is no PIN for anybody.
    desk.enter(PIN);
    assert_eq!(desk.pins_sent(), 1);
    desk.token(Token::Signed(SecretBytes::new(b"signature".to_vec())));
    assert_eq!(desk.count("CardSignatureMade"), 1);
}

#[test]
fn a_wrong_pin_on_the_keys_is_written_down_and_asked_for_again_with_the_tries_left_on_the_screen() {
    let mut desk = Desk::at_keypad(3);
    desk.token(Token::PinWrong { tries_left: 1 });
    assert!(matches!(desk.card(), CardStage::Keypad { tries_left: 1, wrong: true, .. }));
    assert_eq!(desk.faults(), [(CardAct::Signing, CardFault::PinWrong)]);
    // The screen says that it is the last one, and whoever types has read it.
    assert_eq!(desk.asked_on_reader(), [(LastTry::Keep, 60), (LastTry::Use, 60)]);
    desk.token(Token::Failed(Fault::PinBlocked));
    assert_eq!(desk.problem(), (CardProblem::PinBlocked, false));
}

#[test]
fn whoever_types_nothing_on_the_keys_loses_nothing_and_may_do_it_again_or_otherwise() {
    for why in [NotTyped::TimedOut, NotTyped::Cancelled] {
        let mut desk = Desk::at_keypad(3);
        desk.token(Token::PinNotTyped(why));
        assert_eq!(desk.problem(), (CardProblem::NotTyped(why), true));
        assert_eq!(desk.faults(), []);
        desk.decide(Decision::Confirm);
        assert_eq!(desk.asked_of_card().last(), Some(&&Command::Open { up_to: Key::Signature }));
        desk.decide(Decision::Decline);
        assert!(matches!(desk.signing(), SigningPhase::Choosing));
    }
}

#[test]
fn another_way_is_open_while_the_reader_asks_and_a_late_answer_of_it_changes_nothing() {
    let mut desk = Desk::at_keypad(3);
    desk.decide(Decision::Decline);
    assert_eq!(desk.asked_of_card().last(), Some(&&Command::Close));
    assert!(matches!(desk.signing(), SigningPhase::Choosing));
    desk.token(Token::Signed(SecretBytes::new(b"signature".to_vec())));
    assert_eq!(desk.count("CardSignatureMade"), 0);
}

#[test]
fn a_reader_that_is_unplugged_or_says_nothing_any_more_while_it_asks_leaves_another_way() {
    let mut desk = Desk::at_keypad(3);
    desk.token(Token::Failed(Fault::Reader));
    assert_eq!(desk.problem(), (CardProblem::Reader, false));
    let mut desk = Desk::at_keypad(3);
    desk.wait_ms(200_000);
    assert_eq!(desk.problem(), (CardProblem::Unclear, true));
    let mut desk = Desk::at_keypad(3);
    desk.token(Token::Removed);
    assert_eq!(desk.problem(), (CardProblem::Withdrawn, true));
}
