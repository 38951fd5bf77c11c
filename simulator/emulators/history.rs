//! The last things a device without a line has told, numbered, so that whoever polls the control interface misses none of
//! them and takes none twice.

use std::collections::VecDeque;

use serde::Serialize;

/// How many are kept: far more than happen between two polls.
const KEPT: usize = 64;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told<T> {
    /// Number from 1, never used twice.
    pub seq: u64,
    /// What was told.
    #[serde(flatten)]
    pub what: T,
}

/// The last of them, oldest first.
#[derive(Debug, Clone)]
pub struct History<T> {
    kept: VecDeque<Told<T>>,
    seq: u64,
}

impl<T> Default for History<T> {
    fn default() -> Self {
        Self { kept: VecDeque::new(), seq: 0 }
    }
}

impl<T> History<T> {
    /// Adds one and forgets the oldest if there are too many.
    pub fn push(&mut self, what: T) {
        self.seq = self.seq.saturating_add(1);
        self.kept.push_back(Told { seq: self.seq, what });
        if self.kept.len() > KEPT {
            self.kept.pop_front();
        }
    }

    /// Number of the latest; 0 before the first.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// Those kept, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Told<T>> {
        self.kept.iter()
    }
}
