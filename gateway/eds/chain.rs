//! Who is trusted, and whether a certificate comes from them: paths are built and checked by webpki.

use std::time::Duration;

use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use senim_domain::UtcMillis;
use webpki::ring as by_ring;
use webpki::{EndEntityCert, KeyUsage, RevocationOptions};

use crate::certificate::Certificate;

/// Certificates beyond this in one bundle are no bundle of authorities.
const CERTIFICATES_MAX: usize = 64;

/// What authorities may sign certificates and lists with.
pub(crate) static METHODS: &[&dyn SignatureVerificationAlgorithm] = &[
    by_ring::ECDSA_P256_SHA256,
    by_ring::ECDSA_P256_SHA384,
    by_ring::ECDSA_P384_SHA256,
    by_ring::ECDSA_P384_SHA384,
    by_ring::RSA_PKCS1_2048_8192_SHA256,
    by_ring::RSA_PKCS1_2048_8192_SHA384,
    by_ring::RSA_PKCS1_2048_8192_SHA512,
];

/// Who is believed: roots of the authority that certifies clients and of the one that stamps time, and how strictly.
#[derive(Clone)]
pub struct Trust {
    /// Roots for clients' certificates; for those of the НУЦ РК the ones that it publishes.
    pub roots: Vec<Vec<u8>>,
    /// Roots for time-stamps.
    pub timestamp_roots: Vec<Vec<u8>>,
    /// Certificates between, where a CMS does not bring them.
    pub intermediates: Vec<Vec<u8>>,
    /// Policies under which time is stamped, as dotted numbers; empty: any.
    pub timestamp_policies: Vec<String>,
    /// How old an OCSP answer or a list without an end of its own may be, seconds.
    pub evidence_life_seconds: u32,
    /// How far clocks may differ, seconds.
    pub skew_seconds: u32,
}

/// Roots that cannot be used. Says what the operator can look at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// No certificate at all.
    #[error("no certificate is in the file of {what}; put the authority's certificates there, in PEM")]
    Empty {
        /// Which file.
        what: &'static str,
    },
    /// More than any authority has.
    #[error("more than 64 certificates are in the file of {what}")]
    TooMany {
        /// Which file.
        what: &'static str,
    },
    /// Not certificates.
    #[error("certificate {number} in the file of {what} cannot be read")]
    Unreadable {
        /// Which file.
        what: &'static str,
        /// From 1.
        number: usize,
    },
}

impl Trust {
    /// Trust in these roots for clients and for time, with a day for evidence and five minutes for clocks.
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn new(
        roots: Vec<Vec<u8>>,
        timestamp_roots: Vec<Vec<u8>>,
        intermediates: Vec<Vec<u8>>,
    ) -> Result<Self, TrustError> {
        for (what, certificates, may_be_empty) in [
            ("roots", &roots, false),
            ("roots for time-stamps", &timestamp_roots, false),
            ("intermediate authorities", &intermediates, true),
        ] {
            if certificates.is_empty() && !may_be_empty {
                return Err(TrustError::Empty { what });
            }
            if certificates.len() > CERTIFICATES_MAX {
                return Err(TrustError::TooMany { what });
            }
            let unreadable = certificates.iter().position(|der| Certificate::from_der(der).is_none());
            if let Some(index) = unreadable {
                return Err(TrustError::Unreadable { what, number: index.saturating_add(1) });
            }
        }
        Ok(Self {
            roots,
            timestamp_roots,
            intermediates,
            timestamp_policies: Vec::new(),
            evidence_life_seconds: 24 * 60 * 60,
            skew_seconds: 300,
        })
    }

    pub(crate) fn skew(&self) -> i64 {
        i64::from(self.skew_seconds).saturating_mul(1000)
    }
}

/// What is wrong with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChainFlaw {
    /// No path to a root, or one that breaks a rule.
    Unknown,
    /// A certificate on the path is out of its dates.
    Dates,
    /// The leaf, or an authority above it, is not for this purpose.
    Purpose,
    /// A list on the way says revoked.
    Revoked,
    /// A list was needed and none counts.
    NoList,
}

/// Where certificates come from and whom they may lead to.
pub(crate) struct Path<'a> {
    pub(crate) roots: &'a [Vec<u8>],
    pub(crate) between: Vec<CertificateDer<'a>>,
    /// Extended key usage as DER content; authorities without any are not bound by it.
    pub(crate) purpose: &'static [u8],
    pub(crate) at: UtcMillis,
}

impl<'a> Path<'a> {
    /// Candidates between leaf and root: those that came along and those that are configured.
    pub(crate) fn between(came: &'a [Certificate], configured: &'a [Vec<u8>]) -> Vec<CertificateDer<'a>> {
        let came = came.iter().map(|certificate| CertificateDer::from(certificate.der.as_ref()));
        came.chain(configured.iter().map(|der| CertificateDer::from(der.as_slice()))).collect()
    }

    /// Checks a leaf; returns the certificates above it, its issuer first and the root, where known, last.
    pub(crate) fn check(
        &self,
        leaf: &Certificate,
        revocation: Option<RevocationOptions<'_>>,
    ) -> Result<Vec<Vec<u8>>, ChainFlaw> {
        let roots: Vec<CertificateDer<'_>> =
            self.roots.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let anchors: Vec<TrustAnchor<'_>> =
            roots.iter().filter_map(|der| webpki::anchor_from_trusted_cert(der).ok()).collect();
        let end = EndEntityCert::try_from(&leaf.der).map_err(|_| ChainFlaw::Unknown)?;
        let purpose = KeyUsage::required_if_present(self.purpose);
        let path = end
            .verify_for_usage(METHODS, &anchors, &self.between, self.time(), purpose, revocation, None)
            .map_err(|error| flaw(&error))?;
        let mut above: Vec<Vec<u8>> =
            path.intermediate_certificates().map(|certificate| certificate.der().to_vec()).collect();
        let root = self.roots.iter().find(|der| {
            let der = CertificateDer::from(der.as_slice());
            webpki::anchor_from_trusted_cert(&der).is_ok_and(|anchor| {
                anchor.subject == path.anchor().subject
                    && anchor.subject_public_key_info == path.anchor().subject_public_key_info
            })
        });
        above.extend(root.cloned());
        // webpki does not ask whether a root has ended.
        let ended = root
            .and_then(|der| Certificate::from_der(der))
            .is_none_or(|root| root.check_dates(self.at).is_err());
        if ended { Err(ChainFlaw::Dates) } else { Ok(above) }
    }

    fn time(&self) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_millis(u64::try_from(self.at.0).unwrap_or(0)))
    }
}

fn flaw(error: &webpki::Error) -> ChainFlaw {
    use webpki::Error;
    match error {
        Error::CertExpired { .. } | Error::CertNotValidYet { .. } => ChainFlaw::Dates,
        Error::RequiredEkuNotFoundContext(_) => ChainFlaw::Purpose,
        Error::CertRevoked => ChainFlaw::Revoked,
        Error::UnknownRevocationStatus | Error::CrlExpired { .. } => ChainFlaw::NoList,
        _ => ChainFlaw::Unknown,
    }
}
