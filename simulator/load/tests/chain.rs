//! What the generator of chains gives is genuine: the product's own verifier finds nothing.
use senim_load::chain::{ExportWriter, Terminal};
use senim_load::pki::Mfo;
use senim_load::visits::{VISIT_ROWS, Visit, quiet};
use senim_operation::export::{ExportResult, verify_export};

#[test]
fn a_visit_between_two_epochs_and_a_renewed_identity_verify() {
    let mfo = Mfo::new().unwrap();
    let id = "almaty-01".parse().unwrap();
    let (first, second) = (mfo.enrol(&id).unwrap(), mfo.enrol(&id).unwrap());
    let mut terminal = Terminal::with_identity(&mfo, &id, &first).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut export = ExportWriter::create(dir.path(), &terminal).unwrap();
    export.row(&terminal.begin_epoch().unwrap().row).unwrap();
    let visit = Visit::new(1).drafts();
    assert_eq!(visit.len(), VISIT_ROWS);
    let mut sealed = 0;
    for draft in &visit {
        let written = terminal.write(draft).unwrap();
        sealed += u64::from(written.attachment.is_some());
        export.row(&written.row).unwrap();
    }
    terminal.renew_identity(&second).unwrap();
    export.row(&terminal.begin_epoch().unwrap().row).unwrap();
    export.row(&terminal.write(&quiet(1)).unwrap().row).unwrap();
    let note = terminal.cosigned_note(&mfo).unwrap();
    export.finish(&mfo.jwks(&[first, second]).unwrap(), Some(&note)).unwrap();

    let report = verify_export(dir.path(), mfo.trust(), None).unwrap();
    assert_eq!((report.result, report.findings), (ExportResult::Good, vec![]));
    assert_eq!((report.rows, report.sealed_rows), (VISIT_ROWS as u64 + 3, sealed));
    assert_eq!(terminal.retired().len(), 1);
}

#[test]
fn an_export_may_begin_after_pruned_rows() {
    let mfo = Mfo::new().unwrap();
    let id = "almaty-01".parse().unwrap();
    let identity = mfo.enrol(&id).unwrap();
    let mut terminal = Terminal::with_identity(&mfo, &id, &identity).unwrap();
    terminal.begin_epoch().unwrap();
    for number in 0..70 {
        terminal.write(&quiet(number)).unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let mut export = ExportWriter::create(dir.path(), &terminal).unwrap();
    export.row(&terminal.begin_epoch().unwrap().row).unwrap();
    let note = terminal.cosigned_note(&mfo).unwrap();
    export.finish(&mfo.jwks(&[identity]).unwrap(), Some(&note)).unwrap();
    let report = verify_export(dir.path(), mfo.trust(), None).unwrap();
    assert_eq!((report.result, report.first_seq, report.size), (ExportResult::Good, 71, 72));
}
