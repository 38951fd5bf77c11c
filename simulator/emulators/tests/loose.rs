//! Devices without a line: the cabinet's contacts and the keypad, over HTTP and by themselves.

use senim_emulators::cabinet::{Cabinet, Levels};
use senim_emulators::control::Controlled;
use senim_emulators::keypad::Keypad;
use serde_json::{Value, json};

use crate::rack::Control;

#[test]
fn contacts_are_set_over_http_and_every_edge_is_numbered_in_order() {
    let control = Control::start();
    let quiet = control.get("/devices/cabinet");
    assert_eq!(
        (&quiet["path"], &quiet["readable"], &quiet["edge_seq"]),
        (&Value::Null, &json!(true), &json!(0))
    );
    control.ask("PATCH", "/devices/cabinet", json!({"safe_door": true}));
    control.ask("PATCH", "/devices/cabinet", json!({"safe_door": true, "cabinet_door": true}));
    let (_, state) = control.ask("PATCH", "/devices/cabinet", json!({"safe_door": false}));
    assert_eq!(
        state["inputs"],
        json!({"cabinet_door": true, "safe_door": false, "tamper": false, "tilt": false, "operator_switch": false})
    );
    assert_eq!(
        state["edges"],
        json!([
            {"seq": 1, "input": "safe_door", "active": true},
            {"seq": 2, "input": "cabinet_door", "active": true},
            {"seq": 3, "input": "safe_door", "active": false},
        ])
    );
}

#[test]
fn keys_are_pressed_over_http_as_the_kernel_would_tell() {
    let control = Control::start();
    control.ask("PATCH", "/devices/keypad", json!({"press": "KEY_UP", "repeats": 1}));
    let (_, state) = control.ask("PATCH", "/devices/keypad", json!({"headphones": true, "press": 28}));
    let events: Vec<_> = state["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| {
            (
                event["type"].as_u64().unwrap(),
                event["code"].as_u64().unwrap(),
                event["value"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(events, [(1, 103, 1), (1, 103, 2), (1, 103, 0), (5, 2, 1), (1, 28, 1), (1, 28, 0)]);
    assert_eq!((&state["headphones"], &state["event_seq"]), (&json!(true), &json!(6)));
}

#[test]
fn a_device_without_a_line_is_unplugged_and_replugged_and_the_plugs_are_counted() {
    let control = Control::start();
    let (_, state) = control.ask("PUT", "/devices/keypad/faults/unplug", Value::Null);
    assert_eq!((&state["plugged"], &state["faults"]["unplug"]), (&json!(false), &json!({})));
    let (_, state) = control.ask("DELETE", "/devices/keypad/faults/unplug", Value::Null);
    assert_eq!((&state["plugged"], &state["plugs"], &state["faults"]), (&json!(true), &json!(2), &json!({})));
    let (_, state) = control.ask("PUT", "/devices/keypad/faults/replug", Value::Null);
    assert_eq!((&state["plugged"], &state["plugs"]), (&json!(true), &json!(3)));
}

#[test]
fn whoever_waits_for_another_state_hears_of_it_and_keeps_nobody_else_waiting() {
    let control = Control::start();
    let known = control.get("/devices/cabinet")["version"].as_u64().unwrap();
    let path = format!("/devices/cabinet?after={known}&wait_ms=60000");
    let heard = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| control.get(&path));
        // Another device, and a change of it, are none of its business.
        control.ask("PATCH", "/devices/keypad", json!({"headphones": true}));
        assert_eq!(control.get("/devices/cabinet")["version"], json!(known));
        control.ask("PATCH", "/devices/cabinet", json!({"tilt": true}));
        waiting.join().unwrap()
    });
    assert_eq!((&heard["inputs"]["tilt"], &heard["version"]), (&json!(true), &json!(known + 1)));
    // Who does not know of it yet hears at once, and who knows everything hears the same when the time is over.
    for (after, wait_ms) in [(known, 60_000), (known + 1, 1)] {
        let told = control.get(&format!("/devices/cabinet?after={after}&wait_ms={wait_ms}"));
        assert_eq!(told["version"], json!(known + 1));
    }
}

#[test]
fn what_these_devices_do_not_have_is_refused_and_changes_nothing() {
    let control = Control::start();
    let before = (control.get("/devices/cabinet"), control.get("/devices/keypad"));
    control.refused("PATCH", "/devices/cabinet", json!({"window": true, "tilt": true}), 400, "window");
    control.refused("PATCH", "/devices/cabinet", json!({"pacing": "coalesced"}), 400, "pacing");
    control.refused("PATCH", "/devices/keypad", json!({"press": "KEY_ANY"}), 400, "KEY_HELP");
    control.refused("PATCH", "/devices/keypad", json!({"press": "KEY_UP", "repeats": 21}), 400, "repeats");
    control.refused("PATCH", "/devices/keypad", json!({"headphones": true, "repeats": 1}), 400, "repeats");
    control.refused("PUT", "/devices/cabinet/faults/gremlin", json!({}), 404, "silent");
    control.refused("PUT", "/devices/cabinet/faults/silent", json!({"times": 1}), 400, "times");
    control.refused("PUT", "/devices/keypad/faults/unplug", json!({"times": 1}), 400, "no fields");
    control.refused("DELETE", "/devices/keypad/faults/gremlin", Value::Null, 404, "stuck");
    assert_eq!((control.get("/devices/cabinet"), control.get("/devices/keypad")), before);
}

#[test]
fn a_silent_cabinet_says_that_it_cannot_be_read_and_still_keeps_its_edges() {
    let mut cabinet = Cabinet::new();
    cabinet.set_fault_json("silent", &Value::Null, 0).unwrap();
    cabinet.set(Levels { tamper: true, ..Levels::default() });
    assert_eq!((&cabinet.state()["readable"], &cabinet.state()["edge_seq"]), (&json!(false), &json!(1)));
    cabinet.clear_fault_json("silent", 0).unwrap();
    assert_eq!(cabinet.state()["readable"], true);
}

#[test]
fn a_press_is_lost_and_a_key_sticks_as_often_as_the_fault_says() {
    let mut keypad = Keypad::new();
    keypad.set_fault_json("lost_press", &json!({"times": 1}), 0).unwrap();
    keypad.press(103, 0);
    assert_eq!(keypad.state()["event_seq"], 0);
    keypad.set_fault_json("stuck", &json!({"times": 1}), 0).unwrap();
    keypad.press(103, 0);
    assert_eq!(keypad.state()["event_seq"], 21, "pressed and repeated, never released");
    keypad.press(103, 0);
    assert_eq!(keypad.state()["event_seq"], 23);
}

#[test]
fn only_the_last_events_are_kept_and_their_numbers_go_on() {
    let mut keypad = Keypad::new();
    for _ in 0..50 {
        keypad.press(28, 0);
    }
    let events = keypad.state()["events"].as_array().unwrap().clone();
    assert_eq!((events.len(), &events[0]["seq"], &events[63]["seq"]), (64, &json!(37), &json!(100)));
}
