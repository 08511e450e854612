//! When a delivery that failed is tried again: up to ten times over 24 hours, each notification
//! with some randomness of its own (page "Webhooks", read 2026-11-22). HubSpot does not publish the
//! gaps; these are a guess that fills the 24 hours.

use std::time::Duration;

/// The longest gap before each try after the first, in minutes.
const LONGEST_GAPS: [u64; 10] = [1, 3, 8, 20, 45, 90, 150, 240, 360, 480];
/// A gap is at least this part of the longest.
const SHORTEST_PART: f64 = 0.7;

/// The wait after this many tries; `None` once HubSpot gives up. `randomness` is 0 to 1.
pub fn gap_after(tries: u32, randomness: f64) -> Option<Duration> {
    let place = usize::try_from(tries.checked_sub(1)?).ok()?;
    let minutes = LONGEST_GAPS.get(place)?;
    let part = SHORTEST_PART + (1.0 - SHORTEST_PART) * randomness.clamp(0.0, 1.0);
    Some(Duration::from_secs(minutes * 60).mul_f64(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_ten_more_tries_and_they_end_within_a_day() {
        for randomness in [0.0, 0.5, 1.0] {
            let gaps: Vec<Duration> = (1..).map_while(|n| gap_after(n, randomness)).collect();
            assert_eq!(gaps.len(), 10);
            assert!(gaps.is_sorted());
            let total: Duration = gaps.iter().sum();
            let hours = total.as_secs() / 3_600;
            assert!((16..24).contains(&hours), "{hours}");
        }
        assert_eq!(gap_after(0, 0.5), None);
    }
}
