//! What keys do, as traits, so that a file, a token, a TPM and a test double are interchangeable.
//!
//! Signatures are ES256: 64 bytes r‖s over SHA-256 of the message (RFC 7518 section 3.4).

use std::sync::Arc;

use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use senim_domain::SecretBytes;

use crate::jws::{self, JwsError, PublicJwk};

/// A private key that may live outside the process.
pub trait Signer: Send {
    /// Signs; 64 bytes r‖s.
    ///
    /// # Errors
    /// The key store does not answer or refuses; the caller stops what needs the signature.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError>;

    /// The public half.
    fn public_jwk(&self) -> PublicJwk;
}

impl<S: Signer + Sync + ?Sized> Signer for Arc<S> {
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        (**self).sign(message)
    }

    fn public_jwk(&self) -> PublicJwk {
        (**self).public_jwk()
    }
}

/// Makes journal keys; randomness lives behind it.
pub trait KeyMaker: Send {
    /// A fresh P-256 key in RAM.
    ///
    /// # Errors
    /// No randomness.
    fn make(&self) -> Result<Box<dyn Signer>, KeyError>;
}

/// Seals personal data to the MFO's key; what is sealed here cannot be read here.
pub trait Sealer: Send {
    /// A compact JWE (ECDH-ES, A256GCM).
    ///
    /// # Errors
    /// No randomness, or the recipient's key is unusable.
    fn seal(&self, plaintext: &[u8]) -> Result<String, KeyError>;

    /// `kid` of the recipient's key.
    fn kid(&self) -> String;
}

/// What can go wrong with a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The random source failed.
    #[error("the system's random source gave nothing; restart the terminal")]
    NoRandomness,
    /// The key is not a P-256 key in the expected form.
    #[error("the key is not a usable P-256 key: {0}")]
    BadKey(String),
    /// The store refused or is gone.
    #[error("the key store refused: {0}")]
    Store(String),
}

/// Judges signatures; [`crate::trust::Trust`] holds the one that counts.
pub trait Verifier: std::fmt::Debug + Send + Sync {
    /// Whether r‖s is of this key over this message.
    ///
    /// # Errors
    /// [`JwsError::BadSignature`].
    fn verify(&self, key: &PublicJwk, message: &[u8], signature: &[u8; 64]) -> Result<(), JwsError>;
}

/// ES256, the one that every program has.
#[derive(Clone, Copy, Debug)]
pub struct Es256;

impl Verifier for Es256 {
    fn verify(&self, key: &PublicJwk, message: &[u8], signature: &[u8; 64]) -> Result<(), JwsError> {
        jws::verify_raw(key, message, signature)
    }
}

/// A P-256 key in RAM: journal keys, and file keys of the rig and the gateway.
pub struct RamKey {
    pair: ring::signature::EcdsaKeyPair,
    public: PublicJwk,
    random: ring::rand::SystemRandom,
}

impl RamKey {
    /// Reads PKCS#8 (DER).
    ///
    /// # Errors
    /// [`KeyError::BadKey`].
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, KeyError> {
        let random = ring::rand::SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &random)
            .map_err(|error| KeyError::BadKey(error.to_string()))?;
        let public = PublicJwk::from_sec1(pair.public_key().as_ref())?;
        Ok(Self { pair, public, random })
    }

    /// A fresh key and its PKCS#8 (DER), to be stored by whoever must find it again.
    ///
    /// # Errors
    /// [`KeyError::NoRandomness`].
    pub fn generate() -> Result<(Self, SecretBytes), KeyError> {
        let random = ring::rand::SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
            .map_err(|_| KeyError::NoRandomness)?;
        let pkcs8 = SecretBytes::new(document.as_ref().to_vec());
        Ok((Self::from_pkcs8(pkcs8.expose())?, pkcs8))
    }
}

impl Signer for RamKey {
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        let signature = self.pair.sign(&self.random, message).map_err(|_| KeyError::NoRandomness)?;
        signature
            .as_ref()
            .try_into()
            .map_err(|_| KeyError::Store("the signature does not have 64 bytes".into()))
    }

    fn public_jwk(&self) -> PublicJwk {
        self.public
    }
}

impl std::fmt::Debug for RamKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RamKey({})", self.public.thumbprint())
    }
}

/// Makes [`RamKey`]s from the system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct RamKeyMaker;

impl KeyMaker for RamKeyMaker {
    fn make(&self) -> Result<Box<dyn Signer>, KeyError> {
        Ok(Box::new(RamKey::generate()?.0))
    }
}
