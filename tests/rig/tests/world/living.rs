//! The whole terminal and somebody living before it: sequence, evidence, verdict and portrait, and then the money.

use senim_operation::Body;
use senim_operation::body::{Liveness, LivenessOutcome, PayoutResult};
use senim_rig::{World, WorldOptions, invariants};

#[test]
fn a_loan_is_paid_to_somebody_living_whose_evidence_is_judged_again() {
    let mut world = World::new(WorldOptions::default());
    world.visit();
    invariants::all(&world);
    let bodies = world.bodies();
    let performed = bodies.iter().find_map(|body| match body {
        Body::LivenessPerformed(row) => Some(row),
        _ => None,
    });
    let performed = performed.expect("a sequence was done");
    assert_eq!(performed.outcome, LivenessOutcome::Passed);
    let portraits = bodies.iter().filter_map(|body| match body {
        Body::FaceCaptured(row) => Some(row.liveness),
        _ => None,
    });
    assert_eq!(portraits.collect::<Vec<_>>(), [Liveness::Passed(performed.challenge)]);
    let ended = bodies.iter().find_map(|body| match body {
        Body::PayoutEnded(row) => Some(row.result),
        _ => None,
    });
    assert_eq!(ended, Some(PayoutResult::Paid));
}

#[test]
fn each_visit_gets_a_sequence_of_its_own() {
    let mut world = World::new(WorldOptions::default());
    world.visit();
    world.visit();
    let challenges = world.bodies().into_iter().filter_map(|body| match body {
        Body::LivenessPerformed(row) => Some(row.challenge),
        _ => None,
    });
    let all: Vec<_> = challenges.collect();
    let different: std::collections::BTreeSet<_> = all.iter().collect();
    assert!(!all.is_empty() && different.len() == all.len());
    invariants::all(&world);
}
