//! Port: store of the terminal's identity key. The private key never leaves it.
//!
//! **For driver authors.** One key pair on P-256; [`KeyStore::sign`] signs a SHA-256 digest and may take milliseconds to seconds;
//! it is never called on the screen's thread. **For session authors.** A store that fails once may work again (a token
//! re-plugged), and a signature may be asked for again; a dead one means a new enrolment (design section 4).

use crate::error::Error;

/// Where a key lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Custody {
    /// A file; rigs only.
    File,
    /// A PKCS#11 token.
    Pkcs11,
    /// A TPM 2.0.
    Tpm,
}

/// A store with one identity key.
pub trait KeyStore: Send {
    /// Where the key lives.
    fn custody(&self) -> Custody;

    /// The certificate chain, DER, leaf first.
    fn certificates(&self) -> Vec<Vec<u8>>;

    /// Signature `r‖s` over a SHA-256 digest.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NoDevice`] when the token is not there, [`crate::ErrorKind::HardwareError`] when it refuses.
    fn sign(&mut self, digest: &[u8; 32]) -> Result<[u8; 64], Error>;
}
