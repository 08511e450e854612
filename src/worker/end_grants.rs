//! Tells HubSpot of disconnects that it has not heard of yet. Every replica runs it; the claim on
//! the row lets one of them act.

use super::pause::{Next, pause};
use crate::service::end_grant::end_due_grants;
use crate::service::hubspot_app::HubspotApp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

const PERIOD: Duration = Duration::from_secs(1);
const AFTER_FAILURE: Duration = Duration::from_secs(15);

/// Runs until `stop` says true.
pub async fn run(app: Arc<HubspotApp>, mut stop: watch::Receiver<bool>) {
    loop {
        let length = match end_due_grants(&app).await {
            Ok(_) => PERIOD,
            Err(error) => {
                log::warn!("disconnects could not be told to HubSpot: {error}");
                AFTER_FAILURE
            }
        };
        if pause(&mut stop, length).await == Next::End {
            return;
        }
    }
}
