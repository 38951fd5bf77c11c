//! Notes that stuck on the dispenser's way: what a technician counts of them.

use senim_domain::cash::{Denomination, UnitRequest};

/// Where the count of notes that stuck is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathPage {
    /// What to do before anything is counted.
    Open(Clearing),
    /// One value after the other.
    Counting(Clearing),
    /// What was counted, before it counts.
    Review(Clearing),
    /// It is written down.
    Cleared,
}

/// A count under way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clearing {
    /// What is counted, in order.
    pub values: Vec<Denomination>,
    /// Notes that were counted so far.
    pub answers: Vec<u32>,
}

impl Clearing {
    /// Every value of the notes that may lie there, the greatest first.
    #[must_use]
    pub fn of(stuck: &[UnitRequest]) -> Self {
        let mut values: Vec<Denomination> = stuck.iter().map(|notes| notes.denomination).collect();
        values.sort_unstable_by(|a, b| b.cmp(a));
        values.dedup();
        Self { values, answers: Vec::new() }
    }

    /// What is counted now; none: all is.
    #[must_use]
    pub fn asked(&self) -> Option<Denomination> {
        self.values.get(self.answers.len()).copied()
    }

    /// Each value with the notes of it that lay there.
    pub fn counted(&self) -> impl Iterator<Item = (Denomination, u32)> + '_ {
        self.values.iter().copied().zip(self.answers.iter().copied())
    }
}
