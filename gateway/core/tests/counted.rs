//! A count at a terminal's screen: whose settles at once, whose is a proposal, and which settles nothing.

use senim_domain::cash::UnitNo;
use senim_domain::count::{CountedNotes, CountedPlace};
use senim_domain::rule_pack::{RulePack, StaffCard, StaffRole, StaffRules};
use senim_domain::{LoanId, MessageId};
use senim_gateway_core::Settlement;
use senim_operation::Draft;
use senim_operation::body::*;
use senim_operation::message::{Authorisation, MessageBody, open_message};

use crate::settlement::{FIVE, askar, bundle, dana, in_doubt};
use crate::support::{self, PRINCIPAL, Rig, started};

const BOTH: [&str; 2] = ["c-004", "c-011"];

fn employ(rig: &Rig, two_persons_for_cash: bool) {
    let card = |staff: &str, role, mark: char| StaffCard {
        staff: staff.into(),
        role,
        certificate_sha256: mark.to_string().repeat(43),
    };
    let cards = vec![
        card("c-004", StaffRole::CashOfficer, 'A'),
        card("c-011", StaffRole::CashOfficer, 'B'),
        card("t-017", StaffRole::Technician, 'C'),
    ];
    let staff = Some(StaffRules { cards, two_persons_for_cash });
    let pack = support::pack();
    let pack = RulePack { version: pack.version + 1, staff, ..pack };
    rig.gateway.publish_rule_pack(pack, &dana(), rig.now).unwrap();
}

/// So many notes lie on the way and in the cassette, where the books have eighty; what follows is said.
fn count(
    leave: &Authorisation,
    officers: &[&str],
    on_the_way: u32,
    cassette: u32,
    given: u32,
) -> PayoutCounted {
    let unit =
        |place, unit, expected, counted| CountedNotes { place, unit, denomination: FIVE, expected, counted };
    let given = DenominationCount { denomination: FIVE, notes: given };
    PayoutCounted {
        request: leave.request,
        loan: leave.loan,
        officers: officers.iter().map(|officer| (*officer).to_owned()).collect(),
        counted: vec![
            unit(CountedPlace::Exit, None, 0, on_the_way),
            unit(CountedPlace::RejectUnit, None, 0, 0),
            unit(CountedPlace::Cassette, Some(UnitNo(1)), 80, cassette),
        ],
        given: if given.notes > 0 { vec![given] } else { Vec::new() },
    }
}

fn settlement(rig: &Rig, leave: &Authorisation) -> Option<Settlement> {
    rig.gateway.payout_case(leave.loan, leave.request).unwrap().settlement
}

fn paid(rig: &Rig) -> Vec<u64> {
    rig.services.get(|s| s.payouts.iter().map(|report| report.amount_tiyn.tiyn()).collect())
}

/// Ten notes are paid for certain, ten are in doubt.
fn doubtful(two: bool) -> (Rig, LoanId, MessageId, Authorisation) {
    let mut rig = started();
    employ(&rig, two);
    let (loan, face, leave) = in_doubt(&mut rig);
    (rig, loan, face, leave)
}

#[test]
fn two_officers_count_and_the_loan_is_closed_with_what_was_given() {
    let (mut rig, loan, face, leave) = doubtful(true);
    rig.say(Draft::new(count(&leave, &BOTH, 1, 85, 14)));
    assert!(rig.gateway.doubts("", 10).unwrap().is_empty());
    assert_eq!(paid(&rig), [5_000_000, 2_000_000], "core lending hears the difference");
    let settled = settlement(&rig, &leave).unwrap();
    let people = (settled.proposed.by.person(), settled.confirmed.as_ref().unwrap().by.person());
    assert_eq!(people, ("service card c-004", "service card c-011"));
    assert_eq!(rig.request(loan, 2, PRINCIPAL / 2, face), Err("wrongAmount".into()), "only the rest is left");
    rig.request(loan, 2, PRINCIPAL - 7_000_000, face).unwrap();
}

#[test]
fn the_terminal_is_told_where_each_note_is_as_by_the_desk() {
    let (mut rig, _, _, leave) = doubtful(true);
    rig.say(Draft::new(count(&leave, &BOTH, 1, 85, 14)));
    let (messages, _) = rig.gateway.inbox(&rig.terminal.id, 0, rig.now).unwrap();
    let message = open_message(&messages.last().unwrap().jws, &rig.trust, &rig.terminal.id).unwrap();
    let MessageBody::Settlement { request, notes, .. } = message.body else { panic!("settlement") };
    assert_eq!(request, leave.request);
    assert_eq!(notes.iter().map(|found| found.notes).collect::<Vec<_>>(), [4, 1, 5]);
}

#[test]
fn a_count_that_comes_again_settles_once() {
    let (mut rig, _, _, leave) = doubtful(true);
    rig.say(Draft::new(count(&leave, &BOTH, 1, 85, 14)));
    let settled = settlement(&rig, &leave);
    rig.say(Draft::new(count(&leave, &BOTH, 0, 80, 20)));
    assert_eq!(settlement(&rig, &leave), settled);
    assert_eq!(paid(&rig).len(), 2);
}

#[test]
fn where_nothing_was_given_the_leave_is_closed_and_a_new_one_pays_all() {
    let mut rig = started();
    employ(&rig, true);
    let (loan, face) = rig.conclude();
    let leave = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    bundle(&mut rig, &leave, 1, 90, senim_domain::cash::BundleResult::Uncertain, 0);
    rig.say(rig.in_session(Rig::ended(&leave, 0, PayoutResult::Uncertain)));
    rig.say(Draft::new(count(&leave, &BOTH, 1, 89, 0)));
    assert_eq!(settlement(&rig, &leave).unwrap().plan.missing_tiyn.tiyn(), PRINCIPAL);
    assert!(rig.gateway.doubts("", 10).unwrap().is_empty());
    let anew = rig.request(loan, 2, PRINCIPAL, face).unwrap();
    assert_ne!(anew.authorisation, leave.authorisation);
}

#[test]
fn one_officer_settles_where_the_rules_want_one() {
    let (mut rig, _, _, leave) = doubtful(false);
    rig.say(Draft::new(count(&leave, &["c-011"], 0, 80, 20)));
    assert!(settlement(&rig, &leave).unwrap().confirmed.is_some());
    assert_eq!(paid(&rig), [5_000_000, 5_000_000]);
}

#[test]
fn a_count_of_others_is_a_proposal_that_the_desk_confirms() {
    for officers in [&["c-004"][..], &["c-004", "c-004"], &["c-004", "t-017"], &["c-004", "c-999"]] {
        let (mut rig, loan, _, leave) = doubtful(true);
        rig.say(Draft::new(count(&leave, officers, 1, 85, 14)));
        let proposed = settlement(&rig, &leave).unwrap();
        assert_eq!(proposed.confirmed, None, "{officers:?}");
        assert_eq!(rig.gateway.doubts("", 10).unwrap().len(), 1);
        let confirm =
            |by| rig.gateway.confirm_settlement(loan, leave.request, proposed.settlement, by, rig.now);
        assert!(confirm(&askar()).unwrap().confirmed.is_some());
        assert_eq!(paid(&rig), [5_000_000, 2_000_000]);
    }
}

#[test]
fn without_service_cards_in_the_rules_a_count_only_proposes() {
    let mut rig = started();
    let (_, _, leave) = in_doubt(&mut rig);
    rig.say(Draft::new(count(&leave, &BOTH, 0, 80, 20)));
    assert_eq!(settlement(&rig, &leave).unwrap().confirmed, None);
}

#[test]
fn a_count_that_does_not_fit_the_rows_changes_nothing() {
    let (mut rig, _, _, leave) = doubtful(true);
    let mut half = count(&leave, &BOTH, 0, 85, 15);
    half.counted.pop();
    let twice = PayoutCounted {
        given: [half.given.clone(), half.given.clone()].concat(),
        ..count(&leave, &BOTH, 0, 85, 15)
    };
    let wrong = [
        count(&leave, &BOTH, 0, 85, 14),
        count(&leave, &BOTH, 0, 79, 21),
        count(&leave, &BOTH, 1, 90, 9),
        half,
        twice,
    ];
    for row in wrong {
        rig.say(Draft::new(row.clone()));
        assert_eq!(settlement(&rig, &leave), None, "{row:?}");
    }
    assert_eq!(rig.gateway.doubts("", 10).unwrap().len(), 1);
    assert_eq!(paid(&rig), [5_000_000]);
}

#[test]
fn a_count_at_another_terminal_changes_nothing() {
    let (mut rig, _, _, leave) = doubtful(true);
    let mut other = rig.second_terminal("t-2");
    let mut rows = vec![other.begin_epoch(rig.now)];
    rows.push(other.write(Draft::new(count(&leave, &BOTH, 0, 80, 20)), rig.now).0);
    rig.send(&rows);
    assert_eq!(settlement(&rig, &leave), None);
    // At the right one it does.
    rig.say(Draft::new(count(&leave, &BOTH, 0, 80, 20)));
    assert!(settlement(&rig, &leave).is_some());
}
