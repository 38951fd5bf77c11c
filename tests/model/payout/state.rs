//! The world at one moment.

use std::hash::{Hash, Hasher};

use senim_domain::cash::{CashBooks, UnitNo, UnitStock};
use senim_operation::body::PayoutResult;
use senim_session::bundle::MarkerInQuestion;
use senim_session::durable::{OpenPayout, Stage};

use super::device::{CASSETTES, Command, Device, Memory, Record};

/// One way in which a terminal may be built and configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Site {
    /// Where the dispenser's memory of its last command lives; `None`: it has none.
    pub memory: Option<Memory>,
    /// Configuration states that it is written at the end and survives.
    pub stated: bool,
    /// A latch counts the dispenser's losses of power.
    pub latch: bool,
    pub odd: Odd,
}

/// What the dispenser of a site may do beyond what each one may. What design section 3 and docs/decisions/0008 leave open
/// is not mixed with it but in [`Odd::Anything`], where the model must find that it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Odd {
    /// Nothing.
    Nothing,
    /// Its marker may let a note out. A death of the process or a loss of power behind that hides the note.
    MarkerLeaks,
    /// Its firmware may start by itself in the middle of its work. So does a death of the process, or the loss of the one
    /// answer that says that DISPENSE was heard.
    StartsByItself,
    /// All of this at once.
    Anything,
}

impl Odd {
    pub(super) fn leaks(self) -> bool {
        matches!(self, Self::MarkerLeaks | Self::Anything)
    }

    pub(super) fn starts_by_itself(self) -> bool {
        matches!(self, Self::StartsByItself | Self::Anything)
    }

    /// Whether the process may die and the cabinet lose its power.
    pub(super) fn dies(self) -> bool {
        matches!(self, Self::Nothing | Self::Anything)
    }
}

impl Site {
    /// All that make sense.
    pub fn all() -> Vec<Self> {
        let kept = [
            (Some(Memory::Volatile), false),
            (Some(Memory::AtStart), false),
            (Some(Memory::AtEnd), false),
            (Some(Memory::AtEnd), true),
        ];
        let mut sites = vec![Self { memory: None, stated: false, latch: true, odd: Odd::Nothing }];
        for (memory, stated) in kept {
            for latch in [true, false] {
                for odd in [Odd::Nothing, Odd::MarkerLeaks, Odd::StartsByItself] {
                    sites.push(Self { memory, stated, latch, odd });
                }
            }
        }
        sites
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub site: Site,
    /// Losses, faults and cuts that may still come.
    pub faults: u8,
    pub disk: Durable,
    pub process: Option<Process>,
    /// Boots of the host.
    pub boot: u8,
    /// What the latch shows, where there is one.
    pub losses: u8,
    /// On the way to the device, in order.
    pub(super) frames: Vec<Command>,
    /// On the way to the driver, in order.
    pub(super) answers: Vec<Answer>,
    pub(super) device: Device,
    /// DISPENSE frames written since the last `PayoutIntended`.
    pub dispensed: u8,
    /// One was written without its row.
    pub unarmed: bool,
    /// Something that moves was written after cash service had stopped.
    pub after_stop: bool,
    /// A bundle was begun behind one that was not given whole.
    pub out_of_turn: bool,
    /// Requests that became durable.
    pub requested: usize,
    /// A bundle found at start ended by the last status.
    pub recovered: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Answer {
    /// DISPENSE was acknowledged.
    Accepted,
    /// A command has ended.
    Ended(Record),
}

/// A running process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Process {
    /// What the session holds.
    pub durable: Durable,
    /// Rows that it asks for, in order.
    pub(super) queue: Vec<Row>,
    pub(super) waits: Waiting,
    /// The visit in which the payout was asked for goes on.
    pub(super) visitor: bool,
    pub(super) accepted: bool,
    pub(super) question: Option<MarkerInQuestion>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Row {
    /// What the disk holds with it.
    pub(super) after: Durable,
    /// Written behind it.
    pub(super) then: Option<Command>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Waiting {
    Nothing,
    /// For the answer to a command that moves cash.
    Command,
    /// For the last status.
    LastStatus {
        /// Until the mechanics must rest.
        rests: bool,
    },
}

/// What a row holds or has told so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Durable {
    pub books: CashBooks,
    pub open: Option<OpenPayout>,
    pub stopped: bool,
    pub ends: Vec<Ended>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    pub part: u8,
    pub tenge: u64,
    pub result: PayoutResult,
}

impl Hash for Durable {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for stock in self.books.units.values() {
            (stock.unit, stock.notes).hash(state);
        }
        for sums in self.books.denominations.values() {
            (sums.in_reject, sums.distributed, sums.uncertain).hash(state);
        }
        self.stopped.hash(state);
        for end in &self.ends {
            (end.part, end.tenge, end.result as u8).hash(state);
        }
        let Some(open) = &self.open else { return 0_u8.hash(state) };
        (open.part, open.amount_tiyn, open.authorisation, open.bundle).hash(state);
        for request in open.plan.iter().flatten() {
            (request.unit, request.notes).hash(state);
        }
        for count in &open.distributed {
            (count.denomination, count.notes).hash(state);
        }
        match &open.stage {
            Stage::Requested => 1_u8.hash(state),
            Stage::Intended => 2_u8.hash(state),
            Stage::Armed { boot, mono, latch_losses } => (3_u8, boot, mono, latch_losses).hash(state),
            Stage::Presented { .. } => unreachable!("no shutter here"),
            Stage::Settled(result) => (4_u8, *result as u8).hash(state),
        }
    }
}

impl Durable {
    pub(super) fn new() -> Self {
        let mut books = CashBooks::default();
        for (unit, (denomination, notes)) in (1..).zip(CASSETTES) {
            books.add(UnitStock { unit: UnitNo(unit), denomination, notes }).expect("an empty cassette");
        }
        Self { books, open: None, stopped: false, ends: Vec::new() }
    }

    pub fn armed(&self) -> bool {
        self.open.as_ref().is_some_and(|open| matches!(open.stage, Stage::Armed { .. }))
    }

    /// Worth of what the books say was given.
    pub fn distributed_tenge(&self) -> u64 {
        let denominations = self.books.denominations.iter();
        denominations.map(|(value, sums)| u64::from(value.0) * u64::from(sums.distributed)).sum()
    }
}

impl State {
    pub(super) fn new(site: Site, faults: u8) -> Self {
        Self {
            site,
            faults,
            disk: Durable::new(),
            process: None,
            boot: 0,
            losses: 0,
            frames: Vec::new(),
            answers: Vec::new(),
            device: Device::new(site.memory.unwrap_or(Memory::Volatile)),
            dispensed: 0,
            unarmed: false,
            after_stop: false,
            out_of_turn: false,
            requested: 0,
            recovered: false,
        }
    }

    /// With each bundle ended, each note is where the books say, but for those in doubt.
    pub(super) fn books_agree(&self) -> bool {
        let ended = match &self.disk.open {
            None => true,
            Some(open) => matches!(open.stage, Stage::Requested | Stage::Settled(_)),
        };
        let books = &self.disk.books;
        !ended
            || (0..2).all(|place| {
                let (denomination, _) = CASSETTES[place];
                let stock = books.units[&UnitNo(place as u8 + 1)];
                let sums = books.denominations[&denomination];
                let exited = u32::from(self.device.exited[place]);
                let held = u32::from(self.device.notes[place]) == stock.notes
                    && u32::from(self.device.rejected[place]) == sums.in_reject;
                // Nobody asked for what a marker let out: beyond the notes asked for a count has to find it.
                let unasked = if self.disk.stopped { self.device.leaked[place].into() } else { 0 };
                let most = sums.distributed + sums.uncertain + unasked;
                let given = (sums.distributed..=most).contains(&exited);
                given && (held || sums.uncertain > 0 || self.disk.stopped)
            })
    }
}
