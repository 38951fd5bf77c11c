//! Points in time as values. Nobody here reads a clock.

use serde::{Deserialize, Serialize};

/// CLOCK_BOOTTIME of the host in milliseconds: monotonic within one boot, counts through suspend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mono(pub u64);

impl Mono {
    /// This moment and `ms` milliseconds.
    #[must_use]
    pub const fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this moment, 0 when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// UTC in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcMillis(pub i64);

/// How much the UTC time is worth (design section 5, "Trusted time").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ClockQuality {
    /// Last time signed by the MFO in this boot plus monotonic time since.
    Trusted,
    /// The latest of RTC, build time and last cosigned time.
    Estimated,
}

/// The moment of a step: given to every machine, never taken by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Monotonic time of this boot.
    pub mono: Mono,
    /// UTC by the best source there is.
    pub utc: UtcMillis,
    /// What that source is.
    pub quality: ClockQuality,
}

/// RFC 3339, UTC, milliseconds, `Z`: `2026-11-22T21:23:58.000Z`.
impl std::fmt::Display for UtcMillis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(moment) => write!(f, "{moment:.3}"),
            Err(_) => f.write_str("out of range"),
        }
    }
}

impl std::str::FromStr for UtcMillis {
    type Err = BadTime;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let moment: jiff::Timestamp = text.parse().map_err(|_| BadTime)?;
        let millis = Self(moment.as_millisecond());
        if millis.to_string() == text { Ok(millis) } else { Err(BadTime) }
    }
}

/// The text is not a time as the formats write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a time is written like 2026-11-22T21:23:58.000Z")]
pub struct BadTime;

impl Serialize for UtcMillis {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UtcMillis {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_one_way_only() {
        let moment = UtcMillis(1_795_382_638_000);
        assert_eq!(moment.to_string().parse(), Ok(moment));
        assert_eq!(UtcMillis(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert!("1970-01-01T00:00:00Z".parse::<UtcMillis>().is_err());
        assert!("1970-01-01T05:00:00.000+05:00".parse::<UtcMillis>().is_err());
    }
}
