//! A gateway that was started from a back-up: it has forgotten rows, loans and leaves to pay (design section 5).
//!
//! While it is *restoring* nobody gets leave to pay. It ends when every enrolled terminal has obeyed a signed `Rewind` up
//! to its head, or two different members of staff have written it off. Each terminal is called when it next speaks, so
//! that beginning costs the same for ten terminals and for a hundred thousand.
//!
//! What re-sent rows mean is decided in [`history`], how a terminal is called in [`call`], what people see and do in
//! [`desk`].

mod call;
mod desk;
mod history;

use senim_domain::{RewindId, TerminalId, UtcMillis};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::actor::Actor;
use crate::entropy::uuid;
use crate::error::GatewayError;
use crate::records::TerminalRecord;
use crate::store::{self, Change, Collection, Expect, StoreError, Versioned};

pub use desk::{OpenTerminal, RestoreStatus};

/// Set while this gateway may have forgotten payouts because it was started from a back-up.
pub(crate) const RESTORING: &str = "restoring";
/// The last restoring that has ended.
const RESTORED: &str = "restored";
/// How often a change of a busy record is tried.
const ATTEMPTS: u32 = 20;

/// How it became known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Cause {
    /// Staff put the store back and said so.
    Declared(Actor),
    /// A terminal holds a note with our signature over more rows than are here.
    Noticed(TerminalId),
}

/// The state of restoring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restoring {
    /// Which: a second restore during the first is another one, and every terminal is called again.
    pub rewind: RewindId,
    /// Since when.
    pub since: UtcMillis,
    /// How it became known.
    pub cause: Cause,
    /// Terminals that have neither answered nor been written off.
    pub open: u64,
    /// When the last of them had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<UtcMillis>,
}

impl Gateway {
    /// Declares that this store was put back from a back-up: no leave to pay from now on, every terminal is called to send
    /// its rows again, attachments that this store lacks are taken from the second copy. `also` names terminals that
    /// were enrolled after the back-up, as far as known.
    ///
    /// # Errors
    /// What [`GatewayError`] says; run it again then.
    pub fn restore(
        &self,
        actor: &Actor,
        also: &[TerminalId],
        now: UtcMillis,
    ) -> Result<RestoreStatus, GatewayError> {
        self.begin(
            Cause::Declared(actor.clone()),
            vec![self.act_record(actor, "restore", "gateway", now)?],
            now,
        )?;
        for terminal in also {
            self.enrol(terminal, actor, now)?;
        }
        let attachments = self.attachments_from_second_copy()?;
        tracing::warn!(attachments, "restoring; attachments taken from the second copy");
        self.restore_status()
    }

    /// Whether payouts are held back.
    pub fn is_restoring(&self) -> Result<bool, StoreError> {
        Ok(self.store.document(Collection::Meta, RESTORING)?.is_some())
    }

    /// A terminal shows a note with our own signature over more rows than are here. Not news where it was signed before
    /// this terminal was last called: then its rows are on their way.
    pub(crate) fn notice_restore(
        &self,
        terminal: &TerminalId,
        record: &TerminalRecord,
        cosigned_at: UtcMillis,
        now: UtcMillis,
    ) -> Result<(), GatewayError> {
        let restoring = self.restoring()?.map(|restoring| restoring.value.since);
        let called = record.rewind.as_ref().filter(|call| call.obeyed.is_none()).map(|call| call.asked);
        if restoring.max(called).is_some_and(|known| cosigned_at <= known) {
            return Ok(());
        }
        tracing::error!(%terminal, "this store is older than what it has cosigned; no payout is authorised");
        self.begin(Cause::Noticed(terminal.clone()), Vec::new(), now)
    }

    fn begin(&self, cause: Cause, mut changes: Vec<Change>, now: UtcMillis) -> Result<(), GatewayError> {
        let open = self.store.documents(Collection::Terminal, "")?.len();
        let restoring = Restoring {
            rewind: RewindId(uuid(self.entropy.as_ref(), now)?),
            since: now,
            cause,
            open: u64::try_from(open).unwrap_or(u64::MAX),
            ended: None,
        };
        let key = if open == 0 { RESTORED } else { RESTORING };
        changes.push(store::put(Collection::Meta, key, Expect::Any, &restoring)?);
        Ok(self.store.commit(&changes)?)
    }

    fn restoring(&self) -> Result<Option<Versioned<Restoring>>, StoreError> {
        store::load(self.store.as_ref(), Collection::Meta, RESTORING)
    }

    /// A terminal that is entered now has to be heard too.
    pub(crate) fn count_one_more(&self) -> Result<Option<Change>, StoreError> {
        let Some(mut restoring) = self.restoring()? else { return Ok(None) };
        let expect = restoring.expect();
        restoring.value.open = restoring.value.open.saturating_add(1);
        store::put(Collection::Meta, RESTORING, expect, &restoring.value).map(Some)
    }

    /// One terminal less to wait for; the last one ends the restoring.
    fn count_one_less(
        &self,
        restore: Option<RewindId>,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), StoreError> {
        let Some(mut restoring) = self.restoring()?.filter(|found| Some(found.value.rewind) == restore)
        else {
            return Ok(());
        };
        let expect = restoring.expect();
        let value = &mut restoring.value;
        value.open = value.open.saturating_sub(1);
        if value.open > 0 {
            changes.push(store::put(Collection::Meta, RESTORING, expect, value)?);
            return Ok(());
        }
        tracing::warn!(since = %value.since, "every terminal has answered or was written off: restoring has ended");
        value.ended = Some(now);
        changes.push(store::put(Collection::Meta, RESTORED, Expect::Any, value)?);
        changes.push(Change::Document {
            collection: Collection::Meta,
            key: RESTORING.to_owned(),
            expect,
            json: None,
        });
        Ok(())
    }

    /// Attachments of rows that are here and that only the second copy still has; gives how many.
    fn attachments_from_second_copy(&self) -> Result<u64, GatewayError> {
        let Some(second) = &self.connectors.second_copy else { return Ok(0) };
        let names =
            second.names().map_err(|cause| StoreError::Unavailable(format!("second copy: {cause}")))?;
        let mut taken = 0;
        for (terminal, sha256) in names {
            let wanted = self.store.attachment(&terminal, &sha256)?.is_none()
                && self.store.row_of_attachment(&terminal, &sha256)?.is_some();
            if wanted && self.attachment_here(&terminal, &sha256)?.is_some() {
                taken += 1;
            }
        }
        Ok(taken)
    }
}
