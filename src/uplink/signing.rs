//! TLS and certificate requests signed by a key that may be in a token: the bridge from [`Signer`] to rustls and PKCS#10.

use std::sync::Arc;

use der::asn1::{BitString, ObjectIdentifier, UintRef};
use der::{Decode as _, Encode as _, Sequence};
use rustls::sign::SigningKey;
use rustls::{Error, SignatureAlgorithm, SignatureScheme};
use rustls_pki_types::SubjectPublicKeyInfoDer;
use senim_domain::TerminalId;
use senim_keystore::SharedKey;
use senim_operation::signer::KeyError;
use x509_cert::request::{CertReq, CertReqInfo, Version};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

/// ecdsa-with-SHA256.
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

/// A key of a store as rustls wants it: ECDSA on P-256 with SHA-256, and nothing else.
#[must_use]
pub fn tls_key(key: SharedKey) -> Arc<dyn SigningKey> {
    Arc::new(TlsKey(key))
}

struct TlsKey(SharedKey);

impl std::fmt::Debug for TlsKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TlsKey({})", self.0.public_jwk().thumbprint())
    }
}

impl SigningKey for TlsKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn rustls::sign::Signer>> {
        let ours = offered.contains(&SignatureScheme::ECDSA_NISTP256_SHA256);
        ours.then(|| Box::new(Self(Arc::clone(&self.0))) as Box<dyn rustls::sign::Signer>)
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(SubjectPublicKeyInfoDer::from(self.0.public_jwk().spki_der()))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl rustls::sign::Signer for TlsKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let failed = |error: KeyError| {
            tracing::error!(%error, "the key store did not sign for TLS");
            Error::General(error.to_string())
        };
        self.0.sign(message).and_then(|signature| in_der(&signature)).map_err(failed)
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP256_SHA256
    }
}

/// `Ecdsa-Sig-Value` (RFC 3279 section 2.2.3).
#[derive(Sequence)]
struct Pair<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// r‖s in DER, as TLS and X.509 want it.
fn in_der(signature: &[u8; 64]) -> Result<Vec<u8>, KeyError> {
    let bad = |_| KeyError::BadKey("the signature is none".into());
    let (r, s) = signature.split_at(32);
    Pair { r: UintRef::new(r).map_err(bad)?, s: UintRef::new(s).map_err(bad)? }.to_der().map_err(bad)
}

/// A PKCS#10 request for this name, signed by the key it is about; DER.
///
/// # Errors
/// [`KeyError`]: the key store does not sign.
pub fn certificate_request(terminal: &TerminalId, key: &SharedKey) -> Result<Vec<u8>, KeyError> {
    let bad = |error: &dyn std::fmt::Display| KeyError::BadKey(error.to_string());
    let info = CertReqInfo {
        version: Version::V1,
        subject: format!("CN={terminal}").parse().map_err(|error| bad(&error))?,
        public_key: SubjectPublicKeyInfoOwned::from_der(&key.public_jwk().spki_der())
            .map_err(|error| bad(&error))?,
        attributes: Default::default(),
    };
    let signature = in_der(&key.sign(&info.to_der().map_err(|error| bad(&error))?)?)?;
    let request = CertReq {
        info,
        algorithm: AlgorithmIdentifierOwned { oid: ECDSA_WITH_SHA256, parameters: None },
        signature: BitString::from_bytes(&signature).map_err(|error| bad(&error))?,
    };
    request.to_der().map_err(|error| bad(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_halves_of_a_signature_keep_their_value_in_der() {
        let mut signature = [0; 64];
        signature[31] = 1;
        signature[32] = 0x80;
        let der = in_der(&signature).unwrap();
        assert_eq!(&der[..6], [0x30, 3 + 35, 2, 1, 1, 2]);
        assert_eq!(&der[6..9], [33, 0, 0x80]);
    }
}
