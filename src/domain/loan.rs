//! Repayment schedules: what is paid when (regulation B3).
//!
//! Integer arithmetic in tiyn, half-up. The annuity is `P / F` with `F = Σ (1+i)^-k` kept to 20 decimals; the lender's
//! code behind B3.1 rounded each term to 10, which gives the same tiyn on every vector. What a rate may be is decided
//! in [`crate::rule_pack`], the effective rate in [`crate::gesv`].

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::calendar;
use crate::money::{MoneyError, Tiyn};
use crate::rate::{AnnualRate, DailyRate};

/// Most instalments that a schedule may have.
pub const MAX_MONTHS: u16 = 120;
/// Longest term counted in days.
pub const MAX_DAYS: u16 = 3660;

/// How a loan is repaid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Method {
    /// Equal monthly payments; the last one absorbs rounding.
    Annuity,
    /// Equal monthly parts of the principal with falling interest.
    Differentiated,
    /// Everything in one payment at the end.
    Single,
}

/// The nominal rate of a loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rate {
    /// Percent a year.
    Annual(AnnualRate),
    /// Percent a day.
    Daily(DailyRate),
}

/// How long a loan runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Term {
    /// Calendar months, 1 ..= [`MAX_MONTHS`].
    Months(u16),
    /// Calendar days, 1 ..= [`MAX_DAYS`].
    Days(u16),
}

/// How days become parts of a year when interest is calculated (B3.3). GESV always uses actual days of 365.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TimeBase {
    /// A month has 30 days, a year 360.
    Thirty360,
    /// Calendar days, a year has 365.
    Actual365,
}

/// What a schedule is calculated from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Amount lent.
    pub principal: Tiyn,
    /// Nominal rate.
    pub rate: Rate,
    /// Length.
    pub term: Term,
    /// Way of repayment.
    pub method: Method,
    /// Day of payout, Kazakhstan.
    pub issued: Date,
    /// Interest base; monthly methods know 30/360 only.
    pub time_base: TimeBase,
    /// Single payment: whether the day of return bears interest too (B3.3). Monthly methods ignore it.
    pub inclusive_end: bool,
    /// Whether a due date on Saturday or Sunday moves to Monday (one lender's practice, B3.3); interest stays.
    pub shift_weekends: bool,
}

impl Terms {
    /// Terms with the usual base: 30/360 for months, actual/365 for days, end day free of interest, no shift.
    #[must_use]
    pub const fn new(principal: Tiyn, rate: Rate, term: Term, method: Method, issued: Date) -> Self {
        let time_base = match term {
            Term::Months(_) => TimeBase::Thirty360,
            Term::Days(_) => TimeBase::Actual365,
        };
        Self { principal, rate, term, method, issued, time_base, inclusive_end: false, shift_weekends: false }
    }
}

/// One payment of the borrower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instalment {
    /// Number from 1.
    pub no: u32,
    /// Due date, Kazakhstan, written `2026-02-15`.
    #[serde(with = "calendar::iso_date")]
    pub date: Date,
    /// Part that repays the loan.
    pub principal_tiyn: Tiyn,
    /// Interest.
    pub interest_tiyn: Tiyn,
    /// Principal and interest: what is paid.
    pub total_tiyn: Tiyn,
    /// Principal that remains afterwards.
    pub balance_tiyn: Tiyn,
}

/// A repayment schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Way of repayment.
    pub method: Method,
    /// Day of payout, Kazakhstan.
    #[serde(with = "calendar::iso_date")]
    pub issued: Date,
    /// Amount lent.
    pub principal_tiyn: Tiyn,
    /// Payments in order of date.
    pub instalments: Vec<Instalment>,
}

/// Why there is no schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoanError {
    /// Nothing is lent.
    #[error("the principal is zero; lend at least one tiyn")]
    NoPrincipal,
    /// The term is out of range.
    #[error("the term is 1 to 120 months or 1 to 3660 days")]
    BadTerm,
    /// Annuity and differentiated payments are monthly on the 30/360 base.
    #[error("this method needs a term in months and the 30/360 base; use the single payment for days")]
    NotMonthly,
    /// A due date past the calendar.
    #[error("a due date lies beyond the calendar")]
    BeyondCalendar,
    /// An amount past what money can hold.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A schedule received from outside does not add up.
    #[error("the schedule does not add up; ask for a new one")]
    Inconsistent,
}

impl Schedule {
    /// Everything the borrower pays.
    ///
    /// # Errors
    /// [`LoanError::Money`].
    pub fn total(&self) -> Result<Tiyn, LoanError> {
        Ok(Tiyn::sum(self.instalments.iter().map(|instalment| instalment.total_tiyn))?)
    }

    /// What the borrower pays beyond the principal.
    ///
    /// # Errors
    /// [`LoanError::Money`].
    pub fn overpayment(&self) -> Result<Tiyn, LoanError> {
        Ok(self.total()?.minus(self.principal_tiyn)?)
    }

    /// Calendar days from payout to the last payment, 0 for an empty schedule.
    #[must_use]
    pub fn days(&self) -> u32 {
        self.instalments.last().map_or(0, |last| calendar::days_between(self.issued, last.date))
    }

    /// Whether a schedule from outside adds up: numbers from 1, dates rise after payout, each payment is principal and
    /// interest, balances fall to exactly zero. Says nothing about the rate: recompute for that.
    ///
    /// # Errors
    /// [`LoanError::Inconsistent`], [`LoanError::Money`].
    pub fn check(&self) -> Result<(), LoanError> {
        let mut balance = self.principal_tiyn;
        let mut date = self.issued;
        for (instalment, no) in self.instalments.iter().zip(1_u32..) {
            balance = balance.minus(instalment.principal_tiyn).map_err(|_| LoanError::Inconsistent)?;
            let total = instalment.principal_tiyn.plus(instalment.interest_tiyn)?;
            let sound = instalment.no == no
                && instalment.date > date
                && instalment.total_tiyn == total
                && instalment.balance_tiyn == balance;
            if !sound {
                return Err(LoanError::Inconsistent);
            }
            date = instalment.date;
        }
        if balance == Tiyn::ZERO && !self.instalments.is_empty() {
            Ok(())
        } else {
            Err(LoanError::Inconsistent)
        }
    }
}

/// Numerator and denominator of a rate over one period.
type Ratio = (u128, u128);

/// 100 percent in thousandths of a percent.
const WHOLE_ANNUAL: u128 = 100_000;
/// 100 percent in hundred-thousandths of a percent.
const WHOLE_DAILY: u128 = 10_000_000;
/// Discount factors are kept to 20 decimals: with at most 120 of them the annuity is off by less than 10^-17 of itself.
const FACTOR_ONE: u128 = 100_000_000_000_000_000_000;

fn over_days(rate: Rate, days: u32, base: TimeBase) -> Ratio {
    let year = match base {
        TimeBase::Thirty360 => 360,
        TimeBase::Actual365 => 365,
    };
    match rate {
        Rate::Annual(rate) => (u128::from(rate.units()) * u128::from(days), WHOLE_ANNUAL * year),
        Rate::Daily(rate) => (u128::from(rate.units()) * u128::from(days), WHOLE_DAILY),
    }
}

/// Quotient rounded half-up.
pub(crate) fn div_half_up(numerator: u128, denominator: u128) -> Result<u128, LoanError> {
    let too_large = LoanError::Money(MoneyError::TooLarge);
    let doubled =
        numerator.checked_mul(2).and_then(|twice| twice.checked_add(denominator)).ok_or(too_large)?;
    doubled.checked_div(denominator.checked_mul(2).ok_or(too_large)?).ok_or(too_large)
}

fn to_tiyn(value: u128) -> Result<Tiyn, LoanError> {
    let value = u64::try_from(value).map_err(|_| MoneyError::TooLarge)?;
    Ok(Tiyn::new(value)?)
}

fn interest(balance: Tiyn, (numerator, denominator): Ratio) -> Result<Tiyn, LoanError> {
    let product = u128::from(balance.tiyn()).checked_mul(numerator).ok_or(MoneyError::TooLarge)?;
    to_tiyn(div_half_up(product, denominator)?)
}

fn annuity(principal: Tiyn, (numerator, denominator): Ratio, months: u16) -> Result<Tiyn, LoanError> {
    let mut factor = FACTOR_ONE;
    let mut sum = 0_u128;
    for _ in 0..months {
        let scaled = factor.checked_mul(denominator).ok_or(MoneyError::TooLarge)?;
        factor = div_half_up(scaled, denominator + numerator)?;
        sum = sum.checked_add(factor).ok_or(MoneyError::TooLarge)?;
    }
    let scaled = u128::from(principal.tiyn()).checked_mul(FACTOR_ONE).ok_or(MoneyError::TooLarge)?;
    to_tiyn(div_half_up(scaled, sum)?)
}

fn due_date(terms: &Terms, date: Option<Date>) -> Result<Date, LoanError> {
    let date = date.ok_or(LoanError::BeyondCalendar)?;
    if terms.shift_weekends { calendar::off_weekend(date).ok_or(LoanError::BeyondCalendar) } else { Ok(date) }
}

/// Calculates the schedule of a loan.
///
/// # Errors
/// [`LoanError`]; never a schedule that does not add up.
pub fn schedule(terms: &Terms) -> Result<Schedule, LoanError> {
    if terms.principal == Tiyn::ZERO {
        return Err(LoanError::NoPrincipal);
    }
    match terms.term {
        Term::Months(months) if !(1..=MAX_MONTHS).contains(&months) => return Err(LoanError::BadTerm),
        Term::Days(days) if !(1..=MAX_DAYS).contains(&days) => return Err(LoanError::BadTerm),
        Term::Months(_) | Term::Days(_) => {}
    }
    let instalments = match (terms.method, terms.term) {
        (Method::Single, _) => vec![single(terms)?],
        (Method::Annuity | Method::Differentiated, Term::Months(months))
            if terms.time_base == TimeBase::Thirty360 =>
        {
            monthly(terms, months)?
        }
        (Method::Annuity | Method::Differentiated, _) => return Err(LoanError::NotMonthly),
    };
    let (method, issued, principal_tiyn) = (terms.method, terms.issued, terms.principal);
    Ok(Schedule { method, issued, principal_tiyn, instalments })
}

fn single(terms: &Terms) -> Result<Instalment, LoanError> {
    let end = match terms.term {
        Term::Months(months) => calendar::add_months(terms.issued, months),
        Term::Days(days) => calendar::add_days(terms.issued, u32::from(days)),
    };
    let counted = match (terms.term, terms.time_base) {
        (Term::Days(days), _) => u32::from(days),
        (Term::Months(months), TimeBase::Thirty360) => u32::from(months) * 30,
        (Term::Months(_), TimeBase::Actual365) => {
            calendar::days_between(terms.issued, end.ok_or(LoanError::BeyondCalendar)?)
        }
    };
    let days = counted + u32::from(terms.inclusive_end);
    let interest_tiyn = interest(terms.principal, over_days(terms.rate, days, terms.time_base))?;
    Ok(Instalment {
        no: 1,
        date: due_date(terms, end)?,
        principal_tiyn: terms.principal,
        interest_tiyn,
        total_tiyn: terms.principal.plus(interest_tiyn)?,
        balance_tiyn: Tiyn::ZERO,
    })
}

fn monthly(terms: &Terms, months: u16) -> Result<Vec<Instalment>, LoanError> {
    let ratio = over_days(terms.rate, 30, TimeBase::Thirty360);
    let level = annuity(terms.principal, ratio, months)?;
    let part = to_tiyn(div_half_up(u128::from(terms.principal.tiyn()), u128::from(months))?)?;
    let mut balance = terms.principal;
    let mut instalments = Vec::with_capacity(usize::from(months));
    for month in 1..=months {
        let interest_tiyn = interest(balance, ratio)?;
        let regular = match terms.method {
            Method::Annuity => level.minus(interest_tiyn).unwrap_or(Tiyn::ZERO),
            Method::Differentiated | Method::Single => part,
        };
        // A few tiyn over many months can round past the balance; the last payment takes what there is.
        let principal_tiyn = if month == months { balance } else { regular.min(balance) };
        balance = balance.minus(principal_tiyn)?;
        instalments.push(Instalment {
            no: u32::from(month),
            date: due_date(terms, calendar::add_months(terms.issued, month))?,
            principal_tiyn,
            interest_tiyn,
            total_tiyn: principal_tiyn.plus(interest_tiyn)?,
            balance_tiyn: balance,
        });
    }
    Ok(instalments)
}

#[cfg(test)]
#[path = "loan_tests.rs"]
mod tests;
