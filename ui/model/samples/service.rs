//! The service mode, page by page, at a terminal whose printer has no paper.

use senim_domain::business_days::Day;
use senim_domain::cash::{Denomination, UnitNo, UnitRequest, UnitStock};
use senim_domain::count::{CountedPlace, NoteSeries};
use senim_domain::doubt::DoubtfulNotes;
use senim_domain::rule_pack::StaffRole;
use senim_domain::touch::{MARKS, TouchCorrection};
use senim_domain::{Language, LoanId, OperationId, OrderId, PayoutRequestId, SecretBytes, Tiyn, UtcMillis};
use senim_hal::{Error, ErrorKind};
use senim_operation::body::{
    EnrolmentFault, EnrolmentOutcome, ExportFault, ExportOutcome, OrderFault, TestResult, TestedDevice,
    TouchOutcome,
};
use senim_session::Session;
use senim_session::card::CardProblem;
use senim_session::exchange::{Answer, Exchange, ExchangePage, Exchanged, Question};
use senim_session::facts::{Cause, DeviceState, Order};
use senim_session::path::{Clearing, PathPage};
use senim_session::service::{
    EnrolmentPage, ExportPage, Service, ServicePage, ServiceStage, Staff, StaffCardProblem, StaffCardStage,
    TestPage, TouchPage,
};
use senim_session::settlement::{DoubtfulPayout, Settling, SettlingPage, UnitOf};

use super::{SOON, stamp};
use crate::pages::Notice;
use crate::screen::Screen;
use crate::view::service;

pub(super) fn all(session: &Session, language: Language) -> Vec<(String, Screen)> {
    let stages = cards().into_iter().map(|(name, stage)| (name, ServiceStage::Card(stage)));
    let pages = [
        ("service-home", StaffRole::Technician, ServicePage::Home),
        ("service-home-cash", StaffRole::CashOfficer, ServicePage::Home),
        ("service-devices", StaffRole::Technician, ServicePage::Devices),
        ("service-upkeep", StaffRole::Technician, ServicePage::Upkeep),
    ];
    let pages = pages.map(|(name, role, page)| (name, ServiceStage::Open { staff: staff(role), page }));
    let exchanges = exchanges().into_iter().map(|(name, page)| {
        let (staff, page) = (officer(), ServicePage::Exchange(page));
        (name, ServiceStage::Open { staff, page })
    });
    let settlements = settlements().into_iter().map(|(name, page)| {
        let (staff, page) = (officer(), ServicePage::Settlement(page));
        (name, ServiceStage::Open { staff, page })
    });
    let enrolments = enrolments().into_iter().map(|(name, page)| {
        (name, ServiceStage::Open { staff: staff(StaffRole::Technician), page: ServicePage::Enrolment(page) })
    });
    stages
        .chain(pages)
        .chain(exchanges)
        .chain(settlements)
        .chain(enrolments)
        .chain(taken_along())
        .map(|(name, stage)| {
            let held = Service { stage, active_at: SOON };
            (name.to_owned(), service::screen(session, &held, &stamp(), language))
        })
        .chain([("service-devices-failed".to_owned(), Screen::Notice(failed_devices(language)))])
        .collect()
}

/// A dispenser with a jam, a printer without paper, a board that somebody else has a hand in, and a camera nobody asked.
fn failed_devices(language: Language) -> Notice {
    let jam = Error::new(ErrorKind::MediaJam, "note path blocked at: sensor 3 (31h)");
    let jam = Cause::new(jam.kind, format!("{jam}: {}", jam.kind.action()));
    let paper = Cause::new(ErrorKind::UserError, "no paper: put in a new roll");
    let board = Cause { kind: None, text: "x11vnc runs, a program for remote control".to_owned() };
    let failed = DeviceState::Failed;
    let (jam, paper, board) = (failed(jam), failed(paper), failed(board));
    let health = [
        ("dispenser", &jam),
        ("printer", &paper),
        ("camera", &DeviceState::Unknown),
        ("acceptor", &DeviceState::Usable),
        ("card", &DeviceState::Usable),
        ("board", &board),
    ];
    service::devices(&health, language)
}

fn enrolments() -> Vec<(&'static str, EnrolmentPage)> {
    vec![
        ("enrolment-code", EnrolmentPage::Code),
        ("enrolment-working", EnrolmentPage::Working),
        (
            "enrolment-certified",
            EnrolmentPage::Ended(EnrolmentOutcome::Certified { ends: UtcMillis(1_827_000_000_000) }),
        ),
        ("enrolment-failed", EnrolmentPage::Ended(EnrolmentOutcome::Failed(EnrolmentFault::WrongCode))),
        ("enrolment-locked", EnrolmentPage::Ended(EnrolmentOutcome::Failed(EnrolmentFault::Locked))),
    ]
}

fn taken_along() -> impl Iterator<Item = (&'static str, ServiceStage)> {
    let test = |device, result| ServicePage::Tests(TestPage::Ended { device, result });
    let runs = |device| ServicePage::Tests(TestPage::Running { device, until: SOON });
    let export = |page| ServicePage::Export(page);
    let fault = |fault| ServicePage::Export(ExportPage::Ended(ExportOutcome::Failed(fault)));
    let devices = vec![
        TestedDevice::Printer,
        TestedDevice::Camera,
        TestedDevice::Display,
        TestedDevice::Acceptor,
        TestedDevice::Card,
        TestedDevice::Nfc,
        TestedDevice::Dispenser(UnitNo(1)),
        TestedDevice::Dispenser(UnitNo(2)),
    ];
    let touch = ServicePage::Touch;
    let marks = |done| touch(TouchPage::Marks { touched: vec![MARKS[0]; done], since: SOON, until: SOON });
    let touched = |outcome| touch(TouchPage::Ended(outcome));
    let verified = ExportOutcome::Verified { rows: 48_213, cosigned: 48_190, attachments: 7 };
    let log = [
        "14:22  WARN senim_journal::second_copy: the second device does not answer cause=Input/output error",
        "14:21  INFO senim_runtime::receive: the gateway gave no answer failure=unreachable: connection timed out",
        "14:20  INFO senim::run: starting terminal=t-1 profile=Production",
    ];
    let pages = [
        ("device-tests", ServicePage::Tests(TestPage::List(devices))),
        ("device-test-camera", runs(TestedDevice::Camera)),
        ("device-test-display", runs(TestedDevice::Display)),
        ("device-test-acceptor", runs(TestedDevice::Acceptor)),
        ("device-test-passed", test(TestedDevice::Dispenser(UnitNo(2)), TestResult::Passed)),
        ("device-test-failed", test(TestedDevice::Printer, TestResult::Failed)),
        ("device-test-not-done", test(TestedDevice::Nfc, TestResult::NotDone)),
        ("service-log", ServicePage::Log(log.map(str::to_owned).to_vec())),
        ("export-ready", export(ExportPage::Ready)),
        ("export-working", export(ExportPage::Working)),
        ("export-verified", export(ExportPage::Ended(verified))),
        ("export-no-stick", fault(ExportFault::NoStick)),
        ("export-not-verified", fault(ExportFault::NotVerified)),
        ("touch-first", marks(0)),
        ("touch-last", marks(MARKS.len() - 1)),
        ("touch-trial", touch(TouchPage::Trial { fitted: TouchCorrection::NONE, until: SOON })),
        ("touch-corrected", touched(TouchOutcome::Corrected(TouchCorrection::NONE))),
        ("touch-exact", touched(TouchOutcome::Exact)),
        ("touch-missed", touched(TouchOutcome::Missed)),
        ("touch-taken-back", touched(TouchOutcome::TakenBack)),
        ("touch-not-done", touched(TouchOutcome::NotDone)),
    ];
    let technician = |page| ServiceStage::Open { staff: staff(StaffRole::Technician), page };
    pages.into_iter().map(move |(name, page)| (name, technician(page)))
}

fn officer() -> Staff {
    Staff { number: "c-004".to_owned(), role: StaffRole::CashOfficer }
}

const TEN: Denomination = Denomination(10_000);
const FIVE: Denomination = Denomination(5_000);

/// Two officers, two cassettes, the reject tray and the stacker.
fn exchange(begun: bool, answered: usize) -> Box<Exchange> {
    let load = |unit, denomination, notes| UnitStock { unit: UnitNo(unit), denomination, notes };
    let add = vec![load(1, TEN, 1_000), load(2, FIVE, 800)];
    let valid_until = Some(Day(jiff::civil::date(2027, 3, 27)));
    let series = NoteSeries { unit: UnitNo(2), series: "2006".to_owned(), valid_until };
    let taken = |place, unit: Option<u8>, denomination| Question::Taken {
        place,
        unit: unit.map(UnitNo),
        denomination,
    };
    let questions = vec![
        Question::Bag,
        Question::Seal,
        taken(CountedPlace::Cassette, Some(1), TEN),
        taken(CountedPlace::RejectUnit, None, FIVE),
        taken(CountedPlace::Stacker, None, FIVE),
        Question::Loaded { stock: load(1, TEN, 1_000), series: None },
        Question::Loaded { stock: load(2, FIVE, 800), series: Some(series.clone()) },
    ];
    let answers = vec![
        Answer::Code("B0012345".to_owned()),
        Answer::Code("S778899".to_owned()),
        Answer::Notes(94),
        Answer::Notes(0),
        Answer::Notes(12),
        Answer::Notes(1_000),
        Answer::Notes(800),
    ];
    Box::new(Exchange {
        officers: vec!["c-004".to_owned(), "c-011".to_owned()],
        id: OrderId(uuid::Uuid::from_u128(0x09c2_7f3a)),
        order: Order {
            collect: vec![UnitNo(1)],
            add,
            stacker: true,
            rejects: true,
            series: vec![series],
            expires: stamp().utc,
            sha256: String::new(),
        },
        begun,
        questions,
        answers: answers.into_iter().take(answered).collect(),
    })
}

fn exchanges() -> Vec<(&'static str, ExchangePage)> {
    let officers = || vec!["c-004".to_owned()];
    let counted = || {
        exchange(true, 7).counted(|place, _, _| match place {
            CountedPlace::Cassette => 95,
            CountedPlace::Stacker => 12,
            CountedPlace::RejectUnit | CountedPlace::RetractUnit | CountedPlace::Exit => 0,
        })
    };
    let done = |copies| {
        ExchangePage::Done(Box::new(Exchanged {
            asked: OperationId(uuid::Uuid::from_u128(1)),
            at: stamp().utc,
            counted: counted(),
            language: Language::Kk,
            copies,
        }))
    };
    let refused = |fault| ExchangePage::Refused { officers: officers(), fault };
    vec![
        ("exchange-number", ExchangePage::Number { officers: officers() }),
        ("exchange-not-here", refused(OrderFault::NotHere)),
        ("exchange-carried-out", refused(OrderFault::CarriedOut)),
        ("exchange-expired", refused(OrderFault::Expired)),
        ("exchange-other-units", refused(OrderFault::OtherUnits)),
        ("exchange-series-ended", refused(OrderFault::SeriesEnded)),
        ("exchange-notes-in-doubt", refused(OrderFault::NotesInDoubt)),
        ("exchange-another-open", refused(OrderFault::AnotherOpen)),
        ("exchange-no-journal", refused(OrderFault::Journal)),
        ("exchange-order", ExchangePage::Order(exchange(false, 0))),
        ("exchange-open", ExchangePage::Order(exchange(true, 0))),
        ("exchange-bag", ExchangePage::Counting(exchange(true, 0))),
        ("exchange-seal", ExchangePage::Counting(exchange(true, 1))),
        ("exchange-cassette", ExchangePage::Counting(exchange(true, 2))),
        ("exchange-reject-unit", ExchangePage::Counting(exchange(true, 3))),
        ("exchange-stacker", ExchangePage::Counting(exchange(true, 4))),
        ("exchange-loaded", ExchangePage::Counting(exchange(true, 6))),
        ("exchange-differs", ExchangePage::Review(exchange(true, 7))),
        ("exchange-printing", done(vec![true])),
        ("exchange-done", done(vec![true, true])),
        ("exchange-not-printed", done(vec![true, false])),
    ]
}

/// Two notes of 10,000 and one of 5,000 in doubt, of which so many lie in the machine where the books have none.
fn settling(answers: &[u32]) -> Box<Settling> {
    let notes = |denomination, doubt| DoubtfulNotes { denomination, sure: 0, doubt };
    let unit = |place, denomination| UnitOf { place, unit: None, denomination };
    let places = [CountedPlace::Exit, CountedPlace::RejectUnit, CountedPlace::RetractUnit];
    let mut units: Vec<UnitOf> = places.into_iter().map(|place| unit(place, TEN)).collect();
    units.push(UnitOf { unit: Some(UnitNo(1)), ..unit(CountedPlace::Cassette, TEN) });
    Box::new(Settling {
        officers: vec!["c-004".to_owned(), "c-011".to_owned()],
        doubt: DoubtfulPayout {
            request: PayoutRequestId(uuid::Uuid::from_u128(0x51c4_03b2)),
            loan: LoanId(uuid::Uuid::from_u128(1)),
            amount_tiyn: Tiyn::from_tenge(25_000).unwrap_or(Tiyn::ZERO),
            notes: vec![notes(TEN, 2), DoubtfulNotes { sure: 1, ..notes(FIVE, 0) }],
        },
        units,
        answers: answers.to_vec(),
    })
}

fn settlements() -> Vec<(&'static str, SettlingPage)> {
    let counting = |answered: usize| SettlingPage::Counting(settling(&vec![0; answered]));
    // The books have 200 in the cassette beside the two in doubt.
    let review = |on_the_way: u32, left: u32| SettlingPage::Review(settling(&[on_the_way, 0, 0, 200 + left]));
    vec![
        ("settlement-payout", SettlingPage::Payout(settling(&[]))),
        ("settlement-exit", counting(0)),
        ("settlement-reject-unit", counting(1)),
        ("settlement-retract-unit", counting(2)),
        ("settlement-cassette", counting(3)),
        ("settlement-paid", review(0, 0)),
        ("settlement-part", review(1, 0)),
        ("settlement-nothing", review(1, 1)),
        ("settlement-does-not-fit", review(1, 4)),
        (
            "settlement-done",
            SettlingPage::Sent { request: PayoutRequestId(uuid::Uuid::from_u128(0x51c4_03b2)) },
        ),
    ]
}

/// Of notes of 10,000 and of 5,000 one of each lay on the way.
pub(super) fn paths(language: Language) -> Vec<(String, Screen)> {
    let stuck = |unit, denomination| UnitRequest { unit: UnitNo(unit), denomination, notes: 1 };
    let Some(session) = super::session_where(true, vec![stuck(1, TEN), stuck(2, FIVE)]) else {
        return Vec::new();
    };
    let clearing = |answers: &[u32]| Clearing { values: vec![TEN, FIVE], answers: answers.to_vec() };
    let pages = [
        ("path-stuck", PathPage::Open(clearing(&[]))),
        ("path-notes", PathPage::Counting(clearing(&[]))),
        ("path-review", PathPage::Review(clearing(&[1, 1]))),
        ("path-cleared", PathPage::Cleared),
    ];
    let held = |page| {
        let stage = ServiceStage::Open { staff: staff(StaffRole::Technician), page: ServicePage::Path(page) };
        Service { stage, active_at: SOON }
    };
    let shown = |page| service::screen(&session, &held(page), &stamp(), language);
    pages.map(|(name, page)| (name.to_owned(), shown(page))).into()
}

fn staff(role: StaffRole) -> Staff {
    let number = if role == StaffRole::CashOfficer { "c-004" } else { "t-017" };
    Staff { number: number.to_owned(), role }
}

fn cards() -> Vec<(&'static str, StaffCardStage)> {
    let staff = || staff(StaffRole::Technician);
    let challenge = SecretBytes::default;
    let pin =
        |tries_left, wrong| StaffCardStage::Pin { staff: staff(), tries_left, wrong, challenge: challenge() };
    let problem = |problem| StaffCardStage::Problem { problem };
    vec![
        ("service-card", StaffCardStage::Insert),
        ("service-card-reading", StaffCardStage::Reading),
        ("service-card-pin", pin(3, false)),
        ("service-card-pin-wrong", pin(2, true)),
        ("service-card-pin-last", pin(1, true)),
        (
            "service-card-keypad",
            StaffCardStage::Keypad { staff: staff(), tries_left: 3, wrong: false, challenge: challenge() },
        ),
        ("service-card-working", StaffCardStage::Working { staff: staff(), challenge: challenge() }),
        ("service-card-not-a-second", problem(StaffCardProblem::NotASecondOfficer)),
        ("service-card-not-of-staff", problem(StaffCardProblem::NotOfStaff)),
        ("service-card-blocked", problem(StaffCardProblem::Card(CardProblem::PinBlocked))),
    ]
}
