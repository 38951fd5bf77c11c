//! Decides what the lender's books say of loans: booked once by id, paid out once by request, never above principal.
//! It computes no interest; HTTP is `http`'s story.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Repayment method of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Equal instalments.
    Annuity,
    /// Equal parts of principal.
    Differentiated,
    /// All at the end.
    Single,
    /// The lender's own.
    Own,
}

/// A loan as agreed with the client, as the gateway books it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoanTerms {
    /// Id given by the gateway; booking the same again changes nothing.
    pub loan_id: Uuid,
    /// The client.
    pub client_id: Uuid,
    /// Number on the contract, 1 to 64 characters.
    pub contract_number: String,
    /// Principal, tiyn, at least 1.
    pub principal_tiyn: u64,
    /// Nominal rate in hundredths of a percent a year.
    pub annual_rate_hundredths: u32,
    /// Term in months; exactly one of months and days.
    pub months: Option<u32>,
    /// Term in days.
    pub days: Option<u32>,
    /// Repayment method.
    pub method: Method,
    /// Date of issue, `YYYY-MM-DD`.
    pub issued: String,
    /// SHA-256 of the signed PDF: 43 characters base64url or 64 hexadecimal digits.
    pub contract_sha256: String,
}

/// Money that has left towards the client under a loan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payout {
    /// Id given by the gateway; the same again changes nothing.
    pub request_id: Uuid,
    /// Sum paid, tiyn, at least 1.
    pub amount_tiyn: u64,
    /// Terminal that paid, 1 to 64 characters.
    pub terminal: String,
}

/// How far a loan has been paid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LoanStatus {
    /// Nothing paid.
    Agreed,
    /// Less than the principal paid.
    PartlyPaid,
    /// The whole principal paid.
    PaidOut,
}

/// A loan in the books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Loan {
    /// As agreed.
    #[serde(flatten)]
    pub terms: LoanTerms,
    /// Sum of payouts, tiyn; never above the principal.
    pub paid_out_tiyn: u64,
    /// How far it has been paid out.
    pub status: LoanStatus,
    /// Payouts in order of booking.
    pub payouts: Vec<Payout>,
}

/// Whether a booking was new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Booked {
    /// Booked now.
    New,
    /// The same had been booked before.
    Before,
}

/// Why a booking was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LendingError {
    /// A field is out of range.
    #[error("a field of the loan is out of range; correct it")]
    InvalidLoan,
    /// A field is out of range.
    #[error("a field of the payout is out of range; correct it")]
    InvalidPayout,
    /// The id or contract number belongs to another loan.
    #[error("the loan id or contract number is taken by another loan")]
    LoanConflict,
    /// No such loan.
    #[error("no such loan; book it first")]
    LoanUnknown,
    /// The request id was used with other content.
    #[error("the request id is taken by another payout")]
    PayoutConflict,
    /// More than is left of the principal.
    #[error("the payout exceeds what is left of the principal")]
    PayoutExceedsPrincipal,
}

/// The lender's books.
#[derive(Default)]
pub struct Books {
    loans: Vec<Loan>,
    /// Loan of each payout request: a request id serves one loan only.
    requests: BTreeMap<Uuid, Uuid>,
}

impl Books {
    /// Every loan in order of booking.
    #[must_use]
    pub fn loans(&self) -> &[Loan] {
        &self.loans
    }

    /// A loan by id.
    ///
    /// # Errors
    /// [`LendingError::LoanUnknown`].
    pub fn loan(&self, id: Uuid) -> Result<&Loan, LendingError> {
        self.loans.iter().find(|loan| loan.terms.loan_id == id).ok_or(LendingError::LoanUnknown)
    }

    /// Books a loan, once.
    ///
    /// # Errors
    /// [`LendingError::InvalidLoan`] or [`LendingError::LoanConflict`]; nothing is booked then.
    pub fn book(&mut self, terms: LoanTerms) -> Result<(Loan, Booked), LendingError> {
        if !terms_are_valid(&terms) {
            return Err(LendingError::InvalidLoan);
        }
        if let Ok(known) = self.loan(terms.loan_id) {
            let same = known.terms == terms;
            return if same { Ok((known.clone(), Booked::Before)) } else { Err(LendingError::LoanConflict) };
        }
        if self.loans.iter().any(|loan| loan.terms.contract_number == terms.contract_number) {
            return Err(LendingError::LoanConflict);
        }
        let loan = Loan { terms, paid_out_tiyn: 0, status: LoanStatus::Agreed, payouts: Vec::new() };
        self.loans.push(loan.clone());
        Ok((loan, Booked::New))
    }

    /// Gives a loan another day of payout.
    ///
    /// # Errors
    /// [`LendingError::LoanUnknown`], [`LendingError::InvalidLoan`].
    pub fn move_payout_day(&mut self, id: Uuid, issued: &str) -> Result<(), LendingError> {
        let loan = self.loans.iter_mut().find(|loan| loan.terms.loan_id == id);
        let loan = loan.ok_or(LendingError::LoanUnknown)?;
        let terms = LoanTerms { issued: issued.to_owned(), ..loan.terms.clone() };
        if !terms_are_valid(&terms) {
            return Err(LendingError::InvalidLoan);
        }
        loan.terms = terms;
        Ok(())
    }

    /// Books a payout, once.
    ///
    /// # Errors
    /// Any other [`LendingError`]; nothing is booked then.
    pub fn pay_out(&mut self, loan_id: Uuid, payout: Payout) -> Result<(Loan, Booked), LendingError> {
        if payout.amount_tiyn == 0 || !is_short_text(&payout.terminal) {
            return Err(LendingError::InvalidPayout);
        }
        let loan = self
            .loans
            .iter_mut()
            .find(|loan| loan.terms.loan_id == loan_id)
            .ok_or(LendingError::LoanUnknown)?;
        if let Some(owner) = self.requests.get(&payout.request_id) {
            let same = *owner == loan_id && loan.payouts.contains(&payout);
            return if same { Ok((loan.clone(), Booked::Before)) } else { Err(LendingError::PayoutConflict) };
        }
        let principal = loan.terms.principal_tiyn;
        let paid = loan
            .paid_out_tiyn
            .checked_add(payout.amount_tiyn)
            .filter(|paid| *paid <= principal)
            .ok_or(LendingError::PayoutExceedsPrincipal)?;
        self.requests.insert(payout.request_id, loan_id);
        loan.paid_out_tiyn = paid;
        loan.status = if paid == principal { LoanStatus::PaidOut } else { LoanStatus::PartlyPaid };
        loan.payouts.push(payout);
        Ok((loan.clone(), Booked::New))
    }
}

fn is_short_text(text: &str) -> bool {
    (1..=64).contains(&text.chars().count())
}

fn terms_are_valid(terms: &LoanTerms) -> bool {
    let term = matches!((terms.months, terms.days), (Some(1..), None) | (None, Some(1..)));
    let hash = &terms.contract_sha256;
    let is_hash = (hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()))
        || (hash.len() == 43 && hash.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
    term && is_hash
        && terms.principal_tiyn > 0
        && is_short_text(&terms.contract_number)
        && is_date(&terms.issued)
}

fn is_date(text: &str) -> bool {
    let mut parts = text
        .split('-')
        .map(|part| (part.len(), part.bytes().all(|b| b.is_ascii_digit()), part.parse::<u32>()));
    matches!(
        (parts.next(), parts.next(), parts.next(), parts.next()),
        (Some((4, true, Ok(_))), Some((2, true, Ok(1..=12))), Some((2, true, Ok(1..=31))), None)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> LoanTerms {
        LoanTerms {
            loan_id: Uuid::from_u128(1),
            client_id: Uuid::from_u128(2),
            contract_number: "MK-1".into(),
            principal_tiyn: 10_000_000,
            annual_rate_hundredths: 4600,
            months: Some(6),
            days: None,
            method: Method::Annuity,
            issued: "2026-11-22".into(),
            contract_sha256: "a".repeat(43),
        }
    }

    fn payout(request: u128, amount_tiyn: u64) -> Payout {
        Payout { request_id: Uuid::from_u128(request), amount_tiyn, terminal: "t1".into() }
    }

    #[test]
    fn a_loan_is_booked_once_and_other_content_conflicts() {
        let mut books = Books::default();
        assert_eq!(books.book(terms()).unwrap().1, Booked::New);
        assert_eq!(books.book(terms()).unwrap().1, Booked::Before);
        let other = LoanTerms { principal_tiyn: 1, ..terms() };
        assert_eq!(books.book(other).unwrap_err(), LendingError::LoanConflict);
        let number_taken = LoanTerms { loan_id: Uuid::from_u128(9), ..terms() };
        assert_eq!(books.book(number_taken).unwrap_err(), LendingError::LoanConflict);
        assert_eq!(books.loans().len(), 1);
    }

    #[test]
    fn payouts_count_once_and_never_exceed_the_principal() {
        let mut books = Books::default();
        books.book(terms()).unwrap();
        let id = Uuid::from_u128(1);
        assert_eq!(books.pay_out(id, payout(1, 4_000_000)).unwrap().0.status, LoanStatus::PartlyPaid);
        assert_eq!(books.pay_out(id, payout(1, 4_000_000)).unwrap().1, Booked::Before);
        assert_eq!(books.pay_out(id, payout(1, 5)).unwrap_err(), LendingError::PayoutConflict);
        for amount in [6_000_001, u64::MAX] {
            assert_eq!(
                books.pay_out(id, payout(2, amount)).unwrap_err(),
                LendingError::PayoutExceedsPrincipal
            );
        }
        let (loan, _) = books.pay_out(id, payout(2, 6_000_000)).unwrap();
        assert_eq!(
            (loan.paid_out_tiyn, loan.status, loan.payouts.len()),
            (10_000_000, LoanStatus::PaidOut, 2)
        );
        assert_eq!(books.pay_out(Uuid::from_u128(7), payout(3, 1)).unwrap_err(), LendingError::LoanUnknown);
        assert_eq!(books.pay_out(id, payout(3, 0)).unwrap_err(), LendingError::InvalidPayout);
    }

    #[test]
    fn loans_with_a_field_out_of_range_are_refused() {
        let broken: [fn(&mut LoanTerms); 8] = [
            |t| t.principal_tiyn = 0,
            |t| t.months = None,
            |t| t.days = Some(30),
            |t| t.months = Some(0),
            |t| t.contract_number.clear(),
            |t| t.issued = "22.11.2026".into(),
            |t| t.issued = "2026-13-01".into(),
            |t| t.contract_sha256 = "short".into(),
        ];
        for (i, breaks) in broken.into_iter().enumerate() {
            let mut terms = terms();
            breaks(&mut terms);
            assert_eq!(Books::default().book(terms).unwrap_err(), LendingError::InvalidLoan, "{i}");
        }
    }
}
