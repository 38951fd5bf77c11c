//! Acting on rows: once per operation, answer stored before it is sent.
//!
//! Decides which rows call for action, in which order and what happens when the action is interrupted. The decisions
//! themselves are in `login`, `application`, `drafting`, `agreement` and `payout`.

use std::collections::{BTreeMap, BTreeSet};

use senim_domain::{MessageId, SecretBytes, SessionId, TerminalId, UtcMillis};
use senim_operation::body::ConsentSubject;
use senim_operation::message::{Address, MessageBody};
use senim_operation::{Body, Envelope, Row};

use crate::content_keys::Owner;
use crate::entropy::uuid;
use crate::error::GatewayError;
use crate::openings::Purpose;
use crate::records::{Answer, Pending, Session, TerminalRecord};
use crate::store::{self, Change, Collection, Expect, StoreError, StoredRow, Versioned};
use crate::vault::VaultError;
use crate::{Gateway, numbered};

/// How often a decision is made anew because another terminal's decision about the same loan came between.
const ATTEMPTS: u32 = 4;

/// Pending rows that are fetched together.
const ROWS_AT_ONCE: usize = 64;

/// A row to be acted on, with what decides whether it still is.
struct Due {
    record: TerminalRecord,
    row: StoredRow,
    /// Whether it was acted on already.
    answered: bool,
    /// Whether the chain has brought it; else it was seen ahead.
    in_chain: bool,
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
    pub(crate) fn act_on_pending(
        &self,
        terminal: &TerminalId,
        record: &TerminalRecord,
        now: UtcMillis,
    ) -> Result<(), GatewayError> {
        let mut seqs = Vec::new();
        for document in self.store.documents(Collection::Pending, &format!("{terminal}/"))? {
            seqs.push(store::parse::<Pending>(Collection::Pending, &document)?.value.seq);
        }
        let mut rows = self.pending_rows(terminal, &seqs)?;
        let ahead = self.add_rows_ahead(terminal, &seqs, &mut rows)?;
        let keys: Vec<String> = rows.values().map(|row| format!("{terminal}/{}", row.op_id)).collect();
        let answers = self.store.documents_named(Collection::Answer, &keys)?;
        let answered: BTreeSet<String> = answers.into_iter().map(|answer| answer.key).collect();
        let mut record = record.clone();
        for seq in &seqs {
            let row =
                rows.remove(seq).ok_or_else(|| StoreError::Corrupt(format!("row {seq} of {terminal}")))?;
            let answered = answered.contains(&format!("{terminal}/{}", row.op_id));
            let obeyed = row.kind == "RewindObeyed";
            self.act_until_settled(
                terminal,
                Due { record: record.clone(), row, answered, in_chain: !ahead.contains(seq) },
                now,
            )?;
            // What follows it is the present.
            if obeyed && let Some(changed) = self.load_terminal(terminal)? {
                record = changed.value;
            }
        }
        Ok(())
    }

    /// Rows of these numbers, which rise: those near each other with one question.
    fn pending_rows(
        &self,
        terminal: &TerminalId,
        seqs: &[u64],
    ) -> Result<BTreeMap<u64, StoredRow>, StoreError> {
        let mut rows = BTreeMap::new();
        for seq in seqs {
            if !rows.contains_key(seq) {
                let found = self.store.rows(terminal, *seq, ROWS_AT_ONCE)?;
                rows.extend(
                    found.into_iter().filter(|row| seqs.contains(&row.seq)).map(|row| (row.seq, row)),
                );
            }
        }
        Ok(rows)
    }

    /// The operation of a row, in the chain or seen ahead of it.
    pub(crate) fn operation_at(&self, terminal: &TerminalId, seq: u64) -> Result<Option<String>, StoreError> {
        let mut rows = self.pending_rows(terminal, &[seq])?;
        self.add_rows_ahead(terminal, &[seq], &mut rows)?;
        Ok(rows.remove(&seq).map(|row| row.op_id))
    }

    /// The stored answer to an operation, as it was sent or should have been.
    pub(crate) fn stored_answer(
        &self,
        terminal: &TerminalId,
        op_id: &str,
    ) -> Result<Option<String>, GatewayError> {
        Ok(self.stored_answers(terminal, [op_id])?.remove(op_id))
    }

    /// Those of the stored answers to these operations that say something, by operation.
    pub(crate) fn stored_answers<'a>(
        &self,
        terminal: &TerminalId,
        op_ids: impl IntoIterator<Item = &'a str>,
    ) -> Result<BTreeMap<String, String>, GatewayError> {
        let keys: Vec<String> = op_ids.into_iter().map(|op_id| format!("{terminal}/{op_id}")).collect();
        let mut answers = BTreeMap::new();
        for document in self.store.documents_named(Collection::Answer, &keys)? {
            let answer: Answer = store::parse(Collection::Answer, &document)?.value;
            let op_id = document.key.split_once('/').map(|(_, op_id)| op_id.to_owned());
            if let (Some(op_id), Some(sealed), Some(session)) = (op_id, answer.sealed, answer.session) {
                let Some(key) = self.content_key(&Owner::visit(terminal, session))? else { continue };
                // The visit ended, its key went, and another gateway that had not heard of it made one anew.
                let opened = match key.open(&place(&document.key), &sealed) {
                    Err(VaultError::NotAuthentic) => {
                        tracing::warn!(%terminal, answer = %document.key, "an answer lies under no key that is there");
                        continue;
                    }
                    opened => opened?,
                };
                let text = String::from_utf8(opened.expose().to_vec());
                answers.insert(op_id, text.map_err(|_| VaultError::NotAuthentic)?);
            }
        }
        Ok(answers)
    }

    fn act_until_settled(
        &self,
        terminal: &TerminalId,
        mut due: Due,
        now: UtcMillis,
    ) -> Result<(), GatewayError> {
        for _ in 1..ATTEMPTS {
            match self.act_on(terminal, &due, now) {
                Err(GatewayError::Store(StoreError::Conflict(_))) => due = self.look_again(terminal, due)?,
                settled => return settled,
            }
        }
        self.act_on(terminal, &due, now)
    }

    /// What is known of a row now that somebody else has changed something that belongs to it.
    fn look_again(&self, terminal: &TerminalId, due: Due) -> Result<Due, GatewayError> {
        let missing = || StoreError::Corrupt(format!("terminal {terminal}"));
        let record = self.load_terminal(terminal)?.ok_or_else(missing)?.value;
        let answer = format!("{terminal}/{}", due.row.op_id);
        let answered = self.store.document(Collection::Answer, &answer)?.is_some();
        Ok(Due { record, answered, ..due })
    }

    /// A visit of which nothing is kept: its first operation, or one that ended meanwhile at another gateway, which took record
    /// and key with it. Neither must be made anew.
    fn begin_visit(
        &self,
        terminal: &TerminalId,
        session: SessionId,
        key: &str,
    ) -> Result<Versioned<Session>, GatewayError> {
        let open = self.load_terminal(terminal)?.and_then(|record| record.value.visit());
        if open != Some(session) {
            return Err(StoreError::Conflict(key.to_owned()).into());
        }
        Ok(Versioned { revision: 0, value: Session::default() })
    }

    fn act_on(&self, terminal: &TerminalId, due: &Due, now: UtcMillis) -> Result<(), GatewayError> {
        let Due { record, row, answered, in_chain } = due;
        let seq = row.seq;
        let pending = numbered(terminal, seq);
        if *answered {
            return Ok(self.store.commit(&[store::remove(Collection::Pending, &pending)])?);
        }
        let missing = || StoreError::Corrupt(format!("row {seq} of {terminal}"));
        let row = Row::read(row.compact.clone()).map_err(|_| missing())?;
        let answer_key = format!("{terminal}/{}", row.envelope.op_id);
        let Some(body) = row.envelope.body().ok().flatten() else { return Err(missing().into()) };
        if !in_chain && (!crate::ahead::acts_ahead(&body) || record.is_history(seq)) {
            // Leave to pay is given only when the chain is here up to and including its request.
            return Ok(());
        }
        let open = row.envelope.session.filter(|session| record.visit() == Some(*session));
        let state_code = matches!(body, Body::AccessCodeSubmitted(_)).then_some(row.envelope.sealed.as_ref());
        let mut changes = Vec::new();
        let mut sealed = None;
        if record.is_history(seq)
            && matches!(self.remember(terminal, &row.envelope, &body, now, &mut changes)?, Acted::Waits)
        {
            return Ok(());
        }
        match (body, open) {
            // Cash that moved is a fact, whatever became of the visit.
            (Body::PayoutEnded(ended), _) => {
                self.payout_ended(terminal, &row.envelope, &ended, now, &mut changes)?;
            }
            (Body::SignatureCancelled(cancelled), _) => {
                self.signature_cancelled(terminal, &cancelled, now, &mut changes)?;
            }
            (Body::PayoutSettled(settled), _) => self.settlement_booked(&settled, now, &mut changes)?,
            (Body::PayoutCounted(counted), _) => {
                self.payout_counted(terminal, seq, &counted, now, &mut changes)?;
            }
            (Body::RewindObeyed(obeyed), _) => {
                let record = self.load_terminal(terminal)?.ok_or_else(missing)?;
                self.rewind_obeyed(terminal, record, &obeyed, seq, now, &mut changes)?;
            }
            (Body::RepaymentBegun(begun), _) => {
                self.repayment_begun(terminal, &row.envelope, &begun, &mut changes)?;
            }
            // What the client takes back is taken back, whenever it comes to be known.
            (Body::LoanCancelled(cancelled), open) if open.is_none() || record.is_history(seq) => {
                let op_id = row.envelope.op_id;
                let answer = self.cancel_waiting(terminal, op_id, &cancelled, now, &mut changes)?;
                tracing::info!(%terminal, loan = %cancelled.loan, ?answer, "a loan is cancelled after its visit");
            }
            // Money that came in is a fact too. Entering it again changes nothing, so history is entered like the present.
            (Body::RepaymentEnded(ended), open) if open.is_none() || record.is_history(seq) => {
                let entered = self.repayment_ended(terminal, &row.envelope, &ended, now, &mut changes)?;
                if entered.is_none() {
                    return Ok(());
                }
            }
            (Body::NoteFoundLate(found), _) => {
                let acted = self.note_found_late(terminal, &row.envelope, &found, now, &mut changes)?;
                if matches!(acted, Acted::Waits) {
                    return Ok(());
                }
            }
            (_, None) => {
                tracing::info!(%terminal, seq, "row of an ended session is not acted on");
            }
            (body, Some(session_id)) => {
                let session_key = format!("{terminal}/{session_id}");
                let session = match store::load(self.store.as_ref(), Collection::Session, &session_key)? {
                    Some(session) => session,
                    None => self.begin_visit(terminal, session_id, &session_key)?,
                };
                let expect = session.expect();
                let mut act = Act {
                    gateway: self,
                    terminal,
                    record,
                    envelope: &row.envelope,
                    row_sha256: &row.hash,
                    session_id,
                    session: session.value,
                    message_id: MessageId(uuid(self.entropy.as_ref(), now)?),
                    now,
                    changes: Vec::new(),
                };
                let history = record.is_history(seq);
                let said = body.clone();
                let acted = if history { Act::refuse_now(&body) } else { act.decide(body)? };
                let Acted::Done(reply) = acted else { return Ok(()) };
                if !history {
                    act.remember_unfinished(&said, reply.as_ref())?;
                }
                if let Some(reply) = reply {
                    act.session.answers.push(row.envelope.op_id);
                    sealed = Some(act.seal(&reply, &answer_key)?);
                }
                if let Some(client) = act.session.client {
                    self.bind_visit(terminal, session_id, client, now, &mut act.changes)?;
                }
                changes.append(&mut act.changes);
                changes.push(store::put(Collection::Session, &session_key, expect, &act.session)?);
            }
        }
        changes.push(store::put(
            Collection::Answer,
            &answer_key,
            Expect::Absent,
            &Answer { sealed, session: open, told: None },
        )?);
        changes.push(store::remove(Collection::Pending, &pending));
        self.store.commit(&changes)?;
        if let Some(sealed) = state_code.flatten() {
            self.forget_code_copy(terminal, &sealed.sha256, now)?;
        }
        self.report_committed(&changes, now)
    }
}

impl Act<'_> {
    fn decide(&mut self, body: Body) -> Result<Acted, GatewayError> {
        let done = |reply| Ok(Acted::Done(Some(reply)));
        if let Some(reply) = self.stands_in_the_way(&body)? {
            return done(reply);
        }
        match body {
            Body::LoginRequested(_) => self.with_attachment(|act, sha256| act.login_requested(sha256)),
            Body::LoginCodeSubmitted(body) => {
                self.with_attachment(|act, sha256| act.login_code_submitted(&body, sha256))
            }
            Body::FaceCaptured(body) => self.with_attachment(|act, sha256| act.face_captured(&body, sha256)),
            // The answers may still be on their way; what they say counts for the decision.
            Body::ApplicationSubmitted(_) if !self.answers_are_here()? => Ok(Acted::Waits),
            Body::ApplicationSubmitted(body) => done(self.application_submitted(&body)?),
            Body::QuestionsAnswered(body) => {
                self.questions_answered(body);
                Ok(Acted::Done(None))
            }
            Body::TextAcknowledged(body) => {
                self.text_acknowledged(&body)?;
                Ok(Acted::Done(None))
            }
            Body::PressureAnswered(body) => {
                self.pressure_answered(&body)?;
                Ok(Acted::Done(None))
            }
            Body::UnfinishedDecided(body) => {
                self.unfinished_decided(&body)?;
                Ok(Acted::Done(None))
            }
            Body::RegistrationRequested(body) => {
                self.with_attachment(|act, sha256| act.registration_requested(&body, sha256))
            }
            Body::ConsentDecided(body) => {
                match body.subject {
                    ConsentSubject::Registration(id) => self.consent_decided(id, &body)?,
                    ConsentSubject::Client(client) => self.client_consented(client, &body)?,
                }
                Ok(Acted::Done(None))
            }
            Body::AccessRequested(body) => done(self.access_requested(&body)?),
            Body::AccessCodeSubmitted(body) => {
                self.with_attachment(|act, sha256| act.access_code_submitted(&body, sha256))
            }
            Body::AccessAnswerAsked(body) => done(self.access_answer_asked(&body)?),
            Body::IdentificationSubmitted(body) => Ok(Acted::Done(self.identification_submitted(&body)?)),
            Body::PhoneSubmitted(body) => {
                self.with_attachment(|act, sha256| act.phone_submitted(&body, sha256))
            }
            Body::RegistrationCodeSubmitted(body) => {
                self.with_attachment(|act, sha256| act.registration_code_submitted(&body, sha256))
            }
            Body::RegistrationConcluded(body) => done(self.registration_concluded(&body)?),
            Body::PinSubmitted(body) => self.with_attachment(|act, sha256| act.pin_submitted(&body, sha256)),
            Body::LoginCodeWanted(body) => done(self.login_code_wanted(&body)?),
            Body::LoginPinSubmitted(body) => {
                self.with_attachment(|act, sha256| act.login_pin_submitted(&body, sha256))
            }
            Body::ContactChangeRequested(body) => {
                self.with_attachment(|act, sha256| act.contact_change_requested(&body, sha256))
            }
            Body::ContactCodeSubmitted(body) => {
                self.with_attachment(|act, sha256| act.contact_code_submitted(&body, sha256))
            }
            Body::ContactChangeConcluded(body) => done(self.contact_change_concluded(&body)?),
            Body::LoginCardShown(body) => {
                self.with_attachment(|act, sha256| act.login_card_shown(&body, sha256))
            }
            Body::CardBindingRequested(body) => {
                self.with_attachment(|act, sha256| act.card_binding_requested(&body, sha256))
            }
            Body::CardProofSubmitted(body) => {
                self.with_attachment(|act, sha256| act.card_proof_submitted(&body, sha256))
            }
            Body::CardUnbindingRequested(body) => done(self.card_unbinding_requested(&body)?),
            Body::CardSignatureRequested(body) => {
                self.with_attachment(|act, sha256| act.card_signature_requested(&body, sha256))
            }
            Body::CardNotUsed(body) => {
                self.card_not_used(&body)?;
                Ok(Acted::Done(None))
            }
            Body::MethodChosen(body) => done(self.method_chosen(&body)?),
            Body::ContractAgreed(body) => done(self.contract_agreed(&body)?),
            Body::PayoutRequested(body) => done(self.payout_requested(&body)?),
            Body::RemainderClaimed(body) => done(self.remainder_claimed(&body)?),
            Body::PayoutWaysRequested(body) => done(self.payout_ways_requested(&body)?),
            Body::PayoutAccountSubmitted(body) => {
                self.with_attachment(|act, sha256| act.payout_account_submitted(&body, sha256))
            }
            Body::PayoutWayChosen(body) => self.way_chosen(&body),
            Body::ChangesRequested(body) => done(self.changes_requested(&body)?),
            Body::SupplementRequested(body) => done(self.supplement_requested(&body)?),
            Body::SupplementAgreed(body) => done(self.supplement_agreed(&body)?),
            Body::SupplementDeclined(body) => done(self.supplement_declined(&body)?),
            Body::RefundChosen(body) if self.envelope.sealed.is_none() => {
                done(self.refund_chosen(&body, None)?)
            }
            Body::RefundChosen(body) => {
                self.with_attachment(|act, sha256| act.refund_chosen(&body, Some(sha256)))
            }
            Body::RestructuringRequested(body) => {
                self.with_attachment(|act, sha256| act.restructuring_requested(&body, sha256))
            }
            Body::TransferRequested(body) => done(self.transfer_requested(&body)?),
            Body::SignatureRequested(body) => done(self.signature_requested(&body)?),
            Body::SignatureAwaited(body) => self.signature_awaited(&body),
            Body::CardSignatureMade(body) => {
                self.with_attachment(|act, sha256| act.card_signature_made(&body, sha256))
            }
            Body::MeasureRequested(body) => done(self.measure_requested(&body)?),
            Body::CheckCallAsked(body) => done(self.check_call_asked(&body)?),
            Body::FurtherStepAcknowledged(body) => {
                self.further_step_acknowledged(&body)?;
                Ok(Acted::Done(None))
            }
            Body::LivenessRequested(body) => done(self.liveness_requested(&body)?),
            Body::LivenessPerformed(body) => {
                self.with_attachment(|act, sha256| act.liveness_performed(&body, sha256))
            }
            Body::LivenessAwaited(body) => self.liveness_awaited(&body),
            Body::ConfirmationRequested(body) => done(self.confirmation_requested(&body)?),
            Body::LoanConfirmed(body) => done(self.loan_confirmed(&body)?),
            Body::LoanCancelled(body) => done(self.loan_cancelled(&body)?),
            Body::DebtRequested(body) => done(self.debt_requested(&body)),
            Body::ContractNumberSubmitted(_) => {
                self.with_attachment(|act, sha256| act.number_submitted(sha256))
            }
            Body::RepaymentEnded(body) => self.repayment_ended(&body),
            Body::CabinetRequested(body) => done(self.cabinet_requested(&body)?),
            Body::CabinetLetterSubmitted(body) => {
                self.with_attachment(|act, sha256| act.letter_submitted(&body, sha256))
            }
            Body::DocumentShown(body) => {
                self.document_shown(body);
                Ok(Acted::Done(None))
            }
            Body::SignatureCancelled(_)
            | Body::PayoutEnded(_)
            | Body::RewindObeyed(_)
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
            | Body::ExchangeStarted(_)
            | Body::ExchangeRefused(_)
            | Body::ExchangeAbandoned(_)
            | Body::ExchangeCounted(_)
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
            | Body::PayoutSettled(_)
            | Body::PayoutCounted(_)
            | Body::PathCleared(_)
            | Body::NoteEscrowed(_)
            | Body::NoteStacked(_)
            | Body::NoteReturned(_)
            | Body::NoteInDoubt(_)
            | Body::RepaymentReceiptPrinted(_)
            | Body::StackerCollected(_)
            | Body::SlipPrinted(_)
            | Body::RepaymentBegun(_)
            | Body::NoteFoundLate(_)
            | Body::CommandCarriedOut(_)
            | Body::CardLeftBehind(_)
            | Body::ServiceModeOpened(_)
            | Body::ServiceModeClosed(_)
            | Body::ServiceCardRefused(_)
            | Body::EnrolmentTried(_)
            | Body::DeviceTestBegun(_)
            | Body::DeviceTestEnded(_)
            | Body::JournalExported(_)
            | Body::TouchCalibrated(_)
            | Body::PayoutRetracted(_) => Ok(Acted::Done(None)),
        }
    }

    /// What is past is not answered again; but who waits for cash is told at once that there is none now.
    fn refuse_now(body: &Body) -> Acted {
        match body {
            Body::PayoutRequested(body) => Acted::Done(Some(MessageBody::PayoutRefused {
                request: body.request,
                reason: "restoring".to_owned(),
            })),
            _ => Acted::Done(None),
        }
    }

    /// Goes on once the row's attachment is here; a row that should have one and has none is not answered.
    pub(crate) fn with_attachment(
        &mut self,
        go_on: impl FnOnce(&mut Self, &str) -> Result<MessageBody, GatewayError>,
    ) -> Result<Acted, GatewayError> {
        let Some(sealed) = &self.envelope.sealed else {
            tracing::warn!(terminal = %self.terminal, seq = self.envelope.seq, "row lacks its sealed part");
            return Ok(Acted::Done(None));
        };
        let sha256 = sealed.sha256.clone();
        if self.gateway.attachment_here(self.terminal, &sha256)?.is_none() {
            return Ok(Acted::Waits);
        }
        go_on(self, &sha256).map(|reply| Acted::Done(Some(reply)))
    }

    /// Opens an attachment of the row, or of an earlier row of this visit.
    pub(crate) fn open_sealed(
        &self,
        sha256: &str,
        purpose: Purpose,
    ) -> Result<Option<SecretBytes>, GatewayError> {
        self.gateway.open_sealed(self.terminal, sha256, purpose, self.envelope.op_id, self.now)
    }

    fn seal(&mut self, reply: &MessageBody, answer_key: &str) -> Result<String, GatewayError> {
        let address = Address {
            message_id: self.message_id,
            terminal: self.terminal.clone(),
            session: Some(self.session_id),
            in_reply_to: Some(self.envelope.op_id),
            at: self.now,
        };
        let compact = self.gateway.keys.message(&address, reply)?;
        let visit = Owner::visit(self.terminal, self.session_id);
        let key = self.gateway.content_key_for_new(&visit, &mut self.changes)?;
        Ok(key.seal(&place(answer_key), compact.as_bytes(), self.gateway.entropy.as_ref())?)
    }
}

fn place(answer_key: &str) -> String {
    format!("answer/{answer_key}")
}
