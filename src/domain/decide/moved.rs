//! A thread that moves to another ticket: the link is a fact of the thread, so a newer one takes
//! its place, and the thread is judged over its new ticket from then on. What silenced it by the
//! ticket it leaves goes along, as at a merge: moving a conversation is nobody's word that the AI
//! may speak. The ticket it leaves stays as it is, for its other threads.

use super::carry::carry_holds;
use super::judge::{Context, Decided};
use super::link;
use super::merge::{MergedThread, befores, decided, keep_as_silent};
use crate::domain::assess::View;
use crate::domain::facts::Link;
use crate::domain::hold::{Hold, HoldKind};
use crate::domain::lifted::Lifted;
use crate::domain::record::Scope;

/// Takes a thread into the ticket of this scope, unless a link that is not older is known.
pub fn move_thread(
    scope: &mut Scope,
    moved: MergedThread<'_>,
    link: Link,
    ctx: &Context<'_>,
) -> Decided {
    let mut before = scope.clone();
    let (id, record) = (moved.thread.id, &moved.thread.record);
    let is_newer = record.facts.link.is_some_and(|known| known.at < link.at);
    let (Some(left), true) = (moved.ticket, is_newer) else {
        return decided(before, scope, &[], ctx);
    };
    before.threads.push(moved.thread.clone());
    let was = befores(std::slice::from_ref(moved.thread), left, ctx.now);
    let view = View {
        thread: record,
        ticket: Some(&left.record),
    };
    let of_ticket = |hold: &&Hold| !record.holds.contains(hold) && goes_along(hold);
    let holds = view.live_holds(ctx.now).filter(of_ticket);
    let holds: Vec<Hold> = holds.cloned().collect();

    let mut thread = moved.thread.clone();
    // What was lifted are facts of a ticket that is another now.
    thread.record.facts.lifted = Lifted::default();
    scope.threads.push(thread);
    scope.threads.sort_by_key(|thread| thread.id);
    link::link(scope, id, link, ctx);
    let ticket = scope.ticket_record().cloned();
    if let (Some(thread), Some(was)) = (scope.thread_mut(id), was.first()) {
        carry_holds(&mut thread.record, ticket.as_ref(), holds, ctx);
        keep_as_silent(&mut thread.record, ticket.as_ref(), was, ctx);
    }
    decided(before, scope, &was, ctx)
}

/// A handoff stays with its ticket, whose claim clock runs there; another stands in for it.
const fn goes_along(hold: &Hold) -> bool {
    match hold.kind {
        HoldKind::AdminLock | HoldKind::Damped | HoldKind::Pause => true,
        HoldKind::Handoff(_) => false,
    }
}
