//! The annual effective rate (GESV, regulation B1): its value and how it is shown, not whether it is allowed.
//!
//! Days are actual, the divisor is 365 also in leap years. `f64` is used here and nowhere else for money matters, with
//! powers from crate `libm`, so that ARM and x86 give the same bits; the root is snapped to 10^-8 percent before
//! anything is compared or rounded.

use serde::{Deserialize, Serialize};

use crate::calendar::days_between;
use crate::loan::Schedule;
use crate::money::Tiyn;
use crate::rate::{AnnualRate, fixed, parse_fixed};

/// GESV in percent with 8 decimals, exact from here on: compared, sent and shown without another rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gesv(u64);

/// Why there is no GESV.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GesvError {
    /// Without money both ways there is no rate.
    #[error("payouts and payments are needed, each more than zero")]
    NoFlows,
    /// The borrower pays back less than received.
    #[error("the borrower would pay back less than received")]
    Negative,
    /// A payment before the last payout: the rate would not be unique.
    #[error("a payment lies before the last payout; calculate from the remaining flows")]
    Mixed,
    /// Beyond [`Gesv::MAX`].
    #[error("the effective rate is beyond a million percent")]
    TooLarge,
    /// The text is not a rate with 8 decimals.
    #[error("an effective rate is written with 8 decimals, like 42.79755700")]
    BadText,
}

impl Gesv {
    /// Decimals of a percent that are kept.
    pub const DECIMALS: u32 = 8;
    /// A million percent.
    pub const MAX: Self = Self(1_000_000 * 100_000_000);

    /// The smallest units, 10^-8 percent.
    #[must_use]
    pub const fn units(self) -> u64 {
        self.0
    }

    /// A value of 10^-8 percent.
    ///
    /// # Errors
    /// [`GesvError::TooLarge`] past [`Gesv::MAX`].
    pub const fn from_units(units: u64) -> Result<Self, GesvError> {
        if units > Self::MAX.0 { Err(GesvError::TooLarge) } else { Ok(Self(units)) }
    }

    /// Tenths of a percent, half-up (B1 rule 5).
    #[must_use]
    pub const fn shown_tenths(self) -> u64 {
        (self.0 + 5_000_000) / 10_000_000
    }

    /// As people see it: `42.8`.
    #[must_use]
    pub fn shown(self) -> String {
        fixed(self.shown_tenths(), 1)
    }

    /// Whether the unrounded value is at most `limit`.
    #[must_use]
    pub fn at_most(self, limit: AnnualRate) -> bool {
        self.0 <= u64::from(limit.units()) * 100_000
    }

    /// Whether the value as shown is at most `limit`.
    #[must_use]
    pub fn shown_at_most(self, limit: AnnualRate) -> bool {
        self.shown_tenths() * 100 <= u64::from(limit.units())
    }
}

/// Percent with 8 decimals: `42.79755700`.
impl std::fmt::Display for Gesv {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&fixed(self.0, Self::DECIMALS))
    }
}

impl std::str::FromStr for Gesv {
    type Err = GesvError;
    fn from_str(text: &str) -> Result<Self, GesvError> {
        let gesv = Self::from_units(parse_fixed(text, Self::DECIMALS).ok_or(GesvError::BadText)?)?;
        if gesv.to_string() == text { Ok(gesv) } else { Err(GesvError::BadText) }
    }
}

impl Serialize for Gesv {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Gesv {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Money that flows on a day, counted from the day the loan is provided.
pub type Flow = (u32, Tiyn);

/// GESV of payouts to the borrower and payments by the borrower.
///
/// # Errors
/// [`GesvError`].
pub fn gesv(payouts: &[Flow], payments: &[Flow]) -> Result<Gesv, GesvError> {
    let sum = |flows: &[Flow]| flows.iter().map(|(_, amount)| u128::from(amount.tiyn())).sum::<u128>();
    let (lent, repaid) = (sum(payouts), sum(payments));
    if lent == 0 || repaid == 0 {
        return Err(GesvError::NoFlows);
    }
    let last_payout = days(payouts).max().unwrap_or(0);
    if days(payments).min().unwrap_or(0) < last_payout {
        return Err(GesvError::Mixed);
    }
    if repaid < lent {
        return Err(GesvError::Negative);
    }
    if repaid == lent {
        return Ok(Gesv(0));
    }
    // Discounted to the last payout, payments only fall with x and payouts only rise: one sign change.
    let gap = |x: f64| worth(payments, last_payout, x) - worth(payouts, last_payout, x);
    let most = 10_000.0;
    if gap(most) > 0.0 {
        return Err(GesvError::TooLarge);
    }
    let (mut low, mut high) = (0.0_f64, most);
    // Halving 10^4 for 100 rounds ends at neighbouring f64 values, far below 10^-8 percent.
    for _ in 0..100 {
        let middle = low + (high - low) / 2.0;
        if gap(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    snap(low + (high - low) / 2.0)
}

/// GESV of a schedule paid out at once.
///
/// # Errors
/// [`GesvError`].
pub fn of_schedule(schedule: &Schedule) -> Result<Gesv, GesvError> {
    let payments: Vec<Flow> = schedule
        .instalments
        .iter()
        .map(|instalment| (days_between(schedule.issued, instalment.date), instalment.total_tiyn))
        .collect();
    gesv(&[(0, schedule.principal_tiyn)], &payments)
}

/// Days on which money flows.
fn days(flows: &[Flow]) -> impl Iterator<Item = u32> + '_ {
    flows.iter().filter(|(_, amount)| *amount > Tiyn::ZERO).map(|(day, _)| *day)
}

/// Worth of flows on day `at` with `x` a year.
#[expect(clippy::cast_precision_loss, reason = "money is below 2^53 and exact in f64")]
fn worth(flows: &[Flow], at: u32, x: f64) -> f64 {
    flows
        .iter()
        .map(|(day, amount)| {
            let years = (f64::from(at) - f64::from(*day)) / 365.0;
            amount.tiyn() as f64 * libm::pow(1.0 + x, years)
        })
        .sum()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to lie in 0 ..= 10^14 before"
)]
fn snap(fraction: f64) -> Result<Gesv, GesvError> {
    let units = libm::round(fraction * 1e10);
    if (0.0..=1e14).contains(&units) { Gesv::from_units(units as u64) } else { Err(GesvError::TooLarge) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tenge(amount: u64) -> Tiyn {
        Tiyn::from_tenge(amount).unwrap()
    }

    fn of(lent: Tiyn, payments: &[Flow]) -> Gesv {
        gesv(&[(0, lent)], payments).unwrap()
    }

    fn tiyn(amount: u64) -> Tiyn {
        Tiyn::new(amount).unwrap()
    }

    #[test]
    fn values_on_the_edge_of_rounding_are_snapped_before_they_are_rounded() {
        assert_eq!(of(tenge(100), &[(365, tiyn(11_005))]).to_string(), "10.05000000");
        assert_eq!(of(tenge(1000), &[(365, tenge(1100))]).to_string(), "10.00000000");
    }

    #[test]
    fn the_unrounded_value_is_compared_with_a_limit_exactly() {
        let limit: AnnualRate = "46".parse().unwrap();
        let value = |text: &str| text.parse::<Gesv>().unwrap();
        assert!(value("46.00000000").at_most(limit));
        assert!(!value("46.00000001").at_most(limit));
        assert!(value("46.04999999").shown_at_most(limit));
        assert!(!value("46.05000000").shown_at_most(limit));
    }

    #[test]
    fn a_later_payout_is_discounted_like_a_payment() {
        let both = gesv(&[(0, tenge(100)), (365, tenge(110))], &[(730, tenge(242))]).unwrap();
        assert_eq!(both.to_string(), "10.00000000");
    }

    #[test]
    fn flows_without_a_single_sensible_rate_are_refused() {
        let lent = [(0, tenge(100))];
        assert_eq!(gesv(&[], &[(1, tenge(1))]), Err(GesvError::NoFlows));
        assert_eq!(gesv(&lent, &[]), Err(GesvError::NoFlows));
        assert_eq!(gesv(&lent, &[(30, Tiyn::ZERO)]), Err(GesvError::NoFlows));
        assert_eq!(gesv(&lent, &[(30, tenge(99))]), Err(GesvError::Negative));
        assert_eq!(gesv(&[(0, tenge(100)), (60, tenge(100))], &[(30, tenge(250))]), Err(GesvError::Mixed));
        assert_eq!(gesv(&lent, &[(1, tenge(200))]), Err(GesvError::TooLarge));
        assert_eq!(gesv(&lent, &[(0, tenge(110))]), Err(GesvError::TooLarge));
        assert_eq!(gesv(&lent, &[(30, tenge(100))]), Gesv::from_units(0));
    }

    #[test]
    fn only_eight_decimals_are_read() {
        let gesv: Gesv = "42.79755700".parse().unwrap();
        assert_eq!(serde_json::to_string(&gesv).unwrap(), "\"42.79755700\"");
        for text in ["42.797557", "042.79755700", "42.797557001", "-1.00000000", "1000001.00000000"] {
            assert!(text.parse::<Gesv>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        #[expect(clippy::cast_precision_loss, reason = "test")]
        fn the_rate_found_balances_the_flows(
            // Whoever pays nearly twice the sum back within 40 days stays below a million percent.
            lent in 1_000_000_u64..100_000_000, days in proptest::collection::vec(40_u32..2000, 1..12), extra in 1_u64..900,
        ) {
            let each = (lent * (1000 + extra) / 1000).div_ceil(days.len() as u64);
            let payments: Vec<Flow> = days.iter().map(|day| (*day, tiyn(each))).collect();
            let gesv = of(tiyn(lent), &payments);
            let x = gesv.units() as f64 / 1e10;
            let (paid, got) = (worth(&payments, 0, x), lent as f64);
            // 10^-8 percent of the rate moves the worth of payments by at most that part per year.
            prop_assert!(((paid - got) / got).abs() < 1e-8, "{paid} {got}");
        }
    }
}
