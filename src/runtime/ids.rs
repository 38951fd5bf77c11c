//! Identifiers, nonces and secrets of a kernel.

use ring::hmac;
use senim_domain::time::Stamp;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Identifiers and nonces from one seed: HMAC-SHA-256 in counter mode, so that a simulation repeats exactly and a
/// terminal, seeded by the system's random source, never does.
#[derive(Debug)]
pub struct SeededIds {
    key: hmac::Key,
    counter: u64,
}

impl SeededIds {
    /// Begins at the seed.
    #[must_use]
    pub fn new(seed: &[u8; 32]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, seed), counter: 0 }
    }

    pub(crate) fn bytes<const N: usize>(&self, label: &str) -> [u8; N] {
        let mut text = label.as_bytes().to_vec();
        text.extend_from_slice(&self.counter.to_le_bytes());
        let tag = hmac::sign(&self.key, &text);
        let mut bytes = [0; N];
        for (to, from) in bytes.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        bytes
    }

    /// Bytes that were never given out before and are told to nobody: what a chip's protected channel is made of.
    pub(crate) fn secret<const N: usize>(&mut self) -> Zeroizing<[u8; N]> {
        let mut bytes = Zeroizing::new([0; N]);
        for part in bytes.chunks_mut(32) {
            self.counter = self.counter.saturating_add(1);
            let block = Zeroizing::new(self.bytes::<32>("secret"));
            for (to, from) in part.iter_mut().zip(block.iter()) {
                *to = *from;
            }
        }
        bytes
    }

    /// 32 characters base64url that were never given out before.
    pub(crate) fn nonce(&mut self) -> String {
        self.counter = self.counter.saturating_add(1);
        let bytes: [u8; 24] = self.bytes("nonce");
        base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bytes)
    }
}

impl senim_session::dialogue::Ids for SeededIds {
    fn next(&mut self, now: &Stamp) -> Uuid {
        self.counter = self.counter.saturating_add(1);
        let bytes: [u8; 10] = self.bytes("id");
        let millis = u64::try_from(now.utc.0).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }
}
