//! Decides what is owed, what became of money that came in, and how a contract stands.
//!
//! The order of use is this lender's: due interest, due principal, penalty, then what the payer wants of the rest. The
//! penalty is 0.5 % of the overdue sum a day for 90 days, then 0.03 %, at most a tenth of the principal a year (B0).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::schedule::{self, Instalment, Payment, days, divide, level};
use super::{Denial, Model};
use crate::lending::{Loan, LoanStatus, LoanTerms, Method, Payout};

/// How a contract stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "standing", deny_unknown_fields)]
pub enum Standing {
    /// No money yet.
    Agreed,
    /// Money is owed.
    #[default]
    Running,
    /// Nothing is owed.
    Closed,
    /// Taken back before money.
    Cancelled,
    /// Rests on an act of an investigator or court.
    Suspended {
        /// Since when, milliseconds.
        since_ms: i64,
        /// `article200` or `article71`.
        ground: String,
    },
    /// Written off by verdict.
    WrittenOff {
        /// When, milliseconds.
        at_ms: i64,
    },
}

/// What is owed on a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Debt {
    /// The loan.
    pub loan_id: Uuid,
    /// The day.
    pub on: String,
    /// Principal.
    pub principal_tiyn: u64,
    /// Interest accrued and unpaid.
    pub interest_tiyn: u64,
    /// Penalty.
    pub penalty_tiyn: u64,
    /// Due on the day or before.
    pub due_tiyn: u64,
    /// Next due day.
    pub next_date: Option<String>,
    /// Due then.
    pub next_tiyn: u64,
    /// Days in arrears.
    pub overdue_days: u32,
    /// Interest for a time of suspension.
    pub suspension_interest_tiyn: u64,
}

/// What a payer wants of money above what is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Early {
    /// Wait for the next due day.
    Hold,
    /// Smaller payments.
    SmallerPayments,
    /// Fewer payments.
    ShorterTerm,
}

/// Money that came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repayment {
    /// Sum, tiyn.
    pub amount_tiyn: u64,
    /// When, milliseconds.
    pub at_ms: i64,
    /// Where.
    pub terminal: String,
    /// What above what is due.
    pub early: Early,
}

/// What money was used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allocation {
    /// Penalty.
    pub penalty_tiyn: u64,
    /// Interest.
    pub interest_tiyn: u64,
    /// Principal.
    pub principal_tiyn: u64,
    /// Waiting.
    pub held_tiyn: u64,
    /// Above everything owed.
    pub overpaid_tiyn: u64,
}

/// What a repayment did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The repayment.
    pub operation: Uuid,
    /// What it was used for.
    pub allocation: Allocation,
    /// The debt after it.
    pub debt: Debt,
    /// Whether nothing is owed.
    pub closed: bool,
}

/// A payment in the books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentMade {
    /// Day.
    pub date: String,
    /// Sum.
    pub amount_tiyn: u64,
    /// What it was used for.
    pub allocation: Allocation,
    /// Way.
    pub way: String,
}

/// Money whose contract nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unallocated {
    /// As typed.
    pub number: String,
    /// Sum.
    pub amount_tiyn: u64,
    /// When, milliseconds.
    pub at_ms: i64,
    /// Where.
    pub terminal: String,
}

/// A contract in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Identity.
    pub loan_id: Uuid,
    /// Whose.
    pub client_id: Uuid,
    /// Number for people.
    pub number: String,
    /// Sum.
    pub principal_tiyn: u64,
    /// Day of payout.
    pub issued: String,
    /// Hash of the contract.
    pub contract_sha256: String,
    /// How it stands.
    pub standing: Standing,
}

#[derive(Clone, Default)]
struct Account {
    schedule: Vec<Instalment>,
    repaid: BTreeMap<Uuid, (Repayment, Outcome)>,
    payments: Vec<PaymentMade>,
    held: u64,
    penalty: u64,
    penalty_until: String,
    /// Interest of the running period was paid up to this day.
    accrued_until: String,
    forced: Option<Standing>,
    /// Interest for a time of suspension that is over, and when it ended, milliseconds.
    resumed: Option<(u64, i64)>,
    cancelled: Option<(Uuid, String)>,
    /// Days of payout that were moved to, by operation.
    days: BTreeMap<Uuid, String>,
}

/// Accounts of loans.
#[derive(Default)]
pub struct Servicing {
    accounts: BTreeMap<Uuid, Account>,
    unallocated: BTreeMap<Uuid, Unallocated>,
}

fn open(one: &Instalment) -> u64 {
    (one.principal_tiyn + one.interest_tiyn).saturating_sub(one.paid_tiyn)
}

/// Interest is paid before principal within an instalment.
fn open_interest(one: &Instalment) -> u64 {
    one.interest_tiyn.saturating_sub(one.paid_tiyn)
}

fn open_principal(one: &Instalment) -> u64 {
    open(one) - open_interest(one)
}

impl Account {
    /// Brings penalty and held money up to a day.
    fn advance(&mut self, on: &str, terms: &LoanTerms) {
        for one in &mut self.schedule {
            if one.date.as_str() <= on && self.held > 0 {
                let used = open(one).min(self.held);
                one.paid_tiyn += used;
                self.held -= used;
            }
        }
        for one in self.schedule.iter().filter(|one| open(one) > 0) {
            let (before, after) = (days(&one.date, &self.penalty_until), days(&one.date, on));
            let first = u128::from(after.min(90).saturating_sub(before.min(90)));
            let later = u128::from(after.saturating_sub(90).saturating_sub(before.saturating_sub(90)));
            self.penalty += divide(u128::from(open(one)) * (first * 50 + later * 3), 10_000);
        }
        let years = u64::from(days(&terms.issued, on) / 365) + 1;
        self.penalty = self.penalty.min(terms.principal_tiyn / 10 * years);
        if on > self.penalty_until.as_str() {
            on.clone_into(&mut self.penalty_until);
        }
    }

    /// Interest that has accrued in the running period and is unpaid.
    fn running(&self, on: &str, issued: &str) -> u64 {
        let Some(index) = self.schedule.iter().position(|one| one.date.as_str() > on) else { return 0 };
        let Some(one) = self.schedule.get(index) else { return 0 };
        let from = index.checked_sub(1).and_then(|before| self.schedule.get(before));
        let from = from.map_or(issued, |before| before.date.as_str()).max(self.accrued_until.as_str());
        let (whole, gone) = (days(from, &one.date), days(from, on));
        let accrued = divide(u128::from(one.interest_tiyn) * u128::from(gone), u128::from(whole.max(1)));
        accrued.saturating_sub(one.paid_tiyn)
    }

    fn debt(&self, loan: &Loan, on: &str) -> Debt {
        let mut then = self.clone();
        then.advance(on, &loan.terms);
        let due = || then.schedule.iter().filter(|one| one.date.as_str() <= on);
        let next = then.schedule.iter().find(|one| one.date.as_str() > on && open(one) > 0);
        let overdue = due().find(|one| open(one) > 0).map_or(0, |one| days(&one.date, on));
        Debt {
            loan_id: loan.terms.loan_id,
            on: on.to_owned(),
            principal_tiyn: then.schedule.iter().map(open_principal).sum(),
            interest_tiyn: due().map(open_interest).sum::<u64>() + then.running(on, &loan.terms.issued),
            penalty_tiyn: then.penalty,
            due_tiyn: due().map(open).sum::<u64>() + then.penalty,
            next_date: next.map(|one| one.date.clone()),
            next_tiyn: next.map_or(0, |one| open(one).saturating_sub(then.held)),
            overdue_days: overdue,
            suspension_interest_tiyn: then.resumed.map_or(0, |(interest, _)| interest),
        }
    }

    /// Uses money; what it was used for.
    fn take(&mut self, loan: &Loan, amount: u64, early: Early, on: &str) -> Allocation {
        self.advance(on, &loan.terms);
        let mut used = Allocation::default();
        let mut left = amount;
        for one in self.schedule.iter_mut().filter(|one| one.date.as_str() <= on) {
            let interest = open_interest(one).min(left);
            let principal = open_principal(one).min(left - interest);
            one.paid_tiyn += interest + principal;
            left -= interest + principal;
            used.interest_tiyn += interest;
            used.principal_tiyn += principal;
        }
        used.penalty_tiyn = self.penalty.min(left);
        self.penalty -= used.penalty_tiyn;
        left -= used.penalty_tiyn;
        let running = self.running(on, &loan.terms.issued);
        let principal: u64 = self.schedule.iter().map(open_principal).sum();
        if left + self.held >= running + principal && self.penalty == 0 {
            let before = std::mem::take(&mut self.held).min(running + principal);
            let needed = running + principal - before;
            used.interest_tiyn += running.min(needed);
            used.principal_tiyn += needed.saturating_sub(running);
            used.overpaid_tiyn = left - needed;
            self.schedule.retain(|one| one.date.as_str() <= on);
        } else if early == Early::Hold || left <= running {
            used.held_tiyn = left;
            self.held += left;
        } else {
            used.interest_tiyn += running;
            used.principal_tiyn += left - running;
            self.shrink(loan, principal - (left - running), early, on);
        }
        used
    }

    /// A schedule for what is left, on the days that are left.
    fn shrink(&mut self, loan: &Loan, balance: u64, early: Early, on: &str) {
        let rate = loan.terms.annual_rate_hundredths;
        let (past, ahead): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.schedule).into_iter().partition(|one| one.date.as_str() <= on);
        let Some(first) = ahead.first() else {
            self.schedule = past;
            return;
        };
        let dates: Vec<String> = ahead.iter().map(|one| one.date.clone()).collect();
        let months = u32::try_from(dates.len()).unwrap_or(u32::MAX);
        let payment = match (early, loan.terms.method) {
            (Early::ShorterTerm, Method::Annuity) => {
                Payment::Level(first.principal_tiyn + first.interest_tiyn)
            }
            (Early::ShorterTerm, Method::Differentiated | Method::Single | Method::Own) => {
                Payment::Part(first.principal_tiyn)
            }
            (Early::Hold | Early::SmallerPayments, Method::Annuity) => {
                Payment::Level(level(balance, rate, months))
            }
            (Early::Hold | Early::SmallerPayments, Method::Differentiated | Method::Single | Method::Own) => {
                Payment::Part(divide(u128::from(balance), u128::from(months)))
            }
        };
        let from = past.last().map_or(loan.terms.issued.as_str(), |one| one.date.as_str());
        let from = from.max(self.accrued_until.as_str());
        let (whole, to_come) = (days(from, &first.date), days(on, &first.date));
        let mut rest = schedule::rest(balance, rate, payment, &dates, first.no);
        if let Some(first) = rest.first_mut() {
            // What accrued until today has just been paid.
            first.interest_tiyn =
                divide(u128::from(first.interest_tiyn) * u128::from(to_come), u128::from(whole.max(1)));
        }
        self.schedule = past;
        self.schedule.extend(rest);
        on.clone_into(&mut self.accrued_until);
    }
}

impl Model {
    fn loan_and_account(&mut self, loan: Uuid) -> Result<(Loan, &mut Account), Denial> {
        let known = self.books.loan(loan)?.clone();
        Ok((known, self.servicing.accounts.entry(loan).or_default()))
    }

    /// Books a payout and, with it, the schedule of what was received.
    ///
    /// # Errors
    /// As [`crate::lending::Books::pay_out`].
    pub fn pay_out(&mut self, loan: Uuid, payout: Payout) -> Result<(Loan, crate::lending::Booked), Denial> {
        if self.servicing.accounts.get(&loan).is_some_and(|account| account.cancelled.is_some()) {
            return Err(Denial::conflict("loan_cancelled"));
        }
        let (known, booked) = self.books.pay_out(loan, payout)?;
        let account = self.servicing.accounts.entry(loan).or_default();
        if booked == crate::lending::Booked::New && account.payments.is_empty() {
            account.schedule = schedule::of(&known.terms, known.paid_out_tiyn);
            account.penalty_until.clone_from(&known.terms.issued);
        }
        Ok((known, booked))
    }

    /// How a contract stands.
    ///
    /// # Errors
    /// `loan_unknown`.
    pub fn standing(&self, loan: Uuid) -> Result<Standing, Denial> {
        let known = self.books.loan(loan)?;
        let account = self.servicing.accounts.get(&loan);
        let owed = |account: &Account| account.schedule.iter().map(open).sum::<u64>() + account.penalty;
        Ok(match account {
            Some(Account { cancelled: Some(_), .. }) => Standing::Cancelled,
            Some(Account { forced: Some(forced), .. }) => forced.clone(),
            _ if known.status == LoanStatus::Agreed => Standing::Agreed,
            Some(account) if owed(account) == 0 => Standing::Closed,
            Some(_) | None => Standing::Running,
        })
    }

    /// Has a contract stand as somebody outside decided; `None`: as its books say.
    ///
    /// # Errors
    /// `loan_unknown`.
    pub fn set_standing(&mut self, loan: Uuid, standing: Option<Standing>) -> Result<(), Denial> {
        let now = self.now();
        let (known, account) = self.loan_and_account(loan)?;
        if let (Some(Standing::Suspended { since_ms, .. }), None) = (&account.forced, &standing) {
            let day = |ms: i64| schedule::date_of(ms.saturating_add(super::LOCAL_OFFSET_MS));
            let (since, today) = (day(*since_ms), day(now));
            // Interest goes on as if nothing had been; no penalty grows for the time between.
            let (before, after) = (account.debt(&known, &since), account.debt(&known, &today));
            account.resumed = Some((after.interest_tiyn.saturating_sub(before.interest_tiyn), now));
            account.advance(&since, &known.terms);
            if today > account.penalty_until {
                account.penalty_until.clone_from(&today);
            }
        }
        account.forced = standing;
        Ok(())
    }

    /// Interest for a time of suspension that is over, and when it ended, milliseconds.
    #[must_use]
    pub fn resumed(&self, loan: Uuid) -> Option<(u64, i64)> {
        self.servicing.accounts.get(&loan).filter(|account| account.forced.is_none())?.resumed
    }

    fn contract(&self, loan: &Loan) -> Result<Contract, Denial> {
        Ok(Contract {
            loan_id: loan.terms.loan_id,
            client_id: loan.terms.client_id,
            number: loan.terms.contract_number.clone(),
            principal_tiyn: loan.terms.principal_tiyn,
            issued: loan.terms.issued.clone(),
            contract_sha256: loan.terms.contract_sha256.clone(),
            standing: self.standing(loan.terms.loan_id)?,
        })
    }

    /// A client's contracts, newest first.
    ///
    /// # Errors
    /// `client_unknown`.
    pub fn contracts(&self, client: Uuid) -> Result<Vec<Contract>, Denial> {
        self.registered(client)?;
        let theirs = self.books.loans().iter().rev().filter(|loan| loan.terms.client_id == client);
        theirs.map(|loan| self.contract(loan)).collect()
    }

    /// The contract with this number.
    ///
    /// # Errors
    /// `contract_unknown`.
    pub fn contract_by_number(&self, number: &str) -> Result<Contract, Denial> {
        let loan = self.books.loans().iter().find(|loan| loan.terms.contract_number == number);
        self.contract(loan.ok_or(Denial::not_found("contract_unknown"))?)
    }

    /// The schedule in force.
    ///
    /// # Errors
    /// `loan_unknown`.
    pub fn schedule(&mut self, loan: Uuid) -> Result<Vec<Instalment>, Denial> {
        let (known, account) = self.loan_and_account(loan)?;
        if known.status == LoanStatus::Agreed {
            return Ok(schedule::of(&known.terms, known.terms.principal_tiyn));
        }
        Ok(account.schedule.clone())
    }

    /// The debt on a day.
    ///
    /// # Errors
    /// `loan_unknown`, `invalid_date`.
    pub fn debt(&self, loan: Uuid, on: &str) -> Result<Debt, Denial> {
        let known = self.books.loan(loan)?;
        if !schedule::is_date(on) {
            return Err(Denial::invalid("invalid_date"));
        }
        let nothing = Debt { loan_id: loan, on: on.to_owned(), ..Debt::default() };
        let Some(account) = self.servicing.accounts.get(&loan) else { return Ok(nothing) };
        Ok(match self.standing(loan)? {
            Standing::Agreed | Standing::Closed | Standing::Cancelled | Standing::WrittenOff { .. } => {
                nothing
            }
            Standing::Running => account.debt(known, on),
            Standing::Suspended { since_ms, .. } => {
                let since = schedule::date_of(since_ms.saturating_add(super::LOCAL_OFFSET_MS));
                let frozen = if since.as_str() < on { since } else { on.to_owned() };
                // Nothing is demanded while it rests.
                Debt { on: on.to_owned(), due_tiyn: 0, overdue_days: 0, ..account.debt(known, &frozen) }
            }
        })
    }

    /// Books money that came in, once.
    ///
    /// # Errors
    /// `loan_unknown`, `invalid_repayment`, `repayment_conflict`, `loan_not_running`.
    pub fn repay(&mut self, loan: Uuid, operation: Uuid, repayment: &Repayment) -> Result<Outcome, Denial> {
        let standing = self.standing(loan)?;
        let (known, account) = self.loan_and_account(loan)?;
        if let Some((before, outcome)) = account.repaid.get(&operation) {
            let same = before == repayment;
            return if same { Ok(outcome.clone()) } else { Err(Denial::conflict("repayment_conflict")) };
        }
        if repayment.amount_tiyn == 0 {
            return Err(Denial::invalid("invalid_repayment"));
        }
        let date = schedule::date_of(repayment.at_ms.saturating_add(super::LOCAL_OFFSET_MS));
        let allocation = match standing {
            Standing::Running | Standing::Suspended { .. } => {
                account.take(&known, repayment.amount_tiyn, repayment.early, &date)
            }
            // Money for what is not owed is the payer's.
            Standing::Closed | Standing::WrittenOff { .. } => {
                Allocation { overpaid_tiyn: repayment.amount_tiyn, ..Allocation::default() }
            }
            Standing::Agreed | Standing::Cancelled => return Err(Denial::conflict("loan_not_running")),
        };
        let (amount_tiyn, way) = (repayment.amount_tiyn, "terminal".to_owned());
        account.payments.insert(0, PaymentMade { date: date.clone(), amount_tiyn, allocation, way });
        let debt = self.debt(loan, &date)?;
        let closed = self.standing(loan)? == Standing::Closed;
        let outcome = Outcome { operation, allocation, debt, closed };
        let account = self.servicing.accounts.entry(loan).or_default();
        account.repaid.insert(operation, (repayment.clone(), outcome.clone()));
        Ok(outcome)
    }

    /// Payments made, newest first.
    ///
    /// # Errors
    /// `loan_unknown`.
    pub fn payments(&mut self, loan: Uuid) -> Result<Vec<PaymentMade>, Denial> {
        Ok(self.loan_and_account(loan)?.1.payments.clone())
    }

    /// Takes a contract out of force before money, once.
    ///
    /// # Errors
    /// `loan_unknown`, `loan_paid_out`, `cancellation_conflict`.
    pub fn cancel(&mut self, loan: Uuid, operation: Uuid, reason: &str) -> Result<(), Denial> {
        let (known, account) = self.loan_and_account(loan)?;
        if let Some((before, _)) = &account.cancelled {
            let same = *before == operation;
            return if same { Ok(()) } else { Err(Denial::conflict("cancellation_conflict")) };
        }
        if known.status != LoanStatus::Agreed {
            return Err(Denial::conflict("loan_paid_out"));
        }
        account.cancelled = Some((operation, reason.to_owned()));
        Ok(())
    }

    /// Moves the day of payout of a contract without money; the schedule begins on it. A day that an operation has moved
    /// is not moved again by it.
    ///
    /// # Errors
    /// `loan_unknown`, `loan_paid_out`, `loan_cancelled`, `invalid_loan`, `payout_day_conflict`.
    pub fn move_payout_day(&mut self, loan: Uuid, operation: Uuid, issued: &str) -> Result<(), Denial> {
        let (known, account) = self.loan_and_account(loan)?;
        if let Some(before) = account.days.get(&operation) {
            return if before == issued { Ok(()) } else { Err(Denial::conflict("payout_day_conflict")) };
        }
        if account.cancelled.is_some() {
            return Err(Denial::conflict("loan_cancelled"));
        }
        if known.status != LoanStatus::Agreed {
            return Err(Denial::conflict("loan_paid_out"));
        }
        account.days.insert(operation, issued.to_owned());
        Ok(self.books.move_payout_day(loan, issued)?)
    }

    /// Keeps money whose contract nobody knows, once.
    ///
    /// # Errors
    /// `unallocated_conflict`, `invalid_repayment`.
    pub fn hold_unallocated(&mut self, operation: Uuid, money: &Unallocated) -> Result<(), Denial> {
        if money.amount_tiyn == 0 || money.number.chars().count() > 64 {
            return Err(Denial::invalid("invalid_repayment"));
        }
        let held = self.servicing.unallocated.entry(operation).or_insert_with(|| money.clone());
        if held == money { Ok(()) } else { Err(Denial::conflict("unallocated_conflict")) }
    }

    /// Money whose contract nobody knows.
    #[must_use]
    pub fn unallocated(&self) -> &BTreeMap<Uuid, Unallocated> {
        &self.servicing.unallocated
    }

    /// The schedule after a supplement: it counts from a day, and what had accrued until then is paid with its first payment.
    pub(crate) fn replace_schedule(
        &mut self,
        loan: Uuid,
        schedule: &[Instalment],
        begins: &str,
        accrued: u64,
    ) {
        let Some(account) = self.servicing.accounts.get_mut(&loan) else { return };
        account.schedule = schedule.to_vec();
        if let Some(first) = account.schedule.first_mut() {
            first.interest_tiyn += accrued;
        }
        begins.clone_into(&mut account.accrued_until);
        begins.clone_into(&mut account.penalty_until);
    }
}

#[cfg(test)]
mod tests;
