//! Order and time-outs of the ESC/POS printer.
//!
//! A print is: real-time status, settings, bands, cut, fence. `Printed` is told only when the fence behind the last
//! dot was answered. Real-time status is never asked between bands: a printer may take its bytes for image data.
//! Behind the fence the line is in order again, so the reason of a stall can be asked there.
//!
//! After opening, and after a print that failed, the printer may sit inside half a band. As many empty bytes as a
//! band has bring it out (outside of a band they mean nothing), then its buffers are cleared.

use std::collections::VecDeque;

use senim_domain::Mono;
use senim_hal::receipt_printer::{Event, Paper, Raster};
use senim_hal::{Error, ErrorKind};

use super::codec::{self, Answer, Awaited, Decoder};
use super::{Config, Fence};

/// Times that a real-time status is asked before the printer counts as silent.
const ASKS_MAX: u8 = 3;
/// Time for a byte of the way out of half a band, generous for 9,600 baud, in microseconds.
const BYTE_US: u64 = 1_100;
/// A moment that is always past: asks the owner of the line for the time, once its write has ended.
const AT_ONCE: Mono = Mono(0);

/// The real-time status bytes 1 to 4.
#[derive(Clone, Copy, Debug, Default)]
struct Health {
    state: u8,
    offline: u8,
    fault: u8,
    paper: u8,
}

impl Health {
    fn note(&mut self, n: u8, byte: u8) {
        match n {
            1 => self.state = byte,
            2 => self.offline = byte,
            3 => self.fault = byte,
            _ => self.paper = byte,
        }
    }

    fn paper(self) -> Paper {
        if self.paper & 0x60 != 0 || self.offline & 0x20 != 0 {
            Paper::Out
        } else if self.paper & 0x0C != 0 {
            Paper::Low
        } else {
            Paper::Full
        }
    }

    fn error(self) -> Option<Error> {
        let told = |kind, words: &str| Some(Error::new(kind, format!("printer: {words}")));
        if self.offline & 0x04 != 0 {
            told(ErrorKind::UserError, "cover open")
        } else if self.paper() == Paper::Out {
            told(ErrorKind::UserError, "paper out")
        } else if self.fault & 0x08 != 0 {
            told(ErrorKind::HardwareError, "cutter error")
        } else if self.fault & 0x20 != 0 {
            told(ErrorKind::HardwareError, "unrecoverable error")
        } else if self.fault & 0x44 != 0 || self.offline & 0x40 != 0 {
            told(ErrorKind::HardwareError, "error, may be recoverable (overheated or blocked)")
        } else if self.state & 0x08 != 0 {
            told(ErrorKind::Offline, "off-line without a stated reason")
        } else {
            None
        }
    }
}

/// What is under way.
#[derive(Debug)]
pub(super) enum Job {
    Status,
    Print(Raster),
}

#[derive(Debug)]
enum Phase {
    Idle,
    /// Asking real-time status `n`, before a job.
    Asking {
        job: Job,
        health: Health,
        n: u8,
        asks_left: u8,
        deadline: Mono,
    },
    Naming {
        health: Health,
        deadline: Mono,
    },
    /// Bands from `row` on; the next may go at `next_at`, which is set once the one before has left.
    Bands {
        raster: Raster,
        row: usize,
        next_at: Option<Mono>,
    },
    /// Everything was handed out; the deadline is set once it has left.
    Fenced {
        id: [u8; 4],
        deadline: Option<Mono>,
        ask_at: Mono,
        health: Health,
        n: u8,
    },
}

#[derive(Debug)]
pub(super) struct Machine {
    config: Config,
    line_open: bool,
    /// Whether the printer may sit inside half a band or hold an old job.
    unsure: bool,
    fences: u16,
    decoder: Decoder,
    phase: Phase,
    tx: VecDeque<Vec<u8>>,
    events: VecDeque<Event>,
}

impl Machine {
    pub(super) fn new(config: Config) -> Self {
        Self {
            config,
            line_open: false,
            unsure: true,
            fences: 0,
            decoder: Decoder::default(),
            phase: Phase::Idle,
            tx: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    pub(super) const fn config(&self) -> &Config {
        &self.config
    }

    pub(super) const fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Idle)
    }

    pub(super) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub(super) fn start(&mut self, job: Job, now: Mono) {
        if !self.line_open {
            return self.fail(offline("the line is closed"));
        }
        let mut patience_ms = self.config.status_wait_ms;
        if self.unsure {
            let band = usize::from(self.config.stride()).saturating_mul(usize::from(self.config.band_rows));
            self.tx.push_back(vec![0; band]);
            self.tx.push_back(codec::CLEAR.to_vec());
            let bytes = u64::try_from(band).unwrap_or(u64::MAX);
            patience_ms = patience_ms.saturating_add(bytes.saturating_mul(BYTE_US) / 1_000);
        }
        self.decoder.clear();
        self.tx.push_back(codec::ask(1).to_vec());
        let deadline = now.plus_ms(patience_ms);
        self.phase = Phase::Asking { job, health: Health::default(), n: 1, asks_left: ASKS_MAX, deadline };
    }

    pub(super) fn fail(&mut self, error: Error) {
        self.end(Event::Failed(error));
    }

    /// What a stalled line has not taken by now is of no use: sent later, its answers would pass for those of another job.
    fn end(&mut self, event: Event) {
        self.phase = Phase::Idle;
        self.tx.clear();
        self.events.push_back(event);
    }

    fn fail_unsure(&mut self, error: Error) {
        self.unsure = true;
        self.fail(error);
    }

    // What comes in.

    pub(super) fn handle_input(&mut self, bytes: &[u8], now: Mono) {
        if !self.line_open {
            return;
        }
        self.decoder.push(bytes);
        loop {
            let awaited = match self.phase {
                Phase::Idle | Phase::Bands { .. } => return self.decoder.clear(),
                // What comes before the fence has left cannot be its answer.
                Phase::Fenced { id, .. } if self.tx.contains(&self.fence(id)) => return self.decoder.clear(),
                Phase::Asking { .. } => Awaited::RealTime,
                Phase::Naming { .. } => Awaited::Name,
                Phase::Fenced { .. } => Awaited::Fence,
            };
            let Some(answer) = self.decoder.next_answer(awaited) else { return };
            self.on_answer(answer, now);
        }
    }

    fn on_answer(&mut self, answer: Answer, now: Mono) {
        match (std::mem::replace(&mut self.phase, Phase::Idle), answer) {
            (Phase::Asking { job, mut health, n, .. }, Answer::RealTime(byte)) => {
                health.note(n, byte);
                if n < 4 {
                    self.ask(job, health, n.saturating_add(1), ASKS_MAX, now);
                } else {
                    self.healthy(job, health, now);
                }
            }
            (Phase::Naming { health, .. }, Answer::Name(name)) => self.tell(name, health),
            (Phase::Fenced { id, .. }, Answer::Process(answered)) if answered == id => self.printed(),
            (Phase::Fenced { .. }, Answer::Buffered(paper)) if self.config.fence == Fence::PaperStatus => {
                if paper & 0x0C == 0 {
                    self.printed();
                } else {
                    self.fail_unsure(Error::new(ErrorKind::UserError, "printer: paper out"));
                }
            }
            (Phase::Fenced { id, deadline, ask_at, mut health, n }, Answer::RealTime(byte)) if n > 0 => {
                health.note(n, byte);
                let n = if n < 4 { n.saturating_add(1) } else { 0 };
                if n > 0 {
                    self.tx.push_back(codec::ask(n).to_vec());
                } else if let Some(error) = health.error() {
                    return self.fail_unsure(error);
                }
                self.phase = Phase::Fenced { id, deadline, ask_at, health, n };
            }
            (phase, Answer::RealTime(_) | Answer::Buffered(_) | Answer::Name(_) | Answer::Process(_)) => {
                self.phase = phase;
            }
        }
    }

    fn ask(&mut self, job: Job, health: Health, n: u8, asks_left: u8, now: Mono) {
        self.tx.push_back(codec::ask(n).to_vec());
        let deadline = now.plus_ms(self.config.status_wait_ms);
        self.phase = Phase::Asking { job, health, n, asks_left, deadline };
    }

    fn healthy(&mut self, job: Job, health: Health, now: Mono) {
        self.unsure = false;
        match (job, health.error()) {
            (Job::Print(_), Some(error)) => self.fail(error),
            (Job::Print(raster), None) => {
                self.tx.push_back(codec::INIT.to_vec());
                self.phase = Phase::Bands { raster, row: 0, next_at: Some(now) };
            }
            // Off-line, buffered questions are not answered.
            (Job::Status, Some(_)) => self.tell(super::UNNAMED.to_owned(), health),
            (Job::Status, None) => {
                self.tx.push_back(codec::MODEL.to_vec());
                let deadline = now.plus_ms(self.config.status_wait_ms);
                self.phase = Phase::Naming { health, deadline };
            }
        }
    }

    fn tell(&mut self, identity: String, health: Health) {
        self.end(Event::Status { identity, paper: health.paper(), error: health.error() });
    }

    fn printed(&mut self) {
        self.end(Event::Printed);
    }

    // What goes out, and time.

    pub(super) fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        if let Some(bytes) = self.tx.pop_front() {
            return Some(bytes);
        }
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Bands { raster, row, next_at: Some(_) } if !self.is_paced(row) => {
                Some(self.next_band(raster, row))
            }
            other => {
                self.phase = other;
                None
            }
        }
    }

    /// Bands wait for their moment only where pacing is configured, and never the first.
    const fn is_paced(&self, row: usize) -> bool {
        self.config.band_interval_ms > 0 && row > 0
    }

    fn next_band(&mut self, raster: Raster, row: usize) -> Vec<u8> {
        let stride = self.config.stride();
        let size = usize::from(stride).saturating_mul(usize::from(self.config.band_rows)).max(1);
        let from = row.saturating_mul(usize::from(stride));
        let rest = raster.rows.get(from..).unwrap_or_default();
        let bytes = codec::band(stride, rest.get(..size).unwrap_or(rest));
        if rest.len() > size {
            let next_at = (self.config.band_interval_ms == 0).then_some(AT_ONCE);
            let row = row.saturating_add(usize::from(self.config.band_rows));
            self.phase = Phase::Bands { raster, row, next_at };
        } else {
            self.fences = self.fences.wrapping_add(1);
            let id = codec::fence_id(self.fences);
            self.tx.push_back(codec::cut(self.config.feed_dots).to_vec());
            self.tx.push_back(self.fence(id));
            self.decoder.clear();
            self.phase =
                Phase::Fenced { id, deadline: None, ask_at: AT_ONCE, health: Health::default(), n: 0 };
        }
        bytes
    }

    fn fence(&self, id: [u8; 4]) -> Vec<u8> {
        match self.config.fence {
            Fence::ProcessId => codec::fence(id),
            Fence::PaperStatus => codec::PAPER.to_vec(),
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Mono> {
        match &self.phase {
            Phase::Idle => None,
            Phase::Asking { deadline, .. } | Phase::Naming { deadline, .. } => Some(*deadline),
            // Without pacing the line's own readiness sets the pace.
            Phase::Bands { next_at, row, .. } => self.is_paced(*row).then(|| next_at.unwrap_or(AT_ONCE)),
            Phase::Fenced { deadline, ask_at, .. } => Some(deadline.map_or(AT_ONCE, |at| at.min(*ask_at))),
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Mono) {
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Asking { job, health, n, asks_left, deadline } if deadline <= now => {
                self.decoder.clear();
                match asks_left.saturating_sub(1) {
                    0 => self.fail_unsure(offline("no answer to the status question")),
                    left => self.ask(job, health, n, left, now),
                }
            }
            // A printer without a name is still a printer.
            Phase::Naming { health, deadline } if deadline <= now => {
                self.tell(super::UNNAMED.to_owned(), health)
            }
            Phase::Bands { raster, row, next_at: None } => {
                let next_at = Some(now.plus_ms(self.config.band_interval_ms));
                self.phase = Phase::Bands { raster, row, next_at };
            }
            Phase::Bands { raster, row, next_at: Some(at) } if at <= now && self.is_paced(row) => {
                let bytes = self.next_band(raster, row);
                self.tx.push_front(bytes);
            }
            Phase::Fenced { id, deadline: None, health, .. } => {
                let deadline = Some(now.plus_ms(self.config.print_wait_ms));
                let ask_at = now.plus_ms(self.config.probe_interval_ms);
                self.phase = Phase::Fenced { id, deadline, ask_at, health, n: 0 };
            }
            Phase::Fenced { deadline: Some(deadline), .. } if deadline <= now => {
                self.fail_unsure(offline("the print was not confirmed"));
            }
            Phase::Fenced { id, deadline, ask_at, .. } if ask_at <= now => {
                self.tx.push_back(codec::ask(1).to_vec());
                let ask_at = now.plus_ms(self.config.probe_interval_ms);
                self.phase = Phase::Fenced { id, deadline, ask_at, health: Health::default(), n: 1 };
            }
            other @ (Phase::Idle
            | Phase::Asking { .. }
            | Phase::Naming { .. }
            | Phase::Bands { .. }
            | Phase::Fenced { .. }) => self.phase = other,
        }
    }

    pub(super) fn handle_line(&mut self, open: bool) {
        if open == self.line_open {
            return;
        }
        self.line_open = open;
        self.unsure = true;
        self.tx.clear();
        self.decoder.clear();
        self.events.push_back(Event::Line { open });
        if !self.is_idle() {
            self.fail(offline("the line was lost"));
        }
    }
}

fn offline(words: &str) -> Error {
    Error::new(ErrorKind::Offline, format!("printer: {words}"))
}
