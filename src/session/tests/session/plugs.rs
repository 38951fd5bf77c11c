//! Devices that are unplugged and put back: asked at once, and what the person at the screen meets meanwhile.

use senim_domain::Mono;
use senim_hal::receipt_printer::Event as Printer;
use senim_hal::supply::{self, Source, Supply};
use senim_hal::{Error, ErrorKind, card_reader, cash_acceptor, cash_dispenser, location};
use senim_operation::body::Body;
use senim_session::event::{CameraEvent, Device, Event, Peripheral};
use senim_session::state::{Ending, Errand, Picture, State};
use senim_session::{Action, Effect};

use crate::desk::*;

fn asks(desk: &Desk, first: usize, what: fn(&Effect) -> bool) -> usize {
    desk.effects[first..].iter().filter(|effect| what(effect)).count()
}

const DISPENSER: fn(&Effect) -> bool = |effect| matches!(effect, Effect::AskDispenser);
const PRINTER: fn(&Effect) -> bool = |effect| matches!(effect, Effect::AskPrinter);
const PERIPHERALS: fn(&Effect) -> bool = |effect| matches!(effect, Effect::AskPeripherals);
const CAMERA: fn(&Effect) -> bool = |effect| matches!(effect, Effect::OpenCamera);

fn dispenser_line(open: bool) -> Event {
    Event::Dispenser(cash_dispenser::Event::Line { open })
}

/// Usability in the rows about a device, in order.
fn told(desk: &Desk, device: &str) -> Vec<bool> {
    desk.rows()
        .into_iter()
        .filter_map(|body| match body {
            Body::DeviceChanged(row) if row.device == device => Some(row.usable),
            _ => None,
        })
        .collect()
}

#[test]
fn a_dispenser_that_comes_back_in_a_visit_is_asked_at_once_and_pays() {
    let mut desk = Desk::open();
    desk.to_ready_of(SUM);
    desk.send(dispenser_line(false));
    let first = desk.send(dispenser_line(true));
    assert_eq!(asks(&desk, first, DISPENSER), 1);
    let identity = "LCDM-4000".to_owned();
    desk.dispenser(cash_dispenser::Event::Status { identity, units: Vec::new(), error: None });
    desk.act(Action::PayOut);
    assert!(matches!(desk.session.state(), State::Authorising { .. }));
}

#[test]
fn a_dispenser_that_comes_back_while_money_moves_is_asked_when_nothing_moves_any_more() {
    let mut desk = Desk::armed();
    desk.send(dispenser_line(false));
    let first = desk.send(dispenser_line(true));
    assert_eq!(asks(&desk, first, DISPENSER), 0);
    let notes = desk.bundle();
    desk.dispenser(cash_dispenser::Event::Moved(all_of(&notes)));
    assert_eq!(asks(&desk, first, DISPENSER), 1);
    assert!(matches!(desk.session.state(), State::Receipt(_)));
}

#[test]
fn a_printer_and_other_devices_that_come_back_are_asked_at_once_whoever_is_there() {
    let mut desk = Desk::open();
    desk.to_amount();
    let first = desk.send(Event::Printer(Printer::Line { open: true }));
    assert_eq!(asks(&desk, first, PRINTER), 1);
    for event in [
        Peripheral::CardReader(Device::Card, card_reader::Event::Line { open: true }),
        Peripheral::Supply(supply::Event::Line { open: true }),
        Peripheral::Location(location::Event::Line { open: true }),
    ] {
        let first = desk.send(Event::Peripheral(event));
        assert_eq!(asks(&desk, first, PERIPHERALS), 1);
    }
    assert_eq!(asks(&desk, first, DISPENSER), 0);
}

#[test]
fn a_device_that_failed_is_asked_again_within_five_seconds_and_a_healthy_one_is_left_alone() {
    let mut desk = Desk::open();
    let first = desk.wait_ms(30_000);
    assert_eq!(asks(&desk, first, PERIPHERALS), 1);
    let reader = |event| Event::Peripheral(Peripheral::CardReader(Device::Nfc, event));
    desk.send(reader(card_reader::Event::Failed(offline())));
    desk.wait_ms(30_000);
    let first = desk.wait_ms(5_000);
    assert_eq!(asks(&desk, first, PERIPHERALS), 1);
    let media = card_reader::Media::NotPresent;
    desk.send(reader(card_reader::Event::Status { identity: "PN532".into(), media, error: None }));
    desk.wait_ms(5_000);
    let first = desk.wait_ms(29_999);
    assert_eq!(asks(&desk, first, PERIPHERALS), 0);
}

fn camera_gone() -> Event {
    Event::Camera(CameraEvent::Failed(Error::new(ErrorKind::NoDevice, "gone")))
}

#[test]
fn a_camera_put_back_in_time_is_opened_again_and_the_visit_goes_on() {
    let mut desk = Desk::open();
    desk.to_camera_of(SUM);
    desk.act(Action::TakePicture);
    desk.send(camera_gone());
    assert!(matches!(desk.session.state(), State::Camera { picture: Picture::Lost { .. }, .. }));
    let first = desk.act(Action::TakePicture);
    assert!(desk.effects[first..].is_empty(), "there is nothing to take a picture with");
    let first = desk.wait_ms(500);
    assert_eq!(asks(&desk, first, CAMERA), 1);
    desk.send(camera_gone());
    desk.wait_ms(500);
    desk.send(Event::Camera(CameraEvent::Opened));
    assert_eq!(told(&desk, "camera"), [false, true]);
    desk.picture();
    assert!(matches!(desk.session.state(), State::Matching { .. }));
}

#[test]
fn a_camera_that_stays_away_ends_the_visit_after_ten_seconds_and_works_for_the_next_person() {
    let mut desk = Desk::open();
    desk.to_camera_of(SUM);
    let lost_at = desk.now.mono;
    desk.send(camera_gone());
    while desk.session.session_id().is_some() {
        let due = desk.session.poll_timeout(&desk.now).unwrap();
        assert!(due > desk.now.mono, "a wake-up in the past is a busy loop");
        desk.wait_ms(due.since(desk.now.mono));
        desk.send(camera_gone());
    }
    desk.assert_ended(Ending::CameraFailed);
    assert_eq!(desk.now.mono, Mono(lost_at.0 + 10_000));
    desk.act(Action::Done);
    desk.to_camera_of(SUM);
    assert_eq!(told(&desk, "camera"), [false, true]);
}

fn battery(low: bool) -> Event {
    let source = Source::Battery;
    let supply = Supply { source, low, charge_percent: Some(9), runtime_s: None, replace_battery: false };
    Event::Peripheral(Peripheral::Supply(supply::Event::Changed(supply)))
}

#[test]
fn the_end_of_a_visit_on_battery_is_read_before_the_terminal_stops() {
    let mut desk = Desk::open();
    desk.to_amount();
    let first = desk.send(battery(true));
    desk.assert_ended(Ending::OnBattery);
    let stop: fn(&Effect) -> bool = |effect| matches!(effect, Effect::Stop { .. });
    assert_eq!(asks(&desk, first, stop), 0);
    desk.wait_ms(u64::from(pack().session.farewell_seconds) * 1000);
    assert_eq!(asks(&desk, first, stop), 1);
    desk.wait_ms(1_000);
    assert_eq!(asks(&desk, first, stop), 1, "once is enough");
}

#[test]
fn on_battery_nothing_wakes_the_terminal_in_vain_while_money_moves() {
    let mut desk = Desk::armed();
    desk.send(battery(false));
    desk.wait_ms(120_000);
    let due = desk.session.poll_timeout(&desk.now);
    assert!(due.is_none_or(|at| at > desk.now.mono), "a wake-up in the past is a busy loop: {due:?}");
}

#[test]
fn an_acceptor_that_got_power_is_reset_once_by_a_terminal_at_rest_and_that_is_no_news() {
    use senim_hal::cash_acceptor::{Event as Acceptor, Stacker};
    let status = |error| {
        let (identity, denominations, stacker) = ("CCNET".to_owned(), Vec::new(), Stacker::Ok);
        let event = Acceptor::Status { identity, denominations, stacker, error };
        Event::Peripheral(Peripheral::Acceptor(event))
    };
    let waits = || status(Some(Error::new(ErrorKind::Starting, "a reset is due")));
    let reset: fn(&Effect) -> bool = |effect| matches!(effect, Effect::ResetAcceptor);
    let mut desk = Desk::open();
    let first = desk.send(waits());
    assert_eq!(asks(&desk, first, reset), 1);
    let done = desk.send(Event::Peripheral(Peripheral::Acceptor(Acceptor::ResetDone)));
    assert_eq!(asks(&desk, done, PERIPHERALS), 1);
    desk.send(status(None));
    assert_eq!(told(&desk, "acceptor"), Vec::<bool>::new());

    desk.send(waits());
    desk.send(waits());
    assert_eq!(asks(&desk, first, reset), 2, "not twice for the same");
    assert_eq!(told(&desk, "acceptor"), [false], "a reset that changes nothing is told");
    desk.send(status(None));
    desk.to_amount();
    desk.send(waits());
    assert_eq!(asks(&desk, first, reset), 2, "nobody's visit is disturbed");
}

#[test]
fn a_reset_that_an_acceptor_refused_because_it_was_busy_is_sent_again() {
    use senim_hal::cash_acceptor::{Event as Acceptor, Stacker};
    let acceptor = |event| Event::Peripheral(Peripheral::Acceptor(event));
    let waits = || {
        let error = Some(Error::new(ErrorKind::Starting, "a reset is due"));
        let (identity, denominations, stacker) = ("CCNET".to_owned(), Vec::new(), Stacker::Ok);
        acceptor(Acceptor::Status { identity, denominations, stacker, error })
    };
    let reset: fn(&Effect) -> bool = |effect| matches!(effect, Effect::ResetAcceptor);
    let mut desk = Desk::open();
    let first = desk.send(waits());
    assert_eq!(asks(&desk, first, reset), 1);
    desk.send(acceptor(Acceptor::Failed(Error::new(ErrorKind::DeviceBusy, "a question is under way"))));
    desk.send(waits());
    assert_eq!(asks(&desk, first, reset), 2);
}

#[test]
fn an_acceptor_that_answers_late_is_asked_while_the_menu_stands_and_the_menu_offers_repayment_then() {
    let mut desk = Desk::open_with(with_acceptor(), stock());
    let offered = |desk: &Desk| {
        let errands = desk.session.errands(&desk.now);
        errands.into_iter().find(|(errand, _)| *errand == Errand::Repay).map(|(_, why_not)| why_not)
    };
    desk.to_menu();
    assert_eq!(offered(&desk), Some(Some("acceptor".to_owned())));
    let first = desk.wait_ms(30_000);
    assert!(asks(&desk, first, PERIPHERALS) > 0, "asked although somebody is there");
    let starting = Error::new(ErrorKind::Starting, "it waits for its reset");
    let status = |error| cash_acceptor::Event::Status {
        identity: "CCNET".into(),
        denominations: Vec::new(),
        stacker: cash_acceptor::Stacker::Ok,
        error,
    };
    let first = desk.acceptor(status(Some(starting)));
    assert_eq!(asks(&desk, first, |effect| matches!(effect, Effect::ResetAcceptor)), 1);
    desk.acceptor(status(None));
    assert!(matches!(desk.session.state(), State::Menu));
    assert_eq!(offered(&desk), Some(None));
}

#[test]
fn no_device_is_asked_by_itself_once_an_errand_is_chosen() {
    let mut desk = Desk::with_acceptor();
    desk.to_repayment();
    let first = desk.wait_ms(30_000);
    assert_eq!(asks(&desk, first, PERIPHERALS) + asks(&desk, first, DISPENSER), 0);
}
