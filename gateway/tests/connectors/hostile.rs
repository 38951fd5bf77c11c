//! Answers that are huge, slow, of another form or about another person; refusals that quote what was sent.

#![allow(clippy::disallowed_methods, reason = "a real line takes real time")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Instant;

use senim_gateway::connectors::{
    HttpCheckCall, HttpCreditBureau, HttpEntrepreneurs, HttpIdentification, HttpNumberOwner,
    HttpPersonalData, Organisation,
};
use senim_gateway_core::connectors::{
    AccessMethod, AccessRequest, BureauConsents, CallId, CheckCall as _, CreditBureau as _,
    Entrepreneurs as _, Identification as _, IdentityClaim, NumberOwner as _, PersonalData as _,
    ReportRequest,
};

use super::*;

fn personal_data(base: &str) -> HttpPersonalData {
    let who = Organisation {
        login: "senim".into(),
        password: secret("senim-password"),
        authentication_token: secret("senim-authentication-token"),
        bin: "990140004654".into(),
    };
    HttpPersonalData::new(base, Duration::from_millis(1500), 0, &who)
}

fn access() -> AccessRequest {
    AccessRequest {
        number: Uuid::now_v7(),
        iin: secret(MAN),
        directory_id: "MFO-LOAN-1".into(),
        method: AccessMethod::OneTimeCode,
        verification: None,
    }
}

#[test]
fn huge_slow_and_wrong_answers_are_none_and_end_in_time() {
    let site = Site::new();
    let numbers = HttpNumberOwner(site.service());
    let kdp = personal_data(&site.base);
    let phone = secret("+77010000001");
    for mode in ["huge", "trickle", "garbage", "wrong_form", "busy", "down"] {
        let started = Instant::now();
        for service in ["numbers", "kdp"] {
            site.fault(service, &format!(r#"{{"mode":"{mode}"}}"#));
        }
        let cause = unavailable(numbers.owns(&secret(MAN), &phone));
        assert!(!cause.contains(MAN) && !cause.is_empty(), "{mode}: {cause}");
        let cause = unavailable(kdp.start(&access()));
        assert!(!cause.contains(MAN) && !cause.is_empty(), "{mode}: {cause}");
        assert!(started.elapsed() < Duration::from_secs(12), "{mode} took {:?}", started.elapsed());
    }
}

#[test]
fn an_answer_about_another_person_is_none() {
    let site = Site::new();
    let another = |cause: String| assert_eq!(cause, "it answers about another");
    for service in ["core", "coid", "numbers", "bureau", "entrepreneurs", "kdp"] {
        site.fault(service, r#"{"mode":"other_person"}"#);
    }
    let core = HttpCore(site.service());
    another(unavailable(core.client_by_iin(&secret(MAN))));
    let client: ClientId = site.person(MAN)["client_id"].as_str().unwrap().parse().unwrap();
    another(unavailable(core.client(client)));
    another(unavailable(core.identity(client)));
    another(unavailable(core.flags(client)));
    another(unavailable(HttpNumberOwner(site.service()).owns(&secret(MAN), &secret("+77010000001"))));
    another(unavailable(HttpEntrepreneurs(site.service()).status(&secret(MAN))));
    let picture = SecretBytes::new(vec![1]);
    let claim = IdentityClaim {
        check: Uuid::now_v7(),
        iin: secret(MAN),
        surname: secret("Серікбаев"),
        given_name: secret("Әділ"),
        patronymic: None,
        portrait: picture,
    };
    another(unavailable(HttpIdentification(site.service()).check(&claim)));
    let consents = BureauConsents { give: fresh_operation(), receive: fresh_operation() };
    let request = ReportRequest { number: Uuid::now_v7(), iin: secret(MAN), consents };
    another(unavailable(HttpCreditBureau(site.service()).report(&request)));
}

/// A service that says these bytes to whoever calls, as often as it is called; how often is counted.
fn service_that_says(answer: Vec<u8>) -> (String, std::sync::Arc<std::sync::atomic::AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let calls = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let counted = std::sync::Arc::clone(&calls);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let mut heard = [0; 8192];
            let _ = stream.read(&mut heard);
            let _ = stream.write_all(&answer);
        }
    });
    (base, calls)
}

fn http(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
        .into_bytes()
}

fn numbers_at(base: &str) -> HttpNumberOwner {
    HttpNumberOwner(HttpService::new("number owner", base, Duration::from_millis(1500)))
}

#[test]
fn a_refusal_that_quotes_what_was_sent_is_no_code() {
    for body in [
        r#"{"code":"iin 900514300002 is unknown"}"#.to_owned(),
        format!(r#"{{"code":"{}"}}"#, "a".repeat(49)),
        r#"{"code":""}"#.to_owned(),
        r#"{"code":7}"#.to_owned(),
        "<html>900514300002</html>".to_owned(),
    ] {
        let (base, _) = service_that_says(http("422 Unprocessable Entity", &body));
        let cause = unavailable(numbers_at(&base).owns(&secret(MAN), &secret("+77010000001")));
        assert_eq!(cause, "status 422 without a code", "{body}");
    }
    let fault = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><s:Fault>\
                 <faultcode>s:Client</faultcode><faultstring>900514300002 is unknown</faultstring>\
                 </s:Fault></s:Body></s:Envelope>";
    let (base, _) = service_that_says(http("500 Internal Server Error", fault));
    let cause = unavailable(personal_data(&base).start(&access()));
    assert_eq!(cause, "status 500");
}

#[test]
fn a_redirection_is_not_followed_and_a_wrong_answer_is_not_asked_for_again() {
    let moved = b"HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let (base, calls) = service_that_says(moved.to_vec());
    let cause = unavailable(numbers_at(&base).owns(&secret(MAN), &secret("+77010000001")));
    assert_eq!((cause.as_str(), calls.load(std::sync::atomic::Ordering::SeqCst)), ("status 307", 1));
    let (base, calls) = service_that_says(http("200 OK", "{}"));
    unavailable(numbers_at(&base).owns(&secret(MAN), &secret("+77010000001")));
    assert_eq!(calls.load(std::sync::atomic::Ordering::SeqCst), 1);
    let (base, calls) = service_that_says(http("503 Service Unavailable", "{}"));
    unavailable(numbers_at(&base).owns(&secret(MAN), &secret("+77010000001")));
    assert_eq!(calls.load(std::sync::atomic::Ordering::SeqCst), 3, "what may pass is tried three times");
    let (base, calls) = service_that_says(http("503 Service Unavailable", "{}"));
    let sms = HttpSms(HttpService::new("SMS", &base, Duration::from_millis(1500)));
    unavailable(sms.send(&secret("+77010000001"), &secret("123456"), "login_code"));
    assert_eq!(calls.load(std::sync::atomic::Ordering::SeqCst), 1, "a message is sent once");
}

#[test]
fn a_call_with_a_state_but_no_time_and_one_about_another_call_are_none() {
    let id = CallId(Uuid::from_u128(7));
    let answer = |call: Uuid, rest: &str| {
        let body = format!(r#"{{"call_id":"{call}",{rest}}}"#);
        let (base, _) = service_that_says(http("200 OK", &body));
        let service = HttpService::new("check call", &base, Duration::from_millis(1500));
        unavailable(HttpCheckCall(service).state(id))
    };
    assert_eq!(answer(id.0, r#""state":"confirmed","at_ms":null"#), "its answer is not as agreed");
    assert_eq!(answer(Uuid::from_u128(8), r#""state":"waiting","at_ms":null"#), "it answers about another");
}

#[test]
fn more_requests_than_agreed_are_stopped_before_they_leave() {
    let (base, calls) = service_that_says(http("200 OK", "{}"));
    let service = HttpService::new("number owner", &base, Duration::from_millis(1500)).with_rate(2);
    let numbers = HttpNumberOwner(service);
    let causes: Vec<String> =
        (0..4).map(|_| unavailable(numbers.owns(&secret(MAN), &secret("+77010000001")))).collect();
    assert!(causes.iter().any(|cause| cause == "more requests than it is meant to get"), "{causes:?}");
    assert!(calls.load(std::sync::atomic::Ordering::SeqCst) < 4);
}
