//! The enrolment listener: TLS 1.3 without client certificates, few and short connections.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;

use super::{Est, Source, router};
use crate::certificates::ServerIdentity;
use crate::serve::ServeError;

/// Longest life of a connection: enrolling takes a second.
const LIFE: Duration = Duration::from_secs(30);
/// Most connections at once; anybody may open them.
const MAX_CONNECTIONS: usize = 64;

/// TLS 1.3 only. The CA's certificate goes along, for terminals that know it by its fingerprint alone.
///
/// # Errors
/// [`ServeError::Tls`].
pub fn tls(identity: &ServerIdentity, ca_der: &[u8]) -> Result<Arc<ServerConfig>, ServeError> {
    let mut chain: Vec<_> = identity.chain.iter().map(|der| CertificateDer::from(der.clone())).collect();
    chain.push(CertificateDer::from(ca_der.to_vec()));
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.key.expose().to_vec()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| ServeError::Tls(error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Serves until `ending` becomes true.
pub async fn serve(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    est: Arc<Est>,
    mut ending: watch::Receiver<bool>,
) {
    let acceptor = TlsAcceptor::from(tls);
    let api = router(est);
    let mut connections = JoinSet::new();
    while !*ending.borrow() {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => match accepted {
                Ok((stream, address)) => {
                    let served = connection(stream, address.ip(), acceptor.clone(), api.clone());
                    connections.spawn(tokio::time::timeout(LIFE, served));
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
}

async fn connection(stream: TcpStream, source: IpAddr, acceptor: TlsAcceptor, api: axum::Router) {
    let tls = match acceptor.accept(stream).await {
        Ok(tls) => tls,
        Err(error) => return tracing::info!(%error, "handshake failed"),
    };
    let service = hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(Source(source));
        api.clone().call(request)
    });
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(LIFE)
        .serve_connection(TokioIo::new(tls), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "connection broke");
    }
}
