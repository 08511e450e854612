//! Keeps what HubSpot's answers say of its clock.

use super::pause::{Next, pause};
use crate::hubspot::api::client::ApiClient;
use crate::service::keep_hubspot_clock::keep_hubspot_clock;
use crate::store::pool::Store;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

const PERIOD: Duration = Duration::from_secs(60);
/// Until an answer has shown it, everything placed counts as placed two minutes later.
const UNTIL_SEEN: Duration = Duration::from_secs(1);

/// Runs until `stop` says true.
pub async fn run(store: Arc<Store>, api: Arc<ApiClient>, mut stop: watch::Receiver<bool>) {
    loop {
        let is_seen = api.clock_offset().is_some();
        let kept = keep_hubspot_clock(&store, &api).await;
        if let Err(error) = &kept {
            log::warn!("HubSpot's clock could not be kept: {error}");
        }
        let length = match is_seen && kept.is_ok() {
            true => PERIOD,
            false => UNTIL_SEEN,
        };
        if pause(&mut stop, length).await == Next::End {
            return;
        }
    }
}
