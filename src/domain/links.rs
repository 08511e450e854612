//! To which tickets a thread belonged, and until when, folded from links that may arrive in any
//! order: a thread that moves leaves its ticket at the time of the next link.

use super::facts::{Facts, Link};
use super::hold::HoldId;
use super::ids::TicketId;
use super::lifted::Lifted;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// More links of one thread than this are not kept; the oldest go first.
const MOST_LINKS: usize = 16;

/// A ticket that a thread left. Folded from what is known of both, so that it is the same whatever
/// came first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    /// The ticket.
    pub ticket: TicketId,
    /// When the thread left it, on HubSpot's clock.
    pub left_at: Timestamp,
    /// What the ticket's owner field said then.
    #[serde(default)]
    pub then: Facts,
    /// What was lifted in the thread of the ticket's silences before it left.
    #[serde(default, skip_serializing_if = "Lifted::is_empty")]
    pub lifted: Lifted,
    /// The ticket's holds that the thread took along, or would have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub took_along: Vec<HoldId>,
}

/// A time for which a thread belonged to a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// The ticket.
    pub ticket: TicketId,
    /// Since when.
    pub came_at: Timestamp,
    /// Until when. None: it belongs to it still.
    pub left_at: Option<Timestamp>,
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
        drop_untrue(&mut all);
        if all.len() > MOST_LINKS {
            drop_inner(&mut all);
        }
        self.link = all.pop();
        all.drain(..all.len().saturating_sub(MOST_LINKS));
        self.past_links = all;
        known.map(|link| link.ticket) != self.link.map(|link| link.ticket)
    }

    /// Since when a thread that left another ticket belongs to its own. None: it never left one.
    pub fn came_at(&self) -> Option<Timestamp> {
        let stays = self.stays();
        stays
            .last()
            .filter(|_| stays.len() > 1)
            .map(|it| it.came_at)
    }

    /// The tickets that the thread left, each with when it did, the oldest first.
    pub fn left(&self) -> Vec<(TicketId, Timestamp)> {
        let stays = self.stays().into_iter();
        stays
            .filter_map(|stay| Some((stay.ticket, stay.left_at?)))
            .collect()
    }

    /// When the thread left this ticket, the oldest first.
    pub fn left_of(&self, ticket: TicketId) -> Vec<Timestamp> {
        let left = self.left().into_iter();
        left.filter(|(of, _)| *of == ticket)
            .map(|(_, at)| at)
            .collect()
    }

    /// The tickets that the thread belonged to, one after the other, the oldest first.
    pub fn stays(&self) -> Vec<Stay> {
        let mut stays: Vec<Stay> = Vec::new();
        for link in self.links() {
            match stays.last_mut() {
                Some(stay) if stay.ticket == link.ticket => continue,
                Some(stay) => stay.left_at = Some(link.at),
                None => {}
            }
            stays.push(Stay {
                ticket: link.ticket,
                came_at: link.at,
                left_at: None,
            });
        }
        stays
    }

    /// The ticket to which the thread belonged at this time.
    pub fn ticket_at(&self, at: Timestamp) -> Option<TicketId> {
        let mut stays = self.stays().into_iter();
        let newest = stays.rfind(|stay| stay.came_at <= at);
        newest.map(|stay| stay.ticket)
    }

    /// What the tickets were that the thread left, with when it came to each; not when to the first.
    pub fn past_tickets(&self) -> Vec<(Option<Timestamp>, &Self)> {
        if self.leavings.is_empty() {
            return Vec::new();
        }
        let stays = self.stays();
        let of_leaving = |leaving: &'_ Leaving| {
            let is_of = |stay: &Stay| {
                (stay.ticket, stay.left_at) == (leaving.ticket, Some(leaving.left_at))
            };
            let place = stays.iter().position(is_of)?;
            let came_at = stays.get(place).map(|stay| stay.came_at);
            Some(came_at.filter(|_| place > 0))
        };
        let leavings = self.leavings.iter();
        let known = leavings.filter_map(|leaving| Some((of_leaving(leaving)?, &leaving.then)));
        known.collect()
    }

    /// Notes what a ticket was that was merged into this one.
    pub(super) fn note_merged(&mut self, merged: Leaving) {
        self.leavings.retain(|noted| noted.ticket != merged.ticket);
        self.leavings.push(merged);
        let order = |noted: &Leaving| (noted.left_at, noted.ticket);
        self.leavings.sort_unstable_by_key(order);
    }

    /// Notes what a ticket was, and forgets what was noted of a time at which it did not leave.
    pub(super) fn note_leaving(&mut self, leaving: Leaving) {
        let left = self.left();
        let is_other = |noted: &Leaving| {
            (noted.ticket, noted.left_at) != (leaving.ticket, leaving.left_at)
                && left.contains(&(noted.ticket, noted.left_at))
        };
        self.leavings.retain(is_other);
        self.leavings.push(leaving);
        let order = |noted: &Leaving| (noted.left_at, noted.ticket);
        self.leavings.sort_unstable_by_key(order);
    }

    fn links(&self) -> Vec<Link> {
        self.past_links.iter().chain(&self.link).copied().collect()
    }
}

/// It goes along with a ticket that is merged only from that ticket: it may turn out to have left
/// it before. What was assumed is as nothing once it is told.
fn drop_untrue(links: &mut Vec<Link>) {
    let told = links.iter().filter(|link| !link.is_assumed);
    let told: Vec<TicketId> = told.map(|link| link.ticket).collect();
    links.retain(|link| !link.is_assumed || !told.contains(&link.ticket));
    let mut before = None;
    links.retain(|link| {
        let is_true = link.merged_from.is_none() || link.merged_from == before;
        if is_true {
            before = Some(link.ticket);
        }
        is_true
    });
}

/// Of links to one ticket in a row the first and the last say almost all.
fn drop_inner(links: &mut Vec<Link>) {
    let is_inner = |place: usize| {
        let of = |place: usize| links.get(place).map(|link| link.ticket);
        let before = place.checked_sub(1).and_then(of);
        before.is_some() && before == of(place) && of(place) == of(place + 1)
    };
    let kept = (0..links.len()).filter(|place| !is_inner(*place));
    *links = kept.filter_map(|place| links.get(place).copied()).collect();
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
            facts.linked(Link::told(ticket, at));
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
