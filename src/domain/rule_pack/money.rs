//! Cash out, cash in, and what a payment goes to first.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::service::PayoutMethod;
use super::{RulePackError, need};
use crate::business_days::Day;
use crate::cash::Denomination;
use crate::debt::DebtPart;
use crate::money::Tiyn;

/// Payout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayoutRules {
    /// Life of an authorisation on the terminal's monotonic clock.
    pub authorisation_life_seconds: u32,
    /// Largest sum paid in cash in one visit.
    pub max_amount_tiyn: Tiyn,
    /// Ways that the MFO works with; each also needs its service among the allowed operations.
    pub methods: BTreeSet<PayoutMethod>,
}

/// Repayment in cash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepaymentRules {
    /// Largest sum taken in one visit.
    pub max_amount_tiyn: Tiyn,
    /// Largest sum taken for a contract number while the MFO does not answer.
    pub offline_max_amount_tiyn: Tiyn,
    /// Notes that are taken; any other is returned.
    pub accepted: Vec<AcceptedNote>,
    /// What becomes of money above the debt.
    pub overpayment: Overpayment,
}

/// A note that is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptedNote {
    /// Value.
    pub denomination: Denomination,
    /// Series as the acceptor's firmware names it, 1 to 16 characters.
    pub series: String,
    /// Last day on which it is taken (B11, end of parallel circulation); absent: no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
}

/// What becomes of money above what is due. The acceptor gives no change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overpayment {
    /// It waits for the next due date.
    KeepForNextDue,
    /// It repays early at once, the instalment gets lower.
    RepayEarly,
}

/// Early repayment (B0): free of charge always, so there is no fee to state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlyRepayment {
    /// Whether a part may shorten the term.
    pub shorter_term: bool,
    /// Whether a part may lower the instalments.
    pub lower_instalment: bool,
    /// Smallest part; more than what is due.
    pub min_part_tiyn: Tiyn,
}

impl PayoutRules {
    pub(super) fn validate(&self) -> Result<(), RulePackError> {
        let life = self.authorisation_life_seconds;
        need((10..=600).contains(&life), "payout.authorisation_life_seconds", "is 10 to 600")?;
        need(self.max_amount_tiyn > Tiyn::ZERO, "payout.max_amount_tiyn", "is more than zero")?;
        need(!self.methods.is_empty(), "payout.methods", "has at least one")
    }
}

impl RepaymentRules {
    pub(super) fn validate(&self) -> Result<(), RulePackError> {
        need(self.max_amount_tiyn > Tiyn::ZERO, "repayment.max_amount_tiyn", "is more than zero")?;
        let offline = self.offline_max_amount_tiyn <= self.max_amount_tiyn;
        need(offline, "repayment.offline_max_amount_tiyn", "is at most max_amount_tiyn")?;
        need(!self.accepted.is_empty(), "repayment.accepted", "has at least one note")?;
        let kinds: BTreeSet<_> = self.accepted.iter().map(|n| (n.denomination, n.series.as_str())).collect();
        need(kinds.len() == self.accepted.len(), "repayment.accepted", "has each note once")?;
        let sound = self
            .accepted
            .iter()
            .all(|note| note.denomination.0 > 0 && (1..=16).contains(&note.series.chars().count()));
        need(sound, "repayment.accepted", "has a value and a series of 1 to 16 characters")
    }

    /// Whether a note of this value and series is taken on a date.
    #[must_use]
    pub fn takes(&self, denomination: Denomination, series: &str, on: jiff::civil::Date) -> bool {
        self.accepted.iter().any(|note| {
            note.denomination == denomination
                && note.series == series
                && note.until.is_none_or(|until| on <= until.0)
        })
    }

    /// Values that are taken on a date, whatever the series.
    #[must_use]
    pub fn denominations(&self, on: jiff::civil::Date) -> BTreeSet<Denomination> {
        let current = self.accepted.iter().filter(|note| note.until.is_none_or(|until| on <= until.0));
        current.map(|note| note.denomination).collect()
    }
}

impl EarlyRepayment {
    pub(super) fn validate(&self) -> Result<(), RulePackError> {
        need(
            self.shorter_term || self.lower_instalment,
            "early_repayment",
            "allows one of its two ways: the law gives the borrower the choice",
        )
    }
}

/// Whether an order of allocation names each part of a debt once.
pub(super) fn validate_allocation(order: &[DebtPart]) -> Result<(), RulePackError> {
    let parts: BTreeSet<DebtPart> = order.iter().copied().collect();
    let whole = order.len() == DebtPart::ALL.len() && parts.len() == order.len();
    need(whole, "allocation", "has each part of a debt once")
}
