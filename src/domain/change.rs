//! What changes a schedule after the contract: early repayment in full and in part (B0), and money received in parts.
//!
//! A loan that is paid as agreed is a [`Standing`]: instalments paid leave it, an early payment gives another one. Delay
//! and penalty are not here: see [`crate::debt`] and [`crate::penalty`]. No fee exists, so none can be charged.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::accrual::{self, Ratio};
use crate::debt::Allocation;
use crate::loan::{
    self, Fall, Instalment, LoanError, Method, Period, Schedule, Term, Terms, amortise, level_payment, part,
};
use crate::money::Tiyn;

/// What a part paid early does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EarlyChoice {
    /// The instalments stay, there are fewer of them.
    ShorterTerm,
    /// As many instalments, each lower.
    LowerInstalment,
}

/// A loan without delay: what is left of it and when.
#[derive(Clone, Debug)]
pub struct Standing<'a> {
    terms: Terms<'a>,
    /// Interest is counted from here.
    from: Date,
    balance: Tiyn,
    periods: Vec<Period>,
    instalments: Vec<Instalment>,
    /// What an annuity pays each month.
    level: Tiyn,
    /// Weights of the own method before the first remaining instalment.
    passed: usize,
}

impl<'a> Standing<'a> {
    /// A loan on the day it is paid out.
    ///
    /// # Errors
    /// As [`loan::schedule`].
    pub fn new(terms: Terms<'a>) -> Result<Self, LoanError> {
        let instalments = loan::schedule(&terms)?.instalments;
        let periods = loan::periods(&terms)?;
        let level = level_payment(terms.principal, &periods)?;
        let (from, balance) = (terms.issued, terms.principal);
        Ok(Self { terms, from, balance, periods, instalments, level, passed: 0 })
    }

    /// Principal that is left.
    #[must_use]
    pub const fn balance(&self) -> Tiyn {
        self.balance
    }

    /// What is still to be paid. Its `issued` is the day from which interest is counted, its numbers begin with 1.
    #[must_use]
    pub fn schedule(&self) -> Schedule {
        Schedule {
            method: self.terms.method,
            issued: self.from,
            principal_tiyn: self.balance,
            instalments: self.instalments.clone(),
        }
    }

    /// The next instalment was paid as agreed.
    ///
    /// # Errors
    /// [`LoanError::OutsideSchedule`] when there is none.
    pub fn pay_next(&mut self) -> Result<Instalment, LoanError> {
        let (Some(paid), Some(period)) = (self.instalments.first().copied(), self.periods.first().copied())
        else {
            return Err(LoanError::OutsideSchedule);
        };
        self.instalments.remove(0);
        self.periods.remove(0);
        for (instalment, no) in self.instalments.iter_mut().zip(1..) {
            instalment.no = no;
        }
        self.from = period.nominal;
        self.balance = paid.balance_tiyn;
        self.passed += 1;
        Ok(paid)
    }

    /// Rate from the last due date to a day before the next one; never more than the whole period.
    fn elapsed(&self, on: Date) -> Result<(Period, Ratio), LoanError> {
        let next = self.periods.first().copied().ok_or(LoanError::OutsideSchedule)?;
        if on < self.from || on >= next.due {
            return Err(LoanError::OutsideSchedule);
        }
        let ratio = accrual::between(self.terms.rate, self.from, on, self.terms.rules.time_base)?;
        let whole = on >= next.nominal || ratio.numerator > next.ratio.numerator;
        Ok((next, if whole { next.ratio } else { ratio }))
    }

    /// What repays the loan on a day before the next due date: principal, and interest for the days of use alone.
    ///
    /// # Errors
    /// [`LoanError::OutsideSchedule`] on a due date or later: that instalment is paid first.
    pub fn payoff(&self, on: Date) -> Result<Allocation, LoanError> {
        let (_, elapsed) = self.elapsed(on)?;
        let interest_tiyn = accrual::interest(self.balance, elapsed)?;
        Ok(Allocation { principal_tiyn: self.balance, interest_tiyn, ..Allocation::default() })
    }

    /// A part paid early: interest to the day first, the rest from the principal. Due dates stay. Returns where the money
    /// went and what is left; paid in full, nothing is left and the money above is `rest_tiyn`.
    ///
    /// # Errors
    /// [`LoanError::TooLittle`] when the amount does not pass the interest, otherwise as [`Self::payoff`].
    pub fn repay_part(
        &self,
        on: Date,
        amount: Tiyn,
        choice: EarlyChoice,
    ) -> Result<(Allocation, Self), LoanError> {
        let (next, elapsed) = self.elapsed(on)?;
        let interest_tiyn = accrual::interest(self.balance, elapsed)?;
        let above = amount.minus(interest_tiyn).map_err(|_| LoanError::TooLittle)?;
        if above == Tiyn::ZERO {
            return Err(LoanError::TooLittle);
        }
        let principal_tiyn = above.min(self.balance);
        let rest_tiyn = above.minus(principal_tiyn)?;
        let paid = Allocation { principal_tiyn, interest_tiyn, penalty_tiyn: Tiyn::ZERO, rest_tiyn };
        let balance = self.balance.minus(principal_tiyn)?;
        let mut periods = self.periods.clone();
        if let Some(first) = periods.first_mut() {
            let numerator = next.ratio.numerator.saturating_sub(elapsed.numerator);
            first.ratio = Ratio { numerator, ..next.ratio };
        }
        let mut left = Self { from: on, balance, periods, ..self.clone() };
        left.reprice(choice)?;
        Ok((paid, left))
    }

    fn reprice(&mut self, choice: EarlyChoice) -> Result<(), LoanError> {
        if self.balance == Tiyn::ZERO {
            self.periods.clear();
            self.instalments.clear();
            return Ok(());
        }
        let former: Vec<Tiyn> = self.instalments.iter().map(|instalment| instalment.principal_tiyn).collect();
        let weights = match (self.terms.method, self.terms.term, self.terms.rules.own) {
            (Method::Own, Term::Months(months), Some(own)) => own.weights(months),
            _ => None,
        };
        let fall = match (choice, self.terms.method) {
            (EarlyChoice::ShorterTerm, Method::Annuity) => Fall::Level(self.level),
            (EarlyChoice::ShorterTerm, Method::Differentiated | Method::Single | Method::Own) => {
                Fall::Amounts(&former)
            }
            (EarlyChoice::LowerInstalment, Method::Annuity) => {
                self.level = level_payment(self.balance, &self.periods)?;
                Fall::Level(self.level)
            }
            (EarlyChoice::LowerInstalment, Method::Differentiated | Method::Single) => {
                Fall::Equal(part(self.balance, self.periods.len())?)
            }
            (EarlyChoice::LowerInstalment, Method::Own) => {
                let left =
                    weights.and_then(|weights| weights.get(self.passed..)).ok_or(LoanError::NoTable)?;
                Fall::Weights(left.get(..self.periods.len()).ok_or(LoanError::NoTable)?)
            }
        };
        self.instalments = amortise(self.balance, &self.periods, fall)?;
        if choice == EarlyChoice::ShorterTerm {
            let last = self.instalments.iter().position(|instalment| instalment.balance_tiyn == Tiyn::ZERO);
            let count = last.map_or(self.instalments.len(), |last| last + 1);
            self.instalments.truncate(count);
            self.periods.truncate(count);
        }
        Ok(())
    }
}

/// The schedule of a loan that was received in parts, all before the first due date: instalments as for the whole sum,
/// the first with interest on each part from its own day (interest runs on what was received). The first part is
/// received on the day of the terms.
///
/// # Errors
/// [`LoanError::Inconsistent`] when the parts are not the principal or do not begin on the day of payout,
/// [`LoanError::OutsideSchedule`] for a part on the first due date or later.
pub fn received_in_parts(terms: &Terms<'_>, parts: &[(Date, Tiyn)]) -> Result<Schedule, LoanError> {
    let begins = parts.iter().map(|(day, _)| *day).min();
    let whole = Tiyn::sum(parts.iter().map(|(_, amount)| *amount))?;
    if whole != terms.principal || begins != Some(terms.issued) {
        return Err(LoanError::Inconsistent);
    }
    let mut schedule = loan::schedule(terms)?;
    let periods = loan::periods(terms)?;
    let (Some(first), Some(period)) = (schedule.instalments.first_mut(), periods.first()) else {
        return Err(LoanError::BadTerm);
    };
    let mut interest = Tiyn::ZERO;
    for (day, amount) in parts {
        if *day >= period.nominal {
            return Err(LoanError::OutsideSchedule);
        }
        let missed = accrual::between(terms.rate, terms.issued, *day, terms.rules.time_base)?;
        let numerator = period.ratio.numerator.saturating_sub(missed.numerator);
        interest = interest.plus(accrual::interest(*amount, Ratio { numerator, ..period.ratio })?)?;
    }
    first.interest_tiyn = interest;
    first.total_tiyn = first.principal_tiyn.plus(interest)?;
    Ok(schedule)
}

#[cfg(test)]
#[path = "change_tests.rs"]
mod tests;
