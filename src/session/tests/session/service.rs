//! The service mode: whose card opens it, that it interrupts nobody, its pages, and each way in which it ends.

use senim_domain::rule_pack::{StaffCard, StaffRole, StaffRules};
use senim_domain::{Secret, SecretBytes};
use senim_hal::cabinet::{Change, Input};
use senim_hal::card_reader::{Capabilities, Event as Reader, Interface, NotTyped};
use senim_hal::receipt_printer::{Event as Printer, Paper};
use senim_hal::token::{Command, Event as Token, Fault, Key, LastTry, Pin};
use senim_operation::body::{Body, ServiceCardFault, ServiceEnd};
use senim_operation::jws::sha256_b64;
use senim_operation::message::MessageBody;
use senim_session::Action;
use senim_session::action::Decision;
use senim_session::card::CardProblem;
use senim_session::effect::Effect;
use senim_session::event::{Device, Event, Peripheral};
use senim_session::facts::{CardReader, DeviceState, Setup};
use senim_session::service::{ServicePage, ServiceStage, ServiceTask, StaffCardProblem, StaffCardStage};
use senim_session::state::State;

use crate::desk::*;

const TECHNICIAN: &[u8] = b"a technician's certificate";
const PIN: &str = "123456";

pub fn with_reader(keypad: bool) -> Setup {
    let capabilities =
        Capabilities { interface: Interface::Contact, max_command: 261, max_response: 258, keypad };
    Setup { card: Some(CardReader { device: Device::Card, capabilities }), ..setup() }
}

fn with_staff() -> MessageBody {
    let mut pack = pack();
    pack.version += 1;
    let card = StaffCard {
        staff: "t-017".into(),
        role: StaffRole::Technician,
        certificate_sha256: sha256_b64(TECHNICIAN),
    };
    pack.staff = Some(StaffRules { cards: vec![card], two_persons_for_cash: false });
    pack.validate().unwrap();
    MessageBody::RulePack(Box::new(pack))
}

impl Desk {
    fn serviced_on(keypad: bool) -> Self {
        let mut desk = Self::open_with(with_reader(keypad), stock());
        desk.send(Event::Stored(Box::new(durable_message(with_staff()))));
        desk
    }

    pub fn turn(&mut self, active: bool) -> usize {
        let change = Change { input: Input::OperatorSwitch, active };
        self.send(Event::Peripheral(Peripheral::Cabinet(change)))
    }

    fn at_service_card() -> Self {
        let mut desk = Self::serviced_on(false);
        desk.turn(true);
        assert!(matches!(desk.staff_card(), StaffCardStage::Insert));
        assert_eq!(desk.told_card(), [&Command::Open { up_to: Key::Authentication }]);
        desk
    }

    pub fn shows_card(&mut self, certificate: &[u8], tries_left: u8) {
        self.send(Event::Token(Token::Reading));
        let authentication = SecretBytes::new(certificate.to_vec());
        self.send(Event::Token(Token::Opened { authentication, signature: None, tries_left }));
    }

    pub fn types_pin(&mut self) {
        let step = self.session.step_no();
        let decision = Decision::Enter(Secret::new(PIN.into()));
        self.act(Action::Decide { step, decision });
        assert!(matches!(self.staff_card(), StaffCardStage::Working { .. }));
    }

    pub fn signs(&mut self) {
        self.send(Event::Token(Token::Signed(SecretBytes::new(b"signature".to_vec()))));
    }

    fn in_service() -> Self {
        let mut desk = Self::at_service_card();
        desk.shows_card(TECHNICIAN, 3);
        desk.types_pin();
        desk.signs();
        assert_eq!(*desk.service_page(), ServicePage::Home);
        desk
    }

    pub fn staff_card(&self) -> &StaffCardStage {
        match self.session.state() {
            State::Service(service) => match &service.stage {
                ServiceStage::Card(stage) => stage,
                other => panic!("no card: {other:?}"),
            },
            other => panic!("no service mode: {other:?}"),
        }
    }

    pub fn service_page(&self) -> &ServicePage {
        match self.session.state() {
            State::Service(service) => match &service.stage {
                ServiceStage::Open { page, .. } => page,
                other => panic!("not open: {other:?}"),
            },
            other => panic!("no service mode: {other:?}"),
        }
    }

    pub fn told_card(&self) -> Vec<&Command> {
        let told = self.effects.iter().filter_map(|effect| match effect {
            Effect::Token(command) => Some(command),
            _ => None,
        });
        told.collect()
    }

    pub fn turns_to(&mut self, task: ServiceTask) {
        let State::Service(service) = self.session.state() else { panic!("no service mode") };
        let ServiceStage::Open { staff, .. } = &service.stage else { panic!("nobody has it open") };
        let place = self.session.service_tasks(staff.role).iter().position(|one| *one == task).unwrap();
        self.decide(Decision::Choose(place));
    }

    fn service_ends(&self) -> Vec<ServiceEnd> {
        let ended = |body: &Body| match body {
            Body::ServiceModeClosed(row) => {
                assert_eq!(row.staff, "t-017");
                Some(row.end)
            }
            _ => None,
        };
        self.rows().into_iter().filter_map(ended).collect()
    }

    pub fn cards_refused(&self) -> Vec<(Option<&str>, ServiceCardFault)> {
        let rows = self.rows().into_iter().filter_map(|body| match body {
            Body::ServiceCardRefused(row) => Some((row.staff.as_deref(), row.fault)),
            _ => None,
        });
        rows.collect()
    }
}

#[test]
fn switch_card_and_pin_open_the_service_mode_and_the_row_names_who() {
    let mut desk = Desk::in_service();
    let opened: Vec<_> = desk
        .rows()
        .into_iter()
        .filter_map(|body| match body {
            Body::ServiceModeOpened(row) => Some((row.staff.as_str(), row.role)),
            _ => None,
        })
        .collect();
    assert_eq!(opened, [("t-017", StaffRole::Technician)]);
    assert_eq!(desk.told_card().last(), Some(&&Command::Close), "the card can be taken back");
    assert_eq!(desk.session.out_of_service(&desk.now), ["serviceMode"]);
    desk.turns_to(ServiceTask::Finish);
    assert_eq!(desk.service_ends(), [ServiceEnd::Finished]);
    assert!(matches!(desk.staff_card(), StaffCardStage::Insert), "the switch is still turned");
    desk.turn(false);
    assert!(matches!(desk.session.state(), State::Idle));
    assert!(desk.session.out_of_service(&desk.now).is_empty());
    assert_eq!(desk.service_ends().len(), 1, "nobody had it open the second time");
}

#[test]
fn each_card_signs_bytes_that_were_never_signed_before() {
    let mut desk = Desk::in_service();
    desk.turns_to(ServiceTask::Finish);
    desk.shows_card(TECHNICIAN, 3);
    desk.types_pin();
    let signed: Vec<&SecretBytes> = desk
        .told_card()
        .into_iter()
        .filter_map(|command| match command {
            Command::Sign { key: Key::Authentication, pin: Pin::Typed(_), message, .. } => Some(message),
            _ => None,
        })
        .collect();
    assert_eq!(signed.len(), 2);
    assert_ne!(signed[0], signed[1]);
}

#[test]
fn a_visit_is_never_interrupted_and_the_service_mode_waits_for_its_end() {
    let mut desk = Desk::serviced_on(false);
    desk.act(begin());
    desk.turn(true);
    assert!(matches!(desk.session.state(), State::EnterIin { .. }));
    desk.act(Action::Cancel);
    assert!(matches!(desk.session.state(), State::End { .. }));
    desk.act(Action::Done);
    assert!(matches!(desk.staff_card(), StaffCardStage::Insert));
}

#[test]
fn nobody_begins_a_visit_at_a_terminal_in_service_mode() {
    let mut desk = Desk::at_service_card();
    desk.act(begin());
    assert_eq!(desk.count("SessionOpened"), 0);
    let mut desk = Desk::in_service();
    desk.act(begin());
    assert_eq!(desk.count("SessionOpened"), 0);
}

#[test]
fn a_switch_at_a_terminal_whose_pack_names_no_staff_changes_nothing() {
    let mut desk = Desk::open_with(with_reader(false), stock());
    desk.turn(true);
    assert!(matches!(desk.session.state(), State::Idle));
    assert!(desk.told_card().is_empty());
}

#[test]
fn it_opens_without_a_line_and_after_the_packs_end() {
    let mut desk = Desk::serviced_on(false);
    desk.send(Event::Uplink { online: false, cause: String::new() });
    desk.now.utc = desk.session.facts().rule_pack.as_ref().unwrap().expires;
    desk.turn(true);
    desk.shows_card(TECHNICIAN, 3);
    desk.types_pin();
    desk.signs();
    assert_eq!(*desk.service_page(), ServicePage::Home);
}

#[test]
fn a_card_that_the_pack_does_not_name_is_asked_for_no_pin() {
    let mut desk = Desk::at_service_card();
    desk.shows_card(b"a client's certificate", 3);
    let problem = StaffCardProblem::NotOfStaff;
    assert!(matches!(desk.staff_card(), StaffCardStage::Problem { problem: found } if *found == problem));
    assert_eq!(desk.cards_refused(), [(None, ServiceCardFault::NotOfStaff)]);
    assert!(!desk.told_card().iter().any(|command| matches!(command, Command::Sign { .. })));
    desk.decide(Decision::Confirm);
    assert!(matches!(desk.staff_card(), StaffCardStage::Insert));
}

#[test]
fn a_wrong_pin_is_a_row_and_the_last_try_is_used_only_when_it_was_said_to_be_the_last() {
    let mut desk = Desk::at_service_card();
    desk.shows_card(TECHNICIAN, 2);
    desk.types_pin();
    desk.send(Event::Token(Token::PinWrong { tries_left: 1 }));
    assert!(matches!(desk.staff_card(), StaffCardStage::Pin { tries_left: 1, wrong: true, .. }));
    desk.types_pin();
    let last: Vec<LastTry> = desk
        .told_card()
        .into_iter()
        .filter_map(|command| match command {
            Command::Sign { last_try, .. } => Some(*last_try),
            _ => None,
        })
        .collect();
    assert_eq!(last, [LastTry::Keep, LastTry::Use]);
    desk.send(Event::Token(Token::Failed(Fault::PinBlocked)));
    let staff = Some("t-017");
    assert_eq!(
        desk.cards_refused(),
        [(staff, ServiceCardFault::PinWrong), (staff, ServiceCardFault::PinBlocked)]
    );
    assert_eq!(desk.count("ServiceModeOpened"), 0);
}

#[test]
fn a_card_that_leaves_or_says_nothing_any_more_opens_nothing() {
    let mut desk = Desk::at_service_card();
    desk.shows_card(TECHNICIAN, 3);
    desk.send(Event::Token(Token::Removed));
    assert!(matches!(
        desk.staff_card(),
        StaffCardStage::Problem { problem: StaffCardProblem::Card(CardProblem::Withdrawn) }
    ));
    desk.decide(Decision::Confirm);
    desk.shows_card(TECHNICIAN, 3);
    desk.types_pin();
    desk.wait_ms(90_000);
    assert!(matches!(
        desk.staff_card(),
        StaffCardStage::Problem { problem: StaffCardProblem::Card(CardProblem::Unclear) }
    ));
    desk.signs();
    assert_eq!(desk.count("ServiceModeOpened"), 0, "too late");
    let staff = Some("t-017");
    assert_eq!(
        desk.cards_refused(),
        [(staff, ServiceCardFault::Withdrawn), (staff, ServiceCardFault::Unclear)]
    );
}

#[test]
fn where_the_reader_has_keys_the_pin_is_typed_there() {
    let mut desk = Desk::serviced_on(true);
    desk.turn(true);
    desk.shows_card(TECHNICIAN, 3);
    assert!(matches!(desk.staff_card(), StaffCardStage::Keypad { tries_left: 3, .. }));
    assert!(matches!(desk.told_card().last(), Some(Command::Sign { pin: Pin::OnReader { .. }, .. })));
    desk.send(Event::Token(Token::PinNotTyped(NotTyped::Cancelled)));
    assert!(matches!(desk.staff_card(), StaffCardStage::Problem { .. }));
    desk.decide(Decision::Confirm);
    desk.shows_card(TECHNICIAN, 3);
    desk.signs();
    assert_eq!(*desk.service_page(), ServicePage::Home);
}

#[test]
fn a_device_that_is_cured_is_seen_on_the_page_without_a_restart() {
    let mut desk = Desk::in_service();
    let paper = |paper| Printer::Status { identity: "test".into(), paper, error: None };
    desk.send(Event::Printer(paper(Paper::Out)));
    desk.turns_to(ServiceTask::Devices);
    let printer = |desk: &Desk| {
        let health = desk.session.health();
        health.into_iter().find(|(device, _)| *device == "printer").map(|(_, state)| state.clone())
    };
    assert!(matches!(printer(&desk), Some(DeviceState::Failed(cause)) if cause.text.contains("new roll")));
    let first = desk.wait_ms(5_000);
    assert!(desk.effects[first..].iter().any(|effect| matches!(effect, Effect::AskPrinter)));
    desk.send(Event::Printer(paper(Paper::Full)));
    assert_eq!(printer(&desk), Some(DeviceState::Usable));
    desk.decide(Decision::Confirm);
    assert_eq!(*desk.service_page(), ServicePage::Home);
    desk.turns_to(ServiceTask::Upkeep);
    desk.act(Action::Back);
    assert_eq!(*desk.service_page(), ServicePage::Home);
}

#[test]
fn an_open_service_mode_ends_when_the_switch_turns_when_nobody_is_there_and_at_a_stop() {
    let mut desk = Desk::in_service();
    desk.turn(false);
    assert_eq!(desk.service_ends(), [ServiceEnd::SwitchedBack]);
    assert!(matches!(desk.session.state(), State::Idle));

    let mut desk = Desk::in_service();
    desk.wait_ms(599_000);
    desk.act(Action::Touched);
    desk.wait_ms(599_000);
    assert!(desk.service_ends().is_empty());
    desk.wait_ms(1_000);
    assert_eq!(desk.service_ends(), [ServiceEnd::TimedOut]);
    assert!(matches!(desk.staff_card(), StaffCardStage::Insert));

    let mut desk = Desk::in_service();
    desk.send(Event::Stop { reason: "test".into() });
    assert_eq!(desk.service_ends(), [ServiceEnd::Stopping]);
    assert!(matches!(desk.session.state(), State::Idle));
}

#[test]
fn a_card_left_in_the_reader_is_told_of_before_the_terminal_is_free() {
    let mut desk = Desk::in_service();
    desk.send(Event::Peripheral(Peripheral::CardReader(Device::Card, Reader::MediaInserted)));
    desk.turn(false);
    assert!(matches!(desk.session.state(), State::TakeCard));
    desk.send(Event::Peripheral(Peripheral::CardReader(Device::Card, Reader::MediaRemoved)));
    assert!(matches!(desk.session.state(), State::Idle));
}
