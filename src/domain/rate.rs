//! Rates as exact decimals: a nominal annual rate in thousandths of a percent, a daily rate in hundred-thousandths.
//!
//! On the wire a rate is text with a fixed number of decimals (`"36.000"`, `"0.29000"`), so no reader rounds it and
//! there is one way to write it. What a rate costs is decided in [`crate::loan`], whether it is allowed in
//! [`crate::rule_pack`].

use serde::{Deserialize, Serialize};

/// Writes `units` of 10^-`decimals` with all decimals.
pub(crate) fn fixed(units: u64, decimals: u32) -> String {
    let one = 10_u64.pow(decimals);
    let width = usize::try_from(decimals).unwrap_or(0);
    if decimals == 0 {
        return units.to_string();
    }
    format!("{}.{:0width$}", units / one, units % one)
}

/// Reads a plain decimal with at most `decimals` places into units of 10^-`decimals`.
pub(crate) fn parse_fixed(text: &str, decimals: u32) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let places = u32::try_from(part.len()).ok()?;
    let digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let dangling = text.contains('.') && part.is_empty();
    if whole.is_empty() || dangling || !digits(whole) || !digits(part) || places > decimals {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let part: u64 = if part.is_empty() { 0 } else { part.parse().ok()? };
    let part = part.checked_mul(10_u64.checked_pow(decimals.checked_sub(places)?)?)?;
    whole.checked_mul(10_u64.checked_pow(decimals)?)?.checked_add(part)
}

/// The text is not a rate, or the rate is past what a rate may be here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a rate is a decimal number of percent: a year 0 to 1000 with at most 3 places, a day 0 to 10 with at most 5"
)]
pub struct BadRate;

macro_rules! rates {
    ($($(#[$doc:meta])* $name:ident, $decimals:literal, $max:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            /// Decimals of a percent that the type holds.
            pub const DECIMALS: u32 = $decimals;
            /// The largest rate.
            pub const MAX: Self = Self($max);

            /// A rate from its smallest units (10^-[`Self::DECIMALS`] percent).
            ///
            /// # Errors
            /// [`BadRate`] past [`Self::MAX`].
            pub const fn from_units(units: u32) -> Result<Self, BadRate> {
                if units > $max { Err(BadRate) } else { Ok(Self(units)) }
            }

            /// The smallest units (10^-[`Self::DECIMALS`] percent).
            #[must_use]
            pub const fn units(self) -> u32 {
                self.0
            }
        }

        /// Percent with all decimals, without a sign for percent.
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&fixed(u64::from(self.0), $decimals))
            }
        }

        /// Percent with any number of decimals that fits, as people type it.
        impl std::str::FromStr for $name {
            type Err = BadRate;
            fn from_str(text: &str) -> Result<Self, BadRate> {
                let units = parse_fixed(text, $decimals).and_then(|units| u32::try_from(units).ok());
                Self::from_units(units.ok_or(BadRate)?)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        /// Only the one way to write it: all decimals, no superfluous zero in front.
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                let rate: Self = text.parse().map_err(serde::de::Error::custom)?;
                if rate.to_string() == text { Ok(rate) } else { Err(serde::de::Error::custom(BadRate)) }
            }
        }
    )*};
}

rates! {
    /// Percent a year in thousandths of a percent, 0 to 1000 %. Also the unit of GESV limits.
    AnnualRate, 3, 1_000_000;
    /// Percent a day in hundred-thousandths of a percent, 0 to 10 %.
    DailyRate, 5, 1_000_000;
}

impl AnnualRate {
    /// Whole and tenths for display: `36` or `36.5` or `36.525`, without superfluous zeros.
    #[must_use]
    pub fn short(self) -> String {
        let text = self.to_string();
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_may_type_fewer_decimals_but_formats_write_all() {
        let rate: AnnualRate = "36".parse().unwrap();
        assert_eq!(rate.units(), 36_000);
        assert_eq!(rate.to_string(), "36.000");
        assert_eq!(rate.short(), "36");
        assert_eq!("38.3".parse::<AnnualRate>().unwrap().short(), "38.3");
        assert_eq!("0".parse::<AnnualRate>().unwrap().short(), "0");
        assert_eq!("100".parse::<AnnualRate>().unwrap().short(), "100");
        assert_eq!(serde_json::to_string(&rate).unwrap(), "\"36.000\"");
        assert_eq!(serde_json::from_str::<AnnualRate>("\"36.000\"").unwrap(), rate);
        for other in ["\"36\"", "\"036.000\"", "36", "\"36.0000\""] {
            assert!(serde_json::from_str::<AnnualRate>(other).is_err(), "{other}");
        }
        assert_eq!("0.28309".parse::<DailyRate>().unwrap().units(), 28_309);
    }

    #[test]
    fn what_is_no_plain_decimal_is_no_rate() {
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1e2",
            "1,5",
            "１",
            "1.2345",
            "1000.001",
            "99999999999999999999",
        ] {
            assert_eq!(text.parse::<AnnualRate>(), Err(BadRate), "{text}");
        }
    }
}
