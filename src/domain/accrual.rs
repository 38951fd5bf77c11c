//! Interest between two dates: what a balance earns, by each time base (B3.3).
//!
//! Used by schedules, by early repayment, for sums received in parts and for the gap of a suspension.

use jiff::civil::Date;

use crate::calendar::{add_days, days_between};
use crate::loan::{LoanError, Rate, TimeBase, div_half_up, to_tiyn};
use crate::money::{MoneyError, Tiyn};

/// A rate over some time, as a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    pub(crate) numerator: u128,
    pub(crate) denominator: u128,
}

/// 100 percent in thousandths of a percent.
const WHOLE_ANNUAL: u128 = 100_000;
/// 100 percent in hundred-thousandths of a percent.
const WHOLE_DAILY: u128 = 10_000_000;

/// The rate over so many days of the base; actual/actual counts them as days of a common year.
///
/// # Errors
/// [`LoanError::Money`] past what can be counted.
pub fn over_days(rate: Rate, days: u32, base: TimeBase) -> Result<Ratio, LoanError> {
    let days = u128::from(days);
    Ok(match rate {
        Rate::Annual(rate) => Ratio {
            numerator: u128::from(rate.units()).checked_mul(days).ok_or(MoneyError::TooLarge)?,
            denominator: WHOLE_ANNUAL * u128::from(base.year()),
        },
        Rate::Daily(rate) => Ratio {
            numerator: u128::from(rate.units()).checked_mul(days).ok_or(MoneyError::TooLarge)?,
            denominator: WHOLE_DAILY,
        },
    })
}

/// The rate from one date to another, the last day free.
///
/// # Errors
/// [`LoanError::OutsideSchedule`] when `to` is earlier.
pub fn between(rate: Rate, from: Date, to: Date, base: TimeBase) -> Result<Ratio, LoanError> {
    if to < from {
        return Err(LoanError::OutsideSchedule);
    }
    match (base, rate) {
        (TimeBase::Thirty360, _) => over_days(rate, thirty_360_days(from, to), base),
        (TimeBase::Actual365 | TimeBase::Actual360, _) | (TimeBase::ActualActual, Rate::Daily(_)) => {
            over_days(rate, days_between(from, to), base)
        }
        (TimeBase::ActualActual, Rate::Annual(rate)) => {
            let (common, leap) = days_by_year(from, to)?;
            let days = u128::from(common) * 366 + u128::from(leap) * 365;
            Ok(Ratio { numerator: u128::from(rate.units()) * days, denominator: WHOLE_ANNUAL * 365 * 366 })
        }
    }
}

/// What a balance earns from one date to another, the last day free, half-up to the tiyn.
///
/// # Errors
/// [`LoanError::OutsideSchedule`] when `to` is earlier, [`LoanError::Money`].
pub fn accrued(balance: Tiyn, rate: Rate, from: Date, to: Date, base: TimeBase) -> Result<Tiyn, LoanError> {
    interest(balance, between(rate, from, to, base)?)
}

/// What a balance earns at a ratio, half-up to the tiyn.
///
/// # Errors
/// [`LoanError::Money`].
pub fn interest(balance: Tiyn, ratio: Ratio) -> Result<Tiyn, LoanError> {
    let product = u128::from(balance.tiyn()).checked_mul(ratio.numerator).ok_or(MoneyError::TooLarge)?;
    to_tiyn(div_half_up(product, ratio.denominator)?)
}

/// Days between two dates when every month has 30: a 31st counts as a 30th (30E/360).
#[must_use]
pub fn thirty_360_days(from: Date, to: Date) -> u32 {
    let count = |date: Date| {
        i64::from(date.year()) * 360 + i64::from(date.month()) * 30 + i64::from(date.day().min(30))
    };
    u32::try_from(count(to) - count(from)).unwrap_or(0)
}

/// Days between two dates, in common years and in leap years.
fn days_by_year(from: Date, to: Date) -> Result<(u32, u32), LoanError> {
    let (mut common, mut leap) = (0_u32, 0_u32);
    let mut day = from;
    while day < to {
        let next = add_days(day.last_of_year(), 1).ok_or(LoanError::BeyondCalendar)?.min(to);
        let days = days_between(day, next);
        let counter = if day.in_leap_year() { &mut leap } else { &mut common };
        *counter = counter.saturating_add(days);
        day = next;
    }
    Ok((common, leap))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_of_thirty_360_count_a_31st_as_a_30th() {
        assert_eq!(thirty_360_days(date(2026, 1, 31), date(2026, 3, 1)), 31);
        assert_eq!(thirty_360_days(date(2026, 1, 29), date(2026, 3, 1)), 32);
        assert_eq!(thirty_360_days(date(2026, 1, 15), date(2027, 1, 15)), 360);
        assert_eq!(thirty_360_days(date(2026, 2, 28), date(2026, 1, 1)), 0);
    }

    #[test]
    fn actual_actual_splits_at_the_year_and_counts_each_part_by_its_own_length() {
        assert_eq!(days_by_year(date(2027, 12, 22), date(2028, 1, 11)), Ok((10, 10)));
        assert_eq!(days_by_year(date(2028, 2, 1), date(2028, 3, 1)), Ok((0, 29)));
        let rate = Rate::Annual("36.5".parse().unwrap());
        let lent = Tiyn::from_tenge(100_000).unwrap();
        let of = |from, to, base| accrued(lent, rate, from, to, base).unwrap().tiyn();
        let (from, to) = (date(2028, 1, 1), date(2029, 1, 1));
        assert_eq!(of(from, to, TimeBase::ActualActual), 3_650_000);
        assert_eq!(of(from, to, TimeBase::Actual365), 3_660_000);
        assert_eq!(of(from, to, TimeBase::Actual360), 3_710_833);
        assert_eq!(of(from, to, TimeBase::Thirty360), 3_650_000);
        // 10/365 + 10/366 of a year.
        assert_eq!(of(date(2027, 12, 22), date(2028, 1, 11), TimeBase::ActualActual), 199_727);
    }

    #[test]
    fn a_daily_rate_is_the_same_on_every_base_but_for_the_days() {
        let rate = Rate::Daily("0.1".parse().unwrap());
        let lent = Tiyn::from_tenge(100_000).unwrap();
        let of = |base| accrued(lent, rate, date(2028, 2, 1), date(2028, 3, 1), base).unwrap().tiyn();
        assert_eq!(of(TimeBase::Actual365), 290_000);
        assert_eq!(of(TimeBase::ActualActual), 290_000);
        assert_eq!(of(TimeBase::Thirty360), 300_000);
    }

    #[test]
    fn no_interest_runs_on_one_day_or_backwards() {
        let rate = Rate::Daily("0.1".parse().unwrap());
        let lent = Tiyn::from_tenge(1).unwrap();
        let day = date(2026, 1, 15);
        assert_eq!(accrued(lent, rate, day, day, TimeBase::Actual365), Ok(Tiyn::ZERO));
        let before = date(2026, 1, 14);
        assert_eq!(accrued(lent, rate, day, before, TimeBase::Actual365), Err(LoanError::OutsideSchedule));
    }
}
