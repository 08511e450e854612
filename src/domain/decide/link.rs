//! Linking a thread to its ticket, as a fact of its own or as part of an action that names both.
//! What one of them knows may refuse a release of the other, and may claim its handoffs.

use super::handoff::claim_by_reply;
use super::judge::Context;
use super::undo::undo;
use crate::domain::facts::{Facts, Link};
use crate::domain::ids::ThreadId;
use crate::domain::late::{LateFact, Release};
use crate::domain::messages::PersonReply;
use crate::domain::ownership::Ownership;
use crate::domain::record::{Record, Scope};
use crate::domain::time::Timestamp;
use uuid::Uuid;

/// Links a thread to the ticket of this scope, unless a newer link is known. True if that undid a
/// release.
pub fn link(scope: &mut Scope, id: ThreadId, link: Link, ctx: &Context<'_>) -> bool {
    let Some(thread) = scope.thread_mut(id) else {
        return false;
    };
    let before = thread.record.facts.clone();
    let is_linked_anew = thread.record.facts.linked(link);
    let was_elsewhere = undo_elsewhere(&before, &mut thread.record, ctx.now);
    if !is_linked_anew {
        return was_elsewhere;
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
    undo(scope, &voided, ctx.now) || was_elsewhere
}

/// Undoes what was released while the thread belonged to another ticket, as it turns out, than was
/// known: what reached it by a ticket did not concern it, and what it was asked for itself was
/// judged over the wrong one. True if there was any.
fn undo_elsewhere(known: &Facts, thread: &mut Record, now: Timestamp) -> bool {
    let began = thread.facts.stays().into_iter().map(|stay| stay.came_at);
    let began: Vec<Timestamp> = began.collect();
    let was_elsewhere = |release: &&Release| {
        let earliest = release.earliest_at();
        let mut times = began.iter().copied().chain([earliest]);
        release.is_young(now)
            && times.any(|at| {
                let (known, found) = (known.ticket_at(at), thread.facts.ticket_at(at));
                let is_during = earliest <= at && at <= release.at;
                is_during && found.is_some() && found != known && found != release.through
            })
    };
    let releases = thread.releases.iter().filter(was_elsewhere);
    let releases: Vec<(Uuid, bool)> = releases
        .map(|release| (release.id, release.through.is_some()))
        .collect();
    for (id, is_by_ticket) in &releases {
        if *is_by_ticket {
            thread.undo_all_of(*id, now);
        } else {
            thread.undo_release(*id, now);
        }
    }
    !releases.is_empty()
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

/// What ended the thread's windows ended them before the release only if it surely came before it.
fn was_refused_by_reply(release: &Release, replies: &[PersonReply], thread: &Record) -> bool {
    let facts = &thread.facts;
    let ended_at = facts.last_ai_owner_at.max(facts.closed_at);
    let surely = release.earliest_at();
    let ended_at = ended_at.filter(|at| *at <= surely);
    let release = Release {
        windows_ended_at: release.windows_ended_at.max(ended_at),
        ..release.clone()
    };
    replies.iter().any(|reply| {
        release.is_voided_by(LateFact::Reply {
            at: reply.at,
            until: reply.until,
        })
    })
}
