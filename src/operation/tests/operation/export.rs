//! Exports: good ones pass, every tampering is found.

use std::io::Cursor;

use proptest::prelude::*;
use senim_domain::UtcMillis;
use senim_operation::body::TerminalStopped;
use senim_operation::checkpoint::Note;
use senim_operation::envelope::Draft;
use senim_operation::export::{self, Expect, ExportResult, JwkEntry, Report, encode_root};
use senim_operation::jws::MAX_COMPACT_BYTES;
use senim_operation::signer::Signer as _;

use crate::fixture::{Mfo, NOW, Terminal, journey};

/// Rows of [`written`]: those of the journey, the genesis and the epoch in the middle.
fn rows() -> u64 {
    journey().len() as u64 + 2
}

fn written<'a>(mfo: &'a Mfo, name: &str) -> Terminal<'a> {
    let mut writer = Terminal::new(mfo, name);
    for (place, draft) in journey().iter().enumerate() {
        if place == 10 {
            writer.begin_epoch();
        }
        writer.append(draft);
    }
    writer
}

fn verify(
    writer: &Terminal<'_>,
    first: usize,
    lines: &[String],
    note: Option<&Note>,
    expect: Option<Expect>,
) -> Report {
    let mut text = lines.join("\n");
    text.push('\n');
    let keys = writer.jwks(note);
    let note = note.map(Note::to_string);
    let trust = writer.mfo.trust.clone();
    export::verify_parts(Cursor::new(text), note.as_deref(), &keys, &writer.range(first), trust, expect)
        .unwrap()
}

fn codes(report: &Report) -> Vec<&'static str> {
    report.findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn a_cosigned_export_directory_is_good() {
    let mfo = Mfo::new("a");
    let writer = written(&mfo, "almaty-01");
    let dir = tempfile::tempdir().unwrap();
    writer.export(dir.path(), 0, Some(&writer.note()));
    let report = export::verify_export(dir.path(), mfo.trust.clone(), None).unwrap();
    assert_eq!((report.result, codes(&report)), (ExportResult::Good, vec![]));
    assert_eq!((report.rows, report.cosigned_rows, report.uncosigned_tail), (rows(), rows(), 0));
    let sealed = journey().iter().filter(|draft| draft.attachment.is_some()).count() as u64;
    assert_eq!((report.sealed_rows, report.unknown_kinds), (sealed, 0));
    assert_eq!(report.cosigned_at, Some(UtcMillis(NOW.0 + 60_000)));
    assert_eq!(report.head, writer.head());
}

#[test]
fn rows_after_the_cosigned_note_are_counted_as_incomplete() {
    let mfo = Mfo::new("a");
    let mut writer = written(&mfo, "almaty-01");
    let note = writer.note();
    writer.append(&Draft::new(TerminalStopped { reason: "later".into() }));
    let report = verify(&writer, 0, &writer.lines(), Some(&note), None);
    assert_eq!(
        (report.result, report.cosigned_rows, report.uncosigned_tail),
        (ExportResult::Incomplete, rows(), 1)
    );
    let bare = verify(&writer, 0, &writer.lines(), None, None);
    assert_eq!((bare.result, bare.uncosigned_tail), (ExportResult::Incomplete, rows() + 1));
    let mut signed = Note::new(&writer.name, writer.tree.size(), writer.tree.root());
    signed.sign(writer.journal_key.as_ref()).unwrap();
    let signed = verify(&writer, 0, &writer.lines(), Some(&signed), None);
    assert_eq!((signed.result, codes(&signed)), (ExportResult::Incomplete, vec![]));
}

#[test]
fn an_export_pruned_before_a_key_epoch_verifies_to_the_same_root() {
    let mfo = Mfo::new("a");
    let writer = written(&mfo, "almaty-01");
    let first = 11;
    assert!(writer.rows[first].envelope.is_key_epoch());
    let report = verify(&writer, first, &writer.lines()[first..], Some(&writer.note()), None);
    assert_eq!(
        (report.result, report.rows, report.root),
        (ExportResult::Good, rows() - first as u64, encode_root(&writer.tree.root()))
    );
    // Pruned anywhere else there is no key to verify with.
    let report = verify(&writer, 12, &writer.lines()[12..], Some(&writer.note()), None);
    assert_eq!(codes(&report), ["wrongKey"]);
}

#[test]
fn an_expected_tree_shows_truncation_to_an_older_genuine_note() {
    let mfo = Mfo::new("a");
    let mut writer = written(&mfo, "almaty-01");
    let old_note = writer.note();
    let old_rows = writer.lines();
    writer.append(&Draft::new(TerminalStopped { reason: "hidden".into() }));
    let expect: Expect =
        format!("{}:{}", writer.tree.size(), encode_root(&writer.tree.root())).parse().unwrap();
    writer.rows.pop();
    let without = verify(&writer, 0, &old_rows, Some(&old_note), None);
    assert_eq!(without.result, ExportResult::Good);
    let report = verify(&writer, 0, &old_rows, Some(&old_note), Some(expect));
    assert_eq!((report.result, codes(&report)), (ExportResult::Finding, vec!["truncated"]));
    let wrong = Expect { size: 5, root: [1; 32] };
    assert_eq!(codes(&verify(&writer, 0, &old_rows, Some(&old_note), Some(wrong))), ["expectDiffers"]);
    let unknown = verify(&writer, 11, &old_rows[11..], Some(&old_note), Some(wrong));
    assert_eq!(unknown.result, ExportResult::Incomplete);
    for bad in ["", "5", "5:", "x:AA==", "5:AA=="] {
        assert!(bad.parse::<Expect>().is_err());
    }
}

#[test]
fn a_rewritten_tail_under_a_stolen_journal_key_is_found_by_the_note() {
    let mfo = Mfo::new("a");
    let mut writer = written(&mfo, "almaty-01");
    let note = writer.note();
    writer.rows.truncate(20);
    while (writer.rows.len() as u64) < rows() {
        writer.append(&Draft::new(TerminalStopped { reason: "never happened".into() }));
    }
    let report = verify(&writer, 0, &writer.lines(), Some(&note), None);
    assert_eq!(codes(&report), ["rootDiffers"]);
}

#[test]
fn notes_by_strangers_prove_nothing() {
    let (mfo, stranger) = (Mfo::new("a"), Mfo::new("b"));
    let writer = written(&mfo, "almaty-01");
    let lines = writer.lines();
    let mut forged = Note::new(&writer.name, writer.tree.size(), writer.tree.root());
    forged.sign(&stranger.cosigner).unwrap();
    assert_eq!(codes(&verify(&writer, 0, &lines, Some(&forged), None)), ["badCheckpoint"]);

    let mut cosigned = forged.clone();
    cosigned.signatures.clear();
    cosigned.cosign(&stranger.cosigner, NOW).unwrap();
    let mut keys = writer.jwks(None);
    keys.keys.push(JwkEntry::new(stranger.cosigner.public_jwk(), stranger.cosigner_x5c.clone()));
    let rows = Cursor::new(lines.join("\n") + "\n");
    let note = cosigned.to_string();
    let report =
        export::verify_parts(rows, Some(&note), &keys, &writer.range(0), mfo.trust.clone(), None).unwrap();
    assert!(codes(&report).contains(&"badCosignature"));
    // A terminal is certified by the same CA, and is no cosigner.
    let mut by_itself = Note::new(&writer.name, writer.tree.size(), writer.tree.root());
    by_itself.cosign(&writer.identity, NOW).unwrap();
    assert_eq!(codes(&verify(&writer, 0, &lines, Some(&by_itself), None))[0], "badCosignature");

    let other = written(&mfo, "almaty-02").note();
    assert_eq!(codes(&verify(&writer, 0, &lines, Some(&other), None)), ["wrongTerminal"]);
}

#[test]
fn keys_that_differ_from_their_certificates_are_found() {
    let mfo = Mfo::new("a");
    let writer = written(&mfo, "almaty-01");
    let note = writer.note();
    let text = note.to_string();
    let verify = |keys: &export::JwkSet| {
        let rows = Cursor::new(writer.lines().join("\n") + "\n");
        export::verify_parts(rows, Some(&text), keys, &writer.range(0), mfo.trust.clone(), None).unwrap()
    };
    let good = writer.jwks(Some(&note));
    assert_eq!(verify(&good).result, ExportResult::Good);
    let mut swapped = good.clone();
    let (one, other) = (swapped.keys[0].x5c.clone(), swapped.keys[1].x5c.clone());
    (swapped.keys[0].x5c, swapped.keys[1].x5c) = (other, one);
    assert_eq!(codes(&verify(&swapped))[..2], ["badKeys", "badKeys"]);
    let mut renamed = good.clone();
    renamed.keys[0].kid = renamed.keys[1].kid.clone();
    assert_eq!(codes(&verify(&renamed))[0], "badKeys");
}

#[test]
fn keys_that_prove_nothing_are_missing_or_stand_elsewhere_are_found() {
    let mfo = Mfo::new("a");
    let writer = written(&mfo, "almaty-01");
    let note = writer.note();
    let good = writer.jwks(Some(&note));
    let text = note.to_string();
    let verify = |keys: Vec<JwkEntry>| {
        let rows = Cursor::new(writer.lines().join("\n") + "\n");
        let keys = export::JwkSet { keys };
        let report =
            export::verify_parts(rows, Some(&text), &keys, &writer.range(0), mfo.trust.clone(), None)
                .unwrap();
        codes(&report)
    };
    let [identity, cosigner] = <[JwkEntry; 2]>::try_from(good.keys).unwrap();
    let stranger = JwkEntry::new(mfo.message_key.public_jwk(), mfo.message_x5c.clone());
    let another = mfo.certify_by_an_intermediate("almaty-01", "identity almaty-01");
    let another = JwkEntry::new(writer.identity.public_jwk(), another);
    for keys in [
        vec![identity.clone()],
        vec![cosigner.clone()],
        vec![cosigner.clone(), identity.clone()],
        vec![identity.clone(), cosigner.clone(), stranger],
        vec![identity.clone(), identity.clone(), cosigner.clone()],
        vec![identity.clone(), cosigner.clone(), cosigner.clone()],
        vec![another, cosigner.clone()],
    ] {
        assert!(verify(keys.clone()).contains(&"badKeys"), "{keys:?}");
    }
    assert!(verify(vec![identity, cosigner]).is_empty());
}

#[test]
fn every_other_spelling_of_a_small_file_is_found() {
    let mfo = Mfo::new("a");
    let writer = written(&mfo, "almaty-01");
    let dir = tempfile::tempdir().unwrap();
    writer.export(dir.path(), 0, Some(&writer.note()));
    let verify = || codes(&export::verify_export(dir.path(), mfo.trust.clone(), None).unwrap());
    assert!(verify().is_empty());
    for (file, code) in [(export::RANGE_FILE, "badRange"), (export::JWKS_FILE, "badKeys")] {
        let path = dir.path().join(file);
        let good = std::fs::read_to_string(&path).unwrap();
        let begin = good.strip_prefix('{').unwrap();
        for other in [
            good.trim_end().to_owned(),
            format!("{good}\n"),
            format!("\u{feff}{good}"),
            good.replace('\n', "\r\n"),
            good.replace("  ", "    "),
            serde_json::from_str::<serde_json::Value>(&good).unwrap().to_string(),
            format!("{{\n  \"ver\": 1,{begin}"),
            format!("{{\n  \"keys\": [],{begin}"),
            format!("{{\n  \"more\": 1,{begin}"),
            good.replace("ver", "v\\u0065r").replace("kid", "k\\u0069d"),
        ] {
            std::fs::write(&path, &other).unwrap();
            assert_eq!(verify(), [code], "{other}");
        }
        std::fs::write(&path, good).unwrap();
    }
}

#[test]
fn every_other_ending_of_a_line_is_found() {
    let mfo = Mfo::new("a");
    let writer = written(&mfo, "almaty-01");
    let dir = tempfile::tempdir().unwrap();
    writer.export(dir.path(), 0, Some(&writer.note()));
    let path = dir.path().join(export::OPERATIONS_FILE);
    let good = std::fs::read_to_string(&path).unwrap();
    for other in [
        good.trim_end().to_owned(),
        format!("{good}\n"),
        format!("{good} "),
        format!("{good}\0"),
        format!("\u{feff}{good}"),
        format!("\n{good}"),
        good.replace('\n', "\r\n"),
        good.replace('\n', "\r"),
        good.replace('\n', " \n"),
        good.replace(".", "=."),
        good.trim_end().to_owned() + "=\n",
    ] {
        std::fs::write(&path, &other).unwrap();
        let report = export::verify_export(dir.path(), mfo.trust.clone(), None).unwrap();
        assert_eq!(codes(&report), ["badForm"]);
    }
}

#[test]
fn a_hostile_export_cannot_fill_the_memory_with_findings() {
    let mfo = Mfo::new("a");
    let mut writer = Terminal::new(&mfo, "almaty-01");
    for _ in 0..300 {
        writer.append_misshapen();
    }
    let report = verify(&writer, 0, &writer.lines(), Some(&writer.note()), None);
    assert_eq!((report.result, report.findings.len()), (ExportResult::Finding, 100));
}

#[test]
fn missing_and_garbled_files_say_what_is_wrong() {
    let mfo = Mfo::new("a");
    let writer = written(&mfo, "almaty-01");
    let dir = tempfile::tempdir().unwrap();
    writer.export(dir.path(), 0, Some(&writer.note()));
    let verify = || export::verify_export(dir.path(), mfo.trust.clone(), None);
    std::fs::write(dir.path().join(export::CHECKPOINT_FILE), "rubbish").unwrap();
    assert_eq!(codes(&verify().unwrap()), ["badCheckpoint"]);
    std::fs::write(dir.path().join(export::OPERATIONS_FILE), [0xff, 0xfe, b'\n']).unwrap();
    assert!(codes(&verify().unwrap()).contains(&"badForm"));
    std::fs::write(dir.path().join(export::OPERATIONS_FILE), "A".repeat(MAX_COMPACT_BYTES + 10)).unwrap();
    assert!(codes(&verify().unwrap()).contains(&"badForm"));
    std::fs::write(dir.path().join(export::RANGE_FILE), "{}").unwrap();
    let report = verify().unwrap();
    assert_eq!((report.terminal.clone(), codes(&report)), (None, vec!["badRange"]));
    std::fs::remove_file(dir.path().join(export::RANGE_FILE)).unwrap();
    assert!(verify().unwrap_err().to_string().contains("range.json"));
}

/// What somebody may do to the rows.
#[derive(Clone, Debug)]
enum Tampering {
    Flip { row: usize, at: usize, bit: u8 },
    Delete(usize),
    Swap(usize, usize),
    Duplicate(usize),
    Truncate(usize),
    CutRow { row: usize, at: usize },
    Splice(usize),
    ForeignSignature(usize, usize),
    Insert(usize, String),
}

fn tampering() -> impl Strategy<Value = Tampering> {
    let row = 0..usize::try_from(rows()).unwrap();
    prop_oneof![
        4 => (row.clone(), any::<usize>(), 0..7_u8).prop_map(|(row, at, bit)| Tampering::Flip { row, at, bit }),
        1 => row.clone().prop_map(Tampering::Delete),
        1 => (row.clone(), row.clone()).prop_map(|(a, b)| Tampering::Swap(a, b)),
        1 => row.clone().prop_map(Tampering::Duplicate),
        1 => row.clone().prop_map(Tampering::Truncate),
        1 => (row.clone(), any::<usize>()).prop_map(|(row, at)| Tampering::CutRow { row, at }),
        1 => row.clone().prop_map(Tampering::Splice),
        1 => (row.clone(), row.clone()).prop_map(|(a, b)| Tampering::ForeignSignature(a, b)),
        1 => (row, "[A-Za-z0-9_.-]{0,40}").prop_map(|(row, text)| Tampering::Insert(row, text)),
    ]
}

fn tamper(lines: &[String], other: &[String], with: &Tampering) -> Vec<String> {
    let mut lines = lines.to_vec();
    match with {
        Tampering::Flip { row, at, bit } => {
            let mut bytes = lines[*row].clone().into_bytes();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            lines[*row] = String::from_utf8(bytes).unwrap();
        }
        Tampering::Delete(row) => drop(lines.remove(*row)),
        Tampering::Swap(a, b) => lines.swap(*a, *b),
        Tampering::Duplicate(row) => lines.insert(*row, lines[*row].clone()),
        Tampering::Truncate(row) => lines.truncate(*row),
        Tampering::CutRow { row, at } => {
            let at = at % lines[*row].len();
            lines[*row].truncate(at);
        }
        Tampering::Splice(row) => lines.splice(row.., other[*row..].to_vec()).for_each(drop),
        Tampering::ForeignSignature(a, b) => {
            let signature = lines[*b].rsplit_once('.').unwrap().1.to_owned();
            let input = lines[*a].rsplit_once('.').unwrap().0.to_owned();
            lines[*a] = format!("{input}.{signature}");
        }
        Tampering::Insert(row, text) => lines.insert(*row, text.clone()),
    }
    lines
}

#[test]
fn every_random_tampering_is_found() {
    let mfo = Mfo::new("a");
    let writer = written(&mfo, "almaty-01");
    // The same terminal's other history: a clone of its disk that went on by itself.
    let clone = written(&mfo, "almaty-01");
    let (lines, other, note) = (writer.lines(), clone.lines(), writer.note());
    assert_eq!(verify(&writer, 0, &lines, Some(&note), None).result, ExportResult::Good);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(400));
    runner
        .run(&tampering(), |with| {
            let tampered = tamper(&lines, &other, &with);
            if tampered != lines {
                let report = verify(&writer, 0, &tampered, Some(&note), None);
                prop_assert_eq!(report.result, ExportResult::Finding, "{:?} was not found", with);
            }
            Ok(())
        })
        .unwrap();
}
