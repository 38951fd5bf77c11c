//! The journal is found damaged while the terminal works.

use senim_operation::Body;
use senim_rig::{World, WorldOptions, invariants};
use senim_runtime::Input;
use senim_session::event::{Device, Peripheral};

fn found(device: Device, outcome: Result<(), &str>) -> Input {
    Input::Peripheral(Peripheral::Storage(device, outcome.map_err(str::to_owned)))
}

fn told(world: &World) -> Vec<(String, bool)> {
    let told = |body| match body {
        Body::DeviceChanged(row) => Some((row.device, row.usable)),
        _ => None,
    };
    world.bodies().into_iter().filter_map(told).filter(|(device, _)| device.starts_with("journal")).collect()
}

#[test]
fn a_finding_takes_the_terminal_out_of_service_with_a_row_that_tells_the_lender() {
    let mut world = World::new(WorldOptions::default());
    world.input(found(
        Device::Journal,
        Err("row 3 of the journal breaks the chain; import the disk at the gateway"),
    ));
    assert_eq!(world.out_of_service(), ["journalDamaged"]);
    assert_eq!(told(&world), [("journal".to_owned(), false)]);
    world.borrower = true;
    world.run_until(120_000, |_| false);
    assert_eq!((world.count("SessionOpened"), world.cash_commands.len()), (0, 0));
    world.borrower = false;
    world.settle();
    invariants::all(&world);
}

#[test]
fn a_finding_in_the_middle_of_a_payout_lets_it_end_and_begins_nothing_new() {
    let mut world = World::new(WorldOptions { sum: 200_000, ..WorldOptions::default() });
    world.borrower = true;
    assert!(world.run_until(600_000, |world| world.count("PayoutOutcome") == 1));
    world.borrower = false;
    world.input(found(Device::Journal, Err("damaged; call service")));
    assert!(world.run_until(600_000, |world| world.count("PayoutEnded") == 1));
    assert_eq!(invariants::left_tenge(&world), 200_000);
    world.settle();
    assert_eq!(world.out_of_service(), ["journalDamaged"]);
    invariants::all(&world);
}

#[test]
fn a_second_device_that_is_gone_is_a_warning_and_stops_nothing() {
    let mut world = World::new(WorldOptions::default());
    world.input(found(Device::JournalCopy, Err("the second copy does not keep up: put the device back")));
    assert!(world.may_begin(), "{:?} {:?}", world.out_of_service(), world.no_cash_loan());
    world.visit();
    world.input(found(Device::JournalCopy, Ok(())));
    world.settle();
    assert_eq!(told(&world), [("journalCopy".to_owned(), false), ("journalCopy".to_owned(), true)]);
    invariants::all(&world);
}

#[test]
fn the_verification_beside_the_kernel_looks_at_what_was_there_at_its_start() {
    let mut world = World::new(WorldOptions::default());
    world.visit();
    world.settle();
    world.kill();
    world.start(None);
    let mut audit = world.kernel().journal().audit();
    let rows = loop {
        let progress = audit.step(10).unwrap();
        world.run_until(1_000, |_| false);
        if progress.finished {
            break progress.rows;
        }
    };
    assert!(rows > 20 && rows < world.kernel().next_seq());
}
