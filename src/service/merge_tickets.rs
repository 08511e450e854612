//! Carries out the merges of tickets that HubSpot told of. Replicas may do it at once: the same
//! merge twice changes nothing.

use super::follower::Follower;
use super::hear_of_left::carry_out;
use crate::store::error::StoreError;
use crate::store::merged_tickets::Merged;
use crate::store::pool::read;
use crate::store::ticket_merges;
use std::time::Duration;

/// Those that wait behind a merge that fails get their turn all the same.
const MOST: i64 = 200;
const WITHIN: Duration = Duration::from_secs(10);

/// Carries out what waits. Gives back how many merges failed; they wait on.
///
/// # Errors
/// Those of the database.
pub async fn merge_tickets(follower: &Follower) -> Result<usize, StoreError> {
    let mut failed = 0;
    let waiting = read(&follower.store, |conn| ticket_merges::waiting(conn, MOST)).await?;
    for merge in waiting {
        let Merged {
            portal,
            survivor,
            merged,
            ..
        } = merge;
        match carry_out(&follower.store, &follower.decider, merge, WITHIN).await {
            Ok(()) => {
                read(&follower.store, move |conn| {
                    ticket_merges::is_done(conn, merge)
                })
                .await?;
            }
            Err(error) => {
                failed += 1;
                let portal_id = portal.0;
                log::warn!(portal_id; "ticket {merged} is not merged into {survivor}: {error}");
            }
        }
    }
    Ok(failed)
}
