//! `senim check --test-to-reject`: one note into the reject unit, with its rows; refused where the firmware owns the
//! dispenser, and honest where nobody knows what became of the note.

use serde_json::json;

use super::check::in_form;
use crate::stand::{Said, Stand, quick};

/// Command byte of TEST DISPENSE.
const TEST: &str = "53";

fn test_to_reject(stand: &Stand) -> Said {
    let said = stand.senim(&["check", "--test-to-reject", "1"]);
    in_form(&said);
    said
}

#[test]
fn a_test_moves_one_note_into_the_reject_unit_and_is_refused_or_uncertain_where_it_must_be() {
    let mut stand = Stand::open();
    test_to_reject(&stand).finds("test_to_reject", &["held by the firmware", "stop it first"]);

    // A payout is open: stopped dead behind the arming row.
    stand.stage.stop_firmware().unwrap();
    stand.stage.start_firmware(&quick().set("rig.halt_at", "after:PayoutArmed:1")).unwrap();
    stand.visit(0, "ReadyToPay");
    stand.go_on();
    stand.stage.wait_for_halt().unwrap();
    stand.stage.kill_firmware().unwrap();
    test_to_reject(&stand).finds("test_to_reject", &["payout", "is open", "start the firmware"]);
    stand.stage.start_firmware(&quick()).unwrap();
    stand.status("the open payout to be settled", |status| !status.open_payout && status.no_loan.is_null());
    stand.stage.stop_firmware().unwrap();
    assert_eq!(stand.frames(TEST), 0, "refused is not begun");

    // In order: the note is in the tray, in the rows and in the books.
    let said = test_to_reject(&stand);
    let line = said.about("test_to_reject");
    assert_eq!((&line["ok"], &line["detail"]["result"]), (&json!(true), &json!("dispensed")), "{said:?}");
    assert_eq!(said.code, Some(0));
    assert_eq!(stand.frames(TEST), 1);
    let truth = stand.dispenser();
    assert_eq!((&truth["rejected"]["2000"], &truth["cassettes"][0]["notes"]), (&json!(1), &json!(99)));
    let rows = stand.rows();
    let kinds: Vec<_> = rows.iter().map(|row| row["kind"].as_str().unwrap()).collect();
    let at = |kind: &str| kinds.iter().position(|found| *found == kind).unwrap();
    assert!(at("TestDispenseIntended") < at("TestDispenseEnded"), "{kinds:?}");
    stand.stage.start_firmware(&quick()).unwrap();
    stand.sees("Welcome", "");
    stand.no_note_is_lost_or_doubled();
    stand.stage.stop_firmware().unwrap();

    // The device falls silent: nobody knows where the note is, and cash stops until a count.
    stand.fault("dispenser", "silence_after_ack", &json!({ "command": 0x53, "times": 1 }));
    test_to_reject(&stand).finds("test_to_reject", &["nobody knows", "cash service is stopped", "count"]);
    assert_eq!(stand.frames(TEST), 2, "never asked twice");
    let ended = stand.rows_of("TestDispenseEnded").pop().unwrap();
    assert_eq!(ended["result"], "uncertain");
    let stopped = stand.rows_of("CashServiceChanged").pop().unwrap();
    assert_eq!((&stopped["available"], &stopped["cause"]), (&json!(false), &json!("uncertain")));
    test_to_reject(&stand).finds("test_to_reject", &["cash service is stopped", "count"]);
    assert_eq!(stand.frames(TEST), 2);
    stand.stage.start_firmware(&quick()).unwrap();
    stand.sees("Welcome", "cashStopped");
    stand.closes();
}
