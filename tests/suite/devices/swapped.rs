//! Two cables in each other's socket: both ports are named, and no device hears more than who-are-you.

use senim_simulator::config::ConfigPatch;
use serde_json::Value;

use crate::stand::{Said, Stand, quick};

/// What stands in a row and in a technician's line about such a port.
const SWAPPED: &str = "the cables of two devices are swapped";
/// Questions of a dispenser: status; and of an acceptor: poll, status, identification, bill table.
const DISPENSER_ASKS: [&str; 1] = ["50"];
const ACCEPTOR_ASKS: [&str; 4] = ["31", "33", "37", "41"];
/// Of a contactless reader, by its own driver: version, then what makes it look for a card once.
const NFC_ASKS: [&str; 5] = ["02", "12", "14", "32", "4a"];
/// PC_to_RDR_Escape and PC_to_RDR_GetSlotStatus of a contact reader.
const CARD_ASKS: [&str; 2] = ["6b", "65"];

/// The configuration of a terminal on which the cables of each pair are swapped.
fn swapped(pairs: &[(&str, &str)]) -> ConfigPatch {
    pairs.iter().fold(quick().set("card.gempc.answer_wait_ms", 500), |patch, (one, other)| {
        patch
            .set(&format!("{one}.line.path"), format!("devices/{other}"))
            .set(&format!("{other}.line.path"), format!("devices/{one}"))
    })
}

/// Each port of the pairs and who answers there.
fn ports<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Iterator<Item = (&'a str, &'a str)> {
    pairs.iter().flat_map(|(one, other)| [(*one, *other), (*other, *one)])
}

/// Rows of a running firmware and lines of `senim devices`, each naming both.
fn both_are_named(stand: &mut Stand, pairs: &[(&str, &str)]) -> Said {
    stand.stage.start_firmware(&swapped(pairs)).unwrap();
    for (device, other) in ports(pairs) {
        let answers = format!("answers as {other}");
        stand.written("DeviceChanged", |row| {
            let cause = row["cause"].as_str().unwrap();
            row["device"] == device && cause.contains(&answers) && cause.contains(SWAPPED)
        });
        stand.failed_row(device, &[&answers, SWAPPED, "connect the configured device"]);
    }
    stand.stage.stop_firmware().unwrap();
    let said = stand.senim(&["devices"]);
    for (device, other) in ports(pairs) {
        said.finds(device, &[&format!("answers as {other}"), SWAPPED]);
    }
    said
}

/// Asserts that nothing but these was heard, and at least one of them.
fn heard_only(frames: &Value, questions: &[&str]) {
    let heard: Vec<&String> = frames.as_object().unwrap().keys().collect();
    assert!(!heard.is_empty() && heard.iter().all(|code| questions.contains(&code.as_str())), "{frames}");
}

#[test]
fn swapped_cables_of_dispenser_acceptor_and_card_readers_are_named_and_the_wrong_device_is_only_asked() {
    let mut stand = Stand::new();
    let said = both_are_named(&mut stand, &[("dispenser", "acceptor"), ("card", "nfc")]);
    assert_eq!(said.about("printer")["ok"], true);
    heard_only(&stand.dispenser()["frames"], &DISPENSER_ASKS);
    heard_only(&stand.device("acceptor")["line"]["frames"], &ACCEPTOR_ASKS);
    heard_only(&stand.device("nfc")["frames"], &NFC_ASKS);
    heard_only(&stand.device("card")["frames"], &CARD_ASKS);
    stand.stage.start_firmware(&quick()).unwrap();
    stand.load();
    stand.closes();
}

#[test]
fn swapped_cables_of_dispenser_and_printer_are_named_and_nothing_is_paid_or_printed() {
    let mut stand = Stand::new();
    both_are_named(&mut stand, &[("dispenser", "printer")]);
    heard_only(&stand.dispenser()["frames"], &DISPENSER_ASKS);
    let printer = stand.device("printer");
    assert_eq!((&printer["receipts"], &printer["rows_printed"]), (&0.into(), &0.into()));
    stand.stage.start_firmware(&quick()).unwrap();
    stand.load();
    stand.closes();
}
