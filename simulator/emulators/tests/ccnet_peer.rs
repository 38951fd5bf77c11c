//! The emulated acceptor under a stock CCNET host: the npm package cashcode-bv, run as a program of its own.
//!
//! Ignored by default, for it needs node and the package: `npm ci --prefix DIR` with the two package files of
//! `tests/suite/peers` in DIR, then `SENIM_PEERS=DIR cargo test -p senim-emulators -- --ignored ccnet_peer`.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use senim_emulators::rack::{Options, Rack};
use serde_json::{Value, json};

#[test]
#[ignore = "needs node and the npm package cashcode-bv"]
fn a_stock_host_takes_a_note_from_reset_to_the_cassette() {
    let (told, state) = session("stack", json!({}));
    assert_eq!(
        events(&told),
        [
            "power-up",
            "initialize",
            "identified",
            "enabled",
            "accepting",
            "escrow",
            "stacking",
            "stacked",
            "disabled",
            "done"
        ]
    );
    assert_eq!(told[2]["model"], "SENIM-CCNET-EMU");
    assert_eq!(told[2]["bills"][4], json!(["KAZ", 5000]));
    assert_eq!((&told[5]["amount"], &told[7]["amount"]), (&json!(5000), &json!(5000)));
    assert_eq!((&state["state"], &state["cassette"]["notes"]), (&json!("19"), &json!({"5000": 1})));
    assert_eq!((&state["line"]["corrupt"], &state["line"]["naks"]), (&json!(0), &json!(0)));
}

#[test]
#[ignore = "needs node and the npm package cashcode-bv"]
fn a_stock_host_gives_a_note_back_over_a_line_of_9600_baud() {
    let (told, state) = session("return", json!({"pacing": "byte_paced", "baud": 9600}));
    let events = events(&told);
    assert_eq!(events[events.len() - 4..], ["returning", "returned", "disabled", "done"]);
    assert_eq!((&state["cassette"]["notes"], &state["notes"]["returned"]), (&json!({}), &json!({"5000": 1})));
}

fn events(told: &[Value]) -> Vec<&str> {
    told.iter().map(|line| line["event"].as_str().unwrap()).collect()
}

/// Runs the host once; puts a note to the mouth when it says that it has enabled the acceptor.
fn session(way: &str, settings: Value) -> (Vec<Value>, Value) {
    let dir = tempfile::tempdir().unwrap();
    let rack = Rack::start(dir.path(), Options::default()).unwrap();
    let acceptor = format!("http://{}/devices/acceptor", rack.serve("127.0.0.1:0").unwrap());
    let patch = |body: &Value| ureq::request("PATCH", &acceptor).send_json(body).unwrap();
    // The host gives up when its polls, 200 ms apart, do not meet 13h within a second: a busy machine needs more of it.
    patch(&json!({"init_ms": 2000}));
    patch(&settings);
    let peers = std::env::var("SENIM_PEERS").expect("SENIM_PEERS names the folder with node_modules");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/suite/peers/cashcode_bv.js");
    let mut host = Command::new("node")
        .arg("--no-deprecation")
        .arg(script)
        .arg(rack.acceptor().path())
        .arg(way)
        .env("NODE_PATH", Path::new(&peers).join("node_modules"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = Vec::new();
    for line in BufReader::new(host.stdout.take().unwrap()).lines() {
        let line: Value = serde_json::from_str(&line.unwrap()).expect("each line is JSON");
        if line["event"] == "enabled" {
            patch(&json!({"insert": 5000}));
        }
        told.push(line);
    }
    assert!(host.wait().unwrap().success(), "{told:?}");
    (told, ureq::get(&acceptor).call().unwrap().into_json().unwrap())
}
