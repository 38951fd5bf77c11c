//! Rows ahead of the chain: answered once, never about cash, and held to the chain when it comes.

use senim_domain::{Language, Secret, SessionId};
use senim_gateway_core::{AheadReply, GatewayError, MAX_AHEAD, Refusal};
use senim_operation::attachment::LoginRequest;
use senim_operation::body::*;
use senim_operation::message::MessageBody;
use senim_operation::{Draft, Row};
use uuid::Uuid;

use crate::support::{PRINCIPAL, Rig, iin, started};

fn ahead(rig: &Rig, rows: &[&Row]) -> Result<AheadReply, GatewayError> {
    let rows: Vec<&str> = rows.iter().map(|row| row.compact.as_str()).collect();
    rig.gateway.ahead(&rig.terminal.id, &rows, rig.now)
}

fn refusal(reply: Result<AheadReply, GatewayError>) -> Refusal {
    match reply.unwrap_err() {
        GatewayError::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

/// Rows that the gateway does not get yet.
fn backlog(rig: &mut Rig, count: usize) {
    for n in 0..count {
        let body = ServiceChanged { in_service: true, reasons: vec![n.to_string()] };
        rig.terminal.write(Draft::new(body), rig.now);
    }
}

/// A visit begins in the journal alone.
fn visit(rig: &mut Rig) -> SessionId {
    let session = SessionId(Uuid::now_v7());
    rig.terminal.session = Some(session);
    rig.terminal.write(Draft::new(SessionOpened { language: Language::Kk }).in_session(session), rig.now);
    session
}

fn close(rig: &mut Rig) -> Row {
    let draft = rig.in_session(SessionClosed { end: SessionEnd::TimedOut });
    rig.terminal.write(draft, rig.now).0
}

/// A login request whose sealed part has arrived.
fn login(rig: &mut Rig) -> Row {
    let (row, jwe) = login_without_attachment(rig);
    let sha256 = row.envelope.sealed.clone().unwrap().sha256;
    rig.gateway.put_attachment(&rig.terminal.id, &sha256, &jwe, rig.now).unwrap();
    row
}

fn login_without_attachment(rig: &mut Rig) -> (Row, String) {
    let sealed = LoginRequest { iin: Secret::new(iin()) }.to_plaintext().unwrap();
    let draft = rig.in_session(LoginRequested {}).with_attachment(sealed);
    let (row, jwe) = rig.terminal.write(draft, rig.now);
    (row, jwe.unwrap())
}

fn sms(rig: &Rig) -> usize {
    rig.services.get(|s| s.sms.len())
}

fn quarantined(rig: &Rig) -> bool {
    rig.gateway.terminal(&rig.terminal.id).unwrap().unwrap().quarantined.is_some()
}

/// Rows that are kept because they broke the chain.
fn evidence(rig: &Rig) -> Vec<String> {
    rig.gateway.evidence(&rig.terminal.id).unwrap().into_iter().map(|kept| kept.row).collect()
}

/// Sends the whole journal in batches.
fn drain(rig: &Rig) -> Vec<String> {
    let mut replies = Vec::new();
    for rows in rig.terminal.rows.chunks(7) {
        let reply = rig.send(rows);
        assert_eq!(reply.refusal, None);
        replies.extend(reply.replies);
    }
    replies
}

#[test]
fn a_borrower_is_answered_while_a_backlog_waits_and_once_again_by_the_chain() {
    let mut rig = started();
    backlog(&mut rig, 50);
    visit(&mut rig);
    let row = login(&mut rig);
    let reply = ahead(&rig, &[&row]).unwrap();
    assert!(matches!(rig.read(&reply.replies[0], &row).1, MessageBody::LoginCodeSent { .. }));
    assert_eq!(reply.acked.as_ref().unwrap().seq, 0, "the watermark is the chain's");
    assert_eq!(ahead(&rig, &[&row]).unwrap(), reply, "the same again gets the same");
    assert_eq!(drain(&rig), reply.replies, "and the chain brings the same answer");
    assert_eq!(sms(&rig), 1);
    assert!(!quarantined(&rig));
}

#[test]
fn whichever_way_comes_first_the_row_is_acted_on_once() {
    let mut rig = started();
    visit(&mut rig);
    let row = login(&mut rig);
    let by_chain = drain(&rig);
    let late = ahead(&rig, &[&row]).unwrap();
    assert_eq!(late.replies, by_chain);
    assert_eq!(late.acked.unwrap().hash, row.hash);
    assert_eq!(sms(&rig), 1);
}

#[test]
fn a_row_of_a_key_that_the_chain_has_not_brought_comes_with_its_key_epoch() {
    let mut rig = Rig::new();
    let epoch = rig.terminal.begin_epoch(rig.now);
    backlog(&mut rig, 3);
    visit(&mut rig);
    let row = login(&mut rig);
    assert_eq!(refusal(ahead(&rig, &[&row])), Refusal::Gap { expected_seq: 0 });
    assert!(!quarantined(&rig), "nothing is wrong with it");
    assert_eq!(ahead(&rig, &[&epoch, &row]).unwrap().replies.len(), 1);
    assert_eq!(drain(&rig).len(), 1);
    assert_eq!(sms(&rig), 1);
}

#[test]
fn a_key_epoch_seen_ahead_that_is_not_the_chains_is_a_fork() {
    let mut rig = Rig::new();
    let epoch = rig.terminal.begin_epoch(rig.now);
    visit(&mut rig);
    let row = login(&mut rig);
    ahead(&rig, &[&epoch, &row]).unwrap();
    rig.terminal.rows.clear();
    let other = rig.terminal.begin_epoch(rig.now);
    assert_eq!(rig.send(&[other]).refusal, Some(Refusal::Fork { seq: 0 }));
    assert!(quarantined(&rig));
}

#[test]
fn another_row_in_the_chain_than_was_seen_ahead_is_a_fork_with_evidence() {
    let mut rig = started();
    backlog(&mut rig, 2);
    visit(&mut rig);
    let row = login(&mut rig);
    ahead(&rig, &[&row]).unwrap();
    rig.terminal.rows.pop();
    let other = login(&mut rig);
    assert_eq!(other.envelope.seq, row.envelope.seq);
    let reply = rig.send(&rig.terminal.rows[1..]);
    assert_eq!(reply.refusal, Some(Refusal::Fork { seq: row.envelope.seq }));
    assert_eq!(reply.acked.unwrap().seq, row.envelope.seq - 1, "the rows before it count");
    assert!(quarantined(&rig) && evidence(&rig) == [other.compact.clone()]);
}

#[test]
fn another_row_ahead_than_was_seen_ahead_or_is_in_the_chain_is_a_fork_with_evidence() {
    for in_chain in [false, true] {
        let mut rig = started();
        visit(&mut rig);
        let row = login(&mut rig);
        if in_chain {
            drain(&rig);
        } else {
            ahead(&rig, &[&row]).unwrap();
        }
        rig.terminal.rows.pop();
        let other = login(&mut rig);
        assert_eq!(refusal(ahead(&rig, &[&other])), Refusal::Fork { seq: row.envelope.seq });
        assert!(quarantined(&rig) && evidence(&rig) == [other.compact.clone()]);
        assert_eq!(refusal(ahead(&rig, &[&row])), Refusal::Quarantined);
    }
}

#[test]
fn a_row_ahead_that_continues_another_history_than_the_chain_is_a_fork() {
    let mut rig = started();
    backlog(&mut rig, 1);
    drain(&rig);
    rig.terminal.rows.pop();
    let body = ServiceChanged { in_service: false, reasons: vec!["other".into()] };
    rig.terminal.write(Draft::new(body), rig.now);
    rig.terminal.session = Some(SessionId(Uuid::now_v7()));
    let row = login(&mut rig);
    assert_eq!(refusal(ahead(&rig, &[&row])), Refusal::Fork { seq: row.envelope.seq });
}

#[test]
fn an_unsound_row_ahead_quarantines_as_in_the_chain() {
    let mut rig = started();
    visit(&mut rig);
    let row = login(&mut rig);
    let mut forged = row.compact.clone();
    let at = forged.len() - 20;
    forged.replace_range(at..=at, if &forged[at..=at] == "A" { "B" } else { "A" });
    let refused = rig.gateway.ahead(&rig.terminal.id, &[&forged], rig.now);
    assert_eq!(refusal(refused), Refusal::BadRow { seq: Some(row.envelope.seq), code: "badSignature" });
    assert!(quarantined(&rig) && evidence(&rig) == [forged.clone()]);
}

#[test]
fn a_row_ahead_of_another_terminal_is_not_taken() {
    let mut rig = started();
    let mut other = rig.second_terminal("t-2");
    let epoch = other.begin_epoch(rig.now);
    let session = SessionId(Uuid::now_v7());
    let draft = Draft::new(LoginRequested {}).in_session(session);
    let row = other.write(draft, rig.now).0;
    rig.terminal.session = Some(session);
    assert!(matches!(refusal(ahead(&rig, &[&epoch, &row])), Refusal::BadRow { code: "wrongTerminal", .. }));
    assert_eq!(sms(&rig), 0);
}

#[test]
fn only_rows_that_somebody_waits_for_travel_ahead() {
    let mut rig = started();
    let body = ServiceChanged { in_service: true, reasons: Vec::new() };
    let row = rig.terminal.write(Draft::new(body), rig.now).0;
    assert_eq!(refusal(ahead(&rig, &[&row])), Refusal::NotAhead);
    assert!(!quarantined(&rig));
    assert_eq!(refusal(ahead(&rig, &[])), Refusal::TooManyRows { max: 2 });
    assert_eq!(refusal(ahead(&rig, &[&row, &row, &row])), Refusal::TooManyRows { max: 2 });
}

#[test]
fn leave_to_pay_is_never_given_ahead_and_comes_with_the_chain() {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    backlog(&mut rig, 3);
    let request = rig.payout_request(loan, 1, PRINCIPAL, face);
    let draft = rig.in_session(request);
    let row = rig.terminal.write(draft, rig.now).0;
    assert_eq!(refusal(ahead(&rig, &[&row])), Refusal::NotAhead);
    let from = usize::try_from(row.envelope.seq).unwrap();
    let before = rig.send(&rig.terminal.rows[..from]);
    assert_eq!(before.acked.unwrap().seq, row.envelope.seq - 1);
    let answer = rig.send(&rig.terminal.rows[from..]).replies;
    assert!(matches!(rig.read(&answer[0], &row).1, MessageBody::PayoutAuthorised(_)));
}

#[test]
fn a_visit_that_is_over_when_the_chain_brings_its_request_gets_no_leave_to_pay() {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    let request = rig.payout_request(loan, 1, PRINCIPAL, face);
    let draft = rig.in_session(request);
    let asked = rig.terminal.write(draft, rig.now).0;
    let closed = close(&mut rig);
    ahead(&rig, &[&closed]).unwrap();
    let reply = rig.send(&[asked]);
    assert_eq!((reply.refusal, reply.replies.len()), (None, 0));
}

#[test]
fn a_whole_visit_to_the_contract_goes_ahead_of_the_chain() {
    let mut rig = started();
    backlog(&mut rig, 20);
    rig.ahead = true;
    let (loan, _) = rig.conclude();
    let head = rig.gateway.terminal(&rig.terminal.id).unwrap().unwrap().head.unwrap();
    assert_eq!(head.seq, 0, "all of it before the first row of the backlog");
    let bookings = rig.services.get(|s| s.bookings.len());
    drain(&rig);
    assert_eq!(rig.services.get(|s| s.bookings.len()), bookings);
    assert_eq!(sms(&rig), 1);
    assert_eq!(rig.services.get(|s| s.bookings[0].loan), loan);
}

#[test]
fn the_end_of_a_visit_seen_ahead_wipes_its_answers_at_once() {
    let mut rig = started();
    backlog(&mut rig, 5);
    visit(&mut rig);
    let row = login(&mut rig);
    assert_eq!(ahead(&rig, &[&row]).unwrap().replies.len(), 1);
    let closed = close(&mut rig);
    ahead(&rig, &[&closed]).unwrap();
    assert!(ahead(&rig, &[&row]).unwrap().replies.is_empty());
    assert!(drain(&rig).is_empty());
    assert_eq!(sms(&rig), 1);
}

#[test]
fn of_two_visits_in_one_backlog_only_the_newer_one_is_answered() {
    let mut rig = started();
    backlog(&mut rig, 5);
    visit(&mut rig);
    let old = login(&mut rig);
    let old_unseen = login(&mut rig);
    assert_eq!(ahead(&rig, &[&old]).unwrap().replies.len(), 1);
    visit(&mut rig);
    let new = login(&mut rig);
    assert_eq!(ahead(&rig, &[&new]).unwrap().replies.len(), 1);
    assert!(ahead(&rig, &[&old]).unwrap().replies.is_empty(), "wiped with its visit");
    assert!(ahead(&rig, &[&old_unseen]).unwrap().replies.is_empty(), "too late to be acted on");
    assert_eq!(sms(&rig), 2);
    let by_chain = drain(&rig);
    assert_eq!(by_chain.len(), 1, "the chain, batch by batch, wakes nothing that is over");
    assert!(matches!(rig.read(&by_chain[0], &new).1, MessageBody::LoginCodeSent { .. }));
    assert_eq!(sms(&rig), 2);
}

#[test]
fn a_start_of_the_firmware_seen_ahead_ends_the_visit() {
    let mut rig = started();
    visit(&mut rig);
    let row = login(&mut rig);
    let started = TerminalStarted { config_sha256: "x".into(), clean_stop: false };
    let start = rig.terminal.write(Draft::new(started), rig.now).0;
    ahead(&rig, &[&start]).unwrap();
    assert!(ahead(&rig, &[&row]).unwrap().replies.is_empty());
    assert_eq!(sms(&rig), 0);
}

#[test]
fn a_row_ahead_waits_for_its_attachment_and_is_answered_by_it() {
    let mut rig = started();
    backlog(&mut rig, 2);
    visit(&mut rig);
    let (row, jwe) = login_without_attachment(&mut rig);
    let sha256 = row.envelope.sealed.clone().unwrap().sha256;
    let reply = ahead(&rig, &[&row]).unwrap();
    assert_eq!((reply.replies.len(), reply.missing), (0, vec![sha256.clone()]));
    let stored = rig.gateway.put_attachment(&rig.terminal.id, &sha256, &jwe, rig.now).unwrap();
    assert!(stored.matched && !stored.archived, "the chain decides what is kept for good");
    assert!(matches!(rig.read(&stored.replies[0], &row).1, MessageBody::LoginCodeSent { .. }));
    assert_eq!(sms(&rig), 1);
}

#[test]
fn attachments_of_rows_seen_ahead_do_not_count_as_loose() {
    let mut rig = started();
    backlog(&mut rig, 1);
    for _ in 0..40 {
        visit(&mut rig);
        let row = login(&mut rig);
        ahead(&rig, &[&row]).unwrap();
    }
}

#[test]
fn rows_ahead_are_bounded_and_the_chain_makes_room() {
    let mut rig = started();
    backlog(&mut rig, 1);
    visit(&mut rig);
    let shown = |rig: &mut Rig| {
        let body = DocumentShown {
            loan: senim_domain::LoanId(Uuid::from_u128(1)),
            document: "contract".into(),
            sha256: "x".into(),
            language: Language::Kk,
        };
        let draft = rig.in_session(body);
        rig.terminal.write(draft, rig.now).0
    };
    for _ in 0..MAX_AHEAD {
        let row = shown(&mut rig);
        ahead(&rig, &[&row]).unwrap();
    }
    let more = shown(&mut rig);
    assert_eq!(refusal(ahead(&rig, &[&more])), Refusal::TooManyAhead);
    assert!(!quarantined(&rig));
    for rows in rig.terminal.rows.chunks(100).take(2) {
        rig.send(rows);
    }
    ahead(&rig, &[&more]).unwrap();
}

#[test]
fn whatever_commit_fails_the_row_ahead_is_acted_on_once() {
    for failing in 0..6 {
        let mut rig = started();
        backlog(&mut rig, 2);
        visit(&mut rig);
        let row = login(&mut rig);
        let error = senim_gateway_core::store::StoreError::Unavailable("planted".into());
        rig.store.fail_commit_after(failing, error);
        let first = ahead(&rig, &[&row]);
        let again = ahead(&rig, &[&row]).or_else(|_| ahead(&rig, &[&row])).unwrap();
        assert_eq!(again.replies.len(), 1, "{failing}");
        if let Ok(first) = first {
            assert_eq!(first.replies, again.replies);
        }
        let all: Vec<&str> = rig.terminal.rows.iter().map(|row| row.compact.as_str()).collect();
        let drain = || rig.gateway.intake(&rig.terminal.id, &all, rig.now);
        let drained = drain().or_else(|_| drain()).unwrap();
        assert_eq!((drained.refusal, drained.replies), (None, again.replies), "{failing}");
    }
}
