//! How long to wait before something that failed is tried again.

use super::time::Span;

/// The first wait, doubled with every further attempt.
const FIRST: Span = Span::from_millis(500);
/// Longer than this nobody waits, whatever came before.
const LONGEST: Span = Span::from_minutes(1);

/// The wait after the `attempts`-th attempt failed.
pub fn after(attempts: u32) -> Span {
    after_at_most(attempts, LONGEST)
}

/// The same, for what nobody waits for: growing up to `longest`.
pub fn after_at_most(attempts: u32, longest: Span) -> Span {
    let doublings = attempts.saturating_sub(1).min(20);
    Span::from_millis(FIRST.as_millis() << doublings).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_twice_the_one_before_up_to_a_minute() {
        let waits: Vec<i64> = (1..=9).map(|attempt| after(attempt).as_millis()).collect();
        let expected = [
            500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
        ];
        assert_eq!(waits, expected);
        assert_eq!(after(0), FIRST);
        assert_eq!(after(u32::MAX), LONGEST);
    }
}
