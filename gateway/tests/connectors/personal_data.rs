//! КДП over SOAP: consents by code and by SMS, their end, forgeries and lines that break.

use senim_gateway::connectors::{HttpPersonalData, Organisation};
use senim_gateway_core::connectors::{
    AccessAnswer, AccessMethod, AccessRequest, AccessRequestId, AccessStart, CodeOutcome, PersonAnswer,
    PersonalData as _, RevocationDecision, RevocationGround, SecurityToken, TokenRejection, TokenStatus,
    VerificationClaims, VerificationToken,
};
use senim_operation::signer::RamKey;
use serde_json::json;

use super::*;

fn organisation() -> Organisation {
    Organisation {
        login: "senim".into(),
        password: secret("senim-password"),
        authentication_token: secret("senim-authentication-token"),
        bin: "990140004654".into(),
    }
}

fn kdp(site: &Site, who: &Organisation) -> HttpPersonalData {
    HttpPersonalData::new(&site.base, Duration::from_millis(1500), 0, who)
}

fn request(method: AccessMethod) -> AccessRequest {
    AccessRequest {
        number: Uuid::now_v7(),
        iin: secret(MAN),
        directory_id: "MFO-LOAN-1".into(),
        method,
        verification: None,
    }
}

fn waiting(started: Result<AccessStart, ConnectorError>) -> AccessRequestId {
    match started {
        Ok(AccessStart::Waiting(id)) => id,
        other => panic!("{other:?}"),
    }
}

fn code(site: &Site) -> Secret {
    let inbox: Value =
        ureq::get(&format!("{}/sms/inbox?to=77010000001", site.base)).call().unwrap().into_json().unwrap();
    let text = inbox["messages"].as_array().unwrap().last().unwrap()["text"].as_str().unwrap().to_owned();
    secret(text.rsplit(' ').next().unwrap())
}

fn agreed(site: &Site, kdp: &HttpPersonalData) -> SecurityToken {
    let id = waiting(kdp.start(&request(AccessMethod::OneTimeCode)));
    match kdp.submit_code(&id, &code(site)) {
        Ok(CodeOutcome::Granted(token)) => token,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_typed_code_opens_the_persons_data_and_no_one_elses() {
    let site = Site::new();
    let kdp = kdp(&site, &organisation());
    let first = request(AccessMethod::OneTimeCode);
    let id = waiting(kdp.start(&first));
    assert_eq!(waiting(kdp.start(&first)), id);
    let second = kdp.start(&request(AccessMethod::OneTimeCode)).unwrap();
    assert!(matches!(second, AccessStart::AlreadyInProcess(known) if known == id));
    let wrong = kdp.submit_code(&id, &secret("0")).unwrap();
    assert!(matches!(wrong, CodeOutcome::Wrong { tries_left: 2 }));
    let Ok(CodeOutcome::Granted(token)) = kdp.submit_code(&id, &code(&site)) else { panic!("not granted") };
    let PersonAnswer::Record(record) = kdp.person(&secret(MAN), &token).unwrap() else { panic!("no record") };
    assert_eq!(record.surname.expose(), "Серікбаев");
    let other = kdp.person(&secret("911231400005"), &token).unwrap();
    assert!(matches!(other, PersonAnswer::Rejected(TokenRejection::Mismatch)));
    assert!(!format!("{token:?} {record:?}").contains("Серікбаев"));
}

#[test]
fn a_code_whose_answer_was_lost_is_not_sent_again() {
    let site = Site::new();
    let kdp = kdp(&site, &organisation());
    let id = waiting(kdp.start(&request(AccessMethod::OneTimeCode)));
    site.fault("kdp", r#"{"mode":"lost_reply","times":1}"#);
    unavailable(kdp.submit_code(&id, &secret("0")));
    let second = kdp.submit_code(&id, &secret("0")).unwrap();
    assert!(matches!(second, CodeOutcome::Wrong { tries_left: 1 }), "one try was lost, not three");
    site.fault("kdp", r#"{"mode":"lost_reply","times":1}"#);
    let started = kdp.start(&request(AccessMethod::OneTimeCode)).unwrap();
    assert!(matches!(started, AccessStart::AlreadyInProcess(_)), "what is harmless is sent again");
}

#[test]
fn nobody_without_a_number_is_asked_and_sms_answers_are_told() {
    let site = Site::new();
    let kdp = kdp(&site, &organisation());
    let without = site.people.iter().find(|one| one["quirks"]["bmg"] == "none").unwrap();
    let asked = AccessRequest { iin: iin(without), ..request(AccessMethod::OneTimeCode) };
    assert!(matches!(kdp.start(&asked).unwrap(), AccessStart::NoBmgNumber));
    let answer = |says: &str| {
        let mut quirks = site.person(MAN)["quirks"].clone();
        quirks["kdp_answer"] = json!(says);
        site.put(&format!("/people/{MAN}/quirks"), &quirks);
        let id = waiting(kdp.start(&request(AccessMethod::SmsReply)));
        let answer = kdp.answer(&id).unwrap();
        kdp.cancel(&id).unwrap();
        answer
    };
    assert!(matches!(answer("agree"), AccessAnswer::Agreed(_)));
    assert!(matches!(answer("refuse"), AccessAnswer::Refused));
    assert!(matches!(answer("silent"), AccessAnswer::Waiting));
}

#[test]
fn a_consent_that_was_revoked_opens_nothing_and_its_status_says_so() {
    let site = Site::new();
    let kdp = kdp(&site, &organisation());
    let token = agreed(&site, &kdp);
    assert_eq!(kdp.token_status(&token.jti).unwrap(), Some(TokenStatus::Active));
    ureq::post(&format!("{}/kdp/consents/{}/revocation", site.base, token.jti)).call().unwrap();
    let waiting = kdp.revocations().unwrap();
    assert_eq!((waiting.len(), &waiting[0].jti), (1, &token.jti));
    let under_review = Some(TokenStatus::UnderReview { until: waiting[0].until });
    assert_eq!(kdp.token_status(&token.jti).unwrap(), under_review);
    let ground = RevocationGround {
        ground_type: "contract".into(),
        doc_number: "MK-1".into(),
        doc_date: "2026-03-02".into(),
        doc_name: "Шарт <№1> & қосымша".into(),
    };
    kdp.decide_revocation(&waiting[0].application, &RevocationDecision::Keep(ground)).unwrap();
    assert_eq!(kdp.token_status(&token.jti).unwrap(), Some(TokenStatus::Active));
    ureq::delete(&format!("{}/kdp/consents/{}", site.base, token.jti)).call().unwrap();
    assert_eq!(kdp.token_status(&token.jti).unwrap(), Some(TokenStatus::NotActive));
    let rejected = kdp.person(&secret(MAN), &token).unwrap();
    assert!(matches!(rejected, PersonAnswer::Rejected(TokenRejection::Revoked)));
    assert_eq!(kdp.token_status("there-is-none").unwrap(), None);
}

#[test]
fn forged_organisations_and_verification_tokens_are_refused_by_the_name_of_the_check() {
    let site = Site::new();
    let refused = |who: &Organisation, request: &AccessRequest| match kdp(&site, who).start(request) {
        Err(ConnectorError::Refused { code, .. }) => code,
        other => panic!("{other:?}"),
    };
    let asked = request(AccessMethod::OneTimeCode);
    let guess = Organisation { password: secret("guess"), ..organisation() };
    assert_eq!(refused(&guess, &asked), "login_refused");
    let guess = Organisation { authentication_token: secret("guess"), ..organisation() };
    assert_eq!(refused(&guess, &asked), "authentication_token_refused");
    let guess = Organisation { bin: "940140000385".into(), ..organisation() };
    assert_eq!(refused(&guess, &asked), "bin_unknown");
    let (forger, _) = RamKey::generate().unwrap();
    let right = organisation_key();
    let number = Uuid::now_v7();
    let claims = || VerificationClaims {
        bin: "990140004654".into(),
        method: AccessMethod::OwnMeans,
        directory_id: "MFO-LOAN-1".into(),
        request: number,
        at: senim_gateway::clock::now(),
    };
    let with = |token| AccessRequest { number, verification: Some(token), ..request(AccessMethod::OwnMeans) };
    let signed = |claims: &VerificationClaims, iin: &str, key: &RamKey| {
        with(VerificationToken::sign(claims, &secret(iin), key).unwrap())
    };
    let who = organisation();
    let bare = AccessRequest { number, ..request(AccessMethod::OwnMeans) };
    assert_eq!(refused(&who, &bare), "verification_missing");
    assert_eq!(refused(&who, &signed(&claims(), MAN, &forger)), "verification_key");
    let token = |request: AccessRequest| request.verification.unwrap().0.expose().to_owned();
    let (mine, others) =
        (token(signed(&claims(), MAN, &right)), token(signed(&claims(), "911231400005", &right)));
    let (mine, others): (Vec<&str>, Vec<&str>) = (mine.split('.').collect(), others.split('.').collect());
    let spliced = with(VerificationToken(secret(&[mine[0], others[1], mine[2]].join("."))));
    assert_eq!(refused(&who, &spliced), "verification_signature");
    assert_eq!(refused(&who, &signed(&claims(), "911231400005", &right)), "verification_iin");
    for (change, code) in [
        ((|c| c.bin = "940140000385".into()) as fn(&mut VerificationClaims), "verification_bin"),
        (|c| c.method = AccessMethod::OneTimeCode, "verification_method"),
        (|c| c.directory_id = "MFO-LOAN-2".into(), "verification_directory"),
        (|c| c.request = Uuid::now_v7(), "verification_request"),
        (|c| c.at.0 -= 2 * 86_400_000, "verification_date"),
        (|c| c.at.0 += 3_600_000, "verification_date"),
    ] {
        let mut wrong = claims();
        change(&mut wrong);
        assert_eq!(refused(&who, &signed(&wrong, MAN, &right)), code);
    }
    let granted = kdp(&site, &who).start(&signed(&claims(), MAN, &right)).unwrap();
    assert!(matches!(granted, AccessStart::Granted(_)));
    let replayed = AccessRequest { number: Uuid::now_v7(), ..signed(&claims(), MAN, &right) };
    assert_eq!(refused(&who, &replayed), "verification_request");
}

fn organisation_key() -> RamKey {
    RamKey::from_pkcs8(&senim_world::model::token::organisation_key()).unwrap()
}
