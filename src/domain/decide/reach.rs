//! Which conversations a request means, and in which record what it places belongs.

use crate::domain::command::{Reach, Subject};
use crate::domain::ids::ThreadId;
use crate::domain::record::{Record, Scope, ThreadRecord};
use serde::Serialize;

/// The record a hold is placed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The ticket's.
    Ticket,
    /// A thread's.
    Thread(ThreadId),
}

/// What a request means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The conversations, by id.
    pub threads: Vec<ThreadId>,
    /// Where its hold belongs.
    pub side: Side,
}

/// Finds the conversations meant. None: neither a ticket nor a thread is known.
pub fn asked(scope: &Scope, subject: Subject, reach: Reach) -> Option<Asked> {
    let one = |id| Asked {
        threads: vec![id],
        side: Side::Thread(id),
    };
    let all = scope.threads.iter().map(|thread| thread.id).collect();
    let has_ticket = scope.ticket.is_some();
    let single = match reach {
        Reach::Thread(id) => scope.thread(id).map(|thread| thread.id),
        Reach::AllOpen if has_ticket => None,
        Reach::AllOpen | Reach::Latest => latest(scope, subject),
        Reach::Originating => subject.thread.or_else(|| latest(scope, subject)),
    };
    match single {
        Some(id) => Some(one(id)),
        None => has_ticket.then_some(Asked {
            threads: all,
            side: Side::Ticket,
        }),
    }
}

/// The thread whose customer wrote last; where none is known to have written, the ticket's own.
fn latest(scope: &Scope, subject: Subject) -> Option<ThreadId> {
    let wrote_at = |thread: &&ThreadRecord| {
        let facts = &thread.record.facts;
        let waits = facts.waiting.as_ref().map(|waiting| waiting.newest_at);
        waits.max(facts.last_customer_message_at)
    };
    let newest = scope.threads.iter().max_by_key(|thread| {
        (
            wrote_at(thread),
            Some(thread.id) == subject.thread,
            thread.id,
        )
    });
    newest.map(|thread| thread.id)
}

/// The record of this side.
pub fn record_mut(scope: &mut Scope, side: Side) -> Option<&mut Record> {
    match side {
        Side::Ticket => scope.ticket.as_mut().map(|ticket| &mut ticket.record),
        Side::Thread(id) => scope.thread_mut(id).map(|thread| &mut thread.record),
    }
}
