//! An application of an earlier visit: gone on with without asking anything twice, or begun anew.

use senim_domain::loan::Term;
use senim_domain::rule_pack::{ConsentKind, Purpose, TextId};
use senim_domain::{ApplicationId, ClientId, Secret, Tiyn};
use senim_operation::Body;
use senim_operation::message::{MessageBody, UnfinishedApplication, UnfinishedWish};
use senim_session::action::Decision;
use senim_session::preparation::Preparing;
use senim_session::state::State;
use uuid::Uuid;

use crate::desk::{Desk, NOON, SUM, pack};

const APPLICATION: ApplicationId = ApplicationId(Uuid::from_u128(77));

fn whole() -> UnfinishedApplication {
    UnfinishedApplication {
        at: NOON,
        wish: Some(UnfinishedWish {
            application: APPLICATION,
            product: "simple".into(),
            principal_tiyn: Tiyn::from_tenge(SUM).unwrap(),
            term: Term::Months(6),
        }),
        consents: vec![ConsentKind::BureauSupply, ConsentKind::BureauReport],
        answered: true,
        read: vec![TextId::Rules, TextId::Payments, TextId::Rights],
        chosen: None,
        draft_sha256: None,
    }
}

/// Logged in, and told of this.
fn told(found: UnfinishedApplication) -> Desk {
    let mut desk = Desk::open();
    desk.to_checking_code();
    desk.answer(MessageBody::LoggedIn {
        client: ClientId(Uuid::from_u128(7)),
        greeting: Secret::new("Айгүл".into()),
        products: vec!["simple".into()],
        last_login: None,
        remainder: None,
        waiting: None,
        unfinished: Some(Box::new(found)),
        unauthorised_access: None,
    });
    assert!(matches!(desk.session.state(), State::Unfinished { .. }));
    desk
}

fn submitted(desk: &Desk) -> Vec<ApplicationId> {
    let rows = desk.rows().into_iter();
    rows.filter_map(|body| match body {
        Body::ApplicationSubmitted(row) => Some(row.application),
        _ => None,
    })
    .collect()
}

#[test]
fn gone_on_with_the_same_application_goes_out_at_once_and_only_the_offer_is_new() {
    let mut desk = told(whole());
    let first = desk.decide(Decision::Choose(0));
    assert_eq!(desk.kinds_from(first), ["UnfinishedDecided", "ApplicationSubmitted"]);
    assert_eq!(submitted(&desk), [APPLICATION]);
    let offer = desk.offer(SUM, 6);
    desk.answer(offer);
    assert!(matches!(desk.session.state(), State::Schedules { .. }), "no text is read twice");
}

#[test]
fn a_choice_counts_where_the_draft_is_the_same_and_is_made_anew_where_it_is_not() {
    for same in [true, false] {
        let mut desk = Desk::open();
        desk.to_amount();
        desk.apply(SUM);
        let offer = desk.offer(SUM, 6);
        let MessageBody::OfferMade { drafts, .. } = &offer else { panic!() };
        let draft_sha256 = if same { drafts[1].sha256() } else { Some("another".into()) };
        let chosen = Some(drafts[1].schedule.method);
        let mut desk = told(UnfinishedApplication { chosen, draft_sha256, ..whole() });
        desk.decide(Decision::Choose(0));
        let offer = desk.offer(SUM, 6);
        let first = desk.answer(offer);
        if same {
            assert_eq!(desk.kinds_from(first), ["AnswerReceived", "MethodChosen"]);
            let State::Drafting { method, .. } = desk.session.state() else { panic!() };
            assert_eq!(Some(*method), chosen);
        } else {
            assert!(matches!(desk.session.state(), State::Schedules { .. }));
        }
    }
}

#[test]
fn only_what_does_not_stand_is_asked_for() {
    let found = UnfinishedApplication {
        consents: vec![ConsentKind::BureauReport],
        read: vec![TextId::Rules],
        ..whole()
    };
    let mut desk = told(found);
    desk.decide(Decision::Choose(0));
    let State::Prepare(stage) = desk.session.state() else { panic!() };
    assert!(matches!(**stage, Preparing::Consent { kind: ConsentKind::BureauSupply, .. }));
    let first = desk.decide(Decision::Confirm);
    assert_eq!(desk.kinds_from(first), ["ConsentDecided", "ApplicationSubmitted"]);
    let offer = desk.offer(SUM, 6);
    desk.answer(offer);
    let State::Acquaint(stage) = desk.session.state() else { panic!() };
    assert_eq!(stage.text, TextId::Payments);
    desk.decide(Decision::Confirm);
    desk.decide(Decision::Confirm);
    assert_eq!(desk.count("TextAcknowledged"), 2);
    assert!(matches!(desk.session.state(), State::Schedules { .. }));
}

#[test]
fn without_a_sum_or_with_one_that_this_terminal_cannot_pay_it_goes_on_at_the_sum() {
    let wish = |product: &str, tenge| {
        let principal_tiyn = Tiyn::from_tenge(tenge).unwrap();
        let (application, product) = (APPLICATION, product.into());
        Some(UnfinishedWish { application, product, principal_tiyn, term: Term::Months(6) })
    };
    for wish in [None, wish("simple", 1), wish("another", SUM)] {
        let mut desk = told(UnfinishedApplication { wish, ..whole() });
        let first = desk.decide(Decision::Choose(0));
        assert_eq!(desk.kinds_from(first), ["UnfinishedDecided"]);
        assert!(matches!(desk.session.state(), State::Amount { .. }));
        let first = desk.apply(SUM);
        assert_eq!(desk.kinds_from(first), ["ApplicationSubmitted"], "what stands is not asked again");
    }
}

#[test]
fn begun_anew_everything_is_asked_and_the_mfo_hears_of_it() {
    let mut desk = told(whole());
    let first = desk.decide(Decision::Choose(1));
    assert_eq!(desk.kinds_from(first), ["UnfinishedDecided"]);
    desk.apply(SUM);
    assert_eq!(desk.count("ConsentDecided"), 2);
    assert_ne!(submitted(&desk), [APPLICATION]);
    let offer = desk.offer(SUM, 6);
    desk.answer(offer);
    assert!(matches!(desk.session.state(), State::Acquaint(_)));
}

#[test]
fn anything_else_decides_nothing() {
    let mut desk = told(whole());
    for wrong in [Decision::Choose(2), Decision::Confirm, Decision::Decline] {
        desk.decide(wrong);
        assert!(matches!(desk.session.state(), State::Unfinished { .. }));
    }
    desk.act(senim_session::Action::Back);
    assert!(matches!(desk.session.state(), State::Unfinished { .. }));
    assert_eq!(desk.count("UnfinishedDecided"), 0);
}

#[test]
fn it_goes_on_for_what_it_was_and_begun_anew_it_asks_for_what_again() {
    // Whoever may borrow for a business too.
    let told_of_both = |found: UnfinishedApplication| {
        let mut desk = Desk::open();
        desk.to_checking_code();
        let pack = pack();
        let business = pack.products.iter().find(|product| product.purpose == Purpose::Business);
        let business = business.expect("the sample lends to businesses").id.clone();
        desk.answer(MessageBody::LoggedIn {
            client: ClientId(Uuid::from_u128(7)),
            greeting: Secret::new("Айгүл".into()),
            products: vec![business.clone(), "simple".into()],
            last_login: None,
            remainder: None,
            waiting: None,
            unfinished: Some(Box::new(found)),
            unauthorised_access: None,
        });
        desk
    };
    let mut desk = told_of_both(whole());
    let first = desk.decide(Decision::Choose(0));
    assert_eq!(desk.kinds_from(first), ["UnfinishedDecided", "ApplicationSubmitted"]);
    let product = desk.rows().into_iter().find_map(|body| match body {
        Body::ApplicationSubmitted(row) => Some(row.product.clone()),
        _ => None,
    });
    assert_eq!(product.as_deref(), Some("simple"));
    let mut desk = told_of_both(whole());
    desk.decide(Decision::Choose(1));
    assert!(matches!(desk.session.state(), State::Purpose { .. }));
}
