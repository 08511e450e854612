//! Reads messages: at once when this process heard of one, else within half a second. Those that
//! HubSpot announced wait neither for a place nor for calls behind those of which nobody told.

use super::in_flight::InFlight;
use super::pause::Next;
use crate::service::follower::Follower;
use crate::service::read_messages::{claim, read_thread};
use crate::store::error::StoreError;
use crate::store::unread_messages::Which;
use std::sync::Arc;
use tokio::sync::{Notify, watch};

/// So few are caught up with at once in a portal that all have their turn within the patience of
/// their lane, even while it has no more calls than those kept for it.
const CAUGHT_UP_WITH_AT_ONCE: usize = 8;

/// Reads what was announced until `stop` says true.
pub async fn announced(follower: Arc<Follower>, stop: watch::Receiver<bool>) {
    let bell = &follower.bells.messages;
    run(&follower, Which::Announced, InFlight::default(), bell, stop).await;
}

/// Reads what nobody told of, until `stop` says true.
pub async fn untold(follower: Arc<Follower>, stop: watch::Receiver<bool>) {
    let under_way = InFlight::at_most_of_portal(CAUGHT_UP_WITH_AT_ONCE);
    let bell = &follower.bells.untold;
    run(&follower, Which::Untold, under_way, bell, stop).await;
}

async fn run(
    follower: &Arc<Follower>,
    which: Which,
    mut under_way: InFlight,
    bell: &Notify,
    mut stop: watch::Receiver<bool>,
) {
    while !*stop.borrow() {
        let begun = begin(follower, which, &mut under_way).await;
        let has_begun = begun.unwrap_or_else(|error| {
            log::warn!("messages to be read could not be looked up: {error}");
            false
        });
        if has_begun {
            continue;
        }
        if under_way.wait_for(bell, &mut stop).await == Next::End {
            break;
        }
    }
    under_way.end().await;
}

/// Begins what is due. True if anything was.
async fn begin(
    follower: &Arc<Follower>,
    which: Which,
    under_way: &mut InFlight,
) -> Result<bool, StoreError> {
    let room = under_way.room();
    if room == 0 {
        return Ok(false);
    }
    let most = i64::try_from(room).unwrap_or(i64::MAX);
    let claimed = claim(follower, which, most, under_way.busy()).await?;
    let has_begun = !claimed.is_empty();
    for unread in claimed {
        let follower = Arc::clone(follower);
        under_way.begin(unread.portal, async move {
            read_thread(&follower, unread).await;
        });
    }
    Ok(has_begun)
}
