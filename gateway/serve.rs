//! The server: TLS 1.3 with client certificates, connections, orderly end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use senim_domain::TerminalId;
use senim_gateway_core::Gateway;
use senim_operation::trust::{identity_of, serial_of};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;

use crate::certificates::ServerIdentity;
use crate::clock::now;
use crate::est::PeerSerial;
use crate::est::standing::Standing;
use crate::http::{self, Peer, Shared, router};
use crate::metrics::{Metrics, measure};

/// Longest handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Longest wait for a request's head, and life of an idle connection.
const IDLE: Duration = Duration::from_secs(90);
/// How long requests under way may take to end when the server ends.
const FAREWELL: Duration = Duration::from_secs(25);
/// How often reports that wait for core lending are tried again.
const OUTBOX_EVERY: Duration = Duration::from_secs(5);
/// Most connections at once; further ones wait in the kernel's queue.
const MAX_CONNECTIONS: usize = 4096;

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be used.
    #[error("{0} cannot be listened on: {1}; choose another address or port")]
    Listen(SocketAddr, #[source] std::io::Error),
    /// Keys or certificates do not make a TLS server.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}

/// TLS 1.3 only, and only for clients with a certificate of the MFO's CA.
///
/// # Errors
/// [`ServeError::Tls`].
pub fn tls(ca_pem: &str, identity: &ServerIdentity) -> Result<Arc<ServerConfig>, ServeError> {
    use rustls::pki_types::pem::PemObject as _;
    let failed = |error: &dyn std::fmt::Display| ServeError::Tls(error.to_string());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(ca_pem.as_bytes()) {
        let certificate = certificate.map_err(|error| failed(&error))?;
        roots.add(certificate).map_err(|error| failed(&error))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .map_err(|error| failed(&error))?;
    let chain = identity.chain.iter().map(|der| CertificateDer::from(der.clone())).collect();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.key.expose().to_vec()));
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .and_then(|builder| builder.with_client_cert_verifier(verifier).with_single_cert(chain, key))
        .map_err(|error| failed(&error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// TLS 1.3 for browsers: the server shows a certificate of the MFO's CA and asks for none.
///
/// # Errors
/// [`ServeError::Tls`].
pub fn tls_of_server(identity: &ServerIdentity) -> Result<Arc<ServerConfig>, ServeError> {
    let failed = |error: rustls::Error| ServeError::Tls(error.to_string());
    let chain = identity.chain.iter().map(|der| CertificateDer::from(der.clone())).collect();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.key.expose().to_vec()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(failed)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Opens the listening socket.
///
/// # Errors
/// [`ServeError::Listen`].
pub async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let failed = |error| ServeError::Listen(address, error);
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let local = listener.local_addr().map_err(failed)?;
    Ok((listener, local))
}

/// Serves until `ending` becomes true, then lets requests under way end.
pub async fn serve(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    gateway: Arc<Gateway>,
    ending: watch::Receiver<bool>,
) {
    serve_measured(listener, tls, gateway, Arc::default(), ending).await;
}

/// As [`serve`], and what it does is measured.
pub async fn serve_measured(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    gateway: Arc<Gateway>,
    metrics: Arc<Metrics>,
    mut ending: watch::Receiver<bool>,
) {
    let acceptor = TlsAcceptor::from(tls);
    let shared = Shared { gateway: Arc::clone(&gateway), ending: ending.clone() };
    let api = router(shared.clone()).layer(axum::middleware::from_fn_with_state(metrics, measure));
    let outbox = tokio::spawn(keep_reporting(gateway, ending.clone()));
    let mut connections = JoinSet::new();
    while !*ending.borrow() {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => match accepted {
                Ok((stream, _)) => {
                    let gateway = Arc::clone(&shared.gateway);
                    connections.spawn(connection(stream, acceptor.clone(), api.clone(), gateway, ending.clone()));
                }
                Err(error) => {
                    // Out of descriptors, most likely: give others time to end.
                    tracing::warn!(%error, "connection not accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
            Some(_) = connections.join_next() => {}
            changed = ending.changed() => if changed.is_err() { break },
        }
    }
    drop(listener);
    let drained =
        tokio::time::timeout(FAREWELL, async { while connections.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::warn!("some requests did not end in time");
    }
    outbox.abort();
}

async fn connection(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    api: axum::Router,
    gateway: Arc<Gateway>,
    mut ending: watch::Receiver<bool>,
) {
    let _ = stream.set_nodelay(true);
    let tls = match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(tls)) => tls,
        Ok(Err(error)) => return tracing::info!(%error, "handshake failed"),
        Err(_) => return tracing::info!("handshake too slow"),
    };
    let certificate = tls.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    let name = certificate.and_then(|leaf| identity_of(leaf).ok()).map(|identity| identity.common_name);
    let Some(terminal) = name.and_then(|name| name.parse::<TerminalId>().ok()) else {
        return tracing::warn!("client certificate names no terminal");
    };
    let Some(serial) = certificate.and_then(|leaf| serial_of(leaf).ok()) else {
        return tracing::warn!("client certificate has no serial number");
    };
    let standing = Standing::new(gateway, terminal.clone(), serial.clone());
    let (peer, serial) = (Peer(terminal), PeerSerial(serial));
    let service = hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(peer.clone());
        request.extensions_mut().insert(serial.clone());
        let (standing, mut api) = (standing.clone(), api.clone());
        async move { if standing.good().await { api.call(request).await } else { Ok(http::revoked()) } }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .serve_connection(TokioIo::new(tls), service);
    tokio::pin!(connection);
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "connection broke");
                }
                return;
            }
            changed = ending.changed() => {
                connection.as_mut().graceful_shutdown();
                if changed.is_err() || *ending.borrow() {
                    let _ = connection.as_mut().await;
                    return;
                }
            }
        }
    }
}

/// Tries from time to time to report payouts that core lending has not got yet.
async fn keep_reporting(gateway: Arc<Gateway>, mut ending: watch::Receiver<bool>) {
    loop {
        let gateway = Arc::clone(&gateway);
        let flushed = tokio::task::spawn_blocking(move || gateway.flush_outbox(now())).await;
        if let Ok(Err(error)) = flushed {
            tracing::warn!(%error, "reports wait");
        }
        tokio::select! {
            () = tokio::time::sleep(OUTBOX_EVERY) => {}
            _ = ending.changed() => return,
        }
    }
}
