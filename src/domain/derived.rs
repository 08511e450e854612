//! Silences that follow from facts alone: a person owns, a person replied lately, a conversation
//! a person gave up or spoke in shortly before it was reopened.

use super::assess::{LiveHandoff, LiveHold, View};
use super::facts::Facts;
use super::hold::{HandoffTarget, HoldName, Priority};
use super::lifted::OwnerMark;
use super::messages::PersonReply;
use super::offer::live_offer;
use super::owner::{Owner, OwnerFact};
use super::policy::{AfterHumanUnassign, OnReopenOwned};
use super::time::{Span, Timestamp};

/// A handoff nobody placed.
pub struct DerivedHandoff {
    /// The source time of the change it follows from.
    pub since: Timestamp,
    /// Its end, where the policy recorded with that change sets one.
    pub until: Option<Timestamp>,
    /// Who or what it is shown as placed by.
    pub why: &'static str,
    /// What is shown beside it.
    pub note: Option<&'static str>,
}

/// A person owns the thread or its ticket.
pub fn person_owns(view: View<'_>, now: Timestamp) -> Option<LiveHold> {
    let newest = [owner_of_thread(view, now), owner_of_ticket(view, now)]
        .into_iter()
        .flatten()
        .max_by_key(|(at, _)| *at);
    newest.map(|(since, by)| LiveHold {
        name: HoldName::PersonOwns,
        since,
        until: None,
        authority: None,
        by,
        note: None,
        reason_code: None,
        metadata: None,
        handoff: None,
    })
}

/// The person who owns the thread by its own field, and since when.
pub fn owner_of_thread(view: View<'_>, now: Timestamp) -> Option<(Timestamp, String)> {
    owning_person(view.thread.facts.owner.as_ref(), view, Field::Thread, now)
}

/// The person who owns the thread by its ticket's field, and since when.
pub fn owner_of_ticket(view: View<'_>, now: Timestamp) -> Option<(Timestamp, String)> {
    let fact = view.ticket?.facts.owner.as_ref();
    owning_person(fact, view, Field::Ticket, now)
}

/// A person replied in this thread and the window of the reply still runs.
pub fn person_replied(view: View<'_>, now: Timestamp) -> Option<LiveHold> {
    let live = replies_that_count(view).filter(|reply| reply.until > now);
    live.max_by_key(|reply| (reply.until, reply.at))
        .map(|reply| LiveHold {
            name: HoldName::PersonReplied,
            since: reply.at,
            until: Some(reply.until),
            authority: None,
            by: reply.actor.clone(),
            note: None,
            reason_code: None,
            metadata: None,
            handoff: None,
        })
}

/// The newest reply of a person that nobody lifted, whether or not its window still runs.
pub fn newest_reply(view: View<'_>) -> Option<Timestamp> {
    replies_that_count(view).map(|reply| reply.at).max()
}

/// The replies of people in this thread that nothing ended or lifted, the oldest first.
pub fn replies_that_count(view: View<'_>) -> impl Iterator<Item = &PersonReply> {
    let replies = view.thread.facts.person_replies.iter();
    replies.filter(move |reply| counts_as_reply(view, reply.at))
}

/// Closing the thread, an assignment to the AI and Send to AI end the windows of earlier replies.
fn counts_as_reply(view: View<'_>, at: Timestamp) -> bool {
    let facts = &view.thread.facts;
    facts.closed_at <= Some(at)
        && facts.lifted.replies_through < Some(at)
        && view.latest_for_own(|facts| facts.last_ai_owner_at) <= Some(at)
}

/// A person gave the conversation up, or spoke shortly before it was reopened.
pub fn handoff(view: View<'_>, now: Timestamp) -> Option<DerivedHandoff> {
    if is_owned_by_person(view, now) {
        return None;
    }
    let derived = after_unassignment(view).or_else(|| after_reopening(view));
    derived.filter(|handoff| handoff.until.is_none_or(|until| until > now))
}

/// True when an owner field names a person whose assignment counts, whatever was lifted since.
pub fn is_owned_by_person(view: View<'_>, now: Timestamp) -> bool {
    let records = [Some(view.thread), view.ticket].into_iter().flatten();
    records
        .into_iter()
        .any(|record| owns(&record.facts, view, now).is_some())
}

/// The newest ownership by a person in each field that the AI's did not follow, unless its
/// handoff was lifted.
fn person_gave_up(view: View<'_>) -> Option<Timestamp> {
    let to_ai = |facts: &Facts| facts.last_ai_owner_at;
    let lifted = &view.thread.facts.lifted;
    let own = view.thread.facts.last_person_owner_at;
    let own = own.filter(|at| lifted.own_handoff_through < Some(*at));
    let tickets = view.ticket.and_then(|ticket| {
        let through = lifted
            .ticket_handoff_through
            .max(ticket.facts.lifted.own_handoff_through);
        ticket
            .facts
            .last_person_owner_at
            .filter(|at| through < Some(*at))
    });
    let own = own.filter(|at| view.latest_for_own(to_ai) <= Some(*at));
    own.max(tickets.filter(|at| view.latest(to_ai) <= Some(*at)))
}

fn after_unassignment(view: View<'_>) -> Option<DerivedHandoff> {
    person_gave_up(view)?;
    let fields = [Some(view.thread), view.ticket].into_iter().flatten();
    let facts = fields.filter_map(|record| record.facts.owner.as_ref());
    // An assignment that waits for a reply founds nothing, unless it is all there is: then it
    // took the conversation from the person who had it.
    let newest = facts.max_by_key(|fact| (!fact.waits_for_reply(), fact.at, fact.policy))?;
    let since = newest.at;
    // What a closing ended is over, whatever is told of the field once more.
    let let_go = view.latest(|facts| facts.let_go_since());
    if !survives_closings(view, let_go.unwrap_or(since)) {
        return None;
    }
    let until = match newest.policy.after_unassign {
        AfterHumanUnassign::RequestHandoff => None,
        AfterHumanUnassign::AiAfterGrace => Some(since + newest.policy.grace),
        AfterHumanUnassign::AiNow => return None,
    };
    Some(DerivedHandoff {
        since,
        until,
        why: "a person gave it up",
        note: None,
    })
}

/// What happened before the thread's last closing, or while it was closed, is over; so is what
/// happened before the ticket's.
fn survives_closings(view: View<'_>, at: Timestamp) -> bool {
    let facts = &view.thread.facts;
    let since_open = match (facts.closed_at, facts.reopened()) {
        (None, _) => true,
        (Some(_), Some(opening)) => at >= opening.at,
        (Some(_), None) => false,
    };
    since_open && view.ticket.and_then(|ticket| ticket.facts.closed_at) <= Some(at)
}

fn after_reopening(view: View<'_>) -> Option<DerivedHandoff> {
    let facts = &view.thread.facts;
    let opening = facts.reopened()?;
    let (from, opened_at) = opening.spoke_between();
    let to_ai = view.latest_for_own(|facts| facts.last_ai_owner_at);
    let spoke = facts
        .person_replies
        .iter()
        .any(|reply| from <= reply.at && reply.at <= opened_at && to_ai <= Some(reply.at));
    let taken_since = view.latest_for_own(|facts| facts.last_person_owner_at) > Some(opened_at);
    let lifted = facts.lifted.opening_through >= Some(opening.at);
    let ticket_closed = view.ticket.and_then(|ticket| ticket.facts.closed_at) > Some(opened_at);
    let is_pending = spoke && !taken_since && !lifted && !ticket_closed;
    is_pending.then_some(DerivedHandoff {
        since: opened_at,
        until: None,
        why: "a person spoke within the day before it was reopened",
        note: None,
    })
}

#[derive(Clone, Copy)]
enum Field {
    Thread,
    Ticket,
}

/// The person a field names, where the assignment counts: by hand at once, by automation as the
/// policy recorded with it says, by us once it is taken or its handoff is over.
fn owns<'a>(facts: &'a Facts, view: View<'_>, now: Timestamp) -> Option<(&'a OwnerFact, &'a str)> {
    let fact = facts.owner.as_ref()?;
    let Owner::Person(person) = &fact.owner else {
        return None;
    };
    let confirmed = !fact.waits_for_reply() || facts.last_person_reply_at >= Some(fact.at);
    let counts = confirmed && live_offer(facts, view, now).is_none();
    counts.then_some((fact, person))
}

fn owning_person(
    fact: Option<&OwnerFact>,
    view: View<'_>,
    field: Field,
    now: Timestamp,
) -> Option<(Timestamp, String)> {
    let fact = fact?;
    let (record, mark) = match field {
        Field::Thread => (view.thread, view.thread.facts.lifted.own_owner.as_ref()),
        Field::Ticket => (view.ticket?, view.thread.facts.lifted.ticket_owner.as_ref()),
    };
    let (_, person) = owns(&record.facts, view, now)?;
    let is_lifted = mark.is_some_and(|mark| names(mark, fact));
    (!is_lifted && !returned_to_ai(view, fact)).then(|| (fact.at, person.to_owned()))
}

fn names(mark: &OwnerMark, fact: &OwnerFact) -> bool {
    mark.at == fact.at && mark.owner == fact.owner
}

/// The policy recorded with an opening may give a conversation back though a person owns it.
fn returned_to_ai(view: View<'_>, fact: &OwnerFact) -> bool {
    let facts = &view.thread.facts;
    let (Some(opening), Some(closed_at)) = (facts.reopened(), facts.closed_at) else {
        return false;
    };
    let owned_before = fact.at < opening.at;
    owned_before
        && match opening.if_owned {
            OnReopenOwned::Person => false,
            OnReopenOwned::Ai => true,
            OnReopenOwned::AiAfterDays(days) => {
                opening.at - closed_at >= Span::from_days(i64::from(days))
            }
        }
}

impl DerivedHandoff {
    /// As it is shown.
    pub fn shown(self) -> LiveHold {
        LiveHold {
            name: HoldName::Handoff,
            since: self.since,
            until: self.until,
            authority: None,
            by: self.why.to_owned(),
            note: self.note.map(str::to_owned),
            reason_code: None,
            metadata: None,
            handoff: Some(LiveHandoff {
                id: None,
                target: HandoffTarget::Unassigned,
                priority: Priority::Normal,
                claim_deadline: None,
                is_claimed: false,
                offered_to: None,
            }),
        }
    }
}
