//! When the AI may answer: always, or within weekly intervals of the portal's local time. What
//! counts is what a clock on the wall there shows: an hour that the clocks skip never comes, and
//! one that they repeat is open, or not, both times.

use super::time::Timestamp;
use chrono::{Datelike, Timelike};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

const DAY: i64 = 24 * 60;
const WEEK: i64 = 7 * DAY;

/// The portal's hours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hours {
    /// Around the clock.
    #[default]
    Always,
    /// Within these intervals of every week.
    Weekly {
        /// The zone of the clock, by its IANA name.
        time_zone: Tz,
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
            Self::Weekly { time_zone, open } => {
                let local = now.to_utc().with_timezone(time_zone);
                let day = i64::from(local.weekday().num_days_from_monday());
                let minute = day * DAY + i64::from(local.hour() * 60 + local.minute());
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

    fn weekly_in(time_zone: Tz, day: Weekday, from_minute: u16, to_minute: u16) -> Hours {
        let open = vec![OpenInterval {
            day,
            from_minute,
            to_minute,
        }];
        Hours::Weekly { time_zone, open }
    }

    fn weekly(day: Weekday, from_minute: u16, to_minute: u16) -> Hours {
        weekly_in(Tz::UTC, day, from_minute, to_minute)
    }

    fn at(hours: i64, minutes: i64) -> Timestamp {
        MONDAY + Span::from_hours(hours) + Span::from_minutes(minutes)
    }

    #[test]
    fn without_an_interval_it_is_never_open() {
        let never = Hours::Weekly {
            time_zone: Tz::UTC,
            open: Vec::new(),
        };
        assert!(!never.are_open(MONDAY));
        assert!(Hours::Always.are_open(MONDAY));
    }

    #[test]
    fn an_interval_has_its_first_minute_and_not_its_last() {
        let hours = weekly(Weekday::Monday, 9 * 60, 17 * 60);
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
        let hours = weekly(Weekday::Sunday, 22 * 60, 6 * 60);
        assert!(hours.are_open(at(-1, 0)));
        assert!(hours.are_open(at(5, 59)));
        assert!(!hours.are_open(at(6, 0)));
    }

    #[test]
    fn a_whole_day_is_open_to_its_end() {
        let hours = weekly(Weekday::Monday, 0, 1440);
        assert!(hours.are_open(at(23, 59)));
        assert!(!hours.are_open(at(24, 0)));
    }

    #[test]
    fn hours_are_local() {
        let hours = weekly_in(Tz::Europe__Berlin, Weekday::Monday, 0, 60);
        assert!(
            hours.are_open(at(-1, 0)),
            "Sunday 23:00 UTC is Monday there"
        );
        assert!(!hours.are_open(at(0, 0)));
    }

    fn utc(text: &str) -> Timestamp {
        let time: Result<chrono::DateTime<chrono::Utc>, _> = text.parse();
        time.map_or_else(|error| panic!("{text}: {error}"), Timestamp::from)
    }

    #[track_caller]
    fn are(hours: &Hours, expected: &[(&str, bool)]) {
        for (at, is_open) in expected {
            assert_eq!(hours.are_open(utc(at)), *is_open, "{at}");
        }
    }

    #[test]
    fn the_same_hours_are_an_hour_earlier_in_summer() {
        let hours = weekly_in(Tz::Europe__Berlin, Weekday::Monday, 9 * 60, 17 * 60);
        let expected = [
            ("2026-01-12T07:59:00Z", false),
            ("2026-01-12T08:00:00Z", true),
            ("2026-01-12T16:00:00Z", false),
            ("2026-07-13T06:59:00Z", false),
            ("2026-07-13T07:00:00Z", true),
            ("2026-07-13T15:00:00Z", false),
        ];
        are(&hours, &expected);
    }

    #[test]
    fn an_hour_that_the_clocks_skip_never_comes() {
        // 29 March 2026, 01:00 UTC: 02:00 becomes 03:00.
        let skipped = weekly_in(Tz::Europe__Berlin, Weekday::Sunday, 2 * 60, 3 * 60);
        let expected = [
            ("2026-03-29T00:59:59Z", false),
            ("2026-03-29T01:00:00Z", false),
        ];
        are(&skipped, &expected);
        let around = weekly_in(Tz::Europe__Berlin, Weekday::Sunday, 90, 3 * 60 + 30);
        let expected = [
            ("2026-03-29T00:29:00Z", false),
            ("2026-03-29T00:30:00Z", true),
            ("2026-03-29T01:00:00Z", true),
            ("2026-03-29T01:29:00Z", true),
            ("2026-03-29T01:30:00Z", false),
        ];
        are(&around, &expected);
        let ends_within = weekly_in(Tz::Europe__Berlin, Weekday::Sunday, 60, 2 * 60 + 30);
        let expected = [
            ("2026-03-29T00:59:59Z", true),
            ("2026-03-29T01:00:00Z", false),
        ];
        are(&ends_within, &expected);
    }

    #[test]
    fn an_hour_that_the_clocks_repeat_is_open_both_times() {
        // 25 October 2026, 01:00 UTC: 03:00 becomes 02:00 again.
        let repeated = weekly_in(Tz::Europe__Berlin, Weekday::Sunday, 2 * 60, 2 * 60 + 30);
        let expected = [
            ("2026-10-25T00:00:00Z", true),
            ("2026-10-25T00:30:00Z", false),
            ("2026-10-25T01:00:00Z", true),
            ("2026-10-25T01:30:00Z", false),
        ];
        are(&repeated, &expected);
        let through = weekly_in(Tz::Europe__Berlin, Weekday::Saturday, 22 * 60, 4 * 60);
        let expected = [
            ("2026-10-24T20:00:00Z", true),
            ("2026-10-25T02:59:00Z", true),
            ("2026-10-25T03:00:00Z", false),
        ];
        are(&through, &expected);
    }

    #[test]
    fn zones_with_odd_offsets_and_beyond_the_date_line_have_their_own_days() {
        let kathmandu = weekly_in(Tz::Asia__Kathmandu, Weekday::Monday, 0, 60);
        are(
            &kathmandu,
            &[
                ("2026-11-22T18:14:59Z", false),
                ("2026-11-22T18:15:00Z", true),
            ],
        );
        let kiritimati = weekly_in(Tz::Pacific__Kiritimati, Weekday::Tuesday, 0, 60);
        are(
            &kiritimati,
            &[
                ("2026-11-23T10:00:00Z", true),
                ("2026-11-24T00:00:00Z", false),
            ],
        );
        // Lord Howe's clocks move by half an hour: 4 October 2026, 15:30 UTC the day before.
        let howe = weekly_in(
            Tz::Australia__Lord_Howe,
            Weekday::Sunday,
            2 * 60,
            2 * 60 + 30,
        );
        are(
            &howe,
            &[
                ("2026-10-03T15:29:59Z", false),
                ("2026-10-03T15:30:00Z", false),
            ],
        );
    }

    #[test]
    fn a_zone_is_stored_by_its_name() {
        let hours = weekly_in(Tz::America__New_York, Weekday::Friday, 0, 1440);
        let stored = serde_json::to_string(&hours).unwrap_or_default();
        assert!(stored.contains("\"America/New_York\""), "{stored}");
        assert_eq!(serde_json::from_str::<Hours>(&stored).ok(), Some(hours));
        let unknown = stored.replace("New_York", "Old_York");
        assert!(serde_json::from_str::<Hours>(&unknown).is_err());
    }
}
