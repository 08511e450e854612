//! A record with the states it had a while ago, for readers that a replica serves late.

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::VecDeque;
use std::sync::Arc;

/// Older states are forgotten; a replica cannot be later than this.
const KEPT: TimeDelta = TimeDelta::hours(1);
/// Nor are there ever more of them.
const MOST_KEPT: usize = 512;

/// A record and its earlier states.
pub struct Versions<T> {
    newest: Arc<T>,
    since: DateTime<Utc>,
    /// Oldest first.
    earlier: VecDeque<(DateTime<Utc>, Arc<T>)>,
}

impl<T: Clone> Versions<T> {
    /// A record that begins.
    pub fn begin(record: T, at: DateTime<Utc>) -> Self {
        Self {
            newest: Arc::new(record),
            since: at,
            earlier: VecDeque::new(),
        }
    }

    /// As it is.
    pub fn newest(&self) -> &Arc<T> {
        &self.newest
    }

    /// As it was at this moment; `None` if it had not begun.
    pub fn as_of(&self, moment: DateTime<Utc>) -> Option<&Arc<T>> {
        if self.since <= moment {
            return Some(&self.newest);
        }
        let known = self.earlier.iter().rev();
        let mut then = known.skip_while(|(since, _)| *since > moment);
        then.next().map(|(_, record)| record)
    }

    /// Changes it.
    pub fn change<R>(&mut self, at: DateTime<Utc>, change: impl FnOnce(&mut T) -> R) -> R {
        let mut record = T::clone(&self.newest);
        let result = change(&mut record);
        let before = std::mem::replace(&mut self.newest, Arc::new(record));
        self.earlier.push_back((self.since, before));
        self.since = at;
        // The state at the edge of what is kept began before it.
        while self.earlier.len() > MOST_KEPT
            || matches!(self.earlier.get(1), Some((since, _)) if *since < at - KEPT)
        {
            self.earlier.pop_front();
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(count: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(count)
    }

    #[test]
    fn a_moment_finds_the_state_that_was_current_then() {
        let mut record = Versions::begin("a", second(10));
        record.change(second(20), |record| *record = "b");
        record.change(second(30), |record| *record = "c");
        let expected = [
            (9, None),
            (10, Some("a")),
            (19, Some("a")),
            (20, Some("b")),
            (29, Some("b")),
            (30, Some("c")),
            (99, Some("c")),
        ];
        for (at, expected) in expected {
            let found = record.as_of(second(at)).map(|record| **record);
            assert_eq!(found, expected, "{at}");
        }
        assert_eq!(**record.newest(), "c");
    }

    #[test]
    fn old_states_are_forgotten_and_the_last_hour_is_not() {
        let mut record = Versions::begin(0, second(0));
        for count in 1..=7_200 {
            record.change(second(count * 60), |record| *record = count);
        }
        let end = 7_200 * 60;
        assert!(record.earlier.len() <= 62, "{}", record.earlier.len());
        assert_eq!(**record.as_of(second(end - 3_600)).unwrap(), 7_140);
    }
}
