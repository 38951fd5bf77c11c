//! The exchange with the MFO: filling what `sync` wants from the journal, taking checkpoints, renewing the key epoch.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use senim_domain::OperationId;
use senim_domain::time::Stamp;
use senim_operation::telemetry::{self, CashUnit, Queue, Telemetry};
use senim_session::dialogue::Ids as _;
use senim_sync::{Ahead, Backlog, Line, Request, Want};

use crate::kernel::{Kernel, Output};
use crate::moment::Reading;

/// Shortest piece of an attachment that the gateway takes, but for the last one.
const PIECE_MIN: usize = 4 << 10;

/// A request, the bytes of its body that tell of the line's speed, and the number behind its last row.
type Filled = (Request, usize, u64);
/// How long the key store is left alone after it did not sign, ms.
const EPOCH_RETRY_MS: u64 = 60_000;

impl Kernel {
    pub(crate) fn exchange(&mut self, reading: Reading, out: &mut Vec<Output>) {
        self.keep_evidence(reading);
        self.take_telemetry(reading);
        let backlog = self.backlog();
        for line in Line::ALL {
            let Some(order) = self.sync.poll(line, &backlog, reading.mono) else { continue };
            match self.fill(order.want, reading) {
                Some((request, bytes, end)) => {
                    self.sync.filled(order.lease, bytes, end);
                    out.push(Output::Uplink { line, lease: order.lease, request });
                }
                None => self.sync.withdraw(order.lease),
            }
        }
    }

    fn backlog(&self) -> Backlog {
        let first = self.acked_seq.map_or(0, |acked| acked.saturating_add(1));
        let checkpoint = self.checkpoint_size > self.cosigned_size && first >= self.checkpoint_size;
        let ahead = self.exchange.first_ahead();
        Backlog {
            first,
            next: self.next_seq,
            ahead: ahead.map(|row| Ahead { seq: row.seq, attachment: row.attachment.is_some() }),
            payout: self.exchange.payout_waits(),
            attachments: self.attachments_waiting,
            checkpoint,
            telemetry: self.exchange.telemetry_waits(),
        }
    }

    fn fill(&mut self, want: Want, reading: Reading) -> Option<Filled> {
        match want {
            Want::Time => {
                let nonce = self.ids.nonce();
                self.exchange.nonce = Some((nonce.clone(), reading.mono));
                Some((Request::Time { nonce }, 0, 0))
            }
            Want::Ahead { seq } => self.fill_ahead(seq),
            Want::Attachment { urgent, bytes } => self.fill_attachment(urgent, bytes),
            Want::Rows { rows, bytes } => {
                let (first, rows) = self.logged(|kernel| kernel.parts.journal.pending_texts(rows, bytes))?;
                if rows.is_empty() {
                    return None;
                }
                let end = first.saturating_add(rows.len() as u64);
                let bytes = rows.iter().map(String::len).sum();
                Some((Request::Operations { rows }, bytes, end))
            }
            Want::Checkpoint => {
                let note = self.logged(|kernel| kernel.parts.journal.last_note())??;
                Some((Request::Checkpoint { note }, 0, 0))
            }
            Want::Proof => {
                let note = self.logged(|kernel| kernel.parts.journal.last_cosigned_note())??;
                Some((Request::Checkpoint { note }, 0, 0))
            }
            Want::Telemetry => {
                let lines = self.exchange.take_telemetry();
                (!lines.is_empty()).then_some((Request::Telemetry { lines }, 0, 0))
            }
            Want::Inbox { after, wait_seconds } => {
                let awaits = self.session.awaited();
                Some((Request::Inbox { after, wait_seconds, awaits }, 0, 0))
            }
        }
    }

    fn fill_ahead(&mut self, seq: u64) -> Option<Filled> {
        let Some(row) = self.logged(|kernel| kernel.parts.journal.row(seq))? else {
            self.exchange.ahead_done(seq);
            return None;
        };
        let epoch = row.envelope.epoch;
        let unknown = self.acked_seq.is_none_or(|acked| acked < epoch);
        let key_epoch = if unknown {
            Some(self.logged(|kernel| kernel.parts.journal.row(epoch))??.compact)
        } else {
            None
        };
        Some((Request::Ahead { key_epoch, row: row.compact }, 0, 0))
    }

    fn fill_attachment(&mut self, urgent: bool, bytes: usize) -> Option<Filled> {
        let wanted = if urgent {
            self.exchange.first_ahead()?.attachment.clone()?
        } else {
            let found = self.oldest_attachment();
            self.attachments_waiting = found.is_some();
            found?
        };
        let upload = match self.exchange.upload.take().filter(|upload| upload.sha256 == wanted) {
            Some(upload) => self.exchange.upload.insert(upload),
            None => {
                let kept = self.logged(|kernel| kernel.parts.journal.pending_attachment(&wanted))?;
                let Some(jwe) = kept else {
                    // It is there already.
                    self.exchange.attachment_there(&wanted);
                    return None;
                };
                self.exchange.begin_upload(wanted, jwe)
            }
        };
        let (sha256, size) = (upload.sha256.clone(), upload.jwe.len());
        let bytes = bytes.max(PIECE_MIN);
        if size <= bytes {
            return Some((Request::Attachment { sha256, jwe: upload.jwe.clone() }, size, 0));
        }
        let Some(offset) = upload.held else {
            return Some((Request::AttachmentHeld { sha256 }, 0, 0));
        };
        let end = offset.saturating_add(bytes).min(size);
        // A rest that is too short to be a piece of its own goes with this one.
        let end = if size.saturating_sub(end) < PIECE_MIN { size } else { end };
        match upload.jwe.get(offset..end).filter(|text| !text.is_empty()) {
            Some(text) => {
                let text = text.to_owned();
                let bytes = text.len();
                Some((Request::AttachmentPiece { sha256, offset, size, text }, bytes, 0))
            }
            // What the gateway says it holds is no part of this: it gets the whole.
            None => Some((Request::Attachment { sha256, jwe: upload.jwe.clone() }, size, 0)),
        }
    }

    /// The oldest attachment that is worth sending.
    pub(crate) fn oldest_attachment(&mut self) -> Option<String> {
        let limit = self.exchange.refused().saturating_add(1);
        let names = self.logged(|kernel| kernel.parts.journal.pending_attachment_names(limit))?;
        names.into_iter().find(|sha256| self.exchange.takes(sha256))
    }

    /// Checkpoints and key epochs, when they are due (design section 4).
    fn keep_evidence(&mut self, reading: Reading) {
        if self.retry_at.is_some() {
            return;
        }
        let now = self.stamp(reading);
        // An epoch that begins under a certificate that has ended is no row to anybody: the key before it goes on until somebody
        // has enrolled the terminal.
        let certified = self.options.certificate_ends.is_none_or(|ends| now.utc < ends);
        let aged = certified && reading.mono.since(self.epoch_at) >= self.options.epoch_life_ms;
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

    /// How the terminal is, for the desk: once a minute and at changes.
    fn take_telemetry(&mut self, reading: Reading) {
        // It costs a write to the disk, for which no note should wait.
        if self.retry_at.is_some() || self.cash_moves() {
            return;
        }
        let now = self.stamp(reading);
        let mut reasons = self.session.out_of_service(&now);
        let in_service = reasons.is_empty();
        reasons.extend(self.session.no_cash_loan(&now));
        let cash: Vec<CashUnit> = self
            .session
            .durable()
            .books
            .stock()
            .into_iter()
            .map(|stock| CashUnit {
                unit: stock.unit.0,
                denomination: stock.denomination.0,
                notes: stock.notes,
            })
            .collect();
        let rule_pack = self.session.rule_pack_version(&now);
        let mut digest = DefaultHasher::new();
        (&reasons, rule_pack).hash(&mut digest);
        cash.iter().for_each(|unit| (unit.unit, unit.notes).hash(&mut digest));
        if !self.exchange.telemetry_due(digest.finish(), reading.mono) {
            return;
        }
        let queue = self.queue(&now);
        let entry = Telemetry {
            ver: telemetry::VERSION,
            at: now.utc,
            clock_quality: now.quality,
            firmware: self.parts.journal.firmware().to_owned(),
            boot: self.options.setup.boot.clone(),
            uptime_ms: reading.mono.0,
            in_service,
            reasons,
            rule_pack,
            cash,
            queue,
        };
        match entry.to_line() {
            Ok(line) => {
                let lines = [line];
                self.logged(|kernel| kernel.parts.journal.record_telemetry(&now, &lines));
                lines.into_iter().for_each(|line| self.exchange.tell_desk(line));
            }
            Err(error) => tracing::error!(%error, "no telemetry"),
        }
    }

    fn queue(&mut self, now: &Stamp) -> Queue {
        let first = self.acked_seq.map_or(0, |acked| acked.saturating_add(1));
        let rows = self.next_seq.saturating_sub(first);
        let oldest = if rows == 0 { None } else { self.logged(|kernel| kernel.parts.journal.row(first)) };
        let oldest_ms = oldest.flatten().map_or(0, |row| {
            if row.envelope.boot == self.options.setup.boot {
                now.mono.since(row.envelope.mono())
            } else {
                u64::try_from(now.utc.0.saturating_sub(row.envelope.at.0)).unwrap_or(0)
            }
        });
        Queue {
            rows,
            oldest_seconds: oldest_ms / 1000,
            attachments: self.attachments_waiting,
            uncosigned: self.next_seq.saturating_sub(self.cosigned_size),
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
