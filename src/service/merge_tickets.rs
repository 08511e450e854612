//! Carries out the merges of tickets that HubSpot told of. Replicas may do it at once: the same
//! merge twice changes nothing.

use super::follower::Follower;
use super::hear_of_left::carry_out;
use crate::domain::backoff;
use crate::store::error::StoreError;
use crate::store::merged_tickets::Merged;
use crate::store::owner_checks;
use crate::store::pool::read;
use crate::store::ticket_merges::{self, DueMerge};
use std::time::Duration;

/// In one round.
const MOST: i64 = 200;
const WITHIN: Duration = Duration::from_secs(10);

/// Carries out what is due. A merge that fails is tried again after a growing wait of its own.
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
