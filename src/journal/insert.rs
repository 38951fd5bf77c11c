//! The SQL of a write: a row, its attachment, the business state and the directive beside it.
//!
//! Decides that what will be synced is what was signed. Does not decide what a failed write means: `append`.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use senim_domain::OperationId;
use senim_operation::envelope::Row;
use senim_operation::jws;

use crate::error::JournalError;
use crate::options::{Entry, StateKey};
use crate::store;

/// An identity that the journal has is not written again.
pub(crate) fn refuse_known(db: &Connection, op_id: OperationId) -> Result<(), JournalError> {
    let known: Option<i64> = db
        .prepare_cached("SELECT seq FROM operations WHERE op_id = ?1")?
        .query_row([op_id.to_string()], |row| row.get(0))
        .optional()?;
    match known {
        Some(seq) => Err(JournalError::OperationKnown { op_id, seq: store::unsigned(seq)? }),
        None => Ok(()),
    }
}

/// Room inside the file counts as well: SQLite's own limit stops only its growth.
pub(crate) fn within(db: &Connection, max_pages: Option<u32>) -> Result<(), JournalError> {
    match max_pages {
        Some(limit) if store::pages_in_use(db)? >= u64::from(limit) => {
            Err(JournalError::Full { detail: format!("{limit} pages are in use") })
        }
        Some(_) | None => Ok(()),
    }
}

/// All rows with what belongs beside them, and the sync.
pub(crate) fn transact(
    db: &mut Connection,
    max_pages: Option<u32>,
    rows: &[Row],
    jwes: &[Option<String>],
    entries: &[Entry<'_>],
) -> Result<(), JournalError> {
    within(db, max_pages)?;
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    put(&tx, rows, jwes, entries)?;
    tx.commit()?;
    Ok(())
}

/// Rows that follow each other, each with its sealed attachment and what becomes durable beside it, within a transaction.
pub(crate) fn put(
    tx: &Transaction<'_>,
    rows: &[Row],
    jwes: &[Option<String>],
    entries: &[Entry<'_>],
) -> Result<(), JournalError> {
    for (row, jwe) in rows.iter().zip(jwes) {
        insert(tx, row, jwe.as_deref())?;
    }
    read_back(tx, rows)?;
    for (row, entry) in rows.iter().zip(entries) {
        keep_beside(tx, store::signed(row.envelope.seq), entry)?;
    }
    Ok(())
}

fn insert(tx: &Transaction<'_>, row: &Row, jwe: Option<&str>) -> Result<(), JournalError> {
    let envelope = &row.envelope;
    let seq = store::signed(envelope.seq);
    tx.prepare_cached(
        "INSERT INTO operations (seq, op_id, kind, session, at, compact, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute((
        seq,
        envelope.op_id.to_string(),
        &envelope.kind,
        envelope.session.map(|session| session.to_string()),
        envelope.at.to_string(),
        &row.compact,
        &row.hash,
    ))?;
    if let (Some(sealed), Some(jwe)) = (&envelope.sealed, jwe) {
        tx.prepare_cached("INSERT INTO attachments (seq, sha256, kid, jwe) VALUES (?1, ?2, ?3, ?4)")?
            .execute((seq, &sealed.sha256, &sealed.kid, jwe))?;
    }
    Ok(())
}

/// The other half of the pair: what will be synced is what was signed, and nothing stands behind it.
fn read_back(tx: &Transaction<'_>, rows: &[Row]) -> Result<(), JournalError> {
    let Some(first) = rows.first() else { return Ok(()) };
    let first = first.envelope.seq;
    let mut query =
        tx.prepare_cached("SELECT seq, compact, hash FROM operations WHERE seq >= ?1 ORDER BY seq")?;
    let mut cursor = query.query([store::signed(first)])?;
    for row in rows {
        let seq = row.envelope.seq;
        let stored = cursor.next()?.ok_or_else(|| store::gone(seq))?;
        let same = stored.get_ref(0)?.as_i64().ok() == Some(store::signed(seq))
            && stored.get_ref(1)?.as_str().ok() == Some(row.compact.as_str())
            && stored.get_ref(2)?.as_str().ok() == Some(row.hash.as_str());
        if !same {
            return Err(JournalError::Damaged {
                detail: format!("row {seq} reads differently than it was written"),
            });
        }
    }
    match cursor.next()? {
        None => Ok(()),
        Some(_) => Err(JournalError::Damaged { detail: "a row stands behind the last one".into() }),
    }
}

fn keep_beside(tx: &Transaction<'_>, seq: i64, entry: &Entry<'_>) -> Result<(), JournalError> {
    for (StateKey(key), value) in &entry.state {
        tx.prepare_cached(
            "INSERT INTO state (key, value, sha256, seq) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value, sha256 = excluded.sha256, seq = excluded.seq",
        )?
        .execute((key, value, jws::sha256_b64(value.as_bytes()), seq))?;
    }
    if let Some((kind, message)) = entry.directive {
        tx.prepare_cached(
            "INSERT INTO directives (kind, message, sha256, seq) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (kind) DO UPDATE SET message = excluded.message, sha256 = excluded.sha256, seq = excluded.seq",
        )?
        .execute((kind, message, jws::sha256_b64(message.as_bytes()), seq))?;
    }
    Ok(())
}
