//! A certificate as it lies in a CMS: its exact bytes, what it says of its holder, and signatures by its key.

use der::asn1::ObjectIdentifier;
use der::oid::AssociatedOid;
use der::{Decode, Encode as _};
use ring::digest;
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm};
use senim_domain::UtcMillis;
use senim_domain::iin::Iin;
use webpki::ring as by_ring;
use x509_cert::Certificate as Parsed;
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage};
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_cert::time::Time;

use crate::oid;
use crate::verdict::Refusal;

/// The authority writes a person's number as this and 12 digits.
const IIN_PREFIX: &str = "IIN";
/// And an organisation's.
const BIN_PREFIX: &str = "BIN";

/// The kind of a signer's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA with PKCS #1 padding.
    Rsa,
    /// ECDSA on P-256 or P-384.
    Ecdsa,
    /// GOST R 34.10 under Kazakhstan's arc: judged by an outside service.
    Gost,
    /// Anything else.
    Unknown,
}

/// Digests that count as evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    pub(crate) fn from_oid(named: &ObjectIdentifier) -> Option<Self> {
        match *named {
            oid::SHA256 => Some(Self::Sha256),
            oid::SHA384 => Some(Self::Sha384),
            oid::SHA512 => Some(Self::Sha512),
            _ => None,
        }
    }

    pub(crate) fn of(self, bytes: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, bytes).as_ref().to_vec()
    }
}

/// A certificate: the bytes that were signed by its issuer are never written anew.
#[derive(Clone)]
pub(crate) struct Certificate {
    pub(crate) der: CertificateDer<'static>,
    pub(crate) parsed: Parsed,
}

impl Certificate {
    pub(crate) fn from_der(der: &[u8]) -> Option<Self> {
        let parsed = Parsed::from_der(der).ok()?;
        Some(Self { der: CertificateDer::from(der.to_vec()), parsed })
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        let named = &self.parsed.tbs_certificate.subject_public_key_info.algorithm.oid;
        match *named {
            oid::RSA_KEY => Algorithm::Rsa,
            oid::EC_KEY => Algorithm::Ecdsa,
            _ if named.to_string().starts_with(oid::GOST_ARC) => Algorithm::Gost,
            _ => Algorithm::Unknown,
        }
    }

    pub(crate) fn extension<'a, T: Decode<'a> + AssociatedOid>(&'a self) -> Option<T> {
        self.parsed.tbs_certificate.get::<T>().ok().flatten().map(|(_, extension)| extension)
    }

    pub(crate) fn names_purpose(&self, purpose: &ObjectIdentifier) -> bool {
        self.extension::<ExtendedKeyUsage>().is_some_and(|purposes| purposes.0.contains(purpose))
    }

    pub(crate) fn serial(&self) -> &[u8] {
        self.parsed.tbs_certificate.serial_number.as_bytes()
    }

    pub(crate) fn subject_der(&self) -> Option<Vec<u8>> {
        self.parsed.tbs_certificate.subject.to_der().ok()
    }

    pub(crate) fn key_bits(&self) -> Option<&[u8]> {
        self.parsed.tbs_certificate.subject_public_key_info.subject_public_key.as_bytes()
    }

    /// Values of an attribute of the subject, as text.
    fn subject(&self, attribute: ObjectIdentifier) -> impl Iterator<Item = &str> {
        let names = self.parsed.tbs_certificate.subject.0.iter().flat_map(|names| names.0.iter());
        names
            .filter(move |name| name.oid == attribute)
            .filter_map(|name| std::str::from_utf8(name.value.value()).ok())
    }

    pub(crate) fn iin(&self) -> Option<Iin> {
        let mut numbers = self.subject(oid::SERIAL_NUMBER);
        let number = numbers.next()?.strip_prefix(IIN_PREFIX)?;
        if numbers.next().is_some() {
            return None;
        }
        Iin::parse(number).ok()
    }

    fn is_an_organisations(&self) -> bool {
        let purposes = self.extension::<ExtendedKeyUsage>().map(|purposes| purposes.0).unwrap_or_default();
        purposes.iter().any(|purpose| {
            let purpose = purpose.to_string();
            let under = purpose.strip_prefix(oid::LEGAL_ENTITY);
            under.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        }) || self.subject(oid::ORGANISATIONAL_UNIT).any(|unit| unit.starts_with(BIN_PREFIX))
    }

    /// Whether an individual may sign with it (B12: SIGN is digitalSignature and nonRepudiation; AUTH has
    /// keyEncipherment instead).
    pub(crate) fn check_purpose(&self) -> Result<(), Refusal> {
        if self.is_an_organisations() {
            return Err(Refusal::Organisation);
        }
        if !self.names_purpose(&oid::INDIVIDUAL) {
            return Err(Refusal::NotIndividual);
        }
        let signs = self.extension::<KeyUsage>().is_some_and(|usage| {
            usage.digital_signature() && usage.non_repudiation() && !usage.key_encipherment()
        });
        if signs { Ok(()) } else { Err(Refusal::NotForSigning) }
    }

    pub(crate) fn check_dates(&self, at: UtcMillis) -> Result<(), Refusal> {
        let validity = &self.parsed.tbs_certificate.validity;
        if at < moment(&validity.not_before) {
            Err(Refusal::NotYetValid)
        } else if at > moment(&validity.not_after) {
            Err(Refusal::Expired)
        } else {
            Ok(())
        }
    }

    /// Checks a signature by this certificate's key. `digest` is the hash that is named beside the algorithm.
    pub(crate) fn verify(
        &self,
        algorithm: &AlgorithmIdentifierOwned,
        digest: Option<Hash>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Refusal> {
        let methods = methods(algorithm, digest).ok_or(Refusal::AlgorithmUnknown)?;
        let certificate =
            webpki::EndEntityCert::try_from(&self.der).map_err(|_| Refusal::AlgorithmUnknown)?;
        let mut refusal = Refusal::AlgorithmUnknown;
        for method in methods {
            match certificate.verify_signature(*method, message, signature) {
                Ok(()) => return Ok(()),
                // Another curve or kind of key than the method's.
                Err(webpki::Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)) => {}
                Err(_) => refusal = Refusal::SignatureWrong,
            }
        }
        Err(refusal)
    }
}

pub(crate) fn moment(time: &Time) -> UtcMillis {
    UtcMillis(i64::try_from(time.to_unix_duration().as_millis()).unwrap_or(i64::MAX))
}

/// The ways in which a named signature may have been made; `None`: none that is known here.
fn methods(
    algorithm: &AlgorithmIdentifierOwned,
    digest: Option<Hash>,
) -> Option<&'static [&'static dyn SignatureVerificationAlgorithm]> {
    static RSA_SHA256: [&dyn SignatureVerificationAlgorithm; 1] = [by_ring::RSA_PKCS1_2048_8192_SHA256];
    static RSA_SHA384: [&dyn SignatureVerificationAlgorithm; 1] = [by_ring::RSA_PKCS1_2048_8192_SHA384];
    static RSA_SHA512: [&dyn SignatureVerificationAlgorithm; 1] = [by_ring::RSA_PKCS1_2048_8192_SHA512];
    static ECDSA_SHA256: [&dyn SignatureVerificationAlgorithm; 2] =
        [by_ring::ECDSA_P256_SHA256, by_ring::ECDSA_P384_SHA256];
    static ECDSA_SHA384: [&dyn SignatureVerificationAlgorithm; 2] =
        [by_ring::ECDSA_P256_SHA384, by_ring::ECDSA_P384_SHA384];
    let hash = match algorithm.oid {
        oid::RSA_KEY => digest?,
        oid::RSA_SHA256 | oid::ECDSA_SHA256 => Hash::Sha256,
        oid::RSA_SHA384 | oid::ECDSA_SHA384 => Hash::Sha384,
        oid::RSA_SHA512 => Hash::Sha512,
        _ => return None,
    };
    if digest.is_some_and(|named| named != hash) {
        return None;
    }
    Some(match (algorithm.oid, hash) {
        (oid::ECDSA_SHA256 | oid::ECDSA_SHA384, Hash::Sha256) => &ECDSA_SHA256,
        (oid::ECDSA_SHA256 | oid::ECDSA_SHA384, _) => &ECDSA_SHA384,
        (_, Hash::Sha256) => &RSA_SHA256,
        (_, Hash::Sha384) => &RSA_SHA384,
        (_, Hash::Sha512) => &RSA_SHA512,
    })
}
