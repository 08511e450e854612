//! Send to AI: the strongest release a workflow has. It withdraws handoffs and lifts pauses, but
//! a person who owns the conversation, or wrote within the grace, keeps it.

use super::assignment::{assign_to_ai, undo_offers};
use super::effect::Effect;
use super::judge::{Context, Verdict, views};
use super::reach::{Asked, Side, record_mut};
use super::release::Releasing;
use crate::domain::actor::Authority;
use crate::domain::assess::{Assessment, View};
use crate::domain::command::{Ask, ResponseMode, SendToAi};
use crate::domain::derived;
use crate::domain::hold::HoldName;
use crate::domain::outcome::{Outcome, ReasonCode};
use crate::domain::record::Scope;

/// What became of it: verdicts, how many holds were lifted, what is to be done.
pub type Sent = (Vec<Verdict>, usize, Vec<Effect>);

/// Sends one conversation to the AI.
pub fn send(
    scope: &mut Scope,
    asked: &Asked,
    send: &SendToAi,
    ask: &Ask,
    ctx: &Context<'_>,
) -> Sent {
    let views = views(scope, &asked.threads);
    let is_force = ask.by.authority == Authority::Admin;
    let verdicts: Vec<Verdict> = views
        .iter()
        .map(|view| verdict(*view, send, is_force, ctx))
        .collect();
    let waits = views.iter().any(|view| view.thread.facts.waiting.is_some());
    let is_closed = views.iter().any(|view| view.thread.facts.is_closed());
    let reason = |wanted| verdicts.iter().any(|(_, reason)| *reason == wanted);

    if reason(ReasonCode::TakeoverRequested) {
        return (verdicts, 0, assign_to_ai(scope, &asked.threads, ctx.now));
    }
    let undo = undo_offers(scope, &asked.threads, ctx.now);
    let is_refused = |(outcome, _): &Verdict| *outcome == Outcome::Refused;
    if !is_force && !undo.is_empty() && !verdicts.iter().any(is_refused) {
        // Lifted now, the handoff would leave its owner: the person we assigned.
        return (verdicts, 0, undo);
    }
    if verdicts.iter().any(is_refused) {
        let mut released = 0;
        if reason(ReasonCode::LoopDamped) {
            let threads = asked.threads.iter().map(|id| Side::Thread(*id));
            for side in threads.chain([Side::Ticket]) {
                if let Some(record) = record_mut(scope, side) {
                    released += record
                        .lift(HoldName::Pause, ask.by.authority, ctx.now)
                        .len();
                }
            }
        }
        return (verdicts, released, Vec::new());
    }

    let grace_began = ctx.now - ctx.portal.policies.human_grace;
    let releasing = if is_force {
        Releasing::force(grace_began)
    } else {
        Releasing::send(ask.by.authority, grace_began)
    };
    let released = releasing.run(scope, asked, ctx);
    let effects = effects(send, waits, is_closed);
    (
        verdicts,
        released,
        undo.into_iter().chain(effects).collect(),
    )
}

fn verdict(view: View<'_>, send: &SendToAi, is_force: bool, ctx: &Context<'_>) -> Verdict {
    let judged = view.assess(ctx.now);
    let (outcome, reason) = by_holds(view, &judged, send, is_force, ctx);
    let facts = &view.thread.facts;
    let is_refused = outcome == Outcome::Refused;
    let is_fixed = matches!(send.mode, ResponseMode::FixedMessage { .. });
    if !is_refused && is_fixed && facts.waiting.is_none() {
        return (Outcome::Refused, ReasonCode::StaleRequest);
    }
    // Queued already, our own assignment is undone first, or a reassignment asked for.
    let is_done = !is_refused && outcome != Outcome::Queued;
    if is_done && send.reopen && facts.is_closed() {
        return (Outcome::Queued, ReasonCode::ConversationClosed);
    }
    (outcome, reason)
}

fn by_holds(
    view: View<'_>,
    judged: &Assessment,
    send: &SendToAi,
    is_force: bool,
    ctx: &Context<'_>,
) -> Verdict {
    let refused = |reason| (Outcome::Refused, reason);
    let Some(strongest) = judged.strongest() else {
        return (Outcome::Already, ReasonCode::AlreadyInState);
    };
    if strongest.name == HoldName::AdminLock {
        return refused(ReasonCode::AdminLock);
    }
    let withdraws = judged.find(HoldName::Handoff).is_some();
    let done = if withdraws {
        ReasonCode::HandoffWithdrawn
    } else {
        ReasonCode::Applied
    };
    if is_force {
        return (Outcome::Applied, done);
    }
    if strongest.name == HoldName::PersonOwns {
        return match (send.take_over, ctx.portal.policies.allow_workflow_takeover) {
            (false, _) => refused(ReasonCode::HumanOwnsConversation),
            (true, false) => refused(ReasonCode::TakeoverNotPermitted),
            (true, true) => (Outcome::Queued, ReasonCode::TakeoverRequested),
        };
    }
    let grace = ctx.portal.policies.human_grace;
    let in_grace = derived::newest_reply(view).is_some_and(|at| at + grace > ctx.now);
    if strongest.name == HoldName::PersonReplied && in_grace {
        return refused(ReasonCode::HumanRecentlyReplied);
    }
    if judged.find(HoldName::Damped).is_some() {
        return refused(ReasonCode::LoopDamped);
    }
    let is_admins = |name| {
        judged
            .find(name)
            .is_some_and(|hold| hold.authority == Some(Authority::Admin))
    };
    if is_admins(HoldName::Handoff) || is_admins(HoldName::Pause) {
        return refused(ReasonCode::AdminLock);
    }
    if view.offers(ctx.now).next().is_some() {
        return (Outcome::Queued, ReasonCode::HandoffWithdrawn);
    }
    (Outcome::Applied, done)
}

/// Words are sent only if a customer still waits.
fn effects(send: &SendToAi, waits: bool, is_closed: bool) -> Vec<Effect> {
    let reopen = (send.reopen && is_closed).then_some(Effect::Reopen);
    let words = match &send.mode {
        ResponseMode::AnswerLatest => Some(Effect::RequestReply { instruction: None }),
        ResponseMode::AnswerWithInstruction { instruction } => Some(Effect::RequestReply {
            instruction: Some(instruction.clone()),
        }),
        ResponseMode::FixedMessage { text } => Some(Effect::SendMessage { text: text.clone() }),
        ResponseMode::WaitForNext => None,
    };
    reopen.into_iter().chain(words.filter(|_| waits)).collect()
}
