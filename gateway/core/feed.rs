//! Events by number, for whoever fetches them: numbers are dense, rise in the order of commits and are never given twice.
//!
//! Whoever reads gives numbers first to what has none: in one transaction with the highest number so far, which only one
//! of several nodes can change at a time. So a number is visible only together with every lower one, and a reader that
//! goes on from the last number it has seen misses nothing.

use senim_domain::UtcMillis;
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::archive::days_later;
use crate::error::GatewayError;
use crate::events::Event;
use crate::store::{self, Change, Collection, Expect, StoreError, Versioned};
use crate::webhook::Delivery;

/// Most events in one page.
pub const MAX_FEED: usize = 500;
/// Events whose keys begin alike.
pub(crate) const BLOCK: u64 = 256;
/// Most events that get their number in one transaction.
const BATCH: usize = 256;
const HEAD: &str = "feed";

/// An event with its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered {
    /// From 1, dense.
    pub n: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// A page of the feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedPage {
    /// In order of number.
    pub events: Vec<Numbered>,
    /// To be given as `after` next time.
    pub next: u64,
    /// Highest number there is.
    pub head: u64,
    /// Lowest number that is still here.
    pub oldest: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct FeedHead {
    n: u64,
    oldest: u64,
}

pub(crate) fn block_prefix(block: u64) -> String {
    format!("{block:014}/")
}

pub(crate) fn numbered_key(n: u64) -> String {
    format!("{}{n:016}", block_prefix(n / BLOCK))
}

impl Gateway {
    fn feed_head(&self) -> Result<Versioned<FeedHead>, GatewayError> {
        let head = store::load(self.store.as_ref(), Collection::Meta, HEAD)?;
        Ok(head.unwrap_or(Versioned { revision: 0, value: FeedHead { n: 0, oldest: 1 } }))
    }

    /// Gives numbers to events that have none; the highest number there is.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn number_events(&self) -> Result<u64, GatewayError> {
        loop {
            let mut head = self.feed_head()?;
            // After the head: should another node number these meanwhile, this transaction fails.
            let waiting = self.store.documents_after(Collection::Event, "", BATCH)?;
            if waiting.is_empty() {
                return Ok(head.value.n);
            }
            let expect = head.expect();
            let mut changes: Vec<Change> = Vec::new();
            for document in waiting {
                let event: Event = store::parse(Collection::Event, &document)?.value;
                head.value.n = head.value.n.saturating_add(1);
                let (n, key) = (head.value.n, numbered_key(head.value.n));
                if self.custody.webhook {
                    let delivery = Delivery::new(n, &event);
                    changes.push(store::put(Collection::Delivery, &key, Expect::Absent, &delivery)?);
                }
                changes.push(store::put(Collection::Feed, &key, Expect::Absent, &Numbered { n, event })?);
                changes.push(store::remove_at(Collection::Event, &document.key, document.revision));
            }
            changes.push(store::put(Collection::Meta, HEAD, expect, &head.value)?);
            match self.store.commit(&changes) {
                Ok(()) | Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Events with a number above `after`, at most `limit` of them and [`MAX_FEED`].
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn feed(&self, after: u64, limit: usize) -> Result<FeedPage, GatewayError> {
        self.number_events()?;
        let head = self.feed_head()?.value;
        let limit = limit.clamp(1, MAX_FEED);
        let mut events: Vec<Numbered> = Vec::new();
        let mut n = after.max(head.oldest.saturating_sub(1)).saturating_add(1);
        while n <= head.n && events.len() < limit {
            let block = n / BLOCK;
            for document in self.store.documents(Collection::Feed, &block_prefix(block))? {
                let found: Numbered = store::parse(Collection::Feed, &document)?.value;
                if (n..=head.n).contains(&found.n) && events.len() < limit {
                    events.push(found);
                }
            }
            n = block.saturating_add(1).saturating_mul(BLOCK);
        }
        let next = events.last().map_or(after, |last| last.n);
        Ok(FeedPage { events, next, head: head.n, oldest: head.oldest })
    }

    /// One event; `None`: not here any more.
    pub(crate) fn numbered_event(&self, n: u64) -> Result<Option<Numbered>, GatewayError> {
        let found = store::load(self.store.as_ref(), Collection::Feed, &numbered_key(n))?;
        Ok(found.map(|found| found.value))
    }

    /// Removes whole blocks of events whose days are over.
    pub(crate) fn prune_feed(&self, now: UtcMillis) -> Result<(), GatewayError> {
        let mut head = self.feed_head()?;
        let block = head.value.oldest / BLOCK;
        let end = block.saturating_add(1).saturating_mul(BLOCK);
        if end > head.value.n {
            return Ok(());
        }
        let documents = self.store.documents(Collection::Feed, &block_prefix(block))?;
        let mut changes = Vec::new();
        for document in &documents {
            let found: Numbered = store::parse(Collection::Feed, document)?.value;
            if days_later(found.event.at, self.custody.feed_days) > now {
                return Ok(());
            }
            changes.push(store::remove(Collection::Feed, &document.key));
        }
        let expect = head.expect();
        head.value.oldest = end;
        changes.push(store::put(Collection::Meta, HEAD, expect, &head.value)?);
        match self.store.commit(&changes) {
            Ok(()) | Err(StoreError::Conflict(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
