//! Request handoff.

use super::assignment::{assign, has_person};
use super::effect::Effect;
use super::judge::{Context, Verdict, views};
use super::place::new_hold;
use super::reach::{Asked, record_mut};
use crate::domain::assess::View;
use crate::domain::command::{Ask, RequestHandoff};
use crate::domain::hold::{HandoffTerms, Hold, HoldKind, HoldName};
use crate::domain::messages::PersonReply;
use crate::domain::outcome::{Outcome, ReasonCode};
use crate::domain::record::{Record, Scope};
use crate::domain::time::Timestamp;

/// Places a handoff and says what HubSpot is to be told.
pub fn request_handoff(
    scope: &mut Scope,
    asked: &Asked,
    request: &RequestHandoff,
    ask: &Ask,
    ctx: &Context<'_>,
) -> (Vec<Verdict>, Vec<Effect>) {
    let policies = &ctx.portal.policies;
    let views = views(scope, &asked.threads);
    let verdicts: Vec<Verdict> = views.iter().map(|view| verdict(*view, ctx.now)).collect();
    // Also beneath a lock: whoever asks while a person is there does not start a clock.
    let has_person = views.iter().any(|view| has_person(*view, ctx.now));
    let target = request
        .target
        .clone()
        .unwrap_or_else(|| policies.default_target.clone());
    let is_better = views
        .iter()
        .any(|view| target.precision() > shown_precision(*view, ctx.now));
    let words = words(request, &views, &verdicts, ctx.now);
    let timeout = request.claim_timeout.unwrap_or(policies.claim_timeout);
    let terms = HandoffTerms {
        target: target.clone(),
        priority: request.priority,
        on_timeout: request.on_timeout,
        claim_deadline: (!has_person).then_some(ctx.now + timeout),
        claimed_at: None,
        reply_window: policies.reply_window,
        assigns_later: is_better && has_person,
        has_told_customer: words.is_some(),
    };
    let replies = views
        .iter()
        .flat_map(|view| &view.thread.facts.person_replies);
    let mut hold = new_hold(HoldKind::Handoff(terms), None, ask, ctx);
    replies.for_each(|reply| claim(&mut hold, reply));
    let assigned = assign(scope, asked.side, target, hold.id);
    let assigned = assigned.filter(|_| is_better && !has_person);
    if let Some(record) = record_mut(scope, asked.side) {
        record.place(hold, ctx.now);
    }
    let note = ask.note.clone().map(|text| Effect::AddNote { text });
    let message = words.map(|text| Effect::SendMessage { text });
    let effects = assigned.into_iter().chain(note).chain(message);
    (verdicts, effects.collect())
}

fn verdict(view: View<'_>, now: Timestamp) -> Verdict {
    let judged = view.assess(now);
    match judged.strongest().map(|hold| hold.name) {
        Some(HoldName::AdminLock) => (Outcome::AppliedShadowed, ReasonCode::AdminLock),
        Some(HoldName::PersonOwns | HoldName::PersonReplied) => {
            (Outcome::AppliedShadowed, ReasonCode::HumanAlreadyActive)
        }
        Some(HoldName::Handoff) => (Outcome::Merged, ReasonCode::HandoffMerged),
        Some(HoldName::Damped | HoldName::Pause) | None => (Outcome::Applied, ReasonCode::Applied),
    }
}

/// How precisely it is said already who is wanted.
fn shown_precision(view: View<'_>, now: Timestamp) -> u8 {
    let judged = view.assess(now);
    let shown = judged.find(HoldName::Handoff);
    let shown = shown.and_then(|hold| hold.handoff.as_ref());
    shown.map_or(0, |handoff| handoff.target.precision())
}

/// The words for a customer who waits, unless a handoff that still lasts has said some, or a lock
/// or a person stands before it.
fn words(
    request: &RequestHandoff,
    views: &[View<'_>],
    verdicts: &[Verdict],
    now: Timestamp,
) -> Option<String> {
    let waits = views.iter().any(|view| view.thread.facts.waiting.is_some());
    let is_shadowed = verdicts
        .iter()
        .any(|(outcome, _)| *outcome == Outcome::AppliedShadowed);
    let mut live = views.iter().flat_map(|view| view.live_holds(now));
    let was_told = live.any(|hold| hold.handoff().is_some_and(|terms| terms.has_told_customer));
    let words = request.customer_message.clone();
    words.filter(|_| waits && !is_shadowed && !was_told)
}

/// The reply of a person claims the handoffs of a record that were waiting for one.
pub fn claim_by_reply(record: &mut Record, reply: &PersonReply) {
    for hold in &mut record.holds {
        claim(hold, reply);
    }
}

fn claim(hold: &mut Hold, reply: &PersonReply) {
    if !hold.is_claimed_by(reply) {
        return;
    }
    if let Some(terms) = hold.handoff_mut() {
        let claimed_at = terms.claimed_at.map_or(reply.at, |at| at.min(reply.at));
        terms.claimed_at = Some(claimed_at);
        terms.claim_deadline = None;
    }
}
