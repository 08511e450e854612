//! What a triggered request is about: a conversation, its ticket, or both.

use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::simulator::demo_world;
use crate::simulator::hubspot::deed::Known;
use crate::simulator::webhook_event::Change;

/// Where it happens.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The account.
    pub portal: PortalId,
    subject: Subject,
}

#[derive(Clone, Copy, Debug)]
enum Subject {
    Both(ThreadId, TicketId),
    Thread(ThreadId),
    Ticket(TicketId),
}

/// What has to be said, since nothing else tells it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotNamed {
    /// The ticket.
    #[error("the ticket of conversation {0} is not known here; say it with --ticket")]
    Ticket(ThreadId),
    /// The conversation.
    #[error("the conversation of ticket {0} is not known here; say it with --thread")]
    Thread(TicketId),
}

impl Place {
    /// What was named, and of the one that was not what the simulated HubSpot knows; the demo's own
    /// ticket if nothing was.
    pub fn new(
        portal: PortalId,
        named: (Option<ThreadId>, Option<TicketId>),
        known: Option<&Known>,
    ) -> Self {
        let is_demo = portal == demo_world::PORTAL;
        let subject = match named {
            (None, None) => Subject::Both(demo_world::THREAD, demo_world::TICKET),
            (Some(thread), Some(ticket)) => Subject::Both(thread, ticket),
            (Some(thread), None) => {
                let stamped = || demo_world::ticket_of(thread).filter(|_| is_demo);
                let ticket = known.and_then(|known| known.ticket).or_else(stamped);
                ticket.map_or(Subject::Thread(thread), |it| Subject::Both(thread, it))
            }
            (None, Some(ticket)) => {
                let stamped = || demo_world::originating_thread(ticket).filter(|_| is_demo);
                let thread = known.and_then(|known| known.thread).or_else(stamped);
                thread.map_or(Subject::Ticket(ticket), |it| Subject::Both(it, ticket))
            }
        };
        Self { portal, subject }
    }

    /// The conversation.
    pub const fn thread(&self) -> Result<ThreadId, NotNamed> {
        match self.subject {
            Subject::Both(thread, _) | Subject::Thread(thread) => Ok(thread),
            Subject::Ticket(ticket) => Err(NotNamed::Thread(ticket)),
        }
    }

    /// The ticket.
    pub const fn ticket(&self) -> Result<TicketId, NotNamed> {
        match self.subject {
            Subject::Both(_, ticket) | Subject::Ticket(ticket) => Ok(ticket),
            Subject::Thread(thread) => Err(NotNamed::Ticket(thread)),
        }
    }

    /// The end of the addresses under which API and console show what became of these changes. What
    /// a ticket's field says is the ticket's, also where Baton has not met its conversation yet.
    pub fn shown_at(&self, changes: &[Change]) -> String {
        match (changes.first(), &self.subject) {
            (Some(Change::TicketOwner(ticket, _)), _) | (_, Subject::Ticket(ticket)) => {
                format!("tickets/{ticket}")
            }
            (_, Subject::Both(thread, _) | Subject::Thread(thread)) => {
                format!("conversations/{thread}")
            }
        }
    }

    /// Its ids by name, to print.
    pub fn named(&self) -> Vec<(&'static str, String)> {
        let thread = self.thread().map(|id| ("conversation", id.to_string()));
        let ticket = self.ticket().map(|id| ("ticket", id.to_string()));
        [thread, ticket].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORTAL: PortalId = demo_world::PORTAL;

    #[test]
    fn one_that_is_named_tells_the_other() {
        let place = Place::new(PORTAL, (Some(ThreadId(7_003)), None), None);
        assert_eq!(place.ticket(), Ok(TicketId(15_384_000_003)));
        let place = Place::new(PORTAL, (None, Some(TicketId(15_384_000_003))), None);
        assert_eq!(place.thread(), Ok(ThreadId(7_003)));
    }

    #[test]
    fn hubspots_word_counts_more_than_the_numbers() {
        let known = Known {
            service: String::new(),
            thread: Some(ThreadId(7_003)),
            ticket: Some(TicketId(25_384_000_002)),
        };
        let place = Place::new(PORTAL, (Some(ThreadId(7_003)), None), Some(&known));
        assert_eq!(place.ticket(), Ok(TicketId(25_384_000_002)));
    }

    #[test]
    fn what_nobody_knows_has_to_be_said() {
        let thread = ThreadId(9_000_003);
        let place = Place::new(PORTAL, (Some(thread), None), None);
        assert_eq!(place.ticket(), Err(NotNamed::Ticket(thread)));
        assert_eq!(place.named(), [("conversation", "9000003".to_owned())]);
        let other = Place::new(PortalId(123), (Some(ThreadId(7_003)), None), None);
        assert_eq!(other.ticket(), Err(NotNamed::Ticket(ThreadId(7_003))));
        let place = Place::new(PORTAL, (None, Some(TicketId(5))), None);
        assert_eq!(place.thread(), Err(NotNamed::Thread(TicketId(5))));
        assert_eq!(place.shown_at(&[]), "tickets/5");
    }

    #[test]
    fn what_became_of_a_tickets_field_is_shown_of_the_ticket() {
        let place = Place::new(PORTAL, (Some(ThreadId(7_003)), None), None);
        let ticket = TicketId(15_384_000_003);
        let field = Change::TicketOwner(ticket, String::new());
        let assignee = Change::Assignee(ThreadId(7_003), String::new());

        assert_eq!(
            place.shown_at(std::slice::from_ref(&field)),
            "tickets/15384000003"
        );
        assert_eq!(place.shown_at(&[assignee, field]), "conversations/7003");
    }
}
