//! Carries out the merges of tickets that HubSpot told of. Replicas may do it at once: the same
//! merge twice changes nothing.

use super::follower::{Follower, NotTold};
use super::hear_of_left::carry_out;
use crate::decider::command::NotDecided;
use crate::domain::backoff;
use crate::domain::time::Span;
use crate::hubspot::webhooks::fields::Unusable;
use crate::store::error::StoreError;
use crate::store::kept_events::{self, KeptEvent};
use crate::store::merged_tickets::Merged;
use crate::store::owner_checks;
use crate::store::pool::read;
use crate::store::ticket_merges::{self, DueMerge};
use std::time::Duration;

/// In one round.
const MOST: i64 = 200;
const WITHIN: Duration = Duration::from_secs(10);
/// A record that this version cannot read is no other one in a minute; the next version may read it.
const FAULTY_AGAIN_AFTER: Span = Span::from_hours(1);
/// Since HubSpot's time of a merge. One that cannot be decided is put aside then, as an event is.
const FAULTY_KEPT_FOR: Span = Span::from_days(3);

/// Carries out what is due. A merge that fails is tried again after a growing wait of its own; one that
/// cannot be decided every hour for three days.
///
/// # Errors
/// Those of the database.
pub async fn merge_tickets(follower: &Follower) -> Result<(), StoreError> {
    let due = read(&follower.store, |conn| ticket_merges::due(conn, MOST)).await?;
    for DueMerge { merge, attempts } in due {
        let Merged {
            portal,
            survivor,
            merged,
            ..
        } = merge;
        match carry_out(&follower.store, &follower.decider, merge, WITHIN).await {
            Ok(()) => {
                // Merges may be told in another order than HubSpot made them, and links late: where
                // the conversations are now, it says itself.
                read(&follower.store, move |conn| {
                    owner_checks::ask_of_ticket(conn, portal, survivor)?;
                    ticket_merges::is_done(conn, merge)
                })
                .await?;
                follower.bells.owner_checks.notify_one();
            }
            Err(NotTold::NotDecided(NotDecided::Faulty(why))) => {
                put_off(follower, merge, why).await?;
            }
            Err(error) => {
                let portal_id = portal.0;
                log::warn!(portal_id; "ticket {merged} is not merged into {survivor}: {error}");
                let wait = backoff::after(attempts + 1);
                read(&follower.store, move |conn| {
                    ticket_merges::try_again(conn, merge, wait)
                })
                .await?;
            }
        }
    }
    Ok(())
}

/// What cannot be decided is not tried every minute, nor for ever.
async fn put_off(follower: &Follower, merge: Merged, why: String) -> Result<(), StoreError> {
    let (portal, portal_id) = (merge.portal, merge.portal.0);
    let (merged, survivor) = (merge.merged, merge.survivor);
    if follower.hubspot.hubspot_now() - merge.at < FAULTY_KEPT_FOR {
        log::error!(portal_id; "ticket {merged} cannot be merged into {survivor} yet: {why}");
        return read(&follower.store, move |conn| {
            ticket_merges::try_again(conn, merge, FAULTY_AGAIN_AFTER)
        })
        .await;
    }
    log::error!(portal_id; "ticket {merged} is never merged into {survivor}: {why}");
    let kept = KeptEvent {
        portal: Some(portal),
        reason: Unusable::Undecidable(why).to_string(),
        content: format!("ticket {merged} was merged into {survivor}"),
    };
    read(&follower.store, move |conn| {
        kept_events::keep(conn, &kept)?;
        ticket_merges::is_done(conn, merge)
    })
    .await
}
