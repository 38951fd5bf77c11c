//! Answers that are no success: `{code, ref}` and what the protocol itself needs, nothing else.
//!
//! The cause goes to the log under the same `ref`, so that whoever holds the answer can ask about it and whoever only
//! provoked it learns nothing.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use senim_gateway_core::{GatewayError, Refusal};
use serde_json::{Map, Value, json};

use crate::metrics::RefusalCode;

/// An answer that is no success.
#[derive(Debug)]
pub struct Failure {
    status: StatusCode,
    code: &'static str,
    cause: String,
    fields: Map<String, Value>,
}

impl Failure {
    /// A refusal with its code on the wire and its cause for the log.
    pub fn new(status: StatusCode, code: &'static str, cause: &str) -> Self {
        Self { status, code, cause: cause.to_owned(), fields: Map::new() }
    }

    /// With a field that the protocol needs.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.fields.insert(name.to_owned(), value);
        self
    }
}

/// Not possible just now, for a cause of ours.
pub fn try_later(cause: &str) -> Failure {
    Failure::new(StatusCode::SERVICE_UNAVAILABLE, "try_later", cause)
}

/// A number by which an answer is found in the log.
fn reference() -> String {
    let mut bytes = [0_u8; 9];
    match ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes) {
        Ok(()) => URL_SAFE_NO_PAD.encode(bytes),
        Err(_) => "none".to_owned(),
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let reference = reference();
        let (status, code, cause) = (self.status.as_u16(), self.code, self.cause);
        if self.status.is_server_error() {
            tracing::error!(reference, status, code, cause, "request not handled");
        } else {
            tracing::info!(reference, status, code, cause, "request refused");
        }
        let mut body = self.fields;
        body.insert("code".to_owned(), json!(code));
        body.insert("ref".to_owned(), json!(reference));
        (self.status, Extension(RefusalCode(code.to_owned())), Json(Value::Object(body))).into_response()
    }
}

impl From<&Refusal> for Failure {
    fn from(refusal: &Refusal) -> Self {
        let (status, code) = match refusal {
            Refusal::NotEnrolled => (StatusCode::FORBIDDEN, "not_enrolled"),
            Refusal::Quarantined => (StatusCode::FORBIDDEN, "quarantined"),
            Refusal::Gap { .. } => (StatusCode::CONFLICT, "gap"),
            Refusal::Fork { .. } => (StatusCode::CONFLICT, "fork"),
            Refusal::BadRow { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "bad_row"),
            Refusal::WrongProfile => (StatusCode::UNPROCESSABLE_ENTITY, "wrong_profile"),
            Refusal::TooManyRows { .. } => (StatusCode::BAD_REQUEST, "bad_request"),
            Refusal::HashMismatch => (StatusCode::UNPROCESSABLE_ENTITY, "hash_mismatch"),
            Refusal::TooManyAhead => (StatusCode::INSUFFICIENT_STORAGE, "too_many_ahead"),
            Refusal::NotAhead => (StatusCode::UNPROCESSABLE_ENTITY, "not_ahead"),
            Refusal::Offset { .. } => (StatusCode::CONFLICT, "offset"),
            Refusal::BadPiece => (StatusCode::BAD_REQUEST, "bad_piece"),
            Refusal::BadTelemetry(_) => (StatusCode::BAD_REQUEST, "bad_telemetry"),
            Refusal::TooManyLoose => (StatusCode::INSUFFICIENT_STORAGE, "too_many_loose"),
            Refusal::BadNote { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "bad_note"),
            Refusal::BadNonce => (StatusCode::BAD_REQUEST, "bad_nonce"),
            Refusal::OpeningLimit => (StatusCode::TOO_MANY_REQUESTS, "opening_limit"),
            Refusal::BadDirective(_) | Refusal::RulePack(_) | Refusal::Activation(_) => {
                (StatusCode::BAD_REQUEST, "bad_request")
            }
        };
        let failure = Self::new(status, code, &refusal.to_string());
        match refusal {
            Refusal::Gap { expected_seq } => failure.with("expected_seq", json!(expected_seq)),
            Refusal::Offset { held } => failure.with("held", json!(held)),
            Refusal::NotEnrolled
            | Refusal::Quarantined
            | Refusal::Fork { .. }
            | Refusal::BadRow { .. }
            | Refusal::WrongProfile
            | Refusal::TooManyRows { .. }
            | Refusal::HashMismatch
            | Refusal::TooManyAhead
            | Refusal::NotAhead
            | Refusal::BadPiece
            | Refusal::BadTelemetry(_)
            | Refusal::TooManyLoose
            | Refusal::BadNote { .. }
            | Refusal::BadNonce
            | Refusal::OpeningLimit
            | Refusal::BadDirective(_)
            | Refusal::RulePack(_)
            | Refusal::Activation(_) => failure,
        }
    }
}

impl From<GatewayError> for Failure {
    fn from(error: GatewayError) -> Self {
        match error {
            GatewayError::Refused(refusal) => (&refusal).into(),
            GatewayError::Store(_)
            | GatewayError::Key(_)
            | GatewayError::Vault(_)
            | GatewayError::NoEntropy(_)
            | GatewayError::Internal(_) => try_later(&error.to_string()),
        }
    }
}
