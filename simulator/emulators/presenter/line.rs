//! The presenter's side of the exchange: bytes in, replies out, as the faults of the line leave them.

use super::frame::{ACK, NAK, Received, STX};
use super::{Fault, Link, Presenter, frame};

/// Sent in place of a reply by the fault `garbage`.
const GARBAGE: [u8; 8] = [0xA5, 0x5A, 0x02, 0x05, 0xFE, 0x13, 0x37, 0x80];
const REPLY_RESENDS: u8 = 3;
/// Delay of the fault `late_reply` unless it says another: just past the host's limit of 30 s.
const LATE_REPLY_MS: u64 = 31_000;

#[derive(Debug, Clone)]
pub(super) struct Reply {
    code: u8,
    frame: Vec<u8>,
    resends_left: u8,
}

#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) due_ms: u64,
    pub(super) bytes: Vec<u8>,
    pub(super) is_reply: bool,
}

impl Presenter {
    pub(super) fn receive(&mut self, byte: u8, now_ms: u64) {
        match std::mem::replace(&mut self.link, Link::Idle) {
            Link::Idle => {
                if self.receiver.is_empty() && byte == ACK {
                    self.notice = None;
                }
                match self.receiver.push(byte, now_ms) {
                    Some(Received::Frame { code, number, data }) => self.accept(code, number, &data, now_ms),
                    Some(Received::Corrupt) => {
                        self.corrupt_frames = self.corrupt_frames.saturating_add(1);
                        self.send(vec![NAK], now_ms);
                    }
                    None => {}
                }
            }
            Link::AwaitingAck { reply, resend_at_ms } => match byte {
                ACK => {}
                NAK => self.repeat(reply, now_ms),
                STX => {
                    self.receiver.push(byte, now_ms);
                }
                _ => self.link = Link::AwaitingAck { reply, resend_at_ms },
            },
            busy @ (Link::Booting { .. } | Link::Working { .. } | Link::Answering(_)) => self.link = busy,
        }
    }

    pub(super) fn answer(&mut self, code: u8, number: u16, data: &[u8], at_ms: u64) {
        if self.faults.take_on(Fault::SilenceAfterAck, code).is_some() {
            return;
        }
        let delay_ms = self
            .faults
            .take_on(Fault::LateReply, code)
            .map_or(0, |spec| spec.delay_ms.unwrap_or(LATE_REPLY_MS));
        let reply = Reply { code, frame: frame::reply(code, number, data), resends_left: REPLY_RESENDS };
        self.transmit(reply, at_ms.saturating_add(delay_ms));
    }

    /// Puts one sending of a reply into the outbox, as the line faults leave it.
    pub(super) fn transmit(&mut self, reply: Reply, due_ms: u64) {
        let mut bytes = reply.frame.clone();
        if self.faults.take_on(Fault::BadCrc, reply.code).is_some()
            && let Some(check) = bytes.last_mut()
        {
            *check ^= 0xFF;
        }
        if self.faults.take_on(Fault::ShortFrame, reply.code).is_some() {
            bytes.truncate(bytes.len() / 2);
        }
        if self.faults.take_on(Fault::Garbage, reply.code).is_some() {
            bytes = GARBAGE.to_vec();
        }
        if self.faults.take_on(Fault::DoubleReply, reply.code).is_some() {
            self.send(bytes.clone(), due_ms);
        }
        self.outbox.push_back(Outgoing { due_ms, bytes, is_reply: true });
        self.link = Link::Answering(reply);
    }

    pub(super) fn repeat(&mut self, mut reply: Reply, now_ms: u64) {
        if let Some(left) = reply.resends_left.checked_sub(1) {
            reply.resends_left = left;
            self.transmit(reply, now_ms);
        }
    }

    pub(super) fn send(&mut self, bytes: Vec<u8>, due_ms: u64) {
        self.outbox.push_back(Outgoing { due_ms, bytes, is_reply: false });
    }
}
