//! Rows: each effect that makes something durable is made here.

use senim_domain::secret::SecretBytes;
use senim_domain::{OperationId, SessionId};
use senim_operation::body::{AnswerReceived, BooksContradicted};
use senim_operation::message::Message;
use senim_operation::{Body, Draft};

use super::{Session, Step};
use crate::durable::DurableState;
use crate::effect::{CashCommand, Effect, Record};

impl Session {
    pub(super) fn record(&self, step: &mut Step<'_>, body: impl Into<Body>) -> OperationId {
        self.record_in(step, self.session_id(), body, None, None)
    }

    pub(super) fn record_sealed(
        &self,
        step: &mut Step<'_>,
        body: impl Into<Body>,
        attachment: SecretBytes,
    ) -> OperationId {
        self.record_in(step, self.session_id(), body, None, Some(attachment))
    }

    /// A row that changes what a restart begins with.
    pub(super) fn record_durable(&self, step: &mut Step<'_>, body: impl Into<Body>) -> OperationId {
        self.record_in(step, self.session_id(), body, Some(Box::new(self.durable.clone())), None)
    }

    pub(super) fn record_in(
        &self,
        step: &mut Step<'_>,
        session: Option<SessionId>,
        body: impl Into<Body>,
        durable: Option<Box<DurableState>>,
        attachment: Option<SecretBytes>,
    ) -> OperationId {
        let op_id = OperationId(step.ids.next(&step.now));
        let draft = Draft { body: body.into(), session, attachment };
        step.effects.push(Effect::Record(Record { op_id, draft, durable, directive: None, then: None }));
        op_id
    }

    /// A row of the open payout, with what it lets move.
    pub(super) fn record_cash(
        &mut self,
        step: &mut Step<'_>,
        body: impl Into<Body>,
        then: Option<CashCommand>,
    ) -> OperationId {
        let op_id = OperationId(step.ids.next(&step.now));
        if then.is_some() {
            self.cash_row = Some(op_id);
        }
        let cash_in = self.durable.cash_in.as_ref().map(|open| open.session);
        let session = self.durable.open.as_ref().map(|open| open.session).or(cash_in).or(self.session_id());
        let draft = Draft { body: body.into(), session, attachment: None };
        let durable = Some(Box::new(self.durable.clone()));
        step.effects.push(Effect::Record(Record { op_id, draft, durable, directive: None, then }));
        op_id
    }

    pub(super) fn received(&self, step: &mut Step<'_>, message: &Message) {
        self.record(
            step,
            AnswerReceived {
                message_id: message.envelope.message_id,
                kind: message.envelope.kind.clone(),
                sha256: message.sha256.clone(),
            },
        );
    }

    pub(super) fn contradicted(&self, step: &mut Step<'_>, detail: String) {
        let request = self.durable.open.as_ref().map(|open| open.request);
        self.record(step, BooksContradicted { request, detail });
    }
}
