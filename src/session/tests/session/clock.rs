//! Time on every screen: the warning, the end, and the patience with the MFO.

use senim_operation::body::{Body, SessionEnd};
use senim_session::Action;
use senim_session::effect::Effect;
use senim_session::event::Event;
use senim_session::state::{Ending, State};

use crate::desk::*;

const INPUT: u64 = 60_000;
const READING: u64 = 300_000;
const WARNING: u64 = 30_000;
const ANSWER: u64 = 60_000;
const FAREWELL: u64 = 20_000;

#[test]
fn the_times_used_here_are_those_of_the_rule_pack() {
    let times = pack().session;
    let said = [times.input_seconds, times.reading_seconds, times.warning_seconds, times.answer_seconds];
    assert_eq!(said.map(|seconds| u64::from(seconds) * 1000), [INPUT, READING, WARNING, ANSWER]);
    assert_eq!(u64::from(times.farewell_seconds) * 1000, FAREWELL);
}

/// Screens that wait for a person, and how long.
const PERSON: [(fn(&mut Desk), u64); 8] = [
    (|desk| desk.to_iin(), INPUT),
    (|desk| desk.to_code(), INPUT),
    (|desk| desk.to_amount(), INPUT),
    (|desk| desk.to_schedules_of(SUM), READING),
    (|desk| desk.to_contract_of(SUM), READING),
    (|desk| desk.to_camera_of(SUM), INPUT),
    (|desk| desk.to_agree_of(SUM), INPUT),
    (|desk| desk.to_ready_of(SUM), INPUT),
];

#[test]
fn a_person_who_walks_away_is_warned_and_then_the_visit_ends() {
    for (way, quiet) in PERSON {
        let mut desk = Desk::open();
        way(&mut desk);
        desk.wait_ms(quiet - 1);
        assert_eq!(desk.session.still_there_seconds(&desk.now), None);
        desk.wait_ms(1);
        assert_eq!(desk.session.still_there_seconds(&desk.now), Some(30));
        desk.wait_ms(WARNING - 1);
        assert_eq!(desk.session.still_there_seconds(&desk.now), Some(1));
        let first = desk.wait_ms(1);
        desk.assert_ended(Ending::TimedOut);
        let closed = desk.rows_from(first).into_iter().find_map(|body| match body {
            Body::SessionClosed(closed) => Some(closed.end),
            _ => None,
        });
        assert_eq!(closed, Some(SessionEnd::TimedOut));
    }
}

#[test]
fn poll_timeout_leads_to_the_end_without_any_other_event() {
    for (way, quiet) in PERSON {
        let mut desk = Desk::open();
        way(&mut desk);
        let begun = desk.now.mono;
        for _ in 0..1000 {
            let Some(at) = desk.session.poll_timeout(&desk.now) else {
                panic!("nothing would wake the terminal")
            };
            assert!(at > desk.now.mono, "a wake-up in the past is a busy loop");
            let ms = at.since(desk.now.mono);
            desk.wait_ms(ms);
            if desk.session.session_id().is_none() {
                break;
            }
        }
        assert_eq!(desk.ending(), Ending::TimedOut);
        assert_eq!(desk.now.mono.since(begun), quiet + WARNING);
    }
}

#[test]
fn a_touch_in_the_warning_gives_the_whole_time_again() {
    for (way, quiet) in PERSON {
        let mut desk = Desk::open();
        way(&mut desk);
        desk.wait_ms(quiet + WARNING - 1);
        desk.act(Action::Stay);
        assert_eq!(desk.session.still_there_seconds(&desk.now), None);
        desk.wait_ms(quiet + WARNING - 1);
        assert!(desk.session.session_id().is_some());
        desk.wait_ms(1);
        desk.assert_ended(Ending::TimedOut);
    }
}

#[test]
fn an_mfo_that_does_not_answer_ends_every_wait() {
    let ways: [fn(&mut Desk); 5] = [
        |desk| desk.to_looking_up(),
        |desk| desk.to_checking_code(),
        |desk| desk.to_deciding(SUM),
        |desk| desk.to_matching_of(SUM),
        |desk| desk.to_concluding_of(SUM),
    ];
    for way in ways {
        let mut desk = Desk::open();
        way(&mut desk);
        desk.wait_ms(ANSWER / 2);
        desk.act(Action::Touched);
        desk.wait_ms(ANSWER / 2 - 1);
        assert!(desk.session.session_id().is_some());
        assert_eq!(desk.session.still_there_seconds(&desk.now), None, "nothing is asked of the person");
        desk.wait_ms(1);
        desk.assert_ended(Ending::Unreachable);
    }
}

#[test]
fn a_payout_that_is_not_allowed_in_time_ends_with_nothing() {
    let mut desk = Desk::open();
    desk.to_authorising_of(SUM);
    desk.wait_ms(ANSWER);
    assert_eq!(desk.ended().reason.as_deref(), Some("noAnswer"));
    assert_eq!(desk.ended().authorisation, None);
    desk.assert_ended(Ending::NothingPaid);
    assert_eq!(desk.commands(), Vec::<&senim_session::effect::CashCommand>::new());
}

#[test]
fn nothing_runs_out_while_cash_moves() {
    let mut desk = Desk::armed();
    desk.wait_ms(10 * READING);
    assert!(matches!(desk.session.state(), State::Paying { .. }));
    assert!(desk.session.durable().open.is_some());
}

#[test]
fn the_last_screens_leave_by_themselves() {
    let mut desk = Desk::armed();
    let notes = desk.bundle();
    desk.dispenser(senim_hal::cash_dispenser::Event::Moved(all_of(&notes)));
    desk.wait_ms(FAREWELL);
    assert!(matches!(desk.session.state(), State::Idle));
    assert!(desk.session.at_rest());
    let mut desk = Desk::open();
    desk.to_iin();
    desk.act(Action::Cancel);
    desk.wait_ms(FAREWELL);
    assert!(matches!(desk.session.state(), State::Idle));
}

#[test]
fn idle_devices_are_asked_regularly_and_never_during_a_visit() {
    let mut desk = Desk::open();
    let asked = |desk: &Desk, first: usize| {
        desk.effects[first..].iter().filter(|effect| matches!(effect, Effect::AskDispenser)).count()
    };
    let first = desk.wait_ms(30_000);
    assert_eq!(asked(&desk, first), 1);
    let first = desk.wait_ms(29_999);
    assert_eq!(asked(&desk, first), 0);
    desk.to_iin();
    let first = desk.wait_ms(40_000);
    assert_eq!(asked(&desk, first), 0);
    let mut desk = Desk::armed();
    let first = desk.send(Event::Dispenser(senim_hal::cash_dispenser::Event::Line { open: true }));
    assert_eq!(asked(&desk, first), 0);
    let first = desk.wait_ms(120_000);
    assert_eq!(asked(&desk, first), 0, "nothing but the saga speaks to the dispenser");
}
