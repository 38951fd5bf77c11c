//! What is exported satisfies the verifier that knows nothing of the journal.

use senim_operation::export::{Expect, ExportResult, Report, verify_export};

use super::*;
use crate::JournalReader;

fn export(bench: &Bench, name: &str) -> PathBuf {
    let dir = bench.dir.path().join(name);
    JournalReader::open(&bench.path()).unwrap().export(&dir).unwrap();
    dir
}

fn verify(bench: &Bench, dir: &Path) -> Report {
    verify_export(dir, Arc::clone(&bench.trust), None).unwrap()
}

#[test]
fn an_export_taken_beside_the_firmware_verifies_at_every_stage() {
    let bench = Bench::new();
    let mut journal = bench.filled(3);
    let report = verify(&bench, &export(&bench, "bare"));
    assert_eq!((report.result, report.rows), (ExportResult::Incomplete, 4), "{:?}", report.findings);

    journal.checkpoint(&at(2)).unwrap();
    let report = verify(&bench, &export(&bench, "noted"));
    assert_eq!(
        (report.result, report.uncosigned_tail),
        (ExportResult::Incomplete, 4),
        "{:?}",
        report.findings
    );

    journal.append(with_secret(b"x"), op(), &at(3), &[]).unwrap();
    bench.settle(&mut journal, &at(4));
    let dir = export(&bench, "cosigned");
    let report = verify(&bench, &dir);
    assert_eq!((report.result, report.cosigned_rows), (ExportResult::Good, 5), "{:?}", report.findings);
    assert_eq!((report.sealed_rows, report.head.as_str()), (1, journal.head_hash()));

    let verified = JournalReader::open(&bench.path()).unwrap().verify(&bench.trust).unwrap();
    assert_eq!((verified.root.as_str(), verified.tail), (report.root.as_str(), 0));
    let expect: Expect = format!("{}:{}", report.size, report.root).parse().unwrap();
    let again = verify_export(&dir, Arc::clone(&bench.trust), Some(expect)).unwrap();
    assert_eq!(again.result, ExportResult::Good);

    journal.renew_epoch(&RamKeyMaker, op(), &at(5)).unwrap();
    fill(&mut journal, 2);
    let report = verify(&bench, &export(&bench, "tail"));
    assert_eq!(
        (report.result, report.uncosigned_tail),
        (ExportResult::Incomplete, 3),
        "{:?}",
        report.findings
    );
}

#[test]
fn an_export_after_pruning_still_proves_the_rows_that_are_left() {
    let bench = Bench::new();
    let mut journal = bench.filled(5);
    journal.renew_epoch(&RamKeyMaker, op(), &at(100)).unwrap();
    fill(&mut journal, 2);
    bench.settle(&mut journal, &at(200));
    assert_eq!(journal.prune(10_000, &at(100_000)).unwrap(), 6);
    let report = verify(&bench, &export(&bench, "pruned"));
    assert_eq!(
        (report.result, report.first_seq, report.rows),
        (ExportResult::Good, 6, 3),
        "{:?}",
        report.findings
    );
    let verified = JournalReader::open(&bench.path()).unwrap().verify(&bench.trust).unwrap();
    assert_eq!((verified.pruned, verified.rows), (6, 3));
}

#[test]
fn an_export_never_overwrites_and_an_interrupted_one_leaves_no_directory() {
    let bench = Bench::new();
    drop(bench.filled(2));
    let dir = export(&bench, "one");
    let reader = JournalReader::open(&bench.path()).unwrap();
    assert!(matches!(reader.export(&dir), Err(JournalError::Export { .. })));
    std::fs::create_dir(bench.dir.path().join("two.part")).unwrap();
    std::fs::write(bench.dir.path().join("two.part/operations.jsonl"), "half").unwrap();
    reader.export(&bench.dir.path().join("two")).unwrap();
    assert!(!bench.dir.path().join("two.part").exists());
    assert_eq!(verify(&bench, &bench.dir.path().join("two")).rows, 3);
}
