//! From one schema to the next with a full queue.

use rusqlite::Connection;

use super::*;
use crate::schema::{MIGRATIONS, Migration, current, migrate};

fn steps(sql: &'static str) -> Vec<Migration> {
    let mut steps: Vec<Migration> =
        MIGRATIONS.iter().map(|step| Migration { to: step.to, sql: step.sql }).collect();
    steps.push(Migration { to: current(MIGRATIONS) + 1, sql });
    steps
}

fn version(db: &Connection) -> i64 {
    db.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

fn queue(bench: &Bench) -> Vec<String> {
    let mut journal = bench.filled(100);
    journal.append(with_secret(b"still queued"), op(), &at(2), &[]).unwrap();
    hashes(&journal)
}

fn rows(db: &Connection) -> Vec<String> {
    let mut query = db.prepare("SELECT hash FROM operations ORDER BY seq").unwrap();
    query.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn a_full_queue_survives_a_migration_and_no_copy_of_it_stays_behind() {
    let bench = Bench::new();
    let before = queue(&bench);
    let mut db = crate::store::connect(&bench.path(), false, None).unwrap();
    let sql = "ALTER TABLE state ADD COLUMN note TEXT; CREATE TABLE extra (x INTEGER) STRICT;";
    migrate(&mut db, &bench.path(), &steps(sql)).unwrap();
    assert_eq!(version(&db), current(MIGRATIONS) + 1);
    assert_eq!(rows(&db), before);
    assert_eq!(db.query_row("SELECT count(*) FROM attachments", [], |row| row.get::<_, i64>(0)).unwrap(), 1);
    let leftovers = std::fs::read_dir(bench.dir.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("schema"));
    assert_eq!(leftovers.count(), 0);

    drop(db);
    assert!(matches!(bench.open(), Err(JournalError::Newer { found: 3, known: 2 })));
    assert!(matches!(crate::JournalReader::open(&bench.path()), Err(JournalError::Newer { .. })));
}

#[test]
fn a_migration_that_fails_or_loses_rows_leaves_the_old_file_in_use() {
    for sql in [
        "CREATE TABLE extra (x INTEGER) STRICT; SELECT nonsense;",
        "DROP TRIGGER operations_kept; DELETE FROM operations WHERE seq > 50;",
        "DELETE FROM attachments;",
        "DROP TABLE attachments; DROP TABLE operations;",
        "UPDATE meta SET acked_seq = 3, acked_hash = pruned_hash;",
        "UPDATE attachments SET uploaded = 1;",
        "INSERT INTO state VALUES ('books', '[9]', (SELECT hash FROM operations LIMIT 1), 1);",
    ] {
        let bench = Bench::new();
        let before = queue(&bench);
        let mut db = crate::store::connect(&bench.path(), false, None).unwrap();
        let failed = migrate(&mut db, &bench.path(), &steps(sql));
        assert!(matches!(failed, Err(JournalError::Migration { from: 2, to: 3, .. })), "{sql}: {failed:?}");
        assert_eq!(version(&db), 2);
        drop(db);
        let journal = bench.open().unwrap();
        assert_eq!(hashes(&journal)[..before.len()], before[..], "{sql}");
        assert_eq!(journal.status().unwrap().attachments, 1, "{sql}");
    }
}

#[test]
fn no_migration_starts_without_its_copy() {
    let bench = Bench::new();
    queue(&bench);
    // A directory where the copy should go.
    std::fs::create_dir_all(bench.beside("-schema2").join("in the way")).unwrap();
    let mut db = crate::store::connect(&bench.path(), false, None).unwrap();
    let failed = migrate(&mut db, &bench.path(), &steps("CREATE TABLE extra (x INTEGER) STRICT;"));
    assert!(matches!(failed, Err(JournalError::Migration { .. })), "{failed:?}");
    assert_eq!(version(&db), 2);
}

/// The first schema as its firmware wrote it; never changed again.
const SCHEMA_1: &str = include_str!("schema1.sql");

/// A journal of the first schema with `rows` unsent rows among them sealed ones, a watermark below them, a state, a
/// directive and telemetry.
fn first_schema(bench: &Bench, rows: usize) -> Vec<String> {
    let made = bench.dir.path().join("made.db");
    let mut options = bench.options(&made);
    options.create = true;
    let mut journal = bench.open_with(options, &at(0)).unwrap();
    for number in 0..3 {
        journal.append(note_of(&number.to_string()), op(), &at(1), &[]).unwrap();
    }
    bench.settle(&mut journal, &at(2));
    let state = [(crate::StateKey("books"), "[1,2]".to_owned())];
    journal.append_directive(note_of("pack"), op(), &at(3), ("RulePack", "a.b.c"), &state).unwrap();
    for start in (0..rows - 1).step_by(500) {
        let drafts: Vec<_> = (start..(start + 500).min(rows - 1))
            .map(|number| {
                let text = format!("row {number}");
                (if number % 100 == 0 { with_secret(text.as_bytes()) } else { note_of(&text) }, op())
            })
            .collect();
        append_group(&mut journal, &drafts, &at(4)).unwrap();
    }
    let hashes = hashes(&journal);
    drop(journal);
    let db = Connection::open(bench.path()).unwrap();
    db.execute_batch(SCHEMA_1).unwrap();
    db.execute("ATTACH ?1 AS made", [made.to_string_lossy()]).unwrap();
    for table in ["meta", "operations", "attachments", "checkpoints", "directives", "state", "gateway_keys"] {
        db.execute_batch(&format!("INSERT INTO main.{table} SELECT * FROM made.{table}")).unwrap();
    }
    for number in 0..7 {
        let entry = format!(r#"{{"n":{number}}}"#);
        db.execute(
            "INSERT INTO telemetry (at, mono_ms, entry) VALUES ('2026-03-02T07:00:00.000Z', 1, ?1)",
            [entry],
        )
        .unwrap();
    }
    db.execute_batch("UPDATE meta SET clean = 1; DETACH made; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    for suffix in ["-head.note", "-cosigned.note"] {
        std::fs::copy(crate::files::beside(&made, suffix), bench.beside(suffix)).unwrap();
    }
    hashes
}

fn nothing_is_lost(bench: &Bench, path: &Path, before: &[String], attachments: u64) {
    let mut journal = bench.open_at(path).unwrap();
    let status = journal.status().unwrap();
    assert_eq!(hashes(&journal)[..before.len()], before[..]);
    assert_eq!((status.acked_seq, status.acked_hash.as_deref()), (Some(3), Some(before[3].as_str())));
    assert_eq!((status.last_checkpoint, status.last_cosigned), (Some(4), Some(4)));
    assert_eq!((status.attachments, status.attachments_pending), (attachments, attachments));
    assert_eq!(status.telemetry, 7);
    assert_eq!(journal.state(crate::StateKey("books")).unwrap().as_deref(), Some("[1,2]"));
    assert_eq!(journal.directive("RulePack").unwrap().as_deref(), Some("a.b.c"));
    assert_eq!(journal.telemetry(99).unwrap().last().unwrap(), r#"{"n":0}"#);
    assert_eq!(journal.pending(2, usize::MAX).unwrap()[0].hash, before[4]);
}

#[test]
fn the_upgrade_from_the_first_schema_with_ten_thousand_unsent_operations_loses_nothing() {
    let bench = Bench::new();
    let before = first_schema(&bench, 10_000);
    assert_eq!(before.len(), 10_004);
    let reader = crate::JournalReader::open(&bench.path());
    assert!(matches!(reader, Err(JournalError::Older { found: 1, known: 2 })));
    nothing_is_lost(&bench, &bench.path(), &before, 100);
    let verified = crate::JournalReader::open(&bench.path()).unwrap().verify(&bench.trust).unwrap();
    assert_eq!((verified.rows, verified.attachments), (10_005, 100));
}

#[test]
fn power_cut_at_any_write_of_the_migration_leaves_the_old_file_or_the_new_one() {
    let bench = Bench::new();
    let before = first_schema(&bench, 60);
    let old = std::fs::read(bench.path()).unwrap();
    let mut db = crate::store::connect(&bench.path(), false, None).unwrap();
    migrate(&mut db, &bench.path(), MIGRATIONS).unwrap();
    // The log only grows, so each of its beginnings is what a cut leaves; the ring was complete before.
    let log = std::fs::read(bench.beside("-wal")).unwrap();
    let ring = std::fs::read(bench.beside("-telemetry")).unwrap();
    drop(db);
    let (mut stayed, mut upgraded) = (0, 0);
    let cuts = (0..log.len()).step_by(1_370).chain([log.len()]);
    for cut in cuts {
        let path = bench.dir.path().join(format!("cut{cut}.db"));
        std::fs::write(&path, &old).unwrap();
        std::fs::write(crate::files::beside(&path, "-wal"), &log[..cut]).unwrap();
        std::fs::write(crate::files::beside(&path, "-telemetry"), &ring).unwrap();
        let found = version(&crate::store::connect_read_only(&path).unwrap());
        *(if found == 1 { &mut stayed } else { &mut upgraded }) += 1;
        nothing_is_lost(&bench, &path, &before, 1);
    }
    assert!(stayed > 5 && upgraded > 0, "{stayed} old, {upgraded} new");
}

#[test]
fn a_disk_that_fills_up_at_any_page_of_the_migration_leaves_the_old_file() {
    let bench = Bench::new();
    let before = first_schema(&bench, 60);
    let old = std::fs::read(bench.path()).unwrap();
    let mut refused = 0;
    for room in 0..40 {
        let path = bench.dir.path().join(format!("room{room}.db"));
        std::fs::write(&path, &old).unwrap();
        let pages: u32 = (old.len() / 4096).try_into().unwrap();
        let mut db = crate::store::connect(&path, false, Some(pages + room)).unwrap();
        let outcome = migrate(&mut db, &path, MIGRATIONS);
        if let Err(error) = &outcome {
            assert!(matches!(error, JournalError::Migration { from: 1, to: 2, .. }), "{error}");
            assert_eq!(version(&db), 1);
            refused += 1;
        }
        drop(db);
        nothing_is_lost(&bench, &path, &before, 1);
        if outcome.is_ok() {
            break;
        }
    }
    assert!(refused > 0);
}

#[test]
fn no_migration_drops_a_ring_that_could_not_be_brought_out() {
    let bench = Bench::new();
    let before = first_schema(&bench, 10);
    // A directory where the ring should go.
    std::fs::create_dir_all(bench.beside("-telemetry").join("in the way")).unwrap();
    assert!(matches!(bench.open(), Err(JournalError::Migration { from: 1, .. })));
    std::fs::remove_dir_all(bench.beside("-telemetry")).unwrap();
    nothing_is_lost(&bench, &bench.path(), &before, 1);
}
