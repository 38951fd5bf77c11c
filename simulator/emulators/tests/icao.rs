//! The emulated travel document as a reader sees it.

use senim_emulators::card::Card;
use senim_emulators::cards::icao::{Form, Options, TravelDocument, Variant, Ways};
use senim_emulators::cards::registry;
use serde_json::json;

const SELECT_APPLICATION: &str = "00A4040C07A0000002471001";
const SELECT_CARD_ACCESS: &str = "00A4020C02011C";

#[test]
fn nothing_of_the_person_is_read_in_the_open() {
    let mut card = document(Options::default());
    assert_eq!(send(&mut card, SELECT_APPLICATION), "9000");
    for file in ["011E", "0101", "0102", "011D"] {
        assert_eq!(send(&mut card, &format!("00A4020C02{file}")), "6982");
    }
    assert_eq!(send(&mut card, "00B0000008"), "6986");
}

#[test]
fn how_to_open_it_is_read_by_anybody() {
    let mut card = document(Options::default());
    assert_eq!(send(&mut card, SELECT_CARD_ACCESS), "9000");
    assert_eq!(send(&mut card, "00B0000000"), "31143012060A04007F0007020204020202010202010C9000");
    let mut older = document(Options { ways: Ways::BacOnly, ..Options::default() });
    assert_eq!(send(&mut older, SELECT_CARD_ACCESS), "6A82");
}

#[test]
fn a_newer_chip_has_no_basic_access_control() {
    let mut card = document(Options { ways: Ways::PaceOnly, ..Options::default() });
    assert_eq!(send(&mut card, SELECT_APPLICATION), "6982");
    assert_eq!(send(&mut card, "0084000008"), "6985");
}

#[test]
fn a_wrong_proof_is_refused_and_its_challenge_is_spent() {
    let mut card = document(Options { ways: Ways::BacOnly, ..Options::default() });
    send(&mut card, SELECT_APPLICATION);
    assert_eq!(send(&mut card, "0084000008").len(), 20);
    let proof = format!("0082000028{}28", "5A".repeat(40));
    assert_eq!(send(&mut card, &proof), "6300");
    assert_eq!(send(&mut card, &proof), "6985");
}

#[test]
fn a_protected_command_without_a_channel_is_refused() {
    let mut card = document(Options::default());
    assert_eq!(send(&mut card, "0CB000000D9701048E08ED6705417E96BA5500"), "6988");
}

#[test]
fn lengths_are_those_that_the_answer_to_reset_announces() {
    let extended = "00B00000000100";
    for (takes, lengths) in [(true, 0x40), (false, 0x00)] {
        let mut card = document(Options { extended: takes, ..Options::default() });
        assert_eq!(card.answer_to_reset()[8], lengths);
        send(&mut card, SELECT_CARD_ACCESS);
        assert_eq!(send(&mut card, extended) == "6700", !takes);
    }
}

#[test]
fn a_torn_document_is_mute_until_it_gets_power_again() {
    let mut card = document(Options { tear_after: Some(1), ..Options::default() });
    assert_eq!(send(&mut card, SELECT_APPLICATION), "9000");
    assert_eq!(send(&mut card, SELECT_APPLICATION), "mute");
    card.patch(&json!({"tear_after": null})).unwrap();
    assert_eq!(send(&mut card, SELECT_APPLICATION), "mute");
    card.power(true);
    assert_eq!(send(&mut card, SELECT_APPLICATION), "9000");
}

#[test]
fn equal_options_make_equal_documents() {
    let id = [0x01, 0x1D];
    let one = document(Options::passport());
    assert_eq!(one.file(id), document(Options::passport()).file(id));
    assert_eq!(
        one.authority(),
        document(Options { variant: Variant::ForgedSigner, ..Options::passport() }).authority()
    );
    assert_ne!(one.file(id), document(Options { seed: 2, ..Options::passport() }).file(id));
    assert_ne!(one.file(id), document(Options { form: Form::Card, ..Options::passport() }).file(id));
}

#[test]
fn every_name_makes_a_card_that_bears_it_and_settings_are_checked() {
    let documents = |name: &&&str| name.starts_with("passport") || **name == "id-card";
    for name in registry::NAMES.iter().filter(documents) {
        let mut card = registry::card(name).unwrap();
        assert_eq!(card.name(), *name);
        assert_eq!(card.state()["application"], "icao");
        assert!(card.patch(&json!({"faults": {"wrong_checksum": {"command": 176, "times": 1}}})).is_ok());
        assert_eq!(card.state()["faults"]["wrong_checksum"]["command"], 176);
        assert!(card.patch(&json!({"faults": {"on_fire": {}}})).is_err());
        assert!(card.patch(&json!({"pin": 1})).is_err());
    }
}

#[test]
fn a_document_becomes_somebody_elses_through_the_control_and_only_as_a_document_can_be() {
    let mut card = document(Options::default());
    let number = |card: &TravelDocument| card.file([0x01, 0x01]).unwrap().to_vec();
    let (before, authority) = (number(&card), card.authority().to_vec());
    for wrong in [
        json!({ "number": "" }),
        json!({ "birth": "1990" }),
        json!({ "sex": "?" }),
        json!({ "iin": "12" }),
        json!({ "name": "X" }),
    ] {
        assert!(card.patch(&json!({ "holder": wrong })).is_err());
    }
    assert!(card.patch(&json!({ "variant": "painted" })).is_err());
    assert_eq!(number(&card), before);
    card.patch(&json!({ "holder": { "number": "098765432", "iin": "" }, "variant": "good" })).unwrap();
    assert!(String::from_utf8_lossy(&number(&card)).contains("098765432"));
    assert_eq!(card.authority(), authority);
}

fn document(options: Options) -> TravelDocument {
    let mut card = TravelDocument::new(options).unwrap();
    card.power(true);
    card
}

fn send(card: &mut dyn Card, apdu: &str) -> String {
    let bytes: Vec<u8> =
        (0..apdu.len()).step_by(2).map(|at| u8::from_str_radix(&apdu[at..at + 2], 16).unwrap()).collect();
    match card.transmit(&bytes) {
        Some(answer) => answer.iter().map(|byte| format!("{byte:02X}")).collect(),
        None => "mute".into(),
    }
}
