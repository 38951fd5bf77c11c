//! КДП makes every check of the Rules with a code of its own, and forgeries open nothing.

use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

use super::*;
use crate::model::tests::{MAN, NOON, model};

const BIN: &str = "990140004654";

fn who() -> Initiator {
    Initiator::known()
}

fn request(number: u128, method: u8) -> Request {
    Request {
        number: Uuid::from_u128(number),
        iin: MAN.into(),
        bin: BIN.into(),
        directory_id: "MFO-LOAN-1".into(),
        method,
        date_ms: NOON,
        verification: None,
    }
}

fn code(model: &Model) -> String {
    let text = &model.inbox().last().unwrap().text;
    text.chars().skip_while(|c| !c.is_ascii_digit()).skip(4).filter(char::is_ascii_digit).collect()
}

fn waiting(model: &mut Model, number: u128, method: u8) -> String {
    match model.kdp_start(&who(), &request(number, method)).unwrap() {
        Started::Waiting(id) => id,
        other => panic!("{other:?}"),
    }
}

fn granted(answered: Answered) -> String {
    match answered {
        Answered::Granted(jwt) => jwt,
        other => panic!("{other:?}"),
    }
}

fn agreed(model: &mut Model) -> (String, String) {
    let id = waiting(model, 1, 5);
    let code = code(model);
    let jwt = granted(model.kdp_code(&who(), &id, &code).unwrap());
    let jti = model.consents_of(MAN).pop().unwrap();
    (jwt, jti)
}

fn key() -> Vec<u8> {
    let random = ring::rand::SystemRandom::new();
    EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap().as_ref().to_vec()
}

fn claims(method: u8) -> Claims {
    Claims {
        bin: BIN.into(),
        iin: MAN.into(),
        methods: vec![method],
        directory_id: "MFO-LOAN-1".into(),
        consent: if method == 4 { "notObtained".into() } else { "obtained".into() },
        request: Uuid::from_u128(1),
        iat: NOON / 1000,
        service_code: (method == 3).then(|| "PS-1".into()),
        ground: (method == 4).then(|| "art9-1".into()),
    }
}

#[test]
fn the_code_that_the_person_got_opens_their_data_and_no_one_elses() {
    let mut model = model();
    let (jwt, _) = agreed(&mut model);
    let record = model.kdp_person(&who(), MAN, &jwt).unwrap().ok().unwrap();
    assert_eq!((record.surname.as_str(), record.document.kind.as_str()), ("Серікбаев", "identityCard"));
    assert!(model.kdp_person(&who(), "911231400005", &jwt).unwrap() == Err(Rejected::Mismatch));
    let mut forged = jwt;
    forged.push('x');
    assert!(model.kdp_person(&who(), MAN, &forged).unwrap() == Err(Rejected::Mismatch));
}

#[test]
fn whoever_cannot_prove_to_be_the_organisation_is_refused_with_the_reason() {
    let mut model = model();
    for (change, code) in [
        ((|who| who.login.push('x')) as fn(&mut Initiator), "login_refused"),
        (|who| who.password.clear(), "login_refused"),
        (|who| who.authentication_token.push('x'), "authentication_token_refused"),
        (|who| who.bin = "940140000385".into(), "bin_unknown"),
    ] {
        let mut forger = who();
        change(&mut forger);
        assert_eq!(model.kdp_start(&forger, &request(1, 5)).unwrap_err().code, code);
        assert_eq!(model.kdp_status(&forger, "C-1").unwrap_err().code, code);
    }
}

#[test]
fn a_request_with_a_wrong_field_is_refused_with_its_reason_and_asks_nobody() {
    let mut model = model();
    for (change, code) in [
        ((|r| r.bin = "940140000385".into()) as fn(&mut Request), "bin_mismatch"),
        (|r| r.iin = "900514300003".into(), "invalid_iin"),
        (|r| r.directory_id = "MFO-LOAN-2".into(), "directory_unknown"),
        (|r| r.method = 6, "method_unknown"),
        (|r| r.date_ms -= 2 * DAY_MS, "date_refused"),
        (|r| r.date_ms += DAY_MS, "date_refused"),
        (|r| r.verification = Some("a.b.c".into()), "verification_not_expected"),
        (|r| r.method = 2, "verification_missing"),
    ] {
        let mut wrong = request(1, 5);
        change(&mut wrong);
        assert_eq!(model.kdp_start(&who(), &wrong).unwrap_err().code, code);
    }
    assert!(model.inbox().is_empty());
}

#[test]
fn a_request_in_process_is_named_again_and_sends_no_second_code() {
    let mut model = model();
    let id = waiting(&mut model, 1, 5);
    assert_eq!(model.kdp_start(&who(), &request(1, 5)).unwrap(), Started::Waiting(id.clone()));
    assert_eq!(model.kdp_start(&who(), &request(2, 5)).unwrap(), Started::InProcess(id.clone()));
    assert_eq!(model.inbox().len(), 1);
    let mut other = request(1, 5);
    other.iin = "911231400005".into();
    assert_eq!(model.kdp_start(&who(), &other).unwrap_err().code, "number_conflict");
    model.set_now(NOON + ANSWER_MS);
    assert_ne!(waiting(&mut model, 3, 5), id);
}

#[test]
fn without_a_number_in_the_bmg_nobody_is_asked_and_a_foreign_number_gets_the_code() {
    let mut model = model();
    model.set_quirks(MAN, |quirks| quirks.bmg = Bmg::None).unwrap();
    assert_eq!(model.kdp_start(&who(), &request(1, 5)).unwrap(), Started::NoBmgNumber);
    assert!(model.inbox().is_empty());
    model.set_quirks(MAN, |quirks| quirks.bmg = Bmg::Other).unwrap();
    waiting(&mut model, 2, 5);
    assert_ne!(model.inbox()[0].to, model.by_iin(MAN).unwrap().phone);
}

#[test]
fn a_code_has_three_tries_one_use_and_five_minutes() {
    let mut model = model();
    let id = waiting(&mut model, 1, 5);
    let right = code(&model);
    for left in [2, 1, 0] {
        assert_eq!(model.kdp_code(&who(), &id, "x").unwrap(), Answered::Wrong(left));
    }
    assert_eq!(model.kdp_code(&who(), &id, &right).unwrap(), Answered::Refused);
    let id = waiting(&mut model, 2, 5);
    let right = code(&model);
    model.set_now(NOON + ANSWER_MS);
    assert_eq!(model.kdp_code(&who(), &id, &right).unwrap(), Answered::Expired);
    let mut late = request(3, 5);
    late.date_ms = model.now();
    let Started::Waiting(id) = model.kdp_start(&who(), &late).unwrap() else { panic!("not waiting") };
    let right = code(&model);
    granted(model.kdp_code(&who(), &id, &right).unwrap());
    assert_eq!(model.kdp_code(&who(), &id, &right).unwrap(), Answered::Refused);
    assert_eq!(model.kdp_code(&who(), "KDP-9", &right).unwrap_err().code, "request_unknown");
}

#[test]
fn a_person_agrees_refuses_or_stays_silent_by_sms() {
    let mut model = model();
    let id = waiting(&mut model, 1, 1);
    let jwt = granted(model.kdp_answer(&who(), &id).unwrap());
    assert_eq!(model.kdp_answer(&who(), &id).unwrap(), Answered::Granted(jwt));
    assert_eq!(model.kdp_code(&who(), &id, "1").unwrap_err().code, "request_unknown", "method 5 alone");
    model.set_quirks(MAN, |quirks| quirks.kdp_answer = KdpAnswer::Refuse).unwrap();
    let id = waiting(&mut model, 2, 1);
    assert_eq!(model.kdp_answer(&who(), &id).unwrap(), Answered::Refused);
    model.set_quirks(MAN, |quirks| quirks.kdp_answer = KdpAnswer::Silent).unwrap();
    let id = waiting(&mut model, 3, 1);
    assert_eq!(model.kdp_answer(&who(), &id).unwrap(), Answered::Waiting);
    model.set_now(NOON + ANSWER_MS);
    assert_eq!(model.kdp_answer(&who(), &id).unwrap(), Answered::Expired);
}

#[test]
fn a_verification_token_passes_each_check_or_is_refused_by_its_name() {
    let mut model = model();
    let pkcs8 = key();
    let (right, jwk) = token::sign_verification(&pkcs8, &claims(2));
    let tried = |model: &mut Model, method, token: &str| {
        let verification = Some(token.to_owned());
        model.kdp_start(&who(), &Request { verification, ..request(1, method) })
    };
    assert_eq!(tried(&mut model, 2, &right).unwrap_err().code, "verification_key", "nobody registered it");
    model.state_service().signing_key = None;
    assert_eq!(tried(&mut model, 2, &right).unwrap_err().code, "verification_key", "no key at all");
    model.state_service().signing_key = Some(jwk);
    let forger = token::sign_verification(&key(), &claims(2)).0;
    assert_eq!(tried(&mut model, 2, &forger).unwrap_err().code, "verification_key");
    let parts: Vec<&str> = right.split('.').collect();
    let others = token::sign_verification(&pkcs8, &Claims { iin: "911231400005".into(), ..claims(2) }).0;
    let spliced = [parts[0], others.split('.').nth(1).unwrap(), parts[2]].join(".");
    assert_eq!(tried(&mut model, 2, &spliced).unwrap_err().code, "verification_signature");
    for form in ["", "a.b", "e30.e30.e30", "%.%.%"] {
        assert_eq!(tried(&mut model, 2, form).unwrap_err().code, "verification_form", "{form}");
    }
    for (change, code) in [
        ((|c| c.bin = "940140000385".into()) as fn(&mut Claims), "verification_bin"),
        (|c| c.iin = "911231400005".into(), "verification_iin"),
        (|c| c.methods = vec![1, 5], "verification_method"),
        (|c| c.directory_id = "MFO-QUARTER-HOUR".into(), "verification_directory"),
        (|c| c.consent = "notObtained".into(), "verification_consent"),
        (|c| c.iat -= 2 * 86_400, "verification_date"),
        (|c| c.iat += 3600, "verification_date"),
        (|c| c.request = Uuid::from_u128(2), "verification_request"),
    ] {
        let mut wrong = claims(2);
        change(&mut wrong);
        let token = token::sign_verification(&pkcs8, &wrong).0;
        assert_eq!(tried(&mut model, 2, &token).unwrap_err().code, code);
    }
    let Started::Granted(token) = tried(&mut model, 2, &right).unwrap() else { panic!("no token") };
    // Once used it opens its own request again, and no other one.
    assert_eq!(tried(&mut model, 2, &right).unwrap(), Started::Granted(token));
    let replayed = Request { verification: Some(right), ..request(7, 2) };
    assert_eq!(model.kdp_start(&who(), &replayed).unwrap_err().code, "verification_request");
}

#[test]
fn the_key_of_the_one_organisation_is_registered_and_what_it_signs_passes() {
    let mut model = model();
    let pkcs8 = token::organisation_key();
    let verification = Some(token::sign_verification(&pkcs8, &claims(2)).0);
    let started = model.kdp_start(&who(), &Request { verification, ..request(1, 2) }).unwrap();
    assert!(matches!(started, Started::Granted(_)));
}

#[test]
fn proactive_and_logging_access_need_their_codes_and_give_their_lives() {
    let mut model = model();
    let pkcs8 = key();
    let sign = |claims: &Claims| token::sign_verification(&pkcs8, claims).0;
    model.state_service().signing_key = Some(token::sign_verification(&pkcs8, &claims(3)).1);
    let mut number = 0;
    let mut tried = |model: &mut Model, method, claims: &Claims| {
        number += 1;
        let claims = Claims { request: Uuid::from_u128(number), ..claims.clone() };
        let verification = Some(sign(&claims));
        model.kdp_start(&who(), &Request { verification, ..request(number, method) })
    };
    assert_eq!(tried(&mut model, 3, &claims(3)).unwrap_err().code, "proactive_code");
    model.state_service().proactive.insert("PS-1".into(), 3600);
    let Started::Granted(jwt) = tried(&mut model, 3, &claims(3)).unwrap() else { panic!("no token") };
    model.set_now(NOON + 3_600_000 - 1);
    assert!(model.kdp_person(&who(), MAN, &jwt).unwrap().is_ok());
    model.set_now(NOON + 3_600_000);
    assert!(model.kdp_person(&who(), MAN, &jwt).unwrap() == Err(Rejected::Expired));
    model.set_now(NOON);
    assert_eq!(tried(&mut model, 4, &claims(4)).unwrap_err().code, "logging_not_allowed");
    model.state_service().logging_allowed = true;
    let groundless = Claims { ground: None, ..claims(4) };
    assert_eq!(tried(&mut model, 4, &groundless).unwrap_err().code, "ground_unknown");
    let consented = Claims { consent: "obtained".into(), ..claims(4) };
    assert_eq!(tried(&mut model, 4, &consented).unwrap_err().code, "verification_consent");
    let Started::Granted(jwt) = tried(&mut model, 4, &claims(4)).unwrap() else { panic!("no token") };
    model.set_now(NOON + 900_000);
    assert!(model.kdp_person(&who(), MAN, &jwt).unwrap() == Err(Rejected::Expired));
}

#[test]
fn a_consent_ends_by_revocation_decision_or_silence_and_stays_on_a_stated_ground() {
    let mut model = model();
    let (jwt, jti) = agreed(&mut model);
    assert_eq!(model.kdp_status(&who(), &jti).unwrap(), Status::Active);
    let first = model.apply_for_revocation(&jti).unwrap();
    // 2026-03-02 is a Monday: fifteen business days end on Monday, three weeks later.
    assert_eq!(first.until_ms, NOON + 21 * DAY_MS);
    assert_eq!(model.kdp_status(&who(), &jti).unwrap(), Status::UnderReview(first.until_ms));
    assert_eq!(model.kdp_applications(&who()).unwrap().len(), 1);
    let keep =
        |number: &str| Decision::Keep(["contract".into(), number.into(), "2026-03-02".into(), "Шарт".into()]);
    assert_eq!(model.kdp_decide(&who(), &first.number, &keep("")).unwrap_err().code, "ground_missing");
    model.kdp_decide(&who(), &first.number, &keep("MK-1")).unwrap();
    model.kdp_decide(&who(), &first.number, &keep("MK-1")).unwrap();
    let change = model.kdp_decide(&who(), &first.number, &Decision::Revoke);
    assert_eq!(change.unwrap_err().code, "decision_conflict");
    assert_eq!(model.kdp_status(&who(), &jti).unwrap(), Status::Active);
    let second = model.apply_for_revocation(&jti).unwrap();
    model.set_now(second.until_ms);
    assert_eq!(model.kdp_status(&who(), &jti).unwrap(), Status::NotActive, "silence is revocation");
    assert!(model.kdp_person(&who(), MAN, &jwt).unwrap() == Err(Rejected::Revoked));
    assert_eq!(model.kdp_status(&who(), "C-9").unwrap_err().code, "token_unknown");
}

#[test]
fn a_consent_that_was_revoked_between_issue_and_use_opens_nothing() {
    let mut model = model();
    let (jwt, jti) = agreed(&mut model);
    model.revoke(&jti).unwrap();
    assert!(model.kdp_person(&who(), MAN, &jwt).unwrap() == Err(Rejected::Revoked));
}
