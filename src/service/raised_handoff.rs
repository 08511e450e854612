//! Whether what HubSpot told raised a handoff: a person gave the conversation up, or it was opened
//! again soon after a person spoke. A stronger silence may stand above it, so that neither state nor
//! explanation of the line say so.

use crate::domain::assess::{LiveHold, View};
use crate::domain::decide::Fact;
use crate::domain::facts::Facts;
use crate::domain::hold::HoldName;
use crate::domain::record::{Record, TicketRecord};
use crate::domain::time::Timestamp;
use crate::store::decisions::Line;
use serde::Deserialize;

/// The column `records_after`.
#[derive(Deserialize)]
struct RecordsAfter {
    thread: Record,
    ticket: Option<Record>,
}

/// True if this line's fact did. `ticket` is as it is now; where it has changed so much since that
/// nothing can be said for sure, this is false.
pub fn raised_handoff(line: &Line, ticket: Option<&TicketRecord>) -> bool {
    let (Ok(fact), Some(after)) = (Fact::deserialize(&line.command), &line.records_after) else {
        return false;
    };
    let Ok(after) = RecordsAfter::deserialize(after) else {
        return false;
    };
    let decided_at = Timestamp::from(line.decided_at);
    let tickets = match (&after.ticket, line.ticket_id, ticket) {
        (Some(then), _, _) => Some(then),
        (None, None, _) => None,
        (None, Some(id), Some(now)) if now.id.0 == id && is_as_then(now, decided_at) => {
            Some(&now.record)
        }
        (None, Some(_), _) => return false,
    };
    let view = View {
        thread: &after.thread,
        ticket: tickets,
    };
    let judged = view.assess(decided_at);
    let handoff = judged.find(HoldName::Handoff);
    // One that nobody placed follows from facts.
    let derived = handoff.filter(|handoff| handoff.authority.is_none());
    derived.is_some_and(|handoff| began_with(&fact, view, handoff))
}

/// True if it follows from this fact, and did not from an earlier one.
fn began_with(fact: &Fact, view: View<'_>, handoff: &LiveHold) -> bool {
    match fact {
        Fact::OwnerChanged { at, .. } => view.latest(Facts::let_go_since) == Some(*at),
        Fact::Opened { at, .. } | Fact::CustomerWrote { at, .. } => handoff.since == *at,
        Fact::OwnerRead { .. }
        | Fact::MessagesRead { .. }
        | Fact::AssignmentSent { .. }
        | Fact::PersonReplied { .. }
        | Fact::OtherAiWrote { .. }
        | Fact::AiReplied { .. }
        | Fact::Closed { .. }
        | Fact::StatusRead { .. }
        | Fact::ChannelKnown { .. }
        | Fact::SpamTold { .. }
        | Fact::Linked { .. }
        | Fact::WentAlong { .. }
        | Fact::HeardOfLeft { .. } => false,
    }
}

/// True if its owner and its closing, which a handoff depends on, were told of by then.
fn is_as_then(ticket: &TicketRecord, then: Timestamp) -> bool {
    let facts = &ticket.record.facts;
    let owned_at = facts.owner.as_ref().map(|owner| owner.at);
    owned_at <= Some(then) && facts.closed_at <= Some(then)
}
