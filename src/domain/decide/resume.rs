//! Resume AI: lifts pauses, and with `cancel_pending_handoff` a handoff. It never lifts what a
//! person's presence or an admin placed; the pause beneath those is lifted all the same.

use super::judge::{Context, Verdict, assess_all};
use super::reach::{Asked, Side, record_mut};
use super::release::Releasing;
use crate::domain::actor::Authority;
use crate::domain::assess::Assessment;
use crate::domain::command::{Ask, Resume};
use crate::domain::hold::HoldName;
use crate::domain::ids::ThreadId;
use crate::domain::late::RefusedBy;
use crate::domain::outcome::{Outcome, ReasonCode};
use crate::domain::record::Scope;

/// Lifts, and says how many holds were lifted.
pub fn resume(
    scope: &mut Scope,
    asked: &Asked,
    resume: Resume,
    ask: &Ask,
    ctx: &Context<'_>,
) -> (Vec<Verdict>, usize) {
    let judged = assess_all(scope, &asked.threads, ctx.now);
    let authority = ask.by.authority;
    let mut verdicts: Vec<Verdict> = judged
        .iter()
        .map(|judged| verdict(judged, resume, authority))
        .collect();
    let mut released = 0;

    // A lock leaves everything as it is; every other refusal still lifts the pause beneath.
    let is_locked = |judged: &Assessment| judged.find(HoldName::AdminLock).is_some();
    let any_unlocked = judged.iter().any(|judged| !is_locked(judged));
    let with_judgement = asked.threads.iter().zip(&judged);
    let unlocked: Vec<ThreadId> = with_judgement
        .filter(|(_, judged)| !is_locked(judged))
        .map(|(id, _)| *id)
        .collect();
    if any_unlocked {
        let sides = unlocked
            .iter()
            .map(|id| Side::Thread(*id))
            .chain([Side::Ticket]);
        for side in sides {
            if let Some(record) = record_mut(scope, side) {
                released += record.lift(HoldName::Pause, authority, ctx.now).len();
                if authority == Authority::Admin {
                    released += record.lift(HoldName::Damped, authority, ctx.now).len();
                }
            }
        }
    }

    if !resume.cancel_pending_handoff {
        return (verdicts, released);
    }
    // Also a handoff that is over for these threads is lifted: whether the event that ended it
    // has arrived yet must not decide what becomes of their siblings.
    if !verdicts.iter().any(is_refused) {
        let release = Releasing::handoffs(authority, RefusedBy::OpenWindows);
        released += release.run(scope, asked, ctx);
        return (verdicts, released);
    }
    let is_pending = judged.iter().any(|judged| {
        judged
            .strongest()
            .is_some_and(|hold| hold.name == HoldName::Handoff)
    });
    if is_pending {
        // A handoff on the ticket concerns all its threads: while one of them must not be freed,
        // none is.
        for verdict in &mut verdicts {
            if verdict.0 == Outcome::Applied {
                *verdict = (Outcome::Refused, ReasonCode::HandoffPending);
            }
        }
    }
    (verdicts, released)
}

fn is_refused(verdict: &Verdict) -> bool {
    verdict.0 == Outcome::Refused
}

fn verdict(judged: &Assessment, resume: Resume, authority: Authority) -> Verdict {
    let is_admin = authority == Authority::Admin;
    let refused = |reason| (Outcome::Refused, reason);
    let Some(strongest) = judged.strongest() else {
        return (Outcome::Already, ReasonCode::AlreadyInState);
    };
    let belongs_to_admin = strongest.authority == Some(Authority::Admin) && !is_admin;
    let is_damped = judged.find(HoldName::Damped).is_some() && !is_admin;
    match strongest.name {
        HoldName::AdminLock => refused(ReasonCode::AdminLock),
        HoldName::PersonOwns => refused(ReasonCode::HumanOwnsConversation),
        HoldName::PersonReplied => refused(ReasonCode::HumanRecentlyReplied),
        HoldName::Handoff if !resume.cancel_pending_handoff => refused(ReasonCode::HandoffPending),
        HoldName::Handoff | HoldName::Pause if belongs_to_admin => refused(ReasonCode::AdminLock),
        HoldName::Handoff | HoldName::Damped if is_damped => refused(ReasonCode::LoopDamped),
        HoldName::Handoff | HoldName::Damped | HoldName::Pause => {
            (Outcome::Applied, ReasonCode::Applied)
        }
    }
}
