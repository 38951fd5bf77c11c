//! Each fault of the emulated dispenser ends in a settled state whose books tell, or cover, the truth.

use senim_domain::cash::BundleResult::{self, Dispensed, NotDispensed, Partial, Uncertain};
use senim_emulators::faults::FaultSpec;
use senim_emulators::lcdm4000::{Fault, LastStatusMode as DeviceMode};
use senim_operation::Body;
use senim_rig::{World, WorldOptions, invariants};
use senim_session::saga::LastStatusMode;

const DISPENSE: u8 = 0x52;
const PURGE: u8 = 0x51;
const LAST_STATUS: u8 = 0x55;

fn on(command: u8, times: u32) -> FaultSpec {
    FaultSpec { command: Some(command), ..FaultSpec::times(times) }
}

fn after(notes: u8) -> FaultSpec {
    FaultSpec { after_notes: Some(notes), ..FaultSpec::times(1) }
}

/// A world in which the dispenser has this fault from the moment the borrower comes.
fn with(options: WorldOptions, faults: &[(Fault, FaultSpec)]) -> World {
    let mut world = World::new(options);
    for (fault, spec) in faults {
        world.dispenser.set_fault(*fault, *spec, world.now);
    }
    world.visit();
    invariants::all(&world);
    world
}

fn results(world: &World) -> Vec<BundleResult> {
    let outcome = |body| match body {
        Body::PayoutOutcome(row) => Some(row.result),
        _ => None,
    };
    world.bodies().into_iter().filter_map(outcome).collect()
}

fn ends(fault: Fault, spec: FaultSpec, expected: &[BundleResult]) {
    let world = with(WorldOptions::default(), &[(fault, spec)]);
    assert_eq!(results(&world), expected, "{fault:?} {spec:?}");
}

#[test]
fn faults_of_the_reply_to_dispense() {
    ends(Fault::NoAck, on(DISPENSE, 1), &[Dispensed]);
    ends(Fault::Nak, on(DISPENSE, 1), &[NotDispensed]);
    ends(Fault::BadBcc, on(DISPENSE, 1), &[Dispensed]);
    ends(Fault::BadBcc, on(DISPENSE, 9), &[Dispensed]);
    ends(Fault::ShortFrame, on(DISPENSE, 1), &[Dispensed]);
    ends(Fault::SilenceAfterAck, on(DISPENSE, 1), &[Dispensed]);
    // It acknowledged and did nothing, which cannot be told from one that acknowledged, gave notes and started anew.
    ends(Fault::SilentNoExecute, on(DISPENSE, 1), &[Uncertain]);
    ends(Fault::LateReply, on(DISPENSE, 1), &[Dispensed]);
    ends(Fault::NoEot, on(DISPENSE, 1), &[Dispensed]);
    ends(Fault::Garbage, on(DISPENSE, 1), &[Dispensed]);
    ends(Fault::DoubleReply, on(DISPENSE, 1), &[Dispensed]);
    ends(Fault::StrayFf, FaultSpec::times(3), &[Dispensed]);
}

#[test]
fn faults_of_the_marker() {
    ends(Fault::NoAck, on(PURGE, 1), &[NotDispensed]);
    ends(Fault::Nak, on(PURGE, 1), &[NotDispensed]);
    ends(Fault::BadBcc, on(PURGE, 1), &[Dispensed]);
    ends(Fault::SilenceAfterAck, on(PURGE, 1), &[NotDispensed]);
    ends(Fault::SilentNoExecute, on(PURGE, 1), &[NotDispensed]);
    ends(Fault::LateReply, on(PURGE, 1), &[NotDispensed]);
    ends(Fault::Garbage, on(PURGE, 1), &[Dispensed]);
    ends(Fault::DoubleReply, on(PURGE, 1), &[Dispensed]);
    ends(Fault::PurgeMovesExit, FaultSpec::times(1), &[Uncertain]);
    // STATUS of an idle device does not touch the tray, so it is the marker that finds it missing.
    ends(Fault::NoRejectTray, FaultSpec::times(1), &[NotDispensed]);
}

#[test]
fn faults_of_the_confirmation() {
    ends(Fault::Nak, on(LAST_STATUS, 1), &[Dispensed]);
    ends(Fault::Nak, on(LAST_STATUS, 99), &[NotDispensed]);
    ends(Fault::Garbage, on(LAST_STATUS, 1), &[Dispensed]);
}

#[test]
fn faults_of_the_mechanics() {
    ends(Fault::JamAfter, after(0), &[NotDispensed]);
    ends(Fault::JamAfter, after(7), &[Partial]);
    ends(Fault::JamAfter, FaultSpec { rejects: Some(2), ..after(7) }, &[Partial]);
    ends(Fault::Reject, FaultSpec::times(3), &[Dispensed]);
    ends(Fault::Reject, FaultSpec::times(99), &[NotDispensed]);
    for left in [true, false] {
        ends(Fault::ExitDoubt, FaultSpec { left: Some(left), ..after(5) }, &[Uncertain]);
    }
}

#[test]
fn silence_after_the_notes_left_is_settled_by_the_last_status() {
    let both = [(Fault::SilenceAfterAck, on(DISPENSE, 1)), (Fault::JamAfter, after(3))];
    let world = with(WorldOptions::default(), &both);
    assert_eq!(results(&world), [Partial]);
    let deaf = [
        (Fault::SilenceAfterAck, on(DISPENSE, 1)),
        (Fault::Nak, FaultSpec { command: Some(LAST_STATUS), ..FaultSpec::default() }),
    ];
    let mut world = World::new(WorldOptions::default());
    world.dispenser.set_fault(deaf[0].0, deaf[0].1, world.now);
    world.borrower = true;
    assert!(world.run_until(600_000, |world| world.cash_commands.len() == 2));
    world.dispenser.set_fault(deaf[1].0, deaf[1].1, world.now);
    world.visit();
    invariants::all(&world);
    assert_eq!(results(&world), [Uncertain]);
}

#[test]
fn a_power_dip_in_the_middle_is_uncertain_in_every_mode_of_the_record() {
    for device in [DeviceMode::Volatile, DeviceMode::AtStart, DeviceMode::AtEnd] {
        for last_status in [LastStatusMode::Unknown, LastStatusMode::AtEnd] {
            if last_status == LastStatusMode::AtEnd && device != DeviceMode::AtEnd {
                continue;
            }
            let options = WorldOptions { device, last_status, ..WorldOptions::default() };
            let world = with(options, &[(Fault::RebootMidDispense, after(6))]);
            assert_eq!(results(&world), [Uncertain], "{device:?} {last_status:?}");
        }
    }
}

fn firmware_restart(device: DeviceMode) {
    let options = WorldOptions { device, ..WorldOptions::default() };
    let world = with(options, &[(Fault::WatchdogResetMidDispense, after(6))]);
    assert_eq!(results(&world), [Uncertain], "{device:?}");
}

#[test]
fn a_firmware_restart_in_the_middle_that_the_latch_does_not_see_is_uncertain() {
    firmware_restart(DeviceMode::Volatile);
    firmware_restart(DeviceMode::AtStart);
}

#[test]
fn a_firmware_restart_in_the_middle_is_uncertain_where_the_record_is_written_at_the_end() {
    firmware_restart(DeviceMode::AtEnd);
}

#[test]
fn after_a_jam_the_next_marker_takes_the_note_off_the_path_and_the_next_loan_waits_for_the_first() {
    let mut world =
        with(WorldOptions { sum: 200_000, ..WorldOptions::default() }, &[(Fault::JamAfter, after(15))]);
    assert_eq!(results(&world), [Partial], "the fault strikes in the first bundle");
    world.visit_again();
    invariants::all(&world);
}
