//! A journal in use: opening, looking again after a failed write, refusing new business, closing.
//!
//! Decides whether this process may write to the file at all. What is written is in `append`, `queue`, `checkpoint`.

use std::fs::File;

use rusqlite::Connection;
use senim_domain::{Mono, OperationId, Stamp};
use senim_operation::checkpoint::CompactRange;
use senim_operation::envelope::Row;
use senim_operation::signer::{KeyMaker, Sealer, Signer};

use crate::error::JournalError;
use crate::files::{self, Found};
use crate::options::{Identity, JournalOptions, Status};
use crate::telemetry::Ring;
use crate::{schema, second_copy, store, verify};

/// The terminal's journal, held by one process.
pub struct Journal {
    pub(crate) options: JournalOptions,
    pub(crate) db: Connection,
    pub(crate) identity: Identity,
    pub(crate) sealer: Box<dyn Sealer>,
    pub(crate) head: Head,
    pub(crate) epoch: Option<Epoch>,
    pub(crate) fault: Option<Fault>,
    /// Rows of a write that was reported as failed and was found on disk afterwards.
    pub(crate) adopted: Vec<Row>,
    /// First moment with rows behind the last checkpoint.
    pub(crate) news_since: Option<Mono>,
    pub(crate) last_checkpoint: u64,
    pub(crate) telemetry: Ring,
    /// When pruning was last tried.
    pub(crate) pruned_at: Option<Mono>,
    _lock: File,
}

/// Where the chain ends, in RAM; changes only after a commit.
#[derive(Clone)]
pub(crate) struct Head {
    pub prev: String,
    pub tree: CompactRange,
}

impl Head {
    pub(crate) fn next_seq(&self) -> u64 {
        self.tree.size()
    }

    pub(crate) fn advance(&mut self, rows: &[Row]) {
        for row in rows {
            self.tree.append(row.compact.as_bytes());
            self.prev.clone_from(&row.hash);
        }
    }
}

/// The journal key of the moment: only in RAM.
pub(crate) struct Epoch {
    pub seq: u64,
    pub key: Box<dyn Signer>,
    /// What every row signed with it begins with.
    pub header: String,
    pub began: Mono,
}

/// A journal key is replaced after so many milliseconds at the latest: 24 hours.
pub const EPOCH_AFTER_MS: u64 = 86_400_000;

/// A write of which nobody knows whether it happened.
pub(crate) struct Fault {
    pub rows: Vec<Row>,
    pub epoch: Option<Epoch>,
    pub mono: Mono,
}

impl Journal {
    /// Seals to another key from the next row on; what is sealed stays as it is.
    pub fn set_sealer(&mut self, sealer: Box<dyn Sealer>) {
        self.sealer = sealer;
    }

    /// `kid` of the key that the next attachment is sealed to.
    #[must_use]
    pub fn seal_kid(&self) -> String {
        self.sealer.kid()
    }

    /// Opens the journal, checks it and writes the `KeyEpoch` row of this process.
    ///
    /// # Errors
    /// One of the named states of [`JournalError`]; the file is then left as it was found. Never starts from empty
    /// unless `create` is set and nothing shows that there was a journal.
    pub fn open(
        options: JournalOptions,
        identity: Identity,
        keys: &dyn KeyMaker,
        sealer: Box<dyn Sealer>,
        stamp: &Stamp,
    ) -> Result<Self, JournalError> {
        let path = options.path.as_path();
        if !path.parent().is_none_or(|folder| folder.as_os_str().is_empty() || folder.is_dir()) {
            return Err(JournalError::Missing { path: path.to_owned() });
        }
        let lock = files::lock(path)?;
        let found = files::inspect(path)?;
        if let (Found::Nothing, Some(copy)) = (found, &options.second_copy) {
            files::no_trace(path, &[second_copy::evidence(copy)])?;
        }
        let empty = store::write_range(&CompactRange::default())?;
        let mut db = match found {
            Found::Nothing if !options.create => return Err(JournalError::Missing { path: path.to_owned() }),
            Found::Nothing => {
                let mut db = store::connect(path, true, options.max_pages)?;
                schema::create(&mut db, options.terminal.as_str(), options.profile.as_str(), &empty)?;
                db
            }
            Found::WithWal | Found::WithoutWal => store::connect(path, false, options.max_pages)?,
        };
        if options.create && found != Found::Nothing && schema::is_blank(&db)? {
            // Power was cut between making the file and filling it; still, something must not be lying beside it.
            files::no_trace(path, &[files::cosigned_hint(path), files::head_hint(path)])?;
            schema::create(&mut db, options.terminal.as_str(), options.profile.as_str(), &empty)?;
        }
        schema::migrate(&mut db, path, schema::MIGRATIONS)?;
        let meta = store::meta(&db)?;
        if found == Found::WithoutWal && !meta.clean {
            return Err(JournalError::WalLost { path: path.to_owned() });
        }
        if meta.terminal != options.terminal.as_str() || meta.profile != options.profile.as_str() {
            let detail = format!("it belongs to terminal {} with profile {}", meta.terminal, meta.profile);
            return Err(JournalError::Foreign { detail });
        }
        let tree = verify::at_open(&db, &options)?;
        verify::against_hints(&db, path, &options.terminal)?;
        if let Some(copy) = &options.second_copy {
            second_copy::against_end(&db, copy, options.terminal.as_str())?;
        }
        mark_open(&db)?;
        for x5c in &options.gateway_keys {
            store::keep_gateway_key(&db, x5c)?;
        }

        let prev = store::prev_of(&db, &meta, tree.size())?;
        let last_checkpoint = store::last_checkpoint(&db)?.unwrap_or(0);
        let epoch_op_id = options.epoch_op_id;
        let telemetry = Ring::new(path, options.telemetry_rows);
        let mut journal = Self {
            options,
            db,
            identity,
            sealer,
            head: Head { prev, tree },
            epoch: None,
            fault: None,
            adopted: Vec::new(),
            news_since: Some(stamp.mono),
            last_checkpoint,
            telemetry,
            pruned_at: None,
            _lock: lock,
        };
        journal.renew_epoch(keys, epoch_op_id, stamp)?;
        Ok(journal)
    }

    /// Sets the rule pack version that the next rows carry, 0 for none.
    pub fn set_rule_pack(&mut self, version: u64) {
        self.options.rule_pack = version;
    }

    /// Sets the file's hard limit in pages of 4096 bytes; `None` leaves it to the disk.
    ///
    /// # Errors
    /// The database does not answer.
    pub fn set_max_pages(&mut self, max_pages: Option<u32>) -> Result<(), JournalError> {
        self.options.max_pages = max_pages;
        store::limit_pages(&self.db, max_pages)
    }

    /// Replaces identity key and certificate after a renewal; [`Journal::renew_epoch`] must follow.
    pub fn set_identity(&mut self, identity: Identity) {
        self.identity = identity;
    }

    /// Makes a further key of the gateway's cosigner known: certificate chain, standard base64 DER, leaf first.
    ///
    /// # Errors
    /// It is no P-256 certificate, or the database does not answer.
    pub fn add_gateway_key(&mut self, x5c: &[String]) -> Result<(), JournalError> {
        store::keep_gateway_key(&self.db, x5c)
    }

    /// Version of the firmware as rows name it.
    #[must_use]
    pub fn firmware(&self) -> &str {
        &self.options.firmware
    }

    /// Sequence number of the `KeyEpoch` row in force.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch.as_ref().map_or(0, |epoch| epoch.seq)
    }

    /// Whether the journal key is a day old: renew it at the next moment with no saga open.
    #[must_use]
    pub fn needs_epoch(&self, mono: Mono) -> bool {
        self.epoch.as_ref().is_none_or(|epoch| mono.since(epoch.began) >= EPOCH_AFTER_MS)
    }

    /// Hash of the last row, base64url SHA-256.
    #[must_use]
    pub fn head_hash(&self) -> &str {
        &self.head.prev
    }

    /// Whether new business may begin: nothing is in doubt and the reserve for open business is untouched.
    ///
    /// Open business goes on appending while this is false. After a failed write it looks at the file again.
    pub fn accepts_new_business(&mut self) -> bool {
        match self.room() {
            Ok(room) => room,
            Err(error) => {
                tracing::warn!(%error, "new business is refused");
                false
            }
        }
    }

    fn room(&mut self) -> Result<bool, JournalError> {
        self.settle_fault()?;
        let unacked = store::unacked(&store::meta(&self.db)?, self.head.next_seq());
        let options = &self.options;
        let free = (options.free_bytes)(&options.path);
        Ok(unacked.saturating_add(options.reserve_rows) < options.capacity_rows
            && store::bytes(&self.db)?.saturating_add(options.reserve_bytes) <= options.capacity_bytes
            && free.is_none_or(|bytes| bytes >= options.reserve_bytes))
    }

    /// What the journal holds.
    ///
    /// # Errors
    /// The database does not answer.
    pub fn status(&self) -> Result<Status, JournalError> {
        let telemetry = self.telemetry.count();
        Ok(Status { telemetry, ..store::status(&self.db)? })
    }

    /// Stops in order: checkpoint, everything in the main file, marked as closed.
    ///
    /// # Errors
    /// The last checkpoint could not be written; dropping the journal instead loses nothing.
    pub fn close(mut self, stamp: &Stamp) -> Result<(), JournalError> {
        self.settle_fault()?;
        if self.news_since.is_some() {
            self.checkpoint(stamp)?;
        }
        self.db.execute("UPDATE meta SET clean = 1", [])?;
        fold_log(&self.db, "TRUNCATE")
    }

    /// After a failed write: opens the file anew and compares its end with what this process meant to write.
    pub(crate) fn settle_fault(&mut self) -> Result<(), JournalError> {
        let Some(fault) = &self.fault else { return Ok(()) };
        let db = store::connect(&self.options.path, false, self.options.max_pages)?;
        let found = store::next_seq(&db)?;
        let prev = store::prev_of(&db, &store::meta(&db)?, found)?;
        if found == self.head.next_seq() && prev == self.head.prev {
            self.db = db;
            self.fault = None;
            return Ok(());
        }
        let written =
            fault.rows.last().is_some_and(|last| last.hash == prev && last.envelope.seq + 1 == found);
        if !written {
            return Err(JournalError::HeadChanged { expected: self.head.next_seq(), found });
        }
        self.db = db;
        if let Some(fault) = self.fault.take() {
            self.head.advance(&fault.rows);
            self.news_since.get_or_insert(fault.mono);
            match fault.epoch {
                // Nobody asks for this row again: the next renewal has an identity of its own.
                Some(epoch) => self.epoch = Some(epoch),
                None => self.adopted.extend(fault.rows),
            }
        }
        Ok(())
    }

    /// Identities of rows that a write reported as failed has left on disk; a retry of the same call returns them.
    #[must_use]
    pub fn adopted(&self) -> Vec<OperationId> {
        self.adopted.iter().map(|row| row.envelope.op_id).collect()
    }
}

/// Writes into the main file itself that its log now matters: a log that is missing later was taken away.
fn mark_open(db: &Connection) -> Result<(), JournalError> {
    db.execute("UPDATE meta SET clean = 0", [])?;
    fold_log(db, "FULL")
}

fn fold_log(db: &Connection, mode: &str) -> Result<(), JournalError> {
    let busy: i64 = db.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get(0))?;
    if busy != 0 {
        tracing::warn!("a reader held the journal; its log is folded in later");
    }
    Ok(())
}
