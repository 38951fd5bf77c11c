//! A real `senim-gateway serve` as a process of its own, with the simulated world behind it, and terminals that reach it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use senim_domain::MessageId;
use senim_gateway::{clock, commands};
use senim_operation::message::{MessageBody, MessageTrust, open_message};
use senim_operation::signer::RamKey;
use senim_operation::trust::Trust;
use senim_operation::{Body, Draft, Profile};
use serde_json::Value;

use crate::support::Terminal;

pub const TOKEN: &str = "a-token-of-the-feed-with-32-letters-and-more";

/// A place for a gateway: configuration, world, folders.
pub struct Site {
    pub dir: tempfile::TempDir,
    pub world: String,
    _guard: senim_world::WorldGuard,
}

impl Site {
    pub fn new(extra: &str) -> Self {
        let (address, guard) =
            senim_world::World::spawn_blocking_thread("127.0.0.1:0".parse().unwrap()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let world = format!("http://{address}");
        let config = format!(
            "listen = '127.0.0.1:0'\nstore = 'sqlite:gateway.db'\nkeys = 'keys'\nprofile = 'rig'\n\
             second_copy = 'second'\nlog = 'trace'\n\
             [connectors]\ncore_url = '{world}'\nmatch_url = '{world}'\nsms_url = '{world}'\n\
             [feed]\nlisten = '127.0.0.1:0'\ntoken_file = 'feed.token'\n{extra}"
        );
        std::fs::write(dir.path().join("gateway.toml"), config).unwrap();
        std::fs::write(dir.path().join("feed.token"), TOKEN).unwrap();
        Self { dir, world, _guard: guard }
    }

    pub fn config(&self) -> PathBuf {
        self.dir.path().join("gateway.toml")
    }

    pub fn enrol(&self, id: &str) -> PathBuf {
        let out = self.dir.path().join("terminals").join(id);
        std::fs::create_dir_all(out.parent().unwrap()).unwrap();
        commands::enrol(&commands::open(&self.config()).unwrap(), id, &out, &crate::support::staff())
            .unwrap();
        out
    }

    pub fn admin(
        &self,
        work: impl FnOnce(&commands::Opened) -> Result<Value, commands::CommandError>,
    ) -> Value {
        work(&commands::open(&self.config()).unwrap()).unwrap()
    }

    pub fn publish(&self) {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/formats/rule-pack.sample.json");
        self.admin(|opened| commands::rule_pack(opened, &sample, &crate::support::staff()));
    }

    pub fn world(&self, path: &str) -> Value {
        ureq::get(&format!("{}{path}", self.world)).call().unwrap().into_json().unwrap()
    }

    /// The program itself with these arguments after `--config`; exit code, stdout, stderr.
    pub fn run(&self, command: &[&str], arguments: &[&str]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_senim-gateway"))
            .args(command)
            .arg("--config")
            .arg(self.config())
            .args(arguments)
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }
}

/// `senim-gateway serve`; its log goes to `serve.log`.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    pub feed: String,
}

impl Server {
    pub fn start(site: &Site) -> Self {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(site.dir.path().join("serve.log"))
            .unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_senim-gateway"))
            .args(["serve", "--config"])
            .arg(site.config())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).expect("the server is ready");
        Self {
            child,
            address: ready["listening"].as_str().unwrap().parse().unwrap(),
            feed: format!("http://{}", ready["feed"].as_str().unwrap()),
        }
    }

    /// Memory of the process in bytes.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    }

    pub fn threads(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap().count()
    }

    pub fn feed(&self, query: &str) -> (u16, Value) {
        let request = ureq::get(&format!("{}/v1/feed{query}", self.feed));
        status(request.set("authorization", &format!("Bearer {TOKEN}")).call())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub const TLS13: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS13];
pub const TLS12: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS12];

/// What a client of this terminal's folder brings to the handshake.
pub fn client(
    dir: &Path,
    versions: &[&'static rustls::SupportedProtocolVersion],
    certificate: bool,
) -> Arc<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(dir.join("ca.pem")).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots);
    Arc::new(if certificate {
        let chain =
            CertificateDer::pem_file_iter(dir.join("terminal.pem")).unwrap().map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(dir.join("terminal.key.pem")).unwrap();
        builder.with_client_auth_cert(chain, key).unwrap()
    } else {
        builder.with_no_client_auth()
    })
}

pub fn agent(config: Arc<rustls::ClientConfig>) -> ureq::Agent {
    ureq::AgentBuilder::new().tls_config(config).timeout(Duration::from_secs(60)).build()
}

pub fn status(answer: Result<ureq::Response, ureq::Error>) -> (u16, Value) {
    match answer {
        Ok(response) => (response.status(), response.into_json().unwrap()),
        Err(ureq::Error::Status(status, response)) => (status, response.into_json().unwrap()),
        Err(ureq::Error::Transport(error)) => panic!("{error}"),
    }
}

/// A connection of a terminal on which anything may be written.
pub type Raw = rustls::StreamOwned<rustls::ClientConnection, TcpStream>;

pub fn raw(server: &Server, config: Arc<rustls::ClientConfig>) -> Raw {
    let stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    rustls::StreamOwned::new(rustls::ClientConnection::new(config, name).unwrap(), stream)
}

/// Everything that comes until the server closes or is silent.
pub fn answer(stream: &mut impl std::io::Read) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Writes; a server that has closed meanwhile is no failure here.
pub fn write(stream: &mut Raw, bytes: &[u8]) {
    let _ = stream.write_all(bytes).and_then(|()| stream.flush());
}

/// Status of the first answer on a connection, also on one whose server reads no more: the stream would first send what it
/// still holds, and fail.
pub fn first_status(stream: &mut Raw) -> u16 {
    let mut head = [0_u8; 12];
    let mut there = 0;
    while there < head.len() {
        match stream.conn.reader().read(&mut head[there..]) {
            Ok(0) => panic!("closed without an answer"),
            Ok(read) => there += read,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                assert_ne!(stream.conn.read_tls(&mut stream.sock).unwrap(), 0, "closed without an answer");
                stream.conn.process_new_packets().unwrap();
            }
            Err(error) => panic!("{error}"),
        }
    }
    std::str::from_utf8(&head[9..12]).unwrap().parse().unwrap()
}

/// From which of this host's loopback addresses somebody comes.
pub fn from(source: IpAddr, server: &Server) -> std::io::Result<TcpStream> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let address = server.address;
    let stream = runtime.block_on(async move {
        let socket = tokio::net::TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(source, 0))?;
        socket.connect(address).await
    })?;
    stream.into_std()
}

/// A terminal with its uplink, as plain as can be.
pub struct Uplink {
    pub agent: ureq::Agent,
    pub base: String,
    pub trust: MessageTrust,
    pub terminal: Terminal,
}

impl Uplink {
    pub fn new(dir: &Path, id: &str, server: &Server) -> Self {
        let chain = std::fs::read(dir.join("terminal.pem")).unwrap();
        let leaf = CertificateDer::from_pem_slice(&chain).unwrap();
        let key = PrivateKeyDer::from_pem_file(dir.join("terminal.key.pem")).unwrap();
        let identity = RamKey::from_pkcs8(key.secret_der()).unwrap();
        let seal =
            serde_json::from_str(&std::fs::read_to_string(dir.join("mfo-seal.jwk.json")).unwrap()).unwrap();
        let trust = Trust::from_pem(&std::fs::read_to_string(dir.join("ca.pem")).unwrap()).unwrap();
        let id = id.parse().unwrap();
        let x5c = vec![STANDARD.encode(&leaf)];
        Self {
            agent: agent(client(dir, TLS13, true)),
            base: format!("https://{}/v1/terminals/{id}", server.address),
            trust: MessageTrust::new(Arc::new(trust)),
            terminal: Terminal::with_identity(&id, identity, x5c, seal, Profile::Rig),
        }
    }

    pub fn post(&self, body: &[u8]) -> (u16, Value) {
        let request = self.agent.post(&format!("{}/operations", self.base));
        status(request.set("content-type", "application/x-ndjson").send_bytes(body))
    }

    pub fn put(&self, sha256: &str, jwe: &str) -> (u16, Value) {
        let request = self.agent.put(&format!("{}/attachments/{sha256}", self.base));
        status(request.set("content-type", "application/jose").send_string(jwe))
    }

    /// The server still serves this terminal: its watermark is answered.
    pub fn watermark(&self) -> Value {
        let (code, answer) = status(self.agent.get(&format!("{}/operations", self.base)).call());
        assert_eq!(code, 200, "{answer}");
        answer["acked_seq"].clone()
    }

    pub fn say(&mut self, draft: Draft) -> Option<(MessageId, MessageBody)> {
        let (row, jwe) = self.terminal.write(draft, clock::now());
        if let (Some(jwe), Some(sealed)) = (jwe, &row.envelope.sealed) {
            assert_eq!(self.put(&sealed.sha256, &jwe).0, 200);
        }
        let (status, answer) = self.post(format!("{}\n", row.compact).as_bytes());
        assert_eq!(status, 200, "{answer}");
        let replies: Vec<String> = serde_json::from_value(answer["replies"].clone()).unwrap();
        let message = open_message(replies.first()?, &self.trust, &self.terminal.id).unwrap();
        Some((message.envelope.message_id, message.body))
    }

    /// Says these in the open visit.
    pub fn says(&mut self, said: Vec<crate::support::preparation::Said>) {
        for said in said {
            let draft = self.here(said.body);
            let _nothing = self.say(Draft { attachment: said.sealed, ..draft });
        }
    }

    pub fn here(&self, body: impl Into<Body>) -> Draft {
        Draft::new(body).in_session(self.terminal.session.unwrap())
    }

    pub fn begin(&mut self) {
        let row = self.terminal.begin_epoch(clock::now());
        assert_eq!(self.post(row.compact.as_bytes()).0, 200);
    }
}
