//! Writing rows: one transaction holds the row, its sealed attachment, the business state and the directive.
//!
//! Decides that nothing is accepted before the sync, that sequence numbers are dense, and that a row of which nobody
//! knows whether it was written is looked for before anything else is written.

use senim_domain::{OperationId, Stamp};
use senim_operation::Draft;
use senim_operation::envelope::{self, By, Context, Row, SealedRef};
use senim_operation::signer::KeyMaker;

use crate::beside::{self, Ended, Group};
use crate::error::JournalError;
use crate::insert;
use crate::journal::{Epoch, Fault, Head, Journal};
use crate::options::{Entry, JournalOptions, StateKey};

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
        insert::refuse_known(&self.db, op_id)?;
        let key = keys.make()?;
        let draft = Draft::new(envelope::key_epoch(&self.options.terminal, key.as_ref())?);
        let seq = self.head.next_seq();
        let identity = By::Identity(self.identity.signer.as_ref(), &self.identity.x5c);
        let row = Chain::new(&self.options, &self.head, seq, identity, *stamp).next(&draft, op_id, None)?;
        let header = envelope::journal_header(key.as_ref()).map_err(JournalError::operation)?;
        let epoch = Epoch { seq, key, header, began: stamp.mono };
        only(self.commit(vec![row], &[None], &[], Some(epoch), stamp)?)
    }

    fn write(&mut self, entries: &[Entry<'_>], stamp: &Stamp) -> Result<Vec<Row>, JournalError> {
        let Some(epoch) = &self.epoch else {
            return Err(JournalError::operation("no key epoch has begun"));
        };
        let by = By::Journal(epoch.key.as_ref(), &epoch.header);
        let mut chain = Chain::new(&self.options, &self.head, epoch.seq, by, *stamp);
        if entries.len() >= beside::FROM {
            let sealer = self.sealer.as_mut();
            if let Some(group) = beside::write(&mut self.db, sealer, &mut chain, entries, &self.head) {
                return self.conclude(group, stamp);
            }
        }
        for entry in entries {
            insert::refuse_known(&self.db, entry.op_id)?;
        }
        let (mut rows, mut jwes) = (Vec::with_capacity(entries.len()), Vec::with_capacity(entries.len()));
        for entry in entries {
            let sealed =
                envelope::seal(entry.draft, self.sealer.as_ref()).map_err(JournalError::operation)?;
            let (jwe, reference) = sealed.map(|sealed| (sealed.jwe, sealed.reference)).unzip();
            rows.push(chain.next(entry.draft, entry.op_id, reference)?);
            jwes.push(jwe);
        }
        self.commit(rows, &jwes, entries, None, stamp)
    }

    fn commit(
        &mut self,
        rows: Vec<Row>,
        jwes: &[Option<String>],
        entries: &[Entry<'_>],
        epoch: Option<Epoch>,
        stamp: &Stamp,
    ) -> Result<Vec<Row>, JournalError> {
        let max_pages = self.options.max_pages;
        match insert::transact(&mut self.db, max_pages, &rows, jwes, entries) {
            Ok(()) => {
                self.head.advance(&rows);
                self.news_since.get_or_insert(stamp.mono);
                if epoch.is_some() {
                    self.epoch = epoch;
                }
                Ok(rows)
            }
            Err(error) => Err(self.doubt(error, rows, epoch, stamp)),
        }
    }

    /// What a group written by two threads leaves behind.
    fn conclude(&mut self, group: Group, stamp: &Stamp) -> Result<Vec<Row>, JournalError> {
        let Group { rows, head, ended } = group;
        match ended {
            Ended::Written => {
                self.head = head;
                self.news_since.get_or_insert(stamp.mono);
                Ok(rows)
            }
            Ended::Untouched(error) => Err(error),
            Ended::InDoubt(error) => Err(self.doubt(error, rows, None, stamp)),
            Ended::Panicked(cause) => {
                // Whoever catches it finds a journal that looks at its file before it writes again.
                self.fault = Some(Fault { rows, epoch: None, mono: stamp.mono });
                std::panic::resume_unwind(cause)
            }
        }
    }

    /// Nobody knows what is on disk now: the next call looks.
    fn doubt(
        &mut self,
        error: JournalError,
        rows: Vec<Row>,
        epoch: Option<Epoch>,
        stamp: &Stamp,
    ) -> JournalError {
        let first = rows.first().map_or("", |row| row.envelope.kind.as_str());
        tracing::error!(%error, kind = first, "a write to the journal failed");
        self.fault = Some(Fault { rows, epoch, mono: stamp.mono });
        error
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
}

/// Rows one behind the other, each naming the hash of the one before.
pub(crate) struct Chain<'a> {
    pub options: &'a JournalOptions,
    epoch: u64,
    by: By<'a>,
    stamp: Stamp,
    seq: u64,
    prev: String,
}

impl<'a> Chain<'a> {
    fn new(options: &'a JournalOptions, head: &Head, epoch: u64, by: By<'a>, stamp: Stamp) -> Self {
        Self { options, epoch, by, stamp, seq: head.next_seq(), prev: head.prev.clone() }
    }

    /// Signs the next row; its attachment is sealed already.
    pub(crate) fn next(
        &mut self,
        draft: &Draft,
        op_id: OperationId,
        sealed: Option<SealedRef>,
    ) -> Result<Row, JournalError> {
        let context = Context {
            terminal: &self.options.terminal,
            profile: self.options.profile,
            firmware: &self.options.firmware,
            boot: &self.options.boot,
            epoch: self.epoch,
            seq: self.seq,
            prev: &self.prev,
            op_id,
            stamp: self.stamp,
            rule_pack: self.options.rule_pack,
        };
        let row =
            envelope::build_sealed(&context, draft, sealed, self.by).map_err(JournalError::operation)?;
        self.seq += 1;
        self.prev.clone_from(&row.hash);
        Ok(row)
    }
}

fn only(rows: Vec<Row>) -> Result<Row, JournalError> {
    rows.into_iter().next().ok_or_else(|| JournalError::operation("no row was built"))
}
