//! The parts of the terminal's API that keep a slow line usable: batches in few bytes, rows ahead of the chain,
//! attachments in pieces, telemetry.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use senim_gateway_core::{AttachmentReply, Held, MAX_ROWS, Piece, PieceReply};
use senim_operation::batch;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::now;
use crate::http::{Body, Peer, Shared, body, call, own, text};
use crate::refusal::Failure;

/// Longest body of a row ahead: its KeyEpoch row and itself.
pub(crate) const MAX_AHEAD_BYTES: usize = 2 << 20;
/// Longest piece of an attachment.
pub(crate) const MAX_PIECE_BYTES: usize = 1 << 20;
/// Longest telemetry.
pub(crate) const MAX_TELEMETRY_BYTES: usize = 128 << 10;
/// Plain rows.
const LINES: &str = "application/x-ndjson";

/// Rows as they were sent.
pub(crate) enum Rows {
    /// As lines.
    Lines(String),
    /// As a batch.
    Batch(Vec<String>),
}

impl Rows {
    /// One by one.
    pub(crate) fn list(&self) -> Vec<&str> {
        match self {
            Self::Lines(text) if text.is_empty() => Vec::new(),
            Self::Lines(text) => text.strip_suffix('\n').unwrap_or(text).split('\n').collect(),
            Self::Batch(rows) => rows.iter().map(String::as_str).collect(),
        }
    }
}

/// The rows of a body in either form.
pub(crate) fn rows(headers: &HeaderMap, bytes: &[u8]) -> Result<Rows, Failure> {
    match media_type(headers) {
        LINES => Ok(Rows::Lines(text(bytes)?.to_owned())),
        batch::CONTENT_TYPE => batch::decode(bytes, MAX_ROWS).map(Rows::Batch).map_err(|error| {
            let (status, code) = match error {
                batch::BatchError::TooLarge | batch::BatchError::TooManyRows { .. } => {
                    (StatusCode::PAYLOAD_TOO_LARGE, "too_large")
                }
                batch::BatchError::NotZstd
                | batch::BatchError::BrokenOff
                | batch::BatchError::Layout(_)
                | batch::BatchError::NotRebuilt { .. } => (StatusCode::BAD_REQUEST, "bad_batch"),
            };
            Failure::new(status, code, &error.to_string())
        }),
        _ => Err(unsupported("send application/x-ndjson or application/vnd.senim.batch+zstd")),
    }
}

fn media_type(headers: &HeaderMap) -> &str {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().map(str::trim).unwrap_or_default()
}

fn lines(headers: &HeaderMap, bytes: &[u8]) -> Result<String, Failure> {
    if media_type(headers) != LINES {
        return Err(unsupported("send application/x-ndjson"));
    }
    text(bytes).map(str::to_owned)
}

fn unsupported(message: &str) -> Failure {
    Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message)
}

pub(crate) async fn ahead(
    State(shared): State<Shared>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    headers: HeaderMap,
    bytes: Body,
) -> Result<Json<Value>, Failure> {
    let terminal = own(&shared, &peer, &id)?;
    let rows = Rows::Lines(lines(&headers, &body(bytes)?)?);
    let reply = call(&shared, move |gateway| gateway.ahead(&terminal, &rows.list(), now())).await?;
    let (seq, hash) = reply.acked.map(|head| (head.seq, head.hash)).unzip();
    Ok(Json(json!({
        "acked_seq": seq,
        "acked_hash": hash,
        "replies": reply.replies,
        "missing": reply.missing,
        "inbox": reply.inbox,
    })))
}

pub(crate) fn stored(reply: &AttachmentReply) -> Json<Value> {
    Json(json!({
        "stored": true, "matched": reply.matched, "archived": reply.archived, "replies": reply.replies,
    }))
}

fn held(held: &Held) -> Json<Value> {
    Json(json!({"held": held.bytes, "stored": held.complete, "archived": held.archived}))
}

pub(crate) async fn attachment_held(
    State(shared): State<Shared>,
    Extension(peer): Extension<Peer>,
    Path((id, sha256)): Path<(String, String)>,
) -> Result<Json<Value>, Failure> {
    let terminal = own(&shared, &peer, &id)?;
    let found = call(&shared, move |gateway| gateway.attachment_held(&terminal, &sha256, now())).await?;
    Ok(held(&found))
}

/// Where a piece belongs.
#[derive(Deserialize)]
pub(crate) struct PieceQuery {
    offset: usize,
    size: usize,
}

pub(crate) async fn attachment_piece(
    State(shared): State<Shared>,
    Extension(peer): Extension<Peer>,
    Path((id, sha256)): Path<(String, String)>,
    query: Result<Query<PieceQuery>, axum::extract::rejection::QueryRejection>,
    bytes: Body,
) -> Result<Response, Failure> {
    let terminal = own(&shared, &peer, &id)?;
    let Ok(Query(PieceQuery { offset, size })) = query else {
        return Err(Failure::new(StatusCode::BAD_REQUEST, "bad_request", "offset and size are numbers"));
    };
    let bytes = body(bytes)?;
    if bytes.len() > MAX_PIECE_BYTES {
        let message = "the piece is too long; send less at once";
        return Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message));
    }
    text(&bytes)?;
    let reply = call(&shared, move |gateway| {
        let piece = Piece { offset, size, text: std::str::from_utf8(&bytes).unwrap_or_default() };
        gateway.attachment_piece(&terminal, &sha256, piece, now())
    })
    .await?;
    Ok(match reply {
        PieceReply::Held(found) => held(&found).into_response(),
        PieceReply::Stored(reply) => stored(&reply).into_response(),
    })
}

pub(crate) async fn telemetry(
    State(shared): State<Shared>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    headers: HeaderMap,
    bytes: Body,
) -> Result<Json<Value>, Failure> {
    let terminal = own(&shared, &peer, &id)?;
    let lines = lines(&headers, &body(bytes)?)?;
    let taken = call(&shared, move |gateway| gateway.telemetry(&terminal, &lines, now())).await?;
    Ok(Json(json!({"taken": taken})))
}
