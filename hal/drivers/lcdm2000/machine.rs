//! The order of the LCDM-2000's exchanges (protocols sections 1.2 and 1.3): which frame a step writes, which reply
//! answers it, and what follows. The exchange itself, its time-outs and the rule that cash is written once, are in
//! `exchange`; what replies mean is in `meaning`; which requests are sensible is checked in `mod`.

use std::collections::VecDeque;

use senim_domain::Mono;
use senim_hal::cash_dispenser::{Event, UnitReport};
use senim_hal::{Error, ErrorKind};

use super::Config;
use super::codec::{Code, Decoder, Reply, command, digits};
use super::meaning::{self, Meaning};
use crate::exchange::{Exchange, Request, Told};

const MODEL: &str = "Puloon LCDM-2000";

/// One frame's worth of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// STATUS.
    Status,
    /// ROM VERSION, with what STATUS said before it.
    Version(Vec<UnitReport>, Option<Error>),
    /// DISPENSE of the upper and lower cassette; one of them may be 0.
    Dispense([u8; 2]),
    /// TEST DISPENSE, upper.
    TestUpper,
    /// TEST DISPENSE, lower.
    TestLower,
    /// PURGE.
    Purge,
}

impl Step {
    const fn code(&self) -> Code {
        match self {
            Self::Status => Code::Status,
            Self::Version(..) => Code::RomVersion,
            Self::Dispense([_, 0]) => Code::DispenseUpper,
            Self::Dispense([0, _]) => Code::DispenseLower,
            Self::Dispense(_) => Code::DispenseBoth,
            Self::TestUpper => Code::TestUpper,
            Self::TestLower => Code::TestLower,
            Self::Purge => Code::Purge,
        }
    }

    const fn moves_cash(&self) -> bool {
        match self {
            Self::Dispense(_) | Self::TestUpper | Self::TestLower | Self::Purge => true,
            Self::Status | Self::Version(..) => false,
        }
    }

    const fn asked(&self) -> [u8; 2] {
        match self {
            Self::Dispense(counts) => *counts,
            Self::Status | Self::Version(..) | Self::TestUpper | Self::TestLower | Self::Purge => [0, 0],
        }
    }

    fn frame(&self) -> Vec<u8> {
        let [upper, lower] = self.asked();
        let data = match self.code() {
            Code::DispenseUpper => digits(upper).to_vec(),
            Code::DispenseLower => digits(lower).to_vec(),
            Code::DispenseBoth => [digits(upper), digits(lower)].concat(),
            Code::Purge | Code::Status | Code::RomVersion | Code::TestUpper | Code::TestLower => Vec::new(),
        };
        command(self.code(), &data)
    }
}

#[derive(Debug)]
pub(super) struct Machine {
    config: Config,
    exchange: Exchange<Decoder>,
    step: Option<Step>,
    events: VecDeque<Event>,
}

impl Machine {
    pub(super) fn new(config: Config) -> Self {
        let exchange = Exchange::new("dispenser", config.ack_wait_ms);
        Self { config, exchange, step: None, events: VecDeque::new() }
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

    /// The marker that this device does not need: nothing is written, nothing moved. A device that cannot hear is
    /// not marked, so that no payout is armed on it.
    pub(super) fn mark(&mut self) {
        self.events.push_back(if self.exchange.line_open() {
            Event::Marked(meaning::nothing())
        } else {
            Event::Failed(Error::new(ErrorKind::Offline, "dispenser: the line is closed; nothing was sent"))
        });
    }

    /// Begins a step when the machine is idle.
    pub(super) fn start(&mut self, step: Step, now: Mono) {
        let once = step.moves_cash();
        let reply_wait_ms = if once { self.config.response_wait_ms } else { self.config.query_wait_ms };
        let request = Request { frame: step.frame(), once, reply_wait_ms };
        self.step = Some(step);
        self.exchange.start(request, now, now);
        self.hear();
    }

    pub(super) fn handle_input(&mut self, bytes: &[u8], now: Mono) {
        if !self.exchange.receive(bytes, now) {
            return;
        }
        while let Some(reply) = self.exchange.next_reply(now) {
            self.hear();
            self.on_reply(&reply, now);
        }
        self.exchange.received(now);
        self.hear();
    }

    fn on_reply(&mut self, reply: &Reply, now: Mono) {
        let Some(step) = self.step.take_if(|step| step.code() == reply.code && self.exchange.awaits_reply())
        else {
            tracing::debug!(command = ?reply.code, "dispenser repeated an old reply");
            return self.exchange.pass_over(now);
        };
        match meaning::read(reply, &self.config, step.asked()) {
            None => {
                self.step = Some(step);
                self.exchange.misread();
            }
            Some(meaning) => {
                self.exchange.take(now);
                self.conclude(step, meaning, now);
            }
        }
    }

    /// A good reply to this step: tell, go on.
    fn conclude(&mut self, step: Step, meaning: Meaning, now: Mono) {
        match (step, meaning) {
            (Step::Status, Meaning::Status { units, error }) => self.start(Step::Version(units, error), now),
            (Step::Version(units, error), Meaning::Version(version)) => {
                self.events.push_back(status(units, error, Some(&version)));
            }
            (_, Meaning::Moved(movement)) => self.events.push_back(Event::Moved(movement)),
            (_, Meaning::Ended(error)) => self.events.push_back(Event::Moved(meaning::uncounted(error))),
            // Command bytes were compared before, so these do not meet; were they to, nothing is believed.
            (step, Meaning::Status { .. } | Meaning::Version(_)) => {
                let error = Error::new(ErrorKind::HardwareError, "the reply does not fit its command");
                let end = if step.moves_cash() { Event::Unanswered(error) } else { Event::Failed(error) };
                self.events.push_back(end);
            }
        }
    }

    /// What the exchange tells of the step under way.
    fn hear(&mut self) {
        while let Some(told) = self.exchange.poll_told() {
            let dispense = matches!(self.step, Some(Step::Dispense(_)));
            match told {
                Told::OnWire if dispense => self.events.push_back(Event::OnWire),
                Told::Acknowledged if dispense => self.events.push_back(Event::Accepted),
                Told::OnWire | Told::Acknowledged => {}
                Told::NotSent(error) | Told::GaveUp(error) => self.fail(error),
                Told::Unanswered(error) => {
                    self.step = None;
                    self.events.push_back(Event::Unanswered(error));
                }
            }
        }
    }

    fn fail(&mut self, error: Error) {
        self.events.push_back(match self.step.take() {
            // The cassettes are known; a firmware that does not tell its version is no reason to be out of service.
            Some(Step::Version(units, standing)) => status(units, standing, None),
            Some(Step::Status | Step::Dispense(_) | Step::TestUpper | Step::TestLower | Step::Purge)
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
            self.events.push_back(Event::Line { open });
            self.hear();
        }
    }
}

fn status(units: Vec<UnitReport>, error: Option<Error>, version: Option<&str>) -> Event {
    let identity = version.map_or_else(|| MODEL.to_owned(), |version| format!("{MODEL}, firmware {version}"));
    Event::Status { identity, units, error }
}
