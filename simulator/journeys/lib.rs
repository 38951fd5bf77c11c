//! Visits to the terminal as scripts: who comes, what they do and see, and what must be left behind.
//!
//! A script knows names of screens and elements and no text, no process, no clock and no part of the product. Whoever
//! plays it is a [`Scene`]: the simulator with real processes, the rig in one thread with virtual time. So each visit is
//! written once and shown twice.

mod access;
pub mod borrower;
mod cards;
mod cash;
mod catalogue;
mod chips;
mod consents;
mod exchanges;
mod jams;
mod journals;
mod leaks;
mod living;
mod officers;
mod outages;
mod payouts;
pub mod people;
mod phones;
mod refusals;
mod registrations;
mod repayments;
pub mod scene;
mod service;
mod settlements;
mod shows;
mod signatures;
mod specials;
mod supplements;
mod technician;
mod unfinished;
mod visits;
mod waiting;

pub use catalogue::{JOURNEYS, named};
pub use scene::{Act, Look, Scene, Shown, Stop};
pub use shows::{Clause, STILL_TO_COME, Special};

/// A loan that needs two bundles of the stock that is loaded, with all four denominations in it, tenge.
pub const LOAN_TENGE: u64 = 253_000;
/// Its term in months.
pub const MONTHS: u32 = 6;

/// A visit, or several.
#[derive(Clone, Copy)]
pub struct Journey {
    /// Its name on the command line.
    pub name: &'static str,
    /// What is played, in a sentence.
    pub about: &'static str,
    /// Rows of the table of signatures and faces (A12.2) that it shows.
    pub clauses: &'static [Clause],
    /// Special states of a client or a terminal that it shows.
    pub specials: &'static [Special],
    /// Requirements that it shows, by number.
    pub rules: &'static [&'static str],
    /// What it is set up with.
    pub setting: Setting,
    /// The script.
    pub play: fn(&mut dyn Scene) -> Result<Left, Stop>,
}

impl std::fmt::Debug for Journey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Journey {
    const fn new(
        name: &'static str,
        about: &'static str,
        play: fn(&mut dyn Scene) -> Result<Left, Stop>,
    ) -> Self {
        Self { name, about, clauses: &[], specials: &[], rules: &[], setting: Setting::usual(), play }
    }

    const fn shows(self, clauses: &'static [Clause]) -> Self {
        Self { clauses, ..self }
    }

    const fn special(self, specials: &'static [Special]) -> Self {
        Self { specials, ..self }
    }

    const fn rules(self, rules: &'static [&'static str]) -> Self {
        Self { rules, ..self }
    }

    const fn by_rules(self, rule_pack: &'static [(&'static str, &'static str)]) -> Self {
        Self { setting: Setting { rule_pack, ..self.setting }, ..self }
    }

    const fn signed(self) -> Self {
        Self { setting: Setting { signed: true, ..self.setting }, ..self }
    }

    const fn of_days(self) -> Self {
        Self { setting: Setting { days: true, ..self.setting }, ..self }
    }

    const fn of_cards(self) -> Self {
        Self { setting: Setting { cards: true, ..self.setting }, ..self }
    }

    const fn of_keypad(self) -> Self {
        Self { setting: Setting { cards: true, keypad: true, ..self.setting }, ..self }
    }

    const fn of_rows(self, capacity: u64, reserve: u64) -> Self {
        Self { setting: Setting { journal_rows: Some((capacity, reserve)), ..self.setting }, ..self }
    }

    const fn certified_for(self, days: u16) -> Self {
        Self { setting: Setting { certificate_days: Some(days), ..self.setting }, ..self }
    }

    const fn of_a_shutter(self) -> Self {
        Self { setting: Setting { shutter: true, ..self.setting }, ..self }
    }

    const fn halting(self, at: &'static str) -> Self {
        Self { setting: Setting { halt_at: Some(at), ..self.setting }, ..self }
    }
}

/// What a journey is set up with.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Notes in the cassettes from unit 1: denomination (tenge) and number.
    pub cassettes: [(u32, u32); 4],
    /// Where the firmware stops dead at its first run, such as `after:PayoutArmed:1`.
    pub halt_at: Option<&'static str>,
    /// Values of the rule pack that differ from the published sample: JSON pointer and JSON.
    pub rule_pack: &'static [(&'static str, &'static str)],
    /// Whether the MFO takes electronic signatures: then contracts need them.
    pub signed: bool,
    /// Hours or days go by: real processes play it with a clock that is moved.
    pub days: bool,
    /// The MFO gives its clients cards, and the terminal reads identity documents.
    pub cards: bool,
    /// The reader for cards has keys of its own.
    pub keypad: bool,
    /// Rows that the journal may hold unacknowledged, and how many of them are kept for what is open, where that is not what a
    /// terminal holds.
    pub journal_rows: Option<(u64, u64)>,
    /// The terminal is commissioned by its own program, and its certificate is good for so many days.
    pub certificate_days: Option<u16>,
    /// The dispenser presents notes behind a shutter, which real processes alone have.
    pub shutter: bool,
}

impl Setting {
    /// Small stocks, so that a loan of a quarter of a million needs more notes than one bundle may have.
    #[must_use]
    pub const fn usual() -> Self {
        Self {
            cassettes: [(10_000, 10), (5_000, 20), (2_000, 60), (1_000, 40)],
            halt_at: None,
            rule_pack: &[],
            signed: false,
            days: false,
            cards: false,
            keypad: false,
            journal_rows: None,
            certificate_days: None,
            shutter: false,
        }
    }
}

/// What a journey leaves behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Worth of the notes that left the dispenser, tenge.
    pub given: u64,
    /// What the lender's books say was paid out, tenge.
    pub booked: u64,
    /// Paper receipts.
    pub receipts: u64,
    /// Worth of the notes in the acceptor's stacker, tenge.
    pub taken: u64,
    /// What the lender's books say was paid back, tenge.
    pub repaid: u64,
    /// What the lender holds because nobody knows whose loan it is for, tenge.
    pub held: u64,
}

impl Left {
    /// No note, no loan, no paper.
    pub const NOTHING: Self = Self { given: 0, booked: 0, receipts: 0, taken: 0, repaid: 0, held: 0 };

    /// A loan of this sum, paid and printed.
    #[must_use]
    pub const fn loan(tenge: u64) -> Self {
        Self { given: tenge, booked: tenge, receipts: 1, ..Self::NOTHING }
    }
}
