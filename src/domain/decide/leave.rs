//! A thread that left a ticket, judged as of its leaving, whenever what is told of either arrives.
//! What the ticket's people silence follows from facts alone (`domain::left`); what was placed on it
//! goes along.

use super::carry::{carry_holds, gone_along, stand_in_for};
use super::fact::{Fact, Field};
use super::judge::{Context, Decided, rows_of_changes};
use super::reread::counts_at;
use super::undo::undo;
use crate::domain::assess::View;
use crate::domain::facts::Facts;
use crate::domain::hold::{Hold, HoldId, HoldKind};
use crate::domain::ids::{ThreadId, TicketId};
use crate::domain::late::Release;
use crate::domain::lifted::Lifted;
use crate::domain::links::Leaving;
use crate::domain::outcome::{Outcome, ReasonCode};
use crate::domain::owner::OwnerReading;
use crate::domain::record::{Record, Scope, TicketRecord};
use crate::domain::time::Timestamp;
use uuid::Uuid;

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
    // What was lifted in the thread is now about its new ticket.
    leave(
        scope,
        id,
        (left, Lifted::default(), GoAlong::PlacedBefore),
        ctx,
    );
}

/// Notes what the ticket was when the thread left it, each time that it did, and takes along what
/// was placed there. `marks` are what was lifted in the thread of the ticket's silences.
pub(super) fn leave(
    scope: &mut Scope,
    id: ThreadId,
    (left, marks, holds): (&TicketRecord, Lifted, GoAlong),
    ctx: &Context<'_>,
) {
    let own = scope.ticket_record().cloned();
    let mut undone = Vec::new();
    if let Some(thread) = scope.thread_mut(id) {
        let record = &mut thread.record;
        for left_at in record.facts.left_of(left.id) {
            let ctx = &ctx.as_of(left_at);
            let known = known(record, left.id, left_at).cloned();
            let mut taken = known
                .as_ref()
                .map_or_else(Vec::new, |known| known.took_along.clone());
            let is_known = known.as_ref().is_some_and(|known| known.left_at == left_at);
            let mut lay = match (is_known, holds) {
                // In doubt it took along then what it might have.
                (true, _) => left.record.holds_as_of(left_at),
                (false, GoAlong::PlacedBefore) => left.record.holds_that_may_have_been(left_at),
                (false, GoAlong::All) => [
                    left.record.holds_that_may_have_been(left_at),
                    left.record.holds.clone(),
                ]
                .concat(),
            };
            lay.retain(|hold| !taken.contains(&hold.id));
            taken.extend(lay.iter().map(|hold| hold.id));
            let mut then = Record {
                holds: lay,
                ..left.record.clone()
            };
            forget_after(&mut then.facts, left_at);
            take_holds_along(record, own.as_ref(), (&then, left_at), ctx);
            undone.extend(releases_undone_there(record, left));
            take_releases_along(record, left, &mut taken, ctx);
            let lifted = known.map_or_else(|| marks.clone(), |known| known.lifted);
            record.facts.note_leaving(Leaving {
                ticket: left.id,
                left_at,
                then: left.record.facts.owners_as_of(left_at),
                lifted,
                took_along: taken,
            });
        }
    }
    undo(scope, &undone, ctx.now);
}

/// Releases of the thread and the ticket, of which the ticket's part was undone.
fn releases_undone_there(thread: &Record, left: &TicketRecord) -> Vec<Uuid> {
    let is_undone = |kept: &&Release| {
        let mut there = left.record.releases.iter();
        there.any(|it| it.id == kept.id && it.is_undone)
    };
    let undone = thread.releases.iter().filter(is_undone);
    undone.map(|kept| kept.id).collect()
}

/// What a release of both lifted from the ticket comes back to the thread as well, should it be undone.
fn take_releases_along(
    thread: &mut Record,
    left: &TicketRecord,
    taken: &mut Vec<HoldId>,
    ctx: &Context<'_>,
) {
    let may_be_undone = |kept: &&Release| !kept.is_undone && !kept.is_final();
    for there in left.record.releases.iter().filter(may_be_undone) {
        let mut own = thread.releases.iter_mut();
        let own = own.find(|kept| kept.id == there.id && may_be_undone(&&**kept));
        if let Some(own) = own {
            let news = there.holds.iter().filter(|hold| !taken.contains(&hold.id));
            let news: Vec<&Hold> = news.collect();
            taken.extend(news.iter().map(|hold| hold.id));
            let along = news.into_iter().map(|hold| gone_along(hold, ctx));
            own.holds.extend(along);
        }
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

/// What lay on the ticket goes along. A handoff stays with its ticket, whose claim clock runs there;
/// another stands in for it.
fn take_holds_along(
    record: &mut Record,
    own: Option<&Record>,
    (then, left_at): (&Record, Timestamp),
    ctx: &Context<'_>,
) {
    let carried = carried_holds(record, then, ctx.now);
    carry_holds(record, own, carried, ctx);
    let bare = Record {
        facts: record.facts.endings_as_of(left_at),
        ..Record::default()
    };
    let view = View {
        thread: &bare,
        ticket: Some(then),
    };
    let handoffs = view
        .live_holds(ctx.now)
        .filter(|hold| hold.handoff().is_some());
    let handoffs: Vec<&Hold> = handoffs.collect();
    stand_in_for(record, &handoffs, ctx);
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
