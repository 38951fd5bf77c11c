//! A loan that was paid out short: told at a login, paid exactly, or ordered to the cash desk, and never both.

use senim_domain::{ClientId, LoanId, MessageId, PayoutRequestId, Tiyn};
use senim_operation::body::*;
use senim_operation::message::{ClaimSlip, MessageBody, Remainder};
use uuid::Uuid;

use crate::support::{PRINCIPAL, Rig, iin, started};

/// Seven notes of 5,000.
const GIVEN: u64 = 3_500_000;
const MISSING: u64 = PRINCIPAL - GIVEN;

fn tiyn(sum: u64) -> Tiyn {
    Tiyn::new(sum).unwrap()
}

/// A loan of which seven notes were given.
fn short() -> (Rig, LoanId, MessageId) {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    let leave = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    assert!(rig.say(rig.in_session(Rig::ended(&leave, 7, PayoutResult::Short))).is_none());
    (rig, loan, face)
}

/// Logs in anew; what is told of a short loan.
fn comes_back(rig: &mut Rig) -> (ClientId, Option<Remainder>) {
    rig.open_session();
    let (login, _) = rig.ask_login(&iin());
    let code = rig.last_code();
    match rig.type_code(login, &code) {
        MessageBody::LoggedIn { client, remainder, .. } => (client, remainder),
        other => panic!("{other:?}"),
    }
}

fn claim_as(rig: &mut Rig, request: PayoutRequestId, loan: LoanId, sum: u64) -> Result<ClaimSlip, String> {
    let body = RemainderClaimed { request, loan, amount_tiyn: tiyn(sum) };
    match rig.say(rig.in_session(body)).unwrap().1 {
        MessageBody::ClaimSlipIssued(slip) => Ok(slip),
        MessageBody::ClaimRefused { request: of, reason } => {
            assert_eq!(of, request);
            Err(reason)
        }
        other => panic!("{other:?}"),
    }
}

fn claim(rig: &mut Rig, loan: LoanId, sum: u64) -> Result<ClaimSlip, String> {
    claim_as(rig, PayoutRequestId(Uuid::now_v7()), loan, sum)
}

#[test]
fn a_login_tells_of_a_short_loan_with_what_was_received_and_the_next_part() {
    let (mut rig, loan, _) = short();
    let told = comes_back(&mut rig).1.unwrap();
    assert_eq!((told.loan, told.part, told.claimed), (loan, 2, false));
    assert_eq!((told.principal_tiyn, told.received_tiyn), (tiyn(PRINCIPAL), tiyn(GIVEN)));
}

#[test]
fn a_login_tells_of_no_loan_that_is_paid_out_unpaid_suspect_or_being_paid() {
    // Paid out.
    let mut rig = started();
    let (loan, face) = rig.conclude();
    // Not a note yet: that is no remainder.
    assert_eq!(comes_back(&mut rig).1, None);
    rig.open_session();
    rig.log_in();
    let (face_again, _) = rig.face(loan);
    assert_ne!(face_again, face);
    let leave = rig.request(loan, 1, PRINCIPAL, face_again).unwrap();
    // A terminal may be paying.
    assert_eq!(comes_back(&mut rig).1, None);
    rig.say(rig.in_session(Rig::ended(&leave, 20, PayoutResult::Paid)));
    assert_eq!(comes_back(&mut rig).1, None);
    // People have to look.
    let mut rig = started();
    let (loan, face) = rig.conclude();
    let leave = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    rig.say(rig.in_session(Rig::ended(&leave, 7, PayoutResult::Uncertain)));
    assert_eq!(comes_back(&mut rig).1, None);
}

#[test]
fn in_a_later_visit_a_fresh_face_has_leave_for_exactly_what_is_missing() {
    let (mut rig, loan, old_face) = short();
    // Another day: the schedule began with the first notes.
    rig.later(86_400);
    comes_back(&mut rig);
    assert_eq!(rig.request(loan, 2, MISSING, old_face).unwrap_err(), "faceCheck");
    let (face, body) = rig.face(loan);
    assert!(matches!(body, MessageBody::FaceMatched { .. }));
    assert_eq!(rig.request(loan, 2, MISSING - 500_000, face).unwrap_err(), "wrongAmount");
    let leave = rig.request(loan, 2, MISSING, face).unwrap();
    assert_eq!(leave.amount_tiyn, tiyn(MISSING));
    rig.say(rig.in_session(Rig::ended(&leave, 13, PayoutResult::Paid)));
    assert_eq!(rig.request(loan, 3, MISSING, face).unwrap_err(), "paidOut");
    let reported: u64 = rig.services.get(|s| s.payouts.iter().map(|one| one.amount_tiyn.tiyn()).sum());
    assert_eq!(reported, PRINCIPAL);
}

#[test]
fn a_claim_is_ordered_once_and_shuts_the_way_in_notes() {
    let (mut rig, loan, face) = short();
    let slip = claim(&mut rig, loan, MISSING).unwrap();
    assert_eq!(slip.amount_tiyn, tiyn(MISSING));
    let orders = rig.services.get(|s| s.desk_orders.clone());
    assert_eq!(orders, [(slip.request, loan, tiyn(MISSING))]);
    assert_eq!(rig.request(loan, 2, MISSING, face).unwrap_err(), "claimed");
    // On another day, too; the slip comes again and nothing is ordered.
    rig.later(86_400);
    assert!(comes_back(&mut rig).1.unwrap().claimed);
    let (face, _) = rig.face(loan);
    assert_eq!(rig.request(loan, 2, MISSING, face).unwrap_err(), "claimed");
    let again = claim(&mut rig, loan, MISSING).unwrap();
    assert_eq!(again, slip, "the same order under its first request");
    assert_eq!(rig.services.get(|s| s.desk_orders.len()), 1);
}

#[test]
fn nothing_on_a_slip_names_the_client() {
    let (mut rig, loan, _) = short();
    let slip = serde_json::to_string(&claim(&mut rig, loan, MISSING).unwrap()).unwrap();
    for personal in [iin().as_str(), "Серікбаева", "Айгүл", "7011234567"] {
        assert!(!slip.contains(personal), "{slip}");
    }
}

#[test]
fn a_lost_answer_of_core_lending_leaves_one_order_and_no_way_in_notes() {
    let (mut rig, loan, face) = short();
    rig.services.set(|s| s.desk_reply_lost = true);
    let first = PayoutRequestId(Uuid::now_v7());
    assert_eq!(claim_as(&mut rig, first, loan, MISSING).unwrap_err(), "tryLater");
    assert_eq!(rig.request(loan, 2, MISSING, face).unwrap_err(), "claimed");
    rig.services.set(|s| s.desk_reply_lost = false);
    let slip = claim(&mut rig, loan, MISSING).unwrap();
    assert_eq!(slip.request, first, "asked again under the request that was pinned");
    assert_eq!(rig.services.get(|s| s.desk_orders.len()), 1);
}

#[test]
fn core_lending_that_knows_no_desk_leaves_the_way_in_notes() {
    let (mut rig, loan, face) = short();
    rig.services.set(|s| s.no_desk = true);
    assert_eq!(claim(&mut rig, loan, MISSING).unwrap_err(), "notOffered");
    assert!(!comes_back(&mut rig).1.unwrap().claimed);
    let (face_again, _) = rig.face(loan);
    assert_ne!(face, face_again);
    assert!(rig.request(loan, 2, MISSING, face_again).is_ok());
}

#[test]
fn core_lending_that_is_away_before_anything_was_pinned_leaves_the_way_in_notes() {
    let (mut rig, loan, face) = short();
    rig.services.set(|s| s.core_down = true);
    assert_eq!(claim(&mut rig, loan, MISSING).unwrap_err(), "notNow");
    rig.services.set(|s| s.core_down = false);
    assert!(rig.request(loan, 2, MISSING, face).is_ok());
}

#[test]
fn no_slip_while_leave_is_live_for_another_sum_or_for_a_loan_that_is_not_short() {
    let (mut rig, loan, face) = short();
    assert_eq!(claim(&mut rig, loan, MISSING - 100).unwrap_err(), "wrongAmount");
    assert_eq!(claim(&mut rig, LoanId(Uuid::now_v7()), MISSING).unwrap_err(), "unknownLoan");
    let leave = rig.request(loan, 2, MISSING, face).unwrap();
    assert_eq!(claim(&mut rig, loan, MISSING).unwrap_err(), "authorisationLive");
    rig.say(rig.in_session(Rig::ended(&leave, 13, PayoutResult::Paid)));
    assert_eq!(claim(&mut rig, loan, MISSING).unwrap_err(), "paidOut");
    let mut rig = started();
    let (loan, _) = rig.conclude();
    assert_eq!(claim(&mut rig, loan, PRINCIPAL).unwrap_err(), "nothingReceived");
    assert_eq!(rig.services.get(|s| s.desk_orders.len()), 0);
}

#[test]
fn a_refusal_or_a_doubt_that_came_meanwhile_speaks_against_a_slip() {
    let (mut rig, loan, _) = short();
    rig.services.set(|s| s.refusal = true);
    assert_eq!(claim(&mut rig, loan, MISSING).unwrap_err(), "voluntaryRefusal");
    let (mut rig, loan, face) = short();
    let leave = rig.request(loan, 2, MISSING, face).unwrap();
    rig.say(rig.in_session(Rig::ended(&leave, 2, PayoutResult::Uncertain)));
    assert_eq!(claim(&mut rig, loan, MISSING - 1_000_000).unwrap_err(), "suspect");
}

#[test]
fn a_slip_needs_a_login_of_the_loans_client() {
    let (mut rig, loan, _) = short();
    rig.open_session();
    assert_eq!(claim(&mut rig, loan, MISSING).unwrap_err(), "unknownLoan");
}

#[test]
fn the_same_claim_again_is_answered_as_before() {
    let (mut rig, loan, _) = short();
    let request = PayoutRequestId(Uuid::now_v7());
    let slip = claim_as(&mut rig, request, loan, MISSING).unwrap();
    assert_eq!(claim_as(&mut rig, request, loan, MISSING).unwrap(), slip);
}
