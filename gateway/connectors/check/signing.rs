//! Scenarios of the services for electronic signatures: everything but what needs a person with a phone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use der::Decode as _;
use senim_operation::jws::sha256_b64;
use serde_json::{Value, json};
use uuid::Uuid;
use x509_ocsp::{BasicOcspResponse, CertStatus, OcspResponse, OcspResponseStatus};

use super::Subjects;
use super::probe::Probe;

const DOCUMENT: &[u8] = b"Senim: connectors check";

fn order(document: &[u8]) -> Value {
    json!({
        "document_base64": STANDARD.encode(document),
        "document_sha256": sha256_b64(document),
        "media_type": "text/plain",
        "titles": { "kk": "Тексеру", "ru": "Проверка", "en": "Check" },
        "life_seconds": 60,
    })
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn codes(probe: &mut Probe<'_>, _: &Subjects) {
    probe.scenario("an operation begins once and waits for a phone");
    let signature = Uuid::now_v7();
    let path = format!("/signing/{signature}");
    let begun = probe.call("PUT", &path, Some(&order(DOCUMENT)), &[200]);
    probe.holds(
        text(&begun, "signature_id") == signature.to_string(),
        "PUT /signing/{signature_id}: it answers about another",
    );
    let again = probe.call("PUT", &path, Some(&order(DOCUMENT)), &[200]);
    probe.holds(begun == again, "PUT /signing/{signature_id}: the same again is another code");
    probe.call("PUT", &path, Some(&order(b"another document")), &[409]);
    let operation = format!("{path}/{}", text(&begun, "operation"));
    let stands = probe.call("GET", &operation, None, &[200]);
    probe.holds(text(&stands, "state") == "waiting", "GET: an operation without a phone waits");

    probe.scenario("an operation that is given up stays given up");
    let ended = probe.call("DELETE", &operation, None, &[200]);
    probe.holds(text(&ended, "state") == "canceled", "DELETE: canceled is expected");
    let ended = probe.call("GET", &operation, None, &[200]);
    probe.holds(text(&ended, "state") == "canceled", "GET: canceled is expected");

    probe.scenario("what nobody began is unknown, and a document that is not that of its hash is refused");
    probe.call("GET", &format!("/signing/{}/none", Uuid::now_v7()), None, &[404]);
    let mut wrong = order(DOCUMENT);
    if let Some(fields) = wrong.as_object_mut() {
        fields.insert("document_sha256".to_owned(), json!(sha256_b64(b"another document")));
    }
    probe.call("PUT", &format!("/signing/{}", Uuid::now_v7()), Some(&wrong), &[422]);
    probe.raw("PUT", &format!("/signing/{}", Uuid::now_v7()), Some("{\"".to_owned()), &[400]);
}

pub(super) fn timestamps(probe: &mut Probe<'_>, _: &Subjects) {
    probe.scenario("a hash is stamped with the request's nonce");
    let nonce = *Uuid::now_v7().as_bytes();
    let Ok(request) = senim_eds::timestamp_request(DOCUMENT, &nonce) else {
        return probe.finding("POST /tsp: the request cannot be made".to_owned());
    };
    if let Some(answer) = probe.binary("POST", "/tsp", "application/timestamp-query", &request)
        && let Err(flaw) = senim_eds::timestamp_token(&answer, DOCUMENT, &nonce)
    {
        probe.finding(format!("POST /tsp: {flaw}"));
    }

    probe.scenario("what is no request gets no time-stamp");
    if let Some(answer) = probe.binary("POST", "/tsp", "application/timestamp-query", b"no request") {
        let stamped = senim_eds::timestamp_token(&answer, b"no request", &nonce).is_ok();
        probe.holds(!stamped, "POST /tsp: what is no request was stamped");
    }
}

/// Why an OCSP answer is none about one good certificate; whether it counts is judged elsewhere.
fn ocsp_flaw(answer: &[u8]) -> Option<&'static str> {
    let Ok(answer) = OcspResponse::from_der(answer) else { return Some("the answer cannot be read") };
    if answer.response_status != OcspResponseStatus::Successful {
        return Some("the responder declined");
    }
    let bytes = answer.response_bytes.map(|bytes| bytes.response);
    let basic = bytes.and_then(|bytes| BasicOcspResponse::from_der(bytes.as_bytes()).ok());
    let Some(basic) = basic else { return Some("the answer holds no basic response") };
    match basic.tbs_response_data.responses.as_slice() {
        [one] if matches!(one.cert_status, CertStatus::Good(_)) => None,
        [_] => Some("the certificate is not good"),
        _ => Some("one certificate was asked for"),
    }
}

pub(super) fn ocsp(probe: &mut Probe<'_>, subjects: &Subjects) {
    probe.scenario("a certificate that is not revoked is good");
    let certificates = STANDARD
        .decode(&subjects.signer_certificate)
        .ok()
        .zip(STANDARD.decode(&subjects.issuer_certificate).ok());
    let nonce = *Uuid::now_v7().as_bytes();
    let request = certificates.and_then(|(signer, issuer)| senim_eds::ocsp_request(&signer, &issuer, &nonce));
    let Some(request) = request else {
        return probe.finding("the subjects' certificates cannot be read".to_owned());
    };
    if let Some(answer) = probe.binary("POST", "/ocsp", "application/ocsp-request", &request)
        && let Some(flaw) = ocsp_flaw(&answer)
    {
        probe.finding(format!("POST /ocsp: {flaw}"));
    }

    probe.scenario("what is no request gets an answer that says so");
    if let Some(answer) = probe.binary("POST", "/ocsp", "application/ocsp-request", b"no request") {
        probe.holds(ocsp_flaw(&answer).is_some(), "POST /ocsp: what is no request was answered");
    }
}

pub(super) fn gost(probe: &mut Probe<'_>, _: &Subjects) {
    probe.scenario("what is no CMS is not valid");
    let asked = json!({
        "cms": STANDARD.encode(b"no CMS"),
        "data": STANDARD.encode(DOCUMENT),
        "revocationCheck": ["OCSP", "CRL"],
    });
    let found = probe.call("POST", "/cms/verify", Some(&asked), &[200, 400]);
    probe.holds(found.get("valid") != Some(&json!(true)), "POST /cms/verify: what is no CMS is valid");
    probe.refuses_nonsense("/cms/verify");
}
