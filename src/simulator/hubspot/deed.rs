//! What customers, agents and HubSpot itself do to conversations and tickets, as data: the same for
//! the pages, the control route and tests.

use crate::domain::ids::{ThreadId, TicketId, WorkflowId};
use serde::{Deserialize, Serialize};

/// One thing that somebody does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Deed {
    /// A customer begins a conversation.
    Begin {
        /// The customer's name.
        customer: String,
        /// The first message.
        text: String,
        /// Whether Help Desk opens a ticket for it.
        #[serde(default = "yes")]
        opens_ticket: bool,
    },
    /// The customer writes; a closed conversation opens.
    CustomerWrites {
        /// The conversation.
        thread: ThreadId,
        /// The message.
        text: String,
    },
    /// A user answers in HubSpot's inbox.
    AgentReplies {
        /// The conversation.
        thread: ThreadId,
        /// The user.
        user: i64,
        /// The answer.
        text: String,
    },
    /// HubSpot's own Customer Agent answers.
    CustomerAgentReplies {
        /// The conversation.
        thread: ThreadId,
        /// The answer.
        text: String,
    },
    /// A user writes an internal note.
    Note {
        /// The conversation.
        thread: ThreadId,
        /// The user.
        user: i64,
        /// The note.
        text: String,
    },
    /// Assigns a conversation.
    AssignThread {
        /// The conversation.
        thread: ThreadId,
        /// Whom to.
        to: Assignee,
        /// Who does it.
        #[serde(default)]
        by: Hand,
    },
    /// Gives a ticket to an owner.
    AssignTicket {
        /// The ticket.
        ticket: TicketId,
        /// An owner id; nobody if absent.
        owner: Option<i64>,
        /// Who does it.
        #[serde(default)]
        by: Hand,
    },
    /// Closes a conversation.
    Close {
        /// The conversation.
        thread: ThreadId,
        /// Who does it.
        #[serde(default)]
        by: Hand,
    },
    /// Opens it again.
    Reopen {
        /// The conversation.
        thread: ThreadId,
        /// Who does it.
        #[serde(default)]
        by: Hand,
    },
    /// Puts a conversation into the archive.
    Archive {
        /// The conversation.
        thread: ThreadId,
    },
    /// Takes it out again.
    Restore {
        /// The conversation.
        thread: ThreadId,
    },
    /// A privacy deletion of a conversation.
    Erase {
        /// The conversation.
        thread: ThreadId,
    },
    /// A privacy deletion of a customer.
    EraseContact {
        /// The contact.
        contact: i64,
    },
    /// Adds a conversation to a ticket.
    Link {
        /// The ticket.
        ticket: TicketId,
        /// The conversation.
        thread: ThreadId,
    },
    /// Merges one ticket into another.
    Merge {
        /// The one that stays.
        into: TicketId,
        /// The one that is gone afterwards.
        merged: TicketId,
    },
}

/// Whom a conversation is assigned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assignee {
    /// A user of the account, by the user's id.
    User(i64),
    /// HubSpot's own Customer Agent.
    CustomerAgent,
    /// Nobody.
    Nobody,
}

/// Who does it, as far as HubSpot tells others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hand {
    /// The account's super admin, in HubSpot's pages.
    #[default]
    Admin,
    /// This user, in HubSpot's pages.
    User(i64),
    /// A workflow.
    Workflow(WorkflowId),
    /// An app, by its id, through the API.
    App(i64),
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The conversation that began.
    pub thread: Option<ThreadId>,
    /// The ticket that was opened.
    pub ticket: Option<TicketId>,
    /// HubSpot's id of the message that was written.
    pub message: Option<String>,
}

/// What the simulated HubSpot knows of a conversation or a ticket that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The Baton it sends webhooks to, by its base address.
    pub service: String,
    /// The conversation; `None` if there is none.
    pub thread: Option<ThreadId>,
    /// Its ticket; `None` if there is none.
    pub ticket: Option<TicketId>,
}

const fn yes() -> bool {
    true
}
