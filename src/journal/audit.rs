//! The complete verification of a journal that is in use: every signature, link, note and attachment, in slices.
//!
//! A reading connection of its own looks at a few rows at a time, so that neither a commit nor the folding of the log
//! waits for it. Decides nothing about what a finding means.

use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::Connection;
use senim_operation::trust::Trust;

use crate::error::JournalError;
use crate::journal::Journal;
use crate::verify::{self, Walk};
use crate::{store, verify::Verified};

/// Rows that one slice may look at without holding up anybody noticeably.
pub const AUDIT_ROWS: usize = 200;

/// A verification under way.
pub struct Audit {
    path: PathBuf,
    trust: Arc<Trust>,
    /// Rows when it began; what this process wrote since, it has checked itself.
    end: u64,
    under_way: Option<(Connection, Walk)>,
    outcome: Option<Verified>,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Rows looked at, those that were pruned included.
    pub rows: u64,
    /// Rows there are to look at.
    pub of: u64,
    /// Whether everything was looked at.
    pub finished: bool,
}

impl Journal {
    /// A complete verification of what the file held before this process began; it runs on another thread.
    #[must_use]
    pub fn audit(&self) -> Audit {
        let end = self.epoch.as_ref().map_or(0, |epoch| epoch.seq);
        let options = &self.options;
        Audit {
            path: options.path.clone(),
            trust: Arc::clone(&options.trust),
            end,
            under_way: None,
            outcome: None,
        }
    }
}

impl Audit {
    /// Looks at some more rows; behind the last ones at everything else at once.
    ///
    /// # Errors
    /// [`JournalError::is_finding`]: what is wrong. Others: the file cannot be read now; the next call begins
    /// anew.
    pub fn step(&mut self, rows: usize) -> Result<Progress, JournalError> {
        if self.outcome.is_some() {
            return Ok(Progress { rows: self.end, of: self.end, finished: true });
        }
        let (db, mut walk) = match self.under_way.take() {
            Some(under_way) => under_way,
            None => {
                let db = store::connect_read_only(&self.path)?;
                let walk = Walk::begin(&db, &self.trust)?;
                (db, walk)
            }
        };
        let slice = db.unchecked_transaction()?;
        walk.go_on(&slice, self.end, rows)?;
        let at = walk.next_seq();
        let finished = at >= self.end;
        if finished {
            self.outcome = Some(verify::beside_the_rows(&slice, walk, &self.trust)?);
        } else {
            drop(slice);
            self.under_way = Some((db, walk));
        }
        Ok(Progress { rows: at, of: self.end, finished })
    }

    /// What was found in order, once it is finished.
    #[must_use]
    pub const fn outcome(&self) -> Option<&Verified> {
        self.outcome.as_ref()
    }
}
