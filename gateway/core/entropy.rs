//! Randomness as a value that is handed in, and what is made of it: identities and one-time codes.

use senim_domain::{Secret, UtcMillis};
use uuid::Uuid;

/// A source of random bytes.
pub trait Entropy: Send + Sync {
    /// Fills the bytes.
    ///
    /// # Errors
    /// [`NoEntropy`].
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy>;
}

/// The source gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system's random source gave nothing; restart the gateway")]
pub struct NoEntropy;

/// The system's source.
#[derive(Debug)]
pub struct SystemEntropy(ring::rand::SystemRandom);

impl Default for SystemEntropy {
    fn default() -> Self {
        Self(ring::rand::SystemRandom::new())
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        ring::rand::SecureRandom::fill(&self.0, bytes).map_err(|_| NoEntropy)
    }
}

/// Counts upwards: for tests and simulations, where every run must be the same. Worthless as a secret.
#[derive(Debug, Default)]
pub struct CountingEntropy(std::sync::atomic::AtomicU64);

impl Entropy for CountingEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        for chunk in bytes.chunks_mut(32) {
            let count = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let digest = ring::digest::digest(&ring::digest::SHA256, &count.to_be_bytes());
            for (byte, random) in chunk.iter_mut().zip(digest.as_ref()) {
                *byte = *random;
            }
        }
        Ok(())
    }
}

/// A UUIDv7 of this moment.
pub(crate) fn uuid(entropy: &dyn Entropy, now: UtcMillis) -> Result<Uuid, NoEntropy> {
    let mut random = [0_u8; 10];
    entropy.fill(&mut random)?;
    let millis = u64::try_from(now.0).unwrap_or(0);
    Ok(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
}

/// A code of so many decimal digits, each equally likely.
pub(crate) fn code(entropy: &dyn Entropy, digits: u8) -> Result<Secret, NoEntropy> {
    let mut code = Secret::new(String::with_capacity(16));
    for _ in 0..digits {
        let digit = loop {
            let mut byte = [0_u8; 1];
            entropy.fill(&mut byte)?;
            let [byte] = byte;
            // 250 is the largest multiple of ten that fits: above it the low digits would be likelier.
            if byte < 250 {
                break byte % 10;
            }
        };
        code.push(char::from(b'0' + digit));
    }
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_their_length_and_use_every_digit() {
        let entropy = CountingEntropy::default();
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..50 {
            let code = code(&entropy, 6).unwrap();
            assert_eq!(code.expose().len(), 6);
            seen.extend(code.expose().bytes());
        }
        assert_eq!(seen.len(), 10);
    }

    #[test]
    fn identities_carry_their_moment_and_differ() {
        let entropy = CountingEntropy::default();
        let now = UtcMillis(1_795_382_638_000);
        let (a, b) = (uuid(&entropy, now).unwrap(), uuid(&entropy, now).unwrap());
        assert_ne!(a, b);
        assert_eq!(a.get_version_num(), 7);
    }
}
