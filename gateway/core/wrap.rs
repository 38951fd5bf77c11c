//! Keys that seal content, and the key that wraps them: a trait, so that the wrapping key may live in an HSM.
//!
//! Decides the form of sealed text (nonce, ciphertext and tag, base64url) and that the place where it lies is bound into
//! it: moved, renamed or swapped, it does not open.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use senim_domain::SecretBytes;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::entropy::Entropy;
use crate::vault::VaultError;

/// Bytes of a content key.
pub const CONTENT_KEY_BYTES: usize = 32;

/// A content key as it lies at rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrappedKey {
    /// Which key wraps it.
    pub kek: String,
    /// The wrapped key, base64url, in the form of the one who wrapped it.
    pub wrapped: String,
}

/// The MFO's key-store key: wraps content keys and never leaves its store.
pub trait KeyWrap: Send + Sync {
    /// Id of the key that wraps from now on.
    ///
    /// # Errors
    /// [`VaultError`].
    fn current(&self) -> Result<String, VaultError>;

    /// Wraps a content key for one place under the current key.
    ///
    /// # Errors
    /// [`VaultError`].
    fn wrap(&self, place: &str, key: &SecretBytes, entropy: &dyn Entropy) -> Result<WrappedKey, VaultError>;

    /// Gets a content key back.
    ///
    /// # Errors
    /// [`VaultError::NotAuthentic`] for another place or a changed text, [`VaultError::WrapKey`] for a key that is gone.
    fn unwrap(&self, place: &str, wrapped: &WrappedKey) -> Result<SecretBytes, VaultError>;
}

/// A key that seals text for places.
pub struct ContentKey(LessSafeKey);

impl ContentKey {
    /// A key of 32 bytes.
    ///
    /// # Errors
    /// [`VaultError::BadKey`].
    pub fn new(bytes: &[u8]) -> Result<Self, VaultError> {
        let key = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| VaultError::BadKey)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// 32 fresh bytes.
    ///
    /// # Errors
    /// [`VaultError::NoEntropy`].
    pub fn generate(entropy: &dyn Entropy) -> Result<SecretBytes, VaultError> {
        let mut bytes = vec![0_u8; CONTENT_KEY_BYTES];
        entropy.fill(&mut bytes)?;
        Ok(SecretBytes::new(bytes))
    }

    /// Seals for one place.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn seal(&self, place: &str, plain: &[u8], entropy: &dyn Entropy) -> Result<String, VaultError> {
        let mut nonce = [0_u8; NONCE_LEN];
        entropy.fill(&mut nonce)?;
        // Room for the tag, so that growing leaves no copy of the plain text behind.
        let mut sealed = Zeroizing::new(Vec::with_capacity(plain.len().saturating_add(64)));
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let (_, content) = sealed.split_at_mut_checked(NONCE_LEN).ok_or(VaultError::NotAuthentic)?;
        let tag = self
            .0
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place.as_bytes()),
                content,
            )
            .map_err(|_| VaultError::NotAuthentic)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(URL_SAFE_NO_PAD.encode(sealed.as_slice()))
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// [`VaultError::NotAuthentic`].
    pub fn open(&self, place: &str, sealed: &str) -> Result<SecretBytes, VaultError> {
        let mut bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(sealed).map_err(|_| VaultError::NotAuthentic)?);
        let (nonce, content) = bytes.split_at_mut_checked(NONCE_LEN).ok_or(VaultError::NotAuthentic)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::NotAuthentic)?;
        let plain = self
            .0
            .open_in_place(nonce, Aad::from(place.as_bytes()), content)
            .map_err(|_| VaultError::NotAuthentic)?;
        Ok(SecretBytes::new(plain.to_vec()))
    }
}

/// Wrapping keys held in RAM: what a key file gives in the rig and in development.
#[derive(Default)]
pub struct RamWrap {
    keys: BTreeMap<String, ContentKey>,
    current: String,
}

impl RamWrap {
    /// Adds a wrapping key of 32 bytes and wraps with it from now on.
    ///
    /// # Errors
    /// [`VaultError::BadKey`].
    pub fn add(&mut self, kek: &str, bytes: &SecretBytes) -> Result<(), VaultError> {
        self.keys.insert(kek.to_owned(), ContentKey::new(bytes.expose())?);
        kek.clone_into(&mut self.current);
        Ok(())
    }

    fn key(&self, kek: &str) -> Result<&ContentKey, VaultError> {
        self.keys.get(kek).ok_or_else(|| VaultError::WrapKey(kek.to_owned()))
    }
}

impl KeyWrap for RamWrap {
    fn current(&self) -> Result<String, VaultError> {
        Ok(self.current.clone())
    }

    fn wrap(&self, place: &str, key: &SecretBytes, entropy: &dyn Entropy) -> Result<WrappedKey, VaultError> {
        let wrapped = self.key(&self.current)?.seal(place, key.expose(), entropy)?;
        Ok(WrappedKey { kek: self.current.clone(), wrapped })
    }

    fn unwrap(&self, place: &str, wrapped: &WrappedKey) -> Result<SecretBytes, VaultError> {
        self.key(&wrapped.kek)?.open(place, &wrapped.wrapped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::CountingEntropy;

    #[test]
    fn a_sealed_text_opens_only_at_its_place_and_under_its_key() {
        let entropy = CountingEntropy::default();
        let key = |byte| ContentKey::new(&[byte; 32]).unwrap();
        let sealed = key(1).seal("loan/1", "Айгүл".as_bytes(), &entropy).unwrap();
        assert_eq!(key(1).open("loan/1", &sealed).unwrap().expose(), "Айгүл".as_bytes());
        for (key, place, sealed) in [
            (key(1), "loan/2", sealed.as_str()),
            (key(2), "loan/1", &sealed),
            (key(1), "loan/1", "AAAA"),
            (key(1), "loan/1", ""),
            (key(1), "loan/1", "не base64"),
        ] {
            assert_eq!(key.open(place, sealed).unwrap_err(), VaultError::NotAuthentic);
        }
    }

    #[test]
    fn a_content_key_outlives_a_change_of_the_wrapping_key_until_the_old_one_goes() {
        let entropy = CountingEntropy::default();
        let mut wrap = RamWrap::default();
        wrap.add("1", &SecretBytes::new(vec![1; 32])).unwrap();
        let key = ContentKey::generate(&entropy).unwrap();
        let old = wrap.wrap("client/a", &key, &entropy).unwrap();
        wrap.add("2", &SecretBytes::new(vec![2; 32])).unwrap();
        assert_eq!(wrap.unwrap("client/a", &old).unwrap().expose(), key.expose());
        let new = wrap.wrap("client/a", &key, &entropy).unwrap();
        assert_eq!((old.kek.as_str(), new.kek.as_str()), ("1", "2"));
        assert_eq!(wrap.unwrap("client/b", &new).unwrap_err(), VaultError::NotAuthentic);
        wrap.keys.remove("1");
        assert_eq!(wrap.unwrap("client/a", &old).unwrap_err(), VaultError::WrapKey("1".into()));
    }
}
