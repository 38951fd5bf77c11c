//! A board that died: what lay on its disk is taken, nobody is answered, and another terminal takes its place.

use senim_gateway_core::{Actor, GatewayError, Refusal};
use senim_operation::body::*;
use senim_operation::jws::GENESIS_PREV;
use senim_operation::message::{MessageBody, open_message};
use senim_operation::{Draft, Row};

use crate::support::*;

fn staff() -> Actor {
    Actor::new("Дана", "lightning struck the board").unwrap()
}

fn import(rig: &Rig, rows: &[Row]) -> senim_gateway_core::IntakeReply {
    let compact: Vec<&str> = rows.iter().map(|row| row.compact.as_str()).collect();
    rig.gateway.import_rows(&rig.terminal.id, &compact, rig.now).unwrap()
}

fn refused<T: std::fmt::Debug>(result: Result<T, GatewayError>) -> Refusal {
    match result.unwrap_err() {
        GatewayError::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn unsent_rows_and_attachments_of_a_dead_board_are_taken_and_nobody_is_answered() {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    let leave = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    // The board dies with the money given, the next visitor's login asked for, and nothing of it sent.
    let sent = rig.terminal.rows.len();
    let ended = rig.in_session(Rig::ended(&leave, 20, PayoutResult::Paid));
    rig.terminal.write(ended, rig.now);
    let login = senim_operation::attachment::LoginRequest { iin: senim_domain::Secret::new(iin()) };
    let asked = rig.in_session(LoginRequested {}).with_attachment(login.to_plaintext().unwrap());
    let (row, jwe) = rig.terminal.write(asked, rig.now);
    let texts = rig.services.get(|s| s.sms.len());

    let rows = rig.terminal.rows.clone();
    let sha256 = row.envelope.sealed.unwrap().sha256;
    let compact: Vec<&str> = rows.iter().map(|row| row.compact.as_str()).collect();
    assert_eq!(
        refused(rig.gateway.import_rows(&rig.terminal.id, &compact, rig.now)),
        Refusal::Quarantined,
        "a living terminal speaks for itself"
    );
    rig.gateway.retire(&rig.terminal.id, &staff(), rig.now).unwrap();
    // The whole journal, known rows included, twice.
    for _ in 0..2 {
        let reply = import(&rig, &rows);
        assert_eq!((reply.refusal, reply.acked.unwrap().seq), (None, rows.len() as u64 - 1));
    }
    assert!(sent < rows.len());
    let reply = rig.gateway.import_attachment(&rig.terminal.id, &sha256, &jwe.unwrap(), rig.now).unwrap();
    assert!(reply.matched && reply.replies.is_empty());
    assert_eq!(rig.services.get(|s| (s.sms.len(), s.payouts.len())), (texts, 1));
    assert_eq!(refused(rig.gateway.intake(&rig.terminal.id, &compact, rig.now)), Refusal::Quarantined);
}

#[test]
fn rows_from_a_disk_pass_the_same_checks_as_from_the_line() {
    let mut rig = started();
    rig.gateway.retire(&rig.terminal.id, &staff(), rig.now).unwrap();
    let draft = || Draft::new(UplinkChanged { usable: true, cause: "x".into() });
    rig.terminal.write(draft(), rig.now);
    rig.terminal.write(draft(), rig.now);
    let rows = rig.terminal.rows.clone();
    assert_eq!(import(&rig, &rows[2..]).refusal, Some(Refusal::Gap { expected_seq: 1 }));
    // The head of the last row's signature.
    let mut spoilt = rows[1].clone();
    let dot = spoilt.compact.rfind('.').unwrap() + 1;
    let other = if spoilt.compact[dot..].starts_with('A') { "B" } else { "A" };
    spoilt.compact.replace_range(dot..=dot, other);
    assert!(matches!(import(&rig, &[spoilt]).refusal, Some(Refusal::BadRow { .. })));
}

#[test]
fn the_new_board_is_a_new_terminal_and_the_mfo_signs_where_the_old_chain_ends() {
    let mut rig = started();
    let new = rig.second_terminal("t-1b");
    let sent = rig.gateway.succeed(&new.id, &rig.terminal.id, &staff(), rig.now).unwrap();
    let (messages, _) = rig.gateway.inbox(&new.id, sent.n - 1, rig.now).unwrap();
    let message = open_message(&messages[0].jws, &rig.trust, &new.id).unwrap();
    let expected = MessageBody::Succession {
        predecessor: rig.terminal.id.clone(),
        rows: 1,
        head_sha256: rig.terminal.rows[0].hash.clone(),
    };
    assert_eq!(message.body, expected);
    let old = rig.gateway.terminal(&rig.terminal.id).unwrap().unwrap();
    assert_eq!(old.retired.unwrap().successor.as_ref(), Some(&new.id));
    assert_eq!(rig.gateway.terminal(&new.id).unwrap().unwrap().successor_of.as_ref(), Some(&rig.terminal.id));
    // The new chain begins like any other.
    let mut new = new;
    let row = new.begin_epoch(rig.now);
    assert_eq!(row.envelope.prev, GENESIS_PREV);
    assert_eq!(rig.send(&[row]).refusal, None);
    rig.later(1);
}

#[test]
fn a_succession_is_made_once_and_before_the_first_row() {
    let mut rig = started();
    let mut late = rig.second_terminal("t-late");
    let row = late.begin_epoch(rig.now);
    rig.send(&[row]);
    let (first, second) = (rig.second_terminal("t-a"), rig.second_terminal("t-b"));
    let succeed = |new, old| rig.gateway.succeed(new, old, &staff(), rig.now);
    assert!(matches!(refused(succeed(&late.id, &rig.terminal.id)), Refusal::BadDirective(_)));
    assert!(matches!(refused(succeed(&rig.terminal.id, &rig.terminal.id)), Refusal::BadDirective(_)));
    succeed(&first.id, &rig.terminal.id).unwrap();
    assert!(matches!(refused(succeed(&second.id, &rig.terminal.id)), Refusal::BadDirective(_)));
    let stranger = "t-x".parse().unwrap();
    assert_eq!(refused(succeed(&second.id, &stranger)), Refusal::NotEnrolled);
    rig.later(1);
}

#[test]
fn a_new_board_under_the_old_name_is_a_fork() {
    let mut rig = started();
    rig.terminal.rows.clear();
    let genesis = rig.terminal.begin_epoch(rig.now);
    assert_eq!(rig.send(&[genesis]).refusal, Some(Refusal::Fork { seq: 0 }));
}
