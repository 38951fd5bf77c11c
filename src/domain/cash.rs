//! Cash units and the books over them (design section 3, "Books").
//!
//! `initial + added − collected ± adjusted = in cassettes + in reject unit + in retract unit + distributed + uncertain`
//! per denomination. The books change only through the functions here, each of which keeps the equation; they are
//! folded from journal rows, never from configuration.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::money::{MoneyError, Tiyn};

/// Face value of a note in whole tenge (200 … 20,000).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Denomination(pub u32);

impl Denomination {
    /// Worth of `notes` notes.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] past what money can hold.
    pub fn times(self, notes: u32) -> Result<Tiyn, MoneyError> {
        Tiyn::from_tenge(u64::from(self.0))?.times(u64::from(notes))
    }
}

/// Position of a cassette in the dispenser, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnitNo(pub u8);

/// One cassette of a dispenser and the notes that the books know in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitStock {
    /// Position from 1.
    pub unit: UnitNo,
    /// Face value loaded.
    pub denomination: Denomination,
    /// Notes in the cassette by the books.
    pub notes: u32,
}

/// Notes to take from one cassette in one bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitRequest {
    /// Cassette.
    pub unit: UnitNo,
    /// Face value, for whoever reads the row alone.
    pub denomination: Denomination,
    /// Notes to distribute.
    pub notes: u32,
}

/// What a dispenser said of one cassette after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitMoved {
    /// Cassette.
    pub unit: UnitNo,
    /// Notes that left the device (LCDM: EXIT).
    pub distributed: u32,
    /// Notes that went to the reject unit.
    pub rejected: u32,
}

/// How a bundle ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BundleResult {
    /// Certainly no note left the device.
    NotDispensed,
    /// Exactly the requested notes left.
    Dispensed,
    /// Fewer notes left, and the device counted them.
    Partial,
    /// Nobody knows; cash service stops until a count settles it.
    Uncertain,
}

/// Notes of one denomination, wherever they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DenominationBooks {
    /// Brought by exchanges.
    pub added: u32,
    /// Taken out of any unit by exchanges.
    pub collected: u32,
    /// Notes that a count found beyond the books.
    pub adjusted_plus: u32,
    /// Notes that a count found missing from the books.
    pub adjusted_minus: u32,
    /// Lying in the reject unit.
    pub in_reject: u32,
    /// Lying in the retract unit.
    pub in_retract: u32,
    /// Handed out, cumulative.
    pub distributed: u32,
    /// Out of the cassette's account, whereabouts unknown.
    pub uncertain: u32,
}

/// The books of one dispenser.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CashBooks {
    /// Cassettes with stock.
    pub units: BTreeMap<UnitNo, UnitStock>,
    /// Sums per denomination over the whole device.
    pub denominations: BTreeMap<Denomination, DenominationBooks>,
}

/// A movement that the books cannot hold: the device's answer contradicts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BooksError {
    /// The device names a cassette without stock in the books.
    #[error("cassette {0:?} has no stock in the books")]
    UnknownUnit(UnitNo),
    /// More notes moved than the books have.
    #[error("cassette {unit:?} moved {moved} notes and the books have {notes}")]
    MoreThanStock {
        /// Cassette.
        unit: UnitNo,
        /// Notes that the device says moved.
        moved: u32,
        /// Notes in the books.
        notes: u32,
    },
    /// Counters would overflow.
    #[error("the note counters are exhausted")]
    Overflow,
}

impl CashBooks {
    /// Brings notes into a cassette; one cassette holds one denomination.
    ///
    /// # Errors
    /// [`BooksError::UnknownUnit`] when the cassette still holds another denomination, [`BooksError::Overflow`].
    pub fn add(&mut self, stock: UnitStock) -> Result<(), BooksError> {
        let held = self.units.get(&stock.unit).copied();
        let before = match held {
            Some(held) if held.denomination != stock.denomination && held.notes > 0 => {
                return Err(BooksError::UnknownUnit(stock.unit));
            }
            Some(held) if held.denomination == stock.denomination => held.notes,
            Some(_) | None => 0,
        };
        let notes = before.checked_add(stock.notes).ok_or(BooksError::Overflow)?;
        let sums = self.denominations.entry(stock.denomination).or_default();
        sums.added = sums.added.checked_add(stock.notes).ok_or(BooksError::Overflow)?;
        self.units.insert(stock.unit, UnitStock { notes, ..stock });
        Ok(())
    }

    /// Takes all notes out of a cassette.
    ///
    /// # Errors
    /// [`BooksError::UnknownUnit`], [`BooksError::Overflow`].
    pub fn collect(&mut self, unit: UnitNo) -> Result<u32, BooksError> {
        let stock = self.units.get_mut(&unit).ok_or(BooksError::UnknownUnit(unit))?;
        let notes = stock.notes;
        let sums = self.denominations.entry(stock.denomination).or_default();
        sums.collected = sums.collected.checked_add(notes).ok_or(BooksError::Overflow)?;
        stock.notes = 0;
        Ok(notes)
    }

    /// Books what a device command moved, as the device counted it.
    ///
    /// # Errors
    /// [`BooksError`]; then nothing is changed.
    pub fn book_moved(&mut self, moved: &[UnitMoved]) -> Result<(), BooksError> {
        let mut after = self.clone();
        for unit in moved.iter().filter(|unit| unit.distributed > 0 || unit.rejected > 0) {
            let total = unit.distributed.checked_add(unit.rejected).ok_or(BooksError::Overflow)?;
            let sums = after.take(unit.unit, total)?;
            sums.distributed = sums.distributed.checked_add(unit.distributed).ok_or(BooksError::Overflow)?;
            sums.in_reject = sums.in_reject.checked_add(unit.rejected).ok_or(BooksError::Overflow)?;
        }
        *self = after;
        Ok(())
    }

    /// Books a bundle whose notes may be anywhere.
    ///
    /// # Errors
    /// [`BooksError`]; then nothing is changed.
    pub fn book_uncertain(&mut self, requested: &[UnitRequest]) -> Result<(), BooksError> {
        let mut after = self.clone();
        for request in requested.iter().filter(|request| request.notes > 0) {
            let sums = after.take(request.unit, request.notes)?;
            sums.uncertain = sums.uncertain.checked_add(request.notes).ok_or(BooksError::Overflow)?;
        }
        *self = after;
        Ok(())
    }

    /// Books notes that were taken back into the retract unit; they never became anybody's.
    ///
    /// # Errors
    /// [`BooksError`]; then nothing is changed.
    pub fn book_retracted(&mut self, retracted: &[UnitRequest]) -> Result<(), BooksError> {
        let mut after = self.clone();
        for notes in retracted.iter().filter(|notes| notes.notes > 0) {
            let sums = after.take(notes.unit, notes.notes)?;
            sums.in_retract = sums.in_retract.checked_add(notes.notes).ok_or(BooksError::Overflow)?;
        }
        *self = after;
        Ok(())
    }

    fn take(&mut self, unit: UnitNo, notes: u32) -> Result<&mut DenominationBooks, BooksError> {
        let stock = self.units.get_mut(&unit).ok_or(BooksError::UnknownUnit(unit))?;
        stock.notes = stock.notes.checked_sub(notes).ok_or(BooksError::MoreThanStock {
            unit,
            moved: notes,
            notes: stock.notes,
        })?;
        Ok(self.denominations.entry(stock.denomination).or_default())
    }

    /// Notes of a denomination in cassettes.
    #[must_use]
    pub fn in_cassettes(&self, denomination: Denomination) -> u32 {
        self.units
            .values()
            .filter(|stock| stock.denomination == denomination)
            .fold(0, |sum, stock| sum.saturating_add(stock.notes))
    }

    /// Whether the equation at the head of this file holds for every denomination.
    #[must_use]
    pub fn balance(&self) -> bool {
        self.denominations.iter().all(|(denomination, sums)| {
            let came = i64::from(sums.added) + i64::from(sums.adjusted_plus)
                - i64::from(sums.collected)
                - i64::from(sums.adjusted_minus);
            let is = i64::from(self.in_cassettes(*denomination))
                + i64::from(sums.in_reject)
                + i64::from(sums.in_retract)
                + i64::from(sums.distributed)
                + i64::from(sums.uncertain);
            came == is
        })
    }

    /// The stock that can be paid from, in unit order.
    #[must_use]
    pub fn stock(&self) -> Vec<UnitStock> {
        self.units.values().copied().collect()
    }
}

/// Worth of requested or moved notes.
///
/// # Errors
/// [`MoneyError::TooLarge`].
pub fn worth(notes: impl IntoIterator<Item = (Denomination, u32)>) -> Result<Tiyn, MoneyError> {
    notes.into_iter().try_fold(Tiyn::ZERO, |sum, (denomination, count)| sum.plus(denomination.times(count)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded() -> CashBooks {
        let mut books = CashBooks::default();
        books.add(UnitStock { unit: UnitNo(1), denomination: Denomination(5000), notes: 10 }).unwrap();
        books.add(UnitStock { unit: UnitNo(2), denomination: Denomination(2000), notes: 20 }).unwrap();
        books
    }

    #[test]
    fn books_balance_after_load_payout_reject_doubt_and_collection() {
        let mut books = loaded();
        books.book_moved(&[UnitMoved { unit: UnitNo(1), distributed: 3, rejected: 1 }]).unwrap();
        books
            .book_uncertain(&[UnitRequest { unit: UnitNo(2), denomination: Denomination(2000), notes: 4 }])
            .unwrap();
        books.collect(UnitNo(1)).unwrap();
        assert!(books.balance());
        assert_eq!(books.denominations[&Denomination(5000)].collected, 6);
        assert_eq!(books.denominations[&Denomination(2000)].uncertain, 4);
    }

    #[test]
    fn a_device_that_moves_more_than_the_books_have_changes_nothing() {
        let mut books = loaded();
        let before = books.clone();
        let moved = [
            UnitMoved { unit: UnitNo(2), distributed: 1, rejected: 0 },
            UnitMoved { unit: UnitNo(1), distributed: 11, rejected: 0 },
        ];
        assert!(matches!(books.book_moved(&moved), Err(BooksError::MoreThanStock { .. })));
        assert_eq!(books, before);
    }

    #[test]
    fn a_cassette_with_notes_refuses_another_denomination() {
        let mut books = loaded();
        assert!(
            books.add(UnitStock { unit: UnitNo(1), denomination: Denomination(1000), notes: 1 }).is_err()
        );
    }
}
