//! An acceptor that does what a script says.
//!
//! Without a script it is a good one: a note put to the mouth waits in escrow if it is enabled and is refused otherwise,
//! Stack keeps it, Return gives it back. Each scripted [`Outcome`] takes the place of the next Stack's or Return's good end.

use std::collections::VecDeque;

use senim_domain::Mono;
use senim_domain::cash::Denomination;
use senim_hal::cash_acceptor::{Capabilities, CashAcceptor, Command, Event, Position, Refusal, Stacker};
use senim_hal::{Error, ErrorKind, LineDriver};

/// What the next Stack or Return comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The note is kept, whatever was asked.
    Stacks,
    /// The note is given back, whatever was asked.
    Returns,
    /// It is stuck, and lies between mouth and stacker.
    Jams(Error),
    /// Nothing is told; the note is kept (`true`) or still in escrow (`false`).
    Silent {
        /// Whether it lies in the stacker.
        kept: bool,
    },
}

/// The double.
#[derive(Debug)]
pub struct FakeAcceptor {
    /// Milliseconds from a command to its end.
    delay_ms: u64,
    script: VecDeque<Outcome>,
    enabled: Vec<Denomination>,
    escrow: Option<Denomination>,
    due: Option<(Mono, Event)>,
    events: VecDeque<Event>,
    /// Notes that it knows.
    pub known: Vec<Denomination>,
    /// The stacker.
    pub stacker: Stacker,
    /// A standing error, told by Status; with it Enable fails.
    pub fault: Option<Error>,
    /// Notes kept, oldest first, told or not.
    pub kept: Vec<Denomination>,
    /// Notes that came back, oldest first.
    pub given_back: Vec<Denomination>,
    /// Every command accepted, in order.
    pub commands: Vec<Command>,
}

impl Default for FakeAcceptor {
    /// Knows the tenge notes in circulation and answers at once.
    fn default() -> Self {
        Self {
            delay_ms: 0,
            script: VecDeque::new(),
            enabled: Vec::new(),
            escrow: None,
            due: None,
            events: VecDeque::new(),
            known: [200, 500, 1_000, 2_000, 5_000, 10_000, 20_000].map(Denomination).to_vec(),
            stacker: Stacker::Ok,
            fault: None,
            kept: Vec::new(),
            given_back: Vec::new(),
            commands: Vec::new(),
        }
    }
}

impl FakeAcceptor {
    /// Lets every command take this long.
    pub const fn set_delay_ms(&mut self, delay_ms: u64) {
        self.delay_ms = delay_ms;
    }

    /// Puts an outcome behind those already scripted.
    pub fn then(&mut self, outcome: Outcome) {
        self.script.push_back(outcome);
    }

    /// Lets it tell something by itself: a contradiction, a full stacker.
    pub fn tell(&mut self, event: Event) {
        self.events.push_back(event);
    }

    /// A person puts a note to the mouth. A disabled mouth, or one with a note in it, does not draw it in.
    pub fn insert(&mut self, note: Denomination) {
        if self.enabled.is_empty() || self.escrow.is_some() {
            return;
        }
        self.tell(Event::Accepting);
        if self.enabled.contains(&note) {
            self.escrow = Some(note);
            self.tell(Event::Escrowed(note));
        } else {
            self.given_back.push(note);
            let reason =
                if self.known.contains(&note) { Refusal::NotEnabled } else { Refusal::NotRecognised };
            self.tell(Event::Refused { reason, code: 0 });
        }
    }

    /// Power goes and comes back; a note in escrow is then in the validator, or past recall if Stack was begun.
    pub fn lose_power(&mut self) {
        let error = Error::new(ErrorKind::Starting, "the fake lost power");
        let moving = self.due.take().is_some();
        if moving {
            self.tell(Event::Unanswered(error));
        }
        self.enabled.clear();
        let past_recall = moving && matches!(self.commands.last(), Some(Command::Stack));
        if let Some(note) = self.escrow.take() {
            if past_recall {
                self.kept.push(note);
            } else {
                self.given_back.push(note);
            }
            self.tell(Event::FoundAtPowerUp(if past_recall {
                Position::Stacker
            } else {
                Position::Validator
            }));
        }
    }

    /// Commands that moved a note, so far.
    #[must_use]
    pub fn moves(&self) -> usize {
        self.commands.iter().filter(|command| matches!(command, Command::Stack | Command::Return)).count()
    }

    /// What the script, or a good device, makes of the note; where it lies changes when that is told.
    fn outcome(&mut self, good: Outcome) -> Event {
        let Some(note) = self.escrow else { return unanswered() };
        match self.script.pop_front().unwrap_or(good) {
            Outcome::Stacks => Event::Stacked(note),
            Outcome::Returns => Event::Returned(note),
            Outcome::Jams(error) => Event::Jammed { note: Some(note), error },
            Outcome::Silent { kept } => {
                if kept {
                    self.kept.extend(self.escrow.take());
                }
                unanswered()
            }
        }
    }

    fn settle(&mut self) {
        let Some((_, event)) = self.due.take() else { return };
        match &event {
            Event::Stacked(note) => {
                self.kept.push(*note);
                self.escrow = None;
            }
            Event::Returned(note) => {
                self.given_back.push(*note);
                self.escrow = None;
            }
            Event::Jammed { .. } => self.escrow = None,
            _ => {}
        }
        self.events.push_back(event);
    }
}

fn unanswered() -> Event {
    Event::Unanswered(Error::new(ErrorKind::Offline, "the fake stays silent"))
}

impl LineDriver for FakeAcceptor {
    fn handle_input(&mut self, _bytes: &[u8], _now: Mono) {}

    fn poll_transmit(&mut self) -> Option<Vec<u8>> {
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

impl CashAcceptor for FakeAcceptor {
    fn capabilities(&self) -> Capabilities {
        Capabilities { escrow: true, escrow_ms_max: 60_000 }
    }

    fn begin(&mut self, command: Command, now: Mono) -> Result<(), Error> {
        if self.due.is_some() {
            return Err(Error::new(ErrorKind::DeviceBusy, "the fake has a command under way"));
        }
        if matches!(command, Command::Stack | Command::Return) && self.escrow.is_none() {
            return Err(Error::new(ErrorKind::UserError, "the fake has no note in escrow"));
        }
        let event = match (&command, self.fault.clone()) {
            (Command::Status, error) => Event::Status {
                identity: "fake acceptor".to_owned(),
                denominations: self.known.clone(),
                stacker: self.stacker,
                error,
            },
            (Command::Reset, _) => {
                self.enabled.clear();
                Event::ResetDone
            }
            (Command::Enable(_), Some(error)) => Event::Failed(error),
            (Command::Enable(notes), None) => {
                self.enabled.clone_from(notes);
                Event::Enabled
            }
            (Command::Disable, _) => {
                self.enabled.clear();
                Event::Disabled
            }
            (Command::Stack, _) => self.outcome(Outcome::Stacks),
            (Command::Return, _) => self.outcome(Outcome::Returns),
        };
        self.commands.push(command);
        let at = now.plus_ms(self.delay_ms);
        self.due = Some((at, event));
        if self.delay_ms == 0 {
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
    use super::*;

    const NOTE: Denomination = Denomination(5_000);

    fn ask(fake: &mut FakeAcceptor, command: Command) -> Event {
        fake.begin(command, Mono(1)).unwrap();
        while let Some(at) = fake.poll_timeout() {
            fake.handle_timeout(at);
        }
        std::iter::from_fn(|| fake.poll_event()).last().unwrap()
    }

    fn in_escrow() -> FakeAcceptor {
        let mut fake = FakeAcceptor::default();
        assert_eq!(ask(&mut fake, Command::Enable(vec![NOTE])), Event::Enabled);
        fake.insert(NOTE);
        fake
    }

    #[test]
    fn unscripted_it_escrows_stacks_and_returns_what_is_enabled() {
        let mut fake = in_escrow();
        assert_eq!(ask(&mut fake, Command::Stack), Event::Stacked(NOTE));
        fake.insert(Denomination(200));
        assert_eq!(fake.poll_event(), Some(Event::Accepting));
        assert!(matches!(fake.poll_event(), Some(Event::Refused { reason: Refusal::NotEnabled, .. })));
        fake.insert(NOTE);
        assert_eq!(ask(&mut fake, Command::Return), Event::Returned(NOTE));
        assert_eq!((fake.kept, fake.given_back), (vec![NOTE], vec![Denomination(200), NOTE]));
    }

    #[test]
    fn without_a_note_nothing_moves_and_a_second_command_waits() {
        let mut fake = FakeAcceptor::default();
        assert_eq!(fake.begin(Command::Stack, Mono(0)).unwrap_err().kind, ErrorKind::UserError);
        fake.set_delay_ms(5);
        fake.begin(Command::Status, Mono(0)).unwrap();
        assert_eq!(fake.begin(Command::Status, Mono(0)).unwrap_err().kind, ErrorKind::DeviceBusy);
        assert_eq!(fake.moves(), 0);
    }

    #[test]
    fn a_scripted_outcome_takes_the_place_of_the_good_one() {
        let mut fake = in_escrow();
        fake.then(Outcome::Silent { kept: false });
        fake.then(Outcome::Jams(Error::new(ErrorKind::HardwareError, "scripted")));
        assert!(matches!(ask(&mut fake, Command::Stack), Event::Unanswered(_)));
        assert!(matches!(ask(&mut fake, Command::Stack), Event::Jammed { note: Some(NOTE), .. }));
        assert_eq!((fake.moves(), fake.kept.len()), (2, 0));
    }

    #[test]
    fn power_lost_while_stacking_leaves_the_note_past_recall() {
        let mut fake = in_escrow();
        fake.set_delay_ms(5);
        fake.begin(Command::Stack, Mono(0)).unwrap();
        fake.lose_power();
        let told: Vec<_> = std::iter::from_fn(|| fake.poll_event()).collect();
        assert!(matches!(
            &told[told.len() - 2..],
            [Event::Unanswered(_), Event::FoundAtPowerUp(Position::Stacker)]
        ));
        assert_eq!(fake.kept, [NOTE]);
    }
}
