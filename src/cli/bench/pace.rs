//! When a load sends its next request.

use std::time::{Duration, Instant};

/// The pace of a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// When the last one is answered: a closed loop.
    AsAnswered,
    /// At fixed moments, whether the service keeps up or not: an open loop.
    PerSecond(u32),
}

impl Pace {
    /// When a request is due, counted from 0; none: at once. What is sent later than it was due
    /// is measured from then.
    pub fn due(self, started: Instant, number: u64) -> Option<Instant> {
        match self {
            Self::AsAnswered => None,
            Self::PerSecond(rate) => {
                let after = number as f64 / f64::from(rate.max(1));
                Some(started + Duration::from_secs_f64(after))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_loop_does_not_wait_for_answers() {
        let now = Instant::now();
        let half_a_second = Some(now + Duration::from_millis(500));
        assert_eq!(Pace::PerSecond(500).due(now, 250), half_a_second);
        assert_eq!(Pace::PerSecond(0).due(now, 0), Some(now));
        assert_eq!(Pace::AsAnswered.due(now, 250), None);
    }
}
