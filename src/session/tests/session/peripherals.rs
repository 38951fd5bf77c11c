//! News of the devices beside dispenser, printer and camera, and what follows for service.

use senim_hal::supply::{self, Source, Supply};
use senim_hal::{Error, ErrorKind, cabinet, card_reader, cash_acceptor, cash_dispenser, receipt_printer};
use senim_operation::body::{Body, PayoutResult};
use senim_session::Effect;
use senim_session::event::{Device, Event, Peripheral};
use senim_session::state::{Ending, State};

use crate::desk::*;

fn supply(source: Source, low: bool) -> Event {
    let supply = Supply { source, low, charge_percent: Some(90), runtime_s: None, replace_battery: false };
    Event::Peripheral(Peripheral::Supply(supply::Event::Changed(supply)))
}

fn stops(desk: &Desk, first: usize) -> bool {
    desk.effects[first..].iter().any(|effect| matches!(effect, Effect::Stop { .. }))
}

#[test]
fn on_battery_nobody_new_is_served_and_mains_bring_service_back() {
    let mut desk = Desk::open();
    desk.send(supply(Source::Battery, false));
    assert_eq!(desk.session.out_of_service(&desk.now), ["onBattery"]);
    desk.act(begin());
    assert_eq!(desk.session.session_id(), None);
    desk.send(supply(Source::Mains, false));
    assert_eq!(desk.session.out_of_service(&desk.now), Vec::<String>::new());
    assert_eq!(desk.count("PowerChanged"), 2);
}

#[test]
fn a_flicker_of_the_mains_hurts_no_visit() {
    let mut desk = Desk::open();
    desk.to_schedules_of(SUM);
    desk.send(supply(Source::Battery, false));
    desk.wait_ms(9_999);
    desk.send(supply(Source::Mains, false));
    desk.wait_ms(9_999);
    assert!(matches!(desk.session.state(), State::Schedules { .. }));
}

#[test]
fn a_visit_without_money_in_motion_ends_politely_on_battery() {
    let mut desk = Desk::open();
    desk.to_schedules_of(SUM);
    desk.send(supply(Source::Battery, false));
    desk.wait_ms(10_000);
    desk.assert_ended(Ending::OnBattery);
}

#[test]
fn money_in_motion_finishes_on_a_low_battery_and_then_the_terminal_stops_once() {
    let mut desk = Desk::armed();
    let first = desk.send(supply(Source::Battery, true));
    desk.wait_ms(30_000);
    assert!(!stops(&desk, first), "the notes first");
    let notes = desk.bundle();
    desk.dispenser(cash_dispenser::Event::Moved(all_of(&notes)));
    assert_eq!(desk.ended().result, PayoutResult::Paid);
    assert!(matches!(desk.session.state(), State::Receipt(_)), "and the receipt");
    desk.act(senim_session::Action::Done);
    assert!(stops(&desk, first));
    let again = desk.send(Event::Stop { reason: "battery".into() });
    desk.wait_ms(1_000);
    assert!(!stops(&desk, again));
}

#[test]
fn an_idle_terminal_stops_after_its_time_on_battery_and_not_before() {
    let mut desk = Desk::open();
    let first = desk.send(supply(Source::Battery, false));
    let due = desk.session.poll_timeout(&desk.now).unwrap();
    assert!(due <= desk.now.mono.plus_ms(60_000));
    desk.wait_ms(59_999);
    assert!(!stops(&desk, first));
    desk.wait_ms(1);
    assert!(stops(&desk, first));
}

#[test]
fn a_payout_does_not_begin_on_battery() {
    let mut desk = Desk::open();
    desk.to_ready_of(SUM);
    desk.send(supply(Source::Battery, false));
    desk.act(senim_session::Action::PayOut);
    desk.assert_ended(Ending::NothingPaid);
    assert_eq!(desk.count("PayoutRequested"), 0);
}

#[test]
fn an_opened_door_is_a_row_and_asks_for_a_checkpoint() {
    let mut desk = Desk::open();
    let door = |active| {
        let change = cabinet::Change { input: cabinet::Input::SafeDoor, active };
        Event::Peripheral(Peripheral::Cabinet(change))
    };
    desk.send(door(false));
    assert_eq!(desk.count("CabinetChanged"), 0, "closed from the start is no news");
    let first = desk.send(door(true));
    assert!(desk.effects[first..].iter().any(|effect| matches!(effect, Effect::Checkpoint)));
    desk.send(door(true));
    let first = desk.send(door(false));
    assert!(!desk.effects[first..].iter().any(|effect| matches!(effect, Effect::Checkpoint)));
    assert_eq!(desk.count("CabinetChanged"), 2);
}

#[test]
fn a_device_that_fails_and_comes_back_is_two_rows_with_cause_and_action() {
    let mut desk = Desk::open();
    let error = Error::new(ErrorKind::Offline, "no answer");
    let reader = |event| Event::Peripheral(Peripheral::CardReader(Device::Nfc, event));
    let well = || {
        reader(card_reader::Event::Status {
            identity: "PN532".into(),
            media: card_reader::Media::NotPresent,
            error: None,
        })
    };
    desk.send(well());
    for _ in 0..2 {
        desk.send(reader(card_reader::Event::Failed(error.clone())));
    }
    desk.send(well());
    let rows: Vec<(bool, &str)> = desk
        .rows()
        .into_iter()
        .filter_map(|body| match body {
            Body::DeviceChanged(row) if row.device == "nfc" => Some((row.usable, row.cause.as_str())),
            _ => None,
        })
        .collect();
    let [(false, cause), (true, "")] = rows.as_slice() else { panic!("{rows:?}") };
    assert!(cause.contains("no answer") && cause.contains(ErrorKind::Offline.action()), "{cause}");
}

#[test]
fn what_the_acceptor_cannot_explain_is_journalled_and_credited_to_nobody() {
    use cash_acceptor::{Event as Acceptor, Position};
    let mut desk = Desk::open();
    let acceptor = |event| Event::Peripheral(Peripheral::Acceptor(event));
    desk.send(acceptor(Acceptor::FoundAtPowerUp(Position::Stacker)));
    desk.send(acceptor(Acceptor::Contradiction { detail: "stacked twice".into() }));
    desk.send(acceptor(Acceptor::Stacked(senim_domain::cash::Denomination(5_000))));
    assert_eq!((desk.count("NoteFound"), desk.count("BooksContradicted")), (1, 2));
}

#[test]
fn an_acceptor_whose_power_went_again_in_its_reset_is_reset_again() {
    use cash_acceptor::{Event as Acceptor, Stacker};
    let mut desk = Desk::open();
    let starting = || Error::new(ErrorKind::Starting, "a reset is due");
    let looked = |desk: &mut Desk| {
        let status = Acceptor::Status {
            identity: String::new(),
            denominations: Vec::new(),
            stacker: Stacker::Ok,
            error: Some(starting()),
        };
        let first = desk.send(Event::Peripheral(Peripheral::Acceptor(status)));
        desk.effects[first..].iter().filter(|effect| matches!(effect, Effect::ResetAcceptor)).count()
    };
    assert_eq!(looked(&mut desk), 1);
    assert_eq!(looked(&mut desk), 0, "that reset has not ended");
    for ended in [Acceptor::Unanswered(starting()), Acceptor::Failed(starting()), Acceptor::ResetDone] {
        desk.send(Event::Peripheral(Peripheral::Acceptor(ended)));
        assert_eq!((looked(&mut desk), looked(&mut desk)), (1, 0));
    }
}

#[test]
fn a_battery_that_can_change_nothing_now_asks_for_no_moment() {
    let mut desk = Desk::armed();
    desk.send(supply(Source::Battery, true));
    desk.wait_ms(60_000);
    assert!(desk.session.poll_timeout(&desk.now).is_none_or(|at| at > desk.now.mono), "money in motion");
    let mut desk = Desk::open();
    let first = desk.send(supply(Source::Battery, true));
    assert!(stops(&desk, first));
    let first = desk.wait_ms(1);
    assert!(!stops(&desk, first), "asked once");
    assert!(desk.session.poll_timeout(&desk.now).is_none_or(|at| at > desk.now.mono));
}

#[test]
fn devices_whose_line_comes_back_in_a_visit_are_asked_at_once() {
    let mut desk = Desk::open();
    desk.to_schedules_of(SUM);
    desk.dispenser(cash_dispenser::Event::Line { open: false });
    assert!(desk.session.no_cash_loan(&desk.now).is_some());
    let first = desk.dispenser(cash_dispenser::Event::Line { open: true });
    assert!(desk.effects[first..].iter().any(|effect| matches!(effect, Effect::AskDispenser)));
    desk.dispenser(healthy());
    assert_eq!(desk.session.no_cash_loan(&desk.now), None);
    let first = desk.send(Event::Printer(receipt_printer::Event::Line { open: true }));
    assert!(desk.effects[first..].iter().any(|effect| matches!(effect, Effect::AskPrinter)));
}
