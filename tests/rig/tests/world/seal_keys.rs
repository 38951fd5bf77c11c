//! The MFO's keys for sealing are replaced while terminals serve.

use std::collections::BTreeSet;

use senim_rig::{World, WorldOptions, invariants};

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;

/// `kid`s that rows from this number on are sealed to.
fn sealed_to(world: &World, from: usize) -> BTreeSet<String> {
    let rows = world.rows();
    rows.iter().skip(from).filter_map(|row| Some(row.envelope.sealed.as_ref()?.kid.clone())).collect()
}

#[test]
fn after_a_rotation_rows_are_sealed_to_the_new_key_and_the_next_loan_is_paid() {
    let mut world = World::run_first_loan(WorldOptions::default());
    let former = world.mfo.seal.thumbprint();
    assert_eq!(sealed_to(&world, 0), BTreeSet::from([former]));
    let before = world.rows().len();
    let new = world.mfo.rotate_seal_key((400, 30), world.utc()).thumbprint();
    let stored = |world: &World| world.kernel().session().facts().seal_keys.is_some();
    assert!(world.run_until(600_000, stored), "the list arrives: {:?}", world.log);
    world.visit_again();
    // The gateway answered what it could only read with the new key.
    let answered = world.rows().iter().skip(before).any(|row| row.envelope.kind == "AnswerReceived");
    assert!(answered, "{:?}", world.log);
    assert_eq!(sealed_to(&world, before), BTreeSet::from([new.clone()]));
    // Over a restart the stored list holds.
    let before = world.rows().len();
    world.kill();
    world.start(None);
    world.visit_again();
    assert!(sealed_to(&world, before).iter().all(|kid| *kid == new));
    invariants::all(&world);
}

#[test]
fn without_a_usable_key_nothing_new_begins_and_the_reason_has_a_name() {
    let mut world = World::new(WorldOptions::default());
    world.mfo.rotate_seal_key((2, 1), world.utc());
    let stored = |world: &World| world.kernel().session().facts().seal_keys.is_some();
    assert!(world.run_until(600_000, stored));
    assert!(!world.out_of_service().contains(&"noSealKey".to_owned()));
    let sealed = sealed_to(&world, 0);
    world.pass(3 * DAY_MS);
    assert!(world.out_of_service().contains(&"noSealKey".to_owned()), "{:?}", world.out_of_service());
    world.visit_again();
    assert_eq!(sealed_to(&world, 0), sealed, "nobody was asked for anything personal");
}
