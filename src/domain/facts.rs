//! Facts: what HubSpot told us, each with its own source time. A fact only moves forward in its
//! own time and never moves another, so that late, repeated and reordered events end alike.

use super::ids::{ChannelId, ThreadId, TicketId};
use super::offer::Assignment;
use super::owner::{AssignedBy, Owner, OwnerDoubt, OwnerFact};
use super::policy::OnReopenOwned;
use super::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Replies and openings are kept this long before the newest of their kind.
const KEPT: Span = Span::from_hours(48);
/// More replies or openings than this are not kept; the oldest go first.
const MOST_KEPT: usize = 96;
/// A person's reply this long before an opening makes the reopened conversation theirs.
pub const SPOKE_BEFORE_OPENING: Span = Span::from_hours(24);

/// The facts of one record. Assignee, replies, messages, status and link are the thread's; owner
/// and closing of the ticket are the ticket's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// The record's owner field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<OwnerFact>,
    /// The newest ownership by a person that counts, raised by stale events too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_person_owner_at: Option<Timestamp>,
    /// The newest ownership that a person took by hand: it claims handoffs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_claim_at: Option<Timestamp>,
    /// Ownerships by a person that count only once a person replied after them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unconfirmed_owners_at: Vec<Timestamp>,
    /// The newest ownership by the AI sender, raised by stale events too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_ai_owner_at: Option<Timestamp>,
    /// When the owner was last read through HubSpot's API, on HubSpot's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_checked_at: Option<Timestamp>,
    /// When an event about the owner was last received, on HubSpot's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_event_received_at: Option<Timestamp>,
    /// What a re-read found that only a second one may make true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_doubt: Option<OwnerDoubt>,
    /// What we assigned for handoffs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assignments: Vec<Assignment>,
    /// People's public replies of the last 48 hours, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub person_replies: Vec<PersonReply>,
    /// The newest of them, also after they are gone. On a ticket: of any of its threads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_person_reply_at: Option<Timestamp>,
    /// The newest public message of another AI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_other_ai_message_at: Option<Timestamp>,
    /// The customer's message that nobody has answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Waiting>,
    /// The newest message of the AI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_ai_reply_at: Option<Timestamp>,
    /// The newest closing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// Openings later than the closing, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub openings: Vec<Opening>,
    /// HubSpot filtered the thread as spam.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_spam: bool,
    /// The channel on which a thread began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<KnownChannel>,
    /// The ticket a thread belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
    /// The tickets that were merged into this one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absorbed_tickets: Vec<TicketId>,
    /// The threads that were merged into this one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absorbed_threads: Vec<ThreadId>,
    /// Which derived silences somebody lifted.
    #[serde(skip_serializing_if = "Lifted::is_empty")]
    pub lifted: Lifted,
}

/// One public reply typed by a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PersonReply {
    /// HubSpot's time of the message.
    pub at: Timestamp,
    /// The end of the window it opens, by the policy in force when it was recorded.
    pub until: Timestamp,
    /// Who wrote it.
    pub actor: String,
}

/// A customer's message that waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The newest message's id.
    pub message_id: String,
    /// HubSpot's time of the newest message.
    pub newest_at: Timestamp,
    /// HubSpot's time of the oldest message not known to be answered.
    pub since: Timestamp,
    /// The times of all of them, oldest first: an answer may arrive after what came after it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub all: Vec<Timestamp>,
}

/// An opening, or a customer's message, which opens too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Opening {
    /// HubSpot's time of it.
    pub at: Timestamp,
    /// Who answers if a person still owns it, by the policy in force when it was recorded.
    pub if_owned: OnReopenOwned,
}

/// A person's ownership of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ownership {
    /// Its source time.
    pub at: Timestamp,
    /// Since when it counts.
    pub counts_from: Timestamp,
}

/// The channel of a thread, as of when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KnownChannel {
    /// HubSpot's time of what told it.
    pub at: Timestamp,
    /// The channel.
    pub id: ChannelId,
}

/// The ticket of a thread, since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The ticket.
    pub ticket: TicketId,
    /// When the link was made.
    pub at: Timestamp,
}

/// Marks that name the facts whose silence was lifted: always a fact's time, never one of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lifted {
    /// The ownership of this record's field that an admin's `force_ai` lifted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_owner: Option<OwnerMark>,
    /// In a thread: the same for its ticket's field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket_owner: Option<OwnerMark>,
    /// Replies up to this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replies_through: Option<Timestamp>,
    /// The handoff that follows from this record's person ownership, up to this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_handoff_through: Option<Timestamp>,
    /// In a thread: the same for its ticket's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket_handoff_through: Option<Timestamp>,
    /// The handoff that follows from an opening, up to this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opening_through: Option<Timestamp>,
}

/// Names one owner fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerMark {
    /// Its source time.
    pub at: Timestamp,
    /// Its value.
    pub owner: Owner,
}

impl Lifted {
    /// True when nothing was lifted.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

impl Facts {
    /// A change of the owner field, possibly stale.
    pub fn owner_changed(&mut self, fact: OwnerFact) {
        if let Some(claims) = self.match_offers(&fact) {
            for at in claims {
                raise(&mut self.last_person_owner_at, at);
                raise(&mut self.last_claim_at, at);
            }
        } else {
            self.counts_as_owner(&fact);
        }
        if self.owner.as_ref().is_none_or(|known| fact.replaces(known)) {
            self.owner = Some(fact);
        }
        self.confirm_owners();
    }

    /// A public reply typed by a person, in this thread.
    pub fn person_replied(&mut self, reply: PersonReply) {
        self.person_reply_seen(reply.at);
        if let Err(place) = self.person_replies.binary_search(&reply) {
            self.person_replies.insert(place, reply);
        }
        self.forget_old_replies();
    }

    /// A person replied in this thread, or in a thread of this ticket.
    pub fn person_reply_seen(&mut self, at: Timestamp) {
        raise(&mut self.last_person_reply_at, at);
        self.confirm_owners();
        self.answered_at(at);
    }

    /// Another AI wrote.
    pub fn other_ai_wrote(&mut self, at: Timestamp) {
        raise(&mut self.last_other_ai_message_at, at);
    }

    /// Our AI's message went out.
    pub fn ai_replied(&mut self, at: Timestamp) {
        raise(&mut self.last_ai_reply_at, at);
        self.answered_at(at);
    }

    /// A customer wrote: somebody waits, and a closed conversation is open again.
    pub fn customer_wrote(&mut self, message_id: String, at: Timestamp, if_owned: OnReopenOwned) {
        if self.last_person_reply_at.max(self.last_ai_reply_at) < Some(at) {
            let waiting = self.waiting.get_or_insert_with(|| Waiting {
                message_id: String::new(),
                newest_at: at,
                since: at,
                all: Vec::new(),
            });
            if (waiting.newest_at, &waiting.message_id) < (at, &message_id) {
                waiting.message_id = message_id;
                waiting.newest_at = at;
            }
            waiting.since = waiting.since.min(at);
            if let Err(place) = waiting.all.binary_search(&at) {
                waiting.all.insert(place, at);
            }
            drop_oldest(&mut waiting.all);
        }
        self.opened(Opening { at, if_owned });
    }

    /// The conversation, or the ticket, was closed.
    pub fn closed(&mut self, at: Timestamp) {
        raise(&mut self.closed_at, at);
        self.forget_old_openings();
    }

    /// The conversation was opened.
    pub fn opened(&mut self, opening: Opening) {
        if let Err(place) = self.openings.binary_search(&opening) {
            self.openings.insert(place, opening);
        }
        self.forget_old_openings();
    }

    /// True when the newest closing has no later opening. A tie stays closed.
    pub fn is_closed(&self) -> bool {
        self.closed_at.is_some() && self.openings.is_empty()
    }

    /// The earliest opening later than the closing; none if it was never closed. Of two at one
    /// time the one that leaves the conversation to the person.
    pub fn reopened(&self) -> Option<Opening> {
        let earliest = self.closed_at.and(self.openings.first())?.at;
        let at_once = self
            .openings
            .iter()
            .take_while(|opening| opening.at == earliest);
        at_once.last().copied()
    }

    /// The person's ownership that the field names, with the time it counts from: at once, or
    /// from the reply it waited for, as far as `replies` still tell. None: nobody who counts.
    pub fn person_ownership(&self, replies: &[PersonReply]) -> Option<Ownership> {
        let fact = self.owner.as_ref()?;
        if !matches!(fact.owner, Owner::Person(_)) {
            return None;
        }
        if !fact.waits_for_reply() {
            return Some(Ownership {
                at: fact.at,
                counts_from: fact.at,
            });
        }
        let newest = self.last_person_reply_at.filter(|at| *at >= fact.at)?;
        let confirmed_by = replies.iter().map(|reply| reply.at);
        let earliest = confirmed_by.filter(|at| *at >= fact.at).min();
        Some(Ownership {
            at: fact.at,
            counts_from: earliest.map_or(newest, |at| at.min(newest)),
        })
    }

    /// The newest assignment that a reply of this time confirms and none did before.
    pub fn newest_confirmed_by(&self, replied_at: Timestamp) -> Option<Timestamp> {
        let waiting = self.unconfirmed_owners_at.iter();
        waiting.copied().filter(|at| *at <= replied_at).max()
    }

    fn counts_as_owner(&mut self, fact: &OwnerFact) {
        match fact.owner {
            Owner::Person(_) if fact.waits_for_reply() => self.add_unconfirmed(fact.at),
            Owner::Person(_) => raise(&mut self.last_person_owner_at, fact.at),
            Owner::Ai => raise(&mut self.last_ai_owner_at, fact.at),
            Owner::Nobody | Owner::OtherAi(_) => {}
        }
        if matches!(fact.owner, Owner::Person(_)) && fact.by == AssignedBy::Hand {
            raise(&mut self.last_claim_at, fact.at);
        }
    }

    fn answered_at(&mut self, at: Timestamp) {
        self.waiting.take_if(|waiting| waiting.newest_at <= at);
        if let Some(waiting) = self.waiting.as_mut().filter(|waiting| waiting.since <= at) {
            waiting.all.retain(|message| *message > at);
            waiting.since = waiting.all.first().copied().unwrap_or(waiting.newest_at);
        }
    }

    pub(super) fn add_unconfirmed(&mut self, at: Timestamp) {
        if let Err(place) = self.unconfirmed_owners_at.binary_search(&at) {
            self.unconfirmed_owners_at.insert(place, at);
        }
        drop_oldest(&mut self.unconfirmed_owners_at);
    }

    /// An assignment by automation counts from the first reply not before it.
    pub(super) fn confirm_owners(&mut self) {
        let Some(replied_at) = self.last_person_reply_at else {
            return;
        };
        let confirmed = self
            .unconfirmed_owners_at
            .partition_point(|at| *at <= replied_at);
        for at in self.unconfirmed_owners_at.drain(..confirmed) {
            raise(&mut self.last_person_owner_at, at);
        }
    }

    /// Keeps what a window, a grace or a reopening may still ask for.
    pub(super) fn forget_old_replies(&mut self) {
        let Some(newest) = self.person_replies.last().map(|reply| reply.at) else {
            return;
        };
        let basis = self
            .reopened()
            .map(|opening| (opening.at - SPOKE_BEFORE_OPENING, opening.at));
        self.person_replies.retain(|reply| {
            let founds_handoff = basis.is_some_and(|(from, to)| from <= reply.at && reply.at <= to);
            founds_handoff || newest - reply.at <= KEPT || reply.until > newest
        });
        drop_oldest(&mut self.person_replies);
    }

    fn forget_old_openings(&mut self) {
        if let Some(closed_at) = self.closed_at {
            self.openings.retain(|opening| opening.at > closed_at);
        }
        let Some(newest) = self.openings.last().map(|opening| opening.at) else {
            return;
        };
        let earliest = self.reopened().map(|opening| opening.at);
        self.openings
            .retain(|opening| Some(opening.at) == earliest || newest - opening.at <= KEPT);
        while self.openings.len() > MOST_KEPT {
            // The earliest decides what the opening means; the newest that it is open at all.
            self.openings.remove(1);
        }
    }
}

/// Moves a time forward, never back.
pub fn raise(fact: &mut Option<Timestamp>, at: Timestamp) {
    *fact = (*fact).max(Some(at));
}

pub(super) fn drop_oldest<T>(kept: &mut Vec<T>) {
    let surplus = kept.len().saturating_sub(MOST_KEPT);
    kept.drain(..surplus);
}
