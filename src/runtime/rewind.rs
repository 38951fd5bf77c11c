//! A gateway that was started from a back-up: it is shown what it once signed, and obeyed when it calls for rows again.
//!
//! Decides that only the MFO's signed `Rewind` sets the watermark back, each at most once and none older than the last.
//! First the watermark becomes durable, then the rows that tell of it: whatever breaks in between, the same call is
//! obeyed again and changes nothing more.

use senim_journal::JournalError;
use senim_operation::message::{Message, MessageBody, open_message};
use senim_session::event::Event;

use crate::kernel::{Kernel, Output};
use crate::moment::Reading;

impl Kernel {
    /// A `Rewind` that came with an answer; each answer carries it until the gateway has seen it obeyed.
    pub(crate) fn rewind_came(&mut self, compact: &str, reading: Reading, out: &mut Vec<Output>) {
        match open_message(compact, &self.messages, &self.options.terminal) {
            Ok(message) if matches!(message.body, MessageBody::Rewind { .. }) => {
                self.obey_rewind(message, reading, out);
            }
            Ok(message) => tracing::warn!(kind = message.envelope.kind, "no Rewind where one was announced"),
            Err(error) => self.refuse(compact, error.code(), reading),
        }
    }

    pub(crate) fn obey_rewind(&mut self, message: Message, reading: Reading, out: &mut Vec<Output>) {
        let MessageBody::Rewind { rewind, from_seq } = message.body else { return };
        let stale = |(last, at)| last == rewind || message.envelope.at < at;
        if self.obeyed.is_some_and(stale) {
            tracing::debug!(%rewind, "this call was obeyed already, or is older than one that was");
            return;
        }
        let rewound = match self.parts.journal.rewind(from_seq) {
            Ok(rewound) => rewound,
            Err(error @ JournalError::AcknowledgedAhead { .. }) => {
                tracing::error!(%error, "the MFO holds rows that this journal never wrote");
                self.refuse(message.compact.expose(), "journalBehind", reading);
                return;
            }
            Err(error) => {
                // Nothing is remembered: it comes again with the next answer.
                tracing::error!(%error, "the watermark could not be set back");
                return;
            }
        };
        if let Some(status) = self.logged(|kernel| kernel.parts.journal.status()) {
            self.acked_seq = status.acked_seq;
            self.acked_hash = status.acked_hash.unwrap_or_default();
        }
        self.attachments_waiting |= rewound.attachments > 0;
        self.remember_rewind(&message);
        let (head_seq, pruned) = (rewound.head_seq, rewound.pruned);
        self.feed(Event::Rewound { message: Box::new(message), head_seq, pruned }, reading);
        if let Some(news) = self.sync.rewound() {
            self.news(news, reading, out);
        }
    }

    pub(crate) const fn remember_rewind(&mut self, message: &Message) {
        if let MessageBody::Rewind { rewind, .. } = message.body {
            self.obeyed = Some((rewind, message.envelope.at));
        }
    }

    /// What the gateway expects next: a row that it has acknowledged before, or one of ours as always.
    pub(crate) fn gateway_expects(&mut self, seq: u64, reading: Reading, out: &mut Vec<Output>) {
        if self.acked_seq.is_some_and(|acked| seq <= acked) {
            self.gateway_forgot(reading, out);
        }
    }

    pub(crate) fn gateway_forgot(&mut self, reading: Reading, out: &mut Vec<Output>) {
        if let Some(news) = self.sync.gateway_forgot(reading.mono) {
            tracing::error!("the gateway has forgotten what it acknowledged; rows wait for its signed call");
            self.news(news, reading, out);
        }
    }
}
