//! Flags that staff set and lift: a loan that is not paid, a terminal that is not believed.

use std::sync::PoisonError;

use senim_domain::{LoanId, TerminalId, UtcMillis};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::actor::Actor;
use crate::content_keys::Owner;
use crate::error::{GatewayError, Refusal};
use crate::intake::Evidence;
use crate::records::{Head, Loan};
use crate::store::{self, Collection, Expect};

/// A loan that staff froze.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanFlag {
    /// When.
    pub at: UtcMillis,
    /// Who and why.
    #[serde(flatten)]
    pub by: Actor,
}

/// Where a terminal's chain goes on once its quarantine is lifted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GoesOn {
    /// The last row that is believed; the next must follow it. `None`: the first row.
    pub head: Option<Head>,
}

/// A kept row that broke a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// SHA-256 of the row, base64url.
    pub sha256: String,
    /// When it came.
    pub at: UtcMillis,
    /// What is wrong with it.
    pub why: String,
    /// The row as it came.
    pub row: String,
}

impl Gateway {
    /// Freezes a loan, or lifts what staff froze.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`]: no such loan, no flag to lift, or a payout in doubt, which is settled instead.
    pub fn flag_loan(
        &self,
        loan: LoanId,
        suspect: bool,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<(), GatewayError> {
        let refused = |why: &str| GatewayError::from(Refusal::BadDirective(why.to_owned()));
        self.deciding(|| {
            let key = loan.to_string();
            let stored = store::load::<Loan>(self.store.as_ref(), Collection::Loan, &key)?
                .ok_or_else(|| refused("this gateway has no such loan"))?;
            let doubts = self.store.documents(Collection::Doubt, &format!("{loan}/"))?;
            let flagged = self.store.document(Collection::Flag, &key)?.is_some();
            // Frozen without either: put together again after a back-up.
            let other = stored.value.suspect && doubts.is_empty();
            if !suspect && !flagged && !other {
                let why = if doubts.is_empty() {
                    "this loan is not frozen"
                } else {
                    "a payout of this loan is in doubt; settle it"
                };
                return Err(refused(why));
            }
            let expect = stored.expect();
            let value = Loan { suspect: suspect || !doubts.is_empty(), ..stored.value };
            let flag = if suspect {
                store::put(Collection::Flag, &key, Expect::Any, &LoanFlag { at: now, by: by.clone() })?
            } else {
                store::remove(Collection::Flag, &key)
            };
            let act = if suspect { "flagLoan" } else { "unflagLoan" };
            let act = self.act_record(by, act, &key, now)?;
            Ok(self.store.commit(&[store::put(Collection::Loan, &key, expect, &value)?, flag, act])?)
        })
    }

    /// Stops believing a terminal, or believes it again from its last sound row on. Where rows are kept as evidence, the
    /// newest has to be named by its SHA-256: it was looked at.
    ///
    /// # Errors
    /// [`Refusal::NotEnrolled`], [`Refusal::BadDirective`].
    pub fn flag_terminal(
        &self,
        terminal: &TerminalId,
        quarantined: bool,
        seen: Option<&str>,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<GoesOn, GatewayError> {
        let refused = |why: &str| GatewayError::from(Refusal::BadDirective(why.to_owned()));
        let lane = self.lane(terminal);
        self.deciding(|| {
            let _turn = lane.lock().unwrap_or_else(PoisonError::into_inner);
            let mut record = self.load_terminal(terminal)?.ok_or(Refusal::NotEnrolled)?;
            if !quarantined {
                if record.value.quarantined.is_none() {
                    return Err(refused("this terminal is not quarantined"));
                }
                let newest = self.evidence(terminal)?.into_iter().next();
                if newest.is_some_and(|kept| Some(kept.sha256.as_str()) != seen) {
                    return Err(refused("look at the newest row kept as evidence and name its SHA-256"));
                }
            }
            let expect = record.expect();
            record.value.quarantined = quarantined.then(|| format!("by staff: {}", by.reason()));
            let act = if quarantined { "quarantine" } else { "unquarantine" };
            let act = self.act_record(by, act, terminal.as_str(), now)?;
            let put = store::put(Collection::Terminal, terminal.as_str(), expect, &record.value)?;
            self.store.commit(&[put, act])?;
            Ok(GoesOn { head: record.value.head })
        })
    }

    /// Loans that staff froze.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn flagged_loans(&self) -> Result<Vec<(String, LoanFlag)>, GatewayError> {
        let documents = self.store.documents(Collection::Flag, "")?;
        let mut flags = Vec::new();
        for document in &documents {
            flags.push((document.key.clone(), store::parse(Collection::Flag, document)?.value));
        }
        Ok(flags)
    }

    /// Rows of a terminal that are kept as evidence, newest first.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn evidence(&self, terminal: &TerminalId) -> Result<Vec<Kept>, GatewayError> {
        let prefix = format!("{terminal}/");
        let mut kept = Vec::new();
        let Some(content_key) = self.content_key(&Owner::evidence(terminal))? else { return Ok(kept) };
        for document in self.store.documents(Collection::Evidence, &prefix)? {
            let evidence: Evidence = store::parse(Collection::Evidence, &document)?.value;
            let sha256 = document.key.trim_start_matches(&prefix).to_owned();
            let row = content_key.open(&document.key, &evidence.row)?;
            let row = String::from_utf8_lossy(row.expose()).into_owned();
            kept.push(Kept { sha256, at: evidence.at, why: evidence.why, row });
        }
        kept.sort_by_key(|kept| std::cmp::Reverse(kept.at));
        Ok(kept)
    }
}
