//! What a count of the machine makes of a payout of which nobody knows how it ended (design section 3).
//!
//! Every unit that holds notes of a value in doubt is counted; the books hold each without those notes. What lies there beyond
//! the books was not given out, the rest was. Terminal and MFO come to the same by this one rule: the terminal proposes by its
//! books, the MFO judges by its own account of the same rows.

use serde::{Deserialize, Serialize};

use crate::cash::{Denomination, FoundPlace, SettledNotes, UnitNo};
use crate::count::{CountedNotes, CountedPlace};

/// Notes of one denomination in a payout of which nobody knows how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoubtfulNotes {
    /// Face value.
    pub denomination: Denomination,
    /// Left the device for certain.
    pub sure: u32,
    /// May have left.
    pub doubt: u32,
}

/// What a count makes of the notes in doubt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Notes of the payout that the borrower has in all, by denomination; those of which there are none are left out.
    pub given: Vec<(Denomination, u32)>,
    /// Notes in doubt that lie in the machine.
    pub found: Vec<SettledNotes>,
    /// Notes that lie in another unit than the books have them in; their sum is right.
    pub moved: Vec<CountedNotes>,
}

/// Why a count settles nothing. Somebody counts again, or decides at the MFO.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CountFault {
    /// Fewer notes lie in the machine than the books have without those in doubt.
    #[error("{notes} notes of {denomination:?} are missing beside those in doubt")]
    Missing {
        /// Face value.
        denomination: Denomination,
        /// How many.
        notes: u32,
    },
    /// More notes lie in the machine than the books and the doubt explain.
    #[error("{notes} notes of {denomination:?} are there that nobody knows of")]
    Surplus {
        /// Face value.
        denomination: Denomination,
        /// How many.
        notes: u32,
    },
    /// Not every unit that may hold notes in doubt was counted, or one was counted twice.
    #[error("notes of {0:?} are not counted everywhere, or twice")]
    Incomplete(Denomination),
    /// More notes than can be.
    #[error("the note counters are exhausted")]
    Overflow,
}

/// Judges a count. `counted`: every unit that may hold notes in doubt, once, each beside what the books say.
///
/// # Errors
/// [`CountFault`] for the first denomination that the count does not settle.
pub fn judge(doubts: &[DoubtfulNotes], counted: &[CountedNotes]) -> Result<Counted, CountFault> {
    let mut all = Counted::default();
    for notes in doubts {
        let of_value = counted.iter().filter(|unit| unit.denomination == notes.denomination);
        let kept = if notes.doubt == 0 { 0 } else { settle(notes, of_value, &mut all)? };
        let left = notes.doubt.saturating_sub(kept);
        let given = notes.sure.checked_add(left).ok_or(CountFault::Overflow)?;
        if given > 0 {
            all.given.push((notes.denomination, given));
        }
    }
    Ok(all)
}

/// Where the notes of one denomination lie; gives how many of those in doubt were found.
fn settle<'a>(
    notes: &DoubtfulNotes,
    counted: impl Iterator<Item = &'a CountedNotes>,
    all: &mut Counted,
) -> Result<u32, CountFault> {
    let denomination = notes.denomination;
    let units = by_unit(denomination, counted)?;
    let (mut found, mut short) = (0_u32, 0_u32);
    for unit in &units {
        let beyond = unit.counted.saturating_sub(unit.expected);
        let below = unit.expected.saturating_sub(unit.counted);
        found = found.checked_add(beyond).ok_or(CountFault::Overflow)?;
        short = short.checked_add(below).ok_or(CountFault::Overflow)?;
    }
    let Some(kept) = found.checked_sub(short) else {
        return Err(CountFault::Missing { denomination, notes: short.saturating_sub(found) });
    };
    if kept > notes.doubt {
        return Err(CountFault::Surplus { denomination, notes: kept.saturating_sub(notes.doubt) });
    }
    // What one unit lacks lies in another: rejected notes of a command that nobody has an answer to.
    for unit in units {
        let beyond = unit.counted.saturating_sub(unit.expected);
        let strayed = beyond.min(short);
        short = short.saturating_sub(strayed);
        if unit.counted < unit.expected || strayed > 0 {
            let counted = unit.expected.saturating_add(strayed).min(unit.counted);
            all.moved.push(CountedNotes { counted, ..unit });
        }
        let settled = beyond.saturating_sub(strayed);
        if settled > 0 {
            let place = match unit.place {
                CountedPlace::Cassette => FoundPlace::Cassette,
                CountedPlace::RetractUnit => FoundPlace::RetractUnit,
                CountedPlace::RejectUnit | CountedPlace::Exit | CountedPlace::Stacker => {
                    FoundPlace::RejectUnit
                }
            };
            all.found.push(SettledNotes { denomination, notes: settled, place, unit: unit.unit });
        }
    }
    Ok(kept)
}

/// Each unit once; what lay on its way is put into the reject unit and counts as lying there.
fn by_unit<'a>(
    denomination: Denomination,
    counted: impl Iterator<Item = &'a CountedNotes>,
) -> Result<Vec<CountedNotes>, CountFault> {
    let mut units: Vec<CountedNotes> = Vec::new();
    let mut on_the_way = None;
    for unit in counted {
        let there: (CountedPlace, Option<UnitNo>) = (unit.place, unit.unit);
        let twice = units.iter().any(|other| (other.place, other.unit) == there);
        match unit.place {
            CountedPlace::Exit if on_the_way.is_none() => on_the_way = Some(unit.counted),
            CountedPlace::Cassette | CountedPlace::RejectUnit | CountedPlace::RetractUnit if !twice => {
                units.push(*unit);
            }
            CountedPlace::Cassette
            | CountedPlace::RejectUnit
            | CountedPlace::RetractUnit
            | CountedPlace::Exit
            | CountedPlace::Stacker => return Err(CountFault::Incomplete(denomination)),
        }
    }
    let cassette = units.iter().any(|unit| unit.place == CountedPlace::Cassette);
    let reject = units.iter_mut().find(|unit| unit.place == CountedPlace::RejectUnit);
    let (true, Some(reject), Some(on_the_way)) = (cassette, reject, on_the_way) else {
        return Err(CountFault::Incomplete(denomination));
    };
    reject.counted = reject.counted.checked_add(on_the_way).ok_or(CountFault::Overflow)?;
    Ok(units)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE: Denomination = Denomination(5_000);

    fn doubt(sure: u32, doubt: u32) -> [DoubtfulNotes; 1] {
        [DoubtfulNotes { denomination: FIVE, sure, doubt }]
    }

    fn unit(place: CountedPlace, number: Option<u8>, expected: u32, counted: u32) -> CountedNotes {
        CountedNotes { place, unit: number.map(UnitNo), denomination: FIVE, expected, counted }
    }

    /// Cassette 1 with 80 by the books, 3 in the reject unit.
    fn count(cassette: u32, reject: u32, on_the_way: u32) -> Vec<CountedNotes> {
        vec![
            unit(CountedPlace::Cassette, Some(1), 80, cassette),
            unit(CountedPlace::RejectUnit, None, 3, reject),
            unit(CountedPlace::Exit, None, 0, on_the_way),
        ]
    }

    fn found(notes: u32, place: FoundPlace, unit: Option<u8>) -> SettledNotes {
        SettledNotes { denomination: FIVE, notes, place, unit: unit.map(UnitNo) }
    }

    #[test]
    fn notes_that_lie_nowhere_in_the_machine_are_the_borrowers() {
        let verdict = judge(&doubt(10, 20), &count(80, 3, 0)).unwrap();
        assert_eq!(verdict, Counted { given: vec![(FIVE, 30)], ..Counted::default() });
    }

    #[test]
    fn notes_that_all_lie_in_the_machine_were_not_given() {
        let verdict = judge(&doubt(0, 20), &count(97, 4, 2)).unwrap();
        assert_eq!(verdict.given, []);
        let places = [found(17, FoundPlace::Cassette, Some(1)), found(3, FoundPlace::RejectUnit, None)];
        assert_eq!(verdict.found, places);
        assert_eq!(verdict.moved, []);
    }

    #[test]
    fn what_was_found_and_what_was_given_are_all_that_was_in_doubt() {
        for (cassette, reject, on_the_way) in [(80, 3, 5), (85, 3, 0), (82, 5, 1), (79, 9, 0), (75, 12, 1)] {
            let verdict = judge(&doubt(4, 20), &count(cassette, reject, on_the_way)).unwrap();
            assert_eq!(verdict.given, [(FIVE, 4 + 15)]);
            assert_eq!(verdict.found.iter().map(|found| found.notes).sum::<u32>(), 5);
        }
    }

    #[test]
    fn notes_rejected_in_the_doubtful_command_are_moved_and_not_called_given() {
        let verdict = judge(&doubt(0, 20), &count(78, 6, 0)).unwrap();
        assert_eq!(verdict.given, [(FIVE, 19)]);
        assert_eq!(verdict.found, [found(1, FoundPlace::RejectUnit, None)]);
        let lies = |place, number| {
            let moved = verdict.moved.iter().find(|moved| (moved.place, moved.unit) == (place, number));
            moved.unwrap().counted
        };
        assert_eq!(lies(CountedPlace::Cassette, Some(UnitNo(1))), 78);
        assert_eq!(lies(CountedPlace::RejectUnit, None), 5, "the sixth is one of those in doubt");
    }

    #[test]
    fn a_machine_with_fewer_notes_than_the_books_have_settles_nothing() {
        let fault = judge(&doubt(0, 20), &count(79, 3, 0)).unwrap_err();
        assert_eq!(fault, CountFault::Missing { denomination: FIVE, notes: 1 });
    }

    #[test]
    fn a_machine_with_more_notes_than_the_doubt_explains_settles_nothing() {
        let fault = judge(&doubt(0, 20), &count(101, 3, 1)).unwrap_err();
        assert_eq!(fault, CountFault::Surplus { denomination: FIVE, notes: 2 });
    }

    #[test]
    fn a_unit_left_out_or_counted_twice_settles_nothing() {
        let whole = count(80, 3, 0);
        for left_out in 0..whole.len() {
            let mut some = whole.clone();
            some.remove(left_out);
            assert_eq!(judge(&doubt(0, 2), &some), Err(CountFault::Incomplete(FIVE)));
        }
        for again in &whole {
            let twice = [whole.clone(), vec![*again]].concat();
            assert_eq!(judge(&doubt(0, 2), &twice), Err(CountFault::Incomplete(FIVE)));
        }
    }

    #[test]
    fn notes_of_which_nobody_doubts_need_no_count() {
        let verdict = judge(&doubt(7, 0), &[]).unwrap();
        assert_eq!(verdict.given, [(FIVE, 7)]);
        let most = DoubtfulNotes { denomination: FIVE, sure: u32::MAX, doubt: 1 };
        assert_eq!(judge(&[most], &count(80, 3, 0)), Err(CountFault::Overflow));
    }
}
