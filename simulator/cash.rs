//! What is in the cassettes, before and after, and what is gone. Counts and sums only; which notes make up a sum is the
//! firmware's business.

use std::collections::BTreeMap;

use senim_journeys::Setting;
use serde_json::{Value, json};

use crate::error::Trouble;
use crate::stage::Stage;

/// Notes by denomination (tenge).
pub type Notes = BTreeMap<u32, u32>;

/// Cassettes in the order of their units, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cassettes(Vec<(u32, u32)>);

impl Cassettes {
    /// Denomination (tenge) and notes of unit 1, 2, ….
    #[must_use]
    pub fn of(units: &[(u32, u32)]) -> Self {
        Self(units.to_vec())
    }

    /// What the journeys load.
    #[must_use]
    pub fn of_journeys() -> Self {
        Self::of(&Setting::usual().cassettes)
    }

    /// No more than a dispenser of so many has.
    #[must_use]
    pub fn at_most(mut self, units: u8) -> Self {
        self.0.truncate(units.into());
        self
    }

    /// As `--add` arguments of `senim-gateway admin order`.
    #[must_use]
    pub fn as_order(&self) -> Vec<String> {
        self.units().map(|(unit, denomination, notes)| format!("{unit}:{denomination}:{notes}")).collect()
    }

    /// As a patch on a dispenser in this state: the notes are added to those that lie there.
    #[must_use]
    pub fn onto(&self, state: &Value) -> Value {
        let lying =
            |at: usize| state.pointer(&format!("/cassettes/{at}/notes")).and_then(Value::as_u64).unwrap_or(0);
        let units = self.units().map(|(unit, denomination, notes)| {
            json!({ "unit": unit, "denomination": denomination, "notes": lying(unit - 1) + u64::from(notes) })
        });
        json!({ "cassettes": units.collect::<Vec<_>>() })
    }

    /// Notes of the cassette at this place, counted from 0.
    #[must_use]
    pub fn notes_of(&self, at: usize) -> u32 {
        self.0.get(at).map_or(0, |(_, notes)| *notes)
    }

    fn units(&self) -> impl Iterator<Item = (usize, u32, u32)> {
        self.0.iter().enumerate().map(|(at, (denomination, notes))| (at + 1, *denomination, *notes))
    }
}

/// What lies in the emulated cassettes now.
///
/// # Errors
/// [`Trouble::Http`]; [`Trouble::Answer`] if the state has no cassettes.
pub fn counted(stage: &Stage) -> Result<Notes, Trouble> {
    notes_in(&stage.dispenser()?)
}

fn notes_in(state: &Value) -> Result<Notes, Trouble> {
    let wrong = || Trouble::Answer { from: "the dispenser's control".to_owned(), why: state.to_string() };
    let number = |cassette: &Value, key: &str| {
        cassette.get(key).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok())
    };
    let mut notes = Notes::new();
    for cassette in state.get("cassettes").and_then(Value::as_array).ok_or_else(wrong)? {
        let denomination = number(cassette, "denomination").ok_or_else(wrong)?;
        let count = number(cassette, "notes").ok_or_else(wrong)?;
        *notes.entry(denomination).or_default() += count;
    }
    Ok(notes)
}

/// Sum in tenge.
#[must_use]
pub fn sum(notes: &Notes) -> u64 {
    notes.iter().map(|(denomination, count)| u64::from(*denomination) * u64::from(*count)).sum()
}

/// Notes that are gone.
///
/// # Errors
/// [`Trouble::Finding`] if there are more notes of a denomination than before.
pub fn gone(before: &Notes, after: &Notes) -> Result<Notes, Trouble> {
    let mut gone = Notes::new();
    for (denomination, count) in before {
        let left = after.get(denomination).copied().unwrap_or_default();
        let missing = count.checked_sub(left).ok_or_else(|| {
            Trouble::Finding(format!("there are {left} notes of {denomination} ₸, before there were {count}"))
        })?;
        if missing > 0 {
            gone.insert(*denomination, missing);
        }
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cassettes_are_ordered_loaded_and_counted_as_the_same_notes() {
        let cassettes = Cassettes::of(&[(5_000, 30), (2_000, 1), (5_000, 2)]);
        assert_eq!(cassettes.as_order(), ["1:5000:30", "2:2000:1", "3:5000:2"]);
        let loaded = cassettes.onto(&json!({}));
        assert_eq!(notes_in(&loaded).unwrap(), Notes::from([(5_000, 32), (2_000, 1)]));
        assert_eq!(notes_in(&cassettes.onto(&loaded)).unwrap(), Notes::from([(5_000, 64), (2_000, 2)]));
        assert!(notes_in(&json!({ "power": true })).is_err());
    }

    #[test]
    fn what_is_gone_is_the_difference_and_more_notes_than_before_are_a_finding() {
        let before = Notes::from([(5_000, 30), (2_000, 5)]);
        let gone_notes = gone(&before, &Notes::from([(5_000, 10), (2_000, 5)])).unwrap();
        assert_eq!((sum(&gone_notes), gone_notes.len()), (100_000, 1));
        assert!(gone(&before, &Notes::from([(5_000, 31), (2_000, 5)])).is_err());
    }
}
