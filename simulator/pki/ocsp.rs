//! The OCSP responder (RFC 6960): a certificate of its own under the issuing authority answers for it.

use std::time::Duration;

use der::asn1::{BitString, GeneralizedTime, Null};
use der::{Decode as _, Encode as _};
use x509_cert::Certificate;
use x509_ocsp::{
    AsResponseBytes as _, BasicOcspResponse, CertId, CertStatus, OcspGeneralizedTime, OcspRequest,
    OcspResponse, ResponderId, ResponseData, RevokedInfo, SingleResponse, Version,
};

use crate::PkiError;
use crate::authority::{Key, Pki};
use crate::cms_writer::algorithm;

/// How long an answer is good, milliseconds.
const LIFE: i64 = 3_600_000;

impl Pki {
    /// Answers a question; what cannot be read gets the answer that says so.
    ///
    /// # Errors
    /// [`PkiError`] when the library fails.
    pub fn ocsp(&self, request: &[u8], now: i64) -> Result<Vec<u8>, PkiError> {
        self.ocsp_by(request, now, &self.ocsp.der, &self.ocsp.key)
    }

    /// The same answer signed by somebody else, who has no right to.
    ///
    /// # Errors
    /// [`PkiError`] when the library fails.
    pub fn ocsp_by(&self, request: &[u8], now: i64, by: &[u8], key: &Key) -> Result<Vec<u8>, PkiError> {
        let Ok(request) = OcspRequest::from_der(request) else {
            return Ok(OcspResponse::malformed_request().to_der()?);
        };
        let at = |ms: i64| -> Result<OcspGeneralizedTime, PkiError> {
            let seconds = u64::try_from(ms / 1000).map_err(PkiError::of)?;
            Ok(OcspGeneralizedTime(GeneralizedTime::from_unix_duration(Duration::from_secs(seconds))?))
        };
        let mut responses = Vec::new();
        for asked in &request.tbs_request.request_list {
            responses.push(SingleResponse {
                cert_id: asked.req_cert.clone(),
                cert_status: self.status(&asked.req_cert, &at)?,
                this_update: at(now)?,
                next_update: Some(at(now.saturating_add(LIFE))?),
                single_extensions: None,
            });
        }
        let own = Certificate::from_der(by)?;
        let data = ResponseData {
            version: Version::V1,
            responder_id: ResponderId::ByName(own.tbs_certificate.subject.clone()),
            produced_at: at(now)?,
            responses,
            // The nonce comes back as it was sent.
            response_extensions: request.tbs_request.request_extensions.clone(),
        };
        let signature = key.sign(&data.to_der()?)?;
        let basic = BasicOcspResponse {
            tbs_response_data: data,
            signature_algorithm: algorithm(key.algorithm()),
            signature: BitString::from_bytes(&signature)?,
            certs: Some(vec![own]),
        };
        let bytes = basic.to_response_bytes()?;
        Ok(OcspResponse {
            response_status: x509_ocsp::OcspResponseStatus::Successful,
            response_bytes: Some(bytes),
        }
        .to_der()?)
    }

    /// Only of certificates under the issuing authority does it know anything.
    fn status(
        &self,
        asked: &CertId,
        at: &impl Fn(i64) -> Result<OcspGeneralizedTime, PkiError>,
    ) -> Result<CertStatus, PkiError> {
        let issuing = Certificate::from_der(&self.issuing.der)?;
        let key = issuing.tbs_certificate.subject_public_key_info.subject_public_key;
        let key = key.as_bytes().unwrap_or_default();
        let legacy = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, key);
        if asked.issuer_key_hash.as_bytes() != legacy.as_ref() {
            return Ok(CertStatus::Unknown(Null));
        }
        Ok(match self.revoked(asked.serial_number.as_bytes()) {
            Some(since) => {
                CertStatus::Revoked(RevokedInfo { revocation_time: at(since)?, revocation_reason: None })
            }
            None => CertStatus::Good(Null),
        })
    }
}
