//! CMS SignedData as eGov Mobile and others write it: one signer, signed attributes, its certificate, perhaps a stamp.

use std::time::Duration;

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use der::asn1::{ObjectIdentifier, OctetString, SetOfVec, UtcTime};
use der::{Any, Decode as _, Encode as _, Tag};
use ring::digest;
use x509_cert::Certificate;
use x509_cert::attr::Attribute;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::PkiError;
use crate::authority::{Algorithm, Key};

pub(crate) const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");
/// RFC 5035; time-stamps must have it.
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
const TIMESTAMP_TOKEN: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.14");
pub(crate) const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const RSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

/// What is signed.
#[derive(Clone, Copy)]
pub enum Content<'a> {
    /// The document lies outside.
    Detached(&'a [u8]),
    /// The document lies inside.
    Attached(&'a [u8]),
}

impl<'a> Content<'a> {
    const fn bytes(self) -> &'a [u8] {
        match self {
            Self::Detached(bytes) | Self::Attached(bytes) => bytes,
        }
    }
}

/// Who signs, and with what.
pub struct Signature<'a> {
    /// The signer's certificate, DER.
    pub certificate: &'a [u8],
    /// Others that come along.
    pub others: &'a [Vec<u8>],
    /// What the content is called; data for documents.
    pub content_type: ObjectIdentifier,
    /// The claimed moment, milliseconds.
    pub at: i64,
}

pub(crate) fn algorithm(key: Algorithm) -> AlgorithmIdentifierOwned {
    match key {
        Algorithm::Rsa2048 => AlgorithmIdentifierOwned { oid: RSA_SHA256, parameters: Some(Any::null()) },
        Algorithm::P256 => AlgorithmIdentifierOwned { oid: ECDSA_SHA256, parameters: None },
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

/// Signs a document; `stamp` gets the signature and gives a time-stamp's token, or none.
///
/// # Errors
/// [`PkiError`] for a certificate or moment that cannot be written.
pub fn sign(
    content: Content<'_>,
    who: &Signature<'_>,
    key: &Key,
    stamp: impl FnOnce(&[u8]) -> Result<Option<Vec<u8>>, PkiError>,
) -> Result<Vec<u8>, PkiError> {
    let attributes = attributes(content.bytes(), who)?;
    let signature = key.sign(&attributes.to_der()?)?;
    write(content, who, attributes, algorithm(key.algorithm()), signature, stamp)
}

pub(crate) fn attributes(content: &[u8], who: &Signature<'_>) -> Result<SetOfVec<Attribute>, PkiError> {
    let seconds = u64::try_from(who.at / 1000).map_err(PkiError::of)?;
    let at = UtcTime::from_unix_duration(Duration::from_secs(seconds))?;
    let attribute = |oid, value: Any| -> der::Result<Attribute> {
        Ok(Attribute { oid, values: SetOfVec::try_from(vec![value])? })
    };
    // SigningCertificateV2 of one ESSCertIDv2 of one hash: three sequences around an octet string.
    let mut meant = vec![0x30, 0x26, 0x30, 0x24, 0x30, 0x22, 0x04, 0x20];
    meant.extend(sha256(who.certificate));
    Ok(SetOfVec::try_from(vec![
        attribute(SIGNING_CERTIFICATE_V2, Any::from_der(&meant)?)?,
        attribute(CONTENT_TYPE, Any::encode_from(&who.content_type)?)?,
        attribute(SIGNING_TIME, Any::encode_from(&at)?)?,
        attribute(MESSAGE_DIGEST, Any::new(Tag::OctetString, sha256(content))?)?,
    ])?)
}

pub(crate) fn write(
    content: Content<'_>,
    who: &Signature<'_>,
    attributes: SetOfVec<Attribute>,
    signature_algorithm: AlgorithmIdentifierOwned,
    signature: Vec<u8>,
    stamp: impl FnOnce(&[u8]) -> Result<Option<Vec<u8>>, PkiError>,
) -> Result<Vec<u8>, PkiError> {
    let digest_alg = AlgorithmIdentifierOwned { oid: SHA256, parameters: None };
    let unsigned_attrs = match stamp(&signature)? {
        Some(token) => {
            let values = SetOfVec::try_from(vec![Any::from_der(&token)?])?;
            Some(SetOfVec::try_from(vec![Attribute { oid: TIMESTAMP_TOKEN, values }])?)
        }
        None => None,
    };
    let certificate = Certificate::from_der(who.certificate)?;
    let signer = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: certificate.tbs_certificate.issuer.clone(),
            serial_number: certificate.tbs_certificate.serial_number.clone(),
        }),
        digest_alg: digest_alg.clone(),
        signed_attrs: Some(attributes),
        signature_algorithm,
        signature: OctetString::new(signature)?,
        unsigned_attrs,
    };
    let mut certificates = vec![CertificateChoices::Certificate(certificate)];
    for other in who.others {
        certificates.push(CertificateChoices::Certificate(Certificate::from_der(other)?));
    }
    let econtent = match content {
        Content::Detached(_) => None,
        Content::Attached(bytes) => Some(Any::new(Tag::OctetString, bytes)?),
    };
    let data = SignedData {
        version: if who.content_type == DATA { CmsVersion::V1 } else { CmsVersion::V3 },
        digest_algorithms: SetOfVec::try_from(vec![digest_alg])?,
        encap_content_info: EncapsulatedContentInfo { econtent_type: who.content_type, econtent },
        certificates: Some(CertificateSet(SetOfVec::try_from(certificates)?)),
        crls: None,
        signer_infos: SignerInfos(SetOfVec::try_from(vec![signer])?),
    };
    Ok(ContentInfo { content_type: SIGNED_DATA, content: Any::encode_from(&data)? }.to_der()?)
}
