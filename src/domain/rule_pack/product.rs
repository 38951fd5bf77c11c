//! What can be borrowed, and the one way from a product to the terms of a schedule.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::service::{ClientType, PayoutMethod, Purpose};
use super::{ByLanguage, RulePackError, filled, is_name, need};
use crate::business_days::BusinessCalendar;
use crate::language::Language;
use crate::loan::{
    DueDateRule, MAX_DAYS, MAX_MONTHS, Method, MonthEnd, Rate, ScheduleRules, Term, Terms, TimeBase,
};
use crate::money::Tiyn;

/// Something that can be borrowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Stable name, `a-z 0-9 -`, 1 to 32 characters.
    pub id: String,
    /// Name for people.
    pub names: ByLanguage<String>,
    /// Nominal rate, a year or a day.
    pub rate: Rate,
    /// Smallest amount.
    pub min_principal_tiyn: Tiyn,
    /// Largest amount.
    pub max_principal_tiyn: Tiyn,
    /// Amounts are multiples of this, whole hundreds of tenge.
    pub step_tiyn: Tiyn,
    /// Terms offered, in months or in days.
    pub terms: OfferedTerms,
    /// Methods offered side by side.
    pub methods: Vec<Method>,
    /// The MFO's own method; there exactly when `methods` has [`Method::Own`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_method: Option<OwnMethod>,
    /// How days become parts of a year.
    pub time_base: TimeBase,
    /// Where a due date goes that is no business day.
    pub due_dates: DueDateRule,
    /// Where instalments lie when the contract begins after the 28th.
    pub month_end: MonthEnd,
    /// Single payment: whether the day of return bears interest too (B3.3).
    pub inclusive_end: bool,
    /// What it is for.
    pub purpose: Purpose,
    /// Whether something secures it.
    pub secured: bool,
    /// Who may borrow.
    pub client_types: BTreeSet<ClientType>,
    /// How it may be paid out, where the pack works with that way at all.
    pub payout_methods: BTreeSet<PayoutMethod>,
}

/// Terms that can be chosen, rising; one unit a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferedTerms {
    /// Calendar months.
    Months(Vec<u16>),
    /// Calendar days, for the single payment.
    Days(Vec<u16>),
}

impl OfferedTerms {
    /// The terms in order.
    #[must_use]
    pub fn all(&self) -> Vec<Term> {
        match self {
            Self::Months(months) => months.iter().copied().map(Term::Months).collect(),
            Self::Days(days) => days.iter().copied().map(Term::Days).collect(),
        }
    }
}

/// The MFO's own method of repayment: which part of the principal each instalment repays, interest on the balance each
/// time. A table in place of a formula, so that terminal and gateway calculate it alike and a stranger can check it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnMethod {
    /// Name for people.
    pub names: ByLanguage<String>,
    /// One table for each term of the product.
    pub tables: Vec<OwnTable>,
}

/// Parts for one term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnTable {
    /// Term in months.
    pub months: u16,
    /// Weight of the principal in each instalment, one a month, 0 to 10,000; 0 is a month of interest only.
    pub weights: Vec<u16>,
}

impl OwnMethod {
    /// Weights for a term.
    #[must_use]
    pub fn weights(&self, months: u16) -> Option<&[u16]> {
        self.tables.iter().find(|table| table.months == months).map(|table| table.weights.as_slice())
    }

    /// The name in a language.
    #[must_use]
    pub const fn name(&self, language: Language) -> &String {
        self.names.get(language)
    }
}

impl Product {
    /// Whether this amount can be borrowed.
    #[must_use]
    pub fn offers_amount(&self, amount: Tiyn) -> bool {
        let stepped = amount.tiyn().checked_rem(self.step_tiyn.tiyn()) == Some(0);
        stepped && (self.min_principal_tiyn..=self.max_principal_tiyn).contains(&amount)
    }

    /// Every amount that can be borrowed, ascending.
    #[must_use]
    pub fn sums(&self) -> Vec<Tiyn> {
        let next = |sum: &Tiyn| sum.plus(self.step_tiyn).ok();
        std::iter::successors(Some(self.min_principal_tiyn), next)
            .take_while(|sum| *sum <= self.max_principal_tiyn)
            .filter(|sum| self.offers_amount(*sum))
            .collect()
    }

    /// Whether this term can be chosen.
    #[must_use]
    pub fn offers_term(&self, term: Term) -> bool {
        match (&self.terms, term) {
            (OfferedTerms::Months(offered), Term::Months(term))
            | (OfferedTerms::Days(offered), Term::Days(term)) => offered.contains(&term),
            (OfferedTerms::Months(_), Term::Days(_)) | (OfferedTerms::Days(_), Term::Months(_)) => false,
        }
    }

    /// What a schedule of this product is calculated from. Gateway, terminal and screen all come through here, so that
    /// they cannot read a product differently.
    #[must_use]
    pub fn terms<'a>(
        &'a self,
        calendar: &'a BusinessCalendar,
        principal: Tiyn,
        term: Term,
        method: Method,
        issued: Date,
    ) -> Terms<'a> {
        let rules = ScheduleRules {
            time_base: self.time_base,
            inclusive_end: self.inclusive_end,
            due_dates: self.due_dates,
            month_end: self.month_end,
            calendar,
            own: self.own_method.as_ref(),
        };
        Terms { principal, rate: self.rate, term, method, issued, rules }
    }

    pub(super) fn validate(&self, largest: Tiyn, longest_unsecured: u16) -> Result<(), RulePackError> {
        let need = |holds: bool, field: &str, why| need(holds, &format!("products.{}.{field}", self.id), why);
        need(is_name(&self.id), "id", "has 1 to 32 of a-z 0-9 -")?;
        need(filled(&self.names), "names", "is not empty in any language")?;
        let step = self.step_tiyn.tiyn();
        need(step > 0 && step.is_multiple_of(10_000), "step_tiyn", "is a multiple of 100 tenge")?;
        need(self.min_principal_tiyn > Tiyn::ZERO, "min_principal_tiyn", "is more than zero")?;
        let ordered = self.min_principal_tiyn <= self.max_principal_tiyn;
        need(ordered, "max_principal_tiyn", "is at least the minimum")?;
        need(self.max_principal_tiyn <= largest, "max_principal_tiyn", "is within caps.max_principal_mrp")?;
        let stepped = "is a multiple of step_tiyn";
        need(self.offers_amount(self.min_principal_tiyn), "min_principal_tiyn", stepped)?;
        need(self.offers_amount(self.max_principal_tiyn), "max_principal_tiyn", stepped)?;
        self.validate_terms(longest_unsecured)?;
        self.validate_methods()?;
        need(!self.client_types.is_empty(), "client_types", "has at least one")?;
        let companies = self.client_types.contains(&ClientType::LegalEntity);
        need(!companies, "client_types", "has no legal entity: a terminal refers them elsewhere")?;
        let individuals = self.client_types.contains(&ClientType::Individual);
        need(
            self.purpose == Purpose::Consumer || !individuals,
            "client_types",
            "has entrepreneurs alone for a business purpose",
        )?;
        need(!self.payout_methods.is_empty(), "payout_methods", "has at least one")
    }

    fn validate_terms(&self, longest_unsecured: u16) -> Result<(), RulePackError> {
        let need = |holds: bool, field: &str, why| need(holds, &format!("products.{}.{field}", self.id), why);
        let (terms, most) = match &self.terms {
            OfferedTerms::Months(months) => (months, MAX_MONTHS),
            OfferedTerms::Days(days) => (days, MAX_DAYS),
        };
        let rising = terms.windows(2).all(|pair| pair.first() < pair.last());
        let fits = terms.iter().all(|term| (1..=most).contains(term));
        need(
            !terms.is_empty() && rising && fits,
            "terms",
            "is a rising list of 1 to 120 months or 3660 days",
        )?;
        let long = self.terms.all().iter().any(|term| term.is_longer_than(longest_unsecured));
        let banned = long && self.purpose == Purpose::Consumer && !self.secured;
        need(!banned, "terms", "are within caps.max_unsecured_consumer_months")
    }

    fn validate_methods(&self) -> Result<(), RulePackError> {
        let need = |holds: bool, field: &str, why| need(holds, &format!("products.{}.{field}", self.id), why);
        let methods: BTreeSet<Method> = self.methods.iter().copied().collect();
        let once = !methods.is_empty() && methods.len() == self.methods.len();
        need(once, "methods", "has each method at most once")?;
        let months: &[u16] = match &self.terms {
            OfferedTerms::Months(months) => months,
            OfferedTerms::Days(_) => {
                let single = methods.len() == 1 && methods.contains(&Method::Single);
                return need(single, "methods", "has the single payment alone for terms in days");
            }
        };
        let lone = months.iter().any(|months| *months >= 2)
            && !(methods.contains(&Method::Annuity) && methods.contains(&Method::Differentiated));
        need(!lone, "methods", "has annuity and differentiated when there are two payments or more (R-053)")?;
        match (&self.own_method, methods.contains(&Method::Own)) {
            (None, false) => Ok(()),
            (Some(own), true) => {
                need(filled(&own.names), "own_method.names", "is not empty in any language")?;
                let sound = |months: &u16| {
                    own.weights(*months).is_some_and(|weights| {
                        weights.len() == usize::from(*months)
                            && weights.iter().all(|weight| *weight <= 10_000)
                            && weights.last().is_some_and(|last| *last > 0)
                    })
                };
                let whole = months.iter().all(sound) && own.tables.len() == months.len();
                need(
                    whole,
                    "own_method.tables",
                    "has for each term one weight a month, 0 to 10000, the last above 0",
                )
            }
            (Some(_), false) | (None, true) => {
                need(false, "own_method", "is there exactly when the methods have own")
            }
        }
    }
}
