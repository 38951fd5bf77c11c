//! A quotation: schedule, effective rate and whether the statutory limits hold (regulation B2).
//!
//! Limits come from the rule pack; nothing here knows a number of the law. Whether the MFO wants to lend is decided at
//! the gateway.

use serde::{Deserialize, Serialize};

use crate::gesv::{Gesv, GesvError, of_schedule};
use crate::loan::{Instalment, LoanError, Rate, Schedule, Terms, schedule};
use crate::money::Tiyn;
use crate::rate::AnnualRate;
use crate::rule_pack::{CapRule, Caps, Purpose};

/// Which limits hold for a microcredit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CreditKind {
    /// The ordinary limit of GESV.
    Ordinary,
    /// Short and small: limits of the daily rate and of GESV.
    Short,
}

/// What the statutory limits say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapsVerdict {
    /// Which limits hold.
    pub kind: CreditKind,
    /// Whether every limit is kept.
    pub within: bool,
    /// The limit of GESV.
    pub gesv_limit_percent: AnnualRate,
    /// Whether GESV is within it, by the pack's rule.
    pub gesv_within: bool,
    /// Whether the daily rate is below its limit; `None` where there is no such limit.
    pub daily_rate_within: Option<bool>,
    /// Whether the amount is within the largest microcredit.
    pub principal_within: bool,
    /// Whether the term is one that an unsecured consumer microcredit may have (B2.5); true for others.
    pub term_within: bool,
}

/// A quotation, as `senim-gateway quote` prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quote {
    /// Payments.
    pub schedule: Vec<Instalment>,
    /// GESV in percent, 8 decimals.
    pub gesv_exact: Gesv,
    /// GESV in percent, 1 decimal, as the borrower sees it.
    pub gesv_shown: String,
    /// Limits.
    pub caps: CapsVerdict,
}

/// Why there is no quotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuoteError {
    /// No schedule.
    #[error(transparent)]
    Loan(#[from] LoanError),
    /// No effective rate.
    #[error(transparent)]
    Gesv(#[from] GesvError),
}

/// What a microcredit is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Limits<'a> {
    /// Statutory limits.
    pub caps: &'a Caps,
    /// Monthly calculation index of the year of the contract.
    pub mrp: Tiyn,
    /// What the microcredit is for: the short limits are those of individuals.
    pub purpose: Purpose,
    /// Whether something secures it.
    pub secured: bool,
}

impl<'a> Limits<'a> {
    /// Limits of an unsecured consumer microcredit.
    #[must_use]
    pub const fn consumer(caps: &'a Caps, mrp: Tiyn) -> Self {
        Self { caps, mrp, purpose: Purpose::Consumer, secured: false }
    }

    fn within_mrp(&self, amount: Tiyn, count: u32) -> bool {
        amount <= self.mrp.times(u64::from(count)).unwrap_or(Tiyn::MAX)
    }
}

/// Calculates a quotation.
///
/// # Errors
/// [`QuoteError`]. Broken limits are no error: see [`Quote::caps`].
pub fn quote(terms: &Terms<'_>, limits: &Limits<'_>) -> Result<Quote, QuoteError> {
    let schedule = schedule(terms)?;
    let gesv_exact = of_schedule(&schedule)?;
    let caps = judge(terms, &schedule, gesv_exact, limits);
    Ok(Quote { schedule: schedule.instalments, gesv_exact, gesv_shown: gesv_exact.shown(), caps })
}

/// Judges a microcredit by the limits of the year of its contract.
#[must_use]
pub fn judge(terms: &Terms<'_>, schedule: &Schedule, gesv: Gesv, limits: &Limits<'_>) -> CapsVerdict {
    let caps = limits.caps;
    let short = limits.purpose == Purpose::Consumer
        && schedule.days() <= caps.short.days
        && limits.within_mrp(terms.principal, caps.short.mrp_count);
    let (kind, limit, daily_rate_within) = if short {
        (CreditKind::Short, caps.short.gesv_percent, Some(daily_rate_below(terms, caps)))
    } else {
        (CreditKind::Ordinary, caps.ordinary_gesv_percent, None)
    };
    let gesv_within = match caps.rule {
        CapRule::Strict => gesv.at_most(limit),
        CapRule::Rounded => gesv.shown_at_most(limit),
    };
    let principal_within = limits.within_mrp(terms.principal, caps.max_principal_mrp);
    let term_within = limits.secured
        || limits.purpose != Purpose::Consumer
        || !terms.term.is_longer_than(caps.max_unsecured_consumer_months);
    let within = gesv_within && principal_within && term_within && daily_rate_within != Some(false);
    CapsVerdict {
        kind,
        within,
        gesv_limit_percent: limit,
        gesv_within,
        daily_rate_within,
        principal_within,
        term_within,
    }
}

fn daily_rate_below(terms: &Terms<'_>, caps: &Caps) -> bool {
    let limit = u64::from(caps.short.daily_rate_below_percent.units());
    match terms.rate {
        Rate::Daily(rate) => u64::from(rate.units()) < limit,
        // Thousandths of a percent a year against hundred-thousandths a day: ×100 against ×days of the year.
        Rate::Annual(rate) => u64::from(rate.units()) * 100 < limit * u64::from(terms.rules.time_base.year()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loan::{Method, Term};
    use crate::rule_pack::ShortCap;
    use jiff::civil::date;

    fn caps(rule: CapRule) -> Caps {
        Caps {
            rule,
            max_principal_mrp: 20_000,
            ordinary_gesv_percent: "46".parse().unwrap(),
            short: ShortCap {
                days: 45,
                mrp_count: 45,
                daily_rate_below_percent: "0.3".parse().unwrap(),
                gesv_percent: "179".parse().unwrap(),
            },
            max_unsecured_consumer_months: 60,
        }
    }

    const fn mrp() -> Tiyn {
        match Tiyn::new(432_500) {
            Ok(mrp) => mrp,
            Err(_) => Tiyn::ZERO,
        }
    }

    fn daily(tenge: u64, percent: &str, days: u16) -> Terms<'static> {
        let rate = Rate::Daily(percent.parse().unwrap());
        Terms::new(
            Tiyn::from_tenge(tenge).unwrap(),
            rate,
            Term::Days(days),
            Method::Single,
            date(2026, 1, 15),
        )
    }

    #[test]
    fn the_largest_microcredit_is_20_000_mrp() {
        let within = |tenge| {
            quote(&daily(tenge, "0.01", 60), &Limits::consumer(&caps(CapRule::Strict), mrp()))
                .unwrap()
                .caps
                .principal_within
        };
        assert!(within(86_500_000));
        assert!(!within(86_500_001));
    }

    #[test]
    fn an_annual_rate_of_108_percent_is_no_longer_below_three_tenths_a_day() {
        let verdict = |percent: &str| {
            let rate = Rate::Annual(percent.parse().unwrap());
            let principal = Tiyn::from_tenge(100_000).unwrap();
            let terms = Terms::new(principal, rate, Term::Months(1), Method::Annuity, date(2026, 2, 2));
            quote(&terms, &Limits::consumer(&caps(CapRule::Strict), mrp())).unwrap().caps.daily_rate_within
        };
        assert_eq!(verdict("107.999"), Some(true));
        assert_eq!(verdict("108"), Some(false));
    }
}
