//! The server as terminals meet it: real TLS with enrolled certificates, real SQLite, the simulated world behind it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use senim_domain::{
    ApplicationId, Language, MessageId, PayoutRequestId, Secret, SecretBytes, SessionId, Tiyn,
};
use senim_gateway::{clock, commands, serve};
use senim_operation::attachment::{LoginCode, LoginRequest};
use senim_operation::body::*;
use senim_operation::checkpoint::{CompactRange, Note};
use senim_operation::message::{MessageBody, MessageTrust, open_message};
use senim_operation::signer::RamKey;
use senim_operation::trust::Trust;
use senim_operation::{Draft, Profile};
use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;

use crate::support::{self, Terminal};

struct Server {
    address: String,
    end: watch::Sender<bool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Server {
    fn start(config: &Path) -> Self {
        let server = commands::prepare_server(commands::open(config).unwrap()).unwrap();
        let (end, ending) = watch::channel(false);
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            tokio::runtime::Runtime::new().unwrap().block_on(async {
                let (listener, local) = serve::listen(server.listen).await.unwrap();
                tell.send(local).unwrap();
                serve::serve(listener, server.tls, server.gateway, ending).await;
            });
        });
        Self { address: format!("https://{}", told.recv().unwrap()), end, thread: Some(thread) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.end.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Site {
    dir: tempfile::TempDir,
    world: String,
    _guard: senim_world::WorldGuard,
}

impl Site {
    fn new() -> Self {
        let (address, guard) =
            senim_world::World::spawn_blocking_thread("127.0.0.1:0".parse().unwrap()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let world = format!("http://{address}");
        let config = format!(
            "listen = '127.0.0.1:0'\nstore = 'sqlite:gateway.db'\nkeys = 'keys'\nprofile = 'rig'\nsecond_copy = 'second'\n\
             [connectors]\ncore_url = '{world}'\nmatch_url = '{world}'\nsms_url = '{world}'\n"
        );
        std::fs::write(dir.path().join("gateway.toml"), config).unwrap();
        Self { dir, world, _guard: guard }
    }

    fn config(&self) -> PathBuf {
        self.dir.path().join("gateway.toml")
    }

    fn enrol(&self, id: &str) -> PathBuf {
        let out = self.dir.path().join(id);
        commands::enrol(&commands::open(&self.config()).unwrap(), id, &out, &support::staff()).unwrap();
        out
    }

    fn admin(&self, work: impl FnOnce(&commands::Opened) -> Result<Value, commands::CommandError>) -> Value {
        work(&commands::open(&self.config()).unwrap()).unwrap()
    }

    fn publish(&self) {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/formats/rule-pack.sample.json");
        self.admin(|opened| commands::rule_pack(opened, &sample, &support::staff()));
    }

    fn world(&self, path: &str) -> Value {
        ureq::get(&format!("{}{path}", self.world)).call().unwrap().into_json().unwrap()
    }
}

fn agent(
    dir: &Path,
    versions: &[&'static rustls::SupportedProtocolVersion],
    certificate: bool,
) -> ureq::Agent {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(dir.join("ca.pem")).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots);
    let config = if certificate {
        let chain =
            CertificateDer::pem_file_iter(dir.join("terminal.pem")).unwrap().map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(dir.join("terminal.key.pem")).unwrap();
        builder.with_client_auth_cert(chain, key).unwrap()
    } else {
        builder.with_no_client_auth()
    };
    ureq::AgentBuilder::new().tls_config(Arc::new(config)).timeout(Duration::from_secs(60)).build()
}

const TLS13: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS13];
const TLS12: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS12];

fn status(answer: Result<ureq::Response, ureq::Error>) -> (u16, Value) {
    match answer {
        Ok(response) => (response.status(), response.into_json().unwrap()),
        Err(ureq::Error::Status(status, response)) => (status, response.into_json().unwrap()),
        Err(ureq::Error::Transport(error)) => panic!("{error}"),
    }
}

/// A terminal with its uplink, as plain as can be.
struct Uplink {
    agent: ureq::Agent,
    base: String,
    trust: MessageTrust,
    terminal: Terminal,
    last: Option<(String, Vec<String>)>,
}

impl Uplink {
    fn new(dir: &Path, id: &str, server: &Server) -> Self {
        let chain = std::fs::read(dir.join("terminal.pem")).unwrap();
        let leaf = CertificateDer::from_pem_slice(&chain).unwrap();
        let key = PrivateKeyDer::from_pem_file(dir.join("terminal.key.pem")).unwrap();
        let identity = RamKey::from_pkcs8(key.secret_der()).unwrap();
        let seal =
            serde_json::from_str(&std::fs::read_to_string(dir.join("mfo-seal.jwk.json")).unwrap()).unwrap();
        let trust = Trust::from_pem(&std::fs::read_to_string(dir.join("ca.pem")).unwrap()).unwrap();
        let id = id.parse().unwrap();
        Self {
            agent: agent(dir, TLS13, true),
            base: format!("{}/v1/terminals/{id}", server.address),
            trust: MessageTrust::new(Arc::new(trust)),
            terminal: Terminal::with_identity(
                &id,
                identity,
                vec![STANDARD.encode(&leaf)],
                seal,
                Profile::Rig,
            ),
            last: None,
        }
    }

    fn post(&self, body: &str) -> (u16, Value) {
        let request = self.agent.post(&format!("{}/operations", self.base));
        status(request.set("content-type", "application/x-ndjson").send_string(body))
    }

    fn say(&mut self, draft: Draft) -> Option<(MessageId, MessageBody)> {
        let (row, jwe) = self.terminal.write(draft, clock::now());
        if let (Some(jwe), Some(sealed)) = (jwe, &row.envelope.sealed) {
            let request = self.agent.put(&format!("{}/attachments/{}", self.base, sealed.sha256));
            let (status, answer) = status(request.set("content-type", "application/jose").send_string(&jwe));
            assert_eq!((status, &answer["matched"]), (200, &Value::Bool(false)));
        }
        let (status, answer) = self.post(&format!("{}\n", row.compact));
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["acked_hash"], row.hash);
        let replies: Vec<String> = serde_json::from_value(answer["replies"].clone()).unwrap();
        self.last = Some((row.compact, replies.clone()));
        let message = open_message(replies.first()?, &self.trust, &self.terminal.id).unwrap();
        Some((message.envelope.message_id, message.body))
    }

    /// Says these in the open visit.
    fn says(&mut self, said: Vec<support::preparation::Said>) {
        for said in said {
            let draft = self.here(said.body);
            let _nothing = self.say(Draft { attachment: said.sealed, ..draft });
        }
    }

    fn here(&self, body: impl Into<Body>) -> Draft {
        Draft::new(body).in_session(self.terminal.session.unwrap())
    }

    fn begin(&mut self) {
        let row = self.terminal.begin_epoch(clock::now());
        assert_eq!(self.post(&row.compact).0, 200);
    }
}

#[test]
fn only_tls_13_with_a_certificate_of_this_very_terminal_gets_in() {
    let site = Site::new();
    let (one, two) = (site.enrol("t-1"), site.enrol("t-2"));
    let server = Server::start(&site.config());
    let health = format!("{}/healthz", server.address);
    assert!(matches!(agent(&one, TLS13, false).get(&health).call(), Err(ureq::Error::Transport(_))));
    assert!(matches!(agent(&one, TLS12, true).get(&health).call(), Err(ureq::Error::Transport(_))));
    assert_eq!(status(agent(&one, TLS13, true).get(&health).call()).0, 200);
    let operations = format!("{}/v1/terminals/t-1/operations", server.address);
    let (code, answer) = status(agent(&two, TLS13, true).get(&operations).call());
    assert_eq!((code, answer["code"].as_str()), (403, Some("wrong_terminal")));
    let (code, answer) = status(agent(&one, TLS13, true).post(&operations).send_string(""));
    assert_eq!((code, answer["code"].as_str()), (415, Some("unsupported_media_type")));
    let stranger = Site::new();
    let foreign = stranger.enrol("t-1");
    std::fs::copy(one.join("ca.pem"), foreign.join("ca.pem")).unwrap();
    assert!(matches!(agent(&foreign, TLS13, true).get(&health).call(), Err(ureq::Error::Transport(_))));
}

#[test]
fn a_whole_loan_over_the_wire_with_the_world_behind_it() {
    let site = Site::new();
    let dir = site.enrol("t-1");
    let server = Server::start(&site.config());
    let mut uplink = Uplink::new(&dir, "t-1", &server);
    // Directives come from another process's connection to the same file while the server runs.
    site.publish();
    site.admin(|opened| {
        commands::activate(opened, "t-1", &support::place(true, "Алматы"), &support::staff())
    });
    let inbox = format!("{}/inbox?after=0&wait=5", uplink.base);
    let (code, answer) = status(uplink.agent.get(&inbox).call());
    let messages = answer["messages"].as_array().unwrap();
    assert_eq!((code, messages.len()), (200, 2));
    assert_eq!(answer["head"], messages[1]["n"]);

    let people = site.world("/people");
    let well = |person: &&Value| {
        let quirks = &person["quirks"];
        person["registered"] == true
            && person["status"] == "active"
            && quirks["voluntary_refusal"] == false
            && quirks["aml_hit"] == false
            && quirks["face_mismatch"] == false
            && quirks["kdn_hundredths"].as_u64().unwrap() <= 50
    };
    let person = people["people"].as_array().unwrap().iter().find(well).unwrap();
    let iin = person["iin"].as_str().unwrap();

    uplink.begin();
    let session = SessionId(Uuid::now_v7());
    uplink.terminal.session = Some(session);
    uplink.say(Draft::new(SessionOpened { language: Language::Ru }).in_session(session));
    let sealed = LoginRequest { iin: Secret::new(iin.to_owned()) }.to_plaintext().unwrap();
    let (login, body) = uplink.say(uplink.here(LoginRequested {}).with_attachment(sealed)).unwrap();
    assert!(matches!(body, MessageBody::LoginCodeSent { digits: 6, .. }), "{body:?}");
    let inbox = site.world("/sms/inbox");
    let sms = inbox["messages"].as_array().unwrap().last().unwrap()["text"].as_str().unwrap().to_owned();
    let code = sms.split(|c: char| !c.is_ascii_digit()).find(|part| part.len() == 6).unwrap().to_owned();
    let sealed = LoginCode { code: Secret::new(code) }.to_plaintext().unwrap();
    let (_, body) = uplink.say(uplink.here(LoginCodeSubmitted { login }).with_attachment(sealed)).unwrap();
    let MessageBody::LoggedIn { client, .. } = body else { panic!("{body:?}") };
    let principal_tiyn = Tiyn::new(10_000_000).unwrap();
    let application = ApplicationSubmitted {
        application: ApplicationId(Uuid::now_v7()),
        client,
        product: "simple".into(),
        principal_tiyn,
        term: senim_domain::loan::Term::Months(6),
        language: Language::Ru,
    };
    uplink.says(support::preparation::before_application(client));
    let (_, body) = uplink.say(uplink.here(application)).unwrap();
    let MessageBody::OfferMade { loan, drafts, .. } = body else { panic!("{body:?}") };
    uplink.says(support::preparation::before_contract(client, loan, support::NOON));
    let (_, body) = uplink.say(uplink.here(support::chosen(loan, &drafts[0]))).unwrap();
    let draft = support::Drafted::new(&drafts[0], body);
    let sha256 = draft.contract_sha256.clone();
    let shown =
        DocumentShown { loan, document: "contract".into(), sha256: sha256.clone(), language: Language::Ru };
    uplink.say(uplink.here(shown));
    let subject = FaceSubject::Loan(loan);
    let session = uplink.terminal.session.unwrap();
    let (challenge, answer) = support::living::proven(session, subject, |draft| uplink.say(draft)).unwrap();
    assert_eq!(answer, Some(MessageBody::LivenessConfirmed { challenge }));
    let mut picture = Vec::new();
    let frame = ureq::get(&format!("{}/people/{iin}/frames/0", site.world)).call().unwrap();
    std::io::Read::read_to_end(&mut frame.into_reader(), &mut picture).unwrap();
    let captured = FaceCaptured { subject, liveness: Liveness::Passed(challenge), quality: 80 };
    let (face_check, body) =
        uplink.say(uplink.here(captured).with_attachment(SecretBytes::new(picture))).unwrap();
    assert!(matches!(body, MessageBody::FaceMatched { .. }), "{body:?}");
    let agreed = ContractAgreed { loan, method: draft.schedule.method, contract_sha256: sha256, face_check };
    let (_, body) = uplink.say(uplink.here(agreed)).unwrap();
    assert!(matches!(body, MessageBody::ContractAccepted { .. }), "{body:?}");
    let request = PayoutRequestId(Uuid::now_v7());
    let asked =
        PayoutRequested { request, loan, part: 1, amount_tiyn: principal_tiyn, face_check, place: None };
    let (_, body) = uplink.say(uplink.here(asked)).unwrap();
    let MessageBody::PayoutAuthorised(authorisation) = body else { panic!("{body:?}") };

    // The gateway stops and starts again on the same file: the same row gets the same answer.
    let (row, replies) = uplink.last.clone().unwrap();
    drop(server);
    let server = Server::start(&site.config());
    uplink.base = format!("{}/v1/terminals/t-1", server.address);
    let (code, answer) = uplink.post(&row);
    assert_eq!((code, &answer["replies"]), (200, &serde_json::json!(replies)));

    uplink.say(uplink.here(support::Rig::ended(&authorisation, 20, PayoutResult::Paid)));
    let booked = site.world(&format!("/core/loans/{loan}"));
    assert_eq!(
        (booked["status"].as_str(), booked["payouts"].as_array().unwrap().len()),
        (Some("paid_out"), 1)
    );

    let all: Vec<&str> = uplink.terminal.rows.iter().map(|row| row.compact.as_str()).collect();
    let (code, answer) = uplink.post(&all.join("\n"));
    assert_eq!(code, 200);
    assert_eq!(answer["archived"].as_array().unwrap().len(), 5);
    assert_eq!(std::fs::read_dir(site.dir.path().join("second/t-1")).unwrap().count(), 5);
    let (code, answer) = uplink.post("nonsense");
    assert_eq!((code, answer["code"].as_str()), (422, Some("bad_row")));
    assert_eq!(answer["acked_seq"], all.len() - 1);
    assert_eq!(uplink.post("").1["code"], "quarantined");
}

#[test]
fn a_checkpoint_and_the_time_come_signed_and_a_waiting_poll_wakes_up() {
    let site = Site::new();
    let dir = site.enrol("t-1");
    let server = Server::start(&site.config());
    let mut uplink = Uplink::new(&dir, "t-1", &server);
    uplink.begin();
    let mut range = CompactRange::new();
    range.append(uplink.terminal.rows[0].compact.as_bytes());
    let mut note = Note::new(&uplink.terminal.id, 1, range.root());
    note.sign(&uplink.terminal.key).unwrap();
    let post =
        |text: &str| status(uplink.agent.post(&format!("{}/checkpoint", uplink.base)).send_string(text));
    let (code, answer) = post(&note.to_string());
    assert_eq!(code, 200, "{answer}");
    assert_eq!(Note::parse(answer["note"].as_str().unwrap()).unwrap().signatures.len(), 2);
    assert_eq!(post("no note").0, 422);
    assert_eq!(post(&"x".repeat(20_000)).0, 413);
    let time = |nonce: &str| uplink.agent.get(&format!("{}/v1/time?nonce={nonce}", server.address)).call();
    assert_eq!(time("AAAAAAAAAAAAAAAAAAAAAA").unwrap().into_string().unwrap().split('.').count(), 3);
    assert_eq!(status(time("short")).1["code"], "bad_nonce");

    let address = format!("{}/inbox?after=0&wait=20", uplink.base);
    let agent = uplink.agent.clone();
    #[expect(clippy::disallowed_methods, reason = "measures the real wait")]
    let began = Instant::now();
    let waiting = std::thread::spawn(move || status(agent.get(&address).call()));
    site.publish();
    let (code, answer) = waiting.join().unwrap();
    assert_eq!((code, answer["head"].as_u64()), (200, answer["messages"][0]["n"].as_u64()));
    assert!(began.elapsed() < Duration::from_secs(15));
}

#[test]
fn rows_are_taken_as_lines_and_as_a_batch_and_in_no_other_form() {
    use senim_operation::batch;
    let site = Site::new();
    let dir = site.enrol("t-1");
    let server = Server::start(&site.config());
    let mut uplink = Uplink::new(&dir, "t-1", &server);
    uplink.begin();
    let rows: Vec<String> = (0..40)
        .map(|n| {
            let body = ServiceChanged { in_service: true, reasons: vec![n.to_string()] };
            uplink.terminal.write(Draft::new(body), clock::now()).0.compact
        })
        .collect();
    let send = |kind: &str, body: &[u8]| {
        let request = uplink.agent.post(&format!("{}/operations", uplink.base));
        status(request.set("content-type", kind).send_bytes(body))
    };
    let bytes = batch::encode(&rows[..20]).unwrap();
    for _ in 0..2 {
        let (code, answer) = send(batch::CONTENT_TYPE, &bytes);
        assert_eq!(
            (code, answer["acked_seq"].as_u64()),
            (200, Some(20)),
            "a batch again is acknowledged again"
        );
    }
    let (code, answer) = send("application/x-ndjson; charset=utf-8", rows[20..].join("\n").as_bytes());
    assert_eq!((code, answer["acked_seq"].as_u64()), (200, Some(40)));
    for kind in ["application/json", "application/zstd", "text/plain", ""] {
        let (code, answer) = send(kind, &bytes);
        assert_eq!((code, answer["code"].as_str()), (415, Some("unsupported_media_type")), "{kind}");
    }
    for bad in [b"nonsense".as_slice(), &bytes[..bytes.len() - 5], b""] {
        let (code, answer) = send(batch::CONTENT_TYPE, bad);
        assert_eq!((code, answer["code"].as_str()), (400, Some("bad_batch")));
    }
    assert_eq!(send("application/x-ndjson", b"\xff\xfe").0, 400);
    assert_eq!(send(batch::CONTENT_TYPE, &bytes).0, 200, "and the next good one is served");
}

#[test]
fn a_batch_of_more_rows_than_are_taken_is_too_large() {
    let site = Site::new();
    let dir = site.enrol("t-1");
    let server = Server::start(&site.config());
    let mut uplink = Uplink::new(&dir, "t-1", &server);
    uplink.begin();
    let rows: Vec<String> = (0..1_025)
        .map(|_| {
            let body = ServiceChanged { in_service: true, reasons: Vec::new() };
            uplink.terminal.write(Draft::new(body), clock::now()).0.compact
        })
        .collect();
    let bytes = senim_operation::batch::encode(&rows).unwrap();
    let request = uplink.agent.post(&format!("{}/operations", uplink.base));
    let (code, answer) =
        status(request.set("content-type", senim_operation::batch::CONTENT_TYPE).send_bytes(&bytes));
    assert_eq!((code, answer["code"].as_str()), (413, Some("too_large")));
}

#[test]
fn an_attachment_in_pieces_is_resumed_after_a_restart_of_the_gateway() {
    let site = Site::new();
    let dir = site.enrol("t-1");
    let server = Server::start(&site.config());
    let mut uplink = Uplink::new(&dir, "t-1", &server);
    let jwe = "piece".repeat(4_000);
    let sha256 = senim_operation::attachment::sha256_of(&jwe);
    let url = |uplink: &Uplink, rest: &str| format!("{}/attachments/{sha256}{rest}", uplink.base);
    let patch = |uplink: &Uplink, offset: usize, text: &str| {
        let address = url(uplink, &format!("?offset={offset}&size={}", jwe.len()));
        status(uplink.agent.request("PATCH", &address).send_string(text))
    };
    let (code, answer) = patch(&uplink, 0, &jwe[..8_192]);
    assert_eq!((code, answer["held"].as_u64()), (200, Some(8_192)));
    drop(server);
    let server = Server::start(&site.config());
    uplink.base = format!("{}/v1/terminals/t-1", server.address);
    let (code, answer) = status(uplink.agent.get(&url(&uplink, "")).call());
    assert_eq!((code, &answer["held"], &answer["stored"]), (200, &8_192.into(), &false.into()));
    let (code, answer) = patch(&uplink, 0, &jwe[..8_192]);
    assert_eq!((code, answer["code"].as_str(), answer["held"].as_u64()), (409, Some("offset"), Some(8_192)));
    let (code, answer) = patch(&uplink, 8_192, &jwe[8_192..]);
    assert_eq!((code, &answer["stored"]), (200, &true.into()), "{answer}");
    assert_eq!(status(uplink.agent.get(&url(&uplink, "")).call()).1["stored"], true);
    let address = url(&uplink, "?offset=x");
    assert_eq!(status(uplink.agent.request("PATCH", &address).send_string("a")).0, 400);
}

#[test]
fn a_row_ahead_and_telemetry_have_their_places() {
    let site = Site::new();
    let dir = site.enrol("t-1");
    let server = Server::start(&site.config());
    let mut uplink = Uplink::new(&dir, "t-1", &server);
    let epoch = uplink.terminal.begin_epoch(clock::now()).compact;
    uplink.terminal.session = Some(SessionId(Uuid::now_v7()));
    let closed = uplink.here(SessionClosed { end: SessionEnd::TimedOut });
    let row = uplink.terminal.write(closed, clock::now()).0.compact;
    let post = |path: &str, body: &str| {
        let request = uplink.agent.post(&format!("{}/{path}", uplink.base));
        status(request.set("content-type", "application/x-ndjson").send_string(body))
    };
    let (code, answer) = post("ahead", &row);
    assert_eq!((code, answer["code"].as_str(), answer["expected_seq"].as_u64()), (409, Some("gap"), Some(0)));
    let (code, answer) = post("ahead", &format!("{epoch}\n{row}\n"));
    assert_eq!((code, &answer["acked_seq"], &answer["replies"]), (200, &Value::Null, &serde_json::json!([])));
    let lines = include_str!("../../docs/formats/telemetry.sample.jsonl");
    assert_eq!(post("telemetry", lines), (200, serde_json::json!({"taken": 2})));
    assert_eq!(post("telemetry", "{\"iin\":\"900514300002\"}").0, 400);
    assert_eq!(post("telemetry", &"x".repeat(200_000)).0, 413);
}
