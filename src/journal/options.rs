//! What the caller hands to the journal and what it tells about itself: plain values.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use senim_domain::{OperationId, TerminalId};
use senim_operation::signer::Signer;
use senim_operation::trust::Trust;
use senim_operation::{Draft, Profile};

/// Free bytes on the disk of a path; `None` when nobody can tell.
pub type FreeBytes = Box<dyn Fn(&Path) -> Option<u64> + Send>;

/// How much of the stored chain is looked at before the first append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenCheck {
    /// The last checkpoint and what follows it; [`crate::Audit`] looks at everything else while the terminal works.
    Tail,
    /// The signed tree is rebuilt over every row kept, signatures are checked behind the last checkpoint.
    Tree,
}

/// Where the journal lies, whose it is and when it refuses new business.
pub struct JournalOptions {
    /// The database file; its companions lie beside it.
    pub path: PathBuf,
    /// Whose journal it is; a file of another terminal is refused.
    pub terminal: TerminalId,
    /// The MFO's CA: `KeyEpoch` rows are judged by it when opening, each at its own time.
    pub trust: Arc<Trust>,
    /// Certificate chains of the gateway's cosigner, standard base64 DER, leaf first; kept in the journal for exports.
    pub gateway_keys: Vec<Vec<String>>,
    /// A file of the other profile is refused.
    pub profile: Profile,
    /// Version of the firmware, written in every row.
    pub firmware: String,
    /// Boot id of the kernel, written in every row.
    pub boot: String,
    /// Version of the rule pack in force, 0 for none; see [`crate::Journal::set_rule_pack`].
    pub rule_pack: u64,
    /// Identity of the `KeyEpoch` row that opening writes (UUIDv7).
    pub epoch_op_id: OperationId,
    /// Commissioning: a journal may be created where there is none and no trace of one.
    pub create: bool,
    /// Unacknowledged rows that the terminal plans to hold.
    pub capacity_rows: u64,
    /// Of these, rows kept for business already open.
    pub reserve_rows: u64,
    /// Bytes that the file may use before new business is refused, the reserve included.
    pub capacity_bytes: u64,
    /// Bytes kept for business already open, in the file's budget and on the disk.
    pub reserve_bytes: u64,
    /// Asks the disk.
    pub free_bytes: FreeBytes,
    /// Hard limit in SQLite pages of 4096 bytes in use; `None` leaves it to the disk.
    pub max_pages: Option<u32>,
    /// Entries kept in the telemetry ring.
    pub telemetry_rows: u32,
    /// How much is checked when opening.
    pub check: OpenCheck,
    /// How long rows stay here that the gateway keeps by now, ms; longer than the gateway's back-up interval.
    pub retain_ms: u64,
    /// Directory on a second device for the rows that the gateway does not have; `None` for no second copy.
    pub second_copy: Option<PathBuf>,
}

impl JournalOptions {
    /// Options of a terminal's ordinary start; public fields change the rest.
    #[must_use]
    pub fn new(
        path: PathBuf,
        terminal: TerminalId,
        trust: Arc<Trust>,
        profile: Profile,
        firmware: &str,
        boot: &str,
        epoch_op_id: OperationId,
    ) -> Self {
        Self {
            path,
            terminal,
            trust,
            gateway_keys: Vec::new(),
            profile,
            firmware: firmware.to_owned(),
            boot: boot.to_owned(),
            rule_pack: 0,
            epoch_op_id,
            create: false,
            capacity_rows: 120_000,
            reserve_rows: 12_000,
            capacity_bytes: 2 << 30,
            reserve_bytes: 64 << 20,
            free_bytes: Box::new(|_| None),
            max_pages: None,
            telemetry_rows: 10_000,
            check: OpenCheck::Tail,
            retain_ms: 30 * 86_400_000,
            second_copy: None,
        }
    }
}

/// The terminal's long-lived key and its certificate chain.
pub struct Identity {
    /// Signs `KeyEpoch` rows and nothing else here.
    pub signer: Box<dyn Signer>,
    /// Standard base64 DER, leaf first.
    pub x5c: Vec<String>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({})", self.signer.public_jwk().thumbprint())
    }
}

/// Name of a small business state that is written with the row that changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StateKey(pub &'static str);

/// One operation of a group, with what becomes durable in the same transaction.
pub struct Entry<'a> {
    /// What is to be recorded.
    pub draft: &'a Draft,
    /// Fixed when the operation was born; never used twice.
    pub op_id: OperationId,
    /// Business states that this operation changes.
    pub state: Vec<(StateKey, String)>,
    /// The durable message that this operation tells of: kind, compact JWS.
    pub directive: Option<(&'a str, &'a str)>,
}

/// What the journal holds.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Status {
    /// Terminal.
    pub terminal: String,
    /// Profile.
    pub profile: String,
    /// Rows in the file, pruned ones not counted.
    pub rows: u64,
    /// Sequence number of the next row; as many rows were ever written.
    pub next_seq: u64,
    /// Leading rows that were pruned.
    pub pruned: u64,
    /// Last row that the gateway has stored, if any.
    pub acked_seq: Option<u64>,
    /// Its hash, base64url SHA-256.
    pub acked_hash: Option<String>,
    /// Rows that the gateway has not acknowledged.
    pub unacked: u64,
    /// Sealed attachments still here.
    pub attachments: u64,
    /// Of these, not yet uploaded.
    pub attachments_pending: u64,
    /// Bytes in use in the file.
    pub bytes: u64,
    /// Rows under the last note of our own.
    pub last_checkpoint: Option<u64>,
    /// Rows under the last note cosigned by the gateway.
    pub last_cosigned: Option<u64>,
    /// Entries in the telemetry ring.
    pub telemetry: u64,
}
