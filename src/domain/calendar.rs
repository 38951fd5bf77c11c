//! Dates in Kazakhstan: one zone, UTC+5 all year since 01.03.2024 (regulation A12.3).
//!
//! Nothing here asks what day it is: a moment comes in, a date goes out.

use jiff::civil::Date;
use jiff::{Span, Timestamp};

use crate::time::UtcMillis;

/// UTC+5 in milliseconds.
const OFFSET_MS: i64 = 5 * 3600 * 1000;

/// The date in Kazakhstan at a moment; `None` past year 9999 or before year −9999.
#[must_use]
pub fn local_date(moment: UtcMillis) -> Option<Date> {
    let shifted = moment.0.checked_add(OFFSET_MS)?;
    let timestamp = Timestamp::from_millisecond(shifted).ok()?;
    Some(jiff::tz::Offset::UTC.to_datetime(timestamp).date())
}

/// The first moment of a date in Kazakhstan; `None` beyond the calendar.
#[must_use]
pub fn local_midnight(date: Date) -> Option<UtcMillis> {
    let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond();
    midnight.checked_sub(OFFSET_MS).map(UtcMillis)
}

/// Hours and minutes in Kazakhstan at a moment.
#[must_use]
pub fn local_time(moment: UtcMillis) -> Option<(u8, u8)> {
    let shifted = moment.0.checked_add(OFFSET_MS)?;
    let time = jiff::tz::Offset::UTC.to_datetime(Timestamp::from_millisecond(shifted).ok()?).time();
    Some((u8::try_from(time.hour()).ok()?, u8::try_from(time.minute()).ok()?))
}

/// The same day `months` later, or the last day of a shorter month. Each due date is counted from the first day, so
/// 31 January → 28 February → 31 March.
#[must_use]
pub fn add_months(from: Date, months: u16) -> Option<Date> {
    from.checked_add(Span::new().try_months(i64::from(months)).ok()?).ok()
}

/// The date `days` later.
#[must_use]
pub fn add_days(from: Date, days: u32) -> Option<Date> {
    from.checked_add(Span::new().try_days(i64::from(days)).ok()?).ok()
}

/// Days from `from` to `to`, 0 when `to` is earlier.
#[must_use]
pub fn days_between(from: Date, to: Date) -> u32 {
    let days = to.duration_since(from).as_hours() / 24;
    u32::try_from(days).unwrap_or(0)
}

/// Full years from `birth` to `on`; `None` when `on` is earlier. A person born on 29 February comes of age on 1 March
/// of a common year: not a day too early.
#[must_use]
pub fn full_years(birth: Date, on: Date) -> Option<u8> {
    if on < birth {
        return None;
    }
    let had_birthday = (on.month(), on.day()) >= (birth.month(), birth.day());
    u8::try_from(on.year() - birth.year() - i16::from(!had_birthday)).ok()
}

/// A date as `2026-01-15` in JSON, written in that one way only.
pub mod iso_date {
    use super::Date;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes the date.
    ///
    /// # Errors
    /// What the serializer says.
    pub fn serialize<S: Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(date)
    }

    /// Reads the date.
    ///
    /// # Errors
    /// When the text is not exactly a date.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.parse::<Date>() {
            Ok(date) if date.to_string() == text => Ok(date),
            Ok(_) | Err(_) => Err(serde::de::Error::custom("a date is written like 2026-01-15")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn at(text: &str) -> UtcMillis {
        text.parse().unwrap()
    }

    #[test]
    fn the_day_changes_at_seven_in_the_evening_utc() {
        assert_eq!(local_date(at("2026-06-29T18:59:59.999Z")), Some(date(2026, 6, 29)));
        assert_eq!(local_date(at("2026-06-29T19:00:00.000Z")), Some(date(2026, 6, 30)));
        assert_eq!(local_midnight(date(2026, 6, 30)), Some(at("2026-06-29T19:00:00.000Z")));
        assert_eq!(local_date(UtcMillis(i64::MAX)), None);
        assert_eq!(local_time(at("2026-06-29T19:05:00.000Z")), Some((0, 5)));
    }

    #[test]
    fn months_are_counted_from_the_first_day_and_clamped() {
        let start = date(2026, 1, 31);
        assert_eq!(add_months(start, 1), Some(date(2026, 2, 28)));
        assert_eq!(add_months(start, 2), Some(date(2026, 3, 31)));
        assert_eq!(add_months(date(2027, 1, 30), 13), Some(date(2028, 2, 29)));
        assert_eq!(add_months(date(9999, 12, 1), 1), None);
    }

    #[test]
    fn days_between_crosses_leap_days_and_never_goes_below_zero() {
        assert_eq!(days_between(date(2028, 2, 28), date(2028, 3, 1)), 2);
        assert_eq!(days_between(date(2026, 1, 15), date(2027, 1, 15)), 365);
        assert_eq!(days_between(date(2026, 1, 15), date(2026, 1, 14)), 0);
    }
}
