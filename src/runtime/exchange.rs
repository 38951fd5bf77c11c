//! What the kernel remembers of its exchange with the MFO: rows that somebody waits for, the attachment under way, what
//! the desk will be told. RAM only: after a restart nobody waits any more, and the chain brings everything.

use std::collections::{BTreeSet, VecDeque};

use senim_domain::time::Mono;
use senim_operation::{Body, Row};

/// Most telemetry that waits to be sent; the oldest gives way.
const TELEMETRY_MAX: usize = senim_operation::telemetry::MAX_LINES;
/// Telemetry is taken so often when nothing changes, ms.
const TELEMETRY_EVERY_MS: u64 = 60_000;
/// And so often at most when something does, ms.
const TELEMETRY_CHANGES_MS: u64 = 5_000;

/// A row that somebody waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AheadRow {
    pub(crate) seq: u64,
    /// Its attachment, until the gateway has it.
    pub(crate) attachment: Option<String>,
}

/// An attachment on its way.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) sha256: String,
    /// The sealed bytes; the journal keeps them too.
    pub(crate) jwe: String,
    /// How much of it the gateway holds; `None`: to be asked.
    pub(crate) held: Option<usize>,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    /// The nonce of the time that is being asked for, and when that was.
    pub(crate) nonce: Option<(String, Mono)>,
    ahead: VecDeque<AheadRow>,
    /// The request for leave to pay that the chain has to bring.
    payout: Option<u64>,
    pub(crate) upload: Option<Upload>,
    /// The attachment that was stored last.
    pub(crate) stored: Option<String>,
    /// Attachments that the gateway did not take; not tried again by this process.
    refused: BTreeSet<String>,
    /// Attachments of rows of this process that were never tried: the gateway holds nothing of them.
    untried: BTreeSet<String>,
    telemetry: VecDeque<String>,
    told: Option<(Mono, u64)>,
}

impl Exchange {
    /// A row has become durable.
    pub(crate) fn row_written(&mut self, row: &Row, body: &Body) {
        let seq = row.envelope.seq;
        let attachment = row.envelope.sealed.as_ref().map(|sealed| sealed.sha256.clone());
        if let Some(sha256) = &attachment {
            self.untried.insert(sha256.clone());
        }
        if body.ends_visit() {
            // What was asked in it interests nobody any more.
            self.ahead.clear();
            self.payout = None;
        }
        if body.is_interactive() || body.ends_visit() {
            self.ahead.push_back(AheadRow { seq, attachment });
        }
        match body {
            Body::PayoutRequested(_) => self.payout = Some(seq),
            Body::PayoutEnded(_) => self.payout = None,
            _ => {}
        }
    }

    /// The chain is acknowledged up to this row.
    pub(crate) fn acknowledged(&mut self, seq: u64) {
        self.ahead.retain(|row| row.seq > seq);
        self.payout = self.payout.filter(|asked| *asked > seq);
    }

    /// The gateway has seen a row ahead, or does not want it so.
    pub(crate) fn ahead_done(&mut self, seq: u64) {
        self.ahead.retain(|row| row.seq != seq);
    }

    /// The oldest row that somebody waits for.
    pub(crate) fn first_ahead(&self) -> Option<&AheadRow> {
        self.ahead.front()
    }

    /// Whether leave to pay waits for the chain.
    pub(crate) const fn payout_waits(&self) -> bool {
        self.payout.is_some()
    }

    /// The gateway has the attachment.
    pub(crate) fn attachment_there(&mut self, sha256: &str) {
        for row in &mut self.ahead {
            row.attachment = row.attachment.take().filter(|own| own != sha256);
        }
    }

    /// The gateway does not take the attachment: its row goes with the chain.
    pub(crate) fn attachment_refused(&mut self, sha256: &str) {
        self.ahead.retain(|row| row.attachment.as_deref() != Some(sha256));
        self.refused.insert(sha256.to_owned());
    }

    /// Whether an attachment is worth sending.
    pub(crate) fn takes(&self, sha256: &str) -> bool {
        !self.refused.contains(sha256)
    }

    /// How many attachments were refused.
    pub(crate) fn refused(&self) -> usize {
        self.refused.len()
    }

    /// Begins with an attachment.
    pub(crate) fn begin_upload(&mut self, sha256: String, jwe: String) -> &mut Upload {
        let held = self.untried.remove(&sha256).then_some(0);
        self.upload.insert(Upload { sha256, jwe, held })
    }

    /// Whether telemetry should be taken now. `state` is a digest of what the desk cares about.
    pub(crate) fn telemetry_due(&mut self, state: u64, now: Mono) -> bool {
        let due = match self.told {
            None => true,
            Some((at, told)) => {
                let passed = now.since(at);
                passed >= TELEMETRY_EVERY_MS || (told != state && passed >= TELEMETRY_CHANGES_MS)
            }
        };
        if due {
            self.told = Some((now, state));
        }
        due
    }

    /// The MFO asks how the terminal is: it is told at once.
    pub(crate) const fn tell_now(&mut self) {
        self.told = None;
    }

    /// Telemetry to be sent.
    pub(crate) fn tell_desk(&mut self, line: String) {
        if self.telemetry.len() >= TELEMETRY_MAX {
            self.telemetry.pop_front();
        }
        self.telemetry.push_back(line);
    }

    /// Whether telemetry waits.
    pub(crate) fn telemetry_waits(&self) -> bool {
        !self.telemetry.is_empty()
    }

    /// All telemetry that waits, oldest first; it is not kept.
    pub(crate) fn take_telemetry(&mut self) -> Vec<String> {
        self.telemetry.drain(..).collect()
    }
}
