//! The door for facts: what HubSpot tells about owners, messages and closings. Facts commute; a
//! fact that arrives late may undo a release that it would have refused.

use super::handoff::claim_by_reply;
use super::judge::{Context, Decided, Verdict, rows};
use super::reach::{Side, record_mut};
use crate::domain::facts::{Link, Opening, PersonReply};
use crate::domain::ids::{ThreadId, TicketId};
use crate::domain::late::LateFact;
use crate::domain::outcome::{Outcome, ReasonCode};
use crate::domain::owner::{AssignedBy, Owner, OwnerFact, OwnerPolicy};
use crate::domain::record::Scope;
use crate::domain::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Source times further ahead of their receipt than this are not believed.
const MOST_AHEAD: Span = Span::from_secs(60);

/// Which record's field or status a fact is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The ticket's.
    Ticket,
    /// A thread's.
    Thread(ThreadId),
}

/// What HubSpot told, each with its source time `at`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// An owner field names somebody else.
    OwnerChanged {
        /// Which field.
        field: Field,
        /// Whom it names.
        owner: Owner,
        /// Who changed it.
        by: AssignedBy,
        /// Since when.
        at: Timestamp,
    },
    /// A person answered the customer.
    PersonReplied {
        /// Where.
        thread: ThreadId,
        /// Who.
        actor: String,
        /// When.
        at: Timestamp,
    },
    /// Another AI answered the customer.
    OtherAiWrote {
        /// Where.
        thread: ThreadId,
        /// When.
        at: Timestamp,
    },
    /// The customer wrote.
    CustomerWrote {
        /// Where.
        thread: ThreadId,
        /// The message.
        message_id: String,
        /// When.
        at: Timestamp,
    },
    /// Our AI's answer went out.
    AiReplied {
        /// Where.
        thread: ThreadId,
        /// When.
        at: Timestamp,
    },
    /// The conversation or the ticket was closed.
    Closed {
        /// Which.
        field: Field,
        /// When.
        at: Timestamp,
    },
    /// The conversation or the ticket was opened.
    Opened {
        /// Which.
        field: Field,
        /// When.
        at: Timestamp,
    },
    /// A thread turned out to belong to the ticket.
    Linked {
        /// The thread.
        thread: ThreadId,
        /// Its ticket.
        ticket: TicketId,
        /// When.
        at: Timestamp,
    },
}

/// Folds a fact into its records. Only the lines of threads for which it changed something are
/// written, so a fact that says nothing new leaves no line.
pub fn receive(scope: &mut Scope, fact: &Fact, ctx: &Context<'_>) -> Decided {
    let before = scope.clone();
    let was_voided = believe(fact, ctx).is_some_and(|fact| apply(scope, &fact, ctx));
    let verdict: Verdict = if was_voided {
        (Outcome::Applied, ReasonCode::ReleaseVoidedLateHumanReply)
    } else {
        (Outcome::Applied, ReasonCode::Applied)
    };
    let changed_ticket = scope.ticket_record() != before.ticket_record();
    let rows = rows(&before, scope, &[], &[verdict], ctx.now);
    let rows = rows
        .into_iter()
        .filter(|row| row.changed)
        .collect::<Vec<_>>();
    if changed_ticket && let Some(ticket) = &mut scope.ticket {
        ticket.revision += 1;
        ticket.decided_at = Some(ctx.now);
    }
    Decided {
        verdict,
        asked: Vec::new(),
        rows,
        ticket_changed: changed_ticket,
        effects: Vec::new(),
        released_holds: 0,
    }
}

/// A source time from the future counts as of receipt if the fact only silences; otherwise the
/// fact is not believed, and a re-read has to settle it.
fn believe(fact: &Fact, ctx: &Context<'_>) -> Option<Fact> {
    let received = ctx.placed_at;
    let mut believed = fact.clone();
    let (at, only_silences) = match &mut believed {
        Fact::OwnerChanged { at, owner, .. } => {
            let only_silences = matches!(owner, Owner::Person(_) | Owner::OtherAi(_));
            (at, only_silences)
        }
        Fact::PersonReplied { at, .. } | Fact::OtherAiWrote { at, .. } => (at, true),
        Fact::CustomerWrote { at, .. }
        | Fact::AiReplied { at, .. }
        | Fact::Closed { at, .. }
        | Fact::Opened { at, .. } => (at, false),
        // A link is made by our own clock.
        Fact::Linked { .. } => return Some(believed),
    };
    if *at - received > MOST_AHEAD {
        if !only_silences {
            return None;
        }
        *at = received;
    }
    Some(believed)
}

/// Applies a fact that is believed. True if it undid a release.
fn apply(scope: &mut Scope, fact: &Fact, ctx: &Context<'_>) -> bool {
    let policies = &ctx.portal.policies;
    match fact {
        Fact::OwnerChanged {
            field,
            owner,
            by,
            at,
        } => {
            let policy = OwnerPolicy {
                by_automation: policies.assigned_by_automation,
                after_unassign: policies.after_human_unassign,
                grace: policies.human_grace,
            };
            let fact = OwnerFact {
                at: *at,
                owner: owner.clone(),
                by: *by,
                policy,
            };
            own(scope, *field, fact, ctx)
        }
        Fact::PersonReplied { thread, actor, at } => {
            let reply = PersonReply {
                at: *at,
                until: *at + policies.reply_window,
                actor: actor.clone(),
            };
            reply_in(scope, *thread, reply, ctx)
        }
        Fact::OtherAiWrote { thread, at } => with(scope, Field::Thread(*thread), |facts| {
            facts.other_ai_wrote(*at);
        }),
        Fact::CustomerWrote {
            thread,
            message_id,
            at,
        } => with(scope, Field::Thread(*thread), |facts| {
            facts.customer_wrote(message_id.clone(), *at, policies.on_reopen_owned);
        }),
        Fact::AiReplied { thread, at } => {
            with(scope, Field::Thread(*thread), |facts| facts.ai_replied(*at))
        }
        Fact::Closed { field, at } => with(scope, *field, |facts| facts.closed(*at)),
        Fact::Opened { field, at } => with(scope, *field, |facts| {
            facts.opened(Opening {
                at: *at,
                if_owned: policies.on_reopen_owned,
            });
        }),
        Fact::Linked { thread, ticket, at } => link(
            scope,
            *thread,
            Link {
                ticket: *ticket,
                at: *at,
            },
        ),
    }
}

fn with(
    scope: &mut Scope,
    field: Field,
    change: impl FnOnce(&mut crate::domain::facts::Facts),
) -> bool {
    if let Some(record) = record_mut(scope, side(field)) {
        change(&mut record.facts);
    }
    false
}

const fn side(field: Field) -> Side {
    match field {
        Field::Ticket => Side::Ticket,
        Field::Thread(id) => Side::Thread(id),
    }
}

fn own(scope: &mut Scope, field: Field, fact: OwnerFact, ctx: &Context<'_>) -> bool {
    let Some(record) = record_mut(scope, side(field)) else {
        return false;
    };
    let is_person = matches!(fact.owner, Owner::Person(_)) && !fact.waits_for_reply();
    let late = LateFact::Ownership { at: fact.at };
    let voided = if is_person {
        record.voided_releases(late, ctx.now)
    } else {
        Vec::new()
    };
    record.facts.owner_changed(fact);
    undo(scope, &voided)
}

fn reply_in(scope: &mut Scope, id: ThreadId, reply: PersonReply, ctx: &Context<'_>) -> bool {
    let Some(thread) = scope.thread_mut(id) else {
        return false;
    };
    let late = LateFact::Reply {
        at: reply.at,
        until: reply.until,
    };
    let voided = thread.record.voided_releases(late, ctx.now);
    let replied_at = reply.at;
    thread.record.facts.person_replied(reply);
    if let Some(ticket) = &mut scope.ticket {
        ticket.record.facts.person_reply_seen(replied_at);
    }
    let is_voided = undo(scope, &voided);
    for side in [Side::Thread(id), Side::Ticket] {
        if let Some(record) = record_mut(scope, side) {
            claim_by_reply(record, replied_at);
        }
    }
    is_voided
}

/// Links a thread to the ticket of this scope. What the ticket knows may refuse a release that
/// was made while the thread stood alone.
fn link(scope: &mut Scope, id: ThreadId, link: Link) -> bool {
    let owner = scope
        .ticket_record()
        .and_then(|ticket| ticket.facts.owner.clone());
    let Some(thread) = scope.thread_mut(id) else {
        return false;
    };
    let is_newer = thread
        .record
        .facts
        .link
        .is_none_or(|known| known.at < link.at);
    if !is_newer {
        return false;
    }
    thread.record.facts.link = Some(link);
    let replied_at = thread.record.facts.last_person_reply_at;
    let owned = owner
        .filter(|fact| matches!(fact.owner, Owner::Person(_)) && !fact.waits_for_reply())
        .map(|fact| fact.at);
    let voided = owned.map_or_else(Vec::new, |owned_at| {
        let releases = thread.record.releases.iter();
        let made_under_it = releases.filter(|release| owned_at <= release.at);
        made_under_it.map(|release| release.id).collect()
    });
    if let (Some(ticket), Some(replied_at)) = (&mut scope.ticket, replied_at) {
        ticket.record.facts.person_reply_seen(replied_at);
    }
    undo(scope, &voided)
}

/// Brings back what these releases lifted, in both records.
fn undo(scope: &mut Scope, voided: &[Uuid]) -> bool {
    for id in voided {
        for thread in &mut scope.threads {
            thread.record.undo_release(*id);
        }
        if let Some(ticket) = &mut scope.ticket {
            ticket.record.undo_release(*id);
        }
    }
    !voided.is_empty()
}
