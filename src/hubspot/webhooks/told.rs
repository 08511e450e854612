//! From an event to a fact about one conversation or ticket. Events that tell no fact (a message
//! to be read, a deletion for privacy, a merge) are none.

use super::changed_by::ChangedBy;
use super::event::Event;
use super::happened::Happened;
use super::people::People;
use crate::domain::command::Subject;
use crate::domain::decide::{Fact, Field};
use crate::domain::owner::AssignedBy;

/// The fact an event tells, and what it is about.
pub fn fact(event: &Event, people: &People) -> Option<(Subject, Fact)> {
    let at = event.occurred_at;
    let (ticket, thread, fact) = match &event.happened {
        Happened::ThreadAssigned { thread, to, by } => {
            let fact = Fact::OwnerChanged {
                field: Field::Thread(*thread),
                owner: people.assignee(to),
                by: assigned_by(*by),
                at,
            };
            (None, Some(*thread), fact)
        }
        Happened::TicketAssigned { ticket, to, by } => {
            let fact = Fact::OwnerChanged {
                field: Field::Ticket,
                owner: people.ticket_owner(to),
                by: assigned_by(*by),
                at,
            };
            (Some(*ticket), None, fact)
        }
        Happened::ThreadOpened(thread) => {
            let field = Field::Thread(*thread);
            (None, Some(*thread), Fact::Opened { field, at })
        }
        Happened::ThreadClosed(thread) | Happened::ThreadArchived(thread) => {
            let field = Field::Thread(*thread);
            (None, Some(*thread), Fact::Closed { field, at })
        }
        Happened::TicketLinked { ticket, thread } => {
            let (ticket, thread) = (*ticket, *thread);
            (
                Some(ticket),
                Some(thread),
                Fact::Linked { thread, ticket, at },
            )
        }
        Happened::ThreadCreated(_)
        | Happened::ThreadRestored(_)
        | Happened::MessageAdded { .. }
        | Happened::ThreadErased(_)
        | Happened::ContactErased(_)
        | Happened::TicketsMerged { .. }
        | Happened::NothingOfUse => return None,
    };
    Some((Subject { ticket, thread }, fact))
}

const fn assigned_by(by: ChangedBy) -> AssignedBy {
    match by {
        ChangedBy::Hand => AssignedBy::Hand,
        ChangedBy::Automation => AssignedBy::Automation,
        ChangedBy::ThisApp => AssignedBy::Baton,
    }
}

#[cfg(test)]
mod tests;
