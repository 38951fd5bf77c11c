//! What comes before a contract: consents for the bureaux, questions, texts, and the question against fraud.

use senim_domain::Tiyn;
use senim_domain::loan::Term;
use senim_domain::rule_pack::{ConsentKind, TextId};
use senim_operation::Body;
use senim_operation::attachment::Questionnaire;
use senim_operation::body::ConsentSubject;
use senim_operation::jws::sha256_b64;
use senim_session::Action;
use senim_session::action::Decision;
use senim_session::effect::Effect;
use senim_session::preparation::Preparing;
use senim_session::registration::Advice;
use senim_session::state::State;

use crate::desk::{Desk, NOON, SUM, pack};

fn wish(desk: &mut Desk) -> usize {
    desk.act(Action::Apply { principal: Tiyn::from_tenge(SUM).unwrap(), term: Term::Months(6) })
}

fn to_wish() -> Desk {
    let mut desk = Desk::open();
    desk.to_amount();
    wish(&mut desk);
    desk
}

/// The question that is on the screen, by its place.
fn question(desk: &Desk) -> Option<usize> {
    match desk.session.state() {
        State::Prepare(stage) => match stage.as_ref() {
            Preparing::Question { answers, .. } => Some(answers.len()),
            Preparing::Consent { .. } => None,
        },
        _ => None,
    }
}

fn advice(desk: &Desk) -> Option<Advice> {
    match desk.session.state() {
        State::Advice { advice, .. } => Some(*advice),
        _ => None,
    }
}

#[test]
fn both_consents_for_bureaux_name_the_client_and_exactly_the_text_that_was_shown() {
    let mut desk = to_wish();
    desk.decide(Decision::Confirm);
    desk.decide(Decision::Confirm);
    let given: Vec<_> = desk
        .rows()
        .into_iter()
        .filter_map(|body| match body {
            Body::ConsentDecided(row) => Some(row),
            _ => None,
        })
        .collect();
    let pack = pack();
    for (row, kind) in given.iter().zip([ConsentKind::BureauSupply, ConsentKind::BureauReport]) {
        let text = pack.consent(kind).unwrap().document(row.language);
        assert_eq!((row.consent, row.agreed), (kind, true));
        assert_eq!(row.text_sha256, sha256_b64(text.as_bytes()));
        assert!(matches!(row.subject, ConsentSubject::Client(_)));
    }
    assert_eq!(given.len(), 2);
}

#[test]
fn a_refused_consent_for_a_bureau_ends_with_advice_before_anything_is_asked_of_anybody() {
    for refused in 0..2 {
        let mut desk = to_wish();
        for _ in 0..refused {
            desk.decide(Decision::Confirm);
        }
        let first = desk.decide(Decision::Decline);
        assert_eq!(advice(&desk), Some(Advice::BureauConsentRefused));
        assert_eq!(desk.kinds_from(first), ["ConsentDecided", "SessionClosed"]);
        assert_eq!(desk.count("ApplicationSubmitted"), 0);
    }
}

#[test]
fn what_was_answered_lies_sealed_beside_its_row_and_the_row_names_only_the_questions() {
    let mut desk = to_wish();
    desk.decide(Decision::Confirm);
    desk.decide(Decision::Confirm);
    let asked = pack().aml;
    for place in 0..asked.len() {
        assert_eq!(question(&desk), Some(place));
        desk.decide(Decision::Choose(place % 2));
    }
    let (row, sealed) = desk
        .effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Record(record) => match &record.draft.body {
                Body::QuestionsAnswered(row) => Some((row, record.draft.attachment.as_ref().unwrap())),
                _ => None,
            },
            _ => None,
        })
        .unwrap();
    let names: Vec<_> = asked.iter().map(|question| question.id.clone()).collect();
    assert_eq!(row.questions, names);
    let given = Questionnaire::from_plaintext(sealed).unwrap().answers;
    for (place, given) in given.iter().enumerate() {
        assert_eq!(given.question, names[place]);
        assert_eq!(given.answer.expose(), asked[place].answers[place % 2].id);
    }
    assert_eq!(given.len(), asked.len());
    assert!(matches!(desk.session.state(), State::Deciding { .. }));
}

#[test]
fn one_goes_back_question_by_question_and_an_answer_that_is_not_there_answers_nothing() {
    let mut desk = to_wish();
    desk.decide(Decision::Confirm);
    desk.decide(Decision::Confirm);
    desk.decide(Decision::Choose(9));
    assert_eq!(question(&desk), Some(0));
    desk.decide(Decision::Choose(0));
    assert_eq!(question(&desk), Some(1));
    desk.act(Action::Back);
    assert_eq!(question(&desk), Some(0));
    desk.act(Action::Back);
    assert!(matches!(desk.session.state(), State::Amount { .. }));
    assert_eq!(desk.count("QuestionsAnswered"), 0);
}

#[test]
fn another_sum_in_the_same_visit_asks_for_nothing_twice() {
    let mut desk = Desk::open();
    desk.to_schedules_of(SUM);
    desk.act(Action::Back);
    let first = wish(&mut desk);
    assert_eq!(desk.kinds_from(first), ["ApplicationSubmitted"]);
    let offer = desk.offer(SUM, 6);
    desk.answer(offer);
    assert!(matches!(desk.session.state(), State::Schedules { .. }));
    assert_eq!((desk.count("ConsentDecided"), desk.count("TextAcknowledged")), (2, 3));
}

#[test]
fn rules_payments_and_rights_are_acknowledged_with_hash_language_and_moment_before_any_draft() {
    let mut desk = Desk::open();
    desk.to_deciding(SUM);
    let offer = desk.offer(SUM, 6);
    desk.answer(offer);
    let pack = pack();
    for text in [TextId::Rules, TextId::Payments, TextId::Rights] {
        let State::Acquaint(stage) = desk.session.state() else { panic!("{:?}", desk.session.state()) };
        assert_eq!(stage.text, text);
        desk.wait_ms(7_000);
        let first = desk.effects.len();
        desk.act(Action::ChooseMethod(senim_domain::loan::Method::Annuity));
        assert!(desk.effects[first..].is_empty(), "nothing is chosen before it is read");
        desk.decide(Decision::Confirm);
        let rows = desk.rows();
        let Some(Body::TextAcknowledged(row)) = rows.last() else { panic!("{:?}", rows.last()) };
        let shown = pack.texts.document(text, row.language);
        assert_eq!((row.text, &row.text_sha256), (text, &sha256_b64(shown.as_bytes())));
        assert!(row.shown_at >= NOON && row.shown_at < desk.now.utc);
    }
    assert!(matches!(desk.session.state(), State::Schedules { .. }));
}

#[test]
fn somebody_who_is_told_to_borrow_borrows_nothing_and_hears_what_to_do() {
    let mut desk = Desk::open();
    desk.to_contract_of(SUM);
    desk.act(Action::ContractRead);
    assert!(matches!(desk.session.state(), State::Pressure { .. }));
    let first = desk.decide(Decision::Decline);
    assert_eq!(advice(&desk), Some(Advice::Pressed));
    assert_eq!(desk.kinds_from(first), ["PressureAnswered", "SessionClosed"]);
    assert!(desk.effects[first..].iter().any(|effect| matches!(effect, Effect::Wipe)));
    assert_eq!((desk.count("FaceCaptured"), desk.count("ContractAgreed")), (0, 0));
}

#[test]
fn the_question_against_fraud_is_asked_once_for_a_contract_and_again_for_another() {
    let mut desk = Desk::open();
    desk.to_contract_of(SUM);
    desk.act(Action::ContractRead);
    desk.decide(Decision::Confirm);
    assert!(matches!(desk.session.state(), State::Camera { .. }));
    desk.act(Action::Back);
    desk.act(Action::ContractRead);
    assert!(matches!(desk.session.state(), State::Camera { .. }));
    assert_eq!(desk.count("PressureAnswered"), 1);
    desk.act(Action::Back);
    desk.act(Action::Back);
    desk.act(Action::Back);
    wish(&mut desk);
    let another = match desk.offer(SUM, 6) {
        senim_operation::message::MessageBody::OfferMade { application, drafts, expires, .. } => {
            let loan = senim_domain::LoanId(uuid::Uuid::from_u128(66));
            senim_operation::message::MessageBody::OfferMade { application, loan, drafts, expires }
        }
        other => panic!("{other:?}"),
    };
    desk.answer(another);
    desk.act(Action::ChooseMethod(senim_domain::loan::Method::Annuity));
    let contract = desk.contract();
    desk.answer(contract);
    desk.act(Action::ContractRead);
    assert!(matches!(desk.session.state(), State::Pressure { .. }), "{:?}", desk.session.state());
}
