//! npm's `cashcode-bv` 0.0.2, somebody else's CCNET host, takes notes from the emulated acceptor on a PTY.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use senim_emulators::peers;
use senim_emulators::rack::{Options, Rack};
use serde_json::{Value, json};

#[test]
fn a_stock_host_takes_a_note_from_reset_to_the_cassette() {
    let Some((told, state)) = session("stack", json!({})) else { return };
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
fn a_stock_host_gives_a_note_back_over_a_line_of_9600_baud() {
    let settings = json!({"pacing": "byte_paced", "baud": 9600});
    let Some((told, state)) = session("return", settings) else { return };
    let events = events(&told);
    assert_eq!(events[events.len() - 4..], ["returning", "returned", "disabled", "done"]);
    assert_eq!((&state["cassette"]["notes"], &state["notes"]["returned"]), (&json!({}), &json!({"5000": 1})));
}

fn events(told: &[Value]) -> Vec<&str> {
    told.iter().map(|line| line["event"].as_str().unwrap()).collect()
}

/// Runs the host once; puts a note to the mouth when it says that it has enabled the acceptor. `None` where the peer is missing.
fn session(way: &str, settings: Value) -> Option<(Vec<Value>, Value)> {
    let (node, modules) = peers::node("cashcode-bv")?;
    let dir = tempfile::tempdir().unwrap();
    let rack = Rack::start(dir.path(), Options::default()).unwrap();
    let acceptor = format!("http://{}/devices/acceptor", rack.serve("127.0.0.1:0").unwrap());
    let patch = |body: &Value| ureq::request("PATCH", &acceptor).send_json(body).unwrap();
    // The host gives up when its polls, 200 ms apart, do not meet 13h within a second: a busy machine needs more of it.
    patch(&json!({"init_ms": 2000}));
    patch(&settings);
    let mut host = Command::new(node)
        .arg("--no-deprecation")
        .arg(peers::script("cashcode_bv.js"))
        .arg(rack.acceptor().path())
        .arg(way)
        .env("NODE_PATH", modules)
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
    Some((told, ureq::get(&acceptor).call().unwrap().into_json().unwrap()))
}
