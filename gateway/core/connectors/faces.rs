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

/// What the matcher says of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaceMatch {
    /// What it sees.
    pub verdict: FaceVerdict,
    /// Likeness, thousandths; `None`: it tells none.
    pub score_permille: Option<u16>,
}

impl FaceMatch {
    /// The verdict where the MFO asks for this likeness at least, thousandths; whoever is less alike is somebody else. 0: the
    /// matcher's own threshold counts alone.
    #[must_use]
    pub fn at_least(self, permille: u16) -> FaceVerdict {
        match (self.verdict, self.score_permille) {
            (FaceVerdict::Same, score) if score.unwrap_or(0) < permille => FaceVerdict::Other,
            (verdict, _) => verdict,
        }
    }
}

impl From<FaceVerdict> for FaceMatch {
    fn from(verdict: FaceVerdict) -> Self {
        Self { verdict, score_permille: None }
    }
}

/// Compares a picture with the enrolled portrait.
pub trait FaceMatcher: Send + Sync {
    /// The verdict.
    ///
    /// # Errors
    /// [`ConnectorError`].
    fn compare(&self, client: ClientId, picture: &SecretBytes) -> Result<FaceMatch, ConnectorError>;
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
