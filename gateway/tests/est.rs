//! Enrolment as terminals and stock tools meet it: real TLS, real SQLite, keys in a token.

#![allow(
    clippy::result_large_err,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may"
)]

#[path = "../../hal/keystore/tests/support/mod.rs"]
mod token;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use senim_domain::time::{ClockQuality, Mono, Stamp};
use senim_domain::{OperationId, Secret, TerminalId, UtcMillis};
use senim_gateway::{clock, commands, est, serve};
use senim_gateway_core::Actor;
use senim_gateway_core::enrolment::Issuance;
use senim_keystore::{FileStore, KeyStore, SharedKey};
use senim_operation::attachment::{MfoSealer, Opener};
use senim_operation::chain::ChainVerifier;
use senim_operation::envelope::{Context, build, key_epoch};
use senim_operation::jws::GENESIS_PREV;
use senim_operation::signer::RamKey;
use senim_operation::{Draft, Profile, Row};
use senim_sync::wire::{Answer, Failure, Request};
use senim_uplink::enrolment::{Enrolment, commission};
use senim_uplink::est::{EstClient, EstError, Pin, Renew, Reply};
use senim_uplink::renewal::{Renewer, RenewerParts, Standing};
use senim_uplink::{CertificateClock, Uplink, UplinkOptions, certificate_request, tls_key};
use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;

const NONCE: &str = "0123456789abcdefABCDEF-_";

struct Site {
    dir: tempfile::TempDir,
    api: String,
    est: String,
    end: watch::Sender<bool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Site {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let nowhere = "http://127.0.0.1:9";
        let config = format!(
            "listen = '127.0.0.1:0'\nstore = 'sqlite:gateway.db'\nkeys = 'keys'\nprofile = 'rig'\n\
             [est]\nlisten = '127.0.0.1:0'\ncertificate_days = 90\n\
             [connectors]\ncore_url = '{nowhere}'\nmatch_url = '{nowhere}'\nsms_url = '{nowhere}'\n"
        );
        std::fs::write(dir.path().join("gateway.toml"), config).unwrap();
        let server =
            commands::prepare_server(commands::open(&dir.path().join("gateway.toml")).unwrap()).unwrap();
        let (end, ending) = watch::channel(false);
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            tokio::runtime::Runtime::new().unwrap().block_on(async {
                let (listener, api) = serve::listen(server.listen).await.unwrap();
                let enrolment = server.est.unwrap();
                let (est_listener, est) = serve::listen(enrolment.listen).await.unwrap();
                tell.send((api, est)).unwrap();
                tokio::spawn(est::serve(est_listener, enrolment.tls, enrolment.est, ending.clone()));
                serve::serve(listener, server.tls, server.gateway, ending).await;
            });
        });
        let (api, est) = told.recv().unwrap();
        let thread = Some(thread);
        Self { dir, api: format!("https://{api}"), est: format!("https://{est}"), end, thread }
    }

    fn config(&self) -> PathBuf {
        self.dir.path().join("gateway.toml")
    }

    fn opened(&self) -> commands::Opened {
        commands::open(&self.config()).unwrap()
    }

    fn code(&self, terminal: &str) -> (Secret, Value) {
        let said = commands::enrolment_code(&self.opened(), terminal, 1, &dana()).unwrap();
        (Secret::new(said["code"].as_str().unwrap().replace('-', "")), said)
    }

    fn ca(&self) -> Vec<u8> {
        std::fs::read(self.dir.path().join("keys/ca.pem")).unwrap()
    }

    fn client(&self) -> EstClient {
        self.client_with(&Pin::Certificate(self.ca()))
    }

    fn client_with(&self, pin: &Pin) -> EstClient {
        EstClient::commissioning(&self.est, pin, CertificateClock::new(built()), Duration::from_secs(20))
            .unwrap()
    }

    fn record(&self) -> PathBuf {
        self.dir.path().join("identity.json")
    }

    fn commission(&self, store: &dyn KeyStore, code: &Secret) -> Result<Enrolment, EstError> {
        commission(&self.client(), store, &name(), code, built(), &self.record())
    }

    fn uplink(&self, enrolment: &Enrolment, key: &SharedKey) -> Uplink {
        Uplink::new(UplinkOptions {
            base_url: self.api.clone(),
            terminal: enrolment.terminal.to_string(),
            ca_pem: enrolment.ca_pem().into_bytes(),
            chain: vec![enrolment.leaf().unwrap().into()],
            key: tls_key(Arc::clone(key)),
            at_least: built(),
            connect_timeout_ms: 10_000,
            read_timeout_ms: 30_000,
        })
        .unwrap()
    }

    fn renewer(
        &self,
        enrolment: &Enrolment,
        store: Arc<dyn KeyStore>,
        uplink: &Uplink,
        key: SharedKey,
    ) -> Renewer {
        let server = EstClient::renewal(&self.api, uplink.credentials(), Duration::from_secs(20)).unwrap();
        Renewer::new(RenewerParts {
            path: self.record(),
            enrolment: enrolment.clone(),
            store,
            key,
            server: Box::new(server),
            credentials: uplink.credentials(),
        })
        .unwrap()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.end.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn dana() -> Actor {
    Actor::new("Dana", "her work").unwrap()
}

fn name() -> TerminalId {
    "t-1".parse().unwrap()
}

/// What the terminal knows to have passed.
fn built() -> UtcMillis {
    "2026-01-01T00:00:00.000Z".parse().unwrap()
}

fn days(count: i64) -> UtcMillis {
    UtcMillis(clock::now().0 + count * 86_400_000)
}

fn answers(uplink: &Uplink) -> Answer {
    uplink.perform(&Request::Time { nonce: NONCE.into() })
}

fn works(uplink: &Uplink) {
    let answer = answers(uplink);
    assert!(matches!(answer, Answer::Time(_)), "{answer:?}");
}

/// The first row of a journal, its key certified by that identity.
fn first_row(enrolment: &Enrolment, key: &SharedKey) -> Row {
    let journal_key = RamKey::generate().unwrap().0;
    let context = Context {
        terminal: &enrolment.terminal,
        profile: Profile::Rig,
        firmware: "0.1.0",
        boot: "boot-1",
        epoch: 0,
        seq: 0,
        prev: GENESIS_PREV,
        op_id: OperationId(Uuid::now_v7()),
        stamp: Stamp { mono: Mono(0), utc: clock::now(), quality: ClockQuality::Trusted },
        rule_pack: 0,
    };
    let draft = Draft::new(key_epoch(&enrolment.terminal, &journal_key).unwrap());
    let sealer = MfoSealer::new(Opener::generate().unwrap().0.public_jwk());
    build(&context, &draft, &sealer, key.as_ref(), Some(enrolment.chain.clone())).unwrap().0
}

fn a_terminal_with_its_key_in(token: &token::TestToken) {
    let site = Site::new();
    let store: Arc<dyn KeyStore> = Arc::new(token.store());
    let enrolment = site.commission(store.as_ref(), &site.code("t-1").0).unwrap();
    assert_eq!(store.keys().unwrap().len(), 1);
    let key = enrolment.key(store.as_ref()).unwrap();

    let uplink = site.uplink(&enrolment, &key);
    works(&uplink);
    let row = first_row(&enrolment, &key);
    let mut verifier = ChainVerifier::new(name(), Arc::new(enrolment.trust().unwrap()));
    verifier.accept(&row.compact).unwrap();
    let answer = uplink.perform(&Request::Operations { rows: vec![row.compact] });
    let Answer::Operations(acknowledged) = answer else { panic!("{answer:?}") };
    assert_eq!((acknowledged.acked_seq, acknowledged.acked_hash), (Some(0), Some(row.hash)));

    let mut renewer = site.renewer(&enrolment, Arc::clone(&store), &uplink, Arc::clone(&key));
    drop(key);
    let renewed = renewer.step(days(61), built()).unwrap().expect("it is due");
    assert_eq!(store.keys().unwrap().len(), 2, "somebody may still sign with the former key");
    let mut uplink = uplink;
    uplink.forget();
    works(&uplink);
    drop(uplink);
    let kept = Enrolment::load(&site.record()).unwrap().unwrap();
    assert_eq!(kept.chain, renewed.x5c);
    drop(renewer);
    let uplink = site.uplink(&kept, &renewed.key);
    let _tidied = site.renewer(&kept, Arc::clone(&store), &uplink, Arc::clone(&renewed.key));
    assert_eq!(store.keys().unwrap(), vec![renewed.key.public_jwk()]);
    assert!(Enrolment::load(&site.record()).unwrap().unwrap().retired.is_empty());
}

#[test]
fn a_terminal_with_its_key_in_soft_hsm_enrols_speaks_journals_and_renews() {
    if let Some(token) = token::TestToken::soft_hsm() {
        a_terminal_with_its_key_in(&token);
    }
}

#[test]
fn a_terminal_with_its_key_in_a_tpm_enrols_speaks_journals_and_renews() {
    if let Some(token) = token::TestToken::tpm() {
        a_terminal_with_its_key_in(&token);
    }
}

#[test]
fn a_fingerprint_of_the_ca_is_enough_and_another_one_is_refused() {
    let site = Site::new();
    let (code, said) = site.code("t-1");
    let text = said["ca_sha256"].as_str().unwrap();
    let mut sha256 = [0; 32];
    for (byte, hex) in sha256.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(hex).unwrap(), 16).unwrap();
    }
    let store = FileStore::new(site.dir.path().join("terminal"));
    let enrol =
        |pin: &Pin| commission(&site.client_with(pin), &store, &name(), &code, built(), &site.record());
    let stranger = Pin::Sha256([7; 32]);
    assert!(matches!(enrol(&stranger), Err(EstError::Server(_))));
    let other_ca = Site::new();
    assert!(matches!(enrol(&Pin::Certificate(other_ca.ca())), Err(EstError::Server(_))));
    assert!(store.keys().unwrap().is_empty(), "nothing is made for a stranger");
    let enrolment = enrol(&Pin::Sha256(sha256)).unwrap();
    assert_eq!(enrolment.identity().unwrap().common_name, "t-1");
    assert_eq!(enrolment.mfo.seal, vec![site.opened().keys.seal_jwk().unwrap()]);
}

#[test]
fn a_lost_reply_costs_neither_the_code_nor_a_second_key() {
    let site = Site::new();
    let store = FileStore::new(site.dir.path().join("terminal"));
    let (code, _) = site.code("t-1");
    // The power went when the key was made and certified, before anything was stored.
    let public = store.generate().unwrap();
    let key = store.key(&public).unwrap().unwrap();
    let lost = site.client().enrol(&name(), &code, &certificate_request(&name(), &key).unwrap()).unwrap();
    let enrolment = site.commission(&store, &code).unwrap();
    assert_eq!(enrolment.leaf().unwrap(), lost.certificate);
    assert_eq!(store.keys().unwrap(), vec![public]);
    assert_eq!(site.opened().gateway.certificates(&name()).unwrap().len(), 1);
    let second = FileStore::new(site.dir.path().join("thief"));
    assert!(matches!(site.commission(&second, &code), Err(EstError::WrongCode)));
}

#[test]
fn a_wrong_code_is_refused_then_locked_and_changes_nothing() {
    let site = Site::new();
    let store = FileStore::new(site.dir.path().join("terminal"));
    let (code, _) = site.code("t-1");
    let wrong = Secret::new("0000000000000000".into());
    for _ in 0..3 {
        assert!(matches!(site.commission(&store, &wrong), Err(EstError::WrongCode)));
    }
    assert_eq!(store.keys().unwrap().len(), 1, "each attempt uses the same key");
    let Err(EstError::Locked { retry_seconds }) = site.commission(&store, &code) else {
        panic!("not locked")
    };
    assert!((1..=61).contains(&retry_seconds));
    assert!(Enrolment::load(&site.record()).unwrap().is_none());
}

/// A server that answers, and whose answer does not arrive.
struct Lost(EstClient);

impl Renew for Lost {
    fn renew(&self, request: &[u8]) -> Result<Reply, EstError> {
        self.0.renew(request)?;
        Err(EstError::Server("cut".into()))
    }
}

#[test]
fn a_renewal_that_was_cut_anywhere_is_finished_by_the_next_attempt() {
    let site = Site::new();
    let store: Arc<dyn KeyStore> = Arc::new(FileStore::new(site.dir.path().join("terminal")));
    let enrolment = site.commission(store.as_ref(), &site.code("t-1").0).unwrap();
    let key = enrolment.key(store.as_ref()).unwrap();
    let uplink = site.uplink(&enrolment, &key);
    let server = EstClient::renewal(&site.api, uplink.credentials(), Duration::from_secs(20)).unwrap();
    let mut renewer = Renewer::new(RenewerParts {
        path: site.record(),
        enrolment: enrolment.clone(),
        store: Arc::clone(&store),
        key: Arc::clone(&key),
        server: Box::new(Lost(server)),
        credentials: uplink.credentials(),
    })
    .unwrap();
    assert!(renewer.step(days(58), built()).unwrap().is_none(), "not due yet");
    assert!(renewer.step(days(61), built()).is_err());
    assert!(matches!(renewer.standing(days(61)), Standing::Paused { .. }));
    assert_eq!(Enrolment::load(&site.record()).unwrap().unwrap(), enrolment, "the file is as it was");
    works(&uplink);
    let waiting = store.keys().unwrap().into_iter().find(|public| *public != key.public_jwk()).unwrap();
    drop(renewer);

    // After a restart.
    let mut renewer = site.renewer(&enrolment, Arc::clone(&store), &uplink, Arc::clone(&key));
    let renewed = renewer.step(days(61), built()).unwrap().unwrap();
    assert_eq!(renewed.key.public_jwk(), waiting, "the key that was made before is used");
    let how: Vec<Issuance> = site
        .opened()
        .gateway
        .certificates(&name())
        .unwrap()
        .into_iter()
        .map(|(_, record)| record.how)
        .collect();
    assert_eq!(how.iter().filter(|how| **how == Issuance::Renewal).count(), 2, "also the one that was lost");
    assert_eq!(store.keys().unwrap().len(), 2);
    drop((key, uplink));
    assert!(renewer.step(days(0), built()).unwrap().is_none());
    assert_eq!(store.keys().unwrap(), vec![waiting], "nobody holds the former key any more");
}

#[test]
fn an_ended_certificate_is_a_state_of_its_own_and_asks_nobody() {
    let site = Site::new();
    let store: Arc<dyn KeyStore> = Arc::new(FileStore::new(site.dir.path().join("terminal")));
    let enrolment = site.commission(store.as_ref(), &site.code("t-1").0).unwrap();
    let key = enrolment.key(store.as_ref()).unwrap();
    let uplink = site.uplink(&enrolment, &key);
    let mut renewer = site.renewer(&enrolment, Arc::clone(&store), &uplink, key);
    assert_eq!(renewer.standing(days(91)), Standing::Expired);
    assert!(renewer.step(days(91), built()).unwrap().is_none());
    // A person enrols it again; the former key is replaced.
    let again = site.commission(store.as_ref(), &site.code("t-1").0).unwrap();
    assert_ne!(again.identity().unwrap().jwk, enrolment.identity().unwrap().jwk);
    assert_eq!(again.retired, vec![enrolment.identity().unwrap().jwk]);
}

#[test]
fn a_revoked_terminal_is_shut_out_within_a_second_also_on_an_open_connection() {
    let site = Site::new();
    let store = FileStore::new(site.dir.path().join("terminal"));
    let enrolment = site.commission(&store, &site.code("t-1").0).unwrap();
    let key = enrolment.key(&store).unwrap();
    let uplink = site.uplink(&enrolment, &key);
    works(&uplink);
    commands::revoke(&site.opened(), "t-1", None, &dana()).unwrap();
    let revoked = clock::now();
    let code = loop {
        match answers(&uplink) {
            Answer::Failed(Failure::Refused { status: 403, code, .. }) => break code,
            Answer::Time(_) => assert!(clock::now().0 - revoked.0 < 20_000, "never shut out"),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(code, "revoked");
    let server = EstClient::renewal(&site.api, uplink.credentials(), Duration::from_secs(20)).unwrap();
    let refused = server.renew(&certificate_request(&name(), &key).unwrap()).unwrap_err();
    assert!(matches!(&refused, EstError::Refused(code) if code == "revoked"), "{refused}");
    // The thief has no code; the MFO gives the terminal a new one.
    let again = site.commission(&store, &site.code("t-1").0).unwrap();
    let key = again.key(&store).unwrap();
    works(&site.uplink(&again, &key));
}

#[test]
fn the_folder_of_a_rig_still_opens_the_line_and_is_revoked_like_any_other() {
    let site = Site::new();
    let out = site.dir.path().join("folder");
    let said = commands::enrol(&site.opened(), "t-2", &out, &dana()).unwrap();
    let records = site.opened().gateway.certificates(&"t-2".parse().unwrap()).unwrap();
    assert_eq!(
        (records[0].0.as_str(), records[0].1.how),
        (said["serial"].as_str().unwrap(), Issuance::Folder)
    );
    let read = |name: &str| std::fs::read(out.join(name)).unwrap();
    let (chain, key) =
        senim_uplink::identity_from_pem(&read("terminal.pem"), &read("terminal.key.pem")).unwrap();
    let uplink = Uplink::new(UplinkOptions {
        base_url: site.api.clone(),
        terminal: "t-2".into(),
        ca_pem: read("ca.pem"),
        chain,
        key,
        at_least: built(),
        connect_timeout_ms: 10_000,
        read_timeout_ms: 30_000,
    })
    .unwrap();
    works(&uplink);
    let serial = said["serial"].as_str();
    commands::revoke(&site.opened(), "t-2", serial, &dana()).unwrap();
    let revoked = clock::now();
    while matches!(answers(&uplink), Answer::Time(_)) {
        assert!(clock::now().0 - revoked.0 < 20_000, "never shut out");
    }
}

#[test]
fn what_enrolment_stores_and_the_samples_fit_their_schemas_and_types() {
    let fits = |schema: &str, document: &Value| {
        jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap().is_valid(document)
    };
    let schema = include_str!("../../docs/formats/enrolment.schema.json");
    let sample = include_str!("../../docs/formats/enrolment.sample.json");
    let site = Site::new();
    let store = FileStore::new(site.dir.path().join("terminal"));
    let enrolment = site.commission(&store, &site.code("t-1").0).unwrap();
    let mut document = serde_json::to_value(&enrolment).unwrap();
    assert!(fits(schema, &document));
    let sample: Value = serde_json::from_str(sample).unwrap();
    assert!(fits(schema, &sample));
    assert!(serde_json::from_value::<Enrolment>(sample).is_ok());
    let bundle = include_str!("../../docs/formats/bundle.sample.json");
    let typed: senim_operation::bundle::Bundle = serde_json::from_str(bundle).unwrap();
    assert_eq!(senim_operation::canonical::to_vec(&typed).unwrap(), bundle.as_bytes());
    let bundle_schema = include_str!("../../docs/formats/bundle.schema.json");
    assert!(fits(bundle_schema, &serde_json::from_str(bundle).unwrap()));
    document["key"] = Value::from("secret");
    assert!(!fits(schema, &document) && serde_json::from_value::<Enrolment>(document).is_err());
}

/// Stock tools: their arguments, in a folder.
struct Tools<'a> {
    site: &'a Site,
    dir: &'a Path,
}

impl Tools<'_> {
    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let output = Command::new(program).args(arguments).current_dir(self.dir).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn request(&self, key: &str, subject: &str) {
        let curve = "ec_paramgen_curve:P-256";
        self.run("openssl", &["genpkey", "-algorithm", "EC", "-pkeyopt", curve, "-out", key]);
        self.run(
            "openssl",
            &["req", "-new", "-key", key, "-subj", subject, "-outform", "DER", "-out", "req.der"],
        );
        self.run("openssl", &["base64", "-in", "req.der", "-out", "req.b64"]);
    }

    /// Status of a POST; the body is in `reply`.
    fn post(&self, url: &str, more: &[&str]) -> String {
        let ca = self.site.dir.path().join("keys/ca.pem");
        let mut arguments = vec![
            "--silent",
            "--cacert",
            ca.to_str().unwrap(),
            "--tlsv1.3",
            "--write-out",
            "%{http_code}",
            "--output",
            "reply",
            "--dump-header",
            "headers",
            "--header",
            "Content-Type: application/pkcs10",
            "--data-binary",
            "@req.b64",
        ];
        arguments.extend_from_slice(more);
        arguments.push(url);
        // A server that refuses does not read to the end; that curl minds is no matter, only what it was told.
        let output = Command::new("curl").args(&arguments).current_dir(self.dir).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// The certificate of the last reply, in `out`, and what OpenSSL says of it.
    fn certificate(&self, out: &str) -> String {
        self.run("openssl", &["base64", "-d", "-in", "reply", "-out", "reply.p7"]);
        self.run("openssl", &["pkcs7", "-inform", "DER", "-in", "reply.p7", "-print_certs", "-out", out]);
        let ca = self.site.dir.path().join("keys/ca.pem");
        self.run("openssl", &["verify", "-CAfile", ca.to_str().unwrap(), "-purpose", "sslclient", out]);
        self.run(
            "openssl",
            &["x509", "-in", out, "-noout", "-subject", "-ext", "extendedKeyUsage,basicConstraints"],
        )
    }
}

#[test]
fn curl_and_openssl_enrol_and_renew_without_our_code() {
    if Command::new("curl").arg("--version").output().is_err() {
        eprintln!("SKIPPED PEER curl: it is not installed");
        return;
    }
    let site = Site::new();
    let dir = tempfile::tempdir().unwrap();
    let tools = Tools { site: &site, dir: dir.path() };
    let (code, _) = site.code("t-1");
    // It may ask for any name and for a CA; it is told its own.
    tools.request("one.key", "/CN=senim-gateway-message/O=Somebody");
    let enrol = format!("{}/.well-known/est/simpleenroll", site.est);
    let basic = format!("t-1:{}", code.expose());
    let nonce = format!("Senim-Nonce: {NONCE}");
    assert_eq!(tools.post(&enrol, &[]), "401");
    assert!(
        std::fs::read_to_string(dir.path().join("headers"))
            .unwrap()
            .to_lowercase()
            .contains("www-authenticate: basic")
    );
    assert_eq!(tools.post(&enrol, &["--user", &basic, "--header", &nonce]), "200");
    let headers = std::fs::read_to_string(dir.path().join("headers")).unwrap().to_lowercase();
    assert!(headers.contains("application/pkcs7-mime; smime-type=certs-only"), "{headers}");
    assert!(headers.contains("senim-time: ey"), "{headers}");
    let said = tools.certificate("one.pem");
    assert!(said.contains("CN = t-1\n") && said.contains("TLS Web Client Authentication"), "{said}");
    assert!(!said.contains("Somebody") && !said.contains("CA:TRUE"), "{said}");

    tools.request("two.key", "/CN=t-1");
    let renew = format!("{}/.well-known/est/simplereenroll", site.api);
    assert_eq!(tools.post(&renew, &["--cert", "one.pem", "--key", "one.key"]), "200");
    assert!(tools.certificate("two.pem").contains("CN = t-1"));
    assert_eq!(tools.post(&renew, &["--cert", "two.pem", "--key", "two.key"]), "200");
    let text = std::fs::read_to_string(dir.path().join("req.b64")).unwrap();
    std::fs::write(dir.path().join("req.b64"), text.replacen('M', "N", 1)).unwrap();
    assert_eq!(tools.post(&renew, &["--cert", "two.pem", "--key", "two.key"]), "400");
    assert_eq!(tools.post(&enrol, &["--user", &basic]), "400", "a broken request costs no try");

    let ca = site.dir.path().join("keys/ca.pem");
    let ca_url = format!("{}/.well-known/est/cacerts", site.est);
    tools
        .run("curl", &["--silent", "--fail", "--cacert", ca.to_str().unwrap(), "--output", "reply", &ca_url]);
    tools.run("openssl", &["base64", "-d", "-in", "reply", "-out", "reply.p7"]);
    let said = tools.run("openssl", &["pkcs7", "-inform", "DER", "-in", "reply.p7", "-print_certs"]);
    assert!(said.contains("CN = Senim MFO CA"), "{said}");
}

#[test]
fn the_enrolment_port_serves_nothing_else_and_no_large_or_endless_request() {
    let site = Site::new();
    let dir = tempfile::tempdir().unwrap();
    let tools = Tools { site: &site, dir: dir.path() };
    if Command::new("curl").arg("--version").output().is_err() {
        eprintln!("SKIPPED PEER curl: it is not installed");
        return;
    }
    std::fs::write(dir.path().join("req.b64"), "AAAA").unwrap();
    for path in ["/v1/terminals/t-1/operations", "/.well-known/est/simplereenroll", "/healthz"] {
        assert_eq!(tools.post(&format!("{}{path}", site.est), &[]), "404", "{path}");
    }
    let enrol = format!("{}/.well-known/est/simpleenroll", site.est);
    std::fs::write(dir.path().join("req.b64"), "A".repeat(100_000)).unwrap();
    // It waits for leave to send, so that the answer is not lost with the connection.
    let expect = ["--user", "t-1:1", "--header", "Expect: 100-continue"];
    assert_eq!(tools.post(&enrol, &expect), "413");
    std::fs::write(dir.path().join("req.b64"), "").unwrap();
    assert_eq!(tools.post(&enrol, &["--user", "t-1:1"]), "400");
    assert_eq!(tools.post(&enrol, &["--user", "-- ' OR 1=1:1"]), "401");
    site.code("t-1");
    tools.request("one.key", "/CN=t-1");
    assert_eq!(tools.post(&enrol, &["--user", "t-1:1"]), "401");
}
