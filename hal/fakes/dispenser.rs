//! A dispenser that does what a script says.
//!
//! Without a script it is a good one: markers move nothing, dispenses move what was asked, the last status tells
//! the last of the two. Each scripted [`Reaction`] takes the place of the next good end of a marker or dispense. With
//! a shutter among its capabilities, dispenses are stacked, present opens, retract takes back; what people do there
//! is said by [`FakeDispenser::people_take`], and what goes wrong by [`ShutterReaction`].

use std::collections::VecDeque;

use senim_domain::Mono;
use senim_domain::cash::{UnitMoved, UnitNo, UnitRequest};
use senim_hal::cash_dispenser::{
    Capabilities, CashDispenser, Command, Event, LastCommand, Movement, Presentation, Shutter, UnitPresented,
    UnitReport,
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

/// What the next present or retract comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShutterReaction {
    /// The shutter does not move: nothing changes place and the end tells this error.
    Jams(Error),
    /// It is carried out, or not, and not answered; the present status knows.
    Silent {
        /// Whether it was carried out.
        done: bool,
    },
}

/// The double.
#[derive(Debug)]
pub struct FakeDispenser {
    capabilities: Capabilities,
    cassettes: u8,
    /// Milliseconds from a command to its end.
    delay_ms: u64,
    script: VecDeque<Reaction>,
    shutter_script: VecDeque<ShutterReaction>,
    exit: Presentation,
    /// Taken from a bundle that is not wholly gone: the sensor does not see it.
    taken_unseen: u32,
    last: (LastCommand, Movement),
    due: Option<(Mono, Event)>,
    on_wire: bool,
    events: VecDeque<Event>,
    /// Every command accepted, in order.
    pub commands: Vec<Command>,
    /// Notes that left, or with a shutter were stacked, per cassette, since it was made.
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
            shutter_script: VecDeque::new(),
            exit: empty_exit(cassettes),
            taken_unseen: 0,
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

    /// The capabilities of the emulated presenter: stacks behind a shutter, retracts, sees that notes were taken.
    #[must_use]
    pub const fn presenting() -> Capabilities {
        Capabilities { present: true, retract: true, taken_sensor: true, ..Self::plain() }
    }

    /// Lets every command take this long.
    pub const fn set_delay_ms(&mut self, delay_ms: u64) {
        self.delay_ms = delay_ms;
    }

    /// Puts a reaction behind those already scripted.
    pub fn then(&mut self, reaction: Reaction) {
        self.script.push_back(reaction);
    }

    /// Puts a reaction of the shutter behind those already scripted.
    pub fn then_shutter(&mut self, reaction: ShutterReaction) {
        self.shutter_script.push_back(reaction);
    }

    /// Somebody takes up to so many notes out of the open shutter. The sensor tells only when none is left.
    pub fn people_take(&mut self, notes: u32) {
        if self.exit.shutter != Shutter::Open {
            return;
        }
        self.taken_unseen = self.taken_unseen.saturating_add(notes).min(self.exit.lying());
        if self.taken_unseen == self.exit.lying() && self.taken_unseen > 0 {
            self.book_taken();
            self.exit.shutter = Shutter::Closed;
            if self.capabilities.taken_sensor {
                self.events.push_back(Event::ItemsTaken(self.exit.clone()));
            }
        }
    }

    /// Where the stacked notes are.
    #[must_use]
    pub const fn exit(&self) -> &Presentation {
        &self.exit
    }

    fn book_taken(&mut self) {
        for unit in &mut self.exit.units {
            let gone = self.taken_unseen.min(unit.lying);
            unit.lying = unit.lying.saturating_sub(gone);
            unit.taken = unit.taken.saturating_add(gone);
            self.taken_unseen = self.taken_unseen.saturating_sub(gone);
        }
    }

    fn stack(&mut self, movement: &Movement) {
        if !self.capabilities.present {
            return;
        }
        if self.exit.lying() == 0 {
            self.exit = empty_exit(self.cassettes);
        }
        for moved in &movement.units {
            if let Some(unit) = self.exit.units.iter_mut().find(|unit| unit.unit == moved.unit) {
                unit.lying = unit.lying.saturating_add(moved.distributed);
            }
        }
    }

    fn retract(&mut self) {
        self.book_taken();
        for unit in &mut self.exit.units {
            unit.retracted = unit.retracted.saturating_add(unit.lying);
            unit.lying = 0;
        }
        self.exit.shutter = Shutter::Closed;
    }

    fn move_shutter(&mut self, capable: bool, act: fn(&mut Self), end: fn(Presentation) -> Event) -> Event {
        if !capable {
            return refused("the fake cannot do this by its capabilities");
        }
        let reaction = self.shutter_script.pop_front();
        match &reaction {
            None | Some(ShutterReaction::Silent { done: true }) => act(self),
            Some(ShutterReaction::Jams(_) | ShutterReaction::Silent { done: false }) => {}
        }
        match reaction {
            None => end(self.exit.clone()),
            Some(ShutterReaction::Jams(error)) => {
                end(Presentation { error: Some(error), ..self.exit.clone() })
            }
            Some(ShutterReaction::Silent { .. }) => {
                Event::Unanswered(Error::new(ErrorKind::Offline, "the fake stays silent"))
            }
        }
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
        if command == LastCommand::Dispense {
            self.stack(movement);
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

fn empty_exit(cassettes: u8) -> Presentation {
    let units = (1..=cassettes)
        .map(|unit| UnitPresented { unit: UnitNo(unit), lying: 0, taken: 0, retracted: 0 })
        .collect();
    Presentation { shutter: Shutter::Closed, units, error: None, counts_in_doubt: false }
}

fn refused(words: &str) -> Event {
    Event::Failed(Error::new(ErrorKind::HardwareError, words))
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
            Command::Mark if !self.capabilities.last_status => Event::Marked(nothing(self.cassettes)),
            Command::Mark => self.move_cash(LastCommand::Marker, nothing(self.cassettes)),
            Command::Dispense(requests) => {
                self.on_wire = true;
                let good = self.requested(requests);
                self.move_cash(LastCommand::Dispense, good)
            }
            Command::TestDispense(unit) => {
                let mut good = nothing(self.cassettes);
                for moved in good.units.iter_mut().filter(|moved| moved.unit == *unit) {
                    moved.rejected = 1;
                }
                self.move_cash(LastCommand::Other, good)
            }
            Command::Present => self.move_shutter(
                self.capabilities.present,
                |fake| fake.exit.shutter = Shutter::Open,
                Event::Presented,
            ),
            Command::Retract => self.move_shutter(self.capabilities.retract, Self::retract, Event::Retracted),
            Command::PresentStatus { .. } if !self.capabilities.present => refused("the fake has no shutter"),
            Command::PresentStatus { not_before } => {
                at = at.max(*not_before);
                Event::PresentStatus(self.exit.clone())
            }
            Command::LastStatus { .. } if !self.capabilities.last_status => {
                refused("the fake keeps no last status")
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

    fn lying_taken_retracted(fake: &FakeDispenser) -> (u32, u32, u32) {
        (fake.exit().lying(), fake.exit().taken(), fake.exit().retracted())
    }

    #[test]
    fn stacked_notes_are_given_only_when_somebody_took_them_all() {
        let mut fake = FakeDispenser::new(FakeDispenser::presenting());
        ask(&mut fake, two_notes());
        fake.people_take(2);
        assert_eq!(lying_taken_retracted(&fake), (2, 0, 0), "the shutter is closed");
        assert!(matches!(&ask(&mut fake, Command::Present)[..], [Event::Presented(p)] if p.lying() == 2));
        fake.people_take(1);
        assert_eq!((fake.poll_event(), lying_taken_retracted(&fake)), (None, (2, 0, 0)));
        fake.people_take(1);
        assert!(matches!(fake.poll_event(), Some(Event::ItemsTaken(p)) if (p.lying(), p.taken()) == (0, 2)));
    }

    #[test]
    fn a_retract_finds_out_what_was_taken_and_a_jam_changes_nothing() {
        let mut fake = FakeDispenser::new(FakeDispenser::presenting());
        ask(&mut fake, two_notes());
        fake.then_shutter(ShutterReaction::Jams(Error::new(ErrorKind::HardwareError, "scripted")));
        let told = ask(&mut fake, Command::Present);
        assert!(
            matches!(&told[..], [Event::Presented(p)] if p.error.is_some() && p.shutter == Shutter::Closed)
        );
        fake.then_shutter(ShutterReaction::Silent { done: true });
        assert!(matches!(ask(&mut fake, Command::Present)[..], [Event::Unanswered(_)]));
        let status = ask(&mut fake, Command::PresentStatus { not_before: Mono(0) });
        assert!(matches!(&status[..], [Event::PresentStatus(p)] if p.shutter == Shutter::Open));
        fake.people_take(1);
        assert!(matches!(ask(&mut fake, Command::Retract)[..], [Event::Retracted(_)]));
        assert_eq!(lying_taken_retracted(&fake), (0, 1, 1));
    }

    #[test]
    fn what_its_capabilities_do_not_have_fails_and_a_marker_that_is_not_needed_is_told_as_marked() {
        let mut fake = FakeDispenser::new(Capabilities { last_status: false, ..FakeDispenser::plain() });
        for command in [Command::Present, Command::Retract, Command::LastStatus { not_before: Mono(0) }] {
            assert!(matches!(ask(&mut fake, command)[..], [Event::Failed(_)]));
        }
        assert!(
            matches!(&ask(&mut fake, Command::Mark)[..], [Event::Marked(movement)] if movement.distributed() == 0)
        );
        let test = ask(&mut fake, Command::TestDispense(UnitNo(3)));
        assert!(matches!(&test[..], [Event::Moved(movement)] if movement.units[2].rejected == 1));
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
