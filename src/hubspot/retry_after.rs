//! How long HubSpot asks to wait before the next try.

use reqwest::header::{HeaderMap, RETRY_AFTER};
use std::time::Duration;

/// An account that is being migrated answers for up to a day (page "Error handling", status 477,
/// read 2026-11-22). Nothing longer is believed.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// `Retry-After` as seconds, at most a day; `None` without the header, or when it is no whole
/// number (HubSpot writes no dates here).
pub fn read(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let is_decimal = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    // Digits that are too many for the type are longer than the longest.
    is_decimal.then(|| {
        text.parse()
            .map_or(LONGEST, Duration::from_secs)
            .min(LONGEST)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, text.parse().unwrap());
        read(&headers)
    }

    #[test]
    fn whole_seconds_are_read_and_bounded_by_a_day() {
        assert_eq!(read_text("0"), Some(Duration::ZERO));
        assert_eq!(read_text(" 7 "), Some(Duration::from_secs(7)));
        for long in ["86401", "99999999999999999999999999"] {
            assert_eq!(read_text(long), Some(LONGEST), "{long}");
        }
    }

    #[test]
    fn anything_else_is_no_wait_at_all() {
        for text in ["", "-1", "1.5", "soon", "Wed, 21 Oct 2026 07:28:00 GMT"] {
            assert_eq!(read_text(text), None, "{text}");
        }
        assert_eq!(read(&HeaderMap::new()), None);
    }
}
