//! Scenarios of services that are asked about a person, of SMS and of check calls.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_gateway_core::connectors::CENTRE_RESULT_TYP;
use senim_operation::jws::{self, sha256_b64};
use senim_operation::trust::identity_of;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Subjects;
use super::probe::Probe;

/// A picture of one grey point: it can be decoded and shows nobody.
const PICTURE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==";

fn about(probe: &mut Probe<'_>, answer: &Value, field: &str, expected: &Value) {
    let theirs = answer.get(field) == Some(expected);
    probe.holds(theirs, &format!("{field}: the answer is about another"));
}

pub(super) fn matcher(probe: &mut Probe<'_>, subjects: &Subjects) {
    probe.scenario("a picture without a face is nobody's");
    let body = json!({ "client_id": subjects.client_id, "image_png_base64": PICTURE });
    let verdict = probe.call("POST", "/match", Some(&body), &[200]);
    probe.holds(verdict.get("match") == Some(&json!(false)), "POST /match: a grey point is somebody");
    let stranger = json!({ "client_id": Uuid::nil(), "image_png_base64": PICTURE });
    probe.call("POST", "/match", Some(&stranger), &[404]);
    probe.refuses_nonsense("/match");
}

pub(super) fn sms(probe: &mut Probe<'_>, subjects: &Subjects) {
    probe.scenario("a message is taken, one to no number is not");
    let message = |to: &str| json!({ "to": to, "text": "check", "purpose": "check" });
    probe.call("POST", "/sms", Some(&message(&subjects.phone)), &[202]);
    probe.call("POST", "/sms", Some(&message("nobody")), &[422]);
    probe.refuses_nonsense("/sms");
}

/// What a result of the centre says, where the key that it names has signed it; who holds that key is for the MFO to know.
fn signed(probe: &mut Probe<'_>, answer: &Value, path: &str) -> Value {
    let compact = answer.get("result").and_then(Value::as_str).unwrap_or_default();
    let read = || {
        let parts = jws::split(compact).map_err(|_| "it is no compact JWS of the agreed header")?;
        let leaf = parts.header.x5c.as_deref().and_then(<[String]>::first);
        let leaf = leaf.and_then(|leaf| STANDARD.decode(leaf).ok()).ok_or("it brings no certificate")?;
        let named = identity_of(&leaf).map_err(|_| "its certificate is none of P-256 with a common name")?;
        let typ = parts.header.typ == CENTRE_RESULT_TYP && parts.header.kid == named.jwk.thumbprint();
        typ.then_some(()).ok_or("its typ or kid is not as agreed")?;
        jws::verify(&parts, &named.jwk).map_err(|_| "its signature does not fit")?;
        serde_json::from_slice(&parts.payload).map_err(|_| "its payload is no JSON")
    };
    match read() {
        Ok(said) => said,
        Err(flaw) => {
            probe.finding(format!("POST {path}: the result does not count: {flaw}"));
            Value::Null
        }
    }
}

pub(super) fn coid(probe: &mut Probe<'_>, subjects: &Subjects) {
    probe.scenario("name, number and portrait have outcomes of their own, signed and for this request");
    let check = Uuid::now_v7();
    let claim = |surname: &str| {
        json!({
            "check": check, "iin": subjects.iin, "surname": surname, "given_name": subjects.given_name,
            "patronymic": subjects.patronymic, "portrait_png_base64": PICTURE,
        })
    };
    let right = probe.call("POST", "/coid/checks", Some(&claim(&subjects.surname)), &[200]);
    about(probe, &right, "iin", &json!(subjects.iin));
    about(probe, &right, "check", &json!(check));
    let right = signed(probe, &right, "/coid/checks");
    let bound = [("iin", json!(subjects.iin)), ("check", json!(check)), ("kind", json!("identity"))];
    for (field, value) in bound {
        probe.holds(right.get(field) == Some(&value), "POST /coid/checks: the result is of another request");
    }
    let picture = STANDARD.decode(PICTURE).map(|bytes| sha256_b64(&bytes)).unwrap_or_default();
    let same = right.get("portrait_sha256") == Some(&json!(picture));
    probe.holds(same, "POST /coid/checks: the result is about another picture");
    let outcomes = (right.get("name"), right.get("portrait"));
    let expected = outcomes.0 == Some(&json!("match")) && outcomes.1 != Some(&json!("same_person"));
    probe.holds(expected, "POST /coid/checks: the name matches and a grey point is not the person");
    let wrong = probe.call("POST", "/coid/checks", Some(&claim("Басқа")), &[200]);
    let wrong = signed(probe, &wrong, "/coid/checks");
    let mismatch = wrong.get("name") == Some(&json!("mismatch"));
    probe.holds(mismatch, "POST /coid/checks: another name matches");

    probe.refuses_nonsense("/coid/checks");

    probe.scenario("a check on a phone begins once, waits, and stays given up");
    let path = format!("/coid/phones/{}", Uuid::now_v7());
    let order = |life: u32| json!({ "iin": subjects.iin, "life_seconds": life });
    let begun = probe.call("PUT", &path, Some(&order(60)), &[200]);
    let again = probe.call("PUT", &path, Some(&order(60)), &[200]);
    probe.holds(begun == again, "PUT /coid/phones/{check}: the same again is another code");
    probe.call("PUT", &path, Some(&order(90)), &[409]);
    let waits = probe.call("GET", &path, None, &[200]);
    let waiting = waits.get("state") == Some(&json!("waiting"));
    probe.holds(waiting, "GET /coid/phones/{check}: a check without a phone waits");
    let ended = probe.call("DELETE", &path, None, &[200]);
    let canceled = ended.get("state") == Some(&json!("canceled"));
    probe.holds(canceled, "DELETE /coid/phones/{check}: canceled is expected");
    probe.call("GET", &format!("/coid/phones/{}", Uuid::now_v7()), None, &[404]);
}

pub(super) fn numbers(probe: &mut Probe<'_>, subjects: &Subjects) {
    probe.scenario("a number is its owner's and nobody else's");
    let asked = |iin: &str| json!({ "iin": iin, "phone": subjects.phone });
    let own = probe.call("POST", "/numbers/owner", Some(&asked(&subjects.iin)), &[200]);
    about(probe, &own, "iin", &json!(subjects.iin));
    probe.holds(own.get("owner") == Some(&json!("match")), "POST /numbers/owner: match is expected");
    let other = probe.call("POST", "/numbers/owner", Some(&asked(&subjects.other_iin)), &[200]);
    let not = other.get("owner") != Some(&json!("match"));
    probe.holds(not, "POST /numbers/owner: a number of somebody else matches");
    probe.refuses_nonsense("/numbers/owner");
}

pub(super) fn bureau(probe: &mut Probe<'_>, subjects: &Subjects) {
    probe.scenario("a report is the same for its number, and nobody else's");
    let number = Uuid::now_v7();
    let consents = json!({ "give": Uuid::now_v7(), "receive": Uuid::now_v7() });
    let asked = |iin: &str| json!({ "number": number, "iin": iin, "consents": consents });
    let report = probe.call("POST", "/bureau/reports", Some(&asked(&subjects.iin)), &[200]);
    about(probe, &report, "iin", &json!(subjects.iin));
    let again = probe.call("POST", "/bureau/reports", Some(&asked(&subjects.iin)), &[200]);
    probe.holds(report == again, "POST /bureau/reports: the same number has another report");
    probe.call("POST", "/bureau/reports", Some(&asked(&subjects.other_iin)), &[409]);

    probe.scenario("a report without the person's consents is refused");
    let none = json!({ "give": Uuid::nil(), "receive": Uuid::nil() });
    let asked = json!({ "number": Uuid::now_v7(), "iin": subjects.iin, "consents": none });
    probe.call("POST", "/bureau/reports", Some(&asked), &[403]);
    probe.refuses_nonsense("/bureau/reports");
}

pub(super) fn aml(probe: &mut Probe<'_>, subjects: &Subjects) {
    probe.scenario("a screening ends once");
    let screening = Uuid::now_v7();
    let asked = |iin: &str| {
        json!({
            "screening": screening, "iin": iin, "surname": subjects.surname,
            "given_name": subjects.given_name, "patronymic": subjects.patronymic, "answers": [],
        })
    };
    let found = probe.call("POST", "/aml/screenings", Some(&asked(&subjects.iin)), &[200]);
    about(probe, &found, "screening", &json!(screening));
    let again = probe.call("POST", "/aml/screenings", Some(&asked(&subjects.iin)), &[200]);
    probe.holds(found == again, "POST /aml/screenings: the same screening has another outcome");
    let open = found.get("outcome") == Some(&json!("questions"));
    let has = found.get("questions").and_then(Value::as_array).is_some_and(|asked| !asked.is_empty());
    probe.holds(open == has, "POST /aml/screenings: questions and outcome do not agree");
    probe.refuses_nonsense("/aml/screenings");
}

pub(super) fn anti_fraud(probe: &mut Probe<'_>, subjects: &Subjects) {
    probe.scenario("an operation is judged before contract and payout");
    let loan = Uuid::now_v7();
    for occasion in ["contract", "payout"] {
        let facts = json!({
            "occasion": occasion, "client_id": subjects.client_id, "loan_id": loan, "amount_tiyn": 100,
            "terminal": "check", "at_ms": 1, "instructed_by_phone": false,
        });
        let judged = probe.call("POST", "/anti-fraud/judgements", Some(&facts), &[200]);
        about(probe, &judged, "loan_id", &json!(loan));
    }
    probe.refuses_nonsense("/anti-fraud/judgements");
}

pub(super) fn entrepreneurs(probe: &mut Probe<'_>, subjects: &Subjects) {
    probe.scenario("the status of a person is told");
    let body = json!({ "iin": subjects.iin });
    let found = probe.call("POST", "/entrepreneurs/status", Some(&body), &[200]);
    about(probe, &found, "iin", &json!(subjects.iin));
    probe.call("POST", "/entrepreneurs/status", Some(&json!({ "iin": "1" })), &[422]);
    probe.refuses_nonsense("/entrepreneurs/status");
}

pub(super) fn calls(probe: &mut Probe<'_>, subjects: &Subjects) {
    probe.scenario("a call is ordered once and its state is told");
    let call = Uuid::now_v7();
    let path = format!("/calls/{call}");
    probe.call("GET", &path, None, &[404]);
    let order = |language: &str| json!({ "client_id": subjects.client_id, "phone": subjects.phone, "language": language });
    let ordered = probe.call("PUT", &path, Some(&order("kk")), &[200]);
    about(probe, &ordered, "call_id", &json!(call));
    probe.call("PUT", &path, Some(&order("kk")), &[200]);
    probe.call("PUT", &path, Some(&order("ru")), &[409]);
    probe.call("GET", &path, None, &[200]);
}
