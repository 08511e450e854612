//! A thread that moves to another ticket: the link is a fact of the thread, so a newer one takes
//! its place, and the thread is judged over its new ticket from then on. What silenced it by the
//! ticket it leaves goes along, as at a merge: moving a conversation is nobody's word that the AI
//! may speak. The ticket it leaves stays as it is, for its other threads.

use super::carry::{keep_alive, stand_in};
use super::judge::{Context, Decided};
use super::leave::{GoAlong, leave};
use super::link;
use super::merge::{MergedThread, befores, decided};
use crate::domain::assess::View;
use crate::domain::facts::Link;
use crate::domain::record::{Record, Scope};

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

    let mut thread = moved.thread.clone();
    // What was lifted are facts of a ticket that is another now; but what came along from those it
    // left before stays lifted.
    let marks = std::mem::take(&mut thread.record.facts.lifted);
    thread.record.facts.lifted.left_through = marks.left_through;
    scope.threads.push(thread);
    scope.threads.sort_by_key(|thread| thread.id);
    link::link(scope, id, link, ctx);
    let ticket = scope.ticket_record().cloned();
    if let (Some(thread), Some(was)) = (scope.thread_mut(id), was.first()) {
        let by = (left, marks, GoAlong::All);
        leave(&mut thread.record, ticket.as_ref(), by, ctx);
        keep_alive(&mut thread.record, ticket.as_ref(), &was.live, ctx);
        keep_its_own(&mut thread.record, (moved, link), ticket, ctx);
    }
    decided(before, scope, &was, ctx)
}

/// What silences a thread by itself must not be lost by what the new ticket was when it came.
fn keep_its_own(
    record: &mut Record,
    (moved, link): (MergedThread<'_>, Link),
    ticket: Option<Record>,
    ctx: &Context<'_>,
) {
    let mut its_own = moved.thread.record.clone();
    // What it brought along may have been ended by the ticket that it leaves.
    its_own.facts.leavings.clear();
    let alone = View {
        thread: &its_own,
        ticket: None,
    };
    let came_to = ticket.map(|ticket| Record {
        facts: ticket.facts.owners_as_of(link.at),
        ..ticket
    });
    let after = View {
        thread: record,
        ticket: came_to.as_ref(),
    };
    let (before, after) = (alone.assess(ctx.now), after.assess(ctx.now));
    if let Some(hold) = stand_in(&[before], &after, ctx) {
        record.place(hold, ctx.now);
    }
}

/// True if this link takes a thread to another ticket than the one it is known with.
pub fn moves(moved: MergedThread<'_>, link: Link) -> bool {
    let known = moved.thread.record.facts.link;
    known.is_some_and(|known| known.ticket != link.ticket && known.order() < link.order())
}
