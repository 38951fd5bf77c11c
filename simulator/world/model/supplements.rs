//! Decides what became of changes of a contract: offered by the lender, concluded under the hash of what was signed, declined,
//! or asked for by a client who cannot pay as agreed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::bank::Account;
use super::cabinet::DeskOrder;
use super::schedule::{self, Instalment};
use super::servicing::Standing;
use super::{Denial, Model};
use crate::lending::Method;

/// A supplement that waits for the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Supplement {
    /// Identity.
    pub supplement_id: Uuid,
    /// Number, unique with the loan.
    pub number: String,
    /// The contract.
    pub loan_id: Uuid,
    /// `supplement` or `restructuring`.
    pub kind: String,
    /// Principal that is left.
    pub principal_tiyn: u64,
    /// Nominal rate from then on, hundredths of a percent a year.
    pub annual_rate_hundredths: u32,
    /// Term in months; exactly one of months and days.
    pub months: Option<u32>,
    /// Term in days.
    pub days: Option<u32>,
    /// Way of repayment.
    pub method: Method,
    /// From which day, `YYYY-MM-DD`.
    pub begins: String,
    /// Interest until then.
    pub interest_tiyn: u64,
    /// Penalty until then.
    pub penalty_tiyn: u64,
    /// It waits until then, milliseconds.
    pub expires_ms: i64,
}

/// What the lender proposes for a contract; what is left to pay is looked up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// `supplement` or `restructuring`.
    pub kind: String,
    /// Nominal rate from today on, hundredths of a percent a year.
    pub annual_rate_hundredths: u32,
    /// Term from today on.
    pub months: u32,
}

/// A supplement that is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conclusion {
    /// The row in which the client agreed.
    pub operation: Uuid,
    /// SHA-256 of what was signed, base64url.
    pub sha256: String,
    /// The schedule that was signed.
    pub schedule: Vec<Instalment>,
}

/// A client asks for other terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Who.
    pub client_id: Uuid,
    /// Why.
    pub reason: String,
    /// What.
    pub relief: String,
    /// For how many months.
    pub months: Option<u32>,
    /// When, milliseconds.
    pub at_ms: i64,
    /// Last day of the answer, `YYYY-MM-DD`.
    pub answer_by: String,
}

/// A change that the lender wants to make alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneSided {
    /// Identity.
    pub change_id: Uuid,
    /// The contract.
    pub loan_id: Uuid,
    /// Whose.
    pub client_id: Uuid,
    /// Nominal rate, hundredths of a percent a year.
    pub annual_rate_hundredths: u32,
    /// Term in months; exactly one of months and days.
    pub months: Option<u32>,
    /// Term in days.
    pub days: Option<u32>,
    /// Way of repayment.
    pub method: Method,
    /// Since when, milliseconds.
    pub since_ms: i64,
}

/// How a client wants their money back.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundChoice {
    /// The row that says so.
    pub operation: Uuid,
    /// Whose.
    pub client_id: Uuid,
    /// Their account; none: at the cash desk.
    pub account: Option<Account>,
    /// The bank's report that it is theirs.
    pub report_id: Option<String>,
}

/// Changes of contracts.
#[derive(Default)]
pub struct Changes {
    one_sided: Vec<OneSided>,
    verdicts: BTreeMap<Uuid, String>,
    refunds: BTreeMap<Uuid, RefundChoice>,
    offered: Vec<Supplement>,
    concluded: BTreeMap<Uuid, Conclusion>,
    declined: BTreeMap<Uuid, Uuid>,
    requests: BTreeMap<Uuid, (Uuid, Request)>,
}

impl Model {
    /// Offers a supplement to the borrower of its loan.
    ///
    /// # Errors
    /// `loan_unknown`.
    pub fn offer_supplement(&mut self, supplement: &Supplement) -> Result<(), Denial> {
        self.books.loan(supplement.loan_id)?;
        self.changes.offered.push(supplement.clone());
        Ok(())
    }

    /// Offers other terms from today on for what is left of a loan; they wait for a week.
    ///
    /// # Errors
    /// `loan_unknown`, `loan_not_running`.
    pub fn propose(&mut self, loan: Uuid, proposal: &Proposal) -> Result<Supplement, Denial> {
        if self.standing(loan)? != Standing::Running {
            return Err(Denial::conflict("loan_not_running"));
        }
        let (today, method) = (self.today(), self.books.loan(loan)?.terms.method);
        let debt = self.debt(loan, &today)?;
        let count = self.changes.offered.iter().filter(|one| one.loan_id == loan).count();
        let supplement = Supplement {
            supplement_id: Uuid::from_u128(loan.as_u128().wrapping_add(count as u128).wrapping_add(1)),
            number: (count + 1).to_string(),
            loan_id: loan,
            kind: proposal.kind.clone(),
            principal_tiyn: debt.principal_tiyn,
            annual_rate_hundredths: proposal.annual_rate_hundredths,
            months: Some(proposal.months),
            days: None,
            method,
            begins: today,
            interest_tiyn: debt.interest_tiyn,
            penalty_tiyn: debt.penalty_tiyn,
            expires_ms: self.now().saturating_add(7 * super::DAY_MS),
        };
        self.changes.offered.push(supplement.clone());
        Ok(supplement)
    }

    /// Supplements that wait for a client.
    ///
    /// # Errors
    /// `client_unknown`.
    pub fn supplements(&self, client: Uuid) -> Result<Vec<Supplement>, Denial> {
        self.registered(client)?;
        let waiting = self.changes.offered.iter().filter(|one| {
            let theirs = self.books.loan(one.loan_id).is_ok_and(|loan| loan.terms.client_id == client);
            let id = &one.supplement_id;
            theirs && !self.changes.concluded.contains_key(id) && !self.changes.declined.contains_key(id)
        });
        Ok(waiting.cloned().collect())
    }

    fn offered(&self, loan: Uuid, supplement: Uuid) -> Result<&Supplement, Denial> {
        let mut offered = self.changes.offered.iter();
        let found = offered.find(|one| one.loan_id == loan && one.supplement_id == supplement);
        found.ok_or(Denial::not_found("supplement_unknown"))
    }

    /// Enters a supplement as concluded, once.
    ///
    /// # Errors
    /// `supplement_unknown`, `supplement_conflict`, `invalid_schedule`.
    pub fn conclude_supplement(
        &mut self,
        loan: Uuid,
        supplement: Uuid,
        conclusion: &Conclusion,
    ) -> Result<(), Denial> {
        let offered = self.offered(loan, supplement)?.clone();
        if let Some(before) = self.changes.concluded.get(&supplement) {
            let same = before == conclusion;
            return if same { Ok(()) } else { Err(Denial::conflict("supplement_conflict")) };
        }
        if self.changes.declined.contains_key(&supplement) {
            return Err(Denial::conflict("supplement_conflict"));
        }
        let sum: u64 = conclusion.schedule.iter().map(|one| one.principal_tiyn).sum();
        let dated = conclusion.schedule.iter().all(|one| schedule::is_date(&one.date));
        if sum != offered.principal_tiyn || !dated {
            return Err(Denial::invalid("invalid_schedule"));
        }
        self.changes.concluded.insert(supplement, conclusion.clone());
        self.replace_schedule(loan, &conclusion.schedule, &offered.begins, offered.interest_tiyn);
        Ok(())
    }

    /// Takes a supplement back, as its client does not want it, once.
    ///
    /// # Errors
    /// `supplement_unknown`, `supplement_conflict`.
    pub fn decline_supplement(
        &mut self,
        loan: Uuid,
        supplement: Uuid,
        operation: Uuid,
    ) -> Result<(), Denial> {
        self.offered(loan, supplement)?;
        if self.changes.concluded.contains_key(&supplement) {
            return Err(Denial::conflict("supplement_conflict"));
        }
        let before = *self.changes.declined.entry(supplement).or_insert(operation);
        if before == operation { Ok(()) } else { Err(Denial::conflict("supplement_conflict")) }
    }

    /// Takes a request for other terms, once.
    ///
    /// # Errors
    /// `loan_unknown`, `invalid_request`, `request_conflict`.
    pub fn ask_restructuring(
        &mut self,
        loan: Uuid,
        operation: Uuid,
        request: &Request,
    ) -> Result<(), Denial> {
        let theirs = self.books.loan(loan)?.terms.client_id == request.client_id;
        if !theirs || !schedule::is_date(&request.answer_by) || request.months == Some(0) {
            return Err(Denial::invalid("invalid_request"));
        }
        let asked = (loan, request.clone());
        let known = self.changes.requests.entry(operation).or_insert_with(|| asked.clone());
        if *known == asked { Ok(()) } else { Err(Denial::conflict("request_conflict")) }
    }

    /// The lender changes a contract alone.
    ///
    /// # Errors
    /// `loan_unknown`.
    pub fn change_alone(&mut self, change: &OneSided) -> Result<(), Denial> {
        self.books.loan(change.loan_id)?;
        self.changes.one_sided.push(change.clone());
        Ok(())
    }

    /// What the lender wants to change alone and nobody has judged.
    #[must_use]
    pub fn one_sided_changes(&self) -> Vec<OneSided> {
        let open = |one: &&OneSided| !self.changes.verdicts.contains_key(&one.change_id);
        self.changes.one_sided.iter().filter(open).cloned().collect()
    }

    /// Whether a change stands, once.
    ///
    /// # Errors
    /// `change_unknown`, `verdict_conflict`.
    pub fn judge_one_sided(&mut self, change: Uuid, verdict: &str) -> Result<(), Denial> {
        if self.changes.one_sided.iter().all(|one| one.change_id != change) {
            return Err(Denial::not_found("change_unknown"));
        }
        let before = self.changes.verdicts.entry(change).or_insert_with(|| verdict.to_owned());
        if before == verdict { Ok(()) } else { Err(Denial::conflict("verdict_conflict")) }
    }

    /// How a change was judged.
    #[must_use]
    pub fn verdict(&self, change: Uuid) -> Option<&str> {
        self.changes.verdicts.get(&change).map(String::as_str)
    }

    /// What goes back of a contract that was written off: everything that was paid, until its client has said how.
    ///
    /// # Errors
    /// `loan_unknown`.
    pub fn refund_due(&mut self, loan: Uuid) -> Result<u64, Denial> {
        let written_off = matches!(self.standing(loan)?, Standing::WrittenOff { .. });
        if !written_off || self.changes.refunds.contains_key(&loan) {
            return Ok(0);
        }
        Ok(self.payments(loan)?.iter().map(|one| one.amount_tiyn).sum())
    }

    /// How the client wants it, once; the order at the desk, where they want it there.
    ///
    /// # Errors
    /// `loan_unknown`, `refund_not_due`, `refund_conflict`.
    pub fn choose_refund(&mut self, loan: Uuid, choice: &RefundChoice) -> Result<Option<DeskOrder>, Denial> {
        let theirs = self.books.loan(loan)?.terms.client_id == choice.client_id;
        let known = self.changes.refunds.get(&loan).cloned();
        let amount = match &known {
            Some(known) if known == choice => self.payments(loan)?.iter().map(|one| one.amount_tiyn).sum(),
            Some(_) => return Err(Denial::conflict("refund_conflict")),
            None => self.refund_due(loan)?,
        };
        if amount == 0 || !theirs {
            return Err(Denial::conflict("refund_not_due"));
        }
        self.changes.refunds.insert(loan, choice.clone());
        match &choice.account {
            Some(_) => Ok(None),
            None => self.order_at_desk(loan, choice.operation, amount).map(Some),
        }
    }

    /// How many supplements are in force, and how many were declined.
    #[must_use]
    pub fn supplements_decided(&self) -> (usize, usize) {
        (self.changes.concluded.len(), self.changes.declined.len())
    }

    /// Requests for other terms, with their loans.
    #[must_use]
    pub fn restructuring_requests(&self) -> &BTreeMap<Uuid, (Uuid, Request)> {
        &self.changes.requests
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MAN, model};
    use super::*;
    use crate::lending::{LoanTerms, Payout};

    fn lent() -> (Model, Uuid, Uuid) {
        let mut model = model();
        let client_id = model.by_iin(MAN).unwrap().client_id;
        let (loan_id, issued) = (Uuid::from_u128(9), model.today());
        let terms = LoanTerms {
            loan_id,
            client_id,
            contract_number: "MK-9".into(),
            principal_tiyn: 10_000_000,
            annual_rate_hundredths: 3800,
            months: Some(6),
            days: None,
            method: Method::Annuity,
            issued,
            contract_sha256: "A".repeat(43),
        };
        model.books.book(terms).unwrap();
        let request_id = Uuid::from_u128(10);
        model.pay_out(loan_id, Payout { request_id, amount_tiyn: 10_000_000, terminal: "t".into() }).unwrap();
        (model, client_id, loan_id)
    }

    fn proposal() -> Proposal {
        Proposal { kind: "restructuring".into(), annual_rate_hundredths: 2400, months: 12 }
    }

    fn conclusion(principal_tiyn: u64, operation: u128) -> Conclusion {
        let one =
            Instalment { no: 1, date: "2026-04-02".into(), principal_tiyn, interest_tiyn: 100, paid_tiyn: 0 };
        Conclusion { operation: Uuid::from_u128(operation), sha256: "B".repeat(43), schedule: vec![one] }
    }

    #[test]
    fn a_supplement_is_concluded_once_and_its_schedule_takes_the_place_of_the_former() {
        let (mut model, client, loan) = lent();
        let offered = model.propose(loan, &proposal()).unwrap();
        assert_eq!(model.supplements(client).unwrap(), std::slice::from_ref(&offered));
        let id = offered.supplement_id;
        let wrong = model.conclude_supplement(loan, id, &conclusion(9_999_999, 1)).unwrap_err();
        assert_eq!(wrong.code, "invalid_schedule");
        model.conclude_supplement(loan, id, &conclusion(10_000_000, 1)).unwrap();
        model.conclude_supplement(loan, id, &conclusion(10_000_000, 1)).unwrap();
        let again = model.conclude_supplement(loan, id, &conclusion(10_000_000, 2)).unwrap_err();
        assert_eq!(again.code, "supplement_conflict");
        assert_eq!(model.schedule(loan).unwrap(), conclusion(10_000_000, 1).schedule);
        assert!(model.supplements(client).unwrap().is_empty());
        let late = model.decline_supplement(loan, id, Uuid::from_u128(3)).unwrap_err();
        assert_eq!(late.code, "supplement_conflict");
    }

    #[test]
    fn a_supplement_that_is_declined_waits_no_more_and_is_not_concluded() {
        let (mut model, client, loan) = lent();
        let id = model.propose(loan, &proposal()).unwrap().supplement_id;
        model.decline_supplement(loan, id, Uuid::from_u128(1)).unwrap();
        model.decline_supplement(loan, id, Uuid::from_u128(1)).unwrap();
        assert!(model.supplements(client).unwrap().is_empty());
        let late = model.conclude_supplement(loan, id, &conclusion(10_000_000, 2)).unwrap_err();
        assert_eq!(late.code, "supplement_conflict");
        let second = model.propose(loan, &proposal()).unwrap();
        assert_eq!((second.number.as_str(), second.supplement_id == id), ("2", false));
    }

    #[test]
    fn a_request_for_other_terms_is_taken_once_and_from_its_own_client_alone() {
        let (mut model, client_id, loan) = lent();
        let request = Request {
            client_id,
            reason: "illness".into(),
            relief: "longerTerm".into(),
            months: Some(6),
            at_ms: 1,
            answer_by: "2026-03-17".into(),
        };
        let operation = Uuid::from_u128(4);
        model.ask_restructuring(loan, operation, &request).unwrap();
        model.ask_restructuring(loan, operation, &request).unwrap();
        let other = Request { reason: "other".into(), ..request.clone() };
        assert_eq!(model.ask_restructuring(loan, operation, &other).unwrap_err().code, "request_conflict");
        let foreign = Request { client_id: Uuid::from_u128(1), ..request };
        let denied = model.ask_restructuring(loan, Uuid::from_u128(5), &foreign).unwrap_err();
        assert_eq!((denied.code, model.restructuring_requests().len()), ("invalid_request", 1));
    }
}
