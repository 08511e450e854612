//! Folding one command into the records of a batch, in memory, and collecting what it writes.

use super::answer_shape;
use super::command::{Body, Command, Reply, Told};
use super::decided_rows::{Asked, Made, to_json, without_json};
use crate::domain::answer::Answer;
use crate::domain::command::{Ask, What};
use crate::domain::decide::{self, Context, Decided};
use crate::domain::ids::PortalId;
use crate::domain::outcome::{Outcome, ReasonCode};
use crate::domain::record::Scope;
use crate::store::batch::rows::Rows;
use crate::store::error::StoreError;
use serde::Serialize;
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
            let answer = Answer::of(&decided, scope, ask, ctx);
            let parts = once.as_ref().map_or(&[][..], |once| &once.parts);
            let bytes = answer_shape::render(&answer, *shape, parts).map_err(without_json)?;
            let asked = Asked {
                name: ask.what.name(),
                by: Some(&ask.by),
                json: to_json(ask)?,
            };
            let made = Made {
                portal: command.portal,
                scope,
                decided: &decided,
                asked,
                explanation: &answer.explanation,
                ctx,
            };
            made.collect(rows)?;
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

/// The lines, events and effects of a fact.
pub(super) fn collect_fact(
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
    let made = Made {
        portal,
        scope,
        decided,
        asked,
        explanation: "",
        ctx,
    };
    made.collect(rows)?;
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
        let made = Made {
            portal,
            scope,
            decided: &decided,
            asked,
            explanation: "",
            ctx: &ctx,
        };
        made.collect(rows)?;
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
