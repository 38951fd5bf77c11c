//! The call to a client whose data leaked: telling of the theft, recommending a voluntary refusal.

use senim_domain::{ClientId, Language, Secret, UtcMillis};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ConnectorError;

/// Identity of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(pub Uuid);

/// A call to be made.
#[derive(Clone, Debug)]
pub struct CheckCallOrder {
    /// Identity; the same again is no second call.
    pub call: CallId,
    /// Whom.
    pub client: ClientId,
    /// Where.
    pub phone: Secret,
    /// In which language.
    pub language: Language,
}

/// How a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "state")]
pub enum CheckCallState {
    /// Not made yet.
    Waiting,
    /// The client was told of the theft and of the refusal, and confirms the operation.
    Confirmed {
        /// When.
        at: UtcMillis,
    },
    /// The client says that the operation is not theirs.
    Denied {
        /// When.
        at: UtcMillis,
    },
    /// Nobody answered.
    NotReached {
        /// When.
        at: UtcMillis,
    },
}

/// Whoever calls.
pub trait CheckCall: Send + Sync {
    /// Orders a call; idempotent.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn order(&self, order: &CheckCallOrder) -> Result<CheckCallState, ConnectorError>;
    /// How it stands; `None`: it was never ordered.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn state(&self, call: CallId) -> Result<Option<CheckCallState>, ConnectorError>;
}
