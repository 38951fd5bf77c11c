//! What the gateway counts about itself since its start: numbers without names of terminals.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use senim_operation::Body;

/// How a row fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowResult {
    /// Kept and understood.
    Kept,
    /// Kept, of an unknown kind.
    Unknown,
    /// Here already.
    Repeated,
    /// Not believed.
    Refused,
}

impl RowResult {
    /// Its code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Unknown => "unknown",
            Self::Repeated => "repeated",
            Self::Refused => "refused",
        }
    }
}

/// A reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows by kind and result. A kind that this version does not know counts as `other`.
    pub rows: BTreeMap<(&'static str, RowResult), u64>,
    /// Batches taken.
    pub batches: u64,
    /// Bytes of the rows in them.
    pub bytes: u64,
    /// Sealed attachments opened.
    pub openings: u64,
    /// Quarantines and loans frozen: things that somebody has to look at.
    pub alarms: u64,
}

/// The counters.
#[derive(Debug, Default)]
pub struct Meter(Mutex<Counts>);

impl Meter {
    /// The counters now.
    #[must_use]
    pub fn read(&self) -> Counts {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn add(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Counts {
    pub(crate) fn row(&mut self, kind: &str, result: RowResult) {
        let known = Body::KINDS.iter().find(|known| **known == kind).copied().unwrap_or("other");
        let count = self.rows.entry((known, result)).or_default();
        *count = count.saturating_add(1);
    }
}
