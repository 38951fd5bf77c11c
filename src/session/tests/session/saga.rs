//! Each branch of the cash saga in a running process (design section 3).

use senim_domain::cash::{BundleResult, Denomination, UnitNo};
use senim_hal::cash_dispenser::{Event as Dispenser, LastCommand, Movement};
use senim_hal::{Error, ErrorKind};
use senim_operation::body::{Body, OutcomeSource, PayoutResult};
use senim_session::Action;
use senim_session::effect::{CashCommand, Effect};
use senim_session::event::Event;
use senim_session::state::{Ending, State};

use crate::desk::*;

/// Forty notes of 5,000: two bundles of twenty.
const TWO_BUNDLES: u64 = 200_000;

fn with_error(mut movement: Movement, detail: &str) -> Movement {
    movement.error = Some(Error::new(ErrorKind::HardwareError, detail));
    movement
}

fn in_doubt(movement: Movement) -> Movement {
    Movement { counts_in_doubt: true, ..with_error(movement, "05") }
}

fn assert_uncertain(desk: &Desk) {
    assert_eq!(desk.results().last(), Some(&BundleResult::Uncertain));
    assert_eq!(desk.ended().result, PayoutResult::Uncertain);
    assert!(desk.session.durable().stopped.is_some(), "cash service stops");
    assert_eq!(desk.session.no_cash_loan(&desk.now).as_deref(), Some("cashStopped"));
    assert_eq!(desk.count("CashServiceChanged"), 1);
    assert!(desk.session.durable().books.balance());
    assert!(matches!(desk.session.state(), State::Receipt(_)), "the receipt says what happens next");
}

fn assert_nothing(desk: &Desk) {
    assert_eq!(desk.results(), [BundleResult::NotDispensed]);
    assert_eq!(desk.ended().result, PayoutResult::Nothing);
    assert_eq!(desk.session.durable().stopped, None);
    desk.assert_ended(Ending::NothingPaid);
}

fn intended() -> Desk {
    let mut desk = Desk::open();
    desk.to_intended_of(SUM);
    desk
}

#[test]
fn a_marker_that_is_refused_or_not_confirmed_dispenses_nothing_and_is_not_repeated() {
    let error = || Error::new(ErrorKind::HardwareError, "0B");
    for event in [
        Dispenser::MarkRefused { error: error(), movement: None },
        Dispenser::MarkRefused { error: error(), movement: Some(nothing_moved()) },
        Dispenser::Failed(offline()),
    ] {
        let mut desk = intended();
        desk.dispenser(event);
        assert_nothing(&desk);
        assert_eq!((desk.marks(), desk.dispenses(), desk.count("PayoutArmed")), (1, 0, 0));
    }
}

#[test]
fn a_marker_whose_answer_is_lost_is_judged_by_the_last_status_and_not_repeated() {
    let lost = || {
        let mut desk = intended();
        let first = desk.dispenser(Dispenser::Unanswered(offline()));
        assert_eq!(desk.asks_last_status(first), Some(desk.now.mono), "the driver has waited already");
        assert!(desk.outcomes().is_empty());
        desk
    };
    for (command, movement) in [
        (LastCommand::Marker, nothing_moved()),
        // It never ran: the device speaks of the bundle before, or of nothing.
        (LastCommand::Dispense, moved(&[(1, 20, 0)])),
        (LastCommand::Other, nothing_moved()),
    ] {
        let mut desk = lost();
        desk.last_status(command, movement);
        assert_nothing(&desk);
        assert!(desk.outcomes()[0].device_error.is_some(), "the row says why the marker was in question");
        assert_eq!((desk.marks(), desk.dispenses(), desk.count("PayoutArmed")), (1, 0, 0));
    }
    let mut desk = lost();
    desk.last_status(LastCommand::Marker, moved(&[(1, 0, 3)]));
    assert_nothing(&desk);
    assert_eq!(desk.session.durable().books.denominations[&Denomination(5_000)].in_reject, 3);
}

#[test]
fn a_marker_that_let_a_note_out_and_whose_answer_is_lost_is_uncertain() {
    let mut desk = intended();
    desk.dispenser(Dispenser::Unanswered(offline()));
    desk.last_status(LastCommand::Marker, moved(&[(1, 1, 0)]));
    assert_uncertain(&desk);
    assert_eq!((desk.dispenses(), desk.count("BooksContradicted")), (0, 1));
}

#[test]
fn a_dispenser_that_is_away_after_its_marker_is_asked_once_more_when_its_port_may_be_back() {
    let asked_twice = || {
        let mut desk = intended();
        desk.dispenser(Dispenser::Unanswered(offline()));
        let second = desk.dispenser(Dispenser::Failed(offline()));
        let later = desk.now.mono.plus_ms(IDLE_WAIT_MS);
        assert_eq!(desk.asks_last_status(second), Some(later));
        assert!(desk.outcomes().is_empty());
        desk
    };
    let mut desk = asked_twice();
    desk.last_status(LastCommand::Marker, nothing_moved());
    assert_nothing(&desk);
    // Whoever says nothing of it at all may have let a note out.
    let mut desk = asked_twice();
    desk.dispenser(Dispenser::Failed(offline()));
    assert_uncertain(&desk);
    assert_eq!((desk.marks(), desk.dispenses()), (1, 0));
}

#[test]
fn what_a_refused_marker_moved_into_the_reject_unit_is_booked() {
    let mut desk = intended();
    let movement = Some(moved(&[(1, 0, 3)]));
    let error = Error::new(ErrorKind::HardwareError, "0B");
    desk.dispenser(Dispenser::MarkRefused { error, movement });
    assert_nothing(&desk);
    let books = &desk.session.durable().books;
    assert_eq!(books.denominations[&Denomination(5_000)].in_reject, 3);
    assert_eq!(books.units[&UnitNo(1)].notes, 97);
    assert_eq!(desk.outcomes()[0].units[0].rejected, 3, "the row says it, so the gateway's books do too");
}

#[test]
fn a_marker_that_lets_notes_out_is_uncertain_and_stops_cash_service() {
    let confirmed = Dispenser::Marked(moved(&[(1, 1, 0)]));
    let refused = Dispenser::MarkRefused {
        error: Error::new(ErrorKind::HardwareError, "x"),
        movement: Some(moved(&[(1, 1, 0)])),
    };
    for event in [confirmed, refused] {
        let mut desk = intended();
        desk.dispenser(event);
        assert_uncertain(&desk);
        assert_eq!(desk.dispenses(), 0);
        assert_eq!(desk.count("BooksContradicted"), 1);
        let sums = desk.session.durable().books.denominations[&Denomination(5_000)];
        assert!(sums.uncertain >= 1, "uncertain covers the note that left");
    }
}

#[test]
fn notes_that_the_marker_lets_out_of_a_cassette_that_was_not_asked_are_covered_too() {
    let mut desk = intended();
    desk.dispenser(Dispenser::Marked(moved(&[(2, 1, 0)])));
    assert_uncertain(&desk);
    assert!(desk.session.durable().books.denominations[&Denomination(1_000)].uncertain >= 1);
}

#[test]
fn what_the_marker_moved_into_the_reject_unit_is_booked_and_dispense_follows() {
    let mut desk = intended();
    desk.dispenser(Dispenser::Marked(moved(&[(1, 0, 2)])));
    assert_eq!(desk.dispenses(), 1);
    assert_eq!(desk.session.durable().books.denominations[&Denomination(5_000)].in_reject, 2);
    let armed = desk.rows().into_iter().find_map(|body| match body {
        Body::PayoutArmed(armed) => Some(armed),
        _ => None,
    });
    assert_eq!(armed.unwrap().marker[0].rejected, 2);
}

#[test]
fn a_marker_that_contradicts_the_books_dispenses_nothing() {
    let mut desk = intended();
    desk.dispenser(Dispenser::Marked(moved(&[(1, 0, 101)])));
    assert_eq!(desk.dispenses(), 0);
    assert_eq!(desk.count("BooksContradicted"), 1);
    assert_eq!(desk.ended().result, PayoutResult::Nothing);
}

#[test]
fn exactly_the_notes_asked_for_is_paid() {
    let mut desk = Desk::armed();
    let notes = desk.bundle();
    desk.dispenser(Dispenser::Moved(all_of(&notes)));
    assert_eq!(desk.results(), [BundleResult::Dispensed]);
    let ended = desk.ended();
    assert_eq!((ended.result, ended.reason.clone()), (PayoutResult::Paid, None));
    assert_eq!(ended.distributed[0].notes, 20);
    assert_eq!(desk.session.durable().books.denominations[&Denomination(5_000)].distributed, 20);
}

#[test]
fn fewer_notes_with_an_error_are_short_and_the_rest_stays_owed() {
    let mut desk = Desk::armed();
    desk.dispenser(Dispenser::Moved(with_error(moved(&[(1, 7, 2)]), "03")));
    assert_eq!(desk.results(), [BundleResult::Partial]);
    let ended = desk.ended();
    assert_eq!((ended.result, ended.distributed_tiyn.tenge()), (PayoutResult::Short, 35_000));
    assert_eq!(ended.reason.as_deref(), Some("device"));
    let sums = desk.session.durable().books.denominations[&Denomination(5_000)];
    assert_eq!((sums.distributed, sums.in_reject), (7, 2));
    assert_eq!(desk.session.durable().stopped, None);
}

#[test]
fn no_notes_with_an_error_is_nothing_and_rejects_are_booked() {
    let mut desk = Desk::armed();
    desk.dispenser(Dispenser::Moved(with_error(moved(&[(1, 0, 4)]), "0D")));
    assert_nothing(&desk);
    assert_eq!(desk.session.durable().books.denominations[&Denomination(5_000)].in_reject, 4);
}

#[test]
fn counts_in_doubt_are_uncertain_live_too() {
    let mut desk = Desk::armed();
    desk.dispenser(Dispenser::Moved(in_doubt(moved(&[(1, 20, 0)]))));
    assert_uncertain(&desk);
    assert_eq!(desk.session.durable().books.denominations[&Denomination(5_000)].uncertain, 20);
}

#[test]
fn more_notes_than_asked_for_are_uncertain_and_covered() {
    let mut desk = Desk::armed();
    desk.dispenser(Dispenser::Moved(moved(&[(1, 23, 0)])));
    assert_uncertain(&desk);
    assert_eq!(desk.count("BooksContradicted"), 1);
    assert!(desk.session.durable().books.denominations[&Denomination(5_000)].uncertain >= 23);
}

#[test]
fn notes_of_a_cassette_that_was_not_asked_are_uncertain_and_covered() {
    let mut desk = Desk::armed();
    desk.dispenser(Dispenser::Moved(moved(&[(1, 20, 0), (2, 1, 0)])));
    assert_uncertain(&desk);
    assert!(desk.session.durable().books.denominations[&Denomination(1_000)].uncertain >= 1);
}

#[test]
fn rejects_that_the_books_cannot_hold_are_uncertain() {
    let mut desk = Desk::armed();
    desk.dispenser(Dispenser::Moved(moved(&[(1, 20, 90)])));
    assert_uncertain(&desk);
    assert_eq!(desk.count("BooksContradicted"), 1);
}

#[test]
fn a_dispense_refused_before_a_byte_went_out_is_settled_without_a_second_one() {
    let mut desk = Desk::armed();
    desk.dispenser(Dispenser::Failed(offline()));
    assert_eq!((desk.dispenses(), desk.outcomes().len()), (1, 1));
    desk.ended();
}

// Silence, NAK, garbage: the driver says Unanswered, the saga asks for the last status.

fn unanswered() -> (Desk, usize) {
    let mut desk = Desk::armed();
    desk.dispenser(Dispenser::OnWire);
    desk.pass_ms(61_000);
    let first = desk.dispenser(Dispenser::Unanswered(offline()));
    assert!(desk.asks_last_status(first).is_some());
    assert!(desk.outcomes().is_empty());
    (desk, first)
}

#[test]
fn after_silence_the_dispense_in_the_last_status_is_the_outcome() {
    let (mut desk, _) = unanswered();
    let notes = desk.bundle();
    desk.send(Event::Latch(latch(0)));
    desk.last_status(LastCommand::Dispense, all_of(&notes));
    assert_eq!(desk.results(), [BundleResult::Dispensed]);
    assert_eq!(desk.outcomes()[0].source, OutcomeSource::LastStatus);
    assert_eq!(desk.ended().result, PayoutResult::Paid);
}

#[test]
fn after_silence_a_short_dispense_in_the_last_status_is_short() {
    let (mut desk, _) = unanswered();
    desk.last_status(LastCommand::Dispense, with_error(moved(&[(1, 3, 1)]), "03"));
    assert_eq!(desk.results(), [BundleResult::Partial]);
    assert_eq!(desk.ended().result, PayoutResult::Short);
}

#[test]
fn after_silence_the_marker_in_the_last_status_means_that_nothing_left() {
    let (mut desk, _) = unanswered();
    desk.last_status(LastCommand::Marker, nothing_moved());
    assert_nothing(&desk);
    assert_eq!(desk.outcomes()[0].source, OutcomeSource::LastStatus);
}

#[test]
fn after_silence_with_broken_power_the_marker_proves_nothing() {
    for broken in [latch(1), None, Some(senim_hal::power::DispenserLatch { losses: 0, powered: false })] {
        let (mut desk, _) = unanswered();
        desk.send(Event::Latch(broken));
        desk.last_status(LastCommand::Marker, nothing_moved());
        assert_uncertain(&desk);
        assert_eq!(desk.outcomes()[0].source, OutcomeSource::Nothing);
    }
}

#[test]
fn after_silence_with_broken_power_a_dispense_counts_only_where_the_device_writes_it_at_the_end() {
    use senim_session::saga::LastStatusMode;
    for (mode, result) in
        [(LastStatusMode::Unknown, BundleResult::Uncertain), (LastStatusMode::AtEnd, BundleResult::Dispensed)]
    {
        let mut options = setup();
        options.last_status = mode;
        let mut desk = Desk::open_with(options, stock());
        desk.to_armed_of(SUM);
        desk.dispenser(Dispenser::Unanswered(offline()));
        desk.send(Event::Latch(latch(1)));
        let notes = desk.bundle();
        desk.last_status(LastCommand::Dispense, all_of(&notes));
        assert_eq!(desk.results(), [result]);
    }
}

#[test]
fn after_silence_another_command_or_none_in_the_last_status_is_uncertain() {
    let (mut desk, _) = unanswered();
    desk.last_status(LastCommand::Other, nothing_moved());
    assert_uncertain(&desk);
}

#[test]
fn a_last_status_in_doubt_is_uncertain() {
    let (mut desk, _) = unanswered();
    desk.last_status(LastCommand::Dispense, in_doubt(moved(&[(1, 20, 0)])));
    assert_uncertain(&desk);
}

#[test]
fn a_last_status_that_names_the_dispense_without_its_notes_and_without_an_error_is_uncertain() {
    // A device that writes its record when a command starts and whose firmware restarted in the middle says this.
    let (mut desk, _) = unanswered();
    desk.last_status(LastCommand::Dispense, nothing_moved());
    assert_uncertain(&desk);
    let (mut desk, _) = unanswered();
    desk.last_status(LastCommand::Dispense, moved(&[(1, 5, 0)]));
    assert_uncertain(&desk);
}

#[test]
fn a_device_that_does_not_answer_the_last_status_either_is_uncertain() {
    let (mut desk, _) = unanswered();
    desk.dispenser(Dispenser::Failed(offline()));
    assert_uncertain(&desk);
}

#[test]
fn a_device_without_last_status_is_uncertain_after_silence() {
    let mut options = setup();
    options.dispenser.last_status = false;
    let mut desk = Desk::open_with(options, stock());
    desk.to_armed_of(SUM);
    let first = desk.dispenser(Dispenser::Unanswered(offline()));
    assert_eq!(desk.asks_last_status(first), None);
    assert_uncertain(&desk);
}

#[test]
fn the_last_status_is_not_asked_while_the_mechanics_may_still_run() {
    // The line broke a moment after DISPENSE: the driver cannot know whether the device is idle.
    let mut desk = Desk::armed();
    let armed_at = desk.now.mono;
    desk.dispenser(Dispenser::OnWire);
    desk.pass_ms(50);
    let first = desk.dispenser(Dispenser::Unanswered(offline()));
    assert_eq!(desk.asks_last_status(first), Some(armed_at.plus_ms(IDLE_WAIT_MS)));
}

#[test]
fn a_late_reply_after_the_verdict_changes_nothing() {
    let (mut desk, _) = unanswered();
    desk.last_status(LastCommand::Marker, nothing_moved());
    let books = desk.session.durable().books.clone();
    let first = desk.dispenser(Dispenser::Moved(moved(&[(1, 20, 0)])));
    assert!(desk.records_from(first).is_empty());
    assert_eq!(desk.session.durable().books, books);
}

#[test]
fn replies_that_do_not_fit_the_stage_are_ignored() {
    let mut desk = intended();
    let notes = desk.bundle();
    for event in [
        Dispenser::Moved(all_of(&notes)),
        Dispenser::LastStatus { command: LastCommand::Dispense, movement: all_of(&notes) },
        Dispenser::OnWire,
        Dispenser::Line { open: true },
    ] {
        let first = desk.dispenser(event);
        assert!(desk.records_from(first).is_empty());
    }
    desk.dispenser(Dispenser::Marked(nothing_moved()));
    let first = desk.dispenser(Dispenser::Marked(nothing_moved()));
    assert!(desk.records_from(first).is_empty(), "a marker heard twice arms once");
    assert_eq!(desk.dispenses(), 1);
}

// Two bundles.

#[test]
fn the_second_bundle_is_intended_only_behind_the_outcome_of_the_first() {
    let mut desk = Desk::open();
    desk.to_armed_of(TWO_BUNDLES);
    let notes = desk.bundle();
    let first = desk.dispenser(Dispenser::Moved(all_of(&notes)));
    assert_eq!(desk.kinds_from(first), ["PayoutOutcome", "PayoutIntended"]);
    assert_eq!(desk.marks(), 2);
    desk.dispenser(Dispenser::Marked(nothing_moved()));
    let notes = desk.bundle();
    desk.dispenser(Dispenser::Moved(all_of(&notes)));
    assert_eq!(desk.results(), [BundleResult::Dispensed; 2]);
    assert_eq!(desk.ended().result, PayoutResult::Paid);
    assert_eq!(desk.ended().distributed[0].notes, 40);
    let bundles: Vec<_> = desk.outcomes().into_iter().map(|outcome| outcome.bundle).collect();
    assert_eq!(bundles, [1, 2]);
}

#[test]
fn after_a_bundle_that_was_not_whole_no_other_follows() {
    let ends: [(Dispenser, PayoutResult); 4] = [
        (Dispenser::Moved(with_error(moved(&[(1, 19, 0)]), "03")), PayoutResult::Short),
        (Dispenser::Moved(with_error(moved(&[]), "01")), PayoutResult::Nothing),
        (Dispenser::Moved(in_doubt(moved(&[(1, 20, 0)]))), PayoutResult::Uncertain),
        (Dispenser::Failed(offline()), PayoutResult::Uncertain),
    ];
    for (event, result) in ends {
        let mut desk = Desk::open();
        desk.to_armed_of(TWO_BUNDLES);
        desk.dispenser(event);
        assert_eq!((desk.dispenses(), desk.marks()), (1, 1));
        assert_eq!(desk.ended().result, result);
    }
}

#[test]
fn a_second_bundle_that_fails_leaves_the_first_paid_and_the_end_short() {
    let mut desk = Desk::open();
    desk.to_armed_of(TWO_BUNDLES);
    let notes = desk.bundle();
    desk.dispenser(Dispenser::Moved(all_of(&notes)));
    desk.dispenser(Dispenser::Failed(offline()));
    assert_eq!(desk.results(), [BundleResult::Dispensed, BundleResult::NotDispensed]);
    assert_eq!((desk.ended().result, desk.ended().distributed[0].notes), (PayoutResult::Short, 20));
}

#[test]
fn an_uncertain_second_bundle_tells_what_the_first_gave() {
    let mut desk = Desk::open();
    desk.to_armed_of(TWO_BUNDLES);
    let notes = desk.bundle();
    desk.dispenser(Dispenser::Moved(all_of(&notes)));
    desk.dispenser(Dispenser::Marked(nothing_moved()));
    desk.dispenser(Dispenser::Failed(offline()));
    assert_uncertain(&desk);
    assert_eq!(desk.ended().distributed[0].notes, 20);
    let sums = desk.session.durable().books.denominations[&Denomination(5_000)];
    assert_eq!((sums.distributed, sums.uncertain), (20, 20));
}

#[test]
fn after_uncertain_nobody_is_paid_until_a_person_has_acted() {
    let mut desk = Desk::armed();
    desk.dispenser(Dispenser::Failed(offline()));
    assert_uncertain(&desk);
    desk.act(Action::Done);
    desk.dispenser(Dispenser::Status { identity: "x".into(), units: vec![], error: None });
    desk.act(begin());
    assert_eq!(desk.session.session_id(), None);
}

// The journal refuses.

#[test]
fn a_row_that_cannot_be_written_moves_nothing_and_is_the_verdict() {
    let mut desk = Desk::open();
    desk.to_authorising_of(SUM);
    let leave = desk.leave();
    let (session, asked) = (desk.session.session_id(), desk.asked());
    let message =
        desk.message(senim_operation::message::MessageBody::PayoutAuthorised(leave), session, Some(asked));
    let effects = desk.send_raw(Event::Answer(Box::new(message)));
    let op_id = effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Record(record) if record.then == Some(CashCommand::Mark) => Some(record.op_id),
            _ => None,
        })
        .unwrap();
    desk.send(Event::RecordRefused { op_id });
    assert_nothing(&desk);
}

#[test]
fn an_arming_that_cannot_be_written_dispenses_nothing_and_keeps_what_the_marker_moved_in_a_row() {
    let mut desk = intended();
    let effects = desk.send_raw(Event::Dispenser(Dispenser::Marked(moved(&[(1, 0, 2)]))));
    let Effect::Record(record) = &effects[0] else { panic!("{effects:?}") };
    desk.send(Event::RecordRefused { op_id: record.op_id });
    assert_nothing(&desk);
    assert_eq!(desk.session.durable().books.denominations[&Denomination(5_000)].in_reject, 2);
}

#[test]
fn a_refusal_of_another_row_does_not_end_the_payout() {
    let mut desk = Desk::armed();
    let first =
        desk.send(Event::RecordRefused { op_id: senim_domain::OperationId(uuid::Uuid::from_u128(1)) });
    assert!(desk.records_from(first).is_empty());
    assert!(desk.outcomes().is_empty());
}
