//! A client whose data leaked: measures before the first operation, and before the money when it leaked meanwhile.

use senim_domain::{ClientId, MessageId, Secret, UtcMillis};
use senim_operation::Body;
use senim_operation::body::{FaceSubject, Measure, PayoutResult, SessionEnd};
use senim_operation::jws::sha256_b64;
use senim_operation::message::{CallAnnounced, MeasureRefusal, MeasureRefused, MessageBody};
use senim_session::Action;
use senim_session::action::Decision;
use senim_session::event::{CameraEvent, Event};
use senim_session::leak::Leaking;
use senim_session::registration::Advice;
use senim_session::state::{Ending, State};
use uuid::Uuid;

use crate::desk::{Desk, NOON, SUM, pack};

fn client() -> ClientId {
    ClientId(Uuid::from_u128(5))
}

fn needed() -> MessageBody {
    MessageBody::MeasuresNeeded { client: client(), since: UtcMillis(NOON.0 - 1), notice: Secret::default() }
}

fn welcome() -> MessageBody {
    MessageBody::LoggedIn {
        client: client(),
        greeting: Secret::new("Айгүл".into()),
        products: vec!["simple".into()],
        last_login: None,
        remainder: None,
        waiting: None,
        unfinished: None,
        unauthorised_access: None,
    }
}

fn announced() -> MessageBody {
    let phone_masked = Secret::new("+7 701 ••• •• 67".into());
    MessageBody::CallAnnounced(CallAnnounced { client: client(), phone_masked, wait_seconds: 300 })
}

fn refused(measure: Measure, reason: MeasureRefusal, attempts_left: u32) -> MessageBody {
    MessageBody::MeasureRefused(MeasureRefused { client: client(), measure, reason, attempts_left })
}

fn taken(measure: Measure) -> MessageBody {
    MessageBody::MeasureTaken { client: client(), measure }
}

fn stage(desk: &Desk) -> Option<&Leaking> {
    match desk.session.state() {
        State::Leak(stage) => Some(stage),
        _ => None,
    }
}

fn advice(desk: &Desk) -> Option<Advice> {
    match desk.session.state() {
        State::Advice { advice, .. } => Some(*advice),
        _ => None,
    }
}

/// The notice is on the screen after a login.
fn to_notice() -> Desk {
    let mut desk = Desk::open();
    desk.to_checking_code();
    desk.answer(needed());
    assert!(matches!(stage(&desk), Some(Leaking::Notice { .. })), "{:?}", desk.session.state());
    desk
}

/// The notice is read, a picture taken.
fn sits(desk: &mut Desk) {
    desk.decide(Decision::Confirm);
    desk.send(Event::Camera(CameraEvent::Opened));
    desk.picture();
    assert!(matches!(stage(desk), Some(Leaking::Matching { .. })), "{:?}", desk.session.state());
}

/// Face and number are right, the further step is read, the call announced.
fn waits_for_the_call(desk: &mut Desk) -> MessageId {
    sits(desk);
    desk.answer(taken(Measure::Face));
    desk.answer(taken(Measure::Number));
    assert!(matches!(stage(desk), Some(Leaking::Further { place: 0, .. })));
    desk.decide(Decision::Confirm);
    desk.answer(announced());
    match stage(desk) {
        Some(Leaking::WaitCallback { call, .. }) => *call,
        other => panic!("{other:?}"),
    }
}

#[test]
fn measures_come_in_their_order_before_anything_is_offered_and_each_is_a_row() {
    let mut desk = to_notice();
    let before = desk.rows().len();
    let call = waits_for_the_call(&mut desk);
    // The question for the outcome comes by itself, again and again.
    desk.wait_ms(5_000);
    desk.answer(announced());
    assert!(matches!(stage(&desk), Some(Leaking::WaitCallback { asked: None, .. })));
    desk.wait_ms(5_000);
    desk.answer(welcome());
    assert!(matches!(desk.session.state(), State::Amount { .. }), "{:?}", desk.session.state());
    let all = desk.rows();
    let rows = &all[before..];
    let kinds: Vec<_> = rows.iter().map(|row| row.kind()).filter(|kind| *kind != "AnswerReceived").collect();
    let expected = [
        "TextAcknowledged",
        "LivenessRequested",
        "LivenessPerformed",
        "FaceCaptured",
        "MeasureRequested",
        "FurtherStepAcknowledged",
        "MeasureRequested",
        "CheckCallAsked",
        "CheckCallAsked",
    ];
    assert_eq!(kinds, expected);
    for row in rows {
        match *row {
            Body::FaceCaptured(row) => assert_eq!(row.subject, FaceSubject::DataLeak(client())),
            Body::CheckCallAsked(row) => assert_eq!((row.client, row.call), (client(), call)),
            Body::FurtherStepAcknowledged(row) => {
                let step = &pack().leak.further[0];
                assert_eq!(row.step, step.id);
                assert_eq!(row.text_sha256, sha256_b64(step.document(row.language).as_bytes()));
            }
            _ => {}
        }
    }
}

#[test]
fn a_flag_that_is_lifted_in_the_middle_lets_the_visit_go_on_at_once() {
    let mut desk = to_notice();
    sits(&mut desk);
    desk.answer(taken(Measure::Face));
    desk.answer(welcome());
    assert!(matches!(desk.session.state(), State::Amount { .. }), "{:?}", desk.session.state());
}

#[test]
fn the_pictures_of_the_measures_leave_every_attempt_to_the_operation() {
    let mut desk = to_notice();
    waits_for_the_call(&mut desk);
    desk.wait_ms(5_000);
    desk.answer(welcome());
    desk.apply(SUM);
    let offer = desk.offer(SUM, 6);
    desk.offered(offer);
    desk.act(Action::ChooseMethod(senim_domain::loan::Method::Annuity));
    let contract = desk.contract();
    desk.answer(contract);
    desk.contract_read();
    let tries = u32::from(pack().portrait.tries);
    assert!(
        matches!(desk.session.state(), State::Camera { attempts_left, .. } if *attempts_left == tries),
        "{:?}",
        desk.session.state()
    );
}

#[test]
fn a_face_that_does_not_match_may_be_tried_again_until_no_attempt_is_left() {
    let mut desk = to_notice();
    sits(&mut desk);
    desk.answer(refused(Measure::Face, MeasureRefusal::NoMatch, 1));
    desk.send(Event::Camera(CameraEvent::Opened));
    desk.picture();
    desk.answer(refused(Measure::Face, MeasureRefusal::NoMatch, 0));
    desk.assert_ended(Ending::FaceNotMatched);
}

#[test]
fn a_number_of_somebody_else_a_denial_and_nobody_on_the_phone_each_end_politely() {
    let mut desk = to_notice();
    sits(&mut desk);
    desk.answer(taken(Measure::Face));
    desk.answer(refused(Measure::Number, MeasureRefusal::NumberNotOwned, 0));
    assert_eq!(advice(&desk), Some(Advice::NumberNotYours));
    for (reason, expected) in [
        (MeasureRefusal::CallDenied, Advice::CallDenied),
        (MeasureRefusal::CallNotReached, Advice::CallNotReached),
    ] {
        let mut desk = to_notice();
        waits_for_the_call(&mut desk);
        desk.wait_ms(5_000);
        desk.answer(refused(Measure::Call, reason, 0));
        assert_eq!(advice(&desk), Some(expected));
        let closed = desk.rows().into_iter().rev().find_map(|row| match row {
            Body::SessionClosed(row) => Some(row.end),
            _ => None,
        });
        assert_eq!(closed, Some(SessionEnd::Refused));
    }
}

#[test]
fn a_call_without_outcome_ends_the_visit_in_time_and_a_late_answer_changes_nothing() {
    let mut desk = to_notice();
    waits_for_the_call(&mut desk);
    desk.wait_ms(5_000);
    let (asked, session) = (desk.asked(), desk.session.session_id());
    desk.wait_ms(295_000);
    assert_eq!(advice(&desk), Some(Advice::CallNotReached));
    let late = desk.message(welcome(), session, Some(asked));
    desk.send(Event::Answer(Box::new(late)));
    assert_eq!(advice(&desk), Some(Advice::CallNotReached));
}

#[test]
fn the_outcome_of_another_visit_s_call_is_not_heard() {
    let mut desk = to_notice();
    waits_for_the_call(&mut desk);
    desk.wait_ms(5_000);
    let asked = desk.asked();
    let other = senim_domain::SessionId(Uuid::from_u128(77));
    let foreign = desk.message(welcome(), Some(other), Some(asked));
    desk.send(Event::Answer(Box::new(foreign)));
    assert!(matches!(stage(&desk), Some(Leaking::WaitCallback { asked: Some(_), .. })));
}

#[test]
fn data_that_leak_before_the_money_stop_it_until_the_measures_and_then_it_is_paid() {
    let mut desk = Desk::open();
    desk.to_authorising_of(SUM);
    desk.answer(needed());
    assert!(matches!(stage(&desk), Some(Leaking::Notice { .. })), "{:?}", desk.session.state());
    assert!(desk.session.durable().open.is_none());
    assert_eq!(desk.ended().result, PayoutResult::Nothing);
    assert_eq!(desk.ended().reason.as_deref(), Some("dataLeak"));
    waits_for_the_call(&mut desk);
    desk.wait_ms(5_000);
    desk.answer(welcome());
    // The call may outlast a picture: the payout rests on a new one.
    assert!(matches!(desk.session.state(), State::Camera { .. }), "{:?}", desk.session.state());
    desk.send(Event::Camera(CameraEvent::Opened));
    desk.picture();
    let loan = desk.loan();
    desk.answer(MessageBody::FaceMatched { loan });
    assert!(matches!(desk.session.state(), State::Authorising { .. }), "{:?}", desk.session.state());
    let leave = desk.leave();
    assert_eq!(leave.part, 1);
    desk.answer(MessageBody::PayoutAuthorised(leave));
    assert!(desk.session.durable().open.as_ref().is_some_and(|open| open.authorisation.is_some()));
}

#[test]
fn whoever_leaves_the_measures_borrows_nothing() {
    let mut desk = to_notice();
    desk.act(Action::Cancel);
    desk.assert_ended(Ending::Cancelled);
    assert_eq!(desk.count("TextAcknowledged"), 0);
    let mut desk = to_notice();
    waits_for_the_call(&mut desk);
    desk.act(Action::Cancel);
    desk.assert_ended(Ending::Cancelled);
}
