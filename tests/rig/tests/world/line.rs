//! The line to the gateway fails: before, during and after the payout, and one answer at a time.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use senim_domain::Secret;
use senim_operation::Body;
use senim_rig::{Travel, World, WorldOptions, invariants};
use senim_sync::wire::InboxMessage;
use senim_sync::{Answer, Request};

#[test]
fn each_lost_answer_is_made_good_and_nothing_happens_twice() {
    for lost in 0..24_u32 {
        for travel in [Travel::AnswerLost, Travel::Lost] {
            let mut world = World::new(WorldOptions::default());
            let seen = Cell::new(0);
            world.line = Box::new(move |request| {
                if matches!(request, Request::Inbox { .. } | Request::Time { .. }) {
                    return Travel::Good;
                }
                let nth = seen.replace(seen.get() + 1);
                if nth == lost { travel } else { Travel::Good }
            });
            world.visit();
            invariants::all(&world);
            assert_eq!(invariants::left_tenge(&world), 100_000, "request {lost} {travel:?}");
            let bookings = world.mfo.services(|services| services.bookings.len());
            assert_eq!(bookings, 1);
        }
    }
}

#[test]
fn every_second_answer_is_lost_and_the_loan_is_paid_once() {
    let mut world = World::new(WorldOptions::default());
    let nth = Cell::new(0_u32);
    world.line = Box::new(move |_| {
        if nth.replace(nth.get() + 1).is_multiple_of(2) { Travel::AnswerLost } else { Travel::Good }
    });
    world.visit();
    invariants::all(&world);
    assert_eq!(invariants::left_tenge(&world), 100_000);
}

fn line_that_can_break(world: &mut World) -> Rc<Cell<bool>> {
    let down = Rc::new(Cell::new(false));
    let seen = Rc::clone(&down);
    world.line = Box::new(move |_| if seen.get() { Travel::Lost } else { Travel::Good });
    down
}

#[test]
fn a_gateway_that_is_down_before_the_payout_lets_nothing_move() {
    let mut world = World::new(WorldOptions::default());
    let down = line_that_can_break(&mut world);
    world.borrower = true;
    assert!(world.run_until(600_000, |world| world.count("ContractAgreed") == 1));
    assert!(world.run_until(60_000, |world| world.count("PayoutRequested") == 1));
    down.set(true);
    world.run_until(120_000, |_| false);
    assert!(world.cash_commands.is_empty());
    assert_eq!(world.count("PayoutEnded"), 1);
    assert_eq!(world.no_cash_loan().as_deref(), Some("offline"));
    world.borrower = false;
    down.set(false);
    world.settle();
    invariants::all(&world);
    assert_eq!(invariants::left_tenge(&world), 0);
}

#[test]
fn a_gateway_that_goes_down_during_the_payout_does_not_stop_it_and_hears_of_it_later() {
    let mut world = World::new(WorldOptions { sum: 200_000, ..WorldOptions::default() });
    let down = line_that_can_break(&mut world);
    world.borrower = true;
    assert!(world.run_until(600_000, |world| !world.cash_commands.is_empty()));
    down.set(true);
    assert!(world.run_until(60_000, |world| world.count("PayoutEnded") == 1));
    assert_eq!(invariants::left_tenge(&world), 200_000);
    world.run_until(3_600_000, |_| false);
    world.borrower = false;
    down.set(false);
    world.settle();
    invariants::all(&world);
}

#[test]
fn a_gateway_that_is_down_after_the_payout_hears_of_it_even_after_a_restart() {
    let mut world = World::new(WorldOptions::default());
    let down = line_that_can_break(&mut world);
    world.borrower = true;
    assert!(world.run_until(600_000, |world| world.count("PayoutEnded") == 1));
    down.set(true);
    world.run_until(60_000, |_| false);
    world.borrower = false;
    world.kill();
    world.start(None);
    world.run_until(60_000, |_| false);
    down.set(false);
    world.settle();
    invariants::all(&world);
    assert_eq!(invariants::left_tenge(&world), 100_000);
}

#[test]
fn core_lending_that_is_down_when_the_payout_ends_hears_of_it_later_once() {
    let mut world = World::new(WorldOptions::default());
    world.borrower = true;
    assert!(world.run_until(600_000, |world| world.cash_commands.len() == 2));
    world.mfo.services(|services| services.core_down = true);
    assert!(world.run_until(60_000, |world| world.count("PayoutEnded") == 1));
    world.borrower = false;
    world.settle();
    assert_eq!(world.mfo.services(|services| services.payouts.len()), 0);
    world.mfo.services(|services| services.core_down = false);
    invariants::all(&world);
    assert_eq!(world.mfo.services(|services| services.payouts.len()), 1);
}

#[test]
fn a_borrower_is_answered_ahead_of_a_chain_that_is_slow_and_paid_once_the_chain_has_come() {
    let mut world = World::new(WorldOptions::default());
    world.line = Box::new(|request| match request {
        Request::Operations { .. } => Travel::Slow(28_000),
        _ => Travel::Good,
    });
    world.borrower = true;
    let from = world.now;
    assert!(world.run_until(60_000, |world| world.mfo.services(|services| services.bookings.len()) == 1));
    assert!(world.now - from < 28_000, "before the chain was once there and back: {}", world.now - from);
    assert!(world.run_until(60_000, |world| world.count("PayoutRequested") == 1));
    assert!(world.cash_commands.is_empty());
    world.borrower = false;
    assert!(world.run_until(120_000, |world| world.count("PayoutEnded") == 1));
    world.settle();
    invariants::all(&world);
    assert_eq!(invariants::left_tenge(&world), 100_000);
    let answers = world.count("AnswerReceived");
    let answered = [
        "LoginRequested",
        "LoginCodeSubmitted",
        "ApplicationSubmitted",
        "PayoutWaysRequested",
        "PayoutWayChosen",
        "MethodChosen",
        "LivenessRequested",
        "LivenessPerformed",
        "FaceCaptured",
    ];
    let asked: usize = answered.iter().map(|kind| world.count(kind)).sum();
    assert_eq!(answers, asked + 2, "each answer once, although each came twice: agreement and payout too");
}

#[test]
fn an_attachment_comes_in_pieces_and_goes_on_where_the_line_broke() {
    const PICTURE: usize = 300_000;
    let mut world = World::new(WorldOptions { picture_bytes: PICTURE, ..WorldOptions::default() });
    let (pieces, asked) = (Rc::new(Cell::new(0_u32)), Rc::new(Cell::new(0_u32)));
    let (pieces_seen, asked_seen) = (Rc::clone(&pieces), Rc::clone(&asked));
    world.line = Box::new(move |request| match request {
        Request::AttachmentPiece { size, .. } if *size > PICTURE => {
            pieces_seen.set(pieces_seen.get() + 1);
            // One is lost, of another the answer is.
            match pieces_seen.get() {
                2 => Travel::AnswerLost,
                3 => Travel::Lost,
                _ => Travel::Good,
            }
        }
        Request::AttachmentHeld { .. } => {
            asked_seen.set(asked_seen.get() + 1);
            Travel::Good
        }
        _ => Travel::Good,
    });
    world.visit();
    invariants::all(&world);
    assert_eq!(invariants::left_tenge(&world), 100_000);
    assert!(pieces.get() >= 4 && asked.get() == 2, "{} pieces, asked {}", pieces.get(), asked.get());
}

/// What rows say about messages that were refused.
fn refused(world: &World) -> Vec<(String, String)> {
    let bodies = world.bodies().into_iter();
    bodies
        .filter_map(|body| match body {
            Body::DirectiveRefused(refused) => Some((refused.kind, refused.reason)),
            _ => None,
        })
        .collect()
}

#[test]
fn a_durable_message_in_an_answer_is_refused_and_written_down() {
    let mut world = World::new(WorldOptions::default());
    let (directives, _) = world.mfo.gateway.inbox(&world.terminal, 0, world.utc()).unwrap();
    let activation = directives.last().unwrap().jws.clone();
    let mut once = Some(Secret::new(activation));
    world.forge = Box::new(move |_, answer| match (answer, once.take()) {
        (Answer::Operations(mut ack), Some(planted)) => {
            ack.replies.push(planted);
            Answer::Operations(ack)
        }
        (answer, kept) => {
            once = kept;
            answer
        }
    });
    world.visit();
    let reasons: Vec<String> = refused(&world).into_iter().map(|(_, reason)| reason).collect();
    assert_eq!(reasons, ["durableInReply"]);
    invariants::all(&world);
}

#[test]
fn a_message_about_a_person_in_the_inbox_is_refused_and_written_down_and_the_number_counts() {
    let mut world = World::new(WorldOptions::default());
    let caught: Rc<RefCell<Option<String>>> = Rc::default();
    let (answers, pages) = (Rc::clone(&caught), Rc::clone(&caught));
    let planted = Rc::new(Cell::new(0_u32));
    let counted = Rc::clone(&planted);
    world.forge = Box::new(move |request, mut answer| {
        match &mut answer {
            Answer::Operations(ack) => {
                let reply = ack.replies.first().map(|reply| reply.expose().to_owned());
                if counted.get() == 0 && reply.is_some() {
                    *answers.borrow_mut() = reply;
                }
            }
            Answer::Inbox(page) => {
                if let (Some(jws), Request::Inbox { after, .. }) = (pages.take(), request) {
                    counted.set(counted.get() + 1);
                    page.messages.push(InboxMessage { n: after + 1, jws });
                }
            }
            _ => {}
        }
        answer
    });
    world.visit();
    world.run_until(60_000, |_| false);
    assert_eq!(planted.get(), 1);
    let reasons: Vec<String> = refused(&world).into_iter().map(|(_, reason)| reason).collect();
    assert_eq!(reasons, ["sessionInInbox"]);
    assert_eq!(invariants::left_tenge(&world), 100_000);
}
