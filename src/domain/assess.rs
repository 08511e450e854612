//! Facts and holds to state: which silences are live for a thread, judged over its own record and
//! its ticket's. Pure and never stored as "the AI is on".

use super::actor::Authority;
use super::derived::{self, DerivedHandoff};
use super::facts::Facts;
use super::hold::{HandoffTarget, Hold, HoldName, Priority, ends_no_sooner, later_end};
use super::left;
use super::metadata::Metadata;
use super::offer::{Assignment, live_offer};
use super::record::Record;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What a conversation is shown as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AiState {
    /// The AI may answer if every gate is open.
    AiActive,
    /// Paused, or damped by the loop guard.
    AiPaused,
    /// A person was asked for.
    HandoffRequested,
    /// A person owns the conversation or replied lately.
    HumanActive,
    /// An admin locked it.
    AiLocked,
}

impl AiState {
    /// Every state, the freest first.
    pub const ALL: [Self; 5] = [
        Self::AiActive,
        Self::AiPaused,
        Self::HandoffRequested,
        Self::HumanActive,
        Self::AiLocked,
    ];

    /// The name used in answers, columns and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AiActive => "ai_active",
            Self::AiPaused => "ai_paused",
            Self::HandoffRequested => "handoff_requested",
            Self::HumanActive => "human_active",
            Self::AiLocked => "ai_locked",
        }
    }

    /// The state that a live hold of this kind shows.
    pub const fn of(hold: HoldName) -> Self {
        match hold {
            HoldName::Pause | HoldName::Damped => Self::AiPaused,
            HoldName::Handoff => Self::HandoffRequested,
            HoldName::PersonReplied | HoldName::PersonOwns => Self::HumanActive,
            HoldName::AdminLock => Self::AiLocked,
        }
    }
}

/// The two records a thread is judged over. Where no thread is known yet, an empty one stands in.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The thread's record.
    pub thread: &'a Record,
    /// Its ticket's, where it has one.
    pub ticket: Option<&'a Record>,
}

/// One kind of silence that is live, all holds of the kind together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveHold {
    /// Which kind.
    pub name: HoldName,
    /// Since when, for display.
    pub since: Timestamp,
    /// Until when it lasts by itself; none is open-ended.
    pub until: Option<Timestamp>,
    /// The strongest authority that placed it; none if it follows from facts.
    pub authority: Option<Authority>,
    /// Who did: a requester or a person.
    pub by: String,
    /// The words of whoever placed it last.
    pub note: Option<String>,
    /// The code of whoever placed it last.
    pub reason_code: Option<String>,
    /// What whoever placed it last attached.
    pub metadata: Option<Metadata>,
    /// A handoff's terms as they show: the highest priority, the best target.
    pub handoff: Option<LiveHandoff>,
}

/// A live handoff, all of them together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveHandoff {
    /// The first one's id; none if it follows from facts.
    pub id: Option<super::hold::HoldId>,
    /// Who is wanted.
    pub target: HandoffTarget,
    /// How urgent it is.
    pub priority: Priority,
    /// The earliest deadline that still runs.
    pub claim_deadline: Option<Timestamp>,
    /// A person has answered it.
    pub is_claimed: bool,
    /// To whom we assigned it, until they take it.
    pub offered_to: Option<String>,
}

/// Everything that is live, the strongest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// One entry for each kind that is live.
    pub holds: Vec<LiveHold>,
}

impl Assessment {
    /// The strongest.
    pub fn strongest(&self) -> Option<&LiveHold> {
        self.holds.first()
    }

    /// The one of this kind.
    pub fn find(&self, name: HoldName) -> Option<&LiveHold> {
        self.holds.iter().find(|hold| hold.name == name)
    }

    /// What it is shown as.
    pub fn state(&self) -> AiState {
        self.strongest()
            .map_or(AiState::AiActive, |hold| AiState::of(hold.name))
    }

    /// When the silence is over by itself: the latest end of all that is live. None if nothing is
    /// live or if one of them is open-ended.
    pub fn silent_until(&self) -> Option<Timestamp> {
        let latest = |until, hold: &LiveHold| later_end(until, hold.until);
        let (first, rest) = self.holds.split_first()?;
        rest.iter().fold(first.until, latest)
    }
}

impl<'a> View<'a> {
    /// Judges at `now`, by the database's clock.
    pub fn assess(self, now: Timestamp) -> Assessment {
        let mut holds: Vec<LiveHold> = Vec::new();
        holds.extend(self.live(HoldName::AdminLock, now));
        holds.extend(derived::person_owns(self, now));
        holds.extend(derived::person_replied(self, now));
        holds.extend(self.live_handoff(now));
        holds.extend(self.live(HoldName::Damped, now));
        holds.extend(self.live(HoldName::Pause, now));
        Assessment { holds }
    }

    /// The holds of both records that count for this thread, the ticket's first.
    pub fn live_holds(self, now: Timestamp) -> impl Iterator<Item = &'a Hold> {
        let records = self.ticket.into_iter().chain([self.thread]);
        records
            .flat_map(|record| &record.holds)
            .filter(move |hold| self.is_live(hold, now))
    }

    /// A hold counts until its end, a claim or a closing, whichever is first. What an admin
    /// placed ends by its own end or by an admin alone; a claim by ownership ends a handoff all
    /// the same, since it is what the handoff asked for.
    pub fn is_live(self, hold: &Hold, now: Timestamp) -> bool {
        if hold.has_expired(now) {
            return false;
        }
        let is_handoff = hold.name() == HoldName::Handoff;
        let tickets = self.ticket.map(|ticket| &ticket.holds);
        let is_tickets = tickets.is_some_and(|holds| holds.contains(hold));
        let latest = |time: fn(&Facts) -> Option<Timestamp>| match is_tickets {
            true => self.latest(time),
            false => self.latest_for_own(time),
        };
        if is_handoff && latest(|facts| facts.last_claim_at) > Some(hold.placed_at) {
            return false;
        }
        if hold.is_admins() {
            return true;
        }
        let to_ai = latest(|facts| facts.last_ai_owner_at);
        let closed = latest(|facts| facts.closed_at);
        !(is_handoff && to_ai > Some(hold.placed_at)) && closed <= Some(hold.placed_at)
    }

    /// The later of the two records' times.
    pub fn latest(self, time: impl Fn(&Facts) -> Option<Timestamp>) -> Option<Timestamp> {
        time(&self.thread.facts).max(self.ticket.and_then(|ticket| time(&ticket.facts)))
    }

    /// The latest time for what the thread has of its own, in its own record or in that of the
    /// ticket to which it belonged then: what happened to a ticket before the thread came or after
    /// it left ends nothing that the thread brings along.
    pub fn latest_for_own(self, time: impl Fn(&Facts) -> Option<Timestamp>) -> Option<Timestamp> {
        let own = &self.thread.facts;
        let came_at = own.came_at();
        let tickets = self.ticket.and_then(|ticket| time(&ticket.facts));
        let tickets = tickets.filter(|at| came_at < Some(*at));
        let past = own.past_tickets().into_iter();
        let past = past.filter_map(|(came_at, then)| time(then).filter(|at| came_at < Some(*at)));
        time(own).max(tickets).max(past.max())
    }

    /// The assignments of ours that nobody has taken, the thread's first.
    pub fn offers(self, now: Timestamp) -> impl Iterator<Item = &'a Assignment> {
        let records = [Some(self.thread), self.ticket].into_iter().flatten();
        records.filter_map(move |record| live_offer(&record.facts, self, now))
    }

    fn live(self, name: HoldName, now: Timestamp) -> Option<LiveHold> {
        self.live_holds(now)
            .filter(|hold| hold.name() == name)
            .fold(None, |shown, hold| {
                let Some(shown) = shown else {
                    return Some(show(hold));
                };
                Some(merge(shown, hold))
            })
    }

    fn live_handoff(self, now: Timestamp) -> Option<LiveHold> {
        let mut placed = self.live(HoldName::Handoff, now);
        if let Some(shown) = placed.as_mut().and_then(|hold| hold.handoff.as_mut()) {
            let offers = self.offers(now).next();
            shown.offered_to = offers.map(|offer| offer.person.clone());
        }
        let derived = [derived::handoff(self, now), left::handoff(self, now)];
        let shown = derived.into_iter().flatten().map(DerivedHandoff::shown);
        placed
            .into_iter()
            .chain(shown)
            .reduce(|first, other| LiveHold {
                until: later_end(first.until, other.until),
                ..first
            })
    }
}

fn show(hold: &Hold) -> LiveHold {
    LiveHold {
        name: hold.name(),
        since: hold.decided_at,
        until: hold.expires_at,
        authority: Some(hold.by.authority),
        by: hold.by.described(),
        note: hold.note.clone(),
        reason_code: hold.reason_code.clone(),
        metadata: hold.metadata.clone(),
        handoff: hold.handoff().map(|terms| LiveHandoff {
            id: Some(hold.id),
            target: terms.target.clone(),
            priority: terms.priority,
            claim_deadline: terms.claim_deadline,
            is_claimed: terms.claimed_at.is_some(),
            offered_to: None,
        }),
    }
}

/// A kind shows as one: the longest end with whoever set it, the strongest authority.
fn merge(shown: LiveHold, hold: &Hold) -> LiveHold {
    let other = show(hold);
    let authority = shown.authority.max(other.authority);
    let since = shown.since.min(other.since);
    let handoff = match (&shown.handoff, &other.handoff) {
        (Some(a), Some(b)) => Some(merge_handoffs(a, b)),
        (a, b) => a.clone().or_else(|| b.clone()),
    };
    let lasting = if ends_no_sooner(shown.until, other.until) {
        shown
    } else {
        other
    };
    LiveHold {
        authority,
        since,
        handoff,
        ..lasting
    }
}

/// The higher priority and the more precise target; of two equally precise ones the first.
fn merge_handoffs(first: &LiveHandoff, later: &LiveHandoff) -> LiveHandoff {
    let target = if later.target.precision() > first.target.precision() {
        later.target.clone()
    } else {
        first.target.clone()
    };
    let clocks = [first.claim_deadline, later.claim_deadline];
    LiveHandoff {
        id: first.id,
        target,
        priority: first.priority.max(later.priority),
        claim_deadline: clocks.into_iter().flatten().min(),
        is_claimed: first.is_claimed && later.is_claimed,
        offered_to: None,
    }
}
