//! A gateway at the end of a real line: TLS with client certificates over a socket whose bytes are counted.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use rustls_pki_types::CertificateDer;
use senim_domain::TerminalId;
use senim_gateway::certificates::ServerIdentity;
use senim_gateway::serve;
use senim_gateway::store::SqliteStore;
use senim_gateway_core::Actor;
use senim_uplink::{READ_TIMEOUT_MS_MIN, Uplink, UplinkOptions, tls_key};
use tokio::sync::{oneshot, watch};

use super::BenchError;
use crate::chain::BEGIN;
use crate::pki::{Certified, Mfo, Usage};
use crate::services;

/// Name in the gateway's certificate.
const HOST: &str = "localhost";

/// Bytes that went over the line, in both directions, everything included that stands above TCP.
#[derive(Debug, Default)]
pub struct Counted {
    up: AtomicU64,
    down: AtomicU64,
}

impl Counted {
    /// From the terminal.
    #[must_use]
    pub fn up(&self) -> u64 {
        self.up.load(Ordering::Relaxed)
    }

    /// To the terminal.
    #[must_use]
    pub fn down(&self) -> u64 {
        self.down.load(Ordering::Relaxed)
    }
}

/// A gateway over SQLite in a thread, behind a relay that counts.
pub struct FarEnd {
    relay: SocketAddr,
    counted: Arc<Counted>,
    ending: watch::Sender<bool>,
    server: Option<JoinHandle<()>>,
}

impl FarEnd {
    /// Starts it in this folder, with this terminal enrolled.
    ///
    /// # Errors
    /// [`BenchError`].
    pub fn start(mfo: &Mfo, dir: &Path, terminal: &TerminalId) -> Result<Self, BenchError> {
        let store = SqliteStore::open(&dir.join("gateway.db")).map_err(BenchError::failed)?;
        let gateway = services::gateway(mfo, Box::new(store))?;
        let by = Actor::new("bench", "a terminal to take rows from").map_err(BenchError::failed)?;
        gateway.enrol(terminal, &by, BEGIN).map_err(BenchError::failed)?;
        let server = mfo.certify(HOST, Usage::Server, crate::pki::YEARS)?;
        let identity = ServerIdentity { chain: server.der_chain()?, key: server.pkcs8().clone() };
        let tls = serve::tls(mfo.ca_pem(), &identity).map_err(BenchError::failed)?;
        let (ending, end) = watch::channel(false);
        let (tell, told) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(BenchError::failed)?;
        let server = std::thread::spawn(move || {
            runtime.block_on(async move {
                match serve::listen(SocketAddr::from(([127, 0, 0, 1], 0))).await {
                    Ok((listener, address)) => {
                        let _ = tell.send(Ok(address));
                        serve::serve(listener, tls, Arc::new(gateway), end).await;
                    }
                    Err(error) => {
                        let _ = tell.send(Err(BenchError::failed(error)));
                    }
                }
            });
        });
        let address = told.blocking_recv().map_err(BenchError::failed)??;
        let counted = Arc::new(Counted::default());
        let relay = relay(address, Arc::clone(&counted))?;
        Ok(Self { relay, counted, ending, server: Some(server) })
    }

    /// What has gone over the line.
    #[must_use]
    pub fn counted(&self) -> &Counted {
        &self.counted
    }

    /// The terminal's own way there: its TLS, its HTTP.
    ///
    /// # Errors
    /// [`BenchError`].
    pub fn uplink(
        &self,
        mfo: &Mfo,
        terminal: &TerminalId,
        identity: &Certified,
    ) -> Result<Uplink, BenchError> {
        let chain = identity.der_chain()?.into_iter().map(CertificateDer::from).collect();
        Uplink::new(UplinkOptions {
            base_url: format!("https://{HOST}:{}", self.relay.port()),
            terminal: terminal.to_string(),
            ca_pem: mfo.ca_pem().as_bytes().to_vec(),
            chain,
            key: tls_key(Arc::new(identity.key()?)),
            at_least: BEGIN,
            connect_timeout_ms: 5_000,
            read_timeout_ms: READ_TIMEOUT_MS_MIN,
        })
        .map_err(BenchError::failed)
    }
}

impl Drop for FarEnd {
    fn drop(&mut self) {
        let _ = self.ending.send(true);
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}

/// Listens, and hands every connection on to `to`. It ends with the process.
fn relay(to: SocketAddr, counted: Arc<Counted>) -> Result<SocketAddr, BenchError> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(BenchError::failed)?;
    let address = listener.local_addr().map_err(BenchError::failed)?;
    std::thread::spawn(move || {
        for near in listener.incoming().flatten() {
            let Ok(far) = TcpStream::connect(to) else { continue };
            let _ = near.set_nodelay(true);
            let _ = far.set_nodelay(true);
            if let (Ok(near_too), Ok(far_too)) = (near.try_clone(), far.try_clone()) {
                let (up, down) = (Arc::clone(&counted), Arc::clone(&counted));
                std::thread::spawn(move || carry(near, far, &up.up));
                std::thread::spawn(move || carry(far_too, near_too, &down.down));
            }
        }
    });
    Ok(address)
}

fn carry(mut from: TcpStream, mut to: TcpStream, count: &AtomicU64) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(bytes @ 1..) = from.read(&mut buffer) {
        count.fetch_add(u64::try_from(bytes).unwrap_or(0), Ordering::Relaxed);
        if to.write_all(buffer.get(..bytes).unwrap_or_default()).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Write);
}
