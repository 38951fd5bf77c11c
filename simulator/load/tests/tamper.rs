//! Random tamperings of an export are each found by our verifier and by the one in Python; good records raise no alarm.
//!
//! `./test` plays a few; the whole proof is `cargo test --release -p senim-load --test load -- tamper:: --ignored --nocapture`.
//! `SENIM_SEED` chooses another sequence.
use std::collections::BTreeMap;
use std::process::Command;

use senim_load::chain::{ExportWriter, Terminal};
use senim_load::pki::Mfo;
use senim_load::random::Seeded;
use senim_load::tamper::{Tampering, Victim};
use senim_load::visits::Visit;
use senim_operation::export::{CHECKPOINT_FILE, Expect, ExportResult, encode_root, verify_export};

use crate::python::{Python, interpreter, script};

const SEED: u64 = 4;

fn seed() -> u64 {
    std::env::var("SENIM_SEED").ok().map_or(SEED, |text| text.parse().expect("SENIM_SEED is a number"))
}

fn tamperings_are_found(cases: u32) {
    let mfo = Mfo::new().unwrap();
    let victim = Victim::new(&mfo, &"almaty-01".parse().unwrap(), &"almaty-02".parse().unwrap()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (ca, export) = (dir.path().join("CA.pem"), dir.path().join("export"));
    std::fs::write(&ca, mfo.ca_pem()).unwrap();
    std::fs::create_dir(&export).unwrap();
    victim.write_note(&export).unwrap();
    victim.genuine.write(&export).unwrap();
    let mut python = Python::start(&ca);
    assert_eq!(verify_export(&export, mfo.trust(), None).unwrap().result, ExportResult::Good);
    if let Some(python) = &mut python {
        assert_eq!(python.result(&export), "good");
    }
    let (mut random, mut tried) = (Seeded::new(seed()), BTreeMap::<Tampering, u32>::new());
    for case in 0..cases {
        let (files, with) = victim.tamper(&mut random).unwrap();
        files.write(&export).unwrap();
        let ours = verify_export(&export, mfo.trust(), None).unwrap();
        assert_eq!(ours.result, ExportResult::Finding, "seed {}, case {case}: {with:?}", seed());
        if let Some(python) = &mut python {
            assert_eq!(
                python.result(&export),
                "finding",
                "in Python: seed {}, case {case}: {with:?}",
                seed()
            );
        }
        with.into_iter().for_each(|with| *tried.entry(with).or_default() += 1);
    }
    let peer = if python.is_some() { "and by verify.py" } else { "; verify.py was not there" };
    eprintln!("seed {}: {cases} tamperings, each found by senim-gateway verify {peer}: {tried:?}", seed());
    assert_eq!(tried.len(), Tampering::ALL.len(), "some kinds were never tried: {tried:?}");
}

fn good_records_raise_no_alarm(records: u64) {
    let mfo = Mfo::new().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (ca, export) = (dir.path().join("CA.pem"), dir.path().join("export"));
    std::fs::write(&ca, mfo.ca_pem()).unwrap();
    let id = "almaty-01".parse().unwrap();
    let identity = mfo.enrol(&id).unwrap();
    let mut terminal = Terminal::with_identity(&mfo, &id, &identity).unwrap();
    let mut writer = ExportWriter::create(&export, &terminal).unwrap();
    let mut visit = 0;
    while terminal.next_seq() < records {
        if terminal.next_seq() == 0 || visit % 200 == 199 {
            writer.row(&terminal.begin_epoch().unwrap().row).unwrap();
        }
        for draft in Visit::new(visit).drafts() {
            writer.row(&terminal.write(&draft).unwrap().row).unwrap();
        }
        visit += 1;
    }
    let note = terminal.cosigned_note(&mfo).unwrap();
    writer.finish(&mfo.jwks(&[identity]).unwrap(), Some(&note)).unwrap();
    let report = verify_export(&export, mfo.trust(), None).unwrap();
    assert_eq!((report.result, report.findings), (ExportResult::Good, vec![]));
    assert!(report.rows >= records);
    if let Some(mut python) = Python::start(&ca) {
        assert_eq!(python.result(&export), "good");
    }
    eprintln!("{} good records, no alarm", report.rows);
}

#[test]
fn four_hundred_random_tamperings_are_found_by_both_verifiers() {
    tamperings_are_found(400);
}

#[test]
fn two_thousand_good_records_raise_no_alarm() {
    good_records_raise_no_alarm(2_000);
}

#[test]
#[ignore = "the whole proof takes minutes; ./test long plays it"]
fn ten_thousand_random_tamperings_are_found_by_both_verifiers() {
    tamperings_are_found(10_000);
}

#[test]
#[ignore = "the whole proof takes minutes; ./test long plays it"]
fn a_hundred_thousand_good_records_raise_no_alarm() {
    good_records_raise_no_alarm(100_000);
}

#[test]
fn truncation_to_an_older_genuine_note_is_found_by_what_is_expected() {
    let mfo = Mfo::new().unwrap();
    let victim = Victim::new(&mfo, &"almaty-01".parse().unwrap(), &"almaty-02".parse().unwrap()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (ca, export) = (dir.path().join("CA.pem"), dir.path().join("export"));
    std::fs::write(&ca, mfo.ca_pem()).unwrap();
    std::fs::create_dir(&export).unwrap();
    let (note, files) = &victim.older;
    files.write(&export).unwrap();
    std::fs::write(export.join(CHECKPOINT_FILE), note.to_string()).unwrap();
    // By itself the older export is what the terminal was then.
    assert_eq!(verify_export(&export, mfo.trust(), None).unwrap().result, ExportResult::Good);
    let expect = format!("{}:{}", victim.note.size, encode_root(&victim.note.root));
    let known: Expect = expect.parse().unwrap();
    let report = verify_export(&export, mfo.trust(), Some(known)).unwrap();
    assert_eq!(report.findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["truncated"]);
    let Some(python) = interpreter() else { return };
    let run = |expect: Option<&str>| {
        let mut command = Command::new(&python);
        command.arg(script()).arg(&export).arg("--trust").arg(&ca);
        if let Some(expect) = expect {
            command.args(["--expect", expect]);
        }
        command.output().unwrap().status.code()
    };
    assert_eq!((run(None), run(Some(&expect)), run(Some("x"))), (Some(0), Some(1), Some(2)));
}
