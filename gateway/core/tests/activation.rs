//! Notices and activation at the desk: recorded by one, activated by another from the tenth business day on.

use jiff::civil::{Date, date};
use senim_domain::business_days::Day;
use senim_domain::location::{LocationError, RegisteredLocation};
use senim_domain::{TerminalId, UtcMillis};
use senim_gateway_core::store::{Change, Collection, Expect, Store as _};
use senim_gateway_core::{
    ActivationNotice, ActivationRefusal, Actor, GatewayError, NoticeOutcome, NoticedPlace, Refusal,
};
use senim_operation::message::{MessageBody, open_message};

use crate::support::{NOON, Rig, started};

const DAY: i64 = 86_400_000;

fn dana() -> Actor {
    Actor::new("Дана", "letter 17").unwrap()
}

fn askar() -> Actor {
    Actor::new("Асқар", "compared with the letter").unwrap()
}

fn noticed(notified: Date, address: &str) -> NoticedPlace {
    let location = RegisteredLocation { address: address.to_owned(), point: None, radius_m: 300 };
    NoticedPlace { number: "17-02/88".to_owned(), notified: Day(notified), location }
}

fn record(rig: &Rig, place: &NoticedPlace) -> Result<ActivationNotice, GatewayError> {
    rig.gateway.record_notice(&rig.terminal.id, place, &dana(), rig.now)
}

fn activate(rig: &Rig, notice: &ActivationNotice, by: &Actor) -> Result<(), GatewayError> {
    rig.gateway.activate_by_notice(&rig.terminal.id, &notice.notice, by, rig.now).map(drop)
}

fn why<T: std::fmt::Debug>(answer: Result<T, GatewayError>) -> ActivationRefusal {
    match answer {
        Err(GatewayError::Refused(Refusal::Activation(why))) => why,
        other => panic!("{other:?}"),
    }
}

/// Place and day of each activation in the terminal's inbox.
fn told(rig: &Rig) -> Vec<(String, Date)> {
    let (messages, _) = rig.gateway.inbox(&rig.terminal.id, 0, rig.now).unwrap();
    let read = |jws: &str| match open_message(jws, &rig.trust, &rig.terminal.id).unwrap().body {
        MessageBody::Activation { active: true, location, notified, .. } => {
            Some((location.address, notified.0))
        }
        _ => None,
    };
    messages.iter().filter_map(|item| read(&item.jws)).collect()
}

fn last_act(rig: &Rig) -> (String, String) {
    let act = rig.gateway.trail(UtcMillis(0), None, 1).unwrap().acts.remove(0).record;
    (act.act, act.actor.person().to_owned())
}

#[test]
fn a_terminal_serves_at_the_noticed_place_from_the_tenth_business_day_on_by_a_second_persons_word() {
    let mut rig = started();
    let before = told(&rig).len();
    // Of the ten business days after Monday 2 March the 9th is none: it is off in place of the 8th.
    let notice = record(&rig, &noticed(date(2026, 3, 2), "Shelek, Zhibek Zholy 5")).unwrap();
    assert_eq!(last_act(&rig), ("activationNotice".to_owned(), "Дана".to_owned()));
    let (_, earliest) = rig.gateway.activation_notices(&rig.terminal.id, rig.now).unwrap().remove(0);
    assert_eq!(earliest, Some(date(2026, 3, 17)));
    let earliest = date(2026, 3, 17);
    // Local midnight of the day itself, and the moment before.
    let midnight = UtcMillis(NOON.0 - DAY / 2 + 15 * DAY);
    rig.now = UtcMillis(midnight.0 - 1);
    let refused = ActivationRefusal::TooEarly { notified: date(2026, 3, 2), earliest };
    assert_eq!(why(activate(&rig, &notice, &askar())), refused);
    assert_eq!(last_act(&rig), ("activationRefused".to_owned(), "Асқар".to_owned()));
    assert_eq!(told(&rig).len(), before);
    rig.now = midnight;
    activate(&rig, &notice, &askar()).unwrap();
    assert_eq!(last_act(&rig), ("activate".to_owned(), "Асқар".to_owned()));
    assert_eq!(told(&rig).last(), Some(&("Shelek, Zhibek Zholy 5".to_owned(), date(2026, 3, 2))));
    let record = rig.gateway.terminal(&rig.terminal.id).unwrap().unwrap();
    assert!(record.active && record.place.is_some_and(|place| place.address == "Shelek, Zhibek Zholy 5"));
    let (kept, _) = rig.gateway.activation_notices(&rig.terminal.id, rig.now).unwrap().remove(0);
    assert_eq!(kept.decided.unwrap().0, NoticeOutcome::Activated);
    assert_eq!(why(activate(&rig, &notice, &askar())), ActivationRefusal::Gone, "once");
    assert_eq!(told(&rig).len(), before + 1);
}

#[test]
fn a_terminal_that_moves_serves_at_its_old_place_until_the_new_notice_is_activated() {
    let mut rig = started();
    let old = record(&rig, &noticed(date(2026, 1, 5), "Shelek, Zhibek Zholy 5")).unwrap();
    activate(&rig, &old, &askar()).unwrap();
    let forgotten = record(&rig, &noticed(date(2026, 1, 6), "Shelek, Zhibek Zholy 7")).unwrap();
    let moved = record(&rig, &noticed(date(2026, 3, 2), "Kegen, Moldagulova 1")).unwrap();
    let place = |rig: &Rig| rig.gateway.terminal(&rig.terminal.id).unwrap().unwrap().place.unwrap().address;
    assert!(matches!(why(activate(&rig, &moved, &askar())), ActivationRefusal::TooEarly { .. }));
    assert_eq!(place(&rig), "Shelek, Zhibek Zholy 5");
    rig.now = UtcMillis(NOON.0 + 30 * DAY);
    activate(&rig, &moved, &askar()).unwrap();
    assert_eq!(place(&rig), "Kegen, Moldagulova 1");
    assert_eq!(why(activate(&rig, &forgotten, &askar())), ActivationRefusal::Superseded);
    assert_eq!(place(&rig), "Kegen, Moldagulova 1", "an older notice does not move it back");
}

#[test]
fn who_recorded_a_notice_does_not_activate_by_it_under_whatever_spelling() {
    let rig = started();
    let notice = record(&rig, &noticed(date(2026, 1, 5), "Shelek")).unwrap();
    for name in ["Дана", "дана", "ДАНА"] {
        let by = Actor::new(name, "me again").unwrap();
        assert_eq!(why(activate(&rig, &notice, &by)), ActivationRefusal::OwnNotice, "{name}");
    }
    rig.gateway.withdraw_notice(&rig.terminal.id, &notice.notice, &dana(), rig.now).unwrap();
    assert_eq!(last_act(&rig), ("activationNoticeWithdrawn".to_owned(), "Дана".to_owned()));
    assert_eq!(why(activate(&rig, &notice, &askar())), ActivationRefusal::Gone);
}

#[test]
fn a_notice_that_was_changed_in_the_database_activates_nothing() {
    let rig = started();
    let notice = record(&rig, &noticed(date(2026, 3, 2), "Shelek")).unwrap();
    let key = format!("{}/{}", rig.terminal.id, notice.notice);
    let stored = rig.store.document(Collection::ActivationNotice, &key).unwrap().unwrap();
    let write = |json: String| {
        let (collection, key) = (Collection::ActivationNotice, key.clone());
        let change = Change::Document { collection, key, expect: Expect::Any, json: Some(json) };
        rig.store.commit(&[change]).unwrap();
    };
    write(stored.json.replacen("2026-03-02", "2026-01-02", 1));
    assert_eq!(why(activate(&rig, &notice, &askar())), ActivationRefusal::Forged, "an earlier day");
    write(stored.json.replace("Shelek", "Almaty"));
    assert_eq!(why(activate(&rig, &notice, &askar())), ActivationRefusal::Forged, "another place");
    write(stored.json.replace("Дана", "Марат"));
    assert_eq!(why(activate(&rig, &notice, &dana())), ActivationRefusal::Forged, "another author");
}

#[test]
fn what_makes_no_sense_is_not_recorded_and_stays_in_the_trail() {
    let rig = started();
    let with = |change: fn(&mut NoticedPlace)| {
        let mut place = noticed(date(2026, 3, 2), "Shelek");
        change(&mut place);
        place
    };
    record(&rig, &with(|place| place.number = "7".repeat(60))).unwrap();
    record(&rig, &with(|place| place.notified = Day(date(2025, 3, 1)))).unwrap();
    let recorded = rig.gateway.activation_notices(&rig.terminal.id, rig.now).unwrap().len();
    let cases: [(NoticedPlace, ActivationRefusal); 6] = [
        (with(|place| place.notified = Day(date(2025, 2, 28))), ActivationRefusal::TooOld(date(2025, 2, 28))),
        (with(|place| place.number = " ".to_owned()), ActivationRefusal::Number),
        (with(|place| place.number = "7".repeat(61)), ActivationRefusal::Number),
        (with(|place| place.number = "7\n8".to_owned()), ActivationRefusal::Number),
        (with(|place| place.notified = Day(date(2026, 3, 3))), ActivationRefusal::Future(date(2026, 3, 3))),
        (with(|place| place.location.address.clear()), ActivationRefusal::Location(LocationError::NoAddress)),
    ];
    for (place, refusal) in cases {
        assert_eq!(why(record(&rig, &place)), refusal);
        assert_eq!(last_act(&rig), ("activationRefused".to_owned(), "Дана".to_owned()));
    }
    let nobody: TerminalId = "nobody-1".parse().unwrap();
    let answer = rig.gateway.record_notice(&nobody, &noticed(date(2026, 3, 2), "x"), &dana(), rig.now);
    assert!(matches!(answer, Err(GatewayError::Refused(Refusal::NotEnrolled))));
    assert_eq!(rig.gateway.activation_notices(&rig.terminal.id, rig.now).unwrap().len(), recorded);
}
