//! Offers: an assignment that we sent for a handoff comes back as an owner change. It shows to
//! whom the handoff is offered, and makes nobody an owner until that person takes it.

use super::assess::View;
use super::facts::{Facts, drop_oldest};
use super::hold::HoldId;
use super::owner::{Owner, OwnerFact};
use super::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// A change later than this after our call is not of our making.
const MATCHED_FOR: Span = Span::from_minutes(10);

/// One assignment of ours, sent for a handoff.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Assignment {
    /// When our call was sent, on HubSpot's clock.
    pub at: Timestamp,
    /// To whom.
    pub person: String,
    /// The handoff.
    pub hold: HoldId,
    /// The source time of the change that came of it: the earliest that fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered_at: Option<Timestamp>,
    /// When a re-read found it, before its change was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
}

impl Assignment {
    fn fits(&self, person: &str, at: Timestamp) -> bool {
        self.person == person && self.at <= at && at - self.at <= MATCHED_FOR
    }

    fn is_offer(&self, person: &str, at: Timestamp) -> bool {
        let found = [self.offered_at, self.read_at];
        self.person == person && found.contains(&Some(at))
    }
}

impl Facts {
    /// We are about to assign the field. Told before our call leaves, so before its own change.
    pub fn assignment_sent(&mut self, sent: Assignment) {
        let key = |it: &Assignment| (it.at, it.person.clone(), it.hold);
        if let Err(place) = self.assignments.binary_search_by_key(&key(&sent), key) {
            self.assignments.insert(place, sent);
        }
        drop_oldest(&mut self.assignments);
    }

    /// Matches a change with what we sent. None: it is no offer and follows none. Otherwise the
    /// times of the changes that now turn out to be claims: a second one, or one that was taken
    /// for the offer until this earlier one came.
    pub(super) fn match_offers(&mut self, fact: &OwnerFact) -> Option<Vec<Timestamp>> {
        let Owner::Person(person) = &fact.owner else {
            return None;
        };
        let mut is_ours = false;
        let mut others = Vec::new();
        for sent in &mut self.assignments {
            if !sent.fits(person, fact.at) {
                continue;
            }
            is_ours = true;
            let known = *sent.offered_at.get_or_insert(fact.at);
            others.push(known.max(fact.at));
            sent.offered_at = Some(known.min(fact.at));
        }
        others.retain(|at| !self.is_offer(person, *at));
        is_ours.then_some(others)
    }

    /// A re-read may find what we sent before its change is told. True if it is that, and no claim.
    pub fn read_offer(&mut self, fact: &OwnerFact) -> bool {
        let Owner::Person(person) = &fact.owner else {
            return false;
        };
        let sent = self.assignments.iter_mut();
        let untold = sent.filter(|sent| sent.fits(person, fact.at) && sent.offered_at.is_none());
        let mut is_ours = false;
        for sent in untold {
            is_ours = true;
            sent.read_at = Some(fact.at);
        }
        if is_ours && self.owner.as_ref().is_none_or(|known| fact.replaces(known)) {
            self.owner = Some(fact.clone());
        }
        is_ours
    }

    /// The handoffs that this change offers, if it is an offer.
    pub fn offered_for(&self, fact: &OwnerFact) -> Vec<HoldId> {
        let Owner::Person(person) = &fact.owner else {
            return Vec::new();
        };
        let sent = self.assignments.iter();
        sent.filter(|sent| sent.is_offer(person, fact.at))
            .map(|sent| sent.hold)
            .collect()
    }

    fn is_offer(&self, person: &str, at: Timestamp) -> bool {
        self.assignments
            .iter()
            .any(|sent| sent.is_offer(person, at))
    }
}

/// The assignment by which the field names somebody who has not taken the handoff yet. None once
/// its handoff is live no more, or that person has written in this thread.
pub fn live_offer<'a>(facts: &'a Facts, view: View<'_>, now: Timestamp) -> Option<&'a Assignment> {
    let fact = facts.owner.as_ref()?;
    let Owner::Person(person) = &fact.owner else {
        return None;
    };
    let is_live = |sent: &&Assignment| {
        let mut holds = view.live_holds(now);
        holds.any(|hold| hold.id == sent.hold && hold.handoff().is_some())
    };
    let mut replies = view.thread.facts.person_replies.iter();
    let spoke = replies.any(|reply| reply.actor == *person && reply.at >= fact.at);
    let mut offers = facts.assignments.iter();
    offers
        .find(|sent| sent.is_offer(person, fact.at) && is_live(sent))
        .filter(|_| !spoke)
}
