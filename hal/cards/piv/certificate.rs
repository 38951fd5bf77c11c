//! A certificate as it lies on the card and a signature as the card gives it: what they say, and whether the one fits
//! the other. Whom to trust is not decided here: chain, purpose, dates and revocation are judged at the MFO.

use p256::ecdsa::Signature as Ecdsa;
use pkcs1::der::Decode;
use ring::signature::{ECDSA_P256_SHA256_ASN1, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use senim_domain::iin::Iin;
use senim_domain::{SecretBytes, UtcMillis};
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::oid::db::{rfc4519, rfc5912};
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use x509_cert::time::Time;

/// What the state's authority writes before the number in the subject's serial number.
const IIN_PREFIX: &str = "IIN";

/// A certificate read from a card. It names a person: `Debug` says only what kind of key it has.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: SecretBytes,
    key: PublicKey,
    iin: Option<Iin>,
    not_before: UtcMillis,
    not_after: UtcMillis,
}

/// A certificate's key, in the form that verifies.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum PublicKey {
    /// The point, uncompressed.
    P256(Vec<u8>),
    /// RSAPublicKey of PKCS #1, 2,048 bits.
    Rsa2048(Vec<u8>),
}

/// The kind of a card's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256 (JOSE: ES256).
    EcdsaP256,
    /// RSASSA-PKCS1-v1_5 of 2,048 bits with SHA-256 (JOSE: RS256).
    Rsa2048,
}

/// A signature that was checked against the card's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signature {
    /// ECDSA on P-256 with SHA-256.
    EcdsaP256 {
        /// Ecdsa-Sig-Value in DER, for CMS.
        der: Vec<u8>,
        /// r ‖ s, 64 bytes, for JWS.
        raw: Vec<u8>,
    },
    /// RSASSA-PKCS1-v1_5 with SHA-256, 256 bytes.
    Rsa2048(Vec<u8>),
}

/// Why bytes are no certificate that can be used here.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    Malformed,
    Key,
}

impl Certificate {
    pub(super) fn parse(der: SecretBytes) -> Result<Self, Flaw> {
        let parsed =
            x509_cert::Certificate::from_der(der.expose()).map_err(|_| Flaw::Malformed)?.tbs_certificate;
        let key = public_key(&parsed.subject_public_key_info)?;
        let serial = parsed
            .subject
            .0
            .iter()
            .flat_map(|names| names.0.iter())
            .find(|name| name.oid == rfc4519::SERIAL_NUMBER)
            .and_then(|name| std::str::from_utf8(name.value.value()).ok());
        let iin = serial.and_then(|text| Iin::parse(text.strip_prefix(IIN_PREFIX)?).ok());
        let (not_before, not_after) =
            (moment(&parsed.validity.not_before), moment(&parsed.validity.not_after));
        Ok(Self { der, key, iin, not_before, not_after })
    }

    /// The whole certificate, for whoever judges it.
    #[must_use]
    pub const fn der(&self) -> &SecretBytes {
        &self.der
    }

    /// The IIN in the subject's serial number, as the state's authority writes it (`IIN` and 12 digits).
    #[must_use]
    pub const fn iin(&self) -> Option<&Iin> {
        self.iin.as_ref()
    }

    /// First and last moment of validity, as written.
    #[must_use]
    pub const fn validity(&self) -> (UtcMillis, UtcMillis) {
        (self.not_before, self.not_after)
    }

    /// The kind of its key.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    pub(super) const fn key(&self) -> &PublicKey {
        &self.key
    }
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Certificate({:?}, …)", self.algorithm())
    }
}

/// A public key is as good as a name.
impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({:?}, …)", self.algorithm())
    }
}

impl PublicKey {
    const fn algorithm(&self) -> Algorithm {
        match self {
            Self::P256(_) => Algorithm::EcdsaP256,
            Self::Rsa2048(_) => Algorithm::Rsa2048,
        }
    }

    /// Reads what the card calls a signature over `message` and checks it. `None`: it is not one by this key.
    pub(super) fn accept(&self, message: &[u8], signature: &[u8]) -> Option<Signature> {
        match self {
            Self::P256(point) => {
                let raw = Ecdsa::from_der(signature).ok()?.to_bytes().to_vec();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature).ok()?;
                Some(Signature::EcdsaP256 { der: signature.to_vec(), raw })
            }
            Self::Rsa2048(key) => {
                UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).verify(message, signature).ok()?;
                Some(Signature::Rsa2048(signature.to_vec()))
            }
        }
    }
}

fn public_key(info: &SubjectPublicKeyInfoOwned) -> Result<PublicKey, Flaw> {
    let bytes = info.subject_public_key.as_bytes().ok_or(Flaw::Malformed)?;
    if info.algorithm.oid == rfc5912::RSA_ENCRYPTION {
        let key = pkcs1::RsaPublicKey::from_der(bytes).map_err(|_| Flaw::Malformed)?;
        let is_2048 = key.modulus.as_bytes().len() == 256;
        return if is_2048 { Ok(PublicKey::Rsa2048(bytes.to_vec())) } else { Err(Flaw::Key) };
    }
    let is_p256 = info.algorithm.oid == rfc5912::ID_EC_PUBLIC_KEY
        && info.algorithm.parameters.as_ref().and_then(|curve| curve.decode_as::<ObjectIdentifier>().ok())
            == Some(rfc5912::SECP_256_R_1);
    // Compressed points are not taken by what verifies.
    if is_p256 && matches!(bytes, [0x04, point @ ..] if point.len() == 64) {
        Ok(PublicKey::P256(bytes.to_vec()))
    } else {
        Err(Flaw::Key)
    }
}

fn moment(time: &Time) -> UtcMillis {
    UtcMillis(i64::try_from(time.to_unix_duration().as_millis()).unwrap_or(i64::MAX))
}
