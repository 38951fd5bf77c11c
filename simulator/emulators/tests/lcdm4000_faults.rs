//! Every fault of the dispenser does what its name says, as often as asked.

use senim_emulators::faults::{FaultKind, FaultSet, FaultSpec};
use senim_emulators::lcdm4000::{Command, Fault, Unit};
use senim_emulators::machine::Machine;

use crate::host::*;

fn once() -> FaultSpec {
    FaultSpec::times(1)
}

#[test]
fn no_ack_still_executes_and_answers() {
    let mut host = Host::new();
    let came = host.fault(Fault::NoAck, once()).send(STATUS);
    assert_eq!(came[..4], [0x01, 0x30, 0x02, 0x50]);
    host.send(&[0x06]);
    host.exchange(STATUS);
}

#[test]
fn nak_refuses_as_often_as_asked_and_moves_nothing() {
    let mut host = Host::new();
    host.fault(Fault::Nak, FaultSpec::times(2));
    for _ in 0..2 {
        assert_eq!(host.send(&dispense([1, 0, 0, 0])), [0x15]);
        assert!(host.pass(5_000).is_empty());
    }
    assert_eq!(host.notes(Unit::One), 100);
    assert_eq!(counts(&host.exchange(&dispense([1, 0, 0, 0]))).1, [1, 0, 0, 0]);
    assert_eq!(host.device.frames_seen()[&0x52], 3);
    assert_eq!(host.device.executed(Command::Dispense), 1);
}

#[test]
fn a_bad_check_byte_is_mended_by_asking_again() {
    let mut host = Host::new();
    let bad = host.fault(Fault::BadBcc, once()).send(STATUS)[1..].to_vec();
    let good = host.send(&[0x15]);
    assert_eq!(bad[..23], good[..23]);
    assert_ne!(bad[23], good[23]);
}

#[test]
fn a_short_frame_is_half_of_the_reply() {
    let mut host = Host::new();
    let came = host.fault(Fault::ShortFrame, once()).send(STATUS);
    assert_eq!(came.len(), 1 + 12);
    assert_eq!(host.pass(500)[0].1.len(), 24, "sent again into silence");
}

#[test]
fn silence_after_ack_executes_but_never_answers() {
    let mut host = Host::new();
    host.fault(Fault::SilenceAfterAck, once());
    assert_eq!(host.send(&dispense([3, 0, 0, 0])), [0x06]);
    assert!(host.pass(120_000).is_empty());
    assert_eq!(host.device.dispensed_total()[&20_000], 3);
    assert_eq!(last(&host.exchange(LAST_STATUS)), (0x52, 0, [3, 0, 0, 0], [0; 4]));
}

#[test]
fn silent_no_execute_moves_nothing_and_leaves_the_former_record() {
    let mut host = Host::new();
    host.exchange(PURGE);
    host.fault(Fault::SilentNoExecute, once());
    assert_eq!(host.send(&dispense([3, 0, 0, 0])), [0x06]);
    assert!(host.pass(120_000).is_empty());
    assert_eq!(host.notes(Unit::One), 100);
    assert_eq!(last(&host.exchange(LAST_STATUS)).0, 0x51);
}

#[test]
fn a_late_reply_comes_after_the_given_delay() {
    let mut host = Host::new();
    host.fault(Fault::LateReply, FaultSpec { delay_ms: Some(70_000), ..once() });
    host.send(&dispense([1, 0, 0, 0]));
    assert!(host.pass(69_000).is_empty());
    assert!(host.send(LAST_STATUS).is_empty(), "still busy");
    let came = host.pass(2_000);
    assert_eq!(came[0].0, 1_000 + 20 + 40 + 70_000);
    assert_eq!(counts(&came[0].1).1, [1, 0, 0, 0]);
}

#[test]
fn the_final_eot_can_be_missing() {
    let mut host = Host::new();
    host.fault(Fault::NoEot, once()).send(STATUS);
    assert!(host.send(&[0x06]).is_empty());
    host.exchange(STATUS);
}

#[test]
fn a_stray_ff_comes_when_idle_now_or_after_the_exchange() {
    let mut host = Host::new();
    host.fault(Fault::StrayFf, once());
    assert_eq!(host.pass(0), [(1_000, vec![0xFF])]);
    host.send(STATUS);
    host.fault(Fault::StrayFf, once());
    assert_eq!(host.send(&[0x06]), [0x04, 0xFF]);
    host.exchange(STATUS);
}

#[test]
fn garbage_replaces_the_reply_and_only_of_the_named_command() {
    let mut host = Host::new();
    host.fault(Fault::Garbage, FaultSpec { command: Some(0x52), ..FaultSpec::default() });
    host.exchange(STATUS);
    host.send(&dispense([1, 0, 0, 0]));
    let came = host.pass(60_000);
    assert_eq!(came.len(), 4, "the reply and three repetitions");
    assert!(came.iter().all(|(_, bytes)| bytes.len() == 8 && bytes[0] == 0xA5));
    assert_eq!(last(&host.exchange(LAST_STATUS)).2, [1, 0, 0, 0]);
}

#[test]
fn a_double_reply_comes_twice() {
    let mut host = Host::new();
    let came = host.fault(Fault::DoubleReply, once()).send(STATUS);
    assert_eq!(came.len(), 1 + 2 * 24);
    assert_eq!(came[1..25], came[25..]);
}

#[test]
fn a_jam_leaves_a_note_on_the_path_until_purged() {
    let mut host = Host::new();
    host.fault(Fault::JamAfter, FaultSpec { after_notes: Some(3), rejects: Some(2), ..once() });
    assert_eq!(counts(&host.exchange(&dispense([5, 0, 0, 0]))), (0x03, [3, 0, 0, 0], [2, 0, 0, 0]));
    assert_eq!(host.device.on_path().total(), 1);
    assert_eq!(host.exchange(STATUS)[4..6], [0x2B, 0x24], "notes on path, eject sensor blocked");
    assert_eq!(counts(&host.exchange(&dispense([1, 0, 0, 0]))).0, 0x0B);
    assert_eq!(counts(&host.exchange(PURGE)), (0, [0; 4], [1, 0, 0, 0]));
    assert_eq!(counts(&host.exchange(&dispense([1, 0, 0, 0]))), (0, [1, 0, 0, 0], [0; 4]));
    host.assert_no_note_lost();
}

#[test]
fn reset_clears_the_path_and_keeps_the_record() {
    let mut host = Host::new();
    host.fault(Fault::JamAfter, once());
    host.exchange(&dispense([2, 0, 0, 0]));
    host.send(RESET);
    host.pass(2_000);
    assert_eq!(host.device.on_path().total(), 0);
    assert_eq!(host.device.rejected_total()[&20_000], 1);
    assert_eq!(last(&host.exchange(LAST_STATUS)).0, 0x52);
}

#[test]
fn a_doubted_note_may_or_may_not_have_left_under_the_same_reply() {
    for (left, really_out) in [(false, 4), (true, 5)] {
        let mut host = Host::new();
        host.fault(Fault::ExitDoubt, FaultSpec { left: Some(left), ..once() });
        assert_eq!(counts(&host.exchange(&dispense([5, 0, 0, 0]))), (0x05, [4, 0, 0, 0], [0; 4]));
        assert_eq!(host.device.dispensed_total()[&20_000], really_out);
        host.assert_no_note_lost();
    }
}

#[test]
fn rejected_notes_are_replaced_until_there_are_too_many() {
    let mut host = Host::new();
    host.fault(Fault::Reject, FaultSpec::times(2));
    assert_eq!(counts(&host.exchange(&dispense([3, 0, 0, 0]))), (0, [3, 0, 0, 0], [2, 0, 0, 0]));
    assert_eq!(host.notes(Unit::One), 95);
    host.fault(Fault::Reject, FaultSpec::default());
    assert_eq!(counts(&host.exchange(&dispense([0, 3, 0, 0]))), (0x0D, [0; 4], [0, 11, 0, 0]));
    host.assert_no_note_lost();
}

#[test]
fn an_absent_cassette_is_shown_and_refused() {
    let mut host = Host::new();
    host.fault(Fault::CassetteOut, FaultSpec { unit: Some(2), ..FaultSpec::default() });
    assert_eq!(host.exchange(STATUS)[11], 0x30);
    assert_eq!(counts(&host.exchange(&dispense([1, 1, 0, 0]))), (0x24, [0; 4], [0; 4]));
    assert_eq!(counts(&host.exchange(&dispense([1, 0, 0, 0]))).0, 0);
    host.device.clear_fault(Fault::CassetteOut);
    assert_eq!(counts(&host.exchange(&dispense([1, 1, 0, 0]))).0, 0);
}

#[test]
fn an_absent_reject_tray_stops_dispense_and_purge() {
    let mut host = Host::new();
    host.fault(Fault::NoRejectTray, FaultSpec::default());
    assert_eq!(counts(&host.exchange(&dispense([1, 0, 0, 0]))).0, 0x26);
    assert_eq!(counts(&host.exchange(PURGE)).0, 0x26);
    assert_eq!(host.exchange(STATUS)[4], 0x46);
}

#[test]
fn a_marker_can_move_a_note_out() {
    let mut host = Host::new();
    host.fault(Fault::PurgeMovesExit, once());
    assert_eq!(counts(&host.exchange(PURGE)), (0, [1, 0, 0, 0], [0; 4]));
    assert_eq!(host.device.dispensed_total()[&20_000], 1);
    assert_eq!(last(&host.exchange(LAST_STATUS)), (0x51, 0, [1, 0, 0, 0], [0; 4]));
    assert_eq!(counts(&host.exchange(PURGE)), (0, [0; 4], [0; 4]));
}

#[test]
fn a_reboot_in_mid_dispense_is_seen_by_the_latch_and_a_firmware_restart_is_not() {
    for (fault, losses) in [(Fault::RebootMidDispense, 1), (Fault::WatchdogResetMidDispense, 0)] {
        let mut host = Host::new();
        host.fault(fault, FaultSpec { after_notes: Some(2), ..once() });
        host.send(&dispense([5, 0, 0, 0]));
        assert!(host.pass(120_000).is_empty());
        assert_eq!(host.device.dispensed_total()[&20_000], 2);
        assert_eq!(host.device.on_path().total(), 1);
        assert_eq!(host.device.latch().losses, losses);
        assert_eq!(host.device.latch().powered_since_ms, Some(if losses == 1 { 1_100 } else { 1_000 }));
        assert_eq!(last(&host.exchange(LAST_STATUS)), (0x20, 0, [0; 4], [0; 4]));
        host.assert_no_note_lost();
    }
}

#[test]
fn a_fault_names_the_parameters_it_takes() {
    let parse = |name: &str, body| FaultSet::<Fault>::parse(name, &body).map_err(|error| error.to_string());
    for fault in Fault::ALL {
        assert_eq!(parse(fault.name(), serde_json::json!({"times": 2})).unwrap().0, *fault);
    }
    assert!(parse("jam", serde_json::json!({})).unwrap_err().contains("jam_after"));
    assert!(parse("jam_after", serde_json::json!({"delay_ms": 1})).unwrap_err().contains("after_notes"));
    assert!(parse("jam_after", serde_json::json!({"colour": 1})).unwrap_err().contains("colour"));
    assert!(parse("cassette_out", serde_json::json!({"unit": 5})).is_err());
}

#[test]
fn an_idle_device_has_no_deadline() {
    let mut host = Host::new();
    host.exchange(STATUS);
    assert_eq!(host.device.poll_timeout(), None);
}
