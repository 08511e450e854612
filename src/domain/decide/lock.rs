//! Lock and unlock: an admin's last word. An AI key may lock, but never unlock.

use super::judge::{Context, Verdict, assess_all};
use super::place::new_hold;
use super::reach::{Asked, Side, record_mut};
use crate::domain::command::Ask;
use crate::domain::hold::{HoldKind, HoldName};
use crate::domain::outcome::{Outcome, ReasonCode};
use crate::domain::record::Scope;

/// Places the lock.
pub fn lock(scope: &mut Scope, asked: &Asked, ask: &Ask, ctx: &Context<'_>) -> Vec<Verdict> {
    let verdicts = verdicts(scope, asked, ctx, |is_locked| {
        if is_locked {
            (Outcome::Already, ReasonCode::AlreadyInState)
        } else {
            (Outcome::Applied, ReasonCode::Applied)
        }
    });
    if let Some(record) = record_mut(scope, asked.side) {
        record.place(new_hold(HoldKind::AdminLock, None, ask, ctx), ctx.now);
    }
    verdicts
}

/// Lifts every lock of the conversations asked for, in both records.
pub fn unlock(
    scope: &mut Scope,
    asked: &Asked,
    ask: &Ask,
    ctx: &Context<'_>,
) -> (Vec<Verdict>, usize) {
    let is_admin = ask.by.is_admin();
    let verdicts = verdicts(scope, asked, ctx, |is_locked| match (is_locked, is_admin) {
        (false, _) => (Outcome::Already, ReasonCode::AlreadyInState),
        (true, true) => (Outcome::Applied, ReasonCode::Applied),
        (true, false) => (Outcome::Refused, ReasonCode::AdminLock),
    });
    let mut released = 0;
    if is_admin {
        let threads = asked.threads.iter().map(|id| Side::Thread(*id));
        for side in threads.chain([Side::Ticket]) {
            if let Some(record) = record_mut(scope, side) {
                released += record
                    .lift(HoldName::AdminLock, ask.by.authority, ctx.now)
                    .len();
            }
        }
    }
    (verdicts, released)
}

fn verdicts(
    scope: &Scope,
    asked: &Asked,
    ctx: &Context<'_>,
    verdict: impl Fn(bool) -> Verdict,
) -> Vec<Verdict> {
    let judged = assess_all(scope, &asked.threads, ctx.now);
    judged
        .iter()
        .map(|judged| verdict(judged.find(HoldName::AdminLock).is_some()))
        .collect()
}
