//! A dispenser with a shutter as a device of its own: notes lie somewhere, people take them, answers are late or lost.

use std::collections::VecDeque;

use senim_domain::cash::{UnitMoved, UnitNo, UnitRequest};
use senim_hal::cash_dispenser::{
    Event as Dispenser, LastCommand, Movement, Presentation, Shutter, UnitPresented,
};
use senim_hal::{Error, ErrorKind};
use senim_session::effect::{CashCommand, Effect};

use crate::desk::{healthy, offline};

const UNITS: usize = 2;
const FACES: [u32; UNITS] = [5_000, 1_000];

/// How a command goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Good,
    /// Not all of it, with an error and a reject.
    Short,
    /// All of it, and the device's words put it in doubt.
    Doubt,
    /// Done, and the answer never came.
    Lost,
    /// Never done, and no answer came.
    Deaf,
    /// Refused: nothing was done.
    Refused,
}

/// What the driver is busy with.
#[derive(Clone, Debug)]
pub enum Work {
    Cash(CashCommand),
    LastStatus,
    PresentStatus,
    Status,
}

/// Device, driver and the gate before it.
#[derive(Debug)]
pub struct Presenter {
    pub cassettes: [u32; UNITS],
    pub reject: [u32; UNITS],
    pub retract: [u32; UNITS],
    /// Really behind or in the shutter.
    pub lying: [u32; UNITS],
    /// Really with people.
    pub given: [u32; UNITS],
    /// The device's own record since the exit was last empty.
    record: [[u32; 3]; UNITS],
    open: bool,
    /// A present whose taking was not told yet.
    untold: bool,
    last: (LastCommand, Movement),
    pub losses: u64,
    known: bool,
    pub work: Option<Work>,
    pub events: VecDeque<Dispenser>,
}

impl Presenter {
    pub fn new(notes: u32) -> Self {
        Self {
            cassettes: [notes; UNITS],
            reject: [0; UNITS],
            retract: [0; UNITS],
            lying: [0; UNITS],
            given: [0; UNITS],
            record: [[0; 3]; UNITS],
            open: false,
            untold: false,
            last: (LastCommand::Other, movement([0; UNITS], [0; UNITS])),
            losses: 0,
            known: true,
            work: None,
            events: VecDeque::new(),
        }
    }

    pub fn given_tenge(&self) -> u32 {
        self.given.iter().zip(FACES).map(|(notes, face)| notes * face).sum()
    }

    /// Hands what the session asks for to the driver.
    pub fn hear(&mut self, effects: &[Effect]) {
        for effect in effects {
            let work = match effect {
                Effect::Record(record) => record.then.clone().map(Work::Cash),
                Effect::AskLastStatus { .. } => Some(Work::LastStatus),
                Effect::AskPresentStatus { .. } => Some(Work::PresentStatus),
                Effect::AskDispenser => Some(Work::Status),
                _ => None,
            };
            let Some(work) = work else { continue };
            if self.work.is_some() {
                self.events.push_back(Dispenser::Failed(Error::new(ErrorKind::DeviceBusy, "at it")));
            } else if matches!(work, Work::Cash(_)) && !self.known {
                self.events.push_back(Dispenser::Failed(Error::new(ErrorKind::NoDevice, "unknown")));
            } else {
                self.work = Some(work);
            }
        }
    }

    /// The command under way comes to its end.
    pub fn go_on(&mut self, way: Way) {
        let Some(work) = self.work.take() else { return };
        let question = !matches!(work, Work::Cash(_));
        if question && matches!(way, Way::Lost | Way::Deaf | Way::Refused) {
            return self.events.push_back(Dispenser::Failed(offline()));
        }
        self.known |= question;
        let answer = match work {
            Work::Status => healthy(),
            Work::LastStatus => {
                let (command, movement) = self.last.clone();
                Dispenser::LastStatus { command, movement }
            }
            Work::PresentStatus => Dispenser::PresentStatus(self.places(way)),
            Work::Cash(_) if way == Way::Deaf => Dispenser::Unanswered(offline()),
            Work::Cash(_) if way == Way::Refused => Dispenser::Failed(offline()),
            Work::Cash(command) => self.carry_out(&command, way),
        };
        let lost = way == Way::Lost;
        self.events.push_back(if lost { Dispenser::Unanswered(offline()) } else { answer });
    }

    fn carry_out(&mut self, command: &CashCommand, way: Way) -> Dispenser {
        match command {
            CashCommand::Mark => {
                let marked = movement([0; UNITS], [0; UNITS]);
                self.last = (LastCommand::Marker, marked.clone());
                Dispenser::Marked(marked)
            }
            CashCommand::Dispense(notes) => Dispenser::Moved(self.stack(notes, way)),
            CashCommand::AcceptNotes(_)
            | CashCommand::StackNote
            | CashCommand::ReturnNote
            | CashCommand::ResetAcceptor => panic!("{command:?} for a dispenser"),
            CashCommand::TestDispense(UnitNo(unit)) => {
                let mut rejected = [0; UNITS];
                rejected[usize::from(*unit) - 1] = 1;
                self.move_out([0; UNITS], rejected);
                self.last = (LastCommand::Other, movement([0; UNITS], rejected));
                Dispenser::Moved(movement([0; UNITS], rejected))
            }
            CashCommand::Present => {
                if way != Way::Short {
                    self.open = true;
                    self.untold = true;
                }
                Dispenser::Presented(self.places(way))
            }
            CashCommand::Retract => {
                // A retract that comes short leaves all where it is.
                if way != Way::Short {
                    self.count_what_lies();
                    for unit in 0..UNITS {
                        let notes = std::mem::take(&mut self.lying[unit]);
                        self.retract[unit] += notes;
                        let known = std::mem::take(&mut self.record[unit][0]);
                        self.record[unit][2] += known;
                    }
                    self.open = false;
                    self.untold = false;
                }
                Dispenser::Retracted(self.places(way))
            }
        }
    }

    fn stack(&mut self, notes: &[UnitRequest], way: Way) -> Movement {
        let (mut out, mut rejected) = ([0; UNITS], [0; UNITS]);
        for request in notes {
            let unit = usize::from(request.unit.0) - 1;
            let short = u32::from(way == Way::Short);
            out[unit] = request.notes.saturating_sub(short);
            rejected[unit] = short;
        }
        if self.lying == [0; UNITS] && out != [0; UNITS] {
            self.record = [[0; 3]; UNITS];
            self.open = false;
        }
        self.move_out(out, rejected);
        for (unit, notes) in out.into_iter().enumerate() {
            self.lying[unit] += notes;
            self.record[unit][0] += notes;
        }
        let error = (way == Way::Short).then(|| Error::new(ErrorKind::HardwareError, "short"));
        let moved = Movement { error, counts_in_doubt: way == Way::Doubt, ..movement(out, rejected) };
        self.last = (LastCommand::Dispense, moved.clone());
        moved
    }

    fn move_out(&mut self, out: [u32; UNITS], rejected: [u32; UNITS]) {
        for unit in 0..UNITS {
            self.cassettes[unit] -= out[unit] + rejected[unit];
            self.reject[unit] += rejected[unit];
        }
    }

    fn places(&self, way: Way) -> Presentation {
        let place = |(at, [lying, taken, retracted]): (usize, &[u32; 3])| UnitPresented {
            unit: UnitNo(u8::try_from(at).unwrap() + 1),
            lying: *lying,
            taken: *taken,
            retracted: *retracted,
        };
        Presentation {
            shutter: if self.open { Shutter::Open } else { Shutter::Closed },
            units: self.record.iter().enumerate().map(place).collect(),
            error: (way == Way::Short).then(|| Error::new(ErrorKind::HardwareError, "shutter")),
            counts_in_doubt: way == Way::Doubt,
        }
    }

    /// Somebody takes notes. Only an empty exit is seen, and told once.
    pub fn take(&mut self, most: u32) {
        if !self.open {
            return;
        }
        for unit in 0..UNITS {
            let notes = self.lying[unit].min(most);
            self.lying[unit] -= notes;
            self.given[unit] += notes;
        }
        if self.lying != [0; UNITS] {
            return;
        }
        for columns in &mut self.record {
            columns[1] += std::mem::take(&mut columns[0]);
        }
        self.open = false;
        if std::mem::take(&mut self.untold) {
            self.events.push_back(Dispenser::ItemsTaken(self.places(Way::Good)));
        }
    }

    /// Whoever took a part is found out when the rest is counted into the retract unit.
    fn count_what_lies(&mut self) {
        for unit in 0..UNITS {
            let gone = self.record[unit][0].saturating_sub(self.lying[unit]);
            self.record[unit][0] -= gone;
            self.record[unit][1] += gone;
        }
    }

    pub fn line(&mut self) {
        if let Some(work) = self.work.take() {
            self.events.push_back(match work {
                Work::Cash(_) => Dispenser::Unanswered(offline()),
                _ => Dispenser::Failed(offline()),
            });
        }
        self.known = false;
        self.events.push_back(Dispenser::Line { open: false });
        self.events.push_back(Dispenser::Line { open: true });
    }

    /// Its power fails and comes back: what it remembered is gone, where notes lie is not.
    pub fn power_cut(&mut self) {
        self.losses += 1;
        self.record = [[0; 3]; UNITS];
        self.last = (LastCommand::Other, movement([0; UNITS], [0; UNITS]));
        self.untold = false;
        if matches!(self.work, Some(Work::Cash(_))) {
            self.work = None;
            self.events.push_back(Dispenser::Unanswered(offline()));
        }
    }

    /// The process is gone, and with it whatever it had not heard.
    pub fn forget(&mut self) {
        self.events.clear();
        self.work = None;
        self.known = false;
    }
}

fn movement(out: [u32; UNITS], rejected: [u32; UNITS]) -> Movement {
    let unit = |at: usize| UnitMoved {
        unit: UnitNo(u8::try_from(at).unwrap() + 1),
        distributed: out[at],
        rejected: rejected[at],
    };
    Movement { units: (0..UNITS).map(unit).collect(), error: None, counts_in_doubt: false }
}
