//! The loop guard: workflows that contradict one another on one record are damped.

use super::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Changes of direction are counted over this long, and damping lasts this long after the last
/// attempt.
pub const WINDOW: Span = Span::from_minutes(10);
/// More changes of direction than this within the window damp the record.
pub const MOST_CHANGES: usize = 6;

/// Which way a workflow's attempt pulls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Pause or Request handoff.
    Silence,
    /// Resume or Send to AI.
    Speech,
}

/// The attempts of workflows on one record, as far as they matter to the guard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attempts {
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<(Timestamp, Direction)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<Timestamp>,
}

impl Attempts {
    /// True when no workflow ever tried anything.
    pub fn is_empty(&self) -> bool {
        self.last.is_none()
    }

    /// Counts one attempt. True when the record is to be damped.
    pub fn count(&mut self, now: Timestamp, direction: Direction) -> bool {
        self.changes.retain(|change| now - *change < WINDOW);
        let turned = self
            .last
            .is_some_and(|(at, last)| now - at < WINDOW && last != direction);
        if turned {
            self.changes.push(now);
        }
        if self.changes.len() > MOST_CHANGES + 1 {
            self.changes.remove(0);
        }
        self.last = Some((now, direction));
        self.changes.len() > MOST_CHANGES
    }
}
