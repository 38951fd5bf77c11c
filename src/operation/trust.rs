//! Whom to believe: certificate chains to the MFO's CA, judged at a given moment.
//!
//! Terminals' identity certificates name the terminal and are client certificates. The gateway's own signing keys have
//! certificates of the same CA with reserved names, which the CA must never give to a terminal.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use senim_domain::UtcMillis;

use crate::jws::{JwsError, Parts, PublicJwk};
use crate::signer::{Es256, Verifier};

/// Common name of the gateway's key for messages.
pub const MESSAGE_COMMON_NAME: &str = "senim-gateway-message";
/// Common name of the gateway's key for cosignatures.
pub const COSIGNER_COMMON_NAME: &str = "senim-gateway-cosigner";
/// Names that begin so are the MFO's own; no terminal is enrolled under them.
pub const RESERVED_PREFIX: &str = "senim-";

/// Most certificates in a chain.
const MAX_CHAIN: usize = 5;

/// The CA certificates that decide, and how signatures of the keys that they certify are judged.
#[derive(Clone, Debug)]
pub struct Trust {
    anchors: Vec<TrustAnchor<'static>>,
    verifier: Arc<dyn Verifier>,
}

/// Who a verified chain speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Common name of the leaf.
    pub common_name: String,
    /// Its key.
    pub jwk: PublicJwk,
    /// Whether it may be a TLS client: the certificate of a terminal.
    pub client_auth: bool,
    /// The leaf's last moment.
    pub not_after: UtcMillis,
}

/// Why a chain is not believed.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The trust file holds no usable CA certificate.
    #[error("the trust file holds no usable CA certificate in PEM: {0}")]
    BadAnchor(String),
    /// The chain's encoding is wrong.
    #[error("the certificate chain cannot be read: {0}")]
    Unreadable(String),
    /// The chain does not lead to the CA, or not at that moment.
    #[error("the certificate chain is refused: {0}")]
    Refused(#[source] webpki::Error),
    /// The certificate lacks what this system needs.
    #[error("the certificate is not one of this system: {0}")]
    Unfit(&'static str),
}

impl TrustError {
    /// The nearest moment at which the certificate that is over, or has not begun, would have counted.
    #[must_use]
    pub fn nearest_validity(&self) -> Option<UtcMillis> {
        let seconds = match self {
            Self::Refused(webpki::Error::CertExpired { not_after, .. }) => not_after.as_secs(),
            Self::Refused(webpki::Error::CertNotValidYet { not_before, .. }) => not_before.as_secs(),
            Self::BadAnchor(_) | Self::Unreadable(_) | Self::Refused(_) | Self::Unfit(_) => return None,
        };
        i64::try_from(seconds).ok().map(|seconds| UtcMillis(seconds.saturating_mul(1000)))
    }
}

impl Trust {
    /// Reads one or more CA certificates in PEM.
    ///
    /// # Errors
    /// [`TrustError::BadAnchor`].
    pub fn from_pem(ca_pem: &str) -> Result<Self, TrustError> {
        let anchors = CertificateDer::pem_slice_iter(ca_pem.as_bytes())
            .map(|certificate| {
                let certificate = certificate.map_err(|error| TrustError::BadAnchor(error.to_string()))?;
                webpki::anchor_from_trusted_cert(&certificate)
                    .map(|anchor| anchor.to_owned())
                    .map_err(|error| TrustError::BadAnchor(error.to_string()))
            })
            .collect::<Result<Vec<_>, _>>()?;
        if anchors.is_empty() {
            return Err(TrustError::BadAnchor("it is empty".into()));
        }
        Ok(Self { anchors, verifier: Arc::new(Es256) })
    }

    /// The same CA, where signatures are judged otherwise: for the rig, whose world signs with doubles of keys by the
    /// million. Certificates are judged as always. No program calls it, which `tests/suite/tidy` looks after.
    #[must_use]
    pub fn with_verifier(self, verifier: Arc<dyn Verifier>) -> Self {
        Self { verifier, ..self }
    }

    /// Verifies the signature of a JWS. The caller has decided that this key may sign this; `kid` must name it.
    ///
    /// # Errors
    /// [`JwsError::BadSignature`].
    pub fn verify(&self, parts: &Parts<'_>, key: &PublicJwk) -> Result<(), JwsError> {
        self.verify_raw(key, parts.signing_input.as_bytes(), &parts.signature)
    }

    /// Verifies r‖s over a message.
    ///
    /// # Errors
    /// [`JwsError::BadSignature`].
    pub fn verify_raw(&self, key: &PublicJwk, message: &[u8], signature: &[u8; 64]) -> Result<(), JwsError> {
        self.verifier.verify(key, message, signature)
    }

    /// Verifies a chain as it stands in `x5c`: standard base64 of DER, leaf first.
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn verify_chain(&self, x5c: &[String], at: UtcMillis) -> Result<Identity, TrustError> {
        let chain = x5c
            .iter()
            .map(|certificate| {
                STANDARD.decode(certificate).map_err(|_| TrustError::Unreadable("x5c is not base64".into()))
            })
            .collect::<Result<Vec<_>, _>>()?;
        self.verify_der_chain(&chain, at)
    }

    /// Verifies a chain of DER certificates, leaf first.
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn verify_der_chain(&self, chain: &[Vec<u8>], at: UtcMillis) -> Result<Identity, TrustError> {
        if chain.len() > MAX_CHAIN {
            return Err(TrustError::Unfit("more than five certificates"));
        }
        let certificates: Vec<CertificateDer<'_>> =
            chain.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let (leaf, intermediates) = certificates.split_first().ok_or(TrustError::Unfit("no certificate"))?;
        let seconds =
            u64::try_from(at.0.div_euclid(1000)).map_err(|_| TrustError::Unfit("judged before 1970"))?;
        let end = webpki::EndEntityCert::try_from(leaf).map_err(TrustError::Refused)?;
        // Intermediates of a plain CA carry no usage; the leaf's own is read below.
        let usage = webpki::KeyUsage::required_if_present(CLIENT_AUTH_OID);
        end.verify_for_usage(
            &[webpki::ring::ECDSA_P256_SHA256, webpki::ring::ECDSA_P384_SHA384],
            &self.anchors,
            intermediates,
            UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds)),
            usage,
            None,
            None,
        )
        .map_err(TrustError::Refused)?;
        identity_of(leaf)
    }
}

/// id-kp-clientAuth, 1.3.6.1.5.5.7.3.2, as DER content.
const CLIENT_AUTH_OID: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];

/// Reads name, key and usage of a certificate; says nothing about whether it is to be believed.
///
/// # Errors
/// [`TrustError::Unreadable`], [`TrustError::Unfit`].
pub fn identity_of(certificate: &[u8]) -> Result<Identity, TrustError> {
    let (rest, parsed) = x509_parser::parse_x509_certificate(certificate)
        .map_err(|error| TrustError::Unreadable(error.to_string()))?;
    if !rest.is_empty() {
        return Err(TrustError::Unfit("bytes follow the certificate"));
    }
    let mut names = parsed.subject().iter_common_name();
    let common_name = match (names.next().map(x509_parser::x509::AttributeTypeAndValue::as_str), names.next())
    {
        (Some(Ok(name)), None) => name.to_owned(),
        (Some(_) | None, _) => return Err(TrustError::Unfit("it does not have exactly one common name")),
    };
    let jwk = PublicJwk::from_sec1(&parsed.public_key().subject_public_key.data)
        .map_err(|_| TrustError::Unfit("its key is not P-256"))?;
    if parsed.public_key().raw != jwk.spki_der() {
        return Err(TrustError::Unfit("its key is not P-256"));
    }
    let client_auth = parsed
        .extended_key_usage()
        .map_err(|error| TrustError::Unreadable(error.to_string()))?
        .is_some_and(|usage| usage.value.client_auth);
    let not_after = UtcMillis(parsed.validity().not_after.timestamp().saturating_mul(1000));
    Ok(Identity { common_name, jwk, client_auth, not_after })
}

/// Reads a certificate's serial number: lower-case hexadecimal without leading zeros, as records have it.
///
/// # Errors
/// [`TrustError::Unreadable`].
pub fn serial_of(certificate: &[u8]) -> Result<String, TrustError> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate)
        .map_err(|error| TrustError::Unreadable(error.to_string()))?;
    Ok(serial_text(parsed.raw_serial()))
}

/// First and last moment of a certificate.
///
/// # Errors
/// [`TrustError::Unreadable`].
pub fn validity_of(certificate: &[u8]) -> Result<(UtcMillis, UtcMillis), TrustError> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate)
        .map_err(|error| TrustError::Unreadable(error.to_string()))?;
    let moment = |time: x509_parser::time::ASN1Time| UtcMillis(time.timestamp().saturating_mul(1000));
    let validity = parsed.validity();
    Ok((moment(validity.not_before), moment(validity.not_after)))
}

/// The text of a serial number.
#[must_use]
pub fn serial_text(bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    hex.trim_start_matches('0').to_owned()
}
