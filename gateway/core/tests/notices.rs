//! What clients have to be told in writing, with its last day.

use senim_domain::rule_pack::TextId;
use senim_domain::{ClientId, LoanId, UtcMillis};
use senim_gateway_core::OpenNotices;
use senim_gateway_core::connectors::{NoticeAbout, NoticeDue};
use senim_operation::Body;
use senim_operation::message::MessageBody;

use crate::support::{NOON, Rig, iin, pack, preparation, started};

const DAY: i64 = 86_400;

fn client() -> ClientId {
    ClientId(uuid::Uuid::from_u128(7))
}

fn due(rig: &Rig, about: NoticeAbout) {
    rig.services.set(|s| s.notices = vec![NoticeDue { client: client(), about, since: NOON }]);
}

fn suspension() -> NoticeAbout {
    NoticeAbout::Suspension { loan: LoanId(uuid::Uuid::from_u128(9)), number: "MK-2026-000001".into() }
}

fn open(rig: &Rig) -> (usize, usize) {
    let OpenNotices { open, overdue } = rig.gateway.open_notices(rig.now).unwrap();
    (open, overdue)
}

#[test]
fn a_leak_is_told_by_letter_and_text_once_and_the_duty_ends() {
    let rig = started();
    due(&rig, NoticeAbout::DataLeak);
    assert_eq!(rig.gateway.learn_notices(rig.now).unwrap(), 1);
    // Noon of a Monday: the next business day is the last.
    assert_eq!(rig.gateway.notices_of(client()).unwrap()[0].due.as_deref(), Some("2026-03-03"));
    assert_eq!(open(&rig), (1, 0));
    assert_eq!(rig.gateway.flush_outbox(rig.now).unwrap(), 0);
    assert_eq!(open(&rig), (0, 0));
    let letters = rig.services.get(|s| s.letters.clone());
    assert_eq!(letters.len(), 1);
    assert!(!letters[0].from_client);
    let told = pack().texts.data_leak.kk[0].clone();
    assert!(letters[0].text.expose().contains(&told));
    let sms = rig.services.get(|s| s.sms.clone());
    assert!(sms.len() == 1 && !sms[0].contains("Серікбаева"), "{sms:?}");
    // Core lending goes on listing it.
    assert_eq!(rig.gateway.learn_notices(rig.now).unwrap(), 0);
    rig.gateway.flush_outbox(rig.now).unwrap();
    assert_eq!(rig.services.get(|s| (s.letters.len(), s.sms.len())), (1, 1));
}

#[test]
fn a_duty_that_cannot_be_done_is_overdue_after_its_last_business_day() {
    let mut rig = started();
    due(&rig, NoticeAbout::DataLeak);
    rig.gateway.learn_notices(rig.now).unwrap();
    rig.services.set(|s| s.core_down = true);
    rig.later(DAY);
    rig.gateway.flush_outbox(rig.now).unwrap();
    assert_eq!(open(&rig), (1, 0));
    rig.later(DAY);
    assert_eq!(open(&rig), (1, 1));
    rig.services.set(|s| s.core_down = false);
    rig.later(6);
    rig.gateway.flush_outbox(rig.now).unwrap();
    assert_eq!(open(&rig), (0, 0));
}

#[test]
fn a_text_that_cannot_be_sent_holds_up_no_letter_and_waits() {
    let rig = started();
    due(&rig, suspension());
    rig.gateway.learn_notices(rig.now).unwrap();
    rig.services.set(|s| s.sms_down = true);
    assert_eq!(rig.gateway.flush_outbox(rig.now).unwrap(), 1);
    assert_eq!(open(&rig), (0, 0));
    rig.services.set(|s| s.sms_down = false);
    assert_eq!(rig.gateway.flush_outbox(rig.now).unwrap(), 0);
    assert!(rig.gateway.notices_of(client()).unwrap()[0].texted.is_some());
}

#[test]
fn a_letter_whose_answer_is_lost_is_no_second_letter() {
    let mut rig = started();
    due(&rig, suspension());
    rig.gateway.learn_notices(rig.now).unwrap();
    rig.services.set(|s| s.letter_reply_lost = true);
    assert!(rig.gateway.flush_outbox(rig.now).unwrap() > 0);
    rig.later(60);
    assert_eq!(rig.gateway.flush_outbox(rig.now).unwrap(), 0);
    assert_eq!(rig.services.get(|s| s.letters.len()), 1);
}

#[test]
fn a_suspension_is_told_in_three_business_days_with_the_contract_s_number() {
    let rig = started();
    due(&rig, suspension());
    rig.gateway.learn_notices(rig.now).unwrap();
    assert_eq!(rig.gateway.notices_of(client()).unwrap()[0].due.as_deref(), Some("2026-03-05"));
    rig.gateway.flush_outbox(rig.now).unwrap();
    let text = rig.services.get(|s| s.letters[0].text.clone());
    assert!(text.expose().contains("MK-2026-000001") && text.expose().contains("02.03.2026"));
}

#[test]
fn a_second_leak_is_told_again() {
    let rig = started();
    due(&rig, NoticeAbout::DataLeak);
    rig.gateway.learn_notices(rig.now).unwrap();
    let since = UtcMillis(NOON.0 + 1);
    let again = NoticeDue { client: client(), about: NoticeAbout::DataLeak, since };
    rig.services.set(|s| s.notices.push(again));
    assert_eq!(rig.gateway.learn_notices(rig.now).unwrap(), 1);
    assert_eq!(open(&rig), (2, 0));
}

#[test]
fn core_lending_that_is_away_or_lists_nothing_makes_no_duty() {
    let rig = started();
    rig.services.set(|s| s.core_down = true);
    assert_eq!(rig.gateway.learn_notices(rig.now).unwrap(), 0);
    rig.services.set(|s| s.core_down = false);
    assert_eq!(rig.gateway.learn_notices(rig.now).unwrap(), 0);
    assert_eq!(open(&rig), (0, 0));
}

#[test]
fn a_lower_rate_a_resumption_and_an_unauthorised_access_are_told_in_letters_of_their_own() {
    let (loan, number) = (LoanId(uuid::Uuid::from_u128(9)), "MK-2026-000001".to_owned());
    let interest_tiyn = senim_domain::Tiyn::new(123_450).unwrap();
    let told = [
        (NoticeAbout::LowerRate { loan, number: number.clone(), annual_rate_hundredths: 2_250 }, "22,50"),
        (NoticeAbout::Resumption { loan, number, interest_tiyn }, "1234.50"),
        (NoticeAbout::UnauthorisedAccess, "PIN"),
    ];
    for (about, word) in told {
        let rig = started();
        due(&rig, about);
        assert_eq!(rig.gateway.learn_notices(rig.now).unwrap(), 1);
        rig.gateway.flush_outbox(rig.now).unwrap();
        let letters = rig.services.get(|s| s.letters.clone());
        assert_eq!(letters.len(), 1);
        let text = letters[0].text.expose();
        assert!(text.contains(word), "{text}");
        // What is known is told once.
        assert_eq!(rig.gateway.learn_notices(rig.now).unwrap(), 0);
        assert_eq!(rig.gateway.open_notices(rig.now).unwrap().open, 0);
    }
}

/// Logs in: since when the account is known to have been entered by somebody else.
fn told_at_login(rig: &mut Rig) -> Option<UtcMillis> {
    rig.open_session();
    let (login, _) = rig.ask_login(&iin());
    match rig.type_code(login, &rig.last_code()) {
        MessageBody::LoggedIn { unauthorised_access, .. } => unauthorised_access,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_access_is_told_at_each_login_until_it_is_read_in_the_words_of_the_pack() {
    let mut rig = started();
    assert_eq!(told_at_login(&mut rig), None);
    due(&rig, NoticeAbout::UnauthorisedAccess);
    rig.gateway.learn_notices(rig.now).unwrap();
    rig.gateway.flush_outbox(rig.now).unwrap();
    // The letter ends the duty, and the client reads of it at the terminal all the same.
    assert_eq!(told_at_login(&mut rig), Some(NOON));
    let mut other = preparation::acknowledged(client(), TextId::UnauthorisedAccess, rig.now);
    if let Body::TextAcknowledged(row) = &mut other.body {
        row.text_sha256 = "another text".to_owned();
    }
    rig.says([other]);
    assert_eq!(told_at_login(&mut rig), Some(NOON));
    let (now, stranger) = (rig.now, ClientId(uuid::Uuid::from_u128(8)));
    rig.says([preparation::acknowledged(stranger, TextId::UnauthorisedAccess, now)]);
    assert_eq!(told_at_login(&mut rig), Some(NOON));
    rig.says([preparation::acknowledged(client(), TextId::UnauthorisedAccess, now)]);
    assert_eq!(told_at_login(&mut rig), None);
    assert!(rig.gateway.notices_of(client()).unwrap()[0].read.is_some());
}

#[test]
fn the_latest_of_two_accesses_is_told_and_reading_it_reads_both() {
    let mut rig = started();
    due(&rig, NoticeAbout::UnauthorisedAccess);
    let since = UtcMillis(NOON.0 + 1);
    let again = NoticeDue { client: client(), about: NoticeAbout::UnauthorisedAccess, since };
    rig.services.set(|s| s.notices.push(again));
    assert_eq!(rig.gateway.learn_notices(rig.now).unwrap(), 2);
    assert_eq!(told_at_login(&mut rig), Some(since));
    rig.says([preparation::acknowledged(client(), TextId::UnauthorisedAccess, rig.now)]);
    assert_eq!(told_at_login(&mut rig), None);
}
