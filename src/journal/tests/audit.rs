//! The complete verification beside a working journal.

use super::*;
use crate::{AUDIT_ROWS, Audit, JournalReader, OpenCheck};

fn to_the_end(audit: &mut Audit, slice: usize) -> Result<u64, JournalError> {
    loop {
        let progress = audit.step(slice)?;
        if progress.finished {
            return Ok(progress.rows);
        }
    }
}

#[test]
fn it_goes_on_in_slices_while_rows_are_written_and_pruned() {
    const DAY: i64 = 86_400;
    let bench = Bench::new();
    let mut journal = bench.filled(30);
    let cut = journal.renew_epoch(&RamKeyMaker, op(), &at(DAY)).unwrap().envelope.seq;
    journal.append(with_secret(b"kept"), op(), &at(DAY), &[]).unwrap();
    bench.settle(&mut journal, &at(DAY));
    fill(&mut journal, 20);
    drop(journal);
    let mut journal = bench.open().unwrap();
    let mut audit = journal.audit();
    assert_eq!(audit.step(7).unwrap(), crate::Progress { rows: 7, of: 53, finished: false });
    fill(&mut journal, 5);
    assert_eq!(journal.prune(1000, &at(40 * DAY)).unwrap(), cut);
    assert_eq!(audit.step(7).unwrap().rows, cut + 7);
    assert_eq!(to_the_end(&mut audit, AUDIT_ROWS).unwrap(), 53);
    assert_eq!(audit.outcome().unwrap().attachments, 1);
    assert!(audit.step(1).unwrap().finished);
}

#[test]
fn a_commit_never_waits_for_a_slice_that_is_open() {
    let bench = Bench::new();
    let mut journal = bench.filled(50);
    let reader = JournalReader::open(&bench.path()).unwrap();
    let slice = reader.db_for_tests().unchecked_transaction().unwrap();
    let seen: i64 = slice.query_row("SELECT count(*) FROM operations", [], |row| row.get(0)).unwrap();
    fill(&mut journal, 10);
    assert_eq!(journal.status().unwrap().rows.cast_signed(), seen + 10);
}

/// What was found of a file whose journal was stopped in order and changed afterwards.
fn found(bench: &Bench, path: &Path) -> Option<JournalError> {
    let journal = match bench.open_at(path) {
        Ok(journal) => journal,
        Err(error) => return Some(error),
    };
    let mut audit = journal.audit();
    to_the_end(&mut audit, AUDIT_ROWS).err()
}

#[test]
fn every_flipped_bit_of_the_file_is_found_at_open_or_by_the_audit_or_lies_in_free_space() {
    let bench = Bench::new();
    let mut journal = bench.filled(30);
    let state = [(crate::StateKey("books"), "[1,2]".to_owned())];
    journal.append_directive(note_of("pack"), op(), &at(1), ("RulePack", "a.b.c"), &state).unwrap();
    journal.append(with_secret(&[7; 9000]), op(), &at(1), &[]).unwrap();
    bench.settle(&mut journal, &at(2));
    fill(&mut journal, 10);
    journal.close(&at(3)).unwrap();
    let whole = std::fs::read(bench.path()).unwrap();
    let content = |path: &Path| dump(path);
    let before = content(&bench.path());
    let (mut detected, mut harmless) = (0, 0);
    let mut place = 17;
    // A stride that meets every page at other offsets each time round.
    while place < whole.len() {
        let mut flipped = whole.clone();
        flipped[place] ^= 1 << (place % 8);
        let path = bench.dir.path().join(format!("flip{place}.db"));
        std::fs::write(&path, &flipped).unwrap();
        match found(&bench, &path) {
            Some(error) => {
                let named = error.is_finding()
                    || matches!(
                        error,
                        JournalError::Foreign { .. }
                            | JournalError::Newer { .. }
                            | JournalError::Migration { .. }
                            | JournalError::Note { .. }
                            | JournalError::Operation { .. }
                            | JournalError::ReadOnly { .. }
                            | JournalError::Unwritable { .. }
                    );
                assert!(named, "{place}: {error:?}");
                detected += 1;
            }
            None => {
                let untouched = bench.dir.path().join("untouched.db");
                std::fs::write(&untouched, &flipped).unwrap();
                let now = content(&untouched);
                let changed = std::iter::zip(&before, &now).find(|(one, other)| one != other);
                assert!(
                    changed.is_none() && now.len() == before.len(),
                    "byte {place}: nobody noticed {changed:?}"
                );
                harmless += 1;
            }
        }
        for suffix in ["", "-wal", "-shm", "-lock", "-head.note", "-telemetry"] {
            let _ = std::fs::remove_file(crate::files::beside(&path, suffix));
        }
        place += 331;
    }
    assert!(detected > harmless / 4 && detected > 100, "{detected} found, {harmless} in free space");
}

/// Everything that counts in a file, as text. Which row brought a state or a directive is a hint for people, and the
/// gateway's certificates are written anew from the configuration at each start.
fn dump(path: &Path) -> Vec<String> {
    let db = crate::store::connect_read_only(path).unwrap();
    let mut all = Vec::new();
    for sql in [
        "SELECT * FROM operations ORDER BY 1",
        "SELECT * FROM attachments ORDER BY 1",
        "SELECT * FROM checkpoints ORDER BY 1",
        "SELECT kind, message FROM directives ORDER BY 1",
        "SELECT key, value FROM state ORDER BY 1",
    ] {
        let mut query = db.prepare(sql).unwrap();
        let columns = query.column_count();
        let mut rows = query.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            all.extend((0..columns).map(|at| {
                let value = row.get_ref(at).unwrap();
                value.as_str().map_or_else(|_| format!("{value:?}"), str::to_owned)
            }));
        }
    }
    all
}

#[test]
fn it_names_what_opening_does_not_look_at() {
    for (sql, check) in [
        ("UPDATE operations SET kind = 'Other' WHERE seq = 2", OpenCheck::Tail),
        ("UPDATE attachments SET jwe = jwe || 'A'", OpenCheck::Tail),
        ("UPDATE checkpoints SET tree = '{\"size\":5,\"roots\":[]}' WHERE size = 5", OpenCheck::Tail),
        ("UPDATE checkpoints SET cosigned_note = note WHERE size = 5", OpenCheck::Tail),
        ("UPDATE checkpoints SET size = 500 WHERE size = 5", OpenCheck::Tail),
        ("UPDATE counts SET attachments = 7", OpenCheck::Tail),
        ("DELETE FROM operations WHERE seq = 3", OpenCheck::Tail),
        ("DELETE FROM attachments", OpenCheck::Tail),
    ] {
        let bench = Bench::new();
        let mut journal = bench.filled(3);
        journal.append(with_secret(b"abc"), op(), &at(2), &[]).unwrap();
        bench.settle(&mut journal, &at(3));
        fill(&mut journal, 3);
        bench.settle(&mut journal, &at(4));
        for trigger in ["operations_unchanged", "operations_kept", "attachments_removed"] {
            journal.db.execute(&format!("DROP TRIGGER {trigger}"), []).unwrap();
        }
        if sql.contains("cosigned_note = note") {
            // The note of another tree.
            journal
                .db
                .execute(
                    "UPDATE checkpoints SET cosigned_note = (SELECT note FROM checkpoints WHERE size = 8) WHERE size = 5",
                    [],
                )
                .unwrap();
        } else {
            journal.db.execute_batch(&format!("PRAGMA foreign_keys = 0; {sql}")).unwrap();
        }
        drop(journal);
        let mut options = bench.options(&bench.path());
        options.check = check;
        let error = match bench.open_with(options, &at(9)) {
            Ok(journal) => to_the_end(&mut journal.audit(), AUDIT_ROWS).unwrap_err(),
            Err(error) => error,
        };
        assert!(error.is_finding(), "{sql}: {error:?}");
    }
}
