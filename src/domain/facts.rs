//! Facts: what HubSpot told us, each with its own source time. A fact only moves forward in its
//! own time and never moves another, so that late, repeated and reordered events end alike.
//! How each is folded is said in `ownership`, `messages`, `openings` and `offer`.

use super::ids::{ChannelId, ThreadId, TicketId};
use super::lifted::Lifted;
use super::links::Leaving;
use super::messages::{PersonReply, Waiting};
use super::offer::Assignment;
use super::openings::Opening;
use super::owner::{OwnerDoubt, OwnerFact};
use super::status::StatusDoubt;
use super::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Replies and openings are kept this long before the newest of their kind.
pub(super) const KEPT: Span = Span::from_hours(48);
/// More replies or openings than this are not kept; the oldest go first.
pub(super) const MOST_KEPT: usize = 96;
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
    /// On a ticket: whom the field named, and names, the oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub past_owners: Vec<OwnerFact>,
    /// When the field was told to name somebody else since then, the oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub let_go_at: Vec<Timestamp>,
    /// Ownerships by a person that count only once a person replied after them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unconfirmed_owners_at: Vec<Timestamp>,
    /// The newest ownership by the AI sender, raised by stale events too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_ai_owner_at: Option<Timestamp>,
    /// When the owner was last read through HubSpot's API, on HubSpot's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_checked_at: Option<Timestamp>,
    /// Up to when all messages of a thread were read, told of or not, on HubSpot's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages_read_at: Option<Timestamp>,
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
    /// The customer's newest message, answered or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_customer_message_at: Option<Timestamp>,
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
    /// What a reading of the status found that only a second one may make true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_doubt: Option<StatusDoubt>,
    /// HubSpot filtered the thread as spam.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_spam: bool,
    /// When HubSpot was last asked that with another answer than before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spam_told_at: Option<Timestamp>,
    /// The channel on which a thread began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<KnownChannel>,
    /// The ticket a thread belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
    /// Older links, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub past_links: Vec<Link>,
    /// What the tickets that a thread left were when it did; what those that were merged into a
    /// ticket were then.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leavings: Vec<Leaving>,
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
    /// The thread went along with this ticket, which was merged into that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_from: Option<TicketId>,
    /// Nobody told it: an action named both.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_assumed: bool,
}

impl Link {
    /// A link of the thread's own.
    pub const fn told(ticket: TicketId, at: Timestamp) -> Self {
        Self {
            ticket,
            at,
            merged_from: None,
            is_assumed: false,
        }
    }

    /// A link that follows from an action's naming both. Whatever is told of a link to that ticket
    /// takes its place.
    pub const fn assumed(ticket: TicketId, at: Timestamp) -> Self {
        Self {
            is_assumed: true,
            ..Self::told(ticket, at)
        }
    }

    /// A link of a thread that went along when its ticket was merged into this one.
    pub const fn gone_along(merged: TicketId, ticket: TicketId, at: Timestamp) -> Self {
        Self {
            ticket,
            at,
            merged_from: Some(merged),
            is_assumed: false,
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
