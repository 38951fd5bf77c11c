//! Deterministic doubles of keys for the simulation: equal lengths, no secrecy, no authenticity.
//!
//! A double's key is marked in its coordinates and verified by a hash that anybody can compute. Real keys are verified
//! as always, so that a build with this feature is as strict with them as one without.

use std::sync::atomic::{AtomicU64, Ordering};

use senim_domain::SecretBytes;
use zeroize::Zeroizing;

use crate::attachment::{self, AttachmentError};
use crate::jws::{PublicJwk, sha256};
use crate::signer::{KeyError, KeyMaker, Sealer, Signer};

/// First bytes of the x coordinate of every double.
const MARK: &[u8; 12] = b"senim-double";

fn marked_key(seed: u64, number: u64) -> Result<PublicJwk, KeyError> {
    let mut text = seed.to_be_bytes().to_vec();
    text.extend_from_slice(&number.to_be_bytes());
    let mut point = vec![4];
    point.extend_from_slice(MARK);
    point.extend_from_slice(sha256(&text).get(..20).unwrap_or_default());
    point.extend_from_slice(&sha256(&point));
    PublicJwk::from_sec1(&point)
}

fn is_double(key: &PublicJwk) -> bool {
    key.point().get(1..13) == Some(MARK.as_slice())
}

fn signature(key: &PublicJwk, message: &[u8]) -> [u8; 64] {
    let mut text = key.point().to_vec();
    text.extend_from_slice(&sha256(message));
    let first = sha256(&text);
    let mut both = [0x11; 64];
    for (place, byte) in both.iter_mut().zip(first.into_iter().chain(sha256(&first))) {
        *place = byte;
    }
    both
}

/// `None` for a real key.
pub(crate) fn verify(key: &PublicJwk, message: &[u8], given: &[u8; 64]) -> Option<bool> {
    is_double(key).then(|| signature(key, message) == *given)
}

/// Signs without a secret.
#[derive(Clone, Debug)]
pub struct DeterministicSigner {
    key: PublicJwk,
}

impl DeterministicSigner {
    /// The `number`-th key of a run.
    ///
    /// # Errors
    /// None in practice; the signature is that of real keys.
    pub fn new(seed: u64, number: u64) -> Result<Self, KeyError> {
        Ok(Self { key: marked_key(seed, number)? })
    }
}

impl Signer for DeterministicSigner {
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        Ok(signature(&self.key, message))
    }

    fn public_jwk(&self) -> PublicJwk {
        self.key
    }
}

/// Makes [`DeterministicSigner`]s, each another.
#[derive(Debug)]
pub struct DeterministicKeyMaker {
    seed: u64,
    made: AtomicU64,
}

impl DeterministicKeyMaker {
    /// Keys of a run.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, made: AtomicU64::new(0) }
    }
}

impl KeyMaker for DeterministicKeyMaker {
    fn make(&self) -> Result<Box<dyn Signer>, KeyError> {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(DeterministicSigner::new(self.seed, number)?))
    }
}

/// "Seals" by a mask that anybody can compute; the real [`crate::attachment::Opener`] reads it under this feature.
#[derive(Debug)]
pub struct DeterministicSealer {
    recipient: PublicJwk,
    kid: String,
    epk: PublicJwk,
    sealed: AtomicU64,
}

impl DeterministicSealer {
    /// Seals to this recipient.
    ///
    /// # Errors
    /// None in practice.
    pub fn new(seed: u64, recipient: PublicJwk) -> Result<Self, KeyError> {
        Ok(Self {
            recipient,
            kid: recipient.thumbprint(),
            epk: marked_key(seed, u64::MAX)?,
            sealed: AtomicU64::new(0),
        })
    }
}

impl Sealer for DeterministicSealer {
    fn seal(&self, plaintext: &[u8]) -> Result<String, KeyError> {
        let number = self.sealed.fetch_add(1, Ordering::Relaxed);
        let mut iv = [0; 12];
        for (place, byte) in iv.iter_mut().zip(number.to_be_bytes()) {
            *place = byte;
        }
        let content = mask(&self.epk, &self.recipient, &iv, plaintext);
        let tag = tag(&self.epk, &iv, &content);
        let protected = attachment::protected_header(self.epk, &self.kid)?;
        Ok(attachment::assemble(&protected, &iv, &content, &tag))
    }

    fn kid(&self) -> String {
        self.kid.clone()
    }
}

/// `None` for a real JWE.
pub(crate) fn open(
    epk: &PublicJwk,
    recipient: &PublicJwk,
    iv: &[u8; 12],
    content: &[u8],
    given: &[u8; 16],
) -> Option<Result<SecretBytes, AttachmentError>> {
    is_double(epk).then(|| {
        if tag(epk, iv, content) != *given {
            return Err(AttachmentError::NotAuthentic);
        }
        Ok(SecretBytes::new(std::mem::take(&mut *mask(epk, recipient, iv, content))))
    })
}

fn mask(epk: &PublicJwk, recipient: &PublicJwk, iv: &[u8; 12], content: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut text = epk.sec1();
    text.extend_from_slice(recipient.point());
    text.extend_from_slice(iv);
    let key = sha256(&text);
    Zeroizing::new(content.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect())
}

fn tag(epk: &PublicJwk, iv: &[u8; 12], content: &[u8]) -> [u8; 16] {
    let mut text = epk.sec1();
    text.extend_from_slice(iv);
    text.extend_from_slice(&sha256(content));
    let mut tag = [0; 16];
    for (place, byte) in tag.iter_mut().zip(sha256(&text)) {
        *place = byte;
    }
    tag
}
