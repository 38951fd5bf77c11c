//! Who may hold a connection: counted by address until the handshake is finished, by terminal after it.
//!
//! Nobody new is turned away because somebody old holds on: where a number is reached, the oldest gives way. A flood of
//! idle connections so pushes out itself, and a terminal that comes again after a broken line pushes out its own remains.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// Seconds' worth that may come at once.
const BURST_SECONDS: u32 = 10;
/// Sources remembered before those that rest are forgotten.
const REMEMBERED: usize = 65_536;

/// A limit of how often, by source.
pub struct Rate<K> {
    interval: Duration,
    burst: Duration,
    /// When each source would have been served had it kept to the rate.
    due: Mutex<BTreeMap<K, Instant>>,
}

impl<K: Ord + Clone> Rate<K> {
    /// So many a second on average, ten seconds' worth at once.
    #[must_use]
    pub fn new(per_second: u32) -> Self {
        let interval = Duration::from_secs(1).checked_div(per_second.max(1)).unwrap_or_default();
        Self { interval, burst: Duration::from_secs(u64::from(BURST_SECONDS)), due: Mutex::default() }
    }

    /// Whether one more of this source is within the limit; it is counted then.
    pub fn allows(&self, source: &K, now: Instant) -> bool {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        if due.len() >= REMEMBERED {
            due.retain(|_, moment| *moment > now);
            if due.len() >= REMEMBERED {
                // More sources than can be told apart: none is remembered, the other limits hold.
                due.clear();
            }
        }
        let moment = due.get(source).copied().unwrap_or(now).max(now);
        if moment.saturating_duration_since(now) >= self.burst {
            return false;
        }
        due.insert(source.clone(), moment.checked_add(self.interval).unwrap_or(moment));
        true
    }
}

/// Places of one kind.
pub struct Doors<K: Ord + Clone> {
    most: usize,
    most_per_key: usize,
    state: Mutex<State<K>>,
}

struct State<K> {
    next: u64,
    places: BTreeMap<u64, (K, Arc<Notify>)>,
    by_key: BTreeMap<K, BTreeSet<u64>>,
}

/// A place that is held until it is dropped.
pub struct Place<K: Ord + Clone> {
    doors: Arc<Doors<K>>,
    id: u64,
    leave: Arc<Notify>,
}

impl<K: Ord + Clone> Doors<K> {
    /// So many places in all and for one key.
    #[must_use]
    pub fn new(most: usize, most_per_key: usize) -> Arc<Self> {
        let state = State { next: 0, places: BTreeMap::new(), by_key: BTreeMap::new() };
        Arc::new(Self { most: most.max(1), most_per_key: most_per_key.max(1), state: Mutex::new(state) })
    }

    /// Takes a place; the oldest of the key, or of all, is asked to leave where there are too many.
    pub fn enter(self: &Arc<Self>, key: K) -> Place<K> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let own = state.by_key.get(&key);
        let oldest = match own {
            Some(own) if own.len() >= self.most_per_key => own.first().copied(),
            Some(_) | None if state.places.len() >= self.most => state.places.keys().next().copied(),
            Some(_) | None => None,
        };
        if let Some(oldest) = oldest {
            state.leave(oldest);
        }
        let id = state.next;
        state.next = id.saturating_add(1);
        let leave = Arc::new(Notify::new());
        state.places.insert(id, (key.clone(), Arc::clone(&leave)));
        state.by_key.entry(key).or_default().insert(id);
        Place { doors: Arc::clone(self), id, leave }
    }

    /// Places that are held.
    #[must_use]
    pub fn held(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).places.len()
    }
}

impl<K: Ord + Clone> State<K> {
    /// Frees a place and tells who holds it.
    fn leave(&mut self, id: u64) {
        let Some((key, leave)) = self.places.remove(&id) else { return };
        leave.notify_one();
        if let Some(own) = self.by_key.get_mut(&key) {
            own.remove(&id);
            if own.is_empty() {
                self.by_key.remove(&key);
            }
        }
    }
}

impl<K: Ord + Clone> Place<K> {
    /// Returns once the place is needed by somebody else.
    pub async fn asked_to_leave(&self) {
        self.leave.notified().await;
    }
}

impl<K: Ord + Clone> Drop for Place<K> {
    fn drop(&mut self) {
        self.doors.state.lock().unwrap_or_else(PoisonError::into_inner).leave(self.id);
    }
}

/// What counts as one address: in IPv6 everybody has a whole /64.
#[must_use]
pub fn source(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn told(place: &Place<u8>) -> bool {
        tokio::select! {
            biased;
            () = place.asked_to_leave() => true,
            () = std::future::ready(()) => false,
        }
    }

    #[tokio::test]
    async fn the_oldest_of_a_crowded_key_gives_way_and_nobody_else() {
        let doors = Doors::new(10, 2);
        let other = doors.enter(9);
        let (first, second, third) = (doors.enter(1), doors.enter(1), doors.enter(1));
        assert!(told(&first).await);
        for stays in [&second, &third, &other] {
            assert!(!told(stays).await);
        }
        assert_eq!(doors.held(), 3);
        drop(first);
        assert_eq!(doors.held(), 3);
    }

    #[tokio::test]
    async fn the_oldest_of_all_gives_way_where_all_places_are_taken() {
        let doors = Doors::new(2, 2);
        let (first, second, third) = (doors.enter(1), doors.enter(2), doors.enter(3));
        assert!(told(&first).await && !told(&second).await && !told(&third).await);
        drop((second, third));
        assert_eq!(doors.held(), 0);
    }

    #[test]
    fn a_source_may_burst_then_keeps_to_the_rate_and_others_are_not_touched() {
        let (rate, now) = (Rate::new(5), Instant::now());
        assert_eq!((0..100).filter(|_| rate.allows(&1_u8, now)).count(), 50);
        assert!(rate.allows(&2, now));
        let later = now + Duration::from_secs(1);
        assert_eq!((0..100).filter(|_| rate.allows(&1, later)).count(), 5);
    }

    #[test]
    fn a_whole_ipv6_network_is_one_source() {
        let source = |text: &str| source(text.parse().unwrap());
        assert_eq!(source("2001:db8:1:2:3::4"), source("2001:db8:1:2:ffff::1"));
        assert_ne!(source("2001:db8:1:2::1"), source("2001:db8:1:3::1"));
        assert_eq!(source("::ffff:192.0.2.7"), source("192.0.2.7"));
    }
}
