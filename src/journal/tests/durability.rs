//! Nothing accepted is lost, nothing refused appears, nothing changes.

use proptest::prelude::*;

use super::*;
use crate::StateKey;
use crate::journal::Fault;

#[test]
fn rows_are_dense_and_chained_across_restarts_each_with_its_own_key() {
    let bench = Bench::new();
    let mut journal = bench.filled(3);
    let state = [(StateKey("books"), r#"{"notes":7}"#.to_owned())];
    let last = journal.append(note_of("with state"), op(), &at(2), &state).unwrap();
    drop(journal);

    let journal = bench.open().unwrap();
    let rows = journal.rows(0, u64::MAX).unwrap();
    assert_eq!(rows.iter().map(|row| row.envelope.seq).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    assert_eq!(rows[4], last);
    assert!(rows.windows(2).all(|pair| pair[1].envelope.prev == pair[0].hash));
    assert_eq!((rows[5].envelope.kind.as_str(), rows[5].envelope.epoch), ("KeyEpoch", 5));
    assert_eq!(journal.state(StateKey("books")).unwrap().unwrap(), r#"{"notes":7}"#);
    assert_eq!(journal.state(StateKey("other")).unwrap(), None);
}

#[test]
fn an_operation_identity_is_used_once() {
    let bench = Bench::new();
    let mut journal = bench.filled(0);
    let (first, second) = (op(), op());
    journal.append(note_of("once"), first, &at(1), &[]).unwrap();
    let again = journal.append(note_of("once"), first, &at(1), &[]);
    assert!(matches!(again, Err(JournalError::OperationKnown { seq: 1, .. })), "{again:?}");
    let both = append_group(&mut journal, &[(note_of("a"), second), (note_of("b"), first)], &at(1));
    assert!(matches!(both, Err(JournalError::OperationKnown { .. })), "{both:?}");
    let twins = append_group(&mut journal, &[(note_of("a"), second), (note_of("b"), second)], &at(1));
    assert!(matches!(twins, Err(JournalError::Operation { .. })), "{twins:?}");
    assert_eq!(journal.status().unwrap().rows, 2);
    journal.append(note_of("a"), second, &at(1), &[]).unwrap();
}

#[test]
fn a_group_is_written_whole_and_its_rows_follow_each_other() {
    let bench = Bench::new();
    let mut journal = bench.filled(0);
    let rows =
        append_group(&mut journal, &[(note_of("a"), op()), (with_secret(b"x"), op())], &at(1)).unwrap();
    assert_eq!(rows[1].envelope.prev, rows[0].hash);
    assert_eq!(append_group(&mut journal, &[], &at(1)).unwrap(), []);
    assert_eq!(journal.status().unwrap().attachments, 1);
}

#[test]
fn a_disk_image_taken_after_any_commit_holds_every_accepted_row() {
    let bench = Bench::new();
    let mut journal = bench.commission();
    let images = tempfile::tempdir().unwrap();
    let mut expected = Vec::new();
    for number in 0..12 {
        let state = [(StateKey("count"), number.to_string())];
        let draft = if number % 3 == 0 { with_secret(&[number; 3000]) } else { note_of("row") };
        journal.append(draft, op(), &at(i64::from(number)), &state).unwrap();
        if number == 5 {
            journal.checkpoint(&at(5)).unwrap();
        }
        let image = images.path().join(format!("{number}.db"));
        bench.image(&image);
        expected.push((image, number, hashes(&journal)));
    }
    drop(journal);
    for (image, number, rows) in expected {
        let journal = bench.open_at(&image).unwrap();
        assert_eq!(hashes(&journal)[..rows.len()], rows[..]);
        assert_eq!(journal.status().unwrap().rows, rows.len() as u64 + 1);
        assert_eq!(journal.state(StateKey("count")).unwrap().unwrap(), number.to_string());
    }
}

#[test]
fn a_transaction_that_was_not_finished_leaves_nothing() {
    let bench = Bench::new();
    let journal = bench.filled(2);
    let before = hashes(&journal);
    journal
        .db
        .execute_batch(
            "BEGIN IMMEDIATE; INSERT INTO operations SELECT seq + 1, replace(op_id, '7', '8'), kind, session, at, compact,
             hash FROM operations ORDER BY seq DESC LIMIT 1",
        )
        .unwrap();
    drop(journal);
    assert_eq!(hashes(&bench.open().unwrap())[..3], before[..]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_log_cut_anywhere_leaves_a_prefix_of_the_chain_or_a_named_refusal(cut in 0.0_f64..1.0, flip in any::<bool>()) {
        let bench = Bench::new();
        let journal = bench.filled(6);
        let rows = hashes(&journal);
        drop(journal);
        let wal = bench.beside("-wal");
        let mut bytes = std::fs::read(&wal).unwrap();
        let place = ((bytes.len() as f64) * cut) as usize;
        if flip {
            bytes[place] ^= 0x10;
        } else {
            bytes.truncate(place);
        }
        std::fs::write(&wal, bytes).unwrap();
        match bench.open() {
            Ok(journal) => {
                let found = hashes(&journal);
                let kept = found.len() - 1;
                prop_assert!(kept <= rows.len());
                prop_assert_eq!(&found[..kept], &rows[..kept]);
            }
            Err(JournalError::WalLost { .. } | JournalError::Damaged { .. } | JournalError::Truncated { .. }) => {}
            Err(other) => prop_assert!(false, "{other:?}"),
        }
    }
}

#[test]
fn a_full_disk_loses_nothing_and_writing_goes_on_when_there_is_room_again() {
    let bench = Bench::new();
    let mut journal = bench.filled(1);
    let pages: u32 = journal.db.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    journal.set_max_pages(Some(pages + 12)).unwrap();
    let mut accepted = 0_u32;
    let (refused, error) = loop {
        let id = op();
        let state = [(StateKey("accepted"), (accepted + 1).to_string())];
        match journal.append(with_secret(&[7; 2000]), id, &at(1), &state) {
            Ok(_) => accepted += 1,
            Err(error) => break (id, error),
        }
        assert!(accepted < 100, "the limit never bites");
    };
    assert!(accepted > 0);
    assert!(matches!(error, JournalError::Full { .. }) && error.is_retryable(), "{error:?}");
    let before = hashes(&journal);
    assert!(journal.append(with_secret(&[7; 2000]), refused, &at(2), &[]).unwrap_err().is_retryable());
    assert_eq!(journal.state(StateKey("accepted")).unwrap().unwrap(), accepted.to_string());
    assert_eq!(journal.status().unwrap().attachments, u64::from(accepted));

    journal.set_max_pages(None).unwrap();
    let row = journal.append(with_secret(&[7; 2000]), refused, &at(3), &[]).unwrap();
    assert_eq!(row.envelope.prev, *before.last().unwrap());
    drop(journal);
    assert_eq!(hashes(&bench.open().unwrap())[..before.len()], before[..]);
}

#[test]
fn a_write_reported_as_failed_that_reached_the_disk_is_found_and_not_repeated() {
    let bench = Bench::new();
    let mut journal = bench.filled(1);
    let head = journal.head.clone();
    let (id, other) = (op(), op());
    let row = journal.append(note_of("perhaps"), id, &at(1), &[]).unwrap();
    let pretend = |journal: &mut Journal| {
        journal.head = head.clone();
        journal.fault = Some(Fault { rows: vec![row.clone()], epoch: None, mono: at(1).mono });
    };
    pretend(&mut journal);
    assert_eq!(journal.append(note_of("perhaps"), id, &at(5), &[]).unwrap(), row);
    assert_eq!(journal.head_hash(), row.hash);

    pretend(&mut journal);
    let next = journal.append(note_of("something else"), other, &at(6), &[]).unwrap();
    assert_eq!(next.envelope.prev, row.hash);
    assert_eq!(journal.adopted(), [id]);
    let rows = journal.status().unwrap().rows;
    drop(journal);
    assert_eq!(bench.open().unwrap().status().unwrap().rows, rows + 1);
}

#[test]
fn a_group_reported_as_failed_that_reached_the_disk_is_found_also_by_a_longer_repetition() {
    let bench = Bench::new();
    let mut journal = bench.filled(1);
    let drafts: Vec<_> = ["a", "b", "c", "d"].map(|text| (note_of(text), op())).into();
    let head = journal.head.clone();
    let written = append_group(&mut journal, &drafts[..2], &at(1)).unwrap();
    journal.head = head;
    journal.fault = Some(Fault { rows: written.clone(), epoch: None, mono: at(1).mono });
    // The repetition fails as well: what was found must not be forgotten.
    journal.settle_fault().unwrap();
    let pages: u32 = journal.db.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    journal.set_max_pages(Some(pages)).unwrap();
    let mut longer = drafts.clone();
    longer.push((with_secret(&[1; 20_000]), op()));
    assert!(append_group(&mut journal, &longer, &at(2)).unwrap_err().is_retryable());
    assert_eq!(journal.adopted(), [drafts[0].1, drafts[1].1]);
    journal.set_max_pages(None).unwrap();
    let rows = append_group(&mut journal, &longer, &at(3)).unwrap();
    assert_eq!(rows[..2], written[..]);
    assert_eq!(rows.iter().map(|row| row.envelope.seq).collect::<Vec<_>>(), [2, 3, 4, 5, 6]);
    assert!(journal.adopted().is_empty());
    let again = append_group(&mut journal, &drafts[..1], &at(4));
    assert!(matches!(again, Err(JournalError::OperationKnown { seq: 2, .. })), "{again:?}");
}

#[test]
fn each_row_of_a_group_brings_its_own_state_and_directive_and_a_failed_group_brings_none() {
    let bench = Bench::new();
    let mut journal = bench.filled(1);
    let key = StateKey("count");
    let drafts = [note_of("a"), note_of("b"), note_of("c")];
    let group = |ids: [OperationId; 3]| -> Vec<Entry<'_>> {
        let beside = [Some("1"), Some("2"), None];
        std::iter::zip(&drafts, ids)
            .zip(beside)
            .map(|((draft, op_id), state)| Entry {
                draft,
                op_id,
                state: state.map(|text| (key, text.to_owned())).into_iter().collect(),
                directive: state.map(|_| ("RulePack", "a.b.c")),
            })
            .collect()
    };
    let twin = op();
    assert!(journal.append_many(&group([op(), twin, twin]), &at(1)).is_err());
    assert_eq!((journal.state(key).unwrap(), journal.directive("RulePack").unwrap()), (None, None));
    let rows = journal.append_many(&group([op(), op(), op()]), &at(1)).unwrap();
    assert_eq!(journal.state(key).unwrap().as_deref(), Some("2"));
    let told: i64 = journal.db.query_row("SELECT seq FROM directives", [], |row| row.get(0)).unwrap();
    assert_eq!(told.unsigned_abs(), rows[1].envelope.seq);
}

#[test]
fn a_key_epoch_found_on_disk_after_a_failed_write_brings_its_key_into_force() {
    let bench = Bench::new();
    let mut journal = bench.filled(1);
    let head = journal.head.clone();
    let row = journal.renew_epoch(&RamKeyMaker, op(), &at(1)).unwrap();
    journal.fault = Some(Fault { rows: vec![row.clone()], epoch: journal.epoch.take(), mono: at(1).mono });
    journal.head = head;
    let next = journal.append(note_of("under the new key"), op(), &at(2), &[]).unwrap();
    assert_eq!(next.envelope.epoch, row.envelope.seq);
    drop(journal);
    bench.open().unwrap();
}

#[test]
fn a_renewed_identity_begins_a_new_epoch_and_both_certificates_go_on_counting() {
    let bench = Bench::new();
    let mut journal = bench.filled(1);
    journal.set_identity(identity_of(&bench.renewed));
    journal.renew_epoch(&RamKeyMaker, op(), &at(1)).unwrap();
    fill(&mut journal, 1);
    drop(journal);
    let journal = bench.open().unwrap();
    assert_eq!(crate::JournalReader::open(&bench.path()).unwrap().verify(&bench.trust).unwrap().rows, 5);
    assert_eq!(journal.epoch(), 4);
}

#[test]
fn a_journal_that_changed_underneath_is_never_written_again() {
    let bench = Bench::new();
    let mut journal = bench.filled(1);
    let head = journal.head.clone();
    journal.append(note_of("unknown to this process"), op(), &at(1), &[]).unwrap();
    journal.head = head;
    journal.fault = Some(Fault { rows: Vec::new(), epoch: None, mono: at(1).mono });
    for _ in 0..2 {
        let refused = journal.append(note_of("x"), op(), &at(2), &[]);
        assert!(matches!(refused, Err(JournalError::HeadChanged { expected: 2, found: 3 })), "{refused:?}");
    }
    assert!(!journal.accepts_new_business());
}

#[test]
fn a_medium_that_turns_read_only_is_named_and_writing_goes_on_after_it_is_cured() {
    let bench = Bench::new();
    let mut journal = bench.filled(1);
    journal.db.pragma_update(None, "query_only", true).unwrap();
    let id = op();
    let refused = journal.append(note_of("x"), id, &at(1), &[]);
    assert!(matches!(refused, Err(JournalError::ReadOnly { .. })), "{refused:?}");
    assert_eq!(journal.append(note_of("x"), id, &at(1), &[]).unwrap().envelope.seq, 2);
}

#[test]
fn the_database_itself_refuses_changed_deleted_and_misplaced_rows() {
    let bench = Bench::new();
    let journal = bench.filled(3);
    for forbidden in [
        "UPDATE operations SET at = at",
        "DELETE FROM operations WHERE seq = 0",
        "DELETE FROM operations WHERE seq = 3",
        "INSERT OR REPLACE INTO operations SELECT * FROM operations WHERE seq = 2",
        "INSERT INTO operations SELECT seq + 7, replace(op_id, '0', 'f'), kind, session, at, compact, hash
         FROM operations WHERE seq = 3",
    ] {
        assert!(journal.db.execute(forbidden, []).is_err(), "{forbidden}");
    }
    assert_eq!(journal.status().unwrap().rows, 4);
}

#[test]
fn a_key_that_fails_leaves_the_former_epoch_in_force() {
    struct Broken;
    impl senim_operation::signer::KeyMaker for Broken {
        fn make(
            &self,
        ) -> Result<Box<dyn senim_operation::signer::Signer>, senim_operation::signer::KeyError> {
            Err(senim_operation::signer::KeyError::NoRandomness)
        }
    }
    let bench = Bench::new();
    let mut journal = bench.filled(1);
    assert!(!journal.needs_epoch(Mono(at(0).mono.0 + crate::EPOCH_AFTER_MS - 1)));
    assert!(journal.needs_epoch(Mono(at(0).mono.0 + crate::EPOCH_AFTER_MS)));
    assert!(matches!(journal.renew_epoch(&Broken, op(), &at(2)), Err(JournalError::Key(_))));
    assert_eq!(journal.append(note_of("goes on"), op(), &at(3), &[]).unwrap().envelope.epoch, 0);
    assert_eq!(journal.renew_epoch(&RamKeyMaker, op(), &at(4)).unwrap().envelope.epoch, 3);
    assert_eq!(journal.append(note_of("new key"), op(), &at(5), &[]).unwrap().envelope.epoch, 3);
    drop(journal);
    bench.open().unwrap();
}

#[test]
fn a_journal_can_be_handed_to_the_kernels_thread() {
    let bench = Bench::new();
    let mut journal = bench.filled(1);
    let rows = std::thread::spawn(move || {
        fill(&mut journal, 1);
        journal.status().unwrap().rows
    });
    assert_eq!(rows.join().unwrap(), 3);
}
