//! The dispenser goes wrong around a payout: before it, in its marker, in its DISPENSE. Silence is resolved by LAST STATUS;
//! DISPENSE is on the wire once.

use serde_json::{Value, json};

use crate::stand::{DISPENSE, LOAN_TIYN, Stand};

/// What a payout with a fault came to.
struct Came {
    outcome: Value,
    ended: Value,
}

/// A visit that ends in a payout; `before` is done at the last button.
fn pay(stand: &mut Stand, person: usize, before: impl FnOnce(&Stand)) {
    stand.visit(person, "ReadyToPay");
    before(stand);
    stand.go_on();
}

/// The borrower has everything and a receipt.
fn receipt(stand: &mut Stand) -> Came {
    stand.sees("Receipt", "");
    leave(stand)
}

/// Nobody knows what was given, and the screen says what happens next.
fn uncertain(stand: &mut Stand) -> Came {
    stand.sees("Receipt", "Uncertain");
    let came = leave(stand);
    let stopped = stand.rows_of("CashServiceChanged").pop().unwrap();
    assert_eq!((&stopped["available"], &stopped["cause"]), (&json!(false), &json!("uncertain")));
    came
}

/// Nothing was given, and the screen says so.
fn nothing(stand: &mut Stand) -> Came {
    stand.sees("End", "NothingPaid");
    leave(stand)
}

fn leave(stand: &mut Stand) -> Came {
    stand.go_on();
    let (outcome, ended) = stand.last_payout();
    Came { outcome, ended }
}

fn given(came: &Came, result: &str, source: &str, tiyn: u64) {
    assert_eq!(came.outcome["source"], source, "{}", came.outcome);
    assert_eq!(came.ended["result"], result, "{}", came.ended);
    assert_eq!(came.ended["distributed_tiyn"], tiyn, "{}", came.ended);
}

#[test]
fn silence_garbage_and_a_lost_line_after_dispense_are_resolved_by_last_status_and_a_refused_one_gives_nothing()
 {
    let mut stand = Stand::open();

    // Acknowledged, carried out, never answered.
    pay(&mut stand, 0, |stand| {
        stand.fault("dispenser", "silence_after_ack", &json!({ "command": 0x52, "times": 1 }))
    });
    stand.sees("Payout", "Checking");
    let came = receipt(&mut stand);
    given(&came, "paid", "lastStatus", LOAN_TIYN);
    assert_eq!(stand.frames(DISPENSE), 1);

    // Answered with noise, as often as it is asked to repeat.
    pay(&mut stand, 1, |stand| stand.fault("dispenser", "garbage", &json!({ "command": 0x52 })));
    let came = receipt(&mut stand);
    stand.cured("dispenser", "garbage");
    given(&came, "paid", "lastStatus", LOAN_TIYN);
    assert_eq!(stand.frames(DISPENSE), 2);

    // The plug is pulled while notes move, and put back.
    stand.stage.devices().unwrap().patch("dispenser", &json!({ "note_ms": 120 })).unwrap();
    pay(&mut stand, 2, |_| {});
    stand.sees("Payout", "Dispensing");
    stand.fault("dispenser", "unplug", &json!({}));
    stand.sees("Payout", "Checking");
    stand.fault("dispenser", "replug", &json!({}));
    let came = receipt(&mut stand);
    given(&came, "paid", "lastStatus", LOAN_TIYN);
    let lost = stand.rows_of("DeviceChanged");
    let told = |row: &Value| {
        row["device"] == "dispenser" && row["cause"].as_str().unwrap().contains("check the data cable")
    };
    assert!(lost.iter().any(told), "{lost:?}");

    // Refused with NAK: nothing has left.
    pay(&mut stand, 3, |stand| stand.fault("dispenser", "nak", &json!({ "command": 0x52, "times": 1 })));
    let came = nothing(&mut stand);
    given(&came, "nothing", "lastStatus", 0);
    assert_eq!(came.ended["reason"], "device");
    assert_eq!(stand.frames(DISPENSE), 4);

    // Acknowledged and not carried out: the last status contradicts the acknowledgement, so nobody knows.
    pay(&mut stand, 4, |stand| {
        stand.fault("dispenser", "silent_no_execute", &json!({ "command": 0x52, "times": 1 }))
    });
    let came = uncertain(&mut stand);
    given(&came, "uncertain", "nothing", 0);
    assert_eq!(stand.frames(DISPENSE), 5);
    stand.closes();
}

#[test]
fn before_dispense_a_fault_gives_nothing_and_after_it_what_nobody_knows_is_uncertain_and_stops_cash() {
    let mut stand = Stand::open();

    // Unplugged while the borrower reads the last screen: the payout does not even begin.
    stand.visit(0, "ReadyToPay");
    stand.fault("dispenser", "unplug", &json!({}));
    let status = stand.status("the lost dispenser to be noticed", |status| !status.no_loan.is_null());
    assert_eq!(status.no_loan, "dispenser");
    stand.go_on();
    stand.sees("End", "NothingPaid");
    stand.go_on();
    stand.sees("Welcome", "dispenser");
    stand.failed_row("dispenser", &["the line to the dispenser is closed", "check the data cable"]);
    assert!(stand.rows_of("PayoutRequested").is_empty());
    stand.fault("dispenser", "replug", &json!({}));

    // The marker is refused: DISPENSE is not sent.
    pay(&mut stand, 1, |stand| stand.fault("dispenser", "nak", &json!({ "command": 0x51, "times": 1 })));
    let came = nothing(&mut stand);
    given(&came, "nothing", "journal", 0);
    assert!(came.outcome["device_error"].as_str().unwrap().contains("NAK"), "{}", came.outcome);
    assert_eq!(stand.frames(DISPENSE), 0);
    assert_eq!(stand.frames("51"), 1);

    // Unplugged in the middle of a payout and not put back in time: nobody knows.
    stand.stage.devices().unwrap().patch("dispenser", &json!({ "note_ms": 120 })).unwrap();
    pay(&mut stand, 2, |_| {});
    stand.sees("Payout", "Dispensing");
    stand.fault("dispenser", "unplug", &json!({}));
    let came = uncertain(&mut stand);
    given(&came, "uncertain", "nothing", 0);
    assert_eq!(stand.frames(DISPENSE), 1);
    stand.fault("dispenser", "replug", &json!({}));
    // The machine is in order again; the cash is not, until somebody has counted.
    stand.sees("Welcome", "cashStopped");
    stand.closes();
}
