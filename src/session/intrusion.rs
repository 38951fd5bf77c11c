//! Somebody else entered a client's account, and no data are known to have spread: the client reads of it at the next login,
//! before anything else.

use senim_domain::{ClientId, UtcMillis};
use senim_operation::message::MessageBody;

use crate::state::Errand;

/// What is told, and what goes on behind it.
#[derive(Debug)]
pub struct Intrusion {
    /// Whose account.
    pub client: ClientId,
    /// Since when the MFO knows.
    pub since: UtcMillis,
    /// When it came on the screen.
    pub shown_at: UtcMillis,
    /// The welcome that waits.
    pub(crate) welcome: MessageBody,
    /// What they came for.
    pub(crate) errand: Errand,
}
