//! Keeping personal data: keys per person, retention in virtual time, erasure, holds, openings.

use std::collections::BTreeSet;

use senim_domain::{ClientId, LoanId, Secret, SecretBytes, UtcMillis};
use senim_gateway_core::store::{Change, Collection, Store as _, StoredAttachment};
use senim_gateway_core::{
    Actor, Class, Custody, GatewayError, Opening, OpeningLimits, Refusal, Retention, VaultError,
};
use senim_operation::attachment::LoginRequest;
use senim_operation::body::*;
use senim_operation::message::MessageBody;

use crate::support::{self, PRINCIPAL, Rig, iin, started};

const DAY: i64 = 86_400;

fn actor() -> Actor {
    Actor::new("Дана", "request 17 of the court").unwrap()
}

/// Days that differ, so that each class shows.
fn custody() -> Custody {
    let retention = Retention {
        login_days: 10,
        face_days: 20,
        contract_days: 30,
        offer_days: 5,
        other_days: 10,
        stranger_days: 3,
        loose_days: 2,
    };
    Custody { retention, openings: OpeningLimits { per_person: 3, total: 5 }, ..Custody::default() }
}

fn kept() -> Rig {
    let rig = started();
    Rig { gateway: rig.gateway.with_custody(custody()), ..rig }
}

fn client() -> String {
    format!("client/{}", ClientId(uuid::Uuid::from_u128(7)))
}

fn documents(rig: &Rig, collection: Collection) -> Vec<(String, String)> {
    let found = rig.store.documents(collection, "").unwrap();
    found.into_iter().map(|document| (document.key, document.json)).collect()
}

/// Time passes as it does for a server: the archive is looked through every day.
fn days_pass(rig: &mut Rig, days: i64) -> Vec<String> {
    let mut erased = Vec::new();
    for _ in 0..days {
        rig.later(DAY);
        erased.extend(rig.gateway.erase_due(None, rig.now).unwrap().erased);
    }
    erased
}

fn names_of(rig: &Rig, class: Class) -> Vec<String> {
    let all = documents(rig, Collection::Archive).into_iter().map(|(name, _)| name);
    let of_class = |name: &String| rig.gateway.archive_record(name).unwrap().unwrap().class == class;
    all.filter(of_class).collect()
}

fn sha256s(rig: &Rig) -> Vec<String> {
    let sealed = rig.terminal.rows.iter().filter_map(|row| row.envelope.sealed.as_ref());
    sealed.map(|sealed| sealed.sha256.clone()).collect()
}

fn pay_out(rig: &mut Rig) -> LoanId {
    let (loan, face) = rig.conclude();
    let leave = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    rig.say(rig.in_session(Rig::ended(&leave, 20, PayoutResult::Paid)));
    loan
}

fn begin_visit_after(rig: &mut Rig) {
    rig.open_session();
}

#[test]
fn a_document_comes_back_byte_for_byte_as_received_and_lies_under_another_layer() {
    let mut rig = kept();
    rig.open_session();
    let sealed = LoginRequest { iin: Secret::new(iin()) }.to_plaintext().unwrap();
    let (row, jwe) = rig.terminal.write(rig.in_session(LoginRequested {}).with_attachment(sealed), rig.now);
    let jwe = jwe.unwrap();
    rig.deliver(row.clone(), Some(jwe.clone()));
    let sha256 = row.envelope.sealed.unwrap().sha256;
    assert_eq!(rig.gateway.as_received(&rig.terminal.id, &sha256).unwrap().unwrap(), jwe);
    let at_rest = rig.store.attachment(&rig.terminal.id, &sha256).unwrap().unwrap().jwe;
    assert!(!at_rest.contains(&jwe[..40]));
    // As it came, whoever has the key of attachments could have read it; as it lies, that does not suffice.
    assert!(!rig.store.dump().contains(&jwe[..40]));
}

#[test]
fn what_was_moved_swapped_or_changed_at_rest_does_not_open() {
    let mut rig = kept();
    rig.conclude();
    let (terminal, all) = (rig.terminal.id.clone(), sha256s(&rig));
    let (one, two) = (&all[0], &all[1]);
    let bytes = |sha256: &str| rig.store.attachment(&terminal, sha256).unwrap().unwrap().jwe;
    let put = |sha256: &str, jwe: String| {
        let (terminal, sha256) = (terminal.clone(), sha256.to_owned());
        let erase = Change::EraseAttachment { terminal: terminal.clone(), sha256: sha256.clone() };
        let attachment = StoredAttachment { jwe, archived: true };
        rig.store.commit(&[erase, Change::Attachment { terminal, sha256, attachment }]).unwrap();
    };
    let (first, second) = (bytes(one), bytes(two));
    put(one, second.clone());
    let opened = rig.gateway.as_received(&terminal, one);
    assert!(matches!(opened, Err(GatewayError::Vault(VaultError::NotAuthentic))), "{opened:?}");
    put(one, first.replacen(&first[30..31], if &first[30..31] == "A" { "B" } else { "A" }, 1));
    assert!(rig.gateway.as_received(&terminal, one).is_err());
    put(one, first);
    assert!(rig.gateway.as_received(&terminal, one).unwrap().is_some());
    // A record of the archive in the place of another.
    let record = |sha256: &str| {
        let key = format!("{terminal}/{sha256}");
        (key.clone(), rig.store.document(Collection::Archive, &key).unwrap().unwrap().json)
    };
    let ((key, _), (_, other)) = (record(one), record(two));
    let expect = senim_gateway_core::store::Expect::Any;
    let swap = Change::Document { collection: Collection::Archive, key, expect, json: Some(other) };
    rig.store.commit(&[swap]).unwrap();
    assert!(rig.gateway.as_received(&terminal, one).is_err());
}

#[test]
fn what_comes_before_the_client_is_known_is_the_visits_and_then_the_clients() {
    let mut rig = kept();
    rig.open_session();
    let (login, _) = rig.ask_login(&iin());
    let visit = format!("visit/t-1/{}", rig.terminal.session.unwrap());
    let owners = |rig: &Rig| -> Vec<String> {
        let all = documents(rig, Collection::Archive).into_iter();
        let record = |(name, _): (String, String)| rig.gateway.archive_record(&name).unwrap().unwrap();
        all.map(record).map(|record| record.owner.as_str().to_owned()).collect()
    };
    assert_eq!(owners(&rig), std::slice::from_ref(&visit));
    let code = rig.last_code();
    rig.type_code(login, &code);
    assert_eq!(owners(&rig), [client(), client()]);
    assert_eq!(names_of(&rig, Class::Login).len(), 2);
    begin_visit_after(&mut rig);
    // The visit's key goes with the visit: its answers cannot be read in any copy.
    let keys: Vec<String> = documents(&rig, Collection::ContentKey).into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, [client()]);
}

#[test]
fn each_class_is_kept_to_its_very_last_moment_and_erased_then() {
    let mut rig = kept();
    rig.open_session();
    rig.log_in();
    let due = |rig: &Rig, at: UtcMillis| rig.gateway.archive_due(at).unwrap().len();
    let end = UtcMillis(rig.now.0 + 10 * DAY * 1000);
    assert_eq!((due(&rig, UtcMillis(end.0 - 1)), due(&rig, end)), (0, 2));
    let erased = days_pass(&mut rig, 9);
    assert!(erased.is_empty());
    rig.now = UtcMillis(end.0 - 1);
    assert!(rig.gateway.erase_due(None, rig.now).unwrap().erased.is_empty());
    rig.now = end;
    assert_eq!(rig.gateway.erase_due(None, rig.now).unwrap().erased.len(), 2);
    assert_eq!(rig.gateway.erase_due(None, rig.now).unwrap().erased.len(), 0);
    for sha256 in sha256s(&rig) {
        assert_eq!(rig.gateway.as_received(&rig.terminal.id, &sha256).unwrap(), None);
        assert_eq!(rig.store.attachment(&rig.terminal.id, &sha256).unwrap(), None);
        let record = rig.gateway.archive_record(&format!("t-1/{sha256}")).unwrap().unwrap();
        let erased = record.erased.unwrap();
        assert_eq!((erased.at, erased.actor.person()), (end, "gateway"));
    }
    let acts = documents(&rig, Collection::Act);
    assert_eq!(acts.iter().filter(|(_, act)| act.contains("\"erase\"")).count(), 2);
    let told = rig.gateway.feed(0, 500).unwrap().events;
    assert_eq!(told.iter().filter(|told| told.event.subject == "archive").count(), 2);
}

#[test]
fn with_the_last_document_the_clients_key_goes() {
    let mut rig = kept();
    rig.open_session();
    rig.log_in();
    let has_key = |rig: &Rig| documents(rig, Collection::ContentKey).iter().any(|(key, _)| *key == client());
    let one = names_of(&rig, Class::Login)[0].clone();
    rig.gateway.erase_document(&actor(), &one, true, rig.now).unwrap();
    assert!(has_key(&rig));
    let other = names_of(&rig, Class::Login).into_iter().find(|name| *name != one).unwrap();
    rig.gateway.erase_document(&actor(), &other, true, rig.now).unwrap();
    assert!(!has_key(&rig));
    assert!(documents(&rig, Collection::Owned).is_empty());
}

#[test]
fn a_terminal_that_sends_an_erased_document_again_may_delete_it_and_nothing_comes_back() {
    let mut rig = kept();
    rig.open_session();
    let sealed = LoginRequest { iin: Secret::new(iin()) }.to_plaintext().unwrap();
    let (row, jwe) = rig.terminal.write(rig.in_session(LoginRequested {}).with_attachment(sealed), rig.now);
    rig.deliver(row.clone(), jwe.clone());
    let sha256 = row.envelope.sealed.as_ref().unwrap().sha256.clone();
    let document = format!("t-1/{sha256}");
    rig.gateway.erase_document(&actor(), &document, true, rig.now).unwrap();
    let reply = rig.send(std::slice::from_ref(&row));
    assert_eq!((reply.missing.len(), reply.archived), (0, vec![sha256.clone()]));
    let put = rig.gateway.put_attachment(&rig.terminal.id, &sha256, &jwe.unwrap(), rig.now).unwrap();
    assert!(put.matched && put.archived);
    assert_eq!(rig.store.attachment(&rig.terminal.id, &sha256).unwrap(), None);
}

#[test]
fn a_hold_outlasts_the_time_of_keeping_and_lifting_it_ends_the_wait() {
    let mut rig = kept();
    rig.open_session();
    rig.log_in();
    let held = names_of(&rig, Class::Login)[0].clone();
    rig.gateway.hold_document(&actor(), &held, true, rig.now).unwrap();
    assert_eq!(days_pass(&mut rig, 60).len(), 1);
    let refused = rig.gateway.erase_document(&actor(), &held, true, rig.now).unwrap_err();
    assert!(refused.to_string().contains("hold"), "{refused}");
    rig.gateway.hold_document(&actor(), &held, false, rig.now).unwrap();
    assert_eq!(rig.gateway.erase_due(None, rig.now).unwrap().erased, std::slice::from_ref(&held));
    let acts = documents(&rig, Collection::Act);
    for act in ["\"hold\"", "\"liftHold\""] {
        assert!(acts.iter().any(|(_, json)| json.contains(act) && json.contains("Дана")), "{act}");
    }
    assert!(rig.gateway.hold_document(&actor(), &held, true, rig.now).is_err());
}

#[test]
fn nothing_of_a_client_with_an_open_loan_is_erased_and_its_end_starts_the_clock() {
    let mut rig = kept();
    let loan = pay_out(&mut rig);
    assert_eq!(days_pass(&mut rig, 100), Vec::<String>::new());
    assert!(rig.gateway.archive_due(rig.now).unwrap().iter().all(|due| due.waits_for == Some("openLoan")));
    // The evidence of a living person, and the portrait.
    let faces: BTreeSet<String> = names_of(&rig, Class::Face).into_iter().collect();
    assert_eq!(faces.len(), 2);
    for face in &faces {
        assert!(rig.gateway.erase_document(&actor(), face, true, rig.now).is_err());
    }
    rig.gateway.close_loan(&actor(), loan, rig.now).unwrap();
    assert!(rig.gateway.close_loan(&actor(), loan, rig.now).is_err());
    assert_eq!(days_pass(&mut rig, 9).len(), 0);
    assert_eq!(days_pass(&mut rig, 1).len(), 3, "logins and answers");
    assert_eq!(days_pass(&mut rig, 10).into_iter().collect::<BTreeSet<_>>(), faces);
    let contract = days_pass(&mut rig, 10);
    assert_eq!(contract, [format!("loan//{loan}")]);
    let record = rig.store.document(Collection::Loan, &loan.to_string()).unwrap().unwrap().json;
    assert!(record.contains("\"contract_sealed\":\"\""), "{record}");
    assert!(documents(&rig, Collection::ContentKey).iter().all(|(key, _)| *key != client()));
}

#[test]
fn an_offer_to_which_nobody_agreed_is_kept_for_its_own_days() {
    let mut rig = kept();
    let (loan, _) = rig.offer();
    assert_eq!(days_pass(&mut rig, 4).len(), 0);
    assert_eq!(days_pass(&mut rig, 1), [format!("loan//{loan}")]);
}

#[test]
fn what_a_stranger_left_is_kept_shorter() {
    let mut rig = kept();
    rig.open_session();
    rig.ask_login(&support::right_iin("85010130000"));
    begin_visit_after(&mut rig);
    assert_eq!(days_pass(&mut rig, 2).len(), 0);
    assert_eq!(days_pass(&mut rig, 1).len(), 1);
    assert!(documents(&rig, Collection::ContentKey).is_empty());
}

#[test]
fn an_attachment_whose_row_never_comes_is_erased_and_may_come_again() {
    let mut rig = kept();
    let sealed = LoginRequest { iin: Secret::new(iin()) }.to_plaintext().unwrap();
    rig.open_session();
    let (row, jwe) = rig.terminal.write(rig.in_session(LoginRequested {}).with_attachment(sealed), rig.now);
    let (sha256, jwe) = (row.envelope.sealed.as_ref().unwrap().sha256.clone(), jwe.unwrap());
    rig.gateway.put_attachment(&rig.terminal.id, &sha256, &jwe, rig.now).unwrap();
    assert_eq!(days_pass(&mut rig, 2).len(), 1);
    assert_eq!(rig.gateway.archive_record(&format!("t-1/{sha256}")).unwrap(), None);
    let (_, body) = rig.deliver(row, Some(jwe)).unwrap();
    assert!(matches!(body, MessageBody::LoginCodeSent { .. }), "{body:?}");
}

#[test]
fn a_clock_that_is_set_back_neither_erases_nor_shortens_anything() {
    let mut rig = kept();
    rig.gateway.erase_due(None, rig.now).unwrap();
    let right = rig.now;
    rig.now = UtcMillis(right.0 - 400 * DAY * 1000);
    rig.open_session();
    // So far back no rule pack is in force, but what was sealed is kept.
    rig.ask_login(&iin());
    assert!(rig.gateway.erase_due(None, rig.now).unwrap().erased.is_empty());
    let name = names_of(&rig, Class::Login)[0].clone();
    let record = rig.gateway.archive_record(&name).unwrap().unwrap();
    assert_eq!(record.retain_until, UtcMillis(right.0 + 3 * DAY * 1000));
    rig.now = right;
    assert!(rig.gateway.erase_due(None, rig.now).unwrap().erased.is_empty());
    assert_eq!(days_pass(&mut rig, 3).len(), 1);
}

#[test]
fn a_clock_that_jumps_ahead_erases_nothing_until_a_person_says_that_it_is_right() {
    let mut rig = kept();
    rig.open_session();
    rig.log_in();
    rig.gateway.erase_due(None, rig.now).unwrap();
    let right = rig.now;
    rig.later(3650 * DAY);
    for _ in 0..3 {
        let report = rig.gateway.erase_due(None, rig.now).unwrap();
        assert!(report.clock_ahead && report.erased.is_empty());
    }
    let told = rig.gateway.feed(0, 500).unwrap().events;
    let alarms = told.iter().filter(|told| serde_json::to_string(told).unwrap().contains("clockJump"));
    assert_eq!(alarms.count(), 1);
    rig.now = right;
    assert!(rig.gateway.erase_due(None, rig.now).unwrap().erased.is_empty());
    rig.later(3650 * DAY);
    assert_eq!(rig.gateway.erase_due(Some(&actor()), rig.now).unwrap().erased.len(), 2);
}

#[test]
fn an_opening_by_a_person_is_written_down_with_its_reason_and_gives_the_document() {
    let mut rig = kept();
    rig.open_session();
    rig.log_in();
    let sha256 = sha256s(&rig)[0].clone();
    let plain: SecretBytes = rig.gateway.open_document(&actor(), &rig.terminal.id, &sha256, rig.now).unwrap();
    assert!(String::from_utf8(plain.expose().to_vec()).unwrap().contains(&iin()));
    let audit: Vec<Opening> = documents(&rig, Collection::Audit)
        .iter()
        .map(|(_, json)| serde_json::from_str(json).unwrap())
        .collect();
    let by_person: Vec<&Opening> = audit.iter().filter(|opening| opening.actor == actor()).collect();
    assert_eq!((by_person.len(), by_person[0].document.as_str()), (1, format!("t-1/{sha256}").as_str()));
    // The program's own openings name their purpose and the operation that made them necessary.
    let own: Vec<&Opening> = audit.iter().filter(|opening| opening.actor.person() == "gateway").collect();
    assert_eq!(own.len(), 2);
    assert!(own.iter().any(|opening| opening.actor.reason() == "login"));
    assert!(
        own.iter()
            .all(|opening| { rig.terminal.rows.iter().any(|row| Some(row.envelope.op_id) == opening.op_id) })
    );
}

#[test]
fn opening_in_bulk_is_refused_with_one_alarm_and_counts_an_hour_back() {
    let mut rig = kept();
    rig.open_session();
    rig.log_in();
    let (terminal, sha256) = (rig.terminal.id.clone(), sha256s(&rig)[0].clone());
    let began = rig.now;
    let open = |rig: &Rig, person: &str| {
        let actor = Actor::new(person, "a look").unwrap();
        rig.gateway.open_document(&actor, &terminal, &sha256, rig.now).map(drop)
    };
    let limit = |opened: Result<(), GatewayError>| {
        matches!(opened, Err(GatewayError::Refused(Refusal::OpeningLimit)))
    };
    for _ in 0..3 {
        open(&rig, "Дана").unwrap();
    }
    assert!(limit(open(&rig, "Дана")) && limit(open(&rig, "Дана")));
    open(&rig, "Ержан").unwrap();
    open(&rig, "Ержан").unwrap();
    assert!(limit(open(&rig, "Сауле")), "five in all");
    assert_eq!(rig.gateway.refused_openings(), 3);
    let told = rig.gateway.feed(0, 500).unwrap().events;
    let alarms = told.iter().filter(|told| serde_json::to_string(told).unwrap().contains("bulkOpening"));
    assert_eq!(alarms.count(), 2, "one for each person");
    // A refused opening opens nothing and is no opening of the audit, but an act that is remembered.
    let by_people = |(_, json): &&(String, String)| !json.contains("\"gateway\"");
    assert_eq!(documents(&rig, Collection::Audit).iter().filter(by_people).count(), 5);
    let refused = documents(&rig, Collection::Act);
    assert_eq!(refused.iter().filter(|(_, act)| act.contains("openRefused")).count(), 3);
    rig.now = UtcMillis(began.0 + 3_600_000 - 1);
    assert!(limit(open(&rig, "Дана")));
    rig.now = UtcMillis(began.0 - 7_200_000);
    assert!(limit(open(&rig, "Дана")), "a clock set back gives nothing free");
    rig.now = UtcMillis(began.0 + 3_600_000);
    open(&rig, "Дана").unwrap();
}

#[test]
fn what_is_not_here_or_erased_is_said_and_not_counted() {
    let mut rig = kept();
    rig.open_session();
    rig.log_in();
    let sha256 = sha256s(&rig)[0].clone();
    let nothing = senim_operation::jws::sha256_b64(b"");
    let open = |sha256: &str| rig.gateway.open_document(&actor(), &rig.terminal.id, sha256, rig.now);
    assert!(open(&nothing).unwrap_err().to_string().contains("no such document"));
    rig.gateway.erase_document(&actor(), &format!("t-1/{sha256}"), true, rig.now).unwrap();
    assert!(open(&sha256).unwrap_err().to_string().contains("erased"));
    assert!(rig.store.document(Collection::Meta, "openings").unwrap().is_none());
}

#[test]
fn a_document_is_not_erased_before_its_time_unless_that_is_said() {
    let mut rig = kept();
    rig.open_session();
    rig.log_in();
    let name = names_of(&rig, Class::Login)[0].clone();
    assert!(rig.gateway.erase_document(&actor(), &name, false, rig.now).is_err());
    rig.gateway.erase_document(&actor(), &name, true, rig.now).unwrap();
    assert!(rig.gateway.erase_document(&actor(), &name, true, rig.now).is_err());
    assert!(rig.gateway.erase_document(&actor(), "t-9/none", true, rig.now).is_err());
}

#[test]
fn counters_by_phone_go_after_their_day() {
    let mut rig = kept();
    rig.gateway.erase_due(None, rig.now).unwrap();
    rig.open_session();
    rig.log_in();
    assert_eq!(documents(&rig, Collection::Daily).len(), 1);
    days_pass(&mut rig, 1);
    assert_eq!(documents(&rig, Collection::Daily).len(), 1);
    days_pass(&mut rig, 2);
    assert_eq!(documents(&rig, Collection::Daily).len(), 0);
}
