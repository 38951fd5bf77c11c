//! The face matcher of the MFO: one picture against the enrolled portrait of a client.

use senim_domain::{ClientId, SecretBytes};

use super::ConnectorError;

/// What the matcher sees in a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaceVerdict {
    /// The client.
    Same,
    /// Somebody else.
    Other,
    /// Nothing that can be compared.
    Unusable,
}

/// Compares a picture with the enrolled portrait.
pub trait FaceMatcher: Send + Sync {
    /// The verdict.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn compare(&self, client: ClientId, picture: &SecretBytes) -> Result<FaceVerdict, ConnectorError>;
    /// Enrols the portrait of a new client; idempotent. A matcher that keeps no portraits of its own refuses with
    /// `not_offered`.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn enrol(&self, client: ClientId, portrait: &SecretBytes) -> Result<(), ConnectorError> {
        let _ = (client, portrait);
        Err(ConnectorError::Refused { service: "faces", code: "not_offered".into() })
    }
}
