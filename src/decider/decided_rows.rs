//! What a decision writes: the lines of timelines, events and effects, as rows of the batch.

use crate::domain::actor::Requester;
use crate::domain::assess::{AiState, View};
use crate::domain::decide::{Context, Decided, Effect, Row};
use crate::domain::explain::{self, Voice};
use crate::domain::gate::{Mode, shut_gates};
use crate::domain::ids::{PortalId, ThreadId};
use crate::domain::outcome::ReasonCode;
use crate::domain::record::Scope;
use crate::store::batch::rows::{Line, LineSubject, OutboxRow, Rows};
use crate::store::error::StoreError;
use serde::Serialize;
use serde_json::Value;

/// What was asked, as the timeline keeps it.
pub(super) struct Asked<'a> {
    pub(super) name: &'a str,
    pub(super) by: Option<&'a Requester>,
    pub(super) json: String,
}

/// A decision, with everything its rows are made of.
pub(super) struct Made<'a> {
    pub(super) portal: PortalId,
    /// The records as it left them.
    pub(super) scope: &'a Scope,
    pub(super) decided: &'a Decided,
    pub(super) asked: Asked<'a>,
    /// The answer's sentence; empty where nobody is answered.
    pub(super) explanation: &'a str,
    pub(super) ctx: &'a Context<'a>,
}

impl Made<'_> {
    /// Collects its lines, events and effects.
    ///
    /// # Errors
    /// [`StoreError::Unexpected`] if a value has no JSON form.
    pub(super) fn collect(&self, rows: &mut Rows) -> Result<(), StoreError> {
        let Self {
            scope,
            decided,
            ctx,
            ..
        } = *self;
        let ticket = scope.ticket.as_ref();
        for row in &decided.rows {
            let subject = match row.thread {
                Some(id) => scope.thread(id).map(LineSubject::Thread),
                None => ticket.map(LineSubject::Ticket),
            };
            let Some(subject) = subject else { continue };
            let own = self.sentence(row);
            let has_own_ticket = matches!(subject, LineSubject::Thread(_));
            rows.line(&Line {
                portal: self.portal,
                subject,
                ticket: ticket.map(|ticket| ticket.id),
                changed: row.changed,
                decision_id: ctx.decision,
                decided_at: ctx.now,
                command: &self.asked.json,
                outcome: row.verdict.0.name(),
                reason_code: row.verdict.1.name(),
                before: row.before,
                after: row.after,
                explanation: &own,
                ticket_after: ticket.filter(|_| decided.ticket_changed && has_own_ticket),
            })?;
            if let Some(thread) = row.thread.filter(|_| row.changed) {
                rows.outbox(self.control_changed(thread, row, &own)?);
            }
        }
        let thread = decided.asked.first().map(|id| ("thread", id.0));
        let subject = thread.or(ticket.map(|ticket| ("ticket", ticket.id.0)));
        for effect in &decided.effects {
            rows.outbox(self.effect_row(subject.unwrap_or_default(), effect)?);
        }
        Ok(())
    }

    /// A thread's own sentence; the answer's for the one the answer is about.
    fn sentence(&self, row: &Row) -> String {
        let Self {
            scope,
            decided,
            ctx,
            explanation: answer,
            ..
        } = *self;
        let is_the_answers =
            row.thread.is_none() || decided.asked.len() == 1 && decided.rows.len() == 1;
        if is_the_answers && !answer.is_empty() {
            return answer.to_owned();
        }
        let Some(thread) = row.thread.and_then(|id| scope.thread(id)) else {
            return answer.to_owned();
        };
        let view = View {
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

    /// The event that a conversation's version grew.
    fn control_changed(
        &self,
        thread: ThreadId,
        row: &Row,
        explanation: &str,
    ) -> Result<OutboxRow, StoreError> {
        let Self { scope, ctx, .. } = *self;
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
            action: self.asked.name,
            by: self.asked.by,
            reason_code: row.verdict.1,
            explanation,
            decided_at: ctx.now.to_string(),
            observed: is_observed.then_some(true),
            would_have_been: is_observed.then_some(row.after),
        };
        Ok(OutboxRow {
            portal: self.portal,
            decision_id: ctx.decision,
            event_type: "control.changed",
            subject_id: thread.0,
            destination: "ai",
            control_version: version,
            payload: to_json(&payload)?,
        })
    }

    fn effect_row(
        &self,
        (subject, subject_id): (&str, i64),
        effect: &Effect,
    ) -> Result<OutboxRow, StoreError> {
        let ctx = self.ctx;
        let (event_type, destination) = match effect {
            Effect::RequestReply { .. } => ("reply.requested", "ai"),
            Effect::SendMessage { .. } => ("message.send", "hubspot"),
            Effect::AddNote { .. } => ("note.add", "hubspot"),
            Effect::Assign { .. } => ("owner.assign", "hubspot"),
            Effect::UndoAssignment { .. } => ("owner.assign_undo", "hubspot"),
            Effect::AssignToAi { .. } => ("owner.assign_ai", "hubspot"),
            Effect::Reopen => ("conversation.reopen", "hubspot"),
            Effect::TellUnattended { .. } => ("conversation.unattended", "ai"),
            Effect::TellUnclaimed { .. } => ("handoff.timed_out", "ai"),
        };
        let mut payload = serde_json::to_value(effect).map_err(without_json)?;
        if let Some(payload) = payload.as_object_mut() {
            payload.insert("subject".to_owned(), Value::from(subject));
            if ctx.portal.mode == Mode::Observe {
                payload.insert("observed".to_owned(), Value::Bool(true));
            }
        }
        Ok(OutboxRow {
            portal: self.portal,
            decision_id: ctx.decision,
            event_type,
            subject_id,
            destination,
            control_version: None,
            payload: payload.to_string(),
        })
    }
}

/// The event as it is sent.
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

/// A value as JSON text.
///
/// # Errors
/// [`StoreError::Unexpected`] if it has no JSON form.
pub(super) fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(without_json)
}

pub(super) fn without_json(error: serde_json::Error) -> StoreError {
    StoreError::Unexpected(error.to_string())
}
