//! Re-reads of an owner field through HubSpot's API. One may silence at once; it ends a person's
//! ownership only if no event came in between and a second one agrees. Never about another field.

use super::judge::Context;
use super::own::own;
use super::reach::record_mut;
use super::receive::Field;
use crate::domain::facts::{Facts, raise};
use crate::domain::owner::{AssignedBy, Owner, OwnerDoubt, OwnerFact, OwnerPolicy};
use crate::domain::record::Scope;
use crate::domain::time::{Span, Timestamp};

/// An answer may be this much older than the beginning of its request.
pub(super) const READ_LAG: Span = Span::from_secs(2);
/// Two re-reads that end a person's ownership are at least this far apart.
const APART: Span = Span::from_secs(10);
/// The smallest step of time.
const JUST_AFTER: Span = Span::from_millis(1);

/// Folds what a re-read found. True if that undid a release.
pub fn owner_read(
    scope: &mut Scope,
    field: Field,
    found: &Owner,
    began_at: Timestamp,
    ctx: &Context<'_>,
) -> bool {
    let Some(record) = record_mut(scope, field.side()) else {
        return false;
    };
    let facts = &mut record.facts;
    let fact = OwnerFact {
        at: began_at - READ_LAG,
        owner: found.clone(),
        // A source nobody told counts as by hand.
        by: AssignedBy::Hand,
        policy: OwnerPolicy::in_force(&ctx.portal.policies),
    };
    let is_newest = facts.owner_checked_at < Some(fact.at);
    raise(&mut facts.owner_checked_at, fact.at);
    let known = facts.owner.as_ref().map(|known| &known.owner);
    // A field nobody told of is judged as nobody's: to find it so is no news and no decision.
    if known.unwrap_or(&Owner::Nobody) == found {
        facts.owner_doubt = None;
        return false;
    }
    if silences(known, found) {
        if facts.read_offer(&fact) {
            facts.owner_doubt = None;
            return false;
        }
        return own(scope, field, fact, ctx);
    }
    let is_overtaken = facts.owner_event_received_at >= Some(began_at);
    if is_newest && !is_overtaken {
        replace(facts, fact);
    }
    false
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
