//! GOST signatures as opaque fixtures: the names of Kazakhstan's GOST keys and signatures around marks that are no
//! GOST, and the one judge who knows the marks. A stand-in for НУЦ РК's own library behind NCANode.

use std::time::Duration;

use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use der::asn1::{BitString, ObjectIdentifier, OctetString};
use der::{Any, Decode as _, Encode as _};
use ring::digest;
use x509_cert::Certificate;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::{Time, Validity};

use crate::PkiError;
use crate::authority::{Algorithm, Holder, Pki, Profile};
use crate::cms_writer::{Content, DATA, Signature, attributes, sha256, write};

/// GOST R 34.10-2015 with 512 bits.
const GOST_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.398.3.10.1.1.2.3.2");
const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
const UNIT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.11");
const INDIVIDUAL: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.398.3.3.4.1.1");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");

fn mark(message: &[u8]) -> Vec<u8> {
    let mut context = digest::Context::new(&digest::SHA512);
    context.update(b"no GOST, a mark of the test authority");
    context.update(message);
    context.finish().as_ref().to_vec()
}

fn algorithm() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid: GOST_512, parameters: None }
}

/// A detached CMS with a time-stamp.
pub(crate) fn sign(pki: &Pki, holder: &Holder, document: &[u8], now: i64) -> Result<Vec<u8>, PkiError> {
    let certificate = certificate(pki, holder, now)?;
    let who = Signature { certificate: &certificate, others: &[], content_type: DATA, at: now };
    let attributes = attributes(document, &who)?;
    let signature = mark(&attributes.to_der()?);
    write(Content::Detached(document), &who, attributes, algorithm(), signature, |made| {
        pki.token_over(made, now).map(Some)
    })
}

/// An individual's certificate whose key and signature bear GOST's names.
fn certificate(pki: &Pki, holder: &Holder, now: i64) -> Result<Vec<u8>, PkiError> {
    let model = pki.issue(holder, &Profile::individual(Algorithm::P256, now))?;
    let mut certificate = Certificate::from_der(&model.certificate)?;
    let tbs = &mut certificate.tbs_certificate;
    tbs.signature = algorithm();
    tbs.serial_number = SerialNumber::new(&model.serial)?;
    tbs.validity = Validity {
        not_before: time(now.saturating_sub(86_400_000))?,
        not_after: time(now.saturating_add(86_400_000))?,
    };
    tbs.subject_public_key_info = SubjectPublicKeyInfoOwned {
        algorithm: algorithm(),
        subject_public_key: BitString::from_bytes(&mark(holder.iin.as_bytes()))?,
    };
    certificate.signature_algorithm = algorithm();
    certificate.signature = BitString::from_bytes(&mark(&certificate.tbs_certificate.to_der()?))?;
    Ok(certificate.to_der()?)
}

fn time(ms: i64) -> Result<Time, PkiError> {
    let seconds = u64::try_from(ms / 1000).map_err(PkiError::of)?;
    Ok(Time::UtcTime(der::asn1::UtcTime::from_unix_duration(Duration::from_secs(seconds))?))
}

/// What the judge finds in a CMS.
pub struct Finding {
    /// Whether the mark fits and the document is the one that was signed.
    pub valid: bool,
    /// The signer's certificate, DER.
    pub certificate: Vec<u8>,
    /// The moment of its time-stamp, milliseconds.
    pub stamped: Option<i64>,
}

/// What a certificate says of its holder, as a judge tells it.
pub struct Named {
    /// IIN.
    pub iin: Option<String>,
    /// BIN of the organisation.
    pub bin: Option<String>,
    /// First and last moment, milliseconds.
    pub valid: (i64, i64),
    /// Serial number.
    pub serial: Vec<u8>,
    /// For signing, and not for logging in.
    pub for_signing: bool,
    /// An individual's.
    pub individual: bool,
}

/// Reads a certificate. `None`: it is none.
#[must_use]
pub fn named(certificate: &[u8]) -> Option<Named> {
    use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage};
    let certificate = Certificate::from_der(certificate).ok()?.tbs_certificate;
    let names = || certificate.subject.0.iter().flat_map(|part| part.0.iter());
    let after = |oid: ObjectIdentifier, prefix: &str| {
        let values = names().filter(|name| name.oid == oid);
        let mut texts = values.filter_map(|name| std::str::from_utf8(name.value.value()).ok());
        texts.find_map(|text| text.strip_prefix(prefix)).map(str::to_owned)
    };
    let usage = certificate.get::<KeyUsage>().ok().flatten().map(|(_, usage)| usage);
    let purposes = certificate.get::<ExtendedKeyUsage>().ok().flatten().map(|(_, purposes)| purposes);
    let ms = |time: &Time| i64::try_from(time.to_unix_duration().as_millis()).unwrap_or(i64::MAX);
    Some(Named {
        iin: after(SERIAL_NUMBER, "IIN"),
        bin: after(UNIT, "BIN"),
        valid: (ms(&certificate.validity.not_before), ms(&certificate.validity.not_after)),
        serial: certificate.serial_number.as_bytes().to_vec(),
        for_signing: usage.is_some_and(|usage| usage.non_repudiation()),
        individual: purposes.is_some_and(|purposes| purposes.0.contains(&INDIVIDUAL)),
    })
}

/// Judges a CMS by its mark, as НУЦ РК's library would by GOST. `None`: nothing of GOST can be read in it.
#[must_use]
pub fn judge(cms: &[u8], document: Option<&[u8]>) -> Option<Finding> {
    let info = ContentInfo::from_der(cms).ok()?;
    let data: SignedData = info.content.decode_as().ok()?;
    let signer = data.signer_infos.0.get(0)?;
    if signer.signature_algorithm.oid != GOST_512 {
        return None;
    }
    let certificate = data.certificates.as_ref()?.0.iter().find_map(|choice| match choice {
        cms::cert::CertificateChoices::Certificate(certificate) => certificate.to_der().ok(),
        cms::cert::CertificateChoices::Other(_) => None,
    })?;
    let attributes = signer.signed_attrs.as_ref()?;
    let fits = mark(&attributes.to_der().ok()?) == signer.signature.as_bytes();
    let inside: Option<OctetString> =
        data.encap_content_info.econtent.as_ref().and_then(|any| any.decode_as().ok());
    let document = inside.as_ref().map(|inside| inside.as_bytes()).or(document)?;
    let stated = attributes.iter().find(|attribute| attribute.oid == MESSAGE_DIGEST)?.values.get(0)?;
    let same = stated.decode_as::<OctetString>().ok()?.as_bytes() == sha256(document);
    let stamped = signer.unsigned_attrs.as_ref().and_then(|attributes| attributes.get(0)).and_then(stamp);
    Some(Finding { valid: fits && same, certificate, stamped })
}

fn stamp(attribute: &x509_cert::attr::Attribute) -> Option<i64> {
    let token: ContentInfo = attribute.values.get(0)?.decode_as().ok()?;
    let data: SignedData = token.content.decode_as().ok()?;
    let content: Any = data.encap_content_info.econtent?;
    let info = x509_tsp::TstInfo::from_der(content.decode_as::<OctetString>().ok()?.as_bytes()).ok()?;
    i64::try_from(info.gen_time.to_unix_duration().as_millis()).ok()
}
