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

/// Where notes in doubt were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FoundPlace {
    /// The borrower has them.
    Distributed,
    /// In the reject unit.
    RejectUnit,
    /// In the retract unit.
    RetractUnit,
    /// In a cassette.
    Cassette,
    /// Nowhere: they are missing.
    Missing,
}

/// Notes in doubt of one denomination and where a count found them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettledNotes {
    /// Face value.
    pub denomination: Denomination,
    /// Notes.
    pub notes: u32,
    /// Where they are.
    pub place: FoundPlace,
    /// Which cassette; with [`FoundPlace::Cassette`] and nowhere else.
    pub unit: Option<UnitNo>,
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
    /// A settlement speaks of more notes than are in doubt.
    #[error("{settled} notes of {denomination:?} are settled and {uncertain} are in doubt")]
    MoreThanInDoubt {
        /// Face value.
        denomination: Denomination,
        /// Notes of the settlement.
        settled: u32,
        /// Notes in doubt by the books.
        uncertain: u32,
    },
    /// A settlement puts notes into a cassette of another denomination, or names a cassette where there is none.
    #[error("the settlement's place for notes of {0:?} makes no sense")]
    WrongPlace(Denomination),
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

    /// Books where notes in doubt were found.
    ///
    /// # Errors
    /// [`BooksError`]; then nothing is changed.
    pub fn settle(&mut self, found: &[SettledNotes]) -> Result<(), BooksError> {
        let mut after = self.clone();
        for found in found {
            after.settle_one(found)?;
        }
        *self = after;
        Ok(())
    }

    fn settle_one(&mut self, found: &SettledNotes) -> Result<(), BooksError> {
        let SettledNotes { denomination, notes, place, unit } = *found;
        let sums = self.denominations.entry(denomination).or_default();
        sums.uncertain = sums.uncertain.checked_sub(notes).ok_or(BooksError::MoreThanInDoubt {
            denomination,
            settled: notes,
            uncertain: sums.uncertain,
        })?;
        let stock = unit.and_then(|unit| self.units.get_mut(&unit));
        let to = match (place, unit) {
            (FoundPlace::Distributed, None) => &mut sums.distributed,
            (FoundPlace::RejectUnit, None) => &mut sums.in_reject,
            (FoundPlace::RetractUnit, None) => &mut sums.in_retract,
            (FoundPlace::Missing, None) => &mut sums.adjusted_minus,
            (FoundPlace::Cassette, Some(_)) => match stock {
                Some(stock) if stock.denomination == denomination => &mut stock.notes,
                Some(_) | None => return Err(BooksError::WrongPlace(denomination)),
            },
            (
                FoundPlace::Distributed
                | FoundPlace::RejectUnit
                | FoundPlace::RetractUnit
                | FoundPlace::Missing,
                Some(_),
            )
            | (FoundPlace::Cassette, None) => return Err(BooksError::WrongPlace(denomination)),
        };
        *to = to.checked_add(notes).ok_or(BooksError::Overflow)?;
        Ok(())
    }

    /// Notes of which nobody knows where they are: those asked for and those that the device says left, whichever is
    /// more, as far as the books have them.
    #[must_use]
    pub fn in_question(&self, requested: &[UnitRequest], moved: &[UnitMoved]) -> Vec<UnitRequest> {
        let doubts = self.units.values().map(|stock| {
            let asked =
                requested.iter().filter(|request| request.unit == stock.unit).map(|request| request.notes);
            let left = moved.iter().filter(|moved| moved.unit == stock.unit).map(|moved| moved.distributed);
            let notes = asked.chain(left).max().unwrap_or(0).min(stock.notes);
            UnitRequest { unit: stock.unit, denomination: stock.denomination, notes }
        });
        doubts.filter(|doubt| doubt.notes > 0).collect()
    }

    /// Notes in doubt, over all denominations.
    #[must_use]
    pub fn in_doubt(&self) -> u32 {
        self.denominations.values().fold(0, |sum, sums| sum.saturating_add(sums.uncertain))
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

    fn found(denomination: u32, notes: u32, place: FoundPlace, unit: Option<u8>) -> SettledNotes {
        SettledNotes { denomination: Denomination(denomination), notes, place, unit: unit.map(UnitNo) }
    }

    #[test]
    fn notes_in_doubt_are_settled_to_wherever_they_were_found_and_the_books_balance() {
        let mut books = loaded();
        let doubt = UnitRequest { unit: UnitNo(2), denomination: Denomination(2000), notes: 10 };
        books.book_uncertain(&[doubt]).unwrap();
        let everywhere = [
            found(2000, 4, FoundPlace::Distributed, None),
            found(2000, 2, FoundPlace::RejectUnit, None),
            found(2000, 1, FoundPlace::RetractUnit, None),
            found(2000, 2, FoundPlace::Cassette, Some(2)),
            found(2000, 1, FoundPlace::Missing, None),
        ];
        books.settle(&everywhere).unwrap();
        let sums = books.denominations[&Denomination(2000)];
        assert_eq!((sums.distributed, sums.in_reject, sums.in_retract, sums.adjusted_minus), (4, 2, 1, 1));
        assert_eq!((books.in_doubt(), books.in_cassettes(Denomination(2000))), (0, 12));
        assert!(books.balance());
    }

    #[test]
    fn a_settlement_of_more_than_is_in_doubt_or_of_a_wrong_place_changes_nothing() {
        let mut books = loaded();
        let doubt = UnitRequest { unit: UnitNo(2), denomination: Denomination(2000), notes: 3 };
        books.book_uncertain(&[doubt]).unwrap();
        let before = books.clone();
        for wrong in [
            found(2000, 4, FoundPlace::Distributed, None),
            found(5000, 1, FoundPlace::Distributed, None),
            found(2000, 1, FoundPlace::Cassette, Some(1)),
            found(2000, 1, FoundPlace::Cassette, Some(9)),
            found(2000, 1, FoundPlace::Cassette, None),
            found(2000, 1, FoundPlace::RejectUnit, Some(2)),
        ] {
            let good = found(2000, 1, FoundPlace::Missing, None);
            assert!(books.settle(&[good, wrong]).is_err(), "{wrong:?}");
            assert_eq!(books, before);
        }
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
