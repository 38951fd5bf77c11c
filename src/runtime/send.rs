//! The exchange with the MFO: filling what `sync` wants from the journal, taking checkpoints, renewing the key epoch.

use senim_domain::OperationId;
use senim_session::dialogue::Ids as _;
use senim_sync::{Backlog, Request, Want};

use crate::kernel::{Kernel, Output};
use crate::moment::Reading;

/// How long the key store is left alone after it did not sign, ms.
const EPOCH_RETRY_MS: u64 = 60_000;

impl Kernel {
    pub(crate) fn exchange(&mut self, reading: Reading, out: &mut Vec<Output>) {
        self.keep_evidence(reading);
        let checkpoint = self.checkpoint_size > self.cosigned_size
            && self.acked_seq.is_some_and(|acked| acked.saturating_add(1) >= self.checkpoint_size);
        let backlog = Backlog {
            rows: self.acked_seq.is_none_or(|acked| acked.saturating_add(1) < self.next_seq),
            attachments: self.attachments_waiting,
            checkpoint,
        };
        let Some(want) = self.sync.poll_want(backlog, reading.mono) else { return };
        match self.fill(want, reading) {
            Some(request) => out.push(Output::Uplink(request)),
            None => self.sync.withdraw(),
        }
    }

    fn fill(&mut self, want: Want, reading: Reading) -> Option<Request> {
        match want {
            Want::Time => {
                let nonce = self.ids.nonce();
                self.in_flight.nonce = Some((nonce.clone(), reading.mono));
                Some(Request::Time { nonce })
            }
            Want::Attachment => {
                let waiting = self.logged(|kernel| kernel.parts.journal.pending_attachments(1))?;
                let Some((sha256, jwe)) = waiting.into_iter().next() else {
                    self.attachments_waiting = false;
                    return None;
                };
                self.in_flight.attachment = Some(sha256.clone());
                Some(Request::Attachment { sha256, jwe })
            }
            Want::Rows { rows, bytes } => {
                let batch = self.logged(|kernel| kernel.parts.journal.pending(rows, bytes))?;
                Some(Request::Operations { rows: batch.into_iter().map(|row| row.compact).collect() })
            }
            Want::Checkpoint => {
                let note = self.logged(|kernel| kernel.parts.journal.last_note())??;
                Some(Request::Checkpoint { note })
            }
            Want::Proof => {
                let note = self.logged(|kernel| kernel.parts.journal.last_cosigned_note())??;
                Some(Request::Checkpoint { note })
            }
            Want::Inbox { after } => Some(Request::Inbox { after, wait_seconds: 0 }),
        }
    }

    /// Checkpoints and key epochs, when they are due (design section 4).
    fn keep_evidence(&mut self, reading: Reading) {
        if self.retry_at.is_some() {
            return;
        }
        let now = self.stamp(reading);
        let aged = reading.mono.since(self.epoch_at) >= self.options.epoch_life_ms;
        let paused = self.epoch_retry_at.is_some_and(|at| reading.mono < at);
        if (aged || self.epoch_wanted) && !paused && self.session.at_rest() {
            // A renewed identity stays the journal's even if it does not sign now: the next attempt is its own.
            if let Some(identity) = self.identity.take() {
                self.parts.journal.set_identity(identity);
            }
            let op_id = OperationId(self.ids.next(&now));
            match self.parts.journal.renew_epoch(self.parts.keys.as_ref(), op_id, &now) {
                Ok(row) => {
                    self.epoch_at = reading.mono;
                    self.epoch_wanted = false;
                    self.epoch_retry_at = None;
                    self.next_seq = row.envelope.seq.saturating_add(1);
                }
                Err(error) => {
                    // A key store that does not answer may take seconds to say so.
                    self.epoch_retry_at = Some(reading.mono.plus_ms(EPOCH_RETRY_MS));
                    tracing::error!(%error, "no new key epoch");
                }
            }
        }
        let wanted = std::mem::take(&mut self.checkpoint_wanted);
        if wanted || self.parts.journal.needs_checkpoint(reading.mono) {
            match self.parts.journal.checkpoint(&now) {
                Ok(_) => self.checkpoint_size = self.next_seq,
                Err(error) => tracing::error!(%error, "no checkpoint"),
            }
        }
    }

    /// Runs a journal query; an error is told and the exchange waits for better times.
    pub(crate) fn logged<T>(
        &mut self,
        query: impl FnOnce(&mut Self) -> Result<T, senim_journal::JournalError>,
    ) -> Option<T> {
        match query(self) {
            Ok(value) => Some(value),
            Err(error) => {
                tracing::error!(%error, "the journal could not be read for the exchange");
                None
            }
        }
    }
}
