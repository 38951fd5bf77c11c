//! What a supplement makes of a contract: terms from a day on, from which gateway and terminal reckon the same schedule.
//!
//! The effective rate is reckoned from what is left: principal, term and payments, nothing of what was paid (B1 rule 4).
//! What has accrued until that day stands apart and bears no interest.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::calendar;
use crate::loan::{Method, Rate, Schedule, Term, Terms};
use crate::money::Tiyn;
use crate::quote::{Quote, QuoteError, quote};
use crate::rate::AnnualRate;
use crate::rule_pack::{Product, RulePack};

/// Terms of a contract from a day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmendedTerms {
    /// Principal that is left on that day.
    pub principal_tiyn: Tiyn,
    /// Nominal rate from then on.
    pub annual_percent: AnnualRate,
    /// How long from then on.
    pub term: Term,
    /// Way of repayment.
    pub method: Method,
    /// The day from which the new schedule counts, written `2026-02-15`.
    #[serde(with = "calendar::iso_date")]
    pub begins: Date,
    /// Interest that has accrued until that day and is unpaid: due with the first payment, apart from the schedule.
    pub interest_tiyn: Tiyn,
    /// Penalty that is unpaid, likewise.
    pub penalty_tiyn: Tiyn,
}

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SupplementKind {
    /// An agreed change.
    Supplement,
    /// A change that helps a client who cannot pay as agreed.
    Restructuring,
}

/// Why a client cannot pay as agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HardshipReason {
    /// The income is gone or has shrunk.
    LostIncome,
    /// Illness, their own or in the family.
    Illness,
    /// Somebody in the family died, or must be cared for.
    Family,
    /// A disaster, a fire, an emergency.
    Emergency,
    /// Something else.
    Other,
}

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WishedRelief {
    /// A longer term with smaller payments.
    LongerTerm,
    /// No payments for some months.
    Deferral,
    /// A lower rate.
    LowerRate,
    /// The penalty forgiven.
    NoPenalty,
}

impl HardshipReason {
    /// Every one, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::LostIncome, Self::Illness, Self::Family, Self::Emergency, Self::Other];
}

impl WishedRelief {
    /// Every one, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::LongerTerm, Self::Deferral, Self::LowerRate, Self::NoPenalty];

    /// Whether it is for a number of months.
    #[must_use]
    pub const fn is_of_months(self) -> bool {
        matches!(self, Self::LongerTerm | Self::Deferral)
    }
}

impl AmendedTerms {
    /// What the schedule is calculated from: the product's ways of counting, the terms of the supplement.
    #[must_use]
    pub fn terms<'a>(&self, pack: &'a RulePack, product: &'a Product) -> Terms<'a> {
        let terms = product.terms(&pack.calendar, self.principal_tiyn, self.term, self.method, self.begins);
        Terms { rate: Rate::Annual(self.annual_percent), ..terms }
    }

    /// Schedule, effective rate and limits of the supplement.
    ///
    /// # Errors
    /// [`QuoteError`]. Broken limits are no error: see [`Quote::caps`].
    pub fn quote(&self, pack: &RulePack, product: &Product) -> Result<Quote, QuoteError> {
        quote(&self.terms(pack, product), &pack.limits(product, self.begins))
    }

    /// The schedule of a quotation.
    #[must_use]
    pub fn schedule(&self, quote: &Quote) -> Schedule {
        Schedule {
            method: self.method,
            issued: self.begins,
            principal_tiyn: self.principal_tiyn,
            instalments: quote.schedule.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack() -> RulePack {
        serde_json::from_str(include_str!("../../docs/formats/rule-pack.sample.json")).unwrap()
    }

    fn terms(rate: &str) -> AmendedTerms {
        AmendedTerms {
            principal_tiyn: Tiyn::from_tenge(80_000).unwrap(),
            annual_percent: rate.parse().unwrap(),
            term: Term::Months(9),
            method: Method::Annuity,
            begins: jiff::civil::date(2026, 5, 4),
            interest_tiyn: Tiyn::from_tenge(1_000).unwrap(),
            penalty_tiyn: Tiyn::ZERO,
        }
    }

    #[test]
    fn the_effective_rate_of_a_supplement_is_that_of_a_loan_of_what_is_left() {
        let pack = pack();
        let product = pack.product("simple").unwrap();
        let amended = terms("24.000");
        let own = amended.quote(&pack, product).unwrap();
        let schedule = amended.schedule(&own);
        schedule.check().unwrap();
        assert_eq!((schedule.instalments.len(), schedule.issued), (9, amended.begins));
        // What has accrued bears no interest and is in no instalment.
        let without = AmendedTerms { interest_tiyn: Tiyn::ZERO, ..amended };
        assert_eq!(without.quote(&pack, product).unwrap(), own);
        assert!(own.gesv_exact < terms("30.000").quote(&pack, product).unwrap().gesv_exact);
    }

    #[test]
    fn a_supplement_is_judged_by_the_limits_like_a_contract() {
        let pack = pack();
        let product = pack.product("simple").unwrap();
        assert!(terms("24.000").quote(&pack, product).unwrap().caps.within);
        assert!(!terms("60.000").quote(&pack, product).unwrap().caps.within);
    }
}
