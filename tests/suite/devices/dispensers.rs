//! The other dispensers: two cassettes without a last status, and a presenter whose notes can be taken, left, or taken in
//! part. Nothing is charged that nobody has.

use senim_simulator::config::DispenserKind;
use senim_simulator::stage::StageOptions;
use senim_simulator::wait::{Look, until};
use serde_json::{Value, json};

use crate::stand::{SOON, Stand, quick};

/// The loan: ten notes of 2,000 ₸.
const NOTES: u64 = 10;
/// Beyond the time that notes lie in the shutter by the sample rule pack.
const LEFT_MS: i64 = 95_000;

fn stand(dispenser: DispenserKind) -> Stand {
    let mut stand = Stand::with(StageOptions { dispenser, ..StageOptions::default() });
    stand.stage.start_firmware(&quick()).unwrap();
    stand.load();
    stand
}

/// A visit up to the last button, and on.
fn pay(stand: &mut Stand, person: usize) {
    stand.visit(person, "ReadyToPay");
    stand.go_on();
}

fn ended(stand: &Stand, result: &str, notes: u64) {
    let (_, ended) = stand.last_payout();
    assert_eq!((&ended["result"], &ended["distributed_tiyn"]), (&json!(result), &json!(notes * 200_000)));
}

/// Books of 2,000 ₸ against what a device counts: given, in cassettes, in reject, in retract.
fn booked(stand: &mut Stand, given: u64, left: u64, rejected: u64, retracted: u64) {
    let status = stand.status("everything settled", |status| !status.open_payout && status.unacked == 0);
    let books = &status.books["denominations"]["2000"];
    let found = [
        &books["distributed"],
        &status.books["units"]["1"]["notes"],
        &books["in_reject"],
        &books["in_retract"],
    ];
    assert_eq!(found.map(|count| count.as_u64().unwrap_or(0)), [given, left, rejected, retracted], "{books}");
}

#[test]
fn the_two_cassette_dispenser_pays_a_loan_and_what_it_cannot_tell_after_a_lost_line_is_uncertain() {
    let mut stand = stand(DispenserKind::Lcdm2000);
    pay(&mut stand, 0);
    stand.sees("Receipt", "");
    ended(&stand, "paid", NOTES);
    stand.written("ReceiptPrinted", |row| row["printed"] == true);
    stand.go_on();
    let truth = stand.device("dispenser2");
    assert_eq!((&truth["dispensed"]["2000"], &truth["cassettes"][0]["notes"]), (&json!(NOTES), &json!(90)));
    assert_eq!(truth["commands"]["dispense_count"], 1);
    booked(&mut stand, NOTES, 90, 0, 0);

    // It keeps no last status: a plug pulled while notes move leaves nobody who knows.
    stand.stage.devices().unwrap().patch("dispenser2", &json!({ "note_ms": 200 })).unwrap();
    pay(&mut stand, 1);
    stand.sees("Payout", "Dispensing");
    stand.unplug("dispenser2");
    stand.sees("Receipt", "Uncertain");
    stand.replug("dispenser2");
    stand.go_on();
    let (outcome, _) = stand.last_payout();
    assert_eq!(outcome["result"], "uncertain");
    assert_eq!(stand.device("dispenser2")["commands"]["dispense_count"], 2);
    stand.sees("Welcome", "cashStopped");
    senim_simulator::evidence::close(&mut stand.stage).unwrap();
}

/// What the presenter's people do.
fn people(stand: &Stand, settings: Value) {
    stand.stage.devices().unwrap().patch("presenter", &settings).unwrap();
}

/// The notes lie in the open shutter until their time is over.
fn time_for_taking_passes(stand: &mut Stand, times: i64) {
    stand.sees("Payout", "Taking");
    stand.stage.firmware().unwrap().clock(times * LEFT_MS).unwrap();
}

#[test]
fn notes_of_the_presenter_are_taken_or_go_back_uncharged_or_count_as_far_as_they_were_taken() {
    let mut stand = stand(DispenserKind::Presenter);
    pay(&mut stand, 0);
    stand.sees("Receipt", "");
    ended(&stand, "paid", NOTES);
    assert_eq!(stand.rows_of("PayoutTaken").len(), 1);
    stand.go_on();
    booked(&mut stand, NOTES, 90, 0, 0);

    people(&stand, json!({ "people": "leave" }));
    pay(&mut stand, 1);
    time_for_taking_passes(&mut stand, 1);
    stand.sees("End", "NothingPaid");
    ended(&stand, "nothing", 0);
    assert_eq!(stand.last_payout().1["reason"], "notTaken");
    assert_eq!(stand.rows_of("PayoutRetracted").len(), 1);
    stand.go_on();
    booked(&mut stand, NOTES, 80, 0, NOTES);

    people(&stand, json!({ "people": "take_some", "take_notes": 4 }));
    pay(&mut stand, 2);
    until("somebody to take four notes", SOON, || {
        let taken = stand.device("presenter")["cassettes"][0]["taken"].clone();
        Ok(if taken == NOTES + 4 { Look::There(()) } else { Look::NotYet(taken.to_string()) })
    })
    .unwrap();
    time_for_taking_passes(&mut stand, 2);
    stand.sees("Receipt", "Short");
    ended(&stand, "short", 4);
    stand.go_on();
    stand.sees("Choice", "remainder");
    stand.tap("option-later");
    stand.sees("Notice", "advice");
    stand.go_on();
    booked(&mut stand, NOTES + 4, 70, 0, NOTES + 6);
    let truth = stand.device("presenter");
    let unit = &truth["cassettes"][0];
    assert_eq!((&unit["taken"], &unit["retracted"], &unit["notes"]), (&json!(14), &json!(16), &json!(70)));
    assert_eq!(truth["commands"]["dispense_count"], 3);
    senim_simulator::evidence::close(&mut stand.stage).unwrap();
}

#[test]
fn a_terminal_that_dies_with_notes_in_the_shutter_takes_them_back_once_and_charges_nothing() {
    let mut stand = stand(DispenserKind::Presenter);
    people(&stand, json!({ "people": "leave" }));
    pay(&mut stand, 0);
    stand.sees("Payout", "Taking");
    stand.stage.kill_firmware().unwrap();
    stand.stage.start_firmware(&quick()).unwrap();
    stand.status("the open payout to be settled", |status| !status.open_payout);
    ended(&stand, "nothing", 0);
    let truth = stand.device("presenter");
    assert_eq!(
        (&truth["commands"]["retract_count"], &truth["cassettes"][0]["retracted"]),
        (&json!(1), &json!(NOTES))
    );
    booked(&mut stand, 0, 90, 0, NOTES);
    stand.sees("Welcome", "");

    // With a supply lost meanwhile nobody knows whose hands the notes are in.
    pay(&mut stand, 1);
    stand.sees("Payout", "Taking");
    stand.stage.kill_firmware().unwrap();
    people(&stand, json!({ "power": false }));
    people(&stand, json!({ "power": true }));
    stand.stage.start_firmware(&quick()).unwrap();
    stand.status("the open payout to be settled", |status| !status.open_payout);
    assert_eq!(stand.last_payout().1["result"], "uncertain");
    assert_eq!(stand.device("presenter")["commands"]["retract_count"], 1);
    stand.sees("Welcome", "cashStopped");
    senim_simulator::evidence::close(&mut stand.stage).unwrap();
}
