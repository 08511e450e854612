//! A change of an owner field, as an event tells it or a re-read finds it: a person's may have
//! refused a release, had it arrived in time.

use super::fact::Field;
use super::judge::Context;
use super::reach::record_mut;
use super::undo::undo;
use crate::domain::facts::{Facts, raise};
use crate::domain::hold::HoldId;
use crate::domain::ids::ThreadId;
use crate::domain::late::LateFact;
use crate::domain::messages::PersonReply;
use crate::domain::owner::OwnerFact;
use crate::domain::record::Scope;

/// An event told a change. True if that undid a release.
pub fn owner_changed(scope: &mut Scope, field: Field, fact: OwnerFact, ctx: &Context<'_>) -> bool {
    if let Some(record) = record_mut(scope, field.side())
        && !is_repeat(&record.facts, &fact)
    {
        raise(&mut record.facts.owner_event_received_at, ctx.placed_at);
    }
    own(scope, field, fact, ctx)
}

/// The field names somebody since then, by an event or a re-read. True if that undid a release.
pub fn own(scope: &mut Scope, field: Field, fact: OwnerFact, ctx: &Context<'_>) -> bool {
    let replies = replies_that_count(scope, field);
    let Some(record) = record_mut(scope, field.side()) else {
        return false;
    };
    let is_repeat = is_repeat(&record.facts, &fact);
    // Judged as if it were the only one known: a newer fact does not make this one untrue.
    let alone = Facts {
        owner: Some(fact.clone()),
        last_person_reply_at: record.facts.last_person_reply_at,
        ..Facts::default()
    };
    let ownership = alone.person_ownership(&replies).filter(|_| !is_repeat);
    let voided = ownership.map_or_else(Vec::new, |ownership| {
        record.voided_releases(LateFact::of(ownership), ctx.now)
    });
    if !is_repeat {
        record.facts.owner_doubt = None;
    }
    record.facts.owner_changed(fact.clone());
    if field == Field::Ticket {
        record.facts.remember_owner(&fact);
    }
    let offered_for = record.facts.offered_for(&fact);
    !is_placed(scope, &offered_for) && undo(scope, &voided, ctx.now)
}

/// True if one of these is still placed: an offer of it refuses nothing.
fn is_placed(scope: &Scope, holds: &[HoldId]) -> bool {
    let threads = scope.threads.iter().map(|thread| &thread.record);
    let mut records = threads.chain(scope.ticket_record());
    records.any(|record| record.holds.iter().any(|hold| holds.contains(&hold.id)))
}

fn is_repeat(facts: &Facts, fact: &OwnerFact) -> bool {
    let known = facts.owner.as_ref();
    known.is_some_and(|known| known.at == fact.at && known.owner == fact.owner)
}

/// The replies that confirm an assignment of this field: the thread's, or those of all threads.
fn replies_that_count(scope: &Scope, field: Field) -> Vec<PersonReply> {
    let counts = |id: ThreadId| match field {
        Field::Ticket => true,
        Field::Thread(thread) => thread == id,
    };
    let threads = scope.threads.iter().filter(|thread| counts(thread.id));
    threads
        .flat_map(|thread| thread.record.facts.person_replies.clone())
        .collect()
}
