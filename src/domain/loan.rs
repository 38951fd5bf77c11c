//! Loans as terms and schedules: what is lent, for how long, how it is repaid (regulation B3).
//!
//! Integer arithmetic in tiyn, half-up. The annuity is `P / F` with `F = Σ Π (1+i)^-1` kept to 20 decimals; the lender's
//! code behind B3.1 rounded each term to 10, which gives the same tiyn on every vector. What a rate may be is decided
//! in [`crate::rule_pack`], the effective rate in [`crate::gesv`], interest between two dates in [`crate::accrual`],
//! paying back before the time in [`crate::change`].

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::accrual::{self, Ratio};
use crate::business_days::{BusinessCalendar, WEEKENDS_ONLY};
use crate::calendar;
use crate::money::{MoneyError, Tiyn};
use crate::rate::{AnnualRate, DailyRate};
use crate::rule_pack::OwnMethod;

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
    /// The MFO's own: parts of the principal by a table of the rule pack, interest on the balance each month.
    Own,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 4] = [Self::Annuity, Self::Differentiated, Self::Single, Self::Own];

    /// As it is written in JSON and on command lines.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Annuity => "annuity",
            Self::Differentiated => "differentiated",
            Self::Single => "single",
            Self::Own => "own",
        }
    }
}

impl std::str::FromStr for Method {
    type Err = UnknownMethod;
    fn from_str(text: &str) -> Result<Self, UnknownMethod> {
        Self::ALL.into_iter().find(|method| method.as_str() == text).ok_or(UnknownMethod)
    }
}

/// The text names no method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the method is annuity, differentiated, single or own")]
pub struct UnknownMethod;

/// The nominal rate of a loan, in JSON `{"annual_percent": "36.000"}` or `{"daily_percent": "0.29000"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Rate {
    /// Percent a year.
    #[serde(rename = "annual_percent")]
    Annual(AnnualRate),
    /// Percent a day.
    #[serde(rename = "daily_percent")]
    Daily(DailyRate),
}

impl Rate {
    /// The rate a year, as contracts state it: a day's rate times the days of a year of the base, half-up. Never past
    /// [`AnnualRate::MAX`].
    #[must_use]
    pub fn annual(self, base: TimeBase) -> AnnualRate {
        match self {
            Self::Annual(rate) => rate,
            Self::Daily(rate) => {
                let year = u64::from(rate.units()) * u64::from(base.year());
                let units = u32::try_from((year + 50) / 100).unwrap_or(u32::MAX);
                AnnualRate::from_units(units).unwrap_or(AnnualRate::MAX)
            }
        }
    }
}

/// How long a loan runs, in JSON `{"months": 6}` or `{"days": 30}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// Calendar months, 1 ..= [`MAX_MONTHS`].
    Months(u16),
    /// Calendar days, 1 ..= [`MAX_DAYS`].
    Days(u16),
}

impl Term {
    /// Whether it is longer than so many months; for days a year has 365.25.
    #[must_use]
    pub const fn is_longer_than(self, months: u16) -> bool {
        match self {
            Self::Months(own) => own > months,
            Self::Days(days) => days as u32 * 48 > months as u32 * 1461,
        }
    }
}

/// How days become parts of a year when interest is calculated (B3.3). GESV always uses actual days of 365.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TimeBase {
    /// A month has 30 days, a year 360.
    #[serde(rename = "30/360")]
    Thirty360,
    /// Calendar days, a year has 365.
    #[serde(rename = "actual/365")]
    Actual365,
    /// Calendar days, a year has 360.
    #[serde(rename = "actual/360")]
    Actual360,
    /// Calendar days, each counted by the year that it lies in: 365 or 366.
    #[serde(rename = "actual/actual")]
    ActualActual,
}

impl TimeBase {
    /// Days of a year by which a year's rate is compared with a day's; 365 for actual/actual.
    #[must_use]
    pub const fn year(self) -> u32 {
        match self {
            Self::Thirty360 | Self::Actual360 => 360,
            Self::Actual365 | Self::ActualActual => 365,
        }
    }
}

/// Where a due date goes that is no business day. Interest is counted to the day of the calendar either way, so that
/// nobody pays for the bank's weekend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DueDateRule {
    /// It stays.
    Keep,
    /// To the next business day.
    NextBusinessDay,
}

/// Where instalments lie when the contract begins on the 29th, 30th or 31st (B3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MonthEnd {
    /// On that day of each month, or on the last day of a shorter one.
    Clamp,
    /// On the 1st of the month after, the first with interest for the days between.
    FirstOfNext,
}

/// How dates and days are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduleRules<'a> {
    /// Interest base.
    pub time_base: TimeBase,
    /// Single payment: whether the day of return bears interest too (B3.3). Monthly methods ignore it.
    pub inclusive_end: bool,
    /// Due dates on days off.
    pub due_dates: DueDateRule,
    /// Contracts after the 28th.
    pub month_end: MonthEnd,
    /// Days off.
    pub calendar: &'a BusinessCalendar,
    /// The MFO's own method, for [`Method::Own`].
    pub own: Option<&'a OwnMethod>,
}

/// What a schedule is calculated from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms<'a> {
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
    /// Counting.
    pub rules: ScheduleRules<'a>,
}

impl Terms<'static> {
    /// Terms with the usual base: 30/360 for months, actual/365 for days, end day free of interest, no date moved.
    #[must_use]
    pub const fn new(principal: Tiyn, rate: Rate, term: Term, method: Method, issued: Date) -> Self {
        let time_base = match term {
            Term::Months(_) => TimeBase::Thirty360,
            Term::Days(_) => TimeBase::Actual365,
        };
        let rules = ScheduleRules {
            time_base,
            inclusive_end: false,
            due_dates: DueDateRule::Keep,
            month_end: MonthEnd::Clamp,
            calendar: &WEEKENDS_ONLY,
            own: None,
        };
        Self { principal, rate, term, method, issued, rules }
    }
}

impl Terms<'_> {
    /// The same loan paid out on another day: the schedule that the borrower accepts then.
    #[must_use]
    pub const fn paid_on(self, issued: Date) -> Self {
        Self { issued, ..self }
    }

    /// The same loan when only this much was received: interest runs on what was received.
    #[must_use]
    pub const fn received(self, principal: Tiyn) -> Self {
        Self { principal, ..self }
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
    /// Every method but the single payment is monthly.
    #[error("this method needs a term in months; use the single payment for days")]
    NotMonthly,
    /// The MFO's own method has no table for the term.
    #[error("the MFO's own method has no table for this term; see own_method of the product")]
    NoTable,
    /// A due date past the calendar, or one without a business day near it.
    #[error("a due date lies beyond the calendar")]
    BeyondCalendar,
    /// A payment or payout on a day on which it cannot be.
    #[error("the day lies outside the schedule; ask for a new one")]
    OutsideSchedule,
    /// A payment too small to do anything.
    #[error("the amount does not cover what has accrued")]
    TooLittle,
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

/// Time between two due dates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Period {
    /// First day that does not bear interest in it: the due date before it was moved.
    pub nominal: Date,
    /// Due date.
    pub due: Date,
    /// Rate over it.
    pub ratio: Ratio,
}

/// How the principal falls.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fall<'a> {
    /// By what a level payment leaves after interest.
    Level(Tiyn),
    /// By equal parts.
    Equal(Tiyn),
    /// By weights, one for each period.
    Weights(&'a [u16]),
    /// By these sums, one for each period.
    Amounts(&'a [Tiyn]),
}

/// Quotient rounded half-up.
pub(crate) fn div_half_up(numerator: u128, denominator: u128) -> Result<u128, LoanError> {
    let too_large = LoanError::Money(MoneyError::TooLarge);
    let doubled =
        numerator.checked_mul(2).and_then(|twice| twice.checked_add(denominator)).ok_or(too_large)?;
    doubled.checked_div(denominator.checked_mul(2).ok_or(too_large)?).ok_or(too_large)
}

pub(crate) fn to_tiyn(value: u128) -> Result<Tiyn, LoanError> {
    let value = u64::try_from(value).map_err(|_| MoneyError::TooLarge)?;
    Ok(Tiyn::new(value)?)
}

/// An equal part of a sum.
pub(crate) fn part(of: Tiyn, count: usize) -> Result<Tiyn, LoanError> {
    let count = u128::try_from(count).map_err(|_| LoanError::BadTerm)?;
    to_tiyn(div_half_up(u128::from(of.tiyn()), count)?)
}

/// Discount factors are kept to 20 decimals: with at most 120 of them the annuity is off by less than 10^-17 of itself.
const FACTOR_ONE: u128 = 100_000_000_000_000_000_000;

/// The level payment that repays a sum over the periods.
pub(crate) fn level_payment(of: Tiyn, periods: &[Period]) -> Result<Tiyn, LoanError> {
    let mut factor = FACTOR_ONE;
    let mut sum = 0_u128;
    for Period { ratio: Ratio { numerator, denominator }, .. } in periods {
        let scaled = factor.checked_mul(*denominator).ok_or(MoneyError::TooLarge)?;
        factor = div_half_up(scaled, denominator.checked_add(*numerator).ok_or(MoneyError::TooLarge)?)?;
        sum = sum.checked_add(factor).ok_or(MoneyError::TooLarge)?;
    }
    let scaled = u128::from(of.tiyn()).checked_mul(FACTOR_ONE).ok_or(MoneyError::TooLarge)?;
    to_tiyn(div_half_up(scaled, sum)?)
}

/// Payments over the periods; the last one takes what there is.
pub(crate) fn amortise(
    principal: Tiyn,
    periods: &[Period],
    fall: Fall<'_>,
) -> Result<Vec<Instalment>, LoanError> {
    let whole: u128 = match fall {
        Fall::Weights(weights) => weights.iter().map(|weight| u128::from(*weight)).sum(),
        Fall::Level(_) | Fall::Equal(_) | Fall::Amounts(_) => 1,
    };
    let mut balance = principal;
    let mut instalments = Vec::with_capacity(periods.len());
    for (at, (period, no)) in periods.iter().zip(1_u32..).enumerate() {
        let interest_tiyn = accrual::interest(balance, period.ratio)?;
        let regular = match fall {
            Fall::Level(level) => level.minus(interest_tiyn).unwrap_or(Tiyn::ZERO),
            Fall::Equal(part) => part,
            Fall::Amounts(amounts) => amounts.get(at).copied().ok_or(LoanError::Inconsistent)?,
            Fall::Weights(weights) => {
                let weight = weights.get(at).copied().ok_or(LoanError::NoTable)?;
                let share = u128::from(principal.tiyn()).checked_mul(u128::from(weight));
                to_tiyn(div_half_up(share.ok_or(MoneyError::TooLarge)?, whole)?)?
            }
        };
        // A few tiyn over many months can round past the balance; the last payment takes what there is.
        let principal_tiyn = if at + 1 == periods.len() { balance } else { regular.min(balance) };
        balance = balance.minus(principal_tiyn)?;
        instalments.push(Instalment {
            no,
            date: period.due,
            principal_tiyn,
            interest_tiyn,
            total_tiyn: principal_tiyn.plus(interest_tiyn)?,
            balance_tiyn: balance,
        });
    }
    Ok(instalments)
}

fn due_date(rules: &ScheduleRules<'_>, nominal: Date) -> Result<Date, LoanError> {
    match rules.due_dates {
        DueDateRule::Keep => Ok(nominal),
        DueDateRule::NextBusinessDay => {
            rules.calendar.business_day_from(nominal).ok_or(LoanError::BeyondCalendar)
        }
    }
}

/// Day of the calendar on which month `k` of a loan ends, before it is moved off a day off.
fn month_end(terms: &Terms<'_>, month: u16) -> Result<Date, LoanError> {
    let moved = terms.rules.month_end == MonthEnd::FirstOfNext && terms.issued.day() > 28;
    let end = if moved {
        let after = month.checked_add(1).ok_or(LoanError::BadTerm)?;
        calendar::add_months(terms.issued.first_of_month(), after)
    } else {
        calendar::add_months(terms.issued, month)
    };
    end.ok_or(LoanError::BeyondCalendar)
}

/// The periods of a loan, one for each payment.
pub(crate) fn periods(terms: &Terms<'_>) -> Result<Vec<Period>, LoanError> {
    match (terms.method, terms.term) {
        (_, Term::Months(months)) if !(1..=MAX_MONTHS).contains(&months) => Err(LoanError::BadTerm),
        (_, Term::Days(days)) if !(1..=MAX_DAYS).contains(&days) => Err(LoanError::BadTerm),
        (Method::Single, _) => Ok(vec![single(terms)?]),
        (Method::Annuity | Method::Differentiated | Method::Own, Term::Months(months)) => {
            let mut from = terms.issued;
            let mut periods = Vec::with_capacity(usize::from(months));
            for month in 1..=months {
                let nominal = month_end(terms, month)?;
                let ratio = month_ratio(terms, from, nominal)?;
                periods.push(Period { nominal, due: due_date(&terms.rules, nominal)?, ratio });
                from = nominal;
            }
            Ok(periods)
        }
        (Method::Annuity | Method::Differentiated | Method::Own, Term::Days(_)) => Err(LoanError::NotMonthly),
    }
}

/// A month on the 30/360 base has 30 days whatever the calendar says, except for the days before a moved first.
fn month_ratio(terms: &Terms<'_>, from: Date, to: Date) -> Result<Ratio, LoanError> {
    let gap =
        from == terms.issued && terms.rules.month_end == MonthEnd::FirstOfNext && terms.issued.day() > 28;
    if terms.rules.time_base == TimeBase::Thirty360 && !gap {
        accrual::over_days(terms.rate, 30, TimeBase::Thirty360)
    } else {
        accrual::between(terms.rate, from, to, terms.rules.time_base)
    }
}

fn single(terms: &Terms<'_>) -> Result<Period, LoanError> {
    let base = terms.rules.time_base;
    let extra = u32::from(terms.rules.inclusive_end);
    let nominal = match terms.term {
        Term::Months(months) => calendar::add_months(terms.issued, months),
        Term::Days(days) => calendar::add_days(terms.issued, u32::from(days)),
    }
    .ok_or(LoanError::BeyondCalendar)?;
    let ratio = match (terms.term, base) {
        (Term::Months(months), TimeBase::Thirty360) => {
            accrual::over_days(terms.rate, u32::from(months) * 30 + extra, base)?
        }
        // A term in days is counted in days on this base too: nobody sees a month in it.
        (Term::Days(days), TimeBase::Thirty360) => {
            accrual::over_days(terms.rate, u32::from(days) + extra, base)?
        }
        (_, TimeBase::Actual365 | TimeBase::Actual360 | TimeBase::ActualActual) => {
            let end = calendar::add_days(nominal, extra).ok_or(LoanError::BeyondCalendar)?;
            accrual::between(terms.rate, terms.issued, end, base)?
        }
    };
    Ok(Period { nominal, due: due_date(&terms.rules, nominal)?, ratio })
}

/// How the principal falls over the periods by the method of the terms.
pub(crate) fn fall<'a>(
    terms: &Terms<'a>,
    principal: Tiyn,
    periods: &[Period],
) -> Result<Fall<'a>, LoanError> {
    match (terms.method, terms.term) {
        (Method::Annuity, _) => Ok(Fall::Level(level_payment(principal, periods)?)),
        (Method::Differentiated | Method::Single, _) => Ok(Fall::Equal(part(principal, periods.len())?)),
        (Method::Own, Term::Months(months)) => {
            let weights = terms.rules.own.and_then(|own| own.weights(months));
            let fitting = weights.filter(|weights| weights.len() == usize::from(months));
            fitting.map(Fall::Weights).ok_or(LoanError::NoTable)
        }
        (Method::Own, Term::Days(_)) => Err(LoanError::NotMonthly),
    }
}

/// Calculates the schedule of a loan.
///
/// # Errors
/// [`LoanError`]; never a schedule that does not add up.
pub fn schedule(terms: &Terms<'_>) -> Result<Schedule, LoanError> {
    if terms.principal == Tiyn::ZERO {
        return Err(LoanError::NoPrincipal);
    }
    let periods = periods(terms)?;
    let instalments = amortise(terms.principal, &periods, fall(terms, terms.principal, &periods)?)?;
    let (method, issued, principal_tiyn) = (terms.method, terms.issued, terms.principal);
    Ok(Schedule { method, issued, principal_tiyn, instalments })
}

#[cfg(test)]
#[path = "loan_tests.rs"]
mod tests;
