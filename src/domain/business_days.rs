//! Business days of Kazakhstan: weekends, public holidays and the days that the government moves (regulation A12.3).
//!
//! The days come with the rule pack. Nothing here knows a holiday, and nothing asks what day it is.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::calendar::add_days;

/// A date of a calendar, written `2026-03-21`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub Date);

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::calendar::iso_date::serialize(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::calendar::iso_date::deserialize(deserializer).map(Self)
    }
}

/// What differs from Monday to Friday.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusinessCalendar {
    /// Days off: public holidays and days moved away from work, weekends left out or not.
    pub holidays: BTreeSet<Day>,
    /// Saturdays and Sundays on which people work.
    pub working_weekends: BTreeSet<Day>,
}

/// Nothing but weekends: where no rule pack speaks.
pub static WEEKENDS_ONLY: BusinessCalendar =
    BusinessCalendar { holidays: BTreeSet::new(), working_weekends: BTreeSet::new() };

/// Longest row of days off that is believed; a calendar with more is wrong.
const MOST_DAYS_OFF: usize = 31;

impl BusinessCalendar {
    /// Whether people work on a date.
    #[must_use]
    pub fn is_business_day(&self, date: Date) -> bool {
        let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        (!weekend || self.working_weekends.contains(&Day(date))) && !self.holidays.contains(&Day(date))
    }

    /// The date, or the first business day after it; `None` when there is none within a month.
    #[must_use]
    pub fn business_day_from(&self, date: Date) -> Option<Date> {
        let mut day = date;
        for _ in 0..=MOST_DAYS_OFF {
            if self.is_business_day(day) {
                return Some(day);
            }
            day = add_days(day, 1)?;
        }
        None
    }

    /// The date that lies `count` business days after `from`, which itself does not count; 0 gives `from`.
    #[must_use]
    pub fn after_business_days(&self, from: Date, count: u16) -> Option<Date> {
        let mut day = from;
        for _ in 0..count {
            day = self.business_day_from(add_days(day, 1)?)?;
        }
        Some(day)
    }

    /// Whether no day is both off and worked, and only weekends are called working weekends.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        let weekend = |day: &Day| matches!(day.0.weekday(), Weekday::Saturday | Weekday::Sunday);
        self.working_weekends.iter().all(weekend) && self.holidays.is_disjoint(&self.working_weekends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn nauryz() -> BusinessCalendar {
        let days = |list: &[Date]| list.iter().copied().map(Day).collect();
        BusinessCalendar {
            holidays: days(&[date(2026, 3, 23), date(2026, 3, 24), date(2026, 3, 25)]),
            working_weekends: days(&[date(2026, 3, 28)]),
        }
    }

    #[test]
    fn holidays_are_off_and_a_worked_saturday_is_not() {
        let calendar = nauryz();
        assert!(calendar.is_consistent());
        assert!(!calendar.is_business_day(date(2026, 3, 24)));
        assert!(calendar.is_business_day(date(2026, 3, 28)));
        assert_eq!(calendar.business_day_from(date(2026, 3, 21)), Some(date(2026, 3, 26)));
        assert_eq!(calendar.business_day_from(date(2026, 3, 26)), Some(date(2026, 3, 26)));
    }

    #[test]
    fn ten_business_days_skip_weekends_and_holidays_and_do_not_count_the_first_day() {
        assert_eq!(WEEKENDS_ONLY.after_business_days(date(2026, 11, 2), 10), Some(date(2026, 11, 16)));
        // A notice on a Saturday counts from the Monday.
        assert_eq!(WEEKENDS_ONLY.after_business_days(date(2026, 11, 7), 1), Some(date(2026, 11, 9)));
        assert_eq!(nauryz().after_business_days(date(2026, 3, 20), 3), Some(date(2026, 3, 28)));
        assert_eq!(WEEKENDS_ONLY.after_business_days(date(2026, 11, 7), 0), Some(date(2026, 11, 7)));
    }

    #[test]
    fn a_calendar_that_contradicts_itself_or_never_works_is_noticed() {
        let mut calendar = nauryz();
        calendar.working_weekends.insert(Day(date(2026, 3, 30)));
        assert!(!calendar.is_consistent());
        let mut calendar = nauryz();
        calendar.holidays.insert(Day(date(2026, 3, 28)));
        assert!(!calendar.is_consistent());
        let mut calendar = BusinessCalendar::default();
        let year = (0..60).filter_map(|days| add_days(date(2026, 1, 1), days)).map(Day);
        calendar.holidays.extend(year);
        assert_eq!(calendar.business_day_from(date(2026, 1, 1)), None);
    }
}
