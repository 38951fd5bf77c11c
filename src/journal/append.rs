//! Writing rows: one transaction holds the row, its sealed attachment, the business state and the directive.
//!
//! Decides that nothing is accepted before the sync, that sequence numbers are dense, and that a row of which nobody
//! knows whether it was written is looked for before anything else is written.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use senim_domain::{OperationId, Stamp};
use senim_operation::envelope::{self, By, Context, Row};
use senim_operation::signer::KeyMaker;
use senim_operation::{Draft, jws};

use crate::error::JournalError;
use crate::journal::{Epoch, Fault, Journal};
use crate::options::{Entry, StateKey};
use crate::store;

/// A row ready to be written, with its sealed attachment.
struct Built {
    row: Row,
    jwe: Option<String>,
}

impl Journal {
    /// Writes one operation; durable on return, together with its attachment and the business state.
    ///
    /// # Errors
    /// [`JournalError::Full`], [`JournalError::Unwritable`], [`JournalError::ReadOnly`]: not accepted; the same call with
    /// the same `op_id` may be made again and gives the row, should it have reached the disk after all. Others are final.
    pub fn append(
        &mut self,
        draft: Draft,
        op_id: OperationId,
        stamp: &Stamp,
        state: &[(StateKey, String)],
    ) -> Result<Row, JournalError> {
        self.append_one(&draft, op_id, stamp, None, state)
    }

    /// Writes several operations in one transaction, each with what becomes durable beside it: all or none.
    ///
    /// A repetition after a failed call may be a longer group: rows that have reached the disk after all are found by
    /// their `op_id`, and the others are written behind them.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub fn append_many(&mut self, entries: &[Entry<'_>], stamp: &Stamp) -> Result<Vec<Row>, JournalError> {
        self.settle_fault()?;
        let found = self.adopted_first(entries)?;
        let Some(rest) = entries.get(found..).filter(|rest| !rest.is_empty()) else {
            return Ok(self.take_adopted(entries));
        };
        let written = self.write(rest, stamp)?;
        let mut rows = self.take_adopted(entries.get(..found).unwrap_or_default());
        rows.extend(written);
        Ok(rows)
    }

    /// Writes the operation that tells of a durable message, and the message itself (kind, compact JWS), which replaces
    /// the former of its kind.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub fn append_directive(
        &mut self,
        draft: Draft,
        op_id: OperationId,
        stamp: &Stamp,
        message: (&str, &str),
        state: &[(StateKey, String)],
    ) -> Result<Row, JournalError> {
        self.append_one(&draft, op_id, stamp, Some(message), state)
    }

    fn append_one(
        &mut self,
        draft: &Draft,
        op_id: OperationId,
        stamp: &Stamp,
        directive: Option<(&str, &str)>,
        state: &[(StateKey, String)],
    ) -> Result<Row, JournalError> {
        only(self.append_many(&[Entry { draft, op_id, state: state.to_vec(), directive }], stamp)?)
    }

    /// Begins a new key epoch: at start, after an identity renewal, at least every 24 hours with no saga open.
    ///
    /// # Errors
    /// As [`Journal::append`]; the former key stays in force.
    pub fn renew_epoch(
        &mut self,
        keys: &dyn KeyMaker,
        op_id: OperationId,
        stamp: &Stamp,
    ) -> Result<Row, JournalError> {
        self.settle_fault()?;
        self.refuse_known(op_id)?;
        let key = keys.make()?;
        let draft = Draft::new(envelope::key_epoch(&self.options.terminal, key.as_ref())?);
        let seq = self.head.next_seq();
        let identity = By::Identity(self.identity.signer.as_ref(), &self.identity.x5c);
        let built = self.build(&draft, op_id, stamp, seq, seq, &self.head.prev, identity)?;
        let header = envelope::journal_header(key.as_ref()).map_err(JournalError::operation)?;
        let epoch = Epoch { seq, key, header, began: stamp.mono };
        only(self.commit(vec![built], &[], Some(epoch), stamp)?)
    }

    fn write(&mut self, entries: &[Entry<'_>], stamp: &Stamp) -> Result<Vec<Row>, JournalError> {
        for entry in entries {
            self.refuse_known(entry.op_id)?;
        }
        let Some(epoch) = &self.epoch else {
            return Err(JournalError::operation("no key epoch has begun"));
        };
        let mut built: Vec<Built> = Vec::with_capacity(entries.len());
        for entry in entries {
            let (seq, prev) = match built.last() {
                Some(last) => (last.row.envelope.seq + 1, last.row.hash.as_str()),
                None => (self.head.next_seq(), self.head.prev.as_str()),
            };
            let signer = By::Journal(epoch.key.as_ref(), &epoch.header);
            let next = self.build(entry.draft, entry.op_id, stamp, epoch.seq, seq, prev, signer)?;
            built.push(next);
        }
        self.commit(built, entries, None, stamp)
    }

    #[expect(clippy::too_many_arguments, reason = "each is one field of the row")]
    fn build(
        &self,
        draft: &Draft,
        op_id: OperationId,
        stamp: &Stamp,
        epoch: u64,
        seq: u64,
        prev: &str,
        by: By<'_>,
    ) -> Result<Built, JournalError> {
        let options = &self.options;
        let context = Context {
            terminal: &options.terminal,
            profile: options.profile,
            firmware: &options.firmware,
            boot: &options.boot,
            epoch,
            seq,
            prev,
            op_id,
            stamp: *stamp,
            rule_pack: options.rule_pack,
        };
        let (row, jwe) =
            envelope::build_by(&context, draft, self.sealer.as_ref(), by).map_err(JournalError::operation)?;
        Ok(Built { row, jwe })
    }

    fn commit(
        &mut self,
        built: Vec<Built>,
        entries: &[Entry<'_>],
        epoch: Option<Epoch>,
        stamp: &Stamp,
    ) -> Result<Vec<Row>, JournalError> {
        if built.is_empty() {
            return Ok(Vec::new());
        }
        let outcome =
            within(&self.db, self.options.max_pages).and_then(|()| transact(&mut self.db, &built, entries));
        let rows: Vec<Row> = built.into_iter().map(|one| one.row).collect();
        match outcome {
            Ok(()) => {
                self.head.advance(&rows);
                self.news_since.get_or_insert(stamp.mono);
                if epoch.is_some() {
                    self.epoch = epoch;
                }
                Ok(rows)
            }
            Err(error) => {
                let first = rows.first().map_or("", |row| row.envelope.kind.as_str());
                tracing::error!(%error, kind = first, "a write to the journal failed");
                self.fault = Some(Fault { rows, epoch, mono: stamp.mono });
                Err(error)
            }
        }
    }

    /// How many of the first entries an earlier call that failed has left on disk.
    fn adopted_first(&self, entries: &[Entry<'_>]) -> Result<usize, JournalError> {
        let mut found = 0;
        for entry in entries {
            let Some(row) = self.adopted.iter().find(|row| row.envelope.op_id == entry.op_id) else { break };
            let envelope = &row.envelope;
            let same = envelope.kind == entry.draft.body.kind()
                && envelope.session == entry.draft.session
                && envelope.sealed.is_some() == entry.draft.attachment.is_some()
                && envelope.public == entry.draft.body.write().map_err(JournalError::operation)?;
            if !same {
                break;
            }
            found += 1;
        }
        Ok(found)
    }

    fn take_adopted(&mut self, entries: &[Entry<'_>]) -> Vec<Row> {
        let wanted = |row: &mut Row| entries.iter().any(|entry| entry.op_id == row.envelope.op_id);
        self.adopted.extract_if(.., wanted).collect()
    }

    fn refuse_known(&self, op_id: OperationId) -> Result<(), JournalError> {
        let known: Option<i64> = self
            .db
            .prepare_cached("SELECT seq FROM operations WHERE op_id = ?1")?
            .query_row([op_id.to_string()], |row| row.get(0))
            .optional()?;
        match known {
            Some(seq) => Err(JournalError::OperationKnown { op_id, seq: store::unsigned(seq)? }),
            None => Ok(()),
        }
    }
}

/// Room inside the file counts as well: SQLite's own limit stops only its growth.
fn within(db: &Connection, max_pages: Option<u32>) -> Result<(), JournalError> {
    match max_pages {
        Some(limit) if store::pages_in_use(db)? >= u64::from(limit) => {
            Err(JournalError::Full { detail: format!("{limit} pages are in use") })
        }
        Some(_) | None => Ok(()),
    }
}

fn transact(db: &mut Connection, built: &[Built], entries: &[Entry<'_>]) -> Result<(), JournalError> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for Built { row, jwe } in built {
        insert(&tx, row, jwe.as_deref())?;
    }
    read_back(&tx, built)?;
    for (Built { row, .. }, entry) in built.iter().zip(entries) {
        keep_beside(&tx, store::signed(row.envelope.seq), entry)?;
    }
    tx.commit()?;
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
fn read_back(tx: &Transaction<'_>, built: &[Built]) -> Result<(), JournalError> {
    let Some(first) = built.first() else { return Ok(()) };
    let first = first.row.envelope.seq;
    let mut query =
        tx.prepare_cached("SELECT seq, compact, hash FROM operations WHERE seq >= ?1 ORDER BY seq")?;
    let mut cursor = query.query([store::signed(first)])?;
    for Built { row, .. } in built {
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

fn only(rows: Vec<Row>) -> Result<Row, JournalError> {
    rows.into_iter().next().ok_or_else(|| JournalError::operation("no row was built"))
}
