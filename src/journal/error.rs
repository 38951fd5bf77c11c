//! What can go wrong with the journal, each with what a person can do about it.
//!
//! Decides the names of the states in which a journal refuses to start or to write; it repairs nothing.

use std::path::PathBuf;

use senim_domain::OperationId;

/// Why the journal did not do what was asked. Nothing in this list ever ends in an empty journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// No journal file, and this is no commissioning.
    #[error(
        "there is no journal at {path}; commissioning creates one, a terminal that has worked before needs its disk examined"
    )]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is gone or empty, but something beside it shows that there was one.
    #[error(
        "the journal {path} is gone but {evidence} is still there; call service, do not commission this terminal again"
    )]
    Lost {
        /// Where it was looked for.
        path: PathBuf,
        /// The file that proves a former journal.
        evidence: PathBuf,
    },
    /// The journal was in use when the terminal stopped and its write-ahead log has vanished since.
    #[error(
        "the write-ahead log of {path} was removed while rows were in it; restore the file or import the disk at the gateway"
    )]
    WalLost {
        /// The journal.
        path: PathBuf,
    },
    /// The file is shorter than it says.
    #[error("the journal {path} is cut short: {actual} of {expected} bytes; import the disk at the gateway")]
    Truncated {
        /// The journal.
        path: PathBuf,
        /// Bytes by its header.
        expected: u64,
        /// Bytes on disk.
        actual: u64,
    },
    /// The database structure is broken.
    #[error("the journal's file is damaged ({detail}); import the disk at the gateway")]
    Damaged {
        /// What SQLite says.
        detail: String,
    },
    /// Rows do not form the signed chain.
    #[error(
        "row {seq} of the journal breaks the chain ({detail}); the terminal stays locked, import the disk at the gateway"
    )]
    Chain {
        /// First row at fault.
        seq: u64,
        /// What does not fit.
        detail: String,
    },
    /// Genuine, but older than what this terminal has already shown to somebody.
    #[error(
        "the journal holds {rows} rows but a note beside it proves {proven}: an old image was restored; call service"
    )]
    OlderImage {
        /// Rows in the file.
        rows: u64,
        /// Rows by the note.
        proven: u64,
    },
    /// A database of somebody else.
    #[error("the file is not this terminal's journal: {detail}; check the configured path")]
    Foreign {
        /// What differs.
        detail: String,
    },
    /// Written by a later firmware.
    #[error("the journal has schema {found}, this firmware knows {known}; install the newer firmware again")]
    Newer {
        /// Schema of the file.
        found: i64,
        /// Latest schema known here.
        known: i64,
    },
    /// Written by an earlier firmware and not upgraded yet.
    #[error(
        "the journal has schema {found}, this firmware writes {known}; start the terminal once, it upgrades the file"
    )]
    Older {
        /// Schema of the file.
        found: i64,
        /// Schema of this firmware.
        known: i64,
    },
    /// A migration failed; the rows are as before.
    #[error(
        "the journal could not be brought from schema {from} to {to} ({detail}); the old file is unchanged, go back to the former firmware"
    )]
    Migration {
        /// Schema of the file.
        from: i64,
        /// Schema wanted.
        to: i64,
        /// What failed.
        detail: String,
    },
    /// Another process holds the journal.
    #[error("another program is writing the journal {path}; stop it first")]
    InUse {
        /// The journal.
        path: PathBuf,
    },
    /// The medium refuses writing.
    #[error(
        "the journal cannot be written: the medium is read-only ({detail}); check the disk and its mount"
    )]
    ReadOnly {
        /// What SQLite or the system says.
        detail: String,
    },
    /// No space; nothing was lost and the next append tries again.
    #[error("no space for the journal ({detail}); free space on its disk, nothing was lost")]
    Full {
        /// What SQLite says.
        detail: String,
    },
    /// The write may or may not have happened; the next append looks before it writes.
    #[error(
        "the journal could not be written ({detail}); check the disk, the next write looks first what is on it"
    )]
    Unwritable {
        /// What SQLite or the system says.
        detail: String,
    },
    /// After a failed write the file holds something that this process did not write.
    #[error(
        "the journal changed underneath: expected {expected} rows, found {found}; the terminal stays locked, call service"
    )]
    HeadChanged {
        /// Rows by this process.
        expected: u64,
        /// Rows in the file.
        found: u64,
    },
    /// The operation's identity is already in the chain.
    #[error("operation {op_id} is already row {seq} of the journal; an identity is never used twice")]
    OperationKnown {
        /// Which.
        op_id: OperationId,
        /// Its row.
        seq: u64,
    },
    /// The gateway holds another history of this terminal.
    #[error(
        "the gateway's row {seq} differs from ours: a fork; the terminal stops new business, the MFO must decide"
    )]
    Fork {
        /// The row.
        seq: u64,
        /// Hash or root here.
        ours: String,
        /// Hash or root there.
        theirs: String,
    },
    /// The gateway acknowledges rows that were never written here.
    #[error(
        "the gateway acknowledges row {acked} but the journal has {rows} rows: an old image was restored; call service"
    )]
    AcknowledgedAhead {
        /// Acknowledged row.
        acked: u64,
        /// Rows here.
        rows: u64,
    },
    /// A checkpoint note cannot be read or signed, or is of somebody else.
    #[error("the checkpoint note is unusable: {detail}")]
    Note {
        /// What is wrong.
        detail: String,
    },
    /// A row could not be built or read; a programming or key error, nothing was written.
    #[error("the operation cannot be written: {detail}")]
    Operation {
        /// What is wrong.
        detail: String,
    },
    /// A key does not answer.
    #[error("the journal's key does not work: {0}")]
    Key(#[from] senim_operation::signer::KeyError),
    /// The copy of unsent rows on the second device does not keep up; business goes on.
    #[error("the second copy of unsent rows at {path} does not keep up: {detail}")]
    SecondCopy {
        /// The configured directory.
        path: PathBuf,
        /// What is wrong and what to do.
        detail: String,
    },
    /// The export directory cannot be written.
    #[error("the export cannot be written to {path}: {detail}")]
    Export {
        /// Where.
        path: PathBuf,
        /// What failed.
        detail: String,
    },
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let detail = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { detail },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { detail },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged { detail },
            // A guard of the schema spoke: the same write would fail for ever.
            Some(ErrorCode::ConstraintViolation) => Self::Operation { detail },
            _ => Self::Unwritable { detail },
        }
    }
}

impl JournalError {
    /// Whether waiting and trying again can help without a person at the terminal.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Full { .. } | Self::Unwritable { .. } | Self::ReadOnly { .. })
    }

    /// Whether the evidence itself is wrong, and not the way to it: a person must look, waiting changes nothing.
    #[must_use]
    pub const fn is_finding(&self) -> bool {
        matches!(
            self,
            Self::Lost { .. }
                | Self::WalLost { .. }
                | Self::Truncated { .. }
                | Self::Damaged { .. }
                | Self::Chain { .. }
                | Self::OlderImage { .. }
                | Self::HeadChanged { .. }
                | Self::Fork { .. }
                | Self::AcknowledgedAhead { .. }
        )
    }

    pub(crate) fn operation(error: impl std::fmt::Display) -> Self {
        Self::Operation { detail: error.to_string() }
    }

    pub(crate) fn note(error: impl std::fmt::Display) -> Self {
        Self::Note { detail: error.to_string() }
    }
}
