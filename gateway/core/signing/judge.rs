//! The verdict on a CMS: evidence is fetched, the pure judge speaks, and what counts is kept sealed with its evidence.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::iin::Iin;
use senim_domain::{
    ClientId, LoanId, OperationId, SecretBytes, SessionId, SignatureId, TerminalId, UtcMillis,
};
use senim_eds::{Algorithm, Demand, Evidence, Signed, Verified, ocsp_request};
use senim_operation::jws::sha256_b64;
use senim_operation::signature::{SignaturePurpose, SignatureRefusal};
use serde_json::json;

use super::documents::Signable;
use super::record::{Accepted, Refused, SignatureRecord, SignatureState, document_of};
use super::{gost, name_of};
use crate::Gateway;
use crate::archive::Class;
use crate::connectors::Eds;
use crate::content_keys::Owner;
use crate::error::GatewayError;
use crate::store::Change;

/// The verdict could not be given now: a service behind it is away.
pub(super) const UNAVAILABLE: &str = "unavailable";

/// Who signs what, before anything is signed.
pub(crate) struct Case {
    pub(super) purpose: SignaturePurpose,
    pub(super) loan: Option<LoanId>,
    pub(super) document: Signable,
    pub(super) document_sha256: String,
    pub(super) terminal: TerminalId,
    pub(super) session: SessionId,
    pub(super) client: Option<ClientId>,
    pub(super) iin_attachment: String,
    pub(super) iin: Iin,
}

impl Case {
    pub(super) fn record(
        &self,
        op_id: OperationId,
        asked: UtcMillis,
        state: SignatureState,
    ) -> SignatureRecord {
        SignatureRecord {
            purpose: self.purpose,
            loan: self.loan,
            document_sha256: self.document_sha256.clone(),
            terminal: self.terminal.clone(),
            session: self.session,
            client: self.client,
            iin_attachment: self.iin_attachment.clone(),
            op_id,
            asked,
            state,
        }
    }
}

/// A signature that counts, and what that rests on.
pub(crate) struct Found {
    pub(super) signed_at: UtcMillis,
    pub(super) algorithm: &'static str,
    pub(super) certificate_sha256: String,
    /// One JSON document; holds the client's name.
    pub(super) evidence: zeroize::Zeroizing<String>,
}

impl Gateway {
    /// Judges a CMS over a document. The refusal `unavailable` means: not now.
    pub(super) fn judge_signature(
        &self,
        eds: &Eds,
        cms: &[u8],
        document: &SecretBytes,
        iin: &Iin,
        asked: UtcMillis,
        now: UtcMillis,
    ) -> Result<Result<Found, Refused>, GatewayError> {
        let refused = |refusal: &senim_eds::Refusal| Refused::new(refusal.code(), told(refusal), now);
        let signed = match Signed::read(cms) {
            Ok(signed) => signed,
            Err(refusal) => return Ok(Err(refused(&refusal))),
        };
        if signed.algorithm() == Algorithm::Gost {
            return Ok(gost::judge(eds, &signed, cms, document, iin, asked, now));
        }
        let Some(evidence) = self.fetch_evidence(eds, &signed)? else {
            return Ok(Err(Refused::new(UNAVAILABLE, SignatureRefusal::TryLater, now)));
        };
        let demand = Demand { document: document.expose(), iin, asked, now };
        Ok(match signed.verify(&demand, &eds.trust, &evidence) {
            Ok(verified) => Ok(found(&verified, &evidence, now)),
            Err(refusal) => Err(refused(&refusal)),
        })
    }

    /// OCSP where it answers, else lists; `None`: neither.
    fn fetch_evidence(&self, eds: &Eds, signed: &Signed) -> Result<Option<Evidence>, GatewayError> {
        let mut nonce = vec![0; 16];
        self.entropy.fill(&mut nonce).map_err(|error| GatewayError::Internal(error.to_string()))?;
        let request =
            signed.issuer(&eds.trust).and_then(|issuer| ocsp_request(signed.certificate(), &issuer, &nonce));
        let Some(request) = request else {
            // Nobody here has issued it: the judge will say so without evidence.
            return Ok(Some(Evidence::default()));
        };
        match eds.revocation.ocsp(&request) {
            Ok(answer) => {
                return Ok(Some(Evidence { ocsp: Some(answer), nonce: Some(nonce), crls: Vec::new() }));
            }
            Err(error) => tracing::warn!(%error, "no OCSP answer; revocation lists are asked"),
        }
        match eds.revocation.lists() {
            Ok(crls) => Ok(Some(Evidence { ocsp: None, nonce: None, crls })),
            Err(error) => {
                tracing::warn!(%error, "no revocation list either");
                Ok(None)
            }
        }
    }

    /// Keeps CMS and evidence as a document of the client.
    pub(super) fn keep_signature(
        &self,
        signature: SignatureId,
        record: &SignatureRecord,
        cms: &[u8],
        found: &Found,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<Accepted, GatewayError> {
        let owner = match record.client {
            Some(client) => Owner::client(client),
            None => Owner::visit(&record.terminal, record.session),
        };
        let key = self.enter_document(&document_of(signature), owner, Class::Signature, now, changes)?;
        let text = zeroize::Zeroizing::new(STANDARD.encode(cms));
        Ok(Accepted {
            cms_sha256: name_of(cms),
            signed_at: found.signed_at,
            at: now,
            algorithm: found.algorithm.to_owned(),
            certificate_sha256: found.certificate_sha256.clone(),
            cms_sealed: key.seal(self, "cms", &text)?,
            evidence_sealed: key.seal(self, "evidence", &found.evidence)?,
        })
    }
}

fn found(verified: &Verified, evidence: &Evidence, now: UtcMillis) -> Found {
    let base64 = |bytes: &[u8]| STANDARD.encode(bytes);
    let all = |list: &[Vec<u8>]| list.iter().map(|bytes| base64(bytes)).collect::<Vec<_>>();
    let text = json!({
        "ver": 1,
        "judged_at": now,
        "signed_at": verified.signed_at,
        "timestamp_policy": verified.stamp.policy,
        "timestamp_chain": all(&verified.stamp.chain),
        "certificate": base64(&verified.certificate),
        "chain": all(&verified.chain),
        "ocsp": evidence.ocsp.as_deref().map(base64),
        "ocsp_nonce": evidence.nonce.as_deref().map(base64),
        "revocation_lists": all(&evidence.crls),
    });
    Found {
        signed_at: verified.signed_at,
        algorithm: match verified.algorithm {
            Algorithm::Rsa => "rsa",
            Algorithm::Ecdsa => "ecdsa",
            Algorithm::Gost | Algorithm::Unknown => "unknown",
        },
        certificate_sha256: sha256_b64(&verified.certificate),
        evidence: zeroize::Zeroizing::new(text.to_string()),
    }
}

/// What the person is told of a refusal.
pub(super) const fn told(refusal: &senim_eds::Refusal) -> SignatureRefusal {
    use senim_eds::Refusal;
    match refusal {
        Refusal::OtherPerson => SignatureRefusal::OtherPerson,
        Refusal::NotForSigning => SignatureRefusal::WrongKey,
        Refusal::Organisation | Refusal::NotIndividual => SignatureRefusal::Organisation,
        Refusal::Expired => SignatureRefusal::CertificateExpired,
        Refusal::NotYetValid => SignatureRefusal::CertificateNotYetValid,
        Refusal::Revoked { .. } => SignatureRefusal::CertificateRevoked,
        Refusal::IssuerUnknown | Refusal::IssuerNotValid => SignatureRefusal::CertificateUnknown,
        Refusal::OtherDocument => SignatureRefusal::OtherDocument,
        Refusal::AlgorithmUnknown | Refusal::Gost => SignatureRefusal::KeyNotAccepted,
        Refusal::RevocationUnknown | Refusal::EvidenceWrong => SignatureRefusal::TryLater,
        Refusal::Malformed
        | Refusal::Signers(_)
        | Refusal::CertificateMissing
        | Refusal::SignatureWrong
        | Refusal::TimestampMissing
        | Refusal::Timestamp(_)
        | Refusal::OutsideWindow => SignatureRefusal::NotVerified,
    }
}
