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
    let elsewhere = undo_elsewhere(&before, &mut thread.record, ctx.now);
    let was_elsewhere = !elsewhere.is_empty();
    let mut voided = refused_after_all(&before, &mut thread.record, ctx.now);
    undo_for_others(scope, &elsewhere, ctx.now);
    let Some(thread) = scope.thread(id) else {
        return was_elsewhere;
    };
    if !is_linked_anew {
        return undo(scope, &voided, ctx.now) || was_elsewhere;
    }
    let thread = thread.record.clone();
    let Some(ticket) = &mut scope.ticket else {
        return was_elsewhere;
    };
    if let Some(replied_at) = thread.facts.last_person_reply_at {
        ticket.record.facts.person_reply_seen(replied_at);
    }
    for reply in &thread.facts.person_replies {
        claim_by_reply(&mut ticket.record, reply);
    }
    voided.extend(refused(&thread, &ticket.record, ctx));
    undo(scope, &voided, ctx.now) || was_elsewhere
}

/// Undoes what was released while the thread belonged to another ticket, as it turns out, than was
/// known: what reached it by a ticket did not concern it, and what it was asked for itself was
/// judged over the wrong one. Gives back the decisions.
fn undo_elsewhere(known: &Facts, thread: &mut Record, now: Timestamp) -> Vec<Uuid> {
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
    releases.into_iter().map(|(id, _)| id).collect()
}

/// Releases that a reply would have refused, but for an end of its window that was not the thread's,
/// as it turns out: the thread did not belong to that ticket then.
fn refused_after_all(known: &Facts, thread: &mut Record, now: Timestamp) -> Vec<Uuid> {
    let Record {
        facts, releases, ..
    } = thread;
    let own_end = facts.last_ai_owner_at.max(facts.closed_at);
    let mut refused = Vec::new();
    for release in releases.iter_mut().filter(|release| release.is_young(now)) {
        let is_anothers = |end: &Timestamp| known.ticket_at(*end) != facts.ticket_at(*end);
        let Some(end) = release.windows_ended_at.filter(is_anothers) else {
            continue;
        };
        release.windows_ended_at = own_end.filter(|own| *own <= end);
        let mut replies = facts.person_replies.iter();
        let is_refused = replies.any(|reply| {
            let (at, until) = (reply.at, reply.until);
            release.is_voided_by(LateFact::Reply { at, until })
        });
        refused.extend(is_refused.then_some(release.id));
    }
    refused
}

/// Undoes in the ticket, for the conversations that it has, what a release lifted there for one that
/// had left it by then. True if there was any.
pub fn undo_for_others(scope: &mut Scope, elsewhere: &[Uuid], now: Timestamp) -> bool {
    let Some(ticket) = &mut scope.ticket else {
        return false;
    };
    let of_one = |kept: &&Release| elsewhere.contains(&kept.id) && !kept.of_all_threads;
    let parts = ticket.record.releases.iter().filter(of_one);
    let parts: Vec<Uuid> = parts
        .filter(|kept| kept.is_young(now))
        .map(|kept| kept.id)
        .collect();
    for id in &parts {
        ticket.record.undo_all_of(*id, now);
    }
    !parts.is_empty()
}

/// Releases of the thread that the ticket's owner would have refused, and releases of all the
/// ticket's threads that this one would have.
fn refused(thread: &Record, ticket: &Record, ctx: &Context<'_>) -> Vec<Uuid> {
    let replies = &thread.facts.person_replies;
    let of_ticket = ticket.facts.person_ownership(replies);
    let of_thread = thread.facts.person_ownership(replies);
    let is_refused = |release: &Release, owned: Option<Ownership>| {
        owned.is_some_and(|owned| owned.counts_from <= release.at)
    };
    let of_thread_alone = thread
        .releases
        .iter()
        .filter(|release| is_refused(release, of_ticket));
    let of_all = ticket.releases.iter().filter(|release| {
        release.of_all_threads
            && (is_refused(release, of_thread) || was_refused_by_reply(release, replies, thread))
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
