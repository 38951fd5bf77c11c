//! Taking rows of a terminal's journal: verified, committed, acknowledged, then acted on (design section 5).
//!
//! Decides how far a batch is believed and what breaks the terminal's good standing. What a row means for a loan is
//! decided in [`crate::acting`].

use std::collections::BTreeMap;
use std::sync::PoisonError;

use senim_domain::{SessionId, TerminalId, UtcMillis};
use senim_operation::chain::{ChainError, ChainFault, ChainVerifier};
use senim_operation::checkpoint::CompactRange;
use senim_operation::jws::{GENESIS_PREV, sha256_b64};
use senim_operation::{Body, Row};
use serde::{Deserialize, Serialize};

use crate::ahead::SeenRows;
use crate::attachments::Visit;
use crate::content_keys::Owner;
use crate::error::{GatewayError, Refusal};
use crate::events::{self, EventBody};
use crate::meter::RowResult;
use crate::records::{Head, Pending, Session, TerminalRecord};
use crate::session_step::SessionStep;
use crate::store::{self, Change, Collection, Expect, StoreError, StoredRow, Versioned};
use crate::view::TerminalView;
use crate::{Door, Gateway, numbered};

/// Most rows in one batch.
pub const MAX_ROWS: usize = 1024;
/// The tree's compact range is kept at multiples of this, so that the root at any size is near.
pub(crate) const RANGE_EVERY: u64 = 64;
/// How often a batch is judged anew because the terminal's record was changed meanwhile.
const ATTEMPTS: u32 = 16;
/// Rows that are looked up together when a batch comes again.
const HELD_AT_ONCE: usize = 64;
/// Longest row that is kept as evidence.
const MAX_EVIDENCE_BYTES: usize = 1 << 16;

/// What the terminal is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntakeReply {
    /// Watermark: everything up to here is durable.
    pub acked: Option<Head>,
    /// Stored answers to rows of this batch, in their order: compact JWS.
    pub replies: Vec<String>,
    /// SHA-256 of attachments that rows of this batch name and that are not here.
    pub missing: Vec<String>,
    /// SHA-256 of attachments of rows of this batch that have their second copy.
    pub archived: Vec<String>,
    /// Highest number of the inbox.
    pub inbox: u64,
    /// The signed call to send rows again that this terminal has not obeyed.
    pub rewind: Option<String>,
    /// Why the batch was not taken to its end.
    pub refusal: Option<Refusal>,
}

/// A broken row as it is kept: sealed, since a terminal under somebody's control may have written anything into it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Evidence {
    pub at: UtcMillis,
    pub why: String,
    pub row: String,
}

/// How far a batch was believed.
#[derive(Default)]
struct Judged {
    /// New rows, in order.
    fresh: Vec<Fresh>,
    /// Rows of the batch that are here now.
    seen: Vec<Seen>,
    /// Rows that were here before, as far as they were looked up.
    held: BTreeMap<u64, StoredRow>,
    stopped: Option<(Refusal, Option<String>)>,
    /// Rows that were here ahead of the chain.
    ahead: SeenRows,
}

/// A new row.
struct Fresh {
    row: Row,
    /// A known kind with fields of another version is kept and not acted on, like an unknown kind: `None`.
    body: Option<Body>,
}

/// A row that is here now.
struct Seen {
    seq: u64,
    op_id: String,
    attachment: Option<String>,
    /// Whether there may be an answer to it.
    answerable: bool,
}

impl Seen {
    fn fresh(fresh: &Fresh) -> Self {
        let envelope = &fresh.row.envelope;
        Self {
            seq: envelope.seq,
            op_id: envelope.op_id.to_string(),
            attachment: envelope.sealed.as_ref().map(|sealed| sealed.sha256.clone()),
            answerable: fresh.body.as_ref().is_some_and(crate::calls::calls_for_action),
        }
    }

    fn held(row: &StoredRow) -> Self {
        let (op_id, attachment) = (row.op_id.clone(), row.attachment.clone());
        Self { seq: row.seq, op_id, attachment, answerable: true }
    }
}

impl Gateway {
    /// Takes a batch of compact JWS. The valid prefix is durable when this returns, whatever `refusal` says.
    ///
    /// # Errors
    /// [`GatewayError`]: nothing is known of the batch, the same batch may be sent again.
    pub fn intake(
        &self,
        terminal: &TerminalId,
        rows: &[&str],
        now: UtcMillis,
    ) -> Result<IntakeReply, GatewayError> {
        self.intake_by(Door::Line, terminal, rows, now)
    }

    pub(crate) fn intake_by(
        &self,
        door: Door,
        terminal: &TerminalId,
        rows: &[&str],
        now: UtcMillis,
    ) -> Result<IntakeReply, GatewayError> {
        if rows.len() > MAX_ROWS {
            return Err(Refusal::TooManyRows { max: MAX_ROWS }.into());
        }
        let lane = self.lane(terminal);
        let _turn = lane.lock().unwrap_or_else(PoisonError::into_inner);
        let mut attempts = 1;
        let (record, judged) = loop {
            match self.take(door, terminal, rows, now) {
                // Staff, or another gateway of this store, changed the terminal's record meanwhile.
                Err(GatewayError::Store(StoreError::Conflict(_))) if attempts < ATTEMPTS => attempts += 1,
                taken => break taken?,
            }
        };
        if record.quarantined.is_none() {
            self.act_on_pending(terminal, &record, now)?;
        }
        let rewind = record.open_call().map(str::to_owned);
        Ok(IntakeReply { rewind, ..self.reply(terminal, record.head, judged, now)? })
    }

    fn take(
        &self,
        door: Door,
        terminal: &TerminalId,
        rows: &[&str],
        now: UtcMillis,
    ) -> Result<(TerminalRecord, Judged), GatewayError> {
        self.reenter_forgotten(terminal, now)?;
        let mut record = self.admitted(terminal, door)?;
        self.call_if_restoring(terminal, &mut record, now)?;
        let judged = self.judge(terminal, &mut record.value, rows, now)?;
        self.keep(terminal, &mut record, &judged, now)?;
        self.count(&judged, rows);
        Ok((record.value, judged))
    }

    fn count(&self, judged: &Judged, rows: &[&str]) {
        let bytes = rows.iter().fold(0_u64, |sum, row| sum.saturating_add(row.len() as u64));
        self.meter.add(|counts| {
            counts.batches = counts.batches.saturating_add(1);
            counts.bytes = counts.bytes.saturating_add(bytes);
            for row in &judged.fresh {
                let known = row.body.is_some();
                let result = if known { RowResult::Kept } else { RowResult::Unknown };
                counts.row(&row.row.envelope.kind, result);
            }
            for _ in judged.fresh.len()..judged.seen.len() {
                counts.row("other", RowResult::Repeated);
            }
            if let Some((refusal, _)) = &judged.stopped {
                counts.row("other", RowResult::Refused);
                let breaks_trust = matches!(refusal, Refusal::Fork { .. } | Refusal::BadRow { .. });
                counts.alarms = counts.alarms.saturating_add(u64::from(breaks_trust));
            }
        });
    }

    fn judge(
        &self,
        terminal: &TerminalId,
        record: &mut TerminalRecord,
        rows: &[&str],
        now: UtcMillis,
    ) -> Result<Judged, GatewayError> {
        let (next, prev) = match &record.head {
            Some(head) => (head.seq.saturating_add(1), head.hash.clone()),
            None => (0, GENESIS_PREV.to_owned()),
        };
        let trust = std::sync::Arc::clone(&self.keys.trust);
        let mut verifier = ChainVerifier::resume(terminal.clone(), trust, next, prev, record.key)
            .demanding(self.settings.profile)
            .judged_at(Some(now));
        let mut judged = Judged { ahead: self.seen_ahead(terminal, record)?, ..Judged::default() };
        let mut key = verifier.key().cloned();
        for compact in rows {
            match accept(&mut verifier, compact, now) {
                Ok(row) if self.begins_revoked_epoch(terminal, &row)? => {
                    let refusal = Refusal::BadRow { seq: Some(row.envelope.seq), code: "revoked" };
                    judged.stopped = Some((refusal, Some((*compact).to_owned())));
                    break;
                }
                Ok(row) => {
                    let seq = row.envelope.seq;
                    if judged.ahead.get(&seq).is_some_and(|seen| seen.hash != row.hash) {
                        judged.stopped = Some((Refusal::Fork { seq }, Some((*compact).to_owned())));
                        break;
                    }
                    if row.envelope.is_key_epoch() {
                        key = verifier.key().cloned();
                    }
                    let body = row.envelope.body().ok().flatten();
                    let fresh = Fresh { row, body };
                    judged.seen.push(Seen::fresh(&fresh));
                    judged.fresh.push(fresh);
                }
                Err(error) => match self.judge_fault(terminal, &mut judged, compact, &error)? {
                    Ok(known) => judged.seen.push(known),
                    Err(refusal) => {
                        judged.stopped = Some((refusal, Some((*compact).to_owned())));
                        break;
                    }
                },
            }
        }
        if let Some(Fresh { row: last, .. }) = judged.fresh.last() {
            record.head = Some(Head { seq: last.envelope.seq, hash: last.hash.clone() });
            record.key = key.map(|key| (key.epoch, key.jwk));
        }
        Ok(judged)
    }

    /// A row that does not continue the chain: one that is here already, or a reason to stop.
    fn judge_fault(
        &self,
        terminal: &TerminalId,
        judged: &mut Judged,
        compact: &str,
        error: &ChainError,
    ) -> Result<Result<Seen, Refusal>, GatewayError> {
        let code = error.code();
        let refusal = match &error.fault {
            ChainFault::Repeated { expected } => {
                let seq = error.seq.unwrap_or(*expected);
                let hash = sha256_b64(compact.as_bytes());
                if let Some(fresh) = judged.fresh.iter().find(|fresh| fresh.row.envelope.seq == seq) {
                    if fresh.row.hash == hash {
                        return Ok(Ok(Seen::fresh(fresh)));
                    }
                } else if let Some(row) = self.held(terminal, seq, judged)?.filter(|row| row.hash == hash) {
                    return Ok(Ok(Seen::held(row)));
                }
                Refusal::Fork { seq }
            }
            ChainFault::Gap { expected } => Refusal::Gap { expected_seq: *expected },
            ChainFault::Fork => Refusal::Fork { seq: error.seq.unwrap_or(0) },
            ChainFault::WrongProfile(_) => Refusal::WrongProfile,
            ChainFault::BadForm(_)
            | ChainFault::BadSignature
            | ChainFault::WrongKey
            | ChainFault::WrongTerminal(_)
            | ChainFault::WrongEpoch
            | ChainFault::BadKeyEpoch(_)
            | ChainFault::Untrusted(_) => Refusal::BadRow { seq: error.seq, code },
        };
        Ok(Err(refusal))
    }

    /// A row that was here before this batch. Those after it are fetched too: a batch that comes again comes whole.
    fn held<'a>(
        &self,
        terminal: &TerminalId,
        seq: u64,
        judged: &'a mut Judged,
    ) -> Result<Option<&'a StoredRow>, StoreError> {
        if !judged.held.contains_key(&seq) {
            let rows = self.store.rows(terminal, seq, HELD_AT_ONCE)?;
            judged.held.extend(rows.into_iter().map(|row| (row.seq, row)));
        }
        Ok(judged.held.get(&seq))
    }

    fn keep(
        &self,
        terminal: &TerminalId,
        record: &mut Versioned<TerminalRecord>,
        judged: &Judged,
        now: UtcMillis,
    ) -> Result<(), GatewayError> {
        let mut changes = Vec::new();
        let mut view = None;
        let mut range = range_of(&record.value)?;
        for fresh in &judged.fresh {
            range.append(fresh.row.compact.as_bytes());
            if range.size().is_multiple_of(RANGE_EVERY) {
                let key = numbered(terminal, range.size());
                changes.push(store::put(Collection::Range, &key, Expect::Any, &range)?);
            }
            self.keep_row(terminal, &mut record.value, fresh, now, &mut changes)?;
            self.keep_view(terminal, fresh, &mut view)?;
            let seq = fresh.row.envelope.seq;
            if judged.ahead.contains_key(&seq) {
                changes.push(store::remove(Collection::Ahead, &numbered(terminal, seq)));
            }
        }
        if let Some(viewed) = view {
            let key = terminal.as_str();
            changes.push(store::put(Collection::TerminalView, key, viewed.expect(), &viewed.value)?);
        }
        let next = record.value.next_seq();
        record.value.ahead = record.value.ahead.take().filter(|ahead| ahead.seq >= next);
        for fresh in &judged.fresh {
            if let Some(pending) = pending(terminal, &record.value, fresh)? {
                changes.push(pending);
            }
        }
        record.value.range = Some(to_value(&range)?);
        if let Some((refusal, row)) = &judged.stopped {
            self.keep_evidence(terminal, &mut record.value, refusal, row.as_deref(), now, &mut changes)?;
        }
        if changes.is_empty() {
            return Ok(());
        }
        changes.push(store::put(Collection::Terminal, terminal.as_str(), record.expect(), &record.value)?);
        Ok(self.store.commit(&changes)?)
    }

    fn keep_row(
        &self,
        terminal: &TerminalId,
        record: &mut TerminalRecord,
        Fresh { row, body }: &Fresh,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        let envelope = &row.envelope;
        if body.is_none() {
            tracing::warn!(%terminal, seq = envelope.seq, kind = envelope.kind, "row of unknown kind kept");
        }
        changes.push(Change::Row {
            terminal: terminal.clone(),
            row: StoredRow {
                seq: envelope.seq,
                hash: row.hash.clone(),
                op_id: envelope.op_id.to_string(),
                kind: envelope.kind.clone(),
                quarantined: body.is_none(),
                attachment: envelope.sealed.as_ref().map(|sealed| sealed.sha256.clone()),
                compact: row.compact.clone(),
            },
        });
        if events::of_interest(&envelope.kind) {
            changes.push(self.event(EventBody::operation(row), now)?);
        }
        let Some(body) = body else { return Ok(()) };
        for id in crate::dossier::spoken_of(body).into_iter().flatten() {
            let key = format!("{id}/{}", numbered(terminal, envelope.seq));
            changes.push(store::put(Collection::Related, &key, Expect::Any, &envelope.kind)?);
        }
        match SessionStep::of(body) {
            SessionStep::Opens => self.change_session(terminal, record, envelope.session, now, changes),
            SessionStep::Ends => self.change_session(terminal, record, None, now, changes),
            SessionStep::None => Ok(()),
        }
    }

    /// What is shown of the terminal; read only once a row comes that changes it.
    fn keep_view(
        &self,
        terminal: &TerminalId,
        fresh: &Fresh,
        kept: &mut Option<Versioned<TerminalView>>,
    ) -> Result<(), GatewayError> {
        let (envelope, Some(body)) = (&fresh.row.envelope, &fresh.body) else { return Ok(()) };
        if kept.is_none() && TerminalView::default().take_in(envelope, body) {
            let stored = store::load(self.store.as_ref(), Collection::TerminalView, terminal.as_str())?;
            *kept = stored.or_else(|| Some(Versioned { revision: 0, value: TerminalView::default() }));
        }
        if let Some(view) = kept {
            view.value.take_in(envelope, body);
        }
        Ok(())
    }

    /// A visit ends when the next one begins, when it says so, and when the firmware starts: its answers end with it.
    fn change_session(
        &self,
        terminal: &TerminalId,
        record: &mut TerminalRecord,
        next: Option<SessionId>,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        match std::mem::replace(&mut record.session, next) {
            // It was opened ahead and goes on: the chain has only now come to its beginning.
            Some(same) if Some(same) == next => Ok(()),
            Some(ended) => self.wipe_visit(terminal, ended, now, changes),
            None => Ok(()),
        }
    }

    /// Forgets a visit; of what was said in it only what is kept of a client is left.
    pub(crate) fn wipe_visit(
        &self,
        terminal: &TerminalId,
        ended: SessionId,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        let key = format!("{terminal}/{ended}");
        let session = store::load::<Session>(self.store.as_ref(), Collection::Session, &key)?;
        if let Some(session) = session {
            let Session { answers, client, .. } = &session.value;
            self.end_answers((terminal, ended), answers, *client, now, changes)?;
            if let Some(client) = session.value.client {
                changes.push(store::put(Collection::Visit, &key, Expect::Any, &Visit { client })?);
            }
            changes.push(store::remove(Collection::Session, &key));
            self.forget_key(&Owner::visit(terminal, ended), &[], changes)?;
        }
        Ok(())
    }

    pub(crate) fn keep_evidence(
        &self,
        terminal: &TerminalId,
        record: &mut TerminalRecord,
        refusal: &Refusal,
        row: Option<&str>,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        let breaks_trust = matches!(refusal, Refusal::Fork { .. } | Refusal::BadRow { .. });
        if !breaks_trust {
            tracing::info!(%terminal, %refusal, "batch stopped");
            return Ok(());
        }
        tracing::error!(%terminal, %refusal, "terminal quarantined");
        let why = refusal.to_string();
        if let Some(row) = row {
            let kept: String = row.chars().take(MAX_EVIDENCE_BYTES).collect();
            let key = format!("{terminal}/{}", sha256_b64(row.as_bytes()));
            let content_key = self.content_key_for_new(&Owner::evidence(terminal), changes)?;
            let sealed = content_key.seal(&key, kept.as_bytes(), self.entropy.as_ref())?;
            let evidence = Evidence { at: now, why: why.clone(), row: sealed };
            changes.push(store::put(Collection::Evidence, &key, Expect::Any, &evidence)?);
        }
        let code = if matches!(refusal, Refusal::Fork { .. }) { "fork" } else { "bad row" };
        changes.push(self.event(EventBody::quarantined(terminal, code), now)?);
        record.quarantined = Some(why);
        Ok(())
    }

    fn reply(
        &self,
        terminal: &TerminalId,
        acked: Option<Head>,
        judged: Judged,
        now: UtcMillis,
    ) -> Result<IntakeReply, GatewayError> {
        let mut reply = IntakeReply {
            acked,
            inbox: self.store.inbox_head(terminal)?,
            refusal: judged.stopped.map(|(refusal, _)| refusal),
            ..IntakeReply::default()
        };
        let seen: BTreeMap<u64, Seen> = judged.seen.into_iter().map(|seen| (seen.seq, seen)).collect();
        let asked = seen.values().filter(|seen| seen.answerable).map(|seen| seen.op_id.as_str());
        let mut answers = self.stored_answers(terminal, asked)?;
        let hashes: Vec<String> = seen.values().filter_map(|seen| seen.attachment.clone()).collect();
        let kept = self.store.archived(terminal, &hashes)?;
        for seen in seen.into_values() {
            reply.replies.extend(answers.remove(&seen.op_id));
            let Some(sha256) = seen.attachment else { continue };
            let here = match kept.get(&sha256) {
                Some(archived) => Some(*archived),
                None => self.attachment_here(terminal, &sha256)?.map(|found| found.archived),
            };
            match here {
                None if self.is_erased(terminal, &sha256)? => reply.archived.push(sha256),
                None => reply.missing.push(sha256),
                Some(true) => reply.archived.push(sha256),
                Some(false) => reply.archived.extend(self.archive(terminal, &sha256, now)?.then_some(sha256)),
            }
        }
        Ok(reply)
    }
}

/// What remains to be done about a new row, where something does. A row whose visit has ended within the same batch is
/// acted on by nobody any more, unless it tells of money or of the terminal itself.
fn pending(
    terminal: &TerminalId,
    record: &TerminalRecord,
    Fresh { row, body }: &Fresh,
) -> Result<Option<Change>, StoreError> {
    let Some(body) = body.as_ref().filter(|body| crate::calls::calls_for_action(body)) else {
        return Ok(None);
    };
    let seq = row.envelope.seq;
    let open = record.visit();
    let of_the_open_visit = open.is_some() && row.envelope.session == open;
    if !of_the_open_visit && !crate::calls::outlives_its_visit(body, record.is_history(seq)) {
        tracing::info!(%terminal, seq, "row of an ended session is not acted on");
        return Ok(None);
    }
    store::put(Collection::Pending, &numbered(terminal, seq), Expect::Any, &Pending { seq }).map(Some)
}

/// Verifies the next row. A certificate counts if it is good now, or was when the row was written: rows that waited
/// through a renewal still arrive.
fn accept(verifier: &mut ChainVerifier, compact: &str, now: UtcMillis) -> Result<Row, ChainError> {
    match verifier.accept(compact) {
        Err(ChainError { fault: ChainFault::Untrusted(_), .. }) => {
            let mut then = verifier.clone().judged_at(None);
            let row = then.accept(compact)?;
            *verifier = then.judged_at(Some(now));
            Ok(row)
        }
        other => other,
    }
}

/// The tree over all rows of a terminal.
pub(crate) fn range_of(record: &TerminalRecord) -> Result<CompactRange, GatewayError> {
    match &record.range {
        None => Ok(CompactRange::default()),
        Some(value) => serde_json::from_value(value.clone())
            .map_err(|_| StoreError::Corrupt("compact range".into()).into()),
    }
}

fn to_value(range: &CompactRange) -> Result<serde_json::Value, GatewayError> {
    serde_json::to_value(range).map_err(|error| GatewayError::Internal(error.to_string()))
}
