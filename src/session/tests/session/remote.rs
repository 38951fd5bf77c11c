//! What the MFO's staff have the terminal do: notes in doubt settled, commands carried out, each once.

use senim_domain::cash::{BundleResult, Denomination, FoundPlace, SettledNotes, UnitNo};
use senim_domain::{PayoutRequestId, SettlementId, UtcMillis};
use senim_hal::cash_dispenser::{Event as Dispenser, Movement};
use senim_operation::body::{Body, CommandCarriedOut};
use senim_operation::message::{Command, MessageBody};
use senim_session::Effect;
use senim_session::event::Event;
use uuid::Uuid;

use crate::desk::*;

pub fn settlement(
    number: u128,
    notes: &[(u32, FoundPlace, Option<u8>)],
    request: PayoutRequestId,
) -> MessageBody {
    let found = |(notes, place, unit): &(u32, FoundPlace, Option<u8>)| SettledNotes {
        denomination: Denomination(5_000),
        notes: *notes,
        place: *place,
        unit: unit.map(UnitNo),
    };
    MessageBody::Settlement {
        settlement: SettlementId(Uuid::from_u128(number)),
        request,
        loan: senim_domain::LoanId(Uuid::from_u128(1)),
        notes: notes.iter().map(found).collect(),
    }
}

pub fn directive(desk: &mut Desk, number: u128, body: MessageBody) -> usize {
    let mut message = durable_message(body);
    message.envelope.message_id = senim_domain::MessageId(Uuid::from_u128(number));
    desk.send(Event::Directive(Box::new(message)))
}

/// Twenty notes of 5,000 are nobody knows where; the visit is over.
fn in_doubt() -> (Desk, PayoutRequestId) {
    let mut desk = Desk::armed();
    let notes = desk.bundle();
    let doubt = Movement { counts_in_doubt: true, ..all_of(&notes) };
    desk.dispenser(Dispenser::Moved(doubt));
    assert_eq!(desk.results().last(), Some(&BundleResult::Uncertain));
    let request = desk.ended().request;
    desk.wait_ms(600_000);
    assert!(desk.session.at_rest());
    assert_eq!(desk.session.no_cash_loan(&desk.now).as_deref(), Some("cashStopped"));
    (desk, request)
}

const THIRTEEN_GIVEN: [(u32, FoundPlace, Option<u8>); 3] = [
    (13, FoundPlace::Distributed, None),
    (4, FoundPlace::RejectUnit, None),
    (3, FoundPlace::Cassette, Some(1)),
];

#[test]
fn a_settlement_moves_notes_out_of_doubt_in_one_row_and_cash_service_resumes() {
    let (mut desk, request) = in_doubt();
    let first = directive(&mut desk, 1, settlement(1, &THIRTEEN_GIVEN, request));
    assert_eq!(desk.kinds_from(first)[..2], ["PayoutSettled", "CashServiceChanged"]);
    let [settled, resumed, ..] = desk.records_from(first)[..] else { panic!("two rows") };
    assert_eq!(settled.directive.as_ref().unwrap().0, "Settlement");
    let durable = settled.durable.as_ref().unwrap();
    assert_eq!(durable.stopped, None, "a crash behind this row finds cash service allowed");
    assert!(matches!(&resumed.draft.body, Body::CashServiceChanged(row) if row.available));
    let books = &desk.session.durable().books;
    let sums = books.denominations[&Denomination(5_000)];
    assert_eq!((sums.uncertain, sums.distributed, sums.in_reject), (0, 13, 4));
    assert_eq!(books.units[&UnitNo(1)].notes, 83);
    assert!(books.balance());
    let no_loan = desk.session.no_cash_loan(&desk.now);
    assert_ne!(no_loan.as_deref(), Some("cashStopped"));
}

#[test]
fn a_settlement_is_carried_out_once_also_after_a_restart() {
    let (mut desk, request) = in_doubt();
    directive(&mut desk, 1, settlement(1, &THIRTEEN_GIVEN, request));
    let first = directive(&mut desk, 1, settlement(1, &THIRTEEN_GIVEN, request));
    assert_eq!(desk.kinds_from(first), ["DirectiveRefused"]);
    let books = desk.session.durable().books.clone();
    let mut desk = desk.restart(setup(), latch(0));
    directive(&mut desk, 1, settlement(1, &THIRTEEN_GIVEN, request));
    assert_eq!(desk.session.durable().books, books);
    assert_eq!(desk.count("PayoutSettled"), 0);
}

#[test]
fn a_settlement_that_does_not_fit_the_books_is_refused_and_changes_nothing() {
    let (mut desk, request) = in_doubt();
    let before = desk.session.durable().clone();
    for wrong in [
        vec![(21, FoundPlace::Distributed, None)],
        vec![(20, FoundPlace::Cassette, Some(2))],
        vec![(20, FoundPlace::Cassette, Some(7))],
    ] {
        let first = directive(&mut desk, 2, settlement(2, &wrong, request));
        assert_eq!(desk.kinds_from(first), ["DirectiveRefused"], "{wrong:?}");
        assert_eq!(desk.session.durable(), &before);
    }
}

#[test]
fn an_open_payout_is_not_settled_over_its_head() {
    let mut desk = Desk::armed();
    let request = desk.session.durable().open.as_ref().unwrap().request;
    let first = directive(&mut desk, 1, settlement(1, &[], request));
    assert_eq!(desk.kinds_from(first), ["DirectiveRefused"]);
    assert_eq!(desk.dispenses(), 1);
}

#[test]
fn half_a_settlement_leaves_cash_service_stopped_until_the_other_half() {
    let (mut desk, request) = in_doubt();
    directive(&mut desk, 1, settlement(1, &[(5, FoundPlace::Distributed, None)], request));
    assert_eq!(desk.session.no_cash_loan(&desk.now).as_deref(), Some("cashStopped"));
    directive(&mut desk, 2, settlement(2, &[(15, FoundPlace::Missing, None)], request));
    assert_eq!(desk.session.durable().stopped, None);
    assert!(desk.session.durable().books.balance());
}

fn command(command: Command, lives_seconds: i64) -> MessageBody {
    MessageBody::Command { command, expires: UtcMillis(NOON.0 + lives_seconds * 1000) }
}

fn outcomes(desk: &Desk) -> Vec<(&str, &str)> {
    desk.rows()
        .into_iter()
        .filter_map(|body| match body {
            Body::CommandCarriedOut(CommandCarriedOut { command, result, .. }) => {
                Some((command.as_str(), result.as_str()))
            }
            _ => None,
        })
        .collect()
}

fn stops(desk: &Desk) -> usize {
    desk.effects.iter().filter(|effect| matches!(effect, Effect::Stop { .. })).count()
}

#[test]
fn a_command_is_written_down_carried_out_and_its_outcome_written_down_once() {
    let mut desk = Desk::open();
    let first = directive(&mut desk, 1, command(Command::TakeCheckpoint, 3600));
    assert_eq!(desk.kinds_from(first), ["DirectiveStored", "CommandCarriedOut"]);
    assert!(desk.effects[first..].iter().any(|effect| matches!(effect, Effect::Checkpoint)));
    let first = directive(&mut desk, 1, command(Command::TakeCheckpoint, 3600));
    assert_eq!(desk.kinds_from(first), ["DirectiveRefused"]);
    let first = directive(&mut desk, 2, command(Command::SendTelemetry, 3600));
    assert!(desk.effects[first..].iter().any(|effect| matches!(effect, Effect::SendTelemetry)));
    assert_eq!(outcomes(&desk), [("takeCheckpoint", "done"), ("sendTelemetry", "done")]);
}

#[test]
fn a_restart_waits_for_the_person_and_is_written_down_before_it_happens() {
    let mut desk = Desk::open();
    desk.to_iin();
    directive(&mut desk, 1, command(Command::Restart, 3600));
    assert_eq!((stops(&desk), outcomes(&desk).len()), (0, 0));
    desk.wait_ms(600_000);
    desk.wait_ms(600_000);
    assert!(desk.session.at_rest());
    assert_eq!((stops(&desk), outcomes(&desk)), (1, vec![("restart", "done")]));
    let mut desk = desk.restart(setup(), latch(0));
    desk.wait_ms(60_000);
    assert_eq!(stops(&desk), 0, "not a second time");
}

#[test]
fn a_restart_does_not_interrupt_a_payout() {
    let mut desk = Desk::armed();
    directive(&mut desk, 1, command(Command::Restart, 3600));
    assert_eq!(stops(&desk), 0);
    let notes = desk.bundle();
    desk.dispenser(Dispenser::Moved(all_of(&notes)));
    assert_eq!(stops(&desk), 0, "the receipt is the person's");
    desk.wait_ms(600_000);
    assert_eq!(stops(&desk), 1);
}

#[test]
fn an_expired_command_is_refused_and_one_that_waited_too_long_is_given_up() {
    let mut desk = Desk::open();
    let first = directive(&mut desk, 1, command(Command::Restart, -3600));
    assert_eq!(desk.kinds_from(first), ["DirectiveRefused"]);
    desk.to_iin();
    directive(&mut desk, 2, command(Command::Restart, 30));
    desk.wait_ms(40_000);
    assert_eq!((stops(&desk), outcomes(&desk)), (0, vec![("restart", "expired")]));
}

#[test]
fn out_of_service_holds_over_a_restart_until_back_in_service_and_ends_no_visit() {
    let mut desk = Desk::open();
    desk.to_iin();
    let reason = "the place is being painted".to_owned();
    directive(&mut desk, 1, command(Command::OutOfService { reason }, 3600));
    assert!(desk.session.session_id().is_some(), "the visit goes on");
    assert_eq!(desk.session.out_of_service(&desk.now), ["withdrawn"]);
    let mut desk = desk.restart(setup(), latch(0));
    desk.wait_ms(1_000);
    assert!(desk.session.out_of_service(&desk.now).contains(&"withdrawn".to_owned()));
    directive(&mut desk, 2, command(Command::BackInService, 3600));
    assert!(!desk.session.out_of_service(&desk.now).contains(&"withdrawn".to_owned()));
}

#[test]
fn a_reason_that_is_no_text_is_refused() {
    let mut desk = Desk::open();
    for reason in [String::new(), "a\nb".into(), "x".repeat(201)] {
        let first = directive(&mut desk, 1, command(Command::OutOfService { reason }, 3600));
        assert_eq!(desk.kinds_from(first), ["DirectiveRefused"]);
    }
}
