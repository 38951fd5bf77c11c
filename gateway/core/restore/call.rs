//! Calling one terminal to send its rows again, and taking its answer.

use std::sync::PoisonError;

use senim_domain::{MessageId, RewindId, TerminalId, UtcMillis};
use senim_operation::body::RewindObeyed;
use senim_operation::message::{Address, MessageBody};

use super::ATTEMPTS;
use crate::Gateway;
use crate::actor::Actor;
use crate::directives::{Sent, in_inbox};
use crate::entropy::uuid;
use crate::error::{GatewayError, Refusal};
use crate::records::{Obeyed, RewindCall, TerminalRecord};
use crate::store::{self, Change, Collection, StoreError, Versioned};

impl Gateway {
    /// The signed call that this terminal has not obeyed: goes with answers and refusals, since a terminal whose inbox
    /// was forgotten here may look for it in vain there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open_call(&self, terminal: &TerminalId) -> Result<Option<String>, StoreError> {
        Ok(self.load_terminal(terminal)?.and_then(|record| record.value.open_call().map(str::to_owned)))
    }

    /// Calls one terminal alone to send again what this store lacks: for one that holds acknowledged rows which it cannot
    /// prove by a cosigned note.
    ///
    /// # Errors
    /// [`Refusal::NotEnrolled`], or what [`GatewayError`] says.
    pub fn rewind(&self, terminal: &TerminalId, actor: &Actor, now: UtcMillis) -> Result<Sent, GatewayError> {
        let id = RewindId(uuid(self.entropy.as_ref(), now)?);
        let restore = self.restoring()?.map(|restoring| restoring.value.rewind);
        let mut sent = None;
        self.change_terminal(terminal, |record, changes| {
            let former = record.rewind.take().filter(|call| restore.is_some() && call.restore == restore);
            let (message_id, change) = self.call(terminal, record, id, restore, now)?;
            if let (Some(call), Some(former)) = (&mut record.rewind, former) {
                call.write_offs = former.write_offs;
                call.settled = former.settled;
            }
            sent = Some(message_id);
            changes.extend([change, self.act_record(actor, "rewind", terminal.as_str(), now)?]);
            Ok(())
        })?;
        let message_id = sent.ok_or_else(|| GatewayError::Internal("no call was written".into()))?;
        self.sent(terminal.clone(), message_id)
    }

    /// Calls the terminal, if this gateway is restoring and has not called it yet; `record` is up to date afterwards.
    pub(crate) fn call_if_restoring(
        &self,
        terminal: &TerminalId,
        record: &mut Versioned<TerminalRecord>,
        now: UtcMillis,
    ) -> Result<(), GatewayError> {
        let Some(restoring) = self.restoring()? else { return Ok(()) };
        let id = restoring.value.rewind;
        if record.value.rewind.as_ref().is_some_and(|call| call.restore == Some(id)) {
            return Ok(());
        }
        let expect = record.expect();
        let mut value = record.value.clone();
        let (_, change) = self.call(terminal, &mut value, id, Some(id), now)?;
        self.store.commit(&[store::put(Collection::Terminal, terminal.as_str(), expect, &value)?, change])?;
        *record = Versioned { revision: record.revision.saturating_add(1), value };
        Ok(())
    }

    /// The same for a terminal that only looks into its inbox.
    pub(crate) fn attend(&self, terminal: &TerminalId, now: UtcMillis) -> Result<(), GatewayError> {
        let record = self.load_terminal(terminal)?.ok_or(Refusal::NotEnrolled)?;
        let Some(restoring) = self.restoring()? else { return Ok(()) };
        let called = record.value.rewind.as_ref().and_then(|call| call.restore);
        if called == Some(restoring.value.rewind) {
            return Ok(());
        }
        let lane = self.lane(terminal);
        let _turn = lane.lock().unwrap_or_else(PoisonError::into_inner);
        let mut record = self.load_terminal(terminal)?.ok_or(Refusal::NotEnrolled)?;
        self.call_if_restoring(terminal, &mut record, now)
    }

    /// A terminal with a certificate of our CA that this store does not know: while restoring it is one that was enrolled
    /// after the back-up, and its rows count.
    pub(crate) fn reenter_forgotten(
        &self,
        terminal: &TerminalId,
        now: UtcMillis,
    ) -> Result<(), GatewayError> {
        if self.load_terminal(terminal)?.is_none() && self.is_restoring()? {
            tracing::error!(%terminal, "a terminal that was enrolled after the back-up; entered again, not active");
            let by = Actor::new("gateway", "it speaks, and was enrolled after the back-up")?;
            self.enrol(terminal, &by, now)?;
        }
        Ok(())
    }

    fn call(
        &self,
        terminal: &TerminalId,
        record: &mut TerminalRecord,
        rewind: RewindId,
        restore: Option<RewindId>,
        now: UtcMillis,
    ) -> Result<(MessageId, Change), GatewayError> {
        let from_seq = record.head.as_ref().map_or(0, |head| head.seq.saturating_add(1));
        let message_id = MessageId(uuid(self.entropy.as_ref(), now)?);
        let address =
            Address { message_id, terminal: terminal.clone(), session: None, in_reply_to: None, at: now };
        let jws = self.keys.message(&address, &MessageBody::Rewind { rewind, from_seq })?;
        record.rewind = Some(RewindCall {
            rewind,
            restore,
            from_seq,
            asked: now,
            message: Some(jws.clone()),
            obeyed: None,
            write_offs: Vec::new(),
            settled: None,
        });
        Ok((message_id, in_inbox(terminal, jws, now)))
    }

    /// Everything before this row is here by now: the terminal has answered.
    pub(crate) fn rewind_obeyed(
        &self,
        terminal: &TerminalId,
        mut record: Versioned<TerminalRecord>,
        body: &RewindObeyed,
        seq: u64,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        let expect = record.expect();
        let Some(call) = record.value.rewind.as_mut().filter(|call| call.rewind == body.rewind) else {
            tracing::info!(%terminal, seq, "an answer to an older call");
            return Ok(());
        };
        if call.obeyed.is_some() {
            return Ok(());
        }
        tracing::info!(%terminal, seq, from_seq = call.from_seq, "the terminal has sent everything again");
        call.obeyed = Some(Obeyed { at: now, seq });
        call.message = None;
        if call.settled.is_none() {
            call.settled = Some(now);
            let restore = call.restore;
            self.count_one_less(restore, now, changes)?;
        }
        changes.push(store::put(Collection::Terminal, terminal.as_str(), expect, &record.value)?);
        Ok(())
    }

    /// A change of a terminal's record that staff ask for, against whatever else writes it.
    pub(crate) fn change_terminal(
        &self,
        terminal: &TerminalId,
        mut change: impl FnMut(&mut TerminalRecord, &mut Vec<Change>) -> Result<(), GatewayError>,
    ) -> Result<TerminalRecord, GatewayError> {
        let lane = self.lane(terminal);
        let _turn = lane.lock().unwrap_or_else(PoisonError::into_inner);
        let mut attempts = 0;
        loop {
            let mut record = self.load_terminal(terminal)?.ok_or(Refusal::NotEnrolled)?;
            let expect = record.expect();
            let mut changes = Vec::new();
            change(&mut record.value, &mut changes)?;
            changes.push(store::put(Collection::Terminal, terminal.as_str(), expect, &record.value)?);
            match self.store.commit(&changes) {
                Ok(()) => return Ok(record.value),
                Err(StoreError::Conflict(_)) if attempts < ATTEMPTS => attempts += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }
}
