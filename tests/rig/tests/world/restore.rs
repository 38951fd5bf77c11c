//! The gateway is put back to an older state in the middle of business: everything comes back, nothing happens twice.

use senim_gateway_core::Actor;
use senim_rig::{World, WorldOptions, invariants};

fn staff() -> Actor {
    Actor::new("Дана", "the disk of the database failed").unwrap()
}

/// Runs a visit; the store is saved when so many rows of `saved` are written and put back at so many of `lost`.
fn put_back_in_the_middle(saved: (&str, usize), lost: (&str, usize), declared: bool) -> World {
    let mut world = World::new(WorldOptions::default());
    world.borrower = true;
    assert!(world.run_until(600_000, |world| world.count(saved.0) >= saved.1), "{saved:?}");
    let backup = world.mfo.store.snapshot();
    assert!(world.run_until(600_000, |world| world.count(lost.0) >= lost.1), "{lost:?}");
    world.mfo.store.put_back(&backup);
    if declared {
        world.mfo.gateway.restore(&staff(), &[], world.utc()).unwrap();
    }
    world.run_until(600_000, |_| false);
    world.borrower = false;
    world.settle();
    world
}

fn came_back(world: &World) {
    invariants::all(world);
    let status = world.mfo.gateway.restore_status().unwrap();
    assert_eq!(status.restoring, None, "{status:?}");
    assert!(status.last.is_some(), "there was a restoring");
    assert!(status.terminals.is_empty(), "{status:?}");
    assert!(!world.kernel().attachments_waiting());
    assert!(world.count("RewindObeyed") >= 1);
}

#[test]
fn a_gateway_put_back_at_any_moment_of_a_loan_has_everything_again_and_nobody_is_paid_twice() {
    let moments = [
        ("SessionOpened", "PayoutRequested"),
        ("SessionOpened", "PayoutIntended"),
        ("SessionOpened", "SessionClosed"),
        ("ContractAgreed", "PayoutIntended"),
        ("ContractAgreed", "PayoutEnded"),
        ("PayoutRequested", "PayoutIntended"),
        ("PayoutIntended", "PayoutEnded"),
    ];
    for (saved, lost) in moments {
        let world = put_back_in_the_middle((saved, 1), (lost, 1), true);
        came_back(&world);
        let left = invariants::left_tenge(&world);
        assert!(left == 0 || left == 100_000, "{saved} {lost}: {left}");
    }
}

#[test]
fn a_gateway_put_back_in_silence_learns_it_from_its_own_signature() {
    let mut world = World::new(WorldOptions::default());
    let backup = world.mfo.store.snapshot();
    world.visit();
    // Until the gateway has signed over the visit.
    world.run_until(120_000, |world| world.kernel().checkpoint_sizes().1 >= world.kernel().next_seq());
    world.mfo.store.put_back(&backup);
    // Nobody notices before somebody speaks.
    world.borrower = true;
    assert!(world.run_until(600_000, |world| world.count("RewindObeyed") == 1));
    world.run_until(600_000, |_| false);
    world.borrower = false;
    world.settle();
    came_back(&world);
    assert_eq!(invariants::left_tenge(&world), 100_000);
    let causes: Vec<bool> = world
        .bodies()
        .into_iter()
        .filter_map(|body| match body {
            senim_operation::Body::UplinkChanged(row) if row.cause == "gap" || row.usable => Some(row.usable),
            _ => None,
        })
        .collect();
    assert!(causes.contains(&false), "the technician sees why: {causes:?}");
    assert_eq!(causes.last(), Some(&true), "and that it is over");
}

#[test]
fn a_paid_borrower_gets_nothing_from_a_gateway_that_had_forgotten_the_loan() {
    let mut world = put_back_in_the_middle(("SessionOpened", 1), ("SessionClosed", 1), true);
    world.visit_again();
    assert_eq!(invariants::left_tenge(&world), 100_000);
    assert_eq!(world.mfo.services(|services| services.bookings.len()), 1);
    assert_eq!(world.mfo.services(|services| services.payouts.len()), 1);
}

#[test]
fn a_terminal_that_is_killed_while_it_sends_everything_again_goes_on_after_its_start() {
    for step in [200, 700, 1_500, 2_500, 4_000] {
        let mut world = World::new(WorldOptions::default());
        let backup = world.mfo.store.snapshot();
        world.visit();
        world.mfo.store.put_back(&backup);
        world.mfo.gateway.restore(&staff(), &[], world.utc()).unwrap();
        world.run_until(step, |_| false);
        world.kill();
        world.start(None);
        world.settle();
        came_back(&world);
        assert_eq!(invariants::left_tenge(&world), 100_000, "killed after {step} ms");
    }
}

#[test]
fn a_store_put_back_twice_is_made_whole_twice() {
    let mut world = World::new(WorldOptions::default());
    let backup = world.mfo.store.snapshot();
    world.visit();
    for _ in 0..2 {
        world.mfo.store.put_back(&backup);
        world.mfo.gateway.restore(&staff(), &[], world.utc()).unwrap();
        world.run_until(60_000, |_| false);
        world.settle();
        came_back(&world);
    }
    assert_eq!(world.count("RewindObeyed"), 2);
    assert_eq!(invariants::left_tenge(&world), 100_000);
}
