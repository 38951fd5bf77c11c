//! Nothing of the borrower lies in clear at the lender: not in the database, its write-ahead log, a back-up, the second
//! copy, the log at its most talkative, the feed, or what is posted to the webhook.

#[path = "../../tests/suite/privacy/search.rs"]
#[allow(dead_code, unreachable_pub, reason = "written for the terminal's half")]
mod search;

use std::io::Read as _;
use std::path::Path;

use search::{Needle, files, forms, found, raw};
use senim_domain::{ApplicationId, Language, PayoutRequestId, Secret, SecretBytes, SessionId, Tiyn};
use senim_gateway::commands;
use senim_operation::Draft;
use senim_operation::attachment::{LoginCode, LoginRequest};
use senim_operation::body::*;
use senim_operation::message::MessageBody;
use serde_json::Value;
use uuid::Uuid;

use crate::site::{Server, Site, Uplink};
use crate::support;

/// A borrower's whole visit; what was planted.
struct Visit {
    needles: Vec<Needle>,
    iin: String,
}

fn person(site: &Site) -> Value {
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
    people["people"].as_array().unwrap().iter().find(well).unwrap().clone()
}

fn borrow(site: &Site, uplink: &mut Uplink) -> Visit {
    let person = person(site);
    let iin = person["iin"].as_str().unwrap().to_owned();
    uplink.begin();
    let session = SessionId(Uuid::now_v7());
    uplink.terminal.session = Some(session);
    uplink.say(Draft::new(SessionOpened { language: Language::Ru }).in_session(session));
    let sealed = LoginRequest { iin: Secret::new(iin.clone()) }.to_plaintext().unwrap();
    let (login, _) = uplink.say(uplink.here(LoginRequested {}).with_attachment(sealed)).unwrap();
    let inbox = site.world("/sms/inbox");
    let sms = inbox["messages"].as_array().unwrap().last().unwrap()["text"].as_str().unwrap().to_owned();
    let code = sms.split(|c: char| !c.is_ascii_digit()).find(|part| part.len() == 6).unwrap().to_owned();
    let sealed = LoginCode { code: Secret::new(code) }.to_plaintext().unwrap();
    let (_, body) = uplink.say(uplink.here(LoginCodeSubmitted { login }).with_attachment(sealed)).unwrap();
    let MessageBody::LoggedIn { client, greeting, .. } = body else { panic!("{body:?}") };
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
    frame.into_reader().read_to_end(&mut picture).unwrap();
    let captured = FaceCaptured { subject, liveness: Liveness::Passed(challenge), quality: 80 };
    let (face_check, body) =
        uplink.say(uplink.here(captured).with_attachment(SecretBytes::new(picture.clone()))).unwrap();
    assert!(matches!(body, MessageBody::FaceMatched { .. }), "{body:?}");
    let agreed = ContractAgreed { loan, method: draft.schedule.method, contract_sha256: sha256, face_check };
    uplink.say(uplink.here(agreed));
    let request = PayoutRequestId(Uuid::now_v7());
    let asked =
        PayoutRequested { request, loan, part: 1, amount_tiyn: principal_tiyn, face_check, place: None };
    let (_, body) = uplink.say(uplink.here(asked)).unwrap();
    let MessageBody::PayoutAuthorised(authorisation) = body else { panic!("{body:?}") };
    uplink.say(uplink.here(support::Rig::ended(&authorisation, 20, PayoutResult::Paid)));

    let text = |name: &str| person[name].as_str().unwrap_or_default().to_owned();
    let phone = text("phone");
    let mut needles = [
        forms("IIN", &iin),
        forms("greeting", greeting.expose()),
        forms("phone", phone.trim_start_matches('+')),
        forms("contract", &senim_document::read(&draft.pdf).unwrap().sections[1].paragraphs[0]),
    ]
    .concat();
    for name in ["surname", "given_name"] {
        let value = text(name);
        assert!(value.chars().count() > 3, "{name}: {person}");
        needles.extend(forms(name, &value));
    }
    for at in [picture.len() / 3, picture.len() / 2] {
        needles.push(raw("face", &picture[at..at + 24]));
        needles.extend(face_as_text(&picture[at..at + 48]));
    }
    Visit { needles, iin }
}

/// The middle of a face as base64 writes it, at each phase.
fn face_as_text(bytes: &[u8]) -> Vec<Needle> {
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    (0..3).map(|skip| raw("face in base64url", engine.encode(&bytes[skip..skip + 36]).as_bytes())).collect()
}

fn nothing_in(what: &str, hay: &[u8], needles: &[Needle]) {
    let found: Vec<&str> = found(hay, needles).into_iter().map(|needle| needle.what.as_str()).collect();
    assert!(found.is_empty(), "{what} holds {found:?}");
}

/// A copy of the database as SQLite makes it while the server runs.
fn back_up(site: &Site, to: &Path) {
    let store = rusqlite::Connection::open(site.dir.path().join("gateway.db")).unwrap();
    store.execute("VACUUM INTO ?1", [to.to_str().unwrap()]).unwrap();
}

/// Takes what is posted.
fn receiver() -> (String, std::sync::mpsc::Receiver<String>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/events", listener.local_addr().unwrap());
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = std::io::BufReader::new(stream.unwrap());
            loop {
                let (mut head, mut length) = (String::new(), 0_usize);
                while !head.ends_with("\r\n\r\n") {
                    let mut line = String::new();
                    if std::io::BufRead::read_line(&mut stream, &mut line).unwrap_or(0) == 0 {
                        break;
                    }
                    if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap();
                    }
                    head.push_str(&line);
                }
                if head.is_empty() {
                    break;
                }
                let mut body = vec![0; length];
                stream.read_exact(&mut body).unwrap();
                std::io::Write::write_all(stream.get_mut(), b"HTTP/1.1 204 x\r\n\r\n").unwrap();
                if tell.send(head + std::str::from_utf8(&body).unwrap()).is_err() {
                    return;
                }
            }
        }
    });
    (url, told)
}

#[test]
fn after_a_whole_loan_nothing_of_the_borrower_lies_in_clear_anywhere_at_the_lender() {
    let (url, posted) = receiver();
    let site = Site::new(&format!("[webhook]\nurl = '{url}'\n"));
    let dir = site.enrol("t-1");
    site.publish();
    site.admin(|opened| {
        commands::activate(opened, "t-1", &support::place(true, "Алматы"), &support::staff())
    });
    let server = Server::start(&site);
    let mut uplink = Uplink::new(&dir, "t-1", &server);
    let visit = borrow(&site, &mut uplink);
    let needles = &visit.needles;
    // During the visit its answers are still there, sealed; a refusal with the person in it is provoked as well.
    let poison = format!("{{\"iin\":\"{}\"}} '; DROP TABLE rows; --", visit.iin);
    let hostile = Uplink::new(&site.enrol("t-2"), "t-2", &server);
    let (code, refusal) = hostile.post(poison.as_bytes());
    assert_eq!(code, 422);
    nothing_in("the refusal", refusal.to_string().as_bytes(), needles);
    let backup = site.dir.path().join("backup.db");
    back_up(&site, &backup);

    let (code, page) = server.feed("?after=0&limit=500");
    assert_eq!(code, 200, "{page}");
    assert!(page["events"].as_array().unwrap().iter().any(|told| told["kind"] == "payoutEnded"), "{page}");
    nothing_in("the feed", page.to_string().as_bytes(), needles);
    let told = page["head"].as_u64().unwrap();
    for _ in 0..told {
        let event = posted.recv_timeout(std::time::Duration::from_secs(30)).unwrap();
        nothing_in("what is posted", event.as_bytes(), needles);
        let payload = event.rsplit("\r\n\r\n").next().unwrap().split('.').nth(1).unwrap();
        use base64::Engine as _;
        let decoded = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
        nothing_in("what is posted, decoded", &decoded, needles);
    }

    let mut looked_at = Vec::new();
    for file in files(site.dir.path()) {
        if file.starts_with(site.dir.path().join("terminals")) {
            continue;
        }
        let bytes = std::fs::read(&file).unwrap();
        let name = file.strip_prefix(site.dir.path()).unwrap().display().to_string();
        // What a terminal under somebody's control writes in clear is kept as evidence, but not in clear.
        nothing_in(&name, &bytes, needles);
        looked_at.push(name);
    }
    for expected in
        ["gateway.db", "gateway.db-wal", "backup.db", "serve.log", "keys/store.key", "second/t-1/"]
    {
        assert!(looked_at.iter().any(|name| name.starts_with(expected)), "{expected}: {looked_at:?}");
    }
    let log = std::fs::read_to_string(site.dir.path().join("serve.log")).unwrap();
    assert!(log.contains("request refused") && log.contains(refusal["ref"].as_str().unwrap()), "{log}");
}

#[test]
fn the_search_finds_what_lies_in_clear() {
    let needles = forms("IIN", "900514300002");
    for hay in ["{\"iin\":\"900514300002\"}", "OTAwNTE0MzAwMDAy"] {
        assert!(!found(hay.as_bytes(), &needles).is_empty(), "{hay}");
    }
}

#[test]
fn an_erased_document_is_gone_from_every_file_and_what_a_back_up_still_holds_opens_no_more() {
    let site = Site::new("");
    let dir = site.enrol("t-1");
    site.publish();
    site.admin(|opened| {
        commands::activate(opened, "t-1", &support::place(true, "Алматы"), &support::staff())
    });
    let server = Server::start(&site);
    let mut uplink = Uplink::new(&dir, "t-1", &server);
    let visit = borrow(&site, &mut uplink);
    let iin_row = uplink.terminal.rows.iter().find(|row| row.envelope.kind == "LoginRequested").unwrap();
    let sha256 = iin_row.envelope.sealed.as_ref().unwrap().sha256.clone();
    let out = site.dir.path().join("opened.json");
    let by = ["--by", "Дана", "--reason", "request 17 of the court"];
    let open = |out: &Path| {
        let out = out.to_str().unwrap();
        let named = ["--terminal", "t-1", "--sha256", &sha256, "--out", out];
        site.run(&["open"], &[named.as_slice(), &by].concat())
    };
    let (code, answer, why) = open(&out);
    assert_eq!(code, 0, "{answer}{why}");
    nothing_in("what the command prints", answer.as_bytes(), &visit.needles);
    assert!(std::fs::read_to_string(&out).unwrap().contains(&visit.iin));
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(std::fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(open(&out).0, 4, "an existing file is not overwritten");
    let loan: Vec<String> = {
        let (_, page) = server.feed("");
        let events = page["events"].as_array().unwrap().clone();
        events.iter().filter_map(|told| told["loan"].as_str().map(str::to_owned)).collect()
    };
    let backup = site.dir.path().join("backup.db");
    back_up(&site, &backup);

    let document = format!("t-1/{sha256}");
    let erase = [["--document", &document, "--early"].as_slice(), &by].concat();
    let (code, _, why) = site.run(&["archive", "erase"], &erase);
    assert_eq!((code, why.contains("open loan")), (2, true), "{why}");
    let close = [["--loan", loan[0].as_str()].as_slice(), &by].concat();
    assert_eq!(site.run(&["archive", "close-loan"], &close).0, 0);
    let file = site.dir.path().join(format!("second/t-1/{sha256}.sealed"));
    let copy = std::fs::read_to_string(&file).unwrap();
    let (_, sealed) = copy.split_once('\n').unwrap();
    assert_eq!(site.run(&["archive", "erase"], &erase).0, 0);
    assert!(!file.exists());
    assert_eq!(open(&site.dir.path().join("again.json")).0, 2);
    assert!(!site.dir.path().join("again.json").exists());
    let held = |path: &Path| {
        let bytes = std::fs::read(path).unwrap();
        bytes.windows(64).any(|window| window == &sealed.as_bytes()[..64])
    };
    assert!(held(&backup), "the search looks at the right bytes");
    back_up(&site, &site.dir.path().join("after.db"));
    assert!(!held(&site.dir.path().join("after.db")));

    // The wrapping key changes and the old one is destroyed: now the old copy of everything is worthless too.
    assert_eq!(site.run(&["archive", "rotate-key"], &by).0, 0);
    let (code, answer, why) = site.run(&["archive", "retire-keys"], &by);
    assert_eq!((code, answer.contains("000001")), (0, true), "{answer}{why}");
    drop(server);
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(site.dir.path().join(format!("gateway.db{suffix}")));
    }
    std::fs::copy(&backup, site.dir.path().join("gateway.db")).unwrap();
    let (code, _, why) = open(&site.dir.path().join("again.json"));
    assert_eq!((code, why.contains("000001")), (4, true), "{why}");
}
