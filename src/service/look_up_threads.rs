//! Finds the conversations of a ticket or a contact at HubSpot, and takes them in: from then on
//! they are known here.

use super::call_hubspot::CallError;
use super::follower::{Follower, NotTold};
use super::know_owners::{know_owners, named};
use super::paced_reading::Caller;
use super::take_in::{self, Reading};
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::domain::time::Timestamp;
use crate::hubspot::api::lane::Lane;
use crate::hubspot::api::threads::{self, Thread, ThreadFilter, ThreadStatus};
use crate::hubspot::api::tickets;
use std::cmp::Reverse;

/// 500 a page: nobody has more conversations open.
const MOST_PAGES: usize = 3;

/// Why they could not be found.
#[derive(Debug, thiserror::Error)]
pub enum NotFound {
    /// HubSpot gave nothing.
    #[error(transparent)]
    HubSpot(#[from] CallError),
    /// What it gave was not taken in.
    #[error(transparent)]
    NotTakenIn(#[from] NotTold),
}

/// Looks up a ticket's conversations, and links them. False: HubSpot says that it has none.
///
/// # Errors
/// See [`NotFound`].
pub(super) async fn of_ticket(
    follower: &Follower,
    portal: PortalId,
    ticket: TicketId,
) -> Result<bool, NotFound> {
    let found = pages(follower, portal, ThreadFilter::OfTicket(ticket)).await?;
    if !found.is_empty() {
        return Ok(true);
    }
    // The list may be behind the ticket, which a conversation has just made.
    let request = tickets::batch(&[ticket]);
    let asked = follower.hubspot.ask_timed(portal, Lane::LookUps, &request);
    let (batch, began_at) = asked.await?;
    let caller = Caller::AtOnce {
        hubspot: &follower.hubspot,
        portal,
        lane: Lane::LookUps,
    };
    let owners = named(&batch.found);
    know_owners(&follower.store, caller, owners)
        .await
        .map_err(NotTold::from)?;
    take_in::tickets(follower, reading(portal, began_at), &batch.found).await?;
    let mut tickets = batch.found.iter();
    Ok(tickets.any(|ticket| ticket.originating_thread.is_some()))
}

/// Looks up a contact's open conversations: the one whose customer wrote last comes first.
///
/// # Errors
/// See [`NotFound`].
pub(super) async fn of_contact(
    follower: &Follower,
    portal: PortalId,
    contact: i64,
) -> Result<Vec<(ThreadId, Option<TicketId>)>, NotFound> {
    let filter = ThreadFilter::OfContact(contact, ThreadStatus::Open);
    let mut found = pages(follower, portal, filter).await?;
    found.sort_by_key(|thread| {
        let wrote_at = thread.latest_received_at.or(thread.latest_message_at);
        Reverse((wrote_at, thread.id))
    });
    Ok(found
        .into_iter()
        .map(|thread| (thread.id, thread.ticket))
        .collect())
}

async fn pages(
    follower: &Follower,
    portal: PortalId,
    filter: ThreadFilter,
) -> Result<Vec<Thread>, NotFound> {
    let mut found = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let request = threads::list(filter, after.as_deref());
        let asked = follower.hubspot.ask_timed(portal, Lane::LookUps, &request);
        let (page, began_at) = asked.await?;
        take_in::threads(follower, reading(portal, began_at), &page.results).await?;
        found.extend(page.results);
        after = page.after;
        if after.is_none() {
            break;
        }
    }
    Ok(found)
}

const fn reading(portal: PortalId, began_at: Timestamp) -> Reading {
    Reading { portal, began_at }
}
