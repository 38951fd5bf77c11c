//! The CMS around a signature that a client's card makes: what the card has to sign, and the finished bytes.
//!
//! The card sees only a hash. [`ToSign::new`] makes the signed attributes from the document's hash, the card's
//! certificate and the moment, and nothing else: whoever knows these three makes the same bytes, so the terminal asks
//! the card, and the gateway puts the CMS together from the document that it sent out itself.

use std::time::Duration;

use cms::cert::IssuerAndSerialNumber;
use cms::content_info::CmsVersion;
use cms::signed_data::{
    EncapsulatedContentInfo, SignedAttributes, SignerIdentifier, SignerInfo, SignerInfos,
};
use der::asn1::{OctetString, SetOfVec, UtcTime};
use der::{Any, Decode as _, Encode as _, Tag};
use senim_domain::UtcMillis;
use x509_cert::attr::Attribute;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::certificate::{Algorithm, Certificate, Hash};
use crate::envelope::{
    EssCertIdV2, RawSignedData, SigningCertificateV2, read_signed_data, write_signed_data,
};
use crate::oid;
use crate::verdict::Refusal;

/// Why no CMS can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssembleError {
    /// The certificate cannot be read.
    #[error("the card's certificate cannot be read")]
    Certificate,
    /// Its key is neither RSA nor P-256.
    #[error("the card's key is of a kind that cannot be used here")]
    Key,
    /// The moment lies outside of 1970 to 2049.
    #[error("the moment of signing cannot be written")]
    Moment,
    /// The signature is not by the certificate's key over these bytes.
    #[error("the card's signature does not fit its certificate and the document")]
    SignatureWrong,
    /// What should get a time-stamp is no signature.
    #[error("there is no signature that could get a time-stamp")]
    NoSignature,
    /// An encoder failed, which the types here exclude.
    #[error("the signature cannot be written")]
    Encoding,
}

impl From<der::Error> for AssembleError {
    fn from(_: der::Error) -> Self {
        Self::Encoding
    }
}

/// A signature that waits for the card.
pub struct ToSign {
    certificate: Certificate,
    attributes: SignedAttributes,
    message: Vec<u8>,
}

impl ToSign {
    /// Signed attributes over a document: content type, its SHA-256, the moment and the certificate that is meant.
    ///
    /// # Errors
    /// [`AssembleError`].
    pub fn new(document_sha256: &[u8; 32], certificate: &[u8], at: UtcMillis) -> Result<Self, AssembleError> {
        let certificate = Certificate::from_der(certificate).ok_or(AssembleError::Certificate)?;
        signature_algorithm(&certificate)?;
        let seconds = u64::try_from(at.0).map_err(|_| AssembleError::Moment)? / 1000;
        let at =
            UtcTime::from_unix_duration(Duration::from_secs(seconds)).map_err(|_| AssembleError::Moment)?;
        let meant = SigningCertificateV2 {
            certificates: vec![EssCertIdV2 {
                algorithm: None,
                hash: OctetString::new(Hash::Sha256.of(certificate.der.as_ref()))?,
                issuer: None,
            }],
            policies: None,
        };
        let attribute = |oid, value: Any| -> der::Result<Attribute> {
            Ok(Attribute { oid, values: SetOfVec::try_from(vec![value])? })
        };
        let attributes = SetOfVec::try_from(vec![
            attribute(oid::CONTENT_TYPE, Any::encode_from(&oid::DATA)?)?,
            attribute(oid::MESSAGE_DIGEST, Any::new(Tag::OctetString, document_sha256.as_slice())?)?,
            attribute(oid::SIGNING_TIME, Any::encode_from(&at)?)?,
            attribute(oid::SIGNING_CERTIFICATE_V2, Any::encode_from(&meant)?)?,
        ])?;
        let message = attributes.to_der()?;
        Ok(Self { certificate, attributes, message })
    }

    /// What the card hashes with SHA-256 and signs.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// The detached CMS around the card's signature: ECDSA in DER, or RSA's bytes. It has no time-stamp yet.
    ///
    /// # Errors
    /// [`AssembleError::SignatureWrong`] and others.
    pub fn finish(&self, signature: &[u8]) -> Result<Vec<u8>, AssembleError> {
        let algorithm = signature_algorithm(&self.certificate)?;
        self.certificate
            .verify(&algorithm, Some(Hash::Sha256), &self.message, signature)
            .map_err(|_: Refusal| AssembleError::SignatureWrong)?;
        let tbs = &self.certificate.parsed.tbs_certificate;
        let digest_alg = AlgorithmIdentifierOwned { oid: oid::SHA256, parameters: None };
        let signer = SignerInfo {
            version: CmsVersion::V1,
            sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
                issuer: tbs.issuer.clone(),
                serial_number: tbs.serial_number.clone(),
            }),
            digest_alg: digest_alg.clone(),
            signed_attrs: Some(self.attributes.clone()),
            signature_algorithm: algorithm,
            signature: OctetString::new(signature)?,
            unsigned_attrs: None,
        };
        let data = RawSignedData {
            version: CmsVersion::V1,
            digest_algorithms: SetOfVec::try_from(vec![digest_alg])?,
            encap_content_info: EncapsulatedContentInfo { econtent_type: oid::DATA, econtent: None },
            certificates: Some(SetOfVec::try_from(vec![Any::from_der(self.certificate.der.as_ref())?])?),
            crls: None,
            signer_infos: SignerInfos(SetOfVec::try_from(vec![signer])?),
        };
        Ok(write_signed_data(&data)?)
    }
}

/// Puts a time-stamp's token into a CMS of one signer.
///
/// # Errors
/// [`AssembleError::NoSignature`] for what is no CMS of one signer.
pub fn with_timestamp(cms: &[u8], token: &[u8]) -> Result<Vec<u8>, AssembleError> {
    let mut data = read_signed_data(cms).map_err(|_| AssembleError::NoSignature)?;
    let signers = data.signer_infos.0.into_vec();
    let [mut signer] = <[SignerInfo; 1]>::try_from(signers).map_err(|_| AssembleError::NoSignature)?;
    let mut attributes = signer.unsigned_attrs.take().map(SetOfVec::into_vec).unwrap_or_default();
    attributes.retain(|attribute| attribute.oid != oid::TIMESTAMP_TOKEN);
    attributes.push(Attribute {
        oid: oid::TIMESTAMP_TOKEN,
        values: SetOfVec::try_from(vec![Any::from_der(token)?])?,
    });
    signer.unsigned_attrs = Some(SetOfVec::try_from(attributes)?);
    data.signer_infos = SignerInfos(SetOfVec::try_from(vec![signer])?);
    Ok(write_signed_data(&data)?)
}

fn signature_algorithm(certificate: &Certificate) -> Result<AlgorithmIdentifierOwned, AssembleError> {
    match certificate.algorithm() {
        Algorithm::Rsa => {
            Ok(AlgorithmIdentifierOwned { oid: oid::RSA_SHA256, parameters: Some(Any::null()) })
        }
        Algorithm::Ecdsa => Ok(AlgorithmIdentifierOwned { oid: oid::ECDSA_SHA256, parameters: None }),
        Algorithm::Gost | Algorithm::Unknown => Err(AssembleError::Key),
    }
}
