//! The telemetry ring: small unsigned entries beside the chain, of which the oldest give way.
//!
//! Decides nothing; losing an entry is allowed, and money never waits for one.

use senim_domain::Stamp;

use crate::error::JournalError;
use crate::journal::Journal;
use crate::store;

impl Journal {
    /// Adds entries (JSON texts) and drops the oldest beyond the ring's size. Nothing happens while the journal is in doubt.
    ///
    /// # Errors
    /// The database does not answer; the entries are lost, which harms nothing.
    pub fn record_telemetry(&mut self, stamp: &Stamp, entries: &[String]) -> Result<(), JournalError> {
        if self.fault.is_some() || entries.is_empty() {
            return Ok(());
        }
        let keep = i64::from(self.options.telemetry_rows);
        let tx = self.db.transaction()?;
        for entry in entries {
            tx.prepare_cached("INSERT INTO telemetry (at, mono_ms, entry) VALUES (?1, ?2, ?3)")?
                .execute((stamp.utc.to_string(), store::signed(stamp.mono.0), entry))?;
        }
        tx.execute("DELETE FROM telemetry WHERE id <= (SELECT max(id) FROM telemetry) - ?1", [keep])?;
        tx.commit()?;
        Ok(())
    }

    /// The newest entries, newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub fn telemetry(&self, limit: u32) -> Result<Vec<String>, JournalError> {
        let mut query = self.db.prepare_cached("SELECT entry FROM telemetry ORDER BY id DESC LIMIT ?1")?;
        let entries = query.query_map([limit], |row| row.get(0))?;
        Ok(entries.collect::<Result<_, _>>()?)
    }
}
