//! One frame out, its answer in: framing, acknowledgement, repetition of *answers*, and the silence between frames
//! (protocols section 3). It decides when a frame may be written and what counts as its answer, never whether a command
//! is written again.
//!
//! A data answer is acknowledged only when it fits the question. An old one that comes late is dropped without ACK, so that
//! the device tells the event in it again.

use std::collections::VecDeque;

use senim_domain::Mono;

use super::Config;
use super::codec::{self, Code, Decoder, Token};

/// A started frame that gets no further byte for this long is cut off. One byte takes 1 ms at 9,600 baud.
const GAP_MS: u64 = 30;
/// Time for a repeated answer after our NAK.
const REPEAT_MS: u64 = 200;
/// NAKs to damaged answers of one question.
const NAKS_MAX: u8 = 2;
/// Our ACK on the wire at 9,600 baud; the bus is free only behind it.
const ACK_WIRE_MS: u64 = 7;
/// A line that never falls quiet is spoken on, or given up reading, after this.
const NEVER_QUIET_MS: u64 = 1_000;

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Ack,
    Nak,
    Illegal,
    /// Data that fits the question; it is being acknowledged.
    Data(Vec<u8>),
    /// No valid answer in time.
    Silent,
    /// The owner of the line never took the frame: nothing was sent.
    Unsent,
}

#[derive(Debug)]
struct Open {
    code: Code,
    deadline: Mono,
    naks_left: u8,
    /// However much keeps coming, reading ends here.
    give_up: Mono,
}

#[derive(Debug)]
pub(super) struct Link {
    address: u8,
    answer_wait_ms: u64,
    bus_free_ms: u64,
    decoder: Decoder,
    open: Option<Open>,
    /// A damaged frame was seen in answer to the open question.
    damaged: bool,
    /// When what waits in the decoder is cut off.
    gap_at: Option<Mono>,
    /// No frame goes out before this.
    free_at: Mono,
    /// What the silence before a frame may last to at most.
    free_at_latest: Mono,
    tx: VecDeque<(Option<Code>, Vec<u8>)>,
}

impl Link {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            address: config.address,
            answer_wait_ms: config.answer_wait_ms,
            bus_free_ms: config.bus_free_ms,
            decoder: Decoder::new(config.address),
            open: None,
            damaged: false,
            gap_at: None,
            free_at: Mono(0),
            free_at_latest: Mono(0),
            tx: VecDeque::new(),
        }
    }

    /// From when on the next question may be asked; nothing while one is open.
    pub(super) const fn free_at(&self) -> Option<Mono> {
        if self.open.is_some() { None } else { Some(self.free_at) }
    }

    pub(super) fn ask(&mut self, code: Code, parameters: &[u8], now: Mono) {
        self.forget_input();
        self.tx.push_back((Some(code), codec::command(self.address, code, parameters)));
        let deadline = now.plus_ms(self.answer_wait_ms);
        let give_up = now.plus_ms(NEVER_QUIET_MS);
        self.open = Some(Open { code, deadline, naks_left: NAKS_MAX, give_up });
    }

    /// Whether a question lies here that the owner of the line has not taken.
    pub(super) fn is_unsent(&self) -> bool {
        self.tx.iter().any(|(code, _)| code.is_some())
    }

    /// The line opened or closed: nothing is under way.
    pub(super) fn restart(&mut self, now: Mono) {
        self.forget_input();
        self.tx.clear();
        self.open = None;
        self.free_from(now);
    }

    fn forget_input(&mut self) {
        self.decoder.clear();
        self.damaged = false;
        self.gap_at = None;
    }

    fn free_from(&mut self, now: Mono) {
        self.free_at = now.plus_ms(self.bus_free_ms);
        self.free_at_latest = now.plus_ms(NEVER_QUIET_MS);
    }

    pub(super) fn handle_input(&mut self, bytes: &[u8], now: Mono) -> Option<Answer> {
        if self.open.is_none() || self.is_unsent() {
            // The peripheral never speaks unasked: an old answer, or noise.
            self.decoder.clear();
            self.free_at = self.free_at.max(now.plus_ms(self.bus_free_ms)).min(self.free_at_latest);
            return None;
        }
        self.decoder.push(bytes);
        let answer = self.read(now);
        if let (None, Some(open)) = (&answer, &self.open) {
            let waits = self.damaged || self.decoder.is_partial();
            self.gap_at = waits.then(|| now.plus_ms(GAP_MS).min(open.give_up));
        }
        answer
    }

    fn read(&mut self, now: Mono) -> Option<Answer> {
        while let Some(token) = self.decoder.next_token() {
            match (token, self.open.as_ref().map(|open| open.code)) {
                (Token::Data(data), Some(code)) => match fitting(code, data) {
                    Some(answer) => return Some(self.conclude(answer, now)),
                    None => tracing::debug!(question = ?code, "an answer that does not fit was dropped"),
                },
                (Token::Damaged, _) => self.damaged = true,
                (Token::Data(_), None) => {}
            }
        }
        None
    }

    fn conclude(&mut self, answer: Answer, now: Mono) -> Answer {
        self.open = None;
        self.forget_input();
        match answer {
            // A refusal is data like any other: a device that does not want its ACK passes over it.
            Answer::Data(_) | Answer::Illegal => {
                self.tx.push_back((None, codec::frame(self.address, &[codec::ACK])));
                self.free_from(now.plus_ms(ACK_WIRE_MS));
            }
            Answer::Ack | Answer::Nak | Answer::Silent | Answer::Unsent => self.free_from(now),
        }
        answer
    }

    pub(super) fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.tx.pop_front().map(|(_, bytes)| bytes)
    }

    pub(super) fn poll_timeout(&self) -> Option<Mono> {
        let open = self.open.as_ref()?;
        Some(self.gap_at.unwrap_or(open.deadline))
    }

    pub(super) fn handle_timeout(&mut self, now: Mono) -> Option<Answer> {
        if self.gap_at.is_some_and(|at| at <= now)
            && let Some(answer) = self.on_gap(now)
        {
            return Some(answer);
        }
        let open = self.open.as_ref()?;
        if self.gap_at.is_some() || open.deadline > now {
            return None;
        }
        let unsent = self.is_unsent();
        self.tx.retain(|(code, _)| code.is_none());
        Some(self.conclude(if unsent { Answer::Unsent } else { Answer::Silent }, now))
    }

    /// What looked like an answer stopped short or was wrong: look behind its beginning, then ask for the *answer* again.
    fn on_gap(&mut self, now: Mono) -> Option<Answer> {
        while self.decoder.is_partial() {
            self.damaged = true;
            self.decoder.cut();
            if let Some(answer) = self.read(now) {
                return Some(answer);
            }
        }
        self.forget_input();
        if let Some(open) = &mut self.open {
            if let Some(left) = open.naks_left.checked_sub(1) {
                open.naks_left = left;
                open.deadline = now.plus_ms(REPEAT_MS);
                self.tx.push_back((None, codec::frame(self.address, &[codec::NAK])));
            } else {
                open.deadline = now;
            }
        }
        None
    }
}

/// The answer in `data`, if it is one to this question.
fn fitting(code: Code, data: Vec<u8>) -> Option<Answer> {
    let one = match data.as_slice() {
        [codec::ACK] => Some(Answer::Ack),
        [codec::NAK] => Some(Answer::Nak),
        [codec::ILLEGAL] => Some(Answer::Illegal),
        _ => None,
    };
    let fits = match code {
        Code::Reset | Code::EnableBillTypes | Code::Stack | Code::Return | Code::Hold => return one,
        Code::Poll => (1..=2).contains(&data.len()),
        Code::GetStatus => data.len() == 6,
        Code::Identification => (27..=60).contains(&data.len()),
        Code::GetBillTable => data.len() == 120,
    };
    match one {
        Some(Answer::Ack) => None,
        Some(refusal) => Some(refusal),
        None => fits.then_some(Answer::Data(data)),
    }
}
