//! What callers hand to the decider, and what they get back.

use crate::domain::command::{Ask, Subject};
use crate::domain::decide::Fact;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::domain::outcome::{Outcome, ReasonCode};
use crate::store::batch::event_receipts::EventKey;
use crate::store::batch::read::ReceiptKey;
use crate::store::error::StoreError;

/// One command about one ticket, or about one thread without a ticket.
#[derive(Clone, Debug)]
pub struct Command {
    /// The portal.
    pub portal: PortalId,
    /// The ticket and thread it names.
    pub subject: Subject,
    /// The ticket that its thread is linked to, where the caller does not name one. A hint: the
    /// writer checks it under the lock.
    pub linked_ticket: Option<TicketId>,
    /// What is to be done.
    pub body: Body,
}

/// Commands of the same line are decided in the order of their arrival: those of one ticket, or of
/// one thread where no ticket is known.
pub type Line = (PortalId, Option<TicketId>, Option<ThreadId>);

impl Command {
    /// The line it stands in.
    pub fn line(&self) -> Line {
        let ticket = self.subject.ticket.or(self.linked_ticket);
        let thread = self.subject.thread.filter(|_| ticket.is_none());
        (self.portal, ticket, thread)
    }
}

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Body {
    /// A request, answered once for its key.
    Ask {
        /// What is asked.
        ask: Box<Ask>,
        /// The key under which it happens once; none for a request that may repeat.
        once: Option<Once>,
        /// The form of the answer.
        shape: AnswerShape,
    },
    /// A fact. Facts overtake requests, since facts commute.
    Fact(Told),
    /// A timer looks whether the clock has brought something. What is due is found under the lock,
    /// so one that is late, early or doubled does nothing wrong, and needs no receipt.
    Timer,
}

/// A fact, and the event that told it.
#[derive(Clone, Debug)]
pub struct Told {
    /// The fact.
    pub fact: Fact,
    /// The event, whose receipt is committed with it; a repeat of it changes nothing. None for
    /// what we found out ourselves, which its own times guard.
    pub event: Option<EventKey>,
}

/// The key of a request, with a hash of what makes it the same request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// The key.
    pub key: ReceiptKey,
    /// SHA-256 of action, object and workflow. Not of the inputs: HubSpot may render properties
    /// anew on a retry.
    pub request_hash: [u8; 32],
    /// What was answered to the other commands of the same action, which came before: its answer
    /// is for all of them.
    pub parts: Vec<Vec<u8>>,
}

/// The form of an answer's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerShape {
    /// `{"outputFields": {...}}`, every value a string.
    HubSpot,
    /// The API's JSON.
    Api,
}

/// A committed answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The bytes to send. Empty for a fact.
    pub bytes: Vec<u8>,
    /// What became of it. None for a repeat, whose bytes say it, and for a repeated event.
    pub verdict: Option<(Outcome, ReasonCode)>,
}

/// Why a command was not decided. Nothing of it is in the database unless said otherwise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDecided {
    /// More commands wait than the queue takes.
    #[error("too many commands are waiting")]
    QueueFull,
    /// The service is stopping.
    #[error("the service is stopping")]
    Draining,
    /// The deadline passed. The command may still have been committed; a repeat finds out.
    #[error("no decision within the deadline: {0}")]
    TimedOut(String),
    /// Send to AI for a ticket whose conversation is not known yet.
    #[error("the ticket's conversation is not known yet")]
    NeedsThread,
    /// This very command makes its batch fail.
    #[error("the command cannot be decided: {0}")]
    Faulty(String),
    /// The database fails, and as far as anybody knows not because of the command: it is still to be
    /// decided.
    #[error("the command could not be decided now: {0}")]
    Failed(String),
}

impl NotDecided {
    /// Of a command that failed although it was alone.
    pub(super) fn alone(error: &StoreError) -> Self {
        let why = error.to_string();
        match error {
            StoreError::Unavailable(_) | StoreError::Busy(_) => Self::TimedOut(why),
            StoreError::Data(_) | StoreError::Unreadable(_) => Self::Faulty(why),
            StoreError::Unexpected(_) => Self::Failed(why),
        }
    }
}
