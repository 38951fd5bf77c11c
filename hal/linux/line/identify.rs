//! Who is on this port? Cables get swapped, and a dispenser's command must not reach a printer.
//!
//! [`Identified`] stands between the thread and a driver. After each opening of the line only the question who is there
//! goes out (the port's `Status`, or the query that settles an open payout); everything else is refused until the answer
//! was good and, where the configuration expects a serial number, named it. When nobody answers, the terminal's other
//! drivers ask their own question on this port, one after the other and nothing but that, so that a technician reads
//! which two cables are swapped instead of "offline".

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use senim_domain::Mono;
use senim_hal::{
    Error, ErrorKind, LineDriver, card_reader, cash_acceptor, cash_dispenser, location, receipt_printer,
    supply,
};

use super::Bus;
use crate::clock::boottime;
use crate::tty::{LineConfig, SerialLine};

/// Longest wait for a neighbour's answer on a foreign port: longer than any driver repeats its question.
const LOOK: Duration = Duration::from_secs(3);
/// Pause between two looks at a port that nobody answers on.
const LOOK_AGAIN_MS: u64 = 300_000;

/// What a port's words say about who is there.
pub trait Introduces: Bus {
    /// The question.
    fn status() -> Self::Command;

    /// Whether the command is a question that a foreign device may hear: it moves nothing and changes nothing.
    fn is_question(command: &Self::Command) -> bool;

    /// What an event says: the identity, or that the question failed; nothing for other events.
    fn introduction(event: &Self::Event) -> Option<Result<String, Error>>;

    /// Whether the event only says that the line opened or closed.
    fn is_line(event: &Self::Event) -> bool;
}

macro_rules! introduces {
    ($($port:ident::$driver:ident { $($question:pat => $identity:expr),+ ; $($command:pat_param)|+ }),+ $(,)?) => {$(
        impl Introduces for Box<dyn $port::$driver + Send> {
            fn status() -> Self::Command {
                $port::Command::Status
            }

            fn is_question(command: &Self::Command) -> bool {
                use $port::Command;
                matches!(command, $($command)|+)
            }

            fn introduction(event: &Self::Event) -> Option<Result<String, Error>> {
                use $port::Event;
                match event {
                    $($question => Some(Ok($identity)),)+
                    Event::Failed(error) => Some(Err(error.clone())),
                    _ => None,
                }
            }

            fn is_line(event: &Self::Event) -> bool {
                matches!(event, $port::Event::Line { .. })
            }
        }
    )+};
}

introduces!(
    card_reader::CardReader { Event::Status { identity, .. } => identity.clone(); Command::Status },
    cash_acceptor::CashAcceptor { Event::Status { identity, .. } => identity.clone(); Command::Status },
    cash_dispenser::CashDispenser {
        Event::Status { identity, .. } => identity.clone(),
        Event::LastStatus { .. } | Event::PresentStatus(_) => String::new();
        Command::Status | Command::LastStatus { .. } | Command::PresentStatus { .. }
    },
    location::Location { Event::Status { identity, .. } => identity.clone(); Command::Status },
    receipt_printer::ReceiptPrinter { Event::Status { identity, .. } => identity.clone(); Command::Status },
    supply::PowerSupply { Event::Status { identity, .. } => identity.clone(); Command::Status },
);

/// A device of this terminal that may sit on the wrong port.
pub struct Neighbour {
    /// Its section in the configuration.
    pub name: &'static str,
    /// The settings of its line; the path is not used.
    pub line: LineConfig,
    /// Makes a driver for one question.
    pub driver: Box<dyn Fn() -> Option<Box<dyn Asks>> + Send>,
}

/// A driver that can be asked who is there, whatever its port.
pub trait Asks: Send {
    /// Its side towards the line.
    fn line(&mut self) -> &mut dyn LineDriver;
    /// Asks.
    ///
    /// # Errors
    /// The question was not begun.
    fn ask(&mut self, now: Mono) -> Result<(), Error>;
    /// The answer, once there is one.
    fn answer(&mut self) -> Option<Result<String, Error>>;
}

impl<B: Introduces> Asks for B {
    fn line(&mut self) -> &mut dyn LineDriver {
        Bus::line(self)
    }

    fn ask(&mut self, now: Mono) -> Result<(), Error> {
        self.begin(B::status(), now)
    }

    fn answer(&mut self) -> Option<Result<String, Error>> {
        while let Some(event) = self.poll_event() {
            if let Some(answer) = B::introduction(&event) {
                return Some(answer);
            }
        }
        None
    }
}

/// What is known about who should be on a port.
#[derive(Default)]
pub struct Guard {
    /// The port, for questions of others; none for a line that is no serial port.
    pub port: Option<LineConfig>,
    /// What the identity must contain, such as a serial number.
    pub expect: Option<String>,
    /// Who else might be there.
    pub neighbours: Vec<Neighbour>,
}

/// A driver that speaks only to the device it is meant for.
pub struct Identified<B: Introduces> {
    bus: B,
    guard: Guard,
    /// The device introduced itself since the line opened.
    known: bool,
    /// What the last look found; stands for every failed question until somebody right answers.
    verdict: Option<Error>,
    /// Questions under way; a look would tear them off the line.
    asking: u32,
    /// A question failed: look who is there.
    look: bool,
    looked_at: Option<Mono>,
    /// The line is closed and opened only for a look; nobody needs to know.
    hides_line: bool,
    /// An answer without identity, until the device that gave it has named itself.
    held: Option<B::Event>,
    told: VecDeque<B::Event>,
}

impl<B: Introduces> Identified<B> {
    /// Over a driver on a line that is not open yet.
    pub fn new(bus: B, guard: Guard) -> Self {
        Self {
            bus,
            guard,
            known: false,
            verdict: None,
            asking: 0,
            look: false,
            looked_at: None,
            hides_line: false,
            held: None,
            told: VecDeque::new(),
        }
    }

    /// What is told of an event; nothing when the device has to name itself first.
    fn judge(&mut self, event: B::Event) -> Option<B::Event> {
        let Some(introduction) = B::introduction(&event) else { return Some(event) };
        self.asking = self.asking.saturating_sub(1);
        let held = self.held.take();
        Some(match introduction {
            Ok(identity) => match &self.guard.expect {
                // The answer that settles an open payout carries no number: a spare device would settle it as well.
                Some(_) if identity.is_empty() && !self.known => {
                    if let Err(error) = self.bus.begin(B::status(), boottime()) {
                        return Some(B::refused(error));
                    }
                    self.asking = self.asking.saturating_add(1);
                    self.held = Some(event);
                    return None;
                }
                Some(expected) if !identity.is_empty() && !identity.contains(expected.as_str()) => {
                    let words = format!("here is {identity}, the configuration expects {expected}");
                    let error = Error::new(ErrorKind::NoDevice, words);
                    self.known = false;
                    self.verdict = Some(error.clone());
                    B::refused(error)
                }
                Some(_) | None => {
                    self.known = true;
                    self.verdict = None;
                    self.looked_at = None;
                    held.unwrap_or(event)
                }
            },
            Err(error) if matches!(error.kind, ErrorKind::Offline | ErrorKind::NoDevice) => {
                self.nobody_answers().map_or(event, B::refused)
            }
            Err(_) => event,
        })
    }

    /// Nobody answered: cables may be changed without the port noticing, so that whoever is there has to introduce itself
    /// again. Who stays silent twice is looked for.
    fn nobody_answers(&mut self) -> Option<Error> {
        if !std::mem::replace(&mut self.known, false) {
            let due = self.looked_at.is_none_or(|at| boottime().since(at) >= LOOK_AGAIN_MS);
            let can = self.guard.port.is_some() && !self.guard.neighbours.is_empty();
            self.look = due && can && self.asking == 0;
        }
        self.verdict.clone()
    }
}

impl<B: Introduces> Bus for Identified<B> {
    type Command = B::Command;
    type Event = B::Event;

    fn line(&mut self) -> &mut dyn LineDriver {
        Bus::line(&mut self.bus)
    }

    fn begin(&mut self, command: Self::Command, now: Mono) -> Result<(), Error> {
        if !self.known && !B::is_question(&command) {
            let words = "nobody has said yet who is on this port";
            return Err(self.verdict.clone().unwrap_or_else(|| Error::new(ErrorKind::NoDevice, words)));
        }
        let question = B::is_question(&command);
        self.bus.begin(command, now)?;
        self.asking = self.asking.saturating_add(u32::from(question));
        Ok(())
    }

    fn poll_event(&mut self) -> Option<Self::Event> {
        if let Some(event) = self.told.pop_front() {
            return Some(event);
        }
        loop {
            let event = self.bus.poll_event()?;
            if B::is_line(&event) {
                if !self.hides_line {
                    return Some(event);
                }
            } else if let Some(event) = self.judge(event) {
                return Some(event);
            }
        }
    }

    fn refused(error: Error) -> Self::Event {
        B::refused(error)
    }

    fn opened(&mut self) {
        self.known = false;
        self.asking = 0;
        // Asked while the port was closed: nobody can tell who is there before the right question was.
        self.look = false;
        if let Some(held) = self.held.take() {
            drop(held);
            self.told.push_back(B::refused(Error::new(ErrorKind::Offline, "the device did not name itself")));
        }
        if std::mem::replace(&mut self.hides_line, false) {
            // The opening behind a look: the driver's own news of it is dropped here, before anybody reads it.
            while let Some(event) = self.bus.poll_event() {
                if !B::is_line(&event) {
                    self.told.push_back(event);
                }
            }
        } else {
            self.verdict = None;
            self.looked_at = None;
        }
    }

    fn wants_look(&mut self) -> bool {
        let wanted = std::mem::replace(&mut self.look, false);
        self.hides_line |= wanted;
        wanted
    }

    fn look(&mut self, ended: &AtomicBool) {
        self.looked_at = Some(boottime());
        let Some(port) = &self.guard.port else { return };
        let found = self.guard.neighbours.iter().find_map(|neighbour| {
            let identity = ask_on(port, neighbour, ended)?;
            Some(format!(
                "{} answers as {} ({identity}): the cables of two devices are swapped",
                port.path.display(),
                neighbour.name
            ))
        });
        if let Some(words) = found {
            let error = Error::new(ErrorKind::NoDevice, words);
            tracing::error!(%error, "wrong device on a port");
            self.verdict = Some(error.clone());
            self.told.push_back(B::refused(error));
        }
    }
}

/// One neighbour's question on a port that is not its own.
fn ask_on(port: &LineConfig, neighbour: &Neighbour, ended: &AtomicBool) -> Option<String> {
    if ended.load(Ordering::Relaxed) {
        return None;
    }
    let mut driver = (neighbour.driver)()?;
    let settings = LineConfig { path: port.path.clone(), ..neighbour.line.clone() };
    let line = SerialLine::open(&settings).ok()?;
    let started = boottime();
    driver.line().handle_line(true, started);
    driver.ask(started).ok()?;
    let mut unsent: Vec<u8> = Vec::new();
    loop {
        let now = boottime();
        let late = now.since(started) >= u64::try_from(LOOK.as_millis()).unwrap_or(u64::MAX);
        if late || ended.load(Ordering::Relaxed) {
            return None;
        }
        if driver.line().poll_timeout().is_some_and(|at| at <= now) {
            driver.line().handle_timeout(now);
        }
        if unsent.is_empty() {
            unsent = driver.line().poll_transmit().unwrap_or_default();
        }
        let count = line.write(&unsent).ok()?;
        unsent.drain(..count.min(unsent.len()));
        let mut buffer = [0u8; 512];
        let count = line.read(&mut buffer).ok()?;
        driver.line().handle_input(buffer.get(..count).unwrap_or_default(), boottime());
        match driver.answer() {
            Some(Ok(identity)) => return Some(identity),
            Some(Err(_)) => return None,
            None => {}
        }
        if count == 0 {
            let mut waits = [PollFd::new(line.fd(), PollFlags::POLLIN)];
            let until = driver.line().poll_timeout().map_or(50, |at| at.since(now)).clamp(1, 50);
            let _ready = poll(&mut waits, PollTimeout::try_from(until).unwrap_or(PollTimeout::MAX));
        }
    }
}

#[cfg(test)]
mod tests;
