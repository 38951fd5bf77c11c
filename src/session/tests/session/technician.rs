//! One note to the reject unit: a cash movement like any other, in small.

use senim_domain::cash::{BundleResult, Denomination, UnitNo};
use senim_hal::cash_dispenser::{Event as Dispenser, Movement};
use senim_hal::supply::{self, Source, Supply};
use senim_operation::body::Body;
use senim_session::effect::CashCommand;
use senim_session::event::{Event, Peripheral};

use crate::desk::*;

fn testing() -> Desk {
    let mut desk = Desk::open();
    desk.send(Event::TestDispense(UnitNo(2)));
    assert_eq!(desk.commands(), [&CashCommand::TestDispense(UnitNo(2))]);
    desk
}

fn result(desk: &Desk) -> BundleResult {
    let ends: Vec<BundleResult> = desk
        .rows()
        .into_iter()
        .filter_map(|body| match body {
            Body::TestDispenseEnded(ended) => Some(ended.result),
            _ => None,
        })
        .collect();
    assert_eq!(ends.len(), 1, "told once");
    ends[0]
}

#[test]
fn a_tested_note_is_in_the_reject_unit_and_in_the_books() {
    let mut desk = testing();
    assert!(!desk.session.at_rest(), "nobody begins while it runs");
    desk.dispenser(Dispenser::Moved(moved(&[(2, 0, 1)])));
    assert_eq!(result(&desk), BundleResult::Dispensed);
    let sums = desk.session.durable().books.denominations[&Denomination(1_000)];
    assert_eq!((sums.in_reject, sums.distributed), (1, 0));
    assert!(desk.session.durable().books.balance() && desk.session.at_rest());
}

#[test]
fn silence_doubt_or_a_note_outside_stop_cash_service() {
    let doubt = Movement { counts_in_doubt: true, ..moved(&[(2, 0, 1)]) };
    for event in
        [Dispenser::Unanswered(offline()), Dispenser::Moved(doubt), Dispenser::Moved(moved(&[(2, 1, 0)]))]
    {
        let mut desk = testing();
        desk.dispenser(event);
        assert_eq!(result(&desk), BundleResult::Uncertain);
        assert_eq!(desk.session.no_cash_loan(&desk.now).as_deref(), Some("cashStopped"));
        assert!(desk.session.durable().books.balance());
    }
}

#[test]
fn a_test_that_was_refused_before_the_wire_changes_nothing() {
    let mut desk = testing();
    let before = desk.session.durable().books.clone();
    desk.dispenser(Dispenser::Failed(offline()));
    assert_eq!(result(&desk), BundleResult::NotDispensed);
    assert_eq!(desk.session.durable().books, before);
    assert_eq!(desk.session.durable().stopped, None);
}

#[test]
fn a_restart_in_the_middle_is_uncertain_and_repeats_nothing() {
    let desk = testing().restart(setup(), latch(0));
    assert_eq!(result(&desk), BundleResult::Uncertain);
    assert_eq!(desk.commands(), Vec::<&CashCommand>::new());
}

#[test]
fn a_row_that_cannot_be_written_lets_no_note_move() {
    let mut desk = Desk::open();
    let effects = desk.send_raw(Event::TestDispense(UnitNo(2)));
    let [senim_session::Effect::Record(record)] = effects.as_slice() else { panic!("one row") };
    desk.send(Event::RecordRefused { op_id: record.op_id });
    assert_eq!(result(&desk), BundleResult::NotDispensed);
    assert_eq!(desk.session.durable().stopped, None);
}

#[test]
fn nobody_tests_during_a_visit_or_an_empty_cassette() {
    let mut desk = Desk::open();
    desk.to_iin();
    desk.send(Event::TestDispense(UnitNo(2)));
    let mut empty = Desk::open();
    empty.send(Event::TestDispense(UnitNo(3)));
    assert_eq!((desk.count("TestDispenseIntended"), empty.count("TestDispenseIntended")), (0, 0));
}

#[test]
fn a_test_waits_for_the_answer_to_the_question_before_it_and_is_not_ended_by_it() {
    let mut desk = Desk::open();
    desk.wait_ms(30_000);
    desk.send(Event::TestDispense(UnitNo(2)));
    assert_eq!(desk.count("TestDispenseIntended"), 0, "the device is still being asked");
    assert!(!desk.session.at_rest());
    desk.dispenser(Dispenser::Failed(offline()));
    assert_eq!((desk.count("TestDispenseIntended"), desk.count("TestDispenseEnded")), (1, 0));
    desk.dispenser(Dispenser::Moved(moved(&[(2, 0, 1)])));
    assert_eq!(result(&desk), BundleResult::Dispensed);
}

#[test]
fn a_test_that_waits_in_vain_is_given_up() {
    let mut desk = Desk::open();
    desk.wait_ms(30_000);
    desk.send(Event::TestDispense(UnitNo(2)));
    desk.wait_ms(60_000);
    assert!(desk.session.at_rest());
    desk.dispenser(healthy());
    assert_eq!(desk.count("TestDispenseIntended"), 0);
}

#[test]
fn nobody_begins_beside_a_test_and_no_test_begins_on_battery_or_at_the_stop() {
    let mut desk = testing();
    desk.act(begin());
    assert_eq!(desk.session.session_id(), None);
    let supply = Supply {
        source: Source::Battery,
        low: false,
        charge_percent: None,
        runtime_s: None,
        replace_battery: false,
    };
    let battery = Event::Peripheral(Peripheral::Supply(supply::Event::Changed(supply)));
    for ends in [battery, Event::Stop { reason: "test".into() }] {
        let mut desk = Desk::open();
        desk.send(ends);
        desk.send(Event::TestDispense(UnitNo(2)));
        assert_eq!(desk.count("TestDispenseIntended"), 0);
    }
}
