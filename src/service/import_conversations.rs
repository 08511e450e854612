//! The import: a portal that was just connected has its open conversations read, page by page, and
//! the newest of their tickets sampled for how they got their owners. After a time without a
//! connection that is how what was missed is found.

use super::call_hubspot::CallError;
use super::follower::Follower;
use super::know_owners::{know_owners, named};
use super::owner_source::{is_automatic, unless_answered};
use super::paced_reading::{Caller, NotRead, Pace, Round, concerns_portal};
use super::take_in;
use crate::domain::ids::{PortalId, TicketId};
use crate::domain::time::{Span, Timestamp};
use crate::hubspot::api::error::HubSpotError;
use crate::hubspot::api::page::Page;
use crate::hubspot::api::threads::{self, Thread, ThreadFilter};
use crate::hubspot::api::tickets::{self, OwnerChange, OwnerHistory, TicketOwner};
use crate::store::error::StoreError;
use crate::store::followed_portals::{self, Claim, Followed, Sample};
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

/// Imports for one round. If HubSpot does not know the place any more where the last round ended, the
/// import begins again: what was taken in already changes nothing.
///
/// # Errors
/// See [`NotRead`]; what was taken in stays, and the next round begins with the same page.
pub async fn import_conversations(
    follower: &Follower,
    followed: &Followed,
    pace: Pace,
) -> Result<Imported, NotRead> {
    let (portal, claim) = (followed.portal(), followed.claim());
    let mut round = Round::new(follower, portal, pace);
    let mut from = match followed.import_from() {
        Some(from) => from,
        None => begin(follower, claim).await?,
    };
    let mut after = followed.import_after.clone();
    let mut has_begun_again = false;
    loop {
        if !round.has_calls() {
            return Ok(Imported::Some);
        }
        let request = threads::list(ThreadFilter::MessageSince(from), after.as_deref());
        let (page, began_at) = match round.ask(&request).await {
            Ok(answer) => answer,
            Err(error) if after.is_some() && !has_begun_again && is_refusal(&error) => {
                log::warn!(portal_id = portal.0;
                    "HubSpot does not take the place where the import was, so it begins again: {error}");
                has_begun_again = true;
                from = begin(follower, claim).await?;
                after = None;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        after = import_page(&mut round, claim, page, began_at).await?;
        if after.is_none() {
            break;
        }
    }
    let sample = sample(&mut round).await?;
    read(&follower.store, move |conn| {
        followed_portals::end_import(conn, claim, sample)
    })
    .await?;
    log::info!(portal_id = portal.0; "the portal's open conversations are imported");
    Ok(Imported::All)
}

async fn begin(follower: &Follower, claim: Claim) -> Result<Timestamp, StoreError> {
    read(&follower.store, move |conn| {
        followed_portals::begin_import(conn, claim, BACK)
    })
    .await
}

/// HubSpot's word about this very request, which says nothing of another.
fn is_refusal(error: &CallError) -> bool {
    let refused = match error {
        CallError::HubSpot(error @ (HubSpotError::Refused(_) | HubSpotError::NotFound(_))) => error,
        CallError::HubSpot(_) | CallError::Token(_) => return false,
    };
    !refused.is_not_connected()
}

/// Takes in one page, with its tickets. Gives back where the next one begins.
async fn import_page(
    round: &mut Round<'_>,
    claim: Claim,
    page: Page<Thread>,
    began_at: Timestamp,
) -> Result<Option<String>, NotRead> {
    let count = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
    let in_all = count(page.results.len());
    let open = page.results.iter().filter(|thread| thread.is_open());
    let open: Vec<Thread> = open.cloned().collect();
    take_in::threads(round.follower, round.reading(began_at), &open).await?;
    let of_page: BTreeSet<TicketId> = open.iter().filter_map(|thread| thread.ticket).collect();
    let of_page: Vec<TicketId> = of_page.into_iter().collect();
    for some in of_page.chunks(tickets::MAX_HISTORY_BATCH) {
        // What is left of the page is the sweep's, which comes to it once the import has ended.
        if round.keeps_failing() {
            break;
        }
        import_tickets(round, some, &page.results).await?;
    }
    let (next, numbers) = (page.after.clone(), (in_all, count(open.len())));
    read(&round.follower.store, move |conn| {
        followed_portals::note_page(conn, claim, next.as_deref(), numbers)
    })
    .await?;
    Ok(page.after)
}

/// Takes in tickets that came with these conversations, with how they came to their owners where HubSpot tells
/// that. What cannot be read is left to the sweep.
async fn import_tickets(
    round: &mut Round<'_>,
    ids: &[TicketId],
    threads: &[Thread],
) -> Result<(), NotRead> {
    let mut answer = round.ask(&tickets::batch_with_changes(ids)).await;
    if let Err(error) = &answer
        && round.goes_on_after(error)
    {
        log::warn!(portal_id = round.portal.0; "histories of owners could not be read: {error}");
        answer = round.ask(&tickets::batch(ids)).await;
    }
    let (batch, began_at) = match answer {
        Ok(answer) => answer,
        Err(error) if round.goes_on_after(&error) => {
            log::warn!(portal_id = round.portal.0;
                "{} tickets could not be imported: {error}", ids.len());
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    let (store, owners) = (&round.follower.store, named(&batch.found));
    know_owners(store, Caller::Paced(round), owners).await?;
    let found = unless_answered(batch.found, threads);
    take_in::tickets(round.follower, round.reading(began_at), &found).await?;
    Ok(())
}

/// How the newest tickets got their owners, as far as their histories can be read.
async fn sample(round: &mut Round<'_>) -> Result<Sample, NotRead> {
    let newest = newest_tickets(round).await?;
    let mut sample = Sample::default();
    for some in newest.chunks(tickets::MAX_HISTORY_BATCH) {
        match round.ask(&tickets::owner_histories(some)).await {
            Ok((histories, _)) => {
                for history in histories {
                    count_in(&mut sample, &history);
                }
            }
            Err(error) if !concerns_portal(&error) => {
                log::warn!(portal_id = round.portal.0;
                    "{} tickets are not in the sample: {error}", some.len());
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(sample)
}

/// The portal's newest tickets, open or not; where HubSpot does not search for them, the newest of
/// the conversations that were imported.
async fn newest_tickets(round: &mut Round<'_>) -> Result<Vec<TicketId>, NotRead> {
    match round.ask(&tickets::newest()).await {
        Ok((newest, _)) => return Ok(newest),
        Err(error) if !concerns_portal(&error) => {}
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
    let of_somebody = |newest: &&OwnerChange| matches!(newest.owner, TicketOwner::Owner(_));
    let Some(newest) = history.newest.as_ref().filter(of_somebody) else {
        return;
    };
    sample.assigned += 1;
    if is_automatic(newest) {
        sample.assigned_by_automation += 1;
    }
}
