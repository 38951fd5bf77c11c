//! The gateway is down before a payout, while leave to pay is awaited, while the notes move, and afterwards.

use serde_json::json;

use crate::stand::{DISPENSE, LOAN_TIYN, Stand, quick};

#[test]
fn without_a_gateway_no_payout_begins_one_under_way_goes_on_and_every_row_arrives_later() {
    let mut stand = Stand::open();

    // Down before: a started terminal offers nothing, and the technician reads why.
    stand.stage.stop_firmware().unwrap();
    stand.stage.kill_gateway().unwrap();
    stand.stage.start_firmware(&quick()).unwrap();
    stand.sees("Welcome", "offline");
    let status = stand.status("offline", |status| !status.online);
    assert_eq!(status.no_loan, "offline");
    stand.senim(&["check"]).finds("gateway", &["the MFO cannot be reached"]);
    stand.stage.start_gateway().unwrap();
    back(&mut stand);

    // Down between the request and the leave to pay: nothing is given.
    stand.visit(0, "ReadyToPay");
    stand.stage.kill_gateway().unwrap();
    stand.go_on();
    stand.sees("Waiting", "Authorisation");
    stand.sees("End", "NothingPaid");
    let (_, ended) = stand.last_payout();
    assert_eq!((&ended["result"], &ended["reason"]), (&json!("nothing"), &json!("noAnswer")));
    assert_eq!(stand.frames("51") + stand.frames(DISPENSE), 0);
    stand.go_on();
    stand.sees("Welcome", "offline");
    stand.stage.start_gateway().unwrap();
    back(&mut stand);

    // Down while the notes move, until after the receipt: the payout ends as if nothing had happened.
    stand.stage.devices().unwrap().patch("dispenser", &json!({ "note_ms": 100 })).unwrap();
    stand.visit(1, "ReadyToPay");
    stand.go_on();
    stand.sees("Payout", "Dispensing");
    stand.stage.kill_gateway().unwrap();
    stand.sees("Receipt", "");
    let (outcome, ended) = stand.last_payout();
    assert_eq!(outcome["source"], "answer");
    assert_eq!((&ended["result"], &ended["distributed_tiyn"]), (&json!("paid"), &json!(LOAN_TIYN)));
    stand.go_on();
    stand.sees("Welcome", "offline");
    assert!(stand.status("rows to wait", |status| status.unacked > 0).unacked > 0);
    stand.stage.start_gateway().unwrap();
    back(&mut stand);
    stand.closes();
}

/// The line works again, the journal says so, and every row has arrived.
fn back(stand: &mut Stand) {
    stand.status("the gateway to have everything", |status| status.online && status.unacked == 0);
    assert_eq!(stand.rows_of("UplinkChanged").pop().unwrap()["usable"], true);
    stand.sees("Welcome", "");
}
