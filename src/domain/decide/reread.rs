//! Re-reads of an owner field through HubSpot's API. One may silence at once; it ends a person's
//! ownership only if no event came in between and a second one agrees. Never about another field.
//! Who is found under another name stays what they were: nothing was taken and nothing let go.

use super::fact::Field;
use super::judge::Context;
use super::own::own;
use super::reach::record_mut;
use crate::domain::facts::{Facts, raise};
use crate::domain::lifted::OwnerMark;
use crate::domain::owner::{
    AssignedBy, Owner, OwnerChange, OwnerDoubt, OwnerFact, OwnerPolicy, OwnerReading,
};
use crate::domain::record::Scope;
use crate::domain::time::{Span, Timestamp};

/// An answer may be this much older than the beginning of its request.
pub const READ_LAG: Span = Span::from_secs(2);
/// Two re-reads that end a person's ownership, or agree on another ticket, are at least this far apart.
pub const APART: Span = Span::from_secs(10);
/// The smallest step of time.
pub(super) const JUST_AFTER: Span = Span::from_millis(1);

/// When a reading counts that began at this time.
pub fn counts_at(began_at: Timestamp) -> Timestamp {
    began_at - READ_LAG
}

/// Folds what a re-read found. True if that undid a release.
pub fn owner_read(
    scope: &mut Scope,
    field: Field,
    found: &OwnerReading,
    began_at: Timestamp,
    ctx: &Context<'_>,
) -> bool {
    let Some(record) = record_mut(scope, field.side()) else {
        return false;
    };
    let facts = &mut record.facts;
    let read_at = counts_at(began_at);
    let is_newest = facts.owner_checked_at < Some(read_at);
    raise(&mut facts.owner_checked_at, read_at);
    let known = facts.owner.as_ref().map(|known| &known.owner);
    // A field nobody told of is judged as nobody's: to find it so is no news and no decision.
    if known.unwrap_or(&Owner::Nobody) == &found.owner {
        facts.owner_doubt = None;
        return false;
    }
    if let Some(known) = known.filter(|known| found.renames(known)).cloned() {
        facts.owner_doubt = None;
        rename(scope, field, &known, &found.owner);
        return false;
    }
    let change = change(found, read_at, facts.owner.as_ref());
    let fact = OwnerFact {
        at: change.at,
        owner: found.owner.clone(),
        by: change.by,
        policy: OwnerPolicy::in_force(&ctx.portal.policies),
    };
    if silences(known, &found.owner) {
        if facts.read_offer(&fact) {
            facts.owner_doubt = None;
            remember(facts, field);
            return false;
        }
        return own(scope, field, fact, ctx);
    }
    let is_overtaken = facts.owner_event_received_at >= Some(began_at);
    if is_newest && !is_overtaken {
        replace(facts, fact);
        remember(facts, field);
    }
    false
}

/// A conversation may leave the ticket later.
fn remember(facts: &mut Facts, field: Field) {
    if let (Field::Ticket, Some(owner)) = (field, facts.owner.clone()) {
        facts.remember_owner(&owner);
    }
}

/// The person has this name from now on, also where somebody lifted their ownership.
fn rename(scope: &mut Scope, field: Field, known: &Owner, name: &Owner) {
    let Some(record) = record_mut(scope, field.side()) else {
        return;
    };
    if let Some(fact) = &mut record.facts.owner {
        fact.owner = name.clone();
    }
    record.facts.rename_past_owners(known, name);
    let renamed = |mark: &mut Option<OwnerMark>| {
        if let Some(mark) = mark.as_mut().filter(|mark| mark.owner == *known) {
            mark.owner = name.clone();
        }
    };
    renamed(&mut record.facts.lifted.own_owner);
    if field == Field::Ticket {
        for thread in &mut scope.threads {
            renamed(&mut thread.record.facts.lifted.ticket_owner);
        }
    }
}

/// The change that a reading of a person told of, if it is later than all that is known. Otherwise
/// the field names them as of the reading, and a source nobody told counts as by hand.
fn change(found: &OwnerReading, read_at: Timestamp, known: Option<&OwnerFact>) -> OwnerChange {
    let is_person = matches!(found.owner, Owner::Person(_));
    let is_news = |change: &OwnerChange| known.is_none_or(|known| known.at < change.at);
    let told = found.change.filter(|change| is_person && is_news(change));
    told.map_or(
        OwnerChange {
            at: read_at,
            by: AssignedBy::Hand,
        },
        |told| OwnerChange {
            at: told.at.min(read_at),
            by: told.by,
        },
    )
}

/// A person, or another AI where no person is known, silences whatever was known.
fn silences(known: Option<&Owner>, found: &Owner) -> bool {
    match found {
        Owner::Person(_) => true,
        Owner::OtherAi(_) => !matches!(known, Some(Owner::Person(_))),
        Owner::Nobody | Owner::Ai => false,
    }
}

/// The field names this one now, unless a person is known there whom only one re-read misses.
fn replace(facts: &mut Facts, fact: OwnerFact) {
    let known = facts.owner.as_ref();
    if known.is_some_and(|known| known.at >= fact.at) {
        return;
    }
    let is_person = known.is_some_and(|known| matches!(known.owner, Owner::Person(_)));
    if is_person && !is_confirmed(facts, &fact) {
        return;
    }
    facts.owner_doubt = None;
    let known_at = facts.owner.as_ref().map(|known| known.at);
    if fact.owner == Owner::Ai
        && let Some(known_at) = known_at
    {
        // When the AI was assigned is not known: it may have been before all that came since.
        raise(&mut facts.last_ai_owner_at, known_at + JUST_AFTER);
    }
    facts.let_go(fact.at);
    facts.owner = Some(fact);
}

/// True if an earlier re-read found the same, long enough ago. Otherwise this is the first one.
fn is_confirmed(facts: &mut Facts, fact: &OwnerFact) -> bool {
    let doubt = facts.owner_doubt.get_or_insert_with(|| OwnerDoubt {
        since: fact.at,
        found: fact.owner.clone(),
    });
    if doubt.found != fact.owner {
        *doubt = OwnerDoubt {
            since: fact.at,
            found: fact.owner.clone(),
        };
    }
    fact.at - doubt.since >= APART
}
