//! Assignments at HubSpot: in which field, to whom, for which handoff; what of ours is taken back;
//! and what a handoff asks for only once nobody stands before it any more.

use super::effect::Effect;
use super::judge::{Context, NOTHING, Row, concerned, views};
use super::reach::{Side, record_mut};
use crate::domain::assess::View;
use crate::domain::derived;
use crate::domain::gate::Mode;
use crate::domain::hold::{HandoffTarget, Hold, HoldId, HoldName};
use crate::domain::ids::{ThreadId, TicketId};
use crate::domain::offer::live_offer;
use crate::domain::record::{Record, Scope};
use crate::domain::time::Timestamp;
use serde::Serialize;

/// A field at HubSpot that names an owner, by the id of what has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "of", content = "id", rename_all = "snake_case")]
pub enum OwnerField {
    /// The assignee of this thread.
    Thread(ThreadId),
    /// The owner of this ticket.
    Ticket(TicketId),
}

/// Assigns the conversation for a handoff that lies in this record; to nobody it does nothing.
pub fn assign(scope: &Scope, side: Side, target: HandoffTarget, hold: HoldId) -> Option<Effect> {
    let ticket = scope.ticket.as_ref().map(|it| OwnerField::Ticket(it.id));
    let field = match (side, &target) {
        (_, HandoffTarget::Unassigned) => None,
        (Side::Ticket, HandoffTarget::Team(_) | HandoffTarget::User(_)) => ticket,
        (Side::Thread(id), HandoffTarget::User(_)) => Some(OwnerField::Thread(id)),
        // A thread is assigned to an actor, and a team is none: only a ticket takes one.
        (Side::Thread(id), HandoffTarget::Team(_)) => ticket.or(Some(OwnerField::Thread(id))),
    };
    field.map(|field| Effect::Assign {
        field,
        target,
        hold,
    })
}

/// Takes back every assignment of ours that nobody has taken, in these threads and their ticket.
pub fn undo_offers(scope: &Scope, threads: &[ThreadId], now: Timestamp) -> Vec<Effect> {
    each_field(scope, threads, |field, record, view| {
        let offer = live_offer(&record.facts, view, now)?;
        Some(Effect::UndoAssignment {
            field,
            person: offer.person.clone(),
            hold: offer.hold,
        })
    })
}

/// Assigns to the AI sender every field in which a person owns one of these threads.
pub fn assign_to_ai(scope: &Scope, threads: &[ThreadId], now: Timestamp) -> Vec<Effect> {
    each_field(scope, threads, |field, _, view| {
        let owner = match field {
            OwnerField::Thread(_) => derived::owner_of_thread(view, now),
            OwnerField::Ticket(_) => derived::owner_of_ticket(view, now),
        };
        owner.map(|_| Effect::AssignToAi { field })
    })
}

/// What is to be done about the fields over which these threads are judged, each thing once.
fn each_field(
    scope: &Scope,
    threads: &[ThreadId],
    effect: impl Fn(OwnerField, &Record, View<'_>) -> Option<Effect>,
) -> Vec<Effect> {
    let ticket = scope.ticket.as_ref();
    let mut effects: Vec<Effect> = Vec::new();
    let known = threads.iter().filter_map(|id| scope.thread(*id)).map(Some);
    let alone = threads.is_empty().then_some(None);
    for thread in known.chain(alone) {
        let view = View {
            thread: thread.map_or(&NOTHING, |thread| &thread.record),
            ticket: scope.ticket_record(),
        };
        let own = thread.map(|it| (OwnerField::Thread(it.id), &it.record));
        let tickets = ticket.map(|it| (OwnerField::Ticket(it.id), &it.record));
        for (field, record) in own.into_iter().chain(tickets) {
            let found = effect(field, record, view);
            effects.extend(found.filter(|found| !effects.contains(found)));
        }
    }
    effects
}

/// True while a person owns the conversation or has replied lately: it is not ours to assign.
pub fn has_person(view: View<'_>, now: Timestamp) -> bool {
    let judged = view.assess(now);
    let is_live = |name| judged.find(name).is_some();
    is_live(HoldName::PersonOwns) || is_live(HoldName::PersonReplied)
}

/// Asks for the assignments of handoffs that were placed while a person was there, and now wait
/// for whom they name. Only in records that this decision leaves a line about.
pub fn assign_pending(scope: &mut Scope, rows: &[Row], ctx: &Context<'_>) -> Vec<Effect> {
    let threads = rows.iter().filter_map(|row| row.thread).map(Side::Thread);
    let ticket = (!rows.is_empty()).then_some(Side::Ticket);
    let sides: Vec<Side> = ticket.into_iter().chain(threads).collect();
    let asked = sides.into_iter();
    let mut effects: Vec<Effect> = asked
        .filter_map(|side| assign_pending_of(scope, side, ctx))
        .collect();
    if ctx.portal.mode == Mode::Observe {
        effects.clear();
    }
    effects
}

fn assign_pending_of(scope: &mut Scope, side: Side, ctx: &Context<'_>) -> Option<Effect> {
    let awaits = |hold: &Hold| hold.handoff().is_some_and(|terms| terms.assigns_later);
    if !record_mut(scope, side)?.holds.iter().any(awaits) {
        return None;
    }
    let views = views(scope, &concerned(scope, side));
    if views.iter().any(|view| has_person(*view, ctx.now)) {
        return None;
    }
    let waiting: Vec<&Hold> = match side {
        Side::Ticket => scope.ticket_record(),
        Side::Thread(id) => scope.thread(id).map(|thread| &thread.record),
    }?
    .holds
    .iter()
    .filter(|hold| awaits(hold) && views.iter().any(|view| view.is_live(hold, ctx.now)))
    .collect();
    let precision = |hold: &&Hold| hold.handoff().map(|terms| terms.target.precision());
    // Of two equally precise ones the first shows.
    let best = waiting.iter().copied().rev().max_by_key(precision)?;
    let (target, hold) = (best.handoff()?.target.clone(), best.id);
    let is_shown = views.iter().any(|view| {
        let shown = view.assess(ctx.now);
        let shown = shown.find(HoldName::Handoff);
        shown
            .and_then(|it| it.handoff.as_ref())
            .map(|it| &it.target)
            == Some(&target)
    });
    let assigned = assign(scope, side, target, hold).filter(|_| is_shown);
    let handoffs = record_mut(scope, side)?.holds.iter_mut();
    for terms in handoffs.filter_map(Hold::handoff_mut) {
        terms.assigns_later = false;
    }
    assigned
}
