//! The dispenser before any payout: unplugged, garbage, NAK (another device on its port is in `devices`). And what
//! `senim check` and `senim devices` say on a healthy terminal, beside the firmware, and while a payout is open.

use serde_json::json;

use crate::stand::{DISPENSE, LOAN_TIYN, Said, Stand, quick};

fn all_good(said: &Said) {
    assert!(said.lines.iter().all(|line| line["ok"] == true), "{said:?}");
    assert_eq!(said.code, Some(0), "{said:?}");
}

/// The last row says that the device can be used.
fn usable(stand: &mut Stand) {
    stand.status("the dispenser to be usable", |status| status.no_loan.is_null());
    stand.sees("Welcome", "");
    assert!(stand.device_row("dispenser").0);
}

/// Nobody can begin, and the reason is the dispenser.
fn no_loan(stand: &mut Stand) {
    let status = stand.status("the dispenser to be missed", |status| status.no_loan == "dispenser");
    assert!(status.at_rest);
    stand.sees("Welcome", "dispenser");
}

#[test]
fn a_dispenser_that_is_unplugged_talks_garbage_or_refuses_stops_loans_until_it_is_cured() {
    let mut stand = Stand::open();

    stand.fault("dispenser", "unplug", &json!({}));
    no_loan(&mut stand);
    stand.failed_row("dispenser", &["the line to the dispenser is closed", "check the data cable"]);
    stand
        .senim(&["devices"])
        .finds("dispenser", &["devices/dispenser", "is not there", "connect the device"]);
    stand.fault("dispenser", "replug", &json!({}));
    usable(&mut stand);

    for (fault, words) in
        [("garbage", "no valid reply"), ("nak", "refused (NAK)"), ("no_ack", "not acknowledged")]
    {
        // Set on a pulled plug: the device is asked when it comes back.
        stand.fault("dispenser", "unplug", &json!({}));
        no_loan(&mut stand);
        stand.fault("dispenser", fault, &json!({ "command": 0x50 }));
        stand.fault("dispenser", "replug", &json!({}));
        stand.fails("dispenser", &[words, "check the data cable"]);
        no_loan(&mut stand);
        stand.cured("dispenser", fault);
        stand.replugged();
        usable(&mut stand);
    }
    assert_eq!(stand.frames("51") + stand.frames(DISPENSE), 0, "nothing but questions");
    stand.closes();
}

#[test]
fn check_and_devices_are_content_with_a_healthy_terminal_and_keep_away_from_the_dispenser_otherwise() {
    let mut stand = Stand::open();
    stand.sees("Welcome", "");
    // The firmware holds the ports.
    for command in ["check", "devices"] {
        let said = stand.senim(&[command]);
        said.finds("dispenser", &["devices/dispenser", "held by another program", "stop that program"]);
        said.finds("printer", &["devices/printer", "held by another program"]);
    }
    stand.stage.stop_firmware().unwrap();
    stand.someone_before_the_camera(0);
    all_good(&stand.senim(&["check"]));
    let said = stand.senim(&["devices"]);
    all_good(&said);
    assert_eq!(said.about("dispenser")["detail"]["identity"], "Puloon LCDM-4000");
    let check = stand.senim(&["check"]);
    for what in ["configuration", "clock", "keys", "identity", "journal", "gateway", "rule_pack", "camera"] {
        check.about(what);
    }

    // A payout is open: stopped dead behind the arming row, DISPENSE not sent.
    stand.stage.start_firmware(&quick().set("rig.halt_at", "after:PayoutArmed:1")).unwrap();
    stand.visit(0, "ReadyToPay");
    stand.go_on();
    stand.stage.wait_for_halt().unwrap();
    stand.stage.kill_firmware().unwrap();
    let frames = stand.dispenser()["frames"].clone();
    for command in ["check", "devices"] {
        stand.senim(&[command]).finds("dispenser", &["payout", "is open", "start the firmware"]);
    }
    assert_eq!(stand.dispenser()["frames"], frames, "not a byte went to the dispenser");
    stand.stage.start_firmware(&quick()).unwrap();
    stand.status("the open payout to be settled", |status| !status.open_payout && status.no_loan.is_null());
    let (outcome, ended) = stand.last_payout();
    assert_eq!((&outcome["result"], &outcome["source"]), (&json!("notDispensed"), &json!("lastStatus")));
    assert_eq!((&ended["result"], &ended["reason"]), (&json!("nothing"), &json!("device")));
    assert_ne!(ended["distributed_tiyn"], LOAN_TIYN);
    stand.closes();
}
