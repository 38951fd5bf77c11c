//! From sentences to a position that is worth telling.
//!
//! The receiver speaks, nobody asks it. GGA carries the position; an RMC that calls itself invalid overrules it. Where no
//! GGA comes, RMC's own position counts. A loss is told once it has lasted, since receivers drop a second now and then.

use std::collections::{BTreeSet, VecDeque};

use senim_domain::Mono;
use senim_hal::location::{Event, Fix};
use senim_hal::{Error, ErrorKind};

use super::Config;
use super::codec::{Decoder, Meaning, Sentence};

/// RMC without a GGA between them, from which on this is a receiver that says no GGA.
const RMC_ALONE: u8 = 3;
/// Kinds of sentences kept for the technician; receivers have about ten.
const NAMES_MAX: usize = 16;

/// What the session believes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Nothing,
    Fix(Fix),
    Lost,
    Failed,
}

#[derive(Debug)]
pub(super) struct Machine {
    config: Config,
    line_open: bool,
    decoder: Decoder,
    names: BTreeSet<String>,
    /// The latest position, told or not.
    fix: Option<Fix>,
    /// RMC says that the position is not valid.
    overruled: bool,
    /// GGA's position while overruled: the RMC of the same second may lift that.
    held_back: Option<Fix>,
    rmc_alone: u8,
    /// Bytes came since the last sentence.
    babble: bool,
    /// When the position counts as lost.
    lost_at: Option<Mono>,
    /// When the receiver counts as silent.
    silent_at: Mono,
    status: Option<Status>,
    told: Told,
    events: VecDeque<Event>,
}

/// A Status under way.
#[derive(Clone, Copy, Debug)]
struct Status {
    /// A sentence came since it was asked.
    heard: bool,
    /// When it is answered if one did.
    answer_at: Mono,
    /// When it fails if none did.
    give_up_at: Mono,
}

impl Machine {
    pub(super) fn new(config: Config) -> Self {
        Self {
            config,
            line_open: false,
            decoder: Decoder::default(),
            names: BTreeSet::new(),
            fix: None,
            overruled: false,
            held_back: None,
            rmc_alone: 0,
            babble: false,
            lost_at: None,
            silent_at: Mono(0),
            status: None,
            told: Told::Nothing,
            events: VecDeque::new(),
        }
    }

    pub(super) const fn is_busy(&self) -> bool {
        self.status.is_some()
    }

    pub(super) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub(super) fn ask_status(&mut self, now: Mono) {
        if !self.line_open {
            self.events.push_back(Event::Failed(offline("the line is closed")));
            return;
        }
        self.status = Some(Status {
            heard: false,
            answer_at: now.plus_ms(self.config.listen_ms),
            give_up_at: now.plus_ms(self.config.silence_ms),
        });
    }

    // What comes in.

    pub(super) fn handle_input(&mut self, bytes: &[u8], now: Mono) {
        if !self.line_open {
            return;
        }
        self.babble |= !bytes.is_empty();
        self.decoder.push(bytes);
        while let Some(sentence) = self.decoder.next_sentence() {
            self.on_sentence(sentence, now);
        }
    }

    fn on_sentence(&mut self, sentence: Sentence, now: Mono) {
        self.babble = false;
        self.silent_at = now.plus_ms(self.config.silence_ms);
        if self.names.len() < NAMES_MAX {
            self.names.insert(sentence.name);
        }
        if let Some(status) = &mut self.status {
            status.heard = true;
        }
        if self.told == Told::Failed && self.lost_at.is_none() {
            // It speaks again; whether it has a position will show within the same time as a loss does.
            self.lost_at = Some(now.plus_ms(self.config.lost_after_ms));
        }
        match sentence.meaning {
            Meaning::Position(fix) => {
                self.rmc_alone = 0;
                if self.overruled {
                    self.held_back = fix;
                } else {
                    self.locate(fix, now);
                }
            }
            Meaning::Minimum(fix) => {
                self.overruled = fix.is_none();
                self.rmc_alone = self.rmc_alone.saturating_add(1);
                let held_back = self.held_back.take().filter(|_| !self.overruled);
                self.locate(held_back.or(fix.filter(|_| self.rmc_alone >= RMC_ALONE)), now);
            }
            Meaning::Other => {}
        }
    }

    fn locate(&mut self, fix: Option<Fix>, now: Mono) {
        let Some(fix) = fix else { return };
        self.fix = Some(fix);
        self.lost_at = Some(now.plus_ms(self.config.lost_after_ms));
        let is_news = match self.told {
            Told::Fix(told) => self.config.differs(&told, &fix),
            Told::Nothing | Told::Lost | Told::Failed => true,
        };
        if is_news {
            self.told = Told::Fix(fix);
            self.events.push_back(Event::Fix(fix));
        }
    }

    // Time and the line.

    pub(super) fn poll_timeout(&self) -> Option<Mono> {
        if !self.line_open {
            return None;
        }
        let silent_at = (self.told != Told::Failed).then_some(self.silent_at);
        let status_at =
            self.status.map(|status| if status.heard { status.answer_at } else { status.give_up_at });
        [silent_at, self.lost_at, status_at].into_iter().flatten().min()
    }

    pub(super) fn handle_timeout(&mut self, now: Mono) {
        if !self.line_open {
            return;
        }
        // A receiver that says nothing has lost nothing that we know of.
        if self.told != Told::Failed && self.silent_at <= now {
            return self.fall_silent();
        }
        if self.lost_at.is_some_and(|at| at <= now) {
            self.lost_at = None;
            self.fix = None;
            self.told = Told::Lost;
            self.events.push_back(Event::Lost);
        }
        match self.status {
            Some(status) if status.heard && status.answer_at <= now => {
                self.status = None;
                let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
                self.events.push_back(Event::Status { identity: names.join(" "), fix: self.fix });
            }
            Some(status) if !status.heard && status.give_up_at <= now => self.fall_silent(),
            Some(_) | None => {}
        }
    }

    fn fall_silent(&mut self) {
        let words = if self.babble {
            "bytes come, but no whole sentence; is the speed of the line right?"
        } else {
            "nothing comes"
        };
        self.status = None;
        self.fix = None;
        self.lost_at = None;
        self.told = Told::Failed;
        self.events.push_back(Event::Failed(offline(words)));
    }

    pub(super) fn handle_line(&mut self, open: bool, now: Mono) {
        if open == self.line_open {
            return;
        }
        let asked = self.status.is_some();
        let events = std::mem::take(&mut self.events);
        *self = Self { line_open: open, events, ..Self::new(self.config.clone()) };
        self.silent_at = now.plus_ms(self.config.silence_ms);
        self.events.push_back(Event::Line { open });
        if asked {
            self.events.push_back(Event::Failed(offline("the line was lost")));
        }
    }
}

fn offline(words: &str) -> Error {
    Error::new(ErrorKind::Offline, format!("location: {words}"))
}
