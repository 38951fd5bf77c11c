//! A dispenser as its manual describes it, as small as it can be: two cassettes, one piece of work at a time, and the memory
//! of its last command, which is all that a terminal that was away can ask.

use senim_domain::cash::{Denomination, UnitMoved, UnitNo, UnitRequest};
use senim_hal::cash_dispenser::{Event, LastCommand, Movement};
use senim_hal::{Error, ErrorKind};

/// Cassettes: face value and notes at the beginning. One note more than the loan takes, for rejects.
pub const CASSETTES: [(Denomination, u32); 2] = [(Denomination(2_000), 3), (Denomination(1_000), 3)];

/// Where the memory of the last command lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Memory {
    /// Lost with power.
    Volatile,
    /// Written when a command starts, with zero counts, and again when it ends; it survives.
    AtStart,
    /// Written when a command ends; it survives.
    AtEnd,
}

/// What the device can be told and has to carry out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    Mark,
    /// Notes per cassette.
    Dispense([u8; 2]),
}

/// Notes counted per cassette.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Count {
    pub exited: [u8; 2],
    pub rejected: [u8; 2],
}

/// How a command ended, or has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Record {
    pub command: Last,
    pub count: Count,
    pub end: End,
}

/// [`LastCommand`], which has no hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Last {
    Marker,
    Dispense,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    Good,
    /// An error beside good counts.
    Error,
    /// An error that puts the counts in doubt.
    Doubt,
}

/// Work under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Work {
    pub command: Last,
    pub left: [u8; 2],
    pub count: Count,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Device {
    pub memory: Memory,
    pub record: Record,
    pub work: Option<Work>,
    /// Notes in the cassettes.
    pub notes: [u8; 2],
    /// Notes that ever left.
    pub exited: [u8; 2],
    /// Of these, notes that a marker let out, for which nobody asked.
    pub leaked: [u8; 2],
    /// Notes that ever went to the reject unit.
    pub rejected: [u8; 2],
}

impl Record {
    pub const NONE: Self =
        Self { command: Last::Other, count: Count { exited: [0; 2], rejected: [0; 2] }, end: End::Good };

    pub fn movement(&self) -> Movement {
        let unit = |place: usize| UnitMoved {
            unit: UnitNo(place as u8 + 1),
            distributed: self.count.exited[place].into(),
            rejected: self.count.rejected[place].into(),
        };
        Movement {
            units: vec![unit(0), unit(1)],
            error: (self.end != End::Good).then(|| Error::new(ErrorKind::HardwareError, "a jam")),
            counts_in_doubt: self.end == End::Doubt,
        }
    }

    /// As the answer to its command.
    pub fn answer(&self) -> Event {
        let movement = self.movement();
        match (self.command, &movement.error) {
            (Last::Marker, None) => Event::Marked(movement),
            (Last::Marker, Some(error)) => {
                Event::MarkRefused { error: error.clone(), movement: Some(movement) }
            }
            (Last::Dispense | Last::Other, _) => Event::Moved(movement),
        }
    }

    /// As the answer to LAST STATUS.
    pub fn last_status(&self) -> Event {
        let command = match self.command {
            Last::Marker => LastCommand::Marker,
            Last::Dispense => LastCommand::Dispense,
            Last::Other => LastCommand::Other,
        };
        Event::LastStatus { command, movement: self.movement() }
    }
}

/// Notes per cassette of a bundle.
pub fn per_cassette(requested: &[UnitRequest]) -> [u8; 2] {
    let of = |unit| {
        let notes = requested.iter().filter(|request| request.unit == UnitNo(unit)).map(|one| one.notes);
        notes.sum::<u32>() as u8
    };
    [of(1), of(2)]
}

impl Device {
    pub fn new(memory: Memory) -> Self {
        Self {
            memory,
            record: Record::NONE,
            work: None,
            notes: CASSETTES.map(|(_, notes)| notes as u8),
            exited: [0; 2],
            leaked: [0; 2],
            rejected: [0; 2],
        }
    }

    pub fn begins(&mut self, command: &Command) {
        let (command, left) = match command {
            Command::Mark => (Last::Marker, [0; 2]),
            Command::Dispense(notes) => (Last::Dispense, *notes),
        };
        let count = Count::default();
        if self.memory == Memory::AtStart {
            self.record = Record { command, count, end: End::Good };
        }
        self.work = Some(Work { command, left, count });
    }

    /// The cassette whose note is next.
    pub fn next_note(&self) -> Option<usize> {
        let work = self.work.as_ref()?;
        (0..2).find(|place| work.left[*place] > 0)
    }

    /// The next note leaves the cassette, through the exit or into the reject unit; of a rejected one another follows.
    pub fn moves_note(&mut self, place: usize, out: bool) {
        let Some(work) = &mut self.work else { return };
        self.notes[place] -= 1;
        if out {
            work.left[place] -= 1;
            work.count.exited[place] += 1;
            self.exited[place] += 1;
        } else {
            work.count.rejected[place] += 1;
            self.rejected[place] += 1;
        }
    }

    /// A note leaves that is counted by nobody.
    pub fn loses_note(&mut self, place: usize) {
        self.notes[place] -= 1;
        self.exited[place] += 1;
    }

    /// The work ends; what is answered.
    pub fn ends(&mut self, end: End) -> Option<Record> {
        let work = self.work.take()?;
        self.record = Record { command: work.command, count: work.count, end };
        Some(self.record)
    }

    /// Power is away for a moment: the work stops where it is.
    pub fn loses_power(&mut self) {
        self.work = None;
        if self.memory == Memory::Volatile {
            self.record = Record::NONE;
        }
    }

    /// The marker moves a note out, and counts it.
    pub fn leaks(&mut self, place: usize) {
        let Some(work) = &mut self.work else { return };
        work.count.exited[place] += 1;
        self.notes[place] -= 1;
        self.exited[place] += 1;
        self.leaked[place] += 1;
    }
}
