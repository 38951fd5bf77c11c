//! What comes before a contract: consents for the bureaux, questions, texts, and the question against fraud.

use senim_domain::loan::Term;
use senim_domain::rule_pack::{ByLanguage, ConsentKind, TextId};
use senim_domain::{ApplicationId, Secret, Tiyn};
use senim_operation::Body;
use senim_operation::attachment::Questionnaire;
use senim_operation::body::ConsentSubject;
use senim_operation::jws::sha256_b64;
use senim_operation::message::{FurtherQuestion, MessageBody, QuestionForm, QuestionOption};
use senim_session::Action;
use senim_session::action::Decision;
use senim_session::effect::Effect;
use senim_session::preparation::Preparing;
use senim_session::registration::Advice;
use senim_session::state::{Ending, State};

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
            Preparing::Consent { .. } | Preparing::Further { .. } => None,
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

fn further(code: &str, form: QuestionForm) -> FurtherQuestion {
    let text = ByLanguage { kk: "Сұрақ?".into(), ru: "Вопрос?".into(), en: "A question?".into() };
    FurtherQuestion { code: code.into(), text, form }
}

fn three_questions() -> Vec<FurtherQuestion> {
    let text = ByLanguage { kk: "А".into(), ru: "А".into(), en: "A".into() };
    let option = |code: &str| QuestionOption { code: code.into(), text: text.clone() };
    vec![
        further("official", QuestionForm::YesNo),
        further("source", QuestionForm::Choice { options: vec![option("wage"), option("other")] }),
        further("employer", QuestionForm::Text { max: 5 }),
    ]
}

/// The screening asks these of an application that was just submitted.
fn asked(questions: Vec<FurtherQuestion>) -> (Desk, ApplicationId) {
    let mut desk = Desk::open();
    desk.to_amount();
    desk.apply(SUM);
    let State::Deciding { application, .. } = desk.session.state() else { panic!() };
    let application = *application;
    desk.answer(MessageBody::QuestionsAsked { application, questions });
    (desk, application)
}

fn further_at(desk: &Desk) -> Option<usize> {
    match desk.session.state() {
        State::Prepare(stage) => match stage.as_ref() {
            Preparing::Further { answers, .. } => Some(answers.len()),
            _ => None,
        },
        _ => None,
    }
}

#[test]
fn the_screenings_questions_are_put_one_at_a_time_sealed_together_and_the_same_application_goes_again() {
    let (mut desk, application) = asked(three_questions());
    assert_eq!(further_at(&desk), Some(0));
    desk.decide(Decision::Choose(1));
    desk.decide(Decision::Choose(0));
    // Too long, empty, or chosen where something is to be typed: the question stays.
    for wrong in [
        Decision::Enter(Secret::new("АБВГДЕ".into())),
        Decision::Enter(Secret::default()),
        Decision::Choose(0),
    ] {
        desk.decide(wrong);
        assert_eq!(further_at(&desk), Some(2));
    }
    desk.act(Action::Back);
    assert_eq!(further_at(&desk), Some(1), "the answer before can be changed");
    desk.decide(Decision::Choose(1));
    let first = desk.decide(Decision::Enter(Secret::new("ТОО А".into())));
    assert_eq!(desk.kinds_from(first), ["QuestionsAnswered", "ApplicationSubmitted"]);
    let submitted = desk.rows().into_iter().filter_map(|body| match body {
        Body::ApplicationSubmitted(row) => Some(row.application),
        _ => None,
    });
    assert_eq!(submitted.collect::<Vec<_>>(), [application, application]);
    let (row, sealed) = desk
        .effects
        .iter()
        .rev()
        .find_map(|effect| match effect {
            Effect::Record(record) => match &record.draft.body {
                Body::QuestionsAnswered(row) => Some((row, record.draft.attachment.as_ref().unwrap())),
                _ => None,
            },
            _ => None,
        })
        .unwrap();
    assert_eq!(row.application, Some(application));
    assert_eq!(row.questions, ["official", "source", "employer"]);
    let given = Questionnaire::from_plaintext(sealed).unwrap().answers;
    let given: Vec<_> = given.iter().map(|one| one.answer.expose()).collect();
    assert_eq!(given, ["no", "other", "ТОО А"]);
    let offer = desk.offer(SUM, 6);
    desk.offered(offer);
    assert!(matches!(desk.session.state(), State::Schedules { .. }));
}

#[test]
fn questions_of_another_application_or_that_no_screen_can_put_ask_nothing() {
    let one = |form| vec![further("employer", form)];
    let text = ByLanguage { kk: "А".into(), ru: "А".into(), en: "A".into() };
    let twin = QuestionOption { code: "wage".into(), text };
    let senseless = [
        Vec::new(),
        one(QuestionForm::Text { max: 0 }),
        one(QuestionForm::Text { max: 2000 }),
        one(QuestionForm::Choice { options: vec![twin.clone()] }),
        one(QuestionForm::Choice { options: vec![twin.clone(), twin] }),
        vec![FurtherQuestion { code: "UPPER".into(), ..further("x", QuestionForm::YesNo) }],
    ];
    for questions in senseless {
        let (desk, _) = asked(questions);
        assert!(matches!(desk.session.state(), State::End { kind: Ending::Unreachable, .. }));
    }
    let mut desk = Desk::open();
    desk.to_amount();
    desk.apply(SUM);
    let application = ApplicationId(uuid::Uuid::from_u128(1));
    desk.answer(MessageBody::QuestionsAsked { application, questions: three_questions() });
    assert!(matches!(desk.session.state(), State::End { kind: Ending::Unreachable, .. }));
}
