//! The server: TLS 1.3 with client certificates, connections, orderly end.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use senim_domain::TerminalId;
use senim_gateway_core::{Gateway, Webhook};
use senim_operation::trust::{identity_of, serial_of};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tower_service::Service as _;

use crate::certificates::ServerIdentity;
use crate::doors::{self, Doors, Place, Rate};
use crate::est::PeerSerial;
use crate::est::standing::Standing;
use crate::guard::{Guard, Limits};
use crate::http::{self, Peer, Shared, router};
use crate::metrics::{Metrics, measure};
use crate::upkeep;

/// Longest handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Longest wait for a request's head, and life of an idle connection.
const IDLE: Duration = Duration::from_secs(90);
/// How long requests under way may take to end when the server ends.
const FAREWELL: Duration = Duration::from_secs(25);
/// Most headers of a request.
const MAX_HEADERS: usize = 64;
/// Longest head of a request, and buffer of a connection.
const MAX_HEAD_BYTES: usize = 32 << 10;

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
    tls_with_crl(ca_pem, None, identity)
}

/// The same, and for none that the CA's list of revoked certificates names.
///
/// # Errors
/// [`ServeError::Tls`].
pub fn tls_with_crl(
    ca_pem: &str,
    crl_pem: Option<&str>,
    identity: &ServerIdentity,
) -> Result<Arc<ServerConfig>, ServeError> {
    use rustls::pki_types::pem::PemObject as _;
    let failed = |error: &dyn std::fmt::Display| ServeError::Tls(error.to_string());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(ca_pem.as_bytes()) {
        let certificate = certificate.map_err(|error| failed(&error))?;
        roots.add(certificate).map_err(|error| failed(&error))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let crls: Vec<CertificateRevocationListDer<'static>> =
        CertificateRevocationListDer::pem_slice_iter(crl_pem.unwrap_or_default().as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|error| failed(&error))?;
    if crl_pem.is_some() && crls.is_empty() {
        return Err(failed(&"crl.pem holds no list"));
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .with_crls(crls)
        .only_check_end_entity_revocation()
        .allow_unknown_revocation_status()
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
    serve_within(listener, tls, gateway, Around::default(), ending).await;
}

/// What a server is run with beside its gateway.
#[derive(Default)]
pub struct Around {
    /// Limits against hostile input.
    pub limits: Limits,
    /// Where events are posted.
    pub webhook: Option<Arc<dyn Webhook>>,
    /// What is measured.
    pub metrics: Arc<Metrics>,
}

/// The same with what a configuration says.
pub async fn serve_within(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    gateway: Arc<Gateway>,
    around: Around,
    mut ending: watch::Receiver<bool>,
) {
    let Around { limits, webhook, metrics } = around;
    let arrivals = Rate::new(limits.connects_per_address_per_second);
    let entrance = Doors::new(limits.handshakes, limits.handshakes_per_address);
    let inside = Doors::new(limits.connections, limits.connections_per_terminal);
    let upkeep = upkeep::begin(&gateway, webhook, &ending);
    let guard = Arc::new(Guard::new(limits));
    let shared = Shared { gateway: Arc::clone(&gateway), ending: ending.clone(), guard };
    let api = router(shared).layer(axum::middleware::from_fn_with_state(metrics, measure));
    let desk = Desk { acceptor: TlsAcceptor::from(tls), api, gateway, inside, ending: ending.clone() };
    let mut connections = JoinSet::new();
    while !*ending.borrow() {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, address)) => {
                    let source = doors::source(address.ip());
                    if arrivals.allows(&source, tokio::time::Instant::now()) {
                        connections.spawn(connection(stream, entrance.enter(source), desk.clone()));
                    } else {
                        tracing::debug!(%source, "too many connections in a second");
                    }
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
    upkeep.iter().for_each(tokio::task::JoinHandle::abort);
}

/// What every connection needs.
#[derive(Clone)]
struct Desk {
    acceptor: TlsAcceptor,
    api: axum::Router,
    gateway: Arc<Gateway>,
    inside: Arc<Doors<TerminalId>>,
    ending: watch::Receiver<bool>,
}

/// The handshake of one connection: a terminal, or nobody in time.
async fn handshake(
    stream: TcpStream,
    entrance: Place<IpAddr>,
    acceptor: &TlsAcceptor,
) -> Option<(TlsStream<TcpStream>, TerminalId, String)> {
    let _ = stream.set_nodelay(true);
    let tls = tokio::select! {
        tls = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)) => tls,
        () = entrance.asked_to_leave() => {
            tracing::debug!("handshake gave way to a newer one");
            return None;
        }
    };
    let tls = match tls {
        Ok(Ok(tls)) => tls,
        Ok(Err(error)) => {
            tracing::info!(%error, "handshake failed");
            return None;
        }
        Err(_) => {
            tracing::info!("handshake too slow");
            return None;
        }
    };
    let certificate = tls.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    let name = certificate.and_then(|leaf| identity_of(leaf).ok()).map(|identity| identity.common_name);
    let Some(terminal) = name.and_then(|name| name.parse::<TerminalId>().ok()) else {
        tracing::warn!("client certificate names no terminal");
        return None;
    };
    let Some(serial) = certificate.and_then(|leaf| serial_of(leaf).ok()) else {
        tracing::warn!("client certificate has no serial number");
        return None;
    };
    Some((tls, terminal, serial))
}

async fn connection(stream: TcpStream, entrance: Place<IpAddr>, desk: Desk) {
    let Desk { acceptor, api, gateway, inside, mut ending } = desk;
    let Some((tls, terminal, serial)) = handshake(stream, entrance, &acceptor).await else { return };
    let place = inside.enter(terminal.clone());
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
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD_BYTES)
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
            () = place.asked_to_leave() => {
                return tracing::info!("connection gave way to a newer one of its terminal");
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
