//! A technician tries devices: each has a row when it begins and one when it ends, whatever was opened is closed again, and a
//! note moves behind rows of its own.

use senim_domain::SecretBytes;
use senim_domain::cash::{Denomination, UnitNo};
use senim_domain::rule_pack::{StaffCard, StaffRole, StaffRules};
use senim_hal::card_reader::{Capabilities, Event as Reader, Interface};
use senim_hal::cash_acceptor::Event as Acceptor;
use senim_hal::cash_dispenser::Event as Dispenser;
use senim_hal::token::{self, Command, Fault};
use senim_hal::{Error, ErrorKind};
use senim_operation::body::{Body, NoteDecision, TestResult, TestedDevice};
use senim_operation::jws::sha256_b64;
use senim_operation::message::MessageBody;
use senim_session::action::{Action, Decision};
use senim_session::effect::{CashCommand, Effect, Paper};
use senim_session::event::{CameraEvent, Device, Event, Peripheral};
use senim_session::facts::{CardReader, Setup};
use senim_session::service::{ServicePage, ServiceTask, TestPage};

use crate::desk::*;
use crate::exchange::TECHNICIAN;
use crate::service::with_reader;

const THOUSAND: Denomination = Denomination(1_000);

/// A terminal with an acceptor, a reader for cards and one for documents.
fn everything() -> Setup {
    let capabilities = Capabilities {
        interface: Interface::Contactless,
        max_command: 261,
        max_response: 258,
        keypad: false,
    };
    Setup {
        acceptor: with_acceptor().acceptor,
        identity_document: Some(CardReader { device: Device::Nfc, capabilities }),
        ..with_reader(false)
    }
}

impl Desk {
    /// Its technician has turned to the tests.
    fn at_tests() -> Self {
        let setup = everything();
        let mut pack = pack_for(&setup);
        pack.version += 1;
        let card = StaffCard {
            staff: "t-017".into(),
            role: StaffRole::Technician,
            certificate_sha256: sha256_b64(TECHNICIAN),
        };
        pack.staff = Some(StaffRules { cards: vec![card], two_persons_for_cash: false });
        let mut desk = Self::open_with(setup, stock());
        desk.send(Event::Stored(Box::new(durable_message(MessageBody::RulePack(Box::new(pack))))));
        let mut desk = desk.opened_by(TECHNICIAN);
        desk.turns_to(ServiceTask::Tests);
        desk
    }

    fn trying(device: TestedDevice) -> Self {
        let mut desk = Self::at_tests();
        desk.tries(device);
        assert!(matches!(desk.test_page(), TestPage::Running { .. }), "{:?}", desk.test_page());
        desk
    }

    fn tries(&mut self, device: TestedDevice) {
        let TestPage::List(list) = self.test_page() else { panic!("no list") };
        let place = list.iter().position(|one| *one == device).unwrap();
        // What was asked when the mode opened is answered.
        self.dispenser(healthy());
        self.decide(Decision::Choose(place));
    }

    fn test_page(&self) -> &TestPage {
        match self.service_page() {
            ServicePage::Tests(page) => page,
            other => panic!("no tests: {other:?}"),
        }
    }

    /// Devices whose test began, and how each ended.
    fn tests(&self) -> (Vec<TestedDevice>, Vec<(TestedDevice, TestResult)>) {
        let (mut begun, mut ended) = (Vec::new(), Vec::new());
        for row in self.rows() {
            match row {
                Body::DeviceTestBegun(row) => {
                    assert_eq!(row.staff, "t-017");
                    begun.push(row.device);
                }
                Body::DeviceTestEnded(row) => {
                    assert_eq!(row.staff, "t-017");
                    ended.push((row.device, row.result));
                }
                _ => {}
            }
        }
        (begun, ended)
    }

    fn has_ended(&self, device: TestedDevice, result: TestResult) {
        assert_eq!(*self.test_page(), TestPage::Ended { device, result });
        assert_eq!(self.tests(), (vec![device], vec![(device, result)]));
    }

    fn done(&self, wanted: impl Fn(&Effect) -> bool) -> usize {
        self.effects.iter().filter(|effect| wanted(effect)).count()
    }

    fn accepts(&mut self, event: Acceptor) {
        self.send(Event::Peripheral(Peripheral::Acceptor(event)));
    }

    fn reads(&mut self, device: Device, event: Reader) {
        self.send(Event::Peripheral(Peripheral::CardReader(device, event)));
    }
}

fn closed_camera(effect: &Effect) -> bool {
    matches!(effect, Effect::CloseCamera)
}

fn closed_acceptor(effect: &Effect) -> bool {
    matches!(effect, Effect::CloseAcceptor)
}

#[test]
fn each_device_that_the_terminal_has_can_be_tried_and_each_cassette_with_notes() {
    let desk = Desk::at_tests();
    let cassette = |unit| TestedDevice::Dispenser(UnitNo(unit));
    let all = [
        TestedDevice::Printer,
        TestedDevice::Camera,
        TestedDevice::Display,
        TestedDevice::Acceptor,
        TestedDevice::Card,
        TestedDevice::Nfc,
        cassette(1),
        cassette(2),
    ];
    assert_eq!(desk.session.testable(&desk.now), all);
    let bare = Desk::open_with(setup(), stock());
    let those =
        [TestedDevice::Printer, TestedDevice::Camera, TestedDevice::Display, cassette(1), cassette(2)];
    assert_eq!(bare.session.testable(&bare.now), those);
}

#[test]
fn a_printed_slip_passes_and_one_that_was_not_printed_does_not() {
    for (printed, result) in [(true, TestResult::Passed), (false, TestResult::Failed)] {
        let mut desk = Desk::trying(TestedDevice::Printer);
        assert_eq!(desk.done(|effect| matches!(effect, Effect::Print(Paper::Test))), 1);
        desk.send(Event::ReceiptDone { paper: Paper::Test, printed, sha256: String::new() });
        desk.has_ended(TestedDevice::Printer, result);
        desk.send(Event::ReceiptDone { paper: Paper::Test, printed, sha256: String::new() });
        desk.has_ended(TestedDevice::Printer, result);
    }
}

#[test]
fn a_note_goes_to_the_reject_unit_behind_its_own_row() {
    let device = TestedDevice::Dispenser(UnitNo(2));
    let mut desk = Desk::trying(device);
    assert_eq!(desk.commands(), [&CashCommand::TestDispense(UnitNo(2))]);
    desk.act(Action::Back);
    assert!(matches!(desk.test_page(), TestPage::Running { .. }), "a note on its way is not left");
    desk.dispenser(Dispenser::Moved(moved(&[(2, 0, 1)])));
    desk.has_ended(device, TestResult::Passed);
    assert_eq!(desk.session.durable().books.denominations[&THOUSAND].in_reject, 1);
}

#[test]
fn a_test_dispense_in_doubt_fails_and_stops_cash_service() {
    let device = TestedDevice::Dispenser(UnitNo(2));
    let mut desk = Desk::trying(device);
    desk.dispenser(Dispenser::Unanswered(offline()));
    desk.has_ended(device, TestResult::Failed);
    assert!(desk.session.durable().stopped.is_some());
    desk.decide(Decision::Confirm);
    assert!(
        !desk.session.testable(&desk.now).contains(&device),
        "nothing leaves a cassette while a note is in doubt"
    );
}

#[test]
fn the_acceptor_knows_a_note_and_gives_it_back_and_nobody_is_credited() {
    let mut desk = Desk::trying(TestedDevice::Acceptor);
    assert!(matches!(desk.commands()[..], [CashCommand::AcceptNotes(notes)] if notes.contains(&THOUSAND)));
    desk.accepts(Acceptor::Enabled);
    assert_eq!(desk.done(closed_acceptor), 0, "it stays open for the technician's note");
    desk.accepts(Acceptor::Accepting);
    desk.accepts(Acceptor::Escrowed(THOUSAND));
    assert_eq!(desk.commands().last(), Some(&&CashCommand::ReturnNote));
    let kept = |body: &&Body| matches!(body, Body::NoteEscrowed(row) if row.decision != NoteDecision::Return);
    assert_eq!(desk.rows().iter().filter(|body| kept(body)).count(), 0);
    desk.accepts(Acceptor::Returned(THOUSAND));
    desk.has_ended(TestedDevice::Acceptor, TestResult::Passed);
    assert!(desk.done(closed_acceptor) >= 1);
}

#[test]
fn a_note_that_jams_fails_and_one_put_in_askew_is_tried_again() {
    let mut desk = Desk::trying(TestedDevice::Acceptor);
    desk.accepts(Acceptor::Enabled);
    desk.accepts(Acceptor::Fault(Error::new(ErrorKind::UserError, "two at once")));
    assert!(matches!(desk.test_page(), TestPage::Running { .. }));
    let error = Error::new(ErrorKind::MediaJam, "stuck");
    desk.accepts(Acceptor::Jammed { note: None, error });
    desk.has_ended(TestedDevice::Acceptor, TestResult::Failed);
    assert!(desk.done(closed_acceptor) >= 1);
}

#[test]
fn any_chip_that_answers_passes_and_one_that_makes_no_sense_does_not() {
    let opened =
        || token::Event::Opened { authentication: SecretBytes::new(vec![1]), signature: None, tries_left: 3 };
    for (event, result) in [
        (opened(), TestResult::Passed),
        (token::Event::Failed(Fault::NotAToken), TestResult::Passed),
        (token::Event::Failed(Fault::PinBlocked), TestResult::Passed),
        (token::Event::Failed(Fault::Unclear), TestResult::Failed),
        (token::Event::Failed(Fault::Reader), TestResult::Failed),
    ] {
        let mut desk = Desk::trying(TestedDevice::Card);
        desk.send(Event::Token(token::Event::Reading));
        assert!(matches!(desk.test_page(), TestPage::Running { .. }));
        desk.send(Event::Token(event));
        desk.has_ended(TestedDevice::Card, result);
        assert_eq!(desk.told_card().last(), Some(&&Command::Close));
    }
}

#[test]
fn something_laid_on_the_contactless_reader_is_found_and_a_card_elsewhere_is_not_it() {
    let mut desk = Desk::trying(TestedDevice::Nfc);
    desk.reads(Device::Card, Reader::MediaInserted);
    assert!(matches!(desk.test_page(), TestPage::Running { .. }));
    desk.reads(Device::Nfc, Reader::MediaInserted);
    desk.has_ended(TestedDevice::Nfc, TestResult::Passed);
}

#[test]
fn camera_and_display_are_judged_by_whoever_looks_at_the_picture_and_the_camera_is_closed_after() {
    for (decision, result) in
        [(Decision::Confirm, TestResult::Passed), (Decision::Decline, TestResult::Failed)]
    {
        let mut desk = Desk::trying(TestedDevice::Camera);
        assert_eq!(desk.done(|effect| matches!(effect, Effect::OpenCamera)), 1);
        desk.send(Event::Camera(CameraEvent::Opened));
        desk.decide(decision.clone());
        desk.has_ended(TestedDevice::Camera, result);
        assert_eq!(desk.done(closed_camera), 1);
        let mut desk = Desk::trying(TestedDevice::Display);
        desk.decide(decision);
        desk.has_ended(TestedDevice::Display, result);
    }
    let mut desk = Desk::trying(TestedDevice::Camera);
    desk.send(Event::Camera(CameraEvent::Failed(offline())));
    desk.has_ended(TestedDevice::Camera, TestResult::Failed);
}

#[test]
fn what_nobody_does_is_given_up_in_time_and_can_begin_again() {
    for device in [TestedDevice::Acceptor, TestedDevice::Card, TestedDevice::Nfc, TestedDevice::Camera] {
        let mut desk = Desk::trying(device);
        desk.wait_ms(60_000);
        desk.has_ended(device, TestResult::NotDone);
        desk.decide(Decision::Decline);
        assert!(matches!(desk.test_page(), TestPage::Running { .. }));
    }
}

#[test]
fn a_service_mode_that_ends_in_the_middle_closes_what_the_test_opened() {
    for (device, closed) in [
        (TestedDevice::Camera, closed_camera as fn(&Effect) -> bool),
        (TestedDevice::Acceptor, closed_acceptor),
    ] {
        let mut desk = Desk::trying(device);
        desk.turn(false);
        assert!(!desk.session.is_in_service_mode());
        assert_eq!(desk.done(closed), 1);
        assert_eq!(desk.tests(), (vec![device], vec![(device, TestResult::NotDone)]));
    }
}

#[test]
fn a_row_that_cannot_be_written_opens_no_acceptor() {
    let mut desk = Desk::at_tests();
    desk.tries(TestedDevice::Acceptor);
    let row = desk.effects.iter().rev().find_map(|effect| match effect {
        Effect::Record(record) if record.then.is_some() => Some(record.op_id),
        _ => None,
    });
    desk.send(Event::RecordRefused { op_id: row.unwrap() });
    desk.has_ended(TestedDevice::Acceptor, TestResult::NotDone);
}
