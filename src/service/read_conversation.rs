//! What the API shows of a conversation or a ticket, judged at the moment of asking by the
//! database's clock. Information: only the fence permits the AI to speak.

use crate::domain::assess::{AiState, View};
use crate::domain::explain::{self, Voice};
use crate::domain::gate::Gate;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::domain::metadata::Metadata;
use crate::domain::record::{Record, ThreadRecord};
use crate::domain::standing::Standing;
use crate::domain::time::Timestamp;
use crate::store::conversations::{self, Seen};
use crate::store::error::StoreError;
use crate::store::pool::{Store, read};
use serde::Serialize;
use std::sync::Arc;

/// A conversation as the API shows it. Times are RFC 3339, ids are texts.
#[derive(Debug, Serialize)]
pub struct ConversationShown {
    portal_id: String,
    thread_id: String,
    ticket_id: Option<String>,
    #[serde(flatten)]
    standing: StandingShown,
    control_version: i64,
    silenced_at_version: i64,
    owner_checked_at: Option<String>,
    waiting: Option<WaitingShown>,
    external_ref: Option<String>,
    checked_at: String,
}

/// A ticket as the API shows it: the most silent of its conversations, and each of them.
#[derive(Debug, Serialize)]
pub struct TicketShown {
    portal_id: String,
    ticket_id: String,
    #[serde(flatten)]
    standing: StandingShown,
    revision: i64,
    conversations: Vec<ConversationShown>,
    checked_at: String,
}

/// Who may answer, and why.
#[derive(Debug, Serialize)]
struct StandingShown {
    state: AiState,
    may_reply: bool,
    silent_because: Vec<Silence>,
    /// The portal is not live yet: what is not in `silent_because` binds nobody.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    observed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    would_have_been: Option<WouldHaveBeenShown>,
}

/// The same as it would be, were the portal live.
#[derive(Debug, Serialize)]
struct WouldHaveBeenShown {
    state: AiState,
    may_reply: bool,
    silent_because: Vec<Silence>,
}

/// One reason for silence.
#[derive(Debug, Serialize)]
pub struct Silence {
    code: &'static str,
    by: Option<String>,
    since: Option<String>,
    until: Option<String>,
    note: Option<String>,
    reason_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata>,
    explanation: String,
    lifted_by: &'static str,
}

#[derive(Debug, Serialize)]
struct WaitingShown {
    message_id: String,
    since: String,
}

/// Reads a conversation.
///
/// # Errors
/// Those of the database.
pub async fn conversation(
    store: &Arc<Store>,
    portal: PortalId,
    thread: ThreadId,
) -> Result<ConversationShown, StoreError> {
    let seen = read(store, move |conn| {
        conversations::thread(conn, portal, thread)
    })
    .await?;
    let untouched = ThreadRecord::untouched(thread);
    Ok(show(
        portal,
        &seen,
        seen.threads.first().unwrap_or(&untouched),
    ))
}

/// Reads a ticket with all its conversations.
///
/// # Errors
/// Those of the database.
pub async fn ticket(
    store: &Arc<Store>,
    portal: PortalId,
    ticket: TicketId,
) -> Result<TicketShown, StoreError> {
    let seen = read(store, move |conn| {
        conversations::ticket(conn, portal, ticket)
    })
    .await?;
    let nothing = Record::default();
    let record = seen.ticket.as_ref().map(|ticket| &ticket.record);
    let threads = seen.threads.iter().map(|thread| &thread.record);
    let views = threads.map(|thread| View {
        thread,
        ticket: record,
    });
    let strongest = |view: &View<'_>| view.assess(seen.now).strongest().map(|hold| hold.name);
    let most_silent = views.max_by_key(strongest);
    let view = most_silent.unwrap_or(View {
        thread: &nothing,
        ticket: record,
    });
    Ok(TicketShown {
        portal_id: portal.to_string(),
        ticket_id: ticket.to_string(),
        // In doubt it is of the conversation that silences it.
        standing: standing(&seen, view, seen.unread.values().min().copied()),
        revision: seen.ticket.as_ref().map_or(0, |ticket| ticket.revision),
        conversations: seen
            .threads
            .iter()
            .map(|thread| show(portal, &seen, thread))
            .collect(),
        checked_at: seen.now.to_string(),
    })
}

fn show(portal: PortalId, seen: &Seen, thread: &ThreadRecord) -> ConversationShown {
    let ticket = seen.ticket.as_ref();
    let view = View {
        thread: &thread.record,
        ticket: ticket.map(|ticket| &ticket.record),
    };
    let facts = &thread.record.facts;
    ConversationShown {
        portal_id: portal.to_string(),
        thread_id: thread.id.to_string(),
        ticket_id: ticket.map(|ticket| ticket.id.to_string()),
        standing: standing(seen, view, seen.unread.get(&thread.id).copied()),
        control_version: thread.control_version,
        silenced_at_version: thread.silenced_at_version,
        owner_checked_at: facts.owner_checked_at.map(|at| at.to_string()),
        waiting: facts.waiting.as_ref().map(|waiting| WaitingShown {
            message_id: waiting.message_id.clone(),
            since: waiting.since.to_string(),
        }),
        external_ref: None,
        checked_at: seen.now.to_string(),
    }
}

/// What a reason for silence is told with.
#[derive(Clone, Copy)]
struct Asked<'a> {
    voice: Voice,
    view: View<'a>,
    /// Since when a message waits to be read.
    unread: Option<Timestamp>,
}

/// Judges, with the message that waits to be read since then.
fn standing(seen: &Seen, view: View<'_>, unread: Option<Timestamp>) -> StandingShown {
    let standing = Standing::asked(&seen.portal, view, unread, seen.now);
    let asked = Asked {
        voice: Voice::of(&seen.portal),
        view,
        unread,
    };
    let all = silences(asked, &standing, seen.now);
    let would = standing.would_have_been();
    let (binding, would_have_been) = match would {
        None => (all, None),
        Some(would) => (
            binding_gates(asked, &standing),
            Some(WouldHaveBeenShown {
                state: would.ai_state,
                may_reply: would.ai_may_reply,
                silent_because: all,
            }),
        ),
    };
    StandingShown {
        state: standing.state(),
        may_reply: standing.may_reply(),
        silent_because: binding,
        observed: standing.is_observed(),
        would_have_been,
    }
}

/// What is left to silence a conversation that is only observed.
fn binding_gates(asked: Asked<'_>, standing: &Standing) -> Vec<Silence> {
    let gates = standing.gates.iter().filter(|gate| !gate.is_policy());
    gates.map(|gate| shut(asked, *gate)).collect()
}

/// Every gate that is shut and every hold that is live: the portal's gates first, then the holds
/// by rank, then what is the conversation's own.
fn silences(asked: Asked<'_>, standing: &Standing, now: Timestamp) -> Vec<Silence> {
    let gates = standing.gates.iter().copied();
    let (of_portal, of_conversation): (Vec<Gate>, Vec<Gate>) =
        gates.partition(|gate| *gate < Gate::OwnerUnknown);
    let held = standing.judged.holds.iter().map(|hold| Silence {
        code: hold.name.code(),
        by: Some(hold.by.clone()),
        since: Some(hold.since.to_string()),
        until: hold.until.map(|until| until.to_string()),
        note: hold.note.clone(),
        reason_code: hold.reason_code.clone(),
        metadata: hold.metadata.clone(),
        explanation: explain::silence(asked.voice, hold, now),
        lifted_by: explain::how_to_lift(hold.name),
    });
    let closed = |gate: Gate| shut(asked, gate);
    of_portal
        .into_iter()
        .map(closed)
        .chain(held)
        .chain(of_conversation.into_iter().map(closed))
        .collect()
}

fn shut(asked: Asked<'_>, gate: Gate) -> Silence {
    let since = gate.shut_since(&asked.view.thread.facts, asked.unread);
    Silence {
        code: gate.reason().name(),
        by: None,
        since: since.map(|at| at.to_string()),
        until: None,
        note: None,
        reason_code: None,
        metadata: None,
        explanation: explain::gate(asked.voice, gate).to_owned(),
        lifted_by: gate.opened_by(),
    }
}
