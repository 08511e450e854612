//! Facts: what HubSpot tells about owners, messages, closings and links.

use super::reach::Side;
use crate::domain::hold::HoldId;
use crate::domain::ids::{ChannelId, ThreadId, TicketId};
use crate::domain::owner::{AssignedBy, Owner, OwnerReading};
use crate::domain::status::StatusReading;
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Which record's field or status a fact is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The ticket's.
    Ticket,
    /// A thread's.
    Thread(ThreadId),
}

impl Field {
    /// The record it is in.
    pub(super) const fn side(self) -> Side {
        match self {
            Self::Ticket => Side::Ticket,
            Self::Thread(id) => Side::Thread(id),
        }
    }
}

/// What HubSpot told, each with its source time `at`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// An owner field names somebody else.
    OwnerChanged {
        /// Which field.
        field: Field,
        /// Whom it names.
        owner: Owner,
        /// Who changed it.
        by: AssignedBy,
        /// Since when.
        at: Timestamp,
    },
    /// An owner field was read through HubSpot's API.
    OwnerRead {
        /// Which field.
        field: Field,
        /// What was found.
        #[serde(flatten)]
        found: OwnerReading,
        /// When the request began, on HubSpot's clock. It counts 2 seconds earlier.
        began_at: Timestamp,
    },
    /// Everything was read that was written in a thread, told of or not.
    MessagesRead {
        /// The thread.
        thread: ThreadId,
        /// Up to when, on HubSpot's clock.
        up_to: Timestamp,
    },
    /// We are about to assign a field for a handoff: told before our call leaves.
    AssignmentSent {
        /// Which field.
        field: Field,
        /// The handoff.
        hold: HoldId,
        /// To whom.
        person: String,
        /// When, on HubSpot's clock.
        at: Timestamp,
    },
    /// A person answered the customer.
    PersonReplied {
        /// Where.
        thread: ThreadId,
        /// Who.
        actor: String,
        /// When.
        at: Timestamp,
    },
    /// Another AI answered the customer.
    OtherAiWrote {
        /// Where.
        thread: ThreadId,
        /// When.
        at: Timestamp,
    },
    /// The customer wrote.
    CustomerWrote {
        /// Where.
        thread: ThreadId,
        /// The message.
        message_id: String,
        /// When.
        at: Timestamp,
    },
    /// Our AI's answer went out.
    AiReplied {
        /// Where.
        thread: ThreadId,
        /// When.
        at: Timestamp,
    },
    /// The conversation or the ticket was closed.
    Closed {
        /// Which.
        field: Field,
        /// When.
        at: Timestamp,
    },
    /// The conversation or the ticket was opened.
    Opened {
        /// Which.
        field: Field,
        /// When.
        at: Timestamp,
    },
    /// Whether a thread is open was read through HubSpot's API.
    StatusRead {
        /// The thread.
        thread: ThreadId,
        /// What was found.
        #[serde(flatten)]
        found: StatusReading,
        /// When the request began, on HubSpot's clock. It counts 2 seconds earlier.
        began_at: Timestamp,
    },
    /// On which channel a thread is.
    ChannelKnown {
        /// The thread.
        thread: ThreadId,
        /// The channel.
        channel: ChannelId,
        /// As of when.
        at: Timestamp,
    },
    /// Whether HubSpot files a thread as spam.
    SpamTold {
        /// The thread.
        thread: ThreadId,
        /// True if it does.
        is_spam: bool,
        /// As of when.
        at: Timestamp,
    },
    /// A thread turned out to belong to the ticket.
    Linked {
        /// The thread.
        thread: ThreadId,
        /// Its ticket.
        ticket: TicketId,
        /// When.
        at: Timestamp,
    },
    /// Something was told that may silence a thread by a ticket that it left.
    HeardOfLeft {
        /// The thread.
        thread: ThreadId,
        /// The ticket that it left.
        ticket: TicketId,
        /// A person had that ticket since then; none: the thread's links were told anew.
        owned_at: Option<Timestamp>,
    },
}
