//! Where the terminal's identity key lives, behind one trait: a PKCS#11 token or TPM; a directory of files in the rig.
//!
//! A store makes P-256 keys, signs with them and destroys them. Which of its keys is the identity says the certificate
//! that was issued for it, kept elsewhere: a store knows no certificates. A call may take seconds on a slow token and is
//! never made on the screen's thread.

#[cfg(feature = "rig")]
mod file;
mod pin;
mod pkcs11;

use std::sync::Arc;

use senim_operation::jws::PublicJwk;
use senim_operation::signer::{KeyError, Signer};

#[cfg(feature = "rig")]
pub use file::{FileIdentity, FileStore, KeyFileError};
pub use pin::{PinError, PinSource};
pub use pkcs11::{Pkcs11Options, Pkcs11Store, Token};

/// A key of a store, usable by several threads.
pub type SharedKey = Arc<dyn Signer + Sync>;

/// Where a key lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Custody {
    /// Files; rigs only.
    File,
    /// A PKCS#11 token or TPM: the private key never leaves it.
    Pkcs11,
}

impl Custody {
    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Pkcs11 => "pkcs11",
        }
    }
}

/// A store of identity keys. Every call may be repeated; one that failed may succeed once the token is back.
pub trait KeyStore: Send + Sync {
    /// Where its keys live.
    fn custody(&self) -> Custody;

    /// The public halves of all keys that are meant for this terminal, in no order.
    ///
    /// # Errors
    /// [`KeyError::Store`] says what a person can do.
    fn keys(&self) -> Result<Vec<PublicJwk>, KeyError>;

    /// The key with this public half; `None`: it is not here.
    ///
    /// # Errors
    /// [`KeyError::Store`].
    fn key(&self, public: &PublicJwk) -> Result<Option<SharedKey>, KeyError>;

    /// Makes a key.
    ///
    /// # Errors
    /// [`KeyError::Store`].
    fn generate(&self) -> Result<PublicJwk, KeyError>;

    /// Destroys a key for ever; one that is not here is no error.
    ///
    /// # Errors
    /// [`KeyError::Store`].
    fn destroy(&self, public: &PublicJwk) -> Result<(), KeyError>;
}
