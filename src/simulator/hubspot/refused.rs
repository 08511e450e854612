//! Why something cannot be done to a conversation or a ticket.

use crate::domain::ids::{ThreadId, TicketId};

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no such account.
    #[error("there is no such account")]
    UnknownAccount,
    /// There is no such conversation.
    #[error("there is no conversation {0}")]
    UnknownThread(ThreadId),
    /// There is no such ticket.
    #[error("there is no ticket {0}")]
    UnknownTicket(TicketId),
    /// There is no such contact.
    #[error("there is no contact {0}")]
    UnknownContact(i64),
    /// Nobody in the account has this user id.
    #[error("there is no user {0}")]
    UnknownUser(i64),
    /// Nobody and no queue in the account has this owner id.
    #[error("there is no owner {0}")]
    UnknownOwner(i64),
    /// Only users and HubSpot's own agent can be assigned.
    #[error("{0} cannot be assigned a conversation")]
    CannotBeAssigned(String),
    /// Nothing was written.
    #[error("the text is empty")]
    EmptyText,
}
