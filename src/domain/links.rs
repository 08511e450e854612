//! To which tickets a thread belonged, and until when, folded from links that may arrive in any
//! order: a thread that moves leaves its ticket at the time of the next link.

use super::facts::{Facts, Link};
use super::ids::TicketId;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// More links of one thread than this are not kept; the oldest go first.
const MOST_LINKS: usize = 16;

/// A ticket that a thread left, as far as it was looked at what silenced the thread by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    /// The ticket.
    pub ticket: TicketId,
    /// When the thread left it, on HubSpot's clock.
    pub left_at: Timestamp,
    /// The newest ownership by a person that was looked at: an older one says nothing new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owned_through: Option<Timestamp>,
    /// When what goes along counts as placed: later events alone release it.
    pub placed_at: Timestamp,
}

impl Facts {
    /// Remembers a link. True if the thread belongs to another ticket than before by it.
    pub fn linked(&mut self, link: Link) -> bool {
        let known = self.link;
        let mut all = self.links();
        if all.contains(&link) {
            return false;
        }
        all.push(link);
        all.sort_unstable_by_key(Link::order);
        // Of links to one ticket in a row the first and the last say it all.
        let is_inner = |place: usize| {
            let of = |place: usize| all.get(place).map(|link| link.ticket);
            let before = place.checked_sub(1).and_then(of);
            before.is_some() && before == of(place) && of(place) == of(place + 1)
        };
        let mut kept: Vec<Link> = (0..all.len())
            .filter(|place| !is_inner(*place))
            .filter_map(|place| all.get(place).copied())
            .collect();
        self.link = kept.pop();
        kept.drain(..kept.len().saturating_sub(MOST_LINKS));
        self.past_links = kept;
        known.map(|link| link.ticket) != self.link.map(|link| link.ticket)
    }

    /// Since when a thread that left another ticket belongs to its own. None: it never left one.
    pub fn came_at(&self) -> Option<Timestamp> {
        let now = self.link?.ticket;
        let before = self
            .past_links
            .iter()
            .rposition(|past| past.ticket != now)?;
        let came_by = self.past_links.get(before + 1).or(self.link.as_ref());
        came_by.map(|link| link.at)
    }

    /// The tickets that the thread left, each with when it did, the oldest first.
    pub fn left(&self) -> Vec<(TicketId, Timestamp)> {
        let all = self.links();
        let next = all.iter().skip(1);
        let pairs = all.iter().zip(next);
        pairs
            .filter(|(link, next)| link.ticket != next.ticket)
            .map(|(link, next)| (link.ticket, next.at))
            .collect()
    }

    /// Notes what was looked at, and forgets what was noted of a time at which it did not leave.
    pub(super) fn note_leaving(&mut self, leaving: Leaving) {
        let left = self.left();
        let is_other = |noted: &Leaving| {
            (noted.ticket, noted.left_at) != (leaving.ticket, leaving.left_at)
                && left.contains(&(noted.ticket, noted.left_at))
        };
        self.leavings.retain(is_other);
        self.leavings.push(leaving);
    }

    fn links(&self) -> Vec<Link> {
        self.past_links.iter().chain(&self.link).copied().collect()
    }
}

impl Link {
    /// The later link counts; of two at one time, that to the larger ticket.
    pub(super) const fn order(&self) -> (Timestamp, TicketId) {
        (self.at, self.ticket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: TicketId = TicketId(1);
    const B: TicketId = TicketId(2);
    const C: TicketId = TicketId(3);

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn linked(links: &[(TicketId, i64)]) -> Facts {
        let mut facts = Facts::default();
        for (ticket, millis) in links {
            let (ticket, at) = (*ticket, at(*millis));
            facts.linked(Link { ticket, at });
        }
        facts
    }

    fn orders(links: &[(TicketId, i64)]) -> Vec<Vec<(TicketId, i64)>> {
        let Some((first, rest)) = links.split_first() else {
            return vec![Vec::new()];
        };
        let places = |order: Vec<(TicketId, i64)>| {
            (0..=order.len()).map(move |place| {
                let mut order = order.clone();
                order.insert(place, *first);
                order
            })
        };
        orders(rest).into_iter().flat_map(places).collect()
    }

    #[test]
    fn links_in_any_order_say_the_same() {
        let told = [(A, 10), (B, 20), (A, 30), (C, 40), (B, 40)];
        for order in orders(&told) {
            let facts = linked(&order);
            let left = [(A, 20), (B, 30), (A, 40), (B, 40)];
            assert_eq!(facts.left(), left.map(|(it, ms)| (it, at(ms))), "{order:?}");
            assert_eq!(facts.link.map(|link| link.ticket), Some(C), "{order:?}");
            assert_eq!(facts.came_at(), Some(at(40)), "{order:?}");
        }
    }

    #[test]
    fn a_thread_of_one_ticket_never_left_any_however_often_that_is_told() {
        for order in orders(&[(A, 10), (A, 20), (A, 30)]) {
            let facts = linked(&order);
            assert_eq!(facts.left(), []);
            assert_eq!(facts.came_at(), None);
            assert_eq!(facts.link.map(|link| link.at), Some(at(30)));
        }
    }

    #[test]
    fn a_thread_told_twice_to_have_come_came_at_the_first_of_them() {
        for order in orders(&[(A, 10), (B, 20), (B, 30)]) {
            assert_eq!(linked(&order).came_at(), Some(at(20)), "{order:?}");
        }
    }
}
