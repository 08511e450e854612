//! Whom a ticket's owner field named before, so that what it was when a conversation left the
//! ticket can be told whenever that is heard of.

use super::facts::{Facts, raise};
use super::owner::{AssignedBy, Owner, OwnerFact};
use super::time::Timestamp;

/// More changes of one field than this are not kept; the oldest go first.
const MOST_PAST_OWNERS: usize = 32;

impl Facts {
    /// Keeps a change of a ticket's owner field.
    pub(super) fn remember_owner(&mut self, fact: &OwnerFact) {
        let place = self
            .past_owners
            .partition_point(|known| fact.replaces(known));
        if self.past_owners.get(place) != Some(fact) {
            self.past_owners.insert(place, fact.clone());
        }
        let surplus = self.past_owners.len().saturating_sub(MOST_PAST_OWNERS);
        self.past_owners.drain(..surplus);
    }

    /// A person in the field is called otherwise from now on.
    pub(super) fn rename_past_owners(&mut self, known: &Owner, name: &Owner) {
        let named = self.past_owners.iter_mut();
        for fact in named.filter(|fact| fact.owner == *known) {
            fact.owner = name.clone();
        }
        self.past_owners.dedup();
    }

    /// What this ticket's owner field said at some time, whatever it says since then. Where that is
    /// not known any more and a person has had the ticket, one had it then.
    pub(super) fn owners_as_of(&self, at: Timestamp) -> Self {
        let mut then = Self::default();
        let past = self.past_owners.iter().filter(|fact| fact.at <= at);
        // Who was assigned by automation counts from a reply on; it may have been in any of the
        // ticket's conversations.
        if past.clone().any(OwnerFact::waits_for_reply) {
            then.last_person_reply_at = self.last_person_reply_at.map(|replied| replied.min(at));
        }
        for fact in past {
            then.owner_changed(fact.clone());
        }
        // What was merged into this ticket before it was merged or left itself, which may be at one time.
        then.leavings = self.leavings.clone();
        then.leavings.retain(|merged| {
            let is_deep = !merged.then.leavings.is_empty();
            merged.left_at < at || merged.left_at == at && !is_deep
        });
        then.closed_at = self.closed_at.filter(|closed_at| *closed_at <= at);
        // A reading tells that the AI had it, not since when.
        if self.last_ai_owner_at <= Some(at) {
            then.last_ai_owner_at = self.last_ai_owner_at;
        }
        if let Some(owned_at) = self.last_person_owner_at.filter(|owned_at| *owned_at <= at) {
            raise(&mut then.last_person_owner_at, owned_at);
        }
        if then.owner.is_none() && self.last_person_owner_at.is_some() {
            then.owner = self.forgotten_owner(at);
        }
        then
    }

    /// What ended silences of a thread until then, and nothing else.
    pub fn endings_as_of(&self, at: Timestamp) -> Self {
        let by_then = |time: Option<Timestamp>| time.filter(|time| *time <= at);
        let mut openings = self.openings.clone();
        openings.retain(|opening| opening.at <= at);
        Self {
            last_ai_owner_at: by_then(self.last_ai_owner_at),
            last_claim_at: by_then(self.last_claim_at),
            closed_at: by_then(self.closed_at),
            openings,
            ..Self::default()
        }
    }

    /// A person, if it is not known any more whom the field named.
    fn forgotten_owner(&self, at: Timestamp) -> Option<OwnerFact> {
        let newest = self.owner.as_ref()?;
        let is_whole = self.past_owners.len() < MOST_PAST_OWNERS;
        let knows_all = is_whole && self.past_owners.contains(newest);
        (!knows_all).then(|| OwnerFact {
            at,
            owner: Owner::Person(String::new()),
            by: AssignedBy::Hand,
            policy: newest.policy,
        })
    }
}
