//! What a microcredit is for: asked of entrepreneurs alone, and the answer decides which product is applied for.

use senim_domain::loan::Term;
use senim_domain::rule_pack::{Purpose, Service};
use senim_domain::{ClientId, Secret, Tiyn};
use senim_operation::Body;
use senim_operation::message::MessageBody;
use senim_session::Action;
use senim_session::action::Decision;
use senim_session::event::Event;
use senim_session::preparation::Preparing;
use senim_session::state::{Errand, State};
use uuid::Uuid;

use crate::desk::{Desk, durable_message, pack};

/// Somebody to whom these products are open logs in.
fn logs_in(products: &[&str]) -> Desk {
    logs_in_at(Desk::open(), products)
}

fn logs_in_at(mut desk: Desk, products: &[&str]) -> Desk {
    desk.to_checking_code();
    desk.answer(MessageBody::LoggedIn {
        client: ClientId(Uuid::from_u128(5)),
        greeting: Secret::new("Сәуле".into()),
        products: products.iter().map(|product| (*product).to_owned()).collect(),
        last_login: None,
        remainder: None,
        waiting: None,
        unfinished: None,
        unauthorised_access: None,
    });
    desk
}

fn is_asked(desk: &Desk) -> bool {
    matches!(desk.session.state(), State::Purpose { .. })
}

fn open(desk: &Desk) -> Vec<String> {
    match desk.session.state() {
        State::Amount { client } => client.products.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_whoever_may_borrow_for_a_business_too_is_asked_what_it_is_for() {
    assert!(is_asked(&logs_in(&["simple", "business"])));
    for products in [&["simple"][..], &["simple", "short"], &["business"]] {
        let desk = logs_in(products);
        assert_eq!(open(&desk), products);
    }
}

#[test]
fn the_answer_opens_the_products_of_that_purpose_and_no_other() {
    for (place, purpose) in [Purpose::Consumer, Purpose::Business].into_iter().enumerate() {
        let mut desk = logs_in(&["simple", "short", "business"]);
        desk.decide(Decision::Choose(7));
        desk.decide(Decision::Confirm);
        assert!(is_asked(&desk), "what is not on the screen cannot be chosen");
        desk.decide(Decision::Choose(place));
        let (open, pack) = (open(&desk), pack());
        assert!(!open.is_empty());
        assert!(open.iter().all(|id| pack.product(id).unwrap().purpose == purpose), "{open:?}");
    }
}

#[test]
fn the_application_names_the_product_for_the_business() {
    let mut desk = logs_in(&["simple", "business"]);
    desk.decide(Decision::Choose(1));
    desk.act(Action::Apply { principal: Tiyn::from_tenge(100_000).unwrap(), term: Term::Months(6) });
    while let State::Prepare(stage) = desk.session.state() {
        let answer = match stage.as_ref() {
            Preparing::Consent { .. } => Decision::Confirm,
            Preparing::Question { .. } | Preparing::Further { .. } => Decision::Choose(0),
        };
        desk.decide(answer);
    }
    let applied = desk.rows().into_iter().find_map(|body| match body {
        Body::ApplicationSubmitted(row) => Some(row.product.clone()),
        _ => None,
    });
    assert_eq!(applied.as_deref(), Some("business"));
}

#[test]
fn one_goes_back_before_saying_what_it_is_for_to_the_menu_or_where_there_is_none_to_the_login() {
    let mut desk = logs_in(&["simple", "business"]);
    let said = desk.rows().len();
    desk.act(Action::Back);
    assert!(matches!(desk.session.state(), State::EnterIin { errand: Errand::Loan, invalid: false }));
    assert_eq!(desk.rows().len(), said, "nothing was said to the MFO");

    let mut desk = Desk::open();
    let mut pack = pack();
    pack.version += 1;
    pack.allowed_operations.insert(Service::Cabinet);
    desk.send(Event::Stored(Box::new(durable_message(MessageBody::RulePack(Box::new(pack))))));
    let mut desk = logs_in_at(desk, &["simple", "business"]);
    assert!(is_asked(&desk));
    desk.act(Action::Back);
    assert!(matches!(desk.session.state(), State::Menu));
}
