//! Every hold that a request takes away is kept for a day, with how it was reached: a conversation may
//! turn out to have left the ticket before, or with the hold.

use super::judge::Context;
use super::reach::{Asked, Side};
use crate::domain::command::Subject;
use crate::domain::hold::Hold;
use crate::domain::ids::TicketId;
use crate::domain::late::{RefusedBy, Release};
use crate::domain::record::{Record, Scope};

/// Keeps what this decision took away since `before`. A thread that was named alone was reached by
/// no ticket.
pub fn keep_lifted(
    before: &Scope,
    scope: &mut Scope,
    (subject, asked): (Subject, &Asked),
    ctx: &Context<'_>,
) {
    let ticket = scope.ticket.as_ref().map(|ticket| ticket.id);
    let of_all_threads = asked.side == Side::Ticket;
    let by_ticket = subject.ticket.is_some() || of_all_threads;
    if let Some(through) = ticket.filter(|_| by_ticket) {
        for thread in &mut scope.threads {
            if let Some(was) = before.thread(thread.id) {
                let how = (Some(through), false);
                keep(&was.record.holds, &mut thread.record, how, ctx);
            }
        }
    }
    if let (Some(was), Some(ticket)) = (before.ticket_record(), &mut scope.ticket) {
        keep(&was.holds, &mut ticket.record, (None, of_all_threads), ctx);
    }
}

fn keep(
    was: &[Hold],
    record: &mut Record,
    (through, of_all_threads): (Option<TicketId>, bool),
    ctx: &Context<'_>,
) {
    let parts = record.releases.iter_mut();
    let mut known = Vec::new();
    for part in parts.filter(|part| part.id == ctx.decision) {
        part.through = through;
        known.extend(part.holds.iter().map(|hold| (hold.id, hold.name())));
    }
    known.extend(record.holds.iter().map(|hold| (hold.id, hold.name())));
    let is_gone =
        |hold: &&Hold| !hold.has_expired(ctx.now) && !known.contains(&(hold.id, hold.name()));
    let holds: Vec<Hold> = was.iter().filter(is_gone).cloned().collect();
    if holds.is_empty() {
        return;
    }
    record.keep_release(Release {
        id: ctx.decision,
        at: ctx.placed_at,
        decided_at: ctx.now,
        of_all_threads,
        through,
        refused_by: RefusedBy::Nothing,
        owner_known_at: None,
        windows_ended_at: None,
        holds,
        marks_before: record.facts.lifted.clone(),
        marks_after: record.facts.lifted.clone(),
        is_undone: false,
    });
}
