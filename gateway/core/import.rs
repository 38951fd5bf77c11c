//! A terminal whose board died: its unsent rows come from its disk, and another terminal takes its place.
//!
//! Rows pass the same checks as from the line. They are history: nobody is answered, cash facts count. The new board is
//! a new terminal with a chain of its own; the MFO's signed `Succession` in its inbox, before its first row, names where
//! the old chain ends (decision 0018).

use senim_domain::{TerminalId, UtcMillis};
use senim_operation::jws::GENESIS_PREV;
use senim_operation::message::MessageBody;

use crate::actor::Actor;
use crate::attachments::AttachmentReply;
use crate::directives::Sent;
use crate::error::{GatewayError, Refusal, bad_directive};
use crate::intake::IntakeReply;
use crate::records::Retired;
use crate::store::{self, Collection, StoreError};
use crate::{Door, Gateway};

/// How often a succession is tried against busy records.
const ATTEMPTS: u32 = 20;

impl Gateway {
    /// Ends a terminal's line because its board died; the same again changes nothing. Its rows can be imported now.
    ///
    /// # Errors
    /// [`Refusal::NotEnrolled`], or what [`GatewayError`] says.
    pub fn retire(&self, terminal: &TerminalId, actor: &Actor, now: UtcMillis) -> Result<(), GatewayError> {
        self.change_terminal(terminal, |record, changes| {
            if record.retired.is_none() {
                record.retired = Some(Retired { at: now, actor: actor.clone(), successor: None });
            }
            changes.push(self.act_record(actor, "import", terminal.as_str(), now)?);
            Ok(())
        })
        .map(drop)
    }

    /// Takes rows from the disk of a retired terminal, in order, from whatever row on: known ones are welcome.
    ///
    /// # Errors
    /// [`Refusal::Quarantined`] for a terminal that is not retired, or what [`GatewayError`] says; the reply names why a
    /// batch was not taken to its end.
    pub fn import_rows(
        &self,
        terminal: &TerminalId,
        rows: &[&str],
        now: UtcMillis,
    ) -> Result<IntakeReply, GatewayError> {
        self.intake_by(Door::Import, terminal, rows, now)
    }

    /// Takes an attachment from the disk of a retired terminal; its row should be here already.
    ///
    /// # Errors
    /// As [`Gateway::put_attachment`].
    pub fn import_attachment(
        &self,
        terminal: &TerminalId,
        sha256: &str,
        jwe: &str,
        now: UtcMillis,
    ) -> Result<AttachmentReply, GatewayError> {
        self.put_attachment_by(Door::Import, terminal, sha256, jwe, &mut Vec::new(), now)
    }

    /// Lets a newly enrolled terminal take the place of one whose board died, before its first row.
    ///
    /// # Errors
    /// [`Refusal::NotEnrolled`]; [`Refusal::BadDirective`] when the old one has a successor, or the new one has rows or a
    /// predecessor already; or what [`GatewayError`] says.
    pub fn succeed(
        &self,
        successor: &TerminalId,
        predecessor: &TerminalId,
        actor: &Actor,
        now: UtcMillis,
    ) -> Result<Sent, GatewayError> {
        let mut attempts = 0;
        loop {
            match self.try_succeed(successor, predecessor, actor, now) {
                Err(GatewayError::Store(StoreError::Conflict(_))) if attempts < ATTEMPTS => attempts += 1,
                settled => return settled,
            }
        }
    }

    fn try_succeed(
        &self,
        successor: &TerminalId,
        predecessor: &TerminalId,
        actor: &Actor,
        now: UtcMillis,
    ) -> Result<Sent, GatewayError> {
        if successor == predecessor {
            return Err(bad_directive("a new board gets a new name: its chain is another one"));
        }
        let mut new = self.load_terminal(successor)?.ok_or(Refusal::NotEnrolled)?;
        let mut old = self.load_terminal(predecessor)?.ok_or(Refusal::NotEnrolled)?;
        let (expect_new, expect_old) = (new.expect(), old.expect());
        if new.value.head.is_some() || new.value.successor_of.is_some() {
            return Err(bad_directive("the new terminal has begun already; enrol a fresh one"));
        }
        if old.value.retired.as_ref().is_some_and(|retired| retired.successor.is_some()) {
            return Err(bad_directive("the old terminal has a successor already"));
        }
        new.value.successor_of = Some(predecessor.clone());
        let retired = Retired { at: now, actor: actor.clone(), successor: Some(successor.clone()) };
        old.value.retired = Some(retired);
        let head = old.value.head.as_ref();
        let body = MessageBody::Succession {
            predecessor: predecessor.clone(),
            rows: head.map_or(0, |head| head.seq.saturating_add(1)),
            head_sha256: head.map_or_else(|| GENESIS_PREV.to_owned(), |head| head.hash.clone()),
        };
        let (message_id, message) = self.durable(successor, &body, now)?;
        self.store.commit(&[
            store::put(Collection::Terminal, successor.as_str(), expect_new, &new.value)?,
            store::put(Collection::Terminal, predecessor.as_str(), expect_old, &old.value)?,
            message,
            self.act_record(actor, "succession", successor.as_str(), now)?,
        ])?;
        self.sent(successor.clone(), message_id)
    }
}
