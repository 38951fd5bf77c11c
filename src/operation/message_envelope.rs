//! Who, when, to whom: the form that every message of the MFO has.

use senim_domain::{MessageId, OperationId, SessionId, TerminalId, UtcMillis};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Version of the message's form.
pub const VERSION: u32 = 1;

/// Who, when, to whom; the body apart.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageEnvelope {
    /// Format version: 1.
    pub ver: u32,
    /// Identity; the same message may arrive twice.
    pub message_id: MessageId,
    /// Terminal that it is for.
    pub terminal: TerminalId,
    /// Session that it is for; absent in durable kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// Operation that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_reply_to: Option<OperationId>,
    /// The MFO's time.
    pub at: UtcMillis,
    /// Kind: the name of a variant of [`MessageBody`](crate::message::MessageBody).
    pub kind: String,
    /// Fields of the kind.
    pub body: Value,
}

/// Says nothing of the body: it may speak of a person.
impl std::fmt::Debug for MessageEnvelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MessageEnvelope({} {} to {} at {})", self.kind, self.message_id, self.terminal, self.at)
    }
}
