//! From bare board to a terminal in service by `senim commission`: what is wrong is named before the code of the MFO is used,
//! and who was commissioned serves and is not commissioned again.

use std::process::Command;

use senim_simulator::cash::Cassettes;
use senim_simulator::process::Programs;
use senim_simulator::stage::StageOptions;
use serde_json::Value;

use crate::stand::{Stand, quick};

fn board() -> Stand {
    let stand = Stand::with(StageOptions { commissioned: true, ..StageOptions::default() });
    stand.someone_before_the_camera(0);
    stand
}

#[test]
fn a_board_whose_answers_name_no_port_finds_its_devices_and_offers_loans_once_activated() {
    let mut stand = board();
    stand.stage.start_firmware(&quick()).unwrap();
    stand.stage.load_cash(&Cassettes::of(&[(2_000, 100), (1_000, 40)])).unwrap();
    let folders = stand.stage.folders();
    let written = std::fs::read_to_string(folders.commissioned()).unwrap();
    let written: toml::Table = written.parse().unwrap();
    for device in ["dispenser", "printer", "acceptor", "card", "nfc", "location"] {
        let path = written[device]["line"]["path"].as_str().unwrap();
        assert!(path.ends_with(&format!("devices/{device}")), "{device} was found at {path}");
    }
    // Whom people call while the program cannot start, and nobody could be asked any more.
    assert_eq!(written["display"]["phone"].as_str(), Some("+7 727 000 00 00"));
    assert!(!written.contains_key("create_journal") && !written.contains_key("ports"), "{written}");
    let kinds: Vec<Value> = stand.stage.rows(0).unwrap().into_iter().map(|row| row["kind"].clone()).collect();
    assert_eq!(kinds[0], "KeyEpoch", "{kinds:?}");

    let answers = folders.work.join("answers.toml");
    let mut again = Command::new(Programs::found().path("senim").unwrap());
    again.args(["commission", "--code", "1", "--answers"]).arg(answers).arg("--config");
    let other = again.arg(folders.work.join("other.toml")).output().unwrap();
    let said = String::from_utf8_lossy(&other.stderr).into_owned();
    assert_eq!(other.status.code(), Some(4), "{said}");
    assert!(said.contains("was commissioned before"), "{said}");
}

#[test]
fn a_device_that_is_missing_is_named_and_the_board_is_commissioned_when_it_is_there() {
    let mut stand = board();
    stand.unplug("printer");
    let refused = stand.stage.start_firmware(&quick()).unwrap_err().to_string();
    for words in ["\"check\":\"ports\",\"ok\":false", "printer:", "Power, cable, driver?"] {
        assert!(refused.contains(words), "{words}: {refused}");
    }
    let folders = stand.stage.folders();
    assert!(!folders.commissioned().exists() && !folders.work.join("data/identity.json").exists());
    stand.replug("printer");
    stand.stage.start_firmware(&quick()).unwrap();
    assert!(stand.stage.folders().commissioned().exists());
}
