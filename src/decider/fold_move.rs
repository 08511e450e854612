//! Folding what concerns a thread and two tickets: that it moves, and what is told late of a ticket
//! that it left.

use super::command::Told;
use super::fold::{Folded, collect_fact};
use super::records::Left;
use crate::domain::decide::{self, Context, Fact, MergedThread};
use crate::domain::facts::Link;
use crate::domain::ids::{PortalId, ThreadId};
use crate::domain::record::Scope;
use crate::store::batch::left_tickets::LeftTickets;
use crate::store::batch::rows::Rows;
use crate::store::error::StoreError;

/// What a fact says that may name another ticket than its thread's own.
#[derive(Clone, Copy)]
pub enum OfTwo {
    /// The thread was linked to that ticket.
    Linked(ThreadId, Link),
    /// The thread left that ticket.
    HeardOfLeft(ThreadId),
}

impl OfTwo {
    /// None: no other fact names both.
    pub fn of(fact: &Fact) -> Option<Self> {
        match fact {
            Fact::Linked { thread, ticket, at } => {
                Some(Self::Linked(*thread, Link::told(*ticket, *at)))
            }
            Fact::WentAlong {
                thread,
                merged,
                ticket,
                at,
            } => Some(Self::Linked(
                *thread,
                Link::gone_along(*merged, *ticket, *at),
            )),
            Fact::HeardOfLeft { thread, .. } => Some(Self::HeardOfLeft(*thread)),
            Fact::OwnerChanged { .. }
            | Fact::OwnerRead { .. }
            | Fact::MessagesRead { .. }
            | Fact::AssignmentSent { .. }
            | Fact::PersonReplied { .. }
            | Fact::OtherAiWrote { .. }
            | Fact::CustomerWrote { .. }
            | Fact::AiReplied { .. }
            | Fact::Closed { .. }
            | Fact::Opened { .. }
            | Fact::StatusRead { .. }
            | Fact::ChannelKnown { .. }
            | Fact::SpamTold { .. } => None,
        }
    }

    /// The thread.
    pub const fn thread(self) -> ThreadId {
        match self {
            Self::Linked(thread, _) | Self::HeardOfLeft(thread) => thread,
        }
    }
}

/// Folds a fact that names another ticket than its thread's own, and collects its rows. `scope` is
/// the ticket that it names; a thread that moves is there afterwards, any other is in `left`.
///
/// # Errors
/// As for [`super::fold::fold`].
pub fn fold_move(
    (portal, told): (PortalId, &Told),
    scope: &mut Scope,
    left: &mut Left,
    ctx: &Context<'_>,
    rows: &mut Rows,
) -> Result<Folded, StoreError> {
    match OfTwo::of(&told.fact) {
        Some(OfTwo::Linked(_, link)) => {
            let moved = MergedThread {
                thread: &left.thread,
                ticket: left.stays.ticket.as_ref(),
            };
            if decide::moves(moved, link) {
                let decided = decide::move_thread(scope, moved, link, ctx);
                let folded = collect_fact(portal, scope, (told, &decided), ctx, rows)?;
                if let Some(after) = scope.thread(left.thread.id) {
                    let moved = (&left.thread, after);
                    if let Some(undone) = decide::undo_where_it_left(&mut left.stays, moved, ctx) {
                        collect_fact(portal, &left.stays, (told, &undone), ctx, rows)?;
                    }
                }
                return Ok(folded);
            }
            // It belonged to that ticket for a while, and has left it.
            let own = left.with_thread();
            let decided = decide::receive(own, &told.fact, ctx);
            collect_fact(portal, own, (told, &decided), ctx, rows)
        }
        Some(OfTwo::HeardOfLeft(thread)) => {
            let Some(ticket) = &scope.ticket else {
                return Err(StoreError::Unexpected("a thread that left none".to_owned()));
            };
            let own = left.with_thread();
            let decided = decide::hear_of_left(own, thread, ticket, ctx);
            collect_fact(portal, own, (told, &decided), ctx, rows)
        }
        None => Err(StoreError::Unexpected(
            "a fact of a thread that names another's ticket".to_owned(),
        )),
    }
}

/// Notes what the thread of a link left, so that it is found when more is told of that.
pub fn note_left(
    (portal, fact): (PortalId, &Fact),
    scopes: [Option<&Scope>; 2],
    noted: &mut LeftTickets,
) {
    let (Fact::Linked { thread, .. } | Fact::WentAlong { thread, .. }) = fact else {
        return;
    };
    let of_thread = |scope: &'_ Scope| {
        let record = scope.thread(*thread).map(|thread| &thread.record);
        record.map(|record| record.facts.left()).unwrap_or_default()
    };
    let left = scopes.into_iter().flatten().flat_map(of_thread);
    for (ticket, left_at) in left {
        let known = noted.entry(((portal, ticket), (portal, *thread)));
        let known = known.or_insert(left_at);
        *known = (*known).max(left_at);
    }
}
