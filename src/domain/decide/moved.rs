//! A thread that moves to another ticket: the link is a fact of the thread, so a newer one takes
//! its place, and the thread is judged over its new ticket from then on. What silenced it by the
//! ticket it leaves goes along, as at a merge: moving a conversation is nobody's word that the AI
//! may speak. The ticket it leaves stays as it is, for its other threads.

use super::carry::{as_of, keep_alive, keep_its_own};
use super::judge::{Context, Decided};
use super::leave::{GoAlong, leave};
use super::link;
use super::merge::{MergedThread, befores, decided};
use crate::domain::facts::Link;
use crate::domain::lifted::Lifted;
use crate::domain::record::{Scope, ThreadRecord};
use uuid::Uuid;

/// Takes a thread into the ticket of this scope, unless a link that is not older is known.
pub fn move_thread(
    scope: &mut Scope,
    moved: MergedThread<'_>,
    link: Link,
    ctx: &Context<'_>,
) -> Decided {
    let mut before = scope.clone();
    let id = moved.thread.id;
    let (Some(left), true) = (moved.ticket, moves(moved, link)) else {
        return decided(before, scope, &[], ctx);
    };
    before.threads.push(moved.thread.clone());
    let was = befores(std::slice::from_ref(moved.thread), left, ctx.now);

    scope.threads.push(moved.thread.clone());
    scope.threads.sort_by_key(|thread| thread.id);
    link::link(scope, id, link, ctx);
    let mut marks = Lifted::default();
    if let Some(thread) = scope.thread_mut(id) {
        marks = thread.record.facts.lifted.clone();
        // What was lifted of the ticket is about another now.
        let lifted = &mut thread.record.facts.lifted;
        (lifted.ticket_owner, lifted.ticket_handoff_through) = (None, None);
    }
    leave(scope, id, (left, marks, GoAlong::All), ctx);
    let ctx_then = &ctx.as_of(link.at);
    let ticket = scope.ticket_record().cloned();
    if let (Some(thread), Some(was)) = (scope.thread_mut(id), was.first()) {
        keep_alive(&mut thread.record, ticket.as_ref(), &was.live, ctx_then);
        let came_to = ticket.map(|ticket| as_of(ticket, link.at));
        keep_its_own(
            &mut thread.record,
            &moved.thread.record,
            came_to.as_ref(),
            ctx_then,
        );
    }
    decided(before, scope, &was, ctx)
}

/// True if this link takes a thread to another ticket than the one it is known with.
pub fn moves(moved: MergedThread<'_>, link: Link) -> bool {
    let mut facts = moved.thread.record.facts.clone();
    let is_linked = facts.link.is_some();
    let is_moved = facts.linked(link);
    is_linked && is_moved && facts.link.is_some_and(|now| now.ticket == link.ticket)
}

/// Undoes for the threads that stay what was released in their ticket for one that had left it by
/// then, as its move shows. None: nothing was.
pub fn undo_where_it_left(
    stays: &mut Scope,
    (before, after): (&ThreadRecord, &ThreadRecord),
    ctx: &Context<'_>,
) -> Option<Decided> {
    let is_new = |id| {
        before
            .record
            .releases
            .iter()
            .any(|kept| kept.id == id && !kept.is_undone)
    };
    let undone = after.record.releases.iter().filter(|kept| kept.is_undone);
    let undone: Vec<Uuid> = undone
        .map(|kept| kept.id)
        .filter(|id| is_new(*id))
        .collect();
    let was = stays.clone();
    let is_undone = link::undo_for_others(stays, &undone, ctx.now);
    is_undone.then(|| decided(was, stays, &[], ctx))
}
