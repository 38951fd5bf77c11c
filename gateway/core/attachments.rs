//! Sealed attachments: kept as they come, matched with their rows, opened only to decide.
//!
//! How they lie at rest is decided in [`crate::archive`], their second copies in [`crate::copies`].

use std::sync::PoisonError;

use senim_domain::{ClientId, OperationId, SecretBytes, SessionId, TerminalId, UtcMillis};
use senim_operation::Row;
use senim_operation::attachment::sha256_of;
use serde::{Deserialize, Serialize};

use crate::ahead::SeenRows;
use crate::archive::{Class, of_attachment};
use crate::content_keys::Owner;
use crate::error::{GatewayError, Refusal};
use crate::openings::Purpose;
use crate::records::TerminalRecord;
use crate::store::{self, Change, Collection, StoreError, StoredAttachment, StoredRow};
use crate::{Door, Gateway};

/// Most attachments that may wait for their rows.
const MAX_LOOSE: u64 = 32;
/// Most bytes of them.
const MAX_LOOSE_BYTES: u64 = 32 << 20;

/// What the terminal is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentReply {
    /// Whether a row names it.
    pub matched: bool,
    /// Whether it has its second copy: the terminal may delete it.
    pub archived: bool,
    /// Answers to a row that waited for it.
    pub replies: Vec<String>,
}

/// Whose an ended visit was.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Visit {
    pub client: ClientId,
}

impl Gateway {
    /// Keeps an attachment; the same again is welcome.
    ///
    /// # Errors
    /// [`Refusal::HashMismatch`], [`Refusal::TooManyLoose`], or what [`GatewayError`] says.
    pub fn put_attachment(
        &self,
        terminal: &TerminalId,
        sha256: &str,
        jwe: &str,
        now: UtcMillis,
    ) -> Result<AttachmentReply, GatewayError> {
        self.put_attachment_by(Door::Line, terminal, sha256, jwe, &mut Vec::new(), now)
    }

    /// `with` is what else changes once it is kept; what is left there was not committed.
    pub(crate) fn put_attachment_by(
        &self,
        door: Door,
        terminal: &TerminalId,
        sha256: &str,
        jwe: &str,
        with: &mut Vec<Change>,
        now: UtcMillis,
    ) -> Result<AttachmentReply, GatewayError> {
        let lane = self.lane(terminal);
        let _turn = lane.lock().unwrap_or_else(PoisonError::into_inner);
        let record = self.admitted(terminal, door)?.value;
        if sha256_of(jwe) != sha256 {
            return Err(Refusal::HashMismatch.into());
        }
        let row = self.store.row_of_attachment(terminal, sha256)?;
        if self.is_erased(terminal, sha256)? {
            // It was here, and its time is over: the terminal may delete it too.
            return Ok(AttachmentReply { matched: row.is_some(), archived: true, replies: Vec::new() });
        }
        let ahead = self.seen_ahead(terminal, &record)?;
        let early = ahead.values().find(|seen| seen.attachment.as_deref() == Some(sha256));
        let here = self.store.archived(terminal, &[sha256.to_owned()])?.get(sha256).copied();
        let kept = match here {
            Some(_) => None,
            None => {
                if row.is_none() && early.is_none() {
                    self.look_for_room(terminal, &ahead, jwe.len())?;
                }
                Some(self.keep_attachment(terminal, &record, row.as_ref(), sha256, jwe, with, now)?)
            }
        };
        let op_id = match (&row, early) {
            (Some(row), _) => &row.op_id,
            (None, Some(seen)) => &seen.op_id,
            (None, None) => {
                return Ok(AttachmentReply { matched: false, archived: false, replies: Vec::new() });
            }
        };
        self.act_on_pending(terminal, &record, now)?;
        // Only the chain decides that an attachment is kept for good.
        let archived = match kept {
            Some(archived) => archived,
            None => row.is_some() && self.archive(terminal, sha256, now)?,
        };
        let replies = self.stored_answer(terminal, op_id)?.into_iter().collect();
        Ok(AttachmentReply { matched: true, archived, replies })
    }

    /// Keeps a new attachment under a key of its own, and whatever else changes with it, in one transaction; with the
    /// second copy where its row is here. Gives whether it has that.
    #[expect(clippy::too_many_arguments, reason = "all of it is known only where it is asked for")]
    fn keep_attachment(
        &self,
        terminal: &TerminalId,
        record: &TerminalRecord,
        row: Option<&StoredRow>,
        sha256: &str,
        jwe: &str,
        with: &mut Vec<Change>,
        now: UtcMillis,
    ) -> Result<bool, GatewayError> {
        let (owner, class) = match row {
            Some(row) => (self.owner_of_row(terminal, row)?, Class::of_kind(&row.kind)),
            None => match record.visit() {
                Some(session) => (Owner::visit(terminal, session), Class::Loose),
                None => (Owner::terminal(terminal), Class::Loose),
            },
        };
        let mut changes = Vec::new();
        let document = of_attachment(terminal, sha256);
        let key = self.enter_document(&document, owner, class, now, &mut changes)?;
        let jwe = key.seal(self, "", jwe)?;
        let archived = row.is_some() && self.copy(terminal, sha256, &jwe, &changes)?;
        changes.push(Change::Attachment {
            terminal: terminal.clone(),
            sha256: sha256.to_owned(),
            attachment: StoredAttachment { jwe, archived },
        });
        changes.append(with);
        self.store.commit(&changes)?;
        if archived {
            self.settle_copy(terminal, sha256);
        }
        Ok(archived)
    }

    /// Whose the attachment of a row is, as far as is known.
    fn owner_of_row(&self, terminal: &TerminalId, row: &StoredRow) -> Result<Owner, GatewayError> {
        let corrupt = |_| StoreError::Corrupt(format!("row {} of {terminal}", row.seq));
        let row = Row::read(row.compact.clone()).map_err(corrupt)?;
        let Some(session) = row.envelope.session else { return Ok(Owner::terminal(terminal)) };
        let key = format!("{terminal}/{session}");
        let visit = store::load::<Visit>(self.store.as_ref(), Collection::Visit, &key)?;
        Ok(match visit {
            Some(visit) => Owner::client(visit.value.client),
            None => Owner::visit(terminal, session),
        })
    }

    /// Binds every document of a visit to the client who is now known.
    pub(crate) fn bind_visit(
        &self,
        terminal: &TerminalId,
        session: SessionId,
        client: ClientId,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        for document in self.documents_of(&Owner::visit(terminal, session))? {
            let Some(record) = self.archive_record(&document)? else { continue };
            let class = match (record.class, document.split_once('/')) {
                (Class::Loose, Some((_, sha256))) => {
                    // Without its row it may be of another visit still.
                    let Some(row) = self.store.row_of_attachment(terminal, sha256)? else { continue };
                    Class::of_kind(&row.kind)
                }
                (class, _) => class,
            };
            self.settle_document(&document, class, &Owner::client(client), now, changes)?;
        }
        Ok(())
    }

    /// Whether an attachment was here and is erased.
    pub(crate) fn is_erased(&self, terminal: &TerminalId, sha256: &str) -> Result<bool, GatewayError> {
        let record = self.archive_record(&of_attachment(terminal, sha256))?;
        Ok(record.is_some_and(|record| record.erased.is_some()))
    }

    /// Attachments without rows are few; those of rows seen ahead have theirs.
    fn look_for_room(
        &self,
        terminal: &TerminalId,
        ahead: &SeenRows,
        more: usize,
    ) -> Result<(), GatewayError> {
        let mut loose = self.store.loose(terminal)?;
        loose.bytes = loose.bytes.saturating_add(u64::try_from(more).unwrap_or(u64::MAX));
        for sha256 in ahead.values().filter_map(|seen| seen.attachment.as_deref()) {
            if loose.count < MAX_LOOSE && loose.bytes <= MAX_LOOSE_BYTES {
                break;
            }
            if let Some(kept) = self.store.attachment(terminal, sha256)? {
                loose.count = loose.count.saturating_sub(1);
                loose.bytes = loose.bytes.saturating_sub(u64::try_from(kept.jwe.len()).unwrap_or(0));
            }
        }
        if loose.count >= MAX_LOOSE || loose.bytes > MAX_LOOSE_BYTES {
            return Err(Refusal::TooManyLoose.into());
        }
        Ok(())
    }

    /// Gives an attachment the class and owner of its row.
    pub(crate) fn settle_loose(
        &self,
        terminal: &TerminalId,
        sha256: &str,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        let document = of_attachment(terminal, sha256);
        let Some(record) = self.archive_record(&document)?.filter(|record| record.class == Class::Loose)
        else {
            return Ok(());
        };
        let Some(row) = self.store.row_of_attachment(terminal, sha256)? else { return Ok(()) };
        let owner = self.owner_of_row(terminal, &row)?;
        self.settle_document(&document, Class::of_kind(&row.kind), &owner, now, changes)?;
        if record.owner != owner && record.owner == Owner::terminal(terminal) {
            self.forget_key(&record.owner, &[&document], changes)?;
        }
        Ok(())
    }

    /// Opens an attachment to act on its row, and writes down that this was done; `None`: it is not here, erased, or does
    /// not open.
    pub(crate) fn open_sealed(
        &self,
        terminal: &TerminalId,
        sha256: &str,
        purpose: Purpose,
        op_id: OperationId,
        now: UtcMillis,
    ) -> Result<Option<SecretBytes>, GatewayError> {
        let Some(jwe) = self.as_received(terminal, sha256)? else { return Ok(None) };
        self.audit_automatic_opening(&of_attachment(terminal, sha256), purpose, op_id, now)?;
        self.meter.add(|counts| counts.openings = counts.openings.saturating_add(1));
        match self.keys.open(&jwe) {
            Ok(plain) => Ok(Some(plain)),
            Err(error) => {
                tracing::warn!(%terminal, sha256, %error, "attachment does not open");
                Ok(None)
            }
        }
    }
}
