//! Carrying what silences one record over to another at a merge or a move. What would be lost on the way is
//! replaced by a handoff: where in doubt, the AI is silent.

use super::handoff::claim_by_reply;
use super::judge::Context;
use crate::domain::actor::Requester;
use crate::domain::assess::{Assessment, View};
use crate::domain::hold::{
    HandoffTarget, HandoffTerms, Hold, HoldId, HoldKind, HoldName, OnTimeout, Priority,
    ends_no_sooner, later_end,
};
use crate::domain::late::Release;
use crate::domain::lifted::Lifted;
use crate::domain::record::Record;
use crate::domain::time::Timestamp;

/// A silence by a person, asked for or present, and when it ends by itself.
struct PersonSilence {
    until: Option<Timestamp>,
}

/// Adds the merged thread's facts and late releases to the survivor's.
pub fn carry_facts(survivor: &mut Record, merged: &Record, ctx: &Context<'_>) {
    survivor.facts.take_over(&merged.facts);
    carry_releases(survivor, merged, ctx);
}

/// Adds the merged record's late releases to the survivor's. Marks of what was lifted are dropped on
/// both sides: they name facts that mean something else now.
pub fn carry_releases(survivor: &mut Record, merged: &Record, ctx: &Context<'_>) {
    survivor.facts.lifted = Lifted::default();
    let young = merged.releases.iter().filter(|kept| kept.is_young(ctx.now));
    survivor.releases.extend(young.map(|kept| Release {
        // It is about another field: any person's ownership may undo it.
        owner_known_at: None,
        ..kept.clone()
    }));
}

/// Adds holds of the merged side, which are live. A pause counts as placed at the merge, anything else only if
/// the survivor's past would end it.
pub fn carry_holds(
    survivor: &mut Record,
    ticket: Option<&Record>,
    holds: Vec<Hold>,
    ctx: &Context<'_>,
) {
    for mut hold in holds {
        let view = View {
            thread: survivor,
            ticket,
        };
        let survives = match hold.kind {
            HoldKind::AdminLock | HoldKind::Handoff(_) => view.is_live(&hold, ctx.now),
            HoldKind::Damped | HoldKind::Pause => false,
        };
        if !survives {
            hold.placed_at = hold.placed_at.max(ctx.placed_at);
        }
        survivor.place(hold, ctx.now);
    }
}

/// Makes holds that were live count as placed at the merge where they are live no more.
pub fn keep_alive(record: &mut Record, ticket: Option<&Record>, live: &[Hold], ctx: &Context<'_>) {
    let judged = record.clone();
    let view = View {
        thread: &judged,
        ticket,
    };
    let lost = |hold: &Hold| live.contains(hold) && !view.is_live(hold, ctx.now);
    for hold in record.holds.iter_mut().filter(|hold| lost(hold)) {
        hold.placed_at = hold.placed_at.max(ctx.placed_at);
    }
}

/// A ticket as it was when a thread came to it.
pub fn as_of(ticket: Record, came_at: Timestamp) -> Record {
    Record {
        facts: ticket.facts.owners_as_of(came_at),
        ..ticket
    }
}

/// What silences a thread by itself must not be lost by what its ticket was when it came there.
pub fn keep_its_own(
    record: &mut Record,
    before: &Record,
    came_to: Option<&Record>,
    ctx: &Context<'_>,
) {
    // What it brought along may have been ended by the ticket that it leaves, and so may its own.
    let [was, is] = [before, record].map(|record| {
        let mut its_own = record.clone();
        its_own.facts.leavings.clear();
        its_own
    });
    let alone = View {
        thread: &was,
        ticket: None,
    };
    let after = View {
        thread: &is,
        ticket: came_to,
    };
    let (before, after) = (alone.assess(ctx.now), after.assess(ctx.now));
    if let Some(hold) = stand_in(&[before], &after, ctx) {
        record.place(hold, ctx.now);
    }
}

/// Replies claim the handoffs of a record, wherever they were written before the merge.
pub fn claim_by_replies(record: &mut Record) {
    for reply in record.facts.person_replies.clone() {
        claim_by_reply(record, &reply);
    }
}

/// The handoff that stands in for what a person's presence silenced before and does no more.
/// None: after the merge it is as silent as it was on every side.
pub fn stand_in(before: &[Assessment], after: &Assessment, ctx: &Context<'_>) -> Option<Hold> {
    let is = person_silence(after);
    let lost = before.iter().filter_map(|before| {
        let was = person_silence(before)?;
        let lasts = is
            .as_ref()
            .is_some_and(|is| ends_no_sooner(is.until, was.until));
        (!lasts).then_some(was)
    });
    let until = lost.map(|was| was.until).reduce(later_end)?;
    Some(new_stand_in(until, ctx.placed_at, ctx))
}

/// Places a handoff that stands in for those of the ticket that a thread left. What is known of its
/// ticket now may have ended it, and turn out to be of another.
pub fn stand_in_for(record: &mut Record, handoffs: &[&Hold], ctx: &Context<'_>) {
    let ends = handoffs.iter().map(|hold| hold.expires_at);
    let placed_at = handoffs.iter().map(|hold| hold.placed_at).max();
    if let (Some(until), Some(placed_at)) = (ends.reduce(later_end), placed_at) {
        let placed_at = placed_at.max(ctx.placed_at);
        record.place(new_stand_in(until, placed_at, ctx), ctx.now);
    }
}

/// A hold of a ticket as a thread takes it along that left the ticket.
pub fn gone_along(hold: &Hold, ctx: &Context<'_>) -> Hold {
    match hold.kind {
        HoldKind::Handoff(_) => {
            new_stand_in(hold.expires_at, hold.placed_at.max(ctx.placed_at), ctx)
        }
        HoldKind::AdminLock | HoldKind::Damped | HoldKind::Pause => Hold {
            placed_at: hold.placed_at.max(ctx.placed_at),
            ..hold.clone()
        },
    }
}

fn new_stand_in(until: Option<Timestamp>, placed_at: Timestamp, ctx: &Context<'_>) -> Hold {
    let terms = HandoffTerms {
        target: HandoffTarget::Unassigned,
        priority: Priority::Normal,
        on_timeout: OnTimeout::Notify,
        claim_deadline: None,
        claimed_at: None,
        reply_window: ctx.portal.policies.reply_window,
        assigns_later: false,
        has_told_customer: false,
    };
    Hold {
        id: HoldId(ctx.decision),
        kind: HoldKind::Handoff(terms),
        by: Requester {
            name: Some("a merge".to_owned()),
            ..Requester::workflow(None)
        },
        decided_at: ctx.now,
        placed_at,
        expires_at: until,
        reason_code: None,
        note: Some("A person had what was merged or moved.".to_owned()),
        metadata: None,
    }
}

fn person_silence(judged: &Assessment) -> Option<PersonSilence> {
    let holds = judged.holds.iter().filter(|hold| match hold.name {
        HoldName::Handoff | HoldName::PersonReplied | HoldName::PersonOwns => true,
        HoldName::Pause | HoldName::Damped | HoldName::AdminLock => false,
    });
    let until = holds.map(|hold| hold.until).reduce(later_end)?;
    Some(PersonSilence { until })
}
