//! The import: a portal that was just connected has its open conversations read, page by page, and
//! the newest of their tickets sampled for how they got their owners. After a time without a
//! connection that is how what was missed is found.

use super::call_hubspot::CallError;
use super::follower::Follower;
use super::paced_reading::{NotRead, Pace, Round};
use super::take_in;
use crate::domain::ids::{PortalId, TicketId};
use crate::domain::time::{Span, Timestamp};
use crate::hubspot::api::error::HubSpotError;
use crate::hubspot::api::threads::{self, Thread, ThreadFilter, ThreadStatus};
use crate::hubspot::api::tickets::{self, OwnerHistory};
use crate::hubspot::webhooks::changed_by::ChangedBy;
use crate::store::followed_portals::{self, Followed, Sample};
use crate::store::pool::read;
use crate::store::sweep_due;
use std::collections::BTreeSet;

/// An open conversation without a message for longer is not imported; it is known from its next
/// event on.
const BACK: Span = Span::from_days(30);
/// The newest tickets that are looked at, where HubSpot does not name them.
const SAMPLED: i64 = 100;

/// Whether the import is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported {
    /// It is.
    All,
    /// The round was over first; the next one goes on where it ended.
    Some,
}

/// Imports for one round.
///
/// # Errors
/// See [`NotRead`]; what was taken in stays, and the next round begins with the same page.
pub async fn import_conversations(
    follower: &Follower,
    followed: &Followed,
    pace: Pace,
) -> Result<Imported, NotRead> {
    let portal = followed.portal();
    let mut round = Round::new(follower, portal, pace);
    let from = match followed.import_from() {
        Some(from) => from,
        None => {
            read(&follower.store, move |conn| {
                followed_portals::begin_import(conn, portal, BACK)
            })
            .await?
        }
    };
    let mut after = followed.import_after.clone();
    loop {
        if !round.has_calls() {
            return Ok(Imported::Some);
        }
        after = import_page(&mut round, from, after.as_deref()).await?;
        if after.is_none() {
            break;
        }
    }
    let sample = sample(&mut round).await?;
    read(&follower.store, move |conn| {
        followed_portals::end_import(conn, portal, sample)
    })
    .await?;
    log::info!(portal_id = portal.0; "the portal's open conversations are imported");
    Ok(Imported::All)
}

/// Takes in one page, with its tickets. Gives back where the next one begins.
async fn import_page(
    round: &mut Round<'_>,
    from: Timestamp,
    after: Option<&str>,
) -> Result<Option<String>, NotRead> {
    let request = threads::list(ThreadFilter::MessageSince(from), after);
    let (page, began_at) = round.ask(&request).await?;
    let count = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
    let in_all = count(page.results.len());
    let is_open = |thread: &Thread| thread.status == Some(ThreadStatus::Open);
    let open: Vec<Thread> = page.results.into_iter().filter(is_open).collect();
    take_in::threads(round.follower, round.reading(began_at), &open).await?;
    let of_page: BTreeSet<TicketId> = open.iter().filter_map(|thread| thread.ticket).collect();
    let of_page: Vec<TicketId> = of_page.into_iter().collect();
    for some in of_page.chunks(tickets::MAX_BATCH) {
        let (batch, began_at) = round.ask(&tickets::batch(some)).await?;
        take_in::tickets(round.follower, round.reading(began_at), &batch.found).await?;
    }
    let (portal, next, numbers) = (
        round.portal,
        page.after.clone(),
        (in_all, count(open.len())),
    );
    read(&round.follower.store, move |conn| {
        followed_portals::note_page(conn, portal, next.as_deref(), numbers)
    })
    .await?;
    Ok(page.after)
}

/// How the newest tickets got their owners.
async fn sample(round: &mut Round<'_>) -> Result<Sample, NotRead> {
    let newest = newest_tickets(round).await?;
    let mut sample = Sample::default();
    for some in newest.chunks(tickets::MAX_HISTORY_BATCH) {
        let (histories, _) = round.ask(&tickets::owner_histories(some)).await?;
        for history in histories {
            count_in(&mut sample, &history);
        }
    }
    Ok(sample)
}

/// The portal's newest tickets, open or not; where HubSpot does not search for them, the newest of
/// the conversations that were imported.
async fn newest_tickets(round: &mut Round<'_>) -> Result<Vec<TicketId>, NotRead> {
    match round.ask(&tickets::newest()).await {
        Ok((newest, _)) => return Ok(newest),
        Err(CallError::HubSpot(
            HubSpotError::Refused(_)
            | HubSpotError::NotFound(_)
            | HubSpotError::MissingScopes { .. },
        )) => {}
        Err(error) => return Err(error.into()),
    }
    let portal: PortalId = round.portal;
    Ok(read(&round.follower.store, move |conn| {
        sweep_due::newest_tickets(conn, portal, SAMPLED)
    })
    .await?)
}

fn count_in(sample: &mut Sample, history: &OwnerHistory) {
    sample.tickets += 1;
    let Some(newest) = history.newest.as_ref().filter(|newest| newest.is_somebody) else {
        return;
    };
    sample.assigned += 1;
    let source = ChangedBy::read(newest.source_type.as_ref(), newest.source_id.as_ref(), None);
    match source {
        ChangedBy::Automation => sample.assigned_by_automation += 1,
        ChangedBy::Hand | ChangedBy::ThisApp => {}
    }
}
