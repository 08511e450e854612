//! Late facts in the reference model: which releases would have been refused, and their undoing.

use crate::fault::Fault;
use crate::history::{Event, History, OwnerEvent, Refusal, Release};
use crate::operation::{HOUR, MINUTE, News, Place, SECOND, TICKET};
use baton::domain::owner::Owner;

/// A person's ownership: its source time, and the time it counts from.
type Ownership = (i64, i64);

impl Release {
    fn part(&self, place: Place) -> Option<Option<i64>> {
        let part = self.parts.iter().find(|(of, _)| *of == place);
        part.map(|(_, known)| *known)
    }

    fn ended(&self, place: Place) -> Option<i64> {
        let mut ended = self.ended.iter();
        ended.find(|(of, _)| *of == place).and_then(|(_, at)| *at)
    }

    /// What ended windows counts only as far as that was known when it was released.
    fn refused_by_reply(&self, at: i64, until: i64, ended: Option<i64>) -> bool {
        let ran = until > self.now && ended.is_none_or(|end| end <= at);
        at <= self.clock
            && match self.refusal {
                Refusal::Nothing => false,
                Refusal::RepliesAfter(grace) => ran && at > grace,
                Refusal::OpenWindows => ran,
                Refusal::Claims {
                    after, asked_at, ..
                } => at > after || until > asked_at,
            }
    }

    fn refused_by_owner(&self, (at, counts_from): Ownership, known: Option<i64>) -> bool {
        let owned_when_asked = match self.refusal {
            Refusal::Claims { clock, .. } => counts_from <= clock && known > Some(clock),
            Refusal::Nothing | Refusal::RepliesAfter(_) | Refusal::OpenWindows => false,
        };
        counts_from <= self.clock && (known.is_none_or(|known| at >= known) || owned_when_asked)
    }
}

impl History {
    /// Undoes what the event, which is not yet part of the history, would have refused.
    pub fn undo_for_event(&mut self, event: &Event, now: i64) {
        let refused = |release: &Release| match &event.news {
            News::Reply(thread) => self.reply_refuses(release, *thread, event),
            News::Owner(place, owner, by) => {
                let owner = OwnerEvent {
                    at: event.at,
                    owner: owner.clone(),
                    by: *by,
                    policies: event.policies.clone(),
                };
                self.owner_refuses(release, *place, &owner)
            }
            _ => false,
        };
        let undone = self.releases.iter().map(refused).collect();
        self.undo(undone, now);
    }

    fn reply_refuses(&self, release: &Release, thread: Place, event: &Event) -> bool {
        let until = event.at + event.policies.reply_window.as_millis();
        let known = self.replies(thread);
        let is_repeat = known.iter().any(|(at, _)| *at == event.at);
        let by_reply = release.part(thread).is_some()
            && !is_repeat
            && release.refused_by_reply(event.at, until, release.ended(thread));
        by_reply
            || self.records(thread).into_iter().any(|place| {
                let confirmed = self.confirmed_by(place, event.at);
                match (release.part(place), confirmed) {
                    (Some(known), Some(at)) => release.refused_by_owner((at, event.at), known),
                    _ => false,
                }
            })
    }

    /// The newest assignment that waited for a reply, and that this is the first to confirm.
    fn confirmed_by(&self, place: Place, replied: i64) -> Option<i64> {
        let events = self.owner_events(place).into_iter();
        let waits = |event: &OwnerEvent| event.waits() && !self.is_confirmed(place, event.at);
        events
            .filter(waits)
            .map(|event| event.at)
            .filter(|at| *at <= replied)
            .max()
    }

    fn owner_refuses(&self, release: &Release, place: Place, event: &OwnerEvent) -> bool {
        let is_known = self
            .owner(place)
            .is_some_and(|known| known.at == event.at && known.owner == event.owner);
        let (Some(known), false) = (release.part(place), is_known) else {
            return false;
        };
        let ownership = self.ownership(event, self.replies(place));
        ownership.is_some_and(|ownership| release.refused_by_owner(ownership, known))
    }

    /// Since when this ownership counts, if it does by these replies.
    fn ownership(&self, event: &OwnerEvent, replies: Vec<(i64, i64)>) -> Option<Ownership> {
        if !matches!(event.owner, Owner::Person(_)) {
            return None;
        }
        if !event.waits() {
            return Some((event.at, event.at));
        }
        let confirming = replies.into_iter().map(|(at, _)| at);
        let earliest = confirming.filter(|at| *at >= event.at).min()?;
        Some((event.at, earliest))
    }

    /// The second thread is linked: each side may know what refuses a release of the other.
    pub fn link(&mut self, now: i64) {
        if self.second_is_linked {
            return;
        }
        let alone = self.newest(SECOND, |place| self.last_ai(place));
        let ended = alone.max(self.closed(SECOND));
        let replies = self.replies(SECOND);
        let own = self.owner(SECOND);
        self.second_is_linked = true;
        let tickets = self.owner(TICKET);
        // Only the new thread's replies are news to the ticket.
        let of_ticket = tickets.and_then(|event| self.ownership_at_link(&event, &replies));
        let of_thread = own.and_then(|event| self.ownership(&event, replies.clone()));
        let under = |release: &Release, owned: Option<Ownership>| {
            owned.is_some_and(|(_, counts_from)| counts_from <= release.clock)
        };
        let refused = |release: &Release| {
            let of_all = release.part(TICKET).is_some() && release.of_all_threads;
            // Nothing of the thread was known then: what surely came before counts.
            let surely = ended.filter(|at| *at <= release.clock - 4 * MINUTE);
            let surely = surely.max(release.ended(TICKET));
            let by_reply = || {
                let mut replies = replies.iter();
                replies.any(|(at, until)| release.refused_by_reply(*at, *until, surely))
            };
            (release.part(SECOND).is_some() && under(release, of_ticket))
                || (of_all && (under(release, of_thread) || by_reply()))
        };
        let undone = self.releases.iter().map(refused).collect();
        self.undo(undone, now);
    }

    /// An assignment confirmed by an old reply of a sibling counts from then at the latest.
    fn ownership_at_link(&self, event: &OwnerEvent, own: &[(i64, i64)]) -> Option<Ownership> {
        let with_own = self.ownership(event, own.to_vec());
        with_own.or_else(|| {
            let newest = self.replies(TICKET).into_iter().map(|(at, _)| at).max();
            let ownership = self.ownership(event, self.replies(TICKET))?;
            newest.map(|newest| (ownership.0, newest))
        })
    }

    fn undo(&mut self, undone: Vec<bool>, now: i64) {
        if self.has(Fault::LateFactsUndoNothing) {
            return;
        }
        let lifted = [1, SECOND].map(|thread| self.replies_lifted(thread));
        let mut first = None;
        for (place, is_undone) in undone.into_iter().enumerate() {
            let release = &self.releases[place];
            if !is_undone || now - release.now >= 24 * HOUR || release.parts.is_empty() {
                continue;
            }
            first = first.or(Some(place));
            let parts: Vec<Place> = release.parts.iter().map(|(of, _)| *of).collect();
            for hold in release.holds.clone() {
                if parts.contains(&self.placed[hold].place) {
                    let hold = &mut self.placed[hold];
                    hold.is_lifted = false;
                    // Its clock ran out while a person was there.
                    hold.is_spent |= hold.deadline.is_some_and(|deadline| deadline <= now);
                }
            }
            let release = &mut self.releases[place];
            release.marks.retain(|(of, _)| !parts.contains(of));
            release.parts.clear();
        }
        let Some(first) = first else {
            return;
        };
        // Windows that are back would have refused what was released later.
        let is_later = |place: usize, release: &Release| {
            place > first
                && [1, SECOND].into_iter().zip(lifted).any(|(thread, lifted)| {
                    release.part(thread).is_some() && self.is_refused_again(release, thread, lifted)
                })
        };
        let releases = self.releases.iter().enumerate();
        let undone: Vec<bool> = releases.map(|(place, it)| is_later(place, it)).collect();
        self.undo(undone, now);
    }

    fn is_refused_again(&self, release: &Release, thread: Place, lifted: Option<i64>) -> bool {
        let still_lifted = self.replies_lifted(thread);
        let ended = release.ended(thread);
        let mut replies = self.replies(thread).into_iter();
        replies.any(|(at, until)| {
            let is_back = still_lifted < Some(at) && Some(at) <= lifted;
            is_back && release.refused_by_reply(at, until, ended)
        })
    }
}
