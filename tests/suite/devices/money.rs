//! A plug pulled while money is in motion, or its receipt: the visit ends with the truth on screen, and the device serves
//! again within its time.

use senim_simulator::wait::{Look, boottime_ms, until};
use serde_json::json;

use super::{back, missed};
use crate::stand::{DISPENSE, LOAN_TIYN, SOON, Stand, quick};

#[test]
fn a_dispenser_unplugged_in_its_marker_gives_nothing_and_in_its_dispense_what_it_says_and_serves_again() {
    let mut stand = Stand::new();
    // Long enough to put a plug back on a busy machine.
    stand.stage.start_firmware(&quick().set("dispenser.idle_wait_ms", 8_000)).unwrap();
    stand.load();
    let devices = stand.stage.devices().unwrap();

    // The marker: DISPENSE is not sent, and the device says once it is back that nothing left.
    devices.patch("dispenser", &json!({ "purge_ms": 1_500 })).unwrap();
    stand.visit(0, "ReadyToPay");
    stand.go_on();
    stand.sees("Payout", "Preparing");
    stand.unplug("dispenser");
    stand.sees("Payout", "Checking");
    let put_back_at = boottime_ms();
    stand.replug("dispenser");
    stand.sees("End", "NothingPaid");
    let (outcome, ended) = stand.last_payout();
    assert_eq!((&outcome["result"], &outcome["source"]), (&json!("notDispensed"), &json!("lastStatus")));
    assert_eq!((&ended["result"], &ended["distributed_tiyn"]), (&json!("nothing"), &json!(0)));
    assert_eq!(stand.frames(DISPENSE), 0);
    back(&mut stand, "dispenser", put_back_at);
    stand.go_on();
    stand.sees("Welcome", "");

    // The notes move: the last status tells, and the receipt says so.
    devices.patch("dispenser", &json!({ "purge_ms": 50, "note_ms": 120 })).unwrap();
    stand.visit(1, "ReadyToPay");
    stand.go_on();
    stand.sees("Payout", "Dispensing");
    stand.unplug("dispenser");
    stand.sees("Payout", "Checking");
    let put_back_at = boottime_ms();
    stand.replug("dispenser");
    stand.sees("Receipt", "");
    back(&mut stand, "dispenser", put_back_at);
    let (outcome, ended) = stand.last_payout();
    assert_eq!((&outcome["result"], &outcome["source"]), (&json!("dispensed"), &json!("lastStatus")));
    assert_eq!(ended["distributed_tiyn"], LOAN_TIYN);
    assert_eq!(stand.frames(DISPENSE), 1);
    stand.written("ReceiptPrinted", |row| row["printed"] == true);
    stand.go_on();
    stand.sees("Welcome", "");
    stand.closes();
}

#[test]
fn a_printer_unplugged_in_the_middle_of_a_receipt_is_told_to_the_borrower_and_prints_the_next_one() {
    let mut stand = Stand::open();
    let devices = stand.stage.devices().unwrap();
    devices.patch("printer", &json!({ "row_us": 10_000 })).unwrap();
    stand.visit(0, "ReadyToPay");
    stand.go_on();
    stand.sees("Receipt", "");
    until("the first rows on paper", SOON, || {
        let rows = devices.state("printer")?["rows_since_cut"].as_u64().unwrap_or(0);
        Ok(if rows > 20 { Look::There(()) } else { Look::NotYet(rows.to_string()) })
    })
    .unwrap();
    stand.unplug("printer");
    stand.written("ReceiptPrinted", |row| row["printed"] == false);
    missed(&mut stand, "printer", "check the data cable");
    let paper = stand.screen().element("paper").map(|element| element.label.clone()).unwrap_or_default();
    assert!(paper.contains("could not be printed"), "{paper}");
    let (_, ended) = stand.last_payout();
    assert_eq!((&ended["result"], &ended["distributed_tiyn"]), (&json!("paid"), &json!(LOAN_TIYN)));
    assert_eq!(stand.device("printer")["receipts"], 0);

    devices.patch("printer", &json!({ "row_us": 100 })).unwrap();
    let put_back_at = boottime_ms();
    stand.replug("printer");
    back(&mut stand, "printer", put_back_at);
    stand.go_on();
    stand.visit(1, "ReadyToPay");
    stand.go_on();
    stand.sees("Receipt", "");
    stand.written("ReceiptPrinted", |row| row["printed"] == true);
    stand.go_on();
    stand.closes();
}
