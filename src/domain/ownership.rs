//! Who owns a field, folded from changes that may arrive late: which of them make a person the
//! owner, and since when that counts.

use super::facts::{Facts, drop_oldest, raise};
use super::messages::PersonReply;
use super::owner::{AssignedBy, Owner, OwnerFact};
use super::time::Timestamp;

/// A person's ownership of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ownership {
    /// Its source time.
    pub at: Timestamp,
    /// Since when it counts.
    pub counts_from: Timestamp,
}

impl Facts {
    /// A change of the owner field, possibly stale.
    pub fn owner_changed(&mut self, fact: OwnerFact) {
        if let Some(claims) = self.match_offers(&fact) {
            for at in claims {
                raise(&mut self.last_person_owner_at, at);
                raise(&mut self.last_claim_at, at);
            }
        } else {
            self.counts_as_owner(&fact);
        }
        if self.owner.as_ref().is_none_or(|known| fact.replaces(known)) {
            self.owner = Some(fact);
        }
        self.confirm_owners();
    }

    /// The person's ownership that the field names, with the time it counts from: at once, or
    /// from the reply it waited for, as far as `replies` still tell. None: nobody who counts.
    pub fn person_ownership(&self, replies: &[PersonReply]) -> Option<Ownership> {
        let fact = self.owner.as_ref()?;
        if !matches!(fact.owner, Owner::Person(_)) {
            return None;
        }
        if !fact.waits_for_reply() {
            return Some(Ownership {
                at: fact.at,
                counts_from: fact.at,
            });
        }
        let newest = self.last_person_reply_at.filter(|at| *at >= fact.at)?;
        let confirmed_by = replies.iter().map(|reply| reply.at);
        let earliest = confirmed_by.filter(|at| *at >= fact.at).min();
        Some(Ownership {
            at: fact.at,
            counts_from: earliest.map_or(newest, |at| at.min(newest)),
        })
    }

    /// The newest assignment that a reply of this time confirms and none did before.
    pub fn newest_confirmed_by(&self, replied_at: Timestamp) -> Option<Timestamp> {
        let waiting = self.unconfirmed_owners_at.iter();
        waiting.copied().filter(|at| *at <= replied_at).max()
    }

    fn counts_as_owner(&mut self, fact: &OwnerFact) {
        match fact.owner {
            Owner::Person(_) if fact.waits_for_reply() => self.add_unconfirmed(fact.at),
            Owner::Person(_) => raise(&mut self.last_person_owner_at, fact.at),
            Owner::Ai => raise(&mut self.last_ai_owner_at, fact.at),
            Owner::Nobody | Owner::OtherAi(_) => {}
        }
        if matches!(fact.owner, Owner::Person(_)) && fact.by == AssignedBy::Hand {
            raise(&mut self.last_claim_at, fact.at);
        }
    }

    pub(super) fn add_unconfirmed(&mut self, at: Timestamp) {
        if let Err(place) = self.unconfirmed_owners_at.binary_search(&at) {
            self.unconfirmed_owners_at.insert(place, at);
        }
        drop_oldest(&mut self.unconfirmed_owners_at);
    }

    /// An assignment by automation counts from the first reply not before it.
    pub(super) fn confirm_owners(&mut self) {
        let Some(replied_at) = self.last_person_reply_at else {
            return;
        };
        let confirmed = self
            .unconfirmed_owners_at
            .partition_point(|at| *at <= replied_at);
        for at in self.unconfirmed_owners_at.drain(..confirmed) {
            raise(&mut self.last_person_owner_at, at);
        }
    }
}
