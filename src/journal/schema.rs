//! The tables, and how an older file becomes a current one without losing a row.
//!
//! A migration runs in one transaction after a copy of the file was made, and is thrown away when a row of the chain
//! differs afterwards. There is no path that drops the chain.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::error::JournalError;
use crate::telemetry;

/// `SENJ`: marks the file as a Senim journal (SQLite header, offset 68).
pub(crate) const APPLICATION_ID: i64 = 0x5345_4E4A;

/// One step between neighbouring schemas.
pub(crate) struct Migration {
    /// Schema after it.
    pub to: i64,
    /// What it does.
    pub sql: &'static str,
}

/// Every step from an empty file to the current schema.
pub(crate) const MIGRATIONS: &[Migration] =
    &[Migration { to: 1, sql: SCHEMA_1 }, Migration { to: 2, sql: SCHEMA_2 }];

/// The schema in which the telemetry ring still lay in this file.
const WITH_TELEMETRY: i64 = 1;

const SCHEMA_1: &str = "
CREATE TABLE meta (
    only INTEGER PRIMARY KEY CHECK (only = 0),
    terminal TEXT NOT NULL CHECK (length(terminal) BETWEEN 1 AND 32),
    profile TEXT NOT NULL CHECK (length(profile) BETWEEN 1 AND 32),
    acked_seq INTEGER CHECK (acked_seq >= 0),
    acked_hash TEXT CHECK (length(acked_hash) = 43),
    pruned_size INTEGER NOT NULL DEFAULT 0 CHECK (pruned_size >= 0),
    pruned_hash TEXT NOT NULL CHECK (length(pruned_hash) = 43),
    pruned_range TEXT NOT NULL CHECK (json_valid(pruned_range)),
    clean INTEGER NOT NULL CHECK (clean IN (0, 1)),
    CHECK ((acked_seq IS NULL) = (acked_hash IS NULL)),
    CHECK (pruned_size = 0 OR (acked_seq IS NOT NULL AND acked_seq >= pruned_size - 1))
) STRICT;

CREATE TABLE operations (
    seq INTEGER PRIMARY KEY CHECK (seq >= 0),
    op_id TEXT NOT NULL UNIQUE CHECK (length(op_id) = 36),
    kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
    session TEXT CHECK (length(session) = 36),
    at TEXT NOT NULL CHECK (length(at) >= 24),
    compact TEXT NOT NULL CHECK (length(compact) > 0),
    hash TEXT NOT NULL CHECK (length(hash) = 43)
) STRICT;

CREATE TABLE attachments (
    seq INTEGER PRIMARY KEY REFERENCES operations (seq),
    sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 43),
    kid TEXT NOT NULL,
    jwe TEXT NOT NULL CHECK (length(jwe) > 0),
    uploaded INTEGER NOT NULL DEFAULT 0 CHECK (uploaded IN (0, 1))
) STRICT;

CREATE TABLE checkpoints (
    size INTEGER PRIMARY KEY CHECK (size > 0),
    root TEXT NOT NULL,
    tree TEXT NOT NULL CHECK (json_valid(tree)),
    note TEXT,
    cosigned_note TEXT,
    CHECK (note IS NOT NULL OR cosigned_note IS NOT NULL)
) STRICT;

CREATE TABLE directives (
    kind TEXT PRIMARY KEY CHECK (length(kind) BETWEEN 1 AND 64),
    message TEXT NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 43),
    seq INTEGER NOT NULL CHECK (seq >= 0)
) STRICT;

CREATE TABLE state (
    key TEXT PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 64),
    value TEXT NOT NULL CHECK (json_valid(value)),
    sha256 TEXT NOT NULL CHECK (length(sha256) = 43),
    seq INTEGER NOT NULL CHECK (seq >= 0)
) STRICT;

CREATE TABLE gateway_keys (
    kid TEXT PRIMARY KEY CHECK (length(kid) = 43),
    x5c TEXT NOT NULL CHECK (json_valid(x5c))
) STRICT;

CREATE TABLE telemetry (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    mono_ms INTEGER NOT NULL CHECK (mono_ms >= 0),
    entry TEXT NOT NULL CHECK (json_valid(entry))
) STRICT;

-- A row here, within one transaction, is the leave to delete rows before up_to.
CREATE TABLE pruning (up_to INTEGER NOT NULL CHECK (up_to > 0)) STRICT;

CREATE TRIGGER operations_dense BEFORE INSERT ON operations
WHEN NEW.seq <> (SELECT coalesce((SELECT max(seq) + 1 FROM operations), (SELECT pruned_size FROM meta), 0))
BEGIN SELECT raise(ABORT, 'a row must follow the last one'); END;

CREATE TRIGGER operations_unchanged BEFORE UPDATE ON operations
BEGIN SELECT raise(ABORT, 'rows of the journal never change'); END;

CREATE TRIGGER operations_kept BEFORE DELETE ON operations
WHEN NOT EXISTS (SELECT 1 FROM pruning WHERE OLD.seq < up_to)
BEGIN SELECT raise(ABORT, 'rows of the journal are not deleted'); END;
";

/// What is asked often is asked without reading all rows, and the telemetry ring has a file of its own.
const SCHEMA_2: &str = "
CREATE TABLE counts (
    only INTEGER PRIMARY KEY CHECK (only = 0),
    attachments INTEGER NOT NULL CHECK (attachments >= 0),
    waiting INTEGER NOT NULL CHECK (waiting BETWEEN 0 AND attachments)
) STRICT;
INSERT INTO counts SELECT 0, count(*), count(*) FILTER (WHERE uploaded = 0) FROM attachments;

CREATE TRIGGER attachments_added AFTER INSERT ON attachments
BEGIN UPDATE counts SET attachments = attachments + 1, waiting = waiting + (NEW.uploaded = 0); END;
CREATE TRIGGER attachments_removed AFTER DELETE ON attachments
BEGIN UPDATE counts SET attachments = attachments - 1, waiting = waiting - (OLD.uploaded = 0); END;
CREATE TRIGGER attachments_uploaded AFTER UPDATE OF uploaded ON attachments
BEGIN UPDATE counts SET waiting = waiting + (NEW.uploaded = 0) - (OLD.uploaded = 0); END;

CREATE INDEX attachments_waiting ON attachments (seq) WHERE uploaded = 0;
CREATE INDEX operations_epochs ON operations (seq) WHERE kind = 'KeyEpoch';
CREATE INDEX checkpoints_own ON checkpoints (size) WHERE note IS NOT NULL;
CREATE INDEX checkpoints_cosigned ON checkpoints (size) WHERE cosigned_note IS NOT NULL;

DROP TABLE telemetry;
";

/// Schema that this firmware writes.
pub(crate) fn current(migrations: &[Migration]) -> i64 {
    migrations.last().map_or(0, |last| last.to)
}

/// Marks and fills a file that was just created, in one transaction.
pub(crate) fn create(
    db: &mut Connection,
    terminal: &str,
    profile: &str,
    empty_tree: &str,
) -> Result<(), JournalError> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in MIGRATIONS {
        tx.execute_batch(step.sql)?;
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", current(MIGRATIONS))?;
    tx.execute(
        "INSERT INTO meta (only, terminal, profile, pruned_hash, pruned_range, clean) VALUES (0, ?1, ?2, ?3, ?4, 1)",
        (terminal, profile, senim_operation::jws::GENESIS_PREV, empty_tree),
    )?;
    tx.commit()?;
    Ok(())
}

/// Whether the file holds nothing at all yet.
pub(crate) fn is_blank(db: &Connection) -> Result<bool, JournalError> {
    let application: i64 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let objects: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(application == 0 && objects == 0)
}

/// Brings an existing file to the current schema, or leaves it as it was.
pub(crate) fn migrate(
    db: &mut Connection,
    path: &Path,
    migrations: &[Migration],
) -> Result<(), JournalError> {
    let application: i64 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if application != APPLICATION_ID {
        return Err(JournalError::Foreign { detail: "it carries another program's mark".into() });
    }
    let from: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let to = current(migrations);
    if from > to {
        return Err(JournalError::Newer { found: from, known: to });
    }
    if from == to {
        return Ok(());
    }
    let failed = |detail: String| JournalError::Migration { from, to, detail };
    let copy = copy_path(path, from);
    // The copy holds sealed attachments too, so it lives only as long as the migration is in doubt.
    let _ = std::fs::remove_file(&copy);
    db.execute("VACUUM INTO ?1", [copy.to_string_lossy()])
        .map_err(|error| failed(format!("no copy: {error}")))?;
    if from <= WITH_TELEMETRY && to > WITH_TELEMETRY {
        telemetry::take_over(db, path).map_err(|error| failed(format!("telemetry: {error}")))?;
    }
    let outcome = apply(db, migrations, from, to)
        .map_err(|detail| failed(format!("{detail}; copy: {}", copy.display())));
    if outcome.is_ok()
        && let Err(error) = std::fs::remove_file(&copy)
    {
        tracing::warn!(%error, copy = %copy.display(), "the copy made before the migration could not be removed");
    }
    outcome
}

fn copy_path(path: &Path, schema: i64) -> PathBuf {
    crate::files::beside(path, &format!("-schema{schema}"))
}

fn apply(db: &mut Connection, migrations: &[Migration], from: i64, to: i64) -> Result<(), String> {
    let before = chain_digest(db).map_err(|error| error.to_string())?;
    let text = |error: rusqlite::Error| error.to_string();
    let tx = db.transaction_with_behavior(TransactionBehavior::Exclusive).map_err(text)?;
    for step in migrations.iter().filter(|step| step.to > from) {
        tx.execute_batch(step.sql).map_err(text)?;
    }
    if chain_digest(&tx).map_err(text)? != before {
        return Err("rows of the chain would change".into());
    }
    let broken: Option<String> = tx
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .optional()
        .map_err(text)?
        .filter(|verdict| verdict != "ok");
    if let Some(verdict) = broken {
        return Err(verdict);
    }
    tx.pragma_update(None, "user_version", to).map_err(text)?;
    tx.commit().map_err(text)
}

/// Everything that no migration may touch: what is read in order, and the hash over it.
const UNTOUCHABLE: &[&str] = &[
    "SELECT compact FROM operations ORDER BY seq",
    "SELECT sha256 || uploaded || jwe FROM attachments ORDER BY seq",
    "SELECT coalesce(acked_seq || acked_hash, '') || pruned_size || pruned_hash || pruned_range FROM meta",
    "SELECT size || coalesce(note, '') || coalesce(cosigned_note, '') || tree FROM checkpoints ORDER BY size",
    "SELECT kind || message || seq FROM directives ORDER BY kind",
    "SELECT key || value || seq FROM state ORDER BY key",
    "SELECT kid || x5c FROM gateway_keys ORDER BY kid",
];

fn chain_digest(db: &Connection) -> Result<Vec<(u64, String)>, rusqlite::Error> {
    let mut digests = Vec::with_capacity(UNTOUCHABLE.len());
    for sql in UNTOUCHABLE {
        let mut query = db.prepare(sql)?;
        let mut cursor = query.query([])?;
        let (mut count, mut chained) = (0, String::new());
        while let Some(row) = cursor.next()? {
            let text: String = row.get(0)?;
            chained.push_str(&senim_operation::jws::sha256_b64(text.as_bytes()));
            chained = senim_operation::jws::sha256_b64(chained.as_bytes());
            count += 1;
        }
        digests.push((count, chained));
    }
    Ok(digests)
}
