//! Text messages to clients.

use senim_domain::Secret;

use super::ConnectorError;

/// Sends text messages.
pub trait Sms: Send + Sync {
    /// Hands over a message.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn send(&self, to: &Secret, text: &Secret, purpose: &'static str) -> Result<(), ConnectorError>;
}
