//! Re-reads of a conversation's status. What HubSpot dates itself, a closing, counts since then.
//! Anything else opens or closes only if no decision came in between and a second reading agrees,
//! since an opening lets the AI speak and a closing ends holds; a replica that lags does neither.

use super::judge::Context;
use super::receive::MOST_AHEAD;
use super::reread::{APART, JUST_AFTER, counts_at};
use crate::domain::facts::Facts;
use crate::domain::ids::ThreadId;
use crate::domain::openings::Opening;
use crate::domain::record::{Scope, ThreadRecord};
use crate::domain::status::{StatusDoubt, StatusReading};
use crate::domain::time::{Span, Timestamp};

/// A replica, or a list, that shows a conversation open may be this much behind its closing.
const MAY_LAG: Span = Span::from_secs(60);

/// One that no reading has shown yet may be missing from a replica that lags: it is gone only if it
/// is missing for so long. The customer who has just begun it must not be passed over.
const MAY_BE_UNSEEN: Span = Span::from_minutes(5);

/// Folds what a reading found.
pub fn status_read(
    scope: &mut Scope,
    id: ThreadId,
    found: StatusReading,
    began_at: Timestamp,
    ctx: &Context<'_>,
) {
    let Some(thread) = scope.thread_mut(id) else {
        return;
    };
    let is_overtaken = is_overtaken(thread, began_at, ctx);
    let facts = &mut thread.record.facts;
    let read_at = counts_at(began_at);
    // Every reading of a conversation tells of its assignee too.
    if facts.owner_checked_at > Some(read_at) {
        return;
    }
    // Whatever was decided meanwhile, what an earlier reading missed is there.
    if found == StatusReading::Open && !facts.is_closed() {
        facts.status_doubt = None;
        return;
    }
    let closed_at = match found {
        StatusReading::Closed { at } => at.filter(|at| *at - ctx.placed_at <= MOST_AHEAD),
        StatusReading::Open => None,
    };
    if let Some(at) = closed_at {
        facts.closed(at);
        facts.not_opened(read_at);
    } else if !is_overtaken {
        match found {
            StatusReading::Closed { .. } => close(facts, read_at),
            StatusReading::Open => open(facts, read_at, ctx),
        }
    }
}

/// True if anything was decided since the request began: an event may have told more.
fn is_overtaken(thread: &ThreadRecord, began_at: Timestamp, ctx: &Context<'_>) -> bool {
    let ahead = ctx.placed_at - ctx.now;
    thread.decided_at >= Some(began_at - ahead)
}

/// When it was closed nobody says: since the first reading that found it so.
fn close(facts: &mut Facts, read_at: Timestamp) {
    if facts.is_closed() {
        facts.status_doubt = None;
        return;
    }
    let apart = match facts.owner_checked_at {
        Some(_) => APART,
        None => MAY_BE_UNSEEN,
    };
    let gone = StatusDoubt {
        since: read_at,
        is_open: false,
    };
    if let Some(since) = confirmed_since(facts, gone, apart) {
        facts.closed(since);
    }
}

fn open(facts: &mut Facts, read_at: Timestamp, ctx: &Context<'_>) {
    let Some(closed_at) = facts.closed_at.filter(|_| facts.is_closed()) else {
        facts.status_doubt = None;
        return;
    };
    if read_at - closed_at <= MAY_LAG {
        return;
    }
    let opened = StatusDoubt {
        since: read_at,
        is_open: true,
    };
    if confirmed_since(facts, opened, APART).is_some() {
        facts.opened(Opening {
            at: closed_at + JUST_AFTER,
            if_owned: ctx.portal.policies.on_reopen_owned,
            read_at: Some(read_at),
        });
    }
}

/// When an earlier reading found the same, if that was long enough ago. Otherwise this is the first.
fn confirmed_since(facts: &mut Facts, found: StatusDoubt, apart: Span) -> Option<Timestamp> {
    let doubt = facts.status_doubt.get_or_insert(found);
    if doubt.is_open != found.is_open {
        *doubt = found;
    }
    (found.since - doubt.since >= apart).then_some(doubt.since)
}
