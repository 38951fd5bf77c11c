//! A genuine terminal without a journal: rows, sealed parts, key epochs, checkpoints and exports, as fast as keys sign.
//!
//! Nothing is kept but the head of the chain, so that a million rows take the memory of one. Whoever needs rows again
//! keeps what [`Terminal::write`] gives.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use senim_domain::time::ClockQuality;
use senim_domain::{Mono, OperationId, Stamp, TerminalId, UtcMillis};
use senim_operation::checkpoint::{CompactRange, Note};
use senim_operation::envelope::{self, Context, Draft, Profile, Row};
use senim_operation::export::{self, ExportRange, JwkSet};
use senim_operation::jws::{self, GENESIS_PREV};
use senim_operation::signer::{KeyMaker, RamKeyMaker, Sealer, Signer};

use crate::error::LoadError;
use crate::pki::{Certified, Mfo};

/// When every chain begins: 2026-11-22T21:23:58Z.
pub const BEGIN: UtcMillis = UtcMillis(1_795_382_638_000);
/// Milliseconds from one row to the next, unless told otherwise.
const STEP_MS: u64 = 250;

/// A row with what is sealed beside it.
#[derive(Clone, Debug)]
pub struct Written {
    /// The row.
    pub row: Row,
    /// The compact JWE, where the draft had something to seal.
    pub attachment: Option<String>,
}

/// A journal key that has been replaced.
pub struct Retired {
    /// `seq` of the KeyEpoch row that made it known.
    pub epoch: u64,
    /// The key.
    pub key: Box<dyn Signer>,
}

/// A terminal that writes its chain.
pub struct Terminal {
    id: TerminalId,
    profile: Profile,
    identity: Box<dyn Signer>,
    x5c: Vec<String>,
    keys: Box<dyn KeyMaker>,
    sealer: Box<dyn Sealer>,
    journal_key: Box<dyn Signer>,
    retired: Vec<Retired>,
    epoch: u64,
    prev: String,
    tree: CompactRange,
    now: Stamp,
    step_ms: u64,
}

impl Terminal {
    /// A terminal of the rig with real keys. Its first row is a KeyEpoch: see [`Self::begin_epoch`].
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn new(mfo: &Mfo, id: &TerminalId) -> Result<Self, LoadError> {
        Self::with_identity(mfo, id, &mfo.enrol(id)?)
    }

    /// As [`Self::new`] with an identity that the caller also uses elsewhere.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn with_identity(mfo: &Mfo, id: &TerminalId, identity: &Certified) -> Result<Self, LoadError> {
        Self::with_keys(id, identity, Box::new(RamKeyMaker), Box::new(mfo.sealer()))
    }

    /// With journal keys and sealing of the caller's choice: deterministic doubles, for one.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn with_keys(
        id: &TerminalId,
        identity: &Certified,
        keys: Box<dyn KeyMaker>,
        sealer: Box<dyn Sealer>,
    ) -> Result<Self, LoadError> {
        Ok(Self {
            id: id.clone(),
            profile: Profile::Rig,
            identity: Box::new(identity.key()?),
            x5c: identity.x5c.clone(),
            journal_key: keys.make()?,
            keys,
            sealer,
            retired: Vec::new(),
            epoch: 0,
            prev: GENESIS_PREV.to_owned(),
            tree: CompactRange::new(),
            now: Stamp { mono: Mono(60_000), utc: BEGIN, quality: ClockQuality::Trusted },
            step_ms: STEP_MS,
        })
    }

    /// Whose chain.
    #[must_use]
    pub const fn id(&self) -> &TerminalId {
        &self.id
    }

    /// The tree over everything written.
    #[must_use]
    pub const fn tree(&self) -> &CompactRange {
        &self.tree
    }

    /// Hash of the last row.
    #[must_use]
    pub fn head(&self) -> &str {
        &self.prev
    }

    /// The number of the next row.
    #[must_use]
    pub const fn next_seq(&self) -> u64 {
        self.tree.size()
    }

    /// The moment of the next row.
    #[must_use]
    pub const fn now(&self) -> UtcMillis {
        self.now.utc
    }

    /// The journal key of the moment.
    #[must_use]
    pub fn journal_key(&self) -> &dyn Signer {
        self.journal_key.as_ref()
    }

    /// Former journal keys, the oldest first.
    #[must_use]
    pub fn retired(&self) -> &[Retired] {
        &self.retired
    }

    /// The next row is written at this moment.
    pub const fn set_now(&mut self, utc: UtcMillis) {
        self.now.utc = utc;
    }

    /// Rows follow each other in this many milliseconds.
    pub const fn set_step_ms(&mut self, step_ms: u64) {
        self.step_ms = step_ms;
    }

    /// Seals to another key from now on.
    pub fn set_sealer(&mut self, sealer: Box<dyn Sealer>) {
        self.sealer = sealer;
    }

    /// Takes another identity; the next epoch is certified by it.
    ///
    /// # Errors
    /// [`LoadError::Key`].
    pub fn renew_identity(&mut self, identity: &Certified) -> Result<(), LoadError> {
        self.identity = Box::new(identity.key()?);
        self.x5c.clone_from(&identity.x5c);
        Ok(())
    }

    /// Writes a KeyEpoch row for a fresh journal key.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn begin_epoch(&mut self) -> Result<Written, LoadError> {
        let key = self.keys.make()?;
        let former = std::mem::replace(&mut self.journal_key, key);
        if self.next_seq() > 0 {
            self.retired.push(Retired { epoch: self.epoch, key: former });
        }
        self.epoch = self.next_seq();
        let draft = Draft::new(envelope::key_epoch(&self.id, self.journal_key.as_ref())?);
        let built = envelope::build(
            &self.context(),
            &draft,
            self.sealer.as_ref(),
            self.identity.as_ref(),
            Some(self.x5c.clone()),
        )?;
        Ok(self.keep(built))
    }

    /// Writes a row.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn write(&mut self, draft: &Draft) -> Result<Written, LoadError> {
        let built =
            envelope::build(&self.context(), draft, self.sealer.as_ref(), self.journal_key.as_ref(), None)?;
        Ok(self.keep(built))
    }

    /// A note over everything written, signed by the journal key.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn note(&self) -> Result<Note, LoadError> {
        let mut note = Note::new(&self.id, self.tree.size(), self.tree.root());
        note.sign(self.journal_key.as_ref())?;
        Ok(note)
    }

    /// As [`Self::note`], cosigned by the gateway now.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn cosigned_note(&self, mfo: &Mfo) -> Result<Note, LoadError> {
        let mut note = self.note()?;
        mfo.cosign(&mut note, self.now.utc)?;
        Ok(note)
    }

    fn context(&self) -> Context<'_> {
        Context {
            terminal: &self.id,
            profile: self.profile,
            firmware: "0.1.0",
            boot: "6f1c2a52-9d2e-4f0b-8a52-9d2e4f0b8a52",
            epoch: self.epoch,
            seq: self.next_seq(),
            prev: &self.prev,
            op_id: operation_id(&self.id, self.next_seq(), self.now.utc),
            stamp: self.now,
            rule_pack: 1,
        }
    }

    fn keep(&mut self, (row, attachment): (Row, Option<String>)) -> Written {
        self.tree.append(row.compact.as_bytes());
        self.prev.clone_from(&row.hash);
        self.now.mono = self.now.mono.plus_ms(self.step_ms);
        self.now.utc = UtcMillis(self.now.utc.0.saturating_add_unsigned(self.step_ms));
        Written { row, attachment }
    }
}

/// The same terminal gives the same row the same identity in every run.
fn operation_id(terminal: &TerminalId, seq: u64, at: UtcMillis) -> OperationId {
    let hash = jws::sha256(format!("{terminal}/{seq}").as_bytes());
    let mut random = [0; 10];
    random.copy_from_slice(hash.get(..10).unwrap_or_default());
    let millis = u64::try_from(at.0).unwrap_or_default();
    OperationId(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
}

/// Writes an export row by row.
pub struct ExportWriter {
    dir: PathBuf,
    rows: BufWriter<File>,
    range: ExportRange,
}

impl ExportWriter {
    /// An export that begins with the terminal's next row: what it has written so far counts as pruned.
    ///
    /// # Errors
    /// [`LoadError::File`].
    pub fn create(dir: &Path, terminal: &Terminal) -> Result<Self, LoadError> {
        std::fs::create_dir_all(dir)?;
        let rows = BufWriter::new(File::create(dir.join(export::OPERATIONS_FILE))?);
        let range = ExportRange {
            ver: 1,
            terminal: terminal.id.clone(),
            profile: terminal.profile,
            first_seq: terminal.next_seq(),
            next_seq: terminal.next_seq(),
            prev: terminal.prev.clone(),
            pruned: terminal.tree.clone(),
        };
        Ok(Self { dir: dir.to_owned(), rows, range })
    }

    /// Adds the next row.
    ///
    /// # Errors
    /// [`LoadError::File`].
    pub fn row(&mut self, row: &Row) -> Result<(), LoadError> {
        self.rows.write_all(row.compact.as_bytes())?;
        self.rows.write_all(b"\n")?;
        self.range.next_seq = row.envelope.seq.saturating_add(1);
        Ok(())
    }

    /// Writes the rest of the directory.
    ///
    /// # Errors
    /// [`LoadError::File`].
    pub fn finish(mut self, keys: &JwkSet, note: Option<&Note>) -> Result<(), LoadError> {
        self.rows.flush()?;
        std::fs::write(self.dir.join(export::JWKS_FILE), text(keys)?)?;
        std::fs::write(self.dir.join(export::RANGE_FILE), text(&self.range)?)?;
        if let Some(note) = note {
            std::fs::write(self.dir.join(export::CHECKPOINT_FILE), note.to_string())?;
        }
        Ok(())
    }
}

fn text<T: serde::Serialize>(value: &T) -> Result<String, LoadError> {
    Ok(export::write_file(value).map_err(std::io::Error::from)?)
}
