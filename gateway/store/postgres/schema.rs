//! Tables of the database and how they came to be. Whoever opens first makes or migrates them; a newer database is refused.
//!
//! Every key begins with the terminal, or with a document's shard, which is the terminal where one owns it; so each
//! request of a terminal touches one partition of PostgreSQL, one shard of Citus, one tablet of YugabyteDB. Two gateways
//! that start at once both try: the version's own row lets one of them through, and the other looks again.

use senim_gateway_core::store::StoreError;

use super::failure::Failure;
use super::from_sql;
use super::pool::Pool;

/// What this program reads and writes.
pub(super) const VERSION: u64 = 1;
/// Partitions of the rows.
const PARTITIONS: u32 = 16;
/// How often another gateway may be found to be migrating.
const ATTEMPTS: u32 = 20;

const VERSIONS: &str = "CREATE TABLE IF NOT EXISTS schema_versions (
    version int8 PRIMARY KEY CHECK (version > 0), applied_at timestamptz NOT NULL DEFAULT now())";

/// Version 1. `COLLATE \"C\"`: keys are ordered by their bytes, as everywhere else.
const FIRST: &str = r#"
CREATE TABLE rows (
    terminal text COLLATE "C" NOT NULL CHECK (octet_length(terminal) BETWEEN 1 AND 32),
    seq int8 NOT NULL CHECK (seq BETWEEN 0 AND 9007199254740991),
    hash text COLLATE "C" NOT NULL CHECK (hash <> ''),
    op_id text COLLATE "C" NOT NULL CHECK (op_id <> ''),
    kind text COLLATE "C" NOT NULL CHECK (kind <> ''),
    quarantined bool NOT NULL,
    attachment text COLLATE "C" CHECK (attachment <> ''),
    compact text COLLATE "C" NOT NULL CHECK (compact <> ''),
    PRIMARY KEY (terminal, seq),
    CONSTRAINT rows_op_id UNIQUE (terminal, op_id)
) PARTITION BY HASH (terminal);
CREATE INDEX rows_attachment ON rows (terminal, attachment) WHERE attachment IS NOT NULL;
CREATE TABLE attachments (
    terminal text COLLATE "C" NOT NULL CHECK (octet_length(terminal) BETWEEN 1 AND 32),
    sha256 text COLLATE "C" NOT NULL CHECK (sha256 <> ''),
    archived bool NOT NULL,
    jwe text COLLATE "C" NOT NULL,
    PRIMARY KEY (terminal, sha256)
);
ALTER TABLE attachments ALTER COLUMN jwe SET STORAGE EXTERNAL;
CREATE INDEX attachments_not_archived ON attachments (terminal) WHERE NOT archived;
CREATE TABLE inbox_heads (
    terminal text COLLATE "C" NOT NULL PRIMARY KEY CHECK (octet_length(terminal) BETWEEN 1 AND 32),
    n int8 NOT NULL CHECK (n > 0)
);
CREATE TABLE inbox (
    terminal text COLLATE "C" NOT NULL CHECK (octet_length(terminal) BETWEEN 1 AND 32),
    n int8 NOT NULL CHECK (n > 0),
    jws text COLLATE "C" NOT NULL,
    PRIMARY KEY (terminal, n)
);
CREATE TABLE documents (
    shard text COLLATE "C" NOT NULL,
    collection text COLLATE "C" NOT NULL CHECK (collection <> ''),
    key text COLLATE "C" NOT NULL CHECK (key <> '' AND starts_with(key, shard)),
    revision int8 NOT NULL CHECK (revision > 0),
    json text COLLATE "C" NOT NULL CHECK (json <> ''),
    PRIMARY KEY (shard, collection, key)
);
CREATE INDEX documents_by_key ON documents (collection, key);
"#;

/// Statements of a version.
fn statements(version: u64) -> Option<String> {
    let partitions = (0..PARTITIONS).map(|part| {
        format!(
            "CREATE TABLE rows_{part:02} PARTITION OF rows
             FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {part});\n"
        )
    });
    match version {
        1 => Some(partitions.fold(FIRST.to_owned(), |text, partition| text + &partition)),
        _ => None,
    }
}

/// Brings the database to [`VERSION`].
pub(super) fn migrate(pool: &Pool) -> Result<(), StoreError> {
    let mut attempts = 0;
    loop {
        match step(pool) {
            Ok(VERSION) => return Ok(()),
            Ok(newer) if newer > VERSION => {
                return Err(StoreError::Corrupt(format!("database version {newer}")));
            }
            Ok(_) => {}
            // Another gateway was first with the same step.
            Err(Failure::Conflict(_) | Failure::Again(_)) if attempts < ATTEMPTS => attempts += 1,
            Err(failure) => return Err(failure.into()),
        }
    }
}

/// One step if one is needed; the version after it.
fn step(pool: &Pool) -> Result<u64, Failure> {
    pool.with(async |session| {
        let client = session.client();
        client.batch_execute(VERSIONS).await?;
        let row = client.query_one("SELECT coalesce(max(version), 0) FROM schema_versions", &[]).await?;
        let version = from_sql(row.try_get(0)?);
        if version >= VERSION {
            return Ok(version);
        }
        let next = version.saturating_add(1);
        let Some(statements) = statements(next) else {
            return Err(Failure::Corrupt(format!("database version {version}")));
        };
        let insert = format!("INSERT INTO schema_versions (version) VALUES ({next})");
        // The row first: a second gateway waits for it, and is then refused by its key.
        client.batch_execute(&format!("BEGIN; {insert}; {statements} COMMIT")).await?;
        Ok(next)
    })
}
