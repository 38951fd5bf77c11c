//! The order of the presenter's exchanges (`docs/formats/presenter-protocol.md`): which frame a step writes, which reply
//! answers it, and what follows. The exchange itself, its time-outs and the rule that cash is written once, are in
//! `exchange`; what replies mean is in `meaning`; which requests are sensible is checked in `mod`.
//!
//! A moving command carries the number after the device's last one. Where that is not known (the line opened, or the
//! last moving command had no answer) LAST STATUS is asked first, which moves nothing.

use std::collections::VecDeque;

use senim_domain::Mono;
use senim_hal::cash_dispenser::{Event, LastCommand, Movement};
use senim_hal::{Error, ErrorKind};

use super::Config;
use super::codec::{Code, Decoder, Frame, Kind, command};
use super::meaning::{self, Meaning};
use crate::exchange::{Exchange, Request, Told};

/// A command that moves notes, or counts as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// MARK.
    Mark,
    /// DISPENSE, notes of each cassette.
    Dispense([u8; 4]),
    /// TEST DISPENSE of a cassette.
    Test(u8),
    /// PRESENT.
    Present,
    /// RETRACT.
    Retract,
    /// RESET.
    Reset,
}

impl Move {
    const fn code(self) -> Code {
        match self {
            Self::Mark => Code::Mark,
            Self::Dispense(_) => Code::Dispense,
            Self::Test(_) => Code::TestDispense,
            Self::Present => Code::Present,
            Self::Retract => Code::Retract,
            Self::Reset => Code::Reset,
        }
    }

    fn data(self) -> Vec<u8> {
        match self {
            Self::Dispense(counts) => counts.to_vec(),
            Self::Test(unit) => vec![unit],
            Self::Mark | Self::Present | Self::Retract | Self::Reset => Vec::new(),
        }
    }
}

/// One frame's worth of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// STATUS.
    Status,
    /// LAST STATUS for the saga.
    LastStatus,
    /// PRESENT STATUS for the saga.
    PresentStatus,
    /// LAST STATUS for the number that this move must not have.
    Number(Move),
    /// The move itself.
    Move(Move),
    /// LAST STATUS that must confirm the marker's own reply, and the marker's number.
    Confirm(Movement, u16),
}

impl Step {
    const fn code(&self) -> Code {
        match self {
            Self::Status => Code::Status,
            Self::LastStatus | Self::Number(_) | Self::Confirm(..) => Code::LastStatus,
            Self::PresentStatus => Code::PresentStatus,
            Self::Move(wanted) => wanted.code(),
        }
    }
}

/// A PRESENT and whether its taking was told.
#[derive(Clone, Copy, Debug)]
struct Presented {
    number: u16,
    taken: bool,
}

#[derive(Debug)]
pub(super) struct Machine {
    config: Config,
    exchange: Exchange<Decoder>,
    /// The step under way and the number of its frame.
    step: Option<(Step, u16)>,
    /// Number of the device's last moving command, where known.
    last_number: Option<u16>,
    query_number: u16,
    /// The last PRESENT that is known of.
    presented: Option<Presented>,
    events: VecDeque<Event>,
}

impl Machine {
    pub(super) fn new(config: Config) -> Self {
        let exchange = Exchange::new("presenter", config.ack_wait_ms);
        Self {
            config,
            exchange,
            step: None,
            last_number: None,
            query_number: 0,
            presented: None,
            events: VecDeque::new(),
        }
    }

    pub(super) const fn config(&self) -> &Config {
        &self.config
    }

    pub(super) const fn is_idle(&self) -> bool {
        self.step.is_none()
    }

    pub(super) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Ends a command of which not a byte goes out.
    pub(super) fn refuse(&mut self, error: Error) {
        self.events.push_back(Event::Failed(error));
    }

    /// Begins a move when the machine is idle.
    pub(super) fn start_move(&mut self, wanted: Move, now: Mono) {
        match self.last_number {
            Some(last) => {
                let number = next(last);
                if wanted == Move::Present {
                    self.presented = Some(Presented { number, taken: false });
                }
                self.send(Step::Move(wanted), number, wanted.data(), now, now);
            }
            None => self.start(Step::Number(wanted), now, now),
        }
    }

    /// Begins a query when the machine is idle.
    pub(super) fn start(&mut self, query: Step, not_before: Mono, now: Mono) {
        self.query_number = next(self.query_number);
        self.send(query, self.query_number, Vec::new(), not_before, now);
    }

    fn send(&mut self, step: Step, number: u16, data: Vec<u8>, not_before: Mono, now: Mono) {
        let once = matches!(step, Step::Move(_));
        let reply_wait_ms = if once { self.config.response_wait_ms } else { self.config.query_wait_ms };
        let frame = command(step.code(), number, &data);
        self.step = Some((step, number));
        self.exchange.start(Request { frame, once, reply_wait_ms }, not_before, now);
        self.hear();
    }

    pub(super) fn handle_input(&mut self, bytes: &[u8], now: Mono) {
        if !self.exchange.receive(bytes, now) {
            return;
        }
        while let Some(frame) = self.exchange.next_reply(now) {
            self.hear();
            match frame.kind {
                Kind::Taken => self.on_taken(&frame, now),
                Kind::Reply(code) => self.on_reply(code, &frame, now),
            }
        }
        self.exchange.received(now);
        self.hear();
    }

    /// Unasked, and repeated until acknowledged; told once.
    fn on_taken(&mut self, frame: &Frame, now: Mono) {
        let Some(places) = meaning::places(&frame.data) else { return self.exchange.misread() };
        self.exchange.pass_over(now);
        let news = match self.presented {
            Some(presented) => presented.number == frame.number && !presented.taken,
            None => true,
        };
        if news {
            self.presented = Some(Presented { number: frame.number, taken: true });
            self.events.push_back(Event::ItemsTaken(places));
        }
    }

    fn on_reply(&mut self, code: Code, frame: &Frame, now: Mono) {
        let awaited = self.exchange.awaits_reply();
        let answers = |step: &mut (Step, u16)| awaited && step.0.code() == code && step.1 == frame.number;
        let Some((step, number)) = self.step.take_if(answers) else {
            tracing::debug!(command = ?code, "presenter repeated an old reply");
            return self.exchange.pass_over(now);
        };
        match meaning::read(code, &frame.data) {
            None => {
                self.step = Some((step, number));
                self.exchange.misread();
            }
            Some(meaning) => {
                self.exchange.take(now);
                self.conclude(step, number, meaning, now);
            }
        }
    }

    /// A good reply to this step: tell, go on.
    fn conclude(&mut self, step: Step, number: u16, meaning: Meaning, now: Mono) {
        if matches!(step, Step::Move(_)) {
            let done = matches!(meaning, Meaning::Moved(_) | Meaning::Places(_));
            self.last_number = done.then_some(number);
        }
        if let Meaning::Last { number, .. } = &meaning {
            self.last_number = Some(*number);
        }
        let event = match (step, meaning) {
            (Step::Status, Meaning::Status { name, units, error }) => {
                Event::Status { identity: name, units, error }
            }
            (Step::LastStatus, Meaning::Last { command, movement, .. }) => {
                Event::LastStatus { command, movement }
            }
            (Step::PresentStatus, Meaning::Places(places)) => Event::PresentStatus(places),
            (Step::Number(wanted), Meaning::Last { .. }) => return self.start_move(wanted, now),
            (Step::Confirm(marked, number), Meaning::Last { command, number: last, movement }) => {
                confirm(marked, command, last == number, &movement)
            }
            (Step::Move(Move::Mark), Meaning::Moved(movement)) => match movement.error.clone() {
                None => return self.start(Step::Confirm(movement, number), now, now),
                Some(error) => Event::MarkRefused { error, movement: Some(movement) },
            },
            (Step::Move(Move::Dispense(asked)), Meaning::Moved(movement)) => {
                Event::Moved(as_asked(movement, asked))
            }
            (Step::Move(Move::Test(_) | Move::Reset), Meaning::Moved(movement)) => Event::Moved(movement),
            (Step::Move(Move::Present), Meaning::Places(places)) => Event::Presented(places),
            (Step::Move(Move::Retract), Meaning::Places(places)) => Event::Retracted(places),
            (Step::Move(Move::Mark), Meaning::Refused(error)) => Event::MarkRefused { error, movement: None },
            (Step::Move(Move::Dispense(_) | Move::Test(_) | Move::Reset), Meaning::Refused(error)) => {
                Event::Moved(Movement { error: Some(error), ..meaning::nothing() })
            }
            // The marker was written, so this is no failure of which nothing went out.
            (Step::Confirm(movement, _), Meaning::Refused(error)) => {
                Event::MarkRefused { error, movement: Some(movement) }
            }
            (_, Meaning::Refused(error)) => Event::Failed(error),
            // Command bytes were compared before, so these do not meet; were they to, nothing is believed.
            (
                step,
                Meaning::Status { .. } | Meaning::Last { .. } | Meaning::Moved(_) | Meaning::Places(_),
            ) => {
                let error = Error::new(ErrorKind::HardwareError, "the reply does not fit its command");
                if matches!(step, Step::Move(_)) { Event::Unanswered(error) } else { Event::Failed(error) }
            }
        };
        self.events.push_back(event);
    }

    /// What the exchange tells of the step under way.
    fn hear(&mut self) {
        while let Some(told) = self.exchange.poll_told() {
            let dispense = matches!(self.step, Some((Step::Move(Move::Dispense(_)), _)));
            match told {
                Told::OnWire if dispense => self.events.push_back(Event::OnWire),
                Told::Acknowledged if dispense => self.events.push_back(Event::Accepted),
                Told::OnWire | Told::Acknowledged => {}
                Told::NotSent(error) | Told::GaveUp(error) => self.fail(error),
                Told::Unanswered(error) => {
                    self.step = None;
                    self.last_number = None;
                    self.events.push_back(Event::Unanswered(error));
                }
            }
        }
    }

    fn fail(&mut self, error: Error) {
        self.events.push_back(match self.step.take() {
            Some((Step::Confirm(movement, _), _)) => Event::MarkRefused { error, movement: Some(movement) },
            Some((
                Step::Status | Step::LastStatus | Step::PresentStatus | Step::Number(_) | Step::Move(_),
                _,
            ))
            | None => Event::Failed(error),
        });
    }

    pub(super) fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        let bytes = self.exchange.poll_transmit();
        self.hear();
        bytes
    }

    pub(super) fn poll_timeout(&self) -> Option<Mono> {
        self.exchange.poll_timeout()
    }

    pub(super) fn handle_timeout(&mut self, now: Mono) {
        self.exchange.handle_timeout(now);
        self.hear();
    }

    pub(super) fn handle_line(&mut self, open: bool, now: Mono) {
        if self.exchange.handle_line(open, now) {
            self.last_number = None;
            self.events.push_back(Event::Line { open });
            self.hear();
        }
    }
}

/// The number after another; 0 is nobody's.
const fn next(number: u16) -> u16 {
    if number == u16::MAX { 1 } else { number.saturating_add(1) }
}

/// A good end with other notes than asked for contradicts itself.
fn as_asked(movement: Movement, asked: [u8; 4]) -> Movement {
    let fits = movement.units.iter().zip(asked).all(|(unit, asked)| unit.distributed == u32::from(asked));
    let counts_in_doubt = movement.counts_in_doubt || (movement.error.is_none() && !fits);
    Movement { counts_in_doubt, ..movement }
}

/// Whether the last status confirms the marker.
fn confirm(marked: Movement, command: LastCommand, same_number: bool, last: &Movement) -> Event {
    let (words, doubt) = match command {
        LastCommand::Marker if same_number && *last == marked => return Event::Marked(marked),
        LastCommand::Marker if same_number => {
            ("the last status counts otherwise than the marker's own reply", true)
        }
        LastCommand::Marker => ("the last status names another marker", false),
        LastCommand::Dispense | LastCommand::Other => ("the last status does not name the marker", false),
    };
    let movement = Some(Movement { counts_in_doubt: doubt || marked.counts_in_doubt, ..marked });
    Event::MarkRefused { error: Error::new(ErrorKind::HardwareError, words), movement }
}
