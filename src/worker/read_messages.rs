//! Reads announced messages: at once when this process heard of one, else within half a second.

use super::in_flight::InFlight;
use super::pause::Next;
use crate::service::follower::Follower;
use crate::service::read_messages::{claim, read_thread};
use crate::store::error::StoreError;
use std::sync::Arc;
use tokio::sync::watch;

/// Runs until `stop` says true. What is under way then comes back when its claim is over.
pub async fn run(follower: Arc<Follower>, mut stop: watch::Receiver<bool>) {
    let mut under_way = InFlight::default();
    while !*stop.borrow() {
        let begun = begin(&follower, &mut under_way).await;
        let has_begun = begun.unwrap_or_else(|error| {
            log::warn!("announced messages could not be looked up: {error}");
            false
        });
        if has_begun {
            continue;
        }
        if under_way
            .wait_for(&follower.bells.messages, &mut stop)
            .await
            == Next::End
        {
            return;
        }
    }
}

/// Begins what is due. True if anything was.
async fn begin(follower: &Arc<Follower>, under_way: &mut InFlight) -> Result<bool, StoreError> {
    let room = under_way.room();
    if room == 0 {
        return Ok(false);
    }
    let most = i64::try_from(room).unwrap_or(i64::MAX);
    let claimed = claim(follower, most, under_way.busy()).await?;
    let has_begun = !claimed.is_empty();
    for unread in claimed {
        let follower = Arc::clone(follower);
        under_way.begin(unread.portal, async move {
            read_thread(&follower, unread).await;
        });
    }
    Ok(has_begun)
}
