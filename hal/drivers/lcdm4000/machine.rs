//! The exchange machine of the LCDM-4000: order, repetition and time-outs (protocols section 1.2).
//!
//! It decides what goes on the wire and when. Three rules carry the safety of cash:
//! - A step that moves cash is queued once and never again, whatever comes back.
//! - A reply counts only after an ACK to this very frame, and only with this frame's command byte; any other good
//!   frame is a repetition of an old one, is acknowledged so that the device stops, and dropped.
//! - Nothing is written before the line has been quiet, and what arrived until then is forgotten.
//!
//! A damaged *reply* may be asked again by NAK: that repeats bytes, not notes. What replies mean is in `meaning`,
//! which requests are sensible is checked in `mod`.

use std::collections::VecDeque;

use senim_domain::Mono;
use senim_hal::cash_dispenser::{Event, LastCommand, Movement};
use senim_hal::{Error, ErrorKind};

use super::codec::{ACK, Code, Decoder, NAK, Reply, Token, command};
use super::meaning::{self, Meaning};
use super::{Config, ResetDialect};

/// Silence that must precede a frame, so that nothing old is in flight.
const QUIET_MS: u64 = 10;
/// How long the device's closing EOT, or the repetition of a reply whose ACK it missed, is waited for.
const CLOSING_MS: u64 = 1_000;
/// A started frame that gets no further byte for this long is cut off. A whole frame takes 30 ms at 9,600 baud.
const GAP_MS: u64 = 300;
/// A line that never falls quiet is given up after this.
const NEVER_QUIET_MS: u64 = 5_000;
/// Time for a repeated reply after our NAK, should the response wait end first.
const REPEAT_MS: u64 = 1_500;
/// Repetitions of queries, and NAKs to damaged replies (protocols section 1.2: at most 3).
const REPEATS_MAX: u8 = 3;
/// The mechanics after a reset that is not answered.
const RESET_REST_MS: u64 = 2_000;
/// Why a command failed of which its line has not taken a byte.
const TOOK_NO_BYTES: &str = "the line took no bytes; nothing was sent";

/// Where the notes of a dispense go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// DISPENSE.
    Exit,
    /// TEST DISPENSE.
    RejectTray,
}

/// One frame's worth of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// STATUS.
    Status,
    /// PURGE as the marker.
    Purge,
    /// LAST STATUS that must confirm the marker's own reply.
    Confirm(Movement),
    /// Fetches the number that the dispense after it has to exceed by one.
    Serial([u8; 4], Target),
    /// DISPENSE or TEST DISPENSE, with the serial number where the dialect has one.
    Dispense([u8; 4], Target, Option<u8>),
    /// LAST STATUS for the saga.
    LastStatus,
    /// RESET and the replies still to come.
    Reset(u8),
}

impl Step {
    const fn code(&self) -> Code {
        match self {
            Self::Status => Code::Status,
            Self::Purge => Code::Purge,
            Self::Confirm(_) | Self::LastStatus => Code::LastStatus,
            Self::Serial(..) => Code::SerialNumber,
            Self::Dispense(_, Target::Exit, _) => Code::Dispense,
            Self::Dispense(_, Target::RejectTray, _) => Code::TestDispense,
            Self::Reset(_) => Code::Reset,
        }
    }

    const fn moves_cash(&self) -> bool {
        match self {
            Self::Purge | Self::Dispense(..) | Self::Reset(_) => true,
            Self::Status | Self::Confirm(_) | Self::Serial(..) | Self::LastStatus => false,
        }
    }

    fn frame(&self) -> Vec<u8> {
        use super::codec::BASE;
        let Self::Dispense(notes, _, serial) = self else { return command(self.code(), &[]) };
        let mut data: Vec<u8> = notes.iter().map(|count| count.saturating_add(BASE)).collect();
        data.extend([BASE, BASE]);
        match serial {
            Some(serial) => data.push(serial.saturating_add(BASE)),
            None => data.extend([BASE; 9]),
        }
        command(self.code(), &data)
    }
}

#[derive(Debug)]
struct Sent {
    step: Step,
    resends_left: u8,
    queued_at: Mono,
}

#[derive(Debug)]
enum Phase {
    Idle,
    /// Not yet queued: the line has to be quiet and `not_before` past.
    Waiting {
        step: Step,
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
    /// A cash step went wrong; the mechanics may still run.
    AwaitIdle {
        error: Error,
        until: Mono,
    },
    /// A reset that is not answered.
    Resting {
        until: Mono,
    },
}

#[derive(Debug)]
enum Out {
    Byte(u8),
    Frame { bytes: Vec<u8>, dispense: bool },
}

#[derive(Debug)]
pub(super) struct Machine {
    config: Config,
    line_open: bool,
    decoder: Decoder,
    /// A damaged reply was seen since the last good token.
    damaged: bool,
    /// When what waits in the decoder is cut off.
    gap_at: Option<Mono>,
    quiet_until: Mono,
    phase: Phase,
    tx: VecDeque<Out>,
    events: VecDeque<Event>,
}

impl Machine {
    pub(super) fn new(config: Config) -> Self {
        Self {
            config,
            line_open: false,
            decoder: Decoder::default(),
            damaged: false,
            gap_at: None,
            quiet_until: Mono(0),
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

    pub(super) fn refuse(&mut self, error: Error) {
        self.events.push_back(Event::Failed(error));
    }

    /// Begins a step when the machine is idle. A closed line fails it unless it may wait for later.
    pub(super) fn start(&mut self, step: Step, not_before: Mono, now: Mono) {
        if !self.line_open && not_before <= now {
            return self.fail(step, offline("the line is closed"));
        }
        let give_up = not_before.max(now).plus_ms(NEVER_QUIET_MS);
        self.phase = Phase::Waiting { step, not_before, give_up };
        self.send_when_quiet(now);
    }

    fn send_when_quiet(&mut self, now: Mono) {
        let Phase::Waiting { step, not_before, give_up } = std::mem::replace(&mut self.phase, Phase::Idle)
        else {
            return;
        };
        if now < not_before {
            self.phase = Phase::Waiting { step, not_before, give_up };
        } else if !self.line_open {
            self.fail(step, offline("the line is closed"));
        } else if now >= self.quiet_until {
            self.queue(step, REPEATS_MAX, now);
        } else if now >= give_up {
            self.fail(step, offline("the line never falls quiet; nothing was sent"));
        } else {
            self.phase = Phase::Waiting { step, not_before, give_up };
        }
    }

    fn queue(&mut self, step: Step, resends_left: u8, now: Mono) {
        self.forget_input();
        let dispense = matches!(step, Step::Dispense(_, Target::Exit, _));
        self.tx.push_back(Out::Frame { bytes: step.frame(), dispense });
        self.phase = if matches!(step, Step::Reset(0)) {
            Phase::Resting { until: now.plus_ms(RESET_REST_MS) }
        } else {
            let sent = Sent { step, resends_left, queued_at: now };
            Phase::AwaitAck { sent, deadline: now.plus_ms(self.config.ack_wait_ms) }
        };
    }

    fn frame_unsent(&self) -> bool {
        self.tx.iter().any(|out| matches!(out, Out::Frame { .. }))
    }

    fn forget_input(&mut self) {
        self.decoder.clear();
        self.damaged = false;
        self.gap_at = None;
    }

    // What ends a step.

    /// Ends a step of which no byte moved anything.
    fn fail(&mut self, step: Step, error: Error) {
        self.phase = Phase::Idle;
        self.events.push_back(match step {
            Step::Confirm(movement) => Event::MarkRefused { error, movement: Some(movement) },
            Step::Status
            | Step::Purge
            | Step::Serial(..)
            | Step::Dispense(..)
            | Step::LastStatus
            | Step::Reset(_) => Event::Failed(error),
        });
    }

    /// The step went wrong after its bytes left.
    fn go_wrong(&mut self, sent: Sent, error: Error, now: Mono) {
        if sent.step.moves_cash() {
            let idle = sent.queued_at.plus_ms(self.config.ack_wait_ms).plus_ms(self.config.response_wait_ms);
            if now >= idle {
                self.phase = Phase::Idle;
                self.events.push_back(Event::Unanswered(error));
            } else {
                self.phase = Phase::AwaitIdle { error, until: idle };
            }
        } else if sent.resends_left > 0 {
            self.queue(sent.step, sent.resends_left.saturating_sub(1), now);
        } else {
            self.fail(sent.step, error);
        }
    }

    /// A good reply to this step: acknowledge, tell, go on. Nothing when it is the wrong answer.
    fn conclude(&mut self, step: Step, meaning: Meaning, now: Mono) {
        self.phase = Phase::Idle;
        match (step, meaning) {
            (Step::Status, Meaning::Status { units, error }) => {
                let identity = "Puloon LCDM-4000".to_owned();
                self.events.push_back(Event::Status { identity, units, error });
            }
            (Step::Purge, Meaning::Moved(movement)) => match movement.error.clone() {
                None => self.start(Step::Confirm(movement), Mono(0), now),
                Some(error) => {
                    self.events.push_back(Event::MarkRefused { error, movement: Some(movement) });
                }
            },
            (Step::Confirm(marked), Meaning::Last { command, movement }) => {
                self.events.push_back(confirm(marked, command, &movement));
            }
            (Step::Serial(..), Meaning::Ended(Some(error))) => self.events.push_back(Event::Failed(error)),
            (Step::Serial(notes, target), Meaning::Serial(last)) => {
                // Its counter has one byte less the offset; what follows the highest is not documented.
                let next = if last >= 0xDF { 0 } else { last.saturating_add(1) };
                self.start(Step::Dispense(notes, target, Some(next)), Mono(0), now);
            }
            (Step::Dispense(..), Meaning::Moved(movement)) => self.events.push_back(Event::Moved(movement)),
            (Step::LastStatus, Meaning::Last { command, movement }) => {
                self.events.push_back(Event::LastStatus { command, movement });
            }
            (Step::Reset(_), Meaning::Ended(error)) => {
                let movement = meaning::uncounted(self.config.cassettes, error);
                self.events.push_back(Event::Moved(movement));
            }
            // Command bytes were compared before, so these do not meet; were they to, nothing is believed.
            (
                step,
                Meaning::Status { .. }
                | Meaning::Moved(_)
                | Meaning::Last { .. }
                | Meaning::Ended(_)
                | Meaning::Serial(_),
            ) => {
                let error = Error::new(ErrorKind::HardwareError, "the reply does not fit its command");
                if step.moves_cash() {
                    self.events.push_back(Event::Unanswered(error));
                } else {
                    self.fail(step, error);
                }
            }
        }
    }

    // What comes in.

    pub(super) fn handle_input(&mut self, bytes: &[u8], now: Mono) {
        if !self.line_open || matches!(&self.phase, Phase::Waiting { not_before, .. } if *not_before > now) {
            return;
        }
        self.decoder.push(bytes);
        if matches!(self.phase, Phase::Idle | Phase::Waiting { .. }) {
            self.quiet_until = self.quiet_until.max(now.plus_ms(QUIET_MS));
        }
        while let Some(token) = self.decoder.next_token() {
            match token {
                Token::Ack => self.on_ack(now),
                Token::Nak => self.on_nak(now),
                Token::Eot => self.on_eot(now),
                Token::Reply(reply) => self.on_reply(&reply, now),
                Token::Damaged => self.damaged = true,
            }
        }
        self.gap_at = (self.damaged || self.decoder.is_partial()).then(|| now.plus_ms(GAP_MS));
    }

    fn on_ack(&mut self, now: Mono) {
        if self.frame_unsent() {
            return;
        }
        self.phase = match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::AwaitAck { sent, .. } => {
                let wait = if sent.step.moves_cash() {
                    self.config.response_wait_ms
                } else {
                    self.config.query_wait_ms
                };
                if matches!(sent.step, Step::Dispense(_, Target::Exit, _)) {
                    self.events.push_back(Event::Accepted);
                }
                Phase::AwaitReply { sent, naks_left: REPEATS_MAX, deadline: now.plus_ms(wait) }
            }
            other => other,
        };
    }

    fn on_nak(&mut self, now: Mono) {
        if self.frame_unsent() {
            return;
        }
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::AwaitAck { sent, .. } => {
                self.go_wrong(sent, offline("the command was refused (NAK)"), now)
            }
            Phase::Resting { until } => {
                self.phase = Phase::AwaitIdle { error: offline("the reset was refused (NAK)"), until };
            }
            other => self.phase = other,
        }
    }

    /// EOT closes an exchange: nothing more comes.
    fn on_eot(&mut self, now: Mono) {
        if matches!(self.phase, Phase::Idle | Phase::Waiting { .. }) {
            self.quiet_until = now;
            self.send_when_quiet(now);
        }
    }

    fn on_reply(&mut self, reply: &Reply, now: Mono) {
        let understood = meaning::read(reply, self.config.cassettes);
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::AwaitReply { sent, naks_left, deadline } if reply.code == sent.step.code() => {
                match understood {
                    None => {
                        self.damaged = true;
                        self.phase = Phase::AwaitReply { sent, naks_left, deadline };
                    }
                    Some(meaning) => {
                        self.acknowledge(now);
                        self.forget_damage();
                        self.answered(sent, meaning, now);
                    }
                }
            }
            other => {
                self.phase = other;
                tracing::debug!(command = ?reply.code, "dispenser repeated an old reply");
                self.acknowledge(now);
            }
        }
    }

    fn answered(&mut self, sent: Sent, meaning: Meaning, now: Mono) {
        match (sent.step, &meaning) {
            // The first of two replies comes before the motors turn.
            (Step::Reset(replies), Meaning::Ended(None)) if replies > 1 => {
                let sent = Sent { step: Step::Reset(replies.saturating_sub(1)), ..sent };
                let deadline = now.plus_ms(self.config.response_wait_ms);
                self.phase = Phase::AwaitReply { sent, naks_left: REPEATS_MAX, deadline };
            }
            (step, _) => self.conclude(step, meaning, now),
        }
    }

    fn acknowledge(&mut self, now: Mono) {
        self.tx.push_back(Out::Byte(ACK));
        self.quiet_until = now.plus_ms(if self.config.final_eot { CLOSING_MS } else { QUIET_MS });
    }

    fn forget_damage(&mut self) {
        self.damaged = false;
        self.gap_at = None;
    }

    // What goes out, and time.

    pub(super) fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        match self.tx.pop_front()? {
            Out::Byte(byte) => Some(vec![byte]),
            Out::Frame { bytes, dispense } => {
                if dispense {
                    self.events.push_back(Event::OnWire);
                }
                Some(bytes)
            }
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Mono> {
        let phase = match &self.phase {
            Phase::Idle => None,
            Phase::Waiting { not_before, give_up, .. } => {
                Some(self.quiet_until.min(*give_up).max(*not_before))
            }
            Phase::AwaitAck { deadline, .. } | Phase::AwaitReply { deadline, .. } => Some(*deadline),
            Phase::AwaitIdle { until, .. } | Phase::Resting { until } => Some(*until),
        };
        [phase, self.gap_at].into_iter().flatten().min()
    }

    pub(super) fn handle_timeout(&mut self, now: Mono) {
        if self.gap_at.is_some_and(|at| at <= now) {
            self.on_gap(now);
        }
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Waiting { step, not_before, give_up } => {
                self.phase = Phase::Waiting { step, not_before, give_up };
                self.send_when_quiet(now);
            }
            Phase::AwaitAck { sent, deadline } if deadline <= now => {
                if self.frame_unsent() {
                    self.tx.retain(|out| !matches!(out, Out::Frame { .. }));
                    self.fail(sent.step, offline(TOOK_NO_BYTES));
                } else {
                    self.go_wrong(sent, offline("the command was not acknowledged"), now);
                }
            }
            Phase::AwaitReply { sent, deadline, .. } if deadline <= now => {
                let cash = sent.step.moves_cash();
                let error = offline("acknowledged, but no valid reply came");
                if cash {
                    self.events.push_back(Event::Unanswered(error));
                } else {
                    self.go_wrong(sent, error, now);
                }
            }
            Phase::AwaitIdle { error, until } if until <= now => {
                self.events.push_back(Event::Unanswered(error))
            }
            Phase::Resting { until } if until <= now && self.frame_unsent() => {
                self.tx.retain(|out| !matches!(out, Out::Frame { .. }));
                self.events.push_back(Event::Failed(offline(TOOK_NO_BYTES)));
            }
            Phase::Resting { until } if until <= now => {
                self.events.push_back(Event::Moved(meaning::uncounted(self.config.cassettes, None)));
            }
            other @ (Phase::Idle
            | Phase::AwaitAck { .. }
            | Phase::AwaitReply { .. }
            | Phase::AwaitIdle { .. }
            | Phase::Resting { .. }) => self.phase = other,
        }
    }

    /// What looked like a reply stopped short or was wrong, and the line fell silent: ask for the *reply* again.
    fn on_gap(&mut self, now: Mono) {
        let was_reply = self.damaged || self.decoder.has_head();
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

    pub(super) fn handle_line(&mut self, open: bool, now: Mono) {
        if open == self.line_open {
            return;
        }
        self.line_open = open;
        self.events.push_back(Event::Line { open });
        self.forget_input();
        self.quiet_until = now.plus_ms(QUIET_MS);
        let unsent = self.frame_unsent();
        self.tx.clear();
        if open {
            return;
        }
        let error = offline("the line was lost");
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Idle => {}
            Phase::Waiting { step, not_before, give_up } => {
                if not_before > now {
                    self.phase = Phase::Waiting { step, not_before, give_up };
                } else {
                    self.fail(step, error);
                }
            }
            Phase::AwaitAck { sent, .. } | Phase::AwaitReply { sent, .. } => {
                if sent.step.moves_cash() && !unsent {
                    self.events.push_back(Event::Unanswered(error));
                } else {
                    self.fail(sent.step, error);
                }
            }
            Phase::AwaitIdle { error, .. } => self.events.push_back(Event::Unanswered(error)),
            Phase::Resting { .. } if unsent => self.events.push_back(Event::Failed(error)),
            Phase::Resting { .. } => self.events.push_back(Event::Unanswered(error)),
        }
    }
}

/// Whether the last status confirms the marker.
fn confirm(marked: Movement, command: LastCommand, last: &Movement) -> Event {
    let words = match command {
        LastCommand::Marker if *last == marked => return Event::Marked(marked),
        LastCommand::Marker => "the last status counts otherwise than the marker's own reply",
        LastCommand::Dispense | LastCommand::Other => "the last status does not name the marker",
    };
    let doubt = marked.counts_in_doubt || command == LastCommand::Marker;
    let movement = Some(Movement { counts_in_doubt: doubt, ..marked });
    Event::MarkRefused { error: Error::new(ErrorKind::HardwareError, words), movement }
}

fn offline(words: &str) -> Error {
    Error::new(ErrorKind::Offline, format!("dispenser: {words}"))
}

/// How many replies a reset has in a dialect.
pub(super) const fn reset_replies(dialect: ResetDialect) -> u8 {
    match dialect {
        ResetDialect::Silent => 0,
        ResetDialect::TwoReplies => 2,
    }
}
