//! Erases what HubSpot asked to erase, as soon as it is asked. Every replica runs it; the claim on
//! the row lets one of them act.

use super::pause::{Next, pause};
use crate::service::erase_words::erase_next;
use crate::store::pool::Store;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

const PERIOD: Duration = Duration::from_secs(2);

/// Runs until `stop` says true.
pub async fn run(store: Arc<Store>, mut stop: watch::Receiver<bool>) {
    loop {
        let length = match erase_next(&store).await {
            Ok(true) => Duration::ZERO,
            Ok(false) => PERIOD,
            Err(error) => {
                log::error!("words that have to be erased are not yet: {error}");
                PERIOD
            }
        };
        if pause(&mut stop, length).await == Next::End {
            return;
        }
    }
}
