//! The order of things: which message follows which, what is said again and what a command ends with.
//!
//! Steps that change nothing are repeated here; a block of T=1 goes out again by the rules of T=1 (`t1`); a TPDU of T=0
//! and so an APDU never. The driver's own look at the slot begins when the reader has once told of the slot, and a
//! command that comes during it waits for its end. Only an answer with a check says that a card came or left.

mod pin;

use std::collections::VecDeque;

use senim_domain::{Mono, SecretBytes};
use senim_hal::card_reader::{ChipPower, Command, Event, Media};
use senim_hal::{Error, ErrorKind};

use super::atr::{self, Protocol, agreed};
use super::codec::{Icc, Message};
use super::link::{Link, Outcome};
use super::step::{Attempt, Chip, Known, Said, Step};
use super::t0::{self, T0};
use super::t1::{self, Lost};
use super::{Config, Notification};

/// How often a step that may be repeated is said again.
const REPEATS_MAX: u8 = 2;
/// Time above the card's own waiting time for the way through the reader.
const MARGIN_MS: u64 = 500;
/// Extensions of anything but an APDU reach that many waits.
const EXTENDED_WAITS: u64 = 4;
/// Characters of the reader's name that are handed on.
const IDENTITY_MAX: usize = 64;
/// Card did not answer, damaged characters, too many characters: a T=1 block may be asked for again.
const LOST_BLOCK: [u8; 3] = [0xFE, 0xFD, 0xFC];

#[derive(Debug)]
pub(super) struct Machine {
    config: Config,
    line_open: bool,
    link: Link,
    step: Option<Step>,
    repeats_left: u8,
    /// When the APDU under way is given up.
    limit: Mono,
    /// A command that waits for the end of the driver's own look at the slot.
    queued: Option<Command>,
    /// What the session was told last; nothing before the reader was asked.
    media: Option<Media>,
    chip: Option<Chip>,
    /// Voltage of the card that has had power since it came.
    volts: Option<usize>,
    poll_at: Option<Mono>,
    events: VecDeque<Event>,
}

impl Machine {
    pub(super) fn new(config: Config) -> Self {
        Self {
            link: Link::new(config.echo),
            config,
            line_open: false,
            step: None,
            repeats_left: 0,
            limit: Mono(0),
            queued: None,
            media: None,
            chip: None,
            volts: None,
            poll_at: None,
            events: VecDeque::new(),
        }
    }

    pub(super) const fn config(&self) -> &Config {
        &self.config
    }

    /// Whether a command may begin.
    pub(super) const fn is_idle(&self) -> bool {
        self.queued.is_none() && matches!(self.step, None | Some(Step::Poll))
    }

    /// The protocol of a chip that has power.
    pub(super) fn power(&self) -> Option<Protocol> {
        self.chip.as_ref().map(Chip::protocol)
    }

    pub(super) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    // What begins.

    pub(super) fn begin(&mut self, command: Command, now: Mono) {
        if !self.line_open {
            self.events.push_back(Event::Failed(offline("the line is closed")));
        } else if self.step.is_some() {
            self.queued = Some(command);
        } else {
            self.start(command, now);
        }
    }

    fn start(&mut self, command: Command, now: Mono) {
        self.limit = now.plus_ms(self.config.apdu_wait_ms);
        match command {
            Command::Status => self.go(Step::Firmware, now),
            Command::ChipPower(ChipPower::Off) => self.go(Step::Release, now),
            Command::ChipPower(power) => {
                self.chip = None;
                match self.volts.filter(|_| power == ChipPower::Warm) {
                    Some(volts) => self.go(Step::Activate(Attempt { volts, ask: true, warm: true }), now),
                    None => self.go(Step::Deactivate(Attempt { volts: 0, ask: true, warm: false }), now),
                }
            }
            Command::ChipIo(apdu) => match &mut self.chip {
                Some(Chip::T0 { exchange, .. }) => {
                    *exchange = Some(T0::new(&apdu));
                    self.go(Step::Tpdu, now);
                }
                Some(Chip::T1 { link, factor, .. }) => {
                    *factor = 1;
                    let next = link.command(apdu);
                    self.on_t1(Step::Block, next, now);
                }
                // The card left while the command waited.
                None => self.fail(unpowered(), now),
            },
            Command::EnterPin(entry) => self.start_pin(entry, now),
        }
    }

    fn go(&mut self, step: Step, now: Mono) {
        self.repeats_left = REPEATS_MAX;
        self.say(step, now);
    }

    fn say(&mut self, step: Step, now: Mono) {
        let Said { code, mut specific, data } = step.said(&self.config.voltages);
        let mut data = SecretBytes::new(data);
        let mut wait_ms = self.config.answer_wait_ms;
        let mut limit = now.plus_ms(wait_ms.saturating_mul(EXTENDED_WAITS));
        if let (Step::Size(_) | Step::Block | Step::Tpdu, Some(chip)) = (&step, &self.chip) {
            if self.limit <= now {
                return self.fail_chip(time_up(), now);
            }
            let (block, factor, card_wait_ms) = chip.on_wire();
            data = block;
            specific = [factor, 0, 0];
            wait_ms = wait_ms.max(card_wait_ms.saturating_add(MARGIN_MS));
            limit = self.limit;
        }
        if let (Step::Keypad(entry), Some(chip)) = (&step, &self.chip) {
            data = chip.pin_message(entry);
            wait_ms = pin::wait_ms(entry);
            limit = now.plus_ms(wait_ms.saturating_mul(2)).max(self.limit);
        }
        self.link.send(code, specific, data, wait_ms, limit, now);
        self.step = Some(step);
    }

    // What ends.

    fn end(&mut self, event: Event, now: Mono) {
        self.events.push_back(event);
        self.rest(now);
    }

    /// After a failure the chip has to be powered again.
    fn fail(&mut self, error: Error, now: Mono) {
        self.end(Event::Failed(error), now);
    }

    fn fail_chip(&mut self, error: Error, now: Mono) {
        self.chip = None;
        self.fail(error, now);
    }

    fn rest(&mut self, now: Mono) {
        self.step = None;
        self.poll_at =
            (self.media.is_some() && self.config.poll_ms > 0).then(|| now.plus_ms(self.config.poll_ms));
        if let Some(command) = self.queued.take() {
            self.start(command, now);
        }
    }

    /// The card has left, or there was none. `polled`: the driver looked by itself, no command is under way.
    fn gone(&mut self, polled: bool, now: Mono) {
        (self.chip, self.volts) = (None, None);
        if self.media.replace(Media::NotPresent) == Some(Media::Present) {
            // What waited for the card has ended with it.
            self.queued = self.queued.take().filter(|command| *command == Command::Status);
            self.end(Event::MediaRemoved, now);
        } else if polled {
            self.rest(now);
        } else {
            self.fail(Error::new(ErrorKind::UserError, "card reader: no card"), now);
        }
    }

    /// There is a card. `told`: the command under way tells of it, so that the first finding needs no event of its own.
    fn here(&mut self, told: bool) {
        let before = self.media.replace(Media::Present);
        if before == Some(Media::NotPresent) || (before.is_none() && !told) {
            self.events.push_back(Event::MediaInserted);
        }
    }

    // What comes of a message.

    pub(super) fn handle_input(&mut self, bytes: &[u8], now: Mono) {
        if self.line_open {
            self.link.handle_input(bytes, now);
            self.settle(now);
        }
    }

    fn settle(&mut self, now: Mono) {
        while let Some(outcome) = self.link.poll_outcome() {
            let Some(step) = self.step.take() else { continue };
            match outcome {
                Outcome::Answer(answer) => self.on_answer(step, &answer, now),
                Outcome::Refused => self.on_refused(step, now),
                Outcome::Damaged => self.on_lost(step, Lost::Damaged, now),
                Outcome::Silent => self.on_lost(step, Lost::Other, now),
                Outcome::TimeUp => self.give_up(&step, time_up(), now),
                Outcome::Unsent => {
                    self.give_up(&step, offline("the line took no bytes; nothing was sent"), now);
                }
            }
        }
        // A hint is believed only after a look at the slot.
        if self.step.is_none() && self.media.is_some() && self.link.take_moved() {
            self.poll_at = Some(now);
        }
    }

    /// The reader did nothing.
    fn on_refused(&mut self, step: Step, now: Mono) {
        let may = match &step {
            // The same block with the same number is the same block.
            Step::Size(_) | Step::Block => true,
            // The reader got nothing, so nobody was asked for a PIN.
            Step::Keypad(_) => true,
            other => other.is_repeatable(),
        };
        if may && self.repeats_left > 0 {
            self.repeats_left = self.repeats_left.saturating_sub(1);
            self.say(step, now);
        } else {
            self.give_up(&step, offline("the reader gets damaged frames (NAK)"), now);
        }
    }

    fn on_lost(&mut self, step: Step, how: Lost, now: Mono) {
        match step {
            step if step.is_repeatable() => {
                if self.repeats_left > 0 {
                    self.repeats_left = self.repeats_left.saturating_sub(1);
                    self.say(step, now);
                } else {
                    let words = match how {
                        Lost::Damaged => "the reader's answers come damaged",
                        Lost::Other => "the reader does not answer",
                    };
                    self.give_up(&step, offline(words), now);
                }
            }
            Step::Agree(attempt, _) => self.start_over(attempt, now),
            step @ Step::Keypad(_) => {
                self.give_up(&step, hardware("what became of the PIN on the reader's keys is unknown"), now);
            }
            step if how == Lost::Other => self.go(Step::Doubt(Box::new(step)), now),
            step => self.on_lost_block(step, how, now),
        }
    }

    fn give_up(&mut self, step: &Step, error: Error, now: Mono) {
        match step {
            // Nobody waits for this one.
            Step::Poll => {
                tracing::debug!("card reader: the slot could not be looked at");
                self.rest(now);
            }
            Step::Firmware | Step::Notify { .. } | Step::Slot { .. } => self.fail(error, now),
            Step::Release
            | Step::Deactivate(_)
            | Step::Activate(_)
            | Step::Agree(..)
            | Step::Parameters(..)
            | Step::Size(_)
            | Step::Keypad(_)
            | Step::Block
            | Step::Tpdu
            | Step::Doubt(_) => self.fail_chip(error, now),
        }
    }

    fn on_answer(&mut self, step: Step, answer: &Message, now: Mono) {
        let status = answer.status();
        match step {
            Step::Firmware => match identity(answer) {
                Some(identity) => self.go(
                    match self.config.notification {
                        Notification::Synchronous => Step::Notify { identity },
                        Notification::Asynchronous => Step::Slot { identity },
                    },
                    now,
                ),
                None => {
                    let words = "card reader: no firmware is told; another device is connected";
                    self.fail(Error::new(ErrorKind::NoDevice, words), now);
                }
            },
            // A reader without this escape is looked at all the same.
            Step::Notify { identity } => self.go(Step::Slot { identity }, now),
            Step::Slot { identity } => self.tell_status(identity, status.icc, now),
            Step::Release => self.on_released(status.icc, now),
            Step::Poll => self.on_polled(status.icc, now),
            step @ (Step::Deactivate(_)
            | Step::Activate(_)
            | Step::Agree(..)
            | Step::Parameters(..)
            | Step::Size(_)
            | Step::Keypad(_)
            | Step::Block
            | Step::Tpdu
            | Step::Doubt(_)) => {
                if status.icc == Icc::Absent {
                    self.gone(false, now);
                } else {
                    self.here(true);
                    self.on_card(step, answer, now);
                }
            }
        }
    }

    fn tell_status(&mut self, identity: String, icc: Icc, now: Mono) {
        let media = if icc == Icc::Absent { Media::NotPresent } else { Media::Present };
        let before = self.media.replace(media);
        let swapped = icc == Icc::Inactive && self.chip.is_some();
        let words = "card reader: commands are not echoed; set echo = false for a reader without echo";
        let error = self.link.is_echo_missing().then(|| Error::new(ErrorKind::HardwareError, words));
        self.events.push_back(Event::Status { identity, media, error });
        if before == Some(Media::Present) && (media == Media::NotPresent || swapped) {
            (self.chip, self.volts) = (None, None);
            self.events.push_back(Event::MediaRemoved);
        }
        if media == Media::Present && (before == Some(Media::NotPresent) || swapped) {
            self.events.push_back(Event::MediaInserted);
        }
        self.rest(now);
    }

    fn on_released(&mut self, icc: Icc, now: Mono) {
        (self.chip, self.volts) = (None, None);
        match (icc, self.media) {
            (Icc::Absent, Some(Media::Present)) => self.gone(false, now),
            (Icc::Absent, _) => {
                self.media = Some(Media::NotPresent);
                self.end(Event::ChipReleased, now);
            }
            (Icc::Active | Icc::Inactive, _) => {
                self.here(true);
                self.end(Event::ChipReleased, now);
            }
        }
    }

    fn on_polled(&mut self, icc: Icc, now: Mono) {
        match icc {
            Icc::Absent => self.gone(true, now),
            // Power does not leave a card by itself: this is another one, or the same one put back.
            Icc::Inactive if self.chip.is_some() => {
                self.gone(true, now);
                self.here(false);
            }
            Icc::Active | Icc::Inactive => {
                self.here(false);
                self.rest(now);
            }
        }
    }

    /// An answer about a card that is there.
    fn on_card(&mut self, step: Step, answer: &Message, now: Mono) {
        let status = answer.status();
        match step {
            Step::Deactivate(attempt) => self.go(Step::Activate(attempt), now),
            Step::Activate(attempt) if status.failed => self.on_mute(attempt, status.error, now),
            Step::Activate(attempt) => self.on_reset(attempt, answer.data.expose(), now),
            Step::Agree(attempt, card) => {
                match agreed(card.plan, answer.data.expose()).filter(|_| !status.failed) {
                    Some(plan) => self.go(Step::Parameters(attempt, Known { plan, ..card }), now),
                    None => self.start_over(attempt, now),
                }
            }
            Step::Parameters(..) if status.failed => {
                self.fail_chip(reader_error("the card's parameters are refused", status.error), now);
            }
            Step::Parameters(attempt, card) => {
                self.volts = Some(attempt.volts);
                let chip = self.chip.insert(Chip::new(&card));
                match chip {
                    Chip::T0 { .. } => self.powered(card, now),
                    Chip::T1 { link, .. } => {
                        let next = link.size(self.config.ifsd);
                        self.on_t1(Step::Size(card), next, now);
                    }
                }
            }
            Step::Keypad(_) if status.failed => self.on_keypad_failed(status, now),
            Step::Keypad(_) => self.on_typed(answer, now),
            step @ (Step::Size(_) | Step::Block) if status.failed => {
                if LOST_BLOCK.contains(&status.error) && status.icc == Icc::Active {
                    self.on_lost_block(step, Lost::Other, now);
                } else {
                    self.fail_chip(reader_error("the exchange with the card failed", status.error), now);
                }
            }
            step @ (Step::Size(_) | Step::Block) => {
                if let Some(Chip::T1 { link, .. }) = &mut self.chip {
                    let next = link.on_block(answer.data.expose());
                    self.on_t1(step, next, now);
                }
            }
            Step::Tpdu if status.failed => {
                self.fail_chip(reader_error("the exchange with the card failed", status.error), now);
            }
            Step::Tpdu => {
                if let Some(Chip::T0 { exchange: Some(exchange), .. }) = &mut self.chip {
                    let next = exchange.on_answer(answer.data.expose());
                    self.on_t0(next, now);
                }
            }
            Step::Doubt(doubted) if status.icc == Icc::Active => {
                self.on_lost_block(*doubted, Lost::Other, now)
            }
            Step::Doubt(_) => self.fail_chip(hardware("the card lost its power"), now),
            // These are answered elsewhere.
            Step::Firmware | Step::Notify { .. } | Step::Slot { .. } | Step::Poll | Step::Release => {}
        }
    }

    // The card.

    fn on_mute(&mut self, attempt: Attempt, error: u8, now: Mono) {
        let volts = attempt.volts.saturating_add(1);
        if !attempt.warm && volts < self.config.voltages.len() {
            self.go(Step::Deactivate(Attempt { volts, ..attempt }), now);
        } else {
            let words = format!("card reader: the card does not start (reader error {error:02X})");
            self.fail_chip(Error::new(ErrorKind::UserError, words), now);
        }
    }

    fn on_reset(&mut self, attempt: Attempt, answer_to_reset: &[u8], now: Mono) {
        let read = atr::read(answer_to_reset).and_then(|atr| {
            let plan = atr.plan(self.config.protocol, self.config.speed, attempt.ask)?;
            Ok(Known { answer_to_reset: answer_to_reset.to_vec(), atr, plan })
        });
        match read {
            Ok(card) if card.plan.ask => self.go(Step::Agree(attempt, card), now),
            Ok(card) => self.go(Step::Parameters(attempt, card), now),
            Err(unusable) => {
                let words = format!("card reader: {}", unusable.0);
                self.fail_chip(Error::new(ErrorKind::UserError, words), now);
            }
        }
    }

    /// The card did not agree: it is taken as it starts.
    fn start_over(&mut self, attempt: Attempt, now: Mono) {
        self.go(Step::Deactivate(Attempt { ask: false, ..attempt }), now);
    }

    fn on_lost_block(&mut self, step: Step, how: Lost, now: Mono) {
        match &mut self.chip {
            Some(Chip::T1 { link, .. }) => {
                let next = link.lost(how);
                self.on_t1(step, next, now);
            }
            Some(Chip::T0 { .. }) | None => {
                self.fail_chip(hardware("the answer was lost, the outcome of the command is unknown"), now);
            }
        }
    }

    fn on_t1(&mut self, step: Step, next: t1::Next, now: Mono) {
        match (next, step) {
            (t1::Next::Send(granted), step) => {
                if let Some(Chip::T1 { factor, .. }) = &mut self.chip {
                    *factor = granted;
                }
                self.go(step, now);
            }
            (t1::Next::Sized, Step::Size(card)) => self.powered(card, now),
            (t1::Next::Response(apdu), _) if apdu.expose().len() > self.config.max_response() => {
                self.fail_chip(hardware("the card's response is longer than the reader hands on"), now);
            }
            (t1::Next::Response(apdu), _) => self.end(Event::ChipIo(apdu), now),
            (t1::Next::Failed(words), _) => self.fail_chip(hardware(words), now),
            (t1::Next::Sized, _) => self.fail_chip(hardware("a block size that nobody asked for"), now),
        }
    }

    fn on_t0(&mut self, next: t0::Next, now: Mono) {
        match next {
            t0::Next::Send => self.go(Step::Tpdu, now),
            t0::Next::Response(apdu) => {
                if let Some(Chip::T0 { exchange, .. }) = &mut self.chip {
                    *exchange = None;
                }
                self.end(Event::ChipIo(apdu), now);
            }
            t0::Next::Failed(words) => self.fail_chip(hardware(words), now),
        }
    }

    fn powered(&mut self, card: Known, now: Mono) {
        self.end(Event::ChipPowered { answer_to_reset: card.answer_to_reset }, now);
    }

    // What goes out, and time.

    pub(super) fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.link.poll_transmit()
    }

    pub(super) fn poll_timeout(&self) -> Option<Mono> {
        let poll = self.poll_at.filter(|_| self.step.is_none());
        [self.link.poll_timeout(), poll].into_iter().flatten().min()
    }

    pub(super) fn handle_timeout(&mut self, now: Mono) {
        self.link.handle_timeout(now);
        self.settle(now);
        if self.step.is_none() && self.poll_at.is_some_and(|at| at <= now) {
            self.go(Step::Poll, now);
        }
    }

    pub(super) fn handle_line(&mut self, open: bool) {
        if open == self.line_open {
            return;
        }
        self.line_open = open;
        self.link.reset();
        self.events.push_back(Event::Line { open });
        let polled = matches!(self.step, None | Some(Step::Poll));
        (self.step, self.chip, self.volts) = (None, None, None);
        (self.media, self.poll_at) = (None, None);
        if self.queued.take().is_some() || !polled {
            self.events.push_back(Event::Failed(offline("the line was lost")));
        }
    }
}

/// The reader's name, from printable characters only; nothing when it tells none.
fn identity(answer: &Message) -> Option<String> {
    let told = answer.data.expose().iter().filter(|byte| (0x20..0x7F).contains(*byte));
    let name: String = told.take(IDENTITY_MAX).map(|byte| char::from(*byte)).collect();
    let name = name.trim();
    (!answer.status().failed && !name.is_empty()).then(|| name.to_owned())
}

fn unpowered() -> Error {
    Error::new(ErrorKind::UserError, "card reader: the chip has no power")
}

fn offline(words: &str) -> Error {
    Error::new(ErrorKind::Offline, format!("card reader: {words}"))
}

fn hardware(words: &str) -> Error {
    Error::new(ErrorKind::HardwareError, format!("card reader: {words}"))
}

fn reader_error(words: &str, code: u8) -> Error {
    Error::new(ErrorKind::HardwareError, format!("card reader: {words} (reader error {code:02X})"))
}

fn time_up() -> Error {
    hardware("more time was asked for than there is")
}
