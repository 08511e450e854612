//! Reads owner fields again after an event: the event silenced at once, the reading confirms it or
//! begins to end it. A conversation's status is read with its assignee. Whether and when a reading
//! ends a person's ownership, or opens a conversation, is `domain`'s to say; here it is seen to that
//! a second one follows.

use super::access_token::TokenError;
use super::call_hubspot::CallError;
use super::follower::{Follower, NotTold};
use super::judge_status;
use super::know_owners::{know_owners, named};
use super::paced_reading::Caller;
use super::take_in::{self, Reading};
use crate::domain::backoff;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::domain::time::{Span, Timestamp};
use crate::hubspot::api::error::HubSpotError;
use crate::hubspot::api::lane::Lane;
use crate::hubspot::api::{threads, tickets};
use crate::store::error::StoreError;
use crate::store::owner_checks::{self, Checked, Most, OwnerCheck, Why};
use crate::store::pool::read;
use std::collections::BTreeMap;

/// Two readings that end a person's ownership are 10 s apart, each counted on HubSpot's clock,
/// which is known to a second.
const SECOND_READING: Span = Span::from_millis(11_500);
/// A field that is never found as it is known is left to the sweep after so many readings.
const MOST_READINGS: u32 = 30;
/// What only an admin can change is not asked for more often than this.
const NO_USE_BEFORE: Span = Span::from_minutes(5);

/// Why a field is not verified yet.
#[derive(Debug, thiserror::Error)]
enum NotVerified {
    #[error(transparent)]
    HubSpot(#[from] CallError),
    #[error(transparent)]
    NotTakenIn(#[from] NotTold),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Owner fields to be read for one portal in one go: one conversation, or up to a hundred tickets.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The portal.
    pub portal: PortalId,
    lane: Lane,
    checks: Vec<OwnerCheck>,
    fields: Fields,
}

#[derive(Clone, Debug)]
enum Fields {
    Thread(ThreadId),
    Tickets(Vec<TicketId>),
}

/// Claims owner fields that are due, for this replica alone, but none of these portals: at most so
/// many fields in so many batches.
///
/// # Errors
/// Those of the database.
pub async fn claim(
    follower: &Follower,
    why: Why,
    (fields, batches): (usize, usize),
    but_of: Vec<PortalId>,
) -> Result<Vec<Batch>, StoreError> {
    let count = |most: usize| i64::try_from(most).unwrap_or(i64::MAX);
    let most = Most {
        fields: count(fields),
        calls: count(batches),
        tickets_of_call: count(tickets::MAX_BATCH),
    };
    let claimed = read(&follower.store, move |conn| {
        owner_checks::claim(conn, why, most, &but_of)
    });
    let lane = match why {
        Why::Told => Lane::VerifySilence,
        Why::LookUp => Lane::LookUps,
    };
    let mut batches = Vec::new();
    let mut of_tickets: BTreeMap<PortalId, Vec<(TicketId, OwnerCheck)>> = BTreeMap::new();
    for check in claimed.await? {
        match check.of {
            Checked::Thread(thread) => batches.push(Batch {
                portal: check.portal,
                lane,
                fields: Fields::Thread(thread),
                checks: vec![check],
            }),
            Checked::Ticket(ticket) => {
                of_tickets
                    .entry(check.portal)
                    .or_default()
                    .push((ticket, check));
            }
        }
    }
    for (portal, of_portal) in of_tickets {
        for some in of_portal.chunks(tickets::MAX_BATCH) {
            let (ids, checks) = some.iter().cloned().unzip();
            batches.push(Batch {
                portal,
                lane,
                fields: Fields::Tickets(ids),
                checks,
            });
        }
    }
    Ok(batches)
}

/// Reads a batch. What is not settled by it is due again later.
pub async fn verify(follower: &Follower, batch: Batch) {
    let portal_id = batch.portal.0;
    let verified = match &batch.fields {
        Fields::Thread(thread) => verify_thread(follower, &batch, *thread).await,
        Fields::Tickets(tickets) => verify_tickets(follower, &batch, tickets).await,
    };
    let kept = match verified {
        Ok(settled) => settle(follower, batch.checks, &settled).await,
        // Once it is connected, its open conversations are read anew.
        Err(NotVerified::HubSpot(CallError::Token(
            TokenError::NotConnected | TokenError::ReconnectRequired,
        ))) => {
            let checks = batch.checks;
            read(&follower.store, move |conn| {
                owner_checks::are_settled(conn, &checks)
            })
            .await
        }
        Err(error) => {
            // Waiting for one's turn is no fault.
            let level = match &error {
                NotVerified::HubSpot(CallError::HubSpot(HubSpotError::RateLimited { .. })) => {
                    log::Level::Debug
                }
                NotVerified::HubSpot(_) | NotVerified::NotTakenIn(_) | NotVerified::Store(_) => {
                    log::Level::Warn
                }
            };
            log::log!(level, portal_id; "owners are not verified yet: {error}");
            let attempts = batch.checks.iter().map(|check| check.attempts).max();
            let wait = wait_after(&error, attempts.unwrap_or_default());
            let checks = batch.checks;
            read(&follower.store, move |conn| {
                owner_checks::try_again(conn, &checks, wait)
            })
            .await
        }
    };
    if let Err(error) = kept {
        // They come back when the claim is over.
        log::warn!(portal_id; "what became of verified owners could not be kept: {error}");
    }
}

/// Gives back the fields that are as known, or are not there: they are settled. The others are to
/// be read again.
async fn verify_thread(
    follower: &Follower,
    batch: &Batch,
    id: ThreadId,
) -> Result<Vec<Checked>, NotVerified> {
    let field = Checked::Thread(id);
    let request = threads::get(id);
    let asked_at = follower.hubspot.hubspot_now();
    let asked = follower
        .hubspot
        .ask_timed(batch.portal, batch.lane, &request);
    let (thread, began_at) = match asked.await {
        Ok(read) => read,
        // HubSpot's own word: there is nothing to verify, once it says so again.
        Err(CallError::HubSpot(HubSpotError::NotFound(_))) => {
            let reading = batch.reading(asked_at);
            let is_settled = judge_status::absent_thread(follower, reading, id).await?;
            let is_second = batch.checks.iter().any(|check| check.attempts > 1);
            let settled = is_settled && is_second;
            return Ok(settled.then_some(field).into_iter().collect());
        }
        Err(error) => return Err(error.into()),
    };
    let reading = batch.reading(began_at);
    let taken = take_in::threads(follower, reading, &[thread]).await?;
    Ok(taken.agreed.into_iter().map(Checked::Thread).collect())
}

async fn verify_tickets(
    follower: &Follower,
    batch: &Batch,
    ids: &[TicketId],
) -> Result<Vec<Checked>, NotVerified> {
    let request = tickets::batch(ids);
    let asked = follower
        .hubspot
        .ask_timed(batch.portal, batch.lane, &request);
    let (read, began_at) = asked.await?;
    let caller = Caller::AtOnce {
        hubspot: &follower.hubspot,
        portal: batch.portal,
        lane: batch.lane,
    };
    know_owners(&follower.store, caller, named(&read.found)).await?;
    let reading = batch.reading(began_at);
    let taken = take_in::tickets(follower, reading, &read.found).await?;
    take_in::absent_tickets(follower, reading, &read.not_found).await?;
    let settled = taken.agreed.into_iter().chain(read.not_found);
    Ok(settled.map(Checked::Ticket).collect())
}

impl Batch {
    const fn reading(&self, began_at: Timestamp) -> Reading {
        Reading {
            portal: self.portal,
            began_at,
        }
    }
}

async fn settle(
    follower: &Follower,
    checks: Vec<OwnerCheck>,
    settled: &[Checked],
) -> Result<(), StoreError> {
    let is_settled =
        |check: &OwnerCheck| settled.contains(&check.of) || check.attempts >= MOST_READINGS;
    let (settled, open): (Vec<OwnerCheck>, Vec<OwnerCheck>) =
        checks.into_iter().partition(is_settled);
    read(&follower.store, move |conn| {
        owner_checks::are_settled(conn, &settled)?;
        owner_checks::try_again(conn, &open, SECOND_READING)
    })
    .await
}

fn wait_after(error: &NotVerified, attempts: u32) -> Span {
    let usual = backoff::after(attempts);
    match error {
        NotVerified::NotTakenIn(_) | NotVerified::Store(_) => usual,
        NotVerified::HubSpot(error) => error.retry_after().map_or(NO_USE_BEFORE, |wait| {
            let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
            usual.max(Span::from_millis(wait))
        }),
    }
}
