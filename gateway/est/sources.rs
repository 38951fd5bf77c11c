//! Slows down who tries codes: wrong ones are counted by address, and lock it for longer and longer.
//!
//! Lives in the memory of one node and forgets; the lock of a name is in the store and does not.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

use senim_domain::UtcMillis;

/// Wrong codes that an address has free: technicians of one company share one.
const FREE_TRIES: u32 = 10;
/// First lock, ms; each further wrong code doubles it.
const FIRST_LOCK_MS: i64 = 10_000;
/// Longest lock, ms.
const LONGEST_LOCK_MS: i64 = 3_600_000;
/// A count is forgotten after so long without a wrong code, ms.
const FORGET_MS: i64 = 2 * LONGEST_LOCK_MS;
/// Addresses that are remembered; beyond, the one that has been quiet for longest makes room.
const MAX_SOURCES: usize = 4096;

struct Tries {
    wrong: u32,
    last: UtcMillis,
    locked_until: UtcMillis,
}

/// Wrong codes by address.
#[derive(Default)]
pub(super) struct Sources {
    tries: BTreeMap<IpAddr, Tries>,
}

impl Sources {
    /// Whether an address may try; otherwise in how many seconds.
    pub fn may_try(&self, source: IpAddr, now: UtcMillis) -> Result<(), u32> {
        match self.tries.get(&network(source)) {
            Some(tries) if tries.locked_until > now => {
                let wait = tries.locked_until.0.saturating_sub(now.0).div_euclid(1000).saturating_add(1);
                Err(u32::try_from(wait).unwrap_or(u32::MAX))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// A code was wrong.
    pub fn was_wrong(&mut self, source: IpAddr, now: UtcMillis) {
        self.tries.retain(|_, tries| now.0.saturating_sub(tries.last.0) < FORGET_MS);
        let source = network(source);
        if self.tries.len() >= MAX_SOURCES && !self.tries.contains_key(&source) {
            let quietest = self.tries.iter().min_by_key(|(_, tries)| tries.last).map(|(source, _)| *source);
            if let Some(quietest) = quietest {
                self.tries.remove(&quietest);
            }
        }
        let tries = self.tries.entry(source).or_insert(Tries { wrong: 0, last: now, locked_until: now });
        tries.wrong = tries.wrong.saturating_add(1);
        tries.last = now;
        if let Some(doublings) = tries.wrong.checked_sub(FREE_TRIES) {
            let lock = FIRST_LOCK_MS.saturating_mul(1_i64.checked_shl(doublings.min(20)).unwrap_or(i64::MAX));
            tries.locked_until = UtcMillis(now.0.saturating_add(lock.min(LONGEST_LOCK_MS)));
        }
    }
}

/// A household has a whole /64 of IPv6.
fn network(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let mut octets = address.octets();
            octets.iter_mut().skip(8).for_each(|octet| *octet = 0);
            IpAddr::V6(Ipv6Addr::from(octets))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UtcMillis = UtcMillis(1_795_382_638_000);

    fn at(ms: i64) -> UtcMillis {
        UtcMillis(NOW.0 + ms)
    }

    fn source(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn ten_wrong_codes_lock_an_address_and_further_ones_for_longer() {
        let mut sources = Sources::default();
        let (ours, theirs) = (source("10.0.0.1"), source("10.0.0.2"));
        for _ in 0..9 {
            sources.was_wrong(ours, NOW);
        }
        assert_eq!(sources.may_try(ours, NOW), Ok(()));
        sources.was_wrong(ours, NOW);
        assert_eq!(sources.may_try(ours, NOW), Err(11));
        assert_eq!(sources.may_try(theirs, NOW), Ok(()));
        assert_eq!(sources.may_try(ours, at(10_000)), Ok(()));
        sources.was_wrong(ours, at(10_000));
        assert_eq!(sources.may_try(ours, at(10_000)), Err(21));
        for _ in 0..100 {
            sources.was_wrong(ours, at(30_000));
        }
        assert_eq!(sources.may_try(ours, at(30_000)), Err(3601));
    }

    #[test]
    fn one_network_is_one_address_however_it_is_written() {
        let mut sources = Sources::default();
        for _ in 0..5 {
            sources.was_wrong(source("2001:db8::1"), NOW);
            sources.was_wrong(source("2001:db8::ffff"), NOW);
        }
        assert!(sources.may_try(source("2001:db8::2"), NOW).is_err());
        assert!(sources.may_try(source("2001:db8:0:1::2"), NOW).is_ok());
        for _ in 0..10 {
            sources.was_wrong(source("::ffff:10.0.0.1"), NOW);
        }
        assert!(sources.may_try(source("10.0.0.1"), NOW).is_err());
    }

    #[test]
    fn memory_is_bounded_and_old_counts_are_forgotten() {
        let mut sources = Sources::default();
        for n in 0..10_000_u32 {
            sources.was_wrong(IpAddr::V4(n.into()), at(i64::from(n)));
        }
        assert_eq!(sources.tries.len(), MAX_SOURCES);
        assert!(sources.tries.contains_key(&IpAddr::V4(9_999_u32.into())));
        sources.was_wrong(source("10.0.0.1"), at(FORGET_MS + 20_000));
        assert_eq!(sources.tries.len(), 1);
    }
}
