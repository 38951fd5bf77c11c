//! What an enrolment request is answered: certificates as RFC 7030 wants them, or a refusal that gives nothing away.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cms::content_info::ContentInfo;
use der::{Decode as _, Encode as _};
use senim_gateway_core::enrolment::EnrolmentError;
use senim_gateway_core::{GatewayError, Refusal};
use serde_json::json;
use x509_cert::Certificate;

/// A refusal: status, code, and how long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    status: StatusCode,
    code: &'static str,
    retry_seconds: Option<u32>,
}

impl Refused {
    pub const NOT_FOUND: Self = Self::new(StatusCode::NOT_FOUND, "not_found");
    pub const NO_CODE: Self = Self::new(StatusCode::UNAUTHORIZED, "wrong_code");
    pub const BAD_REQUEST: Self = Self::new(StatusCode::BAD_REQUEST, "bad_request");
    pub const TRY_LATER: Self = Self::new(StatusCode::SERVICE_UNAVAILABLE, "try_later");

    const fn new(status: StatusCode, code: &'static str) -> Self {
        Self { status, code, retry_seconds: None }
    }

    /// What follows from the core's answer.
    pub fn of(error: &EnrolmentError) -> Self {
        match error {
            EnrolmentError::WrongCode => Self::NO_CODE,
            EnrolmentError::Locked { retry_seconds } => Self {
                retry_seconds: Some(*retry_seconds),
                ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_tries")
            },
            EnrolmentError::Revoked => Self::new(StatusCode::FORBIDDEN, "revoked"),
            EnrolmentError::NoAuthority => Self::new(StatusCode::NOT_FOUND, "no_authority"),
            EnrolmentError::Gateway(GatewayError::Refused(Refusal::Quarantined)) => {
                Self::new(StatusCode::FORBIDDEN, "quarantined")
            }
            EnrolmentError::Gateway(GatewayError::Refused(_)) => {
                Self::new(StatusCode::FORBIDDEN, "not_enrolled")
            }
            EnrolmentError::Gateway(error) => {
                tracing::error!(%error, "enrolment not handled");
                Self::TRY_LATER
            }
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut reference = [0_u8; 8];
        let _zeros = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut reference);
        let reference: String = reference.iter().map(|byte| format!("{byte:02x}")).collect();
        tracing::info!(code = self.code, reference, "enrolment refused");
        let mut response = (self.status, Json(json!({"code": self.code, "ref": reference}))).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"enrolment\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// A certs-only CMS with one certificate, in base64 (RFC 7030 sections 4.1.3 and 4.2.3).
pub(super) fn certificates(der: &[u8]) -> Result<Response, Refused> {
    let broken = |error: der::Error| {
        tracing::error!(%error, "a certificate of our own cannot be wrapped");
        Refused::TRY_LATER
    };
    let certificate = Certificate::from_der(der).map_err(broken)?;
    let wrapped = ContentInfo::try_from(certificate).and_then(|cms| cms.to_der()).map_err(broken)?;
    let headers = [
        (header::CONTENT_TYPE, "application/pkcs7-mime; smime-type=certs-only"),
        (header::HeaderName::from_static("content-transfer-encoding"), "base64"),
    ];
    Ok((headers, lines(&STANDARD.encode(wrapped))).into_response())
}

/// Base64 in lines of 64, as stock tools want it.
fn lines(text: &str) -> String {
    let mut lines = String::with_capacity(text.len().saturating_add(text.len() / 32));
    for line in text.as_bytes().chunks(64) {
        lines.push_str(std::str::from_utf8(line).unwrap_or_default());
        lines.push('\n');
    }
    lines
}
