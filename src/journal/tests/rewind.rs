//! Setting the watermark back on the MFO's signed word.

use super::*;

#[test]
fn rows_and_attachments_are_pending_again_and_stay_so_after_a_restart() {
    let bench = Bench::new();
    let mut journal = bench.filled(3);
    journal.append(with_secret(b"iin"), op(), &at(1), &[]).unwrap();
    let (sha256, _) = journal.pending_attachments(1).unwrap().remove(0);
    journal.attachment_uploaded(&sha256).unwrap();
    bench.settle(&mut journal, &at(2));
    assert!(journal.pending(9, usize::MAX).unwrap().is_empty());

    let rewound = journal.rewind(2).unwrap();
    assert_eq!((rewound.head_seq, rewound.pruned, rewound.attachments), (4, 0, 1));
    let seqs = |journal: &Journal| -> Vec<u64> {
        journal.pending(9, usize::MAX).unwrap().iter().map(|row| row.envelope.seq).collect()
    };
    assert_eq!(seqs(&journal), [2, 3, 4]);
    assert_eq!(journal.pending_attachments(9).unwrap().len(), 1);
    let all = hashes(&journal);
    assert_eq!(journal.status().unwrap().acked_hash.as_deref(), Some(all[1].as_str()));
    drop(journal);
    let mut journal = bench.open().unwrap();
    assert_eq!(seqs(&journal), [2, 3, 4, 5]);

    // Forward again as ever.
    journal.acknowledge(3, &all[3], None, &at(3)).unwrap();
    assert_eq!(seqs(&journal), [4, 5]);
}

#[test]
fn everything_from_the_first_row_can_be_called_for_and_the_same_call_again_changes_nothing() {
    let bench = Bench::new();
    let mut journal = bench.filled(3);
    bench.settle(&mut journal, &at(2));
    for _ in 0..2 {
        journal.rewind(0).unwrap();
        assert_eq!(journal.status().unwrap().acked_seq, None);
    }
    assert_eq!(journal.pending(9, usize::MAX).unwrap().len(), 4);
}

#[test]
fn a_call_from_above_the_watermark_moves_nothing_and_one_for_rows_never_written_is_refused() {
    let bench = Bench::new();
    let mut journal = bench.filled(3);
    let all = hashes(&journal);
    journal.acknowledge(1, &all[1], None, &at(2)).unwrap();
    journal.rewind(4).unwrap();
    assert_eq!(journal.status().unwrap().acked_seq, Some(1));
    let ahead = journal.rewind(5);
    assert!(matches!(ahead, Err(JournalError::AcknowledgedAhead { acked: 4, rows: 4 })), "{ahead:?}");
}

#[test]
fn pruned_rows_stay_acknowledged_and_the_first_one_left_is_told() {
    let bench = Bench::new();
    let mut journal = bench.filled(5);
    journal.renew_epoch(&RamKeyMaker, op(), &at(50_000)).unwrap();
    bench.settle(&mut journal, &at(50_000));
    assert_eq!(journal.prune(10_000, &at(100_000)).unwrap(), 6);
    let rewound = journal.rewind(2).unwrap();
    assert_eq!((rewound.head_seq, rewound.pruned), (6, 6));
    assert_eq!(journal.status().unwrap().acked_seq, Some(5));
    let first = journal.pending(9, usize::MAX).unwrap();
    assert_eq!(first[0].envelope.seq, 6);
    drop(journal);
    bench.open().unwrap();
}
