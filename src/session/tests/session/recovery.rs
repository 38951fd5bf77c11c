//! After a restart: each stage of a payout, with power and without, and nothing to the dispenser before.

use senim_domain::Mono;
use senim_domain::cash::BundleResult;
use senim_hal::cash_dispenser::{Event as Dispenser, LastCommand};
use senim_operation::body::{Body, OutcomeSource, PayoutResult, SessionEnd};
use senim_session::effect::Effect;
use senim_session::facts::Setup;
use senim_session::saga::LastStatusMode;

use crate::desk::*;

const TWO_BUNDLES: u64 = 200_000;

fn of_boot(boot: &str) -> Setup {
    Setup { boot: boot.into(), ..setup() }
}

fn nothing_moves(desk: &Desk) {
    assert!(desk.commands().is_empty(), "recovery sends no cash command");
}

#[test]
fn a_restart_without_a_payout_closes_the_visit_and_asks_the_devices() {
    let mut desk = Desk::open();
    desk.to_amount();
    let desk = desk.restart(setup(), latch(0));
    let closed = desk.rows().into_iter().find_map(|body| match body {
        Body::SessionClosed(closed) => Some(closed.end),
        _ => None,
    });
    assert_eq!(closed, Some(SessionEnd::Interrupted));
    assert!(desk.effects.iter().any(|effect| matches!(effect, Effect::AskDispenser)));
    assert!(desk.session.at_rest());
}

#[test]
fn a_request_without_intent_ends_with_nothing() {
    let mut desk = Desk::open();
    desk.to_authorising_of(SUM);
    let desk = desk.restart(setup(), latch(0));
    assert_eq!(
        (desk.ended().result, desk.ended().reason.as_deref()),
        (PayoutResult::Nothing, Some("restart"))
    );
    assert_eq!(desk.disk.open, None);
    nothing_moves(&desk);
}

#[test]
fn an_intent_without_arming_is_not_dispensed_by_the_order_of_rows() {
    let mut desk = Desk::open();
    desk.to_intended_of(SUM);
    let desk = desk.restart(of_boot("boot-2"), None);
    assert_eq!(desk.results(), [BundleResult::NotDispensed]);
    assert_eq!(desk.outcomes()[0].source, OutcomeSource::Journal);
    assert_eq!(desk.ended().result, PayoutResult::Nothing);
    assert_eq!(desk.disk.stopped, None);
    nothing_moves(&desk);
}

#[test]
fn an_outcome_without_end_is_ended_by_what_it_says() {
    let mut desk = Desk::armed();
    let notes = desk.bundle();
    let effects = desk.send_raw(senim_session::event::Event::Dispenser(Dispenser::Moved(all_of(&notes))));
    let outcome = effects.into_iter().next().unwrap();
    desk.make_durable(vec![outcome]);
    let desk = desk.restart(setup(), latch(0));
    assert!(desk.outcomes().is_empty(), "the outcome is not written again");
    assert_eq!(desk.ended().result, PayoutResult::Paid);
    nothing_moves(&desk);
}

#[test]
fn the_second_bundle_is_not_begun_after_a_restart() {
    let mut desk = Desk::open();
    desk.to_armed_of(TWO_BUNDLES);
    let notes = desk.bundle();
    let effects = desk.send_raw(senim_session::event::Event::Dispenser(Dispenser::Moved(all_of(&notes))));
    let outcome = effects.into_iter().next().unwrap();
    desk.make_durable(vec![outcome]);
    let desk = desk.restart(setup(), latch(0));
    assert_eq!((desk.ended().result, desk.ended().distributed[0].notes), (PayoutResult::Short, 20));
    nothing_moves(&desk);
}

#[test]
fn an_uncertain_outcome_without_end_still_stops_cash_service() {
    let mut desk = Desk::armed();
    let effects = desk.send_raw(senim_session::event::Event::Dispenser(Dispenser::Failed(offline())));
    let until_outcome = effects.into_iter().take_while(|effect| !is_stop(effect)).collect();
    desk.make_durable(until_outcome);
    let desk = desk.restart(setup(), latch(0));
    assert_eq!(desk.ended().result, PayoutResult::Uncertain);
    assert!(desk.session.durable().stopped.is_some(), "the crash came between the outcome and the stop");
    assert!(desk.disk.stopped.is_some());
}

fn is_stop(effect: &Effect) -> bool {
    matches!(effect, Effect::Record(record) if record.draft.body.kind() == "CashServiceChanged")
}

fn restarted_armed(setup: Setup, latch_now: Option<senim_hal::power::DispenserLatch>) -> Desk {
    let desk = Desk::armed().restart(setup, latch_now);
    assert!(desk.outcomes().is_empty(), "nothing is judged before the device was asked");
    nothing_moves(&desk);
    assert!(!desk.effects.iter().any(|effect| matches!(effect, Effect::AskDispenser)), "last status only");
    desk
}

#[test]
fn an_armed_bundle_asks_for_the_last_status_after_the_wait_from_arming_in_the_same_boot() {
    let armed = Desk::armed();
    let armed_at = armed.now.mono;
    let mut armed = armed;
    armed.pass_ms(20_000);
    let desk = armed.restart(setup(), latch(0));
    assert_eq!(desk.asks_last_status(0), Some(armed_at.plus_ms(IDLE_WAIT_MS)));
}

#[test]
fn a_restart_long_after_arming_still_gives_the_line_time_to_open() {
    let mut armed = Desk::armed();
    armed.pass_ms(10 * IDLE_WAIT_MS);
    let now = armed.now.mono;
    let desk = armed.restart(setup(), latch(0));
    assert_eq!(desk.asks_last_status(0), Some(now.plus_ms(5_000)));
}

#[test]
fn an_armed_bundle_of_another_boot_waits_from_the_start() {
    let mut armed = Desk::armed();
    armed.now.mono = Mono(3_000);
    let desk = armed.restart(of_boot("boot-2"), latch(0));
    assert_eq!(desk.asks_last_status(0), Some(Mono(3_000 + IDLE_WAIT_MS)));
}

#[test]
fn the_table_of_last_status_holds_after_a_restart() {
    use BundleResult::{Dispensed, NotDispensed, Uncertain};
    use LastCommand::{Dispense, Marker, Other};
    use LastStatusMode::{AtEnd, Unknown};
    let rows = [
        ("boot-1", latch(0), Unknown, Dispense, Dispensed),
        ("boot-1", latch(0), Unknown, Marker, NotDispensed),
        ("boot-1", latch(0), Unknown, Other, Uncertain),
        ("boot-1", latch(1), Unknown, Dispense, Uncertain),
        ("boot-1", latch(1), AtEnd, Dispense, Dispensed),
        ("boot-1", latch(1), AtEnd, Marker, Uncertain),
        ("boot-1", None, AtEnd, Marker, Uncertain),
        ("boot-1", None, Unknown, Dispense, Uncertain),
        ("boot-2", latch(0), Unknown, Marker, Uncertain),
        ("boot-2", latch(0), Unknown, Dispense, Uncertain),
        ("boot-2", latch(0), AtEnd, Dispense, Dispensed),
        ("boot-2", latch(0), AtEnd, Other, Uncertain),
    ];
    for (boot, latch_now, mode, command, expected) in rows {
        let setup = Setup { last_status: mode, ..of_boot(boot) };
        let mut desk = restarted_armed(setup, latch_now);
        let notes = desk.bundle();
        let movement = if command == Dispense { all_of(&notes) } else { nothing_moved() };
        desk.last_status(command, movement);
        assert_eq!(desk.results(), [expected], "{boot} {latch_now:?} {mode:?} {command:?}");
        let result = match expected {
            Dispensed => PayoutResult::Paid,
            NotDispensed => PayoutResult::Nothing,
            Uncertain | BundleResult::Partial => PayoutResult::Uncertain,
        };
        assert_eq!(desk.ended().result, result);
        assert_eq!(desk.disk.stopped.is_some(), expected == Uncertain);
        assert!(desk.disk.books.balance());
        assert_eq!(desk.disk.open, None);
    }
}

#[test]
fn a_device_without_last_status_is_uncertain_at_once_and_is_not_asked() {
    let mut without = setup();
    without.dispenser.last_status = false;
    let desk = Desk::armed().restart(without, latch(0));
    assert_eq!(desk.asks_last_status(0), None);
    assert_eq!(desk.results(), [BundleResult::Uncertain]);
    assert_eq!(desk.ended().result, PayoutResult::Uncertain);
}

#[test]
fn a_device_that_does_not_answer_after_a_restart_is_uncertain() {
    let mut desk = restarted_armed(setup(), latch(0));
    desk.dispenser(Dispenser::Failed(offline()));
    assert_eq!(desk.results(), [BundleResult::Uncertain]);
}

#[test]
fn a_second_restart_while_waiting_asks_again_and_settles_once() {
    let desk = restarted_armed(setup(), latch(0));
    let mut desk = desk.restart(setup(), latch(0));
    let notes = desk.bundle();
    desk.last_status(LastCommand::Dispense, all_of(&notes));
    assert_eq!(desk.results(), [BundleResult::Dispensed]);
    assert_eq!(desk.ended().result, PayoutResult::Paid);
    let desk = desk.restart(setup(), latch(0));
    assert!(desk.outcomes().is_empty());
    assert_eq!(desk.count("PayoutEnded"), 0);
}

#[test]
fn nobody_begins_while_a_payout_is_being_settled() {
    let mut desk = restarted_armed(setup(), latch(0));
    desk.send(senim_session::event::Event::Uplink { online: true, cause: String::new() });
    desk.act(begin());
    assert_eq!(desk.session.session_id(), None);
    assert!(desk.session.out_of_service(&desk.now).contains(&"payoutBeingSettled".to_owned()));
}

#[test]
fn a_first_bundle_that_recovery_finds_whole_is_not_followed_by_the_second() {
    let mut desk = Desk::open();
    desk.to_armed_of(TWO_BUNDLES);
    let mut desk = desk.restart(setup(), latch(0));
    let notes = desk.bundle();
    desk.last_status(LastCommand::Dispense, all_of(&notes));
    assert_eq!(desk.results(), [BundleResult::Dispensed]);
    assert_eq!((desk.ended().result, desk.ended().reason.as_deref()), (PayoutResult::Short, Some("restart")));
    nothing_moves(&desk);
}

#[test]
fn the_durable_state_reads_back_as_it_was_written_at_every_stage() {
    let mut desk = Desk::open();
    desk.to_armed_of(SUM);
    for record in desk.records_from(0) {
        if let Some(durable) = &record.durable {
            let read: senim_session::durable::DurableState =
                serde_json::from_str(&durable.to_json()).unwrap();
            assert_eq!(read, **durable);
        }
    }
}
