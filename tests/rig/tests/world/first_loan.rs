//! The first loan, end to end.

use senim_emulators::escpos::Fault as PrinterFault;
use senim_emulators::faults::FaultSpec;
use senim_hal::cash_dispenser::Command;
use senim_hal::receipt_printer;
use senim_operation::Body;
use senim_operation::body::PayoutResult;
use senim_rig::{World, WorldOptions, invariants};
use senim_runtime::Input;

#[test]
fn the_first_loan_is_paid_written_down_and_acknowledged() {
    let world = World::run_first_loan(WorldOptions::default());
    invariants::all(&world);
    assert_eq!(invariants::left_tenge(&world), 100_000);
    assert_eq!(world.printer.receipts(), 1);
    let ended = world.bodies().into_iter().find_map(|body| match body {
        Body::PayoutEnded(row) => Some(row),
        _ => None,
    });
    assert_eq!(ended.unwrap().result, PayoutResult::Paid);
    assert!(matches!(&world.cash_commands[..], [Command::Mark, Command::Dispense(_)]));
}

#[test]
fn a_loan_of_two_bundles_is_paid_with_a_marker_before_each() {
    let world = World::run_first_loan(WorldOptions { sum: 200_000, ..WorldOptions::default() });
    invariants::all(&world);
    assert_eq!(invariants::left_tenge(&world), 200_000);
    assert!(matches!(
        &world.cash_commands[..],
        [Command::Mark, Command::Dispense(_), Command::Mark, Command::Dispense(_)]
    ));
}

#[test]
fn rows_stand_in_the_journal_before_their_commands_reach_the_device() {
    let mut world = World::new(WorldOptions::default());
    world.borrower = true;
    let marked = world.run_until(600_000, |world| !world.cash_commands.is_empty());
    assert!(marked);
    assert_eq!(world.count("PayoutIntended"), 1);
    let dispensed = world.run_until(60_000, |world| world.cash_commands.len() == 2);
    assert!(dispensed);
    assert_eq!(world.count("PayoutArmed"), 1);
}

#[test]
fn two_runs_of_one_seed_say_the_same() {
    let say = || {
        let world = World::run_first_loan(WorldOptions::default());
        let kinds: Vec<_> =
            world.rows().into_iter().map(|row| (row.envelope.kind.clone(), row.envelope.mono_ms)).collect();
        (kinds, world.now)
    };
    assert_eq!(say(), say());
}

#[test]
fn a_receipt_waits_for_a_printer_that_is_answering_a_question() {
    let mut world = World::new(WorldOptions::default());
    world.borrower = true;
    assert!(world.run_until(600_000, |world| world.cash_commands.len() == 2));
    // The printer is put back while notes move, and is slow to say that it is there.
    world.printer.set_fault(PrinterFault::Silent, FaultSpec::default(), world.now);
    world.input(Input::Printer(receipt_printer::Event::Line { open: true }));
    let ended = world.run_until(60_000, |world| world.count("PayoutEnded") == 1);
    assert!(ended);
    assert_eq!(world.count("ReceiptPrinted"), 0, "still asked how it is");
    world.printer.clear_fault(PrinterFault::Silent, world.now);
    world.settle();
    invariants::all(&world);
    assert_eq!(world.printer.receipts(), 1);
    let printed = world.bodies().into_iter().find_map(|body| match body {
        Body::ReceiptPrinted(row) => Some(row.printed),
        _ => None,
    });
    assert_eq!(printed, Some(true));
}
