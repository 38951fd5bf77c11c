//! Connections and the few queries that more than one file needs.
//!
//! Decides how SQLite is set up: WAL, a sync at every commit, and a log that survives a process which was stopped.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use senim_operation::checkpoint::CompactRange;
use senim_operation::envelope::Row;
use senim_operation::jws::{self, PublicJwk};
use senim_operation::trust::identity_of;

use crate::error::JournalError;
use crate::options::Status;

/// Waiting for a reader's lock, long enough for an export to let go of a page.
const BUSY: Duration = Duration::from_secs(5);

/// What `meta` holds.
#[derive(Clone, Debug)]
pub(crate) struct Meta {
    pub terminal: String,
    pub profile: String,
    pub acked: Option<(u64, String)>,
    pub pruned_size: u64,
    pub pruned_hash: String,
    pub pruned_range: String,
    pub clean: bool,
}

/// A connection that writes.
pub(crate) fn connect(path: &Path, create: bool, max_pages: Option<u32>) -> Result<Connection, JournalError> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, create);
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY)?;
    // Without this a failed start would fold the log into the file and take it away: evidence of what was left open.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    let mode: String = db.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        return Err(JournalError::ReadOnly { detail: format!("the journal mode stays {mode}") });
    }
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "trusted_schema", false)?;
    db.pragma_update(None, "cell_size_check", true)?;
    db.pragma_update(None, "secure_delete", "FAST")?;
    limit_pages(&db, max_pages)?;
    if db.is_readonly(rusqlite::MAIN_DB)? {
        return Err(JournalError::ReadOnly { detail: "the file may not be written".into() });
    }
    Ok(db)
}

/// A connection that only reads, beside a running firmware.
pub(crate) fn connect_read_only(path: &Path) -> Result<Connection, JournalError> {
    let db = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    db.busy_timeout(BUSY)?;
    db.pragma_update(None, "query_only", true)?;
    db.pragma_update(None, "cell_size_check", true)?;
    Ok(db)
}

/// Sets the hard limit of the file.
pub(crate) fn limit_pages(db: &Connection, max_pages: Option<u32>) -> Result<(), JournalError> {
    // SQLite's own maximum; a smaller value than the file has is raised by SQLite to the file's size.
    let pages = max_pages.map_or(4_294_967_294, i64::from);
    let _: i64 = db.pragma_update_and_check(None, "max_page_count", pages, |row| row.get(0))?;
    Ok(())
}

/// A count or sequence number from the database; a negative one is damage.
pub(crate) fn unsigned(value: i64) -> Result<u64, JournalError> {
    u64::try_from(value).map_err(|_| JournalError::Damaged { detail: format!("negative number {value}") })
}

/// A number for the database.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(crate) fn meta(db: &Connection) -> Result<Meta, JournalError> {
    let found = db
        .prepare_cached(
            "SELECT terminal, profile, acked_seq, acked_hash, pruned_size, pruned_hash, pruned_range, clean FROM meta",
        )?
        .query_row(
            [],
            |row| {
                Ok((
                    row.get::<_, Option<i64>>(2)?,
                    row.get::<_, Option<String>>(3)?,
                    row.get::<_, i64>(4)?,
                    Meta {
                        terminal: row.get(0)?,
                        profile: row.get(1)?,
                        acked: None,
                        pruned_size: 0,
                        pruned_hash: row.get(5)?,
                        pruned_range: row.get(6)?,
                        clean: row.get(7)?,
                    },
                ))
            },
        )
        .optional()?;
    let Some((seq, hash, pruned, mut meta)) = found else {
        return Err(JournalError::Damaged { detail: "the description of the journal is gone".into() });
    };
    meta.acked = match (seq, hash) {
        (Some(seq), Some(hash)) => Some((unsigned(seq)?, hash)),
        _ => None,
    };
    meta.pruned_size = unsigned(pruned)?;
    Ok(meta)
}

/// Number of the next row.
pub(crate) fn next_seq(db: &Connection) -> Result<u64, JournalError> {
    unsigned(
        db.prepare_cached(
            "SELECT coalesce((SELECT max(seq) + 1 FROM operations), (SELECT pruned_size FROM meta), 0)",
        )?
        .query_row([], |row| row.get(0))?,
    )
}

/// The last `KeyEpoch` row not behind `seq`.
pub(crate) fn last_epoch(db: &Connection, seq: u64) -> Result<Option<u64>, JournalError> {
    db.prepare_cached("SELECT max(seq) FROM operations WHERE kind = 'KeyEpoch' AND seq <= ?1")?
        .query_row([signed(seq)], |row| row.get::<_, Option<i64>>(0))?
        .map(unsigned)
        .transpose()
}

/// Stored text of a row and the hash stored with it, which it has: the row was looked at when the journal was opened, and a
/// disk may read something else now.
pub(crate) fn compact_at(db: &Connection, seq: u64) -> Result<Option<(String, String)>, JournalError> {
    let stored: Option<(String, String)> = db
        .prepare_cached("SELECT compact, hash FROM operations WHERE seq = ?1")?
        .query_row([signed(seq)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match stored {
        Some((compact, hash)) if jws::sha256_b64(compact.as_bytes()) != hash => {
            Err(JournalError::Chain { seq, detail: "it is not what was written".into() })
        }
        stored => Ok(stored),
    }
}

/// Hash of the row before `seq`: what the row `seq` must name as `prev`.
pub(crate) fn prev_of(db: &Connection, meta: &Meta, seq: u64) -> Result<String, JournalError> {
    if seq <= meta.pruned_size {
        return Ok(meta.pruned_hash.clone());
    }
    let (compact, _) = compact_at(db, seq - 1)?.ok_or_else(|| gone(seq - 1))?;
    Ok(jws::sha256_b64(compact.as_bytes()))
}

pub(crate) fn gone(seq: u64) -> JournalError {
    JournalError::Chain { seq, detail: "the row is not there".into() }
}

/// Reads a stored row without judging its signature.
pub(crate) fn parse(seq: u64, compact: String) -> Result<Row, JournalError> {
    Row::read(compact).map_err(|error| JournalError::Chain { seq, detail: error.to_string() })
}

pub(crate) fn row_at(db: &Connection, seq: u64) -> Result<Option<Row>, JournalError> {
    match compact_at(db, seq)? {
        Some((compact, _)) => parse(seq, compact).map(Some),
        None => Ok(None),
    }
}

pub(crate) fn read_range(text: &str) -> Result<CompactRange, JournalError> {
    serde_json::from_str(text)
        .map_err(|error| JournalError::Damaged { detail: format!("stored tree: {error}") })
}

pub(crate) fn write_range(range: &CompactRange) -> Result<String, JournalError> {
    serde_json::to_string(range).map_err(JournalError::operation)
}

/// The tree over the first `size` rows, from the nearest stored one below.
pub(crate) fn tree_at(db: &Connection, size: u64) -> Result<CompactRange, JournalError> {
    let meta = meta(db)?;
    if size < meta.pruned_size {
        return Err(gone(size));
    }
    let stored: Option<String> = db
        .query_row(
            "SELECT tree FROM checkpoints WHERE size <= ?1 AND size >= ?2 ORDER BY size DESC LIMIT 1",
            [signed(size), signed(meta.pruned_size)],
            |row| row.get(0),
        )
        .optional()?;
    let mut range = read_range(stored.as_deref().unwrap_or(&meta.pruned_range))?;
    for seq in range.size()..size {
        let (compact, _) = compact_at(db, seq)?.ok_or_else(|| gone(seq))?;
        range.append(compact.as_bytes());
    }
    Ok(range)
}

pub(crate) const LAST_OWN: &str = "SELECT max(size) FROM checkpoints WHERE note IS NOT NULL";
pub(crate) const LAST_COSIGNED: &str = "SELECT max(size) FROM checkpoints WHERE cosigned_note IS NOT NULL";

/// Rows under the last note of our own.
pub(crate) fn last_checkpoint(db: &Connection) -> Result<Option<u64>, JournalError> {
    last_size(db, LAST_OWN)
}

fn last_size(db: &Connection, sql: &str) -> Result<Option<u64>, JournalError> {
    db.prepare_cached(sql)?.query_row([], |row| row.get::<_, Option<i64>>(0))?.map(unsigned).transpose()
}

/// What the file holds; the telemetry ring, which has a file of its own, is not counted.
pub(crate) fn status(db: &Connection) -> Result<Status, JournalError> {
    let meta = meta(db)?;
    let next_seq = next_seq(db)?;
    let (attachments, waiting) = db
        .prepare_cached("SELECT attachments, waiting FROM counts")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Status {
        rows: next_seq.saturating_sub(meta.pruned_size),
        next_seq,
        pruned: meta.pruned_size,
        unacked: unacked(&meta, next_seq),
        acked_seq: meta.acked.as_ref().map(|(seq, _)| *seq),
        acked_hash: meta.acked.map(|(_, hash)| hash),
        attachments: unsigned(attachments)?,
        attachments_pending: unsigned(waiting)?,
        bytes: bytes(db)?,
        last_checkpoint: last_checkpoint(db)?,
        last_cosigned: last_size(db, LAST_COSIGNED)?,
        telemetry: 0,
        terminal: meta.terminal,
        profile: meta.profile,
    })
}

/// Certificate chains of the gateway's keys, leaf first.
pub(crate) fn gateway_keys(db: &Connection) -> Result<Vec<Vec<String>>, JournalError> {
    let mut query = db.prepare_cached("SELECT x5c FROM gateway_keys ORDER BY kid")?;
    let texts = query.query_map([], |row| row.get::<_, String>(0))?;
    texts
        .map(|text| {
            serde_json::from_str(&text?)
                .map_err(|error| JournalError::Damaged { detail: format!("gateway key: {error}") })
        })
        .collect()
}

/// Keeps a certificate chain, for exports and to judge notes.
pub(crate) fn keep_gateway_key(db: &Connection, x5c: &[String]) -> Result<(), JournalError> {
    let kid = certified_key(x5c)?.thumbprint();
    let text = serde_json::to_string(x5c).map_err(JournalError::operation)?;
    db.execute(
        "INSERT INTO gateway_keys (kid, x5c) VALUES (?1, ?2) ON CONFLICT (kid) DO UPDATE SET x5c = excluded.x5c
         WHERE x5c <> excluded.x5c",
        (kid, text),
    )?;
    Ok(())
}

/// The key of a chain's leaf; whether the chain is to be believed is not asked here.
pub(crate) fn certified_key(x5c: &[String]) -> Result<PublicJwk, JournalError> {
    let leaf = x5c.first().ok_or_else(|| JournalError::operation("a certificate chain is empty"))?;
    let der = STANDARD.decode(leaf).map_err(JournalError::operation)?;
    Ok(identity_of(&der).map_err(JournalError::operation)?.jwk)
}

/// Rows that the gateway does not have.
pub(crate) fn unacked(meta: &Meta, next_seq: u64) -> u64 {
    next_seq.saturating_sub(meta.acked.as_ref().map_or(0, |(seq, _)| seq + 1))
}

/// Bytes in use: free pages inside the file count as free.
pub(crate) fn bytes(db: &Connection) -> Result<u64, JournalError> {
    Ok(pages_in_use(db)?.saturating_mul(pragma(db, "page_size")?))
}

/// Pages in use.
pub(crate) fn pages_in_use(db: &Connection) -> Result<u64, JournalError> {
    Ok(pragma(db, "page_count")?.saturating_sub(pragma(db, "freelist_count")?))
}

fn pragma(db: &Connection, name: &str) -> Result<u64, JournalError> {
    unsigned(db.pragma_query_value(None, name, |row| row.get(0))?)
}
