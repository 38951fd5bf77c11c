//! A test authority in the manner of the НУЦ РК (regulation B12): root, issuing authority, client certificates of RSA
//! and P-256 with its purposes and names, OCSP, revocation lists, time-stamps; and phones that sign what a QR code names.
//!
//! It plays the world's side and shares no code with whoever verifies. Everything is in memory, moments are values in
//! milliseconds since 1970, and keys lie open beside the code: trust it in tests and nowhere else. GOST is not computed:
//! what it calls a GOST signature is an opaque mark that only its own judge ([`gost`]) knows.

mod authority;
pub mod cards;
pub mod centre;
mod cms_writer;
pub mod gost;
mod ocsp;
pub mod phone;
pub mod qr;
mod tsa;

pub use authority::{Algorithm, Credential, Holder, Key, Pki, Profile, Usage};
pub use cms_writer::{Content, Signature, sign};

/// Test material that cannot be used; the text says which.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("test authority: {0}")]
pub struct PkiError(pub(crate) String);

impl PkiError {
    pub(crate) fn of(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

impl From<der::Error> for PkiError {
    fn from(error: der::Error) -> Self {
        Self::of(error)
    }
}

impl From<rcgen::Error> for PkiError {
    fn from(error: rcgen::Error) -> Self {
        Self::of(error)
    }
}
