//! Where the desk's pages are heard: this machine alone, or TLS.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;

use super::Desk;

/// Longest handshake, and longest wait for a request's head.
const PATIENCE: Duration = Duration::from_secs(15);
/// Most connections at once.
const MAX_CONNECTIONS: usize = 256;

/// Who is at the other end.
#[derive(Clone, Copy, Debug)]
pub(super) struct From(SocketAddr);

/// Serves the pages until `ending` becomes true.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    pages: Router,
    mut ending: watch::Receiver<bool>,
) {
    let acceptor = tls.map(TlsAcceptor::from);
    let mut connections = JoinSet::new();
    while !*ending.borrow() {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => match accepted {
                Ok((stream, from)) => {
                    let (acceptor, pages) = (acceptor.clone(), pages.clone());
                    connections.spawn(async move {
                        match acceptor {
                            None => connection(stream, from, pages).await,
                            Some(acceptor) => match tokio::time::timeout(PATIENCE, acceptor.accept(stream)).await {
                                Ok(Ok(stream)) => connection(stream, from, pages).await,
                                Ok(Err(error)) => tracing::info!(%error, "handshake failed"),
                                Err(_) => tracing::info!("handshake too slow"),
                            },
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "connection not accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
            Some(_) = connections.join_next() => {}
            changed = ending.changed() => if changed.is_err() { break },
        }
    }
    connections.shutdown().await;
}

async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin, from: SocketAddr, pages: Router) {
    let service = hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(From(from));
        pages.clone().call(request)
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "connection broke");
    }
}

/// `/metrics`: for this machine, and for whoever holds the scrape token.
pub(super) async fn metrics(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    from: Option<axum::Extension<From>>,
) -> Response {
    let near = from.is_some_and(|from| from.0.0.ip().is_loopback());
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    let allowed = match (&desk.scrape_token, bearer) {
        (Some(token), Some(bearer)) => {
            let digest = |text: &str| senim_operation::jws::sha256_b64(text.as_bytes());
            digest(token.expose()) == digest(bearer)
        }
        (Some(_), None) => false,
        (None, _) => near,
    };
    if !allowed {
        return (StatusCode::UNAUTHORIZED, "the scrape token is missing or wrong").into_response();
    }
    let (gateway, metrics) = (Arc::clone(&desk.gateway), Arc::clone(&desk.metrics));
    let text = tokio::task::spawn_blocking(move || metrics.text(&gateway, crate::clock::now())).await;
    match text {
        Ok(Ok(text)) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Ok(Err(_)) | Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
