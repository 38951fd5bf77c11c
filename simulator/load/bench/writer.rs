//! A terminal's real journal that is filled with visits.

use std::path::{Path, PathBuf};

use senim_domain::time::ClockQuality;
use senim_domain::{Mono, OperationId, Stamp, TerminalId, UtcMillis};
use senim_journal::{Entry, Identity, Journal, JournalOptions};
use senim_operation::signer::RamKeyMaker;
use senim_operation::{Draft, Profile};
use uuid::Uuid;

use super::BenchError;
use crate::chain::BEGIN;
use crate::pki::{Certified, Mfo};
use crate::visits::Visit;

/// Rows of a transaction while filling.
const AT_ONCE: usize = 500;

/// The moment of every row.
#[must_use]
pub const fn stamp() -> Stamp {
    Stamp { mono: Mono(1_000_000), utc: UtcMillis(BEGIN.0), quality: ClockQuality::Trusted }
}

/// A journal and what its next rows will be.
pub struct Writer {
    identity: Certified,
    journal: Journal,
    births: Births,
}

/// Identities and visits that never come twice.
#[derive(Default)]
pub struct Births {
    visits: u64,
    born: u128,
}

impl Births {
    /// The identity of the next row.
    pub fn op_id(&mut self) -> OperationId {
        self.born = self.born.wrapping_add(1);
        OperationId(Uuid::from_u128(0x019a_0000_0000_7000_8000_0000_0000_0000 | self.born))
    }

    /// The rows of some visits, as they come.
    pub fn drafts(&mut self, at_least: usize) -> Vec<Draft> {
        let mut drafts = Vec::new();
        while drafts.len() < at_least {
            self.visits = self.visits.saturating_add(1);
            drafts.extend(Visit::new(self.visits).drafts());
        }
        drafts
    }
}

/// Opens the journal of that file for that terminal.
///
/// # Errors
/// [`BenchError`].
pub fn open(
    mfo: &Mfo,
    terminal: &TerminalId,
    path: PathBuf,
    identity: &Certified,
    epoch: OperationId,
    create: bool,
) -> Result<Journal, BenchError> {
    let mut options =
        JournalOptions::new(path, terminal.clone(), mfo.trust(), Profile::Rig, "0.1.0", "bench", epoch);
    options.create = create;
    let identity = Identity { signer: Box::new(identity.key()?), x5c: identity.x5c.clone() };
    Journal::open(options, identity, &RamKeyMaker, Box::new(mfo.sealer()), &stamp())
        .map_err(BenchError::failed)
}

/// Entries of a group with nothing beside them.
#[must_use]
pub fn entries<'a>(drafts: &'a [Draft], ids: &[OperationId]) -> Vec<Entry<'a>> {
    let entry = |(draft, op_id): (&'a Draft, &OperationId)| Entry {
        draft,
        op_id: *op_id,
        state: Vec::new(),
        directive: None,
    };
    drafts.iter().zip(ids).map(entry).collect()
}

impl Writer {
    /// An empty journal in this folder.
    ///
    /// # Errors
    /// [`BenchError`].
    pub fn new(mfo: &Mfo, terminal: &TerminalId, dir: &Path) -> Result<Self, BenchError> {
        let identity = mfo.enrol(terminal)?;
        let mut births = Births::default();
        let journal = open(mfo, terminal, dir.join("journal.db"), &identity, births.op_id(), true)?;
        Ok(Self { identity, journal, births })
    }

    /// The terminal's key and certificates.
    #[must_use]
    pub const fn identity(&self) -> &Certified {
        &self.identity
    }

    /// The journal.
    pub const fn journal(&mut self) -> &mut Journal {
        &mut self.journal
    }

    /// Writes until it holds about so many rows.
    ///
    /// # Errors
    /// [`BenchError`].
    pub fn fill(&mut self, rows: u64) -> Result<(), BenchError> {
        while self.journal.status().map_err(BenchError::failed)?.next_seq < rows {
            let drafts = self.births.drafts(AT_ONCE);
            let ids: Vec<OperationId> = drafts.iter().map(|_| self.births.op_id()).collect();
            self.journal.append_many(&entries(&drafts, &ids), &stamp()).map_err(BenchError::failed)?;
            self.journal.checkpoint(&stamp()).map_err(BenchError::failed)?;
        }
        Ok(())
    }
}
