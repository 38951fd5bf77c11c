//! The mains fail: nobody begins, a visit without money in motion ends politely, money in motion finishes with its receipt,
//! and then the terminal stops in order.

use serde_json::json;

use crate::stand::{LOAN_TIYN, Stand, quick};

fn power(stand: &Stand, source: &str, low: bool) {
    stand.stage.devices().unwrap().patch("supply", &json!({ "source": source, "low": low })).unwrap();
}

#[test]
fn on_battery_nobody_begins_a_visit_ends_politely_and_money_in_motion_finishes_before_the_orderly_stop() {
    let mut stand = Stand::new();
    let config = quick()
        .set("supply.nut.poll_interval_ms", 500)
        .set("supply.visit_ms", 1_000)
        .set("supply.stop_ms", 120_000);
    stand.stage.start_firmware(&config).unwrap();
    stand.load();

    // Somebody reads: the visit ends with a screen that says why, and nobody new begins.
    stand.visit(0, "Contract");
    power(&stand, "battery", false);
    stand.sees("End", "OnBattery");
    stand.written("SessionClosed", |row| row["end"] == "failed");
    stand.go_on();
    stand.tap("language-en");
    stand.sees("OutOfService", "onBattery");
    assert_eq!(stand.rows_of("SessionOpened").len(), 1);

    // The mains are back within the time: service as before.
    power(&stand, "mains", false);
    stand.status("service again", |status| status.out_of_service.is_empty() && !status.on_battery);
    stand.sees("Welcome", "");
    let rows = stand.rows_of("PowerChanged");
    let told: Vec<_> = rows.iter().map(|row| row["source"].as_str().unwrap()).collect();
    assert_eq!(told[told.len() - 2..], ["battery", "mains"]);

    // Notes move, and the battery will not last: they finish, the receipt is printed, the program ends by itself.
    stand.stage.devices().unwrap().patch("dispenser", &json!({ "note_ms": 400 })).unwrap();
    stand.visit(1, "ReadyToPay");
    stand.go_on();
    stand.sees("Payout", "Dispensing");
    power(&stand, "battery", true);
    stand.status("the battery to be noticed", |status| status.on_battery && status.open_payout);
    stand.sees("Receipt", "");
    stand.written("ReceiptPrinted", |row| row["printed"] == true);
    let (_, ended) = stand.last_payout();
    assert_eq!((&ended["result"], &ended["distributed_tiyn"]), (&json!("paid"), &json!(LOAN_TIYN)));
    stand.go_on();
    stand.stage.wait_for_end().unwrap();
    let rows = stand.rows();
    let last = rows.last().unwrap();
    assert_eq!((&last["kind"], &last["public"]["reason"]), (&json!("TerminalStopped"), &json!("battery")));
    assert_eq!(stand.senim(&["journal", "verify"]).code, Some(0));

    power(&stand, "mains", false);
    stand.stage.start_firmware(&config).unwrap();
    stand.sees("Welcome", "");
    assert_eq!(stand.rows_of("TerminalStarted").pop().unwrap()["clean_stop"], true);
    stand.closes();
}
