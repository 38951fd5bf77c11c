//! CMS SignedData taken apart: one signer, certificates with their exact bytes, the content. Shared by signatures of
//! clients and by time-stamps, which are signatures of an authority over a moment.

use cms::cert::IssuerAndSerialNumber;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    DigestAlgorithmIdentifiers, EncapsulatedContentInfo, SignerIdentifier, SignerInfo, SignerInfos,
};
use der::asn1::{ObjectIdentifier, OctetString, SetOfVec};
use der::{Any, Choice, Decode as _, DecodeValue, Encode as _, Sequence};
use x509_cert::ext::pkix::SubjectKeyIdentifier;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::certificate::{Certificate, Hash};
use crate::oid;
use crate::verdict::Refusal;

/// A document that a person signs at a terminal is far shorter.
const CMS_BYTES_MAX: usize = 8 * 1024 * 1024;

/// RFC 5652, 5.1; certificates and lists are left as the bytes that they are.
#[derive(Sequence)]
pub(crate) struct RawSignedData {
    pub(crate) version: CmsVersion,
    pub(crate) digest_algorithms: DigestAlgorithmIdentifiers,
    pub(crate) encap_content_info: EncapsulatedContentInfo,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub(crate) certificates: Option<SetOfVec<Any>>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub(crate) crls: Option<SetOfVec<Any>>,
    pub(crate) signer_infos: SignerInfos,
}

/// RFC 5035: which certificate the signer meant.
#[derive(Sequence)]
pub(crate) struct SigningCertificateV2 {
    pub(crate) certificates: Vec<EssCertIdV2>,
    #[asn1(optional = "true")]
    pub(crate) policies: Option<Any>,
}

/// One of them; no algorithm is SHA-256.
#[derive(Sequence)]
pub(crate) struct EssCertIdV2 {
    #[asn1(optional = "true")]
    pub(crate) algorithm: Option<AlgorithmIdentifierOwned>,
    pub(crate) hash: OctetString,
    #[asn1(optional = "true")]
    pub(crate) issuer: Option<Any>,
}

pub(crate) fn read_signed_data(cms: &[u8]) -> Result<RawSignedData, Refusal> {
    if cms.len() > CMS_BYTES_MAX {
        return Err(Refusal::Malformed);
    }
    let info = ContentInfo::from_der(cms).map_err(|_| Refusal::Malformed)?;
    if info.content_type != oid::SIGNED_DATA {
        return Err(Refusal::Malformed);
    }
    info.content.decode_as().map_err(|_| Refusal::Malformed)
}

pub(crate) fn write_signed_data(data: &RawSignedData) -> der::Result<Vec<u8>> {
    ContentInfo { content_type: oid::SIGNED_DATA, content: Any::encode_from(data)? }.to_der()
}

/// A CMS with exactly one signer.
pub(crate) struct Envelope {
    pub(crate) content_type: ObjectIdentifier,
    pub(crate) content: Option<Vec<u8>>,
    pub(crate) signer: SignerInfo,
    pub(crate) certificates: Vec<Certificate>,
}

impl Envelope {
    pub(crate) fn read(cms: &[u8]) -> Result<Self, Refusal> {
        let data = read_signed_data(cms)?;
        let signers = data.signer_infos.0.into_vec();
        let count = signers.len();
        let [signer] = <[SignerInfo; 1]>::try_from(signers).map_err(|_| Refusal::Signers(count))?;
        let content = match data.encap_content_info.econtent {
            Some(content) => {
                Some(content.decode_as::<OctetString>().map_err(|_| Refusal::Malformed)?.into_bytes())
            }
            None => None,
        };
        let certificates = data.certificates.map(SetOfVec::into_vec).unwrap_or_default();
        let certificates = certificates
            .iter()
            .filter_map(|any| any.to_der().ok())
            .filter_map(|der| Certificate::from_der(&der))
            .collect();
        Ok(Self { content_type: data.encap_content_info.econtent_type, content, signer, certificates })
    }

    /// Whether a certificate is the one that the signer names.
    pub(crate) fn names(&self, certificate: &Certificate) -> bool {
        let tbs = &certificate.parsed.tbs_certificate;
        match &self.signer.sid {
            SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber { issuer, serial_number }) => {
                *issuer == tbs.issuer && *serial_number == tbs.serial_number
            }
            SignerIdentifier::SubjectKeyIdentifier(named) => {
                certificate.extension::<SubjectKeyIdentifier>().is_some_and(|own| own.0 == named.0)
            }
        }
    }

    /// Checks the signature over the signed attributes; returns the digest of the content that they state.
    pub(crate) fn check_signature(&self, certificate: &Certificate) -> Result<(Hash, Vec<u8>), Refusal> {
        let hash = Hash::from_oid(&self.signer.digest_alg.oid).ok_or(Refusal::AlgorithmUnknown)?;
        let attributes = self.signer.signed_attrs.as_ref().ok_or(Refusal::Malformed)?;
        let message = attributes.to_der().map_err(|_| Refusal::Malformed)?;
        let signature = self.signer.signature.as_bytes();
        certificate.verify(&self.signer.signature_algorithm, Some(hash), &message, signature)?;
        let content_type: ObjectIdentifier = self.signed(oid::CONTENT_TYPE).ok_or(Refusal::SignatureWrong)?;
        let digest: OctetString = self.signed(oid::MESSAGE_DIGEST).ok_or(Refusal::SignatureWrong)?;
        if content_type != self.content_type || !self.means(certificate) {
            return Err(Refusal::SignatureWrong);
        }
        Ok((hash, digest.into_bytes()))
    }

    /// A signed attribute that is there once with one value.
    fn signed<T>(&self, named: ObjectIdentifier) -> Option<T>
    where
        T: for<'a> Choice<'a> + for<'a> DecodeValue<'a>,
    {
        let mut found = self.signer.signed_attrs.as_ref()?.iter().filter(|attribute| attribute.oid == named);
        let attribute = found.next().filter(|attribute| attribute.values.len() == 1)?;
        if found.next().is_some() {
            return None;
        }
        attribute.values.get(0)?.decode_as().ok()
    }

    /// Where the signer says which certificate was meant, it has to be this one.
    fn means(&self, certificate: &Certificate) -> bool {
        let mut attributes = self.signer.signed_attrs.iter().flat_map(|attributes| attributes.iter());
        let Some(attribute) = attributes.find(|attribute| attribute.oid == oid::SIGNING_CERTIFICATE_V2)
        else {
            return true;
        };
        let meant = attribute.values.get(0).and_then(|any| any.decode_as::<SigningCertificateV2>().ok());
        let first = meant.as_ref().and_then(|meant| meant.certificates.first());
        first.is_some_and(|first| {
            let hash = match &first.algorithm {
                None => Some(Hash::Sha256),
                Some(named) => Hash::from_oid(&named.oid),
            };
            hash.is_some_and(|hash| hash.of(certificate.der.as_ref()) == first.hash.as_bytes())
        })
    }
}
