//! Shows over real HTTP what the simulated services promise: shapes, idempotency, faults, error bodies, silence of logs.

use std::net::SocketAddr;

use base64::Engine as _;
use serde_json::{Value, json};

use crate::faults::Service;
use crate::{OPENAPI, World, WorldGuard};

mod checks;
mod published;
mod signing;
mod state;

const MAN: &str = "900514300002";
const MAN_ID: &str = "0190a000-0000-7000-8000-000000000001";
const WOMAN_ID: &str = "0190a000-0000-7000-8000-000000000002";
const LOAN: &str = "0190c000-0000-7000-8000-000000000001";

struct Caller {
    addr: SocketAddr,
    _guard: WorldGuard,
}

impl Caller {
    fn new() -> Self {
        let (addr, guard) = World::spawn_blocking_thread("127.0.0.1:0".parse().unwrap()).unwrap();
        Self { addr, _guard: guard }
    }

    fn raw(&self, method: &str, path: &str, body: Option<&[u8]>) -> (u16, Vec<u8>) {
        let request = ureq::request(method, &format!("http://{}{path}", self.addr));
        let answer = match body {
            Some(body) => request.set("content-type", "application/json").send_bytes(body),
            None => request.call(),
        };
        let response = match answer {
            Ok(response) | Err(ureq::Error::Status(_, response)) => response,
            Err(error) => panic!("{method} {path}: {error}"),
        };
        let status = response.status();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut response.into_reader(), &mut bytes).unwrap();
        (status, bytes)
    }

    fn get(&self, path: &str) -> (u16, Value) {
        self.json("GET", path, None)
    }

    fn json(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let (status, bytes) = self.raw(method, path, body.map(|b| b.to_string().into_bytes()).as_deref());
        let value = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        published::judge(method, path, status, &value);
        if status >= 400 {
            assert!(value["ref"].as_str().is_some_and(|r| r.starts_with("W-")), "{method} {path}: {value}");
        }
        (status, value)
    }

    fn match_png(&self, client: &str, png: &[u8]) -> Value {
        let image = base64::engine::general_purpose::STANDARD.encode(png);
        let (status, verdict) =
            self.json("POST", "/match", Some(json!({ "client_id": client, "image_png_base64": image })));
        assert_eq!(status, 200, "{verdict}");
        verdict
    }
}

fn terms() -> Value {
    json!({
        "loan_id": LOAN, "client_id": MAN_ID, "contract_number": "MK-1", "principal_tiyn": 10_000_000,
        "annual_rate_hundredths": 4600, "months": 6, "method": "annuity", "issued": "2026-11-22",
        "contract_sha256": "A".repeat(43),
    })
}

fn payout(amount: u64) -> Value {
    json!({ "request_id": "0190d000-0000-7000-8000-000000000001", "amount_tiyn": amount, "terminal": "t1" })
}

fn sms() -> Value {
    json!({ "to": "+77010000001", "text": "Код 123456", "purpose": "login_code" })
}

#[test]
fn every_published_document_is_served_and_an_unknown_one_is_not() {
    let world = Caller::new();
    for (name, text) in OPENAPI {
        let document: Value = serde_json::from_str(text).unwrap();
        assert_eq!(world.get(&format!("/openapi/{name}")).1, document, "{name}");
        assert_eq!(document["openapi"], "3.1.0", "{name}");
    }
    assert_eq!(world.get("/openapi/nothing").0, 404);
}

#[test]
fn an_answer_of_another_form_than_published_would_be_found() {
    let right = json!({ "message_id": LOAN });
    published::judge("POST", "/sms", 202, &right);
    for (status, wrong) in [(202, json!({ "message_id": 5 })), (202, json!({})), (201, right)] {
        let judged = std::panic::catch_unwind(|| published::judge("POST", "/sms", status, &wrong));
        assert!(judged.is_err(), "{status} {wrong}");
    }
}

#[test]
fn a_registered_client_is_found_and_an_unregistered_person_is_not() {
    let world = Caller::new();
    let (status, client) = world.get(&format!("/core/clients/by-iin/{MAN}"));
    assert_eq!(
        (status, client["client_id"].as_str(), client["surname"].as_str()),
        (200, Some(MAN_ID), Some("Серікбаев"))
    );
    assert_eq!(world.get(&format!("/core/clients/{MAN_ID}")).1, client);
    for (path, status, code) in [
        ("/core/clients/by-iin/080630500002", 404, "client_unknown"),
        ("/core/clients/by-iin/900514300003", 400, "invalid_iin"),
        ("/core/clients/0190a000-0000-7000-8000-000000000006", 404, "client_unknown"),
        ("/core/clients/x/aml", 400, "invalid_id"),
        ("/core/loans/0190c000-0000-7000-8000-000000000009", 404, "loan_unknown"),
        ("/people/123456789012/frames/0", 404, "person_unknown"),
        ("/people/900514300002/frames/10000", 400, "invalid_frame"),
        ("/nowhere", 404, "not_found"),
        ("/sms", 405, "method_not_allowed"),
    ] {
        let answer = world.get(path);
        assert_eq!((answer.0, answer.1["code"].as_str()), (status, Some(code)), "{path}");
    }
}

#[test]
fn a_refusal_set_between_contract_and_payout_is_seen_and_taken_back() {
    let world = Caller::new();
    let refusal = || world.get(&format!("/core/clients/{MAN_ID}/refusal")).1;
    let first = refusal();
    assert_eq!(first["refusal_set"], false);
    let quirks =
        json!({ "voluntary_refusal": true, "aml_hit": true, "kdn_hundredths": 77, "face_mismatch": false });
    let (status, set) = world.json("PUT", &format!("/people/{MAN}/quirks"), Some(quirks));
    assert_eq!((status, &set["kdn_hundredths"], &set["bmg"]), (200, &json!(77), &json!("own")));
    let second = refusal();
    assert_eq!(second["refusal_set"], true);
    assert_ne!(first["report_id"], second["report_id"]);
    assert_eq!(world.get(&format!("/core/clients/{MAN_ID}/aml")).1["hit"], true);
    assert_eq!(world.get(&format!("/core/clients/{MAN_ID}/debt-burden")).1["kdn_hundredths"], 77);
    assert_eq!(world.json("DELETE", &format!("/people/{MAN}/quirks"), None).0, 204);
    assert_eq!(refusal()["refusal_set"], false);
}

#[test]
fn bookings_repeat_without_effect_even_when_the_reply_was_lost() {
    let world = Caller::new();
    let fault = json!({ "mode": "lost_reply", "times": 1 });
    assert_eq!(world.json("PUT", "/faults/core", Some(fault.clone())).0, 204);
    assert_eq!(world.json("POST", "/core/loans", Some(terms())).0, 503);
    assert_eq!(world.json("POST", "/core/loans", Some(terms())).0, 200);
    let payouts = format!("/core/loans/{LOAN}/payouts");
    world.json("PUT", "/faults/core", Some(fault));
    assert_eq!(world.json("POST", &payouts, Some(payout(10_000_000))).0, 503);
    let (status, loan) = world.json("POST", &payouts, Some(payout(10_000_000)));
    assert_eq!(
        (status, &loan["paid_out_tiyn"], &loan["status"]),
        (200, &json!(10_000_000), &json!("paid_out"))
    );
    assert_eq!(world.json("POST", &payouts, Some(payout(5))).1["code"], "payout_conflict");
    assert_eq!(world.get("/core/loans").1["loans"], json!([loan]));
}

#[test]
fn the_matcher_knows_the_person_in_a_frame_from_others_and_from_no_picture() {
    let world = Caller::new();
    let (status, frame) = world.raw("GET", &format!("/people/{MAN}/frames/3"), None);
    assert_eq!(status, 200);
    assert_eq!(world.match_png(MAN_ID, &frame)["match"], true);
    assert_eq!(world.match_png(WOMAN_ID, &frame)["reason"], "other_person");
    let (_, portrait) = world.raw("GET", &format!("/people/{MAN}/portrait"), None);
    assert_eq!(world.match_png(MAN_ID, &portrait)["score"], 100);
    for bad in [&b""[..], b"no picture", &frame[..frame.len() / 2]] {
        assert_eq!(
            world.match_png(MAN_ID, bad),
            json!({ "match": false, "score": 0, "reason": "undecodable" })
        );
    }
    let body = json!({ "client_id": MAN_ID, "image_png_base64": "%%%" });
    assert_eq!(world.json("POST", "/match", Some(body)).1["reason"], "undecodable");
    let (_, other) = world.raw("GET", "/people/850317300010/frames/0", None);
    assert_eq!(world.match_png("0190a000-0000-7000-8000-000000000007", &other)["reason"], "other_person");
    let unknown = json!({ "client_id": LOAN, "image_png_base64": "" });
    assert_eq!(world.json("POST", "/match", Some(unknown)).1["code"], "client_unknown");
}

#[test]
fn a_message_is_read_in_the_inbox_of_its_number_newest_last() {
    let world = Caller::new();
    assert_eq!(world.json("POST", "/sms", Some(sms())).0, 202);
    let mut second = sms();
    second["text"] = json!("Код 654321");
    world.json("POST", "/sms", Some(second.clone()));
    second["to"] = json!("+77010000002");
    world.json("POST", "/sms", Some(second));
    for query in ["to=%2B77010000001", "to=+77010000001", "to=77010000001"] {
        let messages = world.get(&format!("/sms/inbox?{query}")).1["messages"].as_array().unwrap().clone();
        assert_eq!(messages.len(), 2, "{query}");
        assert_eq!(messages[1]["text"], "Код 654321");
    }
    assert_eq!(world.get("/sms/inbox").1["messages"].as_array().unwrap().len(), 3);
    assert_eq!(world.json("DELETE", "/sms/inbox", None).0, 204);
    assert_eq!(world.get("/sms/inbox").1, json!({ "messages": [] }));
    for (field, bad) in [("to", "87010000001"), ("text", ""), ("purpose", "Login Code")] {
        let mut broken = sms();
        broken[field] = json!(bad);
        assert_eq!(world.json("POST", "/sms", Some(broken)).1["code"], "invalid_message", "{field}");
    }
}

#[test]
fn faults_hit_their_own_service_only_and_end() {
    let world = Caller::new();
    world.json("PUT", "/faults/sms", Some(json!({ "mode": "down" })));
    assert_eq!(world.json("POST", "/sms", Some(sms())).1["code"], "service_down");
    assert_eq!(world.get("/core/loans").0, 200);
    assert_eq!(world.get("/sms/inbox").1, json!({ "messages": [] }));
    let faults = world.get("/faults").1;
    assert_eq!((&faults["core"], &faults["sms"]), (&Value::Null, &json!({ "mode": "down" })));
    assert_eq!(faults.as_object().unwrap().len(), Service::ALL.len());
    assert_eq!(world.json("DELETE", "/faults/sms", None).0, 204);
    assert_eq!(world.json("POST", "/sms", Some(sms())).0, 202);

    world.json("PUT", "/faults/core", Some(json!({ "mode": "garbage", "times": 1 })));
    let (status, bytes) = world.raw("GET", "/core/loans", None);
    assert!(status == 200 && serde_json::from_slice::<Value>(&bytes).is_err());

    world.json("PUT", "/faults/core", Some(json!({ "mode": "slow", "ms": 600_000 })));
    let hasty =
        ureq::get(&format!("http://{}/core/loans", world.addr)).timeout(std::time::Duration::from_millis(50));
    assert!(matches!(hasty.call(), Err(ureq::Error::Transport(_))));

    assert_eq!(
        world.json("PUT", "/faults/nothing", Some(json!({ "mode": "down" }))).1["code"],
        "service_unknown"
    );
    for bad in
        [json!({ "mode": "slow" }), json!({ "mode": "down", "ms": 1 }), json!({ "mode": "down", "times": 0 })]
    {
        assert_eq!(world.json("PUT", "/faults/core", Some(bad)).1["code"], "invalid_body");
    }
}

#[test]
fn bodies_with_unknown_fields_or_too_many_bytes_are_refused() {
    let world = Caller::new();
    let mut extra = terms();
    extra["surprise"] = json!(1);
    assert_eq!(world.json("POST", "/core/loans", Some(extra)).1["code"], "invalid_body");
    let (status, _) = world.raw("POST", "/sms", Some(b"{\"to\""));
    assert_eq!(status, 400);
    let (status, _) = world.raw("POST", "/sms", Some(&vec![b' '; 8 * 1024 * 1024 + 1]));
    assert_eq!(status, 413);
    let mut both = terms();
    both["days"] = json!(30);
    assert_eq!(world.json("POST", "/core/loans", Some(both)).1["code"], "invalid_loan");
    let mut stranger = terms();
    stranger["client_id"] = json!(LOAN);
    assert_eq!(world.json("POST", "/core/loans", Some(stranger)).1["code"], "client_unknown");
}

#[test]
fn the_people_list_shows_quirks_and_no_drawing_measures() {
    let world = Caller::new();
    let list = world.get("/people").1["people"].as_array().unwrap().clone();
    assert_eq!(list.len(), 17);
    assert!(list.iter().all(|p| p["quirks"]["kdn_hundredths"].is_u64() && p.get("face").is_none()));
}

#[test]
fn a_dropped_guard_frees_the_address_and_a_taken_address_is_an_error() {
    let first = Caller::new();
    let addr = first.addr;
    let error = World::spawn_blocking_thread(addr).err().unwrap();
    assert!(error.to_string().contains("choose a free address"), "{error}");
    drop(first);
    assert!(ureq::get(&format!("http://{addr}/health")).call().is_err());
}

#[test]
fn nothing_personal_reaches_the_log() {
    static LOG: std::sync::Mutex<Vec<u8>> = std::sync::Mutex::new(Vec::new());
    struct Tap;
    impl std::io::Write for Tap {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            LOG.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let everything = tracing_subscriber::fmt()
        .without_time()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(|| Tap)
        .finish();
    tracing::subscriber::set_global_default(everything).unwrap();
    let world = Caller::new();
    world.get(&format!("/core/clients/by-iin/{MAN}"));
    world.get("/core/clients/by-iin/080630500002");
    world.json("POST", "/core/loans", Some(terms()));
    world.json("POST", "/sms", Some(sms()));
    world.get("/sms/inbox?to=%2B77010000001");
    let (_, frame) = world.raw("GET", &format!("/people/{MAN}/frames/3"), None);
    world.match_png(MAN_ID, &frame);
    world.json("PUT", "/people/080630500003/quirks", Some(json!({})));
    let log = String::from_utf8(LOG.lock().unwrap().clone()).unwrap();
    for expected in [LOAN, "face compared", "message taken", "client_unknown"] {
        assert!(log.contains(expected), "{expected} is missing: the search below would prove nothing");
    }
    for planted in [MAN, "080630500002", "080630500003", "77010000001", "Серікбаев", "Әділ", "123456"]
    {
        assert!(!log.contains(planted), "{planted} in the log");
    }
}
