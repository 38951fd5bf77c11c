//! The trail of acts: every decision of staff, one after the other, each holding fast to the one before.
//!
//! Acts are numbered from 1 without gaps over the whole gateway. Each entry names the SHA-256 of the entry before it and
//! carries a keyed hash over both, made with a key that is not in the store: whoever can write into the database can
//! neither change an act nor take one out of the middle without [`Gateway::trail`] saying so. Cutting off the newest
//! acts is seen by whoever noted the head: each act is logged with its number and hash, and listings give the head.
//!
//! Two processes that write at once want the same number: one gets [`StoreError::Conflict`] and decides again.

use std::sync::atomic::Ordering;

use senim_domain::{Secret, UtcMillis};
use senim_operation::jws::sha256_b64;
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::actor::{ActRecord, Actor};
use crate::error::GatewayError;
use crate::store::{self, Change, Collection, Document, Expect, StoreError};
use crate::vault::MacPurpose;

/// What stands before the first act: as the genesis of a terminal's chain.
const BEFORE_THE_FIRST: &str = senim_operation::jws::GENESIS_PREV;
/// How often a decision is made again because somebody else wrote an act, or the same record, meanwhile.
pub(crate) const ATTEMPTS: u32 = 20;

/// One entry as it lies in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    /// From 1, without gaps.
    n: u64,
    /// What was done.
    #[serde(flatten)]
    record: ActRecord,
    /// SHA-256 of the entry before as it is stored, base64url.
    prev: String,
    /// Keyed hash of everything above, base64url.
    mac: String,
}

/// One act of the trail, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Act {
    /// From 1, without gaps.
    pub n: u64,
    /// What was done.
    #[serde(flatten)]
    pub record: ActRecord,
}

/// The newest entry of the trail; noted elsewhere it shows later that nothing was cut off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrailHead {
    /// Its number, 0 for an empty trail.
    pub n: u64,
    /// Its SHA-256, base64url.
    pub sha256: String,
}

/// A part of the trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trail {
    /// The head.
    pub head: TrailHead,
    /// Acts, newest first.
    pub acts: Vec<Act>,
    /// Numbers of entries that were changed, or that stand before one that is missing or was changed. Empty: all sound.
    pub broken: Vec<u64>,
}

impl Gateway {
    /// The entry of the trail that is committed together with what was done. One per commit: the next would have the
    /// same number.
    pub(crate) fn act_record(
        &self,
        actor: &Actor,
        act: &str,
        subject: &str,
        now: UtcMillis,
    ) -> Result<Change, GatewayError> {
        let head = self.trail_head()?;
        let record =
            ActRecord { at: now, actor: actor.clone(), act: act.to_owned(), subject: subject.to_owned() };
        let mut entry = Entry { n: head.n.saturating_add(1), record, prev: head.sha256, mac: String::new() };
        entry.mac = self.keys.vault.mac(MacPurpose::Act, &entry.prev, &sealed_part(&entry)?);
        let change = store::put(Collection::Act, &key(entry.n), Expect::Absent, &entry)?;
        if let Change::Document { json: Some(json), .. } = &change {
            let sha256 = sha256_b64(json.as_bytes());
            tracing::info!(n = entry.n, sha256, act, subject, person = actor.person(), "act of staff");
        }
        Ok(change)
    }

    /// Decides again while somebody else is faster.
    pub(crate) fn deciding<T>(
        &self,
        mut decide: impl FnMut() -> Result<T, GatewayError>,
    ) -> Result<T, GatewayError> {
        for _ in 1..ATTEMPTS {
            match decide() {
                Err(GatewayError::Store(StoreError::Conflict(_))) => {}
                settled => return settled,
            }
        }
        decide()
    }

    /// The newest entry.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn trail_head(&self) -> Result<TrailHead, GatewayError> {
        // The number last seen is a hint: others write too. From there the end is found by doubling and halving.
        let mut low = self.acts_seen.load(Ordering::Relaxed);
        let mut step = 1;
        while self.entry(low.saturating_add(step))?.is_some() {
            low = low.saturating_add(step);
            step = step.saturating_mul(2);
        }
        while step > 1 {
            step /= 2;
            if self.entry(low.saturating_add(step))?.is_some() {
                low = low.saturating_add(step);
            }
        }
        self.acts_seen.store(low, Ordering::Relaxed);
        let sha256 = match self.entry(low)? {
            Some(document) => sha256_b64(document.json.as_bytes()),
            None => BEFORE_THE_FIRST.to_owned(),
        };
        Ok(TrailHead { n: low, sha256 })
    }

    /// Acts since a moment, newest first, at most `limit`, each checked; `before`: only those with a smaller number.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn trail(&self, since: UtcMillis, before: Option<u64>, limit: usize) -> Result<Trail, GatewayError> {
        let head = self.trail_head()?;
        let mut n = before.map_or(head.n, |before| before.saturating_sub(1).min(head.n));
        let (mut acts, mut broken) = (Vec::new(), Vec::new());
        while n > 0 && acts.len() < limit {
            match self.entry(n)?.and_then(|document| serde_json::from_str::<Entry>(&document.json).ok()) {
                Some(entry) => {
                    if !self.is_sound(n, &entry)? {
                        broken.push(n);
                    }
                    if entry.record.at < since {
                        break;
                    }
                    acts.push(Act { n, record: entry.record });
                }
                None => broken.push(n),
            }
            n -= 1;
        }
        Ok(Trail { head, acts, broken })
    }

    /// Its number, its keyed hash and the entry before it are what they were.
    fn is_sound(&self, n: u64, entry: &Entry) -> Result<bool, GatewayError> {
        let before = match self.entry(n.saturating_sub(1))? {
            Some(document) => sha256_b64(document.json.as_bytes()),
            None if n == 1 => BEFORE_THE_FIRST.to_owned(),
            None => return Ok(false),
        };
        let kept = self.keys.vault.matches(MacPurpose::Act, &entry.prev, &sealed_part(entry)?, &entry.mac);
        Ok(entry.n == n && entry.prev == before && kept)
    }

    fn entry(&self, n: u64) -> Result<Option<Document>, StoreError> {
        if n == 0 { Ok(None) } else { self.store.document(Collection::Act, &key(n)) }
    }
}

fn key(n: u64) -> String {
    format!("{n:016}")
}

/// What the keyed hash speaks of.
fn sealed_part(entry: &Entry) -> Result<Secret, GatewayError> {
    let part = serde_json::to_string(&(entry.n, &entry.record))
        .map_err(|error| GatewayError::Internal(error.to_string()))?;
    Ok(Secret::new(part))
}
