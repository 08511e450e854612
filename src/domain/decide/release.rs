//! Releasing: lifting what silences a conversation in both its records, with a note of what was
//! lifted so that a late fact can bring it back.

use super::judge::{Context, NOTHING};
use super::reach::{Asked, Side, record_mut};
use crate::domain::actor::Authority;
use crate::domain::assess::View;
use crate::domain::derived;
use crate::domain::hold::{Hold, HoldName};
use crate::domain::late::{RefusedBy, Release};
use crate::domain::left;
use crate::domain::lifted::{Lifted, OwnerMark};
use crate::domain::record::{Record, Scope};
use crate::domain::time::Timestamp;

/// What is known where one record's part of a release is made.
struct Part {
    windows_ended_at: Option<Timestamp>,
    of_all_threads: bool,
}

/// What is released, with whose authority.
pub struct Releasing {
    authority: Authority,
    names: Vec<HoldName>,
    lifts_replies: bool,
    lifts_ownership: bool,
    refused_by: RefusedBy,
    returns_when_late: bool,
}

impl Releasing {
    /// Resume with cancel: handoffs only.
    pub fn handoffs(authority: Authority, refused_by: RefusedBy) -> Self {
        Self {
            authority,
            names: vec![HoldName::Handoff],
            lifts_replies: false,
            lifts_ownership: false,
            refused_by,
            returns_when_late: authority != Authority::Admin,
        }
    }

    /// Send to AI: handoffs, pauses, and the windows of replies older than the grace.
    pub fn send(authority: Authority, grace_began: Timestamp) -> Self {
        Self {
            names: vec![HoldName::Handoff, HoldName::Pause],
            lifts_replies: true,
            ..Self::handoffs(authority, RefusedBy::RepliesAfter(grace_began))
        }
    }

    /// Send to AI by an admin: everything but locks. It stays lifted whatever arrives late.
    pub fn force(grace_began: Timestamp) -> Self {
        Self {
            names: vec![HoldName::Handoff, HoldName::Damped, HoldName::Pause],
            lifts_ownership: true,
            returns_when_late: false,
            ..Self::send(Authority::Admin, grace_began)
        }
    }

    /// Releases these threads (the ticket alone where there are none). Gives back how many holds
    /// were lifted, those that followed from facts among them.
    pub fn run(&self, scope: &mut Scope, asked: &Asked, ctx: &Context<'_>) -> usize {
        let released = self.lift(scope, asked, ctx);
        if released == 0 {
            // Nothing was lifted, so nothing can come back.
            let threads = scope.threads.iter_mut().map(|thread| &mut thread.record);
            let ticket = scope.ticket.iter_mut().map(|ticket| &mut ticket.record);
            for record in threads.chain(ticket) {
                record.releases.retain(|kept| kept.id != ctx.decision);
            }
        }
        released
    }

    fn lift(&self, scope: &mut Scope, asked: &Asked, ctx: &Context<'_>) -> usize {
        let of_all_threads = asked.side == Side::Ticket;
        let asked = asked.threads.as_slice();
        let mut released = 0;
        for id in asked {
            let Some(thread) = scope.thread(*id) else {
                continue;
            };
            let view = View {
                thread: &thread.record,
                ticket: scope.ticket_record(),
            };
            let (marks, count) = self.thread_marks(view, ctx);
            released += count;
            let part = Part {
                windows_ended_at: windows_ended_at(view),
                of_all_threads: false,
            };
            if let Some(thread) = scope.thread_mut(*id) {
                let marked = |lifted: &mut Lifted| *lifted = marks;
                released += self.release(&mut thread.record, marked, part, ctx);
            }
        }
        if let Some(ticket) = record_mut(scope, Side::Ticket) {
            let (owned_at, alone) = (ticket.facts.last_person_owner_at, asked.is_empty());
            let pending = View {
                thread: &NOTHING,
                ticket: Some(ticket),
            };
            let lifts_derived = alone && derived::handoff(pending, ctx.now).is_some();
            let lifts_merged = alone && left::handoff(pending, ctx.now).is_some();
            let merged_at = left::times(pending).max();
            released += usize::from(lifts_derived) + usize::from(lifts_merged);
            let mark = |lifted: &mut Lifted| {
                if lifts_derived {
                    lifted.own_handoff_through = owned_at;
                }
                if lifts_merged {
                    lifted.left_through = lifted.left_through.max(merged_at);
                }
            };
            let part = Part {
                windows_ended_at: ticket.facts.last_ai_owner_at,
                of_all_threads,
            };
            released += self.release(ticket, mark, part, ctx);
        }
        released
    }

    /// The marks of a thread after the release, and how many derived silences they lift.
    fn thread_marks(&self, view: View<'_>, ctx: &Context<'_>) -> (Lifted, usize) {
        let facts = &view.thread.facts;
        let mut marks = facts.lifted.clone();
        let mut count = 0;
        if derived::handoff(view, ctx.now).is_some() {
            let tickets = view
                .ticket
                .and_then(|ticket| ticket.facts.last_person_owner_at);
            marks.own_handoff_through = marks.own_handoff_through.max(facts.last_person_owner_at);
            marks.ticket_handoff_through = marks.ticket_handoff_through.max(tickets);
            let opened_at = facts.reopened().map(|opening| opening.at);
            marks.opening_through = marks.opening_through.max(opened_at);
            count += 1;
        }
        if left::handoff(view, ctx.now).is_some() {
            marks.left_through = marks.left_through.max(left::times(view).max());
            count += 1;
        }
        if self.lifts_replies && derived::person_replied(view, ctx.now).is_some() {
            count += 1;
            marks.replies_through = marks.replies_through.max(derived::newest_reply(view));
        }
        let owns = derived::person_owns(view, ctx.now).is_some();
        // An offer becomes ownership once its handoff is lifted, which it is below.
        if self.lifts_ownership && (owns || view.offers(ctx.now).next().is_some()) {
            count += usize::from(owns);
            marks.own_owner = owner_mark(view.thread);
            marks.ticket_owner = view.ticket.and_then(owner_mark);
        }
        (marks, count)
    }

    fn release(
        &self,
        record: &mut Record,
        mark: impl FnOnce(&mut Lifted),
        part: Part,
        ctx: &Context<'_>,
    ) -> usize {
        let marks_before = record.facts.lifted.clone();
        mark(&mut record.facts.lifted);
        let names = self.names.iter();
        let holds: Vec<Hold> = names
            .flat_map(|name| record.lift(*name, self.authority, ctx.now))
            .collect();
        let count = holds.len();
        if self.lifts_ownership {
            // What an admin lifted stays lifted: nothing from before it may come back.
            record.finish_releases();
        }
        if self.returns_when_late {
            record.keep_release(Release {
                id: ctx.decision,
                at: ctx.placed_at,
                decided_at: ctx.now,
                of_all_threads: part.of_all_threads,
                through: None,
                refused_by: self.refused_by,
                owner_known_at: record.facts.owner.as_ref().map(|fact| fact.at),
                windows_ended_at: part.windows_ended_at,
                holds,
                marks_before,
                marks_after: record.facts.lifted.clone(),
                is_undone: false,
            });
        }
        count
    }
}

/// The newest closing of the thread or assignment to the AI: replies before it silence no more.
fn windows_ended_at(view: View<'_>) -> Option<Timestamp> {
    let to_ai = view.latest_for_own(|facts| facts.last_ai_owner_at);
    to_ai.max(view.thread.facts.closed_at)
}

/// Names the owner fact of a record.
fn owner_mark(record: &Record) -> Option<OwnerMark> {
    let fact = record.facts.owner.as_ref()?;
    Some(OwnerMark {
        at: fact.at,
        owner: fact.owner.clone(),
    })
}
