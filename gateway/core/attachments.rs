//! Sealed attachments: kept as they come, matched with their rows, copied a second time, opened only to decide.

use std::sync::PoisonError;

use senim_domain::{SecretBytes, TerminalId, UtcMillis};
use senim_operation::Profile;
use senim_operation::attachment::sha256_of;
use serde::{Deserialize, Serialize};

use crate::entropy::uuid;
use crate::error::{GatewayError, Refusal};
use crate::store::{self, Change, Collection, Expect, StoredAttachment};
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

/// An opening of sealed data, for the audit.
#[derive(Debug, Serialize, Deserialize)]
struct Opening {
    at: UtcMillis,
    terminal: TerminalId,
    sha256: String,
    purpose: String,
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
        self.put_attachment_by(Door::Line, terminal, sha256, jwe, now)
    }

    pub(crate) fn put_attachment_by(
        &self,
        door: Door,
        terminal: &TerminalId,
        sha256: &str,
        jwe: &str,
        now: UtcMillis,
    ) -> Result<AttachmentReply, GatewayError> {
        let lane = self.lane(terminal);
        let _turn = lane.lock().unwrap_or_else(PoisonError::into_inner);
        let record = self.admitted(terminal, door)?.value;
        if sha256_of(jwe) != sha256 {
            return Err(Refusal::HashMismatch.into());
        }
        let row = self.store.row_of_attachment(terminal, sha256)?;
        if self.store.attachment(terminal, sha256)?.is_none() {
            let loose = self.store.loose(terminal)?;
            let bytes = loose.bytes.saturating_add(u64::try_from(jwe.len()).unwrap_or(u64::MAX));
            if row.is_none() && (loose.count >= MAX_LOOSE || bytes > MAX_LOOSE_BYTES) {
                return Err(Refusal::TooManyLoose.into());
            }
            let attachment = StoredAttachment { jwe: jwe.to_owned(), archived: false };
            let (terminal, sha256) = (terminal.clone(), sha256.to_owned());
            self.store.commit(&[Change::Attachment { terminal, sha256, attachment }])?;
        }
        let Some(row) = row else {
            return Ok(AttachmentReply { matched: false, archived: false, replies: Vec::new() });
        };
        self.act_on_pending(terminal, &record, now)?;
        let archived = self.archive(terminal, sha256)?;
        let replies = self.stored_answer(terminal, &row.op_id)?.into_iter().collect();
        Ok(AttachmentReply { matched: true, archived, replies })
    }

    /// An attachment, from the second copy where this store has lost it.
    pub(crate) fn attachment_here(
        &self,
        terminal: &TerminalId,
        sha256: &str,
    ) -> Result<Option<StoredAttachment>, GatewayError> {
        if let Some(kept) = self.store.attachment(terminal, sha256)? {
            return Ok(Some(kept));
        }
        let Some(second) = &self.connectors.second_copy else { return Ok(None) };
        let jwe = match second.read(terminal, sha256) {
            Ok(Some(jwe)) if sha256_of(&jwe) == sha256 => jwe,
            Ok(Some(_)) => {
                tracing::error!(%terminal, sha256, "the second copy holds other bytes under this name");
                return Ok(None);
            }
            Ok(None) => return Ok(None),
            Err(cause) => {
                tracing::warn!(%terminal, sha256, cause, "second copy not read");
                return Ok(None);
            }
        };
        let attachment = StoredAttachment { jwe, archived: true };
        let change = Change::Attachment {
            terminal: terminal.clone(),
            sha256: sha256.to_owned(),
            attachment: attachment.clone(),
        };
        self.store.commit(&[change])?;
        tracing::info!(%terminal, sha256, "attachment taken back from the second copy");
        Ok(Some(attachment))
    }

    /// Makes the second copy of an attachment whose row is here; false: not yet, ask again.
    pub(crate) fn archive(&self, terminal: &TerminalId, sha256: &str) -> Result<bool, GatewayError> {
        let Some(kept) = self.store.attachment(terminal, sha256)? else { return Ok(false) };
        if kept.archived {
            return Ok(true);
        }
        match (&self.connectors.second_copy, self.settings.profile) {
            (Some(second), _) => {
                if let Err(cause) = second.keep(terminal, sha256, &kept.jwe) {
                    tracing::warn!(%terminal, sha256, cause, "second copy failed");
                    return Ok(false);
                }
            }
            (None, Profile::Rig) => {}
            (None, Profile::Production) => return Ok(false),
        }
        let attachment = StoredAttachment { archived: true, ..kept };
        let (terminal, sha256) = (terminal.clone(), sha256.to_owned());
        self.store.commit(&[Change::Attachment { terminal, sha256, attachment }])?;
        Ok(true)
    }

    /// Opens an attachment and writes down that this was done; `None`: it is not here, or does not open.
    pub(crate) fn open_sealed(
        &self,
        terminal: &TerminalId,
        sha256: &str,
        purpose: &str,
        now: UtcMillis,
    ) -> Result<Option<SecretBytes>, GatewayError> {
        let Some(kept) = self.store.attachment(terminal, sha256)? else { return Ok(None) };
        let opening = Opening {
            at: now,
            terminal: terminal.clone(),
            sha256: sha256.to_owned(),
            purpose: purpose.to_owned(),
        };
        let key = format!("{terminal}/{sha256}/{now}/{}", uuid(self.entropy.as_ref(), now)?);
        self.store.commit(&[store::put(Collection::Audit, &key, Expect::Absent, &opening)?])?;
        self.meter.add(|counts| counts.openings = counts.openings.saturating_add(1));
        match self.keys.open(&kept.jwe) {
            Ok(plain) => Ok(Some(plain)),
            Err(error) => {
                tracing::warn!(%terminal, sha256, %error, "attachment does not open");
                Ok(None)
            }
        }
    }
}
