//! Totals that follow the finger on the amount screen.
//!
//! Pure arithmetic of [`senim_domain::loan`] and [`senim_domain::gesv`], so that it may run on the UI thread for every
//! step of the slider. What it says is an estimate for the person: the gateway decides, and the terminal checks its
//! drafts anew.

use jiff::civil::Date;
use senim_domain::business_days::BusinessCalendar;
use senim_domain::gesv::{self, GesvError};
use senim_domain::loan::{self, LoanError, Schedule, Term, Terms};
use senim_domain::rate::AnnualRate;
use senim_domain::rule_pack::Product;
use senim_domain::{Tiyn, gesv::Gesv};

use crate::format;
use crate::screen::DraftView;

/// Why there are no totals for a sum and term; the screen shows dashes then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveError {
    /// No schedule exists.
    Loan(LoanError),
    /// No effective rate exists.
    Gesv(GesvError),
}

impl From<LoanError> for LiveError {
    fn from(error: LoanError) -> Self {
        Self::Loan(error)
    }
}

impl From<GesvError> for LiveError {
    fn from(error: GesvError) -> Self {
        Self::Gesv(error)
    }
}

/// Drafts by every method of the product, in the product's order.
///
/// # Errors
/// [`LiveError`] of the first method that fails: half a comparison would mislead.
pub fn drafts(
    product: &Product,
    calendar: &BusinessCalendar,
    principal: Tiyn,
    term: Term,
    issued: Date,
) -> Result<Vec<DraftView>, LiveError> {
    product
        .methods
        .iter()
        .map(|method| draft(&product.terms(calendar, principal, term, *method, issued)))
        .collect()
}

/// The draft of one method.
///
/// # Errors
/// [`LiveError`].
pub fn draft(terms: &Terms<'_>) -> Result<DraftView, LiveError> {
    let schedule = loan::schedule(terms)?;
    let gesv = gesv::of_schedule(&schedule)?;
    Ok(view(&schedule, terms.rate.annual(terms.rules.time_base), gesv)?)
}

/// A schedule as it is shown.
///
/// # Errors
/// [`LoanError::Money`] when its sums are past what money can hold.
pub fn view(schedule: &Schedule, rate: AnnualRate, gesv: Gesv) -> Result<DraftView, LoanError> {
    let edge = |instalment: Option<&loan::Instalment>| {
        instalment.map_or_else(Default::default, |instalment| format::money_in_full(instalment.total_tiyn))
    };
    Ok(DraftView {
        method: schedule.method,
        first: edge(schedule.instalments.first()),
        last: edge(schedule.instalments.last()),
        total: format::money_in_full(schedule.total()?),
        overpayment: format::money_in_full(schedule.overpayment()?),
        rate: format::annual_rate(rate),
        gesv: format::gesv(gesv),
        rows: schedule.instalments.iter().map(row).collect(),
    })
}

fn row(instalment: &loan::Instalment) -> [String; 6] {
    [
        instalment.no.to_string(),
        format::date(instalment.date),
        format::amount_in_full(instalment.total_tiyn),
        format::amount_in_full(instalment.principal_tiyn),
        format::amount_in_full(instalment.interest_tiyn),
        format::amount_in_full(instalment.balance_tiyn),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use senim_domain::loan::{Method, Rate};

    fn day() -> Date {
        jiff::civil::date(2026, 1, 15)
    }

    #[test]
    fn a_draft_shows_what_the_schedule_vector_says() {
        let rate: AnnualRate = "36".parse().unwrap();
        let principal = Tiyn::from_tenge(100_000).unwrap();
        let terms = Terms::new(principal, Rate::Annual(rate), Term::Months(12), Method::Annuity, day());
        let draft = draft(&terms).unwrap();
        assert_eq!(draft.rows.len(), 12);
        assert_eq!(draft.rate, "36\u{202f}%");
        assert_eq!(draft.rows[0][1], "15.02.2026");
        assert_eq!(draft.rows[11][5], "0,00");
        let schedule = loan::schedule(&terms).unwrap();
        assert_eq!(draft.total, format::money_in_full(schedule.total().unwrap()));
        assert_eq!(draft.overpayment, format::money_in_full(schedule.overpayment().unwrap()));
        assert_eq!(draft.first.0, format!("{}\u{202f}₸", draft.rows[0][2]));
    }

    #[test]
    fn a_term_that_does_not_exist_gives_no_totals() {
        let rate: AnnualRate = "36".parse().unwrap();
        let principal = Tiyn::from_tenge(1000).unwrap();
        let terms = Terms::new(principal, Rate::Annual(rate), Term::Months(0), Method::Annuity, day());
        assert_eq!(draft(&terms), Err(LiveError::Loan(LoanError::BadTerm)));
    }
}
