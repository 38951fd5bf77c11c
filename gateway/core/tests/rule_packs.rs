//! Rule packs at the desk: drafted by one, approved by another, sent at their time, and every refusal told in the trail.

use senim_domain::rule_pack::{RulePack, RulePackError, Service};
use senim_domain::{TerminalId, UtcMillis};
use senim_gateway_core::store::{Change, Collection, Expect, Store as _};
use senim_gateway_core::{
    Actor, Decision, GatewayError, Ground, PackDraft, PackRefusal, PackState, Refusal, differences,
};
use senim_operation::message::{MessageBody, open_message};

use crate::support::{NOON, PRINCIPAL, Rig, pack, staff, started};

const HOUR: i64 = 3_600_000;

fn dana() -> Actor {
    Actor::new("Дана", "minutes 4 of the credit committee").unwrap()
}

fn askar() -> Actor {
    Actor::new("Асқар", "compared with the minutes").unwrap()
}

/// The next pack, in force an hour from noon, with a lower rate.
fn cheaper() -> RulePack {
    let mut pack = pack();
    pack.version += 1;
    pack.effective_from = UtcMillis(NOON.0 + HOUR);
    pack.products[0].rate = serde_json::from_str("{\"annual_percent\": \"30.000\"}").unwrap();
    pack
}

fn text(pack: &RulePack) -> String {
    serde_json::to_string_pretty(pack).unwrap()
}

fn draft(rig: &Rig, pack: &RulePack) -> Result<PackDraft, GatewayError> {
    rig.gateway.propose_rule_pack(&text(pack), &dana(), rig.now)
}

fn approve(rig: &Rig, draft: &PackDraft, by: &Actor) -> Result<usize, GatewayError> {
    let sha256 = draft.sha256().unwrap();
    rig.gateway.approve_rule_pack(&draft.draft, &sha256, by, rig.now).map(|sent| sent.len())
}

fn why<T: std::fmt::Debug>(answer: Result<T, GatewayError>) -> PackRefusal {
    match answer {
        Err(GatewayError::Refused(Refusal::RulePack(why))) => why,
        other => panic!("{other:?}"),
    }
}

fn last_act(rig: &Rig) -> (String, String) {
    let act = rig.gateway.trail(UtcMillis(0), None, 1).unwrap().acts.remove(0).record;
    (act.act, act.actor.person().to_owned())
}

/// Versions of the packs in a terminal's inbox, in order.
fn received(rig: &Rig, terminal: &TerminalId) -> Vec<u64> {
    let (messages, _) = rig.gateway.inbox(terminal, 0, rig.now).unwrap();
    let read = |jws: &str| match open_message(jws, &rig.trust, terminal).unwrap().body {
        MessageBody::RulePack(pack) => Some(pack.version),
        _ => None,
    };
    messages.iter().filter_map(|item| read(&item.jws)).collect()
}

#[test]
fn a_draft_is_published_by_a_second_person_and_reaches_terminals_at_its_time() {
    let mut rig = started();
    rig.gateway.publish_rule_pack(pack(), &staff(), rig.now).ok();
    let terminal = rig.terminal.id.clone();
    let before = received(&rig, &terminal);
    let drafted = draft(&rig, &cheaper()).unwrap();
    assert_eq!(last_act(&rig), ("rulePackDraft".to_owned(), "Дана".to_owned()));
    assert_eq!(
        approve(&rig, &drafted, &askar()).unwrap(),
        0,
        "a terminal keeps one pack: not before its time"
    );
    assert_eq!(last_act(&rig), ("rulePack".to_owned(), "Асқар".to_owned()));
    let states = |rig: &Rig| -> Vec<_> {
        let packs = rig.gateway.published_rule_packs(rig.now).unwrap();
        packs.iter().map(|one| (one.pack.version, one.state, one.sent)).collect()
    };
    assert_eq!(states(&rig)[0], (2, PackState::Waiting, false));
    assert_eq!(states(&rig)[1].1, PackState::InForce);
    rig.now = UtcMillis(cheaper().effective_from.0 - 1);
    assert_eq!(rig.gateway.send_due_rule_packs(rig.now).unwrap(), 0);
    assert_eq!(received(&rig, &terminal), before);
    rig.now = cheaper().effective_from;
    assert_eq!(rig.gateway.send_due_rule_packs(rig.now).unwrap(), 1);
    assert_eq!(received(&rig, &terminal).last(), Some(&2));
    assert_eq!(rig.gateway.send_due_rule_packs(rig.now).unwrap(), 0, "once");
    assert_eq!(states(&rig)[0], (2, PackState::InForce, true));
    assert_eq!(states(&rig)[1].1, PackState::Past);
    let decided = rig.gateway.rule_pack_draft(&drafted.draft).unwrap().unwrap().decided.unwrap();
    assert_eq!((decided.0, decided.1.by.person()), (Decision::Published, "Асқар"));
}

#[test]
fn a_terminal_enrolled_before_the_time_of_a_pack_gets_the_one_in_force_and_then_the_new_one() {
    let mut rig = started();
    let drafted = draft(&rig, &cheaper()).unwrap();
    approve(&rig, &drafted, &askar()).unwrap();
    let late: TerminalId = "late-1".parse().unwrap();
    rig.gateway.enrol(&late, &staff(), rig.now).unwrap();
    assert_eq!(received(&rig, &late), [1]);
    rig.now = cheaper().effective_from;
    rig.gateway.send_due_rule_packs(rig.now).unwrap();
    assert_eq!(received(&rig, &late), [1, 2]);
}

#[test]
fn a_pack_that_was_overtaken_before_its_time_was_looked_at_is_sent_to_nobody() {
    let mut rig = started();
    let drafted = draft(&rig, &cheaper()).unwrap();
    approve(&rig, &drafted, &askar()).unwrap();
    let mut next = cheaper();
    next.version = 3;
    let drafted = draft(&rig, &next).unwrap();
    approve(&rig, &drafted, &askar()).unwrap();
    rig.now = next.effective_from;
    assert_eq!(rig.gateway.send_due_rule_packs(rig.now).unwrap(), 1);
    assert_eq!(received(&rig, &rig.terminal.id.clone()).last(), Some(&3));
    assert!(!received(&rig, &rig.terminal.id.clone()).contains(&2));
}

#[test]
fn what_makes_no_sense_is_not_drafted_and_said_with_its_place() {
    let rig = started();
    let refused = |text: &str| why(rig.gateway.propose_rule_pack(text, &dana(), rig.now));
    let changed = |change: fn(&mut RulePack)| {
        let mut pack = cheaper();
        change(&mut pack);
        refused(&text(&pack))
    };
    let mut field = serde_json::to_value(cheaper()).unwrap();
    field["products"][0]["rate_of_moon"] = 1.into();
    let PackRefusal::Form { place, why } = refused(&field.to_string()) else { panic!() };
    assert!(place.starts_with("products[0]") && why.contains("rate_of_moon"), "{place}: {why}");
    let PackRefusal::Form { why, .. } = refused(&text(&cheaper())[..2000]) else { panic!() };
    assert!(why.contains("line"), "{why}");
    let doubled = format!("{} {{}}", text(&cheaper()));
    assert!(matches!(refused(&doubled), PackRefusal::Form { .. }));
    assert_eq!(refused(&" ".repeat((1 << 20) + 1)), PackRefusal::TooLong);
    assert!(matches!(
        changed(|pack| pack.min_age = 17),
        PackRefusal::Value(RulePackError::Bad { field, .. }) if field == "min_age"
    ));
    assert_eq!(changed(|pack| pack.version = 1), PackRefusal::NotNewer { version: 1, last: 1 });
    assert_eq!(changed(|pack| pack.effective_from = NOON), PackRefusal::Begun);
    let over = |pack: &mut RulePack| (pack.effective_from, pack.expires) = (UtcMillis(NOON.0 - 1), NOON);
    assert_eq!(changed(over), PackRefusal::Over);
    assert_eq!(last_act(&rig), ("rulePackRefused".to_owned(), "Дана".to_owned()));
    assert!(rig.gateway.rule_pack_drafts().unwrap().is_empty());
}

#[test]
fn a_new_service_needs_a_notice_that_names_it() {
    let mut rig = started();
    let mut less = cheaper();
    less.allowed_operations.remove(&Service::MerchantLoan);
    let drafted = draft(&rig, &less).unwrap();
    approve(&rig, &drafted, &askar()).unwrap();
    rig.now = less.effective_from;
    let mut more = cheaper();
    (more.version, more.effective_from) = (3, UtcMillis(rig.now.0 + HOUR));
    assert!(matches!(why(draft(&rig, &more)), PackRefusal::NotNotified { .. }));
    more.notified.0 = jiff::civil::date(2025, 12, 12);
    draft(&rig, &more).unwrap();
}

#[test]
fn its_author_does_not_approve_a_draft_however_the_name_is_written() {
    let rig = started();
    let drafted = draft(&rig, &cheaper()).unwrap();
    let again = Actor::new(" дана ", "me again").unwrap();
    assert_eq!(why(approve(&rig, &drafted, &again)), PackRefusal::OwnDraft);
    assert_eq!(last_act(&rig), ("rulePackRefused".to_owned(), "дана".to_owned()));
    assert_eq!(rig.gateway.published_rule_packs(rig.now).unwrap().len(), 1);
}

#[test]
fn a_draft_that_was_changed_in_the_database_is_not_approved() {
    let rig = started();
    let drafted = draft(&rig, &cheaper()).unwrap();
    let stored = rig.store.document(Collection::PackDraft, &drafted.draft).unwrap().unwrap();
    let write = |json: String| {
        let (collection, key) = (Collection::PackDraft, drafted.draft.clone());
        rig.store
            .commit(&[Change::Document { collection, key, expect: Expect::Any, json: Some(json) }])
            .unwrap();
        rig.gateway.rule_pack_draft(&drafted.draft).unwrap().unwrap()
    };
    let dearer = write(stored.json.replacen("30.000", "46.000", 1));
    assert_ne!(dearer.pack, drafted.pack);
    assert_eq!(why(approve(&rig, &dearer, &askar())), PackRefusal::Forged);
    let author = write(stored.json.replace("Дана", "Марат"));
    assert_eq!(
        why(approve(&rig, &author, &dana())),
        PackRefusal::Forged,
        "as if somebody else had written it"
    );
    write(stored.json.clone());
    let seen = rig.gateway.approve_rule_pack(&drafted.draft, "another", &askar(), rig.now);
    assert_eq!(why(seen), PackRefusal::NotShown);
    approve(&rig, &drafted, &askar()).unwrap();
}

#[test]
fn of_two_decisions_on_one_draft_the_second_is_told_and_changes_nothing() {
    let rig = started();
    let drafted = draft(&rig, &cheaper()).unwrap();
    let other = rig.another_gateway();
    let marat = Actor::new("Марат", "too early").unwrap();
    let results = std::thread::scope(|scope| {
        let one = scope.spawn(|| approve(&rig, &drafted, &askar()).map(drop));
        let two = scope.spawn(|| other.decline_rule_pack(&drafted.draft, &marat, rig.now));
        [one.join().unwrap(), two.join().unwrap()]
    });
    let refused: Vec<_> = results.into_iter().filter(Result::is_err).map(why).collect();
    assert_eq!(refused, [PackRefusal::Gone]);
    let decided = rig.gateway.rule_pack_draft(&drafted.draft).unwrap().unwrap().decided.unwrap().0;
    let published = rig.gateway.published_rule_packs(rig.now).unwrap().len() == 2;
    assert_eq!(published, decided == Decision::Published);
    assert_eq!(why(approve(&rig, &drafted, &marat)), PackRefusal::Gone);
}

#[test]
fn a_draft_that_waited_too_long_is_not_approved_any_more() {
    let mut rig = started();
    let drafted = draft(&rig, &cheaper()).unwrap();
    rig.now = cheaper().effective_from;
    assert_eq!(why(approve(&rig, &drafted, &askar())), PackRefusal::Begun);
    rig.gateway.decline_rule_pack(&drafted.draft, &dana(), rig.now).unwrap();
    assert_eq!(last_act(&rig).0, "rulePackDecline");
}

#[test]
fn a_rate_is_one_difference_beside_version_and_day() {
    let (old, new) = (serde_json::to_value(pack()).unwrap(), serde_json::to_value(cheaper()).unwrap());
    let paths: Vec<_> = differences(&old, &new).iter().map(|one| one.path.join(".")).collect();
    assert_eq!(paths, ["effective_from", "products.simple.rate.annual_percent", "version"]);
}

#[test]
fn recorded_applications_are_judged_by_the_pack_in_force_and_by_the_draft() {
    let mut rig = started();
    assert_eq!(rig.gateway.dry_run(&cheaper(), rig.now).unwrap().applications, 0);
    rig.conclude();
    let run = rig.gateway.dry_run(&cheaper(), rig.now).unwrap();
    assert_eq!((run.applications, run.before.offered, run.after.offered), (1, 1, 1));
    assert_eq!((run.cheaper, run.dearer, run.newly_refused, run.newly_offered), (1, 0, 0, 0));
    assert!(!run.more && run.span.is_some());
    let mut smaller = cheaper();
    smaller.payout.max_amount_tiyn = senim_domain::Tiyn::new(PRINCIPAL - 100_000).unwrap();
    let run = rig.gateway.dry_run(&smaller, rig.now).unwrap();
    assert_eq!((run.after.offered, run.newly_refused), (0, 1));
    assert_eq!(run.after.refused[&Ground::PayoutLimit], 1);
    let mut other = cheaper();
    other.products[0].id = "renamed".into();
    assert_eq!(rig.gateway.dry_run(&other, rig.now).unwrap().after.refused[&Ground::Product], 1);
}
