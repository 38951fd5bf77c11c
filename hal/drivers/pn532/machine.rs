//! Order of the chip's commands: what the session asks, and the watch over the surface in between.
//!
//! | job | steps |
//! | --- | --- |
//! | waking | SAMConfiguration behind a wake-up, GetFirmwareVersion, SetParameters (autoRATS), RFConfiguration (retries) |
//! | status | waking (card powered: GetFirmwareVersion only), then a look |
//! | look | card powered: Diagnose 06; else field off, pause, InListPassiveTarget |
//! | power, cold | field off, pause, InListPassiveTarget |
//! | power, warm | InDeselect, InSelect; where that fails as cold |
//! | power, off | InRelease, field off |
//! | APDU | InDataExchange, pieces either way by MI |
//! | doubt | after an error of the air: a look with the field off, which shows whether the card is there |
//!
//! The field goes off before each look for a card, because a card that is active or sleeps does not answer REQA; a
//! powered card is asked by Diagnose instead, which keeps what it has verified. The driver looks by itself only once a
//! PN532 has named itself on this line: another device may hang there. A chip that falls silent is woken anew once; after that it is tried every
//! [`RECOVERY_MS`] and its card counts as removed.

use std::collections::VecDeque;

use senim_domain::{Mono, SecretBytes};
use senim_hal::card_reader::{ChipPower, Event, Media};
use senim_hal::{Error, ErrorKind};

use super::link::{Link, Outcome};
use super::meaning::{self, Card, Firmware};
use super::steps::{Apdu, Job, Step};
use super::{Config, IdleCheck};

/// Times that a powered card may fail to answer before it is looked for with the field off.
const CHECKS_MAX: u8 = 2;
/// Times that a look without an answer is begun again.
const LOOKS_MAX: u8 = 2;
/// Between tries to wake a chip that does not answer.
const RECOVERY_MS: u64 = 5_000;
/// Error bits of a status byte.
const ERROR_BITS: u8 = 0x3F;

#[derive(Debug)]
enum Phase {
    Idle,
    Asking {
        job: Job,
        step: Step,
    },
    /// The field is off.
    Dark {
        job: Job,
        until: Mono,
    },
}

#[derive(Debug)]
pub(super) struct Machine {
    config: Config,
    link: Link,
    line_open: bool,
    /// Whether a PN532 named itself since the line opened: before that nothing goes out unasked.
    identified: bool,
    /// Whether the chip was woken and set up.
    ready: bool,
    /// Whether the job under way has already woken it anew.
    woken_anew: bool,
    /// Times that it may still begin its look again.
    looks_left: u8,
    identity: String,
    card: Option<Card>,
    /// Whether the session powered the card.
    powered: bool,
    /// Whether the session knows of a card.
    told: bool,
    /// The card that the session knows of was gone, if only for a moment.
    lost: bool,
    /// The session's command, waiting for the watch to end.
    waiting: Option<Job>,
    phase: Phase,
    watch_at: Option<Mono>,
    events: VecDeque<Event>,
}

impl Machine {
    pub(super) fn new(config: Config) -> Self {
        let link = Link::new(config.ack_wait_ms);
        Self {
            config,
            link,
            line_open: false,
            identified: false,
            ready: false,
            woken_anew: false,
            looks_left: LOOKS_MAX,
            identity: String::new(),
            card: None,
            powered: false,
            told: false,
            lost: false,
            waiting: None,
            phase: Phase::Idle,
            watch_at: None,
            events: VecDeque::new(),
        }
    }

    pub(super) const fn config(&self) -> &Config {
        &self.config
    }

    pub(super) const fn is_powered(&self) -> bool {
        self.powered
    }

    /// Whether a command of the session is under way; the driver's own look does not count.
    pub(super) const fn is_busy(&self) -> bool {
        let own = match &self.phase {
            Phase::Idle => true,
            Phase::Asking { job, .. } | Phase::Dark { job, .. } => matches!(job, Job::Watch),
        };
        self.waiting.is_some() || !own
    }

    pub(super) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Takes a command of the session.
    pub(super) fn start(&mut self, job: Job, now: Mono) {
        if !self.line_open {
            self.events.push_back(Event::Failed(offline("the line is closed")));
        } else if matches!(self.phase, Phase::Idle) {
            self.run(job, now);
        } else {
            self.waiting = Some(job);
        }
    }

    fn run(&mut self, job: Job, now: Mono) {
        self.watch_at = None;
        self.woken_anew = false;
        self.looks_left = LOOKS_MAX;
        let step = match &job {
            Job::Status if !self.powered => Step::Wake,
            Job::Status => Step::Firmware,
            Job::Io(_) if !self.powered => return self.finish(Some(Event::Failed(unpowered())), now),
            Job::Io(_) => Step::Exchange,
            Job::Power(_) | Job::Watch | Job::Doubt(_) if !self.ready => Step::Wake,
            Job::Power(_) | Job::Watch | Job::Doubt(_) => self.own_step(&job),
        };
        self.ask(job, step, now);
    }

    /// The first step of a job on a chip that is ready.
    fn own_step(&self, job: &Job) -> Step {
        match job {
            Job::Status | Job::Watch if self.powered => match self.config.idle_check {
                IdleCheck::AttentionRequest => Step::Check { left: CHECKS_MAX },
                IdleCheck::OnExchange => Step::Firmware,
            },
            Job::Power(ChipPower::Warm) if self.powered => Step::Deselect,
            Job::Power(ChipPower::Off) => Step::Release,
            Job::Status | Job::Watch | Job::Power(_) | Job::Io(_) | Job::Doubt(_) => Step::FieldOff,
        }
    }

    // What goes out.

    fn ask(&mut self, mut job: Job, step: Step, now: Mono) {
        let data = match (step, &mut job) {
            (Step::Exchange, Job::Io(apdu)) => apdu.next_piece(),
            _ => step.data(self.config.activation_retries),
        };
        let wait_ms = match step {
            Step::Exchange => self.config.exchange_wait_ms,
            _ => self.config.reply_wait_ms,
        };
        self.link.begin(step.code(), &data, step == Step::Wake, step.repeat(), wait_ms, now);
        self.phase = Phase::Asking { job, step };
    }

    pub(super) fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.link.poll_transmit()
    }

    // What comes in.

    pub(super) fn handle_input(&mut self, bytes: &[u8], now: Mono) {
        if let Some(outcome) = self.link.handle_input(bytes, now) {
            self.on_outcome(outcome, now);
        }
    }

    fn on_outcome(&mut self, outcome: Outcome, now: Mono) {
        match (std::mem::replace(&mut self.phase, Phase::Idle), outcome) {
            (Phase::Asking { job, step }, Outcome::Reply(data)) => {
                self.on_reply(job, step, data.expose(), now);
            }
            (Phase::Asking { job, .. }, Outcome::Refused) => {
                let words = "the chip refused a command (error frame 7F)";
                self.give_up(job, Error::new(ErrorKind::HardwareError, format!("reader: {words}")), now);
            }
            // The card may have been activated, and would not answer a second time while the field is on.
            (Phase::Asking { job, step: Step::List }, Outcome::Lost(_)) if self.looks_left > 0 => {
                self.looks_left = self.looks_left.saturating_sub(1);
                self.ask(job, Step::FieldOff, now);
            }
            (Phase::Asking { job, .. }, Outcome::Lost(why)) => self.on_silence(job, why, now),
            (phase @ (Phase::Idle | Phase::Dark { .. }), _) => self.phase = phase,
        }
    }

    fn on_reply(&mut self, job: Job, step: Step, data: &[u8], now: Mono) {
        match step {
            Step::Wake => self.ask(job, Step::Firmware, now),
            Step::Firmware => self.named(job, data, now),
            Step::Parameters => self.ask(job, Step::Retries, now),
            Step::Retries => {
                self.ready = true;
                let step = self.own_step(&job);
                self.ask(job, step, now);
            }
            Step::Check { left } => self.checked(job, data == [0x06, 0x00], left, now),
            Step::FieldOff => {
                self.powered = false;
                match job {
                    Job::Power(ChipPower::Off) => self.finish(Some(Event::ChipReleased), now),
                    Job::Status | Job::Power(_) | Job::Io(_) | Job::Doubt(_) | Job::Watch => {
                        self.phase = Phase::Dark { job, until: now.plus_ms(self.config.field_off_ms) };
                    }
                }
            }
            Step::List => match meaning::listed(data) {
                Some(card) => self.looked(job, card, now),
                None => self.give_up(job, strange("list of cards"), now),
            },
            // Whether it fell asleep shows when it is woken.
            Step::Deselect => self.ask(job, Step::Select, now),
            Step::Select => match data {
                [0x00] => self.power_came(now),
                _ => self.ask(job, Step::FieldOff, now),
            },
            // There may have been nothing to release.
            Step::Release => self.ask(job, Step::FieldOff, now),
            Step::Exchange => match job {
                Job::Io(apdu) => self.exchanged(apdu, data, now),
                other @ (Job::Status | Job::Power(_) | Job::Doubt(_) | Job::Watch) => {
                    self.give_up(other, strange("exchange"), now);
                }
            },
        }
    }

    fn named(&mut self, job: Job, data: &[u8], now: Mono) {
        match meaning::firmware(data) {
            Some(Firmware::Pn532(identity)) => {
                self.identity = identity;
                self.identified = true;
                if !self.powered {
                    return self.ask(job, Step::Parameters, now);
                }
                match self.own_step(&job) {
                    // Nothing more is asked of a powered card: it is taken to be there.
                    Step::Firmware => self.seen(job, now),
                    step => self.ask(job, step, now),
                }
            }
            Some(Firmware::Other(ic)) => {
                let words = format!("reader: the chip is not a PN532 but has IC byte {ic:02X}");
                self.give_up(job, Error::new(ErrorKind::NoDevice, words), now);
            }
            None => self.give_up(job, strange("firmware version"), now),
        }
    }

    fn checked(&mut self, job: Job, there: bool, left: u8, now: Mono) {
        match (there, left.saturating_sub(1)) {
            (true, _) => self.seen(job, now),
            (false, 0) => {
                self.lost = true;
                self.ask(job, Step::FieldOff, now);
            }
            (false, left) => self.ask(job, Step::Check { left }, now),
        }
    }

    /// The answer to a look with the field off.
    fn looked(&mut self, job: Job, card: Option<Card>, now: Mono) {
        self.card = card;
        match (&job, &self.card) {
            (Job::Power(_) | Job::Doubt(_), None) if self.told => self.finish(None, now),
            (Job::Power(_), None) => {
                let error = Error::new(ErrorKind::UserError, "reader: there is no card");
                self.finish(Some(Event::Failed(error)), now);
            }
            (Job::Power(_), Some(Card { historical: Some(_) })) => self.power_came(now),
            (Job::Power(_), Some(Card { historical: None })) => {
                self.tell_media();
                let words = "reader: the card does not speak ISO/IEC 14443-4";
                self.finish(Some(Event::Failed(Error::new(ErrorKind::UserError, words))), now);
            }
            (Job::Status | Job::Watch | Job::Io(_) | Job::Doubt(_), _) => self.seen(job, now),
        }
    }

    /// What is on the surface is known: ends a job that wanted no more.
    fn seen(&mut self, job: Job, now: Mono) {
        let event = match job {
            Job::Status => {
                let media = if self.card.is_some() { Media::Present } else { Media::NotPresent };
                Some(Event::Status { identity: self.identity.clone(), media, error: None })
            }
            Job::Doubt(error) => Some(Event::Failed(error)),
            Job::Io(_) | Job::Power(_) | Job::Watch => None,
        };
        self.finish(event, now);
    }

    fn power_came(&mut self, now: Mono) {
        self.powered = true;
        self.tell_media();
        let historical = self.card.as_ref().and_then(|card| card.historical.clone());
        self.finish(Some(Event::ChipPowered { answer_to_reset: historical.unwrap_or_default() }), now);
    }

    fn exchanged(&mut self, mut apdu: Apdu, data: &[u8], now: Mono) {
        let Some((status, part)) = data.split_first() else {
            return self.give_up(Job::Io(apdu), strange("exchange"), now);
        };
        if status & ERROR_BITS != 0 {
            let code = status & ERROR_BITS;
            let words = format!("reader: card exchange ended in {code:02X}, {}", meaning::status_words(code));
            let doubt = Job::Doubt(Error::new(ErrorKind::HardwareError, words));
            return self.ask(doubt, Step::FieldOff, now);
        }
        if !apdu.is_sent() {
            return self.ask(Job::Io(apdu), Step::Exchange, now);
        }
        apdu.response.extend_from_slice(part);
        let too_long = apdu.response.len() > self.config.max_response;
        match (status & meaning::MORE != 0, part.is_empty() || too_long) {
            // With nothing left to send the same command fetches the rest.
            (true, false) => self.ask(Job::Io(apdu), Step::Exchange, now),
            (false, _) if !too_long && apdu.response.len() >= 2 => {
                self.finish(Some(Event::ChipIo(SecretBytes::new(apdu.response))), now);
            }
            (true, true) | (false, _) => self.give_up(Job::Io(apdu), strange("response of the card"), now),
        }
    }

    // How jobs end.

    /// The chip did not answer. It may have lost its power meanwhile: it is woken once more, unless an APDU was out.
    fn on_silence(&mut self, job: Job, why: &'static str, now: Mono) {
        match job {
            Job::Status | Job::Watch | Job::Power(_) if self.ready && !self.woken_anew => {
                self.ready = false;
                self.woken_anew = true;
                self.lost |= self.powered && !matches!(job, Job::Power(_));
                self.powered = false;
                self.ask(job, Step::Wake, now);
            }
            job @ (Job::Status | Job::Watch | Job::Power(_) | Job::Io(_) | Job::Doubt(_)) => {
                self.ready = false;
                self.powered = false;
                // Of an APDU alone it is not said that the chip is gone: the watch finds out.
                if !matches!(job, Job::Io(_)) {
                    self.card = None;
                }
                let event = match job {
                    Job::Watch => None,
                    Job::Doubt(error) => Some(Event::Failed(error)),
                    Job::Status | Job::Power(_) | Job::Io(_) => Some(Event::Failed(offline(why))),
                };
                self.finish(event, now);
            }
        }
    }

    /// The chip answered, but not as it should: it is set up anew before anything else, which costs a card its power.
    fn give_up(&mut self, job: Job, error: Error, now: Mono) {
        self.ready = false;
        self.lost |= self.powered && matches!(job, Job::Status | Job::Watch);
        self.powered = false;
        let event = match job {
            Job::Watch => {
                tracing::debug!(kind = ?error.kind, "card reader answers its watch strangely");
                None
            }
            Job::Status | Job::Power(_) | Job::Io(_) | Job::Doubt(_) => Some(Event::Failed(error)),
        };
        self.finish(event, now);
    }

    fn finish(&mut self, event: Option<Event>, now: Mono) {
        self.phase = Phase::Idle;
        self.events.extend(event);
        let pause_ms = if self.ready { self.config.poll_interval_ms } else { RECOVERY_MS };
        self.watch_at = self.identified.then(|| now.plus_ms(pause_ms));
        match self.waiting.take() {
            // The status comes first, so that no change of the surface is taken for its end.
            Some(Job::Status) => self.run(Job::Status, now),
            Some(job) => {
                let removed = self.tell_media();
                // A card that left ends the command that was meant for it.
                if !removed {
                    self.run(job, now);
                }
            }
            None => {
                self.tell_media();
            }
        }
    }

    /// Tells what the session does not know of the surface; true when the card that it knew left.
    fn tell_media(&mut self) -> bool {
        let removed = self.told && (self.lost || self.card.is_none());
        if removed {
            self.told = false;
            self.events.push_back(Event::MediaRemoved);
        }
        self.lost = false;
        if !self.told && self.card.is_some() {
            self.told = true;
            self.events.push_back(Event::MediaInserted);
        }
        removed
    }

    // Time and the line.

    /// Whether the watch may look now.
    const fn watches(&self) -> bool {
        !(self.powered && matches!(self.config.idle_check, IdleCheck::OnExchange))
    }

    pub(super) fn poll_timeout(&self) -> Option<Mono> {
        match &self.phase {
            Phase::Idle if self.watches() => self.watch_at,
            Phase::Idle => None,
            Phase::Asking { .. } => self.link.poll_timeout(),
            Phase::Dark { until, .. } => Some(*until),
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Mono) {
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Idle => {
                if self.watches() && self.watch_at.is_some_and(|at| at <= now) {
                    self.run(Job::Watch, now);
                }
            }
            Phase::Dark { job, until } if until <= now => self.ask(job, Step::List, now),
            asking @ Phase::Asking { .. } => {
                self.phase = asking;
                if let Some(outcome) = self.link.handle_timeout(now) {
                    self.on_outcome(outcome, now);
                }
            }
            dark @ Phase::Dark { .. } => self.phase = dark,
        }
    }

    pub(super) fn handle_line(&mut self, open: bool) {
        if open == self.line_open {
            return;
        }
        let cut_off = self.is_busy();
        self.line_open = open;
        self.link.reset();
        self.phase = Phase::Idle;
        self.waiting = None;
        self.watch_at = None;
        self.identified = false;
        self.ready = false;
        self.powered = false;
        self.card = None;
        self.events.push_back(Event::Line { open });
        if cut_off {
            self.events.push_back(Event::Failed(offline("the line was lost")));
        }
        self.tell_media();
    }
}

fn offline(words: &str) -> Error {
    Error::new(ErrorKind::Offline, format!("reader: {words}"))
}

fn strange(what: &str) -> Error {
    Error::new(ErrorKind::HardwareError, format!("reader: it sent no proper {what}"))
}

/// A command for a chip without power.
pub(super) fn unpowered() -> Error {
    Error::new(ErrorKind::UserError, "reader: the card has no power")
}
