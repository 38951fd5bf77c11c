//! A payout in doubt settled by a count at the screen: which payout, what the cash officers count, what follows from it.

use senim_domain::cash::{Denomination, UnitNo};
use senim_domain::count::{CountedNotes, CountedPlace};
use senim_domain::doubt::{CountFault, Counted, DoubtfulNotes, judge};
use senim_domain::{LoanId, PayoutRequestId, Tiyn};
use serde::{Deserialize, Serialize};

use crate::exchange::{NOTES_DIGITS, Officers};

/// A payout of which nobody knows how it ended: kept until the MFO has settled it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoubtfulPayout {
    /// The request.
    pub request: PayoutRequestId,
    /// The loan.
    pub loan: LoanId,
    /// What was to be paid.
    pub amount_tiyn: Tiyn,
    /// Its notes, by denomination.
    pub notes: Vec<DoubtfulNotes>,
}

/// Where a settlement at the screen is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettlingPage {
    /// Which payout it is, and how it is counted.
    Payout(Box<Settling>),
    /// One unit after the other.
    Counting(Box<Settling>),
    /// What the count says, before it counts.
    Review(Box<Settling>),
    /// The count is with the MFO, or on its way; its settlement closes the payout.
    Sent {
        /// Which payout.
        request: PayoutRequestId,
    },
}

/// A count under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settling {
    /// Who counts.
    pub officers: Officers,
    /// What is in doubt.
    pub doubt: DoubtfulPayout,
    /// What is counted, in order.
    pub units: Vec<UnitOf>,
    /// Notes that were counted so far.
    pub answers: Vec<u32>,
}

/// Notes of one value in one unit, which are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitOf {
    /// Which unit.
    pub place: CountedPlace,
    /// Which cassette.
    pub unit: Option<UnitNo>,
    /// Of which value.
    pub denomination: Denomination,
}

impl Settling {
    /// What is counted now; none: all is.
    #[must_use]
    pub fn asked(&self) -> Option<&UnitOf> {
        self.units.get(self.answers.len())
    }

    /// What was counted beside the books.
    #[must_use]
    pub fn counted(
        &self,
        expected: impl Fn(CountedPlace, Option<UnitNo>, Denomination) -> u32,
    ) -> Vec<CountedNotes> {
        let counted = |(of, counted): (&UnitOf, &u32)| {
            let UnitOf { place, unit, denomination } = *of;
            let expected = expected(place, unit, denomination);
            CountedNotes { place, unit, denomination, expected, counted: *counted }
        };
        self.units.iter().zip(&self.answers).map(counted).collect()
    }

    /// What follows from it.
    ///
    /// # Errors
    /// [`CountFault`]: the count settles nothing.
    pub fn verdict(&self, counted: &[CountedNotes]) -> Result<Counted, CountFault> {
        judge(&self.doubt.notes, counted)
    }
}

/// Notes as they were typed; `None`: no number.
#[must_use]
pub fn typed_notes(typed: &str) -> Option<u32> {
    let fits = (1..=NOTES_DIGITS).contains(&typed.len()) && typed.bytes().all(|byte| byte.is_ascii_digit());
    typed.parse().ok().filter(|_| fits)
}
