//! A gateway put back to an older state: it says so, pays nobody, calls for everything, and does nothing twice.

use senim_domain::{PayoutRequestId, RewindId, Tiyn};
use senim_gateway_core::restore::Cause;
use senim_gateway_core::{Actor, GatewayError, Refusal};
use senim_operation::body::*;
use senim_operation::checkpoint::{CompactRange, Note};
use senim_operation::message::{MessageBody, open_message};
use senim_operation::{Draft, Row};
use uuid::Uuid;

use crate::support;
use crate::support::*;

fn staff(name: &str) -> Actor {
    Actor::new(name, "the disk of the database failed").unwrap()
}

/// What the terminal is called to do, as it reads it.
fn call(rig: &Rig, compact: &str) -> (RewindId, u64) {
    let message = open_message(compact, &rig.trust, &rig.terminal.id).unwrap();
    match message.body {
        MessageBody::Rewind { rewind, from_seq } => (rewind, from_seq),
        other => panic!("{other:?}"),
    }
}

/// The terminal obeys the call that waits for it: everything from there on again, and the row that says so.
fn obey(rig: &mut Rig) -> senim_gateway_core::IntakeReply {
    let (rewind, from_seq) = call(rig, &rig.gateway.open_call(&rig.terminal.id).unwrap().expect("called"));
    let head_seq = rig.terminal.rows.len() as u64 - 1;
    let (obeyed, _) =
        rig.terminal.write(Draft::new(RewindObeyed { rewind, from_seq, head_seq, pruned: 0 }), rig.now);
    let from = usize::try_from(from_seq).unwrap();
    let rows: Vec<Row> = rig.terminal.rows[from..].to_vec();
    assert_eq!(rows.last(), Some(&obeyed));
    let mut last = None;
    // Any division of the rows must do; one row at a time is the hardest.
    for row in rows {
        let reply = rig.send(&[row]);
        assert_eq!(reply.refusal, None);
        let replies: Vec<&str> = reply.replies.iter().map(String::as_str).collect();
        for compact in replies {
            let message = open_message(compact, &rig.trust, &rig.terminal.id).unwrap();
            let refused =
                matches!(&message.body, MessageBody::PayoutRefused { reason, .. } if reason == "restoring");
            assert!(refused, "nothing of the past is answered again: {:?}", message.body);
        }
        last = Some(reply);
    }
    last.unwrap()
}

fn restoring(rig: &Rig) -> bool {
    rig.gateway.restore_status().unwrap().restoring.is_some()
}

fn note_over(rig: &Rig, cosigned: bool) -> String {
    let mut range = CompactRange::default();
    rig.terminal.rows.iter().for_each(|row| range.append(row.compact.as_bytes()));
    let mut note = Note::new(&rig.terminal.id, range.size(), range.root());
    note.sign(&rig.terminal.key).unwrap();
    if cosigned {
        note.cosign(&rig.cosigner_key, rig.now).unwrap();
    }
    note.to_string()
}

fn say_silently(rig: &mut Rig, draft: Draft) {
    assert!(rig.say(draft).is_none());
}

#[test]
fn a_declared_restore_holds_payouts_back_until_every_terminal_has_answered() {
    let mut rig = started();
    let backup = rig.store.snapshot();
    let (loan, face) = rig.conclude();
    rig.store.put_back(&backup);
    rig.later(60);
    let status = rig.gateway.restore(&staff("Дана"), &[], rig.now).unwrap();
    let under_way = status.restoring.unwrap();
    assert_eq!((under_way.open, under_way.since), (1, rig.now));
    assert!(matches!(under_way.cause, Cause::Declared(_)));
    assert_eq!(status.terminals.len(), 1);
    assert!(status.terminals[0].waited_for && status.terminals[0].called.is_none());

    // The terminal goes on where it thinks it is: a gap, and the call with it.
    let (row, _) = rig.terminal.write(Draft::new(UplinkChanged { usable: true, cause: "x".into() }), rig.now);
    let reply = rig.send(&[row]);
    assert_eq!(reply.refusal, Some(Refusal::Gap { expected_seq: 1 }));
    assert_eq!(call(&rig, &reply.rewind.unwrap()).1, 1);
    assert!(rig.gateway.restore_status().unwrap().terminals[0].called.is_some());

    obey(&mut rig);
    assert!(!restoring(&rig));
    assert_eq!(rig.gateway.open_call(&rig.terminal.id).unwrap(), None);
    let last = rig.gateway.restore_status().unwrap().last.unwrap();
    assert_eq!((last.rewind, last.ended), (under_way.rewind, Some(rig.now)));
    // The contract that was booked is known again, but its visit is over.
    assert_eq!(rig.request(loan, 1, PRINCIPAL, face), Err("unknownLoan".into()));
}

#[test]
fn the_call_reaches_a_terminal_that_only_looks_into_its_inbox_above_every_number_it_has_seen() {
    let mut rig = started();
    let backup = rig.store.snapshot();
    for seconds in 0..5 {
        rig.later(seconds);
        rig.gateway
            .activate(&rig.terminal.id, &support::place(true, "Алматы"), &support::staff(), rig.now)
            .unwrap();
    }
    let (_, seen) = rig.gateway.inbox(&rig.terminal.id, 0, rig.now).unwrap();
    rig.store.put_back(&backup);
    rig.later(1);
    rig.gateway.restore(&staff("Дана"), &[], rig.now).unwrap();
    let (messages, head) = rig.gateway.inbox(&rig.terminal.id, seen, rig.now).unwrap();
    assert_eq!(messages.len(), 1);
    assert!(head > seen);
    call(&rig, &messages[0].jws);
    // Asked again it is the same one.
    assert_eq!(rig.gateway.inbox(&rig.terminal.id, seen, rig.now).unwrap().0, messages);
}

#[test]
fn a_note_that_we_signed_over_rows_that_are_not_here_begins_a_restoring_by_itself() {
    let mut rig = started();
    let backup = rig.store.snapshot();
    rig.open_session();
    let (unsigned, cosigned) = (note_over(&rig, false), note_over(&rig, true));
    rig.store.put_back(&backup);
    rig.later(5);
    for (note, noticed) in [(unsigned, false), (cosigned.clone(), true)] {
        let refused = rig.gateway.checkpoint(&rig.terminal.id, &note, rig.now).unwrap_err();
        assert!(matches!(refused, GatewayError::Refused(Refusal::Gap { expected_seq: 1 })));
        assert_eq!(restoring(&rig), noticed, "only our own signature proves it");
    }
    let first = rig.gateway.restore_status().unwrap().restoring.unwrap();
    assert_eq!(first.cause, Cause::Noticed(rig.terminal.id.clone()));
    assert!(rig.gateway.open_call(&rig.terminal.id).unwrap().is_some(), "called with the refusal");

    // The same note once more is no second restore.
    rig.later(5);
    rig.gateway.checkpoint(&rig.terminal.id, &cosigned, rig.now).unwrap_err();
    assert_eq!(rig.gateway.restore_status().unwrap().restoring.unwrap().rewind, first.rewind);
}

#[test]
fn a_store_put_back_again_during_restoring_is_another_restore_and_old_answers_do_not_count() {
    let mut rig = started();
    let backup = rig.store.snapshot();
    rig.open_session();
    rig.store.put_back(&backup);
    rig.later(5);
    rig.gateway.restore(&staff("Дана"), &[], rig.now).unwrap();
    let during = rig.store.snapshot();
    rig.gateway.inbox(&rig.terminal.id, 0, rig.now).unwrap();
    obey(&mut rig);
    rig.later(5);
    say_silently(&mut rig, Draft::new(UplinkChanged { usable: true, cause: "x".into() }));
    let cosigned = note_over(&rig, true);
    assert!(!restoring(&rig));

    // Put back to the middle of the restoring, and nobody says so: the note was signed after it began.
    rig.store.put_back(&during);
    rig.later(5);
    let first = rig.gateway.restore_status().unwrap().restoring.unwrap().rewind;
    rig.gateway.checkpoint(&rig.terminal.id, &cosigned, rig.now).unwrap_err();
    assert_ne!(rig.gateway.restore_status().unwrap().restoring.unwrap().rewind, first);
    // On its way the answer to the first call passes by once more.
    obey(&mut rig);
    assert!(!restoring(&rig));
}

#[test]
fn two_different_members_of_staff_write_a_silent_terminal_off() {
    let mut rig = started();
    let silent = rig.second_terminal("t-silent");
    rig.gateway.restore(&staff("Дана"), &[], rig.now).unwrap();
    rig.gateway.inbox(&rig.terminal.id, 0, rig.now).unwrap();
    obey(&mut rig);
    assert!(restoring(&rig));

    let once = rig.gateway.write_off(&silent.id, &staff("Дана"), rig.now).unwrap();
    assert_eq!(once.terminals.len(), 1);
    assert_eq!(once.terminals[0].write_offs[0].actor.person(), "Дана");
    for same in ["Дана", "дана"] {
        let again = rig.gateway.write_off(&silent.id, &staff(same), rig.now).unwrap_err();
        assert!(matches!(again, GatewayError::Refused(Refusal::BadDirective(_))), "{again:?}");
    }
    assert!(restoring(&rig));
    rig.gateway.write_off(&silent.id, &staff("Ержан"), rig.now).unwrap();
    assert!(!restoring(&rig));
    let done = rig.gateway.write_off(&silent.id, &staff("Асель"), rig.now);
    assert!(done.is_err(), "nothing is waited for any more");
    // It has still to send everything should it come back, and does not begin another restoring.
    assert!(rig.gateway.open_call(&silent.id).unwrap().is_some());
    let left = rig.gateway.restore_status().unwrap();
    assert!(left.terminals.iter().all(|open| !open.waited_for));
    let acts = rig.store.dump();
    assert!(acts.contains("rewind.write-off") && acts.contains("\"restore\""));
}

#[test]
fn a_second_restore_voids_what_was_written_off_in_the_first() {
    let rig = started();
    rig.gateway.restore(&staff("Дана"), &[], rig.now).unwrap();
    rig.gateway.write_off(&rig.terminal.id, &staff("Дана"), rig.now).unwrap();
    rig.gateway.restore(&staff("Дана"), &[], rig.now).unwrap();
    rig.gateway.write_off(&rig.terminal.id, &staff("Ержан"), rig.now).unwrap();
    assert!(restoring(&rig), "one act in this restoring");
}

#[test]
fn a_quarantined_terminal_and_one_never_heard_of_are_waited_for() {
    let mut rig = started();
    let never = rig.second_terminal("t-never");
    let mut bad = rig.terminal.rows[0].compact.clone();
    bad.replace_range(..1, if bad.starts_with('e') { "f" } else { "e" });
    rig.gateway.intake(&rig.terminal.id, &[&bad], rig.now).unwrap();
    rig.gateway.restore(&staff("Дана"), &[], rig.now).unwrap();
    let status = rig.gateway.restore_status().unwrap();
    assert_eq!(status.restoring.unwrap().open, 2);
    assert!(status.terminals.iter().any(|open| open.quarantined.is_some()));
    for terminal in [&rig.terminal.id, &never.id] {
        for name in ["Дана", "Ержан"] {
            rig.gateway.write_off(terminal, &staff(name), rig.now).unwrap();
        }
    }
    assert!(!restoring(&rig));
    rig.later(1);
}

#[test]
fn a_terminal_enrolled_after_the_backup_is_entered_again_when_it_speaks_and_waited_for() {
    let mut rig = started();
    let backup = rig.store.snapshot();
    let mut late = rig.second_terminal("t-late");
    let row = late.begin_epoch(rig.now);
    rig.send(std::slice::from_ref(&row));
    rig.store.put_back(&backup);
    // Not restoring: an unknown terminal is just that.
    let stranger = rig.gateway.intake(&late.id, &[&row.compact], rig.now).unwrap_err();
    assert!(matches!(stranger, GatewayError::Refused(Refusal::NotEnrolled)));

    let named = "t-named".parse().unwrap();
    rig.gateway.restore(&staff("Дана"), std::slice::from_ref(&named), rig.now).unwrap();
    assert_eq!(rig.gateway.restore_status().unwrap().restoring.unwrap().open, 2);
    rig.send(std::slice::from_ref(&row));
    assert_eq!(rig.gateway.restore_status().unwrap().restoring.unwrap().open, 3);
    std::mem::swap(&mut rig.terminal, &mut late);
    obey(&mut rig);
    assert_eq!(rig.gateway.restore_status().unwrap().restoring.unwrap().open, 2);
    assert!(!rig.gateway.terminal(&rig.terminal.id).unwrap().unwrap().active);
}

#[test]
fn texts_offers_and_bookings_of_the_forgotten_time_are_not_made_again() {
    let mut rig = started();
    let backup = rig.store.snapshot();
    rig.conclude();
    let seen = rig.services.get(|s| (s.sms.len(), s.bookings.len()));
    rig.store.put_back(&backup);
    rig.later(5);
    rig.gateway.restore(&staff("Дана"), &[], rig.now).unwrap();
    rig.gateway.inbox(&rig.terminal.id, 0, rig.now).unwrap();
    obey(&mut rig);
    assert_eq!(rig.services.get(|s| (s.sms.len(), s.bookings.len())), seen);
    // The client's one open loan is known again: no second one.
    rig.open_session();
    let client = rig.log_in();
    assert!(matches!(rig.apply(client, PRINCIPAL), MessageBody::ApplicationRefused { .. }));
}

#[test]
fn a_payout_of_the_forgotten_time_is_a_fact_and_its_loan_is_known_frozen() {
    let mut rig = started();
    let backup = rig.store.snapshot();
    let (loan, face) = rig.conclude();
    let leave = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    let ended = Rig::ended(&leave, 20, PayoutResult::Paid);
    let draft = rig.in_session(ended);
    say_silently(&mut rig, draft);
    rig.store.put_back(&backup);
    rig.later(5);
    rig.gateway.restore(&staff("Дана"), &[], rig.now).unwrap();
    rig.gateway.inbox(&rig.terminal.id, 0, rig.now).unwrap();
    obey(&mut rig);
    let dump = rig.store.dump();
    assert!(dump.contains("\"recovered\"") && dump.contains("\"suspect\":true"), "{dump}");
    assert!(dump.contains(&format!("\"paid\":{PRINCIPAL}")));
    assert_eq!(rig.services.get(|s| s.payouts.len()), 1, "core lending hears of one payout, however often");
}

#[test]
fn a_loan_that_core_lending_does_not_tell_of_is_frozen_all_the_same() {
    let mut rig = started();
    let backup = rig.store.snapshot();
    let (loan, face) = rig.conclude();
    let leave = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    let draft = rig.in_session(Rig::ended(&leave, 20, PayoutResult::Paid));
    say_silently(&mut rig, draft);
    rig.store.put_back(&backup);
    rig.later(5);
    rig.services.set(|s| s.core_down = true);
    rig.gateway.restore(&staff("Дана"), &[], rig.now).unwrap();
    rig.gateway.inbox(&rig.terminal.id, 0, rig.now).unwrap();
    obey(&mut rig);
    assert!(rig.store.dump().contains("\"suspect\":true"));
    // Core lending comes back: the client is known, and the place for an open loan is taken.
    rig.services.set(|s| s.core_down = false);
    rig.open_session();
    let client = rig.log_in();
    assert!(matches!(rig.apply(client, PRINCIPAL), MessageBody::ApplicationRefused { .. }));
    assert!(rig.store.dump().contains(&format!("\"paid\":{PRINCIPAL}")));
}

/// A loan concluded before the back-up; leave given after it; what the terminal then did comes again.
fn leave_in_the_forgotten_time(end: Option<(u32, PayoutResult, bool)>) -> (Rig, Result<(), String>) {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    let backup = rig.store.snapshot();
    let leave = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    if let Some((notes, result, named)) = end {
        let mut ended = Rig::ended(&leave, notes, result);
        if !named {
            ended.authorisation = None;
        }
        let draft = rig.in_session(ended);
        say_silently(&mut rig, draft);
    }
    rig.store.put_back(&backup);
    rig.later(5);
    rig.gateway.restore(&staff("Дана"), &[], rig.now).unwrap();
    rig.gateway.inbox(&rig.terminal.id, 0, rig.now).unwrap();
    obey(&mut rig);
    assert!(!restoring(&rig));
    let part = if end.is_some_and(|(.., named)| named) { 2 } else { 1 };
    rig.open_session();
    rig.log_in();
    let (face, matched) = rig.face(loan);
    assert!(matches!(matched, MessageBody::FaceMatched { .. }), "{matched:?}");
    let missing = PRINCIPAL - u64::from(end.map_or(0, |(notes, ..)| notes)) * 500_000;
    let asked = rig.request(loan, part, missing, face).map(drop);
    (rig, asked)
}

#[test]
fn a_slip_of_the_forgotten_time_keeps_terminals_from_paying_what_the_desk_may_pay() {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    let leave = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    rig.say(rig.in_session(Rig::ended(&leave, 7, PayoutResult::Short)));
    let missing = PRINCIPAL - 3_500_000;
    let backup = rig.store.snapshot();
    let request = PayoutRequestId(Uuid::now_v7());
    let amount_tiyn = Tiyn::new(missing).unwrap();
    let slip = rig.say(rig.in_session(RemainderClaimed { request, loan, amount_tiyn })).unwrap().1;
    assert!(matches!(slip, MessageBody::ClaimSlipIssued(_)), "{slip:?}");
    rig.store.put_back(&backup);
    rig.later(5);
    rig.gateway.restore(&staff("Дана"), &[], rig.now).unwrap();
    rig.gateway.inbox(&rig.terminal.id, 0, rig.now).unwrap();
    obey(&mut rig);
    rig.open_session();
    rig.log_in();
    let (face, _) = rig.face(loan);
    assert_eq!(rig.request(loan, 2, missing, face).unwrap_err(), "claimed");
    // The slip comes again, under the request that was ordered then.
    let again = RemainderClaimed { request: PayoutRequestId(Uuid::now_v7()), loan, amount_tiyn };
    assert_eq!(rig.say(rig.in_session(again)).unwrap().1, slip);
    assert_eq!(rig.services.get(|s| s.desk_orders.len()), 1);
}

#[test]
fn a_leave_of_the_forgotten_time_blocks_its_loan_until_the_request_has_ended() {
    let (rig, asked) = leave_in_the_forgotten_time(None);
    assert_eq!(asked, Err("authorisationLive".into()), "the terminal may still be paying");
    assert!(!rig.store.dump().contains("\"suspect\":true"), "and nothing is wrong with that");
}

#[test]
fn a_payout_that_ended_in_the_forgotten_time_is_taken_without_freezing_where_its_sums_agree() {
    let (rig, asked) = leave_in_the_forgotten_time(Some((20, PayoutResult::Paid, true)));
    assert_eq!(asked, Err("paidOut".into()));
    assert!(!rig.store.dump().contains("\"suspect\":true"));

    let (_, asked) = leave_in_the_forgotten_time(Some((12, PayoutResult::Short, true)));
    assert_eq!(asked, Ok(()), "the rest, as part 2");

    let (_, asked) = leave_in_the_forgotten_time(Some((0, PayoutResult::Nothing, false)));
    assert_eq!(asked, Ok(()), "a request that was refused then is no part");

    for wrong in [
        (12, PayoutResult::Paid, true),
        (12, PayoutResult::Short, false),
        (12, PayoutResult::Uncertain, true),
    ] {
        let (rig, asked) = leave_in_the_forgotten_time(Some(wrong));
        assert_eq!(asked, Err("suspect".into()), "{wrong:?}");
        assert!(rig.store.dump().contains("\"suspect\":true"));
    }
}

#[test]
fn rows_that_the_backup_still_had_to_act_on_are_history_too() {
    let mut rig = started();
    rig.open_session();
    // The row is here, its attachment not yet: it waits.
    let sealed = senim_operation::attachment::LoginRequest { iin: senim_domain::Secret::new(iin()) };
    let draft = rig.in_session(LoginRequested {}).with_attachment(sealed.to_plaintext().unwrap());
    let (row, jwe) = rig.terminal.write(draft, rig.now);
    rig.send(std::slice::from_ref(&row));
    let backup = rig.store.snapshot();
    let (sha256, jwe) = (row.envelope.sealed.unwrap().sha256, jwe.unwrap());
    rig.gateway.put_attachment(&rig.terminal.id, &sha256, &jwe, rig.now).unwrap();
    assert_eq!(rig.services.get(|s| s.sms.len()), 1);

    rig.store.put_back(&backup);
    rig.later(5);
    rig.gateway.restore(&staff("Дана"), &[], rig.now).unwrap();
    rig.gateway.inbox(&rig.terminal.id, 0, rig.now).unwrap();
    let reply = rig.gateway.put_attachment(&rig.terminal.id, &sha256, &jwe, rig.now).unwrap();
    assert!(reply.matched && reply.replies.is_empty());
    obey(&mut rig);
    assert_eq!(rig.services.get(|s| s.sms.len()), 1, "one text, as the person saw it");
}

#[test]
fn staff_call_one_terminal_alone_without_holding_anybody_back() {
    let mut rig = started();
    let backup = rig.store.snapshot();
    rig.open_session();
    rig.store.put_back(&backup);
    rig.later(5);
    let sent = rig.gateway.rewind(&rig.terminal.id, &staff("Дана"), rig.now).unwrap();
    let (messages, head) = rig.gateway.inbox(&rig.terminal.id, sent.n - 1, rig.now).unwrap();
    assert_eq!((messages.len(), head), (1, sent.n));
    assert!(!restoring(&rig));
    assert_eq!(rig.gateway.restore_status().unwrap().terminals.len(), 1);
    obey(&mut rig);
    assert!(rig.gateway.restore_status().unwrap().terminals.is_empty());
}

#[test]
fn a_clone_of_a_disk_that_goes_on_alone_is_a_fork_with_its_row_kept_as_evidence() {
    let mut rig = started();
    let image = rig.terminal.rows.clone();
    say_silently(&mut rig, Draft::new(UplinkChanged { usable: true, cause: "x".into() }));
    // The clone has the same keys and begins where the image was taken.
    rig.terminal.rows = image;
    let other = rig.terminal.begin_epoch(rig.now);
    let reply = rig.send(std::slice::from_ref(&other));
    assert_eq!(reply.refusal, Some(Refusal::Fork { seq: 1 }));
    assert!(rig.gateway.terminal(&rig.terminal.id).unwrap().unwrap().quarantined.is_some());
    assert_eq!(rig.gateway.evidence(&rig.terminal.id).unwrap()[0].row, other.compact);
}

#[test]
fn an_older_image_that_sends_what_is_known_is_told_of_rows_that_it_never_wrote() {
    let mut rig = started();
    let image = rig.terminal.rows.clone();
    say_silently(&mut rig, Draft::new(UplinkChanged { usable: true, cause: "x".into() }));
    let reply = rig.send(&image);
    // Its journal refuses that as `AcknowledgedAhead` and the terminal stops.
    assert_eq!((reply.refusal, reply.acked.unwrap().seq), (None, 1));
}

#[test]
fn a_clone_that_shows_another_tree_is_a_fork() {
    let mut rig = started();
    let image = rig.terminal.rows.clone();
    let draft = || Draft::new(UplinkChanged { usable: true, cause: "x".into() });
    say_silently(&mut rig, draft());
    rig.terminal.rows = image;
    rig.terminal.write(draft(), rig.now);
    let refused = rig.gateway.checkpoint(&rig.terminal.id, &note_over(&rig, false), rig.now).unwrap_err();
    assert!(matches!(refused, GatewayError::Refused(Refusal::Fork { seq: 1 })), "{refused:?}");
    assert!(rig.gateway.terminal(&rig.terminal.id).unwrap().unwrap().quarantined.is_some());
}
