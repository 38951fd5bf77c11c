//! `senim devices` with every device: in order, unplugged, and out of order. Each cause says what to do, and each line has
//! the published form.

use serde_json::{Value, json};

use crate::stand::{Said, Stand, quick};

const ALL: [&str; 11] = [
    "dispenser",
    "printer",
    "camera",
    "acceptor",
    "card",
    "nfc",
    "supply",
    "location",
    "cabinet",
    "assistive",
    "network",
];

/// Every line has the published form.
pub(super) fn in_form(said: &Said) {
    let schema = std::fs::read(crate::root().join("docs/formats/check-line.schema.json")).unwrap();
    let form = jsonschema::validator_for(&serde_json::from_slice(&schema).unwrap()).unwrap();
    for line in &said.lines {
        assert!(form.is_valid(line), "{line}");
    }
}

/// The lines of `senim devices`, all of them and in the published form.
fn devices(stand: &Stand) -> Said {
    let said = stand.senim(&["devices"]);
    let asked: Vec<&str> = said.lines.iter().map(|line| line["check"].as_str().unwrap()).collect();
    assert_eq!(asked, ALL);
    in_form(&said);
    said
}

/// Device on the rack, section, words of the cause when its plug is out.
const UNPLUGGED: [(&str, &str, &[&str]); 9] = [
    ("dispenser", "dispenser", &["devices/dispenser", "is not there", "connect the device"]),
    ("printer", "printer", &["devices/printer", "is not there", "connect the device"]),
    ("acceptor", "acceptor", &["devices/acceptor", "is not there", "connect the device"]),
    ("card", "card", &["devices/card", "is not there", "connect the device"]),
    ("nfc", "nfc", &["devices/nfc", "is not there", "connect the device"]),
    ("location", "location", &["devices/location", "is not there", "connect the device"]),
    ("supply", "supply", &["127.0.0.1", "does not answer", "is the service running"]),
    ("cabinet", "cabinet", &["unplugged", "connect the configured device"]),
    ("keypad", "assistive", &["unplugged", "connect the configured device"]),
];

/// Device on the rack, section, a fault with its parameters, words of the cause.
fn faults() -> [(&'static str, &'static str, &'static str, Value, &'static [&'static str]); 8] {
    let none = || json!({});
    [
        ("dispenser", "dispenser", "no_ack", none(), &["not acknowledged", "check the data cable"]),
        ("printer", "printer", "cover_open", none(), &["cover", "close the cover"]),
        ("acceptor", "acceptor", "cassette_out", none(), &["out", "seat the cassette"]),
        ("card", "card", "silence", none(), &["card reader: ", "check the data cable"]),
        ("nfc", "nfc", "error_frame", none(), &["reader: "]),
        ("location", "location", "silence", none(), &["nothing answers", "is the cable in"]),
        ("supply", "supply", "stale", none(), &["data stale", "check the data cable"]),
        ("cabinet", "cabinet", "silent", none(), &["silent", "check the data cable"]),
    ]
}

#[test]
fn devices_tells_of_every_device_that_it_is_well_that_its_plug_is_out_or_what_ails_it() {
    let mut stand = Stand::new();
    // Writes the configuration.
    let config = quick().set("card.gempc.answer_wait_ms", 500);
    stand.stage.start_firmware(&config).unwrap();
    // An acceptor that just got power is reset by the firmware and cannot say before what its stacker is like.
    stand.status("the acceptor to be at rest", |status| {
        status.peripherals.get("acceptor").is_some_and(|it| it == "Usable")
    });
    stand.stage.stop_firmware().unwrap();
    stand.someone_before_the_camera(0);
    let said = devices(&stand);
    assert!(said.lines.iter().all(|line| line["ok"] == true), "{said:?}");
    for device in ["dispenser", "printer", "acceptor", "card", "nfc", "supply", "location"] {
        let identity = said.about(device)["detail"]["identity"].as_str().unwrap_or_default();
        assert!(!identity.is_empty(), "{device}: {said:?}");
    }

    for (plug, _, _) in UNPLUGGED {
        stand.unplug(plug);
    }
    std::fs::remove_dir_all(stand.stage.folders().frames()).unwrap();
    let said = devices(&stand);
    for (_, section, words) in UNPLUGGED {
        said.finds(section, words);
    }
    said.finds("camera", &["camera directory", "connect the configured device"]);

    for (plug, _, _) in UNPLUGGED {
        stand.replug(plug);
    }
    for (device, _, fault, parameters, _) in faults() {
        stand.fault(device, fault, &parameters);
    }
    let said = devices(&stand);
    for (_, section, _, _, words) in faults() {
        said.finds(section, words);
    }
}
