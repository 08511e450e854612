//! The two kinds of record, thread and ticket. A conversation is judged over both.

use super::alerts::Alerts;
use super::facts::Facts;
use super::hold::Hold;
use super::ids::{ThreadId, TicketId};
use super::late::Release;
use super::loop_guard::Attempts;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What thread and ticket have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// What HubSpot told us.
    pub facts: Facts,
    /// What somebody placed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Hold>,
    /// What workflows tried lately.
    #[serde(skip_serializing_if = "Attempts::is_empty")]
    pub attempts: Attempts,
    /// Which alerts were raised. A thread's.
    #[serde(skip_serializing_if = "Alerts::is_empty")]
    pub alerts: Alerts,
    /// What was lifted lately and may have to come back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub releases: Vec<Release>,
}

/// A ticket's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketRecord {
    /// Which ticket.
    pub id: TicketId,
    /// How often it changed. Never shown as a control version.
    pub revision: i64,
    /// How many rows its own timeline has.
    pub position: i64,
    /// When it was last decided about, by the database's clock.
    pub decided_at: Option<Timestamp>,
    /// When a timer must look at the ticket and all its threads, or at a thread without a ticket.
    /// It stands on one of them; `decide::schedule` says which.
    pub next_check_at: Option<Timestamp>,
    /// Its content.
    pub record: Record,
}

/// A thread's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadRecord {
    /// Which thread.
    pub id: ThreadId,
    /// How often what matters changed for it: 1..n without a gap.
    pub control_version: i64,
    /// The version of the last decision after which its state was not `ai_active`.
    pub silenced_at_version: i64,
    /// How many rows its timeline has.
    pub position: i64,
    /// When it was last decided about, by the database's clock.
    pub decided_at: Option<Timestamp>,
    /// When a timer must look at the ticket and all its threads, or at a thread without a ticket.
    /// It stands on one of them; `decide::schedule` says which.
    pub next_check_at: Option<Timestamp>,
    /// Its content.
    pub record: Record,
}

impl TicketRecord {
    /// A ticket nobody has said anything about.
    pub fn untouched(id: TicketId) -> Self {
        Self {
            id,
            revision: 0,
            position: 0,
            decided_at: None,
            next_check_at: None,
            record: Record::default(),
        }
    }
}

impl ThreadRecord {
    /// A thread nobody has said anything about.
    pub fn untouched(id: ThreadId) -> Self {
        Self {
            id,
            control_version: 0,
            silenced_at_version: 0,
            position: 0,
            decided_at: None,
            next_check_at: None,
            record: Record::default(),
        }
    }

    /// The ticket it is linked to.
    pub fn ticket(&self) -> Option<TicketId> {
        self.record.facts.link.map(|link| link.ticket)
    }
}

/// Everything one command is decided over: a ticket with all its known threads, or one thread
/// that has no ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The ticket, where one is known.
    pub ticket: Option<TicketRecord>,
    /// The threads, by id.
    pub threads: Vec<ThreadRecord>,
}

impl Scope {
    /// The newest decision about any of it; decisions never go back behind it.
    pub fn decided_at(&self) -> Option<Timestamp> {
        let of_threads = self
            .threads
            .iter()
            .filter_map(|thread| thread.decided_at)
            .max();
        of_threads.max(self.ticket.as_ref().and_then(|ticket| ticket.decided_at))
    }

    /// The thread of this id, where it is here.
    pub fn thread(&self, id: ThreadId) -> Option<&ThreadRecord> {
        self.threads.iter().find(|thread| thread.id == id)
    }

    /// The thread of this id for changing.
    pub fn thread_mut(&mut self, id: ThreadId) -> Option<&mut ThreadRecord> {
        self.threads.iter_mut().find(|thread| thread.id == id)
    }

    /// The ticket's content, where a ticket is known.
    pub fn ticket_record(&self) -> Option<&Record> {
        self.ticket.as_ref().map(|ticket| &ticket.record)
    }
}
