//! A plug pulled and put back: while nobody is there, in the middle of a visit, before the camera, before the last button,
//! and all at once. The terminal is not started anew, and the loan is paid.

use senim_simulator::wait::boottime_ms;
use serde_json::json;

use super::{back, missed};
use crate::stand::{LOAN_TIYN, Stand, quick};

/// Name on the rack, section of the configuration, and what a technician is told to do.
const PLUGS: [(&str, &str, &str); 8] = [
    ("printer", "printer", "check the data cable"),
    ("acceptor", "acceptor", "check the data cable"),
    ("card", "card", "check the data cable"),
    ("nfc", "nfc", "check the data cable"),
    ("location", "location", "check the data cable"),
    ("supply", "supply", "check the data cable"),
    ("cabinet", "cabinet", "was unplugged"),
    ("keypad", "assistive", "connect the configured device"),
];

/// All plugs out, each missed; all plugs in, each back.
fn out_and_in(stand: &mut Stand) {
    for (plug, _, _) in PLUGS {
        stand.unplug(plug);
    }
    for (_, device, action) in PLUGS {
        missed(stand, device, action);
    }
    let put_back_at = boottime_ms();
    for (plug, _, _) in PLUGS {
        stand.replug(plug);
    }
    for (_, device, _) in PLUGS {
        back(stand, device, put_back_at);
    }
}

/// The camera is out for a moment: the person stays where they are.
fn camera_out_and_in(stand: &mut Stand) {
    let frames = stand.stage.folders().frames();
    let away = frames.with_extension("away");
    std::fs::rename(&frames, &away).unwrap();
    stand.written("DeviceChanged", |row| row["device"] == "camera" && row["usable"] == false);
    stand.failed_row("camera", &["/frames", "the configur"]);
    stand.sees("Camera", "StandStill");
    let put_back_at = boottime_ms();
    std::fs::rename(&away, &frames).unwrap();
    stand.written("DeviceChanged", |row| row["device"] == "camera" && row["usable"] == true);
    let rows = stand.told_of("camera");
    assert!(rows[1].0.saturating_sub(put_back_at) <= super::BACK_MS, "{rows:?}");
    stand.sees("Camera", "StandStill");
}

#[test]
fn every_device_is_unplugged_and_put_back_in_one_visit_and_the_loan_is_paid_with_a_receipt() {
    let mut stand = Stand::open();
    stand.visit(0, "Contract");
    out_and_in(&mut stand);
    stand.sees("Contract", "");
    stand.read();
    stand.go_on();
    stand.goes_through_forms_to("Camera");
    stand.sees("Camera", "StandStill");
    camera_out_and_in(&mut stand);
    stand.go_on();
    stand.sees("Agree", "");
    stand.go_on();
    stand.sees("ReadyToPay", "");

    // The dispenser before the last button.
    stand.unplug("dispenser");
    missed(&mut stand, "dispenser", "check the data cable");
    let put_back_at = boottime_ms();
    stand.replug("dispenser");
    back(&mut stand, "dispenser", put_back_at);
    stand.go_on();
    stand.sees("Receipt", "");
    stand.written("ReceiptPrinted", |row| row["printed"] == true);
    let (_, ended) = stand.last_payout();
    assert_eq!((&ended["result"], &ended["distributed_tiyn"]), (&json!("paid"), &json!(LOAN_TIYN)));
    stand.go_on();
    stand.sees("Welcome", "");
    assert_eq!(stand.rows_of("TerminalStarted").len(), 1);
    stand.closes();
}

#[test]
fn devices_that_are_gone_all_at_once_are_all_back_without_a_restart() {
    let mut stand = Stand::open();
    out_and_in(&mut stand);
    stand.sees("Welcome", "");

    let all = || PLUGS.map(|(_, device, _)| device).into_iter().chain(["dispenser"]);
    stand.stage.kill_devices().unwrap();
    for device in all() {
        missed(&mut stand, device, "the ");
    }
    stand.sees("Welcome", "dispenser");
    stand.stage.start_devices().unwrap();
    let put_back_at = boottime_ms();
    for device in all() {
        back(&mut stand, device, put_back_at);
    }
    stand.sees("Welcome", "");
    assert_eq!(stand.rows_of("TerminalStarted").len(), 1);
    // The emulators begin with empty cassettes: the notes of the books are put back.
    let notes = json!({ "cassettes": [{ "unit": 1, "denomination": 2_000, "notes": 100 },
                                      { "unit": 2, "denomination": 1_000, "notes": 40 }] });
    stand.stage.devices().unwrap().patch("dispenser", &notes).unwrap();
    stand.visit(0, "ReadyToPay");
    stand.go_on();
    stand.sees("Receipt", "");
    stand.go_on();
    stand.closes();
}

#[test]
fn a_camera_that_does_not_come_back_ends_the_visit_politely_and_the_next_person_meets_a_good_one() {
    let mut stand = Stand::new();
    stand.stage.start_firmware(&quick()).unwrap();
    stand.load();
    stand.visit(0, "Camera");
    let frames = stand.stage.folders().frames();
    let away = frames.with_extension("away");
    std::fs::rename(&frames, &away).unwrap();
    stand.sees("End", "CameraFailed");
    stand.go_on();
    stand.sees("Welcome", "");
    std::fs::rename(&away, &frames).unwrap();
    stand.visit(0, "Agree");
    let usable: Vec<bool> = stand.told_of("camera").into_iter().map(|(_, usable, _)| usable).collect();
    assert_eq!((usable.first(), usable.last()), (Some(&false), Some(&true)), "{usable:?}");
    stand.tap("cancel");
    stand.sees("End", "Cancelled");
    stand.go_on();
    stand.closes();
}
