//! The stock verifier in `docs/formats`: openssl and coreutils reach the verdict that we reach.

use std::path::Path;
use std::process::{Command, Output};

use senim_operation::body::TerminalStopped;
use senim_operation::envelope::Draft;
use senim_operation::export::OPERATIONS_FILE;

use crate::fixture::{Mfo, Terminal, journey};

fn verify(dir: &Path, ca_pem: &str) -> Output {
    let ca = dir.join("CA.pem");
    std::fs::write(&ca, ca_pem).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/formats/verify-with-openssl.sh");
    Command::new("bash").arg(script).args([dir, &ca]).output().expect("bash is needed for this test")
}

fn written(mfo: &Mfo) -> (Terminal<'_>, tempfile::TempDir) {
    let mut writer = Terminal::new(mfo, "almaty-01");
    for (place, draft) in journey().iter().enumerate().take(9) {
        if place == 5 {
            writer.begin_epoch();
        }
        writer.append(draft);
    }
    let dir = tempfile::tempdir().unwrap();
    writer.export(dir.path(), 0, Some(&writer.note()));
    (writer, dir)
}

fn code(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    line["code"].as_str().unwrap().to_owned()
}

fn rewrite(dir: &Path, lines: &[String]) {
    std::fs::write(dir.join(OPERATIONS_FILE), lines.join("\n") + "\n").unwrap();
}

#[test]
fn openssl_and_coreutils_verify_a_genuine_export() {
    let mfo = Mfo::new("a");
    let (writer, dir) = written(&mfo);
    let output = verify(dir.path(), &mfo.ca_pem);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((line["rows"].as_u64(), line["head"].as_str()), (Some(11), Some(writer.head().as_str())));

    rewrite(dir.path(), &writer.lines()[6..]);
    let output = verify(dir.path(), &mfo.ca_pem);
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((line["first_seq"].as_u64(), line["rows"].as_u64()), (Some(6), Some(5)));
}

#[test]
fn openssl_and_coreutils_find_what_was_tampered_with() {
    let mfo = Mfo::new("a");
    let (mut writer, dir) = written(&mfo);
    let good = writer.lines();
    let check = |lines: &[String]| {
        rewrite(dir.path(), lines);
        code(&verify(dir.path(), &mfo.ca_pem))
    };
    let changed = |row: usize, change: &dyn Fn(&str) -> String| {
        let mut lines = good.clone();
        lines[row] = change(&lines[row]);
        lines
    };
    let other_signature =
        |row: &str| format!("{}.{}", row.rsplit_once('.').unwrap().0, good[2].rsplit_once('.').unwrap().1);
    assert_eq!(check(&changed(3, &other_signature)), "badSignature");
    assert_eq!(check(&changed(0, &other_signature)), "badSignature");
    assert_eq!(check(&changed(3, &|row| row.replace('.', "=."))), "badForm");
    assert_eq!(check(&changed(3, &|row| row[..row.len() - 1].to_owned())), "badForm");
    let mut lines = good.clone();
    lines.remove(4);
    assert_eq!(check(&lines), "gap");
    let mut lines = good.clone();
    lines.swap(4, 5);
    assert_eq!(check(&lines), "gap");
    let mut lines = good.clone();
    lines.insert(4, lines[4].clone());
    assert_eq!(check(&lines), "gap");
    assert_eq!(check(&good[1..]), "wrongKey");
    // A second history, genuinely signed.
    writer.rows.truncate(8);
    writer.append(&Draft::new(TerminalStopped { reason: "never".into() }));
    writer.append(&Draft::new(TerminalStopped { reason: "never".into() }));
    let mut lines = good.clone();
    lines[9] = writer.rows[9].compact.clone();
    assert_eq!(check(&lines), "fork");
}

#[test]
fn openssl_follows_a_chain_through_an_intermediate_ca() {
    let mfo = Mfo::new("a");
    let (mut writer, dir) = written(&mfo);
    writer.x5c = mfo.certify_by_an_intermediate("almaty-01", "identity almaty-01");
    writer.begin_epoch();
    writer.export(dir.path(), 11, None);
    let output = verify(dir.path(), &mfo.ca_pem);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn debian_jose_verifies_a_row() {
    let mfo = Mfo::new("a");
    let (writer, dir) = written(&mfo);
    let (row, key) = (dir.path().join("row.jws"), dir.path().join("key.jwk"));
    std::fs::write(&key, serde_json::to_string(&writer.journal_key.public_jwk()).unwrap()).unwrap();
    let verify = |compact: &str| {
        std::fs::write(&row, compact).unwrap();
        let mut jose = Command::new("jose");
        jose.args(["jws", "ver", "-O-", "-i"]).arg(&row).arg("-k").arg(&key);
        jose.output().expect("the program `jose` (Debian package jose) is needed for this test")
    };
    let last = &writer.rows[10].compact;
    let output = verify(last);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stdout, senim_operation::jws::split(last).unwrap().payload);
    let foreign = writer.rows[2].compact.rsplit_once('.').unwrap().1;
    assert!(!verify(&format!("{}.{foreign}", last.rsplit_once('.').unwrap().0)).status.success());
}

#[test]
fn openssl_and_coreutils_verify_the_sample_export() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/export.sample");
    let dir = tempfile::tempdir().unwrap();
    std::fs::copy(sample.join(OPERATIONS_FILE), dir.path().join(OPERATIONS_FILE)).unwrap();
    let output = verify(dir.path(), &std::fs::read_to_string(sample.join("CA.pem")).unwrap());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn openssl_and_coreutils_trust_only_the_given_ca() {
    let mfo = Mfo::new("a");
    let (writer, dir) = written(&mfo);
    assert_eq!(code(&verify(dir.path(), &Mfo::new("b").ca_pem)), "untrusted");
    let mut named_otherwise = Terminal::new(&mfo, "almaty-02");
    named_otherwise.x5c = mfo.certify("almaty-01", "identity almaty-02", None, (2026, 2046));
    named_otherwise.begin_epoch();
    rewrite(dir.path(), &named_otherwise.lines());
    assert_eq!(code(&verify(dir.path(), &mfo.ca_pem)), "badKeyEpoch");
    drop(writer);
}
