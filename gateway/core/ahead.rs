//! Rows that travel ahead of the chain (design section 5): a borrower is answered while a long backlog is on its way.
//!
//! A row seen ahead is verified, kept and acted on once; when the chain reaches its number it must bring the same row, or
//! there are two histories. The watermark does not move here. Rows about cash (`PayoutRequested`, `PayoutEnded`) wait for
//! the chain whichever way they come: leave to pay rests on everything that went before.
//!
//! Which visit is open ahead is told by numbers alone: the row with the highest number seen ahead names it, and a
//! `SessionClosed` or `TerminalStarted` ends it. What belongs to a visit before that one is too late to be acted on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use senim_domain::{TerminalId, UtcMillis};
use senim_operation::chain::{ChainError, ChainFault, ChainVerifier};
use senim_operation::jws::GENESIS_PREV;
use senim_operation::{Body, Row};
use serde::{Deserialize, Serialize};

use crate::error::{GatewayError, Refusal};
use crate::records::{AheadVisit, Head, Pending, TerminalRecord};
use crate::store::{self, Change, Collection, Expect, StoreError, StoredRow, Versioned};
use crate::{Door, Gateway, numbered};

/// Most rows of a terminal that may be here ahead of its chain: a dozen visits of a terminal with a long backlog.
pub const MAX_AHEAD: usize = 256;

/// What the terminal is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AheadReply {
    /// Watermark of the chain; it does not count the row.
    pub acked: Option<Head>,
    /// The stored answer to the row: compact JWS.
    pub replies: Vec<String>,
    /// SHA-256 of the row's attachment, where it is not here.
    pub missing: Vec<String>,
    /// Highest number of the inbox.
    pub inbox: u64,
}

/// A row that the chain has not reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SeenAhead {
    /// SHA-256 of its compact JWS, base64url.
    pub hash: String,
    /// Operation id.
    pub op_id: String,
    /// SHA-256 of the sealed attachment, where there is one.
    pub attachment: Option<String>,
    /// The compact JWS itself.
    pub compact: String,
}

/// Rows seen ahead of a chain, by number.
pub(crate) type SeenRows = BTreeMap<u64, SeenAhead>;

impl Gateway {
    /// Takes a row ahead of the chain, with the KeyEpoch row of its key before it where the chain has not brought that.
    ///
    /// # Errors
    /// [`Refusal::Gap`] while the row's key is not known here, [`Refusal::NotAhead`] for a kind that nobody waits for,
    /// [`Refusal::TooManyAhead`]; or what [`GatewayError`] says. A fork and an unsound row quarantine the terminal.
    pub fn ahead(
        &self,
        terminal: &TerminalId,
        rows: &[&str],
        now: UtcMillis,
    ) -> Result<AheadReply, GatewayError> {
        let (key_epoch, compact) = match rows {
            [row] => (None, *row),
            [key_epoch, row] => (Some(*key_epoch), *row),
            _ => return Err(Refusal::TooManyRows { max: 2 }.into()),
        };
        let lane = self.lane(terminal);
        let _turn = lane.lock().unwrap_or_else(PoisonError::into_inner);
        let (record, row) = match self.take_ahead(terminal, key_epoch, compact, now) {
            Err(GatewayError::Store(StoreError::Conflict(_))) => {
                self.take_ahead(terminal, key_epoch, compact, now)?
            }
            taken => taken?,
        };
        self.act_on_pending(terminal, &record, now)?;
        let missing = match &row.envelope.sealed {
            Some(sealed) if self.store.attachment(terminal, &sealed.sha256)?.is_none() => {
                vec![sealed.sha256.clone()]
            }
            Some(_) | None => Vec::new(),
        };
        Ok(AheadReply {
            acked: record.head,
            replies: self.stored_answer(terminal, &row.envelope.op_id.to_string())?.into_iter().collect(),
            missing,
            inbox: self.store.inbox_head(terminal)?,
        })
    }

    fn take_ahead(
        &self,
        terminal: &TerminalId,
        key_epoch: Option<&str>,
        compact: &str,
        now: UtcMillis,
    ) -> Result<(TerminalRecord, Row), GatewayError> {
        let mut record = self.admitted(terminal, Door::Line)?;
        let judged = self.judge_ahead(terminal, &record.value, key_epoch, compact, now)?;
        let (rows, seen) = match judged {
            Ok(judged) => judged,
            Err((refusal, row)) => {
                let mut changes = Vec::new();
                self.keep_evidence(terminal, &mut record.value, &refusal, Some(row), now, &mut changes)?;
                let expect = record.expect();
                changes.push(store::put(Collection::Terminal, terminal.as_str(), expect, &record.value)?);
                if record.value.quarantined.is_some() {
                    self.store.commit(&changes)?;
                }
                return Err(refusal.into());
            }
        };
        let next = record.value.next_seq();
        let mut changes = Vec::new();
        for row in &rows {
            let seq = row.envelope.seq;
            if seq < next || seen.contains_key(&seq) {
                continue;
            }
            if seen.len() >= MAX_AHEAD {
                return Err(Refusal::TooManyAhead.into());
            }
            let kept = SeenAhead {
                hash: row.hash.clone(),
                op_id: row.envelope.op_id.to_string(),
                attachment: row.envelope.sealed.as_ref().map(|sealed| sealed.sha256.clone()),
                compact: row.compact.clone(),
            };
            changes.push(store::put(Collection::Ahead, &numbered(terminal, seq), Expect::Any, &kept)?);
            // What a former life of this gateway may have answered waits for the chain.
            let acts = row.envelope.body().ok().flatten().as_ref().is_some_and(acts_ahead);
            if acts && !record.value.is_history(seq) {
                let pending = Pending { seq };
                changes.push(store::put(
                    Collection::Pending,
                    &numbered(terminal, seq),
                    Expect::Any,
                    &pending,
                )?);
            }
        }
        let row = rows.into_iter().next_back().ok_or(Refusal::TooManyRows { max: 2 })?;
        if !changes.is_empty() {
            self.change_visit_ahead(terminal, &mut record.value, &row, now, &mut changes)?;
            let expect = record.expect();
            changes.push(store::put(Collection::Terminal, terminal.as_str(), expect, &record.value)?);
            self.store.commit(&changes)?;
        }
        Ok((record.value, row))
    }

    /// The rows, verified and fitting what is here; or why not, with the row that does not.
    #[expect(clippy::type_complexity, reason = "one inner result, used once")]
    fn judge_ahead<'a>(
        &self,
        terminal: &TerminalId,
        record: &TerminalRecord,
        key_epoch: Option<&'a str>,
        compact: &'a str,
        now: UtcMillis,
    ) -> Result<Result<(Vec<Row>, SeenRows), (Refusal, &'a str)>, GatewayError> {
        let row = match self.verify_ahead(terminal, record, key_epoch, compact, now) {
            Ok(row) => row,
            Err(refusal) => return Ok(Err((refusal, compact))),
        };
        let body = row.envelope.body().ok().flatten();
        if !body.as_ref().is_some_and(travels_ahead) {
            return Err(Refusal::NotAhead.into());
        }
        let mut rows = Vec::new();
        if let Some(key_epoch) = key_epoch {
            // Verified together with the row.
            let bad = |_| Refusal::BadRow { seq: None, code: "badForm" };
            let begins = Row::read(key_epoch.to_owned()).map_err(bad)?;
            if self.begins_revoked_epoch(terminal, &begins)? {
                let refusal = Refusal::BadRow { seq: Some(begins.envelope.seq), code: "revoked" };
                return Ok(Err((refusal, key_epoch)));
            }
            rows.push(begins);
        }
        rows.push(row);
        let seen = self.seen_ahead(terminal, record)?;
        for (row, text) in rows.iter().zip(key_epoch.into_iter().chain([compact])) {
            if !self.fits(terminal, record, &seen, row)? {
                return Ok(Err((Refusal::Fork { seq: row.envelope.seq }, text)));
            }
        }
        Ok(Ok((rows, seen)))
    }

    fn verify_ahead(
        &self,
        terminal: &TerminalId,
        record: &TerminalRecord,
        key_epoch: Option<&str>,
        compact: &str,
        now: UtcMillis,
    ) -> Result<Row, Refusal> {
        let next = record.next_seq();
        let prev = record.head.as_ref().map_or(GENESIS_PREV, |head| head.hash.as_str()).to_owned();
        let trust = std::sync::Arc::clone(&self.keys.trust);
        let verifier = ChainVerifier::resume(terminal.clone(), trust, next, prev, record.key)
            .demanding(self.settings.profile)
            .judged_at(Some(now));
        let verified = match verifier.accept_ahead(compact, key_epoch) {
            // As in the chain: a certificate that was good when the row was written counts.
            Err(ChainError { fault: ChainFault::Untrusted(_), .. }) => {
                verifier.judged_at(None).accept_ahead(compact, key_epoch)
            }
            verified => verified,
        };
        verified.map_err(|error| match &error.fault {
            // The chain has not brought this row's key, or has gone past it.
            ChainFault::WrongKey | ChainFault::WrongEpoch if key_epoch.is_none() => {
                Refusal::Gap { expected_seq: next }
            }
            ChainFault::WrongProfile(_) => Refusal::WrongProfile,
            ChainFault::Fork
            | ChainFault::Gap { .. }
            | ChainFault::Repeated { .. }
            | ChainFault::BadForm(_)
            | ChainFault::BadSignature
            | ChainFault::WrongKey
            | ChainFault::WrongTerminal(_)
            | ChainFault::WrongEpoch
            | ChainFault::BadKeyEpoch(_)
            | ChainFault::Untrusted(_) => Refusal::BadRow { seq: error.seq, code: error.code() },
        })
    }

    /// Whether a row is the one of its number, as far as its neighbours are here.
    fn fits(
        &self,
        terminal: &TerminalId,
        record: &TerminalRecord,
        seen: &SeenRows,
        row: &Row,
    ) -> Result<bool, StoreError> {
        let seq = row.envelope.seq;
        if seq < record.next_seq() {
            return Ok(self.store.row(terminal, seq)?.is_some_and(|stored| stored.hash == row.hash));
        }
        let same = seen.get(&seq).is_none_or(|known| known.hash == row.hash);
        let before = match (seq.checked_sub(1), &record.head) {
            (None, _) => Some(GENESIS_PREV),
            (Some(before), Some(head)) if head.seq == before => Some(head.hash.as_str()),
            (Some(before), _) => seen.get(&before).map(|known| known.hash.as_str()),
        };
        Ok(same && before.is_none_or(|before| before == row.envelope.prev))
    }

    /// A visit that begins ahead ends the one before it, and its answers with it.
    fn change_visit_ahead(
        &self,
        terminal: &TerminalId,
        record: &mut TerminalRecord,
        row: &Row,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        let seq = row.envelope.seq;
        let later_known = record.ahead.as_ref().is_some_and(|ahead| ahead.seq >= seq);
        if seq < record.next_seq() || later_known {
            return Ok(());
        }
        let ends = matches!(
            row.envelope.body().ok().flatten(),
            Some(Body::SessionClosed(_) | Body::TerminalStarted(_))
        );
        let session = row.envelope.session.filter(|_| !ends);
        if let Some(over) = record.visit().filter(|over| Some(*over) != session) {
            self.wipe_visit(terminal, over, now, changes)?;
        }
        record.ahead = Some(AheadVisit { session, seq });
        Ok(())
    }

    /// Rows that are here ahead of the chain.
    pub(crate) fn seen_ahead(
        &self,
        terminal: &TerminalId,
        record: &TerminalRecord,
    ) -> Result<SeenRows, StoreError> {
        let mut seen = SeenRows::new();
        if record.ahead.is_none() {
            return Ok(seen);
        }
        let prefix = format!("{terminal}/");
        for document in self.store.documents(Collection::Ahead, &prefix)? {
            let seq = document.key.strip_prefix(&prefix).and_then(|number| number.parse().ok());
            let Some(seq) = seq else { return Err(StoreError::Corrupt(document.key)) };
            let kept: Versioned<SeenAhead> = store::parse(Collection::Ahead, &document)?;
            seen.insert(seq, kept.value);
        }
        Ok(seen)
    }

    /// Adds those of these rows that the chain has not brought and that were seen ahead; gives their numbers.
    pub(crate) fn add_rows_ahead(
        &self,
        terminal: &TerminalId,
        seqs: &[u64],
        rows: &mut BTreeMap<u64, StoredRow>,
    ) -> Result<BTreeSet<u64>, StoreError> {
        let mut added = BTreeSet::new();
        for seq in seqs {
            if rows.contains_key(seq) {
                continue;
            }
            let key = numbered(terminal, *seq);
            let Some(seen) = store::load::<SeenAhead>(self.store.as_ref(), Collection::Ahead, &key)? else {
                continue;
            };
            let SeenAhead { hash, op_id, attachment, compact } = seen.value;
            let kind = String::new();
            let row = StoredRow { seq: *seq, hash, op_id, kind, quarantined: false, attachment, compact };
            rows.insert(*seq, row);
            added.insert(*seq);
        }
        Ok(added)
    }
}

/// Whether a row of this kind may come ahead: somebody at the terminal waits for its answer, or it ends the visit.
const fn travels_ahead(body: &Body) -> bool {
    acts_ahead(body) || body.ends_visit()
}

/// Whether a row of this kind is acted on before the chain brings it.
pub(crate) const fn acts_ahead(body: &Body) -> bool {
    body.is_interactive()
}
