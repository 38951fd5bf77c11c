//! Changes that core lending makes alone: only a lower rate is one (B2.4). The client is told by a letter and sees it in the
//! cabinet; whatever else core lending names is refused, and the contract stays as it was agreed.
//!
//! Each change is judged once, by the terms in force as this gateway concluded them, and core lending is told how.

use senim_domain::loan::{Method, Term};
use senim_domain::rate::AnnualRate;
use senim_domain::{ChangeId, LoanId, UtcMillis};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::connectors::{NoticeAbout, NoticeDue, OneSidedChange, OneSidedVerdict};
use crate::error::GatewayError;
use crate::records::{Loan, LoanState};
use crate::store::{self, Change, Collection, Expect};

/// Beginning of the key under which a verdict waits for core lending.
pub(crate) const VERDICT: &str = "oneSided/";

/// A rate that core lending lowered alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LoweredRate {
    /// Which change.
    pub change: ChangeId,
    /// The rate until then.
    pub former: AnnualRate,
    /// The rate from then on.
    pub rate: AnnualRate,
    /// Since when.
    pub since: UtcMillis,
}

/// What became of a change, for core lending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Verdict {
    pub change: ChangeId,
    pub verdict: OneSidedVerdict,
}

/// Terms in force.
struct Terms {
    rate: AnnualRate,
    term: Term,
    method: Method,
}

impl Gateway {
    /// Asks core lending what it wants to change alone, and judges what is new. Returns how many changes are new.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn judge_one_sided_changes(&self, now: UtcMillis) -> Result<usize, GatewayError> {
        let wanted = match self.connectors.core.one_sided_changes() {
            Ok(wanted) => wanted,
            Err(error) if error.is_not_offered() => return Ok(0),
            Err(error) => {
                tracing::warn!(%error, "changes by one side are not known");
                return Ok(0);
            }
        };
        let mut new = 0_usize;
        for change in wanted {
            let judged = self.deciding(|| {
                let mut changes = Vec::new();
                self.judge_one_sided(&change, now, &mut changes)?;
                self.store.commit(&changes)?;
                self.report_committed(&changes, now)?;
                Ok(!changes.is_empty())
            })?;
            new = new.saturating_add(usize::from(judged));
        }
        Ok(new)
    }

    fn judge_one_sided(
        &self,
        change: &OneSidedChange,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        let key = format!("{}/{}", change.loan, change.change);
        if self.store.document(Collection::OneSided, &key)?.is_some() {
            return Ok(());
        }
        let kept = self.kept_loan(change.loan)?.filter(|kept| kept.client == change.client);
        let verdict = match &kept {
            Some(loan) => verdict_on(change, self.terms_in_force(change.loan, loan)?.as_ref()),
            None => OneSidedVerdict::Refused,
        };
        let lowered = match (&verdict, kept) {
            (OneSidedVerdict::Taken, Some(loan)) => {
                let former = self.terms_in_force(change.loan, &loan)?.map(|terms| terms.rate);
                let about = NoticeAbout::LowerRate {
                    loan: change.loan,
                    number: loan.contract_number,
                    annual_rate_hundredths: change.annual_percent.units() / 10,
                };
                let notice = NoticeDue { client: change.client, about, since: change.since };
                self.take_up(&notice, now, changes)?;
                former.map(|former| LoweredRate {
                    change: change.change,
                    former,
                    rate: change.annual_percent,
                    since: change.since,
                })
            }
            (OneSidedVerdict::Taken | OneSidedVerdict::Refused, _) => {
                tracing::error!(loan = %change.loan, change = %change.change, "a change by one side is refused (B2.4)");
                None
            }
        };
        changes.push(store::put(Collection::OneSided, &key, Expect::Absent, &lowered)?);
        let waits = Verdict { change: change.change, verdict };
        let name = format!("{VERDICT}{}", change.change);
        changes.push(store::put(Collection::Outbox, &name, Expect::Any, &waits)?);
        Ok(())
    }

    /// Rates that core lending lowered alone, in their order.
    pub(crate) fn lowered_rates(&self, loan: LoanId) -> Result<Vec<LoweredRate>, GatewayError> {
        let documents = self.store.documents(Collection::OneSided, &format!("{loan}/"))?;
        let read = |document| Ok(store::parse::<Option<LoweredRate>>(Collection::OneSided, document)?.value);
        let read: Vec<Option<LoweredRate>> =
            documents.iter().map(read).collect::<Result<_, GatewayError>>()?;
        let mut lowered: Vec<LoweredRate> = read.into_iter().flatten().collect();
        lowered.sort_by_key(|one| one.since);
        Ok(lowered)
    }

    /// The terms in force, as they were concluded, amended and lowered here; `None`: there is no contract.
    fn terms_in_force(&self, id: LoanId, loan: &Loan) -> Result<Option<Terms>, GatewayError> {
        let LoanState::Concluded(agreement) = &loan.state else { return Ok(None) };
        let Ok(rate) = AnnualRate::from_units(loan.annual_rate_thousandths) else { return Ok(None) };
        let mut terms = Terms { rate, term: loan.term, method: agreement.method };
        let mut amended = agreement.at;
        for record in self.supplements_of(id)? {
            let Some(conclusion) = record.conclusion() else { continue };
            amended = conclusion.at;
            let of = record.terms;
            terms = Terms { rate: of.annual_percent, term: of.term, method: of.method };
        }
        let lowered = self.lowered_rates(id)?;
        if let Some(newest) = lowered.iter().rev().find(|one| one.since >= amended) {
            terms.rate = terms.rate.min(newest.rate);
        }
        Ok(Some(terms))
    }
}

/// Nothing but the rate may change, and that downwards.
fn verdict_on(change: &OneSidedChange, in_force: Option<&Terms>) -> OneSidedVerdict {
    match in_force {
        Some(terms)
            if change.annual_percent < terms.rate
                && change.term == terms.term
                && change.method == terms.method =>
        {
            OneSidedVerdict::Taken
        }
        Some(_) | None => OneSidedVerdict::Refused,
    }
}
