//! Merges of tickets and of threads. The survivor keeps its owner, its status and its versions, and
//! takes over what silenced the other side; no merge frees the AI where either side was silent.

use super::ask::finish;
use super::carry::{
    as_of, carry_facts, carry_holds, carry_releases, claim_by_replies, keep_alive, keep_its_own,
    stand_in,
};
use super::handoff::claim_by_reply;
use super::judge::{Context, Decided, NOTHING, Verdict, rows_of_changes};
use super::link;
use crate::domain::assess::{Assessment, View};
use crate::domain::facts::{Facts, Link};
use crate::domain::hold::Hold;
use crate::domain::ids::ThreadId;
use crate::domain::lifted::Lifted;
use crate::domain::links::Leaving;
use crate::domain::messages::PersonReply;
use crate::domain::outcome::{Outcome, ReasonCode};
use crate::domain::record::{Record, Scope, ThreadRecord, TicketRecord};
use crate::domain::time::{Span, Timestamp};

/// The smallest step of time.
const JUST_AFTER: Span = Span::from_millis(1);

/// A thread that was merged into another, with the ticket it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct MergedThread<'a> {
    /// The thread.
    pub thread: &'a ThreadRecord,
    /// Its ticket, where it has one.
    pub ticket: Option<&'a TicketRecord>,
}

/// A thread as it was just before.
pub(super) struct Before {
    id: ThreadId,
    judged: Assessment,
    pub(super) live: Vec<Hold>,
}

/// Merges a ticket into the one of this scope, as of `at`: its threads are the survivor's from then
/// on, with versions and holds of their own. Merged again, it takes in what was told of the merged
/// ticket and its threads since.
pub fn merge_tickets(
    scope: &mut Scope,
    merged: Scope,
    at: Timestamp,
    ctx: &Context<'_>,
) -> Decided {
    let mut before = scope.clone();
    let (Some(ticket), Some(other)) = (&mut scope.ticket, &merged.ticket) else {
        return decided(before, scope, &[], ctx);
    };
    if ticket.id == other.id {
        return decided(before, scope, &[], ctx);
    }
    before.threads.extend(merged.threads.iter().cloned());
    let mut threads = befores(&scope.threads, ticket, ctx.now);
    threads.extend(befores(&merged.threads, other, ctx.now));

    if absorb_ticket(ticket, other) {
        carry_releases(&mut ticket.record, &other.record, ctx);
        let holds = of_ticket(&other.record).live_holds(ctx.now);
        let holds: Vec<Hold> = holds.cloned().collect();
        carry_holds(&mut ticket.record, None, holds, ctx);
        // The marks name facts of a ticket that is another now.
        for thread in &mut scope.threads {
            thread.record.facts.lifted = Lifted::default();
        }
    }
    ticket.record.facts.note_merged(Leaving {
        ticket: other.id,
        left_at: at,
        then: other.record.facts.owners_as_of(at),
        lifted: Lifted::default(),
        took_along: Vec::new(),
    });
    adopt(scope, &merged, at, ctx);
    let ticket = scope.ticket_record().cloned();
    for thread in &mut scope.threads {
        if let Some(was) = threads.iter().find(|was| was.id == thread.id) {
            keep_alive(&mut thread.record, ticket.as_ref(), &was.live, ctx);
        }
        if let Some(newcomer) = merged.thread(thread.id) {
            let came_to = ticket.clone().map(|ticket| as_of(ticket, at));
            let (record, before) = (&mut thread.record, &newcomer.record);
            keep_its_own(record, before, came_to.as_ref(), ctx);
        }
    }
    decided(before, scope, &threads, ctx)
}

/// Merges a thread into one of this scope. Merged twice, it changes nothing. What becomes of the
/// merged thread's own record is not decided here.
pub fn merge_threads(
    scope: &mut Scope,
    survivor: ThreadId,
    merged: MergedThread<'_>,
    ctx: &Context<'_>,
) -> Decided {
    let before = scope.clone();
    let ticket = before.ticket.as_ref();
    let Some(thread) = scope.thread_mut(survivor) else {
        return decided(before, scope, &[], ctx);
    };
    if !absorb_thread(thread, merged.thread) {
        return decided(before, scope, &[], ctx);
    }
    let record = &mut thread.record;
    let own_ticket = ticket.map(|ticket| &ticket.record);
    let own_view = View {
        thread: record,
        ticket: own_ticket,
    };
    let merged_view = View {
        thread: &merged.thread.record,
        ticket: merged.ticket.map(|ticket| &ticket.record),
    };
    let sides = [own_view, merged_view].map(|view| view.assess(ctx.now));
    // What lies on the ticket of both need not be copied from it.
    let is_same_ticket = merged.ticket.map(|it| it.id) == ticket.map(|it| it.id);
    let own_holds = &merged.thread.record.holds;
    let holds = merged_view.live_holds(ctx.now);
    let holds = holds.filter(|hold| !is_same_ticket || own_holds.contains(hold));
    let holds: Vec<Hold> = holds.cloned().collect();

    carry_facts(record, &merged.thread.record, ctx);
    carry_holds(record, own_ticket, holds, ctx);
    claim_by_replies(record);
    let after = View {
        thread: record,
        ticket: own_ticket,
    };
    if let Some(hold) = stand_in(&sides, &after.assess(ctx.now), ctx) {
        record.place(hold, ctx.now);
    }
    if let Some(ticket) = &mut scope.ticket {
        let facts = &merged.thread.record.facts;
        if let Some(replied_at) = facts.last_person_reply_at {
            ticket.record.facts.person_reply_seen(replied_at);
        }
        for reply in &facts.person_replies {
            claim_by_reply(&mut ticket.record, reply);
        }
    }
    decided(before, scope, &[], ctx)
}

/// Remembers the merge. False if it is known.
fn absorb_ticket(survivor: &mut TicketRecord, merged: &TicketRecord) -> bool {
    let known = &mut survivor.record.facts.absorbed_tickets;
    let is_new = !known.contains(&merged.id);
    known.push(merged.id);
    known.extend(&merged.record.facts.absorbed_tickets);
    known.sort_unstable();
    known.dedup();
    is_new
}

fn absorb_thread(survivor: &mut ThreadRecord, merged: &ThreadRecord) -> bool {
    let known = &mut survivor.record.facts.absorbed_threads;
    let is_new = survivor.id != merged.id && !known.contains(&merged.id);
    if is_new {
        known.push(merged.id);
        known.extend(&merged.record.facts.absorbed_threads);
    }
    is_new
}

/// Takes the merged ticket's threads in. What was lifted in them is silent again.
fn adopt(scope: &mut Scope, merged: &Scope, at: Timestamp, ctx: &Context<'_>) {
    let ids = [scope.ticket.as_ref(), merged.ticket.as_ref()];
    let [Some(ticket), Some(from)] = ids.map(|ticket| ticket.map(|ticket| ticket.id)) else {
        return;
    };
    for thread in &merged.threads {
        let (id, known) = (thread.id, thread.record.facts.link);
        if scope.thread(id).is_some() {
            continue;
        }
        scope.threads.push(thread.clone());
        // It may be known to belong there by a reading that is later than the merge.
        let after_known = known.map_or(at, |known| known.at + JUST_AFTER);
        let link = Link {
            merged_from: known.map(|_| from),
            ..Link::told(ticket, at.max(after_known))
        };
        link::link(scope, id, link, ctx);
        if let Some(thread) = scope.thread_mut(id) {
            thread.record.facts.lifted = Lifted::default();
            note_left(&mut thread.record.facts, merged.ticket.as_ref());
        }
    }
    scope.threads.sort_by_key(|thread| thread.id);
    let threads = scope.threads.iter();
    let replies = threads.flat_map(|thread| thread.record.facts.person_replies.clone());
    let replies: Vec<PersonReply> = replies.collect();
    if let Some(ticket) = &mut scope.ticket {
        for reply in &replies {
            claim_by_reply(&mut ticket.record, reply);
        }
    }
}

/// Notes what the merged ticket was when a thread of it left it.
fn note_left(facts: &mut Facts, merged: Option<&TicketRecord>) {
    let Some(merged) = merged else { return };
    let mut left = facts.left().into_iter();
    if let Some((ticket, left_at)) = left.rfind(|(ticket, _)| *ticket == merged.id) {
        facts.note_leaving(Leaving {
            ticket,
            left_at,
            then: merged.record.facts.owners_as_of(left_at),
            lifted: Lifted::default(),
            took_along: Vec::new(),
        });
    }
}

pub(super) fn befores(
    threads: &[ThreadRecord],
    ticket: &TicketRecord,
    now: Timestamp,
) -> Vec<Before> {
    let before = |thread: &ThreadRecord| {
        let is_linked = thread.ticket() == Some(ticket.id);
        let view = View {
            thread: &thread.record,
            ticket: is_linked.then_some(&ticket.record),
        };
        Before {
            id: thread.id,
            judged: view.assess(now),
            live: view.live_holds(now).cloned().collect(),
        }
    };
    threads.iter().map(before).collect()
}

/// A ticket as it silences a thread of which nothing is known.
fn of_ticket(ticket: &Record) -> View<'_> {
    View {
        thread: &NOTHING,
        ticket: Some(ticket),
    }
}

/// Compares and writes the lines. The threads that moved were silent by their own ticket before.
pub(super) fn decided(
    before: Scope,
    scope: &mut Scope,
    threads: &[Before],
    ctx: &Context<'_>,
) -> Decided {
    let verdict: Verdict = (Outcome::Applied, ReasonCode::Applied);
    let mut rows = rows_of_changes(&before, scope, verdict, ctx.now);
    for row in &mut rows {
        if let Some(was) = threads.iter().find(|was| Some(was.id) == row.thread) {
            row.before = was.judged.state();
        }
    }
    let decided = Decided {
        verdict,
        shown: None,
        asked: Vec::new(),
        rows,
        ticket_changed: false,
        effects: Vec::new(),
        released_holds: 0,
    };
    finish(before, scope, decided, ctx)
}
