//! The door for requests: finds the conversations meant, counts the attempt, applies the request
//! and writes the lines of the timelines.

use super::effect::Effect;
use super::judge::{Context, Decided, NOTHING, Verdict, assess_all, rows};
use super::keep_lifted::keep_lifted;
use super::place::new_hold;
use super::reach::{Asked, Side, asked, record_mut};
use super::{handoff, link, lock, pause, resume, send};
use crate::domain::actor::Authority;
use crate::domain::assess::View;
use crate::domain::command::{Ask, Subject, What};
use crate::domain::facts::Link;
use crate::domain::gate::Mode;
use crate::domain::hold::{Hold, HoldKind, HoldName};
use crate::domain::ids::ThreadId;
use crate::domain::loop_guard::{self, Direction};
use crate::domain::outcome::{Outcome, ReasonCode};
use crate::domain::record::Scope;
use crate::domain::time::{CLOCK_DOUBT, Timestamp};

/// Send to AI for a ticket whose conversation is not known yet: HubSpot has to be asked first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ticket's conversation is not known yet")]
pub struct NeedsThread;

/// Folds a request into its records.
///
/// # Errors
/// [`NeedsThread`] if the request cannot be decided on the ticket alone; nothing has changed.
pub fn decide(
    scope: &mut Scope,
    subject: Subject,
    ask: &Ask,
    ctx: &Context<'_>,
) -> Result<Decided, NeedsThread> {
    if ask.dry_run {
        let real = apply(&mut scope.clone(), subject, ask, ctx)?;
        let verdict = (Outcome::DryRun, real.verdict.1);
        let before = scope.clone();
        let rows = rows(&before, scope, &real.asked, &[verdict], ctx.now);
        return Ok(finish(
            before,
            scope,
            Decided {
                verdict,
                rows,
                effects: vec![],
                ..real
            },
            ctx,
        ));
    }
    apply(scope, subject, ask, ctx)
}

/// Records a refusal that needs no judgement, for instance an input that does not fit.
pub fn refuse(scope: &mut Scope, subject: Subject, verdict: Verdict, ctx: &Context<'_>) -> Decided {
    let before = scope.clone();
    let named = subject.thread.filter(|id| scope.thread(*id).is_some());
    let asked: Vec<ThreadId> = named.into_iter().collect();
    let rows = rows(&before, scope, &asked, &[verdict], ctx.now);
    let decided = Decided {
        verdict,
        shown: named,
        asked,
        rows,
        ticket_changed: false,
        effects: Vec::new(),
        released_holds: 0,
    };
    finish(before, scope, decided, ctx)
}

fn apply(
    scope: &mut Scope,
    subject: Subject,
    ask: &Ask,
    ctx: &Context<'_>,
) -> Result<Decided, NeedsThread> {
    let before = scope.clone();
    link_named_thread(scope, subject, ctx);
    let Some(asked) = asked(scope, subject, ask.reach) else {
        let verdict = (Outcome::NotFound, ReasonCode::ConversationNotFound);
        return Ok(refuse(scope, subject, verdict, ctx));
    };
    count_attempt(scope, &asked, ask, ctx);

    let (mut verdicts, mut released_holds, mut effects) = (Vec::new(), 0, Vec::new());
    match &ask.what {
        What::Pause(wanted) => verdicts = pause::pause(scope, &asked, *wanted, ask, ctx),
        What::Resume(wanted) => {
            (verdicts, released_holds) = resume::resume(scope, &asked, *wanted, ask, ctx);
        }
        What::SendToAi(_) if asked.threads.is_empty() => {
            *scope = before;
            return Err(NeedsThread);
        }
        What::SendToAi(wanted) => {
            (verdicts, released_holds, effects) = send::send(scope, &asked, wanted, ask, ctx);
        }
        What::RequestHandoff(wanted) => {
            (verdicts, effects) = handoff::request_handoff(scope, &asked, wanted, ask, ctx);
        }
        What::Lock => verdicts = lock::lock(scope, &asked, ask, ctx),
        What::Unlock => (verdicts, released_holds) = lock::unlock(scope, &asked, ask, ctx),
        What::Unfit(_) => verdicts.push((Outcome::Refused, ReasonCode::InputInvalid)),
    }
    keep_lifted(&before, scope, (subject, &asked), ctx);
    if asked.threads.is_empty() && places(&ask.what) {
        for verdict in verdicts
            .iter_mut()
            .filter(|verdict| verdict.0 != Outcome::Refused)
        {
            verdict.0 = Outcome::Queued;
        }
    }
    let (verdict, place) = of_most_silent(scope, &asked, &verdicts, ctx);
    let rows = rows(&before, scope, &asked.threads, &verdicts, ctx.now);
    let shown = asked.threads.get(place).copied();
    let asked = asked.threads;
    let decided = Decided {
        verdict,
        shown,
        asked,
        rows,
        ticket_changed: false,
        effects,
        released_holds,
    };
    Ok(finish(before, scope, decided, ctx))
}

/// What is placed on a ticket without a conversation waits for one.
fn places(what: &What) -> bool {
    matches!(what, What::Pause(_) | What::RequestHandoff(_))
}

/// An action that names ticket and thread links them, as part of its own decision. The link counts
/// from the earliest that this may have been: what HubSpot tells of one since then is later.
fn link_named_thread(scope: &mut Scope, subject: Subject, ctx: &Context<'_>) {
    let (Some(ticket), Some(thread)) = (subject.ticket, subject.thread) else {
        return;
    };
    let is_alone = scope
        .thread(thread)
        .is_some_and(|thread| thread.ticket().is_none());
    if is_alone {
        let at = ctx.now.min(ctx.placed_at) - CLOCK_DOUBT;
        link::link(scope, thread, Link::assumed(ticket, at), ctx);
    }
}

/// Counts a workflow's attempt in the record in which it places, and one for all conversations of
/// a ticket in each of theirs too, since it contradicts what was asked for one of them. The record
/// in which workflows keep contradicting one another is damped.
fn count_attempt(scope: &mut Scope, asked: &Asked, ask: &Ask, ctx: &Context<'_>) {
    let direction = match &ask.what {
        What::Pause(_) | What::RequestHandoff(_) => Direction::Silence,
        What::Resume(_) | What::SendToAi(_) => Direction::Speech,
        What::Lock | What::Unlock | What::Unfit(_) => return,
    };
    if !ctx.portal.policies.loop_guard || ask.by.authority != Authority::Workflow {
        return;
    }
    let threads = match asked.side {
        Side::Ticket => asked.threads.as_slice(),
        Side::Thread(_) => &[],
    };
    let threads = threads.iter().map(|id| Side::Thread(*id));
    let mut damped: Vec<Side> = [asked.side].into_iter().chain(threads).collect();
    damped.retain(|side| count_in(scope, *side, direction, ctx));
    if damped.contains(&asked.side) {
        // What damps the ticket damps its conversations.
        damped = vec![asked.side];
    }
    let ends = Some(ctx.now + loop_guard::WINDOW);
    for side in damped {
        let hold = new_hold(HoldKind::Damped, ends, ask, ctx);
        if let Some(record) = record_mut(scope, side) {
            record.place(hold, ctx.now);
        }
    }
}

/// Counts it in one record. True if that is to be damped, or to stay so.
fn count_in(scope: &mut Scope, side: Side, direction: Direction, ctx: &Context<'_>) -> bool {
    let stays = is_damped(scope, side, ctx.now);
    let record = record_mut(scope, side);
    record.is_some_and(|record| record.attempts.count(ctx.now, direction) || stays)
}

fn is_damped(scope: &Scope, side: Side, now: Timestamp) -> bool {
    let thread = match side {
        Side::Ticket => None,
        Side::Thread(id) => scope.thread(id).map(|thread| &thread.record),
    };
    let view = View {
        thread: thread.unwrap_or(&NOTHING),
        ticket: scope.ticket_record(),
    };
    let is_live = |hold: &Hold| hold.name() == HoldName::Damped && view.is_live(hold, now);
    let own = thread.or(view.ticket);
    own.is_some_and(|record| record.holds.iter().any(is_live))
}

/// Of several conversations, the answer is about the most silent one; of those equally silent,
/// about one for which something was done. Gives its verdict, and its place among those asked for.
fn of_most_silent(
    scope: &Scope,
    asked: &Asked,
    verdicts: &[Verdict],
    ctx: &Context<'_>,
) -> (Verdict, usize) {
    let judged = assess_all(scope, &asked.threads, ctx.now);
    let ranked = judged.iter().zip(verdicts).enumerate();
    let most_silent = ranked.rev().max_by_key(|(_, (judged, verdict))| {
        let strongest = judged.strongest().map(|hold| hold.name);
        (strongest, verdict.0 != Outcome::Already)
    });
    let nothing = ((Outcome::Applied, ReasonCode::Applied), 0);
    most_silent.map_or(nothing, |(place, (_, verdict))| (*verdict, place))
}

/// Moves the ticket's revision on, if its record is another than before, and keeps what a portal
/// that is not live would do from being done.
pub(super) fn finish(
    before: Scope,
    scope: &mut Scope,
    mut decided: Decided,
    ctx: &Context<'_>,
) -> Decided {
    if ctx.portal.mode == Mode::Observe {
        // Nobody is to notice a portal that is not live yet, whatever is decided for it.
        decided.effects.retain(Effect::only_tells);
    }
    if let Some(ticket) = &mut scope.ticket {
        decided.ticket_changed = before.ticket_record() != Some(&ticket.record);
        if decided.ticket_changed {
            ticket.revision += 1;
        }
        ticket.decided_at = Some(ctx.now);
    }
    decided
}
