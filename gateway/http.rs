//! The terminal's HTTP API: paths, limits, statuses. What is answered is decided in the core.
//!
//! Who asks is known from the TLS client certificate ([`Peer`]); a path that names another terminal is refused. Core
//! calls block and run on the blocking pool. Nothing of a body is ever logged.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};
use axum::{Extension, Json, Router};
use senim_domain::{OperationId, TerminalId};
use senim_gateway_core::{Gateway, GatewayError, IntakeReply, Refusal};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::clock::now;
use crate::exchange;
use crate::guard::{self, Guard};
use crate::refusal::{Failure, try_later};

/// Longest batch, and longest body of all.
pub(crate) const MAX_BATCH_BYTES: usize = 16 << 20;
/// Longest attachment.
const MAX_ATTACHMENT_BYTES: usize = 4 << 20;
/// Longest checkpoint note.
const MAX_NOTE_BYTES: usize = 16 << 10;
/// Longest wait of a poll.
const MAX_WAIT_SECONDS: u64 = 25;
/// How soon a waiting poll looks again, at first and in the end: directives may come from another process through the
/// database alone, and a fleet that waits should not keep it busy.
const POLL_FIRST: Duration = Duration::from_millis(250);
const POLL_LAST: Duration = Duration::from_secs(2);

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
    /// What one terminal and all together may ask for at once.
    pub guard: Arc<Guard>,
}

/// The API.
pub fn router(shared: Shared) -> Router {
    let limit = DefaultBodyLimit::max;
    let renewal = crate::est::renewal(Arc::clone(&shared.gateway));
    let operations = post(operations).get(watermark).layer(limit(MAX_BATCH_BYTES));
    let attachment = put(attachment)
        .get(exchange::attachment_held)
        .patch(exchange::attachment_piece)
        .layer(limit(MAX_ATTACHMENT_BYTES));
    let ahead = post(exchange::ahead).layer(limit(exchange::MAX_AHEAD_BYTES));
    let telemetry = post(exchange::telemetry).layer(limit(exchange::MAX_TELEMETRY_BYTES));
    let checkpoint = post(checkpoint).layer(limit(MAX_NOTE_BYTES));
    Router::new()
        .route("/v1/terminals/{id}/operations", operations)
        .route("/v1/terminals/{id}/ahead", ahead)
        .route("/v1/terminals/{id}/attachments/{sha256}", attachment)
        .route("/v1/terminals/{id}/telemetry", telemetry)
        .route("/v1/terminals/{id}/checkpoint", checkpoint)
        .route("/v1/terminals/{id}/inbox", get(inbox))
        .route("/v1/time", get(time))
        .merge(renewal)
        .route("/healthz", get(|| async { Json(json!({"status": "ok"})) }))
        .fallback(|| async {
            Failure::new(StatusCode::NOT_FOUND, "not_found", "there is nothing at this address")
        })
        .method_not_allowed_fallback(|| async {
            Failure::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "another method")
        })
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&shared.guard), guard::watch))
        .with_state(shared)
}

/// A certificate that does not count any more.
pub(crate) fn revoked() -> Response {
    Failure::new(StatusCode::FORBIDDEN, "revoked", "the certificate is revoked").into_response()
}

pub(crate) fn own(shared: &Shared, peer: &Peer, id: &str) -> Result<TerminalId, Failure> {
    if peer.0.as_str() == id {
        shared.gateway.hear(&peer.0, now());
        return Ok(peer.0.clone());
    }
    tracing::warn!(terminal = %peer.0, "address of another terminal");
    Err(Failure::new(StatusCode::FORBIDDEN, "wrong_terminal", "the certificate is of another terminal"))
}

/// Runs a blocking call of the core.
pub(crate) async fn call<T: Send + 'static>(
    shared: &Shared,
    work: impl FnOnce(&Gateway) -> Result<T, GatewayError> + Send + 'static,
) -> Result<T, Failure> {
    let gateway = Arc::clone(&shared.gateway);
    match tokio::task::spawn_blocking(move || work(&gateway)).await {
        Ok(done) => done.map_err(Failure::from),
        Err(error) => Err(try_later(&error.to_string())),
    }
}

/// The body, or the refusal that fits why it could not be read.
pub(crate) fn body(body: Result<Bytes, axum::extract::rejection::BytesRejection>) -> Result<Bytes, Failure> {
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Failure::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "the body is too long; send less at once",
        ),
        _ => Failure::new(StatusCode::BAD_REQUEST, "bad_request", "the body broke off"),
    })
}

pub(crate) fn text(bytes: &[u8]) -> Result<&str, Failure> {
    std::str::from_utf8(bytes)
        .map_err(|_| Failure::new(StatusCode::BAD_REQUEST, "bad_request", "the body is not UTF-8"))
}

pub(crate) type Body = Result<Bytes, axum::extract::rejection::BytesRejection>;

async fn operations(
    State(shared): State<Shared>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    headers: HeaderMap,
    bytes: Body,
) -> Result<Response, Failure> {
    let terminal = own(&shared, &peer, &id)?;
    let bytes = body(bytes)?;
    let rows = tokio::task::spawn_blocking(move || exchange::rows(&headers, &bytes))
        .await
        .map_err(|error| try_later(&error.to_string()))??;
    let reply = call(&shared, move |gateway| gateway.intake(&terminal, &rows.list(), now())).await?;
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
    Ok(exchange::stored(&reply))
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
    /// Operation whose answer somebody waits for.
    awaits: Option<OperationId>,
}

async fn inbox(
    State(mut shared): State<Shared>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    query: Result<Query<InboxQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Value>, Failure> {
    let terminal = own(&shared, &peer, &id)?;
    let Ok(Query(query)) = query else {
        let message = "after and wait are numbers, awaits is an operation";
        return Err(Failure::new(StatusCode::BAD_REQUEST, "bad_request", message));
    };
    let mut pause = POLL_FIRST;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(query.wait.min(MAX_WAIT_SECONDS));
    loop {
        let asked = terminal.clone();
        let (late, (messages, head)) = call(&shared, move |gateway| {
            let late = gateway.late_answers(&asked, query.awaits, now())?;
            Ok((late, gateway.inbox(&asked, query.after, now())?))
        })
        .await?;
        let over = tokio::time::Instant::now() >= deadline || *shared.ending.borrow();
        if !messages.is_empty() || !late.is_empty() || over {
            let messages: Vec<Value> =
                messages.into_iter().map(|item| json!({"n": item.n, "jws": item.jws})).collect();
            return Ok(Json(json!({"messages": messages, "head": head, "replies": late})));
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = shared.ending.changed() => {}
        }
        pause = pause.saturating_mul(2).min(POLL_LAST);
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
