//! Somebody else entered the account of whoever logs in: read and recorded before anything else.

use senim_domain::rule_pack::TextId;
use senim_domain::{ClientId, Secret, UtcMillis};
use senim_operation::Body;
use senim_operation::jws::sha256_b64;
use senim_operation::message::MessageBody;
use senim_session::Action;
use senim_session::action::Decision;
use senim_session::state::{Ending, State};
use uuid::Uuid;

use crate::desk::{Desk, NOON, pack};

fn client() -> ClientId {
    ClientId(Uuid::from_u128(5))
}

/// A login is answered with what happened to the account.
fn told() -> Desk {
    let mut desk = Desk::open();
    desk.to_checking_code();
    desk.answer(MessageBody::LoggedIn {
        client: client(),
        greeting: Secret::new("Айгүл".into()),
        products: vec!["simple".into()],
        last_login: None,
        remainder: None,
        waiting: None,
        unfinished: None,
        unauthorised_access: Some(UtcMillis(NOON.0 - 1)),
    });
    assert!(matches!(desk.session.state(), State::Intrusion(_)), "{:?}", desk.session.state());
    desk
}

fn acknowledged(desk: &Desk) -> usize {
    desk.rows().iter().filter(|row| row.kind() == "TextAcknowledged").count()
}

#[test]
fn an_intrusion_is_read_and_recorded_before_the_loan_that_was_asked_for() {
    let mut desk = told();
    desk.decide(Decision::Confirm);
    assert!(matches!(desk.session.state(), State::Amount { .. }), "{:?}", desk.session.state());
    let language = desk.session.language();
    let shown = pack().texts.document(TextId::UnauthorisedAccess, language);
    let row = desk.rows().into_iter().find_map(|row| match row {
        Body::TextAcknowledged(row) => Some(row),
        _ => None,
    });
    let row = row.expect("it is recorded");
    assert_eq!((row.client, row.text, row.language), (client(), TextId::UnauthorisedAccess, language));
    assert_eq!(row.text_sha256, sha256_b64(shown.as_bytes()));
}

#[test]
fn nothing_but_reading_it_goes_on_and_who_leaves_acknowledged_nothing() {
    let mut desk = told();
    desk.decide(Decision::Decline);
    assert!(matches!(desk.session.state(), State::Intrusion(_)), "{:?}", desk.session.state());
    desk.act(Action::Cancel);
    assert!(!matches!(desk.session.state(), State::Intrusion(_) | State::Amount { .. }));
    assert_eq!(acknowledged(&desk), 0);
}

#[test]
fn somebody_who_walks_away_from_it_acknowledged_nothing() {
    let mut desk = told();
    let times = pack().session;
    desk.wait_ms(u64::from(times.reading_seconds + times.warning_seconds) * 1000);
    desk.assert_ended(Ending::TimedOut);
    assert_eq!(acknowledged(&desk), 0);
}
