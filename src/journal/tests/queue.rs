//! What goes to the gateway, what it answers, and when there is room for more.

use super::*;
use crate::{CHECKPOINT_AFTER_MS, CHECKPOINT_ROWS, StateKey};

#[test]
fn pending_rows_come_in_order_within_the_limits_and_always_at_least_one() {
    let bench = Bench::new();
    let mut journal = bench.filled(5);
    let all = journal.rows(0, u64::MAX).unwrap();
    assert_eq!(journal.pending(100, usize::MAX).unwrap(), all);
    assert_eq!(journal.pending(2, usize::MAX).unwrap(), all[..2]);
    assert_eq!(journal.pending(100, 1).unwrap(), all[..1]);
    let two = all[0].compact.len() + all[1].compact.len();
    assert_eq!(journal.pending(100, two).unwrap(), all[..2]);
    journal.acknowledge(3, &all[3].hash, None, &at(2)).unwrap();
    assert_eq!(journal.pending(100, usize::MAX).unwrap(), all[4..]);
    assert_eq!(journal.status().unwrap().unacked, 2);
}

#[test]
fn the_watermark_never_moves_back_and_survives_a_restart() {
    let bench = Bench::new();
    let mut journal = bench.filled(5);
    let all = hashes(&journal);
    journal.acknowledge(4, &all[4], None, &at(2)).unwrap();
    for late in [0, 2, 4] {
        journal.acknowledge(late, &all[late as usize], None, &at(3)).unwrap();
        assert_eq!(journal.status().unwrap().acked_seq, Some(4));
    }
    drop(journal);
    let status = bench.open().unwrap().status().unwrap();
    assert_eq!((status.acked_seq, status.acked_hash.as_deref()), (Some(4), Some(all[4].as_str())));
}

#[test]
fn another_hash_is_a_fork_and_a_row_never_written_is_an_old_image() {
    let bench = Bench::new();
    let mut journal = bench.filled(5);
    let all = hashes(&journal);
    let fork = journal.acknowledge(2, &all[3], None, &at(2));
    assert!(matches!(fork, Err(JournalError::Fork { seq: 2, .. })), "{fork:?}");
    let ahead = journal.acknowledge(6, &all[3], None, &at(2));
    assert!(matches!(ahead, Err(JournalError::AcknowledgedAhead { acked: 6, rows: 6 })), "{ahead:?}");
    assert_eq!(journal.status().unwrap().acked_seq, None);
}

#[test]
fn a_cosigned_note_is_kept_only_when_it_is_the_gateways_and_says_what_we_hold() {
    let bench = Bench::new();
    let mut journal = bench.filled(5);
    let head = journal.head_hash().to_owned();
    let note = journal.checkpoint(&at(2)).unwrap();
    let unsigned = journal.acknowledge(5, &head, Some(note.clone()), &at(3));
    assert!(matches!(unsigned, Err(JournalError::Note { .. })), "{unsigned:?}");

    let mut other = Note::new(&"t-1".parse().unwrap(), 4, [9; 32]);
    other.sign(&RamKey::generate().unwrap().0).unwrap();
    let fork = journal.acknowledge(5, &head, Some(bench.cosign(&other.to_string(), &at(3))), &at(3));
    assert!(matches!(fork, Err(JournalError::Fork { seq: 3, .. })), "{fork:?}");

    let mut foreign = Note::new(&"t-9".parse().unwrap(), 4, [9; 32]);
    foreign.sign(&RamKey::generate().unwrap().0).unwrap();
    let foreign = journal.acknowledge(5, &head, Some(bench.cosign(&foreign.to_string(), &at(3))), &at(3));
    assert!(matches!(foreign, Err(JournalError::Note { .. })), "{foreign:?}");
    assert_eq!(journal.status().unwrap().acked_seq, None);

    journal.acknowledge(5, &head, Some(bench.cosign(&note, &at(3))), &at(3)).unwrap();
    assert_eq!(journal.status().unwrap().last_cosigned, Some(6));
    assert_eq!(std::fs::read_to_string(bench.beside("-cosigned.note")).unwrap(), bench_note(&journal));
}

fn bench_note(journal: &Journal) -> String {
    journal.last_cosigned_note().unwrap().unwrap()
}

#[test]
fn attachments_wait_for_upload_and_stay_until_they_are_archived() {
    let bench = Bench::new();
    let mut journal = bench.commission();
    let portrait: Vec<u8> =
        (0..100_000_u32).flat_map(|number| number.to_le_bytes()).take(100 * 1024).collect();
    let row = journal.append(with_secret(&portrait), op(), &at(1), &[]).unwrap();
    let sealed = row.envelope.sealed.unwrap();
    drop(journal);

    let mut journal = bench.open().unwrap();
    let pending = journal.pending_attachments(10).unwrap();
    assert_eq!(pending[0].0, sealed.sha256);
    assert_eq!(bench.opener.open(&pending[0].1).unwrap().expose(), portrait);
    assert!(journal.attachment_uploaded(&sealed.sha256).unwrap());
    assert_eq!(journal.pending_attachments(10).unwrap(), []);
    assert_eq!(journal.status().unwrap().attachments, 1);
    assert!(journal.attachment_archived(&sealed.sha256).unwrap());
    assert!(!journal.attachment_archived(&sealed.sha256).unwrap());
    assert_eq!(journal.status().unwrap().attachments, 0);
    drop(journal);
    drop(bench.open().unwrap());
}

#[test]
fn nothing_of_an_attachment_is_readable_in_any_file() {
    let bench = Bench::new();
    let mut journal = bench.commission();
    let plain = "IIN 900514300002 ".repeat(500);
    journal.append(with_secret(plain.as_bytes()), op(), &at(1), &[]).unwrap();
    let search = || {
        let mut bytes = 0;
        for entry in std::fs::read_dir(bench.dir.path()).unwrap() {
            let content = std::fs::read(entry.unwrap().path()).unwrap();
            bytes += content.len();
            for needle in ["900514300002", "IIN 9005", &STANDARD.encode("IIN 90051430")] {
                assert!(!content.windows(needle.len()).any(|window| window == needle.as_bytes()), "{needle}");
            }
        }
        bytes
    };
    assert!(search() > plain.len());
    journal.close(&at(2)).unwrap();
    assert!(search() > plain.len());
}

#[test]
fn new_business_is_refused_at_the_reserve_while_open_business_goes_on() {
    let bench = Bench::new();
    let mut options = bench.options(&bench.path());
    options.create = true;
    (options.capacity_rows, options.reserve_rows) = (10, 4);
    let mut journal = bench.open_with(options, &at(0)).unwrap();
    while journal.accepts_new_business() {
        fill(&mut journal, 1);
    }
    assert_eq!(journal.status().unwrap().unacked, 6);
    fill(&mut journal, 20);
    assert!(!journal.accepts_new_business());
    bench.settle(&mut journal, &at(3));
    assert!(journal.accepts_new_business());
}

#[test]
fn new_business_is_refused_when_the_disk_or_the_files_budget_is_nearly_used_up() {
    let bench = Bench::new();
    let free = Arc::new(AtomicU64::new(1 << 40));
    let seen = Arc::clone(&free);
    let mut options = bench.options(&bench.path());
    options.create = true;
    options.reserve_bytes = 1 << 20;
    options.capacity_bytes = 2 << 20;
    options.free_bytes = Box::new(move |_| Some(seen.load(Ordering::Relaxed)));
    let mut journal = bench.open_with(options, &at(0)).unwrap();
    assert!(journal.accepts_new_business());
    free.store((1 << 20) - 1, Ordering::Relaxed);
    assert!(!journal.accepts_new_business());
    fill(&mut journal, 1);
    free.store(1 << 20, Ordering::Relaxed);
    assert!(journal.accepts_new_business());
    let mut hashes = Vec::new();
    while journal.accepts_new_business() {
        let row = journal.append(with_secret(&[1; 100_000]), op(), &at(1), &[]).unwrap();
        hashes.push(row.envelope.sealed.unwrap().sha256);
        assert!(hashes.len() < 50);
    }
    for sha256 in hashes {
        journal.attachment_archived(&sha256).unwrap();
    }
    assert!(journal.accepts_new_business());
}

#[test]
fn a_checkpoint_is_due_after_64_rows_or_a_minute_after_news_and_not_without() {
    let bench = Bench::new();
    let mut journal = bench.commission();
    let first = journal.checkpoint(&at(0)).unwrap();
    assert!(!journal.needs_checkpoint(at(10_000).mono));
    assert_eq!(journal.checkpoint(&at(10_000)).unwrap(), first);
    let row = journal.append(note_of("news"), op(), &at(20_000), &[]).unwrap();
    assert!(!journal.needs_checkpoint(Mono(row.envelope.mono_ms + CHECKPOINT_AFTER_MS - 1)));
    assert!(journal.needs_checkpoint(Mono(row.envelope.mono_ms + CHECKPOINT_AFTER_MS)));
    journal.checkpoint(&at(20_060)).unwrap();
    for _ in 0..CHECKPOINT_ROWS {
        assert!(!journal.needs_checkpoint(at(20_061).mono));
        journal.append(note_of("news"), op(), &at(20_061), &[]).unwrap();
    }
    assert!(journal.needs_checkpoint(at(20_061).mono));
}

#[test]
fn pruning_cuts_only_before_a_key_epoch_what_is_old_acknowledged_cosigned_and_archived() {
    const DAY: i64 = 86_400;
    let bench = Bench::new();
    let mut journal = bench.filled(5);
    let sealed = journal.append(with_secret(b"x"), op(), &at(2), &[]).unwrap().envelope.sealed.unwrap();
    let cut = journal.renew_epoch(&RamKeyMaker, op(), &at(10 * DAY)).unwrap().envelope.seq;
    journal.append(note_of("later"), op(), &at(10 * DAY), &[]).unwrap();
    let month = 30 * DAY as u64 * 1000;
    let late = at(42 * DAY);
    assert_eq!(journal.prune(month, &late).unwrap(), 0, "not acknowledged");
    let (last, head) = (journal.status().unwrap().next_seq - 1, journal.head_hash().to_owned());
    journal.acknowledge(last, &head, None, &at(11 * DAY)).unwrap();
    assert_eq!(journal.prune(month, &late).unwrap(), 0, "not cosigned");
    bench.settle(&mut journal, &at(11 * DAY));
    assert_eq!(journal.prune(month, &late).unwrap(), 0, "an attachment is still here");
    journal.attachment_archived(&sealed.sha256).unwrap();
    assert_eq!(journal.prune(month, &at(41 * DAY)).unwrap(), 0, "cosigned too lately");
    let estimated = Stamp { quality: ClockQuality::Estimated, ..late };
    assert_eq!(journal.prune(month, &estimated).unwrap(), 0, "the clock is not to be trusted");
    assert_eq!(journal.prune(month, &late).unwrap(), cut);
    assert_eq!(journal.prune(month, &late).unwrap(), 0);

    assert_eq!(journal.rows(0, u64::MAX).unwrap()[0].envelope.seq, cut);
    journal.acknowledge(0, "long forgotten", None, &late).unwrap();
    fill(&mut journal, 3);
    drop(journal);
    let mut journal = bench.open().unwrap();
    assert_eq!(journal.status().unwrap().pruned, cut);
    bench.settle(&mut journal, &at(43 * DAY));
    drop(journal);
    drop(bench.open().unwrap());
}

#[test]
fn a_directive_replaces_the_former_of_its_kind_in_the_transaction_of_its_row() {
    let bench = Bench::new();
    let mut journal = bench.commission();
    journal.append_directive(note_of("first"), op(), &at(1), ("RulePack", "a.b.c"), &[]).unwrap();
    journal
        .append_directive(
            note_of("second"),
            op(),
            &at(1),
            ("RulePack", "d.e.f"),
            &[(StateKey("pack"), "2".into())],
        )
        .unwrap();
    let taken = journal.rows(1, 2).unwrap()[0].envelope.op_id;
    assert!(
        journal
            .append_directive(
                note_of("third"),
                taken,
                &at(1),
                ("RulePack", "g.h.i"),
                &[(StateKey("pack"), "3".into())]
            )
            .is_err()
    );
    drop(journal);
    let journal = bench.open().unwrap();
    assert_eq!(journal.directive("RulePack").unwrap().as_deref(), Some("d.e.f"));
    assert_eq!(journal.state(StateKey("pack")).unwrap().as_deref(), Some("2"));
    assert_eq!(journal.directive("Activation").unwrap(), None);
}

#[test]
fn the_telemetry_ring_keeps_the_newest_entries_and_is_no_part_of_the_chain() {
    let bench = Bench::new();
    let mut options = bench.options(&bench.path());
    options.create = true;
    options.telemetry_rows = 5;
    let mut journal = bench.open_with(options, &at(0)).unwrap();
    for number in 0..12 {
        journal.record_telemetry(&at(number), &[format!(r#"{{"n":{number}}}"#)]).unwrap();
    }
    assert_eq!(journal.telemetry(2).unwrap(), [r#"{"n":11}"#, r#"{"n":10}"#]);
    assert_eq!(journal.telemetry(99).unwrap().len(), 5);
    assert_eq!(journal.status().unwrap().rows, 1);
}

#[test]
fn a_damaged_telemetry_ring_begins_anew_with_a_note_and_the_chain_does_not_notice() {
    let bench = Bench::new();
    let mut journal = bench.filled(2);
    journal.record_telemetry(&at(1), &["{}".into(), "{}".into()]).unwrap();
    assert_eq!(journal.telemetry_unsent(9).unwrap().len(), 2);
    journal.telemetry_sent(1).unwrap();
    assert_eq!(journal.telemetry_unsent(9).unwrap().iter().map(|entry| entry.id).collect::<Vec<_>>(), [2]);
    for damage in [vec![0x55; 8192], b"SQLite format 3\0 and no more".to_vec(), Vec::new()] {
        drop(journal);
        for suffix in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(bench.beside(&format!("-telemetry{suffix}")));
        }
        std::fs::write(bench.beside("-telemetry"), &damage).unwrap();
        journal = bench.open().unwrap();
        journal.record_telemetry(&at(2), &[r#"{"after":1}"#.into()]).unwrap();
        let found = journal.telemetry(9).unwrap();
        assert_eq!(found[0], r#"{"after":1}"#);
        assert_eq!(found.len(), if damage.is_empty() { 1 } else { 2 }, "{found:?}");
    }
    // Nor does it matter that there is no room for it at all.
    drop(journal);
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(bench.beside(&format!("-telemetry{suffix}")));
    }
    std::fs::create_dir_all(bench.beside("-telemetry").join("in the way")).unwrap();
    let mut journal = bench.open().unwrap();
    assert!(journal.record_telemetry(&at(3), &["{}".into()]).is_err());
    fill(&mut journal, 1);
}
