//! Events brought to the MFO's other systems: at least once, in order per subject, tried again with growing pauses.
//!
//! One node at a time delivers, by a lease in the store. What is not taken within the days set is put aside where people
//! see it, and the subject's later events go on.

use std::collections::BTreeSet;

use senim_domain::UtcMillis;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::archive::days_later;
use crate::error::{GatewayError, Refusal};
use crate::events::Event;
use crate::feed::{BLOCK, block_prefix, numbered_key};
use crate::store::{self, Collection, Expect, StoreError, Versioned};
use crate::{Gateway, later};

/// Type of the JWS.
pub const EVENT_TYP: &str = "senim-event+jws";
/// Most events looked at in one round.
const ROUND: usize = 512;
/// Failures in a row after which a round ends: the receiver is away.
const GIVE_UP_AFTER: u32 = 3;
/// Life of the lease: longer than a round of failures takes.
const LEASE_SECONDS: u32 = 120;
/// Longest pause between two attempts.
const MAX_PAUSE_SECONDS: u32 = 3600;
const LEASE: &str = "webhook";

/// Why an event was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HookFault {
    /// No connection, silence, or a broken answer.
    #[error("the receiver of events does not answer: {0}")]
    Away(String),
    /// It answered something else than 2xx.
    #[error("the receiver of events answered {0}")]
    Status(u16),
}

/// The way to the receiver.
pub trait Webhook: Send + Sync {
    /// Posts one event: taken when this returns.
    ///
    /// # Errors
    /// [`HookFault`].
    fn post(&self, id: &str, jws: &str) -> Result<(), HookFault>;
}

/// An event that still has to be taken.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Delivery {
    n: u64,
    subject: String,
    at: UtcMillis,
    attempts: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_before: Option<UtcMillis>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

impl Delivery {
    pub(crate) fn new(n: u64, event: &Event) -> Self {
        Self { n, subject: event.subject.clone(), at: event.at, attempts: 0, not_before: None, fault: None }
    }
}

/// An event that was not taken in time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Its number.
    pub n: u64,
    /// About whom or what.
    pub subject: String,
    /// When it happened.
    pub at: UtcMillis,
    /// How often it was tried.
    pub attempts: u32,
    /// What was seen last.
    pub fault: String,
}

/// What a round came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Delivered {
    /// Events that were taken.
    pub taken: u64,
    /// Events that wait, as far as was looked.
    pub waiting: u64,
    /// Events that were put aside.
    pub dead: u64,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Lease {
    node: String,
    until: Option<UtcMillis>,
    /// Before this block everything is taken.
    block: u64,
}

impl Gateway {
    /// Brings what waits to the receiver; to be called from time to time. `node` names this process.
    ///
    /// # Errors
    /// [`GatewayError`] of store or keys.
    pub fn deliver_events(
        &self,
        hook: &dyn Webhook,
        node: &str,
        now: UtcMillis,
    ) -> Result<Delivered, GatewayError> {
        let head = self.number_events()?;
        let mut round = Delivered::default();
        let Some(mut lease) = self.take_lease(node, now)? else { return Ok(round) };
        let (mut looked, mut failures, mut block) = (0_usize, 0_u32, lease.block);
        let mut blocked: BTreeSet<String> = BTreeSet::new();
        while block <= head / BLOCK && looked < ROUND {
            let documents = self.store.documents(Collection::Delivery, &block_prefix(block))?;
            if documents.is_empty() && block == lease.block && block < head / BLOCK {
                lease.block = block.saturating_add(1);
            }
            for document in documents {
                looked = looked.saturating_add(1);
                let delivery: Delivery = store::parse(Collection::Delivery, &document)?.value;
                let pauses = delivery.not_before.is_some_and(|moment| now < moment);
                if blocked.contains(&delivery.subject) || pauses || failures >= GIVE_UP_AFTER {
                    blocked.insert(delivery.subject);
                    round.waiting = round.waiting.saturating_add(1);
                    continue;
                }
                let subject = delivery.subject.clone();
                match self.deliver(hook, delivery, now)? {
                    Attempt::Taken => {
                        failures = 0;
                        round.taken = round.taken.saturating_add(1);
                    }
                    Attempt::Waits => {
                        failures = failures.saturating_add(1);
                        blocked.insert(subject);
                        round.waiting = round.waiting.saturating_add(1);
                    }
                    Attempt::Dead => {
                        failures = failures.saturating_add(1);
                        round.dead = round.dead.saturating_add(1);
                    }
                }
            }
            block = block.saturating_add(1);
        }
        self.give_lease_back(lease)?;
        Ok(round)
    }

    fn deliver(
        &self,
        hook: &dyn Webhook,
        mut delivery: Delivery,
        now: UtcMillis,
    ) -> Result<Attempt, GatewayError> {
        let key = numbered_key(delivery.n);
        let Some(event) = self.numbered_event(delivery.n)? else {
            self.store.commit(&[store::remove(Collection::Delivery, &key)])?;
            return Ok(Attempt::Taken);
        };
        let payload =
            serde_json::to_vec(&event).map_err(|error| GatewayError::Internal(error.to_string()))?;
        let jws = self.keys.sign(EVENT_TYP, &payload)?;
        let Err(fault) = hook.post(&event.event.id.to_string(), &jws) else {
            self.store.commit(&[store::remove(Collection::Delivery, &key)])?;
            return Ok(Attempt::Taken);
        };
        delivery.attempts = delivery.attempts.saturating_add(1);
        tracing::warn!(n = delivery.n, attempts = delivery.attempts, %fault, "event not taken");
        if days_later(delivery.at, self.custody.dead_after_days) <= now {
            tracing::error!(n = delivery.n, subject = delivery.subject, "event put aside");
            let dead = DeadLetter {
                n: delivery.n,
                subject: delivery.subject,
                at: delivery.at,
                attempts: delivery.attempts,
                fault: fault.to_string(),
            };
            let put = store::put(Collection::DeadLetter, &key, Expect::Any, &dead)?;
            self.store.commit(&[put, store::remove(Collection::Delivery, &key)])?;
            return Ok(Attempt::Dead);
        }
        let pause = 1_u32.checked_shl(delivery.attempts.min(16)).unwrap_or(u32::MAX).min(MAX_PAUSE_SECONDS);
        delivery.not_before = Some(later(now, pause));
        delivery.fault = Some(fault.to_string());
        self.store.commit(&[store::put(Collection::Delivery, &key, Expect::Any, &delivery)?])?;
        Ok(Attempt::Waits)
    }

    fn take_lease(&self, node: &str, now: UtcMillis) -> Result<Option<Lease>, GatewayError> {
        let found = store::load::<Lease>(self.store.as_ref(), Collection::Meta, LEASE)?;
        let mut lease = found.unwrap_or(Versioned { revision: 0, value: Lease::default() });
        // A lease that ends absurdly late was taken by a clock that was ahead.
        let alive = |until: UtcMillis| now < until && until <= later(now, LEASE_SECONDS.saturating_mul(2));
        if lease.value.node != node && lease.value.until.is_some_and(alive) {
            return Ok(None);
        }
        let expect = lease.expect();
        node.clone_into(&mut lease.value.node);
        lease.value.until = Some(later(now, LEASE_SECONDS));
        match self.store.commit(&[store::put(Collection::Meta, LEASE, expect, &lease.value)?]) {
            Ok(()) => Ok(Some(lease.value)),
            Err(StoreError::Conflict(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn give_lease_back(&self, mut lease: Lease) -> Result<(), GatewayError> {
        let found = store::load::<Lease>(self.store.as_ref(), Collection::Meta, LEASE)?;
        let Some(found) = found.filter(|found| found.value.node == lease.node) else { return Ok(()) };
        lease.until = None;
        match self.store.commit(&[store::put(Collection::Meta, LEASE, found.expect(), &lease)?]) {
            Ok(()) | Err(StoreError::Conflict(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Events that were put aside.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn dead_letters(&self) -> Result<Vec<DeadLetter>, GatewayError> {
        let documents = self.store.documents(Collection::DeadLetter, "")?;
        let read = |document| Ok(store::parse(Collection::DeadLetter, document)?.value);
        documents.iter().map(read).collect()
    }

    /// Has an event that was put aside tried once more.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`] for one that was not, or what [`GatewayError`] says.
    pub fn retry_dead_letter(&self, actor: &Actor, n: u64, now: UtcMillis) -> Result<(), GatewayError> {
        self.deciding(|| self.try_retry(actor, n, now))
    }

    fn try_retry(&self, actor: &Actor, n: u64, now: UtcMillis) -> Result<(), GatewayError> {
        let key = numbered_key(n);
        let found = store::load::<DeadLetter>(self.store.as_ref(), Collection::DeadLetter, &key)?;
        let Some(dead) = found.map(|found| found.value) else {
            return Err(Refusal::BadDirective("no such event was put aside".into()).into());
        };
        let (subject, fault) = (dead.subject, Some(dead.fault));
        // Counted from now: it gets its days again.
        let delivery = Delivery { n, subject, at: now, attempts: 0, not_before: None, fault };
        let lease = store::load::<Lease>(self.store.as_ref(), Collection::Meta, LEASE)?;
        let mut changes = vec![
            store::put(Collection::Delivery, &key, Expect::Any, &delivery)?,
            store::remove(Collection::DeadLetter, &key),
            self.act_record(actor, "retryEvent", &n.to_string(), now)?,
        ];
        if let Some(mut lease) = lease {
            let expect = lease.expect();
            lease.value.block = lease.value.block.min(n / BLOCK);
            changes.push(store::put(Collection::Meta, LEASE, expect, &lease.value)?);
        }
        Ok(self.store.commit(&changes)?)
    }
}

enum Attempt {
    Taken,
    Waits,
    Dead,
}
