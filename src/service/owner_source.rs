//! How a ticket came to its owner, as far as a reading with the owner's history tells. What it does
//! not tell counts as done by hand, which silences most.

use crate::domain::owner::{AssignedBy, OwnerChange};
use crate::domain::time::Timestamp;
use crate::hubspot::api::threads::Thread;
use crate::hubspot::api::tickets::{OwnerChange as ReadChange, Ticket};
use crate::hubspot::webhooks::changed_by::ChangedBy;

/// True if routing, rotation or a workflow did it.
pub(super) fn is_automatic(change: &ReadChange) -> bool {
    let (kind, id) = (change.source_type.as_ref(), change.source_id.as_ref());
    match ChangedBy::read(kind, id, None) {
        ChangedBy::Automation => true,
        ChangedBy::Hand | ChangedBy::ThisApp => false,
    }
}

/// The change by which automation made the ticket its owner's.
pub(super) fn by_automation(ticket: &Ticket) -> Option<OwnerChange> {
    let change = ticket.owner_change.as_ref()?;
    let is_of_owner = change.owner == ticket.owner && is_automatic(change);
    let at = change.at.filter(|_| is_of_owner)?;
    let by = AssignedBy::Automation;
    Some(OwnerChange { at, by })
}

/// Leaves out how a ticket came to its owner where one of these conversations may have been
/// answered since: its owner may be at work there, whoever assigned it to them. Nobody has read
/// what was written before the portal was connected.
pub(super) fn unless_answered(mut tickets: Vec<Ticket>, threads: &[Thread]) -> Vec<Ticket> {
    for ticket in &mut tickets {
        let since = ticket.owner_change.as_ref().and_then(|change| change.at);
        let mut of_ticket = threads
            .iter()
            .filter(|thread| thread.ticket == Some(ticket.id));
        if of_ticket.any(|thread| since.is_none_or(|since| may_be_answered(thread, since))) {
            ticket.owner_change = None;
        }
    }
    tickets
}

/// Where HubSpot says when the customer wrote, it says when somebody else did.
fn may_be_answered(thread: &Thread, since: Timestamp) -> bool {
    match thread.latest_sent_at {
        Some(at) => at >= since,
        None => thread.latest_received_at.is_none(),
    }
}
