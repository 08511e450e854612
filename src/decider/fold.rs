//! Folding one command into the records of a batch, in memory, and collecting what it writes.

use super::answer_shape;
use super::command::{Body, Command, Reply, Told};
use super::records::Left;
use crate::domain::actor::Requester;
use crate::domain::answer::Answer;
use crate::domain::assess::AiState;
use crate::domain::command::{Ask, What};
use crate::domain::decide::{self, Context, Decided, Effect, Fact, MergedThread, Row};
use crate::domain::explain::{self, Voice};
use crate::domain::facts::Link;
use crate::domain::gate::{Mode, shut_gates};
use crate::domain::ids::{PortalId, ThreadId};
use crate::domain::outcome::{Outcome, ReasonCode};
use crate::domain::record::Scope;
use crate::store::batch::rows::{Line, LineSubject, OutboxRow, Rows};
use crate::store::error::StoreError;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// A ticket with more known conversations than this is not decided over.
const MOST_THREADS: usize = 50;

/// What folding a command came to.
pub enum Folded {
    /// It is decided; its rows are collected.
    Done(Reply),
    /// Send to AI for a ticket whose conversation is not known yet: nothing changed.
    NeedsThread,
}

/// Why a command is refused before it is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedUnheard {
    /// Its thread belongs to another ticket.
    BelongsElsewhere,
    /// Its key was used for something else.
    KeyReused,
}

/// Folds a command and collects its rows.
///
/// # Errors
/// [`StoreError::Unexpected`] if a value has no JSON form.
pub fn fold(
    command: &Command,
    scope: &mut Scope,
    unheard: Option<RefusedUnheard>,
    ctx: &Context<'_>,
    rows: &mut Rows,
) -> Result<Folded, StoreError> {
    match &command.body {
        Body::Ask { ask, once, shape } => {
            let Some(decided) = decide_ask(command, ask, scope, unheard, ctx) else {
                return Ok(Folded::NeedsThread);
            };
            let answer = Answer::of(&decided, scope, ask, ctx.portal, ctx.decision, ctx.now);
            let parts = once.as_ref().map_or(&[][..], |once| &once.parts);
            let bytes = answer_shape::render(&answer, *shape, parts).map_err(without_json)?;
            let asked = Asked {
                name: ask.what.name(),
                by: Some(&ask.by),
                json: to_json(ask)?,
            };
            collect(
                command.portal,
                scope,
                &decided,
                &asked,
                &answer.explanation,
                ctx,
                rows,
            )?;
            if unheard != Some(RefusedUnheard::KeyReused)
                && let Some(once) = once
            {
                rows.receipt(&once.key, once.request_hash, ctx.decision, &bytes);
            }
            Ok(Folded::Done(Reply {
                bytes,
                verdict: Some(decided.verdict),
            }))
        }
        Body::Fact(told) => {
            let decided = decide::receive(scope, &told.fact, ctx);
            collect_fact(command.portal, scope, (told, &decided), ctx, rows)
        }
        Body::Timer => act_on_clock(command.portal, scope, ctx, rows),
    }
}

/// Folds the fact that a thread moved into the records of the ticket it moves to, and collects its
/// rows.
///
/// # Errors
/// As for [`fold`].
pub fn fold_move(
    (portal, told): (PortalId, &Told),
    scope: &mut Scope,
    left: &Left,
    ctx: &Context<'_>,
    rows: &mut Rows,
) -> Result<Folded, StoreError> {
    let Fact::Linked { ticket, at, .. } = &told.fact else {
        return Err(StoreError::Unexpected(
            "a fact that moves no thread".to_owned(),
        ));
    };
    let moved = MergedThread {
        thread: &left.thread,
        ticket: left.stays.ticket.as_ref(),
    };
    let link = Link {
        ticket: *ticket,
        at: *at,
    };
    let decided = decide::move_thread(scope, moved, link, ctx);
    collect_fact(portal, scope, (told, &decided), ctx, rows)
}

fn collect_fact(
    portal: PortalId,
    scope: &Scope,
    (told, decided): (&Told, &Decided),
    ctx: &Context<'_>,
    rows: &mut Rows,
) -> Result<Folded, StoreError> {
    let asked = Asked {
        name: "fact",
        by: None,
        json: to_json(&told.fact)?,
    };
    collect(portal, scope, decided, &asked, "", ctx, rows)?;
    Ok(Folded::Done(Reply {
        bytes: Vec::new(),
        verdict: Some(decided.verdict),
    }))
}

/// Does what the clock has brought, each thing as a decision of its own.
fn act_on_clock(
    portal: PortalId,
    scope: &mut Scope,
    ctx: &Context<'_>,
    rows: &mut Rows,
) -> Result<Folded, StoreError> {
    let mut verdict = None;
    for due in decide::due(scope, &ctx.portal.policies, ctx.now) {
        let ctx = Context {
            decision: Uuid::now_v7(),
            ..*ctx
        };
        let Some(decided) = decide::act(scope, due, &ctx) else {
            continue;
        };
        verdict = verdict.or(Some(decided.verdict));
        let asked = Asked {
            name: "timer",
            by: None,
            json: to_json(&Timer { timer: due })?,
        };
        collect(portal, scope, &decided, &asked, "", &ctx, rows)?;
    }
    let bytes = Vec::new();
    Ok(Folded::Done(Reply { bytes, verdict }))
}

/// What a timer did, as the timeline keeps it.
#[derive(Serialize)]
struct Timer {
    timer: decide::Due,
}

fn decide_ask(
    command: &Command,
    ask: &Ask,
    scope: &mut Scope,
    unheard: Option<RefusedUnheard>,
    ctx: &Context<'_>,
) -> Option<Decided> {
    let refuse = |scope: &mut Scope, reason| {
        Some(decide::refuse(
            scope,
            command.subject,
            (Outcome::Refused, reason),
            ctx,
        ))
    };
    match unheard {
        Some(RefusedUnheard::KeyReused) => refuse(scope, ReasonCode::CallbackIdReused),
        Some(RefusedUnheard::BelongsElsewhere) => refuse(scope, ReasonCode::ConversationAmbiguous),
        None if scope.threads.len() > MOST_THREADS => {
            refuse(scope, ReasonCode::ConversationAmbiguous)
        }
        None if matches!(ask.what, What::Unfit(_)) => refuse(scope, ReasonCode::InputInvalid),
        None => decide::decide(scope, command.subject, ask, ctx).ok(),
    }
}

/// What was asked, as the timeline keeps it.
pub(super) struct Asked<'a> {
    pub(super) name: &'a str,
    pub(super) by: Option<&'a Requester>,
    pub(super) json: String,
}

/// The lines, events and effects of a decision.
pub(super) fn collect(
    portal: PortalId,
    scope: &Scope,
    decided: &Decided,
    asked: &Asked<'_>,
    explanation: &str,
    ctx: &Context<'_>,
    rows: &mut Rows,
) -> Result<(), StoreError> {
    let ticket = scope.ticket.as_ref();
    for row in &decided.rows {
        let subject = match row.thread {
            Some(id) => scope.thread(id).map(LineSubject::Thread),
            None => ticket.map(LineSubject::Ticket),
        };
        let Some(subject) = subject else { continue };
        let own = sentence(row, scope, explanation, decided, ctx);
        let has_own_ticket = matches!(subject, LineSubject::Thread(_));
        rows.line(&Line {
            portal,
            subject,
            ticket: ticket.map(|ticket| ticket.id),
            changed: row.changed,
            decision_id: ctx.decision,
            decided_at: ctx.now,
            command: &asked.json,
            outcome: row.verdict.0.name(),
            reason_code: row.verdict.1.name(),
            before: row.before,
            after: row.after,
            explanation: &own,
            ticket_after: ticket.filter(|_| decided.ticket_changed && has_own_ticket),
        })?;
        if let Some(thread) = row.thread.filter(|_| row.changed) {
            rows.outbox(control_changed(
                portal, thread, row, scope, asked, ctx, &own,
            )?);
        }
    }
    let subject = decided
        .asked
        .first()
        .map(|id| id.0)
        .or(ticket.map(|ticket| ticket.id.0));
    for effect in &decided.effects {
        rows.outbox(effect_row(
            portal,
            subject.unwrap_or_default(),
            effect,
            ctx,
        )?);
    }
    Ok(())
}

/// A thread's own sentence; the answer's for the one the answer is about.
fn sentence(
    row: &Row,
    scope: &Scope,
    answer: &str,
    decided: &Decided,
    ctx: &Context<'_>,
) -> String {
    let is_the_answers =
        row.thread.is_none() || decided.asked.len() == 1 && decided.rows.len() == 1;
    if is_the_answers && !answer.is_empty() {
        return answer.to_owned();
    }
    let Some(thread) = row.thread.and_then(|id| scope.thread(id)) else {
        return answer.to_owned();
    };
    let view = crate::domain::assess::View {
        thread: &thread.record,
        ticket: scope.ticket_record(),
    };
    let judged = view.assess(ctx.now);
    let voice = Voice::of(ctx.portal);
    if let Some(hold) = judged.strongest() {
        return explain::silence(voice, hold, ctx.now);
    }
    // Nobody holds it, and yet it may be closed, or the portal switched off.
    let shut = shut_gates(ctx.portal, view, ctx.now);
    let gate = shut.first().map(|gate| explain::gate(voice, *gate));
    gate.unwrap_or_else(|| explain::free(voice)).to_owned()
}

/// The event that a conversation's version grew, as it is sent.
#[derive(Serialize)]
struct ControlChanged<'a> {
    thread_id: String,
    ticket_id: Option<String>,
    control_version: Option<i64>,
    ai_state: AiState,
    previous_ai_state: AiState,
    action: &'a str,
    by: Option<&'a Requester>,
    reason_code: ReasonCode,
    explanation: &'a str,
    decided_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    would_have_been: Option<AiState>,
}

fn control_changed(
    portal: PortalId,
    thread: ThreadId,
    row: &Row,
    scope: &Scope,
    asked: &Asked<'_>,
    ctx: &Context<'_>,
    explanation: &str,
) -> Result<OutboxRow, StoreError> {
    let version = scope.thread(thread).map(|thread| thread.control_version);
    let is_observed = ctx.portal.mode == Mode::Observe;
    // What a reader obeys says that nothing binds; what it would have been stands beside it.
    let told = |state| {
        if is_observed {
            AiState::AiActive
        } else {
            state
        }
    };
    let payload = ControlChanged {
        thread_id: thread.to_string(),
        ticket_id: scope.ticket.as_ref().map(|ticket| ticket.id.to_string()),
        control_version: version,
        ai_state: told(row.after),
        previous_ai_state: told(row.before),
        action: asked.name,
        by: asked.by,
        reason_code: row.verdict.1,
        explanation,
        decided_at: ctx.now.to_string(),
        observed: is_observed.then_some(true),
        would_have_been: is_observed.then_some(row.after),
    };
    Ok(OutboxRow {
        portal,
        decision_id: ctx.decision,
        event_type: "control.changed",
        subject_id: thread.0,
        destination: "ai",
        control_version: version,
        payload: to_json(&payload)?,
    })
}

fn effect_row(
    portal: PortalId,
    subject_id: i64,
    effect: &Effect,
    ctx: &Context<'_>,
) -> Result<OutboxRow, StoreError> {
    let (event_type, destination) = match effect {
        Effect::RequestReply { .. } => ("reply.requested", "ai"),
        Effect::SendMessage { .. } => ("message.send", "hubspot"),
        Effect::AddNote { .. } => ("note.add", "hubspot"),
        Effect::Assign { .. } => ("owner.assign", "hubspot"),
        Effect::UndoAssignment { .. } => ("owner.assign_undo", "hubspot"),
        Effect::AssignToAi => ("owner.assign_ai", "hubspot"),
        Effect::Reopen => ("conversation.reopen", "hubspot"),
        Effect::TellUnattended { .. } => ("conversation.unattended", "ai"),
        Effect::TellUnclaimed { .. } => ("handoff.timed_out", "ai"),
    };
    let mut payload = serde_json::to_value(effect).map_err(without_json)?;
    if ctx.portal.mode == Mode::Observe
        && let Some(payload) = payload.as_object_mut()
    {
        payload.insert("observed".to_owned(), Value::Bool(true));
    }
    Ok(OutboxRow {
        portal,
        decision_id: ctx.decision,
        event_type,
        subject_id,
        destination,
        control_version: None,
        payload: payload.to_string(),
    })
}

fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(without_json)
}

fn without_json(error: serde_json::Error) -> StoreError {
    StoreError::Unexpected(error.to_string())
}
