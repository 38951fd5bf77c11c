//! The books of a cash acceptor (design section 3, "Books"): `stacked = in stacker + collected ± adjusted`.
//!
//! A note is here only once its end in the stacker is known; one of which nobody knows where it ended is counted apart.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cash::{BooksError, Denomination};

/// Notes of one denomination that the acceptor took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AcceptedBooks {
    /// Credited into the stacker, cumulative.
    pub stacked: u32,
    /// Taken out of the stacker by exchanges.
    pub collected: u32,
    /// Notes that a count found beyond the books.
    pub adjusted_plus: u32,
    /// Notes that a count found missing from the books.
    pub adjusted_minus: u32,
    /// In escrow last and whereabouts unknown; not in the equation.
    pub in_doubt: u32,
}

impl AcceptedBooks {
    /// What lies in the stacker by the books.
    #[must_use]
    pub fn in_stacker(&self) -> u32 {
        let came = self.stacked.saturating_add(self.adjusted_plus);
        came.saturating_sub(self.collected).saturating_sub(self.adjusted_minus)
    }
}

/// The books of one acceptor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AcceptorBooks(pub BTreeMap<Denomination, AcceptedBooks>);

impl AcceptorBooks {
    /// One note more in the stacker.
    ///
    /// # Errors
    /// [`BooksError::Overflow`]; then nothing is changed.
    pub fn stack(&mut self, note: Denomination) -> Result<(), BooksError> {
        let sums = self.0.entry(note).or_default();
        sums.stacked = sums.stacked.checked_add(1).ok_or(BooksError::Overflow)?;
        Ok(())
    }

    /// One note of which nobody knows where it is.
    pub fn doubt(&mut self, note: Denomination) {
        let sums = self.0.entry(note).or_default();
        sums.in_doubt = sums.in_doubt.saturating_add(1);
    }

    /// A note in doubt was found.
    pub fn clear_doubt(&mut self, note: Denomination) {
        let sums = self.0.entry(note).or_default();
        sums.in_doubt = sums.in_doubt.saturating_sub(1);
    }

    /// Empties the stacker; what lay in it by the books, ascending.
    ///
    /// # Errors
    /// [`BooksError::Overflow`]; then nothing is changed.
    pub fn collect(&mut self) -> Result<Vec<(Denomination, u32)>, BooksError> {
        let mut after = self.clone();
        let mut taken = Vec::new();
        for (note, sums) in &mut after.0 {
            let lying = sums.in_stacker();
            if lying > 0 {
                sums.collected = sums.collected.checked_add(lying).ok_or(BooksError::Overflow)?;
                taken.push((*note, lying));
            }
        }
        *self = after;
        Ok(taken)
    }

    /// Notes in the stacker over all denominations.
    #[must_use]
    pub fn in_stacker(&self) -> u32 {
        self.0.values().fold(0, |sum, sums| sum.saturating_add(sums.in_stacker()))
    }

    /// Notes in doubt over all denominations.
    #[must_use]
    pub fn in_doubt(&self) -> u32 {
        self.0.values().fold(0, |sum, sums| sum.saturating_add(sums.in_doubt))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stacked_is_in_the_stacker_or_collected() {
        let mut books = AcceptorBooks::default();
        for note in [5_000, 5_000, 1_000] {
            books.stack(Denomination(note)).unwrap();
        }
        books.doubt(Denomination(2_000));
        assert_eq!((books.in_stacker(), books.in_doubt()), (3, 1));
        assert_eq!(books.collect().unwrap(), [(Denomination(1_000), 1), (Denomination(5_000), 2)]);
        assert_eq!(books.collect().unwrap(), []);
        books.stack(Denomination(5_000)).unwrap();
        let fives = books.0[&Denomination(5_000)];
        assert_eq!((fives.stacked, fives.collected, fives.in_stacker()), (3, 2, 1));
        books.clear_doubt(Denomination(2_000));
        assert_eq!(books.in_doubt(), 0);
    }
}
