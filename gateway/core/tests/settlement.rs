//! Payouts in doubt: what the journal proves, what two people decide, and what follows.

use senim_domain::cash::{
    BundleResult, CashBooks, Denomination, FoundPlace, SettledNotes, UnitMoved, UnitNo, UnitRequest,
    UnitStock,
};
use senim_domain::{LoanId, MessageId, PayoutRequestId, SettlementId, Tiyn};
use senim_gateway_core::store::{Collection, Store as _};
use senim_gateway_core::{Actor, Count, GatewayError, Refusal, Settlement};
use senim_operation::Draft;
use senim_operation::body::*;
use senim_operation::message::{Authorisation, Command, MessageBody, open_message};

use crate::support::{self, PRINCIPAL, Rig, started};

pub const FIVE: Denomination = Denomination(5000);

pub fn dana() -> Actor {
    Actor::new("Дана", "counted on 3 March, protocol 17").unwrap()
}

pub fn askar() -> Actor {
    Actor::new("Асқар", "protocol 17 was read").unwrap()
}

fn books(notes: u32) -> CashBooks {
    let mut books = CashBooks::default();
    books.add(UnitStock { unit: UnitNo(1), denomination: FIVE, notes }).unwrap();
    books
}

/// Two bundles of ten notes: the first is paid, of the second nobody knows. Gives loan, face check and leave.
pub fn in_doubt(rig: &mut Rig) -> (LoanId, MessageId, Authorisation) {
    let (loan, face) = rig.conclude();
    let leave = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    bundle(rig, &leave, 1, 100, BundleResult::Dispensed, 10);
    bundle(rig, &leave, 2, 90, BundleResult::Uncertain, 0);
    rig.say(rig.in_session(Rig::ended(&leave, 10, PayoutResult::Uncertain)));
    (loan, face, leave)
}

pub fn bundle(rig: &mut Rig, leave: &Authorisation, bundle: u32, stock: u32, result: BundleResult, out: u32) {
    let mix = vec![UnitRequest { unit: UnitNo(1), denomination: FIVE, notes: 10 }];
    let intended = PayoutIntended {
        request: leave.request,
        loan: leave.loan,
        authorisation: leave.authorisation,
        part: leave.part,
        bundle,
        of: 2,
        mix,
        books_before: books(stock),
    };
    rig.say(rig.in_session(intended));
    let armed = PayoutArmed { request: leave.request, bundle, marker: Vec::new(), latch_losses: None };
    rig.say(rig.in_session(armed));
    let units =
        if out > 0 { vec![UnitMoved { unit: UnitNo(1), distributed: out, rejected: 0 }] } else { Vec::new() };
    let source = OutcomeSource::Nothing;
    let outcome = PayoutOutcome { request: leave.request, bundle, result, units, device_error: None, source };
    rig.say(rig.in_session(outcome));
}

fn given(notes: u32) -> Count {
    Count { given: vec![DenominationCount { denomination: FIVE, notes }], found: Vec::new() }
}

fn found(notes: u32, place: FoundPlace, unit: Option<u8>) -> SettledNotes {
    SettledNotes { denomination: FIVE, notes, place, unit: unit.map(UnitNo) }
}

fn why(result: Result<Settlement, GatewayError>) -> String {
    match result {
        Err(GatewayError::Refused(Refusal::BadDirective(why))) => why,
        other => panic!("{other:?}"),
    }
}

fn settle(rig: &Rig, loan: LoanId, request: PayoutRequestId, count: &Count) -> Settlement {
    let proposed = rig.gateway.propose_settlement(loan, request, count, &dana(), rig.now).unwrap();
    rig.gateway.confirm_settlement(loan, request, proposed.settlement, &askar(), rig.now).unwrap()
}

#[test]
fn the_case_shows_rows_and_what_is_certain_and_what_is_not() {
    let mut rig = started();
    let (loan, _, leave) = in_doubt(&mut rig);
    let doubts = rig.gateway.doubts("", 10).unwrap();
    assert_eq!(doubts.len(), 1);
    assert_eq!((doubts[0].1.loan, doubts[0].1.why.as_str()), (loan, "uncertain"));
    let case = rig.gateway.payout_case(loan, leave.request).unwrap();
    let kinds: Vec<_> = case.rows.iter().map(|row| row.kind.as_str()).collect();
    let bundle = ["PayoutIntended", "PayoutArmed", "PayoutOutcome"];
    assert_eq!(kinds, [&["PayoutRequested"][..], &bundle, &bundle, &["PayoutEnded"]].concat());
    assert_eq!((case.notes[&FIVE].sure, case.notes[&FIVE].doubt), (10, 10));
    assert_eq!((case.booked_tiyn.tiyn(), case.doubt.leave.tiyn()), (5_000_000, PRINCIPAL));
}

#[test]
fn two_people_settle_and_the_loan_may_be_paid_further_for_exactly_the_rest() {
    let mut rig = started();
    let (loan, face, leave) = in_doubt(&mut rig);
    assert_eq!(rig.request(loan, 2, PRINCIPAL / 2, face), Err("suspect".into()));
    let count = Count {
        found: vec![found(3, FoundPlace::RejectUnit, None), found(2, FoundPlace::Cassette, Some(1))],
        ..given(14)
    };
    let settled = settle(&rig, loan, leave.request, &count);
    assert_eq!(settled.plan.paid_after_tiyn.tiyn(), 7_000_000);
    let rest = PRINCIPAL - 7_000_000;
    assert_eq!(settled.plan.missing_tiyn.tiyn(), rest);
    let payouts = rig.services.get(|s| s.payouts.clone());
    let sums: Vec<_> = payouts.iter().map(|report| report.amount_tiyn.tiyn()).collect();
    assert_eq!(sums, [5_000_000, 2_000_000], "core lending gets the difference as a report of its own");
    assert_ne!(payouts[0].request, payouts[1].request);
    assert!(rig.gateway.doubts("", 10).unwrap().is_empty());
    rig.request(loan, 2, rest, face).unwrap();
}

#[test]
fn the_terminal_is_told_where_every_note_in_doubt_is() {
    let mut rig = started();
    let (loan, _, leave) = in_doubt(&mut rig);
    let count = Count { found: vec![found(3, FoundPlace::RejectUnit, None)], ..given(14) };
    let settled = settle(&rig, loan, leave.request, &count);
    let (messages, _) = rig.gateway.inbox(&rig.terminal.id, 0, rig.now).unwrap();
    let message = open_message(&messages.last().unwrap().jws, &rig.trust, &rig.terminal.id).unwrap();
    let MessageBody::Settlement { settlement, request, notes, .. } = message.body else {
        panic!("settlement")
    };
    assert_eq!((settlement, request), (settled.settlement, leave.request));
    assert_eq!(
        notes,
        [
            found(4, FoundPlace::Distributed, None),
            found(3, FoundPlace::RejectUnit, None),
            found(3, FoundPlace::Missing, None)
        ]
    );
    rig.say(Draft::new(PayoutSettled {
        settlement,
        message_id: message.envelope.message_id,
        message_sha256: message.sha256,
        request,
        loan,
        notes,
        books_after: books(80),
    }));
    let case = rig.gateway.payout_case(loan, leave.request).unwrap();
    assert_eq!(case.settlement.unwrap().booked_at, Some(rig.now));
}

#[test]
fn a_count_that_contradicts_the_journal_is_refused_with_the_reason() {
    let mut rig = started();
    let (loan, _, leave) = in_doubt(&mut rig);
    let propose =
        |count: &Count| why(rig.gateway.propose_settlement(loan, leave.request, count, &dana(), rig.now));
    for (count, words) in [
        (given(9), "booked already"),
        (given(21), "were allowed"),
        (
            Count { found: vec![found(7, FoundPlace::RejectUnit, None)], ..given(14) },
            "only 10 notes of 5000 are in doubt",
        ),
        (
            Count { found: vec![found(1, FoundPlace::Cassette, Some(4))], ..given(14) },
            "cannot have been found",
        ),
        (Count { found: vec![found(1, FoundPlace::Missing, None)], ..given(14) }, "cannot have been found"),
        (Count { given: [given(5).given, given(9).given].concat(), found: Vec::new() }, "given twice"),
        (
            Count {
                given: vec![DenominationCount { denomination: Denomination(2000), notes: 30 }],
                found: Vec::new(),
            },
            "no note of 2000",
        ),
    ] {
        let said = propose(&count);
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(rig.gateway.trail_head().unwrap().n, 3, "nothing was decided");
}

#[test]
fn fewer_than_the_device_counted_out_is_refused_although_the_end_named_less() {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    let leave = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    bundle(&mut rig, &leave, 1, 100, BundleResult::Dispensed, 10);
    rig.say(rig.in_session(Rig::ended(&leave, 4, PayoutResult::Uncertain)));
    let said = why(rig.gateway.propose_settlement(loan, leave.request, &given(6), &dana(), rig.now));
    assert!(said.contains("10 notes of 5000 out for certain"), "{said}");
}

#[test]
fn nobody_confirms_what_they_proposed_and_nobody_confirms_what_was_not_proposed() {
    let mut rig = started();
    let (loan, _, leave) = in_doubt(&mut rig);
    let nothing = SettlementId(leave.request.0);
    let confirm = |id, by: &Actor| rig.gateway.confirm_settlement(loan, leave.request, id, by, rig.now);
    assert!(why(confirm(nothing, &askar())).contains("no such proposal"));
    let first = rig.gateway.propose_settlement(loan, leave.request, &given(12), &dana(), rig.now).unwrap();
    let same = Actor::new(" дАНА ", "me again").unwrap();
    assert!(why(confirm(first.settlement, &same)).contains("second person"));
    let second = rig.gateway.propose_settlement(loan, leave.request, &given(13), &dana(), rig.now).unwrap();
    assert!(why(confirm(first.settlement, &askar())).contains("another took its place"));
    confirm(second.settlement, &askar()).unwrap();
    assert!(why(confirm(second.settlement, &askar())).contains("no such proposal"), "once");
    let again = rig.gateway.propose_settlement(loan, leave.request, &given(15), &dana(), rig.now);
    assert!(why(again).contains("settled already"));
}

#[test]
fn a_proposal_whose_facts_have_changed_is_not_confirmed() {
    let mut rig = started();
    let (loan, _, leave) = in_doubt(&mut rig);
    let proposed = rig.gateway.propose_settlement(loan, leave.request, &given(12), &dana(), rig.now).unwrap();
    let stray = rig.payout_request(loan, 9, 100, MessageId(leave.request.0));
    let stray = Authorisation { request: stray.request, ..leave.clone() };
    rig.say(rig.in_session(Rig::ended(&stray, 1, PayoutResult::Paid)));
    let confirmed =
        rig.gateway.confirm_settlement(loan, leave.request, proposed.settlement, &askar(), rig.now);
    assert!(why(confirmed).contains("facts have changed"));
}

#[test]
fn a_loan_with_two_payouts_in_doubt_stays_frozen_until_both_are_settled() {
    let mut rig = started();
    let (loan, face, leave) = in_doubt(&mut rig);
    let stray = Authorisation { request: PayoutRequestId(MessageId(face.0).0), ..leave.clone() };
    rig.say(rig.in_session(Rig::ended(&stray, 1, PayoutResult::Paid)));
    settle(&rig, loan, leave.request, &given(10));
    assert_eq!(rig.request(loan, 2, PRINCIPAL / 2 - 500_000, face), Err("suspect".into()));
    settle(&rig, loan, stray.request, &Count { given: given(1).given, found: Vec::new() });
    rig.request(loan, 2, PRINCIPAL / 2 - 500_000, face).unwrap();
}

#[test]
fn a_dead_terminals_leave_is_closed_by_staff_and_its_late_account_is_compared() {
    for (late, agrees) in [(10, true), (12, false)] {
        let mut rig = started();
        let (loan, face) = rig.conclude();
        let leave = rig.request(loan, 1, PRINCIPAL, face).unwrap();
        let propose =
            |rig: &Rig| rig.gateway.propose_settlement(loan, leave.request, &given(10), &dana(), rig.now);
        assert!(why(propose(&rig)).contains("deactivate it first"));
        rig.gateway.activate(&rig.terminal.id, &support::place(false, "burnt"), &dana(), rig.now).unwrap();
        assert!(why(propose(&rig)).contains("less than an hour"));
        // The request's own time is the machine's in this fixture; staff come an hour after it.
        let asked = leave.request.0.get_timestamp().unwrap().to_unix().0;
        rig.now = senim_domain::UtcMillis(i64::try_from(asked).unwrap() * 1000 + 3_700_000);
        let (_, head) = rig.gateway.inbox(&rig.terminal.id, 0, rig.now).unwrap();
        let settled = settle(&rig, loan, leave.request, &given(10));
        assert_eq!(settled.plan.notes, None, "its books are not known");
        assert_eq!(rig.gateway.inbox(&rig.terminal.id, head, rig.now).unwrap().0.len(), 0);
        assert_eq!(rig.services.get(|s| s.payouts.len()), 1);
        rig.say(Draft::new(Rig::ended(&leave, late, PayoutResult::Short)));
        assert_eq!(rig.gateway.doubts("", 9).unwrap().is_empty(), agrees, "{late}");
        assert_eq!(rig.services.get(|s| s.payouts.len()), 1);
    }
}

#[test]
fn core_lending_hears_of_a_settlement_once_it_is_back() {
    let mut rig = started();
    let (loan, _, leave) = in_doubt(&mut rig);
    rig.services.set(|s| s.core_down = true);
    settle(&rig, loan, leave.request, &given(14));
    assert_eq!(rig.services.get(|s| s.payouts.len()), 1);
    rig.services.set(|s| s.core_down = false);
    assert_eq!(rig.gateway.flush_outbox(rig.now).unwrap(), 0);
    assert_eq!(rig.gateway.flush_outbox(rig.now).unwrap(), 0);
    assert_eq!(rig.services.get(|s| s.payouts.len()), 2);
}

#[test]
fn the_trail_names_proposal_and_settlement_with_the_hash_of_what_was_decided() {
    let mut rig = started();
    let (loan, _, leave) = in_doubt(&mut rig);
    settle(&rig, loan, leave.request, &given(14));
    let trail = rig.gateway.trail(senim_domain::UtcMillis(0), None, 2).unwrap();
    let acts: Vec<_> =
        trail.acts.iter().map(|act| (act.record.act.as_str(), act.record.actor.person())).collect();
    assert_eq!(acts, [("settle", "Асқар"), ("settlePropose", "Дана")]);
    assert_eq!(trail.acts[0].record.subject, trail.acts[1].record.subject);
    assert!(trail.acts[0].record.subject.starts_with(&format!("{loan}/{}/", leave.request)));
}

#[test]
fn a_flagged_loan_is_not_paid_until_the_flag_is_lifted() {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    rig.gateway.flag_loan(loan, true, &dana(), rig.now).unwrap();
    assert_eq!(rig.gateway.flagged_loans().unwrap().len(), 1);
    assert_eq!(rig.request(loan, 1, PRINCIPAL, face), Err("suspect".into()));
    rig.gateway.flag_loan(loan, false, &askar(), rig.now).unwrap();
    rig.request(loan, 1, PRINCIPAL, face).unwrap();
    assert!(rig.gateway.flag_loan(loan, false, &askar(), rig.now).is_err());
}

#[test]
fn a_flag_does_not_hide_a_payout_in_doubt() {
    let mut rig = started();
    let (loan, face, leave) = in_doubt(&mut rig);
    assert!(rig.gateway.flag_loan(loan, false, &dana(), rig.now).is_err(), "it is settled instead");
    rig.gateway.flag_loan(loan, true, &dana(), rig.now).unwrap();
    settle(&rig, loan, leave.request, &given(10));
    assert_eq!(rig.request(loan, 2, PRINCIPAL / 2, face), Err("suspect".into()));
    rig.gateway.flag_loan(loan, false, &dana(), rig.now).unwrap();
    rig.request(loan, 2, PRINCIPAL / 2, face).unwrap();
}

#[test]
fn a_quarantine_is_lifted_only_by_who_names_the_evidence_and_the_chain_goes_on_from_its_head() {
    let mut rig = started();
    let head = rig.gateway.terminal(&rig.terminal.id).unwrap().unwrap().head;
    let good =
        rig.terminal.write(Draft::new(ServiceChanged { in_service: true, reasons: vec![] }), rig.now).0;
    let mut broken = good.clone();
    let last = broken.compact.pop().unwrap();
    broken.compact.push(if last == 'A' { 'B' } else { 'A' });
    assert!(rig.send(&[broken]).refusal.is_some());
    let id = rig.terminal.id.clone();
    let kept = rig.gateway.evidence(&id).unwrap();
    assert_eq!(kept.len(), 1);
    for seen in [None, Some("AAAA")] {
        assert!(rig.gateway.flag_terminal(&id, false, seen, &dana(), rig.now).is_err());
    }
    let goes_on = rig.gateway.flag_terminal(&id, false, Some(&kept[0].sha256), &dana(), rig.now).unwrap();
    assert_eq!(goes_on.head, head);
    assert_eq!(rig.send(std::slice::from_ref(&good)).refusal, None);
    rig.gateway.flag_terminal(&id, true, None, &dana(), rig.now).unwrap();
    assert!(matches!(
        rig.gateway.intake(&id, &[&good.compact], rig.now),
        Err(GatewayError::Refused(Refusal::Quarantined))
    ));
}

#[test]
fn commands_reach_the_inbox_with_an_end_and_an_act() {
    let rig = started();
    let id = &rig.terminal.id;
    let sent = rig.gateway.command(id, &Command::Restart, 60, &dana(), rig.now).unwrap();
    let (messages, _) = rig.gateway.inbox(id, sent.n - 1, rig.now).unwrap();
    let message = open_message(&messages[0].jws, &rig.trust, id).unwrap();
    let expires = senim_domain::UtcMillis(rig.now.0 + 3_600_000);
    assert_eq!(message.body, MessageBody::Command { command: Command::Restart, expires });
    for (command, minutes) in [
        (Command::Restart, 0),
        (Command::Restart, 10_081),
        (Command::OutOfService { reason: " ".into() }, 60),
        (Command::OutOfService { reason: "a\u{7}".into() }, 60),
    ] {
        assert!(rig.gateway.command(id, &command, minutes, &dana(), rig.now).is_err());
    }
    assert_eq!(rig.gateway.trail_head().unwrap().n, 4);
}

#[test]
fn a_settled_payout_stays_readable_with_its_decision() {
    let mut rig = started();
    let (loan, _, leave) = in_doubt(&mut rig);
    settle(&rig, loan, leave.request, &given(14));
    let case = rig.gateway.payout_case(loan, leave.request).unwrap();
    assert_eq!(case.settlement.unwrap().confirmed.unwrap().by.person(), "Асқар");
    assert!(rig.store.document(Collection::Doubt, &format!("{loan}/{}", leave.request)).unwrap().is_none());
    assert_eq!(case.paid_tiyn, Tiyn::new(7_000_000).unwrap());
}
