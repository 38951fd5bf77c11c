//! The terminal's HTTP API: paths, limits, statuses. What is answered is decided in the core.
//!
//! Who asks is known from the TLS client certificate ([`Peer`]); a path that names another terminal is refused. Core
//! calls block and run on the blocking pool. Nothing of a body is ever logged.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Extension, Json, Router};
use senim_domain::TerminalId;
use senim_gateway_core::{Gateway, GatewayError, IntakeReply, Refusal};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::clock::now;
use crate::metrics::RefusalCode;

/// Longest batch.
const MAX_BATCH_BYTES: usize = 16 << 20;
/// Longest attachment.
const MAX_ATTACHMENT_BYTES: usize = 4 << 20;
/// Longest checkpoint note.
const MAX_NOTE_BYTES: usize = 16 << 10;
/// Longest wait of a poll.
const MAX_WAIT_SECONDS: u64 = 25;
/// How often a waiting poll looks: directives may come from another process through the database alone.
const POLL_EVERY: Duration = Duration::from_millis(250);

/// Who is at the other end of the connection.
#[derive(Clone, Debug)]
pub struct Peer(pub TerminalId);

/// What handlers share.
#[derive(Clone)]
pub struct Shared {
    /// The MFO.
    pub gateway: Arc<Gateway>,
    /// True once the server ends.
    pub ending: watch::Receiver<bool>,
}

/// The API.
pub fn router(shared: Shared) -> Router {
    let limit = DefaultBodyLimit::max;
    let renewal = crate::est::renewal(Arc::clone(&shared.gateway));
    let operations = post(operations).get(watermark).layer(limit(MAX_BATCH_BYTES));
    let attachment = put(attachment).layer(limit(MAX_ATTACHMENT_BYTES));
    let checkpoint = post(checkpoint).layer(limit(MAX_NOTE_BYTES));
    Router::new()
        .route("/v1/terminals/{id}/operations", operations)
        .route("/v1/terminals/{id}/attachments/{sha256}", attachment)
        .route("/v1/terminals/{id}/checkpoint", checkpoint)
        .route("/v1/terminals/{id}/inbox", get(inbox))
        .route("/v1/time", get(time))
        .merge(renewal)
        .route("/healthz", get(|| async { Json(json!({"status": "ok"})) }))
        .fallback(|| async {
            Failure::new(StatusCode::NOT_FOUND, "not_found", "there is nothing at this address")
        })
        .with_state(shared)
}

/// An answer that is no success.
struct Failure {
    status: StatusCode,
    body: Value,
}

impl Failure {
    fn new(status: StatusCode, code: &str, message: &str) -> Self {
        Self { status, body: json!({"code": code, "message": message}) }
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        if let Some(fields) = self.body.as_object_mut() {
            fields.insert(name.to_owned(), value);
        }
        self
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let code = self.body.get("code").and_then(Value::as_str).unwrap_or_default().to_owned();
        (self.status, Extension(RefusalCode(code)), Json(self.body)).into_response()
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
            Refusal::TooManyLoose => (StatusCode::INSUFFICIENT_STORAGE, "too_many_loose"),
            Refusal::BadNote { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "bad_note"),
            Refusal::BadNonce => (StatusCode::BAD_REQUEST, "bad_nonce"),
            Refusal::BadDirective(_) => (StatusCode::BAD_REQUEST, "bad_request"),
        };
        let failure = Self::new(status, code, &refusal.to_string());
        match refusal {
            Refusal::Gap { expected_seq } => failure.with("expected_seq", json!(expected_seq)),
            Refusal::Fork { seq } => failure.with("seq", json!(seq)),
            Refusal::BadRow { seq, code } => failure.with("seq", json!(seq)).with("cause", json!(code)),
            Refusal::NotEnrolled
            | Refusal::Quarantined
            | Refusal::WrongProfile
            | Refusal::TooManyRows { .. }
            | Refusal::HashMismatch
            | Refusal::TooManyLoose
            | Refusal::BadNote { .. }
            | Refusal::BadNonce
            | Refusal::BadDirective(_) => failure,
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
            | GatewayError::Internal(_) => {
                tracing::error!(%error, "request not handled");
                try_later()
            }
        }
    }
}

/// A certificate that does not count any more.
pub(crate) fn revoked() -> Response {
    Failure::new(StatusCode::FORBIDDEN, "revoked", "the certificate is revoked").into_response()
}

fn try_later() -> Failure {
    Failure::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "try_later",
        "not possible just now; send the same again later",
    )
}

fn own(shared: &Shared, peer: &Peer, id: &str) -> Result<TerminalId, Failure> {
    if peer.0.as_str() == id {
        shared.gateway.hear(&peer.0, now());
        return Ok(peer.0.clone());
    }
    tracing::warn!(terminal = %peer.0, "address of another terminal");
    Err(Failure::new(StatusCode::FORBIDDEN, "wrong_terminal", "the certificate is of another terminal"))
}

/// Runs a blocking call of the core.
async fn call<T: Send + 'static>(
    shared: &Shared,
    work: impl FnOnce(&Gateway) -> Result<T, GatewayError> + Send + 'static,
) -> Result<T, Failure> {
    let gateway = Arc::clone(&shared.gateway);
    match tokio::task::spawn_blocking(move || work(&gateway)).await {
        Ok(done) => done.map_err(Failure::from),
        Err(_) => Err(try_later()),
    }
}

/// The body, or the refusal that fits why it could not be read.
fn body(body: Result<Bytes, axum::extract::rejection::BytesRejection>) -> Result<Bytes, Failure> {
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Failure::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "the body is too long; send less at once",
        ),
        _ => Failure::new(StatusCode::BAD_REQUEST, "bad_request", "the body broke off"),
    })
}

fn text(bytes: &Bytes) -> Result<&str, Failure> {
    std::str::from_utf8(bytes)
        .map_err(|_| Failure::new(StatusCode::BAD_REQUEST, "bad_request", "the body is not UTF-8"))
}

type Body = Result<Bytes, axum::extract::rejection::BytesRejection>;

async fn operations(
    State(shared): State<Shared>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    headers: HeaderMap,
    bytes: Body,
) -> Result<Response, Failure> {
    let terminal = own(&shared, &peer, &id)?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().map(str::trim) != Some("application/x-ndjson") {
        let text = "send application/x-ndjson";
        return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", text));
    }
    let bytes = body(bytes)?;
    text(&bytes)?;
    let reply = call(&shared, move |gateway| {
        let text = std::str::from_utf8(&bytes).unwrap_or_default();
        let rows: Vec<&str> = text.strip_suffix('\n').unwrap_or(text).split('\n').collect();
        let rows = if text.is_empty() { &[] } else { rows.as_slice() };
        gateway.intake(&terminal, rows, now())
    })
    .await?;
    Ok(intake_answer(reply))
}

async fn watermark(
    State(shared): State<Shared>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let terminal = own(&shared, &peer, &id)?;
    Ok(intake_answer(call(&shared, move |gateway| gateway.intake(&terminal, &[], now())).await?))
}

fn intake_answer(reply: IntakeReply) -> Response {
    let (seq, hash) = reply.acked.map(|head| (head.seq, head.hash)).unzip();
    match reply.refusal {
        Some(refusal) => Failure::from(&refusal)
            .with("acked_seq", json!(seq))
            .with("acked_hash", json!(hash))
            .with("rewind", json!(reply.rewind))
            .into_response(),
        None => Json(json!({
            "acked_seq": seq,
            "acked_hash": hash,
            "replies": reply.replies,
            "missing": reply.missing,
            "archived": reply.archived,
            "inbox": reply.inbox,
            "rewind": reply.rewind,
            "cosignature": null,
        }))
        .into_response(),
    }
}

async fn attachment(
    State(shared): State<Shared>,
    Extension(peer): Extension<Peer>,
    Path((id, sha256)): Path<(String, String)>,
    bytes: Body,
) -> Result<Json<Value>, Failure> {
    let terminal = own(&shared, &peer, &id)?;
    let bytes = body(bytes)?;
    text(&bytes)?;
    let reply = call(&shared, move |gateway| {
        let jwe = std::str::from_utf8(&bytes).unwrap_or_default();
        gateway.put_attachment(&terminal, &sha256, jwe, now())
    })
    .await?;
    Ok(Json(json!({
        "stored": true, "matched": reply.matched, "archived": reply.archived, "replies": reply.replies,
    })))
}

async fn checkpoint(
    State(shared): State<Shared>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    bytes: Body,
) -> Result<Json<Value>, Failure> {
    let terminal = own(&shared, &peer, &id)?;
    let note = text(&body(bytes)?)?.to_owned();
    let (reply, rewind) = call(&shared, move |gateway| {
        match gateway.checkpoint(&terminal, &note, now()) {
            // What a terminal shows over rows that are not here may have just called for them.
            Err(GatewayError::Refused(refusal)) => Ok((Err(refusal), gateway.open_call(&terminal)?)),
            reply => Ok((Ok(reply?), None)),
        }
    })
    .await?;
    match reply {
        Ok(reply) => Ok(Json(json!({"note": reply.note, "archived": []}))),
        Err(refusal) => Err(Failure::from(&refusal).with("rewind", json!(rewind))),
    }
}

#[derive(Deserialize)]
struct InboxQuery {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    wait: u64,
}

async fn inbox(
    State(mut shared): State<Shared>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    query: Result<Query<InboxQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Value>, Failure> {
    let terminal = own(&shared, &peer, &id)?;
    let Ok(Query(query)) = query else {
        return Err(Failure::new(StatusCode::BAD_REQUEST, "bad_request", "after and wait are numbers"));
    };
    let deadline = tokio::time::Instant::now() + Duration::from_secs(query.wait.min(MAX_WAIT_SECONDS));
    loop {
        let asked = terminal.clone();
        let (messages, head) =
            call(&shared, move |gateway| gateway.inbox(&asked, query.after, now())).await?;
        let over = tokio::time::Instant::now() >= deadline || *shared.ending.borrow();
        if !messages.is_empty() || over {
            let messages: Vec<Value> =
                messages.into_iter().map(|item| json!({"n": item.n, "jws": item.jws})).collect();
            return Ok(Json(json!({"messages": messages, "head": head})));
        }
        tokio::select! {
            () = tokio::time::sleep(POLL_EVERY) => {}
            _ = shared.ending.changed() => {}
        }
    }
}

#[derive(Deserialize)]
struct TimeQuery {
    nonce: String,
}

async fn time(
    State(shared): State<Shared>,
    query: Result<Query<TimeQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Failure> {
    let nonce = query.map(|Query(query)| query.nonce).map_err(|_| Failure::from(&Refusal::BadNonce))?;
    let compact = call(&shared, move |gateway| gateway.time(&nonce, now())).await?;
    Ok(([(header::CONTENT_TYPE, "application/jose")], compact).into_response())
}
