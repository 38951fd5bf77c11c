//! Setting the watermark back: the one exception to its only moving forward.
//!
//! Decides how far: never below what was pruned, never above what is here. Nothing else of the journal changes; that it
//! was done stands in a row of its own, written by whoever called.

use senim_operation::jws;

use crate::error::JournalError;
use crate::journal::Journal;
use crate::store;

/// What can be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rewound {
    /// Last row.
    pub head_seq: u64,
    /// First row that is still here.
    pub pruned: u64,
    /// Attachments that are still here: all are pending again.
    pub attachments: u64,
}

impl Journal {
    /// Makes every row from `from_seq` on unacknowledged, and every attachment that is still here not uploaded. Rows that
    /// were pruned stay acknowledged. To be called on a signed word of the MFO only (`Rewind`); calling again is harmless.
    ///
    /// # Errors
    /// [`JournalError::AcknowledgedAhead`] when rows before `from_seq` were never written here; otherwise the database
    /// does not answer. The watermark stays.
    pub fn rewind(&mut self, from_seq: u64) -> Result<Rewound, JournalError> {
        self.settle_fault()?;
        let rows = self.head.next_seq();
        if from_seq > rows {
            return Err(JournalError::AcknowledgedAhead { acked: from_seq.saturating_sub(1), rows });
        }
        let meta = store::meta(&self.db)?;
        let first = from_seq.max(meta.pruned_size);
        let acked = match first.checked_sub(1) {
            None => None,
            Some(last) if first == meta.pruned_size => Some((last, meta.pruned_hash.clone())),
            Some(last) => {
                let (compact, _) = store::compact_at(&self.db, last)?.ok_or_else(|| store::gone(last))?;
                Some((last, jws::sha256_b64(compact.as_bytes())))
            }
        };
        let tx = self.db.transaction()?;
        if meta.acked.is_some_and(|(seq, _)| seq >= first) {
            let (seq, hash) = acked.map(|(seq, hash)| (store::signed(seq), hash)).unzip();
            tx.execute("UPDATE meta SET acked_seq = ?1, acked_hash = ?2", (seq, hash))?;
        }
        let attachments = tx.execute("UPDATE attachments SET uploaded = 0", [])?;
        tx.commit()?;
        tracing::warn!(from_seq, first, attachments, "the MFO calls for rows again");
        Ok(Rewound {
            head_seq: rows.saturating_sub(1),
            pruned: meta.pruned_size,
            attachments: attachments as u64,
        })
    }
}
