//! The rack's control interface over HTTP.

use std::fs::OpenOptions;
use std::io::Write;

use senim_emulators::rack::{Options, Rack};
use serde_json::{Value, json};

use crate::host::dispense;
use crate::pty::awaited;

pub struct Control {
    rack: Rack,
    base: String,
    _dir: tempfile::TempDir,
}

impl Control {
    pub fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let rack = Rack::start(dir.path(), Options::default()).unwrap();
        let base = format!("http://{}", rack.serve("127.0.0.1:0").unwrap());
        Self { rack, base, _dir: dir }
    }

    /// Status code and JSON of a request.
    pub fn ask(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let request = ureq::request(method, &format!("{}{path}", self.base));
        let answer = if body.is_null() { request.call() } else { request.send_json(body) };
        match answer {
            Ok(response) | Err(ureq::Error::Status(_, response)) => {
                (response.status(), response.into_json().expect("every answer is JSON"))
            }
            Err(error) => panic!("{error}"),
        }
    }

    pub fn get(&self, path: &str) -> Value {
        let (code, body) = self.ask("GET", path, Value::Null);
        assert_eq!(code, 200, "{body}");
        body
    }

    /// A request that must be refused with `code`, saying `part`.
    pub fn refused(&self, method: &str, path: &str, body: Value, code: u16, part: &str) {
        let (came, answer) = self.ask(method, path, body);
        assert_eq!(came, code, "{answer}");
        assert!(answer["error"].as_str().unwrap().contains(part), "{answer}");
    }
}

#[test]
fn the_rack_lists_its_devices_and_their_ports() {
    let control = Control::start();
    let devices = control.get("/devices");
    let names: Vec<_> = devices["devices"].as_array().unwrap().iter().map(|device| &device["name"]).collect();
    let all = "acceptor cabinet card dispenser dispenser2 keypad location nfc presenter printer supply";
    assert_eq!(names, all.split(' ').collect::<Vec<_>>());
    for device in devices["devices"].as_array().unwrap() {
        let Some(path) = device["path"].as_str() else { continue };
        assert!(OpenOptions::new().read(true).write(true).open(path).is_ok());
    }
}

#[test]
fn a_card_is_laid_on_the_contactless_reader_by_its_name() {
    let control = Control::start();
    let (code, state) = control.ask("PATCH", "/devices/nfc", json!({"card": "echo"}));
    assert_eq!((code, &state["card"]), (200, &json!("echo")), "{state}");
    assert_eq!(control.rack.nfc().with(|chip, _| chip.card()), Some("echo"));
    control.refused("PATCH", "/devices/nfc", json!({"card": "library"}), 400, "library");
    let (_, state) = control.ask("PATCH", "/devices/nfc", json!({"card": null}));
    assert_eq!(state["card"], Value::Null);
}

#[test]
fn cassettes_times_and_record_mode_are_set_and_shown() {
    let control = Control::start();
    let (code, state) = control.ask(
        "PATCH",
        "/devices/dispenser",
        json!({"cassettes": [{"unit": 3, "denomination": 1000, "notes": 7}, {"unit": 1, "notes": 0}],
               "last_status": "at_end", "note_ms": 3, "pacing": "byte_paced"}),
    );
    assert_eq!(code, 200, "{state}");
    assert_eq!(state["cassettes"][2]["denomination"], 1000);
    assert_eq!(state["cassettes"][2]["notes"], 7);
    assert_eq!(state["cassettes"][0]["denomination"], 20_000);
    assert_eq!(state["cassettes"][0]["notes"], 0);
    assert_eq!(state["last_status"], "at_end");
    assert_eq!(state["options"]["note_ms"], 3);
    assert_eq!(state["pacing"], "byte_paced");
}

#[test]
fn people_and_the_shutter_of_the_presenter_are_set_over_http() {
    let control = Control::start();
    let (code, state) =
        control.ask("PATCH", "/devices/presenter", json!({"people": "take_some", "take_notes": 2}));
    assert_eq!(
        (code, &state["options"]["people"], &state["options"]["take_notes"]),
        (200, &json!("take_some"), &json!(2))
    );
    let (code, state) = control.ask("PUT", "/devices/presenter/faults/shutter_jam", json!({"command": 18}));
    assert_eq!((code, &state["faults"]["shutter_jam"]), (200, &json!({"command": 18})));
    assert_eq!(state["shutter"], "closed");
    control.refused("PATCH", "/devices/presenter", json!({"people": "dance"}), 400, "take_some");
    control.refused("PUT", "/devices/dispenser2/faults/cassette_out", json!({"unit": 3}), 400, "1 or 2");
}

#[test]
fn power_cut_over_http_is_seen_by_the_latch() {
    let control = Control::start();
    let before = control.get("/power");
    assert_eq!((&before["losses"], &before["powered"]), (&json!(0), &json!(true)));
    control.ask("PATCH", "/devices/dispenser", json!({"power": false}));
    assert_eq!(control.get("/power"), json!({"losses": 1, "powered": false, "powered_since_ms": null}));
    control.ask("PATCH", "/devices/dispenser", json!({"power": true}));
    let after = control.get("/power");
    assert!(after["powered_since_ms"].as_u64() >= before["powered_since_ms"].as_u64());
    assert_eq!(after["losses"], 1);
}

#[test]
fn every_dispenser_has_a_latch_of_its_own_and_nothing_else_has_one() {
    let control = Control::start();
    for name in ["dispenser", "dispenser2", "presenter"] {
        assert_eq!(control.get(&format!("/power/{name}")), json!({"losses": 0, "powered": true}));
        control.ask("PATCH", &format!("/devices/{name}"), json!({"power": false}));
        assert_eq!(control.get(&format!("/power/{name}")), json!({"losses": 1, "powered": false}));
    }
    control.refused("GET", "/power/printer", Value::Null, 404, "no power latch");
    control.refused("GET", "/power/toaster", Value::Null, 404, "unknown device");
}

#[test]
fn a_dispense_is_counted_for_what_left() {
    let control = Control::start();
    let fault = json!({"after_notes": 1, "times": 1});
    let (code, state) = control.ask("PUT", "/devices/dispenser/faults/jam_after", fault.clone());
    assert_eq!((code, &state["faults"]["jam_after"]), (200, &fault));
    let mut port = OpenOptions::new().write(true).open(control.rack.dispenser().path()).unwrap();
    port.write_all(&dispense([0, 2, 0, 0])).unwrap();
    let state = awaited(|| {
        let state = control.get("/devices/dispenser");
        (state["faults"] == json!({}) && state["cassettes"][1]["on_path"] == 1).then_some(state)
    });
    assert_eq!(state["commands"]["dispense_count"], 1);
    assert_eq!(state["cassettes"][1]["exited"], 1);
    assert_eq!(state["cassettes"][1]["notes"], 198);
    assert_eq!(state["frames"]["52"], 1);
    assert_eq!(state["dispensed"], json!({"10000": 1}));
}

#[test]
fn supply_and_location_are_set_over_http() {
    let control = Control::start();
    let (code, supply) = control.ask("PATCH", "/devices/supply", json!({"source": "battery", "low": true}));
    assert_eq!((code, &supply["status"]), (200, &json!("OB DISCHRG LB")));
    assert_eq!(supply["address"], control.rack.supply().address().to_string());
    let (_, supply) = control.ask("PUT", "/devices/supply/faults/stale", json!({"times": 2}));
    assert_eq!(supply["faults"], json!({"stale": {"times": 2}}));
    let (_, supply) = control.ask("PUT", "/devices/supply/faults/unplug", Value::Null);
    assert_eq!(supply["plugged"], false);
    let (_, supply) = control.ask("DELETE", "/devices/supply/faults/unplug", Value::Null);
    assert_eq!(supply["plugged"], true);
    let (code, location) = control.ask("PATCH", "/devices/location", json!({"fix": false, "satellites": 2}));
    assert_eq!((code, &location["sky"]["fix"]), (200, &json!(false)));
    control.refused("PUT", "/devices/location/faults/late", json!({"unit": 1}), 400, "delay_ms");
    control.refused("PATCH", "/devices/supply", json!({"pacing": "byte_paced"}), 400, "pacing");
}

#[test]
fn a_device_is_unplugged_and_replugged_over_http() {
    let control = Control::start();
    let (_, state) = control.ask("PUT", "/devices/printer/faults/unplug", json!({}));
    assert_eq!((&state["plugged"], &state["faults"]["unplug"]), (&json!(false), &json!({})));
    assert!(!control.rack.printer().path().is_symlink());
    let (_, state) = control.ask("DELETE", "/devices/printer/faults/unplug", Value::Null);
    assert_eq!((&state["plugged"], &state["faults"]), (&json!(true), &json!({})));
    control.ask("PUT", "/devices/printer/faults/unplug", Value::Null);
    let (_, state) = control.ask("PUT", "/devices/printer/faults/replug", Value::Null);
    assert_eq!(state["plugged"], true);
}

#[test]
fn cards_and_faults_of_the_card_reader_are_set_over_http() {
    let control = Control::start();
    let (code, state) =
        control.ask("PUT", "/devices/card/faults/torn", json!({"after_blocks": 2, "times": 1}));
    assert_eq!((code, &state["faults"]["torn"]["after_blocks"]), (200, &json!(2)));
    let (code, state) = control.ask("PATCH", "/devices/card", json!({"card": null, "answer_ms": 1}));
    assert_eq!((code, &state["card"], &state["options"]["answer_ms"]), (200, &json!(null), &json!(1)));
    control.refused("PATCH", "/devices/card", json!({"card": "library card"}), 400, "vpcd");
    // Keys are pressed only while the reader asks for a PIN, and only digits are digits.
    let (code, state) = control.ask("PATCH", "/devices/card", json!({"keypad": true}));
    assert_eq!(
        (code, &state["options"]["keypad"], &state["asks_for_pin"]),
        (200, &json!(true), &Value::Null)
    );
    control.refused(
        "PATCH",
        "/devices/card",
        json!({"digits": "123456", "press": "ok"}),
        400,
        "asks for no PIN",
    );
    control.refused("PATCH", "/devices/card", json!({"digits": "12a"}), 400, "0 to 9");
    control.refused("PATCH", "/devices/card", json!({"press": "any"}), 400, "clear");
    for device in ["/devices/card", "/devices/nfc"] {
        let (code, state) =
            control.ask("PATCH", device, json!({"card": "piv-p256", "card_settings": {"tries": 1}}));
        assert_eq!((code, &state["card_state"]["tries"]), (200, &json!(1)));
        // A card whose settings are refused is not put in, and none is there to be set.
        let refused = json!({"card": "piv-rsa", "card_settings": {"tries": 9}});
        control.refused("PATCH", device, refused, 400, "tries");
        assert_eq!(control.get(device)["card"], "piv-p256");
        let refused = json!({"card": null, "card_settings": {"tries": 1}});
        control.refused("PATCH", device, refused, 400, "no card");
    }
}

#[test]
fn what_does_not_exist_or_fit_is_refused_and_changes_nothing() {
    let control = Control::start();
    let before = control.get("/devices/dispenser");
    let dispenser = "/devices/dispenser";
    control.refused("GET", "/devices/toaster", Value::Null, 404, "acceptor, cabinet, card, dispenser");
    control.refused("GET", "/nothing", Value::Null, 404, "/devices");
    control.refused("DELETE", dispenser, Value::Null, 405, "DELETE");
    control.refused("PATCH", dispenser, json!({"colour": 1, "note_ms": 1}), 400, "colour");
    control.refused("PATCH", dispenser, json!({"note_ms": "fast"}), 400, "fast");
    control.refused(
        "PATCH",
        dispenser,
        json!({"note_ms": 1, "cassettes": [{"unit": 5}]}),
        400,
        "units are 1 to 4",
    );
    control.refused("PATCH", dispenser, json!({"note_ms": 1, "pacing": "slow"}), 400, "byte_paced");
    control.refused("PATCH", dispenser, json!({"baud": 9600}), 400, "pacing");
    control.refused("PATCH", dispenser, json!([1]), 400, "object");
    control.refused("PUT", "/devices/dispenser/faults/gremlin", json!({}), 404, "jam_after");
    control.refused("DELETE", "/devices/dispenser/faults/gremlin", Value::Null, 404, "gremlin");
    control.refused("PUT", "/devices/dispenser/faults/nak", json!({"unit": 1}), 400, "command");
    control.refused("PUT", "/devices/printer/faults/paper_out", json!({"times": 1}), 400, "times");
    control.refused("PUT", "/devices/printer/faults/unplug", json!({"times": 1}), 400, "no fields");
    assert_eq!(control.get("/devices/dispenser"), before);
}
