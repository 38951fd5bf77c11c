//! The two cassettes by position, and the notes in them.

/// A cassette position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bay {
    /// Number 1.
    Upper,
    /// Number 2.
    Lower,
}

impl Bay {
    /// Both, from the top.
    pub const ALL: [Self; 2] = [Self::Upper, Self::Lower];

    /// 1 or 2.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Upper => 1,
            Self::Lower => 2,
        }
    }

    /// The position of that number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|bay| bay.number() == number)
    }
}

/// One value per position.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pair<T> {
    /// Of the upper position.
    pub upper: T,
    /// Of the lower position.
    pub lower: T,
}

impl<T> Pair<T> {
    /// The value of a position.
    pub fn at(&self, bay: Bay) -> &T {
        match bay {
            Bay::Upper => &self.upper,
            Bay::Lower => &self.lower,
        }
    }

    /// The value of a position, to be changed.
    pub fn at_mut(&mut self, bay: Bay) -> &mut T {
        match bay {
            Bay::Upper => &mut self.upper,
            Bay::Lower => &mut self.lower,
        }
    }
}

impl Pair<u8> {
    /// Sum of both.
    #[must_use]
    pub fn total(&self) -> u32 {
        u32::from(self.upper).saturating_add(u32::from(self.lower))
    }

    pub(super) fn add_one(&mut self, bay: Bay) {
        let count = self.at_mut(bay);
        *count = count.saturating_add(1);
    }

    pub(super) fn take_one(&mut self, bay: Bay) {
        let count = self.at_mut(bay);
        *count = count.saturating_sub(1);
    }
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
}

impl Cassette {
    /// A cassette with `notes` notes of `denomination` tenge.
    #[must_use]
    pub fn new(denomination: u32, notes: u32) -> Self {
        Self { denomination, notes, exited: 0, rejected: 0 }
    }
}
