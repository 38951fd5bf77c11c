//! The process dies at every durable point of a payout of two bundles, with power kept and with power lost.

use senim_domain::cash::BundleResult;
use senim_emulators::lcdm4000::LastStatusMode as DeviceMode;
use senim_operation::Body;
use senim_operation::body::PayoutResult;
use senim_rig::{World, WorldOptions, invariants};
use senim_session::saga::LastStatusMode;

/// Every durable point, with the stage in which a restart finds the payout.
const POINTS: [&str; 18] = [
    "before:PayoutRequested:1",
    "after:PayoutRequested:1",
    "before:PayoutIntended:1",
    "after:PayoutIntended:1",
    "before:PayoutArmed:1",
    "after:PayoutArmed:1",
    "before:PayoutOutcome:1",
    "after:PayoutOutcome:1",
    "before:PayoutIntended:2",
    "after:PayoutIntended:2",
    "before:PayoutArmed:2",
    "after:PayoutArmed:2",
    "before:PayoutOutcome:2",
    "after:PayoutOutcome:2",
    "before:PayoutEnded:1",
    "after:PayoutEnded:1",
    "before:SessionClosed:1",
    "after:SessionClosed:1",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    /// Only the process dies; it is back at once.
    ProcessOnly,
    /// The whole cabinet loses power.
    PowerCut,
}

fn crashed(options: &WorldOptions, point: &str, after: After) -> World {
    let mut world = World::new(WorldOptions { sum: 200_000, ..options.clone() });
    world.kill();
    world.start(Some(point));
    world.visit();
    assert!(world.halted(), "{point} is reached");
    match after {
        After::ProcessOnly => world.kill(),
        After::PowerCut => world.cut_power(),
    }
    let commands = world.cash_commands.len();
    world.start(None);
    world.settle();
    assert_eq!(world.cash_commands.len(), commands, "{point}: recovery moves no cash");
    invariants::all(&world);
    world
}

fn end(world: &World) -> Option<PayoutResult> {
    world.bodies().into_iter().find_map(|body| match body {
        Body::PayoutEnded(row) => Some(row.result),
        _ => None,
    })
}

fn outcomes(world: &World) -> Vec<Body> {
    world.bodies().into_iter().filter(|body| matches!(body, Body::PayoutOutcome(_))).collect()
}

fn results(world: &World) -> Vec<BundleResult> {
    let outcome = |body| match body {
        Body::PayoutOutcome(row) => Some(row.result),
        _ => None,
    };
    world.bodies().into_iter().filter_map(outcome).collect()
}

/// What design section 3 says of a point.
fn expected(point: &str, after: After, options: &WorldOptions) -> Option<PayoutResult> {
    use PayoutResult::{Nothing, Paid, Short, Uncertain};
    let certain = after == After::ProcessOnly && options.latch;
    match point {
        "before:PayoutRequested:1" => None,
        "after:PayoutRequested:1"
        | "before:PayoutIntended:1"
        | "after:PayoutIntended:1"
        | "before:PayoutArmed:1" => Some(Nothing),
        // Armed, DISPENSE never written: the marker is the last command.
        "after:PayoutArmed:1" => Some(if certain { Nothing } else { Uncertain }),
        // Dispensed and not written down: the last status tells, where it can be believed.
        "before:PayoutOutcome:1" => {
            let told = certain || options.last_status == LastStatusMode::AtEnd;
            Some(if told { Short } else { Uncertain })
        }
        "after:PayoutOutcome:1"
        | "before:PayoutIntended:2"
        | "after:PayoutIntended:2"
        | "before:PayoutArmed:2" => Some(Short),
        "after:PayoutArmed:2" => Some(if certain { Short } else { Uncertain }),
        "before:PayoutOutcome:2" => {
            let told = certain || options.last_status == LastStatusMode::AtEnd;
            Some(if told { Paid } else { Uncertain })
        }
        _ => Some(Paid),
    }
}

fn every_point(options: &WorldOptions, after: After) {
    for point in POINTS {
        let world = crashed(options, point, after);
        let want = expected(point, after, options);
        assert_eq!(end(&world), want, "{point} {after:?} {options:?}: {:?}", results(&world));
    }
}

#[test]
fn the_process_dies_and_power_stays() {
    for device in [DeviceMode::Volatile, DeviceMode::AtStart, DeviceMode::AtEnd] {
        every_point(&WorldOptions { device, ..WorldOptions::default() }, After::ProcessOnly);
    }
}

#[test]
fn the_process_dies_and_there_is_no_latch() {
    every_point(&WorldOptions { latch: false, ..WorldOptions::default() }, After::ProcessOnly);
}

#[test]
fn power_goes_and_nobody_vouches_for_the_record() {
    for device in [DeviceMode::Volatile, DeviceMode::AtStart, DeviceMode::AtEnd] {
        every_point(&WorldOptions { device, ..WorldOptions::default() }, After::PowerCut);
    }
}

#[test]
fn power_goes_and_the_record_is_written_at_the_end() {
    let options = WorldOptions {
        device: DeviceMode::AtEnd,
        last_status: LastStatusMode::AtEnd,
        ..WorldOptions::default()
    };
    every_point(&options, After::PowerCut);
}

#[test]
fn a_process_that_dies_again_while_it_recovers_settles_once() {
    for point in ["before:PayoutOutcome:1", "after:PayoutOutcome:1", "before:PayoutEnded:1"] {
        let mut world = World::new(WorldOptions { sum: 200_000, ..WorldOptions::default() });
        world.kill();
        world.start(Some("before:PayoutOutcome:1"));
        world.visit();
        assert!(world.halted());
        world.kill();
        world.start(Some(point));
        world.run_until(200_000, World::halted);
        assert!(world.halted(), "{point}");
        world.kill();
        world.start(None);
        world.settle();
        invariants::all(&world);
        assert_eq!(results(&world), [BundleResult::Dispensed], "{point}: {:?}", outcomes(&world));
        assert_eq!(end(&world), Some(PayoutResult::Short));
    }
}

#[test]
fn the_process_dies_while_notes_are_moving() {
    // Twenty notes take 820 ms.
    for ms in [1, 30, 200, 500, 800] {
        let mut world = World::new(WorldOptions { sum: 200_000, ..WorldOptions::default() });
        world.borrower = true;
        assert!(world.run_until(600_000, |world| world.cash_commands.len() == 2));
        world.run_until(ms, |_| false);
        world.kill();
        world.start(None);
        world.borrower = false;
        world.settle();
        invariants::all(&world);
        assert_eq!(results(&world), [BundleResult::Dispensed], "killed {ms} ms after DISPENSE");
        assert_eq!(world.cash_commands.len(), 2);
    }
}

#[test]
fn power_goes_while_notes_are_moving() {
    for ms in [1, 100, 300, 700] {
        let mut world = World::new(WorldOptions { sum: 200_000, ..WorldOptions::default() });
        world.borrower = true;
        assert!(world.run_until(600_000, |world| world.cash_commands.len() == 2));
        world.run_until(ms, |_| false);
        world.cut_power();
        world.start(None);
        world.borrower = false;
        world.settle();
        invariants::all(&world);
        assert_eq!(results(&world), [BundleResult::Uncertain], "cut {ms} ms after DISPENSE");
    }
}
