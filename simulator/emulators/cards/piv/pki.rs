//! Test keys, the authority that signs for them, and certificates in the manner of the state's authority (the subject's
//! serial number is `IIN` and the number).
//!
//! The keys lie open beside this file, made by `keys/make.sh`. Certificates are made anew for each card and come out
//! equal each time: ECDSA is deterministic here (RFC 6979), dates and serial numbers are fixed. RSA's private operation
//! is what the chip of a card does: one exponentiation, of a block that the host has padded.

use crypto_bigint::modular::runtime_mod::{DynResidue, DynResidueParams};
use crypto_bigint::{Encoding, U2048};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{DerSignature, SigningKey};
use p256::pkcs8::der::{Decode, Encode};
use p256::pkcs8::{DecodePrivateKey, PrivateKeyInfo, SecretDocument};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, DnValue,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyUsagePurpose, PublicKeyData, SerialNumber, SignatureAlgorithm,
    date_time_ymd,
};

use super::{Algorithm, Holder, Slot};

/// Test material that cannot be used; the text says which.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("test PKI: {0}")]
pub struct PkiError(String);

impl PkiError {
    fn of(what: &'static str) -> impl FnOnce() -> Self {
        move || Self(what.to_owned())
    }
}

/// A key of a card or of the authority.
pub(super) enum Key {
    P256 { signer: SigningKey, point: Vec<u8> },
    Rsa2048 { modulus: DynResidueParams<{ U2048::LIMBS }>, exponent: U2048, public: Vec<u8> },
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::P256 { .. } => "P-256",
            Self::Rsa2048 { .. } => "RSA-2048",
        })
    }
}

impl Key {
    pub(super) fn of(algorithm: Algorithm, slot: Slot) -> Result<Self, PkiError> {
        match (algorithm, slot) {
            (Algorithm::P256, Slot::Authentication) => {
                Self::p256(include_str!("keys/p256_authentication.pem"))
            }
            (Algorithm::P256, Slot::Signature) => Self::p256(include_str!("keys/p256_signature.pem")),
            (Algorithm::Rsa2048, Slot::Authentication) => {
                Self::rsa(include_str!("keys/rsa_authentication.pem"))
            }
            (Algorithm::Rsa2048, Slot::Signature) => Self::rsa(include_str!("keys/rsa_signature.pem")),
        }
    }

    fn p256(pem: &str) -> Result<Self, PkiError> {
        let signer = SigningKey::from_pkcs8_pem(pem).map_err(|error| PkiError(error.to_string()))?;
        let point = signer.verifying_key().to_encoded_point(false).as_bytes().to_vec();
        Ok(Self::P256 { signer, point })
    }

    fn rsa(pem: &str) -> Result<Self, PkiError> {
        Self::read_rsa(pem).ok_or_else(PkiError::of("an RSA key is not PKCS #8 of 2,048 bits"))
    }

    fn read_rsa(pem: &str) -> Option<Self> {
        let (_, document) = SecretDocument::from_pem(pem).ok()?;
        let key = PrivateKeyInfo::try_from(document.as_bytes()).ok()?;
        let key = pkcs1::RsaPrivateKey::from_der(key.private_key).ok()?;
        let modulus = number(key.modulus.as_bytes())?;
        if key.modulus.as_bytes().len() != U2048::BYTES
            || !bool::from(crypto_bigint::Integer::is_odd(&modulus))
        {
            return None;
        }
        Some(Self::Rsa2048 {
            modulus: DynResidueParams::new(&modulus),
            exponent: number(key.private_exponent.as_bytes())?,
            public: key.public_key().to_der().ok()?,
        })
    }

    pub(super) const fn algorithm(&self) -> Algorithm {
        match self {
            Self::P256 { .. } => Algorithm::P256,
            Self::Rsa2048 { .. } => Algorithm::Rsa2048,
        }
    }

    /// What the chip does with a challenge: ECDSA over a digest of 32 bytes, or RSA's private operation over a block of
    /// 256. `None`: not a challenge of this key.
    pub(super) fn answer(&self, challenge: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::P256 { signer, .. } => {
                let digest: &[u8; 32] = challenge.try_into().ok()?;
                let signature: DerSignature = signer.sign_prehash(digest).ok()?;
                Some(signature.as_bytes().to_vec())
            }
            Self::Rsa2048 { modulus, exponent, .. } => {
                let block = number(challenge).filter(|_| challenge.len() == U2048::BYTES)?;
                if block >= *modulus.modulus() {
                    return None;
                }
                Some(DynResidue::new(&block, *modulus).pow(exponent).retrieve().to_be_bytes().to_vec())
            }
        }
    }
}

fn number(bytes: &[u8]) -> Option<U2048> {
    let mut padded = [0; U2048::BYTES];
    let start = padded.len().checked_sub(bytes.len())?;
    padded.get_mut(start..)?.copy_from_slice(bytes);
    Some(U2048::from_be_bytes(padded))
}

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        match self {
            Self::P256 { point, .. } => point,
            Self::Rsa2048 { public, .. } => public,
        }
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self {
            Self::P256 { .. } => &rcgen::PKCS_ECDSA_P256_SHA256,
            Self::Rsa2048 { .. } => &rcgen::PKCS_RSA_SHA256,
        }
    }
}

impl rcgen::SigningKey for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        match self {
            Self::P256 { signer, .. } => {
                let signature: DerSignature =
                    signer.try_sign(message).map_err(|_| rcgen::Error::RemoteKeyError)?;
                Ok(signature.as_bytes().to_vec())
            }
            Self::Rsa2048 { .. } => Err(rcgen::Error::UnsupportedSignatureAlgorithm),
        }
    }
}

/// The authority's certificate: trust it in tests and nowhere else.
///
/// # Errors
/// [`PkiError`] when the key beside this file is not what the script made.
pub fn authority_pem() -> Result<String, PkiError> {
    let (params, key) = authority()?;
    Ok(self_signed(&params, &key)?.pem())
}

fn self_signed(params: &CertificateParams, key: &Key) -> Result<Certificate, PkiError> {
    params.self_signed(key).map_err(|error| PkiError(error.to_string()))
}

fn authority() -> Result<(CertificateParams, Key), PkiError> {
    let mut params = dated(1);
    params.distinguished_name.push(DnType::OrganizationName, "Senim test material");
    params.distinguished_name.push(DnType::CommonName, "Senim Test Authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok((params, Key::p256(include_str!("keys/authority.pem"))?))
}

/// SubjectPublicKeyInfo, DER.
pub(super) fn public_key(key: &Key) -> Vec<u8> {
    key.subject_public_key_info()
}

/// The DER of a card's certificate.
pub(super) fn certificate(key: &Key, slot: Slot, holder: &Holder) -> Result<Vec<u8>, PkiError> {
    let (issuer, issuer_key) = authority()?;
    let serial = match (key.algorithm(), slot) {
        (Algorithm::P256, Slot::Authentication) => 2,
        (Algorithm::P256, Slot::Signature) => 3,
        (Algorithm::Rsa2048, Slot::Authentication) => 4,
        (Algorithm::Rsa2048, Slot::Signature) => 5,
    };
    let mut params = dated(serial);
    let name = &mut params.distinguished_name;
    name.push(DnType::CommonName, format!("{} {}", holder.surname, holder.given_name));
    name.push(DnType::CustomDnType(vec![2, 5, 4, 4]), holder.surname.as_str());
    name.push(DnType::CustomDnType(vec![2, 5, 4, 42]), holder.given_name.as_str());
    let number = format!("IIN{}", holder.iin);
    let number = number.as_str().try_into().map_err(|error: rcgen::Error| PkiError(error.to_string()))?;
    name.push(DnType::CustomDnType(vec![2, 5, 4, 5]), DnValue::PrintableString(number));
    params.use_authority_key_identifier_extension = true;
    (params.key_usages, params.extended_key_usages) = match slot {
        Slot::Authentication => {
            (vec![KeyUsagePurpose::DigitalSignature], vec![ExtendedKeyUsagePurpose::ClientAuth])
        }
        Slot::Signature => (
            vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::ContentCommitment],
            vec![ExtendedKeyUsagePurpose::EmailProtection],
        ),
    };
    let signed = params
        .signed_by(key, &Issuer::from_params(&issuer, &issuer_key))
        .map_err(|error| PkiError(error.to_string()))?;
    Ok(signed.der().to_vec())
}

/// A certificate of this serial number, good for the life of the tests.
fn dated(serial: u64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2049, 1, 1);
    params.serial_number = Some(SerialNumber::from(serial));
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CountryName, "KZ");
    params
}
