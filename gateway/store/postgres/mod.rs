//! The store in PostgreSQL, for fleets: any number of gateway processes share it, none remembers anything of its own.
//!
//! Decides nothing that [`senim_gateway_core::store`] does not promise. Reads are one statement each. A commit is one
//! flight of statements in a transaction and its `COMMIT`, or one statement alone; beliefs are part of the statements,
//! so that READ COMMITTED is enough (decision 0012). Layout: [`schema`]; failures: [`failure`].

mod commit;
mod failure;
mod pool;
mod schema;
mod url;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use senim_domain::{Secret, TerminalId};
use senim_gateway_core::store::{
    Change, Collection, Document, InboxItem, Loose, Store, StoreError, StoredAttachment, StoredRow,
};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::prefix;
use failure::Failure;
use pool::Pool;

/// What a configuration may say about PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresOptions {
    /// Most connections of this process.
    pub connections: usize,
    /// Certificates (PEM) of whom to believe; needed where the URL asks for `sslmode=require`.
    pub ca: Option<PathBuf>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { connections: 16, ca: None }
    }
}

/// The store. Its functions must not be called from within an async task: they wait.
pub struct PostgresStore {
    pool: Pool,
}

impl PostgresStore {
    /// Connects, and makes or migrates the tables.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the server or the URL cannot be used, [`StoreError::Corrupt`] when a newer
    /// version has migrated the database.
    pub fn open(url: &Secret, options: &PostgresOptions) -> Result<Self, StoreError> {
        let target = url::Target::read(url, options).map_err(StoreError::Unavailable)?;
        let pool = Pool::new(target, options.connections);
        schema::migrate(&pool)?;
        Ok(Self { pool })
    }

    /// Reads; once more over a new connection where the first was lost, since asking twice changes nothing.
    fn query(&self, statement: &'static str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, StoreError> {
        let ask = || {
            self.pool.with(async |session| {
                let prepared = session.prepare(statement).await?;
                Ok(session.client().query(&prepared, params).await?)
            })
        };
        match ask() {
            Err(Failure::Lost(_)) => ask(),
            asked => asked,
        }
        .map_err(StoreError::from)
    }

    fn one(
        &self,
        statement: &'static str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.query(statement, params)?.pop())
    }
}

/// Which part of the documents a key lies in: its first segment, the terminal where one owns it.
fn shard(key: &str) -> &str {
    key.split_once('/').map_or(key, |(first, _)| first)
}

fn to_sql(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Corrupt(format!("number {number}")))
}

fn from_sql(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A column; one of another type means that somebody changed the tables.
fn get<'a, T: tokio_postgres::types::FromSql<'a>>(row: &'a Row, column: &str) -> Result<T, StoreError> {
    row.try_get(column).map_err(|_| StoreError::Corrupt(format!("column {column}")))
}

fn read_row(row: &Row) -> Result<StoredRow, StoreError> {
    Ok(StoredRow {
        seq: from_sql(get(row, "seq")?),
        hash: get(row, "hash")?,
        op_id: get(row, "op_id")?,
        kind: get(row, "kind")?,
        quarantined: get(row, "quarantined")?,
        attachment: get(row, "attachment")?,
        compact: get(row, "compact")?,
    })
}

fn read_document(row: &Row) -> Result<Document, StoreError> {
    Ok(Document { key: get(row, "key")?, revision: from_sql(get(row, "revision")?), json: get(row, "json")? })
}

const ROW: &str = "SELECT seq, hash, op_id, kind, quarantined, attachment, compact FROM rows
     WHERE terminal = $1 AND seq = $2";
const ROWS: &str = "SELECT seq, hash, op_id, kind, quarantined, attachment, compact FROM rows
     WHERE terminal = $1 AND seq >= $2 ORDER BY seq LIMIT $3";
const ROW_OF_OPERATION: &str = "SELECT seq, hash, op_id, kind, quarantined, attachment, compact FROM rows
     WHERE terminal = $1 AND op_id = $2";
const ROW_OF_ATTACHMENT: &str = "SELECT seq, hash, op_id, kind, quarantined, attachment, compact FROM rows
     WHERE terminal = $1 AND attachment = $2 ORDER BY seq LIMIT 1";
const ATTACHMENT: &str = "SELECT jwe, archived FROM attachments WHERE terminal = $1 AND sha256 = $2";
const ARCHIVED: &str =
    "SELECT sha256, archived FROM attachments WHERE terminal = $1 AND sha256 = ANY($2::text[])";
const LOOSE: &str =
    "SELECT count(*) AS loose, coalesce(sum(octet_length(jwe)), 0)::int8 AS bytes FROM attachments a
     WHERE terminal = $1 AND NOT archived
     AND NOT EXISTS (SELECT 1 FROM rows r WHERE r.terminal = $1 AND r.attachment = a.sha256)";
const INBOX: &str = "SELECT n, jws FROM inbox WHERE terminal = $1 AND n > $2 ORDER BY n LIMIT $3";
const INBOX_HEAD: &str = "SELECT n FROM inbox_heads WHERE terminal = $1";
const DOCUMENT: &str = "SELECT key, revision, json FROM documents
     WHERE shard = $1 AND collection = $2 AND key = $3";
const DOCUMENTS_NAMED: &str = "SELECT d.key, d.revision, d.json
     FROM unnest($1::text[], $2::text[]) AS asked (shard, key)
     JOIN documents d ON d.shard = asked.shard AND d.collection = $3 AND d.key = asked.key ORDER BY d.key";
const DOCUMENTS_OF_SHARD: &str = "SELECT key, revision, json FROM documents
     WHERE shard = $1 AND collection = $2 AND key >= $3 AND key < $4 ORDER BY key";
const DOCUMENTS_BETWEEN: &str = "SELECT key, revision, json FROM documents
     WHERE collection = $1 AND key >= $2 AND key < $3 ORDER BY key";
const DOCUMENTS_FROM: &str = "SELECT key, revision, json FROM documents
     WHERE collection = $1 AND key >= $2 ORDER BY key";

const DOCUMENTS_AFTER: &str = "SELECT key, revision, json FROM documents
     WHERE collection = $1 AND key > $2 ORDER BY key LIMIT $3";

impl Store for PostgresStore {
    fn commit(&self, changes: &[Change]) -> Result<(), StoreError> {
        commit::commit(&self.pool, changes)
    }

    fn row(&self, terminal: &TerminalId, seq: u64) -> Result<Option<StoredRow>, StoreError> {
        let seq = to_sql(seq)?;
        self.one(ROW, &[&terminal.as_str(), &seq])?.as_ref().map(read_row).transpose()
    }

    fn rows(&self, terminal: &TerminalId, from: u64, limit: usize) -> Result<Vec<StoredRow>, StoreError> {
        let (from, limit) = (to_sql(from)?, i64::try_from(limit).unwrap_or(i64::MAX));
        self.query(ROWS, &[&terminal.as_str(), &from, &limit])?.iter().map(read_row).collect()
    }

    fn row_of_operation(&self, terminal: &TerminalId, op_id: &str) -> Result<Option<StoredRow>, StoreError> {
        self.one(ROW_OF_OPERATION, &[&terminal.as_str(), &op_id])?.as_ref().map(read_row).transpose()
    }

    fn row_of_attachment(
        &self,
        terminal: &TerminalId,
        sha256: &str,
    ) -> Result<Option<StoredRow>, StoreError> {
        self.one(ROW_OF_ATTACHMENT, &[&terminal.as_str(), &sha256])?.as_ref().map(read_row).transpose()
    }

    fn attachment(
        &self,
        terminal: &TerminalId,
        sha256: &str,
    ) -> Result<Option<StoredAttachment>, StoreError> {
        let row = self.one(ATTACHMENT, &[&terminal.as_str(), &sha256])?;
        row.map(|row| Ok(StoredAttachment { jwe: get(&row, "jwe")?, archived: get(&row, "archived")? }))
            .transpose()
    }

    fn archived(
        &self,
        terminal: &TerminalId,
        hashes: &[String],
    ) -> Result<BTreeMap<String, bool>, StoreError> {
        if hashes.is_empty() {
            return Ok(BTreeMap::new());
        }
        let rows = self.query(ARCHIVED, &[&terminal.as_str(), &hashes])?;
        rows.iter().map(|row| Ok((get(row, "sha256")?, get(row, "archived")?))).collect()
    }

    fn loose(&self, terminal: &TerminalId) -> Result<Loose, StoreError> {
        match self.one(LOOSE, &[&terminal.as_str()])? {
            Some(row) => {
                Ok(Loose { count: from_sql(get(&row, "loose")?), bytes: from_sql(get(&row, "bytes")?) })
            }
            None => Ok(Loose::default()),
        }
    }

    fn inbox(&self, terminal: &TerminalId, after: u64, limit: usize) -> Result<Vec<InboxItem>, StoreError> {
        let (after, limit) = (to_sql(after)?, i64::try_from(limit).unwrap_or(i64::MAX));
        let rows = self.query(INBOX, &[&terminal.as_str(), &after, &limit])?;
        rows.iter().map(|row| Ok(InboxItem { n: from_sql(get(row, "n")?), jws: get(row, "jws")? })).collect()
    }

    fn inbox_head(&self, terminal: &TerminalId) -> Result<u64, StoreError> {
        let row = self.one(INBOX_HEAD, &[&terminal.as_str()])?;
        row.map_or(Ok(0), |row| get(&row, "n").map(from_sql))
    }

    fn document(&self, collection: Collection, key: &str) -> Result<Option<Document>, StoreError> {
        let row = self.one(DOCUMENT, &[&shard(key), &collection.name(), &key])?;
        row.as_ref().map(read_document).transpose()
    }

    fn documents(&self, collection: Collection, prefix: &str) -> Result<Vec<Document>, StoreError> {
        let name = collection.name();
        let rows = match (prefix::end(prefix), prefix.split_once('/')) {
            (Some(end), Some((shard, _))) => {
                self.query(DOCUMENTS_OF_SHARD, &[&shard, &name, &prefix, &end])?
            }
            (Some(end), None) => self.query(DOCUMENTS_BETWEEN, &[&name, &prefix, &end])?,
            (None, _) => self.query(DOCUMENTS_FROM, &[&name, &prefix])?,
        };
        rows.iter().map(read_document).collect()
    }

    fn documents_after(
        &self,
        collection: Collection,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Document>, StoreError> {
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.query(DOCUMENTS_AFTER, &[&collection.name(), &after, &most])?;
        rows.iter().map(read_document).collect()
    }

    fn documents_named(&self, collection: Collection, keys: &[String]) -> Result<Vec<Document>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect();
        let shards: Vec<&str> = keys.iter().map(|key| shard(key)).collect();
        let rows = self.query(DOCUMENTS_NAMED, &[&shards, &keys, &collection.name()])?;
        rows.iter().map(read_document).collect()
    }
}
