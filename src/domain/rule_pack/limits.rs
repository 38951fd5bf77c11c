//! Numbers of the law and of the MFO's prudence: MRP, caps, cooling-off, debt burden, delays.

use serde::{Deserialize, Serialize};

use super::service::{PayoutMethod, Purpose};
use super::{RulePackError, need};
use crate::money::Tiyn;
use crate::rate::{AnnualRate, DailyRate};
use crate::time::UtcMillis;

/// The monthly calculation index of one year (B0).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct YearlyMrp {
    /// Calendar year.
    pub year: i16,
    /// Its index.
    pub mrp_tiyn: Tiyn,
}

/// Statutory limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caps {
    /// How GESV is compared with its limit.
    pub rule: CapRule,
    /// Largest microcredit in MRP.
    pub max_principal_mrp: u32,
    /// Largest GESV of an ordinary microcredit.
    pub ordinary_gesv_percent: AnnualRate,
    /// Limits of the short small microcredit.
    pub short: ShortCap,
    /// Longest unsecured consumer microcredit in months (B2.5: five years).
    pub max_unsecured_consumer_months: u16,
}

/// How GESV is compared with its limit; the law does not say which (B1, B22.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapRule {
    /// The unrounded value: 46.0346 is above 46.
    Strict,
    /// The value as shown, in tenths: 46.0346 passes as 46.0.
    Rounded,
}

/// What makes a microcredit short, and its limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShortCap {
    /// Longest term in calendar days.
    pub days: u32,
    /// Largest amount in MRP.
    pub mrp_count: u32,
    /// The daily rate must be below this, not equal.
    pub daily_rate_below_percent: DailyRate,
    /// Largest GESV.
    pub gesv_percent: AnnualRate,
}

/// When a contract has to rest before payout (B6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoolingOff {
    /// Whether a terminal counts as "online"; sources do not say, so it is a switch.
    pub at_terminals: bool,
    /// Above this many MRP, to the tiyn, all consumer microcredits of one day together.
    pub above_mrp: u32,
    /// Hours from conclusion of the contract.
    pub hours: u16,
    /// Whether a microcredit paid to a merchant for goods rests too.
    pub goods_too: bool,
}

impl CoolingOff {
    /// First moment at which a contract concluded at `concluded` may be confirmed and paid out.
    #[must_use]
    pub const fn ends(&self, concluded: UtcMillis) -> UtcMillis {
        UtcMillis(concluded.0.saturating_add(self.hours as i64 * 3_600_000))
    }

    /// Whether a microcredit that is paid out this way can fall under the delay at all.
    #[must_use]
    pub fn concerns(&self, purpose: Purpose, secured: bool, payout: PayoutMethod) -> bool {
        let goods = payout == PayoutMethod::Merchant;
        self.at_terminals && purpose == Purpose::Consumer && !secured && (!goods || self.goods_too)
    }
}

/// How much of the income may go into debt (B5); counted at the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DebtBurden {
    /// Largest coefficient in hundredths: 50 is 0.5, "not more than".
    pub limit_hundredths: u32,
    /// Largest coefficient of somebody with a long delay in the last year.
    pub reduced_limit_hundredths: u32,
    /// A delay in another microcredit longer than this many days refuses an unsecured one.
    pub max_overdue_days: u16,
}

/// Delays that the Rules set, in business days (A12.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadlines {
    /// Between notice and opening or change of a terminal.
    pub notice: u16,
    /// Measures after an incident.
    pub incident_measures: u16,
    /// Telling the client and the regulator of an incident.
    pub incident_notice: u16,
    /// Suspending interest and collection after an act of the investigator.
    pub suspension: u16,
    /// Writing off, correcting and returning after a verdict.
    pub write_off: u16,
    /// Deciding on the revocation of a consent; silence makes it void.
    pub revocation: u16,
}

impl Caps {
    pub(super) fn validate(&self) -> Result<(), RulePackError> {
        need(self.max_principal_mrp > 0, "caps.max_principal_mrp", "is more than zero")?;
        need(
            self.max_unsecured_consumer_months > 0,
            "caps.max_unsecured_consumer_months",
            "is more than zero",
        )
    }
}

impl Deadlines {
    pub(super) fn validate(&self) -> Result<(), RulePackError> {
        let all = [
            ("deadlines.notice", self.notice),
            ("deadlines.incident_measures", self.incident_measures),
            ("deadlines.incident_notice", self.incident_notice),
            ("deadlines.suspension", self.suspension),
            ("deadlines.write_off", self.write_off),
            ("deadlines.revocation", self.revocation),
        ];
        all.iter().try_for_each(|(field, days)| need((1..=90).contains(days), field, "is 1 to 90"))
    }
}

impl DebtBurden {
    pub(super) fn validate(&self) -> Result<(), RulePackError> {
        need((1..=1000).contains(&self.limit_hundredths), "debt_burden.limit_hundredths", "is 1 to 1000")?;
        need(
            self.reduced_limit_hundredths <= self.limit_hundredths,
            "debt_burden.reduced_limit_hundredths",
            "is at most limit_hundredths",
        )
    }
}

/// Whether years rise and there is at least one.
pub(super) fn validate_mrp(mrp: &[YearlyMrp]) -> Result<(), RulePackError> {
    let rising = mrp.windows(2).all(|pair| pair.first().map(|y| y.year) < pair.last().map(|y| y.year));
    need(!mrp.is_empty() && rising, "mrp", "has each year once, rising")?;
    need(mrp.iter().all(|year| year.mrp_tiyn > Tiyn::ZERO), "mrp", "is more than zero in each year")
}
