//! The simulation's clock: real time, times a factor, plus what was skipped.

use chrono::{DateTime, TimeDelta, Utc};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A clock that can be driven.
pub(super) struct Clock {
    started: Instant,
    started_at: DateTime<Utc>,
    speed: f64,
    skipped: Mutex<Duration>,
}

impl Clock {
    /// Starts at the real time. A speed that is not above zero counts as 1.
    pub(super) fn start(speed: f64) -> Self {
        Self {
            started: Instant::now(),
            started_at: Utc::now(),
            speed: if speed > 0.0 { speed } else { 1.0 },
            skipped: Mutex::new(Duration::ZERO),
        }
    }

    /// The simulated time.
    pub(super) fn now(&self) -> DateTime<Utc> {
        let skipped = *self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = Duration::try_from_secs_f64(self.started.elapsed().as_secs_f64() * self.speed);
        after(
            self.started_at,
            passed.unwrap_or(Duration::MAX).saturating_add(skipped),
        )
    }

    /// How long it takes until this simulated moment, in real time.
    pub(super) fn real_time_until(&self, moment: DateTime<Utc>) -> Duration {
        let left = (moment - self.now()).to_std().unwrap_or_default();
        Duration::try_from_secs_f64(left.as_secs_f64() / self.speed).unwrap_or(Duration::MAX)
    }

    /// Skips this much simulated time.
    pub(super) fn advance(&self, by: Duration) {
        let mut skipped = self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        *skipped = skipped.saturating_add(by);
    }
}

/// A moment and a while; at most the last moment the calendar knows.
pub(super) fn after(moment: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(by)
        .ok()
        .and_then(|by| moment.checked_add_signed(by))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}
