//! The issuing state's test authority, its document signer, and EF.SOD (Doc 9303 part 10, 4.6.2 and part 12).
//!
//! Keys come from a seed and ECDSA is deterministic (RFC 6979), so equal options make equal documents.

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{DerSignature, SigningKey};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, DnValue, IsCa, Issuer, KeyIdMethod, KeyUsagePurpose,
    PublicKeyData, SerialNumber, date_time_ymd,
};
use sha1::Digest as _;
use sha2::Sha256;

use super::{Options, Variant};
use crate::cards::apdu::object;

/// Test material that cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("test PKI: {0}")]
pub struct PkiError(String);

impl PkiError {
    /// A certificate that rcgen made has no issuer and serial number where X.509 puts them.
    pub(super) fn certificate() -> Self {
        Self("the certificate has an unknown form".into())
    }
}

impl From<rcgen::Error> for PkiError {
    fn from(error: rcgen::Error) -> Self {
        Self(error.to_string())
    }
}

const SIGNED_DATA: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
const CONTENT_TYPE: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x03];
const MESSAGE_DIGEST: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x04];
const LDS_SECURITY_OBJECT: [u8; 6] = [0x67, 0x81, 0x08, 0x01, 0x01, 0x01];
const SHA256: [u8; 9] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
const ECDSA_WITH_SHA256: [u8; 8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02];

struct Key {
    signer: SigningKey,
    point: Vec<u8>,
}

impl Key {
    fn new(seed: u64, label: &str) -> Result<Self, PkiError> {
        let number = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(label).finalize();
        let signer = SigningKey::from_bytes(&number).map_err(|error| PkiError(error.to_string()))?;
        let point = signer.verifying_key().to_encoded_point(false).as_bytes().to_vec();
        Ok(Self { signer, point })
    }

    fn signature(&self, message: &[u8]) -> Vec<u8> {
        let signature: DerSignature = self.signer.sign(message);
        signature.as_bytes().to_vec()
    }
}

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        &self.point
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl rcgen::SigningKey for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.signature(message))
    }
}

/// What a document carries and what a terminal has to believe.
pub(super) struct Pki {
    signer: Key,
    signer_certificate: Vec<u8>,
    /// The authority that the terminal knows, whoever signed this document.
    pub authority: Vec<u8>,
}

impl Pki {
    pub(super) fn new(options: &Options) -> Result<Self, PkiError> {
        let genuine = Key::new(options.seed, "authority")?;
        let known = authority_params(&options.country, None)?;
        let authority = known.self_signed(&genuine)?.der().to_vec();
        let signer = Key::new(options.seed, "signer")?;
        let (key, id) = match options.variant {
            Variant::ForeignAuthority => (Key::new(options.seed, "foreign")?, None),
            // It borrows the name and the key identifier of the authority, which is all that can be borrowed.
            Variant::ForgedSigner => {
                (Key::new(options.seed, "foreign")?, Some(known.key_identifier(&genuine)))
            }
            Variant::Good
            | Variant::Cloned
            | Variant::TamperedName
            | Variant::TamperedPortrait
            | Variant::ExpiredSigner => (genuine, None),
        };
        let issuer = Issuer::new(authority_params(&options.country, id)?, key);
        let signer_certificate = signer_params(options)?.signed_by(&signer, &issuer)?.der().to_vec();
        Ok(Self { signer, signer_certificate, authority })
    }

    /// EF.SOD over data groups by number.
    pub(super) fn security_object(&self, groups: &[(u8, &[u8])]) -> Option<Vec<u8>> {
        let sha256 = object(&[0x30], &object(&[0x06], &SHA256));
        let digests: Vec<u8> = groups
            .iter()
            .flat_map(|(group, bytes)| {
                let digest = object(&[0x04], &Sha256::digest(bytes));
                object(&[0x30], &[object(&[0x02], &[*group]), digest].concat())
            })
            .collect();
        let content =
            object(&[0x30], &[object(&[0x02], &[0]), sha256.clone(), object(&[0x30], &digests)].concat());
        let attributes = [
            attribute(&CONTENT_TYPE, &object(&[0x06], &LDS_SECURITY_OBJECT)),
            attribute(&MESSAGE_DIGEST, &object(&[0x04], &Sha256::digest(&content))),
        ]
        .concat();
        let signature = self.signer.signature(&object(&[0x31], &attributes));
        let signer_info = [
            object(&[0x02], &[1]),
            object(&[0x30], &issuer_and_serial(&self.signer_certificate)?),
            sha256.clone(),
            object(&[0xA0], &attributes),
            object(&[0x30], &object(&[0x06], &ECDSA_WITH_SHA256)),
            object(&[0x04], &signature),
        ];
        let encapsulated =
            [object(&[0x06], &LDS_SECURITY_OBJECT), object(&[0xA0], &object(&[0x04], &content))];
        let signed_data = [
            object(&[0x02], &[3]),
            object(&[0x31], &sha256),
            object(&[0x30], &encapsulated.concat()),
            object(&[0xA0], &self.signer_certificate),
            object(&[0x31], &object(&[0x30], &signer_info.concat())),
        ];
        let content_info =
            [object(&[0x06], &SIGNED_DATA), object(&[0xA0], &object(&[0x30], &signed_data.concat()))];
        Some(object(&[0x77], &object(&[0x30], &content_info.concat())))
    }
}

fn attribute(oid: &[u8], value: &[u8]) -> Vec<u8> {
    object(&[0x30], &[object(&[0x06], oid), object(&[0x31], value)].concat())
}

fn authority_params(country: &str, id: Option<Vec<u8>>) -> Result<CertificateParams, PkiError> {
    let mut params = params(country, "Test CSCA", 1)?;
    params.not_before = date_time_ymd(2014, 1, 1);
    params.not_after = date_time_ymd(2045, 1, 1);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    if let Some(id) = id {
        params.key_identifier_method = KeyIdMethod::PreSpecified(id);
    }
    Ok(params)
}

fn signer_params(options: &Options) -> Result<CertificateParams, PkiError> {
    let mut params = params(&options.country, "Test document signer", 2)?;
    let (from, to) = if options.variant == Variant::ExpiredSigner { (2014, 2024) } else { (2024, 2037) };
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(to, 1, 1);
    params.is_ca = IsCa::NoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn params(country: &str, name: &str, serial: u64) -> Result<CertificateParams, PkiError> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    let mut subject = rcgen::DistinguishedName::new();
    subject.push(DnType::CountryName, DnValue::PrintableString(country.try_into()?));
    subject.push(DnType::OrganizationName, "Senim test");
    subject.push(DnType::CommonName, name);
    params.distinguished_name = subject;
    params.serial_number = Some(SerialNumber::from(serial));
    Ok(params)
}

/// Issuer and serial number as they stand in a certificate: version, serial number, algorithm, issuer.
fn issuer_and_serial(certificate: &[u8]) -> Option<Vec<u8>> {
    let (_, certificate, _) = element(certificate)?;
    let (_, tbs, _) = element(certificate)?;
    let (_, _, rest) = element(tbs)?;
    let (serial, _, rest) = element(rest)?;
    let (_, _, rest) = element(rest)?;
    let (issuer, ..) = element(rest)?;
    Some([issuer, serial].concat())
}

/// First object whole, its value, what comes behind.
fn element(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (head, length) = match bytes.get(1..)? {
        [0x82, high, low, ..] => (4, usize::from(u16::from_be_bytes([*high, *low]))),
        [0x81, length, ..] => (3, usize::from(*length)),
        [length @ 0..=0x7F, ..] => (2, usize::from(*length)),
        _ => return None,
    };
    let (whole, rest) = bytes.split_at_checked(length.checked_add(head)?)?;
    Some((whole, whole.get(head..)?, rest))
}
