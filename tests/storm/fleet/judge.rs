//! What must hold once the fleet is drained.

use senim_gateway::commands;
use serde::Serialize;

use crate::fleet::prepare::Prepared;
use crate::site::Site;

/// Everything here must be nothing.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Loss {
    /// Rows that the gateway has not, or has otherwise.
    pub lost: u64,
    /// Rows that no terminal wrote.
    pub doubled: u64,
    pub attachments_lost: u64,
    /// Terminals of which nothing more is taken, and rows that were not understood.
    pub quarantined: u64,
    /// Terminals whose head at the gateway is not their own.
    pub heads: u64,
}

impl Loss {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn none(&self) -> bool {
        self.lost + self.doubled + self.attachments_lost + self.quarantined + self.heads == 0
    }
}

/// Compares every row with what the gateway has.
///
/// # Errors
/// The store cannot be opened or read.
pub fn judge(site: &Site, fleet: &[Prepared]) -> anyhow::Result<Loss> {
    let opened = commands::open(&site.config())?;
    let store = senim_gateway::store::open(&opened.config.store, &opened.config.postgres())?;
    let mut loss = Loss::default();
    for one in fleet {
        let first = one.first_seq;
        let stored = store.rows(&one.id, first, one.rows.len() + 1)?;
        let same = stored.iter().zip(&one.rows).filter(|(stored, row)| stored.compact == **row).count();
        loss.lost += (one.rows.len() - same) as u64;
        loss.doubled += stored.len().saturating_sub(one.rows.len()) as u64;
        loss.quarantined += stored.iter().filter(|row| row.quarantined).count() as u64;
        for (sha256, _) in &one.attachments {
            loss.attachments_lost += u64::from(store.attachment(&one.id, sha256)?.is_none());
        }
        let record = opened.gateway.terminal(&one.id)?;
        loss.quarantined += u64::from(record.as_ref().is_none_or(|record| record.quarantined.is_some()));
        let head = record.and_then(|record| record.head);
        loss.heads += u64::from(head.is_none_or(|head| head.hash != one.head));
    }
    Ok(loss)
}
