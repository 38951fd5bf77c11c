//! A count by hand: what somebody found in a unit beside what the books say, and how the books take it (design section 3).
//!
//! A difference is booked as found or as missing, so that the books' equation holds; nobody is believed to have counted
//! wrong, and nothing is made to fit.

use serde::{Deserialize, Serialize};

use crate::acceptor_books::AcceptorBooks;
use crate::business_days::Day;
use crate::cash::{BooksError, CashBooks, Denomination, UnitNo};

/// A unit that is counted by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CountedPlace {
    /// A cassette of the dispenser.
    Cassette,
    /// The dispenser's reject unit.
    RejectUnit,
    /// The dispenser's retract unit.
    RetractUnit,
    /// The acceptor's stacker.
    Stacker,
    /// The dispenser's transport path, throat and shutter: no unit, but notes may lie there after a command that died.
    Exit,
}

/// Notes of one denomination in one unit, by the books and by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountedNotes {
    /// Which unit.
    pub place: CountedPlace,
    /// Which cassette; with [`CountedPlace::Cassette`] and nowhere else.
    pub unit: Option<UnitNo>,
    /// Face value.
    pub denomination: Denomination,
    /// Notes by the books.
    pub expected: u32,
    /// Notes by hand.
    pub counted: u32,
}

impl CountedNotes {
    /// Notes more than the books have; below zero: fewer.
    #[must_use]
    pub fn difference(&self) -> i64 {
        i64::from(self.counted).saturating_sub(i64::from(self.expected))
    }
}

/// Of which series the notes of a cassette are, as the MFO's order states it (B11).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteSeries {
    /// The cassette.
    pub unit: UnitNo,
    /// The series, as it is called: 1 to 32 characters.
    pub series: String,
    /// Last day on which its notes are money; none: no end is known.
    pub valid_until: Option<Day>,
}

impl NoteSeries {
    /// Whether its notes are money on this day.
    #[must_use]
    pub fn holds_on(&self, day: Day) -> bool {
        self.valid_until.is_none_or(|last| day <= last)
    }
}

/// Books `counted` in place of `lying`: what to add to the notes found and to those missing.
fn corrected(lying: u32, counted: u32, plus: u32, minus: u32) -> Result<(u32, u32), BooksError> {
    let plus = plus.checked_add(counted.saturating_sub(lying)).ok_or(BooksError::Overflow)?;
    let minus = minus.checked_add(lying.saturating_sub(counted)).ok_or(BooksError::Overflow)?;
    Ok((plus, minus))
}

impl CashBooks {
    /// Notes of a denomination that a count of this unit finds where nothing is wrong.
    #[must_use]
    pub fn expected(&self, place: CountedPlace, unit: Option<UnitNo>, denomination: Denomination) -> u32 {
        let sums = self.denominations.get(&denomination).copied().unwrap_or_default();
        match place {
            CountedPlace::Cassette => unit
                .and_then(|unit| self.units.get(&unit))
                .filter(|stock| stock.denomination == denomination)
                .map_or(0, |stock| stock.notes),
            CountedPlace::RejectUnit => sums.in_reject,
            CountedPlace::RetractUnit => sums.in_retract,
            CountedPlace::Stacker | CountedPlace::Exit => 0,
        }
    }

    /// Lets a unit hold what was counted in it; the stacker is not theirs and is passed over.
    ///
    /// # Errors
    /// [`BooksError::WrongPlace`] for a cassette of another denomination or none, [`BooksError::Overflow`]; then nothing is
    /// changed.
    pub fn correct(&mut self, found: &CountedNotes) -> Result<(), BooksError> {
        let CountedNotes { place, unit, denomination, counted, .. } = *found;
        let lying = self.expected(place, unit, denomination);
        let mut sums = self.denominations.get(&denomination).copied().unwrap_or_default();
        let (plus, minus) = corrected(lying, counted, sums.adjusted_plus, sums.adjusted_minus)?;
        (sums.adjusted_plus, sums.adjusted_minus) = (plus, minus);
        match (place, unit) {
            (CountedPlace::Cassette, Some(unit)) => {
                let stock = self.units.get_mut(&unit).filter(|stock| stock.denomination == denomination);
                stock.ok_or(BooksError::WrongPlace(denomination))?.notes = counted;
            }
            (CountedPlace::RejectUnit, None) => sums.in_reject = counted,
            (CountedPlace::RetractUnit, None) => sums.in_retract = counted,
            (CountedPlace::Stacker, None) => return Ok(()),
            (CountedPlace::RejectUnit | CountedPlace::RetractUnit | CountedPlace::Stacker, Some(_))
            | (CountedPlace::Exit, _)
            | (CountedPlace::Cassette, None) => return Err(BooksError::WrongPlace(denomination)),
        }
        self.denominations.insert(denomination, sums);
        Ok(())
    }

    /// Empties the reject unit and the retract unit.
    ///
    /// # Errors
    /// [`BooksError::Overflow`]; then nothing is changed.
    pub fn collect_rejects(&mut self) -> Result<(), BooksError> {
        let mut after = self.clone();
        for sums in after.denominations.values_mut() {
            let lying = sums.in_reject.checked_add(sums.in_retract).ok_or(BooksError::Overflow)?;
            sums.collected = sums.collected.checked_add(lying).ok_or(BooksError::Overflow)?;
            (sums.in_reject, sums.in_retract) = (0, 0);
        }
        *self = after;
        Ok(())
    }
}

impl AcceptorBooks {
    /// Lets the stacker hold what was counted in it; counts of the dispenser are passed over.
    ///
    /// # Errors
    /// [`BooksError::Overflow`]; then nothing is changed.
    pub fn correct(&mut self, found: &CountedNotes) -> Result<(), BooksError> {
        if found.place != CountedPlace::Stacker {
            return Ok(());
        }
        let sums = self.0.entry(found.denomination).or_default();
        let lying = sums.in_stacker();
        let (plus, minus) = corrected(lying, found.counted, sums.adjusted_plus, sums.adjusted_minus)?;
        (sums.adjusted_plus, sums.adjusted_minus) = (plus, minus);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cash::{UnitMoved, UnitStock};

    const FIVE: Denomination = Denomination(5_000);

    fn books() -> CashBooks {
        let mut books = CashBooks::default();
        books.add(UnitStock { unit: UnitNo(1), denomination: FIVE, notes: 100 }).unwrap();
        books.book_moved(&[UnitMoved { unit: UnitNo(1), distributed: 10, rejected: 3 }]).unwrap();
        books
    }

    fn found(place: CountedPlace, unit: Option<u8>, counted: u32) -> CountedNotes {
        CountedNotes { place, unit: unit.map(UnitNo), denomination: FIVE, expected: 0, counted }
    }

    #[test]
    fn what_a_count_finds_too_few_or_too_many_is_missing_or_found_and_the_books_balance() {
        let mut books = books();
        books.correct(&found(CountedPlace::Cassette, Some(1), 86)).unwrap();
        books.correct(&found(CountedPlace::RejectUnit, None, 5)).unwrap();
        books.correct(&found(CountedPlace::RetractUnit, None, 1)).unwrap();
        let sums = books.denominations[&FIVE];
        assert_eq!((sums.adjusted_minus, sums.adjusted_plus), (1, 3));
        assert_eq!((books.in_cassettes(FIVE), sums.in_reject, sums.in_retract), (86, 5, 1));
        assert!(books.balance());
        books.collect(UnitNo(1)).unwrap();
        books.collect_rejects().unwrap();
        assert!(books.balance());
        let sums = books.denominations[&FIVE];
        assert_eq!((sums.collected, sums.in_reject, sums.in_retract), (92, 0, 0));
    }

    #[test]
    fn a_count_that_finds_what_the_books_say_changes_nothing() {
        let (before, mut books) = (books(), books());
        books.correct(&found(CountedPlace::Cassette, Some(1), 87)).unwrap();
        books.correct(&found(CountedPlace::RejectUnit, None, 3)).unwrap();
        books.correct(&found(CountedPlace::Stacker, None, 9)).unwrap();
        assert_eq!(books, before);
    }

    #[test]
    fn a_count_of_a_cassette_that_holds_something_else_changes_nothing() {
        let (before, mut books) = (books(), books());
        let other =
            CountedNotes { denomination: Denomination(2_000), ..found(CountedPlace::Cassette, Some(1), 1) };
        for wrong in [
            other,
            found(CountedPlace::Cassette, Some(2), 1),
            found(CountedPlace::Cassette, None, 1),
            found(CountedPlace::RejectUnit, Some(1), 1),
        ] {
            assert_eq!(books.correct(&wrong), Err(BooksError::WrongPlace(wrong.denomination)));
            assert_eq!(books, before);
        }
    }

    #[test]
    fn a_stacker_holds_what_was_counted_and_gives_that() {
        let mut books = AcceptorBooks::default();
        books.stack(FIVE).unwrap();
        books.stack(FIVE).unwrap();
        books.correct(&found(CountedPlace::Stacker, None, 3)).unwrap();
        assert_eq!(books.in_stacker(), 3);
        books.correct(&found(CountedPlace::Stacker, None, 1)).unwrap();
        books.correct(&found(CountedPlace::RejectUnit, None, 7)).unwrap();
        assert_eq!(books.collect().unwrap(), [(FIVE, 1)]);
        assert_eq!((books.0[&FIVE].adjusted_plus, books.0[&FIVE].adjusted_minus), (1, 2));
    }

    #[test]
    fn a_series_is_money_on_its_last_day_and_not_on_the_next() {
        let last = Day(jiff::civil::date(2026, 6, 27));
        let series = NoteSeries { unit: UnitNo(1), series: "2011".into(), valid_until: Some(last) };
        assert!(series.holds_on(last));
        assert!(!series.holds_on(Day(jiff::civil::date(2026, 6, 28))));
        assert!(NoteSeries { valid_until: None, ..series }.holds_on(Day(jiff::civil::date(2099, 1, 1))));
    }
}
