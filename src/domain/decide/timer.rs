//! What happens when nobody claims a handoff in time.

use super::assignment;
use super::effect::Effect;
use super::judge::{Context, Decided, Verdict, concerned, rows, views};
use super::reach::{Side, record_mut};
use crate::domain::assess::View;
use crate::domain::hold::{HandoffTerms, Hold, HoldId, HoldName, OnTimeout, Priority};
use crate::domain::ids::ThreadId;
use crate::domain::late::{RefusedBy, Release};
use crate::domain::outcome::{Outcome, ReasonCode};
use crate::domain::record::Scope;
use serde::Serialize;

/// A claim clock that may have run out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ClaimDeadline {
    /// The record that holds the handoff.
    pub side: Side,
    /// The handoff: a timer of another epoch does nothing.
    pub hold: HoldId,
}

/// Acts on a deadline: only if that very handoff still waits, unclaimed, under nothing stronger.
/// None: there was nothing to do.
pub fn claim_deadline(
    scope: &mut Scope,
    timer: ClaimDeadline,
    ctx: &Context<'_>,
) -> Option<Decided> {
    let before = scope.clone();
    let concerned = concerned(scope, timer.side);
    let record = record_mut(scope, timer.side)?;
    // Damping may have been placed by the same decision, under the same id.
    let is_it = |hold: &Hold| hold.id == timer.hold && hold.name() == HoldName::Handoff;
    let place = record.holds.iter().position(is_it)?;
    let hold = record.holds.get(place)?.clone();
    let terms = hold.handoff()?;
    let is_due = terms
        .claim_deadline
        .is_some_and(|deadline| deadline <= ctx.now);
    let views = views(scope, &concerned);
    let waits = views.iter().any(|view| view.is_live(&hold, ctx.now));
    if !is_due || !waits || terms.claimed_at.is_some() {
        return None;
    }
    let is_its_own = |undo: &Effect| undo.is_of(timer.hold);
    let undo = assignment::undo_offers(scope, &concerned, ctx.now).into_iter();
    let undo: Vec<Effect> = undo.filter(is_its_own).collect();
    let is_beneath = views.into_iter().any(|view| is_shadowed(view, ctx));
    // The clock is spent, also where something stronger keeps it from acting.
    let acts = if is_beneath {
        OnTimeout::Notify
    } else {
        terms.on_timeout
    };
    let spent = |terms: &mut HandoffTerms| terms.claim_deadline = None;
    let record = record_mut(scope, timer.side)?;
    record.holds.get_mut(place)?.handoff_mut().map(spent)?;
    let mut effects = Vec::new();
    match acts {
        OnTimeout::Notify => {}
        OnTimeout::Escalate => {
            effects = undo;
            let terms = record.holds.get_mut(place)?.handoff_mut()?;
            terms.priority = Priority::Urgent;
            let target = ctx.portal.policies.default_target.clone();
            terms.target = target.clone();
            effects.extend(assignment::assign(scope, timer.side, target, timer.hold));
        }
        OnTimeout::ReturnToAi => {
            effects = undo;
            let lifted = record.holds.remove(place);
            keep_release(scope, timer.side, &concerned, &lifted, ctx);
        }
    }
    if !is_beneath {
        effects.push(Effect::TellUnclaimed {
            hold: timer.hold,
            on_timeout: acts,
        });
    }
    let verdict: Verdict = (Outcome::Applied, ReasonCode::Applied);
    let verdicts = vec![verdict; concerned.len().max(1)];
    let rows = rows(&before, scope, &concerned, &verdicts, ctx.now);
    let decided = Decided {
        verdict,
        shown: None,
        asked: concerned,
        rows,
        ticket_changed: false,
        effects,
        released_holds: 0,
    };
    Some(super::ask::finish(before, scope, decided, ctx))
}

fn is_shadowed(view: View<'_>, ctx: &Context<'_>) -> bool {
    let strongest = view.assess(ctx.now).strongest().map(|hold| hold.name);
    strongest > Some(HoldName::Handoff)
}

/// Every record whose facts might have kept the timer from acting keeps a part of the release.
fn keep_release(
    scope: &mut Scope,
    side: Side,
    concerned: &[ThreadId],
    lifted: &Hold,
    ctx: &Context<'_>,
) {
    let Some(terms) = lifted.handoff() else {
        return;
    };
    let refused_by = RefusedBy::Claims {
        asked_at: lifted.placed_at,
        replies_after: lifted.placed_at.min(lifted.decided_at) - terms.reply_window,
        windows_after: lifted.decided_at,
    };
    let threads = concerned.iter().map(|id| Side::Thread(*id));
    for part in threads.chain([Side::Ticket]) {
        let is_its_own = part == side;
        if let Some(record) = record_mut(scope, part) {
            record.keep_release(Release {
                id: ctx.decision,
                at: ctx.placed_at,
                decided_at: ctx.now,
                of_all_threads: is_its_own,
                through: None,
                refused_by,
                owner_known_at: record.facts.owner.as_ref().map(|fact| fact.at),
                windows_ended_at: None,
                holds: if is_its_own {
                    vec![lifted.clone()]
                } else {
                    Vec::new()
                },
                marks_before: record.facts.lifted.clone(),
                marks_after: record.facts.lifted.clone(),
                is_undone: false,
            });
        }
    }
}
