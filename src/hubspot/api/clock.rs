//! What time it is, here and at HubSpot. This layer reads no clock of its own: start-up hands one in.

use crate::domain::time::{Span, Timestamp};
use reqwest::header::{AGE, DATE, HeaderMap};
use std::fmt;
use std::sync::Arc;

/// This machine's clock, as a function.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// A clock that reads the time from this function.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// How far HubSpot's clock is ahead of this machine's, as one answer shows it. The truth is
/// between the two bounds: `Date` has whole seconds, and the answer took its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockOffset {
    /// At least this much; negative if HubSpot's clock is behind.
    pub at_least: Span,
    /// At most this much. Whoever has to err towards later takes this one.
    pub at_most: Span,
    /// When the answer came, by this machine's clock.
    pub read_at: Timestamp,
}

/// `Date` has whole seconds.
const GRAIN: Span = Span::from_secs(1);

/// Reads `Date` from the headers of an answer to a request sent and answered at these times.
/// `None` without one that can be read, or if the answer comes from a cache on the way.
pub fn offset(headers: &HeaderMap, sent_at: Timestamp, read_at: Timestamp) -> Option<ClockOffset> {
    if headers.contains_key(AGE) {
        return None;
    }
    let text = headers.get(DATE)?.to_str().ok()?;
    let date: Timestamp = chrono::DateTime::parse_from_rfc2822(text)
        .ok()?
        .to_utc()
        .into();
    Some(ClockOffset {
        at_least: date - read_at,
        at_most: date + GRAIN - sent_at,
        read_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(date: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(DATE, date.parse().unwrap());
        headers
    }

    #[test]
    fn the_truth_lies_between_the_bounds() {
        let at = |millis: i64| Timestamp::from_millis(1_763_800_000_000 + millis);
        let found = offset(&headers("Sat, 22 Nov 2025 08:26:45 GMT"), at(0), at(200)).unwrap();
        assert_eq!(found.at_least, Span::from_millis(4_800));
        assert_eq!(found.at_most, Span::from_millis(6_000));
        assert_eq!(found.read_at, at(200));
    }

    #[test]
    fn a_date_that_says_nothing_is_none() {
        let at = Timestamp::from_millis(0);
        for text in ["", "soon", "2026-11-22T00:00:00Z", "99999999999"] {
            assert_eq!(offset(&headers(text), at, at), None, "{text}");
        }
        assert_eq!(offset(&HeaderMap::new(), at, at), None);
        let mut cached = headers("Sat, 22 Nov 2025 08:26:45 GMT");
        cached.insert(AGE, "3".parse().unwrap());
        assert_eq!(offset(&cached, at, at), None);
    }
}
