//! The penalty for a late payment (regulation B0, B3.5): its amount, not when it is due or who waives it.

use serde::{Deserialize, Serialize};

use crate::loan::{LoanError, div_half_up};
use crate::money::{MoneyError, Tiyn};
use crate::rate::{AnnualRate, DailyRate};
use crate::rule_pack::Purpose;

/// How delay is charged; part of the rule pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PenaltyRules {
    /// Of the overdue payment, for each of the first days.
    pub daily_percent: DailyRate,
    /// How many days are first.
    pub first_days: u32,
    /// Of the overdue payment, for each later day.
    pub later_daily_percent: DailyRate,
    /// Whether consumer loans bear no penalty at all after the first days (B0: sources contradict each other, so it is a
    /// switch).
    pub no_consumer_penalty_later: bool,
    /// At most this part of the microcredit for each year of the contract.
    pub yearly_cap_percent: AnnualRate,
}

impl PenaltyRules {
    /// Whether any delay costs anything.
    #[must_use]
    pub const fn charges(&self) -> bool {
        (self.first_days > 0 && self.daily_percent.units() > 0 || self.later_daily_percent.units() > 0)
            && self.yearly_cap_percent.units() > 0
    }

    /// Penalty for `overdue` after `days` days of delay, half-up to the tiyn. `years` of the contract count from 1, a
    /// year begun is a year.
    ///
    /// # Errors
    /// [`LoanError::Money`] past what money can hold.
    pub fn penalty(
        &self,
        overdue: Tiyn,
        days: u32,
        principal: Tiyn,
        years: u32,
        purpose: Purpose,
    ) -> Result<Tiyn, LoanError> {
        let first = u128::from(days.min(self.first_days)) * u128::from(self.daily_percent.units());
        let later_days = match purpose {
            Purpose::Consumer if self.no_consumer_penalty_later => 0,
            Purpose::Consumer | Purpose::Business => days.saturating_sub(self.first_days),
        };
        let later = u128::from(later_days) * u128::from(self.later_daily_percent.units());
        let charged = share(overdue, first + later, 10_000_000)?;
        let cap = share(
            principal,
            u128::from(self.yearly_cap_percent.units()) * u128::from(years.max(1)),
            100_000,
        )?;
        let least = u64::try_from(charged.min(cap)).map_err(|_| MoneyError::TooLarge)?;
        Ok(Tiyn::new(least)?)
    }
}

fn share(of: Tiyn, part: u128, whole: u128) -> Result<u128, LoanError> {
    div_half_up(u128::from(of.tiyn()).checked_mul(part).ok_or(MoneyError::TooLarge)?, whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn penalty(stops: bool, purpose: Purpose, overdue: u64, days: u32, years: u32) -> u64 {
        let rules = PenaltyRules {
            daily_percent: "0.5".parse().unwrap(),
            first_days: 90,
            later_daily_percent: "0.03".parse().unwrap(),
            no_consumer_penalty_later: stops,
            yearly_cap_percent: "10".parse().unwrap(),
        };
        let principal = Tiyn::from_tenge(100_000).unwrap();
        rules.penalty(Tiyn::new(overdue).unwrap(), days, principal, years, purpose).unwrap().tiyn()
    }

    #[test]
    fn the_switch_of_the_ninety_days_is_for_consumer_loans_alone() {
        assert_eq!(penalty(true, Purpose::Consumer, 1_856_185, 120, 1), 835_283);
        assert_eq!(penalty(true, Purpose::Business, 1_856_185, 120, 1), 851_989);
        assert_eq!(penalty(false, Purpose::Consumer, 1_856_185, 0, 1), 0);
    }

    #[test]
    fn a_delay_costs_nothing_where_each_rate_or_the_cap_is_zero() {
        let rules = |daily: &str, later: &str, cap: &str| PenaltyRules {
            daily_percent: daily.parse().unwrap(),
            first_days: 90,
            later_daily_percent: later.parse().unwrap(),
            no_consumer_penalty_later: true,
            yearly_cap_percent: cap.parse().unwrap(),
        };
        assert!(rules("0.5", "0", "10").charges() && rules("0", "0.03", "10").charges());
        assert!(!rules("0", "0", "10").charges() && !rules("0.5", "0.03", "0").charges());
    }

    #[test]
    fn no_more_than_a_tenth_of_the_microcredit_is_charged_for_each_year() {
        assert_eq!(penalty(false, Purpose::Consumer, 1_856_185, 100_000, 1), 1_000_000);
        assert_eq!(penalty(false, Purpose::Consumer, 10_000_000, 90, 2), 2_000_000);
        assert_eq!(penalty(false, Purpose::Consumer, 10_000_000, 90, 0), 1_000_000);
    }
}
