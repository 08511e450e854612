//! Linking a thread to its ticket, as a fact of its own or as part of an action that names both.
//! What one of them knows may refuse a release of the other, and may claim its handoffs.

use super::handoff::claim_by_reply;
use super::judge::Context;
use super::undo::undo;
use crate::domain::facts::Link;
use crate::domain::ids::ThreadId;
use crate::domain::late::{LateFact, Release};
use crate::domain::messages::PersonReply;
use crate::domain::ownership::Ownership;
use crate::domain::record::{Record, Scope};
use uuid::Uuid;

/// Links a thread to the ticket of this scope, unless a newer link is known. True if that undid a
/// release.
pub fn link(scope: &mut Scope, id: ThreadId, link: Link, ctx: &Context<'_>) -> bool {
    let Some(thread) = scope.thread_mut(id) else {
        return false;
    };
    if !thread.record.facts.linked(link) {
        return false;
    }
    let thread = thread.record.clone();
    let Some(ticket) = &mut scope.ticket else {
        return false;
    };
    if let Some(replied_at) = thread.facts.last_person_reply_at {
        ticket.record.facts.person_reply_seen(replied_at);
    }
    for reply in &thread.facts.person_replies {
        claim_by_reply(&mut ticket.record, reply);
    }
    let voided = voided(&thread, &ticket.record, ctx);
    undo(scope, &voided, ctx.now)
}

/// Releases of the thread that the ticket's owner would have refused, and releases of all the
/// ticket's threads that this one would have.
fn voided(thread: &Record, ticket: &Record, ctx: &Context<'_>) -> Vec<Uuid> {
    let replies = &thread.facts.person_replies;
    let of_ticket = ticket.facts.person_ownership(replies);
    let of_thread = thread.facts.person_ownership(replies);
    let refused = |release: &Release, owned: Option<Ownership>| {
        owned.is_some_and(|owned| owned.counts_from <= release.at)
    };
    let of_thread_alone = thread
        .releases
        .iter()
        .filter(|release| refused(release, of_ticket));
    let of_all = ticket.releases.iter().filter(|release| {
        release.of_all_threads
            && (refused(release, of_thread) || was_refused_by_reply(release, replies, thread))
    });
    let both = of_thread_alone.chain(of_all);
    both.filter(|release| release.is_young(ctx.now))
        .map(|release| release.id)
        .collect()
}

fn was_refused_by_reply(release: &Release, replies: &[PersonReply], thread: &Record) -> bool {
    let ended_at = thread.facts.last_ai_owner_at.max(thread.facts.closed_at);
    replies.iter().any(|reply| {
        release.is_voided_by(LateFact::Reply {
            at: reply.at,
            until: reply.until,
            ended_at,
        })
    })
}
