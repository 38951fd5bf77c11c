//! One operation in, everything about it out, and every change to that is found offline.
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use senim_domain::{TerminalId, UtcMillis};
use senim_gateway_core::{Actor, Dossier, Gateway, MemoryStore, Which};
use senim_load::chain::{BEGIN, Terminal, Written};
use senim_load::pki::Mfo;
use senim_load::random::Seeded;
use senim_load::services;
use senim_load::visits::{VISIT_ROWS, Visit, quiet};
use senim_operation::dossier::{DossierReport, STATEMENT_FILE, verify_dossier};
use senim_operation::export::ExportResult;

use crate::python;

/// Later than every row.
const NOW: UtcMillis = UtcMillis(BEGIN.0 + 86_400_000);

struct Bench {
    mfo: Mfo,
    gateway: Gateway,
}

fn officer() -> Actor {
    Actor::new("A. Omarova", "complaint 17/2026").unwrap()
}

impl Bench {
    fn new() -> Self {
        let mfo = Mfo::new().unwrap();
        let gateway = services::gateway(&mfo, Box::new(Arc::new(MemoryStore::new()))).unwrap();
        Self { mfo, gateway }
    }

    fn terminal(&self, name: &str) -> Terminal {
        let id: TerminalId = name.parse().unwrap();
        self.gateway.enrol(&id, &officer(), NOW).unwrap();
        Terminal::new(&self.mfo, &id).unwrap()
    }

    fn send(&self, terminal: &Terminal, written: &[Written]) {
        for written in written {
            if let (Some(jwe), Some(sealed)) = (&written.attachment, &written.row.envelope.sealed) {
                self.gateway.put_attachment(terminal.id(), &sealed.sha256, jwe, NOW).unwrap();
            }
        }
        let rows: Vec<&str> = written.iter().map(|written| written.row.compact.as_str()).collect();
        for rows in rows.chunks(64) {
            let reply = self.gateway.intake(terminal.id(), rows, NOW).unwrap();
            assert_eq!(reply.refusal, None);
        }
    }

    /// An epoch, rows before, the visit, rows after; gives the first row of the visit.
    fn play(&self, terminal: &mut Terminal, before: u64, visit: &Visit, after: u64) -> u64 {
        let mut written = vec![terminal.begin_epoch().unwrap()];
        written.extend((0..before).map(|number| terminal.write(&quiet(number)).unwrap()));
        let first = terminal.next_seq();
        written.extend(visit.drafts().iter().map(|draft| terminal.write(draft).unwrap()));
        written.extend((0..after).map(|number| terminal.write(&quiet(number)).unwrap()));
        self.send(terminal, &written);
        first
    }

    fn dossier(&self, terminal: &Terminal, which: Which) -> Dossier {
        self.gateway.dossier(terminal.id(), &which, &officer(), NOW).unwrap()
    }

    fn verify(&self, dir: &Path) -> DossierReport {
        verify_dossier(dir, self.mfo.trust()).unwrap()
    }
}

fn write(files: &BTreeMap<String, Vec<u8>>, dir: &Path) {
    for (name, bytes) in files {
        let path = dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

#[test]
fn a_visit_comes_out_whole_by_number_operation_loan_and_request() {
    let bench = Bench::new();
    let mut terminal = bench.terminal("almaty-01");
    let visit = Visit::new(1);
    bench.play(&mut terminal, 5, &Visit::new(0), 3);
    let first = bench.play(&mut terminal, 90, &visit, 40);
    for which in [Which::Seq(first + 4), Which::Id(visit.loan().0), Which::Id(visit.request().0)] {
        let dossier = bench.dossier(&terminal, which);
        let dir = tempfile::tempdir().unwrap();
        write(&dossier.files, dir.path());
        let report = bench.verify(dir.path());
        assert_eq!((report.result, report.findings), (ExportResult::Good, vec![]));
        // The visit and the KeyEpoch row of its key.
        assert_eq!((report.rows, report.terminals), (VISIT_ROWS as u64 + 1, 1));
        assert_eq!((report.attachments_present, report.attachments_absent), (4, 0));
    }
    let acts = bench.gateway.trail(UtcMillis(0), None, 10).unwrap().acts;
    assert_eq!(acts.iter().filter(|act| act.record.act == "dossier").count(), 3);
}

#[test]
fn a_loan_is_followed_to_another_terminal_and_to_the_note_of_each() {
    let bench = Bench::new();
    let (mut one, mut other) = (bench.terminal("almaty-01"), bench.terminal("astana-01"));
    let visit = Visit::new(1);
    bench.play(&mut one, 70, &visit, 3);
    // The same loan, another visit elsewhere.
    let first = bench.play(&mut other, 10, &visit, 100);
    bench.gateway.checkpoint(one.id(), &one.note().unwrap().to_string(), NOW).unwrap();
    let dossier = bench.dossier(&other, Which::Seq(first));
    assert_eq!((dossier.terminals, dossier.rows), (2, 2 * (VISIT_ROWS + 1)));
    let dir = tempfile::tempdir().unwrap();
    write(&dossier.files, dir.path());
    assert_eq!(bench.verify(dir.path()).result, ExportResult::Good);
    // One terminal had a checkpoint of its own, the other's tree was cosigned for the dossier.
    let note = std::fs::read_to_string(dir.path().join("notes/almaty-01.note")).unwrap();
    assert!(note.contains("\u{2014} senim/almaty-01 ") && note.contains("\u{2014} senim-gateway "));
}

#[test]
fn an_operation_that_is_not_here_is_refused() {
    let bench = Bench::new();
    let mut terminal = bench.terminal("almaty-01");
    bench.play(&mut terminal, 1, &Visit::new(1), 1);
    for which in [Which::Seq(999), Which::Id(Visit::new(2).loan().0)] {
        assert!(bench.gateway.dossier(terminal.id(), &which, &officer(), NOW).is_err());
    }
    assert!("x".parse::<Which>().is_err());
}

#[test]
fn every_changed_bit_of_a_dossier_is_found() {
    let bench = Bench::new();
    let mut terminal = bench.terminal("almaty-01");
    let first = bench.play(&mut terminal, 3, &Visit::new(1), 3);
    let dossier = bench.dossier(&terminal, Which::Seq(first));
    let dir = tempfile::tempdir().unwrap();
    write(&dossier.files, dir.path());
    assert_eq!(bench.verify(dir.path()).result, ExportResult::Good);
    let beside = tempfile::tempdir().unwrap();
    let ca = beside.path().join("CA.pem");
    std::fs::write(&ca, bench.mfo.ca_pem()).unwrap();
    let mut python = python::Python::start(&ca);
    if let Some(python) = &mut python {
        assert_eq!(python.result(dir.path()), "good");
    }
    let mut random = Seeded::new(4);
    let names: Vec<&String> = dossier.files.keys().collect();
    for case in 0..400 {
        let name = names[random.below(names.len())];
        let mut bytes = dossier.files[name].clone();
        let place = random.below(bytes.len());
        bytes[place] ^= 1 << random.below(8);
        std::fs::write(dir.path().join(name), &bytes).unwrap();
        let report = bench.verify(dir.path());
        assert_eq!(report.result, ExportResult::Finding, "case {case}: {name}, byte {place}");
        if let Some(python) = &mut python {
            assert_eq!(python.result(dir.path()), "finding", "in Python: case {case}: {name}, byte {place}");
        }
        std::fs::write(dir.path().join(name), &dossier.files[name]).unwrap();
    }
    assert!(dossier.files.contains_key(STATEMENT_FILE));
}
