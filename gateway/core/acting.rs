//! Acting on rows: once per operation, answer stored before it is sent.
//!
//! Decides which rows call for action, in which order and what happens when the action is interrupted. The decisions
//! themselves are in `login`, `application`, `agreement` and `payout`.

use senim_domain::{MessageId, SessionId, TerminalId, UtcMillis};
use senim_operation::message::{Address, MessageBody};
use senim_operation::{Body, Envelope, Row};

use crate::entropy::uuid;
use crate::error::GatewayError;
use crate::records::{Answer, Pending, Session, TerminalRecord};
use crate::store::{self, Change, Collection, Expect, StoreError, Versioned};
use crate::{Gateway, numbered};

/// How often a decision is made anew because another terminal's decision about the same loan came between.
const ATTEMPTS: u32 = 4;

/// Whether somebody has to do something because of this row.
pub(crate) const fn calls_for_action(body: &Body) -> bool {
    match body {
        Body::LoginRequested(_)
        | Body::LoginCodeSubmitted(_)
        | Body::ApplicationSubmitted(_)
        | Body::MethodChosen(_)
        | Body::DocumentShown(_)
        | Body::FaceCaptured(_)
        | Body::ContractAgreed(_)
        | Body::PayoutRequested(_)
        | Body::PayoutEnded(_) => true,
        Body::KeyEpoch(_)
        | Body::TerminalStarted(_)
        | Body::TerminalStopped(_)
        | Body::DirectiveStored(_)
        | Body::DirectiveRefused(_)
        | Body::AnswerReceived(_)
        | Body::ServiceChanged(_)
        | Body::SessionOpened(_)
        | Body::SessionClosed(_)
        | Body::PayoutIntended(_)
        | Body::PayoutArmed(_)
        | Body::PayoutOutcome(_)
        | Body::ReceiptPrinted(_)
        | Body::CashExchange(_)
        | Body::CashCountAdjusted(_)
        | Body::CashServiceChanged(_)
        | Body::DeviceChanged(_)
        | Body::BooksContradicted(_)
        | Body::UplinkChanged(_)
        | Body::PowerChanged(_)
        | Body::CabinetChanged(_)
        | Body::NoteFound(_)
        | Body::TestDispenseIntended(_)
        | Body::TestDispenseEnded(_)
        | Body::PayoutPresented(_)
        | Body::PayoutTaken(_)
        | Body::PayoutRetractIntended(_)
        | Body::PayoutRetracted(_) => false,
    }
}

/// One row being acted on.
pub(crate) struct Act<'a> {
    /// The MFO.
    pub gateway: &'a Gateway,
    /// Whose row.
    pub terminal: &'a TerminalId,
    /// What is kept of it.
    pub record: &'a TerminalRecord,
    /// The row's payload.
    pub envelope: &'a Envelope,
    /// The row's hash.
    pub row_sha256: &'a str,
    /// The open visit that the row belongs to.
    pub session_id: SessionId,
    /// What is known of it; written back with the answer.
    pub session: Session,
    /// Identity of the answer, should there be one.
    pub message_id: MessageId,
    /// Now.
    pub now: UtcMillis,
    /// What else changes together with the answer.
    pub changes: Vec<Change>,
}

/// What acting on a row came to.
pub(crate) enum Acted {
    /// Done; perhaps there is something to say.
    Done(Option<MessageBody>),
    /// Its attachment is not here yet.
    Waits,
}

impl Gateway {
    /// Acts on every row of a terminal that calls for it and has not been acted on, in order.
    pub(crate) fn act_on_pending(&self, terminal: &TerminalId, now: UtcMillis) -> Result<(), GatewayError> {
        let waiting = self.store.documents(Collection::Pending, &format!("{terminal}/"))?;
        let any = !waiting.is_empty();
        for document in waiting {
            let pending: Pending = store::parse(Collection::Pending, &document)?.value;
            self.act_until_settled(terminal, pending.seq, now)?;
        }
        if any {
            self.flush_outbox(now)?;
        }
        Ok(())
    }

    /// The stored answer to an operation, as it was sent or should have been.
    pub(crate) fn stored_answer(
        &self,
        terminal: &TerminalId,
        op_id: &str,
    ) -> Result<Option<String>, GatewayError> {
        let key = format!("{terminal}/{op_id}");
        let answer = store::load::<Answer>(self.store.as_ref(), Collection::Answer, &key)?;
        match answer.and_then(|answer| answer.value.sealed) {
            Some(sealed) => Ok(Some(self.keys.vault.open(&place(&key), &sealed)?)),
            None => Ok(None),
        }
    }

    fn act_until_settled(&self, terminal: &TerminalId, seq: u64, now: UtcMillis) -> Result<(), GatewayError> {
        for _ in 1..ATTEMPTS {
            match self.act_on(terminal, seq, now) {
                Err(GatewayError::Store(StoreError::Conflict(_))) => {}
                settled => return settled,
            }
        }
        self.act_on(terminal, seq, now)
    }

    fn act_on(&self, terminal: &TerminalId, seq: u64, now: UtcMillis) -> Result<(), GatewayError> {
        let pending = numbered(terminal, seq);
        let missing = || StoreError::Corrupt(format!("row {seq} of {terminal}"));
        let (compact, in_chain) = self.row_anywhere(terminal, seq)?.ok_or_else(missing)?;
        let row = Row::read(compact).map_err(|_| missing())?;
        let record = self.load_terminal(terminal)?.ok_or_else(missing)?.value;
        let answer_key = format!("{terminal}/{}", row.envelope.op_id);
        if self.store.document(Collection::Answer, &answer_key)?.is_some() {
            return Ok(self.store.commit(&[store::remove(Collection::Pending, &pending)])?);
        }
        let Some(body) = row.envelope.body().ok().flatten() else { return Err(missing().into()) };
        if !in_chain && !crate::ahead::acts_ahead(&body) {
            // Leave to pay is given only when the chain is here up to and including its request.
            return Ok(());
        }
        let open = row.envelope.session.filter(|session| record.visit() == Some(*session));
        let mut changes = Vec::new();
        let mut sealed = None;
        match (body, open) {
            // Cash that moved is a fact, whatever became of the visit.
            (Body::PayoutEnded(ended), _) => self.payout_ended(terminal, &ended, now, &mut changes)?,
            (_, None) => {
                tracing::info!(%terminal, seq, "row of an ended session is not acted on");
            }
            (body, Some(session_id)) => {
                let session_key = format!("{terminal}/{session_id}");
                let session = store::load(self.store.as_ref(), Collection::Session, &session_key)?
                    .unwrap_or(Versioned { revision: 0, value: Session::default() });
                let expect = session.expect();
                let mut act = Act {
                    gateway: self,
                    terminal,
                    record: &record,
                    envelope: &row.envelope,
                    row_sha256: &row.hash,
                    session_id,
                    session: session.value,
                    message_id: MessageId(uuid(self.entropy.as_ref(), now)?),
                    now,
                    changes: Vec::new(),
                };
                let Acted::Done(reply) = act.decide(body)? else { return Ok(()) };
                if let Some(reply) = reply {
                    act.session.answers.push(row.envelope.op_id);
                    sealed = Some(act.seal(&reply, &answer_key)?);
                }
                changes.append(&mut act.changes);
                changes.push(store::put(Collection::Session, &session_key, expect, &act.session)?);
            }
        }
        changes.push(store::put(Collection::Answer, &answer_key, Expect::Absent, &Answer { sealed })?);
        changes.push(store::remove(Collection::Pending, &pending));
        Ok(self.store.commit(&changes)?)
    }
}

impl Act<'_> {
    fn decide(&mut self, body: Body) -> Result<Acted, GatewayError> {
        let done = |reply| Ok(Acted::Done(Some(reply)));
        match body {
            Body::LoginRequested(_) => self.with_attachment(|act, sha256| act.login_requested(sha256)),
            Body::LoginCodeSubmitted(body) => {
                self.with_attachment(|act, sha256| act.login_code_submitted(&body, sha256))
            }
            Body::FaceCaptured(body) => self.with_attachment(|act, sha256| act.face_captured(&body, sha256)),
            Body::ApplicationSubmitted(body) => done(self.application_submitted(&body)?),
            Body::ContractAgreed(body) => done(self.contract_agreed(&body)?),
            Body::PayoutRequested(body) => done(self.payout_requested(&body)?),
            Body::DocumentShown(body) => {
                self.session.shown.push((body.loan, body.sha256));
                Ok(Acted::Done(None))
            }
            Body::MethodChosen(_)
            | Body::PayoutEnded(_)
            | Body::KeyEpoch(_)
            | Body::TerminalStarted(_)
            | Body::TerminalStopped(_)
            | Body::DirectiveStored(_)
            | Body::DirectiveRefused(_)
            | Body::AnswerReceived(_)
            | Body::ServiceChanged(_)
            | Body::SessionOpened(_)
            | Body::SessionClosed(_)
            | Body::PayoutIntended(_)
            | Body::PayoutArmed(_)
            | Body::PayoutOutcome(_)
            | Body::ReceiptPrinted(_)
            | Body::CashExchange(_)
            | Body::CashCountAdjusted(_)
            | Body::CashServiceChanged(_)
            | Body::DeviceChanged(_)
            | Body::BooksContradicted(_)
            | Body::UplinkChanged(_)
            | Body::PowerChanged(_)
            | Body::CabinetChanged(_)
            | Body::NoteFound(_)
            | Body::TestDispenseIntended(_)
            | Body::TestDispenseEnded(_)
            | Body::PayoutPresented(_)
            | Body::PayoutTaken(_)
            | Body::PayoutRetractIntended(_)
            | Body::PayoutRetracted(_) => Ok(Acted::Done(None)),
        }
    }

    /// Goes on once the row's attachment is here; a row that should have one and has none is not answered.
    fn with_attachment(
        &mut self,
        go_on: impl FnOnce(&mut Self, &str) -> Result<MessageBody, GatewayError>,
    ) -> Result<Acted, GatewayError> {
        let Some(sealed) = &self.envelope.sealed else {
            tracing::warn!(terminal = %self.terminal, seq = self.envelope.seq, "row lacks its sealed part");
            return Ok(Acted::Done(None));
        };
        let sha256 = sealed.sha256.clone();
        if self.gateway.store.attachment(self.terminal, &sha256)?.is_none() {
            return Ok(Acted::Waits);
        }
        go_on(self, &sha256).map(|reply| Acted::Done(Some(reply)))
    }

    fn seal(&self, reply: &MessageBody, answer_key: &str) -> Result<String, GatewayError> {
        let address = Address {
            message_id: self.message_id,
            terminal: self.terminal.clone(),
            session: Some(self.session_id),
            in_reply_to: Some(self.envelope.op_id),
            at: self.now,
        };
        let compact = self.gateway.keys.message(&address, reply)?;
        Ok(self.gateway.keys.vault.seal(&place(answer_key), &compact, self.gateway.entropy.as_ref())?)
    }
}

fn place(answer_key: &str) -> String {
    format!("answer/{answer_key}")
}
