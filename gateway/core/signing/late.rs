//! Answers that come later than the row that asks for them: the QR service is asked while a terminal holds its poll open.
//!
//! Nothing here delays rows: only a poll of the inbox asks the service, at most every two seconds a signature. Whatever a
//! phone brings after its visit is dropped, and the record says so.

use std::sync::PoisonError;

use senim_domain::{OperationId, SessionId, SignatureId, TerminalId, UtcMillis};
use senim_operation::body::SignatureCancelled;
use senim_operation::signature::SignatureRefusal;
use uuid::Uuid;

use super::judge::UNAVAILABLE;
use super::name_of;
use super::record::{OpenSignature, Refused, SignatureRecord, SignatureState, open_key};
use crate::Gateway;
use crate::connectors::{Eds, SigningState};
use crate::error::GatewayError;
use crate::openings::Purpose;
use crate::records::Pending;
use crate::store::{self, Change, Collection, StoreError, Versioned};

/// How often the service is asked about one signature.
const ASK_EVERY_MS: i64 = 2000;
/// How long after a code's end a service that does not answer is waited for.
const GRACE_MS: i64 = 60_000;

impl Gateway {
    /// Answers to rows of the open visit that wait for somebody outside; and the stored answer to `awaited`, should it
    /// have been lost on the way.
    ///
    /// # Errors
    /// What [`GatewayError`] says.
    pub fn late_answers(
        &self,
        terminal: &TerminalId,
        awaited: Option<OperationId>,
        now: UtcMillis,
    ) -> Result<Vec<String>, GatewayError> {
        let mut answers = Vec::new();
        // Both are asked: a visit may wait for either.
        let ended = [self.ask_for_signatures(terminal, now)?, self.phone_checks_due(terminal, now)?];
        if ended.contains(&true) {
            answers = self.settle_waiting(terminal, now)?;
        }
        if let Some(awaited) = awaited
            && let Some(answer) = self.stored_answer(terminal, &awaited.to_string())?
            && !answers.contains(&answer)
        {
            answers.push(answer);
        }
        Ok(answers)
    }

    /// Asks about every open signature of a terminal; whether one came to an end.
    fn ask_for_signatures(&self, terminal: &TerminalId, now: UtcMillis) -> Result<bool, GatewayError> {
        let Ok(eds) = self.connectors.eds() else { return Ok(false) };
        let open = self.store.documents(Collection::OpenSignature, &format!("{terminal}/"))?;
        if open.is_empty() {
            return Ok(false);
        }
        let visit = self.load_terminal(terminal)?.and_then(|record| record.value.visit());
        let mut ended = false;
        for document in open {
            let signature =
                store::parse::<OpenSignature>(Collection::OpenSignature, &document)?.value.signature;
            let Some(record) = self.load_signature(signature)? else { continue };
            if Some(record.value.session) != visit {
                let mut changes = Vec::new();
                self.drop_signature(eds, signature, record, "left", now, &mut changes)?;
                unless_somebody_else_did(self.store.commit(&changes))?;
            } else if self.is_due(signature.0, now) {
                ended |= self.ask_about(eds, signature, record, now)?;
            }
        }
        Ok(ended)
    }

    /// Whether the service behind a signature or a check is to be asked again.
    pub(crate) fn is_due(&self, of: Uuid, now: UtcMillis) -> bool {
        let mut asked = self.asked_about.lock().unwrap_or_else(PoisonError::into_inner);
        asked.retain(|_, at| now.0.saturating_sub(at.0) < GRACE_MS);
        let due = asked.get(&of).is_none_or(|at| now.0.saturating_sub(at.0) >= ASK_EVERY_MS);
        if due {
            asked.insert(of, now);
        }
        due
    }

    /// Whether the signature came to an end.
    fn ask_about(
        &self,
        eds: &Eds,
        signature: SignatureId,
        mut record: Versioned<SignatureRecord>,
        now: UtcMillis,
    ) -> Result<bool, GatewayError> {
        let SignatureState::Open { operation, expires } = record.value.state.clone() else { return Ok(true) };
        let over = now.0 >= expires.0.saturating_add(GRACE_MS);
        let refused = |code: &str, told| SignatureState::Refused(Refused::new(code, told, now));
        let mut changes = Vec::new();
        let state = match eds.signing.state(signature, &operation) {
            Ok(SigningState::Waiting) if now < expires => return Ok(false),
            Ok(SigningState::Waiting | SigningState::Expired | SigningState::Cancelled) => {
                refused("expired", SignatureRefusal::Expired)
            }
            Ok(SigningState::Declined) => refused("declined", SignatureRefusal::Declined),
            Ok(SigningState::Signed(cms)) => {
                match self.verdict(eds, signature, &record.value, cms.expose(), now, &mut changes)? {
                    // The signature is not lost by a responder that is away for a moment.
                    SignatureState::Refused(why) if why.code == UNAVAILABLE && !over => return Ok(false),
                    state => state,
                }
            }
            Err(error) if !over => {
                tracing::warn!(%error, "signing service not asked");
                return Ok(false);
            }
            Err(_) => refused(UNAVAILABLE, SignatureRefusal::TryLater),
        };
        let expect = record.expect();
        record.value.state = state;
        changes.push(store::put(Collection::Signature, &signature.to_string(), expect, &record.value)?);
        let key = open_key(&record.value.terminal, record.value.session);
        changes.push(store::remove(Collection::OpenSignature, &key));
        unless_somebody_else_did(self.store.commit(&changes))?;
        Ok(true)
    }

    fn verdict(
        &self,
        eds: &Eds,
        signature: SignatureId,
        record: &SignatureRecord,
        cms: &[u8],
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<SignatureState, GatewayError> {
        let place = (&record.terminal, record.session);
        let document = self.signable(place, record.purpose, record.loan, &record.document_sha256)?;
        let iin = self.iin_of(record, now)?;
        let (Some(document), Some(iin)) = (document, iin) else {
            let why = Refused::new("notOffered", SignatureRefusal::NotOffered, now);
            return Ok(SignatureState::Refused(why));
        };
        Ok(match self.judge_signature(eds, cms, &document.bytes, &iin, record.asked, now)? {
            Ok(found) => SignatureState::Accepted(Box::new(
                self.keep_signature(signature, record, cms, &found, now, changes)?,
            )),
            Err(why) => SignatureState::Refused(why),
        })
    }

    fn iin_of(
        &self,
        record: &SignatureRecord,
        now: UtcMillis,
    ) -> Result<Option<senim_domain::iin::Iin>, GatewayError> {
        let (terminal, attachment) = (&record.terminal, &record.iin_attachment);
        let plain = self.open_sealed(terminal, attachment, Purpose::Signature, record.op_id, now)?;
        let entry = plain
            .and_then(|plain| senim_operation::attachment::RegistrationEntry::from_plaintext(&plain).ok());
        Ok(entry.and_then(|entry| senim_domain::iin::Iin::parse(entry.iin.expose()).ok()))
    }

    /// Acts on what waits now and gives the answers.
    fn settle_waiting(&self, terminal: &TerminalId, now: UtcMillis) -> Result<Vec<String>, GatewayError> {
        let lane = self.lane(terminal);
        let _turn = lane.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(record) = self.load_terminal(terminal)? else { return Ok(Vec::new()) };
        let mut waiting = Vec::new();
        for document in self.store.documents(Collection::Pending, &format!("{terminal}/"))? {
            let seq = store::parse::<Pending>(Collection::Pending, &document)?.value.seq;
            waiting.extend(self.operation_at(terminal, seq)?);
        }
        self.act_on_pending(terminal, &record.value, now)?;
        let answers = self.stored_answers(terminal, waiting.iter().map(String::as_str))?;
        Ok(answers.into_values().collect())
    }

    /// Nobody waits for the phone any more; the row that says so counts whenever it comes.
    pub(crate) fn signature_cancelled(
        &self,
        terminal: &TerminalId,
        body: &SignatureCancelled,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        let record = self.load_signature(body.signature)?;
        let own = record.filter(|record| record.value.terminal == *terminal);
        if let (Some(record), Ok(eds)) = (own, self.connectors.eds()) {
            self.drop_signature(eds, body.signature, record, &body.reason, now, changes)?;
        }
        Ok(())
    }

    /// Gives up the signature that a visit waits for, if it does.
    pub(super) fn give_up(
        &self,
        terminal: &TerminalId,
        session: SessionId,
        reason: &str,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        let key = open_key(terminal, session);
        let open = store::load::<OpenSignature>(self.store.as_ref(), Collection::OpenSignature, &key)?;
        let Some(signature) = open.map(|open| open.value.signature) else { return Ok(()) };
        if let (Some(record), Ok(eds)) = (self.load_signature(signature)?, self.connectors.eds()) {
            self.drop_signature(eds, signature, record, reason, now, changes)?;
        }
        Ok(())
    }

    fn drop_signature(
        &self,
        eds: &Eds,
        signature: SignatureId,
        mut record: Versioned<SignatureRecord>,
        reason: &str,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        let SignatureState::Open { operation, .. } = &record.value.state else { return Ok(()) };
        if let Err(error) = eds.signing.cancel(signature, operation) {
            tracing::warn!(%error, "code for signing not given up");
        }
        let state = match eds.signing.state(signature, operation) {
            Ok(SigningState::Signed(cms)) => {
                tracing::info!(%signature, "signature came when nobody waited any more; dropped");
                SignatureState::Dropped { cms_sha256: name_of(cms.expose()), at: now }
            }
            Ok(_) | Err(_) => SignatureState::Cancelled { reason: reason.to_owned(), at: now },
        };
        let expect = record.expect();
        record.value.state = state;
        changes.push(store::put(Collection::Signature, &signature.to_string(), expect, &record.value)?);
        let key = open_key(&record.value.terminal, record.value.session);
        changes.push(store::remove(Collection::OpenSignature, &key));
        Ok(())
    }
}

/// Another process asked at the same time and has written the end already.
pub(crate) fn unless_somebody_else_did(committed: Result<(), StoreError>) -> Result<(), GatewayError> {
    match committed {
        Ok(()) | Err(StoreError::Conflict(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
