//! What a client agreed to, answered and read decides whether there is an offer and a contract; what services find out, too.

use senim_domain::rule_pack::{ConsentKind, TextId};
use senim_domain::{ApplicationId, ClientId, Language, LoanId, Secret};
use senim_gateway_core::store::{Collection, Store as _};
use senim_operation::Profile;
use senim_operation::attachment::{GivenAnswer, Questionnaire};
use senim_operation::body::{
    ApplicationSubmitted, ConsentDecided, ConsentSubject, QuestionsAnswered, TextAcknowledged,
};
use senim_operation::jws::sha256_b64;
use senim_operation::message::{ApplicationRefusal, MessageBody};
use senim_test_services::{Behind, Quirks};
use serde_json::Value;

use crate::support::preparation::{self, TEXTS};
use crate::support::{self, Drafted, NOON, PRINCIPAL, Rig, Services, iin, pack, started};

fn refusal(body: &MessageBody) -> ApplicationRefusal {
    match body {
        MessageBody::ApplicationRefused { reason, .. } => *reason,
        other => panic!("{other:?}"),
    }
}

fn logged_in() -> (Rig, ClientId) {
    let mut rig = started();
    rig.open_session();
    let client = rig.log_in();
    (rig, client)
}

/// With a bureau, screening and a service against fraud, who know the client of these tests.
fn with_registers() -> (Rig, ClientId) {
    let mut rig = beside_registers();
    rig.open_session();
    let client = rig.log_in();
    (rig, client)
}

/// The same before anybody came.
fn beside_registers() -> Rig {
    let behind = Behind::with_client(&iin(), ClientId(uuid::Uuid::from_u128(7)));
    let services = Services { behind, registers: true, ..Services::default() };
    let mut rig = Rig::with_services(Profile::Rig, services);
    let row = rig.terminal.begin_epoch(rig.now);
    assert_eq!(rig.send(&[row]).refusal, None);
    rig
}

/// What the screening asks.
fn codes(body: &MessageBody) -> Vec<String> {
    match body {
        MessageBody::QuestionsAsked { questions, .. } => {
            questions.iter().map(|question| question.code.clone()).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn apply_as(rig: &mut Rig, client: ClientId, application: ApplicationId) -> MessageBody {
    let body = ApplicationSubmitted {
        application,
        client,
        product: "simple".into(),
        principal_tiyn: senim_domain::Tiyn::new(PRINCIPAL).unwrap(),
        term: senim_domain::loan::Term::Months(6),
        language: Language::Ru,
    };
    rig.say(rig.in_session(body)).unwrap().1
}

fn answers_further(rig: &mut Rig, client: ClientId, application: ApplicationId, given: &[(&str, &str)]) {
    let answers = given
        .iter()
        .map(|(question, answer)| GivenAnswer {
            question: (*question).to_owned(),
            answer: Secret::new((*answer).to_owned()),
        })
        .collect();
    let sealed = Questionnaire { answers }.to_plaintext().unwrap();
    let questions = given.iter().map(|(question, _)| (*question).to_owned()).collect();
    let row = QuestionsAnswered { client, questions, application: Some(application) };
    assert!(rig.say(rig.in_session(row).with_attachment(sealed)).is_none());
}

#[test]
fn what_the_screening_asks_beyond_the_rule_pack_is_put_answered_and_screened_again() {
    let (mut rig, client) = with_registers();
    rig.services.get(|s| s.behind.set_quirks(&iin(), |quirks| quirks.aml_questions = true));
    rig.says(preparation::before_application(client));
    let application = ApplicationId(uuid::Uuid::now_v7());
    // The rule pack asks for one of the two already.
    assert_eq!(codes(&apply_as(&mut rig, client, application)), ["source-of-funds"]);
    answers_further(&mut rig, client, application, &[("source-of-funds", "wage")]);
    let body = apply_as(&mut rig, client, application);
    assert!(matches!(body, MessageBody::OfferMade { .. }), "{body:?}");
    // Another sum in the same visit: what was answered stands.
    let body = apply_as(&mut rig, client, ApplicationId(uuid::Uuid::now_v7()));
    assert!(matches!(body, MessageBody::OfferMade { .. }), "{body:?}");
}

#[test]
fn a_screening_that_is_not_answered_asks_no_second_time() {
    let (mut rig, client) = with_registers();
    rig.services.get(|s| s.behind.set_quirks(&iin(), |quirks| quirks.aml_questions = true));
    rig.says(preparation::before_application(client));
    let application = ApplicationId(uuid::Uuid::now_v7());
    assert_eq!(codes(&apply_as(&mut rig, client, application)), ["source-of-funds"]);
    assert_eq!(refusal(&apply_as(&mut rig, client, application)), ApplicationRefusal::NotApproved);
}

#[test]
fn an_answer_to_the_screening_that_speaks_against_the_client_refuses_without_a_ground() {
    let (mut rig, client) = with_registers();
    rig.services.get(|s| s.behind.set_quirks(&iin(), |quirks| quirks.aml_questions = true));
    rig.says(preparation::before_application(client));
    let application = ApplicationId(uuid::Uuid::now_v7());
    apply_as(&mut rig, client, application);
    // An answer that the service does not know.
    answers_further(&mut rig, client, application, &[("source-of-funds", "perhaps")]);
    assert_eq!(refusal(&apply_as(&mut rig, client, application)), ApplicationRefusal::NotApproved);
}

#[test]
fn nothing_is_screened_again_before_what_was_answered_has_come() {
    let (mut rig, client) = with_registers();
    rig.services.get(|s| s.behind.set_quirks(&iin(), |quirks| quirks.aml_questions = true));
    rig.says(preparation::before_application(client));
    let application = ApplicationId(uuid::Uuid::now_v7());
    apply_as(&mut rig, client, application);
    let answers =
        vec![GivenAnswer { question: "source-of-funds".into(), answer: Secret::new("wage".into()) }];
    let sealed = Questionnaire { answers }.to_plaintext().unwrap();
    let questions = vec!["source-of-funds".to_owned()];
    let row = QuestionsAnswered { client, questions, application: Some(application) };
    let (row, jwe) = rig.terminal.write(rig.in_session(row).with_attachment(sealed), rig.now);
    assert_eq!(rig.send(std::slice::from_ref(&row)).refusal, None);
    let body = ApplicationSubmitted {
        application,
        client,
        product: "simple".into(),
        principal_tiyn: senim_domain::Tiyn::new(PRINCIPAL).unwrap(),
        term: senim_domain::loan::Term::Months(6),
        language: Language::Ru,
    };
    assert!(rig.say(rig.in_session(body)).is_none(), "the answers are still on their way");
    let sha256 = row.envelope.sealed.as_ref().unwrap().sha256.clone();
    rig.gateway.put_attachment(&rig.terminal.id, &sha256, &jwe.unwrap(), rig.now).unwrap();
    let last = rig.terminal.rows.last().unwrap().clone();
    let reply = rig.send(std::slice::from_ref(&last));
    let body = rig.read(&reply.replies[0], &last).1;
    assert!(matches!(body, MessageBody::OfferMade { .. }), "{body:?}");
}

fn kept(rig: &Rig, collection: Collection) -> Vec<String> {
    rig.store.documents(collection, "").unwrap().into_iter().map(|document| document.json).collect()
}

fn loan_of(rig: &Rig, loan: LoanId) -> Value {
    let document = rig.store.document(Collection::Loan, &loan.to_string()).unwrap().unwrap();
    serde_json::from_str(&document.json).unwrap()
}

#[test]
fn without_both_consents_and_every_answer_an_application_is_incomplete_and_nobody_is_asked() {
    let (mut rig, client) = logged_in();
    rig.services.set(|s| s.core_down = true);
    let apply = |rig: &mut Rig| refusal(&rig.apply_at_once(client, PRINCIPAL));
    assert_eq!(apply(&mut rig), ApplicationRefusal::Incomplete);
    rig.says([preparation::consent(client, ConsentKind::BureauSupply, true)]);
    assert_eq!(apply(&mut rig), ApplicationRefusal::Incomplete);
    rig.says([preparation::consent(client, ConsentKind::BureauReport, true)]);
    assert_eq!(apply(&mut rig), ApplicationRefusal::Incomplete);
    rig.says([preparation::answers(client, &pack().aml[..1])]);
    assert_eq!(apply(&mut rig), ApplicationRefusal::Incomplete);
    rig.says([preparation::answers(client, &pack().aml)]);
    assert_eq!(apply(&mut rig), ApplicationRefusal::TryLater, "only now is core lending asked");
    rig.services.set(|s| s.core_down = false);
    assert!(matches!(rig.apply_at_once(client, PRINCIPAL), MessageBody::OfferMade { .. }));
}

#[test]
fn a_consent_that_was_taken_back_is_to_another_text_or_is_somebody_elses_counts_for_nothing() {
    let (mut rig, client) = logged_in();
    let apply = |rig: &mut Rig| refusal(&rig.apply_at_once(client, PRINCIPAL));
    rig.says(preparation::before_application(client));
    rig.says([preparation::consent(client, ConsentKind::BureauReport, false)]);
    assert_eq!(apply(&mut rig), ApplicationRefusal::Incomplete);
    let other = ConsentDecided {
        subject: ConsentSubject::Client(client),
        consent: ConsentKind::BureauReport,
        text_sha256: sha256_b64(b"another text"),
        language: Language::Ru,
        agreed: true,
    };
    assert!(rig.say(rig.in_session(other)).is_none());
    assert_eq!(apply(&mut rig), ApplicationRefusal::Incomplete);
    let stranger = ClientId(uuid::Uuid::from_u128(99));
    rig.says([preparation::consent(stranger, ConsentKind::BureauReport, true)]);
    assert_eq!(apply(&mut rig), ApplicationRefusal::Incomplete);
}

#[test]
fn another_visit_begins_with_consents_and_answers_anew() {
    let (mut rig, client) = logged_in();
    rig.says(preparation::before_application(client));
    rig.open_session();
    let client = rig.log_in();
    assert_eq!(refusal(&rig.apply_at_once(client, PRINCIPAL)), ApplicationRefusal::Incomplete);
}

/// An offer, and how its contract is refused.
fn concluded(rig: &mut Rig, loan: LoanId, draft: &Drafted) -> Option<String> {
    rig.show(loan, draft);
    let (face, _) = rig.face(loan);
    match rig.agree(loan, draft, face) {
        MessageBody::ContractRefused { reason, .. } => Some(reason),
        MessageBody::ContractAccepted { .. } => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_contract_is_concluded_before_each_text_was_acknowledged_as_it_stands_in_the_pack() {
    let (mut rig, client) = logged_in();
    let MessageBody::OfferMade { loan, drafts, .. } = rig.apply(client, PRINCIPAL) else { panic!() };
    let draft = rig.choose(loan, &drafts[0]);
    rig.says([preparation::pressure(loan, false)]);
    for text in TEXTS {
        assert_eq!(concluded(&mut rig, loan, &draft).as_deref(), Some("textsNotRead"));
        let other = TextAcknowledged {
            client,
            text,
            text_sha256: sha256_b64(b"another text"),
            language: Language::Ru,
            shown_at: NOON,
        };
        assert!(rig.say(rig.in_session(other)).is_none());
        assert_eq!(concluded(&mut rig, loan, &draft).as_deref(), Some("textsNotRead"));
        rig.says([preparation::acknowledged(client, text, NOON)]);
    }
    assert_eq!(concluded(&mut rig, loan, &draft), None);
    assert_eq!(TEXTS[0], TextId::Rules);
}

#[test]
fn who_is_told_to_borrow_gets_no_contract_and_the_mfo_hears_of_it() {
    let (mut rig, client) = logged_in();
    let MessageBody::OfferMade { loan, drafts, .. } = rig.apply(client, PRINCIPAL) else { panic!() };
    let draft = rig.choose(loan, &drafts[0]);
    rig.says(preparation::before_contract(client, loan, NOON));
    rig.says([preparation::pressure(loan, true)]);
    assert_eq!(concluded(&mut rig, loan, &draft).as_deref(), Some("pressed"));
    assert!(kept(&rig, Collection::Event).iter().any(|event| event.contains("\"pressed\"")));
}

#[test]
fn an_offer_keeps_where_each_finding_comes_from() {
    let (mut rig, client) = with_registers();
    let MessageBody::OfferMade { loan, .. } = rig.apply(client, PRINCIPAL) else { panic!("no offer") };
    let found = &loan_of(&rig, loan)["examination"];
    for field in ["screening", "refusal", "burden", "fraud"] {
        assert!(found[field].as_str().is_some_and(|report| !report.is_empty()), "{field}: {found}");
    }
    assert!(found["burden_hundredths"].as_u64().unwrap() > 0, "{found}");
    assert!(
        kept(&rig, Collection::Audit).iter().any(|opening| opening.contains("screening")),
        "what was answered is opened, and that is written down"
    );
}

#[test]
fn each_register_speaks_against_a_loan_for_itself_and_never_tells_why() {
    type Quirk = fn(&mut Quirks);
    let cases: [(Quirk, ApplicationRefusal); 5] = [
        (|quirks| quirks.aml_hit = true, ApplicationRefusal::NotApproved),
        (|quirks| quirks.voluntary_refusal = true, ApplicationRefusal::VoluntaryRefusal),
        (|quirks| quirks.kdn_hundredths = 50, ApplicationRefusal::NotApproved),
        (|quirks| quirks.income_unknown = true, ApplicationRefusal::NotApproved),
        (|quirks| quirks.overdue_days = 2, ApplicationRefusal::NotApproved),
    ];
    for (place, (quirk, expected)) in cases.into_iter().enumerate() {
        let (mut rig, client) = with_registers();
        rig.services.get(|s| s.behind.set_quirks(&iin(), quirk));
        assert_eq!(refusal(&rig.apply(client, PRINCIPAL)), expected, "case {place}");
    }
}

#[test]
fn a_voluntary_refusal_is_kept_with_its_report_and_moment_where_an_application_ends_by_it() {
    let (mut rig, client) = with_registers();
    rig.services.get(|s| s.behind.set_quirks(&iin(), |quirks| quirks.voluntary_refusal = true));
    assert_eq!(refusal(&rig.apply(client, PRINCIPAL)), ApplicationRefusal::VoluntaryRefusal);
    let index = kept(&rig, Collection::Cabinet).join("");
    let index: serde_json::Value = serde_json::from_str(&index).unwrap();
    let found = &index["applications"][0]["refusal"];
    assert_eq!(found["set"], true, "{index}");
    assert!(found["report"].as_str().is_some_and(|report| !report.is_empty()) && !found["checked"].is_null());
}

#[test]
fn a_draft_beyond_the_limits_is_not_offered() {
    let (mut rig, client) = logged_in();
    let mut narrow = serde_json::to_value(pack()).unwrap();
    narrow["version"] = 2.into();
    // The product costs more than these rules allow.
    narrow["caps"]["ordinary_gesv_percent"] = "20.000".into();
    rig.gateway
        .publish_rule_pack(serde_json::from_value(narrow).unwrap(), &support::staff(), rig.now)
        .unwrap();
    assert_eq!(refusal(&rig.apply(client, PRINCIPAL)), ApplicationRefusal::OutsideLimits);
    assert!(kept(&rig, Collection::Loan).is_empty());
    let wide = senim_domain::rule_pack::RulePack { version: 3, ..pack() };
    rig.gateway.publish_rule_pack(wide, &support::staff(), rig.now).unwrap();
    assert!(matches!(rig.apply(client, PRINCIPAL), MessageBody::OfferMade { .. }));
}

#[test]
fn before_money_the_bureau_is_asked_again_for_a_fresh_report() {
    let mut rig = beside_registers();
    let (loan, face) = rig.conclude();
    let first = loan_of(&rig, loan)["examination"]["refusal"].clone();
    rig.services.get(|s| s.behind.set_quirks(&iin(), |quirks| quirks.voluntary_refusal = true));
    assert_eq!(rig.request(loan, 1, PRINCIPAL, face).unwrap_err(), "voluntaryRefusal");
    let found = loan_of(&rig, loan)["refusal"].clone();
    assert_eq!(found["set"], true, "{found}");
    assert!(found["report"].is_string() && found["report"] != first, "a report of its own: {found}");
    rig.services.get(|s| s.behind.set_quirks(&iin(), |quirks| quirks.voluntary_refusal = false));
    rig.services.get(|s| s.behind.state(|state| state.down.insert("bureau")));
    assert_eq!(rig.request(loan, 1, PRINCIPAL, face).unwrap_err(), "tryLater");
    rig.services.get(|s| s.behind.state(|state| state.down.clear()));
    rig.request(loan, 1, PRINCIPAL, face).unwrap();
    assert_eq!(loan_of(&rig, loan)["refusal"]["set"], false);
}

#[test]
fn a_register_that_is_away_puts_off_the_decision_and_asks_again_with_the_next_application() {
    for away in ["aml", "bureau", "anti-fraud"] {
        let (mut rig, client) = with_registers();
        rig.services.get(|s| s.behind.state(|state| state.down.insert(away)));
        assert_eq!(refusal(&rig.apply(client, PRINCIPAL)), ApplicationRefusal::TryLater, "{away}");
        rig.services.get(|s| s.behind.state(|state| state.down.clear()));
        assert!(matches!(rig.apply(client, PRINCIPAL), MessageBody::OfferMade { .. }), "{away}");
    }
}

/// The coefficient of these people is a fifth before the loan, and with it above a quarter and below a half.
#[test]
fn a_long_delay_of_the_last_year_and_gambling_lower_the_limit_of_the_debt_burden() {
    type Quirk = fn(&mut Quirks);
    let cases: [(Quirk, bool); 6] = [
        (|quirks| quirks.kdn_hundredths = 20, true),
        (|quirks| (quirks.kdn_hundredths, quirks.late_days) = (20, 90), true),
        (|quirks| (quirks.kdn_hundredths, quirks.late_days) = (20, 91), false),
        (|quirks| (quirks.kdn_hundredths, quirks.gambler) = (20, true), false),
        (|quirks| (quirks.kdn_hundredths, quirks.late_days) = (1, 91), true),
        (|quirks| (quirks.kdn_hundredths, quirks.gambler) = (1, true), true),
    ];
    for (place, (quirk, offered)) in cases.into_iter().enumerate() {
        let (mut rig, client) = with_registers();
        rig.services.get(|s| s.behind.set_quirks(&iin(), quirk));
        match rig.apply(client, PRINCIPAL) {
            MessageBody::OfferMade { loan, .. } => {
                assert!(offered, "case {place}");
                let burden = loan_of(&rig, loan)["examination"]["burden_hundredths"].as_u64().unwrap();
                assert!(burden > 25 || place > 3, "case {place}: {burden} would be within the lower limit");
            }
            other => {
                assert_eq!((refusal(&other), offered), (ApplicationRefusal::NotApproved, false), "{place}")
            }
        }
    }
}

#[test]
fn a_debt_forgiven_since_july_2025_refuses_an_unsecured_loan_and_an_older_one_does_not() {
    let day =
        |date| senim_domain::calendar::local_date(NOON).unwrap().since((jiff::Unit::Day, date)).unwrap();
    let since = |date| u32::try_from(day(date).get_days()).unwrap();
    let cases = [
        (since(jiff::civil::date(2025, 6, 30)), true),
        (since(jiff::civil::date(2025, 7, 1)), false),
        (0, false),
    ];
    for (days, offered) in cases {
        let (mut rig, client) = with_registers();
        rig.services.get(|s| s.behind.set_quirks(&iin(), |quirks| quirks.forgiven_days_ago = Some(days)));
        match rig.apply(client, PRINCIPAL) {
            MessageBody::OfferMade { .. } => assert!(offered, "forgiven {days} days ago"),
            other => {
                assert_eq!((refusal(&other), offered), (ApplicationRefusal::NotApproved, false), "{days}")
            }
        }
    }
}
