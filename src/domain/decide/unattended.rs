//! Raising an alert: nobody answers a customer, or a person has answered for half a day on end.

use super::ask::finish;
use super::effect::Effect;
use super::judge::{Context, Decided, Verdict, rows, views};
use crate::domain::alerts::{self, Unattended};
use crate::domain::ids::ThreadId;
use crate::domain::outcome::{Outcome, ReasonCode};
use crate::domain::record::Scope;
use crate::domain::standing::Standing;

/// Raises an alert of a thread that is due and was not raised. None: there is nothing to raise,
/// or somebody answered since and it is about another wait.
pub fn raise_unattended(
    scope: &mut Scope,
    id: ThreadId,
    alert: Unattended,
    ctx: &Context<'_>,
) -> Option<Decided> {
    let before = scope.clone();
    let view = views(scope, &[id]).into_iter().next()?;
    let mut to_come = alerts::to_come(view, &ctx.portal.policies).into_iter();
    let is_due = to_come.any(|(due, it)| it == alert && due <= ctx.now);
    let ai_state = Standing::of(ctx.portal, view, ctx.now).state();
    let thread = scope.thread_mut(id).filter(|_| is_due)?;
    thread.record.alerts.raised(alert, ctx.now);
    let verdict: Verdict = (Outcome::Applied, ReasonCode::Applied);
    let rows = rows(&before, scope, &[id], &[verdict], ctx.now);
    let decided = Decided {
        verdict,
        shown: None,
        asked: vec![id],
        rows,
        ticket_changed: false,
        effects: vec![Effect::TellUnattended { alert, ai_state }],
        released_holds: 0,
    };
    Some(finish(before, scope, decided, ctx))
}
