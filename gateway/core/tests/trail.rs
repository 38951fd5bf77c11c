//! The trail of acts: what staff did, in order, and whether anybody changed it since.

use senim_domain::UtcMillis;
use senim_gateway_core::store::{Change, Collection, Expect, Store as _};
use senim_gateway_core::{Actor, Refusal, Trail};

use crate::support::{self, NOON, Rig, pack, staff, started};

fn trail(rig: &Rig) -> Trail {
    rig.gateway.trail(UtcMillis(0), None, 100).unwrap()
}

fn acts(trail: &Trail) -> Vec<(u64, &str, &str)> {
    trail.acts.iter().map(|act| (act.n, act.record.act.as_str(), act.record.subject.as_str())).collect()
}

fn rewrite(rig: &Rig, n: u64, change: impl FnOnce(String) -> Option<String>) {
    let key = format!("{n:016}");
    let json = change(rig.store.document(Collection::Act, &key).unwrap().unwrap().json);
    rig.store
        .commit(&[Change::Document { collection: Collection::Act, key, expect: Expect::Any, json }])
        .unwrap();
}

#[test]
fn every_decision_of_staff_is_in_the_trail_with_person_and_reason() {
    let rig = started();
    let trail = trail(&rig);
    assert_eq!(acts(&trail), [(3, "activate", "t-1"), (2, "rulePack", "1"), (1, "enrol", "t-1")]);
    assert!(trail.broken.is_empty());
    assert_eq!(trail.head.n, 3);
    assert_eq!(
        (trail.acts[0].record.actor.person(), trail.acts[0].record.actor.reason()),
        ("Дана", "a test")
    );
    assert_eq!(trail.acts[0].record.at, NOON);
}

#[test]
fn a_decision_that_is_refused_leaves_no_act() {
    let rig = started();
    assert!(rig.gateway.publish_rule_pack(pack(), &staff(), NOON).is_err());
    assert_eq!(trail(&rig).head.n, 3);
}

#[test]
fn a_changed_act_a_removed_act_and_an_exchanged_one_are_found() {
    let rig = started();
    rewrite(&rig, 2, |json| Some(json.replace("a test", "a lie")));
    assert_eq!(trail(&rig).broken, [3, 2], "the act itself, and the one that names its hash");
    let rig = started();
    rewrite(&rig, 3, |json| Some(json.replace("Дана", "Асқар")));
    assert_eq!(trail(&rig).broken, [3], "the newest one has nobody after it, but a keyed hash");
    let rig = started();
    rewrite(&rig, 2, |_| None);
    rig.gateway.activate(&rig.terminal.id, &support::place(true, "Астана"), &staff(), NOON).unwrap();
    let second = rig.store.document(Collection::Act, "0000000000000003").unwrap();
    assert!(second.is_some(), "numbers are not used again");
    let rig = started();
    let other = rig.store.document(Collection::Act, "0000000000000001").unwrap().unwrap().json;
    rewrite(&rig, 2, |_| Some(other));
    assert_eq!(trail(&rig).broken, [3, 2]);
}

#[test]
fn two_processes_on_one_store_number_their_acts_one_after_the_other() {
    let rig = started();
    let other = rig.another_gateway();
    for round in 0..5 {
        rig.gateway.activate(&rig.terminal.id, &support::place(true, "here"), &staff(), NOON).unwrap();
        other.activate(&rig.terminal.id, &support::place(false, "there"), &staff(), NOON).unwrap();
        assert_eq!(other.trail_head().unwrap().n, 5 + 2 * round);
    }
    let trail = trail(&rig);
    assert_eq!((trail.acts.len(), trail.broken.len()), (13, 0));
}

#[test]
fn the_trail_is_listed_from_a_moment_on_and_in_pages() {
    let mut rig = started();
    rig.later(3600);
    rig.gateway.activate(&rig.terminal.id, &support::place(false, "closed"), &staff(), rig.now).unwrap();
    let since = rig.gateway.trail(rig.now, None, 100).unwrap();
    assert_eq!(acts(&since), [(4, "deactivate", "t-1")]);
    let page = rig.gateway.trail(UtcMillis(0), Some(4), 2).unwrap();
    assert_eq!(acts(&page), [(3, "activate", "t-1"), (2, "rulePack", "1")]);
}

#[test]
fn nobody_acts_without_a_name_and_a_reason() {
    for (person, reason) in [("", "why"), ("Дана", " "), ("Да\nна", "why"), ("Дана", &"x".repeat(501))]
    {
        assert!(matches!(Actor::new(person, reason), Err(Refusal::BadDirective(_))));
    }
}
