//! The whole terminal and a phone that signs, in virtual time: the code travels, the phone answers, the poll brings it.

use senim_operation::Body;
use senim_operation::body::PayoutResult;
use senim_pki::phone::Manner;
use senim_rig::{Phones, Travel, World, WorldOptions, invariants};
use senim_sync::Request;

fn paid(world: &World) -> bool {
    let ended = world.bodies().into_iter().find_map(|body| match body {
        Body::PayoutEnded(row) => Some(row.result),
        _ => None,
    });
    ended == Some(PayoutResult::Paid)
}

#[test]
fn a_loan_signed_on_the_phone_is_paid_and_its_signature_is_kept() {
    let phones = Phones::new(Vec::new());
    let mut world = World::with_phones(WorldOptions::default(), phones.clone());
    world.visit();
    invariants::all(&world);
    assert!(paid(&world));
    assert_eq!(phones.scans(), 1);
    assert_eq!((world.count("SignatureRequested"), world.count("SignatureAwaited")), (1, 1));
    assert_eq!(world.count("SignatureCancelled"), 0);
    assert!(world.mfo.store.dump().contains("\"is\":\"accepted\""));
}

#[test]
fn refusals_and_wrong_keys_cost_a_new_code_and_not_the_loan() {
    let manners = vec![Manner::Refuses, Manner::AuthCertificate, Manner::OtherDocument];
    let phones = Phones::new(manners);
    let mut world = World::with_phones(WorldOptions::default(), phones.clone());
    world.visit();
    invariants::all(&world);
    assert!(paid(&world));
    assert_eq!(phones.scans(), 4);
    assert_eq!(world.count("SignatureRequested"), 4);
}

/// The answer to the first poll after the phone has signed is lost: the next one names the row and gets it again.
#[test]
fn a_verdict_that_was_lost_on_the_line_is_fetched_again() {
    let phones = Phones::new(Vec::new());
    let mut world = World::with_phones(WorldOptions::default(), phones.clone());
    let (watched, mut lost) = (phones.clone(), false);
    world.line = Box::new(move |request| {
        let verdict = matches!(request, Request::Inbox { .. }) && watched.scans() == 1 && !lost;
        if verdict {
            lost = true;
            return Travel::AnswerLost;
        }
        Travel::Good
    });
    world.visit();
    invariants::all(&world);
    assert!(paid(&world));
    assert_eq!(phones.scans(), 1);
}

#[test]
fn power_lost_while_the_code_is_up_leaves_nothing_behind_and_the_next_visit_works() {
    let phones = Phones::new(Vec::new());
    let mut world = World::with_phones(WorldOptions::default(), phones.clone());
    world.borrower = true;
    let shown = world.run_until(600_000, |world| world.kernel().session().signing_code().is_some());
    assert!(shown);
    world.cut_power();
    world.start(None);
    world.visit();
    invariants::all(&world);
    assert!(paid(&world));
    let dump = world.mfo.store.dump();
    assert!(dump.contains("\"is\":\"accepted\"") && dump.contains("\"is\":\"cancelled\""));
}
