//! Who of the MFO's staff opens a terminal's service mode, and by which card.
//!
//! A card is known by the hash of its certificate, so that a technician can work at a terminal that has no line to the MFO. It
//! is withdrawn by a pack that does not name it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{RulePackError, is_name, need};

/// Most service cards of an MFO.
const MOST_CARDS: usize = 256;
/// Length of SHA-256 in base64url.
const HASH_CHARS: usize = 43;

/// What somebody does at a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StaffRole {
    /// Keeps it running; touches no cash.
    Technician,
    /// Brings, counts and takes cash.
    CashOfficer,
}

/// A member of staff and their service card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffCard {
    /// Number of the member of staff, as rows name them: 1 to 32 of `a-z 0-9 -`, never a person's name.
    pub staff: String,
    /// What they do.
    pub role: StaffRole,
    /// SHA-256 of the card's certificate for logging in (DER), base64url.
    pub certificate_sha256: String,
}

/// Service cards. A pack without them opens no service mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffRules {
    /// Every card, at most 256; each certificate once.
    pub cards: Vec<StaffCard>,
    /// Whether cash is touched only when two cash officers have shown their cards.
    pub two_persons_for_cash: bool,
}

impl StaffRules {
    /// The card with this certificate.
    #[must_use]
    pub fn card(&self, certificate_sha256: &str) -> Option<&StaffCard> {
        self.cards.iter().find(|card| card.certificate_sha256 == certificate_sha256)
    }

    pub(super) fn validate(&self) -> Result<(), RulePackError> {
        need((1..=MOST_CARDS).contains(&self.cards.len()), "staff.cards", "has 1 to 256")?;
        let named = self.cards.iter().all(|card| is_name(&card.staff));
        need(named, "staff.cards.staff", "is 1 to 32 of a-z, 0-9 and -")?;
        let in_base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let hashed = self.cards.iter().all(|card| {
            let hash = card.certificate_sha256.as_bytes();
            hash.len() == HASH_CHARS && hash.iter().copied().all(in_base64url)
        });
        need(hashed, "staff.cards.certificate_sha256", "is SHA-256 in base64url")?;
        let different: BTreeSet<&str> =
            self.cards.iter().map(|card| card.certificate_sha256.as_str()).collect();
        need(different.len() == self.cards.len(), "staff.cards", "has each certificate once")
    }
}
