//! How personal data lies at rest here: sealed, or as a keyed hash, never in clear.
//!
//! One master key, kept beside the other keys of the MFO and not in the store, gives five keys: for sealing answers and
//! contracts (AES-256-GCM), for one-time codes, for counters by phone, for the trail of acts, and for staff. A place (collection and key) is bound into
//! every seal, so that a sealed text moved to another record does not open.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use senim_domain::{Secret, SecretBytes};

use crate::entropy::{Entropy, NoEntropy};

/// What a keyed hash is for; hashes of different purposes cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MacPurpose {
    /// A one-time code in one login.
    OneTimeCode,
    /// Counting by phone.
    Phone,
    /// An entry of the trail of acts.
    Act,
    /// The word with which a member of staff signs in.
    Staff,
}

/// Why something sealed does not come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Changed, moved, or sealed under another master key.
    #[error("a sealed record does not open; the store and its key file do not belong together")]
    NotAuthentic,
    /// The master key does not have 32 bytes.
    #[error("the master key must have 32 bytes; restore the key file")]
    BadKey,
    /// No randomness.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

/// The keys.
pub struct Vault {
    sealing: LessSafeKey,
    codes: hmac::Key,
    phones: hmac::Key,
    acts: hmac::Key,
    staff: hmac::Key,
}

impl Vault {
    /// Derives the keys from 32 bytes.
    ///
    /// # Errors
    /// [`VaultError::BadKey`].
    pub fn new(master: &SecretBytes) -> Result<Self, VaultError> {
        if master.expose().len() != 32 {
            return Err(VaultError::BadKey);
        }
        let root = hmac::Key::new(hmac::HMAC_SHA256, master.expose());
        let derive = |label: &str| hmac::sign(&root, label.as_bytes());
        let sealing = UnboundKey::new(&AES_256_GCM, derive("senim-gateway seal 1").as_ref())
            .map_err(|_| VaultError::BadKey)?;
        let mac = |label: &str| hmac::Key::new(hmac::HMAC_SHA256, derive(label).as_ref());
        Ok(Self {
            sealing: LessSafeKey::new(sealing),
            codes: mac("senim-gateway code 1"),
            phones: mac("senim-gateway phone 1"),
            acts: mac("senim-gateway act 1"),
            staff: mac("senim-gateway staff 1"),
        })
    }

    /// Seals text for one place.
    pub(crate) fn seal(&self, place: &str, text: &str, entropy: &dyn Entropy) -> Result<String, VaultError> {
        let mut nonce = [0_u8; NONCE_LEN];
        entropy.fill(&mut nonce)?;
        let mut sealed = text.as_bytes().to_vec();
        self.sealing
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place.as_bytes()),
                &mut sealed,
            )
            .map_err(|_| VaultError::NotAuthentic)?;
        Ok(URL_SAFE_NO_PAD.encode([nonce.as_slice(), sealed.as_slice()].concat()))
    }

    /// Opens what was sealed for this place.
    pub(crate) fn open(&self, place: &str, sealed: &str) -> Result<String, VaultError> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| VaultError::NotAuthentic)?;
        let (nonce, content) = bytes.split_first_chunk::<NONCE_LEN>().ok_or(VaultError::NotAuthentic)?;
        let mut content = content.to_vec();
        let plain = self
            .sealing
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(place.as_bytes()), &mut content)
            .map_err(|_| VaultError::NotAuthentic)?;
        String::from_utf8(plain.to_vec()).map_err(|_| VaultError::NotAuthentic)
    }

    /// A keyed hash of a secret within a context.
    pub(crate) fn mac(&self, purpose: MacPurpose, context: &str, secret: &Secret) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(self.key(purpose), &Self::message(context, secret)))
    }

    /// Whether the hash is of this secret; takes the same time for every wrong one.
    pub(crate) fn matches(&self, purpose: MacPurpose, context: &str, secret: &Secret, mac: &str) -> bool {
        URL_SAFE_NO_PAD
            .decode(mac)
            .is_ok_and(|mac| hmac::verify(self.key(purpose), &Self::message(context, secret), &mac).is_ok())
    }

    const fn key(&self, purpose: MacPurpose) -> &hmac::Key {
        match purpose {
            MacPurpose::OneTimeCode => &self.codes,
            MacPurpose::Phone => &self.phones,
            MacPurpose::Act => &self.acts,
            MacPurpose::Staff => &self.staff,
        }
    }

    fn message(context: &str, secret: &Secret) -> zeroize::Zeroizing<Vec<u8>> {
        zeroize::Zeroizing::new([context.as_bytes(), &[0], secret.expose().as_bytes()].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::CountingEntropy;

    fn vault(byte: u8) -> Vault {
        Vault::new(&SecretBytes::new(vec![byte; 32])).unwrap()
    }

    #[test]
    fn a_sealed_text_opens_only_at_its_place_and_under_its_key() {
        let entropy = CountingEntropy::default();
        let sealed = vault(1).seal("loan/1", "Айгүл", &entropy).unwrap();
        assert_eq!(vault(1).open("loan/1", &sealed).unwrap(), "Айгүл");
        assert_eq!(vault(1).open("loan/2", &sealed), Err(VaultError::NotAuthentic));
        assert_eq!(vault(2).open("loan/1", &sealed), Err(VaultError::NotAuthentic));
        assert_eq!(vault(1).open("loan/1", "AAAA"), Err(VaultError::NotAuthentic));
    }

    #[test]
    fn a_code_matches_only_in_its_login_and_purpose() {
        let code = Secret::new("123456".into());
        let mac = vault(1).mac(MacPurpose::OneTimeCode, "login-a", &code);
        assert!(vault(1).matches(MacPurpose::OneTimeCode, "login-a", &code, &mac));
        assert!(!vault(1).matches(MacPurpose::OneTimeCode, "login-b", &code, &mac));
        assert!(!vault(1).matches(MacPurpose::Phone, "login-a", &code, &mac));
        assert!(!vault(1).matches(MacPurpose::OneTimeCode, "login-a", &Secret::new("123457".into()), &mac));
    }
}
