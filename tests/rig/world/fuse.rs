//! Where a cut falls: a count of everything that can be lost by one.

/// Counts the bytes on the lines of dispenser and acceptor, both ways, the notes that the dispenser has put where they go,
/// and the rows that became durable. Where it is
/// told to, it blows: nothing behind that boundary happens any more, and the world stands still until somebody kills
/// the process or cuts its power.
#[derive(Clone, Debug, Default)]
pub struct Fuse {
    passed: u64,
    /// Which boundaries are notes, by what had passed with them.
    notes: Vec<u64>,
    blows_at: Option<u64>,
    blown: bool,
}

impl Fuse {
    /// Boundaries passed since the world began.
    #[must_use]
    pub const fn passed(&self) -> u64 {
        self.passed
    }

    /// Boundaries that were notes, by what had passed with them.
    #[must_use]
    pub fn notes(&self) -> &[u64] {
        &self.notes
    }

    /// Whether it has blown.
    #[must_use]
    pub const fn blown(&self) -> bool {
        self.blown
    }

    /// Lets so many boundaries pass, all told, and no more.
    pub const fn blow_at(&mut self, passed: u64) {
        self.blows_at = Some(passed);
    }

    /// Takes back what it was told.
    pub const fn mend(&mut self) {
        self.blows_at = None;
        self.blown = false;
    }

    /// So many notes have come to where they go, which nothing holds up.
    pub(super) fn note(&mut self, notes: u64) {
        for _ in 0..notes {
            if self.pass(1) == 1 {
                self.notes.push(self.passed);
            }
        }
    }

    /// How many of so many boundaries in a row pass.
    pub(super) fn pass(&mut self, boundaries: usize) -> usize {
        if self.blown || boundaries == 0 {
            return 0;
        }
        let mut through = boundaries;
        if let Some(left) = self.blows_at.map(|end| end.saturating_sub(self.passed)) {
            through = through.min(usize::try_from(left).unwrap_or(usize::MAX));
        }
        self.passed += through as u64;
        self.blown = self.blows_at.is_some_and(|end| self.passed >= end);
        through
    }
}
