//! To which tickets the conversations of a reading belong. One that HubSpot shows with another
//! ticket than the one it is known with has moved if a second reading agrees: one alone may be a
//! lagging replica's, and what the other ticket's owner does would no longer be heard.

use super::take_in::Reading;
use crate::domain::decide::{READINGS_APART, counts_at};
use crate::domain::facts::{Facts, Link};
use crate::domain::ids::{ThreadId, TicketId};
use crate::domain::time::Timestamp;
use crate::hubspot::api::threads::Thread;
use crate::store::error::StoreError;
use crate::store::pool::{Store, read};
use crate::store::portal_record::missed::Missed;
use crate::store::{known_facts, link_doubts};
use std::collections::HashMap;
use std::sync::Arc;

/// What a reading says of a conversation's ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Nothing new.
    AsKnown,
    /// It belongs to this ticket since then.
    Linked(Link),
    /// It does if a later reading agrees. Until then it is not known whose it is.
    Doubted(Link),
}

/// What is known of the conversations of a reading.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) threads: &'a HashMap<ThreadId, Facts>,
    /// What nobody told of, as far as the reading shows it.
    pub(super) missed: Option<Missed>,
}

/// Judges them, and keeps what a second reading has to confirm.
///
/// # Errors
/// Those of the database.
pub(super) async fn judge(
    store: &Arc<Store>,
    reading: Reading,
    found: &[Thread],
    known: Known<'_>,
) -> Result<HashMap<ThreadId, Shown>, StoreError> {
    let portal = reading.portal;
    let link_of = |thread: &Thread| known.threads.get(&thread.id).and_then(|facts| facts.link);
    let others = found.iter().filter_map(|thread| {
        let link = link_of(thread)?;
        (Some(link.ticket) != thread.ticket).then_some(link.ticket)
    });
    let others: Vec<TicketId> = others.collect();
    let ids: Vec<ThreadId> = found.iter().map(|thread| thread.id).collect();
    let (doubts, others) = read(store, move |conn| {
        let doubts = link_doubts::of(conn, portal, &ids)?;
        Ok((doubts, known_facts::of_tickets(conn, portal, &others)?))
    })
    .await?;
    let mut judged = HashMap::new();
    let (mut noted, mut settled) = (Vec::new(), Vec::new());
    for thread in found {
        let (link, doubt) = (link_of(thread), doubts.get(&thread.id).copied());
        // HubSpot may go on naming a ticket that was merged into the one that is known.
        let is_merged = |ticket: &TicketId| {
            let known = link.and_then(|link| others.get(&link.ticket));
            known.is_some_and(|facts| facts.absorbed_tickets.contains(ticket))
        };
        let ticket = thread.ticket.filter(|ticket| !is_merged(ticket));
        // While the connection was dead nobody told that a conversation moved to another ticket.
        let is_missed = |at: Timestamp| known.missed.is_some_and(|missed| at < missed.until);
        let stays = |link: &Link| !is_missed(link.at) || Some(link.ticket) == ticket;
        let shown = shown(ticket, link.filter(stays), doubt, reading.began_at);
        match shown {
            Shown::Doubted(link) if doubt == Some(link) => {}
            Shown::Doubted(shown) => {
                log::warn!(portal_id = portal.0, conversation_id = thread.id.0;
                    "HubSpot shows it with ticket {}, it is known with {link:?}", shown.ticket);
                noted.push((thread.id, shown));
            }
            Shown::AsKnown | Shown::Linked(_) if doubt.is_some() => settled.push(thread.id),
            Shown::AsKnown | Shown::Linked(_) => {}
        }
        judged.insert(thread.id, shown);
    }
    if !noted.is_empty() || !settled.is_empty() {
        read(store, move |conn| {
            link_doubts::note(conn, portal, &noted)?;
            link_doubts::forget(conn, portal, &settled)
        })
        .await?;
    }
    Ok(judged)
}

/// A move counts since the first of the readings that agree, so that any event of a later one is
/// the newer link.
fn shown(
    ticket: Option<TicketId>,
    known: Option<Link>,
    doubt: Option<Link>,
    began_at: Timestamp,
) -> Shown {
    let Some(ticket) = ticket else {
        return Shown::AsKnown;
    };
    let at = counts_at(began_at);
    let Some(known) = known else {
        return Shown::Linked(Link::told(ticket, at));
    };
    if known.ticket == ticket {
        return Shown::AsKnown;
    }
    let agrees = |doubt: &Link| doubt.ticket == ticket && doubt.at > known.at;
    match doubt.filter(agrees) {
        Some(first) if at - first.at >= READINGS_APART => Shown::Linked(first),
        Some(first) => Shown::Doubted(first),
        None => Shown::Doubted(Link::told(ticket, at)),
    }
}
