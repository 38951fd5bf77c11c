//! The pull feed: `GET /v1/feed?after=N&limit=L` gives events in order of number (`docs/formats/feed.schema.json`).
//!
//! [`router`] is the handler alone, for a listener that knows who asks; [`serve`] is a listener of its own on the
//! loopback address, where a token opens it.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::get;
use axum::{Json, Router};
use ring::digest;
use senim_domain::Secret;
use senim_gateway_core::{FeedPage, Gateway, MAX_FEED};
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::refusal::{Failure, try_later};

/// The handler.
pub fn router(gateway: Arc<Gateway>) -> Router {
    Router::new().route("/v1/feed", get(feed)).with_state(gateway)
}

#[derive(Deserialize)]
struct FeedQuery {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    limit: Option<usize>,
}

async fn feed(
    State(gateway): State<Arc<Gateway>>,
    query: Result<Query<FeedQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<FeedPage>, Failure> {
    let bad = |cause| Failure::new(StatusCode::BAD_REQUEST, "bad_request", cause);
    let Query(query) = query.map_err(|_| bad("after and limit are numbers"))?;
    let limit = query.limit.unwrap_or(MAX_FEED);
    if !(1..=MAX_FEED).contains(&limit) {
        return Err(bad("limit is 1 to 500"));
    }
    let after = query.after;
    let page = tokio::task::spawn_blocking(move || gateway.feed(after, limit)).await;
    let page = page.map_err(|error| try_later(&error.to_string()))??;
    if after.saturating_add(1) < page.oldest {
        let failure =
            Failure::new(StatusCode::GONE, "gone", "events after this number are not kept any more");
        return Err(failure.with("oldest", json!(page.oldest)));
    }
    if after > page.head {
        return Err(bad("no event has this number yet: the cursor is of another gateway"));
    }
    Ok(Json(page))
}

/// Lets only those through who bring the token.
async fn with_token(
    State(token): State<Arc<Secret>>,
    headers: HeaderMap,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> axum::response::Response {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let given = given.strip_prefix("Bearer ").unwrap_or_default();
    // Hashes are compared, so that the time taken tells nothing of the token.
    let hash = |text: &str| digest::digest(&digest::SHA256, text.as_bytes());
    if hash(given).as_ref() != hash(token.expose()).as_ref() {
        return Failure::new(StatusCode::UNAUTHORIZED, "unauthorised", "no token of the feed")
            .into_response();
    }
    next.run(request).await
}

/// A listener of its own, until the server ends.
///
/// # Errors
/// That of the socket.
pub async fn serve(
    listen: SocketAddr,
    token: Secret,
    gateway: Arc<Gateway>,
    ending: watch::Receiver<bool>,
) -> std::io::Result<(SocketAddr, tokio::task::JoinHandle<()>)> {
    let listener = TcpListener::bind(listen).await?;
    let local = listener.local_addr()?;
    let api = router(gateway)
        .layer(axum::middleware::from_fn_with_state(Arc::new(token), with_token))
        .fallback(|| async { Failure::new(StatusCode::NOT_FOUND, "not_found", "nothing at this address") });
    let task = tokio::spawn(async move {
        let ended = async move {
            let mut ending = ending;
            let _ = ending.wait_for(|ends| *ends).await;
        };
        if let Err(error) = axum::serve(listener, api).with_graceful_shutdown(ended).await {
            tracing::error!(%error, "the feed is not served any more");
        }
    });
    Ok((local, task))
}
