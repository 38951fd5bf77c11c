//! A card reader, contact or contactless, whose card does what a script says.
//!
//! Without a script a card takes every command APDU and answers 9000, or what [`FakeCardReader::answer_with`] makes of
//! it. Each scripted [`CardReaction`] takes the place of the next APDU's answer. APDUs are kept as secrets: tests count
//! and compare them.

use std::collections::VecDeque;

use senim_domain::{Mono, SecretBytes};
use senim_hal::card_reader::{Capabilities, CardReader, ChipPower, Command, Event, Interface, Media};
use senim_hal::{Error, ErrorKind, LineDriver};

/// What the next APDU comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CardReaction {
    /// This response, status word included.
    Answers(Vec<u8>),
    /// The card leaves during the command, which it may have carried out.
    Leaves,
    /// The reader fails; the card stays and loses its power.
    Fails(Error),
}

type Answer = Box<dyn FnMut(&[u8]) -> Vec<u8> + Send>;

/// The double.
pub struct FakeCardReader {
    capabilities: Capabilities,
    /// Milliseconds from a command to its end.
    delay_ms: u64,
    /// Answer to reset of the card that is there.
    card: Option<Vec<u8>>,
    powered: bool,
    answer: Answer,
    script: VecDeque<CardReaction>,
    due: Option<(Mono, Command)>,
    events: VecDeque<Event>,
    /// With this every command but [`ChipPower::Off`] fails, and the status tells it.
    pub fault: Option<Error>,
    /// Power commands accepted, in order.
    pub powers: Vec<ChipPower>,
    /// APDUs that reached a card, in order; a count of VERIFY is a count of tries.
    pub apdus: Vec<SecretBytes>,
}

impl std::fmt::Debug for FakeCardReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FakeCardReader")
            .field("capabilities", &self.capabilities)
            .field("card", &self.card.is_some())
            .field("powered", &self.powered)
            .field("apdus", &self.apdus.len())
            .finish_non_exhaustive()
    }
}

impl FakeCardReader {
    /// An empty reader that ends every command at once and takes extended APDUs.
    #[must_use]
    pub fn new(interface: Interface) -> Self {
        Self {
            capabilities: Capabilities {
                interface,
                max_command: 65_544,
                max_response: 65_538,
                keypad: false,
            },
            delay_ms: 0,
            card: None,
            powered: false,
            answer: Box::new(|_| vec![0x90, 0x00]),
            script: VecDeque::new(),
            due: None,
            events: VecDeque::new(),
            fault: None,
            powers: Vec::new(),
            apdus: Vec::new(),
        }
    }

    /// Lets it take and give APDUs of these lengths at most.
    pub const fn set_limits(&mut self, max_command: usize, max_response: usize) {
        self.capabilities.max_command = max_command;
        self.capabilities.max_response = max_response;
    }

    /// Lets every command take this long.
    pub const fn set_delay_ms(&mut self, delay_ms: u64) {
        self.delay_ms = delay_ms;
    }

    /// Puts a card there, without power; one that was there leaves first.
    pub fn insert(&mut self, answer_to_reset: Vec<u8>) {
        self.remove();
        self.card = Some(answer_to_reset);
        self.events.push_back(Event::MediaInserted);
    }

    /// Takes the card away, in the middle of a command where one is under way.
    pub fn remove(&mut self) {
        if self.card.take().is_none() {
            return;
        }
        self.powered = false;
        // A status goes on, and tells that nothing is there.
        self.due.take_if(|(_, command)| *command != Command::Status);
        self.events.push_back(Event::MediaRemoved);
    }

    /// What unscripted APDUs are answered with, status word included.
    pub fn answer_with(&mut self, answer: impl FnMut(&[u8]) -> Vec<u8> + Send + 'static) {
        self.answer = Box::new(answer);
    }

    /// Puts a reaction behind those already scripted.
    pub fn then(&mut self, reaction: CardReaction) {
        self.script.push_back(reaction);
    }

    fn end(&mut self, command: Command) {
        let event = match (command, self.fault.clone()) {
            (Command::Status, error) => {
                let media = if self.card.is_some() { Media::Present } else { Media::NotPresent };
                Event::Status { identity: "fake card reader".to_owned(), media, error }
            }
            (Command::ChipPower(ChipPower::Off), _) => {
                self.powered = false;
                Event::ChipReleased
            }
            (
                Command::ChipPower(ChipPower::Cold | ChipPower::Warm)
                | Command::ChipIo(_)
                | Command::EnterPin(_),
                Some(error),
            ) => {
                self.powered = false;
                Event::Failed(error)
            }
            (Command::ChipPower(ChipPower::Cold | ChipPower::Warm), None) => match &self.card {
                Some(answer_to_reset) => {
                    self.powered = true;
                    Event::ChipPowered { answer_to_reset: answer_to_reset.clone() }
                }
                None => Event::Failed(Error::new(ErrorKind::UserError, "the fake has no card")),
            },
            (Command::ChipIo(apdu), None) => return self.exchange(apdu),
            // Somebody types what stands in the command already.
            (Command::EnterPin(entry), None) => return self.exchange(entry.command),
        };
        self.events.push_back(event);
    }

    fn exchange(&mut self, apdu: SecretBytes) {
        let reaction = match self.script.pop_front() {
            Some(reaction) => reaction,
            None => CardReaction::Answers((self.answer)(apdu.expose())),
        };
        self.apdus.push(apdu);
        match reaction {
            CardReaction::Answers(response) => {
                self.events.push_back(Event::ChipIo(SecretBytes::new(response)));
            }
            CardReaction::Leaves => self.remove(),
            CardReaction::Fails(error) => {
                self.powered = false;
                self.events.push_back(Event::Failed(error));
            }
        }
    }
}

impl LineDriver for FakeCardReader {
    fn handle_input(&mut self, _bytes: &[u8], _now: Mono) {}

    fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        None
    }

    fn poll_timeout(&self) -> Option<Mono> {
        self.due.as_ref().map(|(at, _)| *at)
    }

    fn handle_timeout(&mut self, now: Mono) {
        if let Some((_, command)) = self.due.take_if(|(at, _)| *at <= now) {
            self.end(command);
        }
    }

    fn handle_line(&mut self, open: bool, _now: Mono) {
        self.events.push_back(Event::Line { open });
    }
}

impl CardReader for FakeCardReader {
    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    fn begin(&mut self, command: Command, now: Mono) -> Result<(), Error> {
        if self.due.is_some() {
            return Err(Error::new(ErrorKind::DeviceBusy, "the fake has a command under way"));
        }
        match &command {
            Command::EnterPin(_) if !self.capabilities.keypad => {
                return Err(Error::new(ErrorKind::UserError, "the fake has no keys"));
            }
            Command::ChipIo(_) | Command::EnterPin(_) if !self.powered => {
                return Err(Error::new(ErrorKind::UserError, "the fake's card has no power"));
            }
            Command::ChipIo(apdu) if apdu.expose().len() > self.capabilities.max_command => {
                return Err(Error::new(ErrorKind::UserError, "the APDU is too long for the fake"));
            }
            Command::ChipPower(power) => self.powers.push(*power),
            Command::Status | Command::ChipIo(_) | Command::EnterPin(_) => {}
        }
        if self.delay_ms == 0 {
            self.end(command);
        } else {
            self.due = Some((now.plus_ms(self.delay_ms), command));
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

    fn ask(fake: &mut FakeCardReader, command: Command) -> Vec<Event> {
        fake.begin(command, Mono(1)).unwrap();
        while let Some(at) = fake.poll_timeout() {
            fake.handle_timeout(at);
        }
        std::iter::from_fn(|| fake.poll_event()).collect()
    }

    fn io(apdu: &[u8]) -> Command {
        Command::ChipIo(SecretBytes::new(apdu.to_vec()))
    }

    fn said(response: &[u8]) -> [Event; 1] {
        [Event::ChipIo(SecretBytes::new(response.to_vec()))]
    }

    fn powered() -> FakeCardReader {
        let mut fake = FakeCardReader::new(Interface::Contact);
        fake.insert(vec![0x3B, 0x00]);
        assert_eq!(fake.poll_event(), Some(Event::MediaInserted));
        let told = ask(&mut fake, Command::ChipPower(ChipPower::Cold));
        assert_eq!(told, [Event::ChipPowered { answer_to_reset: vec![0x3B, 0x00] }]);
        fake
    }

    #[test]
    fn unscripted_it_answers_9000_or_what_it_was_given_and_keeps_what_it_got() {
        let mut fake = powered();
        assert_eq!(ask(&mut fake, io(&[0, 0xA4, 4, 0])), said(&[0x90, 0x00]));
        fake.answer_with(|apdu| vec![apdu[1], 0x6A, 0x82]);
        assert_eq!(ask(&mut fake, io(&[0, 0xB0, 0, 0])), said(&[0xB0, 0x6A, 0x82]));
        assert_eq!(fake.apdus[1].expose(), [0, 0xB0, 0, 0]);
        assert_eq!(ask(&mut fake, Command::ChipPower(ChipPower::Off)), [Event::ChipReleased]);
        assert_eq!(fake.powers, [ChipPower::Cold, ChipPower::Off]);
        assert!(!format!("{fake:?} {:?}", fake.apdus).contains("176"), "no byte of an APDU shows");
    }

    #[test]
    fn scripted_it_answers_fails_or_loses_its_card_in_turn() {
        let mut fake = powered();
        let error = Error::new(ErrorKind::HardwareError, "scripted");
        fake.then(CardReaction::Answers(vec![0x63, 0xC2]));
        fake.then(CardReaction::Fails(error.clone()));
        fake.then(CardReaction::Leaves);
        assert_eq!(ask(&mut fake, io(&[0, 0x20, 0, 1])), said(&[0x63, 0xC2]));
        assert_eq!(ask(&mut fake, io(&[0, 0x20, 0, 1])), [Event::Failed(error)]);
        assert_eq!(fake.begin(io(&[0]), Mono(1)).unwrap_err().kind, ErrorKind::UserError);
        ask(&mut fake, Command::ChipPower(ChipPower::Warm));
        assert_eq!(ask(&mut fake, io(&[0, 0x20, 0, 1])), [Event::MediaRemoved]);
        assert_eq!(fake.apdus.len(), 3);
    }

    #[test]
    fn a_card_taken_away_ends_the_command_under_way_once() {
        let mut fake = powered();
        fake.set_delay_ms(5);
        fake.begin(io(&[0, 0xA4, 4, 0]), Mono(1)).unwrap();
        assert_eq!(fake.begin(Command::Status, Mono(1)).unwrap_err().kind, ErrorKind::DeviceBusy);
        fake.remove();
        fake.handle_timeout(Mono(10));
        assert_eq!((fake.poll_event(), fake.poll_event()), (Some(Event::MediaRemoved), None));
        let told = ask(&mut fake, Command::Status);
        assert!(matches!(&told[..], [Event::Status { media: Media::NotPresent, error: None, .. }]));
    }

    #[test]
    fn a_fault_fails_power_and_shows_in_the_status_and_long_apdus_are_refused() {
        let mut fake = powered();
        fake.set_limits(261, 258);
        assert_eq!(fake.begin(io(&[0; 262]), Mono(1)).unwrap_err().kind, ErrorKind::UserError);
        let fault = Error::new(ErrorKind::Offline, "scripted");
        fake.fault = Some(fault.clone());
        assert_eq!(ask(&mut fake, Command::ChipPower(ChipPower::Cold)), [Event::Failed(fault)]);
        assert!(matches!(&ask(&mut fake, Command::Status)[..], [Event::Status { error: Some(_), .. }]));
    }
}
