//! The authorities (CSCA) that issuing states sign their document signers with, as configured.
//!
//! They come from the operator, who got them from the state or from a master list; nothing here fetches or believes
//! one by itself. Each is listed under the code that the state has in the machine-readable zone, so that one state's
//! authority cannot vouch for a document of another.

use der::Decode as _;
use x509_cert::Certificate;
use x509_cert::ext::pkix::{BasicConstraints, SubjectKeyIdentifier};

/// One authority.
#[derive(Clone)]
pub struct Authority {
    state: String,
    pub(super) certificate: Certificate,
    pub(super) key_identifier: Option<Vec<u8>>,
}

/// The subject is public.
impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Authority({}, {})", self.state, self.certificate.tbs_certificate.subject)
    }
}

/// All that are believed.
#[derive(Clone, Debug, Default)]
pub struct TrustList {
    authorities: Vec<Authority>,
}

/// Why a certificate is not taken into the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// No X.509 certificate in DER.
    #[error("not an X.509 certificate in DER")]
    Certificate,
    /// A certificate that may not sign others.
    #[error("the certificate is not of an authority")]
    NotAuthority,
    /// Not one to three Latin capitals.
    #[error("an issuing state is written as in the machine-readable zone, such as KAZ")]
    State,
}

impl TrustList {
    /// Believes an authority for documents of `state` (`KAZ`; `D` for Germany).
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn add(&mut self, state: &str, der: &[u8]) -> Result<(), TrustError> {
        if !(1..=3).contains(&state.len()) || !state.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(TrustError::State);
        }
        let certificate = Certificate::from_der(der).map_err(|_| TrustError::Certificate)?;
        let tbs = &certificate.tbs_certificate;
        let constraints = tbs.get::<BasicConstraints>().map_err(|_| TrustError::Certificate)?;
        if !constraints.is_some_and(|(_, constraints)| constraints.ca) {
            return Err(TrustError::NotAuthority);
        }
        let key_identifier = tbs.get::<SubjectKeyIdentifier>().map_err(|_| TrustError::Certificate)?;
        let key_identifier = key_identifier.map(|(_, identifier)| identifier.0.into_bytes());
        self.authorities.push(Authority { state: state.to_owned(), certificate, key_identifier });
        Ok(())
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.authorities.len()
    }

    /// Whether nobody is believed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.authorities.is_empty()
    }

    pub(super) fn of_state(&self, state: &str) -> impl Iterator<Item = &Authority> {
        self.authorities.iter().filter(move |authority| authority.state == state)
    }
}
