//! When the AI may answer: always, or within weekly intervals of the portal's local time.
//! Local time is a fixed offset from UTC; a zone that changes its clocks has to change the policy,
//! since the rules know no calendar of time zones.

use super::time::Timestamp;
use serde::{Deserialize, Serialize};

const MINUTE_MS: i64 = 60_000;
const DAY: i64 = 24 * 60;
const WEEK: i64 = 7 * DAY;
/// 1970-01-01 was a Thursday: three days after a Monday.
const FIRST_DAY: i64 = 3;

/// The portal's hours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hours {
    /// Around the clock.
    #[default]
    Always,
    /// Within these intervals of every week.
    Weekly {
        /// Local time less UTC.
        utc_offset_minutes: i16,
        /// The intervals. Without one it never is.
        open: Vec<OpenInterval>,
    },
}

/// One interval of a week. One that ends no later than it begins ends on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenInterval {
    /// The day on which it begins.
    pub day: Weekday,
    /// The first minute of the day that is in it.
    pub from_minute: u16,
    /// The first minute of the day that is in it no more: 1440 is midnight.
    pub to_minute: u16,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// The first.
    Monday,
    /// The second.
    Tuesday,
    /// The third.
    Wednesday,
    /// The fourth.
    Thursday,
    /// The fifth.
    Friday,
    /// The sixth.
    Saturday,
    /// The seventh.
    Sunday,
}

impl Hours {
    /// True if the AI may answer at this moment.
    pub fn are_open(&self, now: Timestamp) -> bool {
        match self {
            Self::Always => true,
            Self::Weekly {
                utc_offset_minutes,
                open,
            } => {
                let utc = now.as_millis().div_euclid(MINUTE_MS);
                let local = utc + i64::from(*utc_offset_minutes) + FIRST_DAY * DAY;
                let minute = local.rem_euclid(WEEK);
                open.iter().any(|interval| interval.contains(minute))
            }
        }
    }
}

impl OpenInterval {
    fn contains(self, minute_of_week: i64) -> bool {
        let (from, to) = (i64::from(self.from_minute), i64::from(self.to_minute));
        let lasts = if to > from {
            to - from
        } else {
            to + DAY - from
        };
        let begins = self.day.index() * DAY + from;
        (minute_of_week - begins).rem_euclid(WEEK) < lasts
    }
}

impl Weekday {
    const fn index(self) -> i64 {
        match self {
            Self::Monday => 0,
            Self::Tuesday => 1,
            Self::Wednesday => 2,
            Self::Thursday => 3,
            Self::Friday => 4,
            Self::Saturday => 5,
            Self::Sunday => 6,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Span;

    /// Monday, 23 November 2026, 00:00 UTC.
    const MONDAY: Timestamp = Timestamp::from_millis(1_795_392_000_000);

    fn weekly(utc_offset_minutes: i16, day: Weekday, from_minute: u16, to_minute: u16) -> Hours {
        Hours::Weekly {
            utc_offset_minutes,
            open: vec![OpenInterval {
                day,
                from_minute,
                to_minute,
            }],
        }
    }

    fn at(hours: i64, minutes: i64) -> Timestamp {
        MONDAY + Span::from_hours(hours) + Span::from_minutes(minutes)
    }

    #[test]
    fn without_an_interval_it_is_never_open() {
        let never = Hours::Weekly {
            utc_offset_minutes: 0,
            open: Vec::new(),
        };
        assert!(!never.are_open(MONDAY));
        assert!(Hours::Always.are_open(MONDAY));
    }

    #[test]
    fn an_interval_has_its_first_minute_and_not_its_last() {
        let hours = weekly(0, Weekday::Monday, 9 * 60, 17 * 60);
        let expected = [
            (at(8, 59), false),
            (at(9, 0), true),
            (at(16, 59), true),
            (at(17, 0), false),
            (at(24 + 12, 0), false),
            (at(7 * 24 + 12, 0), true),
        ];
        for (at, is_open) in expected {
            assert_eq!(hours.are_open(at), is_open, "{at}");
        }
    }

    #[test]
    fn an_interval_may_run_past_midnight_and_past_the_week() {
        let hours = weekly(0, Weekday::Sunday, 22 * 60, 6 * 60);
        assert!(hours.are_open(at(-1, 0)));
        assert!(hours.are_open(at(5, 59)));
        assert!(!hours.are_open(at(6, 0)));
    }

    #[test]
    fn a_whole_day_is_open_to_its_end() {
        let hours = weekly(0, Weekday::Monday, 0, 1440);
        assert!(hours.are_open(at(23, 59)));
        assert!(!hours.are_open(at(24, 0)));
    }

    #[test]
    fn hours_are_local() {
        let hours = weekly(60, Weekday::Monday, 0, 60);
        assert!(
            hours.are_open(at(-1, 0)),
            "Sunday 23:00 UTC is Monday there"
        );
        assert!(!hours.are_open(at(0, 0)));
    }
}
