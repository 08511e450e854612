//! A portal's calls within a rolling window, shared by the lanes. Pure: it is told the time.
//!
//! Each lane has places kept for it, which no other lane takes; the rest is for all, the most
//! urgent first. A place is taken when a call is let through, and free again one window after its
//! *answer*, since HubSpot may have counted the call at any time in between.

use super::lane::{Lane, PerLane};
use crate::domain::time::{Span, Timestamp};
use std::collections::{BTreeMap, VecDeque};

/// How much a portal allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Calls.
    pub calls: u32,
    /// The rolling window, above zero.
    pub window: Span,
}

impl Allowance {
    /// What an app installed by OAuth has for each account (page "API usage guidelines", read
    /// 2026-11-22).
    pub const HUBSPOT: Self = Self {
        calls: 110,
        window: Span::from_secs(10),
    };
}

/// One call's place, waiting or under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

/// Why nothing is let through for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closure {
    /// HubSpot said "too many", or "locked".
    RateLimited,
    /// HubSpot is moving the account to another data centre.
    Migrating,
}

/// The calls of one portal.
#[derive(Debug)]
pub struct Budget {
    allowance: Allowance,
    /// What is allowed now: less, if HubSpot says so.
    calls: u32,
    seen: Timestamp,
    waiting: PerLane<VecDeque<Ticket>>,
    under_way: BTreeMap<Ticket, Lane>,
    taken: PerLane<u32>,
    /// Answered calls, by the time their place is free again.
    answered: VecDeque<(Timestamp, Lane)>,
    /// Calls that others make with the same grant, such as a second replica, and until when they
    /// count.
    others: (u32, Timestamp),
    closed: Option<(Timestamp, Closure)>,
    tickets: u64,
}

impl Budget {
    /// Nothing used yet.
    pub fn new(allowance: Allowance) -> Self {
        Self {
            allowance,
            calls: allowance.calls,
            seen: Timestamp::from_millis(0),
            waiting: PerLane::default(),
            under_way: BTreeMap::new(),
            taken: PerLane::default(),
            answered: VecDeque::new(),
            others: (0, Timestamp::from_millis(0)),
            closed: None,
            tickets: 0,
        }
    }

    /// Queues a call.
    pub fn queue(&mut self, lane: Lane) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.waiting.of_mut(lane).push_back(ticket);
        ticket
    }

    /// Lets through whatever may go now, and says how many calls that were.
    pub fn admit(&mut self, now: Timestamp) -> usize {
        self.pass_time(now);
        if self.closed.is_some() {
            return 0;
        }
        let before = self.under_way.len();
        for lane in Lane::ALL {
            while self.has_room(lane) {
                let Some(ticket) = self.waiting.of_mut(lane).pop_front() else {
                    break;
                };
                self.under_way.insert(ticket, lane);
                *self.taken.of_mut(lane) += 1;
            }
        }
        self.under_way.len() - before
    }

    /// True once the call was let through.
    pub fn is_admitted(&self, ticket: Ticket) -> bool {
        self.under_way.contains_key(&ticket)
    }

    /// A call was answered, or nobody waits for it any more.
    pub fn leave(&mut self, ticket: Ticket, now: Timestamp) {
        self.pass_time(now);
        if let Some(lane) = self.under_way.remove(&ticket) {
            self.answered.push_back((now + self.allowance.window, lane));
            return;
        }
        for lane in Lane::ALL {
            self.waiting.of_mut(lane).retain(|queued| *queued != ticket);
        }
    }

    /// Lets nothing through until then. The later of two closures counts.
    pub fn close(&mut self, until: Timestamp, why: Closure) {
        if self.closed.is_none_or(|(already, _)| already < until) {
            self.closed = Some((until, why));
        }
    }

    /// Why nothing is let through, and until when.
    pub const fn closed(&self) -> Option<(Timestamp, Closure)> {
        self.closed
    }

    /// What HubSpot's headers say of the window: how many calls it allows, and how many it has
    /// left. What we did not make ourselves, others did.
    pub fn observe(&mut self, now: Timestamp, max: u32, remaining: u32) {
        self.pass_time(now);
        // Below this the shares mean nothing, and HubSpot allows no app so little.
        let fewest = self.allowance.calls.min(20);
        self.calls = max.clamp(fewest, self.allowance.calls);
        let used = max.saturating_sub(remaining);
        let by_others = used.saturating_sub(self.taken_in_all());
        self.others = (by_others, now + self.allowance.window);
    }

    /// When time alone may let another call through; `None` if only an answer can.
    pub fn changes_at(&self) -> Option<Timestamp> {
        if let Some((until, _)) = self.closed {
            return Some(until);
        }
        let others = (self.others.0 > 0).then_some(self.others.1);
        let answered = self.answered.front().map(|(at, _)| *at);
        [others, answered].into_iter().flatten().min()
    }

    /// True if nothing is remembered: the budget is as good as new.
    pub fn is_idle(&mut self, now: Timestamp) -> bool {
        self.pass_time(now);
        self.under_way.is_empty()
            && self.answered.is_empty()
            && self.closed.is_none()
            && self.others.0 == 0
            && Lane::ALL
                .iter()
                .all(|lane| self.waiting.of(*lane).is_empty())
    }

    fn has_room(&self, lane: Lane) -> bool {
        let taken = *self.taken.of(lane);
        self.taken_in_all() + self.others.0 < self.calls
            && (taken < self.kept(lane) || self.shared_taken() < self.shared())
    }

    fn taken_in_all(&self) -> u32 {
        Lane::ALL.iter().map(|lane| self.taken.of(*lane)).sum()
    }

    fn kept(&self, lane: Lane) -> u32 {
        (self.calls * lane.kept_percent() / 100).max(1)
    }

    fn shared(&self) -> u32 {
        let kept: u32 = Lane::ALL.iter().map(|lane| self.kept(*lane)).sum();
        self.calls.saturating_sub(kept)
    }

    fn shared_taken(&self) -> u32 {
        let over = |lane: &Lane| self.taken.of(*lane).saturating_sub(self.kept(*lane));
        Lane::ALL.iter().map(over).sum::<u32>() + self.others.0
    }

    /// Frees what is over. A clock that was set back takes everything back with it, so that nothing
    /// waits longer than it would have.
    fn pass_time(&mut self, now: Timestamp) {
        if now < self.seen {
            let back = self.seen - now;
            for (at, _) in &mut self.answered {
                *at = *at - back;
            }
            self.others.1 = self.others.1 - back;
            self.closed = self.closed.map(|(until, why)| (until - back, why));
        }
        self.seen = now;
        while let Some((at, lane)) = self.answered.front().copied() {
            if at > now {
                break;
            }
            self.answered.pop_front();
            let taken = self.taken.of_mut(lane);
            *taken = taken.saturating_sub(1);
        }
        if self.others.1 <= now {
            self.others.0 = 0;
        }
        self.closed = self.closed.filter(|(until, _)| *until > now);
    }
}

#[cfg(test)]
mod tests;
