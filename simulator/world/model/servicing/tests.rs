//! Debts, repayments and standings of one loan, to the tiyn.

use super::*;
use crate::model::tests::{MAN, NOON, model};

const LOAN: Uuid = Uuid::from_u128(1);

fn running() -> Model {
    let mut model = model();
    let client_id = model.by_iin(MAN).unwrap().client_id;
    let terms = LoanTerms {
        loan_id: LOAN,
        client_id,
        contract_number: "MK-1".into(),
        principal_tiyn: 10_000_000,
        annual_rate_hundredths: 3800,
        months: Some(6),
        days: None,
        method: Method::Annuity,
        issued: "2026-03-02".into(),
        contract_sha256: "A".repeat(43),
    };
    model.books.book(terms).unwrap();
    let request_id = Uuid::from_u128(2);
    model.pay_out(LOAN, Payout { request_id, amount_tiyn: 10_000_000, terminal: "t".into() }).unwrap();
    model
}

fn at(day: i64) -> i64 {
    NOON + day * super::super::DAY_MS
}

fn repay(model: &mut Model, operation: u128, amount_tiyn: u64, day: i64, early: Early) -> Outcome {
    let repayment = Repayment { amount_tiyn, at_ms: at(day), terminal: "t".into(), early };
    model.repay(LOAN, Uuid::from_u128(operation), &repayment).unwrap()
}

#[test]
fn a_debt_has_its_parts_before_on_and_after_a_due_day() {
    let model = running();
    let before = model.debt(LOAN, "2026-03-17").unwrap();
    assert_eq!((before.principal_tiyn, before.due_tiyn), (10_000_000, 0));
    assert_eq!(before.interest_tiyn, 153_226, "15 of 31 days of 316667");
    let due = model.debt(LOAN, "2026-04-02").unwrap();
    assert_eq!((due.due_tiyn, due.interest_tiyn, due.overdue_days), (1_856_185, 316_667, 0));
    let late = model.debt(LOAN, "2026-04-12").unwrap();
    assert_eq!((late.penalty_tiyn, late.overdue_days), (92_809, 10));
    assert_eq!(late.due_tiyn, 1_856_185 + 92_809);
}

#[test]
fn money_pays_interest_principal_penalty_and_counts_once() {
    let mut model = running();
    let outcome = repay(&mut model, 7, 2_000_000, 41, Early::Hold);
    let expected = Allocation {
        interest_tiyn: 316_667,
        principal_tiyn: 1_539_518,
        penalty_tiyn: 92_809,
        held_tiyn: 51_006,
        overpaid_tiyn: 0,
    };
    assert_eq!(outcome.allocation, expected);
    assert_eq!(repay(&mut model, 7, 2_000_000, 41, Early::Hold), outcome);
    let other = Repayment { amount_tiyn: 1, at_ms: at(41), terminal: "t".into(), early: Early::Hold };
    assert_eq!(model.repay(LOAN, Uuid::from_u128(7), &other).unwrap_err().code, "repayment_conflict");
    assert_eq!(model.payments(LOAN).unwrap().len(), 1);
    let next = model.debt(LOAN, "2026-05-02").unwrap();
    assert_eq!(next.due_tiyn, 1_856_185 - 51_006, "what was held pays the next instalment");
}

#[test]
fn an_early_part_makes_payments_smaller_or_the_term_shorter() {
    let rest = |early| {
        let mut model = running();
        repay(&mut model, 1, 1_856_185, 31, Early::Hold);
        let outcome = repay(&mut model, 2, 4_000_000, 31, early);
        assert_eq!(outcome.allocation.principal_tiyn, 4_000_000);
        let schedule = model.schedule(LOAN).unwrap();
        let ahead: Vec<_> = schedule.into_iter().filter(|one| one.no > 1).collect();
        assert_eq!(ahead.iter().map(|one| one.principal_tiyn).sum::<u64>(), 4_460_482);
        ahead
    };
    let smaller = rest(Early::SmallerPayments);
    assert_eq!(smaller.len(), 5);
    assert!(smaller[0].principal_tiyn + smaller[0].interest_tiyn < 1_000_000);
    let shorter = rest(Early::ShorterTerm);
    assert_eq!(shorter.len(), 3);
    assert_eq!(shorter[0].principal_tiyn + shorter[0].interest_tiyn, 1_856_185);
}

#[test]
fn the_whole_debt_closes_the_loan_and_more_is_the_payers() {
    let mut model = running();
    let debt = model.debt(LOAN, "2026-03-17").unwrap();
    let all = debt.principal_tiyn + debt.interest_tiyn;
    let outcome = repay(&mut model, 1, all + 5, 15, Early::Hold);
    assert!(outcome.closed && outcome.allocation.overpaid_tiyn == 5);
    assert_eq!(outcome.debt.principal_tiyn, 0);
    let more = repay(&mut model, 2, 100, 16, Early::Hold);
    assert_eq!(more.allocation.overpaid_tiyn, 100);
}

#[test]
fn a_suspended_loan_grows_no_more_and_a_written_off_one_is_nothing() {
    let mut model = running();
    let ground = "article71".to_owned();
    model.set_standing(LOAN, Some(Standing::Suspended { since_ms: at(41), ground })).unwrap();
    let debt = model.debt(LOAN, "2026-08-01").unwrap();
    assert_eq!((debt.penalty_tiyn, debt.due_tiyn, debt.overdue_days), (92_809, 0, 0));
    model.set_standing(LOAN, None).unwrap();
    assert!(model.debt(LOAN, "2026-08-01").unwrap().penalty_tiyn > 92_809);
    model.set_standing(LOAN, Some(Standing::WrittenOff { at_ms: at(50) })).unwrap();
    assert_eq!(model.debt(LOAN, "2026-08-01").unwrap().principal_tiyn, 0);
    assert_eq!(model.debt(LOAN, "2026-02-30").unwrap_err().code, "invalid_date");
}

#[test]
fn a_contract_is_cancelled_before_money_only_and_gets_none_afterwards() {
    let mut model = running();
    assert_eq!(model.cancel(LOAN, Uuid::from_u128(3), "client").unwrap_err().code, "loan_paid_out");
    let mut terms = model.books.loan(LOAN).unwrap().terms.clone();
    terms.loan_id = Uuid::from_u128(9);
    terms.contract_number = "MK-2".into();
    model.books.book(terms).unwrap();
    let second = Uuid::from_u128(9);
    let move_to = |model: &mut Model, operation: u128, day: &str| {
        model.move_payout_day(second, Uuid::from_u128(operation), day)
    };
    move_to(&mut model, 8, "2026-03-09").unwrap();
    move_to(&mut model, 8, "2026-03-09").unwrap();
    assert_eq!(move_to(&mut model, 8, "2026-03-10").unwrap_err().code, "payout_day_conflict");
    assert_eq!(model.books.loan(second).unwrap().terms.issued, "2026-03-09");
    assert_eq!(
        model.move_payout_day(LOAN, Uuid::from_u128(9), "2026-03-09").unwrap_err().code,
        "loan_paid_out"
    );
    model.cancel(second, Uuid::from_u128(3), "coolingOff").unwrap();
    assert_eq!(move_to(&mut model, 9, "2026-03-10").unwrap_err().code, "loan_cancelled");
    model.cancel(second, Uuid::from_u128(3), "coolingOff").unwrap();
    let payout = Payout { request_id: Uuid::from_u128(4), amount_tiyn: 1, terminal: "t".into() };
    assert_eq!(model.pay_out(second, payout).unwrap_err().code, "loan_cancelled");
    assert_eq!(model.contract_by_number("MK-2").unwrap().standing, Standing::Cancelled);
}

#[test]
fn interest_for_a_suspension_is_a_part_of_the_debt_and_no_penalty_grew_meanwhile() {
    let mut model = running();
    let ground = "article71".to_owned();
    model.set_standing(LOAN, Some(Standing::Suspended { since_ms: at(10), ground })).unwrap();
    assert_eq!(model.resumed(LOAN), None);
    model.set_now(at(20));
    model.set_standing(LOAN, None).unwrap();
    let (gap, since) = model.resumed(LOAN).unwrap();
    let debt = model.debt(LOAN, &model.today()).unwrap();
    assert!(gap > 0 && gap <= debt.interest_tiyn, "{gap} of {debt:?}");
    assert_eq!((debt.suspension_interest_tiyn, debt.penalty_tiyn, since), (gap, 0, at(20)));
}
