//! Order and time-outs towards the service.
//!
//! A look is one LIST VAR: the service composes the whole list at once, so source, charge and warnings belong together.
//! Answers carry no number. Before the first look, and after each that went wrong, VER is asked and everything up to its
//! answer passed over; no late answer can then be taken for a new one. Nothing is sent before the first Status; from then
//! on looks go on by themselves until the line closes.

use std::collections::VecDeque;

use senim_domain::Mono;
use senim_hal::supply::{Event, Supply};
use senim_hal::{Error, ErrorKind};

use super::Config;
use super::codec::{self, Decoder, Line};
use super::meaning::{Report, refused};

#[derive(Debug)]
enum Phase {
    Idle,
    /// VER was sent.
    Fence {
        deadline: Mono,
    },
    /// LIST VAR was sent; the report is there once the list has begun.
    List {
        deadline: Mono,
        report: Option<Report>,
    },
}

#[derive(Debug)]
pub(super) struct Machine {
    config: Config,
    line_open: bool,
    /// A Status waits for its end.
    asked: bool,
    /// Looks go on by themselves.
    watching: bool,
    /// An older answer may still be on its way.
    unsure: bool,
    misses: u32,
    next_look: Mono,
    phase: Phase,
    decoder: Decoder,
    /// What the session believes.
    told: Option<Result<Supply, Error>>,
    tx: VecDeque<Vec<u8>>,
    events: VecDeque<Event>,
}

impl Machine {
    pub(super) fn new(config: Config) -> Self {
        Self {
            config,
            line_open: false,
            asked: false,
            watching: false,
            unsure: true,
            misses: 0,
            next_look: Mono(0),
            phase: Phase::Idle,
            decoder: Decoder::default(),
            told: None,
            tx: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    pub(super) const fn is_busy(&self) -> bool {
        self.asked
    }

    pub(super) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub(super) fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.tx.pop_front()
    }

    pub(super) fn ask_status(&mut self, now: Mono) {
        if !self.line_open {
            self.events.push_back(Event::Failed(offline("the line is closed")));
            return;
        }
        self.asked = true;
        self.watching = true;
        self.misses = 0;
        // A look under way is given up; the fence keeps its answer out.
        self.unsure = true;
        self.look(now);
    }

    fn look(&mut self, now: Mono) {
        self.next_look = now.plus_ms(self.config.poll_interval_ms);
        self.decoder.clear();
        let deadline = now.plus_ms(self.config.answer_wait_ms);
        if self.unsure {
            self.tx.push_back(codec::VERSION.to_vec());
            self.phase = Phase::Fence { deadline };
        } else {
            self.list(deadline);
        }
    }

    fn list(&mut self, deadline: Mono) {
        self.tx.push_back(codec::list(&self.config.ups));
        self.phase = Phase::List { deadline, report: None };
    }

    // What comes in.

    pub(super) fn handle_input(&mut self, bytes: &[u8], now: Mono) {
        if !self.line_open {
            return;
        }
        self.decoder.push(bytes);
        while let Some(line) = self.decoder.next_line() {
            self.on_line(line, now);
        }
    }

    fn on_line(&mut self, line: Line, now: Mono) {
        match (&mut self.phase, line) {
            (Phase::Fence { .. }, Line::Version(_)) => {
                self.unsure = false;
                self.list(now.plus_ms(self.config.answer_wait_ms));
            }
            (Phase::List { report, .. }, Line::Begin(ups)) if ups == self.config.ups => {
                *report = Some(Report::default());
            }
            (Phase::List { report: Some(report), .. }, Line::Variable { ups, name, value })
                if ups == self.config.ups =>
            {
                report.note(&name, value);
            }
            (Phase::List { report: Some(report), .. }, Line::End(ups)) if ups == self.config.ups => {
                let report = std::mem::take(report);
                self.conclude(report.supply(), || report.identity());
            }
            (Phase::List { .. }, Line::Refused(refusal)) => {
                self.conclude(Err(refused(&refusal, &self.config.ups)), String::new);
            }
            // Older answers, noise, and what nobody asked for.
            (Phase::Idle | Phase::Fence { .. } | Phase::List { .. }, _) => {}
        }
    }

    /// A look was answered, or too many were not.
    fn conclude(&mut self, found: Result<Supply, Error>, identity: impl FnOnce() -> String) {
        self.phase = Phase::Idle;
        self.misses = 0;
        self.tell(found, identity);
    }

    fn tell(&mut self, found: Result<Supply, Error>, identity: impl FnOnce() -> String) {
        let asked = std::mem::take(&mut self.asked);
        let is_news = match (&self.told, &found) {
            (Some(Ok(told)), Ok(found)) => self.config.differs(told, found),
            (Some(Err(told)), Err(found)) => told != found,
            (None | Some(_), _) => true,
        };
        if !asked && !is_news {
            return;
        }
        self.told = Some(found.clone());
        self.events.push_back(match found {
            Ok(supply) if asked => Event::Status { identity: identity(), supply },
            Ok(supply) => Event::Changed(supply),
            Err(error) => Event::Failed(error),
        });
    }

    // Time and the line.

    pub(super) fn poll_timeout(&self) -> Option<Mono> {
        match self.phase {
            Phase::Idle => (self.line_open && self.watching).then_some(self.next_look),
            Phase::Fence { deadline } | Phase::List { deadline, .. } => Some(deadline),
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Mono) {
        if self.poll_timeout().is_none_or(|at| at > now) {
            return;
        }
        match self.phase {
            Phase::Idle => self.look(now),
            Phase::Fence { .. } | Phase::List { .. } => self.miss(now),
        }
    }

    fn miss(&mut self, now: Mono) {
        self.phase = Phase::Idle;
        self.unsure = true;
        self.tx.clear();
        self.misses = self.misses.saturating_add(1);
        if self.misses >= self.config.misses_max {
            self.tell(Err(offline("the service does not answer")), String::new);
        } else if self.asked {
            self.look(now);
        }
    }

    pub(super) fn handle_line(&mut self, open: bool) {
        if open == self.line_open {
            return;
        }
        self.line_open = open;
        self.events.push_back(Event::Line { open });
        self.phase = Phase::Idle;
        self.watching = false;
        self.unsure = true;
        self.told = None;
        self.decoder.clear();
        self.tx.clear();
        if std::mem::take(&mut self.asked) {
            self.events.push_back(Event::Failed(offline("the line was lost")));
        }
    }
}

fn offline(words: &str) -> Error {
    Error::new(ErrorKind::Offline, format!("supply: {words}"))
}
