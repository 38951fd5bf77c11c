//! Was the certificate withdrawn: OCSP answers (RFC 6960) and revocation lists, judged as values.
//!
//! An answer counts when the issuer of the certificate gave it, or somebody whom that issuer itself certified for this
//! alone, when it is about this certificate and when it is fresh. Lists are checked by webpki. One source that says
//! "revoked" is enough to refuse, one that says "good" is needed to accept.

use std::time::Duration;

use der::asn1::{BitString, OctetString};
use der::{Any, Decode as _, Encode as _, Sequence};
use ring::digest;
use senim_domain::UtcMillis;
use webpki::{
    BorrowedCertRevocationList, CertRevocationList, ExpirationPolicy, RevocationCheckDepth,
    RevocationOptions, RevocationOptionsBuilder, UnknownStatusPolicy,
};
use x509_cert::ext::Extension;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_ocsp::{
    CertId, CertStatus, OcspRequest, OcspResponse, OcspResponseStatus, Request, ResponderId, ResponseData,
    SingleResponse, TbsRequest, Version,
};

use crate::certificate::Certificate;
use crate::chain::{ChainFlaw, Path, Trust};
use crate::oid;
use crate::timestamp::moment;
use crate::verdict::Refusal;

/// What was found out about revocation, as it came; kept with the signature, so that others can judge it again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// An OCSP answer, DER.
    pub ocsp: Option<Vec<u8>>,
    /// The nonce that it was asked with.
    pub nonce: Option<Vec<u8>>,
    /// Revocation lists, DER.
    pub crls: Vec<Vec<u8>>,
}

/// BasicOCSPResponse with the signed bytes as they came.
#[derive(Sequence)]
struct RawBasic {
    data: Any,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    certificates: Option<Vec<Any>>,
}

/// A question about one certificate to an OCSP responder. `None`: one of the certificates cannot be read.
#[must_use]
pub fn ocsp_request(certificate: &[u8], issuer: &[u8], nonce: &[u8]) -> Option<Vec<u8>> {
    let (certificate, issuer) = (Certificate::from_der(certificate)?, Certificate::from_der(issuer)?);
    let cert_id = CertId {
        // What names the certificate need not resist collisions, and every responder knows SHA-1.
        hash_algorithm: AlgorithmIdentifierOwned { oid: oid::SHA1, parameters: Some(der::Any::null()) },
        issuer_name_hash: OctetString::new(sha1(&issuer.subject_der()?)).ok()?,
        issuer_key_hash: OctetString::new(sha1(issuer.key_bits()?)).ok()?,
        serial_number: certificate.parsed.tbs_certificate.serial_number,
    };
    let nonce = OctetString::new(nonce).ok()?.to_der().ok()?;
    let nonce =
        Extension { extn_id: oid::OCSP_NONCE, critical: false, extn_value: OctetString::new(nonce).ok()? };
    let request = OcspRequest {
        tbs_request: TbsRequest {
            version: Version::V1,
            requestor_name: None,
            request_list: vec![Request { req_cert: cert_id, single_request_extensions: None }],
            request_extensions: Some(vec![nonce]),
        },
        optional_signature: None,
    };
    request.to_der().ok()
}

/// Lists that could be read.
pub(crate) struct Lists<'a> {
    lists: Vec<CertRevocationList<'a>>,
}

impl<'a> Lists<'a> {
    pub(crate) fn read(evidence: &'a Evidence) -> Result<Self, Refusal> {
        let lists = evidence.crls.iter().map(|der| BorrowedCertRevocationList::from_der(der));
        let lists: Result<Vec<_>, _> = lists.map(|list| list.map(CertRevocationList::from)).collect();
        Ok(Self { lists: lists.map_err(|_| Refusal::EvidenceWrong)? })
    }

    pub(crate) fn borrow(&'a self) -> Vec<&'a CertRevocationList<'a>> {
        self.lists.iter().collect()
    }

    /// When a certificate of this issuer was withdrawn.
    fn withdrawn(&self, certificate: &Certificate) -> Option<UtcMillis> {
        let issuer = certificate.parsed.tbs_certificate.issuer.to_der().ok()?;
        self.lists.iter().find_map(|list| {
            // webpki gives the name without its outer frame.
            let of_this_issuer = issuer.ends_with(list.issuer());
            let entry = list.find_serial(certificate.serial()).ok().flatten()?;
            of_this_issuer.then(|| moment(Duration::from_secs(entry.revocation_date.as_secs())))
        })
    }
}

/// Lists as webpki asks them: every certificate of a path, where one speaks of it.
pub(crate) fn wherever_known<'a>(lists: &'a [&'a CertRevocationList<'a>]) -> Option<RevocationOptions<'a>> {
    let builder = RevocationOptionsBuilder::new(lists).ok()?;
    Some(
        builder
            .with_depth(RevocationCheckDepth::Chain)
            .with_status_policy(UnknownStatusPolicy::Allow)
            .with_expiration_policy(ExpirationPolicy::Enforce)
            .build(),
    )
}

fn of_the_leaf<'a>(lists: &'a [&'a CertRevocationList<'a>]) -> Option<RevocationOptions<'a>> {
    let builder = RevocationOptionsBuilder::new(lists).ok()?;
    Some(
        builder
            .with_depth(RevocationCheckDepth::EndEntity)
            .with_status_policy(UnknownStatusPolicy::Deny)
            .with_expiration_policy(ExpirationPolicy::Enforce)
            .build(),
    )
}

/// Whether the leaf is good by what is known at `now`.
pub(crate) fn check(
    leaf: &Certificate,
    issuer: &Certificate,
    path: &Path<'_>,
    evidence: &Evidence,
    trust: &Trust,
    now: UtcMillis,
) -> Result<(), Refusal> {
    let by_answer = match &evidence.ocsp {
        Some(answer) => ask_answer(answer, leaf, issuer, evidence.nonce.as_deref(), trust, now)?,
        None => false,
    };
    let by_lists = ask_lists(leaf, path, evidence)?;
    if by_answer || by_lists { Ok(()) } else { Err(Refusal::RevocationUnknown) }
}

fn ask_lists(leaf: &Certificate, path: &Path<'_>, evidence: &Evidence) -> Result<bool, Refusal> {
    let lists = Lists::read(evidence)?;
    let borrowed = lists.borrow();
    if let Some(options) = wherever_known(&borrowed) {
        match path.check(leaf, Some(options)) {
            Ok(_) => {}
            Err(ChainFlaw::Revoked) => {
                return Err(lists
                    .withdrawn(leaf)
                    .map_or(Refusal::IssuerNotValid, |at| Refusal::Revoked { at }));
            }
            Err(_) => return Err(Refusal::EvidenceWrong),
        }
    }
    Ok(of_the_leaf(&borrowed).is_some_and(|options| path.check(leaf, Some(options)).is_ok()))
}

/// Whether an OCSP answer says "good"; `false` when the responder knows nothing.
fn ask_answer(
    answer: &[u8],
    leaf: &Certificate,
    issuer: &Certificate,
    nonce: Option<&[u8]>,
    trust: &Trust,
    now: UtcMillis,
) -> Result<bool, Refusal> {
    let wrong = || Refusal::EvidenceWrong;
    let answer = OcspResponse::from_der(answer).map_err(|_| wrong())?;
    if answer.response_status != OcspResponseStatus::Successful {
        return Ok(false);
    }
    let bytes = answer.response_bytes.ok_or_else(wrong)?;
    if bytes.response_type != oid::OCSP_BASIC {
        return Err(wrong());
    }
    let basic = RawBasic::from_der(bytes.response.as_bytes()).map_err(|_| wrong())?;
    let signed = basic.data.to_der().map_err(|_| wrong())?;
    let data = ResponseData::from_der(&signed).map_err(|_| wrong())?;
    check_responder(&basic, &data, &signed, issuer)?;
    if let (Some(asked), Some(answered)) = (nonce, data.nonce())
        && answered.0.as_bytes() != asked
    {
        return Err(wrong());
    }
    let single =
        data.responses.iter().find(|single| is_about(&single.cert_id, leaf, issuer)).ok_or_else(wrong)?;
    if !is_fresh(single, trust, now) {
        return Err(wrong());
    }
    match &single.cert_status {
        CertStatus::Good(_) => Ok(true),
        CertStatus::Unknown(_) => Ok(false),
        CertStatus::Revoked(info) => {
            Err(Refusal::Revoked { at: moment(info.revocation_time.0.to_unix_duration()) })
        }
    }
}

fn check_responder(
    basic: &RawBasic,
    data: &ResponseData,
    signed: &[u8],
    issuer: &Certificate,
) -> Result<(), Refusal> {
    let signature = basic.signature.as_bytes().ok_or(Refusal::EvidenceWrong)?;
    let came = basic.certificates.iter().flatten();
    let came: Vec<Certificate> =
        came.filter_map(|any| any.to_der().ok()).filter_map(|der| Certificate::from_der(&der)).collect();
    let produced = moment(data.produced_at.0.to_unix_duration());
    let roots = [issuer.der.to_vec()];
    let path = Path { roots: &roots, between: Vec::new(), purpose: oid::OCSP_SIGNING_DER, at: produced };
    let believed = |candidate: &Certificate| {
        candidate.der == issuer.der
            || (candidate.names_purpose(&oid::OCSP_SIGNING) && path.check(candidate, None).is_ok())
    };
    let answered = std::iter::once(issuer).chain(&came).any(|candidate| {
        is_named(&data.responder_id, candidate)
            && believed(candidate)
            && candidate.verify(&basic.algorithm, None, signed, signature).is_ok()
    });
    if answered { Ok(()) } else { Err(Refusal::EvidenceWrong) }
}

fn is_named(named: &ResponderId, candidate: &Certificate) -> bool {
    match named {
        ResponderId::ByName(name) => *name == candidate.parsed.tbs_certificate.subject,
        ResponderId::ByKey(hash) => candidate.key_bits().is_some_and(|bits| sha1(bits) == hash.as_bytes()),
    }
}

fn is_about(id: &CertId, leaf: &Certificate, issuer: &Certificate) -> bool {
    let hash = |bytes: &[u8]| match id.hash_algorithm.oid {
        oid::SHA1 => Some(sha1(bytes)),
        oid::SHA256 => Some(digest::digest(&digest::SHA256, bytes).as_ref().to_vec()),
        _ => None,
    };
    let name = issuer.subject_der().and_then(|name| hash(&name));
    let key = issuer.key_bits().and_then(hash);
    id.serial_number == leaf.parsed.tbs_certificate.serial_number
        && name.is_some_and(|name| name == id.issuer_name_hash.as_bytes())
        && key.is_some_and(|key| key == id.issuer_key_hash.as_bytes())
}

fn is_fresh(single: &SingleResponse, trust: &Trust, now: UtcMillis) -> bool {
    let from = moment(single.this_update.0.to_unix_duration()).0;
    let until = match &single.next_update {
        Some(next) => moment(next.0.to_unix_duration()).0,
        None => from.saturating_add(i64::from(trust.evidence_life_seconds).saturating_mul(1000)),
    };
    from.saturating_sub(trust.skew()) <= now.0 && now.0 <= until.saturating_add(trust.skew())
}

fn sha1(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
}
