//! A payout on a dispenser with a shutter: notes are given when they are taken, and never before.

use senim_domain::cash::{BundleResult, Denomination, UnitMoved, UnitNo};
use senim_hal::cash_dispenser::{Event as Dispenser, LastCommand, Presentation, Shutter, UnitPresented};
use senim_hal::{Error, ErrorKind};
use senim_operation::body::PayoutResult;
use senim_session::effect::{CashCommand, Effect};
use senim_session::event::Event;
use senim_session::facts::Setup;
use senim_session::state::{Ending, PayPhase, State};

use crate::desk::*;

/// Of the stacked notes per cassette: how many lie, how many were taken, how many were taken back.
fn there(units: &[(u8, u32, u32, u32)]) -> Presentation {
    let units = (1..=4)
        .map(|no| {
            let (lying, taken, retracted) = units
                .iter()
                .find(|(unit, ..)| *unit == no)
                .map_or((0, 0, 0), |(_, lying, taken, retracted)| (*lying, *taken, *retracted));
            UnitPresented { unit: UnitNo(no), lying, taken, retracted }
        })
        .collect();
    Presentation { shutter: Shutter::Closed, units, error: None, counts_in_doubt: false }
}

/// Twenty notes of 5,000 from cassette 1, stacked and shown.
fn presented() -> Desk {
    let mut desk = Desk::open_with(presenter(), stock());
    desk.to_armed_of(SUM);
    let notes = desk.bundle();
    desk.dispenser(Dispenser::Moved(all_of(&notes)));
    assert_eq!(desk.commands().last(), Some(&&CashCommand::Present));
    assert_eq!(desk.results(), [], "stacked is not given");
    desk.dispenser(Dispenser::Presented(there(&[(1, 20, 0, 0)])));
    desk
}

fn phase(desk: &Desk) -> PayPhase {
    match desk.session.state() {
        State::Paying { phase, .. } => *phase,
        other => panic!("not paying: {other:?}"),
    }
}

fn time_for_taking_ms() -> u64 {
    let times = pack().session;
    u64::from(times.input_seconds + times.warning_seconds) * 1000
}

fn in_retract(desk: &Desk) -> u32 {
    desk.session.durable().books.denominations[&Denomination(5_000)].in_retract
}

#[test]
fn notes_are_paid_when_the_sensor_sees_them_gone() {
    let mut desk = presented();
    assert_eq!(phase(&desk), PayPhase::Taking);
    desk.dispenser(Dispenser::ItemsTaken(there(&[(1, 0, 20, 0)])));
    assert_eq!(desk.results(), [BundleResult::Dispensed]);
    assert_eq!(desk.ended().result, PayoutResult::Paid);
    assert_eq!((desk.count("PayoutPresented"), desk.count("PayoutTaken")), (1, 1));
    assert!(desk.session.durable().books.balance());
}

#[test]
fn notes_that_were_left_are_taken_back_once_and_not_charged() {
    let mut desk = presented();
    desk.wait_ms(time_for_taking_ms() - 1);
    assert_eq!(phase(&desk), PayPhase::Taking);
    desk.wait_ms(1);
    assert_eq!(phase(&desk), PayPhase::Retracting);
    desk.wait_ms(60_000);
    let retracts = desk.commands().into_iter().filter(|command| **command == CashCommand::Retract).count();
    assert_eq!(retracts, 1);
    desk.dispenser(Dispenser::Retracted(there(&[(1, 0, 0, 20)])));
    assert_eq!((desk.results(), in_retract(&desk)), (vec![BundleResult::NotDispensed], 20));
    assert_eq!(desk.ended().result, PayoutResult::Nothing);
    assert_eq!(desk.ended().reason.as_deref(), Some("notTaken"));
    desk.assert_ended(Ending::NothingPaid);
    assert!(desk.session.durable().books.balance());
}

#[test]
fn who_took_a_part_is_charged_for_that_part() {
    let mut desk = presented();
    desk.wait_ms(time_for_taking_ms());
    desk.dispenser(Dispenser::Retracted(there(&[(1, 0, 15, 5)])));
    assert_eq!((desk.results(), in_retract(&desk)), (vec![BundleResult::Partial], 5));
    assert_eq!(desk.ended().result, PayoutResult::Short);
    assert_eq!(desk.ended().distributed[0].notes, 15);
    assert!(desk.session.durable().books.balance());
}

#[test]
fn taken_in_the_moment_of_taking_back_is_paid() {
    let mut desk = presented();
    desk.wait_ms(time_for_taking_ms());
    desk.dispenser(Dispenser::ItemsTaken(there(&[(1, 0, 20, 0)])));
    assert_eq!(desk.results(), [], "the device is still at it: nothing else may be asked of it yet");
    desk.dispenser(Dispenser::Retracted(there(&[(1, 0, 20, 0)])));
    assert_eq!(desk.ended().result, PayoutResult::Paid);
}

#[test]
fn a_device_that_finds_nothing_to_take_back_does_not_make_taken_notes_uncertain() {
    for end in [Dispenser::Failed(offline()), Dispenser::Unanswered(offline())] {
        let mut desk = presented();
        desk.wait_ms(time_for_taking_ms());
        desk.dispenser(Dispenser::ItemsTaken(there(&[(1, 0, 20, 0)])));
        desk.dispenser(end);
        assert_eq!(desk.ended().result, PayoutResult::Paid);
    }
}

#[test]
fn late_news_of_an_earlier_taking_does_not_pay_the_bundle_behind_the_shutter() {
    let mut desk = Desk::open_with(presenter(), stock());
    desk.to_armed_of(SUM);
    let notes = desk.bundle();
    desk.dispenser(Dispenser::Moved(all_of(&notes)));
    desk.dispenser(Dispenser::ItemsTaken(there(&[(1, 0, 20, 0)])));
    assert_eq!(desk.results(), [], "the shutter was not seen open");
    desk.dispenser(Dispenser::Presented(there(&[(1, 20, 0, 0)])));
    assert_eq!(phase(&desk), PayPhase::Taking);
    let mut desk = desk.restart(presenter(), latch(0));
    desk.dispenser(Dispenser::ItemsTaken(there(&[(1, 0, 20, 0)])));
    assert_eq!(desk.results(), [], "after a restart only the answer to the question counts");
}

#[test]
fn stacked_notes_whose_row_was_refused_are_not_called_notes_in_the_cassette() {
    let mut desk = Desk::open_with(presenter(), stock());
    desk.to_armed_of(SUM);
    let notes = desk.bundle();
    refuse_row_of(&mut desk, Event::Dispenser(Dispenser::Moved(all_of(&notes))));
    assert_eq!((desk.results(), in_doubt(&desk)), (vec![BundleResult::Uncertain], 20));
    assert!(desk.session.durable().stopped.is_some() && desk.session.durable().books.balance());
}

#[test]
fn notes_in_the_open_shutter_whose_taking_back_was_refused_are_not_called_untouched() {
    let mut desk = presented();
    desk.pass_ms(time_for_taking_ms());
    refuse_row_of(&mut desk, Event::Timeout);
    assert_eq!((desk.results(), in_doubt(&desk)), (vec![BundleResult::Uncertain], 20));
    assert!(desk.session.durable().stopped.is_some());
}

#[test]
fn a_line_that_comes_back_before_the_open_shutter_is_asked_where_the_notes_are_once() {
    let mut desk = presented();
    desk.dispenser(Dispenser::Line { open: false });
    let first = desk.dispenser(Dispenser::Line { open: true });
    desk.dispenser(Dispenser::Line { open: false });
    desk.dispenser(Dispenser::Line { open: true });
    let asks = desk.effects[first..].iter();
    assert_eq!(asks.filter(|effect| matches!(effect, Effect::AskPresentStatus { .. })).count(), 1);
    desk.dispenser(Dispenser::PresentStatus(there(&[(1, 20, 0, 0)])));
    assert_eq!(desk.commands().last(), Some(&&CashCommand::Retract));
    desk.dispenser(Dispenser::Retracted(there(&[(1, 0, 20, 0)])));
    assert_eq!(desk.ended().result, PayoutResult::Paid);
}

#[test]
fn a_restart_between_the_two_rows_behind_a_restart_still_takes_back() {
    let desk = Desk::open_with(presenter(), stock());
    let mut desk = armed_and_restarted(desk);
    let notes = desk.bundle();
    let last = Dispenser::LastStatus { command: LastCommand::Dispense, movement: all_of(&notes) };
    let mut effects = desk.send_raw(Event::Dispenser(last));
    let presented =
        |effect: &Effect| matches!(effect, Effect::Record(row) if row.draft.body.kind() == "PayoutPresented");
    let at = effects.iter().position(presented).unwrap();
    effects.truncate(at + 1);
    desk.make_durable_only(effects);
    let mut desk = desk.restart(presenter(), latch(0));
    desk.dispenser(Dispenser::PresentStatus(there(&[(1, 20, 0, 0)])));
    assert_eq!(desk.commands(), [&CashCommand::Retract]);
}

fn armed_and_restarted(mut desk: Desk) -> Desk {
    desk.to_armed_of(SUM);
    desk.restart(presenter(), latch(0))
}

/// The step's row that would move cash cannot be written; the kernel strips its command and says so.
fn refuse_row_of(desk: &mut Desk, event: Event) {
    let mut effects = desk.send_raw(event);
    let mut refused = None;
    for effect in &mut effects {
        if let Effect::Record(row) = effect
            && row.then.take().is_some()
        {
            refused = Some(row.op_id);
        }
    }
    desk.make_durable(effects);
    desk.send(Event::RecordRefused { op_id: refused.expect("a row that moves cash") });
}

fn in_doubt(desk: &Desk) -> u32 {
    desk.session.durable().books.denominations[&Denomination(5_000)].uncertain
}

#[test]
fn doubtful_counts_and_notes_that_stay_in_the_shutter_are_uncertain() {
    let doubt = Presentation { counts_in_doubt: true, ..there(&[(1, 0, 20, 0)]) };
    for event in [
        Dispenser::ItemsTaken(doubt),
        Dispenser::ItemsTaken(there(&[(1, 0, 19, 0)])),
        Dispenser::ItemsTaken(there(&[(1, 0, 19, 0), (2, 0, 1, 0)])),
        Dispenser::Failed(offline()),
    ] {
        let mut desk = presented();
        desk.dispenser(event);
        assert_eq!(desk.results(), [BundleResult::Uncertain]);
        assert!(desk.session.durable().stopped.is_some() && desk.session.durable().books.balance());
    }
    let mut desk = presented();
    desk.wait_ms(time_for_taking_ms());
    desk.dispenser(Dispenser::Retracted(there(&[(1, 20, 0, 0)])));
    assert_eq!(desk.results(), [BundleResult::Uncertain], "a retract is not tried twice");
}

#[test]
fn a_shutter_that_does_not_open_lets_the_notes_be_taken_back() {
    let mut desk = Desk::open_with(presenter(), stock());
    desk.to_armed_of(SUM);
    let notes = desk.bundle();
    desk.dispenser(Dispenser::Moved(all_of(&notes)));
    let error = Some(Error::new(ErrorKind::HardwareError, "shutter"));
    desk.dispenser(Dispenser::Presented(Presentation { error, ..there(&[(1, 20, 0, 0)]) }));
    assert_eq!(desk.commands().last(), Some(&&CashCommand::Retract));
    desk.dispenser(Dispenser::Retracted(there(&[(1, 0, 0, 20)])));
    assert_eq!(desk.ended().result, PayoutResult::Nothing);
}

#[test]
fn a_silent_shutter_is_asked_where_the_notes_are() {
    let mut desk = presented();
    let first = desk.dispenser(Dispenser::Unanswered(offline()));
    let asked = desk.effects[first..].iter().any(|effect| matches!(effect, Effect::AskPresentStatus { .. }));
    assert!(asked);
    assert_eq!(phase(&desk), PayPhase::Checking);
    desk.dispenser(Dispenser::PresentStatus(there(&[(1, 0, 20, 0)])));
    assert_eq!(desk.ended().result, PayoutResult::Paid);
}

#[test]
fn a_restart_before_the_open_shutter_asks_and_takes_back_what_still_lies_there() {
    let (desk, loss) = (presented(), latch(0));
    let mut desk = desk.restart(presenter(), loss);
    let asked = desk.effects.iter().any(|effect| matches!(effect, Effect::AskPresentStatus { .. }));
    assert!(asked && desk.commands().is_empty(), "only a question, until the device has told");
    desk.dispenser(Dispenser::PresentStatus(there(&[(1, 20, 0, 0)])));
    assert_eq!(desk.commands(), [&CashCommand::Retract]);
    desk.dispenser(Dispenser::Retracted(there(&[(1, 0, 12, 8)])));
    assert_eq!((desk.ended().result, in_retract(&desk)), (PayoutResult::Short, 8));
}

#[test]
fn a_restart_with_power_lost_or_another_boot_knows_nothing() {
    let cases = [
        (presenter(), latch(1)),
        (presenter(), None),
        (Setup { boot: "boot-2".into(), ..presenter() }, latch(0)),
    ];
    for (setup, latch) in cases {
        let mut desk = presented().restart(setup, latch);
        desk.dispenser(Dispenser::PresentStatus(there(&[(1, 0, 20, 0)])));
        assert_eq!(desk.results(), [BundleResult::Uncertain]);
        assert_eq!(desk.commands(), Vec::<&CashCommand>::new());
    }
}

#[test]
fn a_stack_that_lacks_notes_is_presented_and_paid_short() {
    let mut desk = Desk::open_with(presenter(), stock());
    desk.to_armed_of(SUM);
    let mut movement = moved(&[(1, 18, 2)]);
    movement.error = Some(Error::new(ErrorKind::HardwareError, "01"));
    desk.dispenser(Dispenser::Moved(movement));
    desk.dispenser(Dispenser::Presented(there(&[(1, 18, 0, 0)])));
    desk.dispenser(Dispenser::ItemsTaken(there(&[(1, 0, 18, 0)])));
    assert_eq!(desk.results(), [BundleResult::Partial]);
    let units = &desk.outcomes()[0].units;
    assert!(units.contains(&UnitMoved { unit: UnitNo(1), distributed: 18, rejected: 2 }));
    assert_eq!(desk.ended().reason.as_deref(), Some("device"));
    assert!(desk.session.durable().books.balance());
}
