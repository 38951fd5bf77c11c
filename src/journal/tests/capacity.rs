//! A hundred thousand unsent rows: room, order, plans of the queries, clocks that jump.

use super::*;
use crate::checkpoint::LAST_EPOCH;
use crate::store::{LAST_COSIGNED, LAST_OWN};
use crate::{AUDIT_ROWS, JournalReader};

/// Appends in groups; every row at another moment of a clock that jumps ten years to and fro.
fn pour(journal: &mut Journal, rows: usize) {
    let draft = note_of("a row of ordinary length, as most of them are");
    for group in 0..rows / 500 {
        let years = [0, 10, -10, 3][group % 4];
        let moment = Stamp {
            utc: UtcMillis(NOW + years * 31_536_000_000),
            mono: Mono(2_000_000 + group as u64),
            quality: ClockQuality::Estimated,
        };
        let ids: Vec<OperationId> = (0..500).map(|_| op()).collect();
        let entries: Vec<Entry<'_>> = ids
            .iter()
            .map(|op_id| Entry { draft: &draft, op_id: *op_id, state: Vec::new(), directive: None })
            .collect();
        journal.append_many(&entries, &moment).unwrap();
        if group % 4 == 0 {
            journal.checkpoint(&moment).unwrap();
        }
    }
}

#[test]
fn a_hundred_thousand_unsent_rows_are_held_counted_and_drained_in_order_whatever_the_clock_says() {
    let bench = Bench::new();
    let mut journal = bench.commission();
    pour(&mut journal, 100_000);
    assert!(journal.accepts_new_business(), "the reserve begins at 108,000");
    assert_eq!(journal.status().unwrap().unacked, 100_001);
    drop(journal);

    let mut journal = bench.open().unwrap();
    assert_eq!(journal.status().unwrap().unacked, 100_002);
    let mut at_once = 0;
    let mut prev = senim_operation::jws::GENESIS_PREV.to_owned();
    loop {
        let batch = journal.pending(512, 1 << 20).unwrap();
        let Some(last) = batch.last() else { break };
        at_once = at_once.max(batch.iter().map(|row| row.compact.len()).sum());
        for row in &batch {
            assert_eq!(row.envelope.prev, prev);
            prev.clone_from(&row.hash);
        }
        journal.acknowledge(last.envelope.seq, &last.hash, None, &at(1)).unwrap();
    }
    assert!(at_once <= 1 << 20, "{at_once} bytes in one batch");
    assert_eq!((journal.status().unwrap().unacked, prev.as_str()), (0, journal.head_hash()));
    // The memory of the page cache is bounded by its own limit, not by the rows.
    let cache: i64 = journal.db.pragma_query_value(None, "cache_size", |row| row.get(0)).unwrap();
    assert_eq!(cache, -2000, "KiB");
}

#[test]
fn at_the_reserve_new_business_is_refused_and_nothing_expires() {
    let bench = Bench::new();
    let mut options = bench.options(&bench.path());
    options.create = true;
    (options.capacity_rows, options.reserve_rows) = (2_000, 500);
    let mut journal = bench.open_with(options, &at(0)).unwrap();
    pour(&mut journal, 1_500);
    assert!(!journal.accepts_new_business());
    pour(&mut journal, 1_000);
    let decades = at(40 * 31_536_000);
    assert_eq!(journal.prune_when_due(&decades).unwrap(), 0);
    assert_eq!(journal.status().unwrap().unacked, 2_501);
    let reader = JournalReader::open(&bench.path()).unwrap();
    assert_eq!(reader.verify(&bench.trust).unwrap().rows, 2_501);
    let mut audit = journal.audit();
    while !audit.step(AUDIT_ROWS).unwrap().finished {}
}

#[test]
fn what_is_asked_at_every_step_reads_no_table_from_end_to_end() {
    let bench = Bench::new();
    let journal = bench.filled(3);
    for sql in [
        "SELECT terminal, acked_seq, acked_hash, pruned_size FROM meta",
        "SELECT coalesce((SELECT max(seq) + 1 FROM operations), (SELECT pruned_size FROM meta), 0)",
        "SELECT attachments, waiting FROM counts",
        "SELECT compact, hash FROM operations WHERE seq = ?1",
        "SELECT seq FROM operations WHERE op_id = ?1",
        "SELECT sha256, jwe FROM attachments WHERE uploaded = 0 ORDER BY seq LIMIT ?1",
        "SELECT tree FROM checkpoints WHERE size <= ?1 AND size >= ?2 ORDER BY size DESC LIMIT 1",
        "UPDATE attachments SET uploaded = 1 WHERE sha256 = ?1",
        "DELETE FROM attachments WHERE sha256 = ?1",
        LAST_OWN,
        LAST_COSIGNED,
        LAST_EPOCH,
    ] {
        let mut plan = journal.db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let blanks = vec![rusqlite::types::Null; plan.parameter_count()];
        let steps =
            plan.query_map(rusqlite::params_from_iter(blanks), |row| row.get::<_, String>(3)).unwrap();
        for step in steps {
            let step = step.unwrap();
            // A table of one row, and the sides of a partial index, may be scanned.
            let small = ["SCAN meta", "SCAN counts", "SCAN CONSTANT ROW"].contains(&step.as_str())
                || step.contains("INDEX attachments_waiting");
            assert!(small || !step.starts_with("SCAN") || step.starts_with("SCAN SCALAR"), "{sql}: {step}");
        }
    }
}
