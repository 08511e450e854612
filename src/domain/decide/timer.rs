//! What happens when nobody claims a handoff in time.

use super::judge::{Context, Decided, Verdict, rows};
use super::reach::{Side, record_mut};
use crate::domain::assess::View;
use crate::domain::decide::judge::views;
use crate::domain::hold::{HoldId, HoldName, OnTimeout, Priority};
use crate::domain::ids::ThreadId;
use crate::domain::late::{RefusedBy, Release};
use crate::domain::outcome::{Outcome, ReasonCode};
use crate::domain::record::Scope;

/// A claim clock that may have run out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    let concerned: Vec<ThreadId> = match timer.side {
        Side::Thread(id) => vec![id],
        Side::Ticket => scope.threads.iter().map(|thread| thread.id).collect(),
    };
    let is_beneath = views(scope, &concerned)
        .into_iter()
        .any(|view| is_shadowed(view, ctx));
    let record = record_mut(scope, timer.side)?;
    let place = record.holds.iter().position(|hold| hold.id == timer.hold)?;
    let hold = record.holds.get_mut(place)?;
    let is_live = !hold.has_expired(ctx.now);
    let placed_at = hold.placed_at;
    let terms = hold.handoff_mut()?;
    let is_due = terms
        .claim_deadline
        .is_some_and(|deadline| deadline <= ctx.now);
    if !is_due || !is_live || terms.claimed_at.is_some() {
        return None;
    }
    let on_timeout = terms.on_timeout;
    let claims_after = placed_at - terms.reply_window;
    // The clock is spent, also where something stronger keeps it from acting.
    terms.claim_deadline = None;
    if !is_beneath {
        match on_timeout {
            OnTimeout::Notify => {}
            OnTimeout::Escalate => {
                terms.priority = Priority::Urgent;
                terms.target = ctx.portal.policies.default_target.clone();
            }
            OnTimeout::ReturnToAi => {
                let lifted = record.holds.remove(place);
                let owner_known_at = record.facts.owner.as_ref().map(|fact| fact.at);
                record.keep_release(Release {
                    id: ctx.decision,
                    at: ctx.placed_at,
                    decided_at: ctx.now,
                    refused_by: RefusedBy::ClaimsAfter(claims_after),
                    owner_known_at,
                    holds: vec![lifted],
                    marks_before: Default::default(),
                    marks_after: Default::default(),
                });
            }
        }
    }
    let verdict: Verdict = (Outcome::Applied, ReasonCode::Applied);
    let verdicts = vec![verdict; concerned.len().max(1)];
    let rows = rows(&before, scope, &concerned, &verdicts, ctx.now);
    let decided = Decided {
        verdict,
        asked: concerned,
        rows,
        ticket_changed: false,
        effects: Vec::new(),
        released_holds: 0,
    };
    Some(super::ask::finish(before, scope, decided, ctx))
}

fn is_shadowed(view: View<'_>, ctx: &Context<'_>) -> bool {
    let strongest = view.assess(ctx.now).strongest().map(|hold| hold.name);
    strongest > Some(HoldName::Handoff)
}
