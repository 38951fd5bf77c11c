//! Second copies of attachments: durable before anything says that there is one, read where the store has lost its own.
//!
//! A copy that is made for a transaction and whose transaction never came is erased: nothing would ever count its days.

use std::sync::PoisonError;

use senim_domain::{TerminalId, UtcMillis};
use senim_operation::Profile;
use senim_operation::attachment::sha256_of;

use crate::Gateway;
use crate::archive::of_attachment;
use crate::error::GatewayError;
use crate::store::{Change, StoreError, StoredAttachment};

/// How long a copy may wait for its transaction, ms: longer than any request, and than two gateways' clocks differ.
const UNSETTLED_MS: i64 = 3_600_000;

impl Gateway {
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
        if self.is_erased(terminal, sha256)? {
            return Ok(None);
        }
        let text = match second.read(terminal, sha256) {
            Ok(Some(text)) => text,
            Ok(None) => return Ok(None),
            Err(cause) => {
                tracing::warn!(%terminal, sha256, cause, "second copy not read");
                return Ok(None);
            }
        };
        let mut changes = Vec::new();
        let document = of_attachment(terminal, sha256);
        let fits = |jwe: &str| sha256_of(jwe) == sha256;
        let sealed = match self.take_back(&document, &text, fits, &mut changes) {
            Ok(sealed) => sealed,
            Err(GatewayError::Vault(error)) => {
                tracing::error!(%terminal, sha256, %error, "the second copy under this name does not open");
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let attachment = StoredAttachment { jwe: sealed, archived: true };
        changes.push(Change::Attachment {
            terminal: terminal.clone(),
            sha256: sha256.to_owned(),
            attachment: attachment.clone(),
        });
        self.store.commit(&changes)?;
        tracing::info!(%terminal, sha256, "attachment taken back from the second copy");
        Ok(Some(attachment))
    }

    /// Makes the second copy of an attachment whose row is here; false: not yet, ask again.
    pub(crate) fn archive(
        &self,
        terminal: &TerminalId,
        sha256: &str,
        now: UtcMillis,
    ) -> Result<bool, GatewayError> {
        let Some(kept) = self.store.attachment(terminal, sha256)? else {
            return self.is_erased(terminal, sha256);
        };
        if kept.archived {
            return Ok(true);
        }
        let mut changes = Vec::new();
        self.settle_loose(terminal, sha256, now, &mut changes)?;
        let archived = self.copy(terminal, sha256, &kept.jwe, &changes)?;
        if archived {
            let attachment = StoredAttachment { archived: true, ..kept };
            let (terminal, sha256) = (terminal.clone(), sha256.to_owned());
            changes.push(Change::Attachment { terminal, sha256, attachment });
        }
        self.store.commit(&changes)?;
        if archived {
            self.settle_copy(terminal, sha256);
        }
        Ok(archived)
    }

    /// Makes a second copy, to be committed with these changes; gives whether that may say so.
    pub(crate) fn copy(
        &self,
        terminal: &TerminalId,
        sha256: &str,
        sealed: &str,
        changes: &[Change],
    ) -> Result<bool, GatewayError> {
        let Some(second) = &self.connectors.second_copy else {
            return Ok(match self.settings.profile {
                Profile::Rig => true,
                Profile::Production => false,
            });
        };
        let text = self.copy_text(&of_attachment(terminal, sha256), sealed, changes)?;
        let kept = second.keep(terminal, sha256, &text);
        if let Err(cause) = &kept {
            tracing::warn!(%terminal, sha256, cause, "second copy failed");
        }
        Ok(kept.is_ok())
    }

    /// The transaction of a copy is committed. What fails here is done by [`Gateway::settle_copies`].
    pub(crate) fn settle_copy(&self, terminal: &TerminalId, sha256: &str) {
        if let Some(second) = &self.connectors.second_copy
            && let Err(cause) = second.settle(terminal, sha256)
        {
            tracing::warn!(%terminal, sha256, cause, "second copy not settled yet");
        }
    }

    /// Looks after copies whose gateway did not come to an end with them: settles those that the store knows of, erases
    /// those that it does not. To be called at start and from time to time; gives how many were erased.
    ///
    /// # Errors
    /// [`GatewayError`] of the store, or that the second copy cannot be read.
    pub fn settle_copies(&self, now: UtcMillis) -> Result<u64, GatewayError> {
        let Some(second) = &self.connectors.second_copy else { return Ok(0) };
        let failed = |cause| StoreError::Unavailable(format!("second copy: {cause}"));
        let before = UtcMillis(now.0.saturating_sub(UNSETTLED_MS));
        // A store that was put back has forgotten transactions that there were.
        let restoring = self.is_restoring()?;
        let mut erased = 0_u64;
        for (terminal, sha256) in second.unsettled(before).map_err(failed)? {
            let lane = self.lane(&terminal);
            let _turn = lane.lock().unwrap_or_else(PoisonError::into_inner);
            let hashes = [sha256];
            let here = self.store.archived(&terminal, &hashes)?;
            let [sha256] = hashes;
            match here.get(&sha256) {
                Some(true) => self.settle_copy(&terminal, &sha256),
                // It is made again when its row comes, or erased with it.
                Some(false) => {}
                None if restoring => {}
                None => {
                    tracing::warn!(%terminal, sha256, "second copy without a transaction erased");
                    second.discard(&terminal, &sha256, before).map_err(failed)?;
                    erased = erased.saturating_add(1);
                }
            }
        }
        Ok(erased)
    }
}
