//! Writing rows: one transaction holds the row, its sealed attachment, the business state and the directive.
//!
//! Decides that nothing is accepted before the sync, that sequence numbers are dense, and that a row of which nobody
//! knows whether it was written is looked for before anything else is written.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use senim_domain::{OperationId, Stamp};
use senim_operation::envelope::{self, Context, Row};
use senim_operation::signer::{KeyMaker, Signer};
use senim_operation::{Draft, jws};

use crate::error::JournalError;
use crate::journal::{Epoch, Fault, Journal};
use crate::options::StateKey;
use crate::store;

/// What is written in the transaction of the rows.
#[derive(Clone, Copy, Default)]
struct Beside<'a> {
    state: &'a [(StateKey, String)],
    directive: Option<(&'a str, &'a str)>,
}

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
        let rows = self.write(&[(draft, op_id)], stamp, Beside { state, directive: None })?;
        only(rows)
    }

    /// Writes several operations in one transaction: all or none.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub fn append_many(
        &mut self,
        drafts: Vec<(Draft, OperationId)>,
        stamp: &Stamp,
        state: &[(StateKey, String)],
    ) -> Result<Vec<Row>, JournalError> {
        self.write(&drafts, stamp, Beside { state, directive: None })
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
        let rows = self.write(&[(draft, op_id)], stamp, Beside { state, directive: Some(message) })?;
        only(rows)
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
        let identity = (self.identity.signer.as_ref(), Some(self.identity.x5c.clone()));
        let built = self.build(&draft, op_id, stamp, seq, seq, &self.head.prev, identity)?;
        let epoch = Epoch { seq, key, began: stamp.mono };
        only(self.commit(vec![built], Beside::default(), Some(epoch), stamp)?)
    }

    fn write(
        &mut self,
        drafts: &[(Draft, OperationId)],
        stamp: &Stamp,
        beside: Beside<'_>,
    ) -> Result<Vec<Row>, JournalError> {
        self.settle_fault()?;
        if let Some(rows) = self.take_adopted(drafts)? {
            return Ok(rows);
        }
        for (_, op_id) in drafts {
            self.refuse_known(*op_id)?;
        }
        let Some(epoch) = &self.epoch else {
            return Err(JournalError::operation("no key epoch has begun"));
        };
        let mut built: Vec<Built> = Vec::with_capacity(drafts.len());
        for (draft, op_id) in drafts {
            let (seq, prev) = match built.last() {
                Some(last) => (last.row.envelope.seq + 1, last.row.hash.as_str()),
                None => (self.head.next_seq(), self.head.prev.as_str()),
            };
            let signer = (epoch.key.as_ref(), None);
            let next = self.build(draft, *op_id, stamp, epoch.seq, seq, prev, signer)?;
            built.push(next);
        }
        self.commit(built, beside, None, stamp)
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
        (signer, x5c): (&dyn Signer, Option<Vec<String>>),
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
        let (row, jwe) = envelope::build(&context, draft, self.sealer.as_ref(), signer, x5c)
            .map_err(JournalError::operation)?;
        Ok(Built { row, jwe })
    }

    fn commit(
        &mut self,
        built: Vec<Built>,
        beside: Beside<'_>,
        epoch: Option<Epoch>,
        stamp: &Stamp,
    ) -> Result<Vec<Row>, JournalError> {
        if built.is_empty() {
            return Ok(Vec::new());
        }
        let outcome = transact(&mut self.db, &built, beside);
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

    /// The rows of an earlier call that failed and yet reached the disk, when this call is its repetition.
    fn take_adopted(&mut self, drafts: &[(Draft, OperationId)]) -> Result<Option<Vec<Row>>, JournalError> {
        if self.adopted.len() != drafts.len() || self.adopted.is_empty() {
            return Ok(None);
        }
        for (row, (draft, op_id)) in self.adopted.iter().zip(drafts) {
            let envelope = &row.envelope;
            let same = envelope.op_id == *op_id
                && envelope.kind == draft.body.kind()
                && envelope.session == draft.session
                && envelope.sealed.is_some() == draft.attachment.is_some()
                && envelope.public == draft.body.write().map_err(JournalError::operation)?;
            if !same {
                return Ok(None);
            }
        }
        Ok(Some(std::mem::take(&mut self.adopted)))
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

fn transact(db: &mut Connection, built: &[Built], beside: Beside<'_>) -> Result<(), JournalError> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut seq = 0;
    for Built { row, jwe } in built {
        let envelope = &row.envelope;
        seq = store::signed(envelope.seq);
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
        // The other half of the pair: what will be synced is what was signed.
        let (compact, hash) =
            store::compact_at(&tx, envelope.seq)?.ok_or_else(|| store::gone(envelope.seq))?;
        if hash != row.hash || jws::sha256_b64(compact.as_bytes()) != row.hash {
            return Err(JournalError::Damaged {
                detail: format!("row {seq} reads differently than it was written"),
            });
        }
    }
    for (StateKey(key), value) in beside.state {
        tx.prepare_cached(
            "INSERT INTO state (key, value, sha256, seq) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value, sha256 = excluded.sha256, seq = excluded.seq",
        )?
        .execute((key, value, jws::sha256_b64(value.as_bytes()), seq))?;
    }
    if let Some((kind, message)) = beside.directive {
        tx.prepare_cached(
            "INSERT INTO directives (kind, message, sha256, seq) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (kind) DO UPDATE SET message = excluded.message, sha256 = excluded.sha256, seq = excluded.seq",
        )?
        .execute((kind, message, jws::sha256_b64(message.as_bytes()), seq))?;
    }
    tx.commit()?;
    Ok(())
}

fn only(rows: Vec<Row>) -> Result<Row, JournalError> {
    rows.into_iter().next().ok_or_else(|| JournalError::operation("no row was built"))
}
