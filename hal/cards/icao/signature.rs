//! Signatures of issuers: which algorithms are checked here and by what.
//!
//! ring checks RSA (PKCS #1 and PSS, 2048 to 8192 bits) and ECDSA over P-256 and P-384, RustCrypto's `bp256` ECDSA over
//! brainpoolP256r1. SHA-1 and SHA-224 count as unknown: what they protect is no longer evidence. Also unknown: P-521,
//! larger Brainpool curves, ECDSA with a hash that ring does not pair with the curve.

use bp256::r1::BrainpoolP256r1;
use der::Encode as _;
use der::asn1::ObjectIdentifier;
use ecdsa::signature::hazmat::PrehashVerifier as _;
use ring::signature as by_ring;
use sha2::Digest as _;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use super::key_curve::KeyCurve;
use crate::tlv::{Tag, elements, find};

/// Why a signature is not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Key, hash or scheme is not known here: nothing is said about the signature.
    #[error("the signature's algorithm is not known here")]
    Unknown,
    /// It was not made by this key over these bytes.
    #[error("the signature does not fit")]
    Wrong,
}

/// A hash that is taken as evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    /// By name.
    #[must_use]
    pub fn from_oid(oid: &ObjectIdentifier) -> Option<Self> {
        match *oid {
            SHA256 => Some(Self::Sha256),
            SHA384 => Some(Self::Sha384),
            SHA512 => Some(Self::Sha512),
            _ => None,
        }
    }

    /// The digest of some bytes.
    #[must_use]
    pub fn of(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => sha2::Sha256::digest(bytes).to_vec(),
            Self::Sha384 => sha2::Sha384::digest(bytes).to_vec(),
            Self::Sha512 => sha2::Sha512::digest(bytes).to_vec(),
        }
    }

    const fn len(self) -> u8 {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
const EC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const ECDSA_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4");
const RSA_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const RSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const RSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const RSA_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
/// id-mgf1.
const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Ecdsa,
    Pkcs1,
    Pss,
}

/// Checks a signature. `digest` is the hash named beside the algorithm, for algorithms that name none.
///
/// # Errors
/// [`SignatureError`].
pub fn verify(
    key: &SubjectPublicKeyInfoOwned,
    algorithm: &AlgorithmIdentifierOwned,
    digest: Option<Hash>,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let (scheme, hash) = scheme(algorithm, digest).ok_or(SignatureError::Unknown)?;
    let bytes = key.subject_public_key.as_bytes().ok_or(SignatureError::Unknown)?;
    let method: &dyn by_ring::VerificationAlgorithm = match (scheme, key.algorithm.oid) {
        (Scheme::Ecdsa, EC_KEY) => {
            let parameters = key.algorithm.parameters.as_ref().ok_or(SignatureError::Unknown)?;
            match (KeyCurve::from_parameters(parameters), hash) {
                (Some(KeyCurve::P256), Hash::Sha256) => &by_ring::ECDSA_P256_SHA256_ASN1,
                (Some(KeyCurve::P256), Hash::Sha384) => &by_ring::ECDSA_P256_SHA384_ASN1,
                (Some(KeyCurve::P384), Hash::Sha256) => &by_ring::ECDSA_P384_SHA256_ASN1,
                (Some(KeyCurve::P384), Hash::Sha384) => &by_ring::ECDSA_P384_SHA384_ASN1,
                (Some(KeyCurve::Brainpool256), _) => return brainpool(bytes, &hash.of(message), signature),
                (Some(KeyCurve::P256 | KeyCurve::P384), Hash::Sha512) | (None, _) => {
                    return Err(SignatureError::Unknown);
                }
            }
        }
        (Scheme::Pkcs1, RSA_KEY) => match hash {
            Hash::Sha256 => &by_ring::RSA_PKCS1_2048_8192_SHA256,
            Hash::Sha384 => &by_ring::RSA_PKCS1_2048_8192_SHA384,
            Hash::Sha512 => &by_ring::RSA_PKCS1_2048_8192_SHA512,
        },
        (Scheme::Pss, RSA_KEY | RSA_PSS) => match hash {
            Hash::Sha256 => &by_ring::RSA_PSS_2048_8192_SHA256,
            Hash::Sha384 => &by_ring::RSA_PSS_2048_8192_SHA384,
            Hash::Sha512 => &by_ring::RSA_PSS_2048_8192_SHA512,
        },
        _ => return Err(SignatureError::Unknown),
    };
    by_ring::UnparsedPublicKey::new(method, bytes)
        .verify(message, signature)
        .map_err(|_| SignatureError::Wrong)
}

fn brainpool(key: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
    let key =
        ecdsa::VerifyingKey::<BrainpoolP256r1>::from_sec1_bytes(key).map_err(|_| SignatureError::Wrong)?;
    let signature = bp256::r1::ecdsa::Signature::from_der(signature).map_err(|_| SignatureError::Wrong)?;
    key.verify_prehash(digest, &signature).map_err(|_| SignatureError::Wrong)
}

fn scheme(algorithm: &AlgorithmIdentifierOwned, digest: Option<Hash>) -> Option<(Scheme, Hash)> {
    Some(match algorithm.oid {
        ECDSA_SHA256 => (Scheme::Ecdsa, Hash::Sha256),
        ECDSA_SHA384 => (Scheme::Ecdsa, Hash::Sha384),
        ECDSA_SHA512 => (Scheme::Ecdsa, Hash::Sha512),
        EC_KEY => (Scheme::Ecdsa, digest?),
        RSA_SHA256 => (Scheme::Pkcs1, Hash::Sha256),
        RSA_SHA384 => (Scheme::Pkcs1, Hash::Sha384),
        RSA_SHA512 => (Scheme::Pkcs1, Hash::Sha512),
        RSA_KEY => (Scheme::Pkcs1, digest?),
        RSA_PSS => (Scheme::Pss, pss_hash(&algorithm.parameters.as_ref()?.to_der().ok()?)?),
        _ => return None,
    })
}

/// RSASSA-PSS-params of RFC 4055: one hash for message and mask, salt as long as it, trailer as always.
fn pss_hash(parameters: &[u8]) -> Option<Hash> {
    let part = |tag: u32| find(parameters, &[Tag(0x30), Tag(tag)]).ok().flatten();
    let hash = named_hash(part(0xA0)?)?;
    let mask = find(part(0xA1)?, &[Tag(0x30)]).ok()??;
    let mut fields = elements(mask).map_while(Result::ok);
    let function = ObjectIdentifier::from_bytes(fields.next()?.value).ok()?;
    let mask_hash = named_hash(fields.next()?.whole)?;
    let salt = find(part(0xA2)?, &[Tag(0x02)]).ok()??;
    let trailer_as_always = part(0xA3).is_none_or(|trailer| trailer == [0x02, 1, 1]);
    (function == MGF1 && mask_hash == hash && salt == [hash.len()] && trailer_as_always).then_some(hash)
}

/// The hash in an AlgorithmIdentifier.
fn named_hash(algorithm: &[u8]) -> Option<Hash> {
    let oid = find(algorithm, &[Tag(0x30), Tag(0x06)]).ok()??;
    Hash::from_oid(&ObjectIdentifier::from_bytes(oid).ok()?)
}
