//! Writes the samples in `docs/formats` with the real code and fixed, worthless keys.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a developer's tool over the tests' fixture"
)]

#[path = "../tests/operation/fixture.rs"]
#[allow(dead_code, missing_docs, reason = "shared with the tests")]
mod fixture;

use std::path::Path;

use fixture::{Mfo, Terminal, address, decoded, fixed_pkcs8, journey, messages, pretty};
use senim_operation::attachment::{MfoSealer, Opener};
use senim_operation::export;
use senim_operation::signer::{RamKey, Sealer as _};

fn main() {
    let formats = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats");
    let mfo = Mfo::new("sample");
    let mut terminal = Terminal::new(&mfo, "almaty-01");
    terminal.rows.clear();
    terminal.tree = senim_operation::checkpoint::CompactRange::new();
    terminal.begin_epoch_with(Box::new(RamKey::from_pkcs8(&fixed_pkcs8("journal")).unwrap()));
    for draft in journey() {
        terminal.append(&draft);
    }
    let directory = formats.join("export.sample");
    terminal.export(&directory, 0, Some(&terminal.note()));
    std::fs::write(directory.join("CA.pem"), &mfo.ca_pem).unwrap();
    let report = export::verify_export(&directory, mfo.trust.clone(), None).unwrap();
    std::fs::write(formats.join("export-report.sample.json"), pretty(&report)).unwrap();

    let lines =
        |values: Vec<serde_json::Value>| values.iter().map(|value| format!("{value}\n")).collect::<String>();
    let operations = terminal.rows.iter().map(|row| decoded(&row.compact)).collect();
    std::fs::write(formats.join("operation.sample.jsonl"), lines(operations)).unwrap();

    let rule_pack = std::fs::read_to_string(formats.join("rule-pack.sample.json")).unwrap();
    let bodies = messages(serde_json::from_str(&rule_pack).unwrap());
    let sent = bodies
        .iter()
        .zip(1..)
        .map(|(body, number)| decoded(&mfo.send(&address(&terminal.name, body, number), body)));
    std::fs::write(formats.join("message.sample.jsonl"), lines(sent.collect())).unwrap();

    let opener = Opener::from_pkcs8(&fixed_pkcs8("sample opener")).unwrap();
    let jwe = MfoSealer::new(opener.public_jwk()).seal(br#"{"iin":"900514300002"}"#).unwrap();
    let sample =
        serde_json::json!({"kind": "LoginRequested", "jwe": jwe, "plaintext": {"iin": "900514300002"}});
    std::fs::write(formats.join("attachment.sample.json"), pretty(&sample)).unwrap();
}
