//! Carries out merges of tickets soon after HubSpot told of them.

use super::pause::{Next, pause};
use crate::service::follower::Follower;
use crate::service::merge_tickets::merge_tickets;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

const PERIOD: Duration = Duration::from_secs(1);
const AFTER_FAILURE: Duration = Duration::from_secs(15);

/// Runs until `stop` says true.
pub async fn run(follower: Arc<Follower>, mut stop: watch::Receiver<bool>) {
    loop {
        let length = match merge_tickets(&follower).await {
            Ok(()) => PERIOD,
            Err(error) => {
                log::warn!("merges of tickets could not be looked up: {error}");
                AFTER_FAILURE
            }
        };
        if pause(&mut stop, length).await == Next::End {
            return;
        }
    }
}
