//! A thousand random products, each schedule priced again by somebody else.
//!
//! Shares nothing with the product: no `libm`, no `f64`, no function of `gesv` or `calendar`. Days come from counting
//! dates one by one; the unknown is the factor of one *day*, bracketed by halving in integers with 18 decimals, and the
//! yearly rate is its 365th power.

use jiff::civil::Date;
use senim_domain::Tiyn;
use senim_domain::business_days::BusinessCalendar;
use senim_domain::gesv::of_schedule;
use senim_domain::loan::{
    DueDateRule, Method, MonthEnd, Rate, Schedule, ScheduleRules, Term, Terms, TimeBase, schedule,
};
use senim_domain::rate::{AnnualRate, DailyRate};
use senim_domain::rule_pack::{ByLanguage, OwnMethod, OwnTable};

/// One, with 18 decimals.
const ONE: u128 = 1_000_000_000_000_000_000;

/// Product of two numbers with 18 decimals, half-up.
fn times(a: u128, b: u128) -> u128 {
    (a * b + ONE / 2) / ONE
}

fn power(base: u128, exponent: u32) -> u128 {
    match exponent {
        0 => ONE,
        odd if odd % 2 == 1 => times(base, power(base, odd - 1)),
        even => power(times(base, base), even / 2),
    }
}

/// What payments are worth on the day of payout, as a part of what was lent, when a day's money shrinks by `back`.
fn worth(lent: u64, flows: &[(u32, u64)], back: u128) -> u128 {
    let first = |at: usize| if at == 0 { 0 } else { flows[at - 1].0 };
    (0..flows.len()).rev().fold(0, |later, at| {
        let (day, tiyn) = flows[at];
        let share = u128::from(tiyn) * ONE / u128::from(lent);
        times(later + share, power(back, day - first(at)))
    })
}

/// The yearly rate in 10^-10, that is 10^-8 percent.
fn rate(lent: u64, flows: &[(u32, u64)]) -> u64 {
    // Five percent a day is far above every product here.
    let (mut low, mut high) = (ONE, ONE + ONE / 20);
    assert!(worth(lent, flows, ONE * ONE / high) < ONE);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if worth(lent, flows, ONE * ONE / middle) > ONE {
            low = middle;
        } else {
            high = middle;
        }
    }
    let yearly = power(low, 365) - ONE;
    u64::try_from((yearly + 50_000_000) / 100_000_000).unwrap()
}

/// Days between two dates by walking from the one to the other.
fn walked(from: Date, to: Date) -> u32 {
    let (mut day, mut count) = (from, 0);
    while day != to {
        day = day.tomorrow().unwrap();
        count += 1;
    }
    count
}

/// SplitMix64: the same products in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::try_from(self.below(choices.len() as u64)).unwrap()]
    }

    fn small(&mut self, limit: u64) -> u32 {
        u32::try_from(self.below(limit)).unwrap()
    }
}

/// A random product and loan; what is drawn for one does not depend on what came before.
fn loan(seed: u64) -> (Schedule, String) {
    let random = &mut Random(seed.wrapping_mul(0x0000_0100_0000_01b3) ^ 0x5e11_1a11);
    let method = random.of(&[Method::Annuity, Method::Differentiated, Method::Single, Method::Own]);
    let months = u16::try_from(1 + random.below(60)).unwrap();
    let in_days = method == Method::Single && random.below(2) == 0;
    let term = if in_days {
        Term::Days(u16::try_from(5 + random.below(360)).unwrap())
    } else {
        Term::Months(months)
    };
    let rate = if random.below(4) == 0 {
        Rate::Daily(DailyRate::from_units(1 + random.small(30_000)).unwrap())
    } else {
        Rate::Annual(AnnualRate::from_units(1 + random.small(110_000)).unwrap())
    };
    let name = String::new;
    let mut weights: Vec<u16> = (0..months).map(|_| u16::try_from(random.below(4)).unwrap()).collect();
    *weights.last_mut().unwrap() += 1;
    let own = OwnMethod {
        names: ByLanguage { kk: name(), ru: name(), en: name() },
        tables: vec![OwnTable { months, weights }],
    };
    let calendar = BusinessCalendar::default();
    let rules = ScheduleRules {
        time_base: random.of(&[
            TimeBase::Thirty360,
            TimeBase::Actual365,
            TimeBase::Actual360,
            TimeBase::ActualActual,
        ]),
        inclusive_end: random.below(2) == 0,
        due_dates: random.of(&[DueDateRule::Keep, DueDateRule::NextBusinessDay]),
        month_end: random.of(&[MonthEnd::Clamp, MonthEnd::FirstOfNext]),
        calendar: &calendar,
        own: (method == Method::Own).then_some(&own),
    };
    let principal = Tiyn::new(1_000_000 + random.below(99_000_000)).unwrap();
    let month = i8::try_from(1 + random.below(12)).unwrap();
    let first = Date::new(2024 + i16::try_from(random.below(6)).unwrap(), month, 1).unwrap();
    let day = i8::try_from(1 + random.below(u64::try_from(first.days_in_month()).unwrap())).unwrap();
    let issued = Date::new(first.year(), month, day).unwrap();
    let terms = Terms { principal, rate, term, method, issued, rules };
    (schedule(&terms).unwrap(), format!("{seed}: {terms:?}"))
}

#[test]
fn a_thousand_random_products_have_the_same_effective_rate_by_another_method() {
    for seed in 0..1000 {
        let (schedule, named) = loan(seed);
        assert_eq!(schedule.check(), Ok(()), "{named}");
        let flows: Vec<(u32, u64)> = schedule
            .instalments
            .iter()
            .map(|instalment| (walked(schedule.issued, instalment.date), instalment.total_tiyn.tiyn()))
            .collect();
        let own = of_schedule(&schedule).unwrap().units();
        let other = rate(schedule.principal_tiyn.tiyn(), &flows);
        // Both are rounded to 10^-8 percent, so a value between two may fall to either side.
        assert!(own.abs_diff(other) <= 1, "{named}: {own} {other}");
    }
}

#[test]
fn the_other_method_knows_the_vectors_whose_answer_is_plain() {
    assert_eq!(rate(1_000, &[(365, 1_100)]), 1_000_000_000);
    assert_eq!(rate(100, &[(730, 121)]), 1_000_000_000);
    assert_eq!(rate(10_000, &[(30, 10_372)]) / 1_000_000, 5_595);
    assert_eq!(walked(jiff::civil::date(2028, 2, 28), jiff::civil::date(2028, 3, 1)), 2);
}
