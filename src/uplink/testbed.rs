//! A CA, its certificates, and a TLS server that answers as a test says; all in this process, on loopback.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;
use senim_operation::signer::RamKey;

use crate::tls::identity_from_pem;
use crate::uplink::{Uplink, UplinkOptions};

/// An MFO's CA.
pub struct Authority {
    pub ca_pem: String,
    ca_der: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with its key, PEM.
pub struct Identity {
    pub chain_pem: String,
    pub key_pem: String,
}

/// A key that signs for the MFO.
pub struct MessageKey {
    pub key: RamKey,
    pub x5c: Vec<String>,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Sample MFO CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.not_before = rcgen::date_time_ymd(2015, 1, 1);
        params.not_after = rcgen::date_time_ymd(2066, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let (ca_pem, ca_der) = (certificate.pem(), certificate.der().to_vec());
        Self { ca_pem, ca_der, issuer: Issuer::new(params, key) }
    }

    pub fn ca_x5c(&self) -> String {
        STANDARD.encode(&self.ca_der)
    }

    fn params(name: &str, years: (i32, i32)) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
        params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
        params
    }

    fn certify(&self, params: &CertificateParams) -> (Identity, KeyPair, Vec<u8>) {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (
            Identity { chain_pem: certificate.pem(), key_pem: key.serialize_pem() },
            key,
            certificate.der().to_vec(),
        )
    }

    /// A server's certificate for these names.
    pub fn server(&self, names: &[&str], years: (i32, i32)) -> Identity {
        let mut params = Self::params("gateway", years);
        params.subject_alt_names = names
            .iter()
            .map(|name| match name.parse() {
                Ok(address) => rcgen::SanType::IpAddress(address),
                Err(_) => rcgen::SanType::DnsName((*name).try_into().unwrap()),
            })
            .collect();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.certify(&params).0
    }

    /// A terminal's certificate.
    pub fn terminal(&self, name: &str, years: (i32, i32)) -> Identity {
        let mut params = Self::params(name, years);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.certify(&params).0
    }

    /// A key for messages under that name.
    pub fn message_key(&self, name: &str, years: (i32, i32)) -> MessageKey {
        let (_, key, der) = self.certify(&Self::params(name, years));
        MessageKey { key: RamKey::from_pkcs8(key.serialized_der()).unwrap(), x5c: vec![STANDARD.encode(der)] }
    }
}

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub line: String,
    pub content_type: String,
    pub body: Vec<u8>,
}

/// What the server does.
pub enum Reply {
    /// Answers properly and keeps the connection.
    Answer(u16, String),
    /// Writes these bytes and keeps the connection.
    Bytes(Vec<u8>),
    /// Writes these bytes and ends the connection in order.
    Close(Vec<u8>),
    /// Writes these bytes and ends the connection without saying so.
    Cut(Vec<u8>),
    /// Writes these bytes and resets the connection.
    Reset(Vec<u8>),
    /// Writes these bytes and then says nothing until the client gives up.
    Hang(Vec<u8>),
    /// Writes the head and then this piece for ever.
    Endless(Vec<u8>, Vec<u8>),
}

/// A server on loopback.
pub struct Server {
    pub address: SocketAddr,
    pub connections: Arc<AtomicUsize>,
    pub seen: Arc<Mutex<Vec<Seen>>>,
}

/// How a server presents itself and whom it lets in.
pub fn server_config(
    identity: &Identity,
    clients: &Authority,
    version: &'static SupportedProtocolVersion,
) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(clients.ca_der.clone().into()).unwrap();
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build().unwrap();
    let chain = rustls_pki_types::CertificateDer::from_pem_slice(identity.chain_pem.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![chain], key)
        .unwrap();
    Arc::new(config)
}

impl Server {
    /// Starts a server that answers the n-th request (from 0, over all connections) as `behave` says.
    pub fn start(
        config: Arc<ServerConfig>,
        behave: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            connections: Arc::default(),
            seen: Arc::default(),
        };
        let (connections, seen, behave) = (server.connections.clone(), server.seen.clone(), Arc::new(behave));
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                connections.fetch_add(1, Ordering::SeqCst);
                let (config, seen, behave) = (config.clone(), seen.clone(), behave.clone());
                std::thread::spawn(move || converse(socket.unwrap(), config, &seen, behave.as_ref()));
            }
        });
        server
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn converse(
    socket: TcpStream,
    config: Arc<ServerConfig>,
    seen: &Mutex<Vec<Seen>>,
    behave: &dyn Fn(usize, &Seen) -> Reply,
) {
    let raw = socket.try_clone().unwrap();
    let mut stream = BufReader::new(StreamOwned::new(ServerConnection::new(config).unwrap(), socket));
    while let Some(request) = read_request(&mut stream) {
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push(request.clone());
            seen.len() - 1
        };
        let tls = stream.get_mut();
        let mut say = |bytes: &[u8]| tls.write_all(bytes).and_then(|()| tls.flush());
        match behave(number, &request) {
            Reply::Answer(status, body) => {
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {length}"
                );
                say(format!("{head}\r\n\r\n{body}").as_bytes()).unwrap();
            }
            Reply::Bytes(bytes) => say(&bytes).unwrap(),
            Reply::Close(bytes) => {
                say(&bytes).unwrap();
                tls.conn.send_close_notify();
                tls.flush().unwrap();
                return;
            }
            Reply::Cut(bytes) => return say(&bytes).unwrap(),
            Reply::Reset(bytes) => {
                say(&bytes).unwrap();
                return socket2::SockRef::from(&raw).set_linger(Some(std::time::Duration::ZERO)).unwrap();
            }
            Reply::Hang(bytes) => {
                say(&bytes).unwrap();
                let mut rest = Vec::new();
                let _ = stream.read_to_end(&mut rest);
                return;
            }
            Reply::Endless(head, piece) => {
                say(&head).unwrap();
                while say(&piece).is_ok() {}
                return;
            }
        }
    }
}

fn read_request(stream: &mut BufReader<StreamOwned<ServerConnection, TcpStream>>) -> Option<Seen> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let header = |name: &str| {
        lines.iter().find_map(|line| {
            let (field, value) = line.split_once(": ")?;
            field.eq_ignore_ascii_case(name).then(|| value.to_owned())
        })
    };
    let mut body = vec![0; header("content-length").map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).ok()?;
    Some(Seen { line: lines[0].clone(), content_type: header("content-type").unwrap_or_default(), body })
}

/// A line of terminal `t-1` to that port of 127.0.0.1, patient for `read_timeout_ms`.
pub fn uplink_to(port: u16, ca_pem: &str, terminal: &Identity, read_timeout_ms: u64) -> Uplink {
    Uplink::assemble(options(port, ca_pem, terminal, read_timeout_ms)).unwrap()
}

/// The options of [`uplink_to`].
pub fn options(port: u16, ca_pem: &str, terminal: &Identity, read_timeout_ms: u64) -> UplinkOptions {
    let (chain, key) = identity_from_pem(terminal.chain_pem.as_bytes(), terminal.key_pem.as_bytes()).unwrap();
    UplinkOptions {
        base_url: format!("https://127.0.0.1:{port}"),
        terminal: "t-1".into(),
        ca_pem: ca_pem.as_bytes().to_vec(),
        chain,
        key,
        at_least: "2026-06-01T00:00:00.000Z".parse().unwrap(),
        connect_timeout_ms: 10_000,
        read_timeout_ms,
    }
}
