//! What the MFO's answers mean for journal and session.

use senim_domain::Secret;
use senim_journal::JournalError;
use senim_operation::checkpoint::Note;
use senim_operation::jws;
use senim_operation::message::{self, MessageBody, open_message};
use senim_session::Effect;
use senim_session::event::Event;
use senim_sync::wire::InboxMessage;
use senim_sync::{Answer, Lease, News};

use crate::kernel::{Kernel, Output, open_secret};
use crate::moment::Reading;

impl Kernel {
    pub(crate) fn answer_came(
        &mut self,
        lease: Lease,
        answer: Answer,
        reading: Reading,
        out: &mut Vec<Output>,
    ) {
        if let Answer::Failed(failure) = &answer {
            tracing::info!(%failure, "the gateway gave no answer");
        }
        for news in self.sync.handle(lease, answer, reading.mono) {
            self.news(news, reading, out);
        }
    }

    /// Requests whose answers never came.
    pub(crate) fn give_up_on_answers(&mut self, reading: Reading, out: &mut Vec<Output>) {
        for news in self.sync.expire(reading.mono) {
            self.news(news, reading, out);
        }
    }

    pub(crate) fn news(&mut self, news: News, reading: Reading, out: &mut Vec<Output>) {
        match news {
            News::Time(token) => self.time_came(&token, reading, out),
            News::Acknowledged { seq, hash } => {
                self.acknowledged(seq, hash, None, reading);
            }
            News::SeenAhead { seq } => self.exchange.ahead_done(seq),
            News::AheadRefused { seq } => {
                tracing::warn!(seq, "the gateway takes this row with the chain only");
                self.exchange.ahead_done(seq);
            }
            News::AttachmentStored => {
                if let Some(upload) = self.exchange.upload.take() {
                    self.logged(|kernel| kernel.parts.journal.attachment_uploaded(&upload.sha256));
                    self.exchange.attachment_there(&upload.sha256);
                    self.exchange.stored = Some(upload.sha256);
                }
                self.attachments_waiting = self.oldest_attachment().is_some();
            }
            News::AttachmentHeld { bytes } => {
                if let Some(upload) = &mut self.exchange.upload {
                    upload.held = Some(bytes);
                }
            }
            News::AttachmentLost => {
                if let Some(upload) = &mut self.exchange.upload {
                    upload.held = None;
                }
            }
            News::AttachmentRefused { cause } => {
                if let Some(upload) = self.exchange.upload.take() {
                    tracing::error!(sha256 = upload.sha256, cause, "the gateway does not take an attachment");
                    self.exchange.attachment_refused(&upload.sha256);
                }
                self.attachments_waiting = self.oldest_attachment().is_some();
            }
            News::AttachmentArchived => {
                if let Some(sha256) = self.exchange.stored.take() {
                    self.logged(|kernel| kernel.parts.journal.attachment_archived(&sha256));
                }
            }
            News::AttachmentsMissing(list) => {
                let here = self.logged(|kernel| kernel.parts.journal.attachments_missing(&list));
                self.attachments_waiting |= here.unwrap_or(false);
            }
            News::TelemetryGone => {}
            News::Archived(list) => {
                self.logged(|kernel| kernel.parts.journal.attachments_archived(&list));
            }
            News::Reply(reply) => self.reply(&reply, reading),
            News::Directive(message) => self.directive(&message, reading, out),
            News::Rewind(compact) => self.rewind_came(&compact, reading, out),
            News::Expects(seq) => self.gateway_expects(seq, reading, out),
            News::InboxForgotten => self.gateway_forgot(reading, out),
            // What was shown as a proof says nothing new about our own last note.
            News::Cosigned(_) if self.sync.withholds() => {}
            News::Cosigned(note) => {
                if let Some(acked) = self.acked_seq {
                    let hash = self.acked_hash.clone();
                    // A checkpoint may have been taken since this one was sent.
                    let size = Note::parse(&note).map_or(0, |note| note.size);
                    if self.acknowledged(acked, hash, Some(note), reading) {
                        self.cosigned_size = self.cosigned_size.max(size);
                    }
                }
            }
            News::Online { online, cause } => self.feed(Event::Uplink { online, cause }, reading),
        }
    }

    fn time_came(&mut self, token: &str, reading: Reading, out: &mut Vec<Output>) {
        let Some((nonce, asked_at)) = self.exchange.nonce.take() else { return };
        let verdict = senim_uplink::verify_time(token, &nonce, &self.parts.trust, self.time.floor());
        let news = match verdict {
            Ok(utc) => {
                // Valid no earlier than when it was asked for: the wire's delay makes the terminal late, never early.
                self.time.trust(asked_at, utc);
                if let Some(clock) = &self.parts.certificate_clock {
                    clock.advance(utc);
                }
                self.sync.time_is_trusted(reading.mono)
            }
            Err(error) => {
                tracing::warn!(%error, "the signed time was refused");
                self.sync.time_is_refused(reading.mono)
            }
        };
        if let Some(news) = news {
            self.news(news, reading, out);
        }
    }

    /// Whether the journal has kept it.
    fn acknowledged(&mut self, seq: u64, hash: String, note: Option<String>, reading: Reading) -> bool {
        let now = self.stamp(reading);
        match self.parts.journal.acknowledge(seq, &hash, note, &now) {
            Ok(()) => {
                if self.acked_seq.is_none_or(|acked| acked < seq) {
                    self.acked_seq = Some(seq);
                    self.acked_hash = hash;
                    self.exchange.acknowledged(seq);
                }
                return true;
            }
            Err(error @ (JournalError::Fork { .. } | JournalError::AcknowledgedAhead { .. })) => {
                tracing::error!(%error, "the gateway holds another chain than this journal");
                self.sync.stop();
                let cause = if matches!(error, JournalError::Fork { .. }) { "fork" } else { "journalBehind" };
                self.feed(Event::Uplink { online: false, cause: cause.to_owned() }, reading);
            }
            Err(error) => tracing::error!(%error, "an acknowledgement could not be kept"),
        }
        false
    }

    fn reply(&mut self, reply: &Secret, reading: Reading) {
        match open_secret(self, reply) {
            Ok(message) if message.body.is_durable() => {
                // What is stored comes by the inbox alone, under a number that is stored with it.
                self.refuse(reply.expose(), "durableInReply", reading);
            }
            Ok(message) => self.feed(Event::Answer(Box::new(message)), reading),
            Err(error) => self.refuse(reply.expose(), error.code(), reading),
        }
    }

    fn directive(&mut self, numbered: &InboxMessage, reading: Reading, out: &mut Vec<Output>) {
        let before = self.pending.len();
        match open_message(&numbered.jws, &self.messages, &self.options.terminal) {
            Ok(message) if matches!(message.body, MessageBody::Rewind { .. }) => {
                self.obey_rewind(message, reading, out);
            }
            Ok(message) if !message.body.is_durable() => {
                // What speaks of a person comes as an answer alone, and is stored nowhere.
                self.refuse(&numbered.jws, "sessionInInbox", reading);
            }
            Ok(message) => self.feed(Event::Directive(Box::new(message)), reading),
            Err(error) => self.refuse(&numbered.jws, error.code(), reading),
        }
        // The number becomes durable with the row of this very message and with no other.
        let row = self.pending.iter().skip(before).find_map(|effect| match effect {
            Effect::Record(record) => Some(record.op_id),
            _ => None,
        });
        if let Some(op_id) = row {
            self.inbox_numbers.push_back((op_id, numbered.n));
        }
        self.work(reading, out);
    }

    pub(crate) fn refuse(&mut self, compact: &str, reason: &str, reading: Reading) {
        let kind = message::readable_kind(compact).unwrap_or_else(|| "unreadable".into());
        let sha256 = jws::sha256_b64(compact.as_bytes());
        self.feed(Event::MessageRefused { kind, sha256, reason: reason.to_owned() }, reading);
    }
}
