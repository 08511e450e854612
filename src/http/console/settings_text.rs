//! Settings as texts in form fields, and back.

use super::page_error::Why;
use super::settings_labels::label;
use crate::domain::hours::{Hours, OpenInterval, Weekday};
use crate::domain::ids::ChannelId;
use crate::domain::policy::Channels;
use crate::domain::time::Span;
use std::fmt::Write;
use std::ops::RangeInclusive;

const MINUTE_MS: i64 = 60_000;
/// What is typed and outside is outside every setting's range.
const SECONDS: RangeInclusive<f64> = 0.0..=9_999_999_999.0;
const DAY_MINUTES: u16 = 24 * 60;
const DAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "Mon"),
    (Weekday::Tuesday, "Tue"),
    (Weekday::Wednesday, "Wed"),
    (Weekday::Thursday, "Thu"),
    (Weekday::Friday, "Fri"),
    (Weekday::Saturday, "Sat"),
    (Weekday::Sunday, "Sun"),
];

/// Minutes, with the fraction that a span set by the API may have.
pub(super) fn minutes(span: Span) -> String {
    let millis = span.as_millis();
    let text = format!(
        "{}.{:05}",
        millis / MINUTE_MS,
        millis % MINUTE_MS * 100_000 / MINUTE_MS
    );
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Minutes as typed, to the second.
pub(super) fn read_minutes(
    name: &str,
    text: &str,
    range: &RangeInclusive<Span>,
) -> Result<Span, Why> {
    let seconds = text.parse().map(|minutes: f64| (minutes * 60.0).round());
    let seconds = seconds.ok().filter(|seconds| SECONDS.contains(seconds));
    #[expect(clippy::cast_possible_truncation, reason = "whole, and of 10 digits")]
    let span = seconds.map(|seconds| Span::from_secs(seconds as i64));
    span.filter(|span| range.contains(span)).ok_or_else(|| {
        let (least, most) = (minutes(*range.start()), minutes(*range.end()));
        misfit(name, &format!("a number of minutes from {least} to {most}"))
    })
}

/// The intervals, one a line.
pub(super) fn hours_text(hours: &Hours) -> String {
    let Hours::Weekly { open, .. } = hours else {
        return String::new();
    };
    let mut text = String::new();
    for interval in open {
        let day = DAYS.iter().find(|(day, _)| *day == interval.day);
        let (from, to) = (interval.from_minute, interval.to_minute);
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "{} {:02}:{:02}-{:02}:{:02}",
            day.map_or("", |(_, name)| name),
            from / 60,
            from % 60,
            to / 60,
            to % 60
        );
    }
    text
}

/// The time zone's name; none around the clock.
pub(super) fn zone_text(hours: &Hours) -> Option<&'static str> {
    match hours {
        Hours::Always => None,
        Hours::Weekly { time_zone, .. } => Some(time_zone.name()),
    }
}

/// Intervals and time zone as typed.
pub(super) fn read_hours(open: &str, zone: &str) -> Result<Hours, Why> {
    let lines = open.lines().map(str::trim).filter(|line| !line.is_empty());
    let open: Option<Vec<OpenInterval>> = lines.map(interval).collect();
    Ok(Hours::Weekly {
        time_zone: zone
            .parse()
            .map_err(|_| misfit("time_zone", "a name such as Europe/Berlin"))?,
        open: open.ok_or_else(|| misfit("open", "lines such as Mon 09:00-17:00"))?,
    })
}

/// The ids of the channels, separated by commas.
pub(super) fn channels_text(channels: &Channels) -> String {
    match channels {
        Channels::All => String::new(),
        Channels::Only(ids) => {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            ids.join(", ")
        }
    }
}

/// Channel ids as typed.
pub(super) fn read_channels(text: &str) -> Result<Channels, Why> {
    let ids: Result<Vec<ChannelId>, _> = words(text).map(str::parse).collect();
    let ids = ids.map_err(|_| misfit("channel_ids", "numbers separated by commas"))?;
    Ok(Channels::Only(ids))
}

/// A number of days as typed.
pub(super) fn read_days(name: &str, text: &str, range: RangeInclusive<u16>) -> Result<u16, Why> {
    let days = text.parse().ok().filter(|days| range.contains(days));
    let expected = format!(
        "a whole number of days from {} to {}",
        range.start(),
        range.end()
    );
    days.ok_or_else(|| misfit(name, &expected))
}

/// Ids of apps as typed.
pub(super) fn read_ids(name: &str, text: &str) -> Result<Vec<i64>, Why> {
    let ids: Result<Vec<i64>, _> = words(text).map(str::parse).collect();
    ids.map_err(|_| misfit(name, "numbers separated by commas"))
}

/// Says which field does not fit, and what is expected.
pub(super) fn misfit(name: &str, expected: &str) -> Why {
    Why::Misfit(needs(name, expected))
}

/// The same in words: the field as the form calls it.
pub(super) fn needs(name: &str, expected: &str) -> String {
    format!("“{}” needs {expected}", label(name))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let separates = |c: char| c == ',' || c.is_whitespace();
    text.split(separates).filter(|word| !word.is_empty())
}

fn interval(line: &str) -> Option<OpenInterval> {
    let (day, times) = line.split_once(char::is_whitespace)?;
    let (from, to) = times.split_once('-')?;
    let start: String = day.chars().take(3).collect();
    let (day, _) = DAYS
        .iter()
        .find(|(_, name)| name.eq_ignore_ascii_case(&start))?;
    let interval = OpenInterval {
        day: *day,
        from_minute: minute_of_day(from)?,
        to_minute: minute_of_day(to)?,
    };
    (interval.from_minute < DAY_MINUTES).then_some(interval)
}

fn minute_of_day(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let minute = hours.checked_mul(60)?.checked_add(minutes)?;
    (minutes < 60 && minute <= DAY_MINUTES).then_some(minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_survive_being_shown_and_read_again() {
        let text = "Mon 09:00-17:00\nFri 22:00-02:00\nSun 00:00-24:00\n";
        let hours = read_hours(text, "America/St_Johns").unwrap();
        assert_eq!(hours_text(&hours), text);
        assert_eq!(zone_text(&hours), Some("America/St_Johns"));
        assert_eq!(
            read_hours("monday 9:00 - 17:00", "UTC").unwrap(),
            read_hours("Mon 09:00-17:00", "UTC").unwrap()
        );
    }

    #[test]
    fn times_that_are_none_are_refused() {
        for open in [
            "Mon",
            "Mon 9-17",
            "Xxx 09:00-17:00",
            "Mon 24:00-25:00",
            "Mon 09:60-10:00",
            "Mon 09:00",
            "Mon -1:00-2:00",
        ] {
            assert!(read_hours(open, "UTC").is_err(), "{open}");
        }
        for zone in ["", "1", "+01:00", "Berlin", "Europe/", "europe/\0"] {
            assert!(read_hours("", zone).is_err(), "{zone}");
        }
    }

    #[test]
    fn minutes_survive_being_shown_and_read_again() {
        let range = Span::from_secs(0)..=Span::from_days(365);
        for millis in [0, 60_000, 90_000, 61_000, 86_400_000, 7_000, 31_535_999_000] {
            let span = Span::from_millis(millis);
            let read = read_minutes("x", &minutes(span), &range).unwrap();
            assert_eq!(read, span, "{millis}");
        }
    }

    #[test]
    fn minutes_outside_their_range_are_refused_with_it() {
        let range = Span::from_minutes(1)..=Span::from_days(1);
        for text in ["", "-1", "0", "0.9", "1441", "1e300", "NaN", "inf", "ten"] {
            let expected = misfit("claim_timeout", "a number of minutes from 1 to 1440");
            let read = read_minutes("claim_timeout", text, &range);
            assert_eq!(read, Err(expected), "{text}");
        }
    }
}
