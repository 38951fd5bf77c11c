//! A dispenser that does what a script says.
//!
//! Without a script it is a good one: markers move nothing, dispenses move what was asked, the last status tells
//! the last of the two. Each scripted [`Reaction`] takes the place of the next cash-moving command's good end.

use std::collections::VecDeque;

use senim_domain::Mono;
use senim_domain::cash::{UnitMoved, UnitNo, UnitRequest};
use senim_hal::cash_dispenser::{
    Capabilities, CashDispenser, Command, Event, LastCommand, Movement, UnitReport,
};
use senim_hal::{Error, ErrorKind, LineDriver};

/// What the next cash-moving command comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// It moves this and says so.
    Moves(Movement),
    /// It moves this, or nothing, and does not answer; the last status knows it.
    Silent {
        /// What really moved; `None`: the command was not carried out.
        moved: Option<Movement>,
    },
    /// It is refused before anything goes out.
    Refused(Error),
}

/// The double.
#[derive(Debug)]
pub struct FakeDispenser {
    capabilities: Capabilities,
    cassettes: u8,
    /// Milliseconds from a command to its end.
    delay_ms: u64,
    script: VecDeque<Reaction>,
    last: (LastCommand, Movement),
    due: Option<(Mono, Event)>,
    on_wire: bool,
    events: VecDeque<Event>,
    /// Every command accepted, in order.
    pub commands: Vec<Command>,
    /// Notes that left, per cassette, since it was made.
    pub left: Vec<UnitMoved>,
}

impl FakeDispenser {
    /// A dispenser of four cassettes with these capabilities that answers at once.
    #[must_use]
    pub fn new(capabilities: Capabilities) -> Self {
        let cassettes = 4;
        Self {
            capabilities,
            cassettes,
            delay_ms: 0,
            script: VecDeque::new(),
            last: (LastCommand::Other, nothing(cassettes)),
            due: None,
            on_wire: false,
            events: VecDeque::new(),
            commands: Vec::new(),
            left: nothing(cassettes).units,
        }
    }

    /// The capabilities of an LCDM-4000: final at the exit, remembers its last command.
    #[must_use]
    pub const fn plain() -> Capabilities {
        Capabilities {
            present: false,
            retract: false,
            taken_sensor: false,
            last_status: true,
            max_notes_per_dispense: 40,
            max_notes_per_unit: 20,
            device_token: false,
        }
    }

    /// Lets every command take this long.
    pub const fn set_delay_ms(&mut self, delay_ms: u64) {
        self.delay_ms = delay_ms;
    }

    /// Puts a reaction behind those already scripted.
    pub fn then(&mut self, reaction: Reaction) {
        self.script.push_back(reaction);
    }

    /// Forgets the last command, as a device does that lost power.
    pub fn lose_power(&mut self) {
        self.last = (LastCommand::Other, nothing(self.cassettes));
    }

    /// Dispenses accepted so far.
    #[must_use]
    pub fn dispenses(&self) -> usize {
        self.commands.iter().filter(|command| matches!(command, Command::Dispense(_))).count()
    }

    fn requested(&self, requests: &[UnitRequest]) -> Movement {
        let mut movement = nothing(self.cassettes);
        for unit in &mut movement.units {
            unit.distributed =
                requests.iter().filter(|r| r.unit == unit.unit).fold(0, |sum, r| sum.saturating_add(r.notes));
        }
        movement
    }

    fn book(&mut self, command: LastCommand, movement: &Movement) {
        for moved in &movement.units {
            if let Some(left) = self.left.iter_mut().find(|left| left.unit == moved.unit) {
                left.distributed = left.distributed.saturating_add(moved.distributed);
                left.rejected = left.rejected.saturating_add(moved.rejected);
            }
        }
        self.last = (command, movement.clone());
    }

    fn move_cash(&mut self, command: LastCommand, good: Movement) -> Event {
        match self.script.pop_front().unwrap_or(Reaction::Moves(good)) {
            Reaction::Moves(movement) => {
                self.book(command, &movement);
                match (command, movement.error.clone()) {
                    (LastCommand::Marker, None) => Event::Marked(movement),
                    (LastCommand::Marker, Some(error)) => {
                        Event::MarkRefused { error, movement: Some(movement) }
                    }
                    (LastCommand::Dispense | LastCommand::Other, _) => Event::Moved(movement),
                }
            }
            Reaction::Silent { moved } => {
                if let Some(movement) = moved {
                    self.book(command, &movement);
                }
                Event::Unanswered(Error::new(ErrorKind::Offline, "the fake stays silent"))
            }
            Reaction::Refused(error) => {
                self.on_wire = false;
                Event::Failed(error)
            }
        }
    }

    fn settle(&mut self) {
        if let Some((_, event)) = self.due.take() {
            self.events.push_back(event);
        }
    }
}

fn nothing(cassettes: u8) -> Movement {
    let units =
        (1..=cassettes).map(|unit| UnitMoved { unit: UnitNo(unit), distributed: 0, rejected: 0 }).collect();
    Movement { units, error: None, counts_in_doubt: false }
}

impl LineDriver for FakeDispenser {
    fn handle_input(&mut self, _bytes: &[u8], _now: Mono) {}

    /// Never has bytes; a dispense counts as on the wire once this was called.
    fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        if std::mem::take(&mut self.on_wire) {
            self.events.push_front(Event::OnWire);
        }
        None
    }

    fn poll_timeout(&self) -> Option<Mono> {
        self.due.as_ref().map(|(at, _)| *at)
    }

    fn handle_timeout(&mut self, now: Mono) {
        if self.due.as_ref().is_some_and(|(at, _)| *at <= now) {
            self.settle();
        }
    }

    fn handle_line(&mut self, open: bool, _now: Mono) {
        self.events.push_back(Event::Line { open });
    }
}

impl CashDispenser for FakeDispenser {
    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    fn begin(&mut self, command: Command, now: Mono) -> Result<(), Error> {
        if self.due.is_some() {
            return Err(Error::new(ErrorKind::DeviceBusy, "the fake has a command under way"));
        }
        let mut at = now.plus_ms(self.delay_ms);
        let event = match &command {
            Command::Status => {
                let units = (1..=self.cassettes)
                    .map(|unit| UnitReport { unit: UnitNo(unit), present: true, low: false })
                    .collect();
                Event::Status { identity: "fake dispenser".to_owned(), units, error: None }
            }
            Command::Mark => self.move_cash(LastCommand::Marker, nothing(self.cassettes)),
            Command::Dispense(requests) => {
                self.on_wire = true;
                let good = self.requested(requests);
                self.move_cash(LastCommand::Dispense, good)
            }
            Command::LastStatus { not_before } => {
                at = at.max(*not_before);
                let (command, movement) = self.last.clone();
                Event::LastStatus { command, movement }
            }
            Command::Reset => Event::Moved(Movement { counts_in_doubt: true, ..nothing(self.cassettes) }),
        };
        self.commands.push(command);
        self.due = Some((at, event));
        if at <= now {
            self.settle();
        }
        Ok(())
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use senim_domain::cash::Denomination;

    use super::*;

    fn ask(fake: &mut FakeDispenser, command: Command) -> Vec<Event> {
        fake.begin(command, Mono(1)).unwrap();
        assert_eq!(fake.poll_transmit(), None);
        while let Some(at) = fake.poll_timeout() {
            fake.handle_timeout(at);
        }
        std::iter::from_fn(|| fake.poll_event()).collect()
    }

    fn two_notes() -> Command {
        Command::Dispense(vec![UnitRequest { unit: UnitNo(2), denomination: Denomination(5_000), notes: 2 }])
    }

    #[test]
    fn unscripted_it_marks_dispenses_and_remembers() {
        let mut fake = FakeDispenser::new(FakeDispenser::plain());
        assert!(matches!(ask(&mut fake, Command::Mark)[..], [Event::Marked(_)]));
        let told = ask(&mut fake, two_notes());
        assert!(matches!(&told[..], [Event::OnWire, Event::Moved(movement)] if movement.distributed() == 2));
        let last = ask(&mut fake, Command::LastStatus { not_before: Mono(70_000) });
        assert!(matches!(&last[..], [Event::LastStatus { command: LastCommand::Dispense, .. }]));
        assert_eq!((fake.dispenses(), fake.left[1].distributed), (1, 2));
    }

    #[test]
    fn a_silent_dispense_is_known_to_the_last_status_until_power_goes() {
        let mut fake = FakeDispenser::new(FakeDispenser::plain());
        let moved = fake.requested(&[]);
        fake.then(Reaction::Silent { moved: Some(moved) });
        assert!(matches!(ask(&mut fake, two_notes())[..], [Event::OnWire, Event::Unanswered(_)]));
        let query = Command::LastStatus { not_before: Mono(0) };
        assert!(matches!(
            ask(&mut fake, query.clone())[..],
            [Event::LastStatus { command: LastCommand::Dispense, .. }]
        ));
        fake.lose_power();
        assert!(matches!(ask(&mut fake, query)[..], [Event::LastStatus { command: LastCommand::Other, .. }]));
    }

    #[test]
    fn a_refused_dispense_never_was_on_the_wire_and_a_second_command_waits() {
        let mut fake = FakeDispenser::new(FakeDispenser::plain());
        fake.then(Reaction::Refused(Error::new(ErrorKind::HardwareError, "scripted")));
        assert!(matches!(ask(&mut fake, two_notes())[..], [Event::Failed(_)]));
        fake.set_delay_ms(5);
        fake.begin(Command::Mark, Mono(0)).unwrap();
        assert_eq!(fake.begin(Command::Mark, Mono(0)).unwrap_err().kind, ErrorKind::DeviceBusy);
    }
}
