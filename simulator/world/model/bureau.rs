//! The credit bureau, the base of numbers, the register of entrepreneurs and the anti-fraud centre: decides what each
//! says of a person.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::coid::Outcome;
use super::{DAY_MS, Denial, LOCAL_OFFSET_MS, Model, schedule};
use crate::people::{Bmg, Fraud, iin_is_valid, phone_is_valid};

/// Confirmed income of everybody in this world, tiyn a month.
const INCOME: u64 = 30_000_000;

/// A loan elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BureauLoan {
    /// `bank` or `microfinance`.
    pub lender: Lender,
    /// Owed, tiyn.
    pub balance_tiyn: u64,
    /// Paid monthly, tiyn.
    pub monthly_tiyn: u64,
    /// Days in arrears.
    pub overdue_days: u32,
}

/// Kind of lender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lender {
    /// A bank.
    Bank,
    /// A microfinance organisation.
    Microfinance,
}

/// A report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The request.
    pub number: Uuid,
    /// About whom.
    pub iin: String,
    /// Its number.
    pub report_id: String,
    /// Voluntary refusal.
    pub refusal_set: bool,
    /// When the bureau looked, milliseconds.
    pub checked_ms: i64,
    /// Loans.
    pub loans: Vec<BureauLoan>,
    /// Income, tiyn a month; null: unknown.
    pub monthly_income_tiyn: Option<u64>,
    /// Longest arrears of twelve months.
    pub worst_overdue_days: u32,
    /// Day of the last forgiven debt.
    pub forgiven: Option<String>,
    /// In arrears again after restructuring.
    pub overdue_after_restructuring: bool,
    /// Active gambler.
    pub gambler: bool,
}

/// Whose a number is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Number {
    /// Whose it should be.
    pub iin: String,
    /// Whether it is.
    pub owner: Outcome,
    /// The report's number.
    pub report_id: String,
}

/// Registration as an entrepreneur.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entrepreneur {
    /// About whom.
    pub iin: String,
    /// Since when; null: not registered.
    pub since: Option<String>,
    /// The report's number.
    pub report_id: String,
}

/// What the anti-fraud centre says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    /// About which loan.
    pub loan_id: Uuid,
    /// What it says.
    pub verdict: Fraud,
    /// The report's number.
    pub report_id: String,
}

impl Model {
    /// A report, the same again for the same number.
    ///
    /// # Errors
    /// `person_unknown`, `number_conflict`, `consents_missing`.
    pub fn bureau_report(&mut self, number: Uuid, iin: &str, consents: [Uuid; 2]) -> Result<Report, Denial> {
        let [give, receive] = consents;
        if give.is_nil() || receive.is_nil() {
            return Err(Denial::forbidden("consents_missing"));
        }
        if let Some(before) = self.reports_kept.get(&number) {
            let same = before.iin == iin;
            return if same { Ok(before.clone()) } else { Err(Denial::conflict("number_conflict")) };
        }
        let quirks = self.by_iin(iin)?.quirks;
        let monthly_tiyn = INCOME / 100 * u64::from(quirks.kdn_hundredths);
        let mut loans = Vec::new();
        if monthly_tiyn > 0 || quirks.overdue_days > 0 {
            loans.push(BureauLoan {
                lender: if quirks.overdue_days > 0 { Lender::Microfinance } else { Lender::Bank },
                balance_tiyn: monthly_tiyn * 10,
                monthly_tiyn,
                overdue_days: quirks.overdue_days,
            });
        }
        let report = Report {
            number,
            iin: iin.to_owned(),
            report_id: self.report_id(),
            refusal_set: quirks.voluntary_refusal,
            checked_ms: self.now(),
            loans,
            monthly_income_tiyn: (!quirks.income_unknown).then_some(INCOME),
            worst_overdue_days: quirks.overdue_days.max(quirks.late_days),
            forgiven: quirks.forgiven_days_ago.map(|days| {
                let here = self.now().saturating_add(LOCAL_OFFSET_MS);
                schedule::date_of(here.saturating_sub(i64::from(days).saturating_mul(DAY_MS)))
            }),
            overdue_after_restructuring: false,
            gambler: quirks.gambler,
        };
        self.reports_kept.insert(number, report.clone());
        Ok(report)
    }

    /// Whether a number is a person's.
    ///
    /// # Errors
    /// `invalid_iin`, `invalid_phone`.
    pub fn number_owner(&mut self, iin: &str, phone: &str) -> Result<Number, Denial> {
        if !iin_is_valid(iin) {
            return Err(Denial::invalid("invalid_iin"));
        }
        if !phone_is_valid(phone) {
            return Err(Denial::invalid("invalid_phone"));
        }
        let theirs = self.by_iin(iin).ok().map(|person| (person.phone == phone, person.quirks.bmg));
        let somebodys = self.people().iter().any(|person| person.phone == phone);
        let owner = match theirs {
            Some((true, Bmg::Own)) => Outcome::Match,
            Some((true, Bmg::None)) => Outcome::Unknown,
            Some((true, Bmg::Other)) => Outcome::Mismatch,
            Some((false, _)) | None if somebodys => Outcome::Mismatch,
            Some((false, _)) | None => Outcome::Unknown,
        };
        Ok(Number { iin: iin.to_owned(), owner, report_id: self.report_id() })
    }

    /// Whether a person is registered as an entrepreneur.
    ///
    /// # Errors
    /// `invalid_iin`.
    pub fn entrepreneur(&mut self, iin: &str) -> Result<Entrepreneur, Denial> {
        if !iin_is_valid(iin) {
            return Err(Denial::invalid("invalid_iin"));
        }
        let registered = self.by_iin(iin).is_ok_and(|person| person.quirks.entrepreneur);
        let since = registered.then(|| "2021-06-01".to_owned());
        Ok(Entrepreneur { iin: iin.to_owned(), since, report_id: self.report_id() })
    }

    /// What the anti-fraud centre says before a contract or payout.
    ///
    /// # Errors
    /// `client_unknown`.
    pub fn judge(&mut self, client: Uuid, loan_id: Uuid, instructed: bool) -> Result<Judgement, Denial> {
        let usual = self.registered(client)?.quirks.fraud;
        let verdict = if instructed { Fraud::Stop } else { usual };
        Ok(Judgement { loan_id, verdict, report_id: self.report_id() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MAN, model};
    use super::*;

    #[test]
    fn a_report_is_the_same_for_its_number_and_fresh_for_another() {
        let mut model = model();
        let consents = [Uuid::from_u128(1), Uuid::from_u128(2)];
        let first = model.bureau_report(Uuid::from_u128(5), MAN, consents).unwrap();
        assert!(!first.refusal_set);
        model.set_quirks(MAN, |quirks| quirks.voluntary_refusal = true).unwrap();
        assert_eq!(model.bureau_report(Uuid::from_u128(5), MAN, consents).unwrap(), first);
        assert!(model.bureau_report(Uuid::from_u128(6), MAN, consents).unwrap().refusal_set);
        let none = [Uuid::nil(), Uuid::from_u128(2)];
        assert_eq!(model.bureau_report(Uuid::from_u128(7), MAN, none).unwrap_err().code, "consents_missing");
    }

    #[test]
    fn a_number_is_theirs_somebody_elses_or_nobodys() {
        let mut model = model();
        let own = model.by_iin(MAN).unwrap().phone.clone();
        assert_eq!(model.number_owner(MAN, &own).unwrap().owner, Outcome::Match);
        assert_eq!(model.number_owner(MAN, "+77010000002").unwrap().owner, Outcome::Mismatch);
        assert_eq!(model.number_owner(MAN, "+77019999999").unwrap().owner, Outcome::Unknown);
        let foreign = model.people().iter().find(|p| p.quirks.bmg == Bmg::Other).unwrap().clone();
        assert_eq!(model.number_owner(&foreign.iin, &foreign.phone).unwrap().owner, Outcome::Mismatch);
    }
}
