//! The rack's control interface over HTTP.

use std::fs::OpenOptions;
use std::io::Write;

use senim_emulators::rack::{Options, Rack};
use serde_json::{Value, json};

use crate::host::dispense;
use crate::pty::awaited;

struct Control {
    rack: Rack,
    base: String,
    _dir: tempfile::TempDir,
}

impl Control {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let rack = Rack::start(dir.path(), Options::default()).unwrap();
        let base = format!("http://{}", rack.serve("127.0.0.1:0").unwrap());
        Self { rack, base, _dir: dir }
    }

    /// Status code and JSON of a request.
    fn ask(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let request = ureq::request(method, &format!("{}{path}", self.base));
        let answer = if body.is_null() { request.call() } else { request.send_json(body) };
        match answer {
            Ok(response) | Err(ureq::Error::Status(_, response)) => {
                (response.status(), response.into_json().expect("every answer is JSON"))
            }
            Err(error) => panic!("{error}"),
        }
    }

    fn get(&self, path: &str) -> Value {
        let (code, body) = self.ask("GET", path, Value::Null);
        assert_eq!(code, 200, "{body}");
        body
    }

    /// A request that must be refused with `code`, saying `part`.
    fn refused(&self, method: &str, path: &str, body: Value, code: u16, part: &str) {
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
    assert_eq!(names, ["card", "dispenser", "printer"]);
    for device in devices["devices"].as_array().unwrap() {
        assert!(OpenOptions::new().read(true).write(true).open(device["path"].as_str().unwrap()).is_ok());
    }
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
    control.refused("PATCH", "/devices/card", json!({"card": "passport"}), 400, "vpcd");
}

#[test]
fn what_does_not_exist_or_fit_is_refused_and_changes_nothing() {
    let control = Control::start();
    let before = control.get("/devices/dispenser");
    let dispenser = "/devices/dispenser";
    control.refused("GET", "/devices/toaster", Value::Null, 404, "card, dispenser, printer");
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
