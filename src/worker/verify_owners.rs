//! Reads owner fields again: at once when this process heard an event, else within half a second.
//! What a burst of enrolments has to look up is read beside it, few calls at a time.

use super::in_flight::InFlight;
use super::pause::{Next, pause};
use crate::service::follower::Follower;
use crate::service::verify_owner::{claim, verify};
use crate::store::error::StoreError;
use crate::store::owner_checks::Why;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Fields claimed at once: a hundred tickets are one call.
const MOST_AT_ONCE: usize = 200;
/// Look-ups are claimed by whole calls.
const LOOK_UPS_AT_ONCE: usize = 100;
/// As many calls wait for a portal's budget without any of them losing patience.
const LOOK_UPS_OF_PORTAL: usize = 4;
/// Between two looks when nothing is due, or enough is under way.
const LOOK_UP_PERIOD: Duration = Duration::from_millis(250);

/// Runs until `stop` says true.
pub async fn run(follower: Arc<Follower>, mut stop: watch::Receiver<bool>) {
    let mut under_way = InFlight::default();
    while !*stop.borrow() {
        let begun = begin(&follower, Why::Told, &mut under_way).await;
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
            break;
        }
    }
    under_way.end().await;
}

/// Looks tickets up until `stop` says true. No bell: what came meanwhile shares a call.
pub async fn look_up(follower: Arc<Follower>, mut stop: watch::Receiver<bool>) {
    let mut under_way = InFlight::at_most_of_portal(LOOK_UPS_OF_PORTAL);
    while !*stop.borrow() {
        if let Err(error) = follower.note_look_ups().await {
            log::warn!("tickets to be looked up could not be noted: {error}");
        }
        let begun = begin(&follower, Why::LookUp, &mut under_way).await;
        let has_begun = begun.unwrap_or_else(|error| {
            log::warn!("tickets to be looked up could not be read: {error}");
            false
        });
        if !has_begun && pause(&mut stop, LOOK_UP_PERIOD).await == Next::End {
            break;
        }
    }
    under_way.end().await;
}

/// Begins what is due, as far as there is room for it. True if anything was.
async fn begin(
    follower: &Arc<Follower>,
    why: Why,
    under_way: &mut InFlight,
) -> Result<bool, StoreError> {
    let room = under_way.room();
    if room == 0 {
        return Ok(false);
    }
    let most = match why {
        Why::Told => MOST_AT_ONCE,
        Why::LookUp => LOOK_UPS_AT_ONCE,
    };
    let batches = claim(follower, why, (most, room), under_way.busy()).await?;
    let has_begun = !batches.is_empty();
    for batch in batches {
        let follower = Arc::clone(follower);
        under_way.begin(batch.portal, async move {
            verify(&follower, batch).await;
        });
    }
    Ok(has_begun)
}
