//! The requests of the gateway's terminal interface as values, and their answers.

use senim_domain::{OperationId, Secret};
use serde::Deserialize;

/// A request to the gateway, complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// `GET /v1/time`.
    Time {
        /// 22–64 characters base64url, never used before.
        nonce: String,
    },
    /// `POST …/operations`: compact JWS rows in order.
    Operations {
        /// The rows.
        rows: Vec<String>,
    },
    /// `POST …/ahead`: a row ahead of the chain.
    Ahead {
        /// The KeyEpoch row of its key, while the gateway has not acknowledged that.
        key_epoch: Option<String>,
        /// The row.
        row: String,
    },
    /// `PUT …/attachments/{sha256}`.
    Attachment {
        /// SHA-256 of the JWE, base64url.
        sha256: String,
        /// Compact JWE.
        jwe: String,
    },
    /// `GET …/attachments/{sha256}`: how much of it is there.
    AttachmentHeld {
        /// SHA-256 of the JWE, base64url.
        sha256: String,
    },
    /// `PATCH …/attachments/{sha256}`: the next piece.
    AttachmentPiece {
        /// SHA-256 of the JWE, base64url.
        sha256: String,
        /// Where the piece begins.
        offset: usize,
        /// Length of the whole.
        size: usize,
        /// The piece.
        text: String,
    },
    /// `POST …/checkpoint`.
    Checkpoint {
        /// Signed note.
        note: String,
    },
    /// `GET …/inbox`.
    Inbox {
        /// Number of the last message held.
        after: u64,
        /// Seconds that the gateway may hold the answer back.
        wait_seconds: u32,
        /// The operation whose answer somebody waits for, should it have been lost on the way.
        awaits: Option<OperationId>,
    },
    /// `POST …/telemetry`.
    Telemetry {
        /// JSON lines, oldest first.
        lines: Vec<String>,
    },
}

/// An answer of the gateway.
#[derive(Clone, Debug)]
pub enum Answer {
    /// To [`Request::Time`]: compact JWS `senim-time+jws`.
    Time(String),
    /// To [`Request::Operations`].
    Operations(Acknowledgement),
    /// To [`Request::Ahead`].
    Ahead(SeenAhead),
    /// To [`Request::Attachment`], [`Request::AttachmentHeld`] and [`Request::AttachmentPiece`].
    Attachment(AttachmentStored),
    /// To [`Request::Checkpoint`].
    Checkpoint(Cosigned),
    /// To [`Request::Inbox`].
    Inbox(InboxPage),
    /// To [`Request::Telemetry`].
    Telemetry,
    /// No answer, or a refusal.
    Failed(Failure),
}

/// `200` of the operations interface.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Acknowledgement {
    /// Last row stored, none while nothing is.
    pub acked_seq: Option<u64>,
    /// Its hash.
    pub acked_hash: Option<String>,
    /// Messages about the person of the session: secrets.
    #[serde(default)]
    pub replies: Vec<Secret>,
    /// Attachments of rows of this batch that are not there.
    #[serde(default)]
    pub missing: Vec<String>,
    /// Attachments that are in the second copy.
    #[serde(default)]
    pub archived: Vec<String>,
    /// Highest number of the durable inbox.
    #[serde(default)]
    pub inbox: u64,
    /// Compact JWS of a `Rewind` that this terminal has not answered.
    #[serde(default)]
    pub rewind: Option<String>,
}

/// `200` of the ahead interface. The watermark in it says nothing about the row.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct SeenAhead {
    /// The stored answer to the row: a secret.
    #[serde(default)]
    pub replies: Vec<Secret>,
    /// The row's attachment, where it is not there.
    #[serde(default)]
    pub missing: Vec<String>,
    /// Highest number of the durable inbox.
    #[serde(default)]
    pub inbox: u64,
}

/// `200` of the attachments interface.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct AttachmentStored {
    /// Whether it is there as a whole.
    #[serde(default)]
    pub stored: bool,
    /// How many bytes of it are there, where it is not.
    #[serde(default)]
    pub held: usize,
    /// In the second copy: the terminal deletes it.
    #[serde(default)]
    pub archived: bool,
    /// Answers to rows that waited for it.
    #[serde(default)]
    pub replies: Vec<Secret>,
}

/// `200` of the checkpoint interface.
#[derive(Clone, Debug, Deserialize)]
pub struct Cosigned {
    /// The note with the gateway's line.
    pub note: String,
    /// Attachments that are in the second copy.
    #[serde(default)]
    pub archived: Vec<String>,
}

/// `200` of the inbox.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct InboxPage {
    /// Messages in order.
    pub messages: Vec<InboxMessage>,
    /// Highest number there is.
    #[serde(default)]
    pub head: u64,
    /// Answers that came later than the rows that ask for them: secrets.
    #[serde(default)]
    pub replies: Vec<Secret>,
}

/// A durable message with its number.
#[derive(Clone, Debug, Deserialize)]
pub struct InboxMessage {
    /// Number from 1.
    pub n: u64,
    /// Compact JWS.
    pub jws: String,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No connection, or it broke: try again later.
    #[error("the MFO cannot be reached: {0}")]
    Unreachable(String),
    /// TLS failed on a certificate, theirs or ours.
    #[error("the secure connection was refused: {0}")]
    Certificate(String),
    /// The gateway refused with a status.
    #[error("the gateway answered {status} {code}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Code of the error document.
        code: String,
        /// Row that it expects, with `gap`.
        expected_seq: Option<u64>,
        /// Last row stored, where it said so.
        acked_seq: Option<u64>,
        /// Its hash.
        acked_hash: Option<String>,
        /// Bytes of an attachment that are there, with `offset`.
        held: Option<u32>,
        /// Compact JWS of a `Rewind` that this terminal has not answered.
        rewind: Option<String>,
    },
    /// An answer that is none.
    #[error("the gateway's answer cannot be read: {0}")]
    Unreadable(String),
}

/// What follows from a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// The same again, after a pause.
    Retry,
    /// Again, after a long pause; a person has to act meanwhile.
    RetrySlowly,
    /// Never again in this process; a person has to act.
    Stop,
    /// The gateway holds other rows than we think.
    Realign,
}

impl Failure {
    /// A refusal with nothing but its status and code.
    #[must_use]
    pub fn refused(status: u16, code: &str) -> Self {
        Self::Refused {
            status,
            code: code.to_owned(),
            expected_seq: None,
            acked_seq: None,
            acked_hash: None,
            held: None,
            rewind: None,
        }
    }

    /// The one place where statuses are judged.
    #[must_use]
    pub fn consequence(&self) -> Consequence {
        match self {
            Self::Unreachable(_) | Self::Unreadable(_) => Consequence::Retry,
            Self::Certificate(_) => Consequence::RetrySlowly,
            Self::Refused { status, code, .. } => match (*status, code.as_str()) {
                (409, "gap") => Consequence::Realign,
                (409, _) | (422, "bad_row" | "wrong_profile" | "bad_note") => Consequence::Stop,
                (403, _) | (404, _) | (400, _) | (413, _) | (415, _) | (422, _) => Consequence::RetrySlowly,
                (_, _) => Consequence::Retry,
            },
        }
    }

    /// Whether it is this terminal that is refused, and not what it sent.
    #[must_use]
    pub const fn is_about_us(&self) -> bool {
        matches!(self, Self::Certificate(_) | Self::Refused { status: 401 | 403, .. })
    }

    /// A code for the technician and the journal.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Certificate(_) => "certificateRefused",
            Self::Unreadable(_) => "unreadable",
            Self::Refused { code, .. } => code,
        }
    }
}
