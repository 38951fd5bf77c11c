//! One exchange with the chip: command, ACK, reply. Owns what may be repeated.
//!
//! | what went wrong | query | InDataExchange, InListPassiveTarget |
//! | --- | --- | --- |
//! | no ACK | called off, written again with a wake-up, [`REPEATS_MAX`] times | called off, lost |
//! | reply damaged | NACK, [`NACKS_MAX`] times: the chip says it again | the same: the card is not asked again |
//! | no reply | as without ACK | called off, lost |
//! | error frame | refused | refused |
//! | the line takes no bytes | lost | lost |
//!
//! A reply counts only behind the ACK of its own command, so a second copy of an earlier one is never taken for it. A
//! NACK goes out only where a start code was seen behind that ACK and the line has been quiet since, because a chip
//! that is still at work might answer it with an older reply.

use std::collections::VecDeque;

use senim_domain::{Mono, SecretBytes};

use super::codec::{self, Code, Decoder, Token};

/// Times that a query is written again.
const REPEATS_MAX: u8 = 2;
/// Times that a damaged reply is asked for again.
const NACKS_MAX: u8 = 3;
/// Quiet after which the rest of a frame no longer comes.
const GAP_MS: u64 = 30;

/// How an exchange ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Data behind the response code.
    Reply(SecretBytes),
    /// The error frame.
    Refused,
    /// No good reply, in words.
    Lost(&'static str),
}

/// How often a command may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// It asks or sets; the same again does no harm.
    Allowed,
    /// It changes the card.
    Never,
}

struct Order {
    code: u8,
    frame: Vec<u8>,
    reply_wait_ms: u64,
    repeats_left: u8,
}

enum State {
    Idle,
    AwaitAck { order: Order, deadline: Mono },
    AwaitReply { order: Order, deadline: Mono, nacks_left: u8, damaged: bool },
}

/// The chip's line. Frames carry card data: nothing of it shows in debug output.
pub(super) struct Link {
    ack_wait_ms: u64,
    decoder: Decoder,
    state: State,
    /// When the line counts as quiet, while something on it is unfinished or damaged.
    gap_at: Option<Mono>,
    tx: VecDeque<Vec<u8>>,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("decoder", &self.decoder).finish_non_exhaustive()
    }
}

impl Link {
    pub(super) fn new(ack_wait_ms: u64) -> Self {
        Self {
            ack_wait_ms,
            decoder: Decoder::default(),
            state: State::Idle,
            gap_at: None,
            tx: VecDeque::new(),
        }
    }

    /// Forgets everything, as the line is new or gone.
    pub(super) fn reset(&mut self) {
        *self = Self::new(self.ack_wait_ms);
    }

    /// Writes a command; `wake` puts the wake-up before it.
    pub(super) fn begin(
        &mut self,
        code: Code,
        data: &[u8],
        wake: bool,
        repeat: Repeat,
        reply_wait_ms: u64,
        now: Mono,
    ) {
        let frame = codec::command(code.byte(), data);
        let repeats_left = match repeat {
            Repeat::Allowed => REPEATS_MAX,
            Repeat::Never => 0,
        };
        self.write(Order { code: code.byte(), frame, reply_wait_ms, repeats_left }, wake, now);
    }

    fn write(&mut self, order: Order, wake: bool, now: Mono) {
        self.decoder.clear();
        self.gap_at = None;
        let wake_up: &[u8] = if wake { &codec::WAKE_UP } else { &[] };
        self.tx.push_back([wake_up, &order.frame].concat());
        self.state = State::AwaitAck { order, deadline: now.plus_ms(self.ack_wait_ms) };
    }

    pub(super) fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.tx.pop_front()
    }

    pub(super) fn handle_input(&mut self, bytes: &[u8], now: Mono) -> Option<Outcome> {
        // What comes before the command has left cannot be about it.
        if matches!(self.state, State::Idle) || self.is_unsent() {
            return None;
        }
        self.decoder.push(bytes);
        self.gap_at = Some(now.plus_ms(GAP_MS));
        let outcome = self.read(now);
        self.settle_gap();
        outcome
    }

    /// Without damage and without half a frame there is nothing to wait out.
    fn settle_gap(&mut self) {
        let damaged = matches!(self.state, State::AwaitReply { damaged: true, .. });
        if !damaged && !self.decoder.is_partial() {
            self.gap_at = None;
        }
    }

    fn read(&mut self, now: Mono) -> Option<Outcome> {
        while let Some(token) = self.decoder.next_token() {
            match (&mut self.state, token) {
                (State::AwaitReply { order, .. }, Token::Reply { code, data })
                    if code == order.code.wrapping_add(1) =>
                {
                    return Some(self.end(Outcome::Reply(data)));
                }
                (State::AwaitReply { .. }, Token::SyntaxError) => return Some(self.end(Outcome::Refused)),
                (State::AwaitReply { damaged, .. }, Token::Damaged) => *damaged = true,
                (State::AwaitAck { .. }, Token::Ack) => self.acknowledged(now),
                (
                    State::Idle | State::AwaitAck { .. } | State::AwaitReply { .. },
                    Token::Ack | Token::Nack | Token::SyntaxError | Token::Reply { .. } | Token::Damaged,
                ) => {}
            }
        }
        None
    }

    fn acknowledged(&mut self, now: Mono) {
        self.state = match std::mem::replace(&mut self.state, State::Idle) {
            State::AwaitAck { order, .. } => {
                let deadline = now.plus_ms(order.reply_wait_ms);
                State::AwaitReply { order, deadline, nacks_left: NACKS_MAX, damaged: false }
            }
            other @ (State::Idle | State::AwaitReply { .. }) => other,
        };
    }

    fn end(&mut self, outcome: Outcome) -> Outcome {
        self.state = State::Idle;
        self.gap_at = None;
        self.decoder.clear();
        outcome
    }

    pub(super) fn poll_timeout(&self) -> Option<Mono> {
        let deadline = match &self.state {
            State::Idle => return None,
            State::AwaitAck { deadline, .. } | State::AwaitReply { deadline, .. } => *deadline,
        };
        Some(self.gap_at.map_or(deadline, |gap_at| gap_at.min(deadline)))
    }

    pub(super) fn handle_timeout(&mut self, now: Mono) -> Option<Outcome> {
        if self.gap_at.is_some_and(|at| at <= now) {
            self.gap_at = None;
            while self.decoder.is_partial() {
                self.decoder.give_up();
                if let State::AwaitReply { damaged, .. } = &mut self.state {
                    *damaged = true;
                }
                if let Some(outcome) = self.read(now) {
                    return Some(outcome);
                }
            }
            if let Some(outcome) = self.ask_again() {
                return Some(outcome);
            }
        }
        match std::mem::replace(&mut self.state, State::Idle) {
            State::AwaitAck { order, deadline } if deadline <= now => {
                self.repeat(order, "it does not acknowledge", now)
            }
            State::AwaitReply { order, deadline, .. } if deadline <= now => {
                self.repeat(order, "it does not reply", now)
            }
            other @ (State::Idle | State::AwaitAck { .. } | State::AwaitReply { .. }) => {
                self.state = other;
                None
            }
        }
    }

    /// A damaged reply is said again by the chip, which costs the card nothing.
    fn ask_again(&mut self) -> Option<Outcome> {
        let State::AwaitReply { nacks_left, damaged, .. } = &mut self.state else { return None };
        if !std::mem::take(damaged) {
            return None;
        }
        match nacks_left.checked_sub(1) {
            Some(left) => {
                *nacks_left = left;
                self.tx.push_back(codec::NACK.to_vec());
                None
            }
            None => {
                self.tx.push_back(codec::ACK.to_vec());
                Some(self.end(Outcome::Lost("its replies come damaged")))
            }
        }
    }

    /// Whether the command lies here and the owner of the line has not taken it.
    fn is_unsent(&self) -> bool {
        match &self.state {
            State::AwaitAck { order, .. } => self.holds(order),
            State::Idle | State::AwaitReply { .. } => false,
        }
    }

    fn holds(&self, order: &Order) -> bool {
        self.tx.iter().any(|bytes| bytes.ends_with(&order.frame))
    }

    fn repeat(&mut self, mut order: Order, why: &'static str, now: Mono) -> Option<Outcome> {
        if self.holds(&order) {
            // Sent later, nobody would wait for its answer any more; it may carry a PIN.
            self.tx.clear();
            return Some(self.end(Outcome::Lost("the line takes no bytes; nothing was sent")));
        }
        self.tx.push_back(codec::ACK.to_vec());
        match order.repeats_left.checked_sub(1) {
            Some(left) => {
                order.repeats_left = left;
                self.write(order, true, now);
                None
            }
            None => Some(self.end(Outcome::Lost(why))),
        }
    }
}
