//! Checkpoints: a terminal's note is compared with the tree that is here, then cosigned (design section 4).

use std::sync::PoisonError;

use senim_domain::{TerminalId, UtcMillis};
use senim_operation::checkpoint::{CompactRange, Note};
use senim_operation::jws::PublicJwk;
use senim_operation::{Body, Row};

use crate::error::{GatewayError, Refusal};
use crate::events::EventBody;
use crate::intake::{RANGE_EVERY, range_of};
use crate::records::TerminalRecord;
use crate::store::{self, Collection, Expect, StoreError, Versioned};
use crate::{Door, Gateway, numbered};

/// What the terminal is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointReply {
    /// The note with the cosignature.
    pub note: String,
}

impl Gateway {
    /// Cosigns a note over rows that are all here.
    ///
    /// # Errors
    /// [`Refusal::BadNote`], [`Refusal::Gap`], [`Refusal::Fork`], or what [`GatewayError`] says.
    pub fn checkpoint(
        &self,
        terminal: &TerminalId,
        note: &str,
        now: UtcMillis,
    ) -> Result<CheckpointReply, GatewayError> {
        let lane = self.lane(terminal);
        let _turn = lane.lock().unwrap_or_else(PoisonError::into_inner);
        self.reenter_forgotten(terminal, now)?;
        let mut record = self.admitted(terminal, Door::Line)?;
        let bad = |why: String| Refusal::BadNote { why };
        let mut note = Note::parse(note).map_err(|error| bad(error.to_string()))?;
        if note.terminal().map_err(|error| bad(error.to_string()))? != *terminal {
            return Err(bad("it speaks of another terminal".into()).into());
        }
        let here = record.value.head.as_ref().map_or(0, |head| head.seq.saturating_add(1));
        if note.size == 0 {
            return Err(bad("it covers nothing".into()).into());
        }
        let cosigner = self.keys.cosigner.lock().unwrap_or_else(PoisonError::into_inner);
        if note.size > here {
            if let Ok(cosigned_at) = note.verify_cosignature(&cosigner.public_jwk(), &self.keys.trust) {
                self.notice_restore(terminal, &record.value, cosigned_at, now)?;
            }
            self.call_if_restoring(terminal, &mut record, now)?;
            return Err(Refusal::Gap { expected_seq: here }.into());
        }
        let key = self.key_at(terminal, note.size.saturating_sub(1))?;
        note.verify(&key, &self.keys.trust).map_err(|error| bad(error.to_string()))?;
        if self.range_at(terminal, &record.value, note.size)?.root() != note.root {
            return Err(self.quarantine_fork(terminal, record, note.size, now)?.into());
        }
        note.signatures.retain(|line| line.name == note.origin);
        note.cosign(cosigner.as_ref(), now).map_err(|error| GatewayError::Internal(error.to_string()))?;
        let note = note.to_string();
        self.store.commit(&[store::put(Collection::Note, terminal.as_str(), Expect::Any, &note)?])?;
        Ok(CheckpointReply { note })
    }

    fn quarantine_fork(
        &self,
        terminal: &TerminalId,
        mut record: Versioned<TerminalRecord>,
        size: u64,
        now: UtcMillis,
    ) -> Result<Refusal, GatewayError> {
        let refusal = Refusal::Fork { seq: size.saturating_sub(1) };
        tracing::error!(%terminal, %refusal, "terminal quarantined");
        let expect = record.expect();
        record.value.quarantined = Some(refusal.to_string());
        let put = store::put(Collection::Terminal, terminal.as_str(), expect, &record.value)?;
        self.store.commit(&[put, self.event(EventBody::quarantined(terminal, "fork"), now)?])?;
        Ok(refusal)
    }

    /// The journal key that was current at a row.
    fn key_at(&self, terminal: &TerminalId, seq: u64) -> Result<PublicJwk, GatewayError> {
        let epoch = self.stored_row(terminal, seq)?.envelope.epoch;
        match self.stored_row(terminal, epoch)?.envelope.body() {
            Ok(Some(Body::KeyEpoch(body))) => Ok(body.jwk),
            Ok(_) | Err(_) => Err(StoreError::Corrupt(format!("key epoch {epoch} of {terminal}")).into()),
        }
    }

    pub(crate) fn stored_row(&self, terminal: &TerminalId, seq: u64) -> Result<Row, GatewayError> {
        let corrupt = || StoreError::Corrupt(format!("row {seq} of {terminal}"));
        let stored = self.store.row(terminal, seq)?.ok_or_else(corrupt)?;
        Ok(Row::read(stored.compact).map_err(|_| corrupt())?)
    }

    /// The tree over the first `size` rows, from the nearest kept range below.
    fn range_at(
        &self,
        terminal: &TerminalId,
        record: &TerminalRecord,
        size: u64,
    ) -> Result<CompactRange, GatewayError> {
        let newest = range_of(record)?;
        if newest.size() == size {
            return Ok(newest);
        }
        let near = size - size % RANGE_EVERY;
        let kept =
            store::load::<CompactRange>(self.store.as_ref(), Collection::Range, &numbered(terminal, near))?;
        let mut range = kept.map_or_else(CompactRange::default, |kept| kept.value);
        for seq in range.size()..size {
            range.append(self.stored_row(terminal, seq)?.compact.as_bytes());
        }
        Ok(range)
    }
}
