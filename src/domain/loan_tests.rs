//! What every schedule has, by every base and rule; the vectors of B3.4 are in `tests/vectors`.

use super::*;
use crate::gesv::of_schedule;
use jiff::civil::date;
use proptest::prelude::*;

fn monthly_terms(tenge: u64, percent: &str, months: u16, method: Method, issued: Date) -> Terms<'static> {
    let rate = Rate::Annual(percent.parse().unwrap());
    Terms::new(Tiyn::from_tenge(tenge).unwrap(), rate, Term::Months(months), method, issued)
}

fn with(mut terms: Terms<'static>, change: fn(&mut ScheduleRules<'static>)) -> Terms<'static> {
    change(&mut terms.rules);
    terms
}

/// Day, payment, principal, interest, balance.
type Row = (u32, u64, u64, u64, u64);

fn rows(schedule: &Schedule) -> Vec<Row> {
    let row = |i: &Instalment| {
        let day = calendar::days_between(schedule.issued, i.date);
        (day, i.total_tiyn.tiyn(), i.principal_tiyn.tiyn(), i.interest_tiyn.tiyn(), i.balance_tiyn.tiyn())
    };
    schedule.instalments.iter().map(row).collect()
}

#[test]
fn the_inclusive_end_adds_one_day_of_interest_and_no_day_to_the_date() {
    let rate = Rate::Daily("0.1".parse().unwrap());
    let principal = Tiyn::from_tenge(100_000).unwrap();
    let terms = Terms::new(principal, rate, Term::Days(30), Method::Single, date(2026, 1, 15));
    let day_less = schedule(&terms).unwrap().instalments[0];
    let inclusive = schedule(&with(terms, |rules| rules.inclusive_end = true)).unwrap().instalments[0];
    assert_eq!((day_less.date, day_less.interest_tiyn.tiyn()), (date(2026, 2, 14), 300_000));
    assert_eq!((inclusive.date, inclusive.interest_tiyn.tiyn()), (date(2026, 2, 14), 310_000));
}

#[test]
fn a_single_payment_counts_30_days_a_month_or_the_calendar_by_its_base() {
    let terms = monthly_terms(100_000, "36", 1, Method::Single, date(2026, 1, 31));
    let thirty = schedule(&terms).unwrap().instalments[0];
    let actual =
        schedule(&with(terms, |rules| rules.time_base = TimeBase::Actual365)).unwrap().instalments[0];
    assert_eq!((thirty.date, thirty.interest_tiyn.tiyn()), (date(2026, 2, 28), 300_000));
    assert_eq!((actual.date, actual.interest_tiyn.tiyn()), (date(2026, 2, 28), 276_164));
}

#[test]
fn a_due_date_on_a_weekend_moves_to_monday_where_the_terms_say_so() {
    let terms = monthly_terms(50_000, "24", 3, Method::Annuity, date(2026, 1, 15));
    let shifted = schedule(&with(terms, |rules| rules.due_dates = DueDateRule::NextBusinessDay)).unwrap();
    let dates: Vec<Date> = shifted.instalments.iter().map(|instalment| instalment.date).collect();
    assert_eq!(dates, [date(2026, 2, 16), date(2026, 3, 16), date(2026, 4, 15)]);
    assert_eq!(rows(&shifted)[0].3, rows(&schedule(&terms).unwrap())[0].3);
}

#[test]
fn terms_that_make_no_loan_are_refused() {
    let good = monthly_terms(50_000, "24", 3, Method::Annuity, date(2026, 1, 15));
    let refused = |terms: Terms<'_>| schedule(&terms).unwrap_err();
    assert_eq!(refused(Terms { principal: Tiyn::ZERO, ..good }), LoanError::NoPrincipal);
    assert_eq!(refused(Terms { term: Term::Months(0), ..good }), LoanError::BadTerm);
    assert_eq!(refused(Terms { term: Term::Months(121), ..good }), LoanError::BadTerm);
    assert_eq!(refused(Terms { term: Term::Days(0), ..good }), LoanError::BadTerm);
    assert_eq!(refused(Terms { term: Term::Days(30), ..good }), LoanError::NotMonthly);
    assert_eq!(refused(Terms { method: Method::Own, ..good }), LoanError::NoTable);
    assert_eq!(refused(Terms { issued: date(9999, 12, 1), ..good }), LoanError::BeyondCalendar);
    let too_much = Terms { principal: Tiyn::MAX, method: Method::Single, ..good };
    assert_eq!(refused(too_much), LoanError::Money(MoneyError::TooLarge));
}

#[test]
fn a_schedule_is_written_with_plain_dates_and_integers() {
    let schedule = schedule(&monthly_terms(50_000, "24", 1, Method::Single, date(2026, 1, 31))).unwrap();
    let json = serde_json::to_string(&schedule).unwrap();
    assert_eq!(
        json,
        r#"{"method":"single","issued":"2026-01-31","principal_tiyn":5000000,"instalments":[{"no":1,"date":"2026-02-28","principal_tiyn":5000000,"interest_tiyn":100000,"total_tiyn":5100000,"balance_tiyn":0}]}"#
    );
    assert_eq!(serde_json::from_str::<Schedule>(&json).unwrap(), schedule);
    for other in ["2026-02-30", "20260228", "2026-02-28T00:00:00", "+002026-02-28"] {
        assert!(serde_json::from_str::<Schedule>(&json.replace("2026-02-28", other)).is_err(), "{other}");
    }
}

#[test]
fn a_received_schedule_that_does_not_add_up_is_refused() {
    let good = schedule(&monthly_terms(50_000, "24", 3, Method::Annuity, date(2026, 1, 31))).unwrap();
    assert_eq!(good.check(), Ok(()));
    let spoilt = |spoil: fn(&mut Schedule)| {
        let mut schedule = good.clone();
        spoil(&mut schedule);
        schedule.check()
    };
    assert_eq!(spoilt(|s| s.instalments[1].no = 3), Err(LoanError::Inconsistent));
    assert_eq!(spoilt(|s| s.instalments[1].date = s.issued), Err(LoanError::Inconsistent));
    assert_eq!(spoilt(|s| s.instalments[0].total_tiyn = Tiyn::ZERO), Err(LoanError::Inconsistent));
    assert_eq!(spoilt(|s| s.instalments[2].balance_tiyn = s.principal_tiyn), Err(LoanError::Inconsistent));
    assert_eq!(spoilt(|s| s.instalments.truncate(2)), Err(LoanError::Inconsistent));
    assert_eq!(spoilt(|s| s.instalments.clear()), Err(LoanError::Inconsistent));
    assert_eq!(spoilt(|s| s.principal_tiyn = Tiyn::ZERO), Err(LoanError::Inconsistent));
}

proptest! {
    #[test]
    fn every_schedule_adds_up_and_differentiated_never_costs_more(
        principal in 1_u64..9_000_000_000, units in 0_u32..=1_000_000, months in 1_u16..=MAX_MONTHS,
        day in 1_i8..=31, tenge in 1000_u64..90_000_000,
    ) {
        let issued = date(2028, 1, day);
        let rate = Rate::Annual(AnnualRate::from_units(units).unwrap());
        let of = |tiyn: u64, method| {
            schedule(&Terms::new(Tiyn::new(tiyn).unwrap(), rate, Term::Months(months), method, issued)).unwrap()
        };
        for method in [Method::Annuity, Method::Differentiated, Method::Single] {
            prop_assert_eq!(of(principal, method).check(), Ok(()));
        }
        // Up to half a tiyn of rounding in each payment may go the other way.
        let differentiated = of(tenge * 100, Method::Differentiated).overpayment().unwrap().tiyn();
        let annuity = of(tenge * 100, Method::Annuity).overpayment().unwrap().tiyn();
        prop_assert!(differentiated <= annuity + u64::from(months));
    }

    #[test]
    fn the_effective_rate_of_monthly_payments_is_at_least_the_nominal_one(
        tenge in 20_000_u64..1_000_000, units in 1_000_u32..100_000, months in 3_u16..=60,
    ) {
        let rate = AnnualRate::from_units(units).unwrap();
        let principal = Tiyn::from_tenge(tenge).unwrap();
        let terms = Terms::new(principal, Rate::Annual(rate), Term::Months(months), Method::Annuity, date(2026, 1, 15));
        let gesv = of_schedule(&schedule(&terms).unwrap()).unwrap();
        // Interest of 90 days may be spread over 92 calendar days of a year of 365, hence not quite the nominal rate.
        prop_assert!(gesv.units() * 100 >= u64::from(units) * 100_000 * 97);
    }
}

#[test]
fn monthly_interest_on_an_actual_base_follows_the_calendar() {
    let terms = monthly_terms(100_000, "36.5", 3, Method::Differentiated, date(2028, 1, 15));
    let interest = |base: TimeBase| {
        let mut terms = terms;
        terms.rules.time_base = base;
        schedule(&terms).unwrap().instalments.iter().map(|i| i.interest_tiyn.tiyn()).collect::<Vec<_>>()
    };
    // 31, 29 and 31 days on a balance that falls by a third.
    assert_eq!(interest(TimeBase::Actual365), [310_000, 193_333, 103_333]);
    assert_eq!(interest(TimeBase::Actual360), [314_306, 196_019, 104_769]);
    assert_eq!(interest(TimeBase::ActualActual), [309_153, 192_805, 103_051]);
    assert_eq!(interest(TimeBase::Thirty360), [304_167, 202_778, 101_389]);
}

#[test]
fn an_annuity_on_an_actual_base_pays_the_same_each_month() {
    let mut terms = monthly_terms(300_000, "36", 12, Method::Annuity, date(2026, 1, 15));
    terms.rules.time_base = TimeBase::Actual365;
    let schedule = schedule(&terms).unwrap();
    assert_eq!(schedule.check(), Ok(()));
    let level = schedule.instalments[0].total_tiyn;
    assert!(schedule.instalments[..11].iter().all(|instalment| instalment.total_tiyn == level));
    assert!(schedule.instalments[11].total_tiyn.tiyn().abs_diff(level.tiyn()) <= 12);
}

#[test]
fn a_contract_after_the_28th_may_fall_due_on_the_first_with_interest_for_the_gap() {
    let terms = monthly_terms(100_000, "36", 3, Method::Differentiated, date(2026, 1, 29));
    let moved = schedule(&with(terms, |rules| rules.month_end = MonthEnd::FirstOfNext)).unwrap();
    let dates: Vec<Date> = moved.instalments.iter().map(|instalment| instalment.date).collect();
    assert_eq!(dates, [date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)]);
    // 32 days of 30/360, then 30 each.
    assert_eq!(moved.instalments[0].interest_tiyn.tiyn(), 320_000);
    assert_eq!(moved.instalments[1].interest_tiyn.tiyn(), 200_000);
    let kept = Terms { issued: date(2026, 1, 28), ..terms };
    let kept = schedule(&with(kept, |rules| rules.month_end = MonthEnd::FirstOfNext)).unwrap();
    assert_eq!(kept.instalments[0].date, date(2026, 2, 28));
}

#[test]
fn a_due_date_on_a_holiday_moves_past_it_and_bears_no_interest_for_it() {
    let mut calendar = BusinessCalendar::default();
    calendar.holidays.extend([date(2026, 3, 23), date(2026, 3, 24)].map(crate::business_days::Day));
    let terms = monthly_terms(50_000, "24", 2, Method::Annuity, date(2026, 2, 21));
    let rules = ScheduleRules { due_dates: DueDateRule::NextBusinessDay, calendar: &calendar, ..terms.rules };
    let moved = schedule(&Terms { rules, ..terms }).unwrap();
    assert_eq!(moved.instalments[0].date, date(2026, 3, 25));
    assert_eq!(moved.instalments[1].date, date(2026, 4, 21));
    let kept = schedule(&terms).unwrap();
    assert_eq!(moved.instalments[1].interest_tiyn, kept.instalments[1].interest_tiyn);
}

#[test]
fn a_rate_a_day_is_stated_a_year_by_the_days_of_its_base() {
    let rate = Rate::Daily("0.28".parse().unwrap());
    assert_eq!(rate.annual(TimeBase::Actual365).to_string(), "102.200");
    assert_eq!(rate.annual(TimeBase::Thirty360).to_string(), "100.800");
    let most = Rate::Daily(crate::rate::DailyRate::MAX);
    assert_eq!(most.annual(TimeBase::Actual365), AnnualRate::MAX);
    let json = serde_json::to_string(&(rate, Term::Days(30), TimeBase::Actual365)).unwrap();
    assert_eq!(json, r#"[{"daily_percent":"0.28000"},{"days":30},"actual/365"]"#);
}
