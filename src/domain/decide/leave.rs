//! A thread that left a ticket, judged as of its leaving, whenever what is told of either arrives.
//! What the ticket's people silence follows from facts alone (`domain::left`); what was placed on it
//! goes along.

use super::carry::{carry_holds, stand_in_for};
use super::fact::{Fact, Field};
use super::judge::{Context, Decided, NOTHING, rows_of_changes};
use super::reread::counts_at;
use crate::domain::assess::View;
use crate::domain::facts::Facts;
use crate::domain::hold::{Hold, HoldKind, later_end};
use crate::domain::ids::{ThreadId, TicketId};
use crate::domain::lifted::Lifted;
use crate::domain::links::Leaving;
use crate::domain::outcome::{Outcome, ReasonCode};
use crate::domain::owner::OwnerReading;
use crate::domain::record::{Record, Scope, TicketRecord};
use crate::domain::time::Timestamp;

/// Which holds of a ticket go along with a thread that leaves it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum GoAlong {
    /// Those that silenced it until now.
    All,
    /// Those that were placed before it left, as it turned out.
    PlacedBefore,
}

impl Fact {
    /// Since when the ticket that this is about has the owner that it tells of.
    pub fn ticket_owned_at(&self) -> Option<Timestamp> {
        match self {
            Self::OwnerChanged {
                field: Field::Ticket,
                at,
                ..
            } => Some(*at),
            Self::OwnerRead {
                field: Field::Ticket,
                found: OwnerReading { change, .. },
                began_at,
            } => {
                let read_at = counts_at(*began_at);
                Some(change.map_or(read_at, |change| change.at.min(read_at)))
            }
            Self::OwnerChanged { .. }
            | Self::OwnerRead { .. }
            | Self::MessagesRead { .. }
            | Self::AssignmentSent { .. }
            | Self::PersonReplied { .. }
            | Self::OtherAiWrote { .. }
            | Self::CustomerWrote { .. }
            | Self::AiReplied { .. }
            | Self::Closed { .. }
            | Self::Opened { .. }
            | Self::StatusRead { .. }
            | Self::ChannelKnown { .. }
            | Self::SpamTold { .. }
            | Self::Linked { .. }
            | Self::WentAlong { .. }
            | Self::HeardOfLeft { .. } => None,
        }
    }
}

/// Notes for a thread of this scope what is known of a ticket that it left.
pub fn hear_of_left(
    scope: &mut Scope,
    id: ThreadId,
    left: &TicketRecord,
    ctx: &Context<'_>,
) -> Decided {
    let before = scope.clone();
    leave_late(scope, id, left, ctx);
    let verdict = (Outcome::Applied, ReasonCode::Applied);
    Decided {
        verdict,
        shown: None,
        asked: Vec::new(),
        rows: rows_of_changes(&before, scope, verdict, ctx.now),
        ticket_changed: false,
        effects: Vec::new(),
        released_holds: 0,
    }
}

/// The same, without the lines of it.
pub(super) fn leave_late(scope: &mut Scope, id: ThreadId, left: &TicketRecord, ctx: &Context<'_>) {
    let ticket = scope.ticket_record().cloned();
    if let Some(thread) = scope.thread_mut(id) {
        // What was lifted in the thread is now about its new ticket.
        let by = (left, Lifted::default(), GoAlong::PlacedBefore);
        leave(&mut thread.record, ticket.as_ref(), by, ctx);
    }
}

/// Notes what the ticket was when the thread left it, each time that it did, and takes along what
/// was placed there. `marks` are what was lifted in the thread of the ticket's silences; `own` is
/// its ticket now.
pub(super) fn leave(
    record: &mut Record,
    own: Option<&Record>,
    (left, marks, holds): (&TicketRecord, Lifted, GoAlong),
    ctx: &Context<'_>,
) {
    for (ticket, left_at) in record.facts.left() {
        if ticket != left.id {
            continue;
        }
        let known = known(record, ticket, left_at).cloned();
        if known.is_none() {
            let mut then = left.record.clone();
            match holds {
                GoAlong::All => {}
                GoAlong::PlacedBefore => then.holds.retain(|hold| {
                    let placed_at = hold.decided_at.min(hold.placed_at);
                    placed_at <= left_at
                }),
            }
            take_holds_along(record, own, (&then, left_at), ctx);
        }
        let lifted = known.map_or_else(|| marks.clone(), |known| known.lifted);
        record.facts.note_leaving(Leaving {
            ticket,
            left_at,
            then: left.record.facts.owners_as_of(left_at),
            lifted,
        });
    }
}

/// What was noted of this leaving, or of a later one that turned out to have been this one.
fn known(record: &Record, ticket: TicketId, left_at: Timestamp) -> Option<&Leaving> {
    let still_left = record.facts.left();
    let leavings = record.facts.leavings.iter();
    let of_ticket = leavings.filter(|noted| noted.ticket == ticket);
    let is_this = |noted: &&Leaving| {
        let is_over = !still_left.contains(&(ticket, noted.left_at));
        noted.left_at == left_at || noted.left_at > left_at && is_over
    };
    of_ticket
        .min_by_key(|noted| (!is_this(noted), noted.left_at))
        .filter(is_this)
}

/// What was placed on the ticket goes along. A handoff stays with its ticket, whose claim clock runs
/// there; another stands in for it.
fn take_holds_along(
    record: &mut Record,
    own: Option<&Record>,
    (then, left_at): (&Record, Timestamp),
    ctx: &Context<'_>,
) {
    let carried = carried_holds(record, then, ctx.now);
    carry_holds(record, own, carried, ctx);
    let mut judged = then.clone();
    forget_after(&mut judged.facts, left_at);
    let view = View {
        thread: &NOTHING,
        ticket: Some(&judged),
    };
    let handoffs = view
        .live_holds(ctx.now)
        .filter(|hold| hold.handoff().is_some());
    if let Some(until) = handoffs.map(|hold| hold.expires_at).reduce(later_end) {
        stand_in_for(record, own, until, ctx);
    }
}

/// Times that release count only if they are known from before.
fn forget_after(facts: &mut Facts, left_at: Timestamp) {
    let times = [
        &mut facts.last_ai_owner_at,
        &mut facts.last_claim_at,
        &mut facts.closed_at,
    ];
    for time in times {
        time.take_if(|at| *at > left_at);
    }
}

/// All but handoffs.
fn carried_holds(thread: &Record, ticket: &Record, now: Timestamp) -> Vec<Hold> {
    let goes_along = |hold: &&Hold| match hold.kind {
        HoldKind::AdminLock | HoldKind::Damped | HoldKind::Pause => true,
        HoldKind::Handoff(_) => false,
    };
    let view = View {
        thread,
        ticket: Some(ticket),
    };
    let holds = view
        .live_holds(now)
        .filter(|hold| !thread.holds.contains(hold));
    holds.filter(goes_along).cloned().collect()
}
