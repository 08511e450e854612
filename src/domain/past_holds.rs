//! Which holds lay on a record before, so that what it was when a conversation left it can be told
//! whenever that is heard of.

use super::hold::Hold;
use super::late::Release;
use super::record::Record;
use super::time::{CLOCK_DOUBT, Timestamp};

impl Record {
    /// The holds that lay on it at some time of HubSpot's clock, whatever was lifted since.
    pub fn holds_as_of(&self, at: Timestamp) -> Vec<Hold> {
        let is_later = |release: &&Release| !release.is_undone && release.at > at;
        let lifted = self.releases.iter().filter(is_later);
        let lifted = lifted.flat_map(|release| &release.holds);
        let holds = self.holds.iter().chain(lifted);
        let was_placed = |hold: &&Hold| hold.decided_at.min(hold.placed_at) <= at;
        holds.filter(was_placed).cloned().collect()
    }

    /// The same, where in doubt with what may have been placed just after.
    pub fn holds_that_may_have_been(&self, at: Timestamp) -> Vec<Hold> {
        let mut holds = self.holds_as_of(at + CLOCK_DOUBT);
        holds.extend(self.holds_as_of(at));
        holds.sort_by_key(|hold| (hold.placed_at, hold.id));
        holds.dedup();
        holds
    }
}
