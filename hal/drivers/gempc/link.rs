//! One message to the reader and what comes of it: echo, sequence number, waiting, damage.
//!
//! An answer counts by its type and its sequence number, so that a late or repeated one is never taken for another. The
//! echo is checked byte for byte but never needed: what the reader executed is told by its answer. Nothing is repeated
//! here; that is decided where the meaning of a message is known.

use senim_domain::{Mono, SecretBytes};

use super::codec::{Code, Decoder, Message, Token};

/// A started frame that gets no further byte for this long is cut off. A byte takes 0.1 ms at 115,200 baud; serial
/// adapters hand bytes on in lumps some 16 ms apart.
const GAP_MS: u64 = 150;
/// After a hint that the card left, the answer may never come.
const REMOVAL_WAIT_MS: u64 = 300;
/// Bytes handed to the decoder at once.
const CHUNK: usize = 512;

/// How a message ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Its answer.
    Answer(Message),
    /// The reader got it damaged and did nothing.
    Refused,
    /// An answer came, damaged.
    Damaged,
    /// Nothing came.
    Silent,
    /// Time was asked for again and again, until there was no more.
    TimeUp,
    /// The line took no bytes: nothing was sent.
    Unsent,
}

#[derive(Debug)]
struct Pending {
    message: Message,
    answer: u8,
    echo_due: bool,
    wait_ms: u64,
    deadline: Mono,
    /// No extension reaches beyond this.
    limit: Mono,
    damaged: bool,
}

/// The line to the reader.
#[derive(Debug)]
pub(super) struct Link {
    echo: bool,
    decoder: Decoder,
    gap_at: Option<Mono>,
    seq: u8,
    pending: Option<Pending>,
    unsent: bool,
    outcome: Option<Outcome>,
    echo_missing: bool,
    /// A hint that the card came or left.
    moved: bool,
}

impl Link {
    pub(super) fn new(echo: bool) -> Self {
        Self {
            echo,
            decoder: Decoder::default(),
            gap_at: None,
            seq: 0,
            pending: None,
            unsent: false,
            outcome: None,
            echo_missing: false,
            moved: false,
        }
    }

    /// Queues a message. It is waited for `wait_ms`, with all extensions until `limit`.
    pub(super) fn send(
        &mut self,
        code: Code,
        specific: [u8; 3],
        data: SecretBytes,
        wait_ms: u64,
        limit: Mono,
        now: Mono,
    ) {
        let message = Message { kind: code.byte(), slot: 0, seq: self.seq, specific, data };
        self.seq = self.seq.wrapping_add(1);
        self.pending = Some(Pending {
            message,
            answer: code.answer(),
            echo_due: self.echo,
            wait_ms,
            deadline: now.plus_ms(wait_ms).min(limit),
            limit,
            damaged: false,
        });
        self.unsent = true;
        self.outcome = None;
    }

    pub(super) fn poll_outcome(&mut self) -> Option<Outcome> {
        self.outcome.take()
    }

    /// Whether the last answer came without the echo that was due.
    pub(super) const fn is_echo_missing(&self) -> bool {
        self.echo_missing
    }

    /// Whether the reader hinted at a movement of a card since the last question.
    pub(super) const fn take_moved(&mut self) -> bool {
        std::mem::replace(&mut self.moved, false)
    }

    /// The line opened or was lost: everything under way is forgotten.
    pub(super) fn reset(&mut self) {
        self.decoder.clear();
        (self.gap_at, self.pending, self.outcome) = (None, None, None);
        (self.unsent, self.moved) = (false, false);
    }

    pub(super) fn handle_input(&mut self, bytes: &[u8], now: Mono) {
        for part in bytes.chunks(CHUNK) {
            self.decoder.push(part);
            self.drain(now);
        }
        self.gap_at = self.decoder.is_partial().then(|| now.plus_ms(GAP_MS));
    }

    fn drain(&mut self, now: Mono) {
        while let Some(token) = self.decoder.next_token() {
            match token {
                Token::Message(message) => self.on_message(message, now),
                Token::Nak => self.on_nak(),
                Token::Slot(present) => self.on_slot(present, now),
                Token::TimeRequest => self.extend(1, now),
                Token::Damaged => self.on_damage(now),
            }
        }
    }

    fn asked(&mut self) -> Option<&mut Pending> {
        // What comes before the bytes have left cannot be about them.
        if self.unsent { None } else { self.pending.as_mut() }
    }

    fn on_message(&mut self, message: Message, now: Mono) {
        let Some(pending) = self.asked() else { return };
        if message == pending.message {
            pending.echo_due = false;
            return;
        }
        if message.kind != pending.answer || message.seq != pending.message.seq || message.slot != 0 {
            tracing::debug!(kind = message.kind, "card reader: a message that nobody waits for");
            return;
        }
        let status = message.status();
        if status.extension {
            return self.extend(status.error, now);
        }
        self.echo_missing = pending.echo_due;
        self.conclude(Outcome::Answer(message));
    }

    fn on_nak(&mut self) {
        if self.asked().is_some() {
            self.conclude(Outcome::Refused);
        }
    }

    fn on_slot(&mut self, present: bool, now: Mono) {
        self.moved = true;
        if let Some(pending) = self.asked().filter(|_| !present) {
            pending.deadline = pending.deadline.min(now.plus_ms(REMOVAL_WAIT_MS));
        }
    }

    fn extend(&mut self, factor: u8, now: Mono) {
        if let Some(pending) = self.asked() {
            let wait = pending.wait_ms.saturating_mul(u64::from(factor.max(1)));
            pending.deadline = now.plus_ms(wait).min(pending.limit);
        }
    }

    fn on_damage(&mut self, now: Mono) {
        let Some(pending) = self.asked() else { return };
        if pending.echo_due {
            pending.echo_due = false;
        } else {
            // A repetition, or a frame that hid behind the damage, may still come.
            pending.damaged = true;
            pending.deadline = pending.deadline.min(now.plus_ms(GAP_MS));
        }
    }

    fn conclude(&mut self, outcome: Outcome) {
        self.pending = None;
        self.outcome = Some(outcome);
    }

    pub(super) fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        let pending = self.pending.as_ref().filter(|_| self.unsent)?;
        self.unsent = false;
        Some(pending.message.frame())
    }

    pub(super) fn poll_timeout(&self) -> Option<Mono> {
        let deadline = self.pending.as_ref().map(|pending| pending.deadline);
        [deadline, self.gap_at].into_iter().flatten().min()
    }

    pub(super) fn handle_timeout(&mut self, now: Mono) {
        while self.gap_at.is_some_and(|at| at <= now) {
            if self.decoder.give_up() {
                self.on_damage(now);
            }
            self.drain(now);
            self.gap_at = self.decoder.is_partial().then_some(now);
        }
        let Some(pending) = self.pending.as_ref().filter(|pending| pending.deadline <= now) else { return };
        let outcome = match (self.unsent, pending.damaged, pending.limit <= now) {
            (true, _, _) => Outcome::Unsent,
            (_, true, _) => Outcome::Damaged,
            (_, _, true) => Outcome::TimeUp,
            _ => Outcome::Silent,
        };
        self.unsent = false;
        self.conclude(outcome);
    }
}
