//! Pause AI.

use super::judge::{Context, Verdict, assess_all};
use super::place::new_hold;
use super::reach::{Asked, record_mut};
use crate::domain::actor::Authority;
use crate::domain::assess::Assessment;
use crate::domain::command::{Ask, Pause};
use crate::domain::hold::{HoldKind, HoldName, ends_no_sooner};
use crate::domain::outcome::{Outcome, ReasonCode};
use crate::domain::record::Scope;
use crate::domain::time::Timestamp;

/// Places a pause of its own, also where it only renews or lies beneath something stronger: what
/// is lifted or closed later may have been placed before it.
pub fn pause(
    scope: &mut Scope,
    asked: &Asked,
    pause: Pause,
    ask: &Ask,
    ctx: &Context<'_>,
) -> Vec<Verdict> {
    let ends = pause.lasts.map(|lasts| ctx.now + lasts);
    let verdicts: Vec<Verdict> = assess_all(scope, &asked.threads, ctx.now)
        .iter()
        .map(|judged| verdict(judged, ends, pause.replace, ask.by.authority))
        .collect();
    // What an admin placed in one thread keeps no pause from the others.
    let is_refused = |verdict: &Verdict| verdict.0 == Outcome::Refused;
    if verdicts.iter().all(is_refused) {
        return verdicts;
    }
    if let Some(record) = record_mut(scope, asked.side) {
        if pause.replace {
            record.lift(HoldName::Pause, ask.by.authority, ctx.now);
        }
        record.place(new_hold(HoldKind::Pause, ends, ask, ctx), ctx.now);
    }
    verdicts
}

fn verdict(
    judged: &Assessment,
    ends: Option<Timestamp>,
    replace: bool,
    authority: Authority,
) -> Verdict {
    let Some(strongest) = judged.strongest() else {
        return (Outcome::Applied, ReasonCode::Applied);
    };
    let shadowed = |reason| (Outcome::AppliedShadowed, reason);
    match strongest.name {
        HoldName::AdminLock => shadowed(ReasonCode::AdminLock),
        HoldName::PersonOwns | HoldName::PersonReplied => shadowed(ReasonCode::HumanAlreadyActive),
        HoldName::Handoff => shadowed(ReasonCode::HandoffPending),
        HoldName::Damped => shadowed(ReasonCode::LoopDamped),
        HoldName::Pause => {
            let is_admins = strongest.authority == Some(Authority::Admin);
            let is_covered = ends_no_sooner(strongest.until, ends);
            match (replace, is_covered) {
                (true, true) if is_admins && authority != Authority::Admin => {
                    (Outcome::Refused, ReasonCode::AdminLock)
                }
                (true, _) => (Outcome::Applied, ReasonCode::Applied),
                (false, true) => (Outcome::Already, ReasonCode::AlreadyInState),
                (false, false) => (Outcome::Extended, ReasonCode::PauseExtended),
            }
        }
    }
}
