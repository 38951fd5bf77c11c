//! Schedules against the vectors of regulation B3.4 and the properties that every schedule has.

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

fn figures(schedule: &Schedule) -> (u64, u64, u64, String) {
    let gesv = of_schedule(schedule).unwrap();
    // The vectors give six decimals.
    let total = schedule.total().unwrap().tiyn();
    (total, schedule.overpayment().unwrap().tiyn(), (gesv.units() + 50) / 100, gesv.shown())
}

#[test]
fn v_a1_annuity_over_twelve_months_matches_to_the_tiyn() {
    let schedule = schedule(&monthly_terms(300_000, "36", 12, Method::Annuity, date(2026, 1, 15))).unwrap();
    let expected: Vec<Row> = vec![
        (31, 3_013_863, 2_113_863, 900_000, 27_886_137),
        (59, 3_013_863, 2_177_279, 836_584, 25_708_858),
        (90, 3_013_863, 2_242_597, 771_266, 23_466_261),
        (120, 3_013_863, 2_309_875, 703_988, 21_156_386),
        (151, 3_013_863, 2_379_171, 634_692, 18_777_215),
        (181, 3_013_863, 2_450_547, 563_316, 16_326_668),
        (212, 3_013_863, 2_524_063, 489_800, 13_802_605),
        (243, 3_013_863, 2_599_785, 414_078, 11_202_820),
        (273, 3_013_863, 2_677_778, 336_085, 8_525_042),
        (304, 3_013_863, 2_758_112, 255_751, 5_766_930),
        (334, 3_013_863, 2_840_855, 173_008, 2_926_075),
        (365, 3_013_857, 2_926_075, 87_782, 0),
    ];
    assert_eq!(rows(&schedule), expected);
    assert_eq!(figures(&schedule), (36_166_350, 6_166_350, 42_797_557, "42.8".to_owned()));
    assert_eq!(schedule.instalments[11].date, date(2027, 1, 15));
}

#[test]
fn v_d1_differentiated_over_twelve_months_matches_to_the_tiyn() {
    let terms = monthly_terms(300_000, "36", 12, Method::Differentiated, date(2026, 1, 15));
    let schedule = schedule(&terms).unwrap();
    for (instalment, month) in schedule.instalments.iter().zip(0_u64..) {
        assert_eq!(instalment.principal_tiyn.tiyn(), 2_500_000);
        assert_eq!(instalment.interest_tiyn.tiyn(), 900_000 - month * 75_000);
    }
    assert_eq!(figures(&schedule), (35_850_000, 5_850_000, 42_813_804, "42.8".to_owned()));
}

#[test]
fn v_a2_annuity_over_six_months_matches_to_the_tiyn() {
    let schedule = schedule(&monthly_terms(100_000, "38", 6, Method::Annuity, date(2026, 3, 2))).unwrap();
    let expected: Vec<Row> = vec![
        (31, 1_856_185, 1_539_518, 316_667, 8_460_482),
        (61, 1_856_185, 1_588_270, 267_915, 6_872_212),
        (92, 1_856_185, 1_638_565, 217_620, 5_233_647),
        (122, 1_856_185, 1_690_453, 165_732, 3_543_194),
        (153, 1_856_185, 1_743_984, 112_201, 1_799_210),
        (184, 1_856_185, 1_799_210, 56_975, 0),
    ];
    assert_eq!(rows(&schedule), expected);
    assert_eq!(figures(&schedule), (11_137_110, 1_137_110, 45_009_296, "45.0".to_owned()));
}

#[test]
fn v_d2_differentiated_over_six_months_matches_to_the_tiyn() {
    let terms = monthly_terms(100_000, "38", 6, Method::Differentiated, date(2026, 3, 2));
    let schedule = schedule(&terms).unwrap();
    let expected: Vec<(u64, u64, u64)> = vec![
        (1_983_334, 1_666_667, 316_667),
        (1_930_556, 1_666_667, 263_889),
        (1_877_778, 1_666_667, 211_111),
        (1_825_000, 1_666_667, 158_333),
        (1_772_223, 1_666_667, 105_556),
        (1_719_443, 1_666_665, 52_778),
    ];
    let got: Vec<_> = rows(&schedule).into_iter().map(|row| (row.1, row.2, row.3)).collect();
    assert_eq!(got, expected);
    assert_eq!(figures(&schedule), (11_108_334, 1_108_334, 45_008_226, "45.0".to_owned()));
}

#[test]
fn v_a3_due_dates_are_clamped_to_the_month_from_the_first_day() {
    let schedule = schedule(&monthly_terms(50_000, "24", 3, Method::Annuity, date(2026, 1, 31))).unwrap();
    let dates: Vec<Date> = schedule.instalments.iter().map(|instalment| instalment.date).collect();
    assert_eq!(dates, [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]);
    let expected: Vec<Row> = vec![
        (28, 1_733_773, 1_633_773, 100_000, 3_366_227),
        (59, 1_733_773, 1_666_448, 67_325, 1_699_779),
        (89, 1_733_775, 1_699_779, 33_996, 0),
    ];
    assert_eq!(rows(&schedule), expected);
    let (_, overpayment, gesv, shown) = figures(&schedule);
    assert_eq!((overpayment, gesv, shown.as_str()), (201_321, 27_950_766, "28.0"));
}

#[test]
fn v_a4_a_rate_of_zero_costs_nothing() {
    let schedule = schedule(&monthly_terms(120_000, "0", 12, Method::Annuity, date(2026, 1, 15))).unwrap();
    assert!(schedule.instalments.iter().all(|instalment| instalment.total_tiyn.tiyn() == 1_000_000));
    assert_eq!(figures(&schedule), (12_000_000, 0, 0, "0.0".to_owned()));
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
