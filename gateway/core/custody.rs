//! What the MFO sets for the keeping of personal data: how long, how often people may open it, what is reported.

use serde::Deserialize;

/// Settings of the archive, of openings and of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Custody {
    /// How long documents are kept.
    pub retention: Retention,
    /// How often people may open documents.
    pub openings: OpeningLimits,
    /// Whether a webhook is to be served: events wait for it.
    pub webhook: bool,
    /// Days after which an event that the webhook did not take is put aside.
    pub dead_after_days: u32,
    /// Days that events can be read in the feed.
    pub feed_days: u32,
}

/// Days of keeping, by class of document; counted from the end of obligations where there was a loan.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// IIN and codes of a client's logins.
    pub login_days: u32,
    /// Faces of a client.
    pub face_days: u32,
    /// Contracts.
    pub contract_days: u32,
    /// Drafts to which nobody agreed.
    pub offer_days: u32,
    /// Everything else of a client.
    pub other_days: u32,
    /// What somebody left who did not become known as a client.
    pub stranger_days: u32,
    /// Attachments whose row never came.
    pub loose_days: u32,
}

/// Most openings by people in any hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OpeningLimits {
    /// Of one person.
    pub per_person: u32,
    /// Of all together.
    pub total: u32,
}

/// Five years and the leap days in them: R-134 lets nothing of a client go earlier.
const FIVE_YEARS: u32 = 1827;

impl Retention {
    /// Whether everything of a client is kept as long as R-134 demands.
    #[must_use]
    pub fn keeps_five_years(&self) -> bool {
        [self.login_days, self.face_days, self.contract_days, self.offer_days, self.other_days]
            .iter()
            .all(|days| *days >= FIVE_YEARS)
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            login_days: FIVE_YEARS,
            face_days: FIVE_YEARS,
            contract_days: FIVE_YEARS,
            offer_days: FIVE_YEARS,
            other_days: FIVE_YEARS,
            stranger_days: 90,
            loose_days: 30,
        }
    }
}

impl Default for OpeningLimits {
    fn default() -> Self {
        Self { per_person: 30, total: 100 }
    }
}

impl Default for Custody {
    fn default() -> Self {
        Self {
            retention: Retention::default(),
            openings: OpeningLimits::default(),
            webhook: false,
            dead_after_days: 7,
            feed_days: 30,
        }
    }
}
