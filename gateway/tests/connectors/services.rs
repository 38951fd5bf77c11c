//! Each further service over HTTP against the simulated world.

use senim_domain::UtcMillis;
use senim_gateway::connectors::{
    HttpAml, HttpAntiFraud, HttpBank, HttpCheckCall, HttpCreditBureau, HttpEntrepreneurs, HttpIdentification,
    HttpMerchants, HttpNumberOwner,
};
use senim_gateway_core::connectors::{
    Account, Aml as _, AmlAnswer, AmlOutcome, AmlSubject, AnswerForm, AntiFraud as _, Bank as _,
    BureauConsents, CallId, Centre, CentreError, CheckCall as _, CheckCallOrder, CheckCallState,
    CreditBureau as _, Entrepreneurs as _, FraudFacts, FraudVerdict, Identification as _, IdentityClaim,
    MerchantPayment, Merchants as _, NumberOwner as _, Occasion, Outcome, Ownership, PhoneOffer, PhoneOrder,
    PhoneState, ReportRequest, ResultFlaw, Transfer, TransferId, TransferState,
};
use senim_operation::trust::Trust;
use serde_json::json;

use super::*;

fn client(person: &Value) -> ClientId {
    person["client_id"].as_str().unwrap().parse().unwrap()
}

fn text(person: &Value, field: &str) -> Secret {
    secret(person[field].as_str().unwrap())
}

/// The man's data with somebody's portrait.
fn claim(site: &Site, portrait: &str) -> IdentityClaim {
    let person = site.person(MAN);
    IdentityClaim {
        check: Uuid::now_v7(),
        iin: secret(MAN),
        surname: text(&person, "surname"),
        given_name: text(&person, "given_name"),
        patronymic: person["patronymic"].as_str().map(secret),
        portrait: site.portrait(portrait),
    }
}

/// The centre of the site, known by the root that it shows.
fn centre(site: &Site) -> Centre {
    let pem =
        ureq::get(&format!("{}/authority/centre.pem", site.base)).call().unwrap().into_string().unwrap();
    let service = Box::new(HttpIdentification(site.service()));
    Centre::new(service, Trust::from_pem(&pem).unwrap(), "Senim Test ЦОИД".to_owned())
}

#[expect(clippy::disallowed_methods, reason = "the served world signs by the real time")]
fn now() -> UtcMillis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    UtcMillis(i64::try_from(since.as_millis()).unwrap())
}

#[test]
fn name_number_and_portrait_are_compared_each_on_its_own() {
    let site = Site::new();
    let coid = centre(&site);
    let person = site.person(MAN);
    let claim =
        |surname: &str, portrait: &str| IdentityClaim { surname: secret(surname), ..claim(&site, portrait) };
    let own = text(&person, "surname");
    let right = coid.check(&claim(own.expose(), MAN), now()).unwrap();
    assert!(right.all_agree() && right.result.score_permille > right.result.threshold_permille);
    let name = coid.check(&claim("Басқа", MAN), now()).unwrap();
    assert_eq!((name.name, name.portrait), (Outcome::Mismatch, FaceVerdict::Same));
    let face = coid.check(&claim(own.expose(), "911231400005"), now()).unwrap();
    assert_eq!((face.name, face.portrait), (Outcome::Match, FaceVerdict::Other));
    assert!(!name.all_agree() && !face.all_agree());
    let portrait = SecretBytes::new(b"no picture".to_vec());
    let none = IdentityClaim { portrait, ..claim(own.expose(), MAN) };
    assert_eq!(coid.check(&none, now()).unwrap().portrait, FaceVerdict::Unusable);
}

#[test]
fn a_result_without_the_centres_signature_of_another_request_person_or_time_is_not_believed() {
    let site = Site::new();
    let coid = centre(&site);
    let claim = || claim(&site, MAN);
    for (mode, flaw) in [
        ("unsigned", ResultFlaw::Signature),
        ("wrong_key", ResultFlaw::OtherSigner),
        ("old_answer", ResultFlaw::OtherTime),
        ("another_request", ResultFlaw::OtherRequest),
    ] {
        site.fault("coid", &format!(r#"{{"mode":"{mode}"}}"#));
        match coid.check(&claim(), now()) {
            Err(CentreError::Forged(found)) => assert_eq!(found, flaw, "{mode}"),
            other => panic!("{mode}: {other:?}"),
        }
    }
    ureq::delete(&format!("{}/faults/coid", site.base)).call().unwrap();
    coid.check(&claim(), now()).unwrap();
    // The right document, kept and shown again for another request, or by a centre of another name.
    let kept = claim();
    let document = HttpIdentification(site.service()).check(&kept).unwrap();
    let replayed = coid.judge_phone(document, (kept.check, &kept.iin), (now(), now()));
    assert_eq!(replayed.unwrap_err(), ResultFlaw::OtherRequest);
    let pem =
        ureq::get(&format!("{}/authority/centre.pem", site.base)).call().unwrap().into_string().unwrap();
    let service = Box::new(HttpIdentification(site.service()));
    let other = Centre::new(service, Trust::from_pem(&pem).unwrap(), "Another".to_owned());
    assert!(matches!(other.check(&claim(), now()), Err(CentreError::Forged(ResultFlaw::OtherSigner))));
}

#[test]
fn a_check_on_a_phone_is_begun_waited_for_judged_and_given_up() {
    let site = Site::new();
    let coid = centre(&site);
    let order = || PhoneOrder { check: Uuid::now_v7(), iin: secret(MAN), life_seconds: 60 };
    let scan = |iin: &str, offer: &PhoneOffer, manner: &str| {
        let body = json!({ "qr": offer.qr.expose(), "manner": manner }).to_string();
        let request = ureq::post(&format!("{}/people/{iin}/phone/check", site.base));
        request.set("content-type", "application/json").send_string(&body).unwrap();
    };
    let done = |check| match coid.state(check).unwrap() {
        PhoneState::Done(document) => document,
        other => panic!("{other:?}"),
    };
    let (asked, begun) = (order(), now());
    let offer = coid.begin(&asked, now()).unwrap();
    assert!(matches!(coid.state(asked.check).unwrap(), PhoneState::Waiting));
    scan(MAN, &offer, "confirms");
    let judge =
        |asked: &PhoneOrder| coid.judge_phone(done(asked.check), (asked.check, &asked.iin), (begun, now()));
    let found = judge(&asked).unwrap();
    assert_eq!((found.living, found.portrait), (Some(true), FaceVerdict::Same));
    let stranger = order();
    scan("911231400005", &coid.begin(&stranger, now()).unwrap(), "confirms");
    assert_eq!(judge(&stranger).unwrap().portrait, FaceVerdict::Other);
    let stolen = coid.judge_phone(done(asked.check), (stranger.check, &asked.iin), (begun, now()));
    assert_eq!(stolen.unwrap_err(), ResultFlaw::OtherRequest);
    let given_up = order();
    coid.begin(&given_up, now()).unwrap();
    coid.cancel(given_up.check).unwrap();
    assert!(matches!(coid.state(given_up.check).unwrap(), PhoneState::Cancelled));
    let declined = order();
    scan(MAN, &coid.begin(&declined, now()).unwrap(), "declines");
    assert!(matches!(coid.state(declined.check).unwrap(), PhoneState::Declined));
}

#[test]
fn numbers_reports_and_registers_tell_of_the_person_who_was_asked_for() {
    let site = Site::new();
    let person = site.person(MAN);
    let numbers = HttpNumberOwner(site.service());
    assert_eq!(numbers.owns(&secret(MAN), &text(&person, "phone")).unwrap().outcome, Outcome::Match);
    let foreign = site.people.iter().find(|person| person["quirks"]["bmg"] == "other").unwrap();
    let found = numbers.owns(&iin(foreign), &text(foreign, "phone")).unwrap();
    assert_eq!(found.outcome, Outcome::Mismatch);
    let bureau = HttpCreditBureau(site.service());
    let request = |person: &str| ReportRequest {
        number: Uuid::from_u128(5),
        iin: secret(person),
        consents: BureauConsents { give: fresh_operation(), receive: fresh_operation() },
    };
    let report = bureau.report(&request(MAN)).unwrap();
    assert_eq!(report.monthly_payments(), Some(Tiyn::new(5_400_000).unwrap()));
    assert_eq!(bureau.report(&request(MAN)).unwrap(), report);
    let other = bureau.report(&request("911231400005")).unwrap_err();
    assert!(matches!(other, ConnectorError::Refused { code, .. } if code == "number_conflict"));
    let ie = HttpEntrepreneurs(site.service());
    assert!(ie.status(&secret("830719300418")).unwrap().since.is_some());
    assert_eq!(ie.status(&secret(MAN)).unwrap().since, None);
    let fraud = HttpAntiFraud(site.service());
    let facts = |instructed_by_phone| FraudFacts {
        occasion: Occasion::Payout,
        client: client(&person),
        loan: LoanId(Uuid::now_v7()),
        amount_tiyn: Tiyn::new(1).unwrap(),
        terminal: "t-1".parse().unwrap(),
        at: UtcMillis(1),
        instructed_by_phone,
    };
    assert_eq!(fraud.judge(&facts(false)).unwrap().verdict, FraudVerdict::Proceed);
    assert_eq!(fraud.judge(&facts(true)).unwrap().verdict, FraudVerdict::Stop);
}

#[test]
fn a_screening_asks_its_questions_in_three_languages_and_goes_on_with_the_answers() {
    let site = Site::new();
    let aml = HttpAml(site.service());
    let asked = site.people.iter().find(|person| person["quirks"]["aml_questions"] == true).unwrap();
    let screening = Uuid::now_v7();
    let subject = |answers: Vec<AmlAnswer>| AmlSubject {
        screening,
        iin: iin(asked),
        surname: text(asked, "surname"),
        given_name: text(asked, "given_name"),
        patronymic: None,
        answers,
    };
    let AmlOutcome::Questions(questions) = aml.screen(&subject(Vec::new())).unwrap() else {
        panic!("no questions")
    };
    assert_eq!(questions[0].form, AnswerForm::YesNo);
    assert!(matches!(&questions[1].form, AnswerForm::Choice { options } if options.len() == 3));
    assert!(questions.iter().all(|question| !question.text.kk.is_empty() && !question.text.ru.is_empty()));
    let answer = |code: &str, text: &str| AmlAnswer { code: code.into(), answer: secret(text) };
    let answers = vec![answer("public-official", "no"), answer("source-of-funds", "wage")];
    assert!(matches!(aml.screen(&subject(answers)).unwrap(), AmlOutcome::Clear { .. }));
    let hit = site.people.iter().find(|person| person["quirks"]["aml_hit"] == true).unwrap();
    let subject = AmlSubject { screening: Uuid::now_v7(), iin: iin(hit), ..subject(Vec::new()) };
    assert!(matches!(aml.screen(&subject).unwrap(), AmlOutcome::Hit { .. }));
}

#[test]
fn money_goes_once_also_when_the_answer_was_lost_and_only_to_the_person() {
    let site = Site::new();
    let bank = HttpBank(site.service());
    let person = site.person(MAN);
    let own = Account::Iban(text(&person, "iban"));
    assert_eq!(bank.owner(&own, &secret(MAN)).unwrap().ownership, Ownership::Confirmed);
    let others = bank.owner(&own, &secret("911231400005")).unwrap();
    assert_eq!(others.ownership, Ownership::Other);
    let transfer = Transfer {
        transfer: TransferId(Uuid::now_v7()),
        loan: LoanId(Uuid::now_v7()),
        iin: secret(MAN),
        to: own,
        amount_tiyn: Tiyn::new(700).unwrap(),
    };
    assert_eq!(bank.transfer_state(transfer.transfer).unwrap(), None);
    site.fault("bank", r#"{"mode":"lost_reply","times":1}"#);
    assert_eq!(bank.transfer(&transfer).unwrap(), TransferState::Accepted);
    assert_eq!(bank.transfer_state(transfer.transfer).unwrap(), Some(TransferState::Done));
    assert_eq!(bank.transfer(&transfer).unwrap(), TransferState::Done);
    let changed = Transfer { amount_tiyn: Tiyn::new(701).unwrap(), ..transfer.clone() };
    assert!(
        matches!(bank.transfer(&changed), Err(ConnectorError::Refused { code, .. }) if code == "transfer_conflict")
    );
    let foreign = Transfer { transfer: TransferId(Uuid::now_v7()), iin: secret("911231400005"), ..transfer };
    let rejected = TransferState::Rejected { code: "not_theirs".into() };
    assert_eq!(bank.transfer(&foreign).unwrap(), rejected);
    let merchants = HttpMerchants(site.service());
    let payment = MerchantPayment {
        payment: TransferId(Uuid::now_v7()),
        merchant: merchants.list().unwrap()[0].merchant.clone(),
        loan: LoanId(Uuid::now_v7()),
        amount_tiyn: Tiyn::new(900).unwrap(),
        invoice: "1".into(),
    };
    assert_eq!(merchants.pay(&payment).unwrap(), TransferState::Accepted);
    assert_eq!(merchants.payment_state(payment.payment).unwrap(), Some(TransferState::Done));
}

#[test]
fn a_check_call_is_ordered_once_and_says_what_the_client_said() {
    let site = Site::new();
    let calls = HttpCheckCall(site.service());
    let person = site.person(MAN);
    for (said, confirms) in [("confirm", true), ("deny", false)] {
        let mut quirks = person["quirks"].clone();
        quirks["call"] = json!(said);
        site.put(&format!("/people/{MAN}/quirks"), &quirks);
        let order = CheckCallOrder {
            call: CallId(Uuid::now_v7()),
            client: client(&person),
            phone: text(&person, "phone"),
            language: senim_domain::Language::Kk,
        };
        assert_eq!(calls.state(order.call).unwrap(), None);
        assert_eq!(calls.order(&order).unwrap(), CheckCallState::Waiting);
        let made = calls.state(order.call).unwrap().unwrap();
        assert_eq!(matches!(made, CheckCallState::Confirmed { .. }), confirms, "{made:?}");
        assert_eq!(calls.order(&order).unwrap(), made);
    }
}
