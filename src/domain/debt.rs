//! A debt in its parts, and what a payment goes to (R-006, R-044, R-045, B3.5).
//!
//! The order of parts comes from the rule pack: the law's is not known to this program. Amounts come from core lending;
//! [`Debt::on`] calculates them from a schedule where a program has to know by itself.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::loan::{LoanError, Schedule};
use crate::money::{MoneyError, Tiyn};

/// What can be owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DebtPart {
    /// Principal of instalments that are late.
    OverduePrincipal,
    /// Interest of instalments that are late.
    OverdueInterest,
    /// Penalty for delay.
    Penalty,
    /// Principal that is due now.
    Principal,
    /// Interest that is due now.
    Interest,
}

impl DebtPart {
    /// Every part.
    pub const ALL: [Self; 5] =
        [Self::OverduePrincipal, Self::OverdueInterest, Self::Penalty, Self::Principal, Self::Interest];
}

/// What is owed on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Debt {
    /// Principal of instalments that are late.
    pub overdue_principal_tiyn: Tiyn,
    /// Interest of instalments that are late.
    pub overdue_interest_tiyn: Tiyn,
    /// Penalty for delay.
    pub penalty_tiyn: Tiyn,
    /// Principal of the instalment that is due on this day.
    pub principal_tiyn: Tiyn,
    /// Interest of the instalment that is due on this day.
    pub interest_tiyn: Tiyn,
    /// Principal that is not due yet.
    pub later_principal_tiyn: Tiyn,
    /// Interest that has accrued since the last due date and is not due yet.
    pub accrued_interest_tiyn: Tiyn,
}

/// Where a payment went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allocation {
    /// To principal, late or due.
    pub principal_tiyn: Tiyn,
    /// To interest, late or due.
    pub interest_tiyn: Tiyn,
    /// To penalty.
    pub penalty_tiyn: Tiyn,
    /// Above everything that is due.
    pub rest_tiyn: Tiyn,
}

impl Debt {
    /// What a part is worth.
    #[must_use]
    pub const fn part(&self, part: DebtPart) -> Tiyn {
        match part {
            DebtPart::OverduePrincipal => self.overdue_principal_tiyn,
            DebtPart::OverdueInterest => self.overdue_interest_tiyn,
            DebtPart::Penalty => self.penalty_tiyn,
            DebtPart::Principal => self.principal_tiyn,
            DebtPart::Interest => self.interest_tiyn,
        }
    }

    const fn part_mut(&mut self, part: DebtPart) -> &mut Tiyn {
        match part {
            DebtPart::OverduePrincipal => &mut self.overdue_principal_tiyn,
            DebtPart::OverdueInterest => &mut self.overdue_interest_tiyn,
            DebtPart::Penalty => &mut self.penalty_tiyn,
            DebtPart::Principal => &mut self.principal_tiyn,
            DebtPart::Interest => &mut self.interest_tiyn,
        }
    }

    /// What has to be paid today: late and due parts with the penalty.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`].
    pub fn due(&self) -> Result<Tiyn, MoneyError> {
        Tiyn::sum(DebtPart::ALL.map(|part| self.part(part)))
    }

    /// The debt as the Rules define it: principal balance, accrued unpaid interest, penalty.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`].
    pub fn total(&self) -> Result<Tiyn, MoneyError> {
        self.due()?.plus(self.later_principal_tiyn)?.plus(self.accrued_interest_tiyn)
    }

    /// Pays the parts in `order`, each as far as the money goes. What is above stays in
    /// [`Allocation::rest_tiyn`]; parts that are not due are not touched.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`].
    pub fn pay(&mut self, amount: Tiyn, order: &[DebtPart]) -> Result<Allocation, MoneyError> {
        let mut allocation = Allocation { rest_tiyn: amount, ..Allocation::default() };
        for part in order {
            let owed = self.part_mut(*part);
            let paid = (*owed).min(allocation.rest_tiyn);
            *owed = owed.minus(paid)?;
            allocation.rest_tiyn = allocation.rest_tiyn.minus(paid)?;
            let to = match part {
                DebtPart::OverduePrincipal | DebtPart::Principal => &mut allocation.principal_tiyn,
                DebtPart::OverdueInterest | DebtPart::Interest => &mut allocation.interest_tiyn,
                DebtPart::Penalty => &mut allocation.penalty_tiyn,
            };
            *to = to.plus(paid)?;
        }
        Ok(allocation)
    }

    /// The debt on a day under a schedule, when so much principal and interest have been paid so far. Instalments are
    /// covered in order of date. `penalty` and `accrued` come from [`crate::penalty`] and [`crate::accrual`].
    ///
    /// # Errors
    /// [`LoanError::Inconsistent`] when more was paid than lent, [`LoanError::Money`].
    pub fn on(
        schedule: &Schedule,
        paid_principal: Tiyn,
        paid_interest: Tiyn,
        penalty: Tiyn,
        accrued: Tiyn,
        day: Date,
    ) -> Result<Self, LoanError> {
        let mut debt = Self { penalty_tiyn: penalty, accrued_interest_tiyn: accrued, ..Self::default() };
        let (mut principal_left, mut interest_left) = (paid_principal, paid_interest);
        for instalment in &schedule.instalments {
            let covered = instalment.principal_tiyn.min(principal_left);
            principal_left = principal_left.minus(covered)?;
            let principal = instalment.principal_tiyn.minus(covered)?;
            let covered = instalment.interest_tiyn.min(interest_left);
            interest_left = interest_left.minus(covered)?;
            let interest = instalment.interest_tiyn.minus(covered)?;
            if instalment.date < day {
                debt.overdue_principal_tiyn = debt.overdue_principal_tiyn.plus(principal)?;
                debt.overdue_interest_tiyn = debt.overdue_interest_tiyn.plus(interest)?;
            } else if instalment.date == day {
                (debt.principal_tiyn, debt.interest_tiyn) = (principal, interest);
            } else {
                debt.later_principal_tiyn = debt.later_principal_tiyn.plus(principal)?;
            }
        }
        if principal_left == Tiyn::ZERO { Ok(debt) } else { Err(LoanError::Inconsistent) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loan::{Method, Rate, Term, Terms, schedule};
    use jiff::civil::date;
    use proptest::prelude::*;

    fn loan() -> Schedule {
        let rate = Rate::Annual("36".parse().unwrap());
        let principal = Tiyn::from_tenge(300_000).unwrap();
        schedule(&Terms::new(principal, rate, Term::Months(12), Method::Differentiated, date(2026, 1, 15)))
            .unwrap()
    }

    fn sum(tenge: u64) -> Tiyn {
        Tiyn::from_tenge(tenge).unwrap()
    }

    #[test]
    fn a_debt_is_late_due_and_later_by_the_day_and_its_total_is_what_the_rules_say() {
        let schedule = loan();
        let on = |day| Debt::on(&schedule, sum(10_000), sum(9_000), sum(100), sum(5), day).unwrap();
        let debt = on(date(2026, 3, 15));
        assert_eq!((debt.overdue_principal_tiyn, debt.overdue_interest_tiyn), (sum(15_000), Tiyn::ZERO));
        assert_eq!((debt.principal_tiyn, debt.interest_tiyn), (sum(25_000), sum(8_250)));
        assert_eq!(debt.later_principal_tiyn, sum(250_000));
        assert_eq!(debt.due(), Ok(sum(15_000 + 25_000 + 8_250 + 100)));
        assert_eq!(debt.total(), Ok(sum(290_000 + 8_250 + 100 + 5)));
        let before = on(date(2026, 2, 1));
        assert_eq!(before.due(), Ok(sum(100)));
        assert_eq!(
            Debt::on(&schedule, sum(300_001), sum(0), sum(0), sum(0), date(2026, 3, 15)),
            Err(LoanError::Inconsistent)
        );
    }

    proptest! {
        #[test]
        fn every_tiyn_of_a_payment_goes_somewhere_and_no_part_gets_more_than_it_is(
            parts in prop::array::uniform5(0_u64..1_000_000), amount in 0_u64..6_000_000, order in Just(DebtPart::ALL.to_vec()).prop_shuffle(),
        ) {
            let money = |at: usize| Tiyn::new(parts[at]).unwrap();
            let before = Debt {
                overdue_principal_tiyn: money(0), overdue_interest_tiyn: money(1), penalty_tiyn: money(2),
                principal_tiyn: money(3), interest_tiyn: money(4), ..Debt::default()
            };
            let amount = Tiyn::new(amount).unwrap();
            let mut after = before;
            let went = after.pay(amount, &order).unwrap();
            let paid = Tiyn::sum([went.principal_tiyn, went.interest_tiyn, went.penalty_tiyn]).unwrap();
            prop_assert_eq!(paid.plus(went.rest_tiyn).unwrap(), amount);
            prop_assert_eq!(before.due().unwrap().minus(after.due().unwrap()).unwrap(), paid);
            prop_assert!(went.rest_tiyn == Tiyn::ZERO || after.due().unwrap() == Tiyn::ZERO);
            // A part is paid only when all before it are.
            let open = order.iter().position(|part| after.part(*part) > Tiyn::ZERO).unwrap_or(order.len());
            for part in order.iter().skip(open + 1) {
                prop_assert_eq!(after.part(*part), before.part(*part));
            }
        }
    }
}
