//! What the MFO's staff have a terminal do: put notes in doubt where a count found them, and carry out commands.
//!
//! Each is done once: identities are kept with the books, in the transaction of the row that says so. Nothing here moves
//! cash or ends a visit.

use senim_domain::cash::SettledNotes;
use senim_domain::time::ClockQuality;
use senim_domain::{LoanId, MessageId, OperationId, PayoutRequestId, SettlementId, UtcMillis};
use senim_operation::body::{CashServiceChanged, CommandCarriedOut, DirectiveStored, PayoutSettled};
use senim_operation::message::{Command, Message};
use senim_operation::{Body, Draft};

use super::{Session, Step};
use crate::bundle::UNCERTAIN;
use crate::durable::{ORDERS_STORED, PendingCommand, REMEMBERED, order_place};
use crate::effect::{Effect, Record};

/// Why an orderly stop was asked for, as a code.
const COMMAND: &str = "command";
/// Longest reason of a command.
const MAX_REASON: usize = 200;

/// A settlement as the MFO sent it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settlement<'a> {
    pub settlement: SettlementId,
    pub request: PayoutRequestId,
    pub loan: LoanId,
    pub notes: &'a [SettledNotes],
}

impl Session {
    /// Why a settlement cannot be carried out; the books stay as they are.
    pub(super) fn settlement_fault(&self, of: Settlement<'_>) -> Option<&'static str> {
        if self.durable.settled.contains(&of.settlement) {
            Some("carriedOutAlready")
        } else if self.durable.open.as_ref().is_some_and(|open| open.request == of.request) {
            Some("payoutOpen")
        } else if self.durable.books.clone().settle(of.notes).is_err() {
            Some("booksDiffer")
        } else {
            None
        }
    }

    /// Books what was found, in one row with the message itself; cash service that stopped for doubt alone is allowed
    /// again once no note is in doubt.
    pub(super) fn settle_doubt(&mut self, step: &mut Step<'_>, message: &Message, of: Settlement<'_>) {
        if let Err(fault) = self.durable.books.settle(of.notes) {
            self.contradicted(step, fault.to_string());
            return;
        }
        self.durable.doubts.retain(|doubt| doubt.request != of.request);
        self.durable.settled.push(of.settlement);
        let surplus = self.durable.settled.len().saturating_sub(REMEMBERED);
        self.durable.settled.drain(..surplus);
        let stopped_for_doubt = self.durable.stopped.as_deref() == Some(UNCERTAIN);
        let resumes = stopped_for_doubt && self.durable.books.in_doubt() == 0;
        if resumes {
            self.durable.stopped = None;
        }
        let body = PayoutSettled {
            settlement: of.settlement,
            message_id: message.envelope.message_id,
            message_sha256: message.sha256.clone(),
            request: of.request,
            loan: of.loan,
            notes: of.notes.to_vec(),
            books_after: self.durable.books.clone(),
        };
        self.record_directive(step, message, body);
        self.renew_service_home(step);
        if resumes {
            let resumed = CashServiceChanged { available: true, cause: "settled".to_owned() };
            self.record_in(step, None, resumed, Some(Box::new(self.durable.clone())), None);
            self.devices_due = step.now.mono;
        }
    }

    /// Why a command is not taken.
    pub(super) fn command_fault(
        &self,
        message: MessageId,
        command: &Command,
        expires: UtcMillis,
        now: UtcMillis,
    ) -> Option<&'static str> {
        let waits = self.durable.commands.iter().any(|pending| pending.message_id == message);
        if waits || self.durable.obeyed.contains(&message) {
            Some("carriedOutAlready")
        } else if now > expires {
            Some("expired")
        } else if self.durable.commands.len() >= REMEMBERED {
            Some("tooMany")
        } else {
            match command {
                Command::OutOfService { reason } if !readable(reason) => Some("invalid"),
                Command::OutOfService { .. }
                | Command::TakeCheckpoint
                | Command::Restart
                | Command::BackInService
                | Command::SendTelemetry => None,
            }
        }
    }

    /// Keeps a command until its moment.
    pub(super) fn keep_command(
        &mut self,
        step: &mut Step<'_>,
        message: &Message,
        command: Command,
        expires: UtcMillis,
    ) {
        let message_id = message.envelope.message_id;
        self.durable.commands.push(PendingCommand { message_id, command, expires });
        let kind = message.envelope.kind.clone();
        let body = DirectiveStored { message_id, kind, sha256: message.sha256.clone() };
        self.record_directive(step, message, body);
    }

    /// Carries out what may be carried out now, at the end of every step. An expiry counts by trusted time only.
    pub(super) fn obey(&mut self, step: &mut Step<'_>) {
        if !self.started || self.stopping || step.now.quality != ClockQuality::Trusted {
            return;
        }
        let may_stop =
            self.at_rest() && !self.is_in_service_mode() && !self.says_goodbye() && !self.stop_asked;
        let now = step.now.utc;
        let due = |pending: &PendingCommand| {
            may_stop || now > pending.expires || pending.command != Command::Restart
        };
        while let Some(at) = self.durable.commands.iter().position(due) {
            let pending = self.durable.commands.remove(at);
            let expired = now > pending.expires;
            if !expired && let Command::OutOfService { reason } = &pending.command {
                self.durable.withdrawn = Some(reason.clone());
            }
            if !expired && pending.command == Command::BackInService {
                self.durable.withdrawn = None;
            }
            self.durable.obeyed.push(pending.message_id);
            let surplus = self.durable.obeyed.len().saturating_sub(REMEMBERED);
            self.durable.obeyed.drain(..surplus);
            let body = CommandCarriedOut {
                message_id: pending.message_id,
                command: pending.command.code().to_owned(),
                result: if expired { "expired" } else { "done" }.to_owned(),
            };
            // The row first: a terminal that restarts must not find the command to restart again.
            self.record_in(step, None, body, Some(Box::new(self.durable.clone())), None);
            match pending.command {
                _ if expired => {}
                Command::TakeCheckpoint => step.effects.push(Effect::Checkpoint),
                Command::SendTelemetry => step.effects.push(Effect::SendTelemetry),
                Command::Restart => {
                    self.stop_asked = true;
                    step.effects.push(Effect::Stop { reason: COMMAND });
                    return;
                }
                Command::OutOfService { .. } | Command::BackInService => {}
            }
        }
    }

    /// Stores an order beside those before it: several may wait, and a restart must not forget one for another.
    pub(super) fn store_order(&mut self, step: &mut Step<'_>, message: &Message) {
        let place = order_place(self.durable.next_order);
        self.durable.next_order = self.durable.next_order.saturating_add(1) % ORDERS_STORED;
        let body = DirectiveStored {
            message_id: message.envelope.message_id,
            kind: message.envelope.kind.clone(),
            sha256: message.sha256.clone(),
        };
        self.record_directive_at(step, message, place, body);
    }

    /// A row that stores a message of the MFO, its number and what follows from it, in one transaction.
    fn record_directive(&self, step: &mut Step<'_>, message: &Message, body: impl Into<Body>) {
        self.record_directive_at(step, message, message.envelope.kind.clone(), body);
    }

    fn record_directive_at(
        &self,
        step: &mut Step<'_>,
        message: &Message,
        place: String,
        body: impl Into<Body>,
    ) {
        let op_id = OperationId(step.ids.next(&step.now));
        step.effects.push(Effect::Record(Record {
            op_id,
            draft: Draft { body: body.into(), session: None, attachment: None },
            durable: Some(Box::new(self.durable.clone())),
            directive: Some((place, message.compact.expose().to_owned())),
            then: None,
        }));
    }
}

fn readable(reason: &str) -> bool {
    (1..=MAX_REASON).contains(&reason.trim().chars().count()) && !reason.chars().any(char::is_control)
}
