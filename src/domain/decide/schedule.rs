//! Where it stands when a timer must look at records: on the first thread of a ticket, on the
//! ticket where none is known, and on a thread without a ticket itself.

use super::agenda::next_check_at;
use crate::domain::ids::TicketId;
use crate::domain::policy::Policies;
use crate::domain::record::{Scope, ThreadRecord};
use crate::domain::time::{Span, Timestamp};

/// What is due and yet leads to nothing is looked at again after this long, not at once.
const NOTHING_CAME_OF_IT: Span = Span::from_minutes(1);

/// Sets the time of every record, after each decision about them. Records that have theirs
/// already stay as they are, so that nothing is written for nothing.
pub fn schedule(scope: &mut Scope, policies: &Policies, now: Timestamp) {
    let ticket = scope.ticket.as_ref().map(|ticket| ticket.id);
    let is_apart = |thread: &ThreadRecord| ticket.is_some() && thread.ticket() != ticket;
    if scope.threads.iter().any(is_apart) {
        return schedule_apart(scope, ticket, policies, now);
    }
    let next = next_check_at(scope, policies, now);
    let mut threads = scope.threads.iter_mut();
    let first = threads.next();
    if let Some(ticket) = &mut scope.ticket {
        ticket.next_check_at = next.filter(|_| first.is_none());
    }
    if let Some(first) = first {
        first.next_check_at = next;
    }
    threads.for_each(|thread| thread.next_check_at = None);
}

/// The same after a timer looked: what was due now was done, or could not be.
pub fn schedule_after_timer(scope: &mut Scope, policies: &Policies, now: Timestamp) {
    schedule(scope, policies, now);
    let ticket = scope.ticket.iter_mut().map(|it| &mut it.next_check_at);
    let threads = scope.threads.iter_mut().map(|it| &mut it.next_check_at);
    for next in ticket.chain(threads).flatten() {
        if *next <= now {
            *next = now + NOTHING_CAME_OF_IT;
        }
    }
}

/// A thread that a command named beside a ticket that is not its own has a time of its own.
fn schedule_apart(
    scope: &mut Scope,
    ticket: Option<TicketId>,
    policies: &Policies,
    now: Timestamp,
) {
    let threads = std::mem::take(&mut scope.threads);
    let (linked, apart): (Vec<_>, Vec<_>) = threads
        .into_iter()
        .partition(|thread| thread.ticket() == ticket);
    scope.threads = linked;
    schedule(scope, policies, now);
    for thread in apart {
        let mut alone = Scope {
            ticket: None,
            threads: vec![thread],
        };
        schedule(&mut alone, policies, now);
        scope.threads.append(&mut alone.threads);
    }
    scope.threads.sort_by_key(|thread| thread.id);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::Link;
    use crate::domain::ids::ThreadId;
    use crate::domain::messages::Waiting;
    use crate::domain::record::TicketRecord;

    const TICKET: TicketId = TicketId(1);
    const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);

    fn waiting(id: i64, since: i64, ticket: Option<TicketId>) -> ThreadRecord {
        let mut thread = ThreadRecord::untouched(ThreadId(id));
        let at = NOW - Span::from_secs(since);
        thread.record.facts.waiting = Some(Waiting {
            message_id: "m".to_owned(),
            newest_at: at,
            since: at,
            all: vec![at],
        });
        thread.record.facts.link = ticket.map(|ticket| Link::told(ticket, at));
        thread
    }

    fn times(scope: &Scope) -> Vec<Option<i64>> {
        let seconds = |at: Option<Timestamp>| at.map(|at| (at - NOW).as_millis() / 1_000);
        let ticket = scope.ticket.iter().map(|it| it.next_check_at);
        let threads = scope.threads.iter().map(|it| it.next_check_at);
        ticket.chain(threads).map(seconds).collect()
    }

    #[test]
    fn the_earliest_time_of_a_ticket_stands_on_its_first_thread_alone() {
        let mut scope = Scope {
            ticket: Some(TicketRecord::untouched(TICKET)),
            threads: vec![waiting(1, 60, Some(TICKET)), waiting(2, 600, Some(TICKET))],
        };
        scope.threads[1].next_check_at = Some(NOW);

        schedule(&mut scope, &Policies::default(), NOW);

        assert_eq!(times(&scope), [None, Some(300), None]);
    }

    #[test]
    fn a_thread_of_another_ticket_has_its_own_time() {
        let mut scope = Scope {
            ticket: Some(TicketRecord::untouched(TICKET)),
            threads: vec![waiting(1, 600, None), waiting(2, 60, Some(TICKET))],
        };

        schedule(&mut scope, &Policies::default(), NOW);

        assert_eq!(times(&scope), [None, Some(300), Some(840)]);
    }

    #[test]
    fn what_a_timer_could_not_do_is_not_due_at_once_again() {
        let mut scope = Scope {
            ticket: None,
            threads: vec![waiting(1, 3_600, None)],
        };

        schedule_after_timer(&mut scope, &Policies::default(), NOW);

        assert_eq!(times(&scope), [Some(60)]);
    }
}
