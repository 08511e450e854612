//! The door for facts: what HubSpot tells about owners, messages and closings. Facts commute; a
//! fact that arrives late may undo a release that it would have refused.

use super::assignment::assign_pending;
use super::fact::{Fact, Field};
use super::handoff::claim_by_reply;
use super::judge::{Context, Decided, Verdict, rows_of_changes};
use super::leave::leave_late;
use super::reach::{Side, record_mut};
use super::undo::undo;
use super::{link, own, reread, reread_status};
use crate::domain::facts::{Facts, KnownChannel, Link, raise};
use crate::domain::ids::ThreadId;
use crate::domain::late::LateFact;
use crate::domain::messages::PersonReply;
use crate::domain::offer::Assignment;
use crate::domain::openings::Opening;
use crate::domain::outcome::{Outcome, ReasonCode};
use crate::domain::owner::{Owner, OwnerFact, OwnerPolicy, OwnerReading};
use crate::domain::record::Scope;
use crate::domain::time::Span;

/// Source times further ahead of their receipt than this are not believed.
pub(super) const MOST_AHEAD: Span = Span::from_secs(60);

/// Folds a fact into its records. Only the lines of threads for which it changed something are
/// written, so a fact that says nothing new leaves no line.
pub fn receive(scope: &mut Scope, fact: &Fact, ctx: &Context<'_>) -> Decided {
    let before = scope.clone();
    let was_voided = believe(fact, ctx).is_some_and(|fact| apply(scope, &fact, ctx));
    let verdict: Verdict = if was_voided {
        (Outcome::Applied, ReasonCode::ReleaseVoidedLateHumanReply)
    } else {
        (Outcome::Applied, ReasonCode::Applied)
    };
    let rows = rows_of_changes(&before, scope, verdict, ctx.now);
    let effects = assign_pending(scope, &rows, ctx);
    let changed_ticket = scope.ticket_record() != before.ticket_record();
    if changed_ticket && let Some(ticket) = &mut scope.ticket {
        ticket.revision += 1;
        ticket.decided_at = Some(ctx.now);
    }
    Decided {
        verdict,
        shown: None,
        asked: Vec::new(),
        rows,
        ticket_changed: changed_ticket,
        effects,
        released_holds: 0,
    }
}

/// A source time from the future counts as of receipt if the fact only silences; otherwise the
/// fact is not believed, and a re-read has to settle it.
fn believe(fact: &Fact, ctx: &Context<'_>) -> Option<Fact> {
    let received = ctx.placed_at;
    let mut believed = fact.clone();
    let (at, only_silences) = match &mut believed {
        Fact::OwnerChanged { at, owner, .. }
        | Fact::OwnerRead {
            began_at: at,
            found: OwnerReading { owner, .. },
            ..
        } => {
            let only_silences = matches!(owner, Owner::Person(_) | Owner::OtherAi(_));
            (at, only_silences)
        }
        Fact::PersonReplied { at, .. } | Fact::OtherAiWrote { at, .. } => (at, true),
        Fact::SpamTold { at, is_spam, .. } => (at, *is_spam),
        Fact::MessagesRead { up_to: at, .. }
        | Fact::CustomerWrote { at, .. }
        | Fact::AiReplied { at, .. }
        | Fact::Closed { at, .. }
        | Fact::Opened { at, .. }
        | Fact::StatusRead { began_at: at, .. }
        | Fact::ChannelKnown { at, .. } => (at, false),
        // A link and an assignment are our own doing.
        Fact::Linked { .. }
        | Fact::WentAlong { .. }
        | Fact::AssignmentSent { .. }
        | Fact::HeardOfLeft { .. } => {
            return Some(believed);
        }
    };
    if *at - received > MOST_AHEAD {
        if !only_silences {
            return None;
        }
        *at = received;
    }
    Some(believed)
}

/// Applies a fact that is believed. True if it undid a release.
fn apply(scope: &mut Scope, fact: &Fact, ctx: &Context<'_>) -> bool {
    let policies = &ctx.portal.policies;
    match fact {
        Fact::OwnerChanged {
            field,
            owner,
            by,
            at,
        } => {
            let fact = OwnerFact {
                at: *at,
                owner: owner.clone(),
                by: *by,
                policy: OwnerPolicy::in_force(policies),
            };
            own::owner_changed(scope, *field, fact, ctx)
        }
        Fact::OwnerRead {
            field,
            found,
            began_at,
        } => reread::owner_read(scope, *field, found, *began_at, ctx),
        Fact::MessagesRead { thread, up_to } => with(scope, Field::Thread(*thread), |facts| {
            raise(&mut facts.messages_read_at, *up_to);
        }),
        Fact::AssignmentSent {
            field,
            hold,
            person,
            at,
        } => with(scope, *field, |facts| {
            facts.assignment_sent(Assignment {
                at: *at,
                person: person.clone(),
                hold: *hold,
                offered_at: None,
                read_at: None,
            });
        }),
        Fact::PersonReplied { thread, actor, at } => {
            let reply = PersonReply {
                at: *at,
                until: *at + policies.reply_window,
                actor: actor.clone(),
            };
            reply_in(scope, *thread, reply, ctx)
        }
        Fact::OtherAiWrote { thread, at } => with(scope, Field::Thread(*thread), |facts| {
            facts.other_ai_wrote(*at);
        }),
        Fact::CustomerWrote {
            thread,
            message_id,
            at,
        } => with(scope, Field::Thread(*thread), |facts| {
            facts.customer_wrote(message_id.clone(), *at, policies.on_reopen_owned);
        }),
        Fact::AiReplied { thread, at } => {
            with(scope, Field::Thread(*thread), |facts| facts.ai_replied(*at))
        }
        Fact::Closed { field, at } => with(scope, *field, |facts| facts.closed(*at)),
        Fact::Opened { field, at } => with(scope, *field, |facts| {
            facts.opened(Opening {
                at: *at,
                if_owned: policies.on_reopen_owned,
                read_at: None,
            });
        }),
        Fact::StatusRead {
            thread,
            found,
            began_at,
        } => {
            reread_status::status_read(scope, *thread, *found, *began_at, ctx);
            false
        }
        Fact::ChannelKnown {
            thread,
            channel,
            at,
        } => with(scope, Field::Thread(*thread), |facts| {
            let (at, id) = (*at, *channel);
            facts.channel = facts.channel.max(Some(KnownChannel { at, id }));
        }),
        Fact::SpamTold {
            thread,
            is_spam,
            at,
        } => with(scope, Field::Thread(*thread), |facts| {
            facts.filed_as_spam(*is_spam, *at);
        }),
        Fact::Linked { thread, ticket, at } => {
            link::link(scope, *thread, Link::told(*ticket, *at), ctx)
        }
        Fact::WentAlong {
            thread,
            merged,
            ticket,
            at,
        } => link::link(scope, *thread, Link::gone_along(*merged, *ticket, *at), ctx),
        Fact::HeardOfLeft { thread, .. } => came_back(scope, *thread, ctx),
    }
}

/// The thread belongs again to the ticket that it left before.
fn came_back(scope: &mut Scope, thread: ThreadId, ctx: &Context<'_>) -> bool {
    if let Some(ticket) = scope.ticket.clone() {
        leave_late(scope, thread, &ticket, ctx);
    }
    false
}

fn with(scope: &mut Scope, field: Field, change: impl FnOnce(&mut Facts)) -> bool {
    if let Some(record) = record_mut(scope, field.side()) {
        change(&mut record.facts);
    }
    false
}

fn reply_in(scope: &mut Scope, id: ThreadId, reply: PersonReply, ctx: &Context<'_>) -> bool {
    let Some(thread) = scope.thread(id) else {
        return false;
    };
    let known = &thread.record.facts.person_replies;
    let is_repeat = known
        .iter()
        .any(|known| known.at == reply.at && known.actor == reply.actor);
    let late = LateFact::Reply {
        at: reply.at,
        until: reply.until,
    };
    let mut voided = if is_repeat {
        Vec::new()
    } else {
        thread.record.voided_releases(late, ctx.now)
    };
    for side in [Side::Thread(id), Side::Ticket] {
        if let Some(record) = record_mut(scope, side) {
            let confirmed = record.facts.newest_confirmed_by(reply.at);
            let ownership = confirmed.map(|at| LateFact::Ownership {
                at,
                counts_from: reply.at,
            });
            voided.extend(
                ownership
                    .into_iter()
                    .flat_map(|ownership| record.voided_releases(ownership, ctx.now)),
            );
        }
    }
    let replied_at = reply.at;
    if let Some(thread) = scope.thread_mut(id) {
        thread.record.facts.person_replied(reply.clone());
    }
    if let Some(ticket) = &mut scope.ticket {
        ticket.record.facts.person_reply_seen(replied_at);
    }
    let is_voided = undo(scope, &voided, ctx.now);
    for side in [Side::Thread(id), Side::Ticket] {
        if let Some(record) = record_mut(scope, side) {
            claim_by_reply(record, &reply);
        }
    }
    is_voided
}
