//! One acknowledged exchange: frame, ACK, reply, ACK; the part of it that is the same for every device that speaks so
//! (protocols section 1.2, `docs/formats/presenter-protocol.md`).
//!
//! It decides what goes on the wire, when, how often, and when a device that moves cash must be idle again. It does
//! not know what a frame or a reply means, nor which reply answers which frame: its owner, a device's `machine.rs`,
//! says so. Three rules carry the safety of cash:
//! - A request that is to be written `once` is queued once and never again, whatever comes back.
//! - A reply can be the answer only after an ACK to this very frame; the owner drops any other good reply, and it is
//!   acknowledged only so that the device stops.
//! - Nothing is written before the line has been quiet, and what arrived until then is forgotten.
//!
//! A damaged *reply* may be asked again by NAK: that repeats bytes, not notes.

use std::collections::VecDeque;

use senim_domain::Mono;
use senim_hal::{Error, ErrorKind};

/// Received well.
pub const ACK: u8 = 0x06;
/// Received damaged.
pub const NAK: u8 = 0x15;
/// Silence that must precede a frame, so that nothing old is in flight.
const QUIET_MS: u64 = 10;
/// A started frame that gets no further byte for this long is cut off. A whole frame takes 60 ms at 9,600 baud.
const GAP_MS: u64 = 300;
/// A line that never falls quiet is given up after this.
const NEVER_QUIET_MS: u64 = 5_000;
/// Time for a repeated reply after our NAK, should the response wait end first.
const REPEAT_MS: u64 = 1_500;
/// Repetitions of queries, and NAKs to damaged replies (protocols section 1.2: at most 3).
const REPEATS_MAX: u8 = 3;

/// What a codec finds in the byte stream of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token<R> {
    /// ACK outside a frame.
    Ack,
    /// NAK outside a frame.
    Nak,
    /// A good frame.
    Reply(R),
    /// Something that began as a frame and is none.
    Damaged,
}

/// The decoder of a device's codec. Total: any bytes in any cut give tokens or nothing.
pub trait Framing {
    /// A good frame of the device.
    type Reply;

    /// Takes bytes in any cut.
    fn push(&mut self, bytes: &[u8]);

    /// The next token, or nothing until more bytes come.
    fn next_token(&mut self) -> Option<Token<Self::Reply>>;

    /// Forgets what has not become a token.
    fn clear(&mut self);

    /// Whether the beginning of a frame waits for the rest.
    fn is_partial(&self) -> bool;

    /// Whether what waits has a frame's whole head, so that noise alone is unlikely.
    fn has_head(&self) -> bool;
}

/// One frame to be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its bytes.
    pub frame: Vec<u8>,
    /// It moves cash: written once, and a failure is told only when the mechanics must be idle.
    pub once: bool,
    /// How long after the ACK the reply may come, in milliseconds.
    pub reply_wait_ms: u64,
}

/// What became of a request that did not simply get its reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Its last byte was handed to the line.
    OnWire,
    /// The device has it whole.
    Acknowledged,
    /// Not a byte of it went out. It has ended.
    NotSent(Error),
    /// A query failed after its repetitions. It has ended.
    GaveUp(Error),
    /// Written once, no valid answer, and the device is idle by now or gone. It has ended.
    Unanswered(Error),
}

#[derive(Debug)]
struct Sent {
    request: Request,
    resends_left: u8,
    queued_at: Mono,
}

#[derive(Debug)]
enum Phase {
    Idle,
    /// Not yet queued: the line has to be quiet and `not_before` past.
    Waiting {
        request: Request,
        not_before: Mono,
        give_up: Mono,
    },
    AwaitAck {
        sent: Sent,
        deadline: Mono,
    },
    AwaitReply {
        sent: Sent,
        naks_left: u8,
        deadline: Mono,
    },
    /// A request that moves cash went wrong; the mechanics may still run.
    AwaitIdle {
        error: Error,
        until: Mono,
    },
}

#[derive(Debug)]
enum Out {
    Byte(u8),
    Frame(Vec<u8>),
}

/// The exchange with one device.
#[derive(Debug)]
pub struct Exchange<F> {
    /// What error texts call the device.
    device: &'static str,
    ack_wait_ms: u64,
    line_open: bool,
    framing: F,
    /// A damaged reply was seen since the last good one.
    damaged: bool,
    /// When what waits in the decoder is cut off.
    gap_at: Option<Mono>,
    quiet_until: Mono,
    phase: Phase,
    tx: VecDeque<Out>,
    told: VecDeque<Told>,
}

impl<F: Framing + Default> Exchange<F> {
    /// An exchange on a line that is not open yet.
    pub fn new(device: &'static str, ack_wait_ms: u64) -> Self {
        Self {
            device,
            ack_wait_ms,
            line_open: false,
            framing: F::default(),
            damaged: false,
            gap_at: None,
            quiet_until: Mono(0),
            phase: Phase::Idle,
            tx: VecDeque::new(),
            told: VecDeque::new(),
        }
    }

    /// Whether the line is open.
    pub const fn line_open(&self) -> bool {
        self.line_open
    }

    /// Whether a reply that arrives now could be the answer.
    pub const fn awaits_reply(&self) -> bool {
        matches!(self.phase, Phase::AwaitReply { .. })
    }

    /// What happened to the request, oldest first.
    pub fn poll_told(&mut self) -> Option<Told> {
        self.told.pop_front()
    }

    /// Begins a request when none is under way. A closed line fails it unless it may wait for later.
    pub fn start(&mut self, request: Request, not_before: Mono, now: Mono) {
        if !self.line_open && not_before <= now {
            return self.not_sent("the line is closed");
        }
        let give_up = not_before.max(now).plus_ms(NEVER_QUIET_MS);
        self.phase = Phase::Waiting { request, not_before, give_up };
        self.send_when_quiet(now);
    }

    fn send_when_quiet(&mut self, now: Mono) {
        let Phase::Waiting { request, not_before, give_up } = std::mem::replace(&mut self.phase, Phase::Idle)
        else {
            return;
        };
        if now < not_before {
            self.phase = Phase::Waiting { request, not_before, give_up };
        } else if !self.line_open {
            self.not_sent("the line is closed");
        } else if now >= self.quiet_until {
            self.queue(request, REPEATS_MAX, now);
        } else if now >= give_up {
            self.not_sent("the line never falls quiet");
        } else {
            self.phase = Phase::Waiting { request, not_before, give_up };
        }
    }

    fn queue(&mut self, request: Request, resends_left: u8, now: Mono) {
        self.forget_input();
        self.tx.push_back(Out::Frame(request.frame.clone()));
        let sent = Sent { request, resends_left, queued_at: now };
        self.phase = Phase::AwaitAck { sent, deadline: now.plus_ms(self.ack_wait_ms) };
    }

    fn frame_unsent(&self) -> bool {
        self.tx.iter().any(|out| matches!(out, Out::Frame(_)))
    }

    fn forget_input(&mut self) {
        self.framing.clear();
        self.damaged = false;
        self.gap_at = None;
    }

    // How a request ends without its reply.

    fn error(&self, words: &str) -> Error {
        Error::new(ErrorKind::Offline, format!("{}: {words}", self.device))
    }

    fn not_sent(&mut self, words: &str) {
        self.phase = Phase::Idle;
        let error = self.error(&format!("{words}; nothing was sent"));
        self.told.push_back(Told::NotSent(error));
    }

    /// The request went wrong after its bytes left.
    fn go_wrong(&mut self, sent: Sent, words: &str, now: Mono) {
        let error = self.error(words);
        if sent.request.once {
            let idle = sent.queued_at.plus_ms(self.ack_wait_ms).plus_ms(sent.request.reply_wait_ms);
            if now >= idle {
                self.told.push_back(Told::Unanswered(error));
            } else {
                self.phase = Phase::AwaitIdle { error, until: idle };
            }
        } else if sent.resends_left > 0 {
            self.queue(sent.request, sent.resends_left.saturating_sub(1), now);
        } else {
            self.told.push_back(Told::GaveUp(error));
        }
    }

    // What comes in. The owner calls `receive`, then `next_reply` until nothing is left and says to each reply
    // `take`, `pass_over` or `misread`, then `received`.

    /// Bytes arrived. False when nobody listens yet.
    pub fn receive(&mut self, bytes: &[u8], now: Mono) -> bool {
        if !self.line_open || matches!(&self.phase, Phase::Waiting { not_before, .. } if *not_before > now) {
            return false;
        }
        self.framing.push(bytes);
        if matches!(self.phase, Phase::Idle | Phase::Waiting { .. }) {
            self.quiet_until = self.quiet_until.max(now.plus_ms(QUIET_MS));
        }
        true
    }

    /// The next good reply; ACK, NAK and damage on the way to it are dealt with.
    pub fn next_reply(&mut self, now: Mono) -> Option<F::Reply> {
        loop {
            match self.framing.next_token()? {
                Token::Ack => self.on_ack(now),
                Token::Nak => self.on_nak(now),
                Token::Damaged => self.damaged = true,
                Token::Reply(reply) => return Some(reply),
            }
        }
    }

    /// The reply is the answer: acknowledged, and the request has ended.
    pub fn take(&mut self, now: Mono) {
        self.phase = Phase::Idle;
        self.forget_damage();
        self.acknowledge(now);
    }

    /// The reply is good and nothing that was waited for: acknowledged, so that the device stops.
    pub fn pass_over(&mut self, now: Mono) {
        self.acknowledge(now);
    }

    /// The reply contradicts itself: damage that its check bytes did not see.
    pub const fn misread(&mut self) {
        self.damaged = true;
    }

    /// All tokens of what arrived are dealt with.
    pub fn received(&mut self, now: Mono) {
        self.gap_at = (self.damaged || self.framing.is_partial()).then(|| now.plus_ms(GAP_MS));
    }

    fn on_ack(&mut self, now: Mono) {
        if self.frame_unsent() {
            return;
        }
        self.phase = match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::AwaitAck { sent, .. } => {
                self.told.push_back(Told::Acknowledged);
                let deadline = now.plus_ms(sent.request.reply_wait_ms);
                Phase::AwaitReply { sent, naks_left: REPEATS_MAX, deadline }
            }
            other => other,
        };
    }

    fn on_nak(&mut self, now: Mono) {
        if self.frame_unsent() {
            return;
        }
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::AwaitAck { sent, .. } => self.go_wrong(sent, "the command was refused (NAK)", now),
            other => self.phase = other,
        }
    }

    fn acknowledge(&mut self, now: Mono) {
        self.tx.push_back(Out::Byte(ACK));
        self.quiet_until = self.quiet_until.max(now.plus_ms(QUIET_MS));
    }

    const fn forget_damage(&mut self) {
        self.damaged = false;
        self.gap_at = None;
    }

    // What goes out, and time.

    /// Bytes to put on the wire now, once each.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        match self.tx.pop_front()? {
            Out::Byte(byte) => Some(vec![byte]),
            Out::Frame(bytes) => {
                self.told.push_back(Told::OnWire);
                Some(bytes)
            }
        }
    }

    /// When [`Exchange::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Mono> {
        let phase = match &self.phase {
            Phase::Idle => None,
            Phase::Waiting { not_before, give_up, .. } => {
                Some(self.quiet_until.min(*give_up).max(*not_before))
            }
            Phase::AwaitAck { deadline, .. } | Phase::AwaitReply { deadline, .. } => Some(*deadline),
            Phase::AwaitIdle { until, .. } => Some(*until),
        };
        [phase, self.gap_at].into_iter().flatten().min()
    }

    /// That moment has come.
    pub fn handle_timeout(&mut self, now: Mono) {
        if self.gap_at.is_some_and(|at| at <= now) {
            self.on_gap(now);
        }
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            waiting @ Phase::Waiting { .. } => {
                self.phase = waiting;
                self.send_when_quiet(now);
            }
            Phase::AwaitAck { sent, deadline } if deadline <= now => {
                if self.frame_unsent() {
                    self.tx.retain(|out| !matches!(out, Out::Frame(_)));
                    self.not_sent("the line took no bytes");
                } else {
                    self.go_wrong(sent, "the command was not acknowledged", now);
                }
            }
            Phase::AwaitReply { sent, deadline, .. } if deadline <= now => {
                let words = "acknowledged, but no valid reply came";
                if sent.request.once {
                    let error = self.error(words);
                    self.told.push_back(Told::Unanswered(error));
                } else {
                    self.go_wrong(sent, words, now);
                }
            }
            Phase::AwaitIdle { error, until } if until <= now => {
                self.told.push_back(Told::Unanswered(error));
            }
            other @ (Phase::Idle
            | Phase::AwaitAck { .. }
            | Phase::AwaitReply { .. }
            | Phase::AwaitIdle { .. }) => self.phase = other,
        }
    }

    /// What looked like a reply stopped short or was wrong, and the line fell silent: ask for the *reply* again.
    fn on_gap(&mut self, now: Mono) {
        let was_reply = self.damaged || self.framing.has_head();
        self.forget_input();
        if let Phase::AwaitReply { naks_left, deadline, .. } = &mut self.phase
            && was_reply
            && *naks_left > 0
        {
            *naks_left = naks_left.saturating_sub(1);
            *deadline = (*deadline).max(now.plus_ms(REPEAT_MS));
            self.tx.push_back(Out::Byte(NAK));
        }
    }

    /// The line opened or was lost; true when that is news.
    pub fn handle_line(&mut self, open: bool, now: Mono) -> bool {
        if open == self.line_open {
            return false;
        }
        self.line_open = open;
        self.forget_input();
        self.quiet_until = now.plus_ms(QUIET_MS);
        let unsent = self.frame_unsent();
        self.tx.clear();
        if open {
            return true;
        }
        let lost = "the line was lost";
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Idle => {}
            waiting @ Phase::Waiting { not_before, .. } if not_before > now => self.phase = waiting,
            Phase::Waiting { .. } => self.not_sent(lost),
            Phase::AwaitAck { .. } | Phase::AwaitReply { .. } if unsent => self.not_sent(lost),
            Phase::AwaitAck { sent, .. } | Phase::AwaitReply { sent, .. } => {
                let error = self.error(lost);
                self.told.push_back(if sent.request.once {
                    Told::Unanswered(error)
                } else {
                    Told::GaveUp(error)
                });
            }
            Phase::AwaitIdle { error, .. } => self.told.push_back(Told::Unanswered(error)),
        }
        true
    }
}
