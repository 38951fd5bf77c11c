//! What must hold when the storm is over.

use std::collections::{BTreeMap, BTreeSet};

use senim_gateway_core::store::Store;
use serde::Serialize;

use crate::services::Services;
use crate::site::Site;
use crate::terminal::Account;

/// What was counted. Everything from `lost` to `conflicts` must be nothing.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Judgement {
    /// Rows that were durable at a terminal.
    pub operations: u64,
    pub attachments: u64,
    /// Payouts that were begun with leave.
    pub authorisations: u64,
    /// Loans paid in full.
    pub paid: u64,
    /// Rows that the gateway has not, or has otherwise.
    pub lost: u64,
    /// Rows that the gateway has and no terminal wrote.
    pub doubled: u64,
    pub attachments_lost: u64,
    pub authorised_twice: u64,
    /// Loans of which more left than was lent.
    pub overpaid: u64,
    /// Payouts of which core lending heard something else than the terminal gave.
    pub misreported: u64,
    pub conflicts: u64,
    /// The first few things that are wrong.
    pub findings: Vec<String>,
}

impl Judgement {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.lost
            + self.doubled
            + self.attachments_lost
            + self.authorised_twice
            + self.overpaid
            + self.misreported
            + self.conflicts
            == 0
    }

    fn find(&mut self, what: String) {
        if self.findings.len() < 20 {
            self.findings.push(what);
        }
    }
}

/// Compares what terminals saw with what the MFO has.
///
/// # Errors
/// The store cannot be opened.
pub fn judge(site: &Site, accounts: &[Account], services: &Services) -> anyhow::Result<Judgement> {
    let mut judgement = Judgement::default();
    let store = site.store()?;
    for account in accounts {
        rows(&mut judgement, store.as_ref(), account)?;
    }
    payouts(&mut judgement, accounts, services);
    Ok(judgement)
}

fn rows(judgement: &mut Judgement, store: &dyn Store, account: &Account) -> anyhow::Result<()> {
    let terminal = &account.terminal;
    for (seq, witness) in account.rows.iter().enumerate() {
        judgement.operations += 1;
        let stored = store.row(terminal, seq as u64)?;
        let same = stored.as_ref().is_some_and(|row| row.hash == witness.hash && row.op_id == witness.op_id);
        if !same {
            judgement.lost += 1;
            judgement
                .find(format!("{terminal} row {seq}: {}", stored.map_or("not there", |_| "another one")));
        }
        if let Some(sha256) = &witness.attachment {
            judgement.attachments += 1;
            if store.attachment(terminal, sha256)?.is_none() {
                judgement.attachments_lost += 1;
                judgement.find(format!("{terminal} row {seq}: its sealed part is not there"));
            }
        }
    }
    if store.row(terminal, account.rows.len() as u64)?.is_some() {
        judgement.doubled += 1;
        judgement.find(format!("{terminal}: rows that it never wrote"));
    }
    Ok(())
}

fn payouts(judgement: &mut Judgement, accounts: &[Account], services: &Services) {
    let mut begun: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut given: BTreeMap<&str, u64> = BTreeMap::new();
    let mut used = BTreeSet::new();
    for account in accounts {
        judgement.paid += account.paid as u64;
        for (loan, authorisation) in &account.authorised {
            judgement.authorisations += 1;
            begun.entry(loan).or_default().insert(authorisation);
            if !used.insert(authorisation) {
                judgement.authorised_twice += 1;
                judgement.find(format!("authorisation {authorisation} was used twice"));
            }
        }
        for (loan, _, _, tiyn) in &account.ends {
            *given.entry(loan).or_default() += tiyn;
        }
    }
    let principals = services.principals();
    for (loan, tiyn) in &given {
        if principals.get(*loan).is_none_or(|principal| tiyn > principal) && *tiyn > 0 {
            judgement.overpaid += 1;
            judgement.find(format!("loan {loan}: {tiyn} tiyn left"));
        }
    }
    let heard = services.paid();
    for (loan, tiyn) in given.iter().filter(|(_, tiyn)| **tiyn > 0) {
        if heard.get(*loan) != Some(tiyn) {
            judgement.misreported += 1;
            judgement
                .find(format!("loan {loan}: {tiyn} tiyn left, core lending heard {:?}", heard.get(*loan)));
        }
    }
    let conflicts = services.conflicts();
    judgement.conflicts = conflicts.len() as u64;
    conflicts.into_iter().for_each(|conflict| judgement.find(conflict));
}
