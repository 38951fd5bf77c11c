//! What messages say about token cards, and what a card signs to show who is there.

use senim_domain::{MessageId, SecretBytes, SessionId, TerminalId, UtcMillis};
use serde::{Deserialize, Serialize};

/// A challenge for the card that was shown: random, for this visit, used once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardChallenge {
    /// 32 random bytes, base64url.
    pub challenge: String,
    /// Seconds that it lives.
    pub life_seconds: u32,
}

impl CardChallenge {
    /// What the card signs: the challenge with everything that it is for, so that a signature made here opens nothing
    /// anywhere else.
    #[must_use]
    pub fn to_sign(&self, terminal: &TerminalId, session: SessionId, message: MessageId) -> SecretBytes {
        let text = format!("senim-card:{terminal}:{session}:{message}:{}", self.challenge);
        SecretBytes::new(text.into_bytes())
    }
}

/// What a card has to sign under a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardSignatureToMake {
    /// Which signature.
    pub signature: senim_domain::SignatureId,
    /// The signed attributes of the CMS, DER in base64; they hold the document's hash.
    pub attributes: String,
    /// The moment in them.
    pub signed_at: UtcMillis,
}

/// Why a card opens nothing, as far as the person is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CardRefusal {
    /// It is bound to no cabinet.
    NotBound,
    /// It is somebody else's.
    OtherPerson,
    /// Its certificate is over, or begins later.
    Expired,
    /// It was withdrawn, or reported lost.
    Revoked,
    /// The MFO did not issue it.
    NotIssued,
    /// Its signature does not fit.
    NotVerified,
    /// The challenge is over, or was used.
    ChallengeOver,
    /// A fresh face of this visit is wanted first.
    FaceCheck,
    /// The PIN of such a card is typed on a reader's own keys only, and there are none here.
    NeedsPinPad,
    /// Cards are not used here, or not for this person.
    NotAvailable,
    /// A service behind the MFO does not answer.
    TryLater,
}
