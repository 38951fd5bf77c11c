//! Lanes and lines: what is sent, over which connection, and when a lane that failed is tried again.

use senim_domain::time::Mono;

/// A connection to the gateway. Each has at most one request under way.
///
/// Three are needed: a poll of the inbox is held back by the gateway, a batch on a slow line takes seconds, and neither
/// may hold up what a person waits for (docs/decisions/0016).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Line {
    /// What a person or the clock waits for.
    Prompt,
    /// What can wait.
    Bulk,
    /// The long poll.
    Inbox,
}

impl Line {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 3] = [Self::Prompt, Self::Bulk, Self::Inbox];
}

/// A kind of request with a back-off of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lane {
    Time,
    Ahead,
    Blob,
    Chain,
    Checkpoint,
    Telemetry,
    Inbox,
}

impl Lane {
    pub(crate) const ALL: [Self; 7] =
        [Self::Time, Self::Ahead, Self::Blob, Self::Chain, Self::Checkpoint, Self::Telemetry, Self::Inbox];

    /// Whether its failures say that the gateway cannot be reached. A long poll is cut by boxes on the way while
    /// everything else works, and telemetry does not matter.
    pub(crate) const fn tells_of_the_line(self) -> bool {
        !matches!(self, Self::Inbox | Self::Telemetry)
    }
}

/// Whether a lane rests.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rest {
    pub(crate) until: Option<Mono>,
    pub(crate) failures: u32,
    /// A person has to act before it is worth trying.
    pub(crate) slow: bool,
}

/// The right to be answered: an answer counts only under the lease of its request, and once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lease(pub u64);

/// Spreads pauses; guards nothing.
#[derive(Clone, Debug)]
pub(crate) struct Jitter(u64);

impl Jitter {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// Full jitter: anywhere between the least pause and the doubled one.
    pub(crate) fn pause(&mut self, failures: u32, least_ms: u64, most_ms: u64) -> u64 {
        // xorshift64.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let doublings = failures.saturating_sub(1).min(16);
        let ceiling = least_ms.saturating_mul(1 << doublings).min(most_ms);
        let span = ceiling.saturating_sub(least_ms).saturating_add(1);
        least_ms.saturating_add(self.0 % span)
    }
}
