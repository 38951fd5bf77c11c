//! Passive Authentication (Doc 9303 part 11, 5.1 and part 12): are the data those that the issuing state signed.
//!
//! EF.SOD is CMS SignedData over a list of digests. Four things are asked: the digests are those of the data groups
//! that were read, the document signer's certificate made the signature, an authority of the issuing state made that
//! certificate, and both were valid at a given time. Evidence against the data is [`Verdict::Forged`]; what cannot be
//! decided with the authorities and algorithms known here is [`Verdict::NotVerified`] and no evidence either way:
//! whoever needs a genuine document takes [`Verdict::Genuine`] alone. Revocation lists are not looked at.

use std::time::Duration;

use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{ObjectIdentifier, OctetString};
use der::{Any, Decode as _, Encode as _, Sequence};
use senim_domain::UtcMillis;
use x509_cert::Certificate;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier};
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::cipher::same;
use super::failure::Remedy;
use super::lds::LdsError;
use super::signature::{Hash, SignatureError, verify};
use super::trust::{Authority, TrustList};
use crate::tlv::{Tag, elements, find};

/// Whether the data are those of the issuing state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Signed by the issuing state and unchanged since.
    Genuine,
    /// Not known. Not evidence of a forgery.
    NotVerified(Doubt),
    /// Evidence that the data are not what the issuing state signed.
    Forged(Forgery),
}

impl Verdict {
    /// What the person can do; nothing has to be done about a genuine document.
    #[must_use]
    pub const fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Genuine => None,
            Self::NotVerified(_) => Some(Remedy::WithoutChip),
            Self::Forged(_) => Some(Remedy::CallStaff),
        }
    }
}

/// Why nothing is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// None of the configured authorities belongs to the issuing state, or none to this signer.
    #[error("no authority of the issuing state that could vouch for the signer is known here")]
    AuthorityUnknown,
    /// A signature or digest algorithm is not known here.
    #[error("an algorithm of the signature is not known here")]
    AlgorithmUnknown,
    /// The certificate of the signer is not in the document.
    #[error("the document does not hold the certificate of its signer")]
    SignerMissing,
    /// The signer's certificate was not valid at the time in question.
    #[error("the certificate of the signer is not valid at this time")]
    SignerNotValid,
    /// The authority's certificate was not valid at the time in question.
    #[error("the certificate of the authority is not valid at this time")]
    AuthorityNotValid,
}

/// What shows the forgery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forgery {
    /// A data group is not the one whose digest was signed.
    #[error("data group {group} was changed")]
    Changed {
        /// Its number.
        group: u8,
    },
    /// A data group stands on the chip that was never signed.
    #[error("data group {group} is not signed")]
    NotSigned {
        /// Its number.
        group: u8,
    },
    /// The signature over the digests is wrong.
    #[error("the signature over the digests does not fit")]
    Signature,
    /// The certificate of the signer names an authority that is known, and was not signed by it.
    #[error("the certificate of the signer is not from the authority that it names")]
    Signer,
    /// The certificate of the signer is not one that may sign documents.
    #[error("the certificate of the signer is not for signing documents")]
    SignerPurpose,
    /// What the chip holds is of another document than the one whose number and dates were typed.
    #[error("the chip belongs to another document than the number and dates")]
    OtherDocument,
}

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
/// id-icao-mrtd-security-ldsSecurityObject.
const LDS_SECURITY_OBJECT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.136.1.1.1");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");

/// Part 10, 4.6.2.3.
#[derive(Sequence)]
struct LdsSecurityObject {
    version: u8,
    algorithm: AlgorithmIdentifierOwned,
    digests: Vec<DataGroupHash>,
    versions: Option<Any>,
}

#[derive(Sequence)]
struct DataGroupHash {
    group: u8,
    digest: OctetString,
}

/// Judges data groups by the document's EF.SOD.
///
/// `groups` are numbers and contents of the files that were read. `state` is the issuing state in the signed machine-readable zone.
///
/// # Errors
/// [`LdsError`] when EF.SOD is no security object at all.
pub fn authenticate(
    security_object: &[u8],
    groups: &[(u8, &[u8])],
    state: &str,
    trust: &TrustList,
    at: UtcMillis,
) -> Result<Verdict, LdsError> {
    let der = find(security_object, &[Tag(0x77)]).map_err(|_| LdsError)?.ok_or(LdsError)?;
    let signed = Signed::read(der).map_err(|_| LdsError)?;
    Ok(match signed.judge(groups, state, trust, at) {
        Ok(()) => Verdict::Genuine,
        Err(verdict) => verdict,
    })
}

struct Signed {
    signer: SignerInfo,
    content: Vec<u8>,
    object: LdsSecurityObject,
    certificates: Vec<SignerCertificate>,
}

/// A certificate and the bytes of it that were signed.
struct SignerCertificate {
    certificate: Certificate,
    signed: Vec<u8>,
}

impl Signed {
    fn read(der: &[u8]) -> Result<Self, der::Error> {
        let failed = || der::Error::from(der::ErrorKind::Failed);
        let info = ContentInfo::from_der(der)?;
        let data: SignedData = info.content.decode_as()?;
        if info.content_type != SIGNED_DATA || data.encap_content_info.econtent_type != LDS_SECURITY_OBJECT {
            return Err(failed());
        }
        let content =
            data.encap_content_info.econtent.ok_or_else(failed)?.decode_as::<OctetString>()?.into_bytes();
        let [signer] = <[SignerInfo; 1]>::try_from(data.signer_infos.0.into_vec()).map_err(|_| failed())?;
        let object = LdsSecurityObject::from_der(&content)?;
        let path = [Tag(0x30), Tag(0xA0), Tag(0x30), Tag(0xA0)];
        let certificates = find(der, &path).ok().flatten().unwrap_or_default();
        let certificates = elements(certificates)
            .map_while(Result::ok)
            .filter_map(|element| SignerCertificate::read(element.whole))
            .collect();
        Ok(Self { signer, content, object, certificates })
    }

    fn judge(
        &self,
        groups: &[(u8, &[u8])],
        state: &str,
        trust: &TrustList,
        at: UtcMillis,
    ) -> Result<(), Verdict> {
        self.check_digests(groups)?;
        let signer = self.signer_certificate().ok_or(Verdict::NotVerified(Doubt::SignerMissing))?;
        self.check_signature(signer)?;
        signer.check_authority(state, trust, at)?;
        signer.check_purpose()?;
        if within(&signer.certificate, at) {
            Ok(())
        } else {
            Err(Verdict::NotVerified(Doubt::SignerNotValid))
        }
    }

    fn check_digests(&self, groups: &[(u8, &[u8])]) -> Result<(), Verdict> {
        let hash = Hash::from_oid(&self.object.algorithm.oid)
            .ok_or(Verdict::NotVerified(Doubt::AlgorithmUnknown))?;
        for (group, bytes) in groups {
            let signed = self.object.digests.iter().find(|signed| signed.group == *group);
            let signed = signed.ok_or(Verdict::Forged(Forgery::NotSigned { group: *group }))?;
            if !same(&hash.of(bytes), signed.digest.as_bytes()) {
                return Err(Verdict::Forged(Forgery::Changed { group: *group }));
            }
        }
        Ok(())
    }

    fn signer_certificate(&self) -> Option<&SignerCertificate> {
        self.certificates.iter().find(|candidate| {
            let tbs = &candidate.certificate.tbs_certificate;
            match &self.signer.sid {
                SignerIdentifier::IssuerAndSerialNumber(named) => {
                    named.issuer == tbs.issuer && named.serial_number == tbs.serial_number
                }
                SignerIdentifier::SubjectKeyIdentifier(named) => {
                    candidate.extension::<SubjectKeyIdentifier>().is_some_and(|own| own.0 == named.0)
                }
            }
        })
    }

    fn check_signature(&self, signer: &SignerCertificate) -> Result<(), Verdict> {
        let wrong = Verdict::Forged(Forgery::Signature);
        let hash = Hash::from_oid(&self.signer.digest_alg.oid)
            .ok_or(Verdict::NotVerified(Doubt::AlgorithmUnknown))?;
        let attributes = self.signer.signed_attrs.as_ref().ok_or(wrong)?;
        let value = |oid| {
            let mut values = attributes.iter().filter(|attribute| attribute.oid == oid);
            values.next().filter(|_| values.next().is_none()).and_then(|attribute| attribute.values.get(0))
        };
        let content_type = value(CONTENT_TYPE).and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
        let digest =
            value(MESSAGE_DIGEST).and_then(|any| any.decode_as::<OctetString>().ok()).ok_or(wrong)?;
        if content_type != Some(LDS_SECURITY_OBJECT) || !same(digest.as_bytes(), &hash.of(&self.content)) {
            return Err(wrong);
        }
        let message = attributes.to_der().map_err(|_| wrong)?;
        let key = &signer.certificate.tbs_certificate.subject_public_key_info;
        verify(key, &self.signer.signature_algorithm, Some(hash), &message, self.signer.signature.as_bytes())
            .map_err(|error| verdict(error, Forgery::Signature))
    }
}

impl SignerCertificate {
    fn read(der: &[u8]) -> Option<Self> {
        let certificate = Certificate::from_der(der).ok()?;
        let body = find(der, &[Tag(0x30)]).ok()??;
        let signed = elements(body).next()?.ok()?.whole.to_vec();
        Some(Self { certificate, signed })
    }

    fn extension<'a, T: der::Decode<'a> + der::oid::AssociatedOid>(&'a self) -> Option<T> {
        self.certificate.tbs_certificate.get::<T>().ok().flatten().map(|(_, extension)| extension)
    }

    fn check_authority(&self, state: &str, trust: &TrustList, at: UtcMillis) -> Result<(), Verdict> {
        let named: Vec<&Authority> =
            trust.of_state(state).filter(|authority| self.names(authority)).collect();
        let mut result = Err(Verdict::NotVerified(Doubt::AuthorityUnknown));
        for authority in named {
            let key = &authority.certificate.tbs_certificate.subject_public_key_info;
            let Some(signature) = self.certificate.signature.as_bytes() else { continue };
            match verify(key, &self.certificate.signature_algorithm, None, &self.signed, signature) {
                Ok(()) if within(&authority.certificate, at) => return Ok(()),
                Ok(()) => result = Err(Verdict::NotVerified(Doubt::AuthorityNotValid)),
                Err(error) => {
                    if result == Err(Verdict::NotVerified(Doubt::AuthorityUnknown)) {
                        result = Err(verdict(error, Forgery::Signer));
                    }
                }
            }
        }
        result
    }

    /// Whether this certificate claims to come from an authority: by key identifier where both have one, else by name.
    fn names(&self, authority: &Authority) -> bool {
        let claimed = self.extension::<AuthorityKeyIdentifier>().and_then(|claimed| claimed.key_identifier);
        match (claimed, &authority.key_identifier) {
            (Some(claimed), Some(own)) => claimed.as_bytes() == own.as_slice(),
            _ => self.certificate.tbs_certificate.issuer == authority.certificate.tbs_certificate.subject,
        }
    }

    /// Authorities also sign master lists, visas and the like; those certificates have an extended key usage, a
    /// document signer's has none.
    fn check_purpose(&self) -> Result<(), Verdict> {
        let signs = self.extension::<KeyUsage>().is_none_or(|usage| usage.digital_signature());
        if signs && self.extension::<ExtendedKeyUsage>().is_none() {
            Ok(())
        } else {
            Err(Verdict::Forged(Forgery::SignerPurpose))
        }
    }
}

const fn verdict(error: SignatureError, forgery: Forgery) -> Verdict {
    match error {
        SignatureError::Unknown => Verdict::NotVerified(Doubt::AlgorithmUnknown),
        SignatureError::Wrong => Verdict::Forged(forgery),
    }
}

fn within(certificate: &Certificate, at: UtcMillis) -> bool {
    let Ok(at) = u64::try_from(at.0).map(Duration::from_millis) else { return false };
    let validity = &certificate.tbs_certificate.validity;
    validity.not_before.to_unix_duration() <= at && at <= validity.not_after.to_unix_duration()
}
