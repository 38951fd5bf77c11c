//! Lists of people whose data leaked: in force when two people want it, on every terminal at the next touch.

use jiff::civil::Date;
use senim_domain::{Secret, UtcMillis, calendar};
use senim_gateway_core::{Actor, GatewayError, LeakAct, LeakCase, LeakList, Refusal, Trail};
use senim_operation::body::DebtRequested;
use senim_operation::message::MessageBody;

use crate::support::{NOON, Rig, iin, right_iin, started};

fn dana() -> Actor {
    Actor::new("Дана", "letter 17 of the authority").unwrap()
}

fn askar() -> Actor {
    Actor::new("Асқар", "compared with the letter").unwrap()
}

fn today(rig: &Rig) -> Date {
    calendar::local_date(rig.now).unwrap()
}

fn list(rig: &Rig, text: &str) -> LeakList {
    let mut list = LeakList::default();
    // As it comes over a network: in pieces that end anywhere.
    text.as_bytes().chunks(5).for_each(|piece| list.read(&rig.gateway, piece));
    list.end(&rig.gateway);
    list
}

fn propose(rig: &Rig, text: &str) -> Result<LeakCase, GatewayError> {
    rig.gateway.propose_leak_flags(list(rig, text), today(rig), &dana(), rig.now)
}

fn flags(rig: &Rig, text: &str) -> LeakCase {
    let case = propose(rig, text).unwrap();
    rig.gateway.confirm_leak_case(&case.case, None, &askar(), rig.now).unwrap()
}

fn why<T: std::fmt::Debug>(answer: Result<T, GatewayError>) -> String {
    match answer {
        Err(GatewayError::Refused(Refusal::BadDirective(why))) => why,
        other => panic!("{other:?}"),
    }
}

fn comes(rig: &mut Rig) -> MessageBody {
    rig.open_session();
    let (login, _) = rig.ask_login(&iin());
    let code = rig.last_code();
    rig.type_code(login, &code)
}

fn is_stopped(body: &MessageBody) -> bool {
    matches!(body, MessageBody::MeasuresNeeded { .. })
}

#[test]
fn a_list_stops_its_people_when_a_second_person_has_confirmed_it_and_not_before() {
    let mut rig = started();
    let case = propose(&rig, &format!("ИИН;фамилия\r\n\"{}\";x\r\n", iin())).unwrap();
    assert!(!is_stopped(&comes(&mut rig)), "nobody has confirmed it");
    assert!(why(rig.gateway.confirm_leak_case(&case.case, None, &dana(), rig.now)).contains("second person"));
    assert!(!is_stopped(&comes(&mut rig)));
    rig.gateway.confirm_leak_case(&case.case, None, &askar(), rig.now).unwrap();
    assert!(is_stopped(&comes(&mut rig)));
    let again = rig.gateway.confirm_leak_case(&case.case, None, &askar(), rig.now);
    assert!(why(again).contains("was decided"), "two decide at once: one of them is told");
}

#[test]
fn somebody_who_is_logged_in_when_it_comes_into_force_is_stopped_at_the_next_touch() {
    let mut rig = started();
    rig.open_session();
    let client = rig.log_in();
    flags(&rig, &iin());
    let body = rig.say(rig.in_session(DebtRequested { client })).unwrap().1;
    assert!(is_stopped(&body), "{body:?}");
}

#[test]
fn whoever_is_not_in_a_list_is_served() {
    let mut rig = started();
    let others: Vec<_> = (10..60).map(|n| right_iin(&format!("910514{n}000"))).collect();
    let case = flags(&rig, &others.join("\n"));
    assert!(matches!(case.act, LeakAct::Flag { people: 50, .. }), "{case:?}");
    assert!(!is_stopped(&comes(&mut rig)));
}

#[test]
fn a_list_is_taken_whole_or_not_at_all_and_nobody_in_it_is_named() {
    let rig = started();
    let before = rig.gateway.trail_head().unwrap();
    let wrong = format!("{}\n900514300003\n\nsomebody\n{}", iin(), "9".repeat(400));
    let said = why(propose(&rig, &wrong));
    assert_eq!(said, "3 lines are no IINs, among them 2, 4, 5; nothing was taken");
    assert!(why(propose(&rig, "\n\n")).contains("nobody"));
    assert!(why(propose(&rig, "\u{feff}iin\n")).contains("nobody"));
    let hostile = format!("{}\n\u{0}\u{1}'; DROP TABLE documents; --", iin());
    assert!(why(propose(&rig, &hostile)).contains("no IINs"));
    let tomorrow = calendar::add_days(today(&rig), 1).unwrap();
    let early = rig.gateway.propose_leak_flags(list(&rig, &iin()), tomorrow, &dana(), rig.now);
    assert!(why(early).contains("has not come"));
    // A clock that was set back does not make today's list one of the future's.
    let yesterday = UtcMillis(rig.now.0 - 86_400_000);
    let early = rig.gateway.propose_leak_flags(list(&rig, &iin()), today(&rig), &dana(), yesterday);
    assert!(why(early).contains("has not come"));
    assert_eq!(rig.gateway.trail_head().unwrap(), before);
}

#[test]
fn nobody_of_a_list_is_in_the_store_in_the_trail_or_on_the_way_to_a_terminal() {
    let rig = started();
    let inbox = rig.gateway.inbox(&rig.terminal.id, 0, rig.now).unwrap().1;
    let people: Vec<_> = (10..40).map(|n| right_iin(&format!("910514{n}000"))).collect();
    flags(&rig, &people.join("\n"));
    let dump = rig.store.dump();
    assert!(people.iter().all(|iin| !dump.contains(iin)));
    assert_eq!(rig.gateway.inbox(&rig.terminal.id, 0, rig.now).unwrap().1, inbox);
    let Trail { acts, broken, .. } = rig.gateway.trail(UtcMillis(0), None, 2).unwrap();
    assert!(broken.is_empty());
    let acts: Vec<_> = acts.iter().map(|act| (act.record.act.as_str(), act.record.actor.person())).collect();
    assert_eq!(acts, [("leakFlag", "Асқар"), ("leakPropose", "Дана")]);
}

#[test]
fn one_person_is_let_go_by_two_who_both_know_whom_and_a_later_list_counts_again() {
    let mut rig = started();
    flags(&rig, &iin());
    let person = Secret::new(iin());
    let other = Secret::new(right_iin("91051430000"));
    assert!(why(rig.gateway.propose_leak_lift(&other, &dana(), rig.now)).contains("no list"));
    let case = rig.gateway.propose_leak_lift(&person, &dana(), rig.now).unwrap();
    assert!(is_stopped(&comes(&mut rig)));
    let confirm = |iin: Option<&Secret>, by: &Actor| rig.gateway.confirm_leak_case(&case.case, iin, by, NOON);
    assert!(why(confirm(None, &askar())).contains("not the one"));
    assert!(why(confirm(Some(&other), &askar())).contains("not the one"));
    assert!(why(confirm(Some(&person), &dana())).contains("second person"));
    confirm(Some(&person), &askar()).unwrap();
    assert!(!is_stopped(&comes(&mut rig)));
    assert!(why(rig.gateway.propose_leak_lift(&person, &dana(), rig.now)).contains("no list"));
    flags(&rig, &iin());
    assert!(is_stopped(&comes(&mut rig)));
}

#[test]
fn a_list_that_was_taken_back_or_declined_stops_nobody_and_is_gone() {
    let mut rig = started();
    let parts = |rig: &Rig| rig.store.dump().matches("\"people\":\"").count();
    let brought = flags(&rig, &iin());
    assert_eq!(parts(&rig), 1);
    let case = rig.gateway.propose_leak_withdrawal(&brought.case, &dana(), rig.now).unwrap();
    assert!(is_stopped(&comes(&mut rig)));
    rig.gateway.confirm_leak_case(&case.case, None, &askar(), rig.now).unwrap();
    assert!(!is_stopped(&comes(&mut rig)));
    assert!(why(rig.gateway.propose_leak_withdrawal(&brought.case, &dana(), rig.now)).contains("in force"));
    let wrong = propose(&rig, &iin()).unwrap();
    rig.gateway.decline_leak_case(&wrong.case, &dana(), rig.now).unwrap();
    assert_eq!(parts(&rig), 0);
    assert!(why(rig.gateway.confirm_leak_case(&wrong.case, None, &askar(), rig.now)).contains("no such"));
    let decided = rig.gateway.decline_leak_case(&brought.case, &dana(), rig.now);
    assert!(why(decided).contains("was decided"));
}

#[test]
fn a_list_stops_its_people_while_core_lending_does_not_tell_of_leaks() {
    let mut rig = started();
    rig.services.set(|s| s.leaked = true);
    assert!(is_stopped(&comes(&mut rig)));
    let since = |body: &MessageBody| match body {
        MessageBody::MeasuresNeeded { since, .. } => *since,
        other => panic!("{other:?}"),
    };
    rig.later(3600);
    flags(&rig, &iin());
    let asked = comes(&mut rig);
    assert!(since(&asked) > NOON, "measures of before the list do not cover it");
}
