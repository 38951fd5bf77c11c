//! The MFO's keys for sealing, with their lives: which one a terminal seals to.
//!
//! Keys overlap: rows sealed to the former one still arrive while the newest is in use, and the MFO opens both. A revoked
//! key is never sealed to. Decides by the moment handed in, not by who signed the list: see [`crate::message`].

use senim_domain::UtcMillis;
use serde::{Deserialize, Serialize};

use crate::jws::PublicJwk;
use crate::signer::{KeyError, Sealer};

/// Most keys in one list.
pub const MAX_SEAL_KEYS: usize = 16;

/// A key of the MFO that terminals seal to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealKey {
    /// The public key.
    pub jwk: PublicJwk,
    /// Its thumbprint.
    pub kid: String,
    /// Not before.
    pub not_before: UtcMillis,
    /// Not at or after.
    pub not_after: UtcMillis,
    /// Nothing more is sealed to it, whatever its dates say.
    pub revoked: bool,
}

impl SealKey {
    /// Whether one may seal to it at this moment.
    #[must_use]
    pub fn usable(&self, at: UtcMillis) -> bool {
        !self.revoked && self.not_before <= at && at < self.not_after
    }
}

/// Whether a list makes sense: 1–16 keys, each under its thumbprint and once, each with a life, each on the curve.
#[must_use]
pub fn are_valid(keys: &[SealKey]) -> bool {
    let mut kids: Vec<&str> = keys.iter().map(|key| key.kid.as_str()).collect();
    kids.sort_unstable();
    kids.dedup();
    (1..=MAX_SEAL_KEYS).contains(&keys.len())
        && kids.len() == keys.len()
        && keys.iter().all(|key| {
            key.kid == key.jwk.thumbprint()
                && key.not_before < key.not_after
                && p256::PublicKey::from_sec1_bytes(key.jwk.point()).is_ok()
        })
}

/// The newest usable key.
#[must_use]
pub fn newest(keys: &[SealKey], at: UtcMillis) -> Option<&SealKey> {
    keys.iter()
        .filter(|key| key.usable(at))
        .max_by(|a, b| (a.not_before, &a.kid).cmp(&(b.not_before, &b.kid)))
}

/// The key for business that has begun: the newest usable one, else the one that ended last and is not revoked. Nothing
/// new begins then, but what a person has already given is not thrown away.
#[must_use]
pub fn for_open_business(keys: &[SealKey], at: UtcMillis) -> Option<&SealKey> {
    newest(keys, at).or_else(|| {
        let begun = keys.iter().filter(|key| !key.revoked && key.not_before <= at);
        begun.max_by(|a, b| (a.not_after, &a.kid).cmp(&(b.not_after, &b.kid)))
    })
}

/// Seals nothing: every key is revoked.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSealKey;

impl Sealer for NoSealKey {
    fn seal(&self, _: &[u8]) -> Result<String, KeyError> {
        Err(KeyError::Store("the MFO has revoked every key for sealing; it has to publish a new one".into()))
    }

    fn kid(&self) -> String {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attachment::Opener;

    fn key(not_before: i64, not_after: i64, revoked: bool) -> SealKey {
        let jwk = Opener::generate().unwrap().0.public_jwk();
        let kid = jwk.thumbprint();
        SealKey { jwk, kid, not_before: UtcMillis(not_before), not_after: UtcMillis(not_after), revoked }
    }

    #[test]
    fn the_newest_key_in_its_life_is_sealed_to_and_the_older_one_before_it_begins() {
        let keys = [key(0, 100, false), key(50, 200, false)];
        let at = |at| newest(&keys, UtcMillis(at)).map(|key| key.not_before.0);
        assert_eq!(
            [at(-1), at(0), at(49), at(50), at(199), at(200)],
            [None, Some(0), Some(0), Some(50), Some(50), None]
        );
    }

    #[test]
    fn a_revoked_key_is_never_sealed_to_and_an_ended_one_only_for_what_has_begun() {
        let keys = [key(0, 100, false), key(50, 200, true)];
        assert_eq!(newest(&keys, UtcMillis(60)).map(|key| key.not_before.0), Some(0));
        assert_eq!(newest(&keys, UtcMillis(150)), None);
        assert_eq!(for_open_business(&keys, UtcMillis(150)), Some(&keys[0]));
        assert_eq!(for_open_business(&keys[1..], UtcMillis(150)), None);
        assert!(NoSealKey.seal(b"x").is_err());
    }

    #[test]
    fn lists_that_make_no_sense_are_refused() {
        let good = key(0, 100, false);
        assert!(are_valid(std::slice::from_ref(&good)));
        let other_kid = SealKey { kid: key(0, 1, false).kid, ..good.clone() };
        let no_life = SealKey { not_after: good.not_before, ..good.clone() };
        let off_curve = PublicJwk::from_sec1(&[[4_u8; 1].as_slice(), &[7; 64]].concat()).unwrap();
        let off_curve = SealKey { jwk: off_curve, kid: off_curve.thumbprint(), ..good.clone() };
        for bad in [vec![], vec![good.clone(), good.clone()], vec![other_kid], vec![no_life], vec![off_curve]]
        {
            assert!(!are_valid(&bad), "{bad:?}");
        }
        assert!(!are_valid(&(0..17).map(|_| key(0, 1, false)).collect::<Vec<_>>()));
    }
}
