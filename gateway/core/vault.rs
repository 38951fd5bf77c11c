//! How personal data lies at rest here: sealed, or as a keyed hash, never in clear.
//!
//! What is sealed is sealed under content keys of its own, see [`crate::wrap`] and [`crate::content_keys`]; the vault
//! holds the key that wraps them. One master key, kept beside the other keys of the MFO and not in the store, gives the
//! keys of keyed hashes: for one-time codes, for counters by phone, for the trail of acts, and for staff.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use senim_domain::{Secret, SecretBytes};

use crate::entropy::NoEntropy;
use crate::wrap::{KeyWrap, RamWrap};

/// What a keyed hash is for; hashes of different purposes cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MacPurpose {
    /// A one-time code in one login.
    OneTimeCode,
    /// Counting by phone.
    Phone,
    /// The PIN of a cabinet.
    Pin,
    /// Finding a person's registration by their IIN.
    Iin,
    /// An entry of the trail of acts.
    Act,
    /// The word with which a member of staff signs in.
    Staff,
    /// The secret of the codes with which they sign in.
    StaffCodes,
    /// A draft of a rule pack.
    RulePack,
    /// Notices that activate a terminal.
    Notice,
}

/// Why something sealed does not come out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Changed, moved, or sealed under another master key.
    #[error("a sealed record does not open; the store and its key file do not belong together")]
    NotAuthentic,
    /// The wrapping key is not in the key store.
    #[error("the wrapping key {0} is not in the key store; restore it, or the store of after its retirement")]
    WrapKey(String),
    /// The key store with the wrapping key does not answer.
    #[error("the key store does not wrap or unwrap: {0}; check the token and its PIN")]
    KeyStore(String),
    /// The master key does not have 32 bytes.
    #[error("the master key must have 32 bytes; restore the key file")]
    BadKey,
    /// No randomness.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

/// The keys.
pub struct Vault {
    wrap: Box<dyn KeyWrap>,
    codes: hmac::Key,
    phones: hmac::Key,
    iins: hmac::Key,
    pins: hmac::Key,
    acts: hmac::Key,
    staff: hmac::Key,
    staff_codes: hmac::Key,
    rule_packs: hmac::Key,
    notices: hmac::Key,
}

impl Vault {
    /// Derives every key from 32 bytes, the wrapping key too: for tests and simulations.
    ///
    /// # Errors
    /// [`VaultError::BadKey`].
    pub fn new(master: &SecretBytes) -> Result<Self, VaultError> {
        let root = hmac::Key::new(hmac::HMAC_SHA256, master.expose());
        let mut wrap = RamWrap::default();
        let bytes = hmac::sign(&root, b"senim-gateway wrap 1").as_ref().to_vec();
        wrap.add("derived", &SecretBytes::new(bytes))?;
        Self::with_wrap(master, Box::new(wrap))
    }

    /// Derives the keys of hashes from 32 bytes; content keys are wrapped by the key store.
    ///
    /// # Errors
    /// [`VaultError::BadKey`].
    pub fn with_wrap(master: &SecretBytes, wrap: Box<dyn KeyWrap>) -> Result<Self, VaultError> {
        if master.expose().len() != 32 {
            return Err(VaultError::BadKey);
        }
        let root = hmac::Key::new(hmac::HMAC_SHA256, master.expose());
        let mac =
            |label: &str| hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, label.as_bytes()).as_ref());
        Ok(Self {
            wrap,
            codes: mac("senim-gateway code 1"),
            phones: mac("senim-gateway phone 1"),
            iins: mac("senim-gateway iin 1"),
            pins: mac("senim-gateway pin 1"),
            acts: mac("senim-gateway act 1"),
            staff: mac("senim-gateway staff 1"),
            staff_codes: mac("senim-gateway staff codes 1"),
            rule_packs: mac("senim-gateway rule pack 1"),
            notices: mac("senim-gateway activation notice 1"),
        })
    }

    /// The key store's wrapping key.
    pub(crate) fn wrap(&self) -> &dyn KeyWrap {
        self.wrap.as_ref()
    }

    /// A keyed hash of a secret within a context.
    pub(crate) fn mac(&self, purpose: MacPurpose, context: &str, secret: &Secret) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(self.key(purpose), &Self::message(context, secret)))
    }

    /// A secret that is kept nowhere: 32 bytes that come from the key of this purpose and a salt.
    pub(crate) fn derive(&self, purpose: MacPurpose, salt: &str) -> SecretBytes {
        SecretBytes::new(hmac::sign(self.key(purpose), salt.as_bytes()).as_ref().to_vec())
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
            MacPurpose::Iin => &self.iins,
            MacPurpose::Pin => &self.pins,
            MacPurpose::Act => &self.acts,
            MacPurpose::Staff => &self.staff,
            MacPurpose::StaffCodes => &self.staff_codes,
            MacPurpose::RulePack => &self.rule_packs,
            MacPurpose::Notice => &self.notices,
        }
    }

    fn message(context: &str, secret: &Secret) -> zeroize::Zeroizing<Vec<u8>> {
        zeroize::Zeroizing::new([context.as_bytes(), &[0], secret.expose().as_bytes()].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(byte: u8) -> Vault {
        Vault::new(&SecretBytes::new(vec![byte; 32])).unwrap()
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
