//! The states of the files in which a journal must not simply start.

use super::*;
use crate::files::beside;
use crate::{JournalReader, OpenCheck, StateKey};

fn create_at(bench: &Bench, path: &Path) -> Result<Journal, JournalError> {
    let mut options = bench.options(path);
    options.create = true;
    bench.open_with(options, &at(0))
}

#[test]
fn a_missing_journal_is_created_only_when_commissioning() {
    let bench = Bench::new();
    assert!(matches!(bench.open(), Err(JournalError::Missing { .. })));
    std::fs::write(bench.path(), b"").unwrap();
    assert!(matches!(bench.open(), Err(JournalError::Missing { .. })));
    assert!(matches!(
        bench.open_at(Path::new("/nowhere/at/all/journal.db")),
        Err(JournalError::Missing { .. })
    ));
    drop(create_at(&bench, &bench.path()).unwrap());
    assert_eq!(bench.open().unwrap().status().unwrap().rows, 2);
}

#[test]
fn commissioning_that_was_cut_off_can_be_repeated() {
    let bench = Bench::new();
    drop(crate::store::connect(&bench.path(), true, None).unwrap());
    assert!(std::fs::metadata(bench.path()).unwrap().len() > 0);
    assert!(matches!(bench.open(), Err(JournalError::Foreign { .. })));
    assert_eq!(create_at(&bench, &bench.path()).unwrap().status().unwrap().rows, 1);
}

#[test]
fn a_journal_that_vanished_is_not_replaced_while_its_log_or_a_note_is_there() {
    for left in ["-wal", "-head.note", "-cosigned.note"] {
        let bench = Bench::new();
        let mut journal = bench.filled(2);
        bench.settle(&mut journal, &at(5));
        drop(journal);
        for suffix in ["", "-wal", "-shm", "-head.note", "-cosigned.note"] {
            if suffix != left {
                let _ = std::fs::remove_file(bench.beside(suffix));
            }
        }
        for outcome in [bench.open(), create_at(&bench, &bench.path())] {
            match outcome {
                Err(JournalError::Lost { evidence, .. }) => assert_eq!(evidence, bench.beside(left)),
                Err(other) => panic!("{left}: {other:?}"),
                Ok(_) => panic!("{left}: an empty journal was started"),
            }
        }
    }
}

#[test]
fn a_log_taken_away_after_a_crash_is_noticed_and_after_an_orderly_stop_not_missed() {
    let bench = Bench::new();
    let journal = bench.filled(5);
    journal.close(&at(9)).unwrap();
    let _ = std::fs::remove_file(bench.beside("-wal"));
    let _ = std::fs::remove_file(bench.beside("-shm"));
    drop(bench.open().unwrap());

    std::fs::remove_file(bench.beside("-wal")).unwrap();
    for _ in 0..2 {
        assert!(matches!(bench.open(), Err(JournalError::WalLost { .. })));
    }
}

#[test]
fn a_truncated_file_is_named() {
    let bench = Bench::new();
    bench.filled(40).close(&at(9)).unwrap();
    let whole = std::fs::read(bench.path()).unwrap();
    for cut in [whole.len() - 1, whole.len() - 4096, whole.len() / 2, 4096, 60] {
        let path = bench.dir.path().join(format!("{cut}.db"));
        std::fs::write(&path, &whole[..cut]).unwrap();
        match bench.open_at(&path) {
            Err(JournalError::Truncated { actual, .. }) => assert_eq!(actual, cut as u64),
            Err(JournalError::Damaged { .. }) => assert_eq!(cut, 60),
            Err(other) => panic!("{cut}: {other:?}"),
            Ok(_) => panic!("{cut}: opened"),
        }
        let unchanged = std::fs::read(&path).unwrap();
        assert_eq!(unchanged, &whole[..cut]);
    }
}

#[test]
fn one_flipped_bit_in_any_row_is_found_by_a_thorough_opening() {
    let bench = Bench::new();
    let mut journal = bench.filled(10);
    journal.checkpoint(&at(3)).unwrap();
    fill(&mut journal, 4);
    let rows = journal.rows(0, u64::MAX).unwrap();
    let clean = |journal: Journal| {
        journal.db.execute("UPDATE meta SET clean = 1", []).unwrap();
        journal.db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    };
    clean(journal);
    let whole = std::fs::read(bench.path()).unwrap();
    let mut found = 0;
    for row in &rows {
        // Within the signature: nothing else in the file reads like it, and a short piece is not split over pages.
        let end = row.compact.len();
        let needle = &row.compact.as_bytes()[end - 60..end - 36];
        let Some(place) = whole.windows(needle.len()).position(|window| window == needle) else { continue };
        found += 1;
        let mut flipped = whole.clone();
        flipped[place + 10] ^= 1;
        let path = bench.dir.path().join(format!("flip{}.db", row.envelope.seq));
        std::fs::write(&path, flipped).unwrap();
        let mut options = bench.options(&path);
        options.check = OpenCheck::Tree;
        match bench.open_with(options, &at(20)) {
            Err(JournalError::Chain { seq, .. }) => assert_eq!(seq, row.envelope.seq),
            Err(other) => panic!("row {}: {other:?}", row.envelope.seq),
            Ok(_) => panic!("row {}: opened", row.envelope.seq),
        }
    }
    assert!(found >= 14, "{found} of {} rows were tried", rows.len());
    drop(bench.open().unwrap());
}

#[test]
fn a_row_rewritten_together_with_its_hash_is_found_in_both_kinds_of_check() {
    for (target, check) in [(2, OpenCheck::Tree), (9, OpenCheck::Tree), (9, OpenCheck::Tail)] {
        let bench = Bench::new();
        let mut journal = bench.filled(6);
        journal.checkpoint(&at(3)).unwrap();
        fill(&mut journal, 4);
        journal.db.execute("DROP TRIGGER operations_unchanged", []).unwrap_or_default();
        let row = journal.row(target).unwrap().unwrap();
        // The same row with the next row's text: well-formed, genuinely signed, at the wrong place.
        let other = journal.row(target + 1).unwrap().unwrap();
        let changed = journal.db.execute(
            "UPDATE operations SET compact = ?1, hash = ?2 WHERE seq = ?3",
            (&other.compact, &other.hash, crate::store::signed(target)),
        );
        assert_eq!(changed.unwrap(), 1, "{}", row.hash);
        drop(journal);
        let mut options = bench.options(&bench.path());
        options.check = check;
        match bench.open_with(options, &at(20)) {
            Err(JournalError::Chain { .. }) => {}
            Err(other) => panic!("{target} {check:?}: {other:?}"),
            Ok(_) => panic!("{target} {check:?}: opened"),
        }
    }
}

#[test]
fn a_stored_note_that_the_journal_key_did_not_sign_vouches_for_nothing() {
    let bench = Bench::new();
    let mut journal = bench.filled(6);
    let note = Note::parse(&journal.checkpoint(&at(3)).unwrap()).unwrap();
    let mut forged = Note { signatures: Vec::new(), ..note };
    forged.sign(&RamKey::generate().unwrap().0).unwrap();
    journal.db.execute("UPDATE checkpoints SET note = ?1", [forged.to_string()]).unwrap();
    let reader = JournalReader::open(&bench.path()).unwrap();
    assert!(matches!(reader.verify(&bench.trust), Err(JournalError::Chain { seq: 6, .. })));
    drop(journal);
    assert!(matches!(bench.open(), Err(JournalError::Chain { seq: 6, .. })));
}

#[test]
fn the_last_rows_cannot_be_cut_off_below_a_note() {
    let bench = Bench::new();
    let mut journal = bench.filled(6);
    journal.checkpoint(&at(3)).unwrap();
    journal.db.execute("DROP TRIGGER operations_kept", []).unwrap();
    journal.db.execute("DELETE FROM operations WHERE seq >= 5", []).unwrap();
    drop(journal);
    assert!(matches!(bench.open(), Err(JournalError::Chain { seq: 5, .. })));
}

#[test]
fn an_older_image_put_back_is_recognised_by_the_notes_beside_it() {
    for hint in ["-head.note", "-cosigned.note"] {
        let bench = Bench::new();
        let mut journal = bench.filled(3);
        bench.settle(&mut journal, &at(2));
        let old = bench.dir.path().join("old.db");
        bench.image(&old);
        fill(&mut journal, 3);
        bench.settle(&mut journal, &at(4));
        drop(journal);
        for suffix in ["", "-wal"] {
            std::fs::copy(beside(&old, suffix), bench.beside(suffix)).unwrap();
        }
        std::fs::remove_file(bench.beside("-shm")).unwrap();
        for other in ["-head.note", "-cosigned.note"] {
            if other != hint {
                std::fs::remove_file(bench.beside(other)).unwrap();
            }
        }
        match bench.open() {
            Err(JournalError::OlderImage { rows: 4, proven: 7 }) => {}
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("an older image was continued"),
        }
        std::fs::write(bench.beside(hint), "torn by a power cut").unwrap();
        drop(bench.open().unwrap());
    }
}

#[test]
fn a_business_state_changed_outside_is_found_at_open() {
    let bench = Bench::new();
    let mut journal = bench.filled(1);
    journal.append(note_of("x"), op(), &at(1), &[(StateKey("books"), "[1]".into())]).unwrap();
    journal.db.execute("UPDATE state SET value = '[2]'", []).unwrap();
    assert!(matches!(journal.state(StateKey("books")), Err(JournalError::Damaged { .. })));
    drop(journal);
    assert!(matches!(bench.open(), Err(JournalError::Damaged { .. })));
}

#[test]
fn a_journal_of_another_terminal_profile_or_program_is_refused() {
    let bench = Bench::new();
    bench.filled(1).close(&at(2)).unwrap();
    let mut options = bench.options(&bench.path());
    options.terminal = "t-2".parse().unwrap();
    assert!(matches!(bench.open_with(options, &at(3)), Err(JournalError::Foreign { .. })));
    let mut options = bench.options(&bench.path());
    options.profile = Profile::Production;
    assert!(matches!(bench.open_with(options, &at(3)), Err(JournalError::Foreign { .. })));

    let other = bench.dir.path().join("other.db");
    let db = rusqlite::Connection::open(&other).unwrap();
    db.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1)").unwrap();
    drop(db);
    assert!(matches!(create_at(&bench, &other), Err(JournalError::Foreign { .. })));
    std::fs::write(&other, [0x55; 8192]).unwrap();
    assert!(matches!(create_at(&bench, &other), Err(JournalError::Damaged { .. })));
}

#[test]
fn only_one_process_writes_and_readers_look_on_beside_it() {
    let bench = Bench::new();
    let mut journal = bench.filled(2);
    assert!(matches!(bench.open(), Err(JournalError::InUse { .. })));
    let reader = JournalReader::open(&bench.path()).unwrap();
    assert_eq!(reader.status().unwrap(), journal.status().unwrap());
    fill(&mut journal, 1);
    assert_eq!(reader.rows(2, u64::MAX).unwrap(), journal.rows(2, u64::MAX).unwrap());
    assert_eq!(reader.verify(&bench.trust).unwrap().rows, 4);
    assert!(reader.db_for_tests().execute("DELETE FROM state", []).is_err());
    drop(journal);
    drop(bench.open().unwrap());
    assert!(matches!(JournalReader::open(&bench.beside("-none")), Err(JournalError::Missing { .. })));
}

#[test]
fn the_verifier_beside_the_firmware_names_the_row_and_the_attachment_at_fault() {
    let bench = Bench::new();
    let mut journal = bench.filled(3);
    journal.append(with_secret(b"abc"), op(), &at(2), &[]).unwrap();
    let reader = JournalReader::open(&bench.path()).unwrap();
    assert_eq!(reader.verify(&bench.trust).unwrap().attachments, 1);
    journal.db.execute("UPDATE attachments SET jwe = jwe || 'A'", []).unwrap();
    assert!(matches!(reader.verify(&bench.trust), Err(JournalError::Chain { seq: 4, .. })));
    assert!(matches!(journal.pending_attachments(9), Err(JournalError::Damaged { .. })));
    journal.db.execute("DROP TRIGGER operations_unchanged", []).unwrap();
    journal.db.execute("UPDATE operations SET kind = 'Other' WHERE seq = 2", []).unwrap();
    assert!(matches!(reader.verify(&bench.trust), Err(JournalError::Chain { seq: 2, .. })));
}
