//! Electronic signatures over HTTP against the simulated world: a document travels to a phone and comes back as a CMS that
//! counts, by the very configuration of a gateway; and everything that can come instead.

use std::io::{Read as _, Write as _};

use senim_domain::iin::Iin;
use senim_domain::{SignatureId, UtcMillis};
use senim_eds::{Demand, Evidence, Signed, ocsp_request, timestamp_request, timestamp_token};
use senim_gateway::connectors::{ConnectorConfig, HttpGost, HttpSigning, connect};
use senim_gateway_core::connectors::{
    Eds, GostJudge as _, Signing as _, SigningOffer, SigningOrder, SigningState, Titles,
};
use senim_operation::jws::sha256_b64;
use serde_json::json;

use super::*;

const DOCUMENT: &[u8] = b"%PDF-1.7 a contract";

impl Site {
    /// What a gateway makes of a configuration with everything in it.
    fn eds(&self) -> Eds {
        let dir = tempfile::tempdir().unwrap();
        for (name, file) in [("root", "roots.pem"), ("issuing", "between.pem")] {
            let mut pem = String::new();
            let answer = ureq::get(&format!("{}/authority/{name}.pem", self.base)).call().unwrap();
            answer.into_reader().read_to_string(&mut pem).unwrap();
            std::fs::write(dir.path().join(file), pem).unwrap();
        }
        std::fs::write(dir.path().join("authorization"), "Bearer of-a-test\n").unwrap();
        let base = &self.base;
        let text = format!(
            "core_url = '{base}'\nmatch_url = '{base}'\nsms_url = '{base}'\ntimeout_ms = 1500\n[eds]\n\
             signing_url = '{base}'\nsigning_authorization_file = 'authorization'\n\
             timestamp_url = '{base}/tsp'\nocsp_url = '{base}/ocsp'\n\
             crl_urls = ['{base}/crl/issuing.crl', '{base}/crl/root.crl']\ngost_url = '{base}'\n\
             roots_file = 'roots.pem'\nintermediates_file = 'between.pem'\n\
             timestamp_policies = ['1.2.398.3.3.2.6.1']\n"
        );
        let mut config: ConnectorConfig = toml::from_str(&text).unwrap();
        assert_eq!(config.senseless(), None);
        config.beside(dir.path());
        connect(&config).unwrap().eds.unwrap()
    }

    fn scan(&self, iin: &str, offer: &SigningOffer, manner: &str) {
        let body = json!({ "qr": offer.qr.expose(), "manner": manner });
        let request = ureq::post(&format!("{}/people/{iin}/phone", self.base));
        request.set("content-type", "application/json").send_string(&body.to_string()).unwrap();
    }

    fn now(&self) -> UtcMillis {
        let clock: Value = ureq::get(&format!("{}/clock", self.base)).call().unwrap().into_json().unwrap();
        UtcMillis(clock["now_ms"].as_i64().unwrap())
    }
}

fn order() -> SigningOrder {
    let title = || "Contract".to_owned();
    SigningOrder {
        signature: SignatureId(Uuid::now_v7()),
        document: SecretBytes::new(DOCUMENT.to_vec()),
        document_sha256: sha256_b64(DOCUMENT),
        media_type: "application/pdf",
        titles: Titles { kk: title(), ru: title(), en: title() },
        life_seconds: 180,
    }
}

fn signed(eds: &Eds, order: &SigningOrder, offer: &SigningOffer) -> Vec<u8> {
    match eds.signing.state(order.signature, &offer.operation).unwrap() {
        SigningState::Signed(cms) => cms.expose().to_vec(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_document_goes_to_a_phone_and_comes_back_as_a_signature_that_counts() {
    let site = Site::new();
    let (eds, order) = (site.eds(), order());
    let asked = site.now();
    let offer = eds.signing.start(&order).unwrap();
    assert!(offer.expires > asked && offer.qr.expose().starts_with("mobileSign:"));
    let waits = eds.signing.state(order.signature, &offer.operation).unwrap();
    assert!(matches!(waits, SigningState::Waiting));
    site.scan(MAN, &offer, "signs");
    let cms = signed(&eds, &order, &offer);
    assert_eq!(signed(&eds, &order, &offer), cms, "it may be asked for again");
    let signed = Signed::read(&cms).unwrap();
    let nonce = vec![7; 16];
    let issuer = signed.issuer(&eds.trust).unwrap();
    let request = ocsp_request(signed.certificate(), &issuer, &nonce).unwrap();
    let answer = eds.revocation.ocsp(&request).unwrap();
    let iin = Iin::parse(MAN).unwrap();
    let demand = Demand { document: DOCUMENT, iin: &iin, asked, now: site.now() };
    let by_ocsp = Evidence { ocsp: Some(answer), nonce: Some(nonce), crls: Vec::new() };
    signed.verify(&demand, &eds.trust, &by_ocsp).unwrap();
    // While the responder is away the lists say the same; fetched once, they are used again.
    site.fault("ocsp", r#"{"mode":"down"}"#);
    unavailable(eds.revocation.ocsp(&request));
    let by_lists = Evidence { ocsp: None, nonce: None, crls: eds.revocation.lists().unwrap() };
    signed.verify(&demand, &eds.trust, &by_lists).unwrap();
    site.fault("crl", r#"{"mode":"down"}"#);
    assert_eq!(eds.revocation.lists().unwrap(), by_lists.crls);
}

#[test]
fn a_signature_is_stamped_and_whatever_else_comes_is_no_stamp() {
    let site = Site::new();
    let eds = site.eds();
    let request = timestamp_request(b"signature", &[5; 16]).unwrap();
    let stamp = |eds: &Eds| eds.timestamping.stamp(&request);
    timestamp_token(&stamp(&eds).unwrap(), b"signature", &[5; 16]).unwrap();
    for mode in ["garbage", "wrong_form"] {
        site.fault("timestamps", &format!(r#"{{"mode":"{mode}"}}"#));
        timestamp_token(&stamp(&eds).unwrap(), b"signature", &[5; 16]).unwrap_err();
    }
    for fault in [r#"{"mode":"down"}"#, r#"{"mode":"huge"}"#, r#"{"mode":"slow","ms":4000}"#] {
        site.fault("timestamps", fault);
        unavailable(stamp(&eds));
    }
}

#[test]
fn a_code_that_is_declined_given_up_or_unknown_is_told_apart() {
    let site = Site::new();
    let (eds, declined) = (site.eds(), order());
    let offer = eds.signing.start(&declined).unwrap();
    site.scan(MAN, &offer, "refuses");
    let state = |order: &SigningOrder, operation: &str| eds.signing.state(order.signature, operation);
    assert!(matches!(state(&declined, &offer.operation).unwrap(), SigningState::Declined));
    let given_up = order();
    let offer = eds.signing.start(&given_up).unwrap();
    eds.signing.cancel(given_up.signature, &offer.operation).unwrap();
    assert!(matches!(state(&given_up, &offer.operation).unwrap(), SigningState::Cancelled));
    let late = order();
    let offer = eds.signing.start(&late).unwrap();
    site.put("/clock", &json!({ "ahead_ms": 181_000 }));
    assert!(matches!(state(&late, &offer.operation).unwrap(), SigningState::Expired));
    let unknown = state(&order(), "none").unwrap_err();
    assert!(matches!(unknown, ConnectorError::Refused { code, .. } if code == "signature_unknown"));
    // A name that would change the path is not asked for at all.
    assert_eq!(unavailable(state(&late, "../../core/loans")), "the name of its operation is none");
}

#[test]
fn an_offer_whose_answer_was_lost_is_the_same_offer_when_asked_again() {
    let site = Site::new();
    let (eds, order) = (site.eds(), order());
    site.fault("signing", r#"{"mode":"lost_reply","times":2}"#);
    let offer = eds.signing.start(&order).unwrap();
    assert_eq!(eds.signing.start(&order).unwrap().operation, offer.operation);
    for fault in [r#"{"mode":"down"}"#, r#"{"mode":"garbage"}"#, r#"{"mode":"wrong_form"}"#] {
        site.fault("signing", fault);
        unavailable(eds.signing.start(&order));
        unavailable(eds.signing.state(order.signature, &offer.operation));
        unavailable(eds.signing.cancel(order.signature, &offer.operation));
    }
}

/// A service that answers every request with this JSON.
fn service_that_says(body: &Value) -> HttpService {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let body = body.to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.read(&mut [0; 65_536]);
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
        }
    });
    HttpService::new("signing", &base, Duration::from_millis(1500))
}

#[test]
fn an_answer_about_another_signature_or_with_a_state_that_does_not_fit_is_none() {
    let (order, other) = (order(), Uuid::from_u128(8));
    let id = order.signature;
    let stands = |signature: Uuid, operation: &str, state: &str, cms: Value| {
        let body = json!({
            "signature_id": signature, "operation": operation, "state": state, "cms_base64": cms,
        });
        unavailable(HttpSigning(service_that_says(&body)).state(id, "op-1"))
    };
    assert_eq!(stands(other, "op-1", "waiting", Value::Null), "it answers about another");
    assert_eq!(stands(id.0, "op-2", "waiting", Value::Null), "it answers about another");
    for (state, cms) in [
        ("done", Value::Null),
        ("declined", json!("AAAA")),
        ("done", json!("no base64!")),
        ("signed", Value::Null),
    ] {
        assert_eq!(stands(id.0, "op-1", state, cms), "its answer is not as agreed", "{state}");
    }
    let offer = |signature: Uuid, operation: &str, qr: &str| {
        let body = json!({ "signature_id": signature, "operation": operation, "qr": qr, "expires_ms": 1 });
        unavailable(HttpSigning(service_that_says(&body)).start(&order))
    };
    assert_eq!(offer(other, "op-1", "mobileSign:x"), "it answers about another");
    for (operation, qr) in [("a/b", "mobileSign:x"), ("", "mobileSign:x"), ("op-1", ""), ("op-1", "код")] {
        assert_eq!(offer(id.0, operation, qr), "its answer is not as agreed", "{operation} {qr}");
    }
}

#[test]
fn a_gost_signature_is_judged_by_the_facts_that_the_service_tells() {
    let site = Site::new();
    let (eds, order) = (site.eds(), order());
    let offer = eds.signing.start(&order).unwrap();
    site.scan(MAN, &offer, "gost");
    let cms = signed(&eds, &order, &offer);
    let judge = eds.gost.as_ref().unwrap();
    let found = judge.judge(&cms, &order.document).unwrap();
    assert!(found.valid && found.for_signing && found.individual && !found.organisation);
    assert_eq!(found.iin.unwrap().expose(), MAN);
    assert_eq!(found.revoked, [false, false]);
    assert!(found.stamped.is_some() && found.validity.is_some_and(|(from, until)| from < until));
    assert!(!found.answer.expose().is_empty());
    assert!(!judge.judge(&cms, &SecretBytes::new(b"other".to_vec())).unwrap().valid);
    unavailable(judge.judge(b"no CMS", &order.document));
    site.fault("gost", r#"{"mode":"wrong_form"}"#);
    let cause = unavailable(judge.judge(&cms, &order.document));
    assert!(!cause.contains(MAN));
}

#[test]
fn a_valid_verdict_without_a_signer_or_over_two_is_none() {
    let certificate = json!({
        "valid": true, "keyUsage": "SIGN", "keyUser": ["INDIVIDUAL"], "subject": { "iin": MAN },
        "notBefore": "2026-01-02T08:38:13.000+00:00", "notAfter": "2027-01-02T13:38:13.000+05:00",
        "revocations": [{ "revoked": false, "by": "OCSP" }],
    });
    let signer =
        json!({ "certificates": [certificate], "tsp": { "genTime": "2026-05-02T08:38:13.000+00:00" } });
    let judged = |valid: bool, signers: Value| {
        let service = service_that_says(&json!({ "status": 200, "valid": valid, "signers": signers }));
        HttpGost(service).judge(b"cms", &SecretBytes::new(DOCUMENT.to_vec()))
    };
    let one = judged(true, json!([signer])).unwrap();
    assert!(one.valid && one.validity.unwrap().1 == "2027-01-02T08:38:13.000Z".parse().unwrap());
    assert_eq!(one.stamped, Some("2026-05-02T08:38:13.000Z".parse().unwrap()));
    unavailable(judged(true, json!([signer, signer])));
    unavailable(judged(true, json!([])));
    assert!(!judged(false, json!([])).unwrap().valid);
    let mut company = signer.clone();
    company["certificates"][0]["subject"]["bin"] = json!("061240009993");
    assert!(judged(true, json!([company])).unwrap().organisation);
    let mut undated = signer;
    undated["tsp"]["genTime"] = json!("yesterday");
    unavailable(judged(true, json!([undated])));
}
