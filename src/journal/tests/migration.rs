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
    assert!(matches!(bench.open(), Err(JournalError::Newer { found: 2, known: 1 })));
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
    ] {
        let bench = Bench::new();
        let before = queue(&bench);
        let mut db = crate::store::connect(&bench.path(), false, None).unwrap();
        let failed = migrate(&mut db, &bench.path(), &steps(sql));
        assert!(matches!(failed, Err(JournalError::Migration { from: 1, to: 2, .. })), "{sql}: {failed:?}");
        assert_eq!(version(&db), 1);
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
    std::fs::create_dir_all(bench.beside("-schema1").join("in the way")).unwrap();
    let mut db = crate::store::connect(&bench.path(), false, None).unwrap();
    let failed = migrate(&mut db, &bench.path(), &steps("CREATE TABLE extra (x INTEGER) STRICT;"));
    assert!(matches!(failed, Err(JournalError::Migration { .. })), "{failed:?}");
    assert_eq!(version(&db), 1);
}
