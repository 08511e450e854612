//! Releases that may have to be undone: what was lifted in the belief that no person was there,
//! kept for a day in case an earlier reply or assignment arrives late.

use super::facts::Lifted;
use super::hold::Hold;
use super::record::Record;
use super::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long what was lifted is kept.
const KEPT: Span = Span::from_hours(24);

/// One release, as far as it concerns one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The decision that released. Both records of a thread keep a part under the same id.
    pub id: Uuid,
    /// When it counts as made on HubSpot's clock: only facts not later than this undo it.
    pub at: Timestamp,
    /// When it was decided, by the database's clock.
    pub decided_at: Timestamp,
    /// Which replies would have refused it.
    pub refused_by: RefusedBy,
    /// The owner fact of this record's field that was known then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_known_at: Option<Timestamp>,
    /// The holds of this record that it lifted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Hold>,
    /// The marks of this record before it.
    #[serde(default, skip_serializing_if = "Lifted::is_empty")]
    pub marks_before: Lifted,
    /// The marks it left.
    #[serde(default, skip_serializing_if = "Lifted::is_empty")]
    pub marks_after: Lifted,
}

/// Which late replies of a person would have refused a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusedBy {
    /// Send to AI: a reply later than this, the beginning of the grace.
    RepliesAfter(Timestamp),
    /// Resume with cancel: a reply whose window still ran.
    OpenWindows,
    /// A claim timer: a reply later than this would have claimed the handoff.
    ClaimsAfter(Timestamp),
}

/// A fact that has just arrived.
#[derive(Clone, Copy, Debug)]
pub enum LateFact {
    /// A person's reply and the end of its window.
    Reply {
        /// Its source time.
        at: Timestamp,
        /// The end of its window.
        until: Timestamp,
    },
    /// A person's ownership of this record's field.
    Ownership {
        /// Its source time.
        at: Timestamp,
    },
}

impl Release {
    /// True when the release would have been refused had the fact arrived in time.
    pub fn is_voided_by(&self, fact: LateFact) -> bool {
        match fact {
            LateFact::Reply { at, until } => {
                let refuses = match self.refused_by {
                    RefusedBy::RepliesAfter(from) | RefusedBy::ClaimsAfter(from) => at > from,
                    RefusedBy::OpenWindows => until > self.decided_at,
                };
                at <= self.at && refuses
            }
            LateFact::Ownership { at } => at <= self.at && Some(at) >= self.owner_known_at,
        }
    }
}

impl Record {
    /// Keeps what a release lifted from this record, and forgets what is too old to come back.
    pub fn keep_release(&mut self, release: Release) {
        self.releases
            .retain(|kept| release.decided_at - kept.decided_at < KEPT);
        self.releases.push(release);
    }

    /// The releases of the last day that this fact undoes.
    pub fn voided_releases(&self, fact: LateFact, now: Timestamp) -> Vec<Uuid> {
        let young = self
            .releases
            .iter()
            .filter(|release| now - release.decided_at < KEPT);
        young
            .filter(|release| release.is_voided_by(fact))
            .map(|release| release.id)
            .collect()
    }

    /// The same, of claim timers alone.
    pub fn voided_claim_timers(&self, fact: LateFact, now: Timestamp) -> Vec<Uuid> {
        let timers = self
            .releases
            .iter()
            .filter(|release| matches!(release.refused_by, RefusedBy::ClaimsAfter(_)))
            .filter(|release| now - release.decided_at < KEPT);
        timers
            .filter(|release| release.is_voided_by(fact))
            .map(|release| release.id)
            .collect()
    }

    /// Makes what a release lifted from this record live again.
    pub fn undo_release(&mut self, id: Uuid) {
        let undone: Vec<Release> = self.releases.extract_if(.., |kept| kept.id == id).collect();
        for release in undone {
            self.holds.extend(release.holds);
            let marks = &mut self.facts.lifted;
            let (before, after) = (release.marks_before, release.marks_after);
            restore(
                &mut marks.replies_through,
                before.replies_through,
                after.replies_through,
            );
            restore(
                &mut marks.own_handoff_through,
                before.own_handoff_through,
                after.own_handoff_through,
            );
            restore(
                &mut marks.ticket_handoff_through,
                before.ticket_handoff_through,
                after.ticket_handoff_through,
            );
            restore(
                &mut marks.opening_through,
                before.opening_through,
                after.opening_through,
            );
        }
    }
}

/// Takes a mark back unless a later release moved it on.
fn restore(mark: &mut Option<Timestamp>, before: Option<Timestamp>, after: Option<Timestamp>) {
    if *mark == after {
        *mark = before;
    }
}
