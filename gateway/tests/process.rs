//! The program itself: `serve` on PostgreSQL and on SQLite, killed databases, copies that are put back.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use senim_gateway::clock;
use senim_operation::body::{PowerChanged, PowerSource};
use senim_operation::signer::RamKey;
use senim_operation::{Draft, Profile};
use senim_test_postgres::Cluster;
use serde_json::Value;

use crate::support::Terminal;

const PROGRAM: &str = env!("CARGO_BIN_EXE_senim-gateway");

/// A folder with configurations that differ in their store alone.
struct Site(tempfile::TempDir);

impl Site {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn config(&self, name: &str, store: &str) -> PathBuf {
        let text = format!(
            "listen = '127.0.0.1:0'\nstore = '{store}'\nkeys = 'keys'\nprofile = 'rig'\n[connectors]\n\
             core_url = 'http://127.0.0.1:1'\nmatch_url = 'http://127.0.0.1:1'\nsms_url = 'http://127.0.0.1:1'\n"
        );
        std::fs::write(self.path(name), text).unwrap();
        self.path(name)
    }
}

fn run(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).output().unwrap()
}

fn good(arguments: &[&str]) -> Value {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A running `serve`, killed at the end.
struct Serving {
    process: Child,
    address: String,
}

impl Serving {
    fn start(config: &Path) -> Self {
        let mut process = Command::new(PROGRAM)
            .args(["serve", "--config", text(config)])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let line: Value = serde_json::from_str(&line).expect("it says where it listens");
        Self { process, address: format!("https://{}", line["listening"].as_str().unwrap()) }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// A terminal and its connection.
struct Uplink {
    agent: ureq::Agent,
    terminal: Terminal,
}

impl Uplink {
    fn enrol(site: &Site, config: &Path) -> Self {
        let dir = site.path("t-1");
        let named =
            ["--terminal", "t-1", "--out", text(&dir), "--by", "test", "--reason", "a terminal of the test"];
        good(&[&["enrol", "--config", text(config)], named.as_slice()].concat());
        let chain: Vec<_> =
            CertificateDer::pem_file_iter(dir.join("terminal.pem")).unwrap().map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(dir.join("terminal.key.pem")).unwrap();
        let identity = RamKey::from_pkcs8(key.secret_der()).unwrap();
        let seal = std::fs::read_to_string(dir.join("mfo-seal.jwk.json")).unwrap();
        let x5c = vec![STANDARD.encode(&chain[0])];
        let id = "t-1".parse().unwrap();
        let seal = serde_json::from_str(&seal).unwrap();
        let terminal = Terminal::with_identity(&id, identity, x5c, seal, Profile::Rig);
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(dir.join("ca.pem")).unwrap()).unwrap();
        let config =
            rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_protocol_versions(&[&rustls::version::TLS13])
                .unwrap()
                .with_root_certificates(roots)
                .with_client_auth_cert(chain, key)
                .unwrap();
        let agent =
            ureq::AgentBuilder::new().tls_config(Arc::new(config)).timeout(Duration::from_secs(60)).build();
        Self { agent, terminal }
    }

    fn rows(&mut self, count: usize) -> String {
        let power = PowerChanged { source: PowerSource::Mains, low: false, charge_percent: Some(100) };
        let rows =
            (0..count).map(|_| self.terminal.write(Draft::new(power.clone()), clock::now()).0.compact + "\n");
        rows.collect()
    }

    fn post(&self, server: &Serving, rows: &str) -> (u16, Value) {
        let url = format!("{}/v1/terminals/t-1/operations", server.address);
        answer(self.agent.post(&url).set("content-type", "application/x-ndjson").send_string(rows))
    }

    /// The watermark: number and hash.
    fn head(&self, server: &Serving) -> (Value, Value) {
        let (status, answer) =
            answer(self.agent.get(&format!("{}/v1/terminals/t-1/operations", server.address)).call());
        assert_eq!(status, 200, "{answer}");
        (answer["acked_seq"].clone(), answer["acked_hash"].clone())
    }
}

fn answer(answer: Result<ureq::Response, ureq::Error>) -> (u16, Value) {
    match answer {
        Ok(response) | Err(ureq::Error::Status(_, response)) => {
            (response.status(), response.into_json().unwrap())
        }
        Err(ureq::Error::Transport(error)) => panic!("{error}"),
    }
}

#[test]
fn the_server_on_postgres_outlives_its_database_and_a_dump_put_back_has_the_same_head() {
    let Some(mut cluster) = Cluster::start().unwrap() else { return };
    let site = Site::new();
    let url = cluster.database().unwrap();
    let config = site.config("gateway.toml", &url);
    let mut uplink = Uplink::enrol(&site, &config);
    let server = Serving::start(&config);
    let first = uplink.terminal.begin_epoch(clock::now()).compact + "\n" + &uplink.rows(70);
    assert_eq!(uplink.post(&server, &first).0, 200);

    let second = uplink.rows(5);
    cluster.kill().unwrap();
    let (status, answer) = uplink.post(&server, &second);
    assert_eq!((status, answer["code"].as_str()), (503, Some("try_later")));
    cluster.restart().unwrap();
    let (status, answer) = uplink.post(&server, &second);
    assert_eq!((status, answer["acked_seq"].as_u64()), (200, Some(75)), "{answer}");

    // A second process on the same database knows the same and takes the next rows.
    let other = Serving::start(&config);
    assert_eq!(uplink.head(&other), uplink.head(&server));
    drop(server);
    let third = uplink.rows(1);
    assert_eq!(uplink.post(&other, &third).0, 200);
    let head = uplink.head(&other);
    drop(other);

    let dump = cluster.dir().join("gateway.dump");
    cluster.run("pg_dump", &["--format=custom", "--file", text(&dump), &url]).unwrap();
    let again = cluster.database().unwrap();
    cluster
        .run("pg_restore", &["--exit-on-error", "--single-transaction", "--dbname", &again, text(&dump)])
        .unwrap();
    let server = Serving::start(&site.config("again.toml", &again));
    assert_eq!(uplink.head(&server), head);
    let fourth = uplink.rows(1);
    assert_eq!(uplink.post(&server, &fourth).0, 200);

    let refused = run(&["backup", "--config", text(&config), "--out", text(&site.path("copy.db"))]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("pg_dump"));
}

#[test]
fn a_copy_made_beside_the_running_server_on_sqlite_has_its_head_of_that_moment() {
    let site = Site::new();
    let config = site.config("gateway.toml", "sqlite:gateway.db");
    let mut uplink = Uplink::enrol(&site, &config);
    let server = Serving::start(&config);
    let first = uplink.terminal.begin_epoch(clock::now()).compact + "\n" + &uplink.rows(70);
    assert_eq!(uplink.post(&server, &first).0, 200);
    let head = uplink.head(&server);

    let copy = site.path("copy.db");
    let backup = ["backup", "--config", text(&config), "--out", text(&copy)];
    let made = good(&backup);
    assert_eq!(made["bytes"].as_u64(), Some(std::fs::metadata(&copy).unwrap().len()));
    let refused = run(&backup);
    assert_eq!(refused.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("exists already"));

    let later = uplink.rows(5);
    assert_eq!(uplink.post(&server, &later).0, 200);
    assert_ne!(uplink.head(&server), head);
    drop(server);
    let server = Serving::start(&site.config("again.toml", "sqlite:copy.db"));
    assert_eq!(uplink.head(&server), head);
    assert_eq!(uplink.post(&server, &later).0, 200, "what came after the copy can be sent again");
}

#[test]
fn a_database_that_is_away_at_the_start_is_said_to_be_so_without_its_password() {
    let site = Site::new();
    let config = site.config("gateway.toml", "postgres://u:planted@127.0.0.1:1/d");
    let refused = run(&["serve", "--config", text(&config)]);
    assert_eq!(refused.status.code(), Some(4));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("the store cannot be used") && !said.contains("planted"), "{said}");
}
