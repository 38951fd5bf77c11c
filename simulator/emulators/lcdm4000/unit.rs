//! The four cassettes by position, without indices that could be out of range, and the notes in them.

use serde::{Deserialize, Serialize};

/// A cassette position, 1 on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Position 1.
    One,
    /// Position 2.
    Two,
    /// Position 3.
    Three,
    /// Position 4.
    Four,
}

impl Unit {
    /// All positions from the top.
    pub const ALL: [Self; 4] = [Self::One, Self::Two, Self::Three, Self::Four];

    /// 1..=4
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
            Self::Four => 4,
        }
    }

    /// The position of that number, 1..=4.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.number() == number)
    }
}

/// One value per cassette position.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PerUnit<T>(pub [T; 4]);

impl<T> PerUnit<T> {
    /// The value of a position.
    pub fn at(&self, unit: Unit) -> &T {
        let [one, two, three, four] = &self.0;
        match unit {
            Unit::One => one,
            Unit::Two => two,
            Unit::Three => three,
            Unit::Four => four,
        }
    }

    /// The value of a position, to be changed.
    pub fn at_mut(&mut self, unit: Unit) -> &mut T {
        let [one, two, three, four] = &mut self.0;
        match unit {
            Unit::One => one,
            Unit::Two => two,
            Unit::Three => three,
            Unit::Four => four,
        }
    }

    /// All values with their positions.
    pub fn iter(&self) -> impl Iterator<Item = (Unit, &T)> {
        Unit::ALL.into_iter().zip(&self.0)
    }
}

impl PerUnit<u8> {
    /// Sum over all positions.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.0.iter().map(|count| u32::from(*count)).sum()
    }

    /// Counts one more note of a position.
    pub(super) fn add_one(&mut self, unit: Unit) {
        let count = self.at_mut(unit);
        *count = count.saturating_add(1);
    }
}

/// Notes moved by one command, per cassette.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Notes that passed EXIT, as the firmware reports them.
    pub exit: PerUnit<u8>,
    /// Notes moved to the reject tray.
    pub reject: PerUnit<u8>,
}

/// A cassette and what became of its notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cassette {
    /// Tenge per note; the firmware does not know it, only people and tests do.
    pub denomination: u32,
    /// Notes in the cassette now.
    pub notes: u32,
    /// Notes of this cassette that physically left the machine since the emulator started.
    pub exited: u64,
    /// Notes of this cassette moved to the reject tray since the emulator started.
    pub rejected: u64,
    /// Opacity setting as stored in the device.
    pub opacity: u8,
    /// Length setting as stored in the device.
    pub length: u8,
}

impl Cassette {
    /// A cassette with `notes` notes of `denomination` tenge and factory settings.
    #[must_use]
    pub fn new(denomination: u32, notes: u32) -> Self {
        Self { denomination, notes, exited: 0, rejected: 0, opacity: 0x0A, length: 0x40 }
    }
}

/// Where the firmware keeps the result of the last command that moved notes (protocols 1.4, unknown there).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastStatusMode {
    /// In RAM: lost with power.
    #[default]
    Volatile,
    /// In flash, written with zero counts when a command starts and not again.
    AtStart,
    /// In flash, written when a command ends; the former record stands until then.
    AtEnd,
}
