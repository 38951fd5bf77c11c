//! The HTTP connectors against the simulated world: right answers, refusals, and every kind of outage.

mod check;
mod eds;
mod hostile;
mod personal_data;
mod services;
mod servicing;

use std::time::Duration;

use senim_domain::loan::Method;
use senim_domain::{ClientId, LoanId, OperationId, PayoutRequestId, Secret, SecretBytes, Tiyn};
use senim_gateway::connectors::{HttpCore, HttpFaces, HttpService, HttpSms};
use senim_gateway_core::connectors::{
    ConnectorError, CoreLending as _, FaceMatcher as _, FaceVerdict, LoanBooking, PayoutReport, Sms as _,
};
use serde_json::Value;
use uuid::Uuid;

struct Site {
    base: String,
    people: Vec<Value>,
    _guard: senim_world::WorldGuard,
}

impl Site {
    fn new() -> Self {
        let (address, guard) =
            senim_world::World::spawn_blocking_thread("127.0.0.1:0".parse().unwrap()).unwrap();
        let base = format!("http://{address}");
        let people: Value = ureq::get(&format!("{base}/people")).call().unwrap().into_json().unwrap();
        Self { base, people: people["people"].as_array().unwrap().clone(), _guard: guard }
    }

    fn person(&self, iin: &str) -> Value {
        self.people.iter().find(|person| person["iin"] == iin).unwrap().clone()
    }

    fn put(&self, path: &str, body: &Value) {
        let request = ureq::put(&format!("{}{path}", self.base));
        request.set("content-type", "application/json").send_string(&body.to_string()).unwrap();
    }

    fn portrait(&self, iin: &str) -> SecretBytes {
        let mut png = Vec::new();
        let address = format!("{}/people/{iin}/frames/1", self.base);
        let frame = ureq::get(&address).call().unwrap();
        std::io::Read::read_to_end(&mut frame.into_reader(), &mut png).unwrap();
        SecretBytes::new(png)
    }

    fn service(&self) -> HttpService {
        HttpService::new("core lending", &self.base, Duration::from_millis(1500))
    }

    fn registered(&self) -> &Value {
        self.people
            .iter()
            .find(|person| person["registered"] == true && person["status"] == "active")
            .unwrap()
    }

    fn fault(&self, service: &str, fault: &str) {
        let request = ureq::put(&format!("{}/faults/{service}", self.base));
        request.set("content-type", "application/json").send_string(fault).unwrap();
    }
}

const MAN: &str = "900514300002";

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn fresh_operation() -> OperationId {
    OperationId(Uuid::now_v7())
}

fn iin(person: &Value) -> Secret {
    Secret::new(person["iin"].as_str().unwrap().to_owned())
}

fn unavailable<T: std::fmt::Debug>(answer: Result<T, ConnectorError>) -> String {
    match answer {
        Err(ConnectorError::Unavailable { cause, .. }) => cause,
        other => panic!("{other:?}"),
    }
}

/// The whole sum of a loan, received at a terminal.
fn paid_out_whole(booking: &LoanBooking) -> PayoutReport {
    PayoutReport {
        loan: booking.loan,
        request: PayoutRequestId(Uuid::now_v7()),
        amount_tiyn: booking.principal_tiyn,
        terminal: "t-1".parse().unwrap(),
    }
}

fn booking(client: ClientId) -> LoanBooking {
    LoanBooking {
        loan: LoanId(Uuid::now_v7()),
        client,
        contract_number: "20260302-1".into(),
        principal_tiyn: Tiyn::new(10_000_000).unwrap(),
        annual_rate_hundredths: 3600,
        term: senim_domain::loan::Term::Months(6),
        method: Method::Annuity,
        issued: "2026-03-02".into(),
        contract_sha256: "A".repeat(43),
    }
}

#[test]
fn a_client_is_found_by_iin_and_a_stranger_is_not() {
    let site = Site::new();
    let core = HttpCore(site.service());
    let person = site.registered();
    let client = core.client_by_iin(&iin(person)).unwrap().unwrap();
    assert_eq!(client.client.to_string(), person["client_id"].as_str().unwrap());
    assert_eq!(client.phone.expose(), person["phone"].as_str().unwrap());
    assert_eq!(core.client(client.client).unwrap().surname, client.surname);
    if let Some(stranger) = site.people.iter().find(|person| person["registered"] == false) {
        assert!(core.client_by_iin(&iin(stranger)).unwrap().is_none());
    }
    let unknown = core.client(ClientId(Uuid::from_u128(1))).unwrap_err();
    assert!(matches!(unknown, ConnectorError::Refused { code, .. } if code == "client_unknown"));
    assert!(matches!(core.client_by_iin(&Secret::new("1".into())), Err(ConnectorError::Refused { .. })));
}

#[test]
fn checks_carry_their_quirks() {
    let site = Site::new();
    let core = HttpCore(site.service());
    let person = site.registered();
    let client = core.client_by_iin(&iin(person)).unwrap().unwrap().client;
    let quirks = r#"{"voluntary_refusal":true,"aml_hit":true,"kdn_hundredths":77,"face_mismatch":true}"#;
    let address = format!("{}/people/{}/quirks", site.base, iin(person).expose());
    ureq::put(&address).set("content-type", "application/json").send_string(quirks).unwrap();
    assert!(core.voluntary_refusal(client).unwrap().set && core.aml(client).unwrap().set);
    assert_eq!(core.debt_burden(client).unwrap().kdn_hundredths, 77);
    let mut picture = Vec::new();
    let frame = ureq::get(&format!("{}/people/{}/frames/1", site.base, iin(person).expose())).call().unwrap();
    std::io::Read::read_to_end(&mut frame.into_reader(), &mut picture).unwrap();
    let faces = HttpFaces(site.service());
    assert_eq!(faces.compare(client, &SecretBytes::new(picture)).unwrap().verdict, FaceVerdict::Other);
    assert_eq!(
        faces.compare(client, &SecretBytes::new(b"no picture".to_vec())).unwrap().verdict,
        FaceVerdict::Unusable
    );
}

#[test]
fn booking_and_payout_are_idempotent_also_when_the_answer_was_lost() {
    let site = Site::new();
    let core = HttpCore(site.service());
    let client = core.client_by_iin(&iin(site.registered())).unwrap().unwrap().client;
    let booking = booking(client);
    site.fault("core", r#"{"mode":"lost_reply","times":3}"#);
    unavailable(core.book_loan(&booking));
    core.book_loan(&booking).unwrap();
    site.fault("core", r#"{"mode":"lost_reply","times":2}"#);
    core.book_loan(&booking).unwrap();
    let other = LoanBooking { term: senim_domain::loan::Term::Months(12), ..booking.clone() };
    assert!(
        matches!(core.book_loan(&other), Err(ConnectorError::Refused { code, .. }) if code == "loan_conflict")
    );
    let report = paid_out_whole(&booking);
    core.report_payout(&report).unwrap();
    core.report_payout(&report).unwrap();
    let again = PayoutReport { request: PayoutRequestId(Uuid::now_v7()), ..report };
    assert!(matches!(core.report_payout(&again), Err(ConnectorError::Refused { .. })));
}

#[test]
fn outages_are_told_without_what_was_asked() {
    let site = Site::new();
    let core = HttpCore(site.service());
    let person = iin(site.registered());
    for fault in [r#"{"mode":"down"}"#, r#"{"mode":"garbage"}"#, r#"{"mode":"slow","ms":4000}"#] {
        site.fault("core", fault);
        let cause = unavailable(core.client_by_iin(&person));
        assert!(!cause.contains(person.expose()) && !cause.is_empty(), "{fault}: {cause}");
    }
    let nobody = HttpCore(HttpService::new("core lending", "http://127.0.0.1:1", Duration::from_millis(500)));
    let cause = unavailable(nobody.client_by_iin(&person));
    assert!(!cause.contains(person.expose()), "{cause}");
    site.fault("sms", r#"{"mode":"down"}"#);
    let sms = HttpSms(site.service());
    let (to, text) = (Secret::new("+77011234567".into()), Secret::new("123456".into()));
    unavailable(sms.send(&to, &text, "login_code"));
    site.fault("match", r#"{"mode":"garbage"}"#);
    let faces = HttpFaces(site.service());
    unavailable(faces.compare(ClientId(Uuid::from_u128(1)), &SecretBytes::new(vec![1])));
}
