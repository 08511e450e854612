//! Request handoff.

use super::effect::Effect;
use super::judge::{Context, Verdict, views};
use super::place::new_hold;
use super::reach::{Asked, record_mut};
use crate::domain::assess::View;
use crate::domain::command::{Ask, RequestHandoff};
use crate::domain::hold::{HandoffTarget, HandoffTerms, Hold, HoldKind, HoldName};
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
    let waits = views.iter().any(|view| view.thread.facts.waiting.is_some());
    // Also beneath a lock: whoever asks while a person is there does not start a clock.
    let has_person = views.iter().any(|view| {
        let judged = view.assess(ctx.now);
        let is_live = |name| judged.find(name).is_some();
        is_live(HoldName::PersonOwns) || is_live(HoldName::PersonReplied)
    });
    let is_new = verdicts
        .iter()
        .all(|(outcome, _)| *outcome == Outcome::Applied);
    let target = request
        .target
        .clone()
        .unwrap_or_else(|| policies.default_target.clone());
    let timeout = request.claim_timeout.unwrap_or(policies.claim_timeout);
    let terms = HandoffTerms {
        target: target.clone(),
        priority: request.priority,
        on_timeout: request.on_timeout,
        claim_deadline: (!has_person).then_some(ctx.now + timeout),
        claimed_at: None,
        reply_window: policies.reply_window,
    };
    let replies = views
        .iter()
        .flat_map(|view| &view.thread.facts.person_replies);
    let mut hold = new_hold(HoldKind::Handoff(terms), None, ask, ctx);
    replies.for_each(|reply| claim(&mut hold, reply));
    if let Some(record) = record_mut(scope, asked.side) {
        record.place(hold, ctx.now);
    }
    let effects = if is_new {
        effects(request, target, ask, waits)
    } else {
        Vec::new()
    };
    (verdicts, effects)
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

/// Only a new handoff assigns and writes; one that joins another says nothing a second time.
fn effects(request: &RequestHandoff, target: HandoffTarget, ask: &Ask, waits: bool) -> Vec<Effect> {
    let assign = Effect::assign(target);
    let note = ask.note.clone().map(|text| Effect::AddNote { text });
    let message = request.customer_message.clone().filter(|_| waits);
    let message = message.map(|text| Effect::SendMessage { text });
    assign.into_iter().chain(note).chain(message).collect()
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
