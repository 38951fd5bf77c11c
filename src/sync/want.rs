//! What can be asked of the gateway, what waits to be asked, and the pauses between: plain values.

use crate::lane::{Lane, Lease};

/// Pauses and sizes.
#[derive(Clone, Copy, Debug)]
pub struct SyncOptions {
    /// First pause after a failure, ms.
    pub retry_ms_min: u64,
    /// Longest pause after failures, ms.
    pub retry_ms_max: u64,
    /// Pause when a person has to act first, ms.
    pub slow_retry_ms: u64,
    /// Least time between two looks into the inbox, ms; the gateway holds each back until there is something.
    pub inbox_ms: u64,
    /// Rows of one batch (the gateway takes 1,024).
    pub batch_rows: usize,
    /// Most bytes of compact JWS in one batch (the gateway takes 16 MiB); a slow line gets less.
    pub batch_bytes: usize,
    /// Age at which the trusted time is asked for again, ms.
    pub time_life_ms: u64,
    /// After so long a request counts as lost, ms; longer than the line takes to give up.
    pub lease_ms: u64,
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self {
            retry_ms_min: 500,
            retry_ms_max: 60_000,
            slow_retry_ms: 300_000,
            inbox_ms: 2_000,
            batch_rows: 1_024,
            batch_bytes: 4 << 20,
            time_life_ms: 3_600_000,
            lease_ms: 300_000,
        }
    }
}

/// A row that somebody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// Its number.
    pub seq: u64,
    /// Its attachment is not at the gateway yet.
    pub attachment: bool,
}

/// What waits in the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// The first row that the gateway has not acknowledged.
    pub first: u64,
    /// Number of the row that will be written next.
    pub next: u64,
    /// The oldest row that somebody waits for and that the gateway has not seen.
    pub ahead: Option<Ahead>,
    /// Leave to pay waits for the chain.
    pub payout: bool,
    /// There are attachments that the gateway does not have.
    pub attachments: bool,
    /// There is a checkpoint without the gateway's signature whose rows are all acknowledged.
    pub checkpoint: bool,
    /// There is something to tell the desk.
    pub telemetry: bool,
}

/// What should be sent next; the kernel fills it from the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// The signed time.
    Time,
    /// A row ahead of the chain.
    Ahead {
        /// Its number.
        seq: u64,
    },
    /// An attachment, or its next piece.
    Attachment {
        /// That of the row that somebody waits for, else the oldest.
        urgent: bool,
        /// At most so many bytes at once.
        bytes: usize,
    },
    /// The oldest rows not acknowledged.
    Rows {
        /// At most so many.
        rows: usize,
        /// At most so many bytes.
        bytes: usize,
    },
    /// The checkpoint.
    Checkpoint,
    /// The newest note with the gateway's signature: it shows what the gateway once had.
    Proof,
    /// The newest telemetry.
    Telemetry,
    /// The inbox.
    Inbox {
        /// Number of the last message held.
        after: u64,
        /// Seconds that the gateway may hold the answer back.
        wait_seconds: u32,
    },
}

impl Want {
    pub(crate) const fn lane(self) -> Lane {
        match self {
            Self::Time => Lane::Time,
            Self::Ahead { .. } => Lane::Ahead,
            Self::Attachment { .. } => Lane::Blob,
            Self::Rows { .. } => Lane::Chain,
            Self::Checkpoint | Self::Proof => Lane::Checkpoint,
            Self::Telemetry => Lane::Telemetry,
            Self::Inbox { .. } => Lane::Inbox,
        }
    }
}

/// A request that should begin now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Under which its answer counts.
    pub lease: Lease,
    /// What.
    pub want: Want,
}
