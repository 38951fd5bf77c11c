//! КДП over SOAP: what the organisation, its people and a forger see.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may")]

use serde_json::{Value, json};

use super::{Caller, MAN, published};

const PATH: &str = "/gbdServices/PersonalDataAccessControlImplService";

fn envelope(token: &str, body: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:data=\"http://data.gbd.chdb.scb.kz/\"><soap:Header><data:authenticationToken>{token}\
         </data:authenticationToken><data:companyBin>990140004654</data:companyBin></soap:Header>\
         <soap:Body>{body}</soap:Body></soap:Envelope>"
    )
}

fn send(world: &Caller, login: &str, text: &str) -> (String, Value) {
    use base64::Engine as _;
    let basic = base64::engine::general_purpose::STANDARD.encode(login);
    let request = ureq::post(&format!("http://{}{PATH}", world.addr));
    let answer = request
        .set("content-type", "text/xml; charset=utf-8")
        .set("authorization", &format!("Basic {basic}"))
        .send_string(text);
    let response = match answer {
        Ok(response) | Err(ureq::Error::Status(_, response)) => response,
        Err(error) => panic!("{error}"),
    };
    let status = response.status();
    published::judge_soap(status, &response.into_string().unwrap())
}

fn call(world: &Caller, operation: &str, fields: &str) -> (String, Value) {
    let body = format!("<data:{operation}>{fields}</data:{operation}>");
    send(world, "senim:senim-password", &envelope("senim-authentication-token", &body))
}

fn start(world: &Caller, number: &str, method: u8) -> (String, Value) {
    let now = world.get("/clock").1["now_ms"].as_i64().unwrap();
    let date = jiff::Timestamp::from_millisecond(now).unwrap();
    call(
        world,
        "getPersonDataAccessControl",
        &format!(
            "<requestNumber>0190e000-0000-7000-8000-{number:0>12}</requestNumber><uin>{MAN}</uin>\
             <company_bin>990140004654</company_bin><access_name>MFO-LOAN-1</access_name>\
             <method>{method}</method><requestDate>{date}</requestDate>"
        ),
    )
}

fn repeat(world: &Caller, id: &str, code: &str) -> Value {
    let fields = format!("<requestId>{id}</requestId><code>{code}</code>");
    call(world, "getPersonDataAccessControl", &fields).1
}

fn code(world: &Caller) -> String {
    let inbox = world.get("/sms/inbox?to=77010000001").1;
    let text = inbox["messages"].as_array().unwrap().last().unwrap()["text"].as_str().unwrap().to_owned();
    text.rsplit(' ').next().unwrap().to_owned()
}

#[test]
fn a_code_from_the_persons_phone_opens_their_data_until_the_consent_is_revoked() {
    let world = Caller::new();
    let (_, started) = start(&world, "1", 5);
    let id = started["requestId"].as_str().unwrap();
    assert_eq!(start(&world, "2", 5).1, json!({ "status": "IN_PROCESS", "requestId": id }));
    assert_eq!(repeat(&world, id, "0"), json!({ "status": "WRONG_CODE", "triesLeft": "2" }));
    let granted = repeat(&world, id, &code(&world));
    let token = granted["securityToken"].as_str().unwrap();
    let person = |iin: &str| {
        let fields = format!("<uin>{iin}</uin><securityToken>{token}</securityToken>");
        call(&world, "getPerson", &fields).1
    };
    assert_eq!(person(MAN)["surname"], "Серікбаев");
    assert_eq!(person("911231400005"), json!({ "status": "REJECTED", "reason": "MISMATCH" }));
    let consents = world.get(&format!("/people/{MAN}/consents")).1;
    let jti = consents["consents"][0].as_str().unwrap();
    let status = || call(&world, "getTokenStatus", &format!("<tokenId>{jti}</tokenId>")).1["status"].clone();
    assert_eq!(status(), "ACTIVE");
    world.json("POST", &format!("/kdp/consents/{jti}/revocation"), None);
    assert_eq!(status(), "UNDER_REVIEW");
    let waiting = call(&world, "getRevocationApplications", "").1;
    let number = waiting["application"][0]["number"].as_str().unwrap();
    let ground = "<groundType>contract</groundType><documentNumber>MK-1</documentNumber>\
                  <documentDate>2026-03-02</documentDate><documentName>Шарт</documentName>";
    let keep = format!("<number>{number}</number><decision>KEEP</decision>{ground}");
    assert_eq!(call(&world, "setRevocationDecision", &keep).1["status"], "TAKEN");
    assert_eq!(status(), "ACTIVE");
    assert_eq!(world.json("DELETE", &format!("/kdp/consents/{jti}"), None).0, 204);
    assert_eq!((status(), person(MAN)["reason"].clone()), (json!("NOT_ACTIVE"), json!("REVOKED")));
}

#[test]
fn methods_answers_by_sms_and_giving_up_are_told() {
    let world = Caller::new();
    let (_, started) = start(&world, "1", 1);
    let id = started["requestId"].as_str().unwrap().to_owned();
    let poll = call(&world, "getPersonDataAccessControl", &format!("<requestId>{id}</requestId>")).1;
    assert_eq!(poll["status"], "VALID");
    let (_, started) = start(&world, "2", 5);
    let id = started["requestId"].as_str().unwrap().to_owned();
    let right = code(&world);
    call(&world, "cancelPersonDataAccessControl", &format!("<requestId>{id}</requestId>"));
    assert_eq!(repeat(&world, &id, &right), json!({ "status": "REFUSED" }));
    assert_eq!(start(&world, "3", 2).1["faultstring"], "verification_missing");
    assert_eq!(start(&world, "4", 7).1["faultstring"], "method_unknown");
}

#[test]
fn forgers_and_malformed_envelopes_get_a_fault_and_nothing_else() {
    let world = Caller::new();
    let status = "<data:getTokenStatus><tokenId>C-1</tokenId></data:getTokenStatus>";
    let right = envelope("senim-authentication-token", status);
    let fault = |login: &str, text: &str| send(&world, login, text).1["faultstring"].clone();
    assert_eq!(fault("senim:senim-password", &right), "token_unknown");
    assert_eq!(fault("senim:guess", &right), "login_refused");
    assert_eq!(fault("senim:senim-password", &envelope("guess", status)), "authentication_token_refused");
    let bomb = format!("<!DOCTYPE a [<!ENTITY b \"b\">]>{}", right.split_once("?>").unwrap().1);
    let foreign = right.replace("http://data.gbd.chdb.scb.kz/", "http://example.org/");
    for malformed in ["", "<a/>", "no XML", &bomb, &foreign, &right.replace("soap:Body", "soap:Head")] {
        assert_eq!(fault("senim:senim-password", malformed), "malformed", "{malformed}");
    }
}
