//! What can go wrong while a load is made: nothing that the measured programs did.

use senim_operation::checkpoint::NoteError;
use senim_operation::envelope::EnvelopeError;
use senim_operation::signer::KeyError;

/// Why a load cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A key failed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A row cannot be built.
    #[error(transparent)]
    Row(#[from] EnvelopeError),
    /// A note cannot be signed.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A certificate cannot be made or read.
    #[error("a certificate of the load test cannot be made: {0}")]
    Certificate(String),
    /// A file cannot be written.
    #[error("a file of the load test cannot be written: {0}; check the disk's space")]
    File(#[from] std::io::Error),
}

impl LoadError {
    pub(crate) fn certificate(error: impl std::fmt::Display) -> Self {
        Self::Certificate(error.to_string())
    }
}
