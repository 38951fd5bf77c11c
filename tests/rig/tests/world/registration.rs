//! A new client from the menu to the cabinet, through kernel, journal, line and gateway.

use senim_domain::Language;
use senim_gateway_core::connectors::{ClientKind, FaceVerdict};
use senim_operation::Body;
use senim_pki::phone::Manner;
use senim_rig::newcomers::Newcomer;
use senim_rig::{Phones, Travel, World, WorldOptions, invariants};
use senim_runtime::Input;
use senim_session::Action;
use senim_session::action::Decision;
use senim_session::registration::{Advice, Registering};
use senim_session::state::{Ending, Errand, Picture, SigningPhase, State};
use senim_sync::Request;

/// A world in which these people are known to the state.
fn world(people: &[Newcomer]) -> World {
    let world = World::new(WorldOptions::default());
    world.mfo.services(|services| services.state.people = people.to_vec());
    world
}

/// Somebody who registers, step by step.
pub trait Applicant {
    fn decide(&mut self, decision: Decision);
    fn enter(&mut self, text: &str);
    fn until(&mut self, what: &str, holds: impl Fn(&State) -> bool);
    fn stage(&mut self, what: &str, holds: impl Fn(&Registering) -> bool);
    fn choose_registration(&mut self);
    fn give_iin(&mut self, iin: &str, client_type: usize);
    fn agree(&mut self);
    fn state_code(&mut self);
    fn confirm_number(&mut self, number: &str);
    fn portrait(&mut self);
    fn to_number(&mut self, who: &Newcomer, client_type: usize);
    fn end_of(&mut self, advice: Advice);
    fn clients(&self) -> Vec<(String, ClientKind)>;
}

impl Applicant for World {
    fn decide(&mut self, decision: Decision) {
        let step = self.kernel().session().step_no();
        self.input(Input::Action(Action::Decide { step, decision }));
    }
    fn enter(&mut self, text: &str) {
        self.decide(Decision::Enter(senim_domain::Secret::new(text.to_owned())));
    }
    fn until(&mut self, what: &str, holds: impl Fn(&State) -> bool) {
        let there = self.run_until(50_000, |world| holds(world.kernel().session().state()));
        assert!(there, "{what}: {:?}, {:?}", self.kernel().session().state(), self.log);
    }
    fn stage(&mut self, what: &str, holds: impl Fn(&Registering) -> bool) {
        self.until(what, |state| matches!(state, State::Register(stage) if holds(stage)));
    }
    fn choose_registration(&mut self) {
        self.until("nobody there", |state| matches!(state, State::Idle));
        self.input(Input::Action(Action::ChooseLanguage(Language::Kk)));
        self.until("the menu", |state| matches!(state, State::Menu));
        let now = self.stamp();
        let errands = self.kernel().session().errands(&now);
        let place = errands.iter().position(|(errand, _)| *errand == Errand::Registration).unwrap();
        self.decide(Decision::Choose(place));
        self.stage("what is needed", |stage| matches!(stage, Registering::Needs));
        self.decide(Decision::Confirm);
    }
    fn give_iin(&mut self, iin: &str, client_type: usize) {
        self.choose_registration();
        self.decide(Decision::Choose(client_type));
        self.enter(iin);
    }
    fn agree(&mut self) {
        self.stage("the first consent", |stage| matches!(stage, Registering::Consent { .. }));
        self.decide(Decision::Confirm);
        self.decide(Decision::Confirm);
        self.stage("the ways to answer", |stage| matches!(stage, Registering::Method { .. }));
    }
    fn state_code(&mut self) {
        self.decide(Decision::Choose(0));
        self.stage("the state's code", |stage| matches!(stage, Registering::AccessCode { .. }));
        let code = self.mfo.services(|services| services.state.last_code()).unwrap();
        self.enter(&code);
        self.stage("is this you", |stage| matches!(stage, Registering::Person { .. }));
        self.decide(Decision::Confirm);
        self.stage("the number", |stage| matches!(stage, Registering::Phone { .. }));
    }
    fn confirm_number(&mut self, number: &str) {
        self.enter(number);
        self.stage("the code", |stage| matches!(stage, Registering::Code { .. }));
        let code = self.mfo.last_code().unwrap();
        self.enter(&code);
        self.stage("before the picture", |stage| matches!(stage, Registering::BeforePicture { .. }));
    }
    fn portrait(&mut self) {
        self.decide(Decision::Confirm);
        self.until("the camera", |state| matches!(state, State::Camera { picture: Picture::Ready, .. }));
        self.input(Input::Action(Action::TakePicture));
    }
    fn to_number(&mut self, who: &Newcomer, client_type: usize) {
        self.give_iin(&who.iin, client_type);
        self.agree();
        self.state_code();
    }
    fn end_of(&mut self, wanted: Advice) {
        self.until("advice", |state| matches!(state, State::Advice { advice, .. } if *advice == wanted));
        self.decide(Decision::Confirm);
        self.settle();
        invariants::all(self);
    }
    fn clients(&self) -> Vec<(String, ClientKind)> {
        let made = |client: &senim_gateway_core::connectors::NewClient| {
            (client.iin.expose().to_owned(), client.kind)
        };
        self.mfo.services(|services| services.state.clients.iter().map(made).collect())
    }
}

/// Nothing of the person lies in the terminal's files or in a row.
fn nothing_personal_left(world: &World, who: &Newcomer) {
    let file = std::fs::read(world.journal_path()).unwrap();
    let phone = who.phone.unwrap_or("no number");
    for planted in [who.iin.as_str(), who.surname, who.given_name, phone, "picture of a face"] {
        let found = file.windows(planted.len()).any(|window| window == planted.as_bytes());
        assert!(!found, "{planted} lies in the journal");
        assert!(!world.mfo.store.dump().contains(planted), "{planted} lies in clear at the gateway");
    }
}

#[test]
fn an_entrepreneur_registers_sets_a_pin_and_goes_on_to_a_loan() {
    let who = Newcomer::entrepreneur();
    let mut world = world(std::slice::from_ref(&who));
    world.to_number(&who, 1);
    world.confirm_number(who.phone.unwrap());
    world.portrait();
    world.stage("the PIN", |stage| matches!(stage, Registering::PinOffer { .. }));
    world.decide(Decision::Confirm);
    world.enter("740295");
    world.enter("740295");
    world.stage("the end", |stage| matches!(stage, Registering::Done { pin: true, .. }));
    assert_eq!(world.clients(), [(who.iin.clone(), ClientKind::IndividualEntrepreneur)]);
    world.decide(Decision::Confirm);
    world.until("what it is for", |state| matches!(state, State::Purpose { .. }));
    world.decide(Decision::Choose(1));
    world.until("the sum", |state| matches!(state, State::Amount { .. }));
    world.input(Input::Action(Action::Cancel));
    world.settle();
    invariants::all(&world);
    nothing_personal_left(&world, &who);
}

#[test]
fn somebody_under_age_leaves_no_trace_and_no_picture() {
    let who = Newcomer::minor();
    let mut world = world(std::slice::from_ref(&who));
    world.give_iin(&who.iin, 0);
    let under_age = |state: &State| matches!(state, State::End { kind: Ending::UnderAge, .. });
    world.until("a polite end", under_age);
    world.settle();
    assert_eq!((world.count("RegistrationRequested"), world.count("FaceCaptured")), (0, 0));
    nothing_personal_left(&world, &who);
}

#[test]
fn somebody_without_a_number_is_sent_to_the_portal() {
    let who = Newcomer::without_number();
    let mut world = world(std::slice::from_ref(&who));
    world.give_iin(&who.iin, 0);
    world.agree();
    world.decide(Decision::Choose(0));
    world.end_of(Advice::NoBmgNumber);
    assert!(world.clients().is_empty());
}

#[test]
fn somebody_elses_number_is_not_confirmed_and_the_own_one_is() {
    let who = Newcomer::new();
    let mut world = world(std::slice::from_ref(&who));
    world.to_number(&who, 0);
    let before = world.mfo.services(|services| services.sms.len());
    world.enter("7770000001");
    world.stage("another number", |stage| matches!(stage, Registering::Phone { error: Some(_), .. }));
    assert_eq!(world.mfo.services(|services| services.sms.len()), before, "a stranger gets no code");
    world.confirm_number(who.phone.unwrap());
}

#[test]
fn two_people_of_one_name_are_told_apart_by_their_iin() {
    let both = [Newcomer::new(), Newcomer::twin()];
    let mut world = world(&both);
    world.mfo.services(|services| {
        services.state.people.iter_mut().for_each(|person| person.entrepreneur = true);
    });
    for who in &both {
        world.to_number(who, 1);
        world.confirm_number(who.phone.unwrap());
        world.portrait();
        world.stage("the PIN", |stage| matches!(stage, Registering::PinOffer { .. }));
        world.input(Input::Action(Action::Cancel));
        world.settle();
    }
    let iins: Vec<String> = world.clients().into_iter().map(|(iin, _)| iin).collect();
    assert_eq!(iins, both.map(|who| who.iin));
    let clients = world
        .mfo
        .services(|services| services.state.clients.iter().map(|client| client.client).collect::<Vec<_>>());
    assert_ne!(clients[0], clients[1]);
}

#[test]
fn another_face_is_told_nothing_and_registered_nowhere() {
    let who = Newcomer { face: FaceVerdict::Other, ..Newcomer::entrepreneur() };
    let mut world = world(std::slice::from_ref(&who));
    world.to_number(&who, 1);
    world.confirm_number(who.phone.unwrap());
    world.portrait();
    for _ in 1..senim_rig::mfo::pack().portrait.tries {
        let again =
            |state: &State| matches!(state, State::Camera { picture: Picture::Ready | Picture::NoMatch, .. });
        world.until("another try", again);
        world.input(Input::Action(Action::TakePicture));
    }
    world.end_of(Advice::NotIdentified);
    assert!(world.clients().is_empty());
    nothing_personal_left(&world, &who);
}

#[test]
fn the_answer_by_sms_lets_the_registration_go_on_by_itself() {
    let who = Newcomer::new();
    let mut world = world(std::slice::from_ref(&who));
    world.give_iin(&who.iin, 0);
    world.agree();
    world.decide(Decision::Choose(1));
    world.stage("the wait", |stage| matches!(stage, Registering::AccessReply { .. }));
    world.run_until(20_000, |_| false);
    assert!(world.count("AccessAnswerAsked") >= 2);
    world.mfo.services(|services| services.state.replied = Some(true));
    world.stage("is this you", |stage| matches!(stage, Registering::Person { .. }));
}

#[test]
fn a_code_whose_answer_was_lost_on_the_line_is_handed_over_once() {
    let who = Newcomer::new();
    let mut world = world(std::slice::from_ref(&who));
    world.give_iin(&who.iin, 0);
    world.agree();
    world.decide(Decision::Choose(0));
    world.stage("the state's code", |stage| matches!(stage, Registering::AccessCode { .. }));
    let mut lost = 0;
    world.line = Box::new(move |request| {
        let rows = matches!(request, Request::Ahead { .. } | Request::Attachment { .. });
        if rows && lost < 2 {
            lost += 1;
            return Travel::AnswerLost;
        }
        Travel::Good
    });
    let code = world.mfo.services(|services| services.state.last_code()).unwrap();
    world.enter(&code);
    world.stage("is this you", |stage| matches!(stage, Registering::Person { .. }));
    assert_eq!(world.mfo.services(|services| services.state.codes.len()), 1);
}

#[test]
fn power_lost_in_the_middle_is_continued_in_the_next_visit_after_a_code() {
    let who = Newcomer::entrepreneur();
    let mut world = world(std::slice::from_ref(&who));
    world.to_number(&who, 1);
    world.confirm_number(who.phone.unwrap());
    world.run_until(5_000, |_| false);
    world.cut_power();
    world.start(None);
    let ready = world.run_until(600_000, |world| world.may_begin());
    assert!(ready, "in service: {:?}", world.out_of_service());
    let consents = world.count("ConsentDecided");
    world.give_iin(&who.iin, 1);
    world.stage("the code to continue", |stage| matches!(stage, Registering::Code { .. }));
    let code = world.mfo.last_code().unwrap();
    world.enter(&code);
    world.stage("before the picture", |stage| matches!(stage, Registering::BeforePicture { .. }));
    assert_eq!(world.count("ConsentDecided"), consents, "nothing is asked twice");
    world.portrait();
    world.stage("the PIN", |stage| matches!(stage, Registering::PinOffer { .. }));
    world.decide(Decision::Decline);
    world.decide(Decision::Decline);
    world.settle();
    invariants::all(&world);
    assert_eq!(world.clients().len(), 1);
    nothing_personal_left(&world, &who);
}

#[test]
fn a_registered_client_comes_back_and_logs_in() {
    let who = Newcomer::entrepreneur();
    let mut world = world(std::slice::from_ref(&who));
    world.to_number(&who, 1);
    world.confirm_number(who.phone.unwrap());
    world.portrait();
    world.stage("the PIN", |stage| matches!(stage, Registering::PinOffer { .. }));
    world.input(Input::Action(Action::Cancel));
    world.settle();
    world.give_iin(&who.iin, 1);
    world.end_of(Advice::AlreadyClient);
    let said = world.bodies().into_iter().filter(|body| matches!(body, Body::RegistrationRequested(_)));
    assert_eq!(said.count(), 2);
}

#[test]
fn an_individual_signs_on_the_phone_and_is_registered() {
    let who = Newcomer::new();
    let phones = Phones::new(vec![Manner::Refuses]);
    phones.give_to(&who.iin, who.surname, who.given_name);
    let mut world = World::with_phones(WorldOptions::default(), phones.clone());
    world.mfo.services(|services| services.state.people = vec![who.clone()]);
    world.to_number(&who, 0);
    world.confirm_number(who.phone.unwrap());
    world.portrait();
    world.stage("the statement", |stage| matches!(stage, Registering::Statement { .. }));
    world.decide(Decision::Confirm);
    for attempt in 0..2 {
        let shown = world.run_until(50_000, |world| world.kernel().session().signing_code().is_some());
        assert!(shown, "{:?}", world.kernel().session().state());
        let code = world.kernel().session().signing_code().map(|(qr, _)| qr.clone()).unwrap();
        phones.scan(&code);
        if attempt == 0 {
            let refused = |state: &State| matches!(state, State::Signing(signing) if matches!(signing.phase, SigningPhase::Refused { .. }));
            world.until("a refusal on the phone", refused);
            world.decide(Decision::Confirm);
        }
    }
    world.stage("the PIN", |stage| matches!(stage, Registering::PinOffer { .. }));
    world.decide(Decision::Decline);
    world.decide(Decision::Decline);
    world.settle();
    invariants::all(&world);
    assert_eq!(world.clients(), [(who.iin.clone(), ClientKind::Individual)]);
    nothing_personal_left(&world, &who);
}

/// A newcomer with a phone who chose to sign the consent here, up to the code on the screen.
fn signs_the_consent(who: &Newcomer, manners: Vec<Manner>) -> (World, Phones) {
    let phones = Phones::new(manners);
    phones.give_to(&who.iin, who.surname, who.given_name);
    let mut world = World::with_phones(WorldOptions::default(), phones.clone());
    world.mfo.services(|services| services.state.people = vec![who.clone()]);
    world.give_iin(&who.iin, 0);
    world.agree();
    world.decide(Decision::Choose(2));
    world.stage("the consent to be signed", |stage| matches!(stage, Registering::OwnConsent { .. }));
    world.decide(Decision::Confirm);
    let shown = world.run_until(50_000, |world| world.kernel().session().signing_code().is_some());
    assert!(shown, "{:?}", world.kernel().session().state());
    let code = world.kernel().session().signing_code().map(|(qr, _)| qr.clone()).unwrap();
    phones.scan(&code);
    (world, phones)
}

#[test]
fn a_consent_signed_here_opens_the_data_without_any_sms() {
    let who = Newcomer::new();
    let (mut world, _) = signs_the_consent(&who, Vec::new());
    world.stage("is this you", |stage| matches!(stage, Registering::Person { .. }));
    assert_eq!(world.mfo.services(|services| services.state.verified.len()), 1);
    assert!(world.mfo.services(|services| services.sms.is_empty()), "nobody was asked by SMS");
    world.decide(Decision::Confirm);
    world.stage("the number", |stage| matches!(stage, Registering::Phone { .. }));
    world.confirm_number(who.phone.unwrap());
    world.input(Input::Action(Action::Cancel));
    world.settle();
    invariants::all(&world);
    nothing_personal_left(&world, &who);
}

#[test]
fn who_declines_the_consent_on_the_phone_gives_no_data() {
    let who = Newcomer::new();
    let (mut world, _) = signs_the_consent(&who, vec![Manner::Refuses]);
    let refused = |state: &State| matches!(state, State::Signing(signing) if matches!(signing.phase, SigningPhase::Refused { .. }));
    world.until("a refusal on the phone", refused);
    world.decide(Decision::Decline);
    world.until("a polite end", |state| matches!(state, State::End { kind: Ending::Cancelled, .. }));
    world.settle();
    assert!(world.mfo.services(|services| services.state.verified.is_empty()));
    invariants::all(&world);
    nothing_personal_left(&world, &who);
}
