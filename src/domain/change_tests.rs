//! Early repayment and sums received in parts.

use super::*;
use crate::loan::{Rate, TimeBase};
use crate::rule_pack::{ByLanguage, OwnMethod, OwnTable};
use jiff::civil::date;
use proptest::prelude::*;

fn terms(method: Method, base: TimeBase) -> Terms<'static> {
    let rate = Rate::Annual("36".parse().unwrap());
    let principal = Tiyn::from_tenge(300_000).unwrap();
    let mut terms = Terms::new(principal, rate, Term::Months(12), method, date(2026, 1, 15));
    terms.rules.time_base = base;
    terms
}

fn after(paid: u32, method: Method, base: TimeBase) -> Standing<'static> {
    let mut standing = Standing::new(terms(method, base)).unwrap();
    for _ in 0..paid {
        standing.pay_next().unwrap();
    }
    standing
}

#[test]
fn paid_as_agreed_the_schedule_only_gets_shorter() {
    let standing = after(3, Method::Annuity, TimeBase::Thirty360);
    let whole = loan::schedule(&terms(Method::Annuity, TimeBase::Thirty360)).unwrap();
    assert_eq!(standing.balance().tiyn(), 23_466_261);
    assert_eq!(standing.schedule().check(), Ok(()));
    let totals = |schedule: &Schedule| schedule.instalments.iter().map(|i| i.total_tiyn).collect::<Vec<_>>();
    assert_eq!(totals(&standing.schedule()), totals(&whole)[3..]);
    let mut standing = after(12, Method::Annuity, TimeBase::Thirty360);
    assert_eq!(standing.pay_next(), Err(LoanError::OutsideSchedule));
}

#[test]
fn a_loan_repaid_in_full_bears_interest_for_the_days_of_use_alone() {
    let standing = after(3, Method::Annuity, TimeBase::Thirty360);
    // Ten days of thirty at three percent.
    let payoff = standing.payoff(date(2026, 4, 25)).unwrap();
    assert_eq!((payoff.principal_tiyn.tiyn(), payoff.interest_tiyn.tiyn()), (23_466_261, 234_663));
    assert_eq!(standing.payoff(date(2026, 4, 15)).unwrap().interest_tiyn, Tiyn::ZERO);
    let actual = after(3, Method::Annuity, TimeBase::Actual365);
    let interest = actual.payoff(date(2026, 4, 25)).unwrap().interest_tiyn.tiyn();
    assert_eq!(interest, (actual.balance().tiyn() * 36 * 10 * 2 + 36_500) / (36_500 * 2));
    for outside in [date(2026, 4, 14), date(2026, 5, 15), date(2026, 6, 1)] {
        assert_eq!(standing.payoff(outside), Err(LoanError::OutsideSchedule), "{outside}");
    }
}

#[test]
fn a_part_paid_early_either_shortens_the_term_or_lowers_the_instalment() {
    let standing = after(3, Method::Annuity, TimeBase::Thirty360);
    let amount = Tiyn::new(10_234_663).unwrap();
    let on = date(2026, 4, 25);
    let (paid, shorter) = standing.repay_part(on, amount, EarlyChoice::ShorterTerm).unwrap();
    assert_eq!(
        (paid.principal_tiyn.tiyn(), paid.interest_tiyn.tiyn(), paid.rest_tiyn.tiyn()),
        (10_000_000, 234_663, 0)
    );
    assert_eq!(shorter.balance().tiyn(), 13_466_261);
    let schedule = shorter.schedule();
    assert_eq!(schedule.check(), Ok(()));
    assert_eq!(schedule.instalments.len(), 5);
    assert_eq!(schedule.instalments[0].date, date(2026, 5, 15));
    assert_eq!(schedule.instalments[0].total_tiyn.tiyn(), 3_013_863);
    // Twenty of thirty days.
    assert_eq!(schedule.instalments[0].interest_tiyn.tiyn(), 269_325);
    let (_, lower) = standing.repay_part(on, amount, EarlyChoice::LowerInstalment).unwrap();
    let schedule = lower.schedule();
    assert_eq!(schedule.check(), Ok(()));
    assert_eq!(schedule.instalments.len(), 9);
    assert_eq!(schedule.instalments[8].date, date(2027, 1, 15));
    assert!(schedule.instalments[0].total_tiyn.tiyn() < 1_750_000);
    assert!(shorter.schedule().overpayment().unwrap() < schedule.overpayment().unwrap());
}

#[test]
fn on_a_due_date_the_instalment_is_paid_first_and_a_second_part_may_follow() {
    let mut standing = after(3, Method::Differentiated, TimeBase::Actual365);
    let due = date(2026, 5, 15);
    let part = Tiyn::from_tenge(50_000).unwrap();
    assert!(standing.repay_part(due, part, EarlyChoice::ShorterTerm).is_err());
    standing.pay_next().unwrap();
    let (paid, mut left) = standing.repay_part(due, part, EarlyChoice::ShorterTerm).unwrap();
    assert_eq!(paid.interest_tiyn, Tiyn::ZERO);
    assert_eq!(left.schedule().instalments.len(), 6);
    left.pay_next().unwrap();
    let (_, left) = left.repay_part(date(2026, 6, 20), part, EarlyChoice::LowerInstalment).unwrap();
    assert_eq!(left.schedule().check(), Ok(()));
    assert_eq!(left.schedule().instalments.len(), 5);
}

#[test]
fn more_than_the_debt_pays_it_off_and_the_rest_is_named() {
    let standing = after(3, Method::Annuity, TimeBase::Thirty360);
    let on = date(2026, 4, 25);
    let (paid, left) =
        standing.repay_part(on, Tiyn::from_tenge(300_000).unwrap(), EarlyChoice::ShorterTerm).unwrap();
    assert_eq!(paid.rest_tiyn.tiyn(), 30_000_000 - 23_466_261 - 234_663);
    assert_eq!(left.balance(), Tiyn::ZERO);
    assert!(left.schedule().instalments.is_empty());
    for little in [0, 1, 234_663] {
        let refused = standing.repay_part(on, Tiyn::new(little).unwrap(), EarlyChoice::ShorterTerm);
        assert_eq!(refused.err(), Some(LoanError::TooLittle));
    }
}

#[test]
fn the_own_method_keeps_its_table_for_what_is_left() {
    let name = || "x".to_owned();
    let names = ByLanguage { kk: name(), ru: name(), en: name() };
    let own = OwnMethod { names, tables: vec![OwnTable { months: 4, weights: vec![0, 1, 1, 2] }] };
    let mut terms = terms(Method::Own, TimeBase::Thirty360);
    terms.term = Term::Months(4);
    terms.rules.own = Some(&own);
    let mut standing = Standing::new(terms).unwrap();
    let principals = |standing: &Standing<'_>| {
        standing.schedule().instalments.iter().map(|i| i.principal_tiyn.tenge()).collect::<Vec<_>>()
    };
    assert_eq!(principals(&standing), [0, 75_000, 75_000, 150_000]);
    standing.pay_next().unwrap();
    let due = date(2026, 2, 15);
    let part = Tiyn::from_tenge(100_000).unwrap();
    let (_, lower) = standing.repay_part(due, part, EarlyChoice::LowerInstalment).unwrap();
    assert_eq!(principals(&lower), [50_000, 50_000, 100_000]);
    let (_, shorter) = standing.repay_part(due, part, EarlyChoice::ShorterTerm).unwrap();
    assert_eq!(principals(&shorter), [75_000, 75_000, 50_000]);
    let (_, shorter) =
        standing.repay_part(due, Tiyn::from_tenge(200_000).unwrap(), EarlyChoice::ShorterTerm).unwrap();
    assert_eq!(principals(&shorter), [75_000, 25_000]);
}

#[test]
fn a_part_received_later_bears_interest_from_its_own_day() {
    let terms = terms(Method::Annuity, TimeBase::Thirty360);
    let sum = |tenge| Tiyn::from_tenge(tenge).unwrap();
    let at_once = loan::schedule(&terms).unwrap();
    let of = |parts: &[(Date, Tiyn)]| received_in_parts(&terms, parts);
    assert_eq!(of(&[(date(2026, 1, 15), sum(300_000))]), Ok(at_once.clone()));
    let later = of(&[(date(2026, 1, 15), sum(200_000)), (date(2026, 1, 25), sum(100_000))]).unwrap();
    assert_eq!(later.check(), Ok(()));
    // A hundred thousand for ten days at 36 percent of 360.
    let saved = at_once.instalments[0].interest_tiyn.minus(later.instalments[0].interest_tiyn).unwrap();
    assert_eq!(saved, sum(1_000));
    assert_eq!(later.instalments[1..], at_once.instalments[1..]);
    let late = of(&[(date(2026, 1, 15), sum(200_000)), (date(2026, 2, 15), sum(100_000))]);
    assert_eq!(late, Err(LoanError::OutsideSchedule));
    assert_eq!(of(&[(date(2026, 1, 15), sum(200_000))]), Err(LoanError::Inconsistent));
    assert_eq!(of(&[(date(2026, 1, 16), sum(300_000))]), Err(LoanError::Inconsistent));
}

#[test]
fn on_another_day_of_payout_everything_moves_with_it() {
    let terms = terms(Method::Annuity, TimeBase::Thirty360);
    let moved = loan::schedule(&terms.paid_on(date(2026, 1, 17))).unwrap();
    assert_eq!(moved.instalments[0].date, date(2026, 2, 17));
    let less = loan::schedule(&terms.received(Tiyn::from_tenge(100_000).unwrap())).unwrap();
    assert_eq!(less.principal_tiyn.tenge(), 100_000);
    assert!(less.overpayment().unwrap() < moved.overpayment().unwrap());
}

proptest! {
    #[test]
    fn whatever_is_paid_early_the_rest_adds_up_and_costs_no_more(
        tenge in 10_000_u64..1_000_000, units in 0_u32..46_000, months in 2_u16..=60,
        method in prop_oneof![Just(Method::Annuity), Just(Method::Differentiated), Just(Method::Single)],
        base in prop_oneof![
            Just(TimeBase::Thirty360), Just(TimeBase::Actual365), Just(TimeBase::Actual360), Just(TimeBase::ActualActual)
        ],
        paid in 0_u16..60, days in 0_u32..28, share in 1_u64..120, shorter: bool, day in 1_i8..=31,
    ) {
        let rate = Rate::Annual(crate::rate::AnnualRate::from_units(units).unwrap());
        let principal = Tiyn::from_tenge(tenge).unwrap();
        let mut terms = Terms::new(principal, rate, Term::Months(months), method, date(2027, 12, day));
        terms.rules.time_base = base;
        let mut standing = Standing::new(terms).unwrap();
        let payments = u16::try_from(standing.schedule().instalments.len()).unwrap();
        for _ in 0..paid.min(payments - 1) {
            standing.pay_next().unwrap();
        }
        let on = crate::calendar::add_days(standing.schedule().issued, days).unwrap();
        let payoff = standing.payoff(on).unwrap();
        let amount = Tiyn::new(payoff.interest_tiyn.tiyn() + standing.balance().tiyn() * share / 100 + 1).unwrap();
        let choice = if shorter { EarlyChoice::ShorterTerm } else { EarlyChoice::LowerInstalment };
        let before = standing.schedule().overpayment().unwrap();
        let (went, left) = standing.repay_part(on, amount, choice).unwrap();
        let spread = went.principal_tiyn.plus(went.interest_tiyn).unwrap().plus(went.rest_tiyn).unwrap();
        prop_assert_eq!(spread, amount);
        prop_assert_eq!(went.principal_tiyn.plus(left.balance()).unwrap(), standing.balance());
        let cost = if left.balance() == Tiyn::ZERO {
            went.interest_tiyn
        } else {
            prop_assert_eq!(left.schedule().check(), Ok(()));
            went.interest_tiyn.plus(left.schedule().overpayment().unwrap()).unwrap()
        };
        // Dear and long loans are left out: there a month of 31 days can bear more interest than the level payment.
        // Half a tiyn of rounding for each payment and one for the day itself.
        prop_assert!(cost.tiyn() <= before.tiyn() + u64::from(months) + 1, "{} {}", cost, before);
    }
}
