//! How moments and lengths of time are written on pages: for people, with the exact time beside.

use crate::domain::time::{Span, Timestamp};
use crate::service::show_conversations::Shown;
use chrono_tz::Tz;
use maud::{Markup, html};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const NEARLY_HOUR: i64 = HOUR - MINUTE / 2;
const NEARLY_DAY: i64 = DAY - HOUR / 2;

/// By which clock a page's moments are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// Now.
    pub(super) now: Timestamp,
    /// The zone.
    pub(super) zone: Tz,
}

impl Clock {
    /// The portal's, as in the sentences of its timelines.
    pub(super) const fn of(shown: &Shown) -> Self {
        Self {
            now: shown.now,
            zone: shown.zone,
        }
    }

    /// A moment as `22 Nov 2026, 09:02 EST`, and how far from now.
    pub(super) fn moment(self, at: Timestamp) -> Markup {
        let local = at.to_utc().with_timezone(&self.zone);
        html! {
            time datetime=(at) { (local.format("%-d %b %Y, %H:%M %Z")) }
            " " span.muted { "(" (distance(at, self.now)) ")" }
        }
    }
}

/// A moment of no portal's in particular, in UTC.
pub(super) fn moment(at: Timestamp, now: Timestamp) -> Markup {
    let zone = Tz::UTC;
    Clock { now, zone }.moment(at)
}

/// How far a moment is from now: `3 minutes ago`, `in 2 days`.
pub(super) fn distance(at: Timestamp, now: Timestamp) -> String {
    let ahead = (at - now).as_millis();
    if ahead.abs() < 5_000 {
        "now".to_owned()
    } else if ahead < 0 {
        format!("{} ago", length(now - at))
    } else {
        format!("in {}", length(at - now))
    }
}

/// A length to the nearest whole of its largest unit: `45 seconds`, `1 hour`, `3 days`.
pub(super) fn length(span: Span) -> String {
    let seconds = (span.as_millis().abs() + 500) / 1_000;
    // 59 minutes and a half are an hour, not 60 minutes.
    let (unit, name) = match seconds {
        ..MINUTE => (1, "second"),
        MINUTE..NEARLY_HOUR => (MINUTE, "minute"),
        NEARLY_HOUR..NEARLY_DAY => (HOUR, "hour"),
        NEARLY_DAY.. => (DAY, "day"),
    };
    let count = (seconds + unit / 2) / unit;
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {name}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_is_said_in_its_largest_unit() {
        let now = Timestamp::from_millis(1_795_000_000_000);
        for (seconds, said) in [
            (0, "now"),
            (-45, "45 seconds ago"),
            (60, "in 1 minute"),
            (1_199, "in 20 minutes"),
            (3_598, "in 1 hour"),
            (DAY - 5, "in 1 day"),
            (-7_199, "2 hours ago"),
            (3 * DAY, "in 3 days"),
        ] {
            assert_eq!(distance(now + Span::from_secs(seconds), now), said);
        }
    }
}
