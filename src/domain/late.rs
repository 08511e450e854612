//! Releases that may have to be undone: what was lifted in the belief that no person was there,
//! kept for a day in case an earlier reply or assignment arrives late.

use super::hold::Hold;
use super::ids::TicketId;
use super::lifted::Lifted;
use super::ownership::Ownership;
use super::record::Record;
use super::time::{CLOCK_DOUBT, Span, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long what was lifted is kept.
const KEPT: Span = Span::from_hours(24);
/// More releases of one record that nothing late refuses are not kept; the oldest go first.
const MOST_FINAL: usize = 8;

/// One release, as far as it concerns one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The decision that released. Both records of a thread keep a part under the same id.
    pub id: Uuid,
    /// When it counts as made on HubSpot's clock: only facts not later than this undo it.
    pub at: Timestamp,
    /// When it was decided, by the database's clock.
    pub decided_at: Timestamp,
    /// It was about all of the ticket's threads, also one that is linked later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub of_all_threads: bool,
    /// On a thread: the ticket that was named, or by which the thread was reached. Had it left that
    /// by then, as it turns out, the release did not concern it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<TicketId>,
    /// What would have refused it.
    pub refused_by: RefusedBy,
    /// The owner fact of this record's field that was known then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_known_at: Option<Timestamp>,
    /// The newest closing or assignment to the AI that was known then: windows before it had ended.
    /// One that is told later may have come after the release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows_ended_at: Option<Timestamp>,
    /// The holds of this record that it lifted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Hold>,
    /// The marks of this record before it.
    #[serde(default, skip_serializing_if = "Lifted::is_empty")]
    pub marks_before: Lifted,
    /// The marks it left.
    #[serde(default, skip_serializing_if = "Lifted::is_empty")]
    pub marks_after: Lifted,
    /// It was undone: nothing is left of it but that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_undone: bool,
}

/// What would have refused a release, had it arrived in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusedBy {
    /// Send to AI: a reply later than this, the beginning of the grace, whose window still ran.
    RepliesAfter(Timestamp),
    /// Resume with cancel: a reply whose window still ran.
    OpenWindows,
    /// A claim timer: a reply that would have claimed the handoff, a person who owned when it
    /// was asked for.
    Claims {
        /// When the handoff was placed.
        asked_at: Timestamp,
        /// Replies later than this claim it.
        replies_after: Timestamp,
        /// So do replies whose windows end later than this.
        windows_after: Timestamp,
    },
    /// No fact: what only a release of that kind lifts stays lifted.
    Nothing,
}

/// A fact that has just arrived.
#[derive(Clone, Copy, Debug)]
pub enum LateFact {
    /// A person's reply.
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
        /// Since when it counts: at once, or from the reply it waited for.
        counts_from: Timestamp,
    },
}

impl LateFact {
    /// A person's ownership, as late.
    pub const fn of(ownership: Ownership) -> Self {
        Self::Ownership {
            at: ownership.at,
            counts_from: ownership.counts_from,
        }
    }
}

impl Release {
    /// True while it may still be undone.
    pub fn is_young(&self, now: Timestamp) -> bool {
        !self.is_undone && now - self.decided_at < KEPT
    }

    /// Leaves nothing of it: gives its holds, and the marks before and after it.
    fn take_back(&mut self) -> (Vec<Hold>, Lifted, Lifted) {
        self.is_undone = true;
        let marks = [&mut self.marks_before, &mut self.marks_after];
        let [before, after] = marks.map(std::mem::take);
        (std::mem::take(&mut self.holds), before, after)
    }

    /// The earliest that HubSpot's clock may have shown when it was made: what is added to a clock
    /// that is not known may be added in vain, and the clock be behind.
    pub fn earliest_at(&self) -> Timestamp {
        self.at - CLOCK_DOUBT - CLOCK_DOUBT
    }

    /// True if no fact that arrives late may have refused it.
    pub fn is_final(&self) -> bool {
        matches!(self.refused_by, RefusedBy::Nothing)
    }

    /// True when the release would have been refused had the fact arrived in time.
    pub fn is_voided_by(&self, fact: LateFact) -> bool {
        match fact {
            LateFact::Reply { at, until } => {
                let had_ended = self.windows_ended_at > Some(at);
                let window_ran = until > self.decided_at && !had_ended;
                let refuses = match self.refused_by {
                    RefusedBy::RepliesAfter(from) => at > from && window_ran,
                    RefusedBy::OpenWindows => window_ran,
                    RefusedBy::Claims {
                        replies_after,
                        windows_after,
                        ..
                    } => at > replies_after || until > windows_after,
                    RefusedBy::Nothing => false,
                };
                at <= self.at && refuses
            }
            LateFact::Ownership { at, counts_from } => {
                let owned_then = Some(at) >= self.owner_known_at;
                let refuses = match self.refused_by {
                    RefusedBy::Claims { asked_at, .. } => {
                        let when_asked =
                            counts_from <= asked_at && self.owner_known_at > Some(asked_at);
                        owned_then || when_asked
                    }
                    RefusedBy::RepliesAfter(_) | RefusedBy::OpenWindows => owned_then,
                    RefusedBy::Nothing => false,
                };
                counts_from <= self.at && refuses
            }
        }
    }
}

impl Record {
    /// Keeps what a release lifted from this record, and forgets what is too old to come back.
    pub fn keep_release(&mut self, release: Release) {
        self.releases
            .retain(|kept| release.decided_at - kept.decided_at < KEPT);
        self.releases.push(release);
        let is_final = |kept: &&Release| kept.is_final();
        if self.releases.iter().filter(is_final).count() > MOST_FINAL
            && let Some(oldest) = self.releases.iter().position(Release::is_final)
        {
            self.releases.remove(oldest);
        }
    }

    /// What was lifted so far stays lifted, whatever arrives late.
    pub fn finish_releases(&mut self) {
        for release in &mut self.releases {
            release.refused_by = RefusedBy::Nothing;
        }
    }

    /// The releases of the last day that this fact undoes.
    pub fn voided_releases(&self, fact: LateFact, now: Timestamp) -> Vec<Uuid> {
        let young = self.releases.iter().filter(|release| release.is_young(now));
        young
            .filter(|release| release.is_voided_by(fact))
            .map(|release| release.id)
            .collect()
    }

    /// Makes what a release lifted from this record live again, but for what stays lifted whatever
    /// arrives late. A claim clock that ran out meanwhile is spent: the person whom the late fact
    /// tells of was there.
    pub fn undo_release(&mut self, id: Uuid, now: Timestamp) {
        self.undo_releases(|kept| kept.id == id && !kept.is_final(), now);
    }

    /// Makes all that a decision lifted from this record live again: it did not concern it.
    pub fn undo_all_of(&mut self, id: Uuid, now: Timestamp) {
        self.undo_releases(|kept| kept.id == id, now);
    }

    fn undo_releases(&mut self, which: impl Fn(&Release) -> bool, now: Timestamp) {
        let releases = self.releases.iter_mut();
        let undone = releases.filter(|kept| !kept.is_undone && which(kept));
        let undone: Vec<(Vec<Hold>, Lifted, Lifted)> = undone.map(Release::take_back).collect();
        for (holds, before, after) in undone {
            self.holds.extend(holds.into_iter().map(|mut hold| {
                if let Some(terms) = hold.handoff_mut() {
                    terms.claim_deadline.take_if(|deadline| *deadline <= now);
                }
                hold
            }));
            self.facts.lifted.take_back(&before, &after);
            for left in &mut self.facts.leavings {
                left.lifted.take_back(&before, &after);
            }
            // A later release that is undone after this one must not bring these marks back.
            for kept in &mut self.releases {
                kept.marks_before.take_back(&before, &after);
            }
        }
    }
}

impl Lifted {
    /// Takes marks back, unless a later release moved them on. What an admin lifted stays lifted.
    fn take_back(&mut self, before: &Self, after: &Self) {
        let take_back = |mark: &mut Option<Timestamp>, before, after| {
            if *mark == after {
                *mark = before;
            }
        };
        take_back(
            &mut self.replies_through,
            before.replies_through,
            after.replies_through,
        );
        take_back(
            &mut self.own_handoff_through,
            before.own_handoff_through,
            after.own_handoff_through,
        );
        take_back(
            &mut self.ticket_handoff_through,
            before.ticket_handoff_through,
            after.ticket_handoff_through,
        );
        take_back(
            &mut self.opening_through,
            before.opening_through,
            after.opening_through,
        );
        take_back(
            &mut self.left_through,
            before.left_through,
            after.left_through,
        );
    }
}
