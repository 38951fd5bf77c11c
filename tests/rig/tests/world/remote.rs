//! What the MFO's staff decide, from their decision to the terminal's row and back.

use senim_domain::cash::{Denomination, FoundPlace, SettledNotes, UnitNo, UnitStock};
use senim_emulators::faults::FaultSpec;
use senim_emulators::lcdm4000::{Fault, Unit};
use senim_gateway_core::{Actor, Count, PayoutCase, Settlement};
use senim_operation::Body;
use senim_operation::body::DenominationCount;
use senim_operation::message::Command;
use senim_rig::mfo::staff;
use senim_rig::world::CASSETTES;
use senim_rig::{World, WorldOptions, invariants};
use senim_session::action::Action;

/// A payout of which nobody knows how much left; the terminal is at rest.
fn in_doubt() -> (World, PayoutCase) {
    let mut world = World::new(WorldOptions::default());
    let spec = FaultSpec { left: Some(true), after_notes: Some(5), ..FaultSpec::times(1) };
    world.dispenser.set_fault(Fault::ExitDoubt, spec, world.now);
    world.visit();
    invariants::all(&world);
    assert_eq!(world.no_cash_loan().as_deref(), Some("cashStopped"));
    let doubts = world.mfo.gateway.doubts("", 10).unwrap();
    let [(_, doubt)] = doubts.as_slice() else { panic!("one payout in doubt: {doubts:?}") };
    let case = world.mfo.gateway.payout_case(doubt.loan, doubt.request).unwrap();
    (world, case)
}

/// Opens the machine and counts: what left, what lies in the reject unit, what is still in the cassette.
fn count(world: &World, case: &PayoutCase) -> Count {
    let books = &world.kernel().session().durable().books;
    let mut count = Count::default();
    for ((unit, tenge), no) in Unit::ALL.into_iter().zip(CASSETTES).zip(1..).take(2) {
        let denomination = Denomination(tenge);
        if !case.notes.contains_key(&denomination) {
            continue;
        }
        let truth = world.dispenser.cassette(unit);
        let exited = u32::try_from(truth.exited).unwrap();
        count.given.push(DenominationCount { denomination, notes: exited });
        let rejected = u32::try_from(truth.rejected).unwrap() - books.denominations[&denomination].in_reject;
        let inside = truth.notes - books.units[&UnitNo(no)].notes;
        let found = |notes, place, unit| SettledNotes { denomination, notes, place, unit };
        count.found.push(found(rejected, FoundPlace::RejectUnit, None));
        count.found.push(found(inside, FoundPlace::Cassette, Some(UnitNo(no))));
    }
    count
}

fn settle(world: &World, case: &PayoutCase) -> Settlement {
    let (loan, request) = (case.doubt.loan, case.doubt.request);
    let (gateway, now) = (&world.mfo.gateway, world.utc());
    let proposed = gateway.propose_settlement(loan, request, &count(world, case), &staff(), now).unwrap();
    let second = Actor::new("Асқар", "the count was repeated").unwrap();
    gateway.confirm_settlement(loan, request, proposed.settlement, &second, now).unwrap()
}

fn paid_further(world: &World, case: &PayoutCase, settled: &Settlement) {
    let now = world.mfo.gateway.payout_case(case.doubt.loan, case.doubt.request).unwrap();
    assert_eq!(now.paid_tiyn, settled.plan.paid_after_tiyn);
    assert_eq!(now.paid_tiyn.tenge(), invariants::left_tenge(world), "what left is what was paid");
    assert!(now.settlement.unwrap().booked_at.is_some(), "the terminal's row came back");
    assert!(world.mfo.gateway.doubts("", 10).unwrap().is_empty());
    assert_eq!(world.no_cash_loan(), None, "cash service is allowed again");
    assert_eq!(world.kernel().session().durable().books.in_doubt(), 0);
}

#[test]
fn a_payout_in_doubt_is_counted_settled_by_two_people_and_the_terminals_books_are_the_truth() {
    let (mut world, case) = in_doubt();
    let settled = settle(&world, &case);
    assert!(settled.plan.missing_tiyn.tiyn() > 0, "the loan may be paid further");
    assert!(world.run_until(120_000, |world| world.count("PayoutSettled") == 1));
    world.settle();
    invariants::all(&world);
    paid_further(&world, &case, &settled);
}

#[test]
fn a_terminal_that_dies_on_either_side_of_the_settlements_row_carries_it_out_once() {
    for halt in ["before:PayoutSettled:1", "after:PayoutSettled:1", "before:CashServiceChanged:1"] {
        let (mut world, case) = in_doubt();
        world.kill();
        world.start(Some(halt));
        let settled = settle(&world, &case);
        assert!(world.run_until(300_000, World::halted), "{halt}");
        world.kill();
        world.start(None);
        world.run_until(120_000, |world| world.count("PayoutSettled") == 1);
        world.settle();
        assert_eq!(world.count("PayoutSettled"), 1, "{halt}");
        assert_eq!(world.kernel().session().durable().stopped, None);
        invariants::invariant_books_cover_the_truth(&world);
        invariants::invariant_the_gateway_has_every_row_once(&world);
        paid_further(&world, &case, &settled);
    }
}

#[test]
fn a_settlement_and_an_answer_that_is_lost_on_the_way_do_not_settle_twice() {
    let (mut world, case) = in_doubt();
    let settled = settle(&world, &case);
    let mut lost = 0;
    world.line = Box::new(move |_| {
        lost += 1;
        if lost % 2 == 0 { senim_rig::world::Travel::AnswerLost } else { senim_rig::world::Travel::Good }
    });
    assert!(world.run_until(600_000, |world| world.count("PayoutSettled") == 1));
    world.settle();
    invariants::all(&world);
    paid_further(&world, &case, &settled);
}

#[test]
fn a_command_goes_there_is_obeyed_and_its_outcome_comes_back() {
    let mut world = World::new(WorldOptions::default());
    let reason = "the place is being painted".to_owned();
    let (terminal, now) = (world.terminal.clone(), world.utc());
    let command = |world: &World, command: &Command| {
        world.mfo.gateway.command(&terminal, command, 60, &staff(), now).unwrap();
    };
    command(&world, &Command::OutOfService { reason });
    assert!(world.run_until(120_000, |world| world.out_of_service() == ["withdrawn"]));
    world.input(senim_runtime::Input::Action(Action::ChooseLanguage(senim_domain::Language::Kk)));
    assert!(world.kernel().session().at_rest(), "nobody begins");
    command(&world, &Command::BackInService);
    assert!(world.run_until(120_000, World::may_begin));
    command(&world, &Command::Restart);
    assert!(world.run_until(120_000, |world| world.count("TerminalStopped") == 1));
    let carried_out: Vec<String> = world
        .bodies()
        .into_iter()
        .filter_map(|body| match body {
            Body::CommandCarriedOut(row) => Some(format!("{} {}", row.command, row.result)),
            _ => None,
        })
        .collect();
    assert_eq!(carried_out, ["outOfService done", "backInService done", "restart done"]);
}

#[test]
fn of_several_orders_that_wait_a_restart_forgets_none() {
    let mut world = World::new(WorldOptions::default());
    let (terminal, now) = (world.terminal.clone(), world.utc());
    let load = |notes| UnitStock { unit: UnitNo(1), denomination: Denomination(CASSETTES[0]), notes };
    let orders = [3, 4, 5].map(|notes| world.mfo.order(&terminal, vec![load(notes)], now));
    let here = |world: &World| {
        let known = &world.kernel().session().facts().orders;
        orders.iter().all(|order| known.contains_key(order))
    };
    assert!(world.run_until(600_000, here), "they come");
    world.kill();
    world.start(None);
    assert!(world.run_until(10_000, here), "and are there again");
}
