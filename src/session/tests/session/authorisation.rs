//! Leave to pay: whom it must name, how long it lives, and that it is used once.

use senim_domain::location::{Place, Point};
use senim_domain::{LoanId, PayoutRequestId, Tiyn};
use senim_hal::location::{self, Fix};
use senim_operation::body::{Body, PayoutResult};
use senim_operation::message::{Authorisation, MessageBody};
use senim_session::Action;
use senim_session::event::{Event, Peripheral};
use senim_session::state::{Ending, State};
use uuid::Uuid;

use crate::desk::*;

fn refused(change: impl FnOnce(&mut Authorisation), code: &str) {
    let mut desk = Desk::open();
    desk.to_authorising_of(SUM);
    let mut leave = desk.leave();
    change(&mut leave);
    desk.answer(MessageBody::PayoutAuthorised(leave));
    ended_with_nothing(&desk, code);
}

fn ended_with_nothing(desk: &Desk, code: &str) {
    let ended = desk.ended();
    assert_eq!((ended.result, ended.reason.as_deref()), (PayoutResult::Nothing, Some(code)));
    assert_eq!((ended.distributed.len(), ended.distributed_tiyn), (0, Tiyn::ZERO));
    assert!(desk.commands().is_empty(), "no cash command");
    assert_eq!(desk.count("PayoutIntended"), 0);
    assert_eq!(desk.disk.open, None);
    desk.assert_ended(Ending::NothingPaid);
}

#[test]
fn leave_for_another_row_request_loan_part_or_sum_pays_nothing() {
    let other = "authorisationForAnother";
    refused(|leave| leave.row_sha256 = row_hash(senim_domain::OperationId(Uuid::from_u128(1))), other);
    refused(|leave| leave.row_sha256.clear(), other);
    refused(|leave| leave.epoch += 1, other);
    refused(|leave| leave.request = PayoutRequestId(Uuid::from_u128(1)), other);
    refused(|leave| leave.loan = LoanId(Uuid::from_u128(1)), other);
    refused(|leave| leave.part = 2, other);
    refused(|leave| leave.amount_tiyn = Tiyn::from_tenge(SUM + 1_000).unwrap(), other);
    refused(|leave| leave.amount_tiyn = Tiyn::from_tenge(SUM - 1_000).unwrap(), other);
}

#[test]
fn leave_for_another_boot_pays_nothing() {
    refused(|leave| leave.boot = "boot-2".into(), "authorisationForAnotherBoot");
}

#[test]
fn leave_is_good_at_its_last_moment_and_not_after() {
    let at = |ms: u64| {
        let mut desk = Desk::open();
        desk.to_authorising_of(SUM);
        let mut leave = desk.leave();
        leave.life_seconds = 10;
        desk.pass_ms(ms);
        desk.answer(MessageBody::PayoutAuthorised(leave));
        desk
    };
    assert_eq!(at(10_000).marks(), 1);
    ended_with_nothing(&at(10_001), "authorisationTooLate");
}

#[test]
fn leave_before_the_request_is_durable_pays_nothing() {
    let mut desk = Desk::open();
    desk.to_ready_of(SUM);
    let effects = desk.send_raw(Event::Action(Action::PayOut));
    let leave = desk.leave();
    let (session, asked) = (desk.session.session_id(), desk.asked());
    let message = desk.message(MessageBody::PayoutAuthorised(leave), session, Some(asked));
    let answered = desk.send_raw(Event::Answer(Box::new(message)));
    desk.make_durable(effects);
    desk.make_durable(answered);
    ended_with_nothing(&desk, "authorisationForAnother");
}

#[test]
fn a_refusal_of_leave_ends_with_its_reason() {
    let mut desk = Desk::open();
    desk.to_authorising_of(SUM);
    let request = desk.leave().request;
    desk.answer(MessageBody::PayoutRefused { request, reason: "coolingOff".into() });
    ended_with_nothing(&desk, "coolingOff");
}

#[test]
fn a_strange_answer_to_the_request_ends_with_nothing() {
    let mut desk = Desk::open();
    desk.to_authorising_of(SUM);
    let loan = desk.loan();
    desk.answer(MessageBody::ContractAccepted { loan, rests_until: None });
    ended_with_nothing(&desk, "unexpectedAnswer");
}

#[test]
fn leave_heard_twice_pays_once() {
    let mut desk = Desk::open();
    desk.to_authorising_of(SUM);
    let (session, asked, leave) = (desk.session.session_id(), desk.asked(), desk.leave());
    for _ in 0..3 {
        let message = desk.message(MessageBody::PayoutAuthorised(leave.clone()), session, Some(asked));
        desk.send(Event::Answer(Box::new(message)));
    }
    assert_eq!((desk.marks(), desk.count("PayoutIntended")), (1, 1));
}

#[test]
fn leave_of_the_former_visit_pays_nothing_in_the_next() {
    let mut desk = Desk::open();
    desk.to_authorising_of(SUM);
    let (session, asked, leave) = (desk.session.session_id(), desk.asked(), desk.leave());
    desk.wait_ms(60_000);
    desk.ended();
    desk.act(Action::Done);
    desk.to_authorising_of(SUM);
    let message = desk.message(MessageBody::PayoutAuthorised(leave.clone()), session, Some(asked));
    desk.send(Event::Answer(Box::new(message)));
    assert!(desk.commands().is_empty());
    assert!(matches!(desk.session.state(), State::Authorising { .. }));
    desk.answer(MessageBody::PayoutAuthorised(leave));
    assert!(desk.commands().is_empty());
}

#[test]
fn a_payout_is_not_asked_for_when_it_could_not_be_made() {
    for spoil in [
        (|desk: &mut Desk| {
            desk.send(Event::Uplink { online: false, cause: String::new() });
        }) as fn(&mut Desk),
        |desk| {
            desk.dispenser(senim_hal::cash_dispenser::Event::Failed(offline()));
        },
    ] {
        let mut desk = Desk::open();
        desk.to_ready_of(SUM);
        spoil(&mut desk);
        desk.act(Action::PayOut);
        desk.assert_ended(Ending::NothingPaid);
        assert_eq!(desk.count("PayoutRequested"), 0);
    }
}

#[test]
fn the_line_may_go_once_leave_was_given() {
    let mut desk = Desk::open();
    desk.to_intended_of(SUM);
    desk.send(Event::Uplink { online: false, cause: String::new() });
    desk.dispenser(senim_hal::cash_dispenser::Event::Marked(nothing_moved()));
    let notes = desk.bundle();
    desk.dispenser(senim_hal::cash_dispenser::Event::Moved(all_of(&notes)));
    assert_eq!(desk.ended().result, PayoutResult::Paid);
}

#[test]
fn the_row_of_the_request_names_what_the_person_agreed_to() {
    let mut desk = Desk::open();
    desk.to_authorising_of(SUM);
    let asked = desk.rows().into_iter().find_map(|body| match body {
        Body::PayoutRequested(asked) => Some(asked.clone()),
        _ => None,
    });
    let asked = asked.unwrap();
    assert_eq!((asked.loan, asked.part, asked.amount_tiyn), (desk.loan(), 1, Tiyn::from_tenge(SUM).unwrap()));
}

#[test]
fn rows_of_money_say_where_the_terminal_is_on_record_and_where_it_measures_itself() {
    let mut desk = Desk::open();
    let registered = desk.session.facts().registered.as_ref().and_then(|place| place.point);
    assert!(registered.is_some());
    assert_eq!(desk.session.facts().place(), Place::Registered { registered });
    let fix = Fix { latitude_udeg: 43_239_000, longitude_udeg: 76_889_709, satellites: 8, hdop_centi: None };
    desk.send(Event::Peripheral(Peripheral::Location(location::Event::Status {
        identity: "GP".into(),
        fix: None,
    })));
    assert_eq!(desk.session.facts().place(), Place::NotMeasured { registered });
    desk.send(Event::Peripheral(Peripheral::Location(location::Event::Fix(fix))));
    desk.to_authorising_of(150_000);
    let request = desk.session.durable().open.as_ref().unwrap().request;
    desk.answer(MessageBody::PayoutRefused { request, reason: "elsewhere".into() });
    let measured = Point { latitude_udeg: fix.latitude_udeg, longitude_udeg: fix.longitude_udeg };
    let expected = Some(Place::Measured { registered, measured });
    let asked = desk.rows().into_iter().find_map(|row| match row {
        Body::PayoutRequested(asked) => Some(asked.place),
        _ => None,
    });
    assert_eq!((asked, desk.ended().place), (Some(expected), expected));
}
