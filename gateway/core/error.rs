//! How a request can end badly, and what the asking side can do about it.

use senim_operation::signer::KeyError;

use crate::entropy::NoEntropy;
use crate::store::StoreError;
use crate::vault::VaultError;

/// The gateway understood and said no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such terminal here.
    #[error("this terminal is not enrolled at this gateway; enrol it")]
    NotEnrolled,
    /// Its chain broke before.
    #[error("this terminal is quarantined; the MFO has to look at its journal")]
    Quarantined,
    /// Rows are missing before this one.
    #[error("rows are missing: expected {expected_seq}")]
    Gap {
        /// The seq that should have come.
        expected_seq: u64,
    },
    /// The terminal has another history than the one that is here.
    #[error("row {seq} differs from the one that is here: two histories; the terminal is quarantined")]
    Fork {
        /// Where they part.
        seq: u64,
    },
    /// Signature, chain or form is wrong.
    #[error("a row is not sound ({code}); the terminal is quarantined and the row kept as evidence")]
    BadRow {
        /// Its own seq, as far as it could be read.
        seq: Option<u64>,
        /// What is wrong.
        code: &'static str,
    },
    /// A rig terminal at a production gateway, or the other way round.
    #[error("the terminal's profile is not the gateway's; connect it to the right gateway")]
    WrongProfile,
    /// Too many rows at once.
    #[error("more than {max} rows at once; send fewer")]
    TooManyRows {
        /// Most rows.
        max: usize,
    },
    /// The bytes are not those of the name.
    #[error("the attachment's SHA-256 is not the one in its address")]
    HashMismatch,
    /// Attachments without rows pile up.
    #[error("too many attachments without their rows; send the rows first")]
    TooManyLoose,
    /// Rows seen ahead pile up.
    #[error("too many rows ahead of the chain; send the rows before them first")]
    TooManyAhead,
    /// Nobody waits for a row of this kind.
    #[error("rows of this kind do not travel ahead; send it with the chain")]
    NotAhead,
    /// A piece that does not begin where the last one ended.
    #[error("{held} bytes of the attachment are here; go on from there")]
    Offset {
        /// Bytes that are here.
        held: usize,
    },
    /// A piece that makes no sense.
    #[error("the piece does not fit its attachment, or is too short")]
    BadPiece,
    /// A line that is no telemetry.
    #[error("{0}")]
    BadTelemetry(senim_operation::telemetry::BadTelemetry),
    /// The note is none, or not this terminal's.
    #[error("the checkpoint is refused: {why}")]
    BadNote {
        /// What is wrong.
        why: String,
    },
    /// The nonce has another form.
    #[error("a nonce has 22 to 64 characters of base64url")]
    BadNonce,
    /// Too many sealed documents were opened within the hour.
    #[error(
        "too many documents were opened within the hour; the alarm was given; wait, or have the limit raised"
    )]
    OpeningLimit,
    /// A rule pack that is not drafted, approved or published.
    #[error(transparent)]
    RulePack(#[from] crate::rule_packs::PackRefusal),
    /// A notice that is not recorded, or activates nothing.
    #[error(transparent)]
    Activation(#[from] crate::activation::ActivationRefusal),
    /// A member of staff asked for something that makes no sense.
    #[error("{0}")]
    BadDirective(String),
}

/// Why a request did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// Understood, and no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed: later.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key of the MFO failed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Sealed records and keys do not fit.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// No randomness.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    /// Something of our own could not be written: a fault in this program.
    #[error("internal: {0}; report this fault")]
    Internal(String),
}

/// Refuses what an operator asks for, in words for the operator.
pub(crate) fn bad_directive(why: &str) -> GatewayError {
    Refusal::BadDirective(why.to_owned()).into()
}
