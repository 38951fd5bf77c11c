//! The store in one SQLite file: WAL, `synchronous=FULL`, one writer at a time, shared with the command line. Transactions
//! of several threads share a commit ([`writer`]); reads have connections of their own ([`readers`]).
//!
//! Layout (`user_version` 1): `rows` (one per operation, unique by seq and by op_id within a terminal), `attachments`,
//! `inbox` (numbers rise and are never used again), `documents` (JSON by collection and key, with a revision).

mod readers;
mod writer;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, TransactionBehavior, params};
use senim_domain::TerminalId;
use senim_gateway_core::store::{
    Change, Collection, Document, Expect, InboxItem, Loose, Store, StoreError, StoredAttachment, StoredRow,
};

use super::prefix;
use readers::Readers;
use writer::Writer;

const VERSION: i64 = 1;
/// How long one process waits for another's transaction.
const BUSY: Duration = Duration::from_secs(5);
/// Prepared statements that are kept: all there are, and some room.
const STATEMENTS: usize = 64;

const SCHEMA: &str = "
CREATE TABLE rows (
    terminal TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL, op_id TEXT NOT NULL, kind TEXT NOT NULL,
    quarantined INTEGER NOT NULL, attachment TEXT, compact TEXT NOT NULL,
    PRIMARY KEY (terminal, seq), UNIQUE (terminal, op_id)
) STRICT;
CREATE INDEX rows_attachment ON rows (terminal, attachment) WHERE attachment IS NOT NULL;
CREATE TABLE attachments (
    terminal TEXT NOT NULL, sha256 TEXT NOT NULL, archived INTEGER NOT NULL, jwe TEXT NOT NULL,
    PRIMARY KEY (terminal, sha256)
) STRICT;
CREATE TABLE inbox (terminal TEXT NOT NULL, n INTEGER NOT NULL, jws TEXT NOT NULL, PRIMARY KEY (terminal, n)) STRICT;
CREATE TABLE documents (
    collection TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL, json TEXT NOT NULL,
    PRIMARY KEY (collection, key)
) STRICT;
";

/// The store.
pub struct SqliteStore {
    writer: Writer,
    readers: Readers,
}

fn unavailable(error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt(error.to_string()),
        Some(_) | None => StoreError::Unavailable(error.to_string()),
    }
}

fn to_sql(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Corrupt(format!("number {number}")))
}

fn from_sql(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

impl SqliteStore {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the file cannot be used, [`StoreError::Corrupt`] when another version wrote it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let open = || -> rusqlite::Result<(Connection, i64)> {
            let mut connection = connect(path)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            // What is erased is overwritten, not only unlinked.
            connection.pragma_update(None, "secure_delete", "ON")?;
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut version = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
            if version == 0 {
                transaction.execute_batch(SCHEMA)?;
                transaction.pragma_update(None, "user_version", VERSION)?;
                version = VERSION;
            }
            transaction.commit()?;
            Ok((connection, version))
        };
        let (connection, version) = open().map_err(|error| unavailable(&error))?;
        if version != VERSION {
            return Err(StoreError::Corrupt(format!("database version {version}")));
        }
        Ok(Self { writer: Writer::new(connection), readers: Readers::new(path.to_owned()) })
    }
}

/// A connection as all are; what belongs to writing is set beside.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // What a transaction may have to undo is kept in memory, never in a file beside the store.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

fn apply(connection: &Connection, change: &Change) -> Result<(), StoreError> {
    match change {
        Change::Row { terminal, row } => append_row(connection, terminal, row),
        Change::Attachment { terminal, sha256, attachment } => {
            connection
                .prepare_cached(
                    "INSERT INTO attachments (terminal, sha256, archived, jwe) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT DO UPDATE SET archived = max(archived, excluded.archived)",
                )
                .and_then(|mut statement| {
                    statement.execute(params![terminal.as_str(), sha256, attachment.archived, attachment.jwe])
                })
                .map_err(|error| unavailable(&error))?;
            Ok(())
        }
        Change::EraseAttachment { terminal, sha256 } => connection
            .prepare_cached("DELETE FROM attachments WHERE terminal = ?1 AND sha256 = ?2")
            .and_then(|mut statement| statement.execute(params![terminal.as_str(), sha256]))
            .map(drop)
            .map_err(|error| unavailable(&error)),
        Change::Inbox { terminal, jws, least } => {
            connection
                .execute(
                    "INSERT INTO inbox (terminal, n, jws)
                     SELECT ?1, max(?3, 1 + coalesce(max(n), 0)), ?2 FROM inbox WHERE terminal = ?1",
                    params![terminal.as_str(), jws, to_sql(*least)?],
                )
                .map_err(|error| unavailable(&error))?;
            Ok(())
        }
        Change::Document { collection, key, expect, json } => {
            write_document(connection, *collection, key, *expect, json.as_deref())
        }
    }
}

fn append_row(connection: &Connection, terminal: &TerminalId, row: &StoredRow) -> Result<(), StoreError> {
    let added = connection
        .prepare_cached(
            "INSERT INTO rows (terminal, seq, hash, op_id, kind, quarantined, attachment, compact)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
             WHERE ?2 = (SELECT 1 + coalesce(max(seq), -1) FROM rows WHERE terminal = ?1)
             ON CONFLICT DO NOTHING",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                terminal.as_str(),
                from_row_seq(row.seq),
                row.hash,
                row.op_id,
                row.kind,
                row.quarantined,
                row.attachment,
                row.compact
            ])
        })
        .map_err(|error| unavailable(&error))?;
    if added == 1 { Ok(()) } else { Err(StoreError::Conflict(format!("row {} of {terminal}", row.seq))) }
}

/// A seq is below 2^53; one that is not can never be the next and is refused as a conflict.
fn from_row_seq(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

fn write_document(
    connection: &Connection,
    collection: Collection,
    key: &str,
    expect: Expect,
    json: Option<&str>,
) -> Result<(), StoreError> {
    let name = collection.name();
    let revision: Option<i64> = connection
        .prepare_cached("SELECT revision FROM documents WHERE collection = ?1 AND key = ?2")
        .and_then(|mut statement| statement.query_row(params![name, key], |row| row.get(0)).optional())
        .map_err(|error| unavailable(&error))?;
    let as_believed = match expect {
        Expect::Any => true,
        Expect::Absent => revision.is_none(),
        Expect::Revision(believed) => revision.map(from_sql) == Some(believed),
    };
    if !as_believed {
        return Err(StoreError::Conflict(format!("{name} {key}")));
    }
    let done = match json {
        Some(json) => connection
            .prepare_cached(
                "INSERT INTO documents (collection, key, revision, json) VALUES (?1, ?2, 1, ?3)
                 ON CONFLICT DO UPDATE SET revision = revision + 1, json = excluded.json",
            )
            .and_then(|mut statement| statement.execute(params![name, key, json])),
        None => connection
            .prepare_cached("DELETE FROM documents WHERE collection = ?1 AND key = ?2")
            .and_then(|mut statement| statement.execute(params![name, key])),
    };
    done.map(drop).map_err(|error| unavailable(&error))
}

const ROW_FIELDS: &str = "SELECT seq, hash, op_id, kind, quarantined, attachment, compact FROM rows";

fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<StoredRow> {
    Ok(StoredRow {
        seq: from_sql(row.get(0)?),
        hash: row.get(1)?,
        op_id: row.get(2)?,
        kind: row.get(3)?,
        quarantined: row.get(4)?,
        attachment: row.get(5)?,
        compact: row.get(6)?,
    })
}

fn read_document(row: &rusqlite::Row<'_>) -> rusqlite::Result<Document> {
    Ok(Document { key: row.get(0)?, revision: from_sql(row.get(1)?), json: row.get(2)? })
}

impl Store for SqliteStore {
    fn commit(&self, changes: &[Change]) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.writer.commit(|connection| changes.iter().try_for_each(|change| apply(connection, change)))
    }

    fn row(&self, terminal: &TerminalId, seq: u64) -> Result<Option<StoredRow>, StoreError> {
        let seq = to_sql(seq)?;
        self.readers.read(|connection| {
            connection.prepare_cached(&format!("{ROW_FIELDS} WHERE terminal = ?1 AND seq = ?2")).and_then(
                |mut statement| statement.query_row(params![terminal.as_str(), seq], read_row).optional(),
            )
        })
    }

    fn rows(&self, terminal: &TerminalId, from: u64, limit: usize) -> Result<Vec<StoredRow>, StoreError> {
        let (from, limit) = (to_sql(from)?, i64::try_from(limit).unwrap_or(i64::MAX));
        self.readers.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "{ROW_FIELDS} WHERE terminal = ?1 AND seq >= ?2 ORDER BY seq LIMIT ?3"
                ))
                .and_then(|mut statement| {
                    statement.query_map(params![terminal.as_str(), from, limit], read_row)?.collect()
                })
        })
    }

    fn row_of_operation(&self, terminal: &TerminalId, op_id: &str) -> Result<Option<StoredRow>, StoreError> {
        self.readers.read(|connection| {
            connection.prepare_cached(&format!("{ROW_FIELDS} WHERE terminal = ?1 AND op_id = ?2")).and_then(
                |mut statement| statement.query_row(params![terminal.as_str(), op_id], read_row).optional(),
            )
        })
    }

    fn row_of_attachment(
        &self,
        terminal: &TerminalId,
        sha256: &str,
    ) -> Result<Option<StoredRow>, StoreError> {
        self.readers.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "{ROW_FIELDS} WHERE terminal = ?1 AND attachment = ?2 ORDER BY seq LIMIT 1"
                ))
                .and_then(|mut statement| {
                    statement.query_row(params![terminal.as_str(), sha256], read_row).optional()
                })
        })
    }

    fn attachment(
        &self,
        terminal: &TerminalId,
        sha256: &str,
    ) -> Result<Option<StoredAttachment>, StoreError> {
        self.readers.read(|connection| {
            connection
                .prepare_cached("SELECT jwe, archived FROM attachments WHERE terminal = ?1 AND sha256 = ?2")
                .and_then(|mut statement| {
                    statement
                        .query_row(params![terminal.as_str(), sha256], |row| {
                            Ok(StoredAttachment { jwe: row.get(0)?, archived: row.get(1)? })
                        })
                        .optional()
                })
        })
    }

    fn archived(
        &self,
        terminal: &TerminalId,
        hashes: &[String],
    ) -> Result<BTreeMap<String, bool>, StoreError> {
        self.readers.read(|connection| {
            let moment = connection.unchecked_transaction()?;
            let mut statement = moment
                .prepare_cached("SELECT archived FROM attachments WHERE terminal = ?1 AND sha256 = ?2")?;
            let mut found = BTreeMap::new();
            for hash in hashes {
                let archived = statement.query_row(params![terminal.as_str(), hash], |row| row.get(0));
                if let Some(archived) = archived.optional()? {
                    found.insert(hash.clone(), archived);
                }
            }
            Ok(found)
        })
    }

    fn loose(&self, terminal: &TerminalId) -> Result<Loose, StoreError> {
        self.readers.read(|connection| {
            connection
            .prepare_cached(
                "SELECT count(*), coalesce(sum(length(jwe)), 0) FROM attachments a WHERE terminal = ?1 AND archived = 0
                 AND NOT EXISTS (SELECT 1 FROM rows r WHERE r.terminal = a.terminal AND r.attachment = a.sha256)",
            )
            .and_then(|mut statement| {
                statement.query_row(params![terminal.as_str()], |row| {
                    Ok(Loose { count: from_sql(row.get(0)?), bytes: from_sql(row.get(1)?) })
                })
            })
        })
    }

    fn inbox(&self, terminal: &TerminalId, after: u64, limit: usize) -> Result<Vec<InboxItem>, StoreError> {
        let (after, limit) = (to_sql(after)?, i64::try_from(limit).unwrap_or(i64::MAX));
        self.readers.read(|connection| {
            connection
                .prepare_cached("SELECT n, jws FROM inbox WHERE terminal = ?1 AND n > ?2 ORDER BY n LIMIT ?3")
                .and_then(|mut statement| {
                    statement
                        .query_map(params![terminal.as_str(), after, limit], |row| {
                            Ok(InboxItem { n: from_sql(row.get(0)?), jws: row.get(1)? })
                        })?
                        .collect()
                })
        })
    }

    fn inbox_head(&self, terminal: &TerminalId) -> Result<u64, StoreError> {
        self.readers.read(|connection| {
            connection
                .prepare_cached("SELECT coalesce(max(n), 0) FROM inbox WHERE terminal = ?1")
                .and_then(|mut statement| statement.query_row(params![terminal.as_str()], |row| row.get(0)))
                .map(from_sql)
        })
    }

    fn document(&self, collection: Collection, key: &str) -> Result<Option<Document>, StoreError> {
        self.readers.read(|connection| read_named(connection, collection, key))
    }

    fn documents(&self, collection: Collection, prefix: &str) -> Result<Vec<Document>, StoreError> {
        let fields = "SELECT key, revision, json FROM documents WHERE collection = ?1 AND key >= ?2";
        self.readers.read(|connection| match prefix::end(prefix) {
            Some(end) => connection.prepare_cached(&format!("{fields} AND key < ?3 ORDER BY key")).and_then(
                |mut statement| {
                    statement.query_map(params![collection.name(), prefix, end], read_document)?.collect()
                },
            ),
            None => connection.prepare_cached(&format!("{fields} ORDER BY key")).and_then(|mut statement| {
                statement.query_map(params![collection.name(), prefix], read_document)?.collect()
            }),
        })
    }

    fn documents_after(
        &self,
        collection: Collection,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Document>, StoreError> {
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let query = "SELECT key, revision, json FROM documents WHERE collection = ?1 AND key > ?2
            ORDER BY key LIMIT ?3";
        self.readers.read(|connection| {
            connection.prepare_cached(query).and_then(|mut statement| {
                statement.query_map(params![collection.name(), after, most], read_document)?.collect()
            })
        })
    }

    fn documents_named(&self, collection: Collection, keys: &[String]) -> Result<Vec<Document>, StoreError> {
        let keys: BTreeSet<&String> = keys.iter().collect();
        // No round trips here: one question each, all of the same moment.
        self.readers.read(|connection| {
            let moment = connection.unchecked_transaction()?;
            keys.into_iter().filter_map(|key| read_named(&moment, collection, key).transpose()).collect()
        })
    }
}

fn read_named(
    connection: &Connection,
    collection: Collection,
    key: &str,
) -> rusqlite::Result<Option<Document>> {
    connection
        .prepare_cached("SELECT key, revision, json FROM documents WHERE collection = ?1 AND key = ?2")
        .and_then(|mut statement| {
            statement.query_row(params![collection.name(), key], read_document).optional()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(seq: u64, compact: String) -> Change {
        let (hash, op_id, kind) = (format!("h{seq}"), format!("o{seq}"), "TerminalStarted".to_owned());
        let row = StoredRow { seq, hash, op_id, kind, quarantined: false, attachment: None, compact };
        Change::Row { terminal: "t-1".parse().unwrap(), row }
    }

    #[test]
    fn a_full_disk_refuses_whole_transactions_and_what_was_kept_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("g.db");
        let store = SqliteStore::open(&path).unwrap();
        store.writer.with(|connection| connection.pragma_update(None, "max_page_count", 60)).unwrap();
        let terminal: TerminalId = "t-1".parse().unwrap();
        let message = Change::Inbox { terminal: terminal.clone(), jws: "m".into(), least: 1 };
        let mut kept = 0;
        let refused = loop {
            match store.commit(&[message.clone(), row(kept, "x".repeat(3000))]) {
                Ok(()) => kept += 1,
                Err(error) => break error,
            }
            assert!(kept < 1000, "the disk is never full");
        };
        assert!(matches!(refused, StoreError::Unavailable(_)), "{refused}");
        let there = |store: &SqliteStore| {
            assert!(kept > 10);
            assert_eq!(store.rows(&terminal, 0, 1000).unwrap().len() as u64, kept);
            assert_eq!(store.inbox_head(&terminal).unwrap(), kept);
        };
        there(&store);
        drop(store);
        let store = SqliteStore::open(&path).unwrap();
        there(&store);
        store.commit(&[row(kept, "there is room again".into())]).unwrap();
    }
}
