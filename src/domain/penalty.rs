//! The penalty for a late payment (regulation B0, B3.5): its amount, not when it is due or who waives it.

use serde::{Deserialize, Serialize};

use crate::loan::{LoanError, div_half_up};
use crate::money::{MoneyError, Tiyn};
use crate::rate::{AnnualRate, DailyRate};

/// How delay is charged; part of the rule pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PenaltyRules {
    /// Of the overdue payment, for each of the first days.
    pub daily_percent: DailyRate,
    /// How many days are first.
    pub first_days: u32,
    /// Of the overdue payment, for each later day; zero where the law or the MFO forbids it.
    pub later_daily_percent: DailyRate,
    /// At most this part of the microcredit for each year of the contract.
    pub yearly_cap_percent: AnnualRate,
}

impl PenaltyRules {
    /// Penalty for `overdue` after `days` days of delay, half-up to the tiyn. `years` of the contract count from 1, a
    /// year begun is a year.
    ///
    /// # Errors
    /// [`LoanError::Money`] past what money can hold.
    pub fn penalty(&self, overdue: Tiyn, days: u32, principal: Tiyn, years: u32) -> Result<Tiyn, LoanError> {
        let first = u128::from(days.min(self.first_days)) * u128::from(self.daily_percent.units());
        let later =
            u128::from(days.saturating_sub(self.first_days)) * u128::from(self.later_daily_percent.units());
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

    fn rules(later: &str) -> PenaltyRules {
        PenaltyRules {
            daily_percent: "0.5".parse().unwrap(),
            first_days: 90,
            later_daily_percent: later.parse().unwrap(),
            yearly_cap_percent: "10".parse().unwrap(),
        }
    }

    fn penalty(later: &str, overdue: u64, days: u32, years: u32) -> u64 {
        let principal = Tiyn::from_tenge(100_000).unwrap();
        rules(later).penalty(Tiyn::new(overdue).unwrap(), days, principal, years).unwrap().tiyn()
    }

    #[test]
    fn vectors_of_b3_5_match_to_the_tiyn() {
        assert_eq!(penalty("0.03", 1_856_185, 0, 1), 0);
        assert_eq!(penalty("0.03", 1_856_185, 10, 1), 92_809);
        assert_eq!(penalty("0.03", 1_856_185, 90, 1), 835_283);
        assert_eq!(penalty("0.03", 1_856_185, 120, 1), 851_989);
        assert_eq!(penalty("0", 1_856_185, 120, 1), 835_283);
    }

    #[test]
    fn no_more_than_a_tenth_of_the_microcredit_is_charged_for_each_year() {
        assert_eq!(penalty("0.03", 1_856_185, 100_000, 1), 1_000_000);
        assert_eq!(penalty("0.03", 10_000_000, 90, 2), 2_000_000);
        assert_eq!(penalty("0.03", 10_000_000, 90, 0), 1_000_000);
    }
}
