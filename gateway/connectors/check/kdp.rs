//! Scenarios of КДП: everything but what needs a person with a phone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use senim_domain::{Secret, UtcMillis};
use senim_gateway_core::connectors::{AccessMethod, VerificationClaims, VerificationToken};
use senim_operation::signer::RamKey;
use serde_json::Value;
use uuid::Uuid;

use super::Subjects;
use super::probe::Probe;
use crate::clock::now;

const ACCESS: &str = "getPersonDataAccessControl";

fn status(value: &Value) -> &str {
    value.get("status").and_then(Value::as_str).unwrap_or_default()
}

/// A request for access; `change` makes it wrong.
fn request<'a>(
    subjects: &'a Subjects,
    number: &'a str,
    date: &'a str,
    change: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("requestNumber", number),
        ("uin", subjects.iin.as_str()),
        ("company_bin", &subjects.bin),
        ("access_name", &subjects.directory_id),
        ("method", "5"),
        ("requestDate", date),
    ];
    for (name, value) in change {
        match fields.iter_mut().find(|(known, _)| known == name) {
            Some(field) => field.1 = value,
            None => fields.push((name, value)),
        }
    }
    fields
}

pub(super) fn run(probe: &mut Probe<'_>, subjects: &Subjects) {
    let date = Timestamp::from_millisecond(now().0).unwrap_or(Timestamp::UNIX_EPOCH).to_string();
    let number = || Uuid::now_v7().to_string();

    probe.scenario("whoever cannot prove to be the organisation is refused by the name of the check");
    let forgers: [(Subjects, &str); 3] = [
        (Subjects { password: "guess".into(), ..subjects.clone() }, "login_refused"),
        (
            Subjects { authentication_token: "guess".into(), ..subjects.clone() },
            "authentication_token_refused",
        ),
        (Subjects { bin: "940140000385".into(), ..subjects.clone() }, "bin_unknown"),
    ];
    for (forger, code) in &forgers {
        probe.soap_refuses(forger, ACCESS, &request(forger, &number(), &date, &[]), code);
    }

    probe.scenario("a request with a wrong field is refused by the name of the check");
    let other_bin = [("company_bin", "940140000385")];
    let old = [("requestDate", "2020-01-01T00:00:00Z")];
    for (change, code) in [
        (&[("access_name", "there-is-none")][..], "directory_unknown"),
        (&other_bin[..], "bin_mismatch"),
        (&old[..], "date_refused"),
        (&[("method", "2")][..], "verification_missing"),
        (&[("method", "2"), ("verificationToken", "e30.e30.e30")][..], "verification_form"),
        (&[("method", "5"), ("verificationToken", "e30.e30.e30")][..], "verification_not_expected"),
    ] {
        probe.soap_refuses(subjects, ACCESS, &request(subjects, &number(), &date, change), code);
    }

    own_means(probe, subjects, &date);

    probe.scenario("a request is made once, a second one finds it in process, a wrong code opens nothing");
    let first = number();
    let (_, started) = probe.soap(subjects, ACCESS, &request(subjects, &first, &date, &[]));
    let id = started.get("requestId").and_then(Value::as_str).unwrap_or_default().to_owned();
    let known = matches!(status(&started), "WAITING" | "IN_PROCESS");
    probe.holds(known && !id.is_empty(), "getPersonDataAccessControl: a request id is expected");
    let (_, again) = probe.soap(subjects, ACCESS, &request(subjects, &first, &date, &[]));
    probe.holds(again == started, "getPersonDataAccessControl: the same request has another answer");
    let (_, second) = probe.soap(subjects, ACCESS, &request(subjects, &number(), &date, &[]));
    probe.holds(status(&second) == "IN_PROCESS", "getPersonDataAccessControl: IN_PROCESS is expected");
    let (_, wrong) = probe.soap(subjects, ACCESS, &[("requestId", &id), ("code", "no code")]);
    probe.holds(status(&wrong) == "WRONG_CODE", "getPersonDataAccessControl: WRONG_CODE is expected");
    probe.soap(subjects, "cancelPersonDataAccessControl", &[("requestId", &id)]);
    let (_, after) = probe.soap(subjects, ACCESS, &[("requestId", &id), ("code", "no code")]);
    probe.holds(status(&after) == "REFUSED", "getPersonDataAccessControl: REFUSED is expected");
    let unknown = [("requestId", "there-is-none"), ("code", "1")];
    probe.soap_refuses(subjects, ACCESS, &unknown, "request_unknown");

    probe.scenario("a forged token opens nothing and has no status");
    let forged = [("uin", subjects.iin.as_str()), ("securityToken", "e30.e30.e30")];
    let (_, rejected) = probe.soap(subjects, "getPerson", &forged);
    probe.holds(status(&rejected) == "REJECTED", "getPerson: REJECTED is expected");
    probe.soap_refuses(subjects, "getTokenStatus", &[("tokenId", "there-is-none")], "token_unknown");

    probe.scenario("applications for revocation are listed, and none is decided that does not exist");
    probe.soap(subjects, "getRevocationApplications", &[]);
    let decision = [("number", "there-is-none"), ("decision", "REVOKE")];
    probe.soap_refuses(subjects, "setRevocationDecision", &decision, "application_unknown");
}

/// Method 2: what the organisation's key signs opens its own request, and no forgery does.
fn own_means(probe: &mut Probe<'_>, subjects: &Subjects, date: &str) {
    probe.scenario("a verification token opens its own request alone, and each forgery is refused by the name of the check");
    let number = Uuid::now_v7();
    let text = number.to_string();
    let claims = VerificationClaims {
        bin: subjects.bin.clone(),
        method: AccessMethod::OwnMeans,
        directory_id: subjects.directory_id.clone(),
        request: number,
        at: now(),
    };
    let tried = |probe: &mut Probe<'_>, number: &str, token: &str| {
        let fields = [("method", "2"), ("verificationToken", token)];
        probe.soap(subjects, ACCESS, &request(subjects, number, date, &fields)).1
    };
    let sign = |claims: &VerificationClaims, iin: &str, key: &RamKey| {
        VerificationToken::sign(claims, &Secret::new(iin.to_owned()), key).ok()
    };
    let refuses = |probe: &mut Probe<'_>, number: &str, token: Option<VerificationToken>, code: &str| {
        let said = token.map(|token| tried(probe, number, token.0.expose()));
        let word = said.as_ref().and_then(|said| said.get("faultstring")).and_then(Value::as_str);
        probe.holds(word == Some(code), &format!("{ACCESS}: a Fault with {code} is expected"));
    };
    let Ok((forger, _)) = RamKey::generate() else { return };
    refuses(probe, &text, sign(&claims, &subjects.iin, &forger), "verification_key");
    if subjects.organisation_key.is_empty() {
        return;
    }
    let key = STANDARD.decode(&subjects.organisation_key).ok();
    let Some(key) = key.and_then(|key| RamKey::from_pkcs8(&key).ok()) else {
        return probe
            .finding("the subjects' organisation_key is no P-256 key as PKCS#8 in base64".to_owned());
    };
    for (wrong, code) in [
        (VerificationClaims { bin: "940140000385".into(), ..claims.clone() }, "verification_bin"),
        (VerificationClaims { method: AccessMethod::OneTimeCode, ..claims.clone() }, "verification_method"),
        (
            VerificationClaims { directory_id: "there-is-none".into(), ..claims.clone() },
            "verification_directory",
        ),
        (VerificationClaims { request: Uuid::now_v7(), ..claims.clone() }, "verification_request"),
        (VerificationClaims { at: UtcMillis(0), ..claims.clone() }, "verification_date"),
    ] {
        refuses(probe, &text, sign(&wrong, &subjects.iin, &key), code);
    }
    refuses(probe, &text, sign(&claims, &subjects.other_iin, &key), "verification_iin");
    let Some(token) = sign(&claims, &subjects.iin, &key) else { return };
    let granted = tried(probe, &text, token.0.expose());
    let opened = granted.get("securityToken").and_then(Value::as_str).is_some();
    probe.holds(status(&granted) == "VALID" && opened, &format!("{ACCESS}: VALID is expected"));
    refuses(probe, &Uuid::now_v7().to_string(), Some(token), "verification_request");
}
