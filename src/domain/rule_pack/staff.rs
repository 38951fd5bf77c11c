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

#[cfg(test)]
mod tests {
    use super::*;

    fn card(staff: &str, certificate: char) -> StaffCard {
        StaffCard {
            staff: staff.to_owned(),
            role: StaffRole::CashOfficer,
            certificate_sha256: certificate.to_string().repeat(HASH_CHARS),
        }
    }

    fn fault(cards: Vec<StaffCard>) -> Option<String> {
        let rules = StaffRules { cards, two_persons_for_cash: true };
        rules.validate().err().map(|error| error.to_string())
    }

    #[test]
    fn somebody_may_have_two_cards_and_no_certificate_is_two_peoples() {
        assert_eq!(fault(vec![card("c-004", 'A'), card("c-004", 'B')]), None);
        let twice = fault(vec![card("c-004", 'A'), card("c-011", 'A')]);
        assert!(twice.is_some_and(|why| why.contains("each certificate once")));
    }

    #[test]
    fn a_list_without_cards_or_with_too_many_is_refused() {
        assert!(fault(Vec::new()).is_some_and(|why| why.contains("has 1 to 256")));
        let of = |number: usize| StaffCard {
            certificate_sha256: format!("{number:0>width$}", width = HASH_CHARS),
            ..card("c-004", 'A')
        };
        assert_eq!(fault((0..MOST_CARDS).map(of).collect()), None);
        assert!(fault((0..=MOST_CARDS).map(of).collect()).is_some_and(|why| why.contains("has 1 to 256")));
    }

    #[test]
    fn a_number_that_may_be_a_name_and_a_hash_that_is_none_are_refused() {
        for name in ["", "Ivanov", "иванов", "a b", &"x".repeat(33)] {
            let why = fault(vec![card(name, 'A')]);
            assert!(why.is_some_and(|why| why.contains("staff.cards.staff")), "{name}");
        }
        for hash in ["", "A", &"=".repeat(HASH_CHARS), &"A".repeat(HASH_CHARS + 1)] {
            let wrong = StaffCard { certificate_sha256: hash.to_owned(), ..card("c-004", 'A') };
            let why = fault(vec![wrong]);
            assert!(why.is_some_and(|why| why.contains("certificate_sha256")), "{hash}");
        }
    }
}
