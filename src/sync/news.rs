//! What an answer means for the terminal.

use senim_domain::Secret;

use crate::wire::InboxMessage;

/// What an answer means for the terminal.
#[derive(Clone, Debug)]
pub enum News {
    /// A signed time, to be verified against the nonce sent.
    Time(String),
    /// The gateway holds everything up to this row.
    Acknowledged {
        /// Row.
        seq: u64,
        /// Its hash; must be ours.
        hash: String,
    },
    /// The MFO calls for rows again: compact JWS of a `Rewind`, perhaps one that was obeyed already.
    Rewind(String),
    /// The gateway expects this row next. Where it is one that it has acknowledged before, the gateway has forgotten:
    /// [`crate::Sync::gateway_forgot`].
    Expects(u64),
    /// The gateway's inbox ends before messages that are held here: it has forgotten them, and perhaps rows too.
    InboxForgotten,
    /// The gateway has seen this row ahead of the chain.
    SeenAhead {
        /// Row.
        seq: u64,
    },
    /// The gateway does not take this row ahead; the chain will bring it.
    AheadRefused {
        /// Row.
        seq: u64,
    },
    /// The attachment under way is stored at the gateway.
    AttachmentStored,
    /// The gateway holds so much of the attachment under way.
    AttachmentHeld {
        /// Bytes from its beginning.
        bytes: usize,
    },
    /// The gateway does not take the attachment under way; others may pass it.
    AttachmentRefused {
        /// A code.
        cause: String,
    },
    /// How much of the attachment under way arrived is not known.
    AttachmentLost,
    /// These attachments must be sent again.
    AttachmentsMissing(Vec<String>),
    /// These may be deleted here.
    Archived(Vec<String>),
    /// The attachment under way may be deleted here.
    AttachmentArchived,
    /// The telemetry under way has arrived or is lost.
    TelemetryGone,
    /// A message about the person.
    Reply(Secret),
    /// A durable message.
    Directive(InboxMessage),
    /// The checkpoint with the gateway's signature.
    Cosigned(String),
    /// The line works, or does not, and why.
    Online {
        /// Whether it works.
        online: bool,
        /// Code of a cause that waiting does not cure; empty otherwise.
        cause: String,
    },
}
