//! Power cuts: which notes have left, what LAST STATUS says afterwards in each mode, and what the latch saw.

use senim_emulators::lcdm4000::{LastStatusMode, Unit};

use crate::host::*;

const MODES: [LastStatusMode; 3] = [LastStatusMode::Volatile, LastStatusMode::AtStart, LastStatusMode::AtEnd];

/// PURGE, then a dispense of five cut after two notes and a half.
fn cut_in_mid_dispense(mode: LastStatusMode) -> Host {
    let mut host = Host::remembering(mode);
    host.exchange(PURGE);
    host.send(&dispense([5, 0, 0, 0]));
    host.pass(20 + 2 * 40 + 20);
    host.device.set_power(false, host.now_ms);
    host
}

fn power_up(host: &mut Host) {
    host.pass(1_000);
    host.device.set_power(true, host.now_ms);
    assert!(host.send(LAST_STATUS).is_empty(), "the firmware is starting");
    host.pass(300);
}

#[test]
fn notes_whose_turn_had_come_have_left_and_the_one_under_way_lies_on_the_path() {
    let mut host = cut_in_mid_dispense(LastStatusMode::Volatile);
    assert_eq!(host.device.dispensed_total()[&20_000], 2);
    assert_eq!(*host.device.on_path().at(Unit::One), 1);
    assert_eq!(host.notes(Unit::One), 97);
    assert!(host.send(STATUS).is_empty(), "no power, no answer");
    assert!(host.pass(120_000).is_empty());
    assert_eq!(host.device.dispensed_total()[&20_000], 2);
    host.assert_no_note_lost();
}

#[test]
fn after_a_cut_in_mid_dispense_each_mode_has_its_own_record() {
    for mode in MODES {
        let mut host = cut_in_mid_dispense(mode);
        power_up(&mut host);
        let expected = match mode {
            LastStatusMode::Volatile => 0x20,
            LastStatusMode::AtStart => 0x52,
            LastStatusMode::AtEnd => 0x51,
        };
        assert_eq!(last(&host.exchange(LAST_STATUS)), (expected, 0, [0; 4], [0; 4]), "{mode:?}");
        assert_eq!(counts(&host.exchange(PURGE)).2, [1, 0, 0, 0], "the note on the path");
    }
}

#[test]
fn after_a_cut_that_follows_the_end_only_at_end_has_the_counts() {
    for mode in MODES {
        let mut host = Host::remembering(mode);
        let reply = host.exchange(&dispense([2, 1, 0, 0]));
        assert_eq!(counts(&reply).1, [2, 1, 0, 0]);
        assert_eq!(last(&host.exchange(LAST_STATUS)).2, [2, 1, 0, 0], "{mode:?}: powered, the result stands");
        host.device.set_power(false, host.now_ms);
        power_up(&mut host);
        let expected = match mode {
            LastStatusMode::Volatile => (0x20, 0, [0; 4], [0; 4]),
            LastStatusMode::AtStart => (0x52, 0, [0; 4], [0; 4]),
            LastStatusMode::AtEnd => (0x52, 0, [2, 1, 0, 0], [0; 4]),
        };
        assert_eq!(last(&host.exchange(LAST_STATUS)), expected, "{mode:?}");
    }
}

#[test]
fn before_anything_moved_there_is_no_record() {
    for mode in MODES {
        assert_eq!(last(&Host::remembering(mode).exchange(LAST_STATUS)), (0x20, 0, [0; 4], [0; 4]));
    }
}

#[test]
fn a_record_of_a_cut_that_meets_the_reply_is_that_of_the_whole_command() {
    let mut host = Host::remembering(LastStatusMode::AtEnd);
    host.send(&dispense([2, 0, 0, 0]));
    host.pass(20 + 2 * 40);
    host.device.set_power(false, host.now_ms);
    power_up(&mut host);
    assert_eq!(last(&host.exchange(LAST_STATUS)), (0x52, 0, [2, 0, 0, 0], [0; 4]));
}

#[test]
fn the_latch_counts_each_loss_once_and_tells_since_when() {
    let mut host = Host::new();
    assert_eq!(host.device.latch().losses, 0);
    assert_eq!(host.device.latch().powered_since_ms, Some(1_000));
    host.device.set_power(false, 2_000);
    host.device.set_power(false, 2_100);
    let latch = host.device.latch();
    assert_eq!((latch.losses, latch.powered, latch.powered_since_ms), (1, false, None));
    host.device.set_power(true, 3_000);
    host.device.set_power(true, 3_100);
    let latch = host.device.latch();
    assert_eq!((latch.losses, latch.powered, latch.powered_since_ms), (1, true, Some(3_000)));
}
