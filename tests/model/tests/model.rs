//! What the models show, and that they can fail.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

use senim_model::acknowledgement::{Acknowledging, Slip};
use senim_model::explore::explore;
use senim_model::payout::{Memory, Mistake, Odd, Payout, Site};

#[test]
fn no_order_of_losses_faults_and_cuts_pays_twice_or_loses_a_note() {
    let explored = explore(Payout { sites: Site::all(), faults: 3, mistake: None }, None, false);
    assert_eq!(explored.failures, []);
    // What it found before cannot be gone through unseen.
    assert!(explored.states > 400_000, "{} states", explored.states);
}

#[test]
fn every_mistake_that_is_planted_in_the_payout_is_found() {
    for mistake in Mistake::ALL {
        let found = explore(Payout { sites: Site::all(), faults: 2, mistake: Some(mistake) }, None, true);
        assert!(!found.failures.is_empty(), "{mistake:?} is not found in {} states", found.states);
    }
}

/// Design section 3 and docs/decisions/0008: not proved, and here it shows.
#[test]
fn what_the_design_leaves_open_is_open() {
    let site = Site { memory: Some(Memory::AtEnd), stated: false, latch: true, odd: Odd::Anything };
    let found = explore(Payout { sites: vec![site], faults: 2, mistake: None }, None, true);
    assert!(found.failures.iter().any(|(property, _)| *property == "books and notes agree"), "{found:?}");
}

#[test]
fn no_order_of_losses_deaths_and_restores_acknowledges_what_the_gateway_does_not_have() {
    let explored = explore(Acknowledging { rows: 4, faults: 2, waits: 12, mistake: None }, None, false);
    assert_eq!(explored.failures, []);
    assert!(explored.states > 50_000, "{} states", explored.states);
}

#[test]
fn every_mistake_that_is_planted_in_the_acknowledgement_is_found() {
    for slip in Slip::ALL {
        let found = explore(Acknowledging { rows: 4, faults: 2, waits: 12, mistake: Some(slip) }, None, true);
        assert!(!found.failures.is_empty(), "{slip:?} is not found in {} states", found.states);
    }
}
