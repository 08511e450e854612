//! Latencies counted by size, so that counts of minutes, kinds and replicas add up, and what is
//! published of them: percentiles that err towards longer, by less than a tenth.

use std::collections::BTreeMap;

/// Buckets to a doubling: each is 9 % wider than the one before.
const TO_A_DOUBLING: f64 = 8.0;
/// The last bucket holds everything longer than nine years.
const LAST: u16 = 8 * 48;

/// The bucket of a length in microseconds.
pub fn bucket(micros: u64) -> u16 {
    let place = ((micros.max(1) as f64).log2() * TO_A_DOUBLING).ceil() - 1.0;
    (place.max(0.0) as u16).min(LAST)
}

/// What is published of many latencies.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summary {
    /// How many there were.
    pub count: u64,
    /// Half of them were no longer than this, in milliseconds.
    pub p50_ms: f64,
    /// 95 % were no longer.
    pub p95_ms: f64,
    /// 99 % were no longer.
    pub p99_ms: f64,
    /// The longest, exactly.
    pub max_ms: f64,
}

/// Sums up buckets: how many there were in each. `longest` is in microseconds. None: no latencies.
pub fn summarize(buckets: &BTreeMap<u16, u64>, longest: u64) -> Option<Summary> {
    let count: u64 = buckets.values().sum();
    let percentile = |share: f64| {
        let rank = ((count as f64) * share).ceil() as u64;
        let mut seen = 0;
        let found = buckets.iter().find(|(_, times)| {
            seen += **times;
            seen >= rank
        });
        let upper = found.map(|(bucket, _)| ((f64::from(*bucket) + 1.0) / TO_A_DOUBLING).exp2());
        millis(upper.unwrap_or_default().min(longest as f64))
    };
    (count > 0).then(|| Summary {
        count,
        p50_ms: percentile(0.5),
        p95_ms: percentile(0.95),
        p99_ms: percentile(0.99),
        max_ms: millis(longest as f64),
    })
}

/// Whole microseconds are as exact as anybody reads.
fn millis(micros: f64) -> f64 {
    micros.round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(micros: &[u64]) -> Summary {
        let mut buckets = BTreeMap::new();
        for one in micros {
            *buckets.entry(bucket(*one)).or_insert(0) += 1;
        }
        summarize(&buckets, micros.iter().copied().max().unwrap()).unwrap()
    }

    #[test]
    fn a_percentile_is_never_shorter_than_the_truth_and_at_most_a_tenth_longer() {
        let micros: Vec<u64> = (1..=10_000).map(|n| n * 17).collect();

        let found = summary(&micros);

        let cases = [
            (found.p50_ms, 85.0),
            (found.p95_ms, 161.5),
            (found.p99_ms, 168.3),
        ];
        for (found, truth) in cases {
            assert!(
                (truth..=truth * 1.1).contains(&found),
                "{found}, not {truth}"
            );
        }
        assert_eq!((found.count, found.max_ms), (10_000, 170.0));
    }

    #[test]
    fn one_latency_is_all_of_its_percentiles() {
        let found = summary(&[4_321]);

        let all = [found.p50_ms, found.p95_ms, found.p99_ms, found.max_ms];
        assert_eq!(all, [4.321; 4]);
    }

    #[test]
    fn the_shortest_and_the_longest_have_a_bucket() {
        assert_eq!((bucket(0), bucket(1), bucket(2)), (0, 0, 7));
        assert_eq!(bucket(u64::MAX), LAST);
        assert_eq!(summarize(&BTreeMap::new(), 0), None);
    }
}
