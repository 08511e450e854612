//! What the reference model thinks of a thread: every reason for silence, found by going through
//! all that was ever placed or told.

use crate::fault::Fault;
use crate::history::{History, Kind, Mark, OwnerEvent, Placed};
use crate::operation::{HOUR, Place, SECOND, TICKET};
use baton::domain::actor::Authority;
use baton::domain::hold::HoldName;
use baton::domain::policy::{AfterHumanUnassign, OnReopenOwned};

/// A kind of silence and its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    pub name: HoldName,
    pub until: Option<i64>,
    pub is_admins: bool,
}

/// Everything that silences a thread, the strongest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement(pub Vec<Silence>);

impl Judgement {
    pub fn strongest(&self) -> Option<HoldName> {
        self.0.first().map(|silence| silence.name)
    }

    pub fn has(&self, name: HoldName) -> bool {
        self.find(name).is_some()
    }

    pub fn find(&self, name: HoldName) -> Option<&Silence> {
        self.0.iter().find(|silence| silence.name == name)
    }

    pub fn is_admins(&self, name: HoldName) -> bool {
        self.find(name).is_some_and(|silence| silence.is_admins)
    }
}

/// An open end is the latest.
pub fn latest(ends: impl Iterator<Item = Option<i64>>) -> Option<i64> {
    ends.map(|end| end.unwrap_or(i64::MAX))
        .max()
        .filter(|end| *end < i64::MAX)
}

impl History {
    pub fn judge(&self, thread: Place, now: i64) -> Judgement {
        let mut found = Vec::new();
        let placed = |kind, name, derived: Option<Option<i64>>| {
            let live: Vec<&Placed> = self
                .placed
                .iter()
                .filter(|hold| hold.kind == kind && self.is_live(hold, thread, now))
                .collect();
            let ends = live.iter().map(|hold| hold.ends).chain(derived);
            (!live.is_empty() || derived.is_some()).then(|| Silence {
                name,
                until: latest(ends),
                is_admins: live.iter().any(|hold| hold.by == Authority::Admin),
            })
        };
        let fact = |name, until| Silence {
            name,
            until,
            is_admins: false,
        };
        found.extend(placed(Kind::Lock, HoldName::AdminLock, None));
        if self.person_owns(thread) {
            found.push(fact(HoldName::PersonOwns, None));
        }
        if let Some(until) = self.person_replied(thread, now) {
            found.push(fact(HoldName::PersonReplied, Some(until)));
        }
        let derived = self.derived_handoff(thread, now);
        found.extend(placed(Kind::Handoff, HoldName::Handoff, derived));
        found.extend(placed(Kind::Damped, HoldName::Damped, None));
        found.extend(placed(Kind::Pause, HoldName::Pause, None));
        Judgement(found)
    }

    pub fn has_lapsed(&self, hold: &Placed, now: i64) -> bool {
        let never_ends = hold.kind == Kind::Damped && self.has(Fault::DampingNeverEnds);
        !never_ends && hold.ends.is_some_and(|end| end <= now)
    }

    /// A hold counts for a thread until it is lifted, lapses, is claimed or closed over.
    pub fn is_live(&self, hold: &Placed, thread: Place, now: i64) -> bool {
        let records = self.records(thread);
        if hold.is_lifted || self.has_lapsed(hold, now) || !records.contains(&hold.place) {
            return false;
        }
        let is_over = |event: Option<i64>| {
            event.is_some_and(|at| {
                if self.has(Fault::PlacedAtIsComparedTheWrongWay) {
                    at < hold.clock
                } else {
                    at > hold.clock
                }
            })
        };
        let is_handoff = hold.kind == Kind::Handoff;
        if is_handoff && is_over(self.newest(thread, |place| self.last_claim(place))) {
            return false;
        }
        let is_lock = hold.kind == Kind::Lock && !self.has(Fault::ClosingLiftsLocks);
        let stays = is_lock || (hold.kind != Kind::Lock && hold.by == Authority::Admin);
        if stays {
            return true;
        }
        let to_ai = self.newest(thread, |place| self.last_ai(place));
        let closed = self.newest(thread, |place| self.closed(place));
        !(is_over(closed) || is_handoff && is_over(to_ai))
    }

    /// The field names a person whose assignment counts.
    pub fn counting_owner(&self, place: Place) -> Option<OwnerEvent> {
        let event = self.owner(place).filter(OwnerEvent::is_person)?;
        (!event.waits() || self.is_confirmed(place, event.at)).then_some(event)
    }

    pub fn person_owns(&self, thread: Place) -> bool {
        self.records(thread).into_iter().any(|place| {
            let ignored = self.has(Fault::TicketOwnershipIsIgnoredForSiblings)
                && place == TICKET
                && thread == SECOND;
            let owner = self.counting_owner(place).filter(|_| !ignored);
            owner.is_some_and(|event| {
                !self.is_forced(thread, place, &event) && !self.is_left_to_ai(thread, &event)
            })
        })
    }

    /// An admin lifted this very ownership for this thread.
    fn is_forced(&self, thread: Place, place: Place, event: &OwnerEvent) -> bool {
        let mark = Mark::Owner {
            of: place,
            at: event.at,
            owner: event.owner.clone(),
        };
        let for_all = self.has(Fault::ForceFreesSiblings);
        self.marks()
            .any(|(of, known)| (*of == thread || for_all) && *known == mark)
    }

    /// The conversation was reopened since, and goes to the AI by the policy of then.
    fn is_left_to_ai(&self, thread: Place, event: &OwnerEvent) -> bool {
        let (Some((opened, policy)), Some(closed)) = (self.reopened(thread), self.closed(thread))
        else {
            return false;
        };
        let by_policy = match policy {
            OnReopenOwned::Person => false,
            OnReopenOwned::Ai => true,
            OnReopenOwned::AiAfterDays(days) => opened - closed >= i64::from(days) * 24 * HOUR,
        };
        by_policy && event.at < opened
    }

    fn marks(&self) -> impl Iterator<Item = &(Place, Mark)> {
        self.releases.iter().flat_map(|release| &release.marks)
    }

    /// Replies of the thread that nothing ended or lifted.
    pub fn counting_replies(&self, thread: Place) -> Vec<(i64, i64)> {
        let to_ai = self
            .newest(thread, |place| self.last_ai(place))
            .filter(|_| !self.has(Fault::ReplyWindowOutlivesTheAiAsOwner));
        let closed_ticket = self
            .newest(thread, |place| self.closed(place))
            .filter(|_| self.has(Fault::TicketClosingEndsReplyWindows));
        let ended = self.closed(thread).max(to_ai).max(closed_ticket);
        let lifted = self.replies_lifted(thread);
        let mut replies = self.replies(thread);
        replies.retain(|(at, _)| ended <= Some(*at) && lifted < Some(*at));
        replies
    }

    /// How far the replies of a thread were lifted.
    pub fn replies_lifted(&self, thread: Place) -> Option<i64> {
        let lifted = self.marks().filter_map(|(of, mark)| match mark {
            Mark::Replies(through) if *of == thread => Some(*through),
            _ => None,
        });
        lifted.max()
    }

    pub fn person_replied(&self, thread: Place, now: i64) -> Option<i64> {
        let replies = self.counting_replies(thread).into_iter();
        replies
            .map(|(_, until)| until)
            .filter(|until| *until > now)
            .max()
    }

    /// How far the handoff that follows from a record's owners was lifted for a thread.
    pub fn handoff_lifted(&self, thread: Place, of: Place) -> Option<i64> {
        let marks = self.marks().filter_map(|(marked, mark)| match mark {
            Mark::Handoff { of: place, through } if *marked == thread && *place == of => {
                Some(*through)
            }
            _ => None,
        });
        marks.max()
    }

    pub fn opening_lifted(&self, thread: Place) -> Option<i64> {
        let marks = self.marks().filter_map(|(of, mark)| match mark {
            Mark::Opening(through) if *of == thread => Some(*through),
            _ => None,
        });
        marks.max()
    }

    /// A handoff that nobody placed, and its end.
    pub fn derived_handoff(&self, thread: Place, now: i64) -> Option<Option<i64>> {
        let records = self.records(thread);
        if records.iter().any(|it| self.counting_owner(*it).is_some()) {
            return None;
        }
        let until = match self.given_up(thread) {
            Some(until) => until,
            None if self.spoke_before_opening(thread) => None,
            None => return None,
        };
        until.is_none_or(|until| until > now).then_some(until)
    }

    fn given_up(&self, thread: Place) -> Option<Option<i64>> {
        let records = self.records(thread);
        let owned = records.iter().filter_map(|place| {
            self.last_person(*place)
                .filter(|at| self.handoff_lifted(thread, *place) < Some(*at))
        });
        let owned = owned.max()?;
        if self.newest(thread, |place| self.last_ai(place)) > Some(owned) {
            return None;
        }
        let facts: Vec<OwnerEvent> = records.iter().filter_map(|it| self.owner(*it)).collect();
        let all_wait = facts.iter().all(OwnerEvent::waits);
        let newest = facts
            .into_iter()
            .filter(|event| all_wait || !event.waits())
            .max_by_key(|event| {
                let policies = &event.policies;
                (
                    event.at,
                    policies.assigned_by_automation,
                    policies.after_human_unassign,
                    policies.human_grace,
                )
            })?;
        let let_go = records
            .iter()
            .filter_map(|place| self.let_go(*place))
            .max()?;
        let is_after_closing = match (self.closed(thread), self.reopened(thread)) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(_), Some((opened, _))) => let_go >= opened,
        };
        let ticket_closed = records.contains(&TICKET) && self.closed(TICKET) > Some(let_go);
        if !is_after_closing || ticket_closed {
            return None;
        }
        match newest.policies.after_human_unassign {
            AfterHumanUnassign::RequestHandoff => Some(None),
            AfterHumanUnassign::AiAfterGrace => {
                Some(Some(newest.at + newest.policies.human_grace.as_millis()))
            }
            AfterHumanUnassign::AiNow => None,
        }
    }

    /// The first change of a field away from the last person who counted.
    fn let_go(&self, place: Place) -> Option<i64> {
        let owned = self.last_person(place)?;
        let events = self.owner_events(place).into_iter();
        let later = events.map(|event| event.at).filter(|at| *at > owned);
        later
            .min()
            .or_else(|| self.owner(place).map(|event| event.at))
    }

    fn spoke_before_opening(&self, thread: Place) -> bool {
        let Some((opened, _)) = self.reopened(thread) else {
            return false;
        };
        let to_ai = self.newest(thread, |place| self.last_ai(place));
        let spoke = self.replies(thread).iter().any(|(at, _)| {
            *at >= opened - 24 * HOUR && *at <= opened && to_ai.is_none_or(|to_ai| to_ai <= *at)
        });
        let taken = self.newest(thread, |place| self.last_person(place)) > Some(opened);
        let lifted = self.opening_lifted(thread) >= Some(opened);
        let has_ticket = self.records(thread).contains(&TICKET);
        let ticket_closed = has_ticket && self.closed(TICKET) > Some(opened);
        spoke && !taken && !lifted && !ticket_closed
    }
}
