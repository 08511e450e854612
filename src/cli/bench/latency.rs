//! Latencies of a load: every one is kept, none is rounded into a bucket.

use std::time::Duration;

/// Sorted latencies.
#[derive(Clone, Debug, Default)]
pub struct Latencies {
    sorted_micros: Vec<u32>,
}

impl Latencies {
    /// Takes what the connections recorded, in any order.
    pub fn from_micros(mut micros: Vec<u32>) -> Self {
        micros.sort_unstable();
        Self {
            sorted_micros: micros,
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.sorted_micros.len()
    }

    /// The latency that this many of a thousand answers did not exceed (nearest rank); zero
    /// without answers.
    pub fn permille(&self, permille: u16) -> Duration {
        let rank = (self.count() * usize::from(permille.min(1_000))).div_ceil(1_000);
        let micros = self.sorted_micros.get(rank.max(1) - 1);
        Duration::from_micros(micros.copied().unwrap_or(0).into())
    }

    /// The longest.
    pub fn max(&self) -> Duration {
        self.permille(1_000)
    }
}

/// A latency as it is recorded: whole microseconds, at most 71 minutes.
pub fn as_micros(latency: Duration) -> u32 {
    u32::try_from(latency.as_micros()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let latencies = Latencies::from_micros((1..=1_000).rev().collect());
        assert_eq!(latencies.permille(500), Duration::from_micros(500));
        assert_eq!(latencies.permille(990), Duration::from_micros(990));
        assert_eq!(latencies.permille(999), Duration::from_micros(999));
        assert_eq!(latencies.max(), Duration::from_micros(1_000));
        assert_eq!(
            Latencies::from_micros(vec![7]).permille(500),
            Duration::from_micros(7)
        );
    }

    #[test]
    fn no_answers_have_no_latency() {
        assert_eq!(Latencies::default().max(), Duration::ZERO);
    }
}
