//! Reads owner fields again: at once when this process heard an event, else within half a second.

use super::in_flight::InFlight;
use super::pause::Next;
use crate::service::follower::Follower;
use crate::service::verify_owner::{claim, verify};
use crate::store::error::StoreError;
use std::sync::Arc;
use tokio::sync::watch;

/// Fields claimed at once: a hundred tickets are one call.
const MOST_AT_ONCE: i64 = 200;

/// Runs until `stop` says true. What is under way then comes back when its claim is over.
pub async fn run(follower: Arc<Follower>, mut stop: watch::Receiver<bool>) {
    let mut under_way = InFlight::default();
    while !*stop.borrow() {
        let begun = begin(&follower, &mut under_way).await;
        let has_begun = begun.unwrap_or_else(|error| {
            log::warn!("owners to be verified could not be looked up: {error}");
            false
        });
        if has_begun {
            continue;
        }
        if under_way
            .wait_for(&follower.bells.owner_checks, &mut stop)
            .await
            == Next::End
        {
            return;
        }
    }
}

/// Begins what is due. True if anything was.
async fn begin(follower: &Arc<Follower>, under_way: &mut InFlight) -> Result<bool, StoreError> {
    if under_way.room() == 0 {
        return Ok(false);
    }
    let batches = claim(follower, MOST_AT_ONCE, under_way.busy()).await?;
    let has_begun = !batches.is_empty();
    for batch in batches {
        let follower = Arc::clone(follower);
        under_way.begin(batch.portal, async move {
            verify(&follower, batch).await;
        });
    }
    Ok(has_begun)
}
