//! The disk is full at each row of a payout: nothing moves without its row, and nothing is lost afterwards.

use senim_hal::cash_dispenser::Command;
use senim_rig::{World, WorldOptions, invariants};
use senim_session::state::State;

/// A world in which the disk is full from the moment on at which so many rows of that kind are durable.
fn full_after(kind: &str, nth: usize) -> World {
    let mut world = World::new(WorldOptions { sum: 200_000, ..WorldOptions::default() });
    world.borrower = true;
    let reached = world.run_until(600_000, |world| world.count(kind) == nth);
    assert!(reached, "{kind}");
    world.fill_disk();
    // Longer than a person waits for leave: what was asked for before is not asked for any more.
    world.run_until(90_000, |_| false);
    world
}

fn makes_room(world: &mut World) {
    world.borrower = false;
    world.make_room();
    world.settle();
    invariants::all(world);
}

#[test]
fn a_disk_that_fills_up_at_any_row_of_a_payout_moves_no_cash_without_its_row() {
    let points = [
        ("ContractAgreed", 1, 0, 0),
        ("PayoutRequested", 1, 0, 0),
        ("PayoutIntended", 1, 1, 0),
        ("PayoutArmed", 1, 1, 1),
        ("PayoutOutcome", 1, 1, 1),
        ("PayoutIntended", 2, 2, 1),
        ("PayoutArmed", 2, 2, 2),
        ("PayoutOutcome", 2, 2, 2),
        ("PayoutEnded", 1, 2, 2),
    ];
    for (kind, nth, most_marks, most_dispenses) in points {
        let mut world = full_after(kind, nth);
        let marks = world.cash_commands.iter().filter(|command| **command == Command::Mark).count();
        let dispenses = world.cash_commands.len() - marks;
        assert!(marks <= most_marks + 1 && dispenses <= most_dispenses + 1, "{kind} {nth}");
        let rows = world.count("PayoutIntended");
        assert!(marks <= rows, "{kind} {nth}: {marks} markers for {rows} durable intents");
        let armed = world.count("PayoutArmed");
        assert!(dispenses <= armed, "{kind} {nth}: {dispenses} dispenses for {armed} durable armings");
        makes_room(&mut world);
        let after = world.cash_commands.len();
        assert_eq!(after, marks + dispenses, "{kind} {nth}: nothing moves once there is room again");
    }
}

#[test]
fn a_terminal_with_a_full_disk_serves_nobody_and_comes_back_by_itself() {
    let mut world = World::new(WorldOptions::default());
    world.fill_disk();
    world.borrower = true;
    world.run_until(120_000, |_| false);
    assert!(!world.may_begin() || matches!(world.kernel().session().state(), State::Idle));
    assert_eq!(world.cash_commands.len(), 0);
    world.borrower = false;
    world.make_room();
    world.settle();
    assert!(world.run_until(120_000, World::may_begin), "{:?}", world.out_of_service());
    world.visit();
    invariants::all(&world);
    assert_eq!(invariants::left_tenge(&world), 100_000);
}

#[test]
fn a_process_that_dies_with_a_full_disk_has_lost_no_cash() {
    for (kind, nth) in [("PayoutIntended", 1), ("PayoutArmed", 1), ("PayoutOutcome", 1), ("PayoutArmed", 2)] {
        let mut world = full_after(kind, nth);
        let commands = world.cash_commands.len();
        world.borrower = false;
        world.kill();
        world.start(None);
        world.settle();
        invariants::all(&world);
        assert_eq!(world.cash_commands.len(), commands);
    }
}
