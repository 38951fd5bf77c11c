//! Writing a large group with two threads: rows are signed here, while another seals, inserts and commits.
//!
//! Decides nothing about durability: one transaction holds the group as always, its sync comes after the last row, and the
//! second thread has ended before the call returns. What is left behind is the same in every order in which the two
//! threads run: attachments are sealed in the order given, and of several errors the one is reported that writing with
//! one thread would have met first.

use std::any::Any;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use rusqlite::{Connection, TransactionBehavior};
use senim_operation::envelope::{self, EnvelopeError, Row, SealedRef};
use senim_operation::signer::Sealer;

use crate::append::Chain;
use crate::error::JournalError;
use crate::insert;
use crate::journal::Head;
use crate::options::Entry;

/// Smallest group that is written so: below it, beginning a thread costs more than it saves.
pub(crate) const FROM: usize = 16;

/// Rows that are handed over together: waking the other thread for each would cost half a signature.
const HANDED_OVER: usize = 8;

/// A group after the attempt.
pub(crate) struct Group {
    /// What was signed.
    pub rows: Vec<Row>,
    /// The chain's end behind these rows; true only of [`Ended::Written`].
    pub head: Head,
    /// How it ended.
    pub ended: Ended,
}

/// How writing a group ended.
pub(crate) enum Ended {
    /// Durable.
    Written,
    /// Certainly nothing is on disk.
    Untouched(JournalError),
    /// The file has to be looked at.
    InDoubt(JournalError),
    /// The second thread panicked; the file has to be looked at.
    Panicked(Box<dyn Any + Send>),
}

/// How it ended on the thread that holds the database.
enum Held {
    Committed,
    /// An identity is known: nothing was begun.
    Refused(JournalError),
    /// Not every row came; rolled back.
    Short,
    Failed(JournalError),
}

/// Writes a group; `None` when no thread is to be had, and then nothing has happened.
pub(crate) fn write(
    db: &mut Connection,
    sealer: &mut dyn Sealer,
    chain: &mut Chain<'_>,
    entries: &[Entry<'_>],
    head: &Head,
) -> Option<Group> {
    let parts: Vec<OnceLock<Vec<Row>>> = entries.chunks(HANDED_OVER).map(|_| OnceLock::new()).collect();
    let max_pages = chain.options.max_pages;
    // Room for everything that can be sent, so that neither thread ever waits for the other to take something.
    let (sealed_to, sealed) = sync_channel(entries.len());
    let (rows_to, rows) = sync_channel(parts.len());
    let mut next_head = head.clone();
    let ended = thread::scope(|scope| {
        let holder = thread::Builder::new()
            .name("journal-group".into())
            .spawn_scoped(scope, move || hold(db, sealer, entries, max_pages, sealed_to, &rows))
            .inspect_err(|error| tracing::warn!(%error, "no thread to write a group with"))
            .ok()?;
        let signed = sign(chain, entries, &parts, &sealed, &rows_to);
        drop(rows_to);
        // While the other thread waits for the disk.
        for rows in parts.iter().filter_map(OnceLock::get) {
            next_head.advance(rows);
        }
        Some(match holder.join() {
            Ok(held) => ended(signed, held),
            Err(cause) => Ended::Panicked(cause),
        })
    })?;
    let rows = parts.into_iter().filter_map(OnceLock::into_inner).flatten().collect();
    Some(Group { rows, head: next_head, ended })
}

fn ended(signed: Result<(), JournalError>, held: Held) -> Ended {
    match (signed, held) {
        (_, Held::Refused(error)) | (Err(error), Held::Short) => Ended::Untouched(error),
        (Ok(()), Held::Committed) => Ended::Written,
        (Ok(()), Held::Failed(error)) | (Err(error), Held::Failed(_) | Held::Committed) => {
            Ended::InDoubt(error)
        }
        (Ok(()), Held::Short) => Ended::InDoubt(lost()),
    }
}

/// Signs in order. Goes on when the database has failed, so that a row which cannot be built is always what is reported.
fn sign<'scope>(
    chain: &mut Chain<'_>,
    entries: &[Entry<'_>],
    parts: &'scope [OnceLock<Vec<Row>>],
    sealed: &Receiver<Result<SealedRef, EnvelopeError>>,
    rows_to: &SyncSender<&'scope [Row]>,
) -> Result<(), JournalError> {
    for (entries, part) in entries.chunks(HANDED_OVER).zip(parts) {
        let mut rows = Vec::with_capacity(entries.len());
        for entry in entries {
            let reference = match entry.draft.attachment {
                Some(_) => Some(sealed.recv().map_err(|_| lost())?.map_err(JournalError::operation)?),
                None => None,
            };
            rows.push(chain.next(entry.draft, entry.op_id, reference)?);
        }
        let _ = rows_to.send(part.get_or_init(|| rows));
    }
    Ok(())
}

/// Seals, then inserts what comes, then commits once all has come.
fn hold(
    db: &mut Connection,
    sealer: &dyn Sealer,
    entries: &[Entry<'_>],
    max_pages: Option<u32>,
    sealed_to: SyncSender<Result<SealedRef, EnvelopeError>>,
    rows: &Receiver<&[Row]>,
) -> Held {
    // The other thread waits for what is sealed, so that comes first.
    let jwes = seal(sealer, entries, &sealed_to);
    drop(sealed_to);
    for entry in entries {
        if let Err(error) = insert::refuse_known(db, entry.op_id) {
            return Held::Refused(error);
        }
    }
    let Some(jwes) = jwes else { return Held::Short };
    insert_all(db, &jwes, entries, max_pages, rows).unwrap_or_else(Held::Failed)
}

/// `None` when an attachment cannot be sealed, of which the signing thread is told.
fn seal(
    sealer: &dyn Sealer,
    entries: &[Entry<'_>],
    sealed_to: &SyncSender<Result<SealedRef, EnvelopeError>>,
) -> Option<Vec<Option<String>>> {
    let mut jwes = Vec::with_capacity(entries.len());
    for entry in entries {
        match envelope::seal(entry.draft, sealer) {
            Ok(sealed) => jwes.push(sealed.map(|sealed| {
                let _ = sealed_to.send(Ok(sealed.reference));
                sealed.jwe
            })),
            Err(error) => {
                let _ = sealed_to.send(Err(error));
                return None;
            }
        }
    }
    Some(jwes)
}

fn insert_all(
    db: &mut Connection,
    jwes: &[Option<String>],
    entries: &[Entry<'_>],
    max_pages: Option<u32>,
    rows: &Receiver<&[Row]>,
) -> Result<Held, JournalError> {
    insert::within(db, max_pages)?;
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut parts = jwes.chunks(HANDED_OVER).zip(entries.chunks(HANDED_OVER));
    for rows in rows {
        let (jwes, entries) = parts.next().ok_or_else(lost)?;
        insert::put(&tx, rows, jwes, entries)?;
    }
    if parts.next().is_some() {
        tx.rollback()?;
        return Ok(Held::Short);
    }
    tx.commit()?;
    Ok(Held::Committed)
}

fn lost() -> JournalError {
    JournalError::operation("a part of the group was lost between the threads that write it")
}
